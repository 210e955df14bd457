'use strict';

// duplex(): two push streams the other way round to each other, like the two ends of a socket pair.

const { dictionary, readBudget, readPolicy, readSignal } = require('internal/streams/iter/convert');
const { BUDGET, makeChannel } = require('internal/streams/iter/push');

function readEnd(options, name) {
  const value = options[name];
  if (value === undefined) return { policy: undefined, budget: undefined };
  const members = dictionary(value, `${name} in options`);
  const policy = readPolicy(members, `${name} in options`);
  return { policy, budget: readBudget(members, undefined) };
}

function makeEnd(outgoing, incoming) {
  const readable = incoming.queue.readable();
  let closing;
  const close = async () => {
    incoming.queue.return();
    const { state } = outgoing.queue;
    if (state.isErrored) return;
    try {
      await state.end();
    } catch {
      // Whoever reads or writes there has been told.
    }
  };
  return {
    __proto__: null,
    get writer() { return outgoing.writer; },
    get readable() { return readable; },
    close() {
      return closing ??= close();
    },
    [Symbol.asyncDispose]() {
      return this.close();
    },
  };
}

function duplex(options = undefined) {
  const members = dictionary(options);
  const a = readEnd(members, 'a');
  const b = readEnd(members, 'b');
  const policy = readPolicy(members) ?? 'strict';
  const budget = readBudget(members, BUDGET);
  const signal = readSignal(members);
  const there = makeChannel(a.budget ?? budget, a.policy ?? policy, signal);
  const back = makeChannel(b.budget ?? budget, b.policy ?? policy, signal);
  return [makeEnd(there, back), makeEnd(back, there)];
}

module.exports = { duplex };
