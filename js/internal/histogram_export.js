'use strict';
// histogram.export(): a histogram as CBOR, in the form of Node's.

// A map of so many entries, an array, a double.
const MAP = 0xa0;
const ARRAY = 4;
const DOUBLE = 0xfb;
const KEYS = 11;

class Writer {
  #bytes = [];

  // A whole number, or the length of something of another major type.
  number(value, major = 0) {
    const type = major << 5;
    if (value < 24) return this.#push(type | Number(value));
    for (const [code, size] of [[24, 1], [25, 2], [26, 4], [27, 8]]) {
      if (size < 8 && value >= 2 ** (8 * size)) continue;
      this.#push(type | code);
      const whole = BigInt(value);
      for (let i = size - 1; i >= 0; i--) this.#push(Number((whole >> BigInt(8 * i)) & 0xffn));
      return;
    }
  }

  raw(...bytes) {
    for (const byte of bytes) this.#push(byte);
  }

  double(value) {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value);
    this.raw(DOUBLE, ...bytes);
  }

  #push(byte) {
    this.#bytes.push(byte);
  }

  bytes() {
    return Uint8Array.from(this.#bytes);
  }
}

// Entries in the order of their keys: version, lowest, highest, figures, count, least and largest value, offset, ratio, how many
// counters there are, and the counters in use: how far from the one before, and how many values.
// Where the histogram has a half-life (`recent`), one more: the weight of the newest, mean, variance, share of errors, threshold.
function exported(histogram, counters, { lowest, highest, figures, places, placeOf }, recent) {
  const out = new Writer();
  out.raw(MAP | (KEYS + (recent === undefined ? 0 : 1)));
  const entries = [1, lowest, highest, figures, histogram.count, histogram.minBigInt, histogram.maxBigInt, 0];
  for (const [key, value] of entries.entries()) {
    out.number(key);
    out.number(value);
  }
  out.number(8);
  out.double(1);
  out.number(9);
  out.number(places);
  out.number(10);
  out.number(2 * counters.length, ARRAY);
  let last = 0;
  for (const [value, , count] of counters) {
    const place = placeOf(value);
    out.number(place - last);
    out.number(count);
    last = place;
  }
  if (recent !== undefined) {
    out.number(11);
    out.raw(MAP | recent.length);
    for (const [key, value] of recent.entries()) {
      out.number(key);
      if (key < 4) out.double(value);
      else out.number(BigInt(Math.trunc(Math.min(value, 2 ** 63))));
    }
  }
  return out.bytes();
}

module.exports = { exported };
