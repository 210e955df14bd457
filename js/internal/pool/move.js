'use strict';
// Values whose memory moves instead of being copied: a task returns move(value), or gives it to run(). The scheduler and
// js/bootstrap/pool.js unpack it where they serialize.

const { ArrayBuffer } = globalThis;

class Moved {
  constructor(value, list) {
    this.value = value;
    this.list = list;
  }
}

// `list` names what moves; without it, the value itself, or the buffer of a view.
function move(value, list = undefined) {
  if (list === undefined) list = [ArrayBuffer.isView(value) ? value.buffer : value];
  else list = require('internal/worker/messaging').readTransferOption(list) ?? [];
  return new Moved(value, list);
}

module.exports = { Moved, move };
