'use strict';
// Timers and immediates (Node's documentation, "Timers").
//
// Timers of one duration expire in the order they were started, so each duration has a doubly linked list, oldest
// first: starting and clearing one is O(1) and makes no call into Rust. A binary heap orders the lists by the
// deadline of their first timer. Only when the earliest deadline changes is the loop told (`schedule`); how many timers
// there are, and how many keep the loop alive, it sees in words it shares with this file.
// The loop calls `processTimers(now)` when that deadline has come, and `runImmediates()` in its check phase; both
// run what is due in one call and drain ticks between callbacks themselves.

const { now: loopNow, schedule, words: sharedWords } = internalBinding('timers');
const asyncContext = internalBinding('async_context');
const { runNextTicks } = require('internal/process/task_queues');

// Longest delay a 32-bit signed integer holds; beyond it Node uses 1 ms.
const TIMEOUT_MAX = 2 ** 31 - 1;

// The words, as src/main_loop/tick.rs numbers them.
const IMMEDIATES = 0;
const REFED_IMMEDIATES = 1;
const TIMERS = 2;
const REFED_TIMERS = 3;
const words = sharedWords();

const kRefed = Symbol('refed');
const kHasPrimitive = Symbol('kHasPrimitive');
const kContext = Symbol('kContext');
// When it is due, in ms and parts of them; `_idleStart` is Node's, and whole.
const kDue = Symbol('kDue');

// Timers that are due within so many ms of each other expire in one phase, as those do in Node that were set within one
// millisecond: programs set a few in a row and expect nothing but ticks between them.
const TOGETHER = 0.1;

// Set by async_hooks while a hook is enabled: { init(resource, type), before(resource), after(resource), destroy(resource) }.
let hooks = null;
// Set while somebody observes the loop (internal/loop/callbacks): { made(resource), now(), done(kind, began, callback,
// resource) }.
let observer = null;

// Timers that were asked for their primitive, so that clearTimeout(number) finds them.
const byPrimitive = Object.create(null);
let lastId = 0;

// duration -> TimersList
const lists = new Map();
// The list that was asked for last: the next timer mostly has the same duration.
let recent = null;
let nextExpiry = Infinity;

class TimersList {
  constructor(expiry, duration) {
    this._idleNext = this;
    this._idlePrev = this;
    this.expiry = expiry;
    this.duration = duration;
    this.position = 0;
    this.order = 0;
    this.isSpare = false;
  }
}

// Binary min-heap of lists by (expiry, order made), with each list knowing its place so that it can move.
const heap = [];
let listOrder = 0;

function earlier(a, b) {
  return a.expiry < b.expiry || (a.expiry === b.expiry && a.order < b.order);
}

function siftUp(list, at) {
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const other = heap[parent];
    if (!earlier(list, other)) break;
    heap[at] = other;
    other.position = at;
    at = parent;
  }
  heap[at] = list;
  list.position = at;
}

function siftDown(list, at) {
  const length = heap.length;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= length) break;
    if (child + 1 < length && earlier(heap[child + 1], heap[child])) child++;
    const other = heap[child];
    if (!earlier(other, list)) break;
    heap[at] = other;
    other.position = at;
    at = child;
  }
  heap[at] = list;
  list.position = at;
}

function removeList(list) {
  if (recent === list) recent = null;
  lists.delete(list.duration);
  const last = heap.pop();
  if (last === list) return;
  const at = list.position;
  if (at > 0 && earlier(last, heap[(at - 1) >> 1])) siftUp(last, at);
  else siftDown(last, at);
}

function unlink(item) {
  const next = item._idleNext;
  const prev = item._idlePrev;
  if (next) next._idlePrev = prev;
  if (prev) prev._idleNext = next;
  item._idleNext = null;
  item._idlePrev = null;
}

function isLinked(item) {
  const next = item._idleNext;
  return next !== item && next !== null && next !== undefined;
}

function append(list, item) {
  if (isLinked(item)) unlink(item);
  else words[TIMERS]++;
  const prev = list._idlePrev;
  item._idlePrev = prev;
  item._idleNext = list;
  prev._idleNext = item;
  list._idlePrev = item;
}

function isEmpty(list) {
  return list._idleNext === list;
}

// Lists that ran empty because their timers were cleared. A program that sets and clears timers of one duration over and
// over would otherwise make a list each time, and tell the loop of it. Where an empty list's deadline comes the loop wakes
// for nothing, once, and the list goes. There are never more than a few.
const spareLists = new Array(16).fill(null);
let nextSpare = 0;

function keepSpare(list) {
  if (list.isSpare) return;
  list.isSpare = true;
  const before = spareLists[nextSpare];
  spareLists[nextSpare] = list;
  nextSpare = (nextSpare + 1) % spareLists.length;
  if (before === null) return;
  before.isSpare = false;
  if (isEmpty(before) && before !== running && lists.get(before.duration) === before) removeList(before);
}

let warnedNegative = false;
let warnedNaN = false;

// Apart from the constructor, which is small enough to be inlined.
function warnOfDuration(after) {
  if (after > TIMEOUT_MAX) {
    process.emitWarning(`${after} does not fit into a 32-bit signed integer.\nTimeout duration was set to 1.`, 'TimeoutOverflowWarning');
  } else if (after < 0 && !warnedNegative) {
    warnedNegative = true;
    process.emitWarning(`${after} is a negative number.\nTimeout duration was set to 1.`, 'TimeoutNegativeWarning');
  } else if (after !== after && !warnedNaN) {
    warnedNaN = true;
    process.emitWarning(`${after} is not a number.\nTimeout duration was set to 1.`, 'TimeoutNaNWarning');
  }
}

class Timeout {
  constructor(callback, after, args, isRepeat, isRefed) {
    if (after === undefined) {
      after = 1;
    } else {
      after *= 1;
    }
    if (!(after >= 1 && after <= TIMEOUT_MAX)) {
      warnOfDuration(after);
      after = 1;
    }
    this._idleTimeout = after;
    this._idlePrev = this;
    this._idleNext = this;
    this._idleStart = null;
    this[kDue] = 0;
    this._onTimeout = callback;
    this._timerArgs = args;
    this._repeat = isRepeat ? after : null;
    this._destroyed = false;
    // Kept when the timer is over: refresh() starts it again as it was.
    this[kRefed] = isRefed;
    this[kHasPrimitive] = 0;
    this[kContext] = asyncContext.get();
    if (isRefed) words[REFED_TIMERS]++;
    if (hooks !== null) hooks.init(this, 'Timeout');
    if (observer !== null) observer.made(this);
  }

  [Symbol.for('nodejs.util.inspect.custom')](_, options) {
    const { inspect } = require('internal/util/inspect');
    return inspect(this, { ...options, depth: 0, customInspect: false });
  }

  refresh() {
    start(this, loopNow());
    return this;
  }

  unref() {
    if (this[kRefed]) {
      this[kRefed] = false;
      if (!this._destroyed) words[REFED_TIMERS]--;
    }
    return this;
  }

  ref() {
    if (!this[kRefed]) {
      this[kRefed] = true;
      if (!this._destroyed) words[REFED_TIMERS]++;
    }
    return this;
  }

  hasRef() {
    return this[kRefed];
  }

  close() {
    clearTimeout(this);
    return this;
  }

  [Symbol.dispose]() {
    clearTimeout(this);
  }

  [Symbol.toPrimitive]() {
    if (this[kHasPrimitive] === 0) {
      this[kHasPrimitive] = ++lastId;
      byPrimitive[this[kHasPrimitive]] = this;
    }
    return this[kHasPrimitive];
  }
}

function insert(item, msecs, startTime) {
  msecs = Math.trunc(msecs);
  item._idleStart = Math.trunc(startTime);
  const expiry = startTime + msecs;
  item[kDue] = expiry;
  let list = recent;
  if (list === null || list.duration !== msecs) recent = list = lists.get(msecs) ?? makeList(msecs, expiry);
  append(list, item);
}

function makeList(msecs, expiry) {
  const list = new TimersList(expiry, msecs);
  list.order = ++listOrder;
  lists.set(msecs, list);
  heap.push(list);
  siftUp(list, heap.length - 1);
  if (nextExpiry > expiry) {
    nextExpiry = expiry;
    schedule(expiry);
  }
  return list;
}

// Starts or restarts `item`, which keeps its reference.
function start(item, startTime) {
  const msecs = item._idleTimeout;
  if (msecs < 0 || msecs === undefined) return;
  insert(item, msecs, startTime ?? loopNow());
  if (item._destroyed) {
    item._destroyed = false;
    if (item[kRefed]) words[REFED_TIMERS]++;
  }
}

// Starts or restarts a timer, or an object of the program's own that has its properties, and says whether it keeps the
// loop alive.
function startAs(item, isRefed) {
  const msecs = item._idleTimeout;
  if (msecs < 0 || msecs === undefined) return;
  // An object of the program's own has neither property before its first start.
  const isNew = item._destroyed !== false;
  const wasRefed = !isNew && item[kRefed] === true;
  insert(item, msecs, loopNow());
  item._destroyed = false;
  item[kRefed] = isRefed;
  if (isRefed !== wasRefed) words[REFED_TIMERS] += isRefed ? 1 : -1;
  if (!isNew) return;
  item[kContext] = asyncContext.get();
  if (hooks !== null) hooks.init(item, 'Timeout');
}

// Takes an item out of its list and gives back what it held.
function unenroll(item) {
  if (item._destroyed) return;
  item._destroyed = true;
  if (item[kHasPrimitive]) {
    delete byPrimitive[item[kHasPrimitive]];
  }
  if (hooks !== null) hooks.destroy(item);
  unlinkFromList(item);
  if (item[kRefed]) words[REFED_TIMERS]--;
  item._idleTimeout = -1;
}

function unlinkFromList(item) {
  if (!item._idleNext || item._idleNext === item) return;
  const next = item._idleNext;
  unlink(item);
  words[TIMERS]--;
  // Empty now, if what came after it is the list and has nothing else.
  if (next instanceof TimersList && isEmpty(next) && next !== running) keepSpare(next);
}

function clearTimeout(timer) {
  if (timer?._onTimeout) {
    timer._onTimeout = undefined;
    unenroll(timer);
    return;
  }
  if (typeof timer === 'number' || typeof timer === 'string') {
    const found = byPrimitive[timer];
    if (found !== undefined) clearTimeout(found);
  }
}

// The list whose callbacks run now: it stays in the heap though it may be empty.
let running = null;

// Waits awake, for TOGETHER at most, until `time` has come. Answers the time.
function wait(time) {
  let now;
  do now = loopNow(); while (now < time);
  return now;
}

// Runs what is due at `now`. Answers the next deadline: 0 for none.
function processTimers(now) {
  nextExpiry = Infinity;
  const horizon = now + TOGETHER;
  let ranAny = false;
  let list;
  try {
    while ((list = heap[0]) !== undefined) {
      if (list.expiry > horizon) {
        // What became due while callbacks ran waits for the next pass: an interval that is shorter than its callback takes
        // would keep the loop here for ever.
        nextExpiry = list.expiry;
        return nextExpiry;
      }
      if (list.expiry > now && !isEmpty(list)) now = wait(list.expiry);
      if (ranAny) runNextTicks();
      else ranAny = true;
      runList(list, now);
    }
    return 0;
  } finally {
    running = null;
    // A callback threw: the rest must not be forgotten if the process goes on.
    nextExpiry = heap.length === 0 ? Infinity : heap[0].expiry;
  }
}

function runList(list, now) {
  const msecs = list.duration;
  let ranAny = false;
  let timer;
  running = list;
  while ((timer = list._idleNext) !== list) {
    if (timer[kDue] > now) {
      // Its first timer is not due: the list moves to where that timer belongs.
      list.expiry = timer[kDue];
      list.order = ++listOrder;
      running = null;
      siftDown(list, list.position);
      return;
    }
    if (ranAny) runNextTicks();
    else ranAny = true;
    // The drain may have cleared it, or moved on.
    if (timer._idleNext === null || timer !== list._idleNext) continue;
    unlink(timer);
    words[TIMERS]--;
    runTimer(timer);
  }
  running = null;
  if (lists.get(msecs) === list && isEmpty(list)) removeList(list);
}

function runTimer(timer) {
  if (!timer._onTimeout) {
    if (!timer._destroyed) unenrollDone(timer);
    return;
  }
  let startTime;
  if (timer._repeat) startTime = loopNow();
  asyncContext.set(timer[kContext]);
  if (hooks !== null) hooks.before(timer);
  const began = observer === null ? 0 : observer.now();
  const callback = timer._onTimeout;
  try {
    const args = timer._timerArgs;
    if (args === undefined) timer._onTimeout();
    else timer._onTimeout(...args);
  } finally {
    if (observer !== null) observer.done('timer', began, callback, timer);
    if (timer._repeat && timer._idleTimeout !== -1) {
      timer._idleTimeout = timer._repeat;
      if (timer[kRefed]) start(timer, startTime);
      else insert(timer, timer._idleTimeout, startTime);
    } else if ((timer._idleNext === null || timer._idleNext === timer) && !timer._destroyed) {
      // Not started again by its own callback.
      unenrollDone(timer);
    }
  }
  // Not where the callback threw: its context is also that of the handlers of uncaught exceptions.
  if (hooks !== null) hooks.after(timer);
  asyncContext.set(undefined);
}

// A one-shot timer that ran: as `unenroll`, but its duration stays, so that refresh() can start it again.
function unenrollDone(timer) {
  timer._destroyed = true;
  if (timer[kHasPrimitive]) delete byPrimitive[timer[kHasPrimitive]];
  if (hooks !== null) hooks.destroy(timer);
  if (timer[kRefed]) words[REFED_TIMERS]--;
}

// ---- immediates ----

let immediateHead = null;
let immediateTail = null;
// What is left of the batch that runs. It is still there where a callback threw, or was ended by force (then nothing runs
// after it here).
let outstanding = null;

class Immediate {
  constructor(callback, args) {
    this._idleNext = null;
    this._idlePrev = null;
    this._onImmediate = callback;
    this._argv = args;
    this._destroyed = false;
    this[kRefed] = true;
    this[kContext] = asyncContext.get();
    if (hooks !== null) hooks.init(this, 'Immediate');
    if (observer !== null) observer.made(this);
    words[IMMEDIATES]++;
    words[REFED_IMMEDIATES]++;
    this._idlePrev = immediateTail;
    if (immediateTail !== null) immediateTail._idleNext = this;
    else immediateHead = this;
    immediateTail = this;
  }

  ref() {
    if (this[kRefed] === false) {
      this[kRefed] = true;
      words[REFED_IMMEDIATES]++;
    }
    return this;
  }

  unref() {
    if (this[kRefed] === true) {
      this[kRefed] = false;
      words[REFED_IMMEDIATES]--;
    }
    return this;
  }

  hasRef() {
    return this[kRefed] === true;
  }

  [Symbol.dispose]() {
    clearImmediate(this);
  }
}

function releaseImmediate(immediate) {
  immediate._destroyed = true;
  words[IMMEDIATES]--;
  if (immediate[kRefed]) words[REFED_IMMEDIATES]--;
  immediate[kRefed] = null;
  if (hooks !== null) hooks.destroy(immediate);
}

function clearImmediate(immediate) {
  if (!immediate?._onImmediate || immediate._destroyed) return;
  releaseImmediate(immediate);
  immediate._onImmediate = null;
  // In the batch that runs now it is passed over instead: its links are what the batch walks along.
  const { _idlePrev: prev, _idleNext: next } = immediate;
  if (immediateHead === immediate) immediateHead = next;
  else if (prev === null) return;
  if (prev !== null) prev._idleNext = next;
  if (next !== null) next._idlePrev = prev;
  if (immediateTail === immediate) immediateTail = prev;
}

function runImmediates() {
  if (outstanding === null) {
    outstanding = immediateHead;
    immediateHead = immediateTail = null;
  }
  let ranAny = false;
  let immediate;
  while ((immediate = outstanding) !== null) {
    if (!immediate._destroyed && ranAny) runNextTicks();
    outstanding = immediate._idleNext;
    // Cleared before, or by the drain.
    if (immediate._destroyed) continue;
    releaseImmediate(immediate);
    asyncContext.set(immediate[kContext]);
    if (hooks !== null) hooks.before(immediate);
    const began = observer === null ? 0 : observer.now();
    try {
      const args = immediate._argv;
      if (args === undefined) immediate._onImmediate();
      else immediate._onImmediate(...args);
    } finally {
      if (observer !== null) observer.done('immediate', began, immediate._onImmediate, immediate);
      immediate._onImmediate = null;
    }
    if (hooks !== null) hooks.after(immediate);
    asyncContext.set(undefined);
    ranAny = true;
  }
}

// How many timers and immediates keep the loop alive.
function activeTimers() {
  return { timeouts: words[REFED_TIMERS], immediates: words[REFED_IMMEDIATES] };
}

module.exports = {
  Immediate,
  activeTimers,
  TIMEOUT_MAX,
  Timeout,
  clearImmediate,
  clearTimeout,
  processTimers,
  runImmediates,
  setHooks(value) { hooks = value; },
  setObserver(value) { observer = value; },
  start,
  startAs,
  unenroll,
  // An internal timer that does not keep the loop alive.
  setUnrefTimeout(callback, after) {
    const timer = new Timeout(callback, after, undefined, false, false);
    insert(timer, timer._idleTimeout, loopNow());
    return timer;
  },
};
