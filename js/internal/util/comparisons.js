'use strict';
// Deep equality, as assert.deepEqual (loose), assert.deepStrictEqual (strict)
// and assert.partialDeepStrictEqual (partial) define it:
// https://nodejs.org/api/assert.html#assertdeepstrictequalactual-expected-message
//
//   loose    primitives by ==, no prototypes, no symbol properties
//   strict   Object.is, prototypes, enumerable own symbols
//   partial  strict, but `expected` may lack properties and entries of `actual`

const { isError } = require('internal/util');
const { getTypedArrayName, kindOf, kinds } = require('internal/util/types');
const { getOwnNonIndexProperties } = internalBinding('util');

const kLoose = 0;
const kStrict = 1;
const kPartial = 2;

const hasOwn = Object.hasOwn;
const isEnumerable = Object.prototype.propertyIsEnumerable;
const call = Function.prototype.call.bind(Function.prototype.call);
const dateGetTime = Date.prototype.getTime;
const { getOwnPropertySymbols, getPrototypeOf, keys: ownKeys } = Object;

function enumerable(object, key) {
  return call(isEnumerable, object, key);
}

function enumerableSymbols(object) {
  const symbols = getOwnPropertySymbols(object);
  if (symbols.length === 0) return symbols;
  return symbols.filter((symbol) => enumerable(object, symbol));
}

function isObject(value) {
  return value !== null && typeof value === 'object';
}

function isFloatName(name) {
  return name === 'Float32Array' || name === 'Float64Array' || name === 'Float16Array';
}

function bytesOf(view) {
  return ArrayBuffer.isView(view) ?
    new Uint8Array(view.buffer, view.byteOffset, view.byteLength) : new Uint8Array(view);
}

function sameBytes(a, b, length) {
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

const primitiveOf = [];
primitiveOf[kinds.numberObject] = Number.prototype.valueOf;
primitiveOf[kinds.stringObject] = String.prototype.valueOf;
primitiveOf[kinds.booleanObject] = Boolean.prototype.valueOf;
primitiveOf[kinds.bigintObject] = BigInt.prototype.valueOf;
primitiveOf[kinds.symbolObject] = Symbol.prototype.valueOf;

class Comparison {
  constructor(mode, skipPrototype = false) {
    this.mode = mode;
    // Whether objects of different classes may be equal, in the stricter modes.
    this.skipPrototype = skipPrototype;
    // Pairs under comparison, outermost first. To meet a pair again is a cycle,
    // which is equal unless something else differs. Nesting is shallow as a rule,
    // so searching the lists beats keeping a Map.
    this.lefts = [];
    this.rights = [];
  }

  equal(a, b) {
    const { mode } = this;
    if (a === b) return a !== 0 || mode === kLoose || Object.is(a, b);
    if (mode === kLoose) {
      if (!isObject(a)) {
        return !isObject(b) && (a == b || (a !== a && b !== b));
      }
      if (!isObject(b)) return false;
    } else {
      if (!isObject(a)) return typeof a === 'number' && a !== a && b !== b;
      if (!isObject(b)) return false;
      if (!this.skipPrototype && getPrototypeOf(a) !== getPrototypeOf(b)) return false;
    }
    return this.equalObjects(a, b);
  }

  equalObjects(a, b) {
    let kind = kindOf(a);
    let otherKind = kindOf(b);
    if (kind === kinds.proxy || otherKind === kinds.proxy) {
      // A proxy shows itself as what its traps say; slots of the target count
      // for nothing, except that an array's proxy is an array.
      kind = kind === kinds.proxy ? (Array.isArray(a) ? kinds.array : kinds.other) : kind;
      otherKind = otherKind === kinds.proxy ?
        (Array.isArray(b) ? kinds.array : kinds.other) : otherKind;
    }
    if (kind === kinds.other && isError(a)) kind = kinds.error;
    if (otherKind === kinds.other && isError(b)) otherKind = kinds.error;
    if (kind !== otherKind) return false;
    // What Object.prototype.toString would tell beyond the kind.
    const tag = a[Symbol.toStringTag];
    if (tag !== b[Symbol.toStringTag]) return false;

    const partial = this.mode === kPartial;
    switch (kind) {
      case kinds.array: {
        if (partial ? a.length < b.length : a.length !== b.length) return false;
        return this.equalKeys(a, b, kind, this.extraKeys(a), this.extraKeys(b));
      }
      case kinds.typedArray:
      case kinds.dataView:
        if (!this.equalViews(a, b, kind)) return false;
        return this.equalKeys(a, b, kinds.other, this.extraKeys(a), this.extraKeys(b));
      case kinds.arrayBuffer:
      case kinds.sharedArrayBuffer: {
        const left = bytesOf(a);
        const right = bytesOf(b);
        if (partial ? left.length < right.length : left.length !== right.length) return false;
        if (!sameBytes(left, right, right.length)) return false;
        break;
      }
      case kinds.date: {
        const left = Reflect.apply(dateGetTime, a, []);
        const right = Reflect.apply(dateGetTime, b, []);
        if (left !== right && !(left !== left && right !== right)) return false;
        break;
      }
      case kinds.regexp:
        if (a.source !== b.source || a.flags !== b.flags || a.lastIndex !== b.lastIndex) {
          return false;
        }
        break;
      case kinds.error:
        if (!this.equalErrors(a, b)) return false;
        break;
      case kinds.set:
      case kinds.map:
        if (partial ? a.size < b.size : a.size !== b.size) return false;
        break;
      case kinds.weakMap:
      case kinds.weakSet:
      case kinds.promise:
        // What they hold cannot be compared; only the very same ones are equal.
        return false;
      default: {
        const valueOf = primitiveOf[kind];
        if (valueOf !== undefined &&
            !Object.is(Reflect.apply(valueOf, a, []), Reflect.apply(valueOf, b, []))) {
          return false;
        }
        // A URL has no properties of its own.
        if (tag === 'URL' && a.href !== b.href) {
          return false;
        }
      }
    }
    return this.equalKeys(a, b, kind, undefined, undefined);
  }

  // Names (and in the stricter modes symbols) besides the elements.
  extraKeys(array) {
    const keys = getOwnNonIndexProperties(array, true);
    return this.mode === kLoose ? keys.filter((key) => typeof key !== 'symbol') : keys;
  }

  equalViews(a, b, kind) {
    const { mode } = this;
    if (kind === kinds.typedArray) {
      const name = getTypedArrayName(a);
      if (name !== getTypedArrayName(b)) return false;
      // Loosely, 0 is -0, which differ in their bytes.
      if (mode === kLoose && isFloatName(name)) {
        if (a.length !== b.length) return false;
        for (let i = 0; i < a.length; i++) {
          if (a[i] !== b[i]) return false;
        }
        return true;
      }
    }
    if (mode === kPartial ? a.byteLength < b.byteLength : a.byteLength !== b.byteLength) {
      return false;
    }
    return sameBytes(bytesOf(a), bytesOf(b), b.byteLength);
  }

  // What every error has counts, enumerable or not.
  equalErrors(a, b) {
    const { mode } = this;
    if (mode === kPartial) {
      for (const key of ['message', 'name']) {
        if (hasOwn(b, key) && a[key] !== b[key]) return false;
      }
    } else if (a.message !== b.message || a.name !== b.name) {
      return false;
    }
    for (const key of ['cause', 'errors']) {
      const has = hasOwn(b, key) && !enumerable(b, key);
      if (has !== (hasOwn(a, key) && !enumerable(a, key)) && (has || mode !== kPartial)) {
        return false;
      }
      if (has && !this.equal(a[key], b[key])) return false;
    }
    return true;
  }

  equalKeys(a, b, kind, aKeys, bKeys) {
    const { mode } = this;
    const partial = mode === kPartial;
    const given = aKeys !== undefined;
    aKeys ??= ownKeys(a);
    bKeys ??= ownKeys(b);
    if (partial ? aKeys.length < bKeys.length : aKeys.length !== bKeys.length) return false;
    // Mostly both have the same names in the same order, which needs no look-up.
    for (let i = 0; i < bKeys.length; i++) {
      if (aKeys[i] !== bKeys[i] && !enumerable(a, bKeys[i])) return false;
    }
    if (mode !== kLoose && !given) {
      const symbols = enumerableSymbols(b);
      if (!partial && enumerableSymbols(a).length !== symbols.length) return false;
      if (symbols.length !== 0) {
        bKeys = bKeys.slice();
        for (const symbol of symbols) {
          if (!enumerable(a, symbol)) return false;
          bKeys.push(symbol);
        }
      }
    }
    if (bKeys.length === 0 && (kind === kinds.array ? b.length === 0 :
      (kind !== kinds.set && kind !== kinds.map) || b.size === 0)) {
      return true;
    }

    const { lefts, rights } = this;
    for (let i = lefts.length - 1; i >= 0; i--) {
      if (lefts[i] === a && rights[i] === b) return true;
    }
    lefts.push(a);
    rights.push(b);
    const equal = this.equalContents(a, b, kind, bKeys);
    lefts.pop();
    rights.pop();
    return equal;
  }

  equalContents(a, b, kind, keys) {
    if (kind === kinds.array) {
      if (this.mode === kPartial ? !this.containsInOrder(a, b) : !this.equalElements(a, b)) {
        return false;
      }
    } else if (kind === kinds.set) {
      if (!this.equalSets(a, b)) return false;
    } else if (kind === kinds.map) {
      if (!this.equalMaps(a, b)) return false;
    }
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (!this.equal(a[key], b[key])) return false;
    }
    return true;
  }

  equalElements(a, b) {
    const { length } = a;
    for (let i = 0; i < length; i++) {
      if (hasOwn(a, i)) {
        if (!hasOwn(b, i) || !this.equal(a[i], b[i])) return false;
      } else {
        if (hasOwn(b, i)) return false;
        // From the first hole on only the indexes that exist.
        return this.equalSparse(a, b, i);
      }
    }
    return true;
  }

  equalSparse(a, b, start) {
    const keys = ownKeys(a);
    if (keys.length !== ownKeys(b).length) return false;
    for (let i = start; i < keys.length; i++) {
      const key = keys[i];
      if (!hasOwn(b, key) || !this.equal(a[key], b[key])) return false;
    }
    return true;
  }

  // Whether the elements of `b` occur in `a` in the same order.
  containsInOrder(a, b) {
    let i = 0;
    for (let j = 0; j < b.length; j++) {
      if (!hasOwn(b, j)) {
        while (i < a.length && hasOwn(a, i)) i++;
      } else {
        while (i < a.length && !(hasOwn(a, i) && this.equal(a[i], b[j]))) i++;
      }
      if (i++ >= a.length) return false;
    }
    return true;
  }

  // ---- sets and maps ----
  //
  // Primitives are looked up. Objects, and loosely equal primitives of different
  // type, must be searched for; what is found is used up, lest two elements be
  // equal to the same one.

  equalSets(a, b) {
    const { mode } = this;
    let pending;
    for (const value of b) {
      if (isObject(value)) {
        (pending ??= new Set()).add(value);
      } else if (!a.has(value)) {
        if (mode !== kLoose || !mayHaveLooseTwin(a, b, value)) return false;
        (pending ??= new Set()).add(value);
      }
    }
    if (pending === undefined) return true;
    if (mode === kPartial) return this.containsAll(a, pending);
    for (const value of a) {
      if (isObject(value)) {
        if (!this.takeEqual(pending, value)) return false;
      } else if (mode === kLoose && !b.has(value) && !this.takeEqual(pending, value)) {
        return false;
      }
    }
    return pending.size === 0;
  }

  // Removes from `pending` an element equal to `value`.
  takeEqual(pending, value) {
    if (pending.has(value)) {
      pending.delete(value);
      return true;
    }
    for (const candidate of pending) {
      if (this.equal(value, candidate)) {
        pending.delete(candidate);
        return true;
      }
    }
    return false;
  }

  containsAll(a, pending) {
    for (const value of a) {
      if (pending.size === 0) return true;
      if (isObject(value)) this.takeEqual(pending, value);
    }
    return pending.size === 0;
  }

  equalMaps(a, b) {
    const { mode } = this;
    let pending;
    for (const [key, item] of b) {
      if (isObject(key)) {
        (pending ??= new Set()).add(key);
      } else {
        const other = a.get(key);
        if ((other === undefined && !a.has(key)) || !this.equal(other, item)) {
          if (mode !== kLoose || !this.mayHaveLooseEntry(a, b, key, item)) return false;
          (pending ??= new Set()).add(key);
        }
      }
    }
    if (pending === undefined) return true;
    for (const [key, item] of a) {
      if (mode === kPartial && pending.size === 0) return true;
      if (isObject(key)) {
        if (!this.takeEqualEntry(pending, b, key, item) && mode !== kPartial) return false;
      } else if (mode === kLoose && (!b.has(key) || !this.equal(item, b.get(key))) &&
                 !this.takeEqualEntry(pending, b, key, item)) {
        return false;
      }
    }
    return pending.size === 0;
  }

  takeEqualEntry(pending, b, key, item) {
    for (const candidate of pending) {
      if (this.equal(key, candidate) && this.equal(item, b.get(candidate))) {
        pending.delete(candidate);
        return true;
      }
    }
    return false;
  }

  mayHaveLooseEntry(a, b, key, item) {
    const twin = looseTwin(key);
    if (typeof twin === 'boolean') return twin;
    const other = a.get(twin);
    if ((other === undefined && !a.has(twin)) || !this.equal(other, item)) return false;
    return !b.has(twin) && this.equal(item, other);
  }
}
// Assigning a field runs no setter that a program put on Object.prototype.
Object.setPrototypeOf(Comparison.prototype, null);

// What else a primitive could be equal to by ==: null and undefined are each
// other's twin; true means anything may be, false that nothing can.
function looseTwin(primitive) {
  switch (typeof primitive) {
    case 'undefined': return null;
    case 'object': return undefined;
    case 'symbol': return false;
    case 'string': return !Number.isNaN(+primitive);
    case 'number': return !Number.isNaN(primitive);
    default: return true;
  }
}

function mayHaveLooseTwin(a, b, primitive) {
  const twin = looseTwin(primitive);
  if (typeof twin === 'boolean') return twin;
  return a.has(twin) && !b.has(twin);
}

function isDeepEqual(a, b) {
  return new Comparison(kLoose).equal(a, b);
}

function isDeepStrictEqual(a, b, skipPrototype) {
  return new Comparison(kStrict, Boolean(skipPrototype)).equal(a, b);
}

function isPartialStrictEqual(actual, expected, skipPrototype) {
  return new Comparison(kPartial, Boolean(skipPrototype)).equal(actual, expected);
}

module.exports = { isDeepEqual, isDeepStrictEqual, isPartialStrictEqual };
