'use strict';
// What the methods over collections have in common: a Mapping is a source of jobs for the scheduler (scheduler.js has the
// protocol), each a slice of a feed, as large as the time its items take suggests. Subclasses say what is done to a slice
// (`operation`, `extra`) and what becomes of its outcome (`accept`).

const { endError } = require('internal/pool/errors');
const { ERROR, FINISHED, LOST, SLICE } = require('internal/pool/protocol');

// What a slice should take. Longer than a job of single tasks: nobody waits for a single item of it.
const TARGET_NANOS = 2_000_000;
// What it takes at least, towards the end: threads may finish so far apart, and each slice costs its owner some 30 us.
const LEAST_NANOS = 200_000;
// Items of their own are serialized; those of typed arrays stay where they are.
const MAX_SLICE = 65_536;
const MAX_TYPED_SLICE = 4_194_304;
// By how much slices grow at most, so that one quick item does not stand for all.
const GROWTH = 8;

// A slice under way.
class SliceJob {
  constructor(source, slice) {
    this.source = undefined;
    this.owner = source;
    this.slice = slice;
    // Tasks it counts for.
    this.size = slice.count ?? slice.to - slice.from;
    this.code = source.code;
    this.form = SLICE;
    this.priority = source.priority;
    this.timeout = source.timeout;
    this.parent = source.parent;
    this.again = false;
    this.list = undefined;
    this.dropped = false;
  }

  payload() {
    const { owner, slice: { items, from, to, base } } = this;
    return [owner.operation, owner.captures, items, from, to, base, owner.extra];
  }

  part(kind, start, value) {
    if (kind === ERROR) this.owner.fail(value);
    else if (!this.owner.settled) this.owner.accept(this.slice, value);
  }

  end(end, position, outcome) {
    const { owner } = this;
    if (end !== FINISHED) owner.clean = false;
    if (outcome !== undefined) owner.scheduler.timing?.recordJob(this.size, outcome);
    if (end === LOST && !this.again && owner.scheduler.rerunsLost) owner.repeat(this.slice);
    else if (end !== FINISHED) owner.fail(endError(end, this.timeout));
    else owner.learn(this.size, outcome.ran);
    owner.sliceOver();
  }

  refused(error) {
    this.owner.fail(error);
    this.owner.sliceOver();
  }
}

class Mapping {
  #feed;
  // How many items the next slice has, and whether that is for ever.
  #chunk = 1;
  #fixed = false;
  // Slices that were lost with their isolate.
  #again = [];
  // Whether each slice that ended was through. An isolate may still be at one that was ended, or lost.
  clean = true;
  under = 0;
  over = false;
  settled = false;
  release = undefined;
  extra = undefined;
  // How many more items may be taken at the moment.
  room = Infinity;

  // `setup`: { scheduler, code, captures, chunkSize, priority, timeout }.
  constructor(setup, feed, resolve, reject) {
    this.scheduler = setup.scheduler;
    this.code = setup.code;
    this.captures = setup.captures;
    this.priority = setup.priority;
    this.timeout = setup.timeout;
    this.parent = setup.scheduler.parent;
    this.resolve = resolve;
    this.reject = reject;
    this.#feed = feed;
    if (setup.chunkSize !== undefined) {
      this.#chunk = setup.chunkSize;
      this.#fixed = true;
    } else {
      this.#chunk = this.#limit(this.code.group(TARGET_NANOS, MAX_TYPED_SLICE));
    }
    this.left = feed?.length;
  }

  // The most a slice may have.
  #limit(size) {
    const most = this.#feed?.view === undefined ? MAX_SLICE : MAX_TYPED_SLICE;
    return Math.min(size, most, this.mostAtOnce ?? Infinity);
  }

  learn(size, nanos) {
    if (this.#fixed || size === 0) return;
    const wanted = Math.floor(size * TARGET_NANOS / Math.max(nanos, 1));
    // Outcomes of slices smaller than the present ones say little.
    if (size * GROWTH < this.#chunk) return;
    this.#chunk = Math.max(1, this.#limit(Math.min(wanted, size * GROWTH)));
  }

  take() {
    let most = Math.min(this.#chunk, this.room);
    if (this.left !== undefined) {
      if (!this.#fixed) most = Math.min(most, this.#share());
      this.left -= most;
    }
    return this.#feed.take(most);
  }

  // Towards the end slices get smaller, so that the threads finish together. What would be left of the last is part of it: so
  // little says nothing about the time that items take.
  #share() {
    const { left } = this;
    const least = this.code.group(LEAST_NANOS, MAX_TYPED_SLICE);
    return left < 2 * least ? left : Math.max(least, Math.ceil(left / (this.scheduler.threads * 2)));
  }

  nextJob() {
    if (this.#again.length > 0) {
      this.under++;
      const job = new SliceJob(this, this.#again.pop());
      job.again = true;
      return job;
    }
    if (this.over) return undefined;
    let slice;
    try {
      slice = this.take();
    } catch (error) {
      this.fail(error);
      return undefined;
    }
    if (slice === null) return null;
    if (slice === undefined) {
      this.over = true;
      this.finishIfDone();
      return undefined;
    }
    this.under++;
    return new SliceJob(this, slice);
  }

  // A slice went with its isolate, through no fault of its own.
  repeat(slice) {
    if (this.settled) return;
    this.#again.push(slice);
    // The scheduler has forgotten a source that had nothing left.
    if (this.over) this.scheduler.addSource(this);
    else this.scheduler.schedule();
  }

  // Ends it early, without an outcome.
  stop() {
    this.over = true;
    this.#again.length = 0;
    if (this.settled) return false;
    this.settled = true;
    this.release?.();
    this.scheduler.cancelSource(this);
    try {
      this.#feed?.end();
    } catch {
      // What an iterator says to its end comes too late.
    }
    return true;
  }

  fail(error) {
    if (this.stop()) this.reject(error);
  }

  sliceOver() {
    this.under--;
    // What was settled before failed.
    if (this.settled && this.under === 0) this.served();
    else this.finishIfDone();
  }

  // Settled, and no slice is under way: memory that isolates were given is not needed any more.
  served() { this.#feed?.served?.(this.clean); }

  finishIfDone() {
    if (!this.over || this.under > 0 || this.#again.length > 0 || this.settled) return;
    this.settled = true;
    this.release?.();
    this.finish();
    this.served();
  }
}

module.exports = { Mapping, SliceJob };
