'use strict';

// pipeTo() and pipeToSync(): a source through transforms into a writer. What the writer can do at once is done at
// once; only where it cannot, its asynchronous method is waited for.

const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE } } = require('internal/errors');
const { abortable } = require('internal/streams/iter/abortable');
const { dictionary, readSignal, sizeOf } = require('internal/streams/iter/convert');
const { from } = require('internal/streams/iter/from');
const { fromSync, methodOf } = require('internal/streams/iter/from_sync');
const { pipeline } = require('internal/streams/iter/pull');
const { applySync, readTransforms } = require('internal/streams/iter/transforms');

// ---- arguments ----------------------------------------------------------

// The last argument that may be a writer is one; what stands behind it are options.
function isTarget(value, method) {
  return typeof value === 'function' || methodOf(value, 'transform') !== undefined ||
    methodOf(value, method) !== undefined;
}

function splitTarget(args, method, wording) {
  const rest = [...args];
  let options;
  if (rest.length > 0 && !isTarget(rest[rest.length - 1], method)) {
    if (rest.length === 1) throw new ERR_INVALID_ARG_VALUE('args', args, 'pipeTo requires a writer argument');
    options = rest.pop();
  }
  if (rest.length === 0) throw new ERR_INVALID_ARG_VALUE('args', args, 'pipeTo requires a writer argument');
  const writer = rest.pop();
  if (methodOf(writer, method) === undefined) throw new ERR_INVALID_ARG_TYPE('writer', wording, writer);
  return { __proto__: null, writer, transforms: readTransforms(rest), options: dictionary(options) };
}

function failWriter(writer, reason) {
  if (typeof writer.fail === 'function') writer.fail(reason);
}

// ---- asynchronous -------------------------------------------------------

// A writer and what it has been found to be able to do.
class Target {
  constructor(writer, signal) {
    this.writer = writer;
    this.options = signal === undefined ? undefined : { __proto__: null, signal };
    this.hasWriteSync = typeof writer.writeSync === 'function';
    this.hasWritev = typeof writer.writev === 'function';
    this.hasWritevSync = typeof writer.writevSync === 'function';
    this.hasEndSync = typeof writer.endSync === 'function';
  }

  // A batch as far as that needs no waiting: undefined when all is written, or else a promise.
  put(batch) {
    const { writer } = this;
    if (this.hasWritev && batch.length > 1) {
      if (this.hasWritevSync && writer.writevSync(batch)) return undefined;
      return writer.writev(batch, this.options);
    }
    let at = 0;
    if (this.hasWriteSync) {
      while (at < batch.length && writer.writeSync(batch[at])) at++;
      if (at === batch.length) return undefined;
    }
    return this.#rest(batch, at);
  }

  async #rest(batch, at) {
    const { writer } = this;
    for (; at < batch.length; at++) {
      if (this.hasWriteSync && writer.writeSync(batch[at])) continue;
      await writer.write(batch[at], this.options);
    }
  }

  async end() {
    const { writer } = this;
    if (this.hasEndSync) {
      const result = writer.endSync();
      if (typeof result !== 'number' || result >= 0) return;
    }
    if (typeof writer.end === 'function') await writer.end(this.options);
  }
}

async function pipeTo(source, ...args) {
  const { writer, transforms, options } = splitTarget(args, 'write', 'object with a write method');
  const preventClose = Boolean(options.preventClose);
  const preventFail = Boolean(options.preventFail);
  const signal = readSignal(options);
  let written = 0;
  if (signal?.aborted) {
    if (!preventFail) failWriter(writer, signal.reason);
    throw signal.reason;
  }
  // What is no source at all is no failure of the writer's.
  let input = from(source);
  try {
    const target = new Target(writer, signal);
    if (transforms.length > 0) input = pipeline(input, transforms, signal);
    else if (signal !== undefined) input = abortable(input, signal);
    for await (const batch of input) {
      const pending = target.put(batch);
      if (pending !== undefined) await pending;
      written += sizeOf(batch);
      signal?.throwIfAborted();
    }
    if (!preventClose) await target.end();
  } catch (error) {
    if (!preventFail) failWriter(writer, error);
    throw error;
  }
  return written;
}

// ---- synchronous --------------------------------------------------------

// There is no waiting here for a writer that has no room.
function refused() {
  throw new ERR_OUT_OF_RANGE('write', 'within byte budget', 'budget exhausted');
}

function putSync(writer, batch, hasWritev) {
  if (hasWritev && batch.length > 1) {
    if (!writer.writevSync(batch)) refused();
    return;
  }
  for (const chunk of batch) {
    if (!writer.writeSync(chunk)) refused();
  }
}

function pipeToSync(source, ...args) {
  const { writer, transforms, options } = splitTarget(args, 'writeSync', 'object with a writeSync method');
  const preventClose = Boolean(options.preventClose);
  const preventFail = Boolean(options.preventFail);
  const hasWritev = typeof writer.writevSync === 'function';
  const { endSync } = preventClose ? {} : writer;
  if (!preventClose && typeof endSync !== 'function') {
    throw new ERR_INVALID_ARG_TYPE('writer.endSync', 'function', endSync);
  }
  let written = 0;
  const input = fromSync(source);
  try {
    for (const batch of applySync(input, transforms)) {
      putSync(writer, batch, hasWritev);
      written += sizeOf(batch);
    }
    if (!preventClose) Reflect.apply(endSync, writer, []);
  } catch (error) {
    if (!preventFail) failWriter(writer, error);
    throw error;
  }
  return written;
}

module.exports = { pipeTo, pipeToSync };
