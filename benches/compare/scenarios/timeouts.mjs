// 10,000 timeouts of 0 ms, set at once, until the last one ran. In microseconds for one.
const COUNT = 10_000;
const burst = () => new Promise((resolve) => {
  let left = COUNT;
  const done = () => {
    if (--left === 0) resolve();
  };
  for (let i = 0; i < COUNT; i++) setTimeout(done, 0);
});
for (let i = 0; i < 20; i++) await burst();
const ROUNDS = 50;
const start = performance.now();
for (let i = 0; i < ROUNDS; i++) await burst();
console.log((performance.now() - start) * 1e3 / COUNT / ROUNDS);
