'use strict';

// Stats, BigIntStats and StatFs, made from the one typed array that a native stat fills.
// Layout, shared with src/ops/fs/metadata.rs: ten plain fields, then seconds and nanoseconds of atime, mtime, ctime and birthtime.

const { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK } = require('internal/fs/utils').constants;

const kFieldCount = 18;

// Windows has no such file types; a mode there never matches.
function hasType(mode, type) {
  return type !== undefined && (mode & S_IFMT) === type;
}

function StatsBase(dev, mode, nlink, uid, gid, rdev, blksize, ino, size, blocks) {
  this.dev = dev;
  this.mode = mode;
  this.nlink = nlink;
  this.uid = uid;
  this.gid = gid;
  this.rdev = rdev;
  this.blksize = blksize;
  this.ino = ino;
  this.size = size;
  this.blocks = blocks;
}

// isDirectory() and the like ask the object itself, whose class says how.
const kinds = {
  isDirectory: S_IFDIR,
  isFile: S_IFREG,
  isBlockDevice: S_IFBLK,
  isCharacterDevice: S_IFCHR,
  isSymbolicLink: S_IFLNK,
  isFIFO: S_IFIFO,
  isSocket: S_IFSOCK,
};
for (const name of Object.keys(kinds)) {
  const type = kinds[name];
  StatsBase.prototype[name] = { [name]() { return this._checkModeProperty(type); } }[name];
}

// The fraction of a millisecond is dropped to the nearest one, so that writing a Date back does not drift.
function dateOf(milliseconds) {
  return new Date(Math.round(Number(milliseconds)));
}

function Stats(dev, mode, nlink, uid, gid, rdev, blksize, ino, size, blocks, atimeMs, mtimeMs, ctimeMs, birthtimeMs) {
  StatsBase.call(this, dev, mode, nlink, uid, gid, rdev, blksize, ino, size, blocks);
  this.atimeMs = atimeMs;
  this.mtimeMs = mtimeMs;
  this.ctimeMs = ctimeMs;
  this.birthtimeMs = birthtimeMs;
  this.atime = dateOf(atimeMs);
  this.mtime = dateOf(mtimeMs);
  this.ctime = dateOf(ctimeMs);
  this.birthtime = dateOf(birthtimeMs);
}
Object.setPrototypeOf(Stats.prototype, StatsBase.prototype);
Object.setPrototypeOf(Stats, StatsBase);

function BigIntStats(dev, mode, nlink, uid, gid, rdev, blksize, ino, size, blocks, atimeNs, mtimeNs, ctimeNs, birthtimeNs) {
  StatsBase.call(this, dev, mode, nlink, uid, gid, rdev, blksize, ino, size, blocks);
  this.atimeMs = atimeNs / 1000000n;
  this.mtimeMs = mtimeNs / 1000000n;
  this.ctimeMs = ctimeNs / 1000000n;
  this.birthtimeMs = birthtimeNs / 1000000n;
  this.atimeNs = atimeNs;
  this.mtimeNs = mtimeNs;
  this.ctimeNs = ctimeNs;
  this.birthtimeNs = birthtimeNs;
  this.atime = dateOf(this.atimeMs);
  this.mtime = dateOf(this.mtimeMs);
  this.ctime = dateOf(this.ctimeMs);
  this.birthtime = dateOf(this.birthtimeMs);
}
Object.setPrototypeOf(BigIntStats.prototype, StatsBase.prototype);
Object.setPrototypeOf(BigIntStats, StatsBase);

// Numbers of milliseconds have no room for nanoseconds, which Instants have: [nanoseconds of each time's last second].
class Fractions extends function(stats) { return stats; } {
  #fractions;

  constructor(stats, fractions) {
    super(stats);
    this.#fractions = fractions;
  }

  static of(stats) {
    return #fractions in stats ? stats.#fractions : undefined;
  }
}

function nanosecondsOf(stats, name, index) {
  const exact = stats[`${name}Ns`];
  if (exact !== undefined) return exact;
  const time = stats[`${name}Ms`];
  const fraction = Fractions.of(stats)?.[index];
  if (fraction === undefined) return BigInt(Math.round(time * 1000)) * 1000n;
  // The second, which rounding may have made the next one where the fraction is all but a whole one.
  const second = Math.round((time * 1000 - fraction / 1000) / 1e6);
  return BigInt(second) * 1000000000n + BigInt(fraction);
}

// Instants are made when they are asked for, and are the object's own from then on.
function defineInstant(Class, time, index) {
  const name = `${time}Instant`;
  function settle(stats, value) {
    Object.defineProperty(stats, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
  }
  Object.defineProperty(Class.prototype, name, {
    __proto__: null,
    enumerable: true,
    configurable: true,
    get() {
      if (this === Class.prototype) return undefined;
      const value = new Temporal.Instant(nanosecondsOf(this, time, index));
      settle(this, value);
      return value;
    },
    set(value) {
      settle(this, value);
    },
  });
}

for (const Class of [Stats, BigIntStats]) {
  Class.prototype._checkModeProperty = function _checkModeProperty(type) {
    return hasType(Number(this.mode), type);
  };
  ['atime', 'mtime', 'ctime', 'birthtime'].forEach((time, index) => defineInstant(Class, time, index));
}

function StatFs(type, bsize, blocks, bfree, bavail, files, ffree) {
  this.type = type;
  this.bsize = bsize;
  this.blocks = blocks;
  this.bfree = bfree;
  this.bavail = bavail;
  this.files = files;
  this.ffree = ffree;
}

function milliseconds(fields, at) {
  return fields[at] * 1000 + fields[at + 1] / 1000000;
}

function nanoseconds(fields, at) {
  return fields[at] * 1000000000n + fields[at + 1];
}

// `fields` is a Float64Array, or a BigInt64Array for the bigint form; `at` the index of the first field.
function statsFrom(fields, at = 0) {
  if (fields instanceof BigInt64Array) {
    return new BigIntStats(
      fields[at], fields[at + 1], fields[at + 2], fields[at + 3], fields[at + 4], fields[at + 5], fields[at + 6], fields[at + 7],
      fields[at + 8], fields[at + 9], nanoseconds(fields, at + 10), nanoseconds(fields, at + 12), nanoseconds(fields, at + 14),
      nanoseconds(fields, at + 16));
  }
  const stats = new Stats(
    fields[at], fields[at + 1], fields[at + 2], fields[at + 3], fields[at + 4], fields[at + 5], fields[at + 6], fields[at + 7],
    fields[at + 8], fields[at + 9], milliseconds(fields, at + 10), milliseconds(fields, at + 12), milliseconds(fields, at + 14),
    milliseconds(fields, at + 16));
  return new Fractions(stats, [fields[at + 11], fields[at + 13], fields[at + 15], fields[at + 17]]);
}

function statFsFrom(fields) {
  return new StatFs(fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6]);
}

module.exports = { BigIntStats, StatFs, Stats, kFieldCount, statFsFrom, statsFrom };
