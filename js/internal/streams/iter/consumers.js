'use strict';

// text(), bytes(), array(), arrayBuffer() and their synchronous forms: a whole stream as one value.

const { codes: { ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE } } = require('internal/errors');
const { dictionary, readEncoding, readLimit, readSignal } = require('internal/streams/iter/convert');
const { from } = require('internal/streams/iter/from');
const { fromSync } = require('internal/streams/iter/from_sync');
const { abortable } = require('internal/streams/iter/abortable');

class Collection {
  constructor(limit) {
    this.limit = limit;
    this.chunks = [];
    this.size = 0;
  }

  add(batch) {
    for (let i = 0; i < batch.length; i++) {
      this.size += batch[i].byteLength;
      if (this.limit !== undefined && this.size > this.limit) {
        throw new ERR_OUT_OF_RANGE('totalBytes', `<= ${this.limit}`, this.size);
      }
      this.chunks.push(batch[i]);
    }
  }
}

async function collect(source, limit, signal) {
  signal?.throwIfAborted();
  const collection = new Collection(limit);
  const input = from(source);
  for await (const batch of signal === undefined ? input : abortable(input, signal)) collection.add(batch);
  return collection;
}

function collectSync(source, limit) {
  const collection = new Collection(limit);
  for (const batch of fromSync(source)) collection.add(batch);
  return collection;
}

// One chunk that is alone and has its memory for itself is handed over, not copied.
function join({ chunks, size }) {
  if (chunks.length === 1) {
    const [chunk] = chunks;
    if (Object.getPrototypeOf(chunk) === Uint8Array.prototype && chunk.buffer instanceof ArrayBuffer &&
        chunk.byteLength === chunk.buffer.byteLength) {
      return chunk;
    }
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (let i = 0; i < chunks.length; i++) {
    whole.set(chunks[i], at);
    at += chunks[i].byteLength;
  }
  return whole;
}

function decoderFor(encoding) {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new ERR_INVALID_ARG_VALUE.RangeError('options.encoding', encoding);
  }
}

function decode(decoder, { chunks }) {
  if (chunks.length === 1) return decoder.decode(chunks[0]);
  let text = '';
  for (let i = 0; i < chunks.length; i++) text += decoder.decode(chunks[i], { stream: true });
  return text + decoder.decode();
}

async function bytes(source, options = undefined) {
  const members = dictionary(options);
  return join(await collect(source, readLimit(members), readSignal(members)));
}

async function arrayBuffer(source, options = undefined) {
  const members = dictionary(options);
  return join(await collect(source, readLimit(members), readSignal(members))).buffer;
}

async function array(source, options = undefined) {
  const members = dictionary(options);
  return (await collect(source, readLimit(members), readSignal(members))).chunks;
}

async function text(source, options = undefined) {
  const members = dictionary(options);
  const limit = readLimit(members);
  const signal = readSignal(members);
  const decoder = decoderFor(readEncoding(members));
  return decode(decoder, await collect(source, limit, signal));
}

function bytesSync(source, options = undefined) {
  return join(collectSync(source, readLimit(dictionary(options))));
}

function arrayBufferSync(source, options = undefined) {
  return join(collectSync(source, readLimit(dictionary(options)))).buffer;
}

function arraySync(source, options = undefined) {
  return collectSync(source, readLimit(dictionary(options))).chunks;
}

function textSync(source, options = undefined) {
  const members = dictionary(options);
  const limit = readLimit(members);
  const decoder = decoderFor(readEncoding(members));
  return decode(decoder, collectSync(source, limit));
}

module.exports = {
  array, arrayBuffer, arrayBufferSync, arraySync, bytes, bytesSync, text, textSync,
};
