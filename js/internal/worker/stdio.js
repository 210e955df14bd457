'use strict';
// Standard streams of a Worker, where they do not go to the process's own descriptors.
//
// The classes have Node's names, for those who look. A Worker writes to the descriptors itself. Only with the option `stdout: true` (or stderr), or once somebody looks at
// `worker.stdout`, what it writes also travels to its parent. Whether to send is a word of shared memory, WANTED, so that
// looking costs the Worker nothing. Standard input travels the other way, one chunk ahead of its reader.

const STDOUT = 1;
const STDERR = 2;

const { Readable, Writable } = require('stream');

class ReadableWorkerStdio extends Readable {}
class WritableWorkerStdio extends Writable {}

// On the parent: the stream of what a Worker writes.
function createParentReadable() {
  return new ReadableWorkerStdio({ read() {} });
}

// On the parent: the stream to a Worker's standard input. `send(chunk or null)` posts; the returned stream's `more()`
// says that the Worker wants the next chunk.
function createParentWritable(send) {
  let wanted = false;
  let waiting;
  const stream = new WritableWorkerStdio({
    decodeStrings: true,
    write(chunk, encoding, callback) {
      send(chunk);
      if (wanted) {
        wanted = false;
        callback();
      } else {
        waiting = callback;
      }
    },
    final(callback) {
      send(null);
      callback();
    },
  });
  stream.more = () => {
    if (waiting === undefined) {
      wanted = true;
      return;
    }
    const callback = waiting;
    waiting = undefined;
    callback();
  };
  return stream;
}

// In the Worker: a stream that writes to its parent, and to the descriptor as long as nobody took that over.
function createWorkerWritable(name, bit, controlPort, flags, exclusive) {
  let direct;
  return new WritableWorkerStdio({
    decodeStrings: true,
    write(chunk, encoding, callback) {
      if (exclusive || (Atomics.load(flags, 0) & bit) !== 0) controlPort.postMessage({ type: name, chunk });
      if (!exclusive) {
        direct ??= require('internal/process/stdio')[name]();
        direct.write(chunk);
      }
      // Not later: what is written right before an exit must not wait here.
      callback();
    },
  });
}

// In the Worker: standard input from its parent. `keepAlive(bool)` is told while somebody reads.
function createWorkerReadable(controlPort, keepAlive) {
  let reading = false;
  const stream = new ReadableWorkerStdio({
    read() {
      if (!reading) {
        reading = true;
        keepAlive(true);
      }
      controlPort.postMessage({ type: 'stdinMore' });
    },
  });
  stream.receive = (chunk) => {
    if (chunk === null && reading) {
      reading = false;
      keepAlive(false);
    }
    stream.push(chunk);
  };
  return stream;
}

module.exports = {
  STDERR,
  STDOUT,
  createParentReadable,
  createParentWritable,
  createWorkerReadable,
  createWorkerWritable,
};
