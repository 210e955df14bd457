module.exports = (async () => { await new Promise((r) => setTimeout(r, 5)); return ({ a, b }) => a + b; })();
