'use strict';
// pipeTo() and pipeToSync().

const assert = require('assert');
const { fromSync, pipeTo, pipeToSync } = require('stream/iter');
const { all, string } = require('./common.cjs');

// A writer that notes what is called; `answers` says what each method gives.
function writer(answers) {
  const calls = [];
  const target = { calls };
  for (const [name, answer] of Object.entries(answers)) {
    target[name] = (...args) => {
      const [first] = args;
      const shown = Array.isArray(first) ? first.map(string).join('+') : first instanceof Uint8Array ? string(first) : '';
      calls.push(`${name} ${shown}`.trim());
      return typeof answer === 'function' ? answer(...args) : answer;
    };
  }
  return target;
}

async function paths() {
  const list = [
    [{ write: undefined }, ['write a', 'write b', 'write c']],
    [{ write: undefined, writev: undefined, end: undefined }, ['writev a+b', 'write c', 'end']],
    [{ write: undefined, writeSync: true, endSync: 0 }, ['writeSync a', 'writeSync b', 'writeSync c', 'endSync']],
    [{ write: undefined, writev: undefined, writevSync: false, writeSync: true, endSync: -1, end: undefined },
     ['writevSync a+b', 'writev a+b', 'writeSync c', 'endSync', 'end']],
  ];
  for (const [answers, calls] of list) {
    const target = writer(answers);
    assert.strictEqual(await pipeTo([['a', 'b'], 'c'], target), 3);
    assert.deepStrictEqual(target.calls, calls);
  }
  const target = writer({ writeSync: true, writevSync: true, endSync: 9 });
  assert.strictEqual(pipeToSync([['a', 'b'], 'c'], (chunks) => chunks, target), 3);
  assert.deepStrictEqual(target.calls, ['writevSync a+b', 'writeSync c', 'endSync']);
}

async function failures() {
  const failure = new Error('source');
  async function* bad() {
    yield 'a';
    throw failure;
  }
  const told = writer({ write: undefined, end: undefined, fail: (reason) => assert.strictEqual(reason, failure) });
  await assert.rejects(pipeTo(bad(), told), failure);
  assert.deepStrictEqual(told.calls, ['write a', 'fail']);
  const untold = writer({ write: undefined, fail: undefined });
  await assert.rejects(pipeTo(bad(), untold, { preventFail: true }), failure);
  assert.deepStrictEqual(untold.calls, ['write a']);
  // Nothing was begun where there is no source.
  const unused = writer({ write: undefined, fail: undefined });
  await assert.rejects(pipeTo(5, unused), { code: 'ERR_INVALID_ARG_TYPE' });
  const unusedSync = writer({ writeSync: true, endSync: 0, fail: undefined });
  assert.throws(() => pipeToSync(5, unusedSync), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.deepStrictEqual([...unused.calls, ...unusedSync.calls], []);
  const open = writer({ write: undefined, end: undefined });
  await pipeTo('a', open, { preventClose: true });
  assert.deepStrictEqual(open.calls, ['write a']);
  const full = writer({ writeSync: false, endSync: 0, fail: undefined });
  assert.throws(() => pipeToSync(fromSync('a'), full), { code: 'ERR_OUT_OF_RANGE' });
  assert.deepStrictEqual(full.calls, ['writeSync a', 'fail']);
}

async function signals() {
  const early = writer({ write: undefined, fail: undefined });
  await assert.rejects(pipeTo('a', early, { signal: AbortSignal.abort('early') }), (reason) => reason === 'early');
  assert.deepStrictEqual(early.calls, ['fail']);

  const controller = new AbortController();
  const stuck = {
    [Symbol.asyncIterator]: () => ({
      next() {
        queueMicrotask(() => controller.abort('stuck'));
        return new Promise(() => {});
      },
    }),
  };
  const target = writer({ write: undefined, fail: undefined });
  await assert.rejects(pipeTo(stuck, target, { signal: controller.signal }), (reason) => reason === 'stuck');
  assert.deepStrictEqual(target.calls, ['fail']);
  // A writer gets the signal with each write, to give up one that is under way.
  let options;
  await pipeTo('a', { write(chunk, given) { options = given; } }, { signal: new AbortController().signal });
  assert.ok(options.signal instanceof AbortSignal);
}

async function refusals() {
  await assert.rejects(pipeTo('a'), { code: 'ERR_INVALID_ARG_VALUE', message: /pipeTo requires a writer argument/ });
  await assert.rejects(pipeTo('a', {}), { code: 'ERR_INVALID_ARG_VALUE' });
  await assert.rejects(pipeTo('a', (chunks) => chunks), {
    code: 'ERR_INVALID_ARG_TYPE', message: /^The "writer" argument must be object with a write method\./,
  });
  await assert.rejects(pipeTo('a', { write() {} }, 5), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => pipeToSync('a', { writeSync() {} }), {
    code: 'ERR_INVALID_ARG_TYPE', message: /^The "writer\.endSync" property must be of type function\./,
  });
}

all(paths, failures, signals, refusals);
