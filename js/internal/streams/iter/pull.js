'use strict';

// pull() and pullSync(): a source behind transforms, read only as far as its consumer reads.

const { lazyDOMException } = require('internal/errors');
const { abortable, onAbort } = require('internal/streams/iter/abortable');
const { dictionary, readSignal } = require('internal/streams/iter/convert');
const { from } = require('internal/streams/iter/from');
const { fromSync } = require('internal/streams/iter/from_sync');
const { apply, applySync, readTransforms, splitOptions } = require('internal/streams/iter/transforms');

async function* run(source, transforms, controller, signal) {
  const forget = signal === undefined ? undefined : onAbort(signal, () => controller.abort(signal.reason));
  try {
    if (signal?.aborted) controller.abort(signal.reason);
    yield* apply(abortable(source, controller.signal), transforms, controller.signal);
  } catch (error) {
    controller.abort(error);
    throw error;
  } finally {
    forget?.();
  }
}

// The stream `source` becomes behind `transforms` (already read). One pass: all its iterators share it.
function pipeline(source, transforms, signal) {
  const controller = new AbortController();
  const output = run(source, transforms, controller, signal);
  let ended = false;
  const note = (result) => {
    if (result.done) ended = true;
    return result;
  };
  const failed = (error) => {
    ended = true;
    throw error;
  };
  const iterator = {
    __proto__: null,
    next(value) {
      return output.next(value).then(note, failed);
    },
    // A read under way ends by this; transforms learn of it by their signal.
    return(value) {
      if (!ended) {
        ended = true;
        controller.abort(lazyDOMException('Aborted', 'AbortError'));
      }
      return output.return(value);
    },
    throw(error) {
      if (!ended) {
        ended = true;
        controller.abort(error);
      }
      return output.throw(error);
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
  const transforms = readTransforms(rest);
  const input = fromSync(source);
  return {
    __proto__: null,
    [Symbol.iterator]: function* () {
      yield* applySync(input, transforms);
    },
  };
}

module.exports = { pipeline, pull, pullSync };
