'use strict';
// A fixed rate: things that are meant to happen at `origin + n * interval`, whatever the loop does meanwhile. Whoever is
// late is late from the intended time on, so a stall counts for each thing that it kept from happening (coordinated
// omission, docs/latency.md). Portable: other runtimes can run this file as it is.

class FixedRate {
  #interval;
  #record;
  #origin = 0;
  #next = 0;
  #timer;

  // `record(late, first)`: in ms; `first` where a call of the timer met it, not where it had to wait for an earlier one.
  constructor(interval, record) {
    this.#interval = interval;
    this.#record = record;
  }

  // `phase` ms from now on.
  start(phase = 0) {
    this.#origin = performance.now() + phase;
    this.#next = 0;
    this.#arm(performance.now());
  }

  // What is overdue by now counts as far as it has waited.
  stop() {
    clearTimeout(this.#timer);
    this.#due(performance.now());
  }

  #arm(now) {
    const intended = this.#origin + this.#next * this.#interval;
    this.#timer = setTimeout(() => {
      this.#due(performance.now());
      this.#arm(performance.now());
    }, Math.max(1, Math.ceil(intended - now)));
  }

  // Other runtimes' timers may come a little early; then nothing is due yet.
  #due(now) {
    let first = true;
    for (;;) {
      const late = now - (this.#origin + this.#next * this.#interval);
      if (late < 0) return;
      this.#record(late, first);
      first = false;
      this.#next++;
    }
  }
}

module.exports = { FixedRate };
