'use strict';

// The native side of a stream, as `stream._handle`. Packages take it off a
// stream and put it back, or replace its close(), so it is an object with
// methods and not a number.

const binding = internalBinding('zlib');
const {
  codes: { ERR_TRAILING_JUNK_AFTER_STREAM_END },
  genericNodeError,
} = require('internal/errors');

// Closes what belonged to streams nobody closed.
let abandoned;

class ZlibHandle {
  constructor(id) {
    this.id = id;
    abandoned ??= new FinalizationRegistry(binding.close);
    abandoned.register(this, id, this);
  }

  // Processes `chunk`, or what is left of the last one where there is none,
  // on another thread.
  write(flush, chunk, limit, callback) {
    binding.write(this.id, flush, chunk, limit, callback);
  }

  writeSync(flush, chunk, limit) {
    return binding.writeSync(this.id, flush, chunk, 0, limit);
  }

  params(level, strategy) {
    check(binding.setParams(this.id, level, strategy));
  }

  reset() {
    check(binding.reset(this.id));
  }

  close() {
    abandoned.unregister(this);
    binding.close(this.id);
  }
}

// The error of a call's answer, where message, code and errno stand from
// `at` on.
function failureOf(answer, at) {
  if (answer[at + 1] === 'ERR_TRAILING_JUNK_AFTER_STREAM_END') {
    return new ERR_TRAILING_JUNK_AFTER_STREAM_END();
  }
  return genericNodeError(answer[at], { errno: answer[at + 2], code: answer[at + 1] });
}

function check(answer) {
  if (answer !== undefined) throw failureOf(answer, 0);
}

// What binding.write and its kin answer: [bytes or undefined, bytes taken,
// whether the output is full], and a failure after that.
const kBytes = 0;
const kTaken = 1;
const kFull = 2;
const kFailure = 3;

function writeFailure(written) {
  return written.length > kFailure ? failureOf(written, kFailure) : undefined;
}

module.exports = { ZlibHandle, kBytes, kFull, kTaken, writeFailure };
