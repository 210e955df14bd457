'use strict';

// When members were modified: the date and time of DOS, which are local and know every other second, and the extra
// fields with better ones.

const { Buffer } = require('buffer');
const { codes: { ERR_INVALID_ARG_VALUE } } = require('internal/errors');
const { findField } = require('internal/zlib/zip/extra');

const kNtfs = 0x000a;
const kExtendedTimestamp = 0x5455;
const kInfoZipUnix = 0x5855;

function fromDos(time, date) {
  const month = (date >> 5) & 15;
  const day = date & 31;
  return new Date(1980 + (date >> 9), month === 0 ? 0 : month - 1, day === 0 ? 1 : day,
                  time >> 11, (time >> 5) & 63, (time & 31) * 2);
}

const kFirstYear = 1980;
const kLastYear = 2107;

// [time, date]. What DOS cannot say becomes the nearest that it can.
function toDos(milliseconds) {
  const when = new Date(milliseconds);
  if (Number.isNaN(when.getTime())) {
    throw new ERR_INVALID_ARG_VALUE('modified', when, 'must be a valid Date');
  }
  const year = when.getFullYear();
  if (year < kFirstYear) return [0, (1 << 5) | 1];
  if (year > kLastYear) {
    return [(23 << 11) | (59 << 5) | 29, ((kLastYear - kFirstYear) << 9) | (12 << 5) | 31];
  }
  return [
    (when.getHours() << 11) | (when.getMinutes() << 5) | (when.getSeconds() >> 1),
    ((year - kFirstYear) << 9) | ((when.getMonth() + 1) << 5) | when.getDate(),
  ];
}

// Info-ZIP's extended timestamp, where DOS would lose something and it would not.
function timestampField(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  if (milliseconds % 2000 === 0 || seconds < -0x80000000 || seconds > 0x7fffffff || Number.isNaN(seconds)) {
    return Buffer.alloc(0);
  }
  const field = Buffer.alloc(9);
  field.writeUInt16LE(kExtendedTimestamp, 0);
  field.writeUInt16LE(5, 2);
  // The one of three times that is there: that of modification.
  field[4] = 1;
  field.writeInt32LE(seconds, 5);
  return field;
}

// Between 1601, when Windows begins to count, and 1970.
const kNtfsEpoch = 11644473600000n;

function ntfsTime(field) {
  for (let at = 4; at + 4 <= field.length;) {
    const length = field.readUInt16LE(at + 2);
    if (at + 4 + length > field.length) return undefined;
    if (field.readUInt16LE(at) === 1 && length >= 8) {
      return Number(field.readBigUInt64LE(at + 4) / 10000n - kNtfsEpoch);
    }
    at += 4 + length;
  }
  return undefined;
}

function extendedTime(field) {
  return field.length >= 5 && (field[0] & 1) !== 0 ? field.readInt32LE(1) * 1000 : undefined;
}

function unixTime(field) {
  return field.length >= 8 ? field.readInt32LE(4) * 1000 : undefined;
}

// The better ones first.
const kTimes = [[kNtfs, ntfsTime], [kExtendedTimestamp, extendedTime], [kInfoZipUnix, unixTime]];

// In milliseconds, by the best of what the extra fields say, of which those of the first header count more.
function timeOfFields(...extras) {
  for (const [id, read] of kTimes) {
    for (const extra of extras) {
      const field = findField(extra, id);
      const time = field === undefined ? undefined : read(field);
      if (time !== undefined) return time;
    }
  }
  return undefined;
}

module.exports = { fromDos, timeOfFields, timestampField, toDos };
