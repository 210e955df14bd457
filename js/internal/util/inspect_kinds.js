'use strict';
// What the inspector says about each kind of object. A describer gets the
// inspector and a `view` of the object, in which it sets the opening and
// closing brace, the base text, whether the parts are elements, and `entries`,
// a function that makes the parts besides the named properties. Where the whole
// text is known at once (an empty array, say), it returns it.

const { kinds, getTypedArrayName, isAsyncFunction, isGeneratorFunction, isPackedArray } =
  require('internal/util/types');
const { isoText } = require('internal/util/date_text');
const { indentText, joinParts, kElements, kProperties } = require('internal/util/inspect_layout');

const {
  previewEntries,
  getPromiseDetails,
  getExternalValue,
} = internalBinding('util');

// States of promises, as getPromiseDetails numbers them.
const kPending = 0;
const kRejected = 2;

const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, 'size').get;
const setSize = Object.getOwnPropertyDescriptor(Set.prototype, 'size').get;
const mapEntries = Map.prototype.entries;
const setValues = Set.prototype.values;
const typedLength = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype), 'length').get;
const functionToString = Function.prototype.toString;
const regexpToString = RegExp.prototype.toString;
const dateToString = Date.prototype.toString;
const dateGetTime = Date.prototype.getTime;
const hasOwn = Object.hasOwn;

// "Foo [tag] " as a brace is led in by; `size` is "(3)" for collections.
function prefixOf(constructor, tag, fallback, size = '') {
  if (constructor === null) {
    return tag !== '' && fallback !== tag ?
      `[${fallback}${size}: null prototype] [${tag}] ` :
      `[${fallback}${size}: null prototype] `;
  }
  if (tag === '' || constructor === tag) return `${constructor}${size} `;
  // A tag such as Intl.Locale names the class in full.
  return tag.endsWith(`.${constructor}`) ? `${tag}${size} ` : `${constructor}${size} [${tag}] `;
}

function moreItems(count) {
  return `... ${count} more item${count > 1 ? 's' : ''}`;
}

// ---- arrays -------------------------------------------------------------

const indexKey = /^(0|[1-9][0-9]*)$/;

function emptyItems(ins, count) {
  return ins.stylize(`<${count} empty item${count > 1 ? 's' : ''}>`, 'undefined');
}

function arrayEntries(ins, value, level) {
  const { length } = value;
  const limit = Math.min(Math.max(0, ins.maxArrayLength), length);
  const parts = [];
  for (let i = 0; i < limit; i++) {
    // Asked for each one: what elements show may be code of the program's, which can change the array.
    if (isPackedArray(value) && i < value.length) {
      parts.push(ins.elementValue(value[i], level));
      continue;
    }
    if (!hasOwn(value, i)) return holeyEntries(ins, value, level, limit, parts, i);
    parts.push(ins.element(value, i, level));
  }
  if (length > limit) parts.push(moreItems(length - limit));
  return parts;
}

// From the first hole on: a run of holes is one entry.
function holeyEntries(ins, value, level, limit, parts, position) {
  const { length } = value;
  const keys = Object.keys(value);
  let next = position;
  for (let i = position; i < keys.length && parts.length < limit; i++) {
    const key = keys[i];
    if (!indexKey.test(key)) break;
    const index = Number(key);
    if (index > 4294967294) break;
    if (index !== next) {
      parts.push(emptyItems(ins, index - next));
      next = index;
      if (parts.length === limit) break;
    }
    parts.push(ins.element(value, key, level));
    next++;
  }
  const remaining = length - next;
  if (remaining > 0) {
    parts.push(parts.length === limit ? moreItems(remaining) : emptyItems(ins, remaining));
  }
  return parts;
}

function typedArrayEntries(ins, value, length, level) {
  const limit = Math.min(Math.max(0, ins.maxArrayLength), length);
  const parts = new Array(limit);
  for (let i = 0; i < limit; i++) parts[i] = ins.primitive(value[i]);
  if (length > limit) parts.push(moreItems(length - limit));
  if (ins.showHidden) {
    ins.indent += 2;
    for (const key of ['BYTES_PER_ELEMENT', 'length', 'byteLength', 'byteOffset', 'buffer']) {
      parts.push(`${ins.stylize(`[${key}]`, 'string')}: ${ins.format(value[key], level, true)}`);
    }
    ins.indent -= 2;
  }
  return parts;
}

const hexDigits = '0123456789abcdef';
function bufferEntries(ins, value) {
  let bytes;
  try {
    bytes = new Uint8Array(value);
  } catch {
    return [ins.stylize('(detached)', 'special')];
  }
  const limit = Math.min(Math.max(0, ins.maxArrayLength), bytes.length);
  let text = '';
  for (let i = 0; i < limit; i++) {
    const byte = bytes[i];
    if (i !== 0) text += ' ';
    text += hexDigits[byte >> 4] + hexDigits[byte & 15];
  }
  const more = bytes.length - limit;
  if (more > 0) text += ` ... ${more} more byte${more > 1 ? 's' : ''}`;
  return [`${ins.stylize('[Uint8Contents]', 'special')}: <${text}>`];
}

// ---- collections --------------------------------------------------------

function setEntries(ins, value, level) {
  const parts = [];
  const length = Reflect.apply(setSize, value, []);
  const limit = Math.min(Math.max(0, ins.maxArrayLength), length);
  ins.indent += 2;
  if (limit > 0) {
    for (const item of Reflect.apply(setValues, value, [])) {
      parts.push(ins.format(item, level));
      if (parts.length >= limit) break;
    }
  }
  if (length > limit) parts.push(moreItems(length - limit));
  ins.indent -= 2;
  return parts;
}

function mapEntriesOf(ins, value, level) {
  const parts = [];
  const length = Reflect.apply(mapSize, value, []);
  const limit = Math.min(Math.max(0, ins.maxArrayLength), length);
  ins.indent += 2;
  if (limit > 0) {
    for (const pair of Reflect.apply(mapEntries, value, [])) {
      parts.push(`${ins.format(pair[0], level)} => ${ins.format(pair[1], level)}`);
      if (parts.length >= limit) break;
    }
  }
  if (length > limit) parts.push(moreItems(length - limit));
  ins.indent -= 2;
  return parts;
}

// Values that only V8 can list (weak collections, iterators). Weak ones have no
// order of their own; sorting makes the output stable.
function previewValues(ins, values, level, weak) {
  const limit = Math.min(Math.max(0, ins.maxArrayLength), values.length);
  const parts = new Array(limit);
  ins.indent += 2;
  for (let i = 0; i < limit; i++) parts[i] = ins.format(values[i], level);
  ins.indent -= 2;
  if (weak && !ins.sorted) parts.sort();
  if (values.length > limit) parts.push(moreItems(values.length - limit));
  return parts;
}

function previewPairs(ins, flat, level, weak) {
  const count = flat.length / 2;
  const limit = Math.min(Math.max(0, ins.maxArrayLength), count);
  const parts = new Array(limit);
  ins.indent += 2;
  for (let i = 0; i < limit; i++) {
    const key = ins.format(flat[2 * i], level);
    const value = ins.format(flat[2 * i + 1], level);
    parts[i] = weak ? `${key} => ${value}` :
      joinParts(ins, [key, value], '', '[', ']', kElements, level);
  }
  ins.indent -= 2;
  if (weak && !ins.sorted) parts.sort();
  if (count > limit) parts.push(moreItems(count - limit));
  return parts;
}

function unknownItems(ins) {
  return [ins.stylize('<items unknown>', 'special')];
}

function promiseEntries(ins, value, level) {
  const details = getPromiseDetails(value);
  if (details[0] === kPending) return [ins.stylize('<pending>', 'special')];
  ins.indent += 2;
  const text = ins.format(details[1], level);
  ins.indent -= 2;
  return [details[0] === kRejected ?
    `${ins.stylize('<rejected>', 'special')} ${text}` : text];
}

// ---- functions ----------------------------------------------------------

// Whether the source text is that of a class: `class`, then a heading without
// parameter list.
function isClassSource(source) {
  if (!source.startsWith('class') || !source.endsWith('}')) return false;
  if (!/[\s{/]/.test(source[5])) return false;
  const brace = source.indexOf('{');
  if (brace === -1) return false;
  if (!source.slice(5, brace).includes('(')) return true;
  const bare = source.slice(5).replace(/\/\/.*?\n|\/\*[^]*?\*\//g, '');
  return /^\s+[^(]*?\s*\{/.test(bare);
}

function classBase(value, constructor, tag) {
  const name = (hasOwn(value, 'name') && value.name) || '(anonymous)';
  let base = `class ${name}`;
  if (constructor !== 'Function' && constructor !== null) base += ` [${constructor}]`;
  if (tag !== '' && constructor !== tag) base += ` [${tag}]`;
  if (constructor === null) {
    base += ' extends [null prototype]';
  } else {
    const { name: parent } = Object.getPrototypeOf(value);
    if (parent) base += ` extends ${parent}`;
  }
  return `[${base}]`;
}

function functionBase(ins, value, constructor, tag, level) {
  if (isClassSource(Reflect.apply(functionToString, value, []))) {
    return classBase(value, constructor, tag);
  }
  let type = 'Function';
  if (isGeneratorFunction(value)) type = `Generator${type}`;
  if (isAsyncFunction(value)) type = `Async${type}`;
  let base = `[${type}`;
  if (constructor === null) base += ' (null prototype)';
  const { name } = value;
  if (name === '') base += ' (anonymous)';
  else base += `: ${typeof name === 'string' ? name : ins.format(name, level)}`;
  base += ']';
  if (constructor !== type && constructor !== null) base += ` ${constructor}`;
  if (tag !== '' && constructor !== tag) base += ` [${tag}]`;
  return base;
}

// ---- describers, by kind ------------------------------------------------

const describers = [];

describers[kinds.array] = (ins, view) => {
  const { constructor, tag, value } = view;
  const prefix = constructor !== 'Array' || tag !== '' ?
    prefixOf(constructor, tag, 'Array', `(${value.length})`) : '';
  view.open = `${prefix}[`;
  view.close = ']';
  if (value.length === 0 && view.bare()) return `${view.open}]`;
  view.extras = kElements;
  view.entries = arrayEntries;
};

describers[kinds.set] = (ins, view) => {
  const size = Reflect.apply(setSize, view.value, []);
  const prefix = prefixOf(view.constructor, view.tag, 'Set', `(${size})`);
  if (size === 0 && view.bare()) return `${prefix}{}`;
  view.open = `${prefix}{`;
  view.entries = setEntries;
};

describers[kinds.map] = (ins, view) => {
  const size = Reflect.apply(mapSize, view.value, []);
  const prefix = prefixOf(view.constructor, view.tag, 'Map', `(${size})`);
  if (size === 0 && view.bare()) return `${prefix}{}`;
  view.open = `${prefix}{`;
  view.entries = mapEntriesOf;
};

describers[kinds.typedArray] = (ins, view) => {
  const { value } = view;
  const fallback = getTypedArrayName(value);
  const length = Reflect.apply(typedLength, value, []);
  const prefix = prefixOf(view.constructor, view.tag, fallback, `(${length})`);
  view.open = `${prefix}[`;
  view.close = ']';
  if (length === 0 && view.bare()) return `${view.open}]`;
  view.extras = kElements;
  view.entries = (i, v, level) => typedArrayEntries(
    i,
    // Without its prototype the array has lost length, buffer and the like.
    view.constructor === null ? new globalThis[fallback](v) : v,
    length, level);
};

function iteratorDescriber(kind) {
  return (ins, view) => {
    const name = `${kind} Iterator`;
    const label = view.tag === name ? name :
      view.tag === '' ? name : `${view.tag}] [${name}`;
    view.open = `[${label}] {`;
    view.entries = (i, value, level) => {
      const [entries, paired] = previewEntries(value, true);
      if (!paired) return previewValues(i, entries, level, false);
      view.open = view.open.replace(/ Iterator] \{$/, ' Entries] {');
      return previewPairs(i, entries, level, false);
    };
  };
}
describers[kinds.mapIterator] = iteratorDescriber('Map');
describers[kinds.setIterator] = iteratorDescriber('Set');

describers[kinds.arguments] = (ins, view) => {
  view.open = view.tag !== '' ? `${prefixOf(view.constructor, view.tag, 'Arguments')}{` :
    '[Arguments] {';
  if (view.constructor !== 'Object') {
    view.open = `${prefixOf(view.constructor, view.tag, 'Arguments')}{`;
  }
  if (view.bare()) return `${view.open}}`;
};

describers[kinds.regexp] = (ins, view) => {
  const { constructor, tag, value } = view;
  const regexp = constructor !== null ? value : new RegExp(value);
  let base = Reflect.apply(regexpToString, regexp, []);
  const prefix = prefixOf(constructor, tag, 'RegExp');
  if (prefix !== 'RegExp ') base = prefix + base;
  if (view.bare() || ins.tooDeep(view.level)) return ins.stylize(base, 'regexp');
  view.base = base;
};

describers[kinds.date] = (ins, view) => {
  const { constructor, tag, value } = view;
  const time = Reflect.apply(dateGetTime, value, []);
  let base = Number.isNaN(time) ? Reflect.apply(dateToString, value, []) : isoText(value, time);
  const prefix = prefixOf(constructor, tag, 'Date');
  if (prefix !== 'Date ') base = prefix + base;
  if (view.bare()) return ins.stylize(base, 'date');
  view.base = base;
};

describers[kinds.error] = (ins, view) => {
  view.base = require('internal/util/inspect_error').describeError(
    ins, view.value, view.constructor, view.tag, view.keys, prefixOf);
  if (view.bare()) return view.base;
};

function arrayBufferDescriber(type) {
  return (ins, view) => {
    const prefix = prefixOf(view.constructor, view.tag, type);
    if (!view.typed) {
      view.entries = bufferEntries;
    } else if (view.bare()) {
      return `${prefix}{ [byteLength]: ${ins.number(view.value.byteLength)} }`;
    }
    view.open = `${prefix}{`;
    view.keys.unshift('byteLength');
  };
}
describers[kinds.arrayBuffer] = arrayBufferDescriber('ArrayBuffer');
describers[kinds.sharedArrayBuffer] = arrayBufferDescriber('SharedArrayBuffer');

describers[kinds.dataView] = (ins, view) => {
  view.open = `${prefixOf(view.constructor, view.tag, 'DataView')}{`;
  view.keys.unshift('byteLength', 'byteOffset', 'buffer');
};

describers[kinds.promise] = (ins, view) => {
  view.open = `${prefixOf(view.constructor, view.tag, 'Promise')}{`;
  view.entries = promiseEntries;
};

describers[kinds.weakSet] = (ins, view) => {
  view.open = `${prefixOf(view.constructor, view.tag, 'WeakSet')}{`;
  view.entries = ins.showHidden ?
    (i, value, level) => previewValues(i, previewEntries(value), level, true) : unknownItems;
};

describers[kinds.weakMap] = (ins, view) => {
  view.open = `${prefixOf(view.constructor, view.tag, 'WeakMap')}{`;
  view.entries = ins.showHidden ?
    (i, value, level) => previewPairs(i, previewEntries(value), level, true) : unknownItems;
};

// A binding still in its temporal dead zone throws when it is read.
describers[kinds.namespace] = (ins, view) => {
  view.open = `${prefixOf(view.constructor, view.tag, 'Module')}{`;
  const { keys } = view;
  view.keys = [];
  view.entries = (i, value, level) => keys.map((key) => {
    try {
      return i.property(value, key, level, kProperties);
    } catch (error) {
      if (!(error instanceof ReferenceError)) throw error;
      const text = i.property({ [key]: '' }, key, level, kProperties);
      return text.slice(0, text.lastIndexOf(' ') + 1) + i.stylize('<uninitialized>', 'special');
    }
  });
};

function boxedDescriber(type, valueOf) {
  return (ins, view) => {
    const { constructor, tag, value, keys } = view;
    const primitive = Reflect.apply(valueOf, value, []);
    // The characters of a String object are own properties.
    if (type === 'String') keys.splice(0, primitive.length);
    let base = `[${type}`;
    if (type !== constructor) {
      base += constructor === null ? ' (null prototype)' : ` (${constructor})`;
    }
    base += `: ${ins.primitivePlain(primitive)}]`;
    if (tag !== '' && tag !== constructor) base += ` [${tag}]`;
    if (keys.length !== 0 || !ins.colors) view.base = base;
    else view.base = ins.stylize(base, type.toLowerCase());
    if (view.bare()) return view.base;
  };
}
describers[kinds.numberObject] = boxedDescriber('Number', Number.prototype.valueOf);
describers[kinds.stringObject] = boxedDescriber('String', String.prototype.valueOf);
describers[kinds.booleanObject] = boxedDescriber('Boolean', Boolean.prototype.valueOf);
describers[kinds.bigintObject] = boxedDescriber('BigInt', BigInt.prototype.valueOf);
describers[kinds.symbolObject] = boxedDescriber('Symbol', Symbol.prototype.valueOf);

describers[kinds.external] = (ins, view) => {
  if (view.bare()) {
    return ins.stylize(`[External: ${getExternalValue(view.value).toString(16)}]`, 'special');
  }
  view.open = `${prefixOf(view.constructor, view.tag, 'Object')}{`;
};

function describeOther(ins, view) {
  const { constructor, tag, value } = view;
  if (typeof value === 'function') {
    view.base = functionBase(ins, value, constructor, tag, view.level);
    if (view.bare()) return ins.stylize(view.base, 'special');
    return undefined;
  }
  if (constructor !== 'Object' || tag !== '') {
    // Errors by inheritance only are shown as errors, too.
    if (value instanceof Error) return describers[kinds.error](ins, view);
    view.open = `${prefixOf(constructor, tag, 'Object')}{`;
  }
  if (view.bare()) return `${view.open}}`;
  return undefined;
}
describers[kinds.other] = describeOther;
describers[kinds.generator] = describeOther;

module.exports = { describers, indentText, prefixOf };
