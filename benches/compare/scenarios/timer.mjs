const run = (count) => {
  for (let i = 0; i < count; i++) clearTimeout(setTimeout(run, 1000 + (i & 7)));
};
run(100000);
const start = performance.now();
run(1000000);
console.log((performance.now() - start) * 1e3 / 1000000);
