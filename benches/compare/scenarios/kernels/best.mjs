// The best of several runs of `kernel`, in milliseconds, after it is warm; it must answer `expected`.
export function best(kernel, expected) {
  let least = Infinity;
  for (let round = 0; round < 6; round++) {
    const start = performance.now();
    const answer = kernel();
    least = Math.min(least, performance.now() - start);
    if (expected !== undefined && answer !== expected) throw new Error(`${answer} instead of ${expected}`);
  }
  console.log(least);
}
