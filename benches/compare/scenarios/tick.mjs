import process from 'node:process';
function ticks(count, done) {
  const next = () => (count-- > 0 ? process.nextTick(next) : done());
  next();
}
ticks(100000, () => {
  const start = performance.now();
  ticks(1000000, () => console.log((performance.now() - start) * 1e3 / 1000000));
});
