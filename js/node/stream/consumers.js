'use strict';

// node:stream/consumers: everything a stream (or any async iterable) gives, as
// one value.

const { Buffer } = require('buffer');

async function collect(stream) {
  const parts = [];
  for await (const chunk of stream) parts.push(chunk);
  return parts;
}

async function blob(stream) {
  return new (require('buffer').Blob)(await collect(stream));
}

// Exactly as long as its content, and its memory shared with nobody.
async function bytes(stream) {
  const parts = await collect(stream);
  let total = 0;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (typeof part === 'string') {
      parts[i] = Buffer.from(part);
    } else if (!ArrayBuffer.isView(part)) {
      // A Blob's constructor knows what else may stand for bytes.
      return new Uint8Array(await new (require('buffer').Blob)(parts).arrayBuffer());
    } else if (!(part instanceof Uint8Array)) {
      parts[i] = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
    }
    total += parts[i].length;
  }
  const whole = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function arrayBuffer(stream) {
  return (await bytes(stream)).buffer;
}

async function buffer(stream) {
  return Buffer.from(await arrayBuffer(stream));
}

async function text(stream) {
  const decoder = new TextDecoder();
  let result = '';
  for await (const chunk of stream) {
    if (typeof chunk === 'string') result += chunk;
    else result += decoder.decode(chunk, { stream: true });
  }
  return result + decoder.decode();
}

async function json(stream) {
  return JSON.parse(await text(stream));
}

module.exports = { arrayBuffer, blob, buffer, bytes, text, json };
