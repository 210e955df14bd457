'use strict';
// importHistogram(): reads what `histogram.export()` wrote (internal/histogram_export), here or in Node.

// Which byte or entry is wrong is of no use to whoever imports them.
class Unreadable extends Error {}

function check(condition) {
  if (!condition) throw new Unreadable();
}

// Of CBOR (RFC 8949), what histograms are written in: whole numbers, doubles, arrays and maps of a known length.
class Reader {
  #view;
  #at = 0;

  constructor(bytes) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #take(size) {
    check(this.#at + size <= this.#view.byteLength);
    const at = this.#at;
    this.#at += size;
    return at;
  }

  #number(code) {
    if (code < 24) return code;
    if (code === 24) return this.#view.getUint8(this.#take(1));
    if (code === 25) return this.#view.getUint16(this.#take(2));
    if (code === 26) return this.#view.getUint32(this.#take(4));
    check(code === 27);
    const value = this.#view.getBigUint64(this.#take(8));
    return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }

  value() {
    const first = this.#view.getUint8(this.#take(1));
    const [major, code] = [first >> 5, first & 31];
    if (first === 0xfb) return this.#view.getFloat64(this.#take(8));
    check(major === 0 || major === 4 || major === 5);
    const number = this.#number(code);
    if (major === 0) return number;
    // Each thing takes a byte at least.
    check(number <= this.#view.byteLength - this.#at);
    if (major === 4) return Array.from({ length: number }, () => this.value());
    const map = new Map();
    for (let i = 0; i < number; i++) {
      const key = this.value();
      check(!map.has(key));
      map.set(key, this.value());
    }
    return map;
  }
}

// What Node gives keys of the map.
const KEYS = [
  'version', 'lowest', 'highest', 'figures', 'count', 'min', 'max', 'offset', 'ratio', 'places', 'counts', 'recent',
];
const NEWEST = 2;

const isWhole = (value) => typeof value === 'bigint' || (Number.isInteger(value) && value >= 0);

function entriesOf(map) {
  check(map instanceof Map);
  const entries = { version: 1, lowest: 1, figures: 3, offset: 0, counts: [] };
  for (const [key, value] of map) {
    // The second version may have more.
    if (key in KEYS) entries[KEYS[key]] = value;
    else check(map.get(0) === NEWEST && isWhole(key));
  }
  const { version, lowest, highest, figures, offset, counts, recent } = entries;
  check(version === 1 || version === NEWEST);
  check(isWhole(lowest) && isWhole(highest) && lowest >= 1 && highest >= 2 * Number(lowest) && highest < 2n ** 63n);
  check(Number.isInteger(figures) && figures >= 1 && figures <= 5);
  // Counters that are shifted: HdrHistogram's way to multiply all values, which Node never does.
  check(offset === 0);
  check(Array.isArray(counts) && counts.length % 2 === 0 && counts.every(isWhole));
  check(recent === undefined || recent instanceof Map);
  return entries;
}

// The average by weight, as the native side has it; none where nothing was written of it.
function recentOf(map) {
  if (map === undefined) return new Float64Array(0);
  const figures = [0, 1, 2, 3, 4].map((key) => Number(map.get(key) ?? 0));
  check(map.size <= figures.length && [...map.keys()].every((key) => key in figures) && figures.every(Number.isFinite));
  check(figures[0] > 0 && figures[0] <= 1 && figures[2] >= 0);
  return Float64Array.from(figures);
}

function readable(what) {
  try {
    return what();
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    throw Object.assign(new TypeError('Invalid histogram export data'), { code: 'ERR_INVALID_ARG_VALUE' });
  }
}

// What `bytes` say: bounds, figures, the average, and what `countersIn` wants.
function read(bytes) {
  return readable(() => {
    const entries = entriesOf(new Reader(bytes).value());
    return { ...entries, recent: recentOf(entries.recent) };
  });
}

// The counters, [value, count, ...], of a histogram with that layout.
function countersIn({ counts, places, count }, layout) {
  return readable(() => {
    check(places === layout.places);
    const counters = new Float64Array(counts.length);
    let [place, sum] = [0, 0];
    for (let i = 0; i < counts.length; i += 2) {
      place += Number(counts[i]);
      check(place < places && (i === 0 || counts[i] > 0));
      counters[i] = layout.valueOf(place);
      counters[i + 1] = Number(counts[i + 1]);
      check(counters[i] <= layout.highest);
      sum += counters[i + 1];
    }
    check(count === undefined || Number(count) === sum);
    return counters;
  });
}

module.exports = { countersIn, read };
