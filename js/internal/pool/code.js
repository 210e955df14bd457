'use strict';
// What tasks run: the text of a function, or an export of a module. Each is told to the native side once per pool and
// has a number from then on; isolates compile it once and keep it under that number.

const { codes } = require('internal/errors');
const { validateString } = require('internal/validators');
const { FUNCTION, MODULE } = require('internal/pool/protocol');
const native = internalBinding('pool');

const functionText = Function.prototype.toString;

// Code that tasks run, with what was learned about it.
class Code {
  constructor(id) {
    this.id = id;
    // Nanoseconds a task of it takes, as a moving average; 0 until one ran.
    this.nanos = 0;
    // Bytes that a task of it is given; falls slowly.
    this.bytes = 0;
  }

  weigh(bytes, tasks) {
    const each = bytes / tasks;
    this.bytes = each > this.bytes ? each : this.bytes * 0.7 + each * 0.3;
  }

  learn(nanos, tasks) {
    const each = nanos / tasks;
    this.nanos = this.nanos === 0 ? each : this.nanos * 0.7 + each * 0.3;
  }

  // How many tasks of it are given `most` bytes together.
  fit(most) {
    return Math.max(1, Math.floor(most / Math.max(1, this.bytes)));
  }

  // How many tasks of it last about `target` nanoseconds.
  group(target, most) {
    if (this.nanos === 0) return 1;
    return Math.min(most, Math.max(1, Math.floor(target / this.nanos)));
  }
}

// The URL of a task's module, from a URL, an absolute path, or a path relative to the working directory.
function moduleHref(filename, name = 'options.filename') {
  if (typeof filename === 'object' && filename !== null && typeof filename.href === 'string') return filename.href;
  validateString(filename, name);
  if (/^(?:file|data|node|weft):/.test(filename)) return filename;
  return require('internal/modules/paths').pathToHref(require('path').resolve(filename));
}

// Captured values become parameters, so their names have to be those of variables.
const validNames = new Set();

function checkName(name) {
  if (validNames.has(name)) return;
  let valid = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(name);
  try {
    // Reserved words.
    if (valid) new Function(name, '');
  } catch {
    valid = false;
  }
  if (!valid) throw new codes.ERR_INVALID_ARG_VALUE('options.captures', name, 'must have the names of variables');
  if (validNames.size < 1000) validNames.add(name);
}

// Where `fn` was written: [script, line, column] of its text, from 0; empty where that is not known.
function placeOf(fn, text) {
  const found = internalBinding('free_variables').location(fn);
  if (found === undefined || found[0] === '') return [];
  // V8 tells where the parameters begin.
  const isLong = text.startsWith('function') || text.startsWith('async');
  const before = isLong ? /^(?:async\s+)?function[^(]*(?=\()/.exec(text)?.[0] ?? '' : '';
  if (before.includes('\n')) return [found[0], found[1] - before.split('\n').length, 0];
  return [found[0], found[1] - 1, found[2] - before.length];
}

// All code of a pool.
class CodeTable {
  // By module; by function, with the names it was last given captures under; by text for functions made anew, and by
  // script besides where the text has import(), which may be relative.
  #modules = new Map();
  #functions = new WeakMap();
  #texts = new Map();
  #pool;

  constructor(pool) {
    this.#pool = pool;
  }

  ofFunction(fn, captureNames) {
    const names = captureNames.length === 0 ? '' : captureNames.join(',');
    const known = this.#functions.get(fn);
    if (known !== undefined && known.names === names) return known.code;
    const text = functionText.call(fn);
    // As V8 writes it; in a program it would be a syntax error.
    if (text.endsWith('{ [native code] }')) {
      throw new codes.ERR_INVALID_ARG_VALUE('task', fn, 'must be a function written in JavaScript, and not a bound one');
    }
    if (text.startsWith('class') && /^class\b(?!\s*\()/.test(text)) throw new codes.ERR_INVALID_ARG_VALUE('task', fn, 'must not be a class');
    for (const name of captureNames) checkName(name);
    const source = `${names}\n${text}`;
    let code = this.#texts.get(source);
    if (code instanceof Map) code = code.get(placeOf(fn, text)[0]);
    if (code === undefined) {
      require('internal/pool/free_variables').checkFreeVariables(fn, text, captureNames);
      code = this.#addFunction(fn, text, source);
    }
    this.#functions.set(fn, { names, code });
    return code;
  }

  #addFunction(fn, text, source) {
    const place = placeOf(fn, text);
    const code = new Code(native.addCode(this.#pool, FUNCTION, source, fn.name, ...place));
    if (!text.includes('import')) this.#texts.set(source, code);
    else if (this.#texts.has(source)) this.#texts.get(source).set(place[0], code);
    else this.#texts.set(source, new Map([[place[0], code]]));
    return code;
  }

  ofModule(href, name) {
    const key = `${name}\n${href}`;
    let code = this.#modules.get(key);
    if (code === undefined) {
      code = new Code(native.addCode(this.#pool, MODULE, href, name));
      this.#modules.set(key, code);
    }
    return code;
  }
}

module.exports = { Code, CodeTable, moduleHref };
