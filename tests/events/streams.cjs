'use strict';

// node:stream where Node 26 differs from Node before it, and other corners
// that Node's own tests leave open. Runs unchanged on Node 26.10.

const assert = require('assert');
const events = require('events');
const {
  Duplex, PassThrough, Readable, Transform, Writable,
  addAbortSignal, compose, duplexPair, pipeline, getDefaultHighWaterMark,
} = require('stream');
const { pipeline: pipelinePromise } = require('stream/promises');

const turn = () => new Promise((resolve) => setImmediate(resolve));
async function turns(count) {
  for (let i = 0; i < count; i++) await turn();
}

const tests = [];
const test = (name, fn) => tests.push([name, fn]);

test('limits', () => {
  assert.strictEqual(new PassThrough().writableHighWaterMark, getDefaultHighWaterMark(false));
});

test('flowing consumers get chunks as they came', async () => {
  const filled = (options) => {
    const r = new Readable({ read() {}, ...options });
    for (const chunk of ['ab', 'cd', 'ef']) r.push(chunk);
    return r;
  };
  let r = filled();
  assert.strictEqual(String(r.read(3)), 'abc');
  assert.strictEqual(String(r.read(2)), 'de');
  assert.strictEqual(String(r.read()), 'f');
  assert.strictEqual(r.read(), null);
  r = filled({ encoding: 'utf8' });
  assert.strictEqual(r.read(), 'abcdef');
  r = filled();
  r.push(null);
  const got = [];
  r.on('data', (chunk) => got.push(String(chunk)));
  await new Promise((resolve) => r.on('end', resolve));
  assert.deepStrictEqual(got, ['ab', 'cd', 'ef']);
});

test('readableBuffer is an array', () => {
  const r = new Readable({ read() {} });
  for (const chunk of ['a', 'b', 'c']) r.push(chunk);
  assert.ok(Array.isArray(r.readableBuffer));
  r.read(1);
  assert.strictEqual(r._readableState.bufferIndex, 1);
  assert.strictEqual(r.readableBuffer[0], null);
  r.unshift('z');
  assert.strictEqual(r._readableState.bufferIndex, 0);
  assert.strictEqual(String(r.read(3)), 'zbc');
  assert.strictEqual(r.readableBuffer.length, 0);
  // A consumed prefix does not grow for ever.
  for (let i = 0; i < 5000; i++) r.push('x');
  for (let i = 0; i < 4000; i++) r.read(1);
  assert.ok(r.readableBuffer.length < 3000, String(r.readableBuffer.length));
  assert.strictEqual(r.readableLength, 1000);
});

test('encodings', () => {
  assert.strictEqual(new Readable({ encoding: 'UTF-8' }).readableEncoding, 'UTF-8');
  assert.strictEqual(new Readable().setEncoding('UTF-8').readableEncoding, 'utf8');
  for (const Class of [Readable, Writable]) {
    for (const defaultEncoding of ['', 0, false]) {
      assert.throws(() => new Class({ defaultEncoding }), { code: 'ERR_UNKNOWN_ENCODING' });
    }
  }
  const w = new Writable({ decodeStrings: false, write() {} });
  assert.strictEqual(w.setDefaultEncoding('UTF-8')._writableState.defaultEncoding, 'utf8');
});

test('signals', () => {
  for (const signal of [1, 'a', {}]) {
    assert.throws(() => new Readable({ signal }), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  assert.throws(() => addAbortSignal(undefined, new Readable()),
                { code: 'ERR_INVALID_ARG_TYPE' });
});

test('destroyed streams neither resume nor pause', async () => {
  const r = new Readable({ read() {} });
  const seen = [];
  r.on('resume', () => seen.push('resume')).on('pause', () => seen.push('pause'));
  r.destroy();
  assert.strictEqual(r.resume(), r);
  r.on('data', () => {});
  assert.strictEqual(r.pause(), r);
  await turn();
  assert.deepStrictEqual(seen, []);
  assert.strictEqual(r.readableFlowing, null);
});

test('what is buffered is told until the error is', async () => {
  const r = new Readable({ read() {} });
  const log = [];
  r.push('abc');
  r.on('data', (chunk) => log.push(String(chunk)));
  r.on('error', (error) => log.push(error.message));
  const closed = new Promise((resolve) => r.on('close', resolve));
  r.destroy(new Error('failed'));
  await closed;
  assert.deepStrictEqual(log, ['abc', 'failed']);
});

test('pipe: what write() throws ends the destination', async () => {
  const r = new Readable({ objectMode: true, read() {} });
  const w = new PassThrough();
  r.pipe(w);
  assert.deepStrictEqual(r.listeners('data').map((fn) => fn.name), ['ondata']);
  assert.deepStrictEqual(w.listeners('unpipe').map((fn) => fn.name), ['onunpipe']);
  const failed = events.once(w, 'error');
  r.push({});
  const [error] = await failed;
  assert.strictEqual(error.code, 'ERR_INVALID_ARG_TYPE');
  assert.ok(w.destroyed);
  assert.ok(!r.destroyed);
});

test('pipeline refuses what is over', async () => {
  const r = new Readable({ read() {} });
  const over = { code: 'ERR_STREAM_UNABLE_TO_PIPE' };
  assert.throws(() => pipeline(r, new PassThrough().destroy(), assert.fail), over);
  assert.deepStrictEqual(r.eventNames(), []);
  assert.ok(!r.destroyed);
  await assert.rejects(pipelinePromise(r, new PassThrough().destroy()), over);
});

test('operators', async () => {
  assert.throws(() => Readable.from([]).map(1),
                { message: 'The "fn" argument must be of type function. Received type number (1)' });
  await assert.rejects(Readable.from([]).reduce(1), {
    message: 'The "reducer" argument must be of type function. Received type number (1)',
  });
});

test('Duplex.from(): a generator ends when the stream is destroyed', async () => {
  const log = [];
  const d = Duplex.from(async function* (source, { signal }) {
    signal.addEventListener('abort', () => log.push('abort'));
    try {
      yield* source;
      log.push('source ended');
    } finally {
      log.push('finally');
    }
  });
  assert.strictEqual(d.constructor.name, 'Duplexify');
  d.write('a');
  await events.once(d, 'data');
  d.on('error', (error) => log.push(error.message));
  const closed = new Promise((resolve) => d.once('close', resolve));
  d.destroy(new Error('gone'));
  await closed;
  assert.deepStrictEqual(log, ['abort', 'source ended', 'finally', 'gone']);
});

test('compose() carries a destruction through generators', async () => {
  const source = new Readable({ read() {} });
  source.on('error', () => {});
  const composed = source.compose(async function* (chunks) {
    yield* chunks;
  });
  const failed = events.once(composed, 'error');
  composed.destroy(new Error('stop'));
  const [error] = await failed;
  assert.strictEqual(error.message, 'stop');
  assert.ok(source.destroyed);
});

test('compose() reads ahead by itself', async () => {
  const inner = new PassThrough();
  inner.write('x');
  const composed = compose(new PassThrough(), inner);
  await turns(2);
  assert.strictEqual(inner.readableLength, 0);
  assert.strictEqual(composed.readableLength, 1);
});

test('duplexPair: destroying one side tells the other', async () => {
  let [a, b] = duplexPair();
  a.on('error', () => {});
  a.destroy(new Error('broken'));
  await events.once(b, 'close');
  [a, b] = duplexPair();
  b.resume();
  a.destroy();
  await events.once(b, 'end');
});

test('toWeb of streams that are over', async () => {
  const failed = new Readable({ read() {} });
  failed.on('error', () => {});
  failed.destroy(new Error('before'));
  await assert.rejects(Readable.toWeb(failed).getReader().read(), { message: 'before' });
  await assert.rejects(Readable.toWeb(new Readable().destroy()).getReader().read(),
                       { name: 'AbortError' });
  const ended = Readable.from([]);
  ended.resume();
  await events.once(ended, 'close');
  assert.ok((await Readable.toWeb(ended).getReader().read()).done);
  assert.throws(() => Readable.toWeb(new Readable(), { type: 'x' }), {
    message: "The property 'options.type' must be one of: 'bytes', undefined. Received 'x'",
  });
});

test('bridges to web streams', async () => {
  // A sink that wants nothing ahead is written to all the same.
  const written = [];
  const sink = new WritableStream({
    write(chunk) { written.push(String(Buffer.from(chunk))); },
  }, { highWaterMark: 0 });
  const writable = Writable.fromWeb(sink);
  for (const text of 'abc') writable.write(text);
  const finished = events.once(writable, 'finish');
  writable.end();
  await finished;
  assert.strictEqual(written.join(''), 'abc');

  // What is still buffered when it is cancelled goes nowhere.
  const source = Readable.from(['a', 'b', 'c', 'd']);
  source.on('error', () => {});
  for await (const chunk of Readable.toWeb(source)) {
    assert.strictEqual(chunk, 'a');
    break;
  }
  await turns(3);
  assert.ok(source.destroyed);
});

test('Duplex.toWeb: options.type has another name', async () => {
  const warned = events.once(process, 'warning');
  const { readable } = Duplex.toWeb(new PassThrough(), { type: 'bytes' });
  assert.strictEqual(readable.getReader({ mode: 'byob' }).constructor.name,
                     'ReadableStreamBYOBReader');
  const [warning] = await warned;
  assert.strictEqual(warning.code, 'DEP0201');
});

test('writableAborted is a Writable\'s', () => {
  assert.ok('writableAborted' in new Writable());
  assert.ok(!('writableAborted' in new Duplex()));
  assert.deepStrictEqual(
    new Transform().listeners('prefinish').map((fn) => fn.name), ['prefinish']);
});

test('results have their keys in one order', async () => {
  const keys = ['done', 'value'];
  const bytes = new ReadableStream({ type: 'bytes', start(c) { c.enqueue(new Uint8Array(1)); } });
  const emitter = new events.EventEmitter();
  const on = events.on(emitter, 'x');
  emitter.emit('x');
  for (const result of [
    await Readable.from([1])[Symbol.asyncIterator]().next(),
    await new ReadableStream({ start(c) { c.enqueue(1); } }).getReader().read(),
    await bytes.getReader({ mode: 'byob' }).read(new Uint8Array(1)),
    await on.next(),
    new URLSearchParams('a=1').entries().next(),
  ]) assert.deepStrictEqual(Object.keys(result), keys);
});

(async () => {
  for (const [name, fn] of tests) {
    try {
      await fn();
    } catch (error) {
      error.message = `${name}: ${error.message}`;
      throw error;
    }
  }
})();
