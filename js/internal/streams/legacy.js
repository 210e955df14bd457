'use strict';

// `Stream`, the base class of every Node stream. Before streams had states it
// was all there was; its pipe() still serves plain emitters of 'data'.

const EventEmitter = require('events');

function Stream(options) {
  EventEmitter.call(this, options);
}
Object.setPrototypeOf(Stream.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Stream, EventEmitter);

Stream.prototype.pipe = function pipe(dest, options) {
  const source = this;
  let over = false;

  const forward = (chunk) => {
    if (dest.writable && dest.write(chunk) === false) source.pause?.();
  };
  const carryOn = () => {
    if (source.readable) source.resume?.();
  };
  const finish = () => {
    if (over) return;
    over = true;
    dest.end();
  };
  const abandon = () => {
    if (over) return;
    over = true;
    if (typeof dest.destroy === 'function') dest.destroy();
  };
  function fail(error) {
    unhook();
    // With nobody else listening an 'error' must still throw.
    if (EventEmitter.listenerCount(this, 'error') === 0) {
      this.emit('error', error);
    }
  }

  const hooks = [
    [source, 'data', forward],
    [dest, 'drain', carryOn],
    [source, 'end', unhook],
    [source, 'close', unhook],
    [dest, 'close', unhook],
  ];
  if (!dest._isStdio && options?.end !== false) {
    hooks.push([source, 'end', finish], [source, 'close', abandon]);
  }
  function unhook() {
    for (const [emitter, name, fn] of hooks) emitter.removeListener(name, fn);
    source.removeListener('error', fail);
    dest.removeListener('error', fail);
  }

  for (const [emitter, name, fn] of hooks) emitter.on(name, fn);
  prependListener(source, 'error', fail);
  prependListener(dest, 'error', fail);
  dest.emit('pipe', source);
  return dest;
};

Stream.prototype.eventNames = function eventNames() {
  // Streams start with slots for their usual events (see readable.js), which
  // are not listeners.
  const names = [];
  for (const name of Reflect.ownKeys(this._events)) {
    if (this._events[name] !== undefined) names.push(name);
  }
  return names;
};

function prependListener(emitter, event, fn) {
  if (typeof emitter.prependListener === 'function') {
    return emitter.prependListener(event, fn);
  }
  // Emitters from elsewhere may lack it; their listener table is the only way
  // to come first.
  const current = emitter._events?.[event];
  if (!current) emitter.on(event, fn);
  else if (Array.isArray(current)) current.unshift(fn);
  else emitter._events[event] = [fn, current];
}

module.exports = { Stream, prependListener };
