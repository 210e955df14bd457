'use strict';

// compose(...streams): one Duplex that writes to the first and reads from the
// last of a chain.

const { pipeline } = require('internal/streams/pipeline');
const Duplex = require('internal/streams/duplex');
const { destroyer } = require('internal/streams/destroy');
const {
  isNodeStream,
  isReadable,
  isReadableStream,
  isTransformStream,
  isWebStream,
  isWritable,
  isWritableStream,
} = require('internal/streams/utils');
const {
  AbortError,
  codes: { ERR_INVALID_ARG_VALUE, ERR_MISSING_ARGS },
} = require('internal/errors');
const { eos } = require('internal/streams/end_of_stream');

function checkChain(streams, originals) {
  const lastIndex = streams.length - 1;
  for (let i = 0; i <= lastIndex; i++) {
    const given = originals[i];
    // Functions and iterables are taken as they are.
    if (!isNodeStream(given) && !isWebStream(given)) continue;
    if (i < lastIndex && !(isReadable(given) || isReadableStream(given) ||
        isTransformStream(given))) {
      throw new ERR_INVALID_ARG_VALUE(`streams[${i}]`, given, 'must be readable');
    }
    if (i > 0 && !(isWritable(given) || isWritableStream(given) ||
        isTransformStream(given))) {
      throw new ERR_INVALID_ARG_VALUE(`streams[${i}]`, given, 'must be writable');
    }
  }
}

function compose(...streams) {
  if (streams.length === 0) throw new ERR_MISSING_ARGS('streams');
  if (streams.length === 1) return Duplex.from(streams[0]);

  const originals = [...streams];
  if (typeof streams[0] === 'function') streams[0] = Duplex.from(streams[0]);
  if (typeof streams.at(-1) === 'function') {
    streams[streams.length - 1] = Duplex.from(streams.at(-1));
  }
  checkChain(streams, originals);

  let composed;
  // Callbacks of the outer stream that wait for the inner ones.
  let onDrain = null;
  let onFinish = null;
  let onDestroyed = null;
  let chainOver = false;

  const settle = (error) => {
    chainOver = true;
    const callback = onDestroyed;
    onDestroyed = null;
    if (callback) callback(error);
    else if (error) composed.destroy(error);
    else if (!canRead && !canWrite) composed.destroy();
  };

  const head = streams[0];
  const tail = pipeline(streams, settle);
  const canWrite = !!(isWritable(head) || isWritableStream(head) ||
    isTransformStream(head));
  const canRead = !!(isReadable(tail) || isReadableStream(tail) ||
    isTransformStream(tail));

  composed = new Duplex({
    writableObjectMode: !!head?.writableObjectMode,
    readableObjectMode: !!tail?.readableObjectMode,
    writable: canWrite,
    readable: canRead,
  });

  if (canWrite) {
    if (isNodeStream(head)) writeToNode(head);
    else writeToWeb(isTransformStream(head) ? head.writable : head);
    const watched = isTransformStream(tail) ? tail.readable : tail;
    eos(watched, () => {
      const callback = onFinish;
      onFinish = null;
      callback?.();
    });
  }
  if (canRead) {
    if (isNodeStream(tail)) readFromNode();
    else readFromWeb(isTransformStream(tail) ? tail.readable : tail);
  }

  function writeToNode(target) {
    composed._write = (chunk, encoding, callback) => {
      if (target.write(chunk, encoding)) callback();
      else onDrain = callback;
    };
    composed._final = (callback) => {
      target.end();
      onFinish = callback;
    };
    target.on('drain', () => {
      const callback = onDrain;
      onDrain = null;
      callback?.();
    });
  }

  function writeToWeb(writable) {
    const writer = writable.getWriter();
    composed._write = async (chunk, encoding, callback) => {
      try {
        await writer.ready;
        writer.write(chunk).catch(() => {});
        callback();
      } catch (error) {
        callback(error);
      }
    };
    composed._final = async (callback) => {
      try {
        await writer.ready;
        writer.close().catch(() => {});
        onFinish = callback;
      } catch (error) {
        callback(error);
      }
    };
  }

  function readFromNode() {
    tail.on('data', (chunk) => {
      if (!composed.push(chunk)) tail.pause();
    });
    tail.on('end', () => composed.push(null));
    composed._read = () => {
      tail.resume();
    };
  }

  function readFromWeb(readable) {
    const reader = readable.getReader();
    composed._read = async () => {
      for (;;) {
        try {
          const { value, done } = await reader.read();
          if (done) {
            composed.push(null);
            return;
          }
          if (!composed.push(value)) return;
        } catch {
          return;
        }
      }
    };
  }

  composed._destroy = (error, callback) => {
    if (!error && !chainOver) error = new AbortError();
    onDrain = null;
    onFinish = null;
    if (isNodeStream(tail)) destroyer(tail, error);
    // Being destroyed waits for the chain to be.
    if (chainOver) callback(error);
    else onDestroyed = callback;
  };

  return composed;
}

module.exports = compose;
