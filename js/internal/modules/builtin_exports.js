'use strict';

// Built-ins as ES modules: a synthetic module whose exports are the properties of what require() gives.
//
// Some properties load another built-in when they are first read. Those get their values only once an importer names
// them (or wants the namespace); until then nobody can see that they have none. All others are read when the module is
// evaluated: what programs put in their place afterwards shows in imports after module.syncBuiltinESMExports() only.

const wrap = internalBinding('module_wrap');

const { isUnread } = require('internal/lazy');

const lookupGetter = Function.prototype.call.bind(Object.prototype.__lookupGetter__);

// Whether looking at the property loads something.
function isLoadedLate(values, name) {
  return isUnread(values, name) || lookupGetter(values, name) !== undefined;
}

// All built-ins imported so far.
const imported = [];

class BuiltinExports {
  #id;
  #values;
  #names;
  // Names that importers asked for while the module was not evaluated; undefined for all.
  #wanted = new Set();
  // Names without a value yet, once the module is evaluated.
  #left;

  constructor(href, values) {
    this.#values = values;
    this.#names = Object.keys(values).filter((name) => name !== 'default');
    this.#names.push('default');
    this.#id = wrap.createSyntheticModule(href, this.#names, () => this.#evaluate());
  }

  get id() { return this.#id; }

  #evaluate() {
    const values = this.#values;
    const left = new Set();
    const answer = this.#names.map((name) => {
      if (name === 'default') return values;
      if (this.#wanted !== undefined && !this.#wanted.has(name) && isLoadedLate(values, name)) {
        left.add(name);
        return undefined;
      }
      return values[name];
    });
    this.#left = left;
    return answer;
  }

  // An importer is linked that names these; all for undefined.
  want(names) {
    if (this.#left === undefined) {
      if (names === undefined) this.#wanted = undefined;
      else if (this.#wanted !== undefined) for (const name of names) this.#wanted.add(name);
      return;
    }
    if (this.#left.size === 0) return;
    this.#set((names ?? [...this.#left]).filter((name) => this.#left.delete(name)));
  }

  #set(names) {
    if (names.length !== 0) wrap.setExports(this.#id, names, names.map((name) => this.#values[name]));
  }

  synchronise() {
    if (this.#left === undefined) return;
    this.#set(this.#names.filter((name) => name !== 'default' && !this.#left.has(name)));
  }
}

function fromBuiltin(record, values) {
  record.exports = new BuiltinExports(record.href, values);
  record.id = record.exports.id;
  imported.push(record.exports);
}

// module.syncBuiltinESMExports(): what programs changed on built-ins since shows in their named imports.
function syncBuiltinExports() {
  for (const exports of imported) exports.synchronise();
}

module.exports = { fromBuiltin, syncBuiltinExports };
