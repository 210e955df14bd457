'use strict';

// Extra fields: records of an id, a length and that many bytes, behind the name in headers. All but Zip64's are
// advisory, so whoever looks for one goes by those that can be read.

const { Buffer } = require('buffer');
const { invalid, kMax16, kMax32, readSafe64, write64 } = require('internal/zlib/zip/layout');

const kZip64 = 0x0001;

// What its record holds, in this order.
const kWidths = { __proto__: null, size: 8, compressedSize: 8, offset: 8, disk: 4 };

// The data of the first record `id`, up to where the records stop making sense.
function findField(extra, id) {
  for (let at = 0; at + 4 <= extra.length;) {
    const length = extra.readUInt16LE(at + 2);
    if (at + 4 + length > extra.length) return undefined;
    if (extra.readUInt16LE(at) === id) return extra.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
  return undefined;
}

// Fills in the fields of a header that say 'see Zip64'. A local one has only the sizes.
function resolveZip64(header) {
  const wanted = [];
  if (header.size === kMax32) wanted.push('size');
  if (header.compressedSize === kMax32) wanted.push('compressedSize');
  if (header.offset === kMax32) wanted.push('offset');
  if (header.disk === kMax16) wanted.push('disk');
  if (wanted.length === 0) return;
  const field = requiredField(header.extra);
  // By the book it has the fields that are asked for and no others; there are writers that put in all of them.
  const packed = wanted.reduce((length, name) => length + kWidths[name], 0);
  const inFull = field.length !== packed;
  let at = 0;
  for (const name of Object.keys(kWidths)) {
    const isWanted = wanted.includes(name);
    if (!isWanted && !inFull) continue;
    if (isWanted) {
      if (at + kWidths[name] > field.length) {
        throw invalid('the Zip64 extended information extra field is truncated');
      }
      header[name] = name === 'disk' ? field.readUInt32LE(at) : readSafe64(field, at);
    }
    at += kWidths[name];
  }
}

function requiredField(extra) {
  for (let at = 0; at + 4 <= extra.length;) {
    const length = extra.readUInt16LE(at + 2);
    if (at + 4 + length > extra.length) throw invalid('extra field is malformed');
    if (extra.readUInt16LE(at) === kZip64) return extra.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
  throw invalid('a field is 0xFFFFFFFF but the Zip64 extended information extra field is missing');
}

// The records of `extra` without what is to be said anew, and without what is no record.
function withoutZip64(extra) {
  const kept = [];
  let at = 0;
  while (at + 4 <= extra.length) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) break;
    if (extra.readUInt16LE(at) !== kZip64) kept.push(extra.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}

// A Zip64 record of 64-bit numbers; none where there are none.
function zip64Field(numbers) {
  if (numbers.length === 0) return Buffer.alloc(0);
  const field = Buffer.alloc(4 + 8 * numbers.length);
  field.writeUInt16LE(kZip64, 0);
  field.writeUInt16LE(8 * numbers.length, 2);
  for (let i = 0; i < numbers.length; i++) write64(field, numbers[i], 4 + 8 * i);
  return field;
}

module.exports = { findField, resolveZip64, withoutZip64, zip64Field };
