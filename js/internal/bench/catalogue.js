'use strict';
// The scenarios by name, in the order in which they run. A scenario is a module with
//   about, unit     what it does, and of what `payload` is a number
//   payload         [least, usual, most]; absent where it has none
//   start(context)  begins the load: { payload, threads, random, fail }; `fail(error)` ends the benchmark. Gives, or
//                   promises, { operations(), stop(), begin()?, lateness()? }: how much was done so far, the end, the
//                   beginning of what counts, and counters (counters.js) of the load's own lateness.
// They use public modules by names that all runtimes know, globals, and portable modules of this folder; `pool` alone needs
// Weft.

const scenarios = {
  __proto__: null,
  idle: () => require('internal/bench/scenarios/idle'),
  timers: () => require('internal/bench/scenarios/timers'),
  immediates: () => require('internal/bench/scenarios/immediates'),
  promises: () => require('internal/bench/scenarios/promises'),
  io: () => require('internal/bench/scenarios/io'),
  cpu: () => require('internal/bench/scenarios/cpu'),
  workers: () => require('internal/bench/scenarios/workers'),
  pool: () => require('internal/bench/scenarios/pool'),
  messages: () => require('internal/bench/scenarios/messages'),
  gc: () => require('internal/bench/scenarios/gc'),
};

const scenarioNames = Object.keys(scenarios);

module.exports = {
  // Those that other runtimes can run.
  portableNames: scenarioNames.filter((name) => name !== 'pool'),
  scenarioNames,
  scenario(name) { return scenarios[name](); },
};
