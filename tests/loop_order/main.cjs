// Prints the order in which callbacks of all kinds run. Only what Node guarantees: nothing here depends on how fast
// the machine is, except that timers tens of milliseconds apart do not swap places.
'use strict';
const fs = require('fs');
const log = (text) => console.log(text);

function burst(name) {
  log(`${name}: begin`);
  setImmediate(() => {
    log(`${name}: immediate 1`);
    process.nextTick(() => log(`${name}: tick of immediate 1`));
    Promise.resolve().then(() => log(`${name}: microtask of immediate 1`));
    setImmediate(() => log(`${name}: immediate of immediate 1`));
  });
  setImmediate(() => log(`${name}: immediate 2`));
  process.nextTick(() => {
    log(`${name}: tick 1`);
    process.nextTick(() => log(`${name}: tick of tick 1`));
    Promise.resolve().then(() => log(`${name}: microtask of tick 1`));
  });
  process.nextTick((a, b) => log(`${name}: tick 2 ${a} ${b}`), 'x', 'y');
  Promise.resolve()
    .then(() => {
      log(`${name}: microtask 1`);
      process.nextTick(() => log(`${name}: tick of microtask 1`));
      queueMicrotask(() => log(`${name}: microtask of microtask 1`));
    })
    .then(() => log(`${name}: microtask 1, second`));
  queueMicrotask(() => log(`${name}: microtask 2`));
  (async () => {
    log(`${name}: async begin`);
    await null;
    log(`${name}: async after await`);
  })();
  log(`${name}: end`);
}

burst('main');

setTimeout(() => {
  burst('timer');
  // Timers of one deadline: in order, with ticks between them.
  setTimeout(() => {
    log('same deadline 1');
    process.nextTick(() => log('tick between timers'));
    Promise.resolve().then(() => log('microtask between timers'));
  }, 40);
  setTimeout(() => log('same deadline 2'), 40);
  const cleared = setTimeout(() => log('never'), 40);
  setTimeout(() => log('same deadline 3'), 40);
  clearTimeout(cleared);
}, 100);

setTimeout(() => {
  // From an I/O callback the check phase comes before timers.
  fs.stat(__filename, () => {
    log('io: begin');
    setTimeout(() => log('io: timer'), 1);
    setImmediate(() => {
      log('io: immediate');
      process.nextTick(() => log('io: tick of immediate'));
    });
    process.nextTick(() => log('io: tick'));
    Promise.resolve().then(() => log('io: microtask'));
  });
}, 250);

setTimeout(() => {
  let count = 0;
  const interval = setInterval(() => {
    log(`interval ${++count}`);
    if (count === 3) {
      clearInterval(interval);
      const refreshed = setTimeout(() => log('refreshed once'), 4);
      refreshed.refresh();
      setImmediate(() => clearImmediate(setImmediate(() => log('never'))));
    }
  }, 1);
}, 400);

process.on('beforeExit', () => {
  if (process.exitCode === undefined) {
    log('beforeExit');
    process.exitCode = 0;
    Promise.resolve().then(() => log('microtask of beforeExit'));
    setTimeout(() => log('timer of beforeExit'), 1);
  }
});
process.on('exit', (code) => {
  log(`exit ${code}`);
  process.nextTick(() => log('never'));
});
