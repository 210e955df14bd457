'use strict';

// ReadableStream's tee (Streams, section 4.9.2): two branches, each of which
// gets every chunk. Byte streams have their own, with a BYOB reader while a
// branch is read that way; their second branch gets copies.

const {
  RESOLVED,
  deferred,
  invalidState,
  kInternal,
  kState,
  react,
  isolate,
} = require('web/streams/common');
const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
const state = require('web/streams/readable_state');
const {
  ReadableStream,
  ReadableStreamDefaultReader,
  closeDefault,
  createReadable,
  enqueue,
} = require('web/streams/readable');

function tee(s, cloning = false) {
  if (s.reader !== undefined) throw invalidState('ReadableStream is locked');
  const tees = s.byteSource ? new ByteTee(s) : new DefaultTee(s, cloning);
  return tees.branches.map((branch) => branch.stream);
}

// What both kinds share: the source is cancelled when both branches are.
class Tee {
  constructor(s) {
    this.s = s;
    this.reader = new ReadableStreamDefaultReader(s.stream);
    this.reading = false;
    this.again = [false, false];
    this.cancelled = [false, false];
    this.reasons = [undefined, undefined];
    this.cancelPromise = deferred();
    // ReadableStates.
    this.branches = [];
  }

  cancelBranch(index, reason) {
    this.cancelled[index] = true;
    this.reasons[index] = reason;
    if (this.cancelled[1 - index]) {
      this.cancelPromise.resolve(state.cancel(this.s, [...this.reasons]));
    }
    return this.cancelPromise.promise;
  }

  watchErrors(r) {
    react(r.closedPromise, undefined, (error) => {
      if (this.reader[kState] !== r) return;
      for (const branch of this.branches) branch.source.error(error);
      if (!this.cancelled[0] || !this.cancelled[1]) this.cancelPromise.resolve();
    });
  }
}

class DefaultTee extends Tee {
  constructor(s, cloning) {
    super(s);
    this.cloning = cloning;
    const methods = (index) => ({
      source: undefined,
      start: undefined,
      pull: () => this.pull(),
      cancel: (reason) => this.cancelBranch(index, reason),
    });
    this.branches = [
      createReadable(methods(0))[kState], createReadable(methods(1))[kState],
    ];
    this.watchErrors(this.reader[kState]);
  }

  pull() {
    if (this.reading) {
      this.again[0] = true;
      return RESOLVED;
    }
    this.reading = true;
    state.read(this.s, this);
    return RESOLVED;
  }

  chunk(value) {
    // A microtask later, so that an error of the source that comes with the
    // chunk reaches the branches first.
    react(RESOLVED, () => {
      this.again[0] = false;
      for (let i = 0; i < 2; i++) {
        if (this.cancelled[i]) continue;
        enqueue(this.branches[i].source,
                i === 1 && this.cloning ? structuredClone(value) : value);
      }
      this.reading = false;
      if (this.again[0]) this.pull();
    });
  }

  close() {
    this.reading = false;
    for (let i = 0; i < 2; i++) {
      if (!this.cancelled[i]) closeDefault(this.branches[i].source);
    }
    if (!this.cancelled[0] || !this.cancelled[1]) this.cancelPromise.resolve();
  }

  error() {
    this.reading = false;
  }
}

class ByteTee extends Tee {
  constructor(s) {
    super(s);
    const { setUpBytes } = require('web/streams/readable_byte');
    for (let index = 0; index < 2; index++) {
      const branch = new ReadableStream(kInternal)[kState];
      this.branches.push(branch);
      setUpBytes(branch, {
        source: undefined,
        start: undefined,
        pull: () => this.pull(index),
        cancel: (reason) => this.cancelBranch(index, reason),
      }, 0, undefined);
    }
    this.watchErrors(this.reader[kState]);
  }

  pull(index) {
    if (this.reading) {
      this.again[index] = true;
      return RESOLVED;
    }
    this.reading = true;
    const request = this.branches[index].source.getByobRequest();
    if (request === null) this.pullByDefault();
    else this.pullByob(request.view, index);
    return RESOLVED;
  }

  useReader(byob) {
    const r = this.reader[kState];
    if (r.byob === byob) return;
    state.release(r);
    if (byob) {
      const { ReadableStreamBYOBReader } = require('web/streams/readable_byte');
      this.reader = new ReadableStreamBYOBReader(this.s.stream);
    } else {
      this.reader = new ReadableStreamDefaultReader(this.s.stream);
    }
    this.watchErrors(this.reader[kState]);
  }

  pullAgain() {
    this.reading = false;
    if (this.again[0]) this.pull(0);
    else if (this.again[1]) this.pull(1);
  }

  // Copying failed: there is no going on.
  fail(error) {
    for (const branch of this.branches) branch.source.error(error);
    this.cancelPromise.resolve(state.cancel(this.s, error));
  }

  finish() {
    this.reading = false;
    if (!this.cancelled[0] || !this.cancelled[1]) this.cancelPromise.resolve();
  }

  pullByDefault() {
    this.useReader(false);
    state.read(this.s, {
      chunk: (value) => react(RESOLVED, () => {
        this.again[0] = this.again[1] = false;
        let second = value;
        if (!this.cancelled[0] && !this.cancelled[1]) {
          try {
            second = copyOf(value);
          } catch (error) {
            this.fail(error);
            return;
          }
        }
        if (!this.cancelled[0]) this.branches[0].source.enqueue(value);
        if (!this.cancelled[1]) this.branches[1].source.enqueue(second);
        this.pullAgain();
      }),
      close: () => {
        this.reading = false;
        for (let i = 0; i < 2; i++) {
          if (!this.cancelled[i]) this.branches[i].source.close();
        }
        for (const { source } of this.branches) {
          if (source.pending.length > 0) source.respond(0);
        }
        this.finish();
      },
      error: () => {
        this.reading = false;
      },
    });
  }

  pullByob(view, index) {
    this.useReader(true);
    const { readInto } = require('web/streams/readable_byte');
    const byob = this.branches[index].source;
    const other = this.branches[1 - index].source;
    readInto(this.s, view, 1, {
      chunk: (value) => react(RESOLVED, () => {
        this.again[0] = this.again[1] = false;
        const byobCancelled = this.cancelled[index];
        if (!this.cancelled[1 - index]) {
          let copy;
          try {
            copy = copyOf(value);
          } catch (error) {
            this.fail(error);
            return;
          }
          if (!byobCancelled) byob.respondWithNewView(value);
          other.enqueue(copy);
        } else if (!byobCancelled) {
          byob.respondWithNewView(value);
        }
        this.pullAgain();
      }),
      close: (value) => {
        this.reading = false;
        const byobCancelled = this.cancelled[index];
        const otherCancelled = this.cancelled[1 - index];
        if (!byobCancelled) byob.close();
        if (!otherCancelled) other.close();
        if (value !== undefined) {
          if (!byobCancelled) byob.respondWithNewView(value);
          if (!otherCancelled && other.pending.length > 0) other.respond(0);
        }
        this.finish();
      },
      error: () => {
        this.reading = false;
      },
    });
  }
}

function copyOf(view) {
  return new Uint8Array(
    view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

isolate(Tee);

// The standard's own name for what other standards call: stream/web exports it.
function ReadableStreamTee(stream, cloneForBranch2 = false) {
  if (!state.isReadableStream(stream)) {
    throw new ERR_INVALID_ARG_TYPE('stream', 'ReadableStream', stream);
  }
  return tee(stream[kState], cloneForBranch2);
}

module.exports = { ReadableStreamTee, tee };
