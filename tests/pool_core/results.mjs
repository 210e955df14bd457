// Large results are written to memory that was used before (src/workers/result_memory.rs): what is in them, and what becomes of it.
// Needs --expose-gc.
import assert from 'node:assert';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Pool } from 'weft:pool';

const N = 1 << 18;
const BYTES = N * 8;
await using pool = new Pool({ maxThreads: 2 });
const input = new Float64Array(new SharedArrayBuffer(BYTES));
for (let i = 0; i < N; i++) input[i] = i;

function check(result, factor) {
  assert.strictEqual(result.length, N);
  assert.strictEqual(result.buffer.byteLength, BYTES);
  let wrong = 0;
  for (let i = 0; i < N; i++) if (result[i] !== i * factor) wrong++;
  assert.strictEqual(wrong, 0, `times ${factor}`);
}

const times = (factor) => pool.map(input, (x) => x * factor, { captures: { factor } });

// Garbage collected, and the memory of it back: what was freed is given to it on a thread of V8's.
async function collected(condition) {
  while (!condition()) {
    globalThis.gc();
    await sleep(5);
  }
}

const held = () => process.memoryUsage().arrayBuffers;

// Results that are kept stay what they are, however many come and go beside them.
{
  const kept = [];
  for (let factor = 1; factor <= 24; factor++) {
    const result = await times(factor);
    assert.ok(result.buffer instanceof SharedArrayBuffer);
    if (factor % 3 === 0) kept.push([factor, result]);
    else check(result, factor);
    if (factor % 2 === 0) globalThis.gc();
  }
  for (const [factor, result] of kept) check(result, factor);
}

// All elements are written, those as well that a task gives late, or as something else than a number.
{
  const result = await pool.map(input, (x) => (x % 50_000 === 0 ? Promise.resolve(-x) : x % 7 === 0 ? undefined : x));
  let wrong = 0;
  for (let i = 0; i < N; i++) {
    const expected = i % 50_000 === 0 ? -i : i % 7 === 0 ? NaN : i;
    if (!Object.is(result[i], expected) && !(i === 0 && result[i] === 0)) wrong++;
  }
  assert.strictEqual(wrong, 0);
  const big = await pool.map(input, (x) => BigInt(x) * 2n, { into: BigInt64Array });
  check(Float64Array.from(big, Number), 2);
}

// Items in an ArrayBuffer are copied, to such memory as well; what the next call copies is not seen by this one.
{
  const calls = Array.from({ length: 6 }, (_, i) => {
    const own = Float64Array.from(input, (x) => x * i);
    const mapped = pool.map(own, (x) => x * 2).then((result) => check(result, 2 * i));
    const summed = pool.reduce(own, (a, b) => a + b).then((sum) => assert.strictEqual(sum, i * N * (N - 1) / 2));
    own.fill(-1);
    return [mapped, summed];
  });
  await Promise.all(calls.flat());
}

// What failed or was ended leaves nothing behind that others see. Isolates hold on to its memory, so these end: what they were at is not used again.
for (let round = 0; round < 5; round++) {
  await using failing = new Pool({ maxThreads: 2 });
  await assert.rejects(failing.map(input, (x) => { if (x === 200_000) throw new RangeError('no'); return -1; }), RangeError);
  const controller = new AbortController();
  const aborted = failing.map(input, (x) => { for (let i = 0; i < 100; i++) x += i; return -x; }, { signal: controller.signal });
  setImmediate(() => controller.abort());
  await aborted.catch((error) => assert.strictEqual(error.name, 'AbortError'));
  check(await times(3), 3);
  globalThis.gc();
}

// What another thread was given lives as long as it does there.
{
  const worker = new Worker(`
    const { parentPort } = require('node:worker_threads');
    let result;
    parentPort.on('message', (message) => {
      if (message !== null) result = message;
      else parentPort.postMessage(result.reduce((sum, x) => sum + x, 0));
    });
  `, { eval: true });
  worker.postMessage(await times(5));
  for (let factor = 6; factor < 16; factor++) {
    globalThis.gc();
    check(await times(factor), factor);
  }
  worker.postMessage(null);
  const [sum] = await once(worker, 'message');
  assert.strictEqual(sum, 5 * N * (N - 1) / 2);
  await worker.terminate();
}

// Results that were dropped are not counted any more, and do not pile up where nobody collects garbage.
{
  await collected(() => held() < 2 * BYTES + (1 << 20));
  const before = held();
  const result = await times(2);
  assert.ok(held() >= before + BYTES, 'it is counted');
  check(result, 2);
  let most = 0;
  for (let i = 0; i < 400; i++) {
    await times(i);
    most = Math.max(most, held());
  }
  assert.ok(most < 400 * BYTES / 2, `${most >> 20} MB`);
}

// An idle process gives everything back.
if (process.platform === 'linux') {
  const large = new Float64Array(new SharedArrayBuffer(8 * 4_000_000));
  const rss = () => process.memoryUsage().rss;
  let last;
  for (let i = 0; i < 6; i++) last = await pool.map(large, (x) => x + 1);
  const full = rss();
  assert.strictEqual(last[1], 1);
  last = undefined;
  await collected(() => rss() < full - 8 * 4_000_000 / 2);
}
console.log('done');
