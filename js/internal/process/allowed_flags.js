'use strict';
// process.allowedNodeEnvironmentFlags: what NODE_OPTIONS may hold, as a set that nobody can change and that knows a flag
// by each of its spellings (https://nodejs.org/api/process.html#processallowednodeenvironmentflags).

const canonical = (flag) => flag.replace(/(?<!^-?)_/g, '-');

class NodeEnvironmentFlagsSet extends Set {
  #flags;

  constructor(flags) {
    super();
    this.#flags = new Set(flags);
    Object.freeze(this);
  }

  // Nothing can be added or taken away.
  add() {
    return this;
  }

  delete() {
    return false;
  }

  clear() {}

  has(key) {
    if (typeof key !== 'string') return false;
    const flag = canonical(key.replace(/=.*$/s, ''));
    if (/^--?[^-]/.test(flag)) return this.#flags.has(flag) || this.#flags.has(flag.replace(/^--no-/, '--'));
    return flag[0] !== '-' && (this.#flags.has(`--${flag}`) || this.#flags.has(`-${flag}`));
  }

  get size() {
    return this.#flags.size;
  }

  forEach(callback, thisArg) {
    for (const flag of this.#flags) Reflect.apply(callback, thisArg, [flag, flag, this]);
  }

  entries() {
    return this.#flags.entries();
  }

  values() {
    return this.#flags.values();
  }

  keys() {
    return this.#flags.keys();
  }

  [Symbol.iterator]() {
    return this.#flags.values();
  }
}

function makeAllowedFlags() {
  const own = internalBinding('options').environmentFlags();
  return new NodeEnvironmentFlagsSet(own);
}

module.exports = { makeAllowedFlags };
