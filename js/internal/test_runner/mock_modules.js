'use strict';
// mock.module(): another module in the place of one, for require() and import alike
// (https://nodejs.org/api/test.html#mockmodulespecifier-options). The loaders look into `hookState.mocks` by URL.

const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_STATE } } = require('internal/errors');
const { validateBoolean, validateObject } = require('internal/validators');
const { isURL } = require('internal/url');
const { hookState } = require('internal/modules/cjs_loader');

class ModuleMock {
  #href;
  // The object for require(), and the record for import, where they are kept.
  #exports;
  #made = false;

  constructor(href, cache, hasDefault, defaultExport, namedExports) {
    this.#href = href;
    this.cache = cache;
    this.hasDefault = hasDefault;
    this.defaultExport = defaultExport;
    this.namedExports = namedExports;
    this.record = undefined;
    this.serial = 0;
  }

  // What require() returns.
  exportsForRequire() {
    if (this.cache && this.#made) return this.#exports;
    const names = Object.keys(this.namedExports);
    const base = this.hasDefault ? this.defaultExport : {};
    if (names.length > 0) {
      if (base === null || (typeof base !== 'object' && typeof base !== 'function')) {
        throw new ERR_INVALID_STATE(`Cannot create mock because named exports cannot be applied to the default ` +
          `export of the module '${this.#href}'`);
      }
      for (const name of names) {
        Object.defineProperty(base, name, Object.getOwnPropertyDescriptor(this.namedExports, name));
      }
    }
    this.#exports = base;
    this.#made = true;
    return base;
  }

  // [names, values] of the module for import. `isObject`: the original has its exports on one object.
  exportsForImport(isObject) {
    const names = Object.keys(this.namedExports).filter((name) => name !== 'default');
    const values = names.map((name) => this.namedExports[name]);
    if (isObject || this.hasDefault) {
      names.push('default');
      values.push(isObject ? this.exportsForRequire() : this.defaultExport);
    }
    return [names, values];
  }

  restore() {
    const { mocks } = hookState;
    if (mocks?.get(this.#href) !== this) return;
    mocks.delete(this.#href);
    if (mocks.size === 0) hookState.mocks = undefined;
  }
}

function mockModule(specifier, options) {
  if (isURL(specifier)) specifier = specifier.href;
  else if (typeof specifier !== 'string') throw new ERR_INVALID_ARG_TYPE('specifier', ['string', 'URL'], specifier);
  validateObject(options, 'options');
  const { cache = false, exports } = options;
  let { namedExports = {} } = options;
  let hasDefault = Object.hasOwn(options, 'defaultExport');
  let { defaultExport } = options;
  validateBoolean(cache, 'options.cache');
  validateObject(namedExports, 'options.namedExports');
  if (exports !== undefined) {
    // Both kinds in one object.
    validateObject(exports, 'options.exports');
    for (const other of ['namedExports', 'defaultExport']) {
      if (options[other] === undefined) continue;
      throw new ERR_INVALID_ARG_VALUE('options.exports', exports, `cannot be used with 'options.${other}'`);
    }
    hasDefault = Object.hasOwn(exports, 'default');
    ({ default: defaultExport, ...namedExports } = exports);
  }
  const href = resolveFor(specifier);
  if (hookState.mocks?.has(href)) {
    throw new ERR_INVALID_STATE(`Cannot mock '${specifier}'. The module is already mocked.`);
  }
  const mock = new ModuleMock(href, cache, hasDefault, defaultExport, { ...namedExports });
  (hookState.mocks ??= new Map()).set(href, mock);
  return mock;
}

// The URL that `specifier` means to the code that asks for the mock.
function resolveFor(specifier) {
  const { builtinHref, builtinId } = require('internal/modules/helpers');
  const id = builtinId(specifier);
  if (id !== undefined) return builtinHref(id);
  const { pathToHref } = require('internal/modules/paths');
  const { callerLocation } = require('internal/test_runner/harness');
  const file = callerLocation()?.file ?? require('path').join(process.cwd(), 'noop.js');
  const path = require('path');
  if (path.isAbsolute(specifier)) return pathToHref(specifier);
  const { esmResolve } = require('internal/modules/resolve');
  try {
    return esmResolve(specifier, pathToHref(file)).href;
  } catch (error) {
    // require() resolves more than import does, and takes a bare path for a relative one.
    try {
      const { requireFrom } = require('internal/modules/cjs_loader');
      return pathToHref(requireFrom(file).resolve(specifier));
    } catch {
      throw error;
    }
  }
}

module.exports = { mockModule };
