// What `call` takes, in nanoseconds: the lower quartile of many rounds, short enough to find the moments in which nobody else has the
// core; the collection of garbage is in it where it is as frequent.
let kept;

export function duration(call) {
  const run = (count) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) kept = call();
    return performance.now() - start;
  };
  const warm = performance.now();
  let count = 1;
  while (run(count) < 4 || performance.now() - warm < 60) count = Math.min(count * 2, 1 << 20);
  const times = [];
  const end = performance.now() + 300;
  while (performance.now() < end) times.push(run(count));
  times.sort((a, b) => a - b);
  return kept === undefined ? NaN : times[times.length >> 2] * 1e6 / count;
}
