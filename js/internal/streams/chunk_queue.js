'use strict';

// The chunks a Readable holds, in its state's `buffer`: an array of which the
// first `bufferIndex` places are used up (and null). Programs look at both
// (`readableBuffer`), so it is a plain array; a consumed prefix is cut off
// only when it is long, so that taking many small chunks moves nothing.

const { Buffer } = require('buffer');

// A consumed prefix longer than this is cut off.
const TRIM_AT = 1024;

function unshiftChunk(state, chunk) {
  if (state.bufferIndex > 0) state.buffer[--state.bufferIndex] = chunk;
  else state.buffer.unshift(chunk);
}

function shiftChunk(state) {
  const { buffer } = state;
  const at = state.bufferIndex;
  if (at >= buffer.length) return undefined;
  // pop() keeps the array's memory, which setting its length would give up:
  // most streams hold one chunk again and again.
  if (at === 0 && buffer.length === 1) return buffer.pop();
  const chunk = buffer[at];
  if (at + 1 === buffer.length) {
    buffer.length = 0;
    state.bufferIndex = 0;
  } else {
    buffer[at] = null;
    state.bufferIndex = at + 1;
    if (at + 1 > TRIM_AT) trim(state);
  }
  return chunk;
}

function trim(state) {
  state.buffer.splice(0, state.bufferIndex);
  state.bufferIndex = 0;
}

function clearChunks(state) {
  state.buffer.length = 0;
  state.bufferIndex = 0;
}

// Everything as one chunk: strings and bytes alike.
function takeAllChunks(state, decoded) {
  const { buffer, bufferIndex, length: total } = state;
  if (buffer.length - bufferIndex === 1) return shiftChunk(state);
  let whole;
  if (decoded) {
    whole = '';
    for (let i = bufferIndex; i < buffer.length; i++) whole += buffer[i];
  } else {
    whole = Buffer.allocUnsafe(total);
    let at = 0;
    for (let i = bufferIndex; i < buffer.length; i++) {
      whole.set(buffer[i], at);
      at += buffer[i].length;
    }
  }
  clearChunks(state);
  return whole;
}

// The first `n` characters or bytes, 0 < n < all; the chunk at the edge is
// split and its rest stays first.
function takeChunks(state, n, decoded) {
  const first = state.buffer[state.bufferIndex];
  if (first.length === n) return shiftChunk(state);
  if (first.length > n) {
    state.buffer[state.bufferIndex] = first.slice(n);
    return first.slice(0, n);
  }
  let text = '';
  const bytes = decoded ? null : Buffer.allocUnsafe(n);
  let at = 0;
  while (at < n) {
    const chunk = state.buffer[state.bufferIndex];
    const room = n - at;
    let part = chunk;
    if (chunk.length > room) {
      part = chunk.slice(0, room);
      state.buffer[state.bufferIndex] = chunk.slice(room);
    } else {
      shiftChunk(state);
    }
    if (decoded) text += part;
    else bytes.set(part, at);
    at += part.length;
  }
  return decoded ? text : bytes;
}

module.exports = {
  clearChunks,
  shiftChunk,
  takeAllChunks,
  takeChunks,
  unshiftChunk,
};
