// How a collection is cut into slices, with a code whose items take a time that is known: js/internal/pool/mapping.js by itself.
import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { Pool } from 'weft:pool';

const ENDS = { ERROR: 'error', FINISHED: 'finished', LOST: 'lost', SLICE: 'slice' };
const found = {
  'internal/pool/errors': { endError: (end) => new Error(end) },
  'internal/pool/protocol': ENDS,
};
const text = readFileSync(new URL('../../js/internal/pool/mapping.js', import.meta.url), 'utf8');
const holder = { exports: {} };
new Function('require', 'module', text)((id) => found[id], holder);
const { Mapping } = holder.exports;

// Items that take `nanos` each; what was learned is what is so.
function codeOf(nanos) {
  return { nanos, group: (target, most) => (nanos === 0 ? 1 : Math.min(most, Math.max(1, Math.floor(target / nanos)))) };
}

function feedOf(length, typed) {
  let next = 0;
  return {
    length,
    view: typed ? true : undefined,
    take(most) {
      if (next >= length) return undefined;
      const from = next;
      next = Math.min(length, next + most);
      return { items: undefined, from, to: next, base: 0 };
    },
    end() {},
  };
}

// Sizes of all slices, with outcomes that come as soon as all threads have something and one more waits for each.
function slices(length, nanos, { threads = 2, typed = true, chunkSize } = {}) {
  const learned = codeOf(nanos);
  const scheduler = { threads, schedule() {}, cancelSource() {}, parent: 0 };
  const mapping = new Mapping({ scheduler, code: learned, chunkSize, priority: 0 }, feedOf(length, typed), () => {}, assert.fail);
  mapping.finish = () => {};
  const sizes = [];
  const under = [];
  for (let job; (job = mapping.nextJob()) !== undefined;) {
    sizes.push(job.size);
    under.push(job);
    if (under.length > threads * 2) {
      const done = under.shift();
      done.end(ENDS.FINISHED, 0, { ran: done.size * (nanos || 1000), waited: 0 });
    }
  }
  return sizes;
}

const sum = (sizes) => sizes.reduce((a, b) => a + b, 0);

// Quick items: none of the slices is so small that handing it over costs more than it, and the last are smaller than the first.
for (const threads of [1, 2, 8]) {
  const sizes = slices(10_000_000, 13, { threads });
  assert.strictEqual(sum(sizes), 10_000_000);
  const least = Math.floor(200_000 / 13);
  assert.ok(Math.min(...sizes) >= least, `${Math.min(...sizes)} of ${threads}`);
  assert.strictEqual(Math.max(...sizes), Math.floor(2_000_000 / 13));
  assert.ok(sizes.at(-1) < 2 * least, `${sizes.at(-1)}`);
}

// All of it is less than what one slice should take at least.
assert.deepStrictEqual(slices(1000, 13), [1000]);

// Long items travel alone from the first on.
assert.deepStrictEqual(slices(5, 5_000_000), [1, 1, 1, 1, 1]);
assert.deepStrictEqual(slices(9, 100_000), [3, 2, 2, 2]);

// Nothing is known yet: from one item on, by eight at most.
const first = slices(1_000_000, 0);
assert.strictEqual(sum(first), 1_000_000);
assert.strictEqual(first[0], 1);
for (let i = 1; i < first.length; i++) assert.ok(first[i] <= first[i - 1] * 8, `${first[i - 1]}, ${first[i]}`);

// Items of their own are serialized: no slice has more than 65,536. Who asks for a size gets it.
assert.strictEqual(Math.max(...slices(1_000_000, 2, { typed: false })), 65_536);
assert.deepStrictEqual(slices(10, 13, { chunkSize: 4 }), [4, 4, 2]);

// Results whose memory is asked for slice by slice, at ends of slices that are no ends of pages. What is there already stays.
{
  await using pool = new Pool({ maxThreads: 2 });
  const items = Int32Array.from({ length: 300_000 }, (_, i) => i);
  for (const chunkSize of [65_537, 100_001, 299_999, 300_000]) {
    const doubled = await pool.map(items, (x, i) => x + i, { chunkSize, into: Float64Array });
    for (let i = 0; i < doubled.length; i++) if (doubled[i] !== i * 2) assert.fail(`${doubled[i]} at ${i}, slices of ${chunkSize}`);
  }
}
