const run = async (count) => {
  for (let i = 0; i < count; i++) await null;
};
await run(100000);
const start = performance.now();
await run(2000000);
console.log((performance.now() - start) * 1e3 / 2000000);
