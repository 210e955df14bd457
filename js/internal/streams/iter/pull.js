'use strict';

// pull() and pullSync(): a source behind transforms, read only as far as its consumer reads.

const { lazyDOMException } = require('internal/errors');
const { abortable, onAbort } = require('internal/streams/iter/abortable');
const { dictionary, readSignal } = require('internal/streams/iter/convert');
const { from } = require('internal/streams/iter/from');
const { fromSync } = require('internal/streams/iter/from_sync');
const { apply, applySync, readTransforms, splitOptions } = require('internal/streams/iter/transforms');

// The stream `source` becomes behind `transforms` (already read). One pass: all its iterators share it.
function pipeline(source, transforms, signal) {
  const controller = new AbortController();
  let output;
  let ended = false;
  let forget;
  // Not before it is read: a source that nobody reads is not opened.
  const open = () => {
    if (signal !== undefined) forget = onAbort(signal, () => controller.abort(signal.reason));
    return apply(abortable(source, controller.signal), transforms, controller.signal);
  };
  const end = () => {
    ended = true;
    forget?.();
  };
  const note = (result) => {
    if (result.done) end();
    return result;
  };
  const fail = (error) => {
    end();
    controller.abort(error);
    throw error;
  };
  // A read under way ends by this; transforms learn of it by their signal.
  const leave = (reason) => {
    if (ended) return;
    end();
    controller.abort(reason);
  };
  const iterator = {
    __proto__: null,
    next(value) {
      if (output === undefined) {
        if (ended) return Promise.resolve({ done: true, value: undefined });
        if (signal?.aborted) {
          leave(signal.reason);
          return Promise.reject(signal.reason);
        }
        output = open();
      }
      return output.next(value).then(note, fail);
    },
    return(value) {
      leave(lazyDOMException('Aborted', 'AbortError'));
      return output === undefined ? Promise.resolve({ done: true, value }) : output.return(value);
    },
    throw(error) {
      leave(error);
      return output === undefined ? Promise.reject(error) : output.throw(error);
    },
    [Symbol.asyncIterator]() {
      return iterator;
    },
  };
  return {
    __proto__: null,
    [Symbol.asyncIterator]() {
      return iterator;
    },
  };
}

function pull(source, ...rest) {
  const { transforms, options } = splitOptions(rest);
  const signal = readSignal(dictionary(options));
  const input = from(source);
  signal?.throwIfAborted();
  return pipeline(input, transforms, signal);
}

function pullSync(source, ...rest) {
  const input = fromSync(source);
  const transforms = readTransforms(rest);
  return {
    __proto__: null,
    [Symbol.iterator]: function* () {
      yield* applySync(input, transforms);
    },
  };
}

module.exports = { pipeline, pull, pullSync };
