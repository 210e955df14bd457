'use strict';
// util.inspect: any value as text, in Node's format
// (https://nodejs.org/api/util.html#utilinspectobject-options).
//
// One `Inspector` lives for one call and holds options and progress. Division:
//   inspect.js         options, primitives, properties, custom inspection, cycles
//   inspect_kinds.js   what each kind of object shows
//   inspect_error.js   errors
//   inspect_layout.js  lines and columns
//   inspect_text.js    quoting, escape sequences, width, colours
//   inspect_format.js  format() and its %-directives

const { customInspectSymbol } = require('internal/util');
const { kindOf, kinds } = require('internal/util/types');
const { colors, escapeName, getStringWidth, quote, stripVTControlCharacters, styles } =
  require('internal/util/inspect_text');
const { indentText, joinParts, kElements, kProperties } = require('internal/util/inspect_layout');
const { describers, prefixOf } = require('internal/util/inspect_kinds');

const {
  getProxyDetails,
  getOwnNonIndexProperties,
  getConstructorName: nativeConstructorName,
} = internalBinding('util');

const hasOwn = Object.hasOwn;
const isEnumerable = Object.prototype.propertyIsEnumerable;
const { getPrototypeOf, getOwnPropertyDescriptor } = Object;

// Classes of the language itself. Properties on their prototypes are known to
// everybody and never shown; a toString of theirs does not count as the user's.
const languageClasses = new Set((
  'AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array ' +
  'BigUint64Array Boolean DataView Date DisposableStack Error EvalError FinalizationRegistry ' +
  'Float16Array Float32Array Float64Array Function Int16Array Int32Array Int8Array Intl ' +
  'Iterator JSON Map Math Number Object Promise Proxy RangeError ReferenceError Reflect RegExp ' +
  'Set SharedArrayBuffer String SuppressedError Symbol SyntaxError TypeError URIError ' +
  'Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet WebAssembly'
).split(' '));

const defaults = Object.seal({
  showHidden: false,
  depth: 2,
  colors: false,
  customInspect: true,
  showProxy: false,
  maxArrayLength: 100,
  maxStringLength: 10000,
  breakLength: 80,
  compact: 3,
  sorted: false,
  getters: false,
  numericSeparator: false,
});

// An object whose text makes one call's output exceed this is the last one
// that is looked into.
const outputBudget = 2 ** 27;
// And so much less of it is not worth counting by indentation.
const negligible = 2 ** 20;

// Strings up to this length are not broken at their line feeds.
const shortString = 16;

const identifier = /^[a-zA-Z_][a-zA-Z_0-9]*$/;

// Objects of one kind have the same keys: what was found of a key is kept, for as many as there may be in sight.
const kKeysKept = 256;
let known = new Map();
function isIdentifier(key) {
  let answer = known.get(key);
  if (answer === undefined) {
    answer = identifier.test(key);
    if (known.size === kKeysKept) known = new Map();
    known.set(key, answer);
  }
  return answer;
}

function stylizeNoColor(text) {
  return text;
}

function stylizeWithColor(text, type) {
  const style = inspect.styles[type];
  if (style === undefined) return text;
  if (typeof style === 'function') return `${style(text)}`;
  const codes = inspect.colors[style];
  return codes === undefined ? text : `\x1b[${codes[0]}m${text}\x1b[${codes[1]}m`;
}

// What describers know about the object at hand.
class View {
  constructor(value, constructor, tag, keys, inherited, level, typed) {
    this.value = value;
    this.constructor = constructor;  // Name of the class, null without prototype.
    this.tag = tag;                  // Symbol.toStringTag where it says something new.
    this.keys = keys;                // Own properties to show.
    this.inherited = inherited;      // Texts of properties of the prototypes.
    this.level = level;
    this.typed = typed;              // Whether a typed array's buffer.
    this.base = '';
    this.open = '{';
    this.close = '}';
    this.extras = kProperties;
    this.entries = undefined;
  }

  bare() {
    return this.keys.length === 0 && this.inherited === undefined;
  }
}
// Assigning a field runs no setter that a program put on Object.prototype.
Object.setPrototypeOf(View.prototype, null);

class Inspector {
  constructor() {
    this.stylize = stylizeNoColor;
    this.showHidden = defaults.showHidden;
    this.depth = defaults.depth;
    this.colors = defaults.colors;
    this.customInspect = defaults.customInspect;
    this.showProxy = defaults.showProxy;
    this.maxArrayLength = defaults.maxArrayLength;
    this.maxStringLength = defaults.maxStringLength;
    this.breakLength = defaults.breakLength;
    this.compact = defaults.compact;
    this.sorted = defaults.sorted;
    this.getters = defaults.getters;
    this.numericSeparator = defaults.numericSeparator;
    this.userOptions = undefined;
    // Progress.
    this.indent = 0;            // Column that continuation lines start at.
    this.level = 0;             // Depth of the object formatted last.
    this.seen = [];             // Objects being formatted, outermost first.
    this.circular = undefined;  // Map of object -> number for <ref *n>.
    this.produced = 0;          // Output so far,
    this.spent = undefined;     // and by indentation, of what is not negligible.
  }

  setOptions(options) {
    for (const key of Object.keys(options)) {
      if (key === 'stylize' || hasOwn(defaults, key)) {
        this[key] = options[key];
      } else {
        // Unknown ones are handed on to custom inspection functions.
        this.userOptions ??= options;
      }
    }
  }

  settle() {
    if (this.colors && this.stylize === stylizeNoColor) this.stylize = stylizeWithColor;
    if (this.maxArrayLength === null) this.maxArrayLength = Infinity;
    if (this.maxStringLength === null) this.maxStringLength = Infinity;
  }

  tooDeep(level) {
    return this.depth !== null && level > this.depth;
  }

  // ---- primitives ----

  number(value) {
    return this.stylize(this.numericSeparator ? groupDigits(value) :
      Object.is(value, -0) ? '-0' : `${value}`, 'number');
  }

  bigint(value) {
    const digits = String(value);
    return this.stylize(`${this.numericSeparator ? groupInteger(digits) : digits}n`, 'bigint');
  }

  string(text) {
    let trailer = '';
    if (text.length > this.maxStringLength) {
      const rest = text.length - this.maxStringLength;
      text = text.slice(0, this.maxStringLength);
      trailer = `... ${rest} more character${rest > 1 ? 's' : ''}`;
    }
    if (this.compact !== true && text.length > shortString &&
        text.length > this.breakLength - this.indent - 4 && text.includes('\n')) {
      const lines = [];
      for (let start = 0; start < text.length;) {
        const end = text.indexOf('\n', start) + 1 || text.length;
        lines.push(this.stylize(quote(text.slice(start, end)), 'string'));
        start = end;
      }
      return lines.join(` +\n${indentText(this.indent + 2)}`) + trailer;
    }
    return this.stylize(quote(text), 'string') + trailer;
  }

  primitive(value) {
    switch (typeof value) {
      case 'string': return this.string(value);
      case 'number': return this.number(value);
      case 'boolean': return this.stylize(`${value}`, 'boolean');
      case 'undefined': return this.stylize('undefined', 'undefined');
      case 'bigint': return this.bigint(value);
      default: return this.stylize(String(value), 'symbol');
    }
  }

  // A primitive without colours.
  primitivePlain(value) {
    const { stylize } = this;
    this.stylize = stylizeNoColor;
    try {
      return this.primitive(value);
    } finally {
      this.stylize = stylize;
    }
  }

  // ---- values ----

  format(value, level, typed = false) {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
      // document.all, the undetectable object, has no place here.
      return value === null ? this.stylize('null', 'null') : this.primitive(value);
    }
    const original = value;
    let kind = kindOf(value);
    let proxied = false;
    if (kind === kinds.proxy) {
      proxied = true;
      do {
        const details = getProxyDetails(value);
        if (details[0] === null) return this.stylize('<Revoked Proxy>', 'special');
        if (this.showProxy) return this.formatProxy(details, level);
        value = details[0];
        kind = kindOf(value);
      } while (kind === kinds.proxy);
    }
    if (this.customInspect) {
      const custom = value[customInspectSymbol];
      if (typeof custom === 'function' && custom !== inspect &&
          // A prototype with the method on it is not an instance.
          !(value.constructor && value.constructor.prototype === value)) {
        return this.formatCustom(custom, original, value, proxied, level, kind, typed);
      }
    }
    return this.formatObject(value, level, kind, typed);
  }

  formatCustom(custom, original, value, proxied, level, kind, typed) {
    const depth = this.depth === null ? null : this.depth - level;
    const foreign = proxied || !(original instanceof Object);
    const result = Reflect.apply(custom, original, [depth, this.optionsFor(foreign), inspect]);
    if (result === original) return this.formatObject(value, level, kind, typed);
    // Text is taken as it stands; only its lines are moved in.
    if (typeof result === 'string') return this.moveIn(result);
    return this.format(result, level);
  }

  moveIn(text) {
    return this.indent === 0 ? text : text.replaceAll('\n', `\n${indentText(this.indent)}`);
  }

  // The options as custom inspection functions get them. One from another
  // context must not be handed objects of this one to break out with.
  optionsFor(foreign) {
    const options = {
      stylize: this.stylize,
      showHidden: this.showHidden,
      depth: this.depth,
      colors: this.colors,
      customInspect: this.customInspect,
      showProxy: this.showProxy,
      maxArrayLength: this.maxArrayLength,
      maxStringLength: this.maxStringLength,
      breakLength: this.breakLength,
      compact: this.compact,
      sorted: this.sorted,
      getters: this.getters,
      numericSeparator: this.numericSeparator,
      ...this.userOptions,
    };
    if (foreign) {
      Object.setPrototypeOf(options, null);
      for (const key of Object.keys(options)) {
        const type = typeof options[key];
        if ((type === 'object' || type === 'function') && options[key] !== null) {
          delete options[key];
        }
      }
      const { stylize } = this;
      options.stylize = Object.setPrototypeOf((text, type) => {
        let styled;
        try {
          styled = `${stylize(text, type)}`;
        } catch {
          // A style that cannot be applied leaves the text plain.
        }
        return typeof styled === 'string' ? styled : text;
      }, null);
    }
    return options;
  }

  formatProxy(details, level) {
    if (this.tooDeep(level)) return this.stylize('Proxy [Array]', 'special');
    this.level = ++level;
    this.indent += 2;
    const parts = [this.format(details[0], level), this.format(details[1], level)];
    this.indent -= 2;
    return joinParts(this, parts, '', 'Proxy [', ']', kElements, level);
  }

  formatObject(value, level, kind, typed) {
    if (this.seen.includes(value)) return this.formatCircular(value);

    let inherited;
    if (this.showHidden && !this.tooDeep(level)) inherited = [];
    const constructor = this.constructorName(value, level, inherited);
    if (inherited !== undefined && inherited.length === 0) inherited = undefined;
    // What has lost the prototype of its kind is shown as the plain object that programs see.
    if (constructor === 'Object' && kind !== kinds.other && kind !== kinds.arguments &&
        (kind === kinds.stringObject || !(Symbol.iterator in value))) {
      kind = kinds.other;
    }

    let tag = value[Symbol.toStringTag];
    // An own tag is listed among the properties.
    if (typeof tag !== 'string' || (tag !== '' && (this.showHidden ?
      hasOwn(value, Symbol.toStringTag) :
      Reflect.apply(isEnumerable, value, [Symbol.toStringTag])))) {
      tag = '';
    }

    const keys = kind === kinds.array || kind === kinds.typedArray ?
      getOwnNonIndexProperties(value, !this.showHidden) :
      ownKeys(value, this.showHidden);
    const view = new View(value, constructor, tag, keys, inherited, level, typed);
    const done = describers[kind](this, view);
    if (done !== undefined) return done;

    if (this.tooDeep(level)) {
      const fallback = constructor === null ? nativeConstructorName(value) : 'Object';
      const name = prefixOf(constructor, tag, fallback).slice(0, -1);
      return this.stylize(constructor !== null ? `[${name}]` : name, 'special');
    }
    return this.formatParts(view, level + 1);
  }

  formatCircular(value) {
    this.circular ??= new Map();
    let index = this.circular.get(value);
    if (index === undefined) {
      index = this.circular.size + 1;
      this.circular.set(value, index);
    }
    return this.stylize(`[Circular *${index}]`, 'special');
  }

  formatParts(view, level) {
    const { value, extras } = view;
    const { indent } = this;
    this.seen.push(value);
    this.level = level;
    let parts;
    try {
      const { keys } = view;
      if (view.entries === undefined) {
        parts = new Array(keys.length);
        for (let i = 0; i < keys.length; i++) parts[i] = this.property(value, keys[i], level, extras);
      } else {
        parts = view.entries(this, value, level);
        for (let i = 0; i < keys.length; i++) parts.push(this.property(value, keys[i], level, extras));
      }
      if (view.inherited !== undefined) parts.push(...view.inherited);
    } catch (error) {
      if (!isStackOverflow(error)) throw error;
      this.seen.pop();
      this.indent = indent;
      const name = prefixOf(view.constructor, view.tag, 'Object').slice(0, -1);
      return this.stylize(`[${name}: Inspection interrupted ` +
        'prematurely. Maximum call stack size exceeded.]', 'special');
    }
    this.seen.pop();

    let { base, open } = view;
    if (this.circular !== undefined) {
      const index = this.circular.get(value);
      if (index !== undefined) {
        const reference = this.stylize(`<ref *${index}>`, 'special');
        if (this.compact === true) open = `${reference} ${open}`;
        else base = base === '' ? reference : `${reference} ${base}`;
      }
    }
    if (this.sorted) this.sortParts(parts, view);

    const text = joinParts(this, parts, base, open, view.close, extras, level, value);
    this.produced += text.length;
    if (this.produced > negligible) this.spend(text.length);
    return text;
  }

  // Once too much came at one indentation, nothing deeper is shown.
  spend(length) {
    this.spent ??= { __proto__: null };
    const spent = (this.spent[this.indent] ?? 0) + length;
    this.spent[this.indent] = spent;
    if (spent > outputBudget) this.depth = -1;
  }

  sortParts(parts, view) {
    const comparator = this.sorted === true ? undefined : this.sorted;
    if (view.extras === kProperties) {
      parts.sort(comparator);
    } else if (view.keys.length > 1) {
      // The elements keep their order.
      const start = parts.length - view.keys.length;
      parts.push(...parts.splice(start).sort(comparator));
    }
  }

  // ---- properties ----

  elementValue(value, level) {
    if ((typeof value !== 'object' || value === null) && typeof value !== 'function' && typeof value !== 'string') {
      return value === null ? this.stylize('null', 'null') : this.primitive(value);
    }
    this.indent += 2;
    const text = this.format(value, level);
    this.indent -= 2;
    return text;
  }

  // The value of an array's element; an accessor is shown as such.
  element(value, key, level) {
    return this.propertyValue(getOwnPropertyDescriptor(value, key) ??
      { value: value[key], enumerable: true }, value, level, 2);
  }

  // Without a descriptor it is one that the prototype has, which describers
  // show for what it says of the object: in brackets.
  property(value, key, level, extras, descriptor = getOwnPropertyDescriptor(value, key) ??
    { value: value[key], enumerable: null }, receiver = value) {
    const step = this.compact !== true || extras !== kProperties ? 2 : 3;
    const text = this.propertyValue(descriptor, receiver, level, step);
    let separator = ' ';
    // A character takes two columns at most.
    if (step === 3 && descriptor.value !== undefined && this.breakLength < 2 * text.length &&
        this.breakLength < getStringWidth(text, this.colors)) {
      separator = `\n${indentText(this.indent + step)}`;
    }
    return `${this.propertyName(key, descriptor.enumerable)}:${separator}${text}`;
  }

  propertyName(key, enumerable) {
    if (typeof key === 'symbol') return `[${this.stylize(escapeName(String(key)), 'symbol')}]`;
    if (enumerable === null) return this.stylize(`[${key}]`, 'string');
    if (key === '__proto__') return "['__proto__']";
    if (enumerable === false) return `[${escapeName(key)}]`;
    return isIdentifier(key) ? this.stylize(key, 'name') : this.stylize(quote(key), 'string');
  }

  propertyValue(descriptor, receiver, level, step) {
    if (descriptor.value !== undefined) {
      this.indent += step;
      const text = this.format(descriptor.value, level);
      this.indent -= step;
      return text;
    }
    if (descriptor.get !== undefined) return this.accessor(descriptor, receiver, level);
    return descriptor.set !== undefined ?
      this.stylize('[Setter]', 'special') : this.stylize('undefined', 'undefined');
  }

  accessor(descriptor, receiver, level) {
    const paired = descriptor.set !== undefined;
    const label = paired ? 'Getter/Setter' : 'Getter';
    const { getters } = this;
    if (!(getters === true || (getters === 'get' && !paired) || (getters === 'set' && paired))) {
      return this.stylize(`[${label}]`, 'special');
    }
    const { indent } = this;
    const opening = this.stylize(`[${label}:`, 'special');
    const closing = this.stylize(']', 'special');
    try {
      const value = Reflect.apply(descriptor.get, receiver, []);
      this.indent += 2;
      let text;
      if (value === null) text = `${opening} ${this.stylize('null', 'null')}${closing}`;
      else if (typeof value === 'object') {
        text = `${this.stylize(`[${label}]`, 'special')} ${this.format(value, level)}`;
      } else if (typeof value === 'function') {
        text = `${opening} ${this.format(value, level)}${closing}`;
      } else {
        text = `${opening} ${this.primitive(value)}${closing}`;
      }
      this.indent = indent;
      return text;
    } catch (error) {
      this.indent = indent;
      return `${opening} <Inspection threw (${error.message})>${closing}`;
    }
  }

  // ---- prototypes ----

  // The name of the class of `object`: that of the nearest prototype whose
  // constructor made it. With `inherited`, also lists what prototypes of the
  // user's classes carry.
  constructorName(object, level, inherited) {
    if (inherited === undefined) {
      const name = plainClass(object);
      if (name !== undefined) return name;
    }
    let first;
    for (let o = object; o !== null && o !== undefined;) {
      const descriptor = getOwnPropertyDescriptor(o, 'constructor');
      if (descriptor !== undefined && typeof descriptor.value === 'function' &&
          descriptor.value.name !== '' && isInstance(object, descriptor.value)) {
        if (inherited !== undefined &&
            (first !== o || !languageClasses.has(descriptor.value.name))) {
          this.addInherited(object, first ?? object, level, inherited);
        }
        return String(descriptor.value.name);
      }
      o = getPrototypeOf(o);
      first ??= o;
      if (first === null) return null;
    }
    const name = nativeConstructorName(object);
    if (this.tooDeep(level)) return `${name} <Complex prototype>`;
    const parent = this.constructorName(first, level + 1, inherited);
    if (parent !== null) return `${name} <${parent}>`;
    const shown = inspect(first, { ...this.optionsFor(false), customInspect: false, depth: -1 });
    return `${name} <${shown}>`;
  }

  addInherited(main, object, level, texts) {
    const known = new Set();
    let keys;
    for (let depth = 0; depth < 3; depth++) {
      if (depth !== 0 || main === object) {
        object = getPrototypeOf(object);
        if (object === null) break;
        const descriptor = getOwnPropertyDescriptor(object, 'constructor');
        if (descriptor !== undefined && typeof descriptor.value === 'function' &&
            languageClasses.has(descriptor.value.name)) {
          break;
        }
      }
      if (depth !== 0) for (const key of keys) known.add(key);
      keys = Reflect.ownKeys(object);
      this.seen.push(main);
      for (const key of keys) {
        if (key === 'constructor' || hasOwn(main, key) || known.has(key)) continue;
        const descriptor = getOwnPropertyDescriptor(object, key);
        if (typeof descriptor.value === 'function') continue;
        const text = this.property(object, key, level, kProperties, descriptor, main);
        texts.push(this.colors ? `\x1b[2m${text}\x1b[22m` : text);
      }
      this.seen.pop();
    }
  }
}
Object.setPrototypeOf(Inspector.prototype, null);

const ObjectPrototype = Object.prototype;
const ArrayPrototype = Array.prototype;

// The name of the class of an ordinary object or array, as most are, whatever has become of their prototypes since; undefined for
// all that has to be looked at closely.
function plainClass(object) {
  const prototype = getPrototypeOf(object);
  if (prototype === ObjectPrototype) return hasOwn(object, 'constructor') ? undefined : 'Object';
  if (prototype === ArrayPrototype) return hasOwn(object, 'constructor') ? undefined : 'Array';
  return undefined;
}

function isInstance(object, constructor) {
  try {
    return object instanceof constructor;
  } catch {
    // Something with a prototype that is no object, or a trap that throws.
    return false;
  }
}

function ownKeys(value, showHidden) {
  const symbols = Object.getOwnPropertySymbols(value);
  let keys;
  if (showHidden) {
    keys = Object.getOwnPropertyNames(value);
    if (symbols.length !== 0) keys.push(...symbols);
    return keys;
  }
  try {
    keys = Object.keys(value);
  } catch (error) {
    // Object.keys reads the bindings of a module namespace; one that has not
    // been initialised yet throws.
    if (kindOf(value) !== kinds.namespace) throw error;
    keys = Object.getOwnPropertyNames(value);
  }
  for (let i = 0; i < symbols.length; i++) {
    if (Reflect.apply(isEnumerable, value, [symbols[i]])) keys.push(symbols[i]);
  }
  return keys;
}

// The engine's message is compared instead of a class: RangeError is thrown for
// much else, and any context may have thrown it.
let overflowMessage;
function isStackOverflow(error) {
  if (overflowMessage === undefined) {
    try {
      (function deeper() { deeper(); })();
    } catch (overflow) {
      overflowMessage = overflow.message;
    }
  }
  return error !== null && typeof error === 'object' && error.name === 'RangeError' &&
    error.message === overflowMessage;
}

// ---- digits -------------------------------------------------------------

function groupInteger(digits) {
  return digits.replace(/\B(?=(?:\d{3})+$)/g, '_');
}

function groupDigits(number) {
  const text = Object.is(number, -0) ? '-0' : String(number);
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) return text;
  const whole = match[1] + groupInteger(match[2]);
  return match[3] === undefined ? whole : `${whole}.${match[3].replace(/(\d{3})(?=\d)/g, '$1_')}`;
}

// ---- inspect ------------------------------------------------------------

// Also takes (value, showHidden, depth, colors), the form of old.
function inspect(value, options) {
  const inspector = new Inspector();
  if (arguments.length > 1) {
    if (arguments.length > 2) {
      if (arguments[2] !== undefined) inspector.depth = arguments[2];
      if (arguments.length > 3 && arguments[3] !== undefined) inspector.colors = arguments[3];
    }
    if (typeof options === 'boolean') inspector.showHidden = options;
    else if (options) inspector.setOptions(options);
  }
  inspector.settle();
  return inspector.format(value, 0);
}

inspect.custom = customInspectSymbol;
inspect.colors = colors;
inspect.styles = styles;

Object.defineProperty(inspect, 'defaultOptions', {
  __proto__: null,
  enumerable: true,
  configurable: true,
  get() {
    return defaults;
  },
  set(options) {
    require('internal/validators').validateObject(options, 'options');
    Object.assign(defaults, options);
  },
});

inspect.replDefaults = Object.seal({ ...defaults, colors: true });

function format(...args) {
  return require('internal/util/inspect_format').formatInternal(undefined, args);
}

function formatWithOptions(options, ...args) {
  const { validateObject, kValidateObjectAllowArray } = require('internal/validators');
  validateObject(options, 'inspectOptions', kValidateObjectAllowArray);
  return require('internal/util/inspect_format').formatInternal(options, args);
}

module.exports = {
  Inspector,
  format,
  formatWithOptions,
  getStringWidth,
  identifier,
  inspect,
  inspectDefaultOptions: defaults,
  isStackOverflow,
  languageClasses,
  stripVTControlCharacters,
  stylizeNoColor,
  stylizeWithColor,
};
