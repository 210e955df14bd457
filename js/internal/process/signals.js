'use strict';

// Signals as events of `process`, and process.kill. A signal is listened for while it has listeners; without any it
// does what it does to a program that never heard of it. Listening never keeps the process alive.

const { ErrnoException, codes } = require('internal/errors');
const { signalName, signalNumbers } = require('internal/signals');

// By name, what async hooks know of those that are listened for.
const listening = new Map();

class Signal {}

function emitSignal(number) {
  const name = signalName(number);
  process.emit(name, name, number);
}

// Called for every event somebody begins to listen for.
function startListeningIfSignal(type) {
  if (typeof type !== 'string' || listening.has(type)) return;
  const number = signalNumbers()[type];
  // Signals are the whole process's: Workers hear nothing of them.
  if (number === undefined || internalBinding('worker').threadId() !== 0) return;
  const { onBehalf, tracking } = require('internal/tracked_handles');
  const handle = new Signal();
  tracking.hooks?.init(handle, 'SIGNALWRAP');
  const errno = internalBinding('signals').listen(number, onBehalf(handle, emitSignal));
  if (errno !== 0) throw ErrnoException(errno, 'uv_signal_start');
  listening.set(type, handle);
}

// Called for every listener that goes.
function stopListeningIfSignal(type) {
  if (!listening.has(type) || process.listenerCount(type) > 0) return;
  require('internal/tracked_handles').tracking.hooks?.destroy(listening.get(type));
  listening.delete(type);
  internalBinding('signals').unlisten(signalNumbers()[type]);
}

// Returns 0 or a negative errno. Replaceable by programs that watch what kill() does.
function _kill(pid, signal) {
  return internalBinding('signals').kill(pid, signal);
}

function kill(pid, signal) {
  // Loosely, so that a number written as text will do.
  if (pid != (pid | 0)) throw new codes.ERR_INVALID_ARG_TYPE('pid', 'number', pid);
  let errno;
  if (signal === (signal | 0)) {
    errno = process._kill(pid, signal);
  } else {
    const name = signal || 'SIGTERM';
    const number = signalNumbers()[name];
    if (number === undefined) throw new codes.ERR_UNKNOWN_SIGNAL(name);
    errno = process._kill(pid, number);
  }
  if (errno) throw ErrnoException(errno, 'kill');
  return true;
}

module.exports = { _kill, kill, startListeningIfSignal, stopListeningIfSignal };
