'use strict';
// What Weft's loop recorded of itself between two moments (weft:loop): the recorder of measure.js.

const { snapshot } = require('weft:loop');
const { countersOf } = require('internal/histogram');

function take() {
  const { busy, late, phases, turns, idle, active } = snapshot();
  return { busy: countersOf(busy), late: countersOf(late), phases, turns, idle, active };
}

// Counters that grew, by as much as they grew.
function grown(after, before) {
  const old = new Map(before.map(([lowest, , count]) => [lowest, count]));
  return after
    .map(([lowest, width, count]) => [lowest, width, count - (old.get(lowest) ?? 0)])
    .filter(([, , count]) => count > 0);
}

// Times are ms. `stalls` are the turns that took `threshold` or more; counters know them within 1.6 %.
function between(before, after, threshold) {
  const busy = grown(after.busy, before.busy);
  const late = grown(after.late, before.late);
  const longest = (counters) => {
    const last = counters.at(-1);
    return last === undefined ? 0 : (last[0] + last[1] / 2) / 1e6;
  };
  const idle = after.idle - before.idle;
  const active = after.active - before.active;
  const phases = {};
  for (const [name, { count, time }] of Object.entries(after.phases)) {
    const old = before.phases[name];
    phases[name] = { count: count - (old?.count ?? 0), time: time - (old?.time ?? 0) };
  }
  return {
    turns: after.turns - before.turns,
    stalls: busy.reduce((sum, [lowest, width, count]) => sum + (lowest + width / 2 >= threshold * 1e6 ? count : 0), 0),
    longestTurn: longest(busy),
    latestWake: longest(late),
    idle,
    active,
    utilization: idle + active > 0 ? active / (idle + active) : 0,
    phases,
  };
}

module.exports = { between, take };
