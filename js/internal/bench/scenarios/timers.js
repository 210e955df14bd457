'use strict';
// Many timers on fixed schedules of 10 to 100 ms, each with its own interval and phase. Their own lateness is kept too.

const { Counters } = require('internal/bench/counters');
const { FixedRate } = require('internal/bench/schedule');

module.exports = {
  about: 'timers on fixed schedules',
  unit: 'timers',
  payload: [1, 100, 100_000],
  start({ payload, random }) {
    const raw = new Counters();
    const corrected = new Counters();
    let fired = 0;
    const record = (late, first) => {
      const ns = Math.max(1, Math.round(late * 1e6));
      fired++;
      corrected.record(ns);
      if (first) raw.record(ns);
    };
    const schedules = Array.from({ length: payload }, () => {
      const interval = 10 + 90 * random();
      const schedule = new FixedRate(interval, record);
      schedule.start(interval * random());
      return schedule;
    });
    return {
      begin() {
        raw.reset();
        corrected.reset();
      },
      operations: () => fired,
      lateness: () => ({ raw, corrected }),
      stop() { for (const schedule of schedules) schedule.stop(); },
    };
  },
};
