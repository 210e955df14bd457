'use strict';
// --test-rerun-failures: a file that keeps, for each attempt at a run, which tests had passed by then. A further run
// does not run those again (https://nodejs.org/api/test.html#rerunning-failed-tests).

const path = require('path');
const fs = require('fs');

// What names a test from run to run: where it was declared, and which of those declared there it is.
class Names {
  constructor() {
    this.counts = new Map();
  }

  of({ column, file, line }) {
    if (file === undefined) return undefined;
    const place = `${path.relative(process.cwd(), file)}:${line}:${column}`;
    const earlier = this.counts.get(place) ?? 0;
    this.counts.set(place, earlier + 1);
    return earlier === 0 ? place : `${place}:(${earlier})`;
  }
}

class Rerun {
  constructor(file) {
    this.path = file;
    this.attempts = [];
    if (fs.existsSync(file)) {
      const attempts = JSON.parse(fs.readFileSync(file, 'utf8'));
      if (Array.isArray(attempts)) this.attempts = attempts;
    }
    this.attempt = this.attempts.length;
    this.previous = this.attempts.at(-1) ?? { __proto__: null };
    this.declared = new Names();
    this.reported = new Names();
    this.passed = {};
    // Tests that were begun, by the id of what they are in.
    this.children = new Map();
  }

  // What is known of a test that passed in an earlier attempt; called once for each test, in the order of declaration.
  find(test) {
    const name = this.declared.of(test.location ?? {});
    return name !== undefined && Object.hasOwn(this.previous, name) ? this.previous[name] : undefined;
  }

  note(type, data) {
    if (type === 'test:start') {
      const key = `${data.entryFile}\0${data.parentId}`;
      if (!this.children.has(key)) this.children.set(key, []);
      this.children.get(key).push(data);
      return;
    }
    if (type !== 'test:pass' && type !== 'test:fail') return;
    const name = this.reported.of(data);
    if (type === 'test:fail' || name === undefined) return;
    this.passed[name] = {
      name: data.name,
      children: this.children.get(`${data.entryFile}\0${data.testId}`) ?? [],
      passed_on_attempt: data.details.passed_on_attempt ?? this.attempt,
      duration_ms: data.details.duration_ms,
    };
  }

  write() {
    fs.writeFileSync(this.path, JSON.stringify([...this.attempts, this.passed], null, 2));
  }
}

module.exports = { Rerun };
