'use strict';
// map(): hands out slices of an iterable, as far as threads ask for them. A Mapping is a source of jobs for the scheduler
// (scheduler.js has the protocol).

const { endError } = require('internal/pool/errors');
const { ERROR, FINISHED, SLICE, VALUE } = require('internal/pool/protocol');

// Bigger than a job of single tasks: nobody waits for a single item of it.
const TARGET_SLICE_NANOS = 2_000_000;
const MAX_SLICE = 65_536;

// A slice under way.
class SliceJob {
  constructor(map, items, first) {
    this.map = map;
    this.items = items;
    this.first = first;
    this.size = items.length;
    this.code = map.code;
    this.form = SLICE;
    this.priority = map.priority;
    this.list = undefined;
  }

  payload() {
    const { items } = this;
    this.items = undefined;
    return [items, this.first, this.map.captures];
  }

  part(kind, start, value) {
    if (kind === ERROR) this.map.fail(value);
    else this.map.store(this.first + start, kind === VALUE ? [value] : value);
  }

  end(end, position, outcome) {
    if (outcome !== undefined) this.map.scheduler.timing?.recordJob(this.size, outcome);
    if (end !== FINISHED) this.map.fail(endError(end));
    this.map.sliceOver();
  }

  refused(error) {
    this.map.fail(error);
    this.map.sliceOver();
  }
}

// One call of map().
class Mapping {
  constructor(scheduler, code, items, captures, resolve, reject) {
    this.scheduler = scheduler;
    this.code = code;
    this.captures = captures;
    this.priority = 0;
    this.results = [];
    this.resolve = resolve;
    this.reject = reject;
    this.under = 0;
    this.next = 0;
    this.over = false;
    this.settled = false;
    this.release = undefined;
    if (ArrayBuffer.isView(items) && !(items instanceof DataView)) {
      this.typed = items;
      this.results = new Array(items.length);
    } else if (Array.isArray(items)) {
      this.array = items;
    } else {
      this.iterator = items[Symbol.iterator]();
    }
  }

  // The next items, at most `most`; undefined where nothing is left.
  take(most) {
    const { next } = this;
    if (this.typed !== undefined || this.array !== undefined) {
      const all = this.typed ?? this.array;
      const left = all.length - next;
      if (left <= 0) return undefined;
      // Towards the end slices get smaller, so that the threads finish together.
      const size = Math.min(most, Math.max(1, Math.ceil(left / (this.scheduler.threads * 2))));
      return all.slice(next, next + size);
    }
    const items = [];
    while (items.length < most) {
      const { done, value } = this.iterator.next();
      if (done) {
        this.iterator = undefined;
        this.array = [];
        break;
      }
      items.push(value);
    }
    return items.length > 0 ? items : undefined;
  }

  nextJob() {
    if (this.over) return undefined;
    let items;
    try {
      items = this.take(this.code.group(TARGET_SLICE_NANOS, MAX_SLICE));
    } catch (error) {
      this.fail(error);
      return undefined;
    }
    if (items === undefined) {
      this.over = true;
      this.finishIfDone();
      return undefined;
    }
    const job = new SliceJob(this, items, this.next);
    this.next += items.length;
    this.under++;
    return job;
  }

  store(first, values) {
    const { results } = this;
    for (let i = 0; i < values.length; i++) results[first + i] = values[i];
  }

  fail(error) {
    this.over = true;
    if (this.settled) return;
    this.settled = true;
    this.release?.();
    this.scheduler.cancelSource(this);
    this.reject(error);
  }

  sliceOver() {
    this.under--;
    this.finishIfDone();
  }

  finishIfDone() {
    if (!this.over || this.under > 0 || this.settled) return;
    this.settled = true;
    this.release?.();
    this.resolve(this.results);
  }
}

module.exports = { Mapping };
