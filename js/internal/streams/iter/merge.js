'use strict';

// merge(): several sources as one stream, batches in the order in which they come. Of each source one batch is read
// ahead at most.

const { onAbort } = require('internal/streams/iter/abortable');
const { dictionary, readSignal } = require('internal/streams/iter/convert');
const { acceptable, from } = require('internal/streams/iter/from');

const nothing = () => {};

// What has come and was not taken yet, and who waits for it.
class Arrivals {
  #ready = [];
  #wake;

  put(arrival) {
    this.#ready.push(arrival);
    this.#wake?.();
  }

  async take() {
    while (this.#ready.length === 0) {
      await new Promise((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    return this.#ready.shift();
  }
}

function read(source, arrivals) {
  source.reading = true;
  const settle = (arrival) => {
    source.reading = false;
    arrivals.put(arrival);
  };
  source.iterator.next().then(
    (result) => settle({ source, result }),
    (error) => {
      source.ended = true;
      settle({ failed: true, error });
    });
}

async function* merged(inputs, signal) {
  signal?.throwIfAborted();
  const arrivals = new Arrivals();
  const forget = signal === undefined ?
    nothing :
    onAbort(signal, () => arrivals.put({ failed: true, error: signal.reason }));
  const sources = inputs.map((input) => ({ iterator: input[Symbol.asyncIterator](), ended: false, reading: false }));
  let failed = false;
  try {
    for (const source of sources) read(source, arrivals);
    for (let open = sources.length; open > 0;) {
      const arrival = await arrivals.take();
      if (signal?.aborted) throw signal.reason;
      if (arrival.failed) throw arrival.error;
      const { source, result } = arrival;
      if (result.done) {
        source.ended = true;
        open--;
        continue;
      }
      yield result.value;
      read(source, arrivals);
    }
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    forget();
    await close(sources, failed);
  }
}

// Those in the middle of a read close by themselves when that has settled.
async function close(sources, failed) {
  const closing = [];
  for (const source of sources) {
    if (source.ended) continue;
    const closed = source.iterator.return?.();
    if (source.reading) closed?.catch(nothing);
    else closing.push(closed);
  }
  const results = await Promise.allSettled(closing);
  if (failed) return;
  for (const { status, reason } of results) if (status === 'rejected') throw reason;
}

function merge(...args) {
  const last = args[args.length - 1];
  const hasOptions = typeof last === 'object' && last !== null && !acceptable(last);
  const signal = hasOptions ? readSignal(dictionary(args.pop())) : undefined;
  const stream = merged(args.map(from), signal);
  return {
    __proto__: null,
    [Symbol.asyncIterator]: async function* () {
      yield* stream;
    },
  };
}

module.exports = { merge };
