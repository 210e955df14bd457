'use strict';

// fs.glob: the files that match patterns. Patterns are compiled by internal/glob; this walks the tree along their segments, listing only the
// directories that a pattern can reach. One walk (internal/fs/steps) serves the synchronous, callback and iterator forms.

const { codes } = require('internal/errors');
const { ERR_INVALID_ARG_TYPE } = codes;
const { validateFunction, validateObject, validateString, validateStringArray } = require('internal/validators');
const { constants, getValidatedPath, isWindows } = require('internal/fs/utils');
const { Dirent, makeDirent } = require('internal/fs/dirent');
const { compile, globStar, matchesPath, matchesSegment } = require('internal/glob');
const { runAsync, runSync } = require('internal/steps');
const { join, resolve, sep } = require('path');

const binding = internalBinding('fs');
const { UV_DIRENT_DIR, UV_DIRENT_LINK } = constants;

class Walk {
  constructor(patterns, options) {
    this.root = options.cwd;
    this.withFileTypes = options.withFileTypes;
    this.exclude = options.exclude;
    this.alternatives = patterns.flatMap((pattern) => compile(pattern, { windows: isWindows }));
    this.lists = new Map();
    this.seen = new Set();
    this.found = [];
  }

  * run() {
    for (const segments of this.alternatives) {
      if (segments.length > 1 && segments[0] === '') yield* this.visit('/', '/', segments, 1, undefined);
      else yield* this.visit(this.root, '', segments, 0, undefined);
    }
    return this.found;
  }

  // Entries of a directory as Dirents; none where it cannot be listed.
  * list(path) {
    const known = this.lists.get(path);
    if (known !== undefined) return known;
    let entries = [];
    try {
      const { 0: names, 1: types } = yield (cb) => binding.readdir(path, false, true, false, cb);
      entries = names.map((name, i) => makeDirent(name, types[i], path, 'utf8'));
    } catch (err) {
      if (err.code !== 'ENOENT' && err.code !== 'ENOTDIR' && err.code !== 'EACCES' && err.code !== 'ELOOP') throw err;
    }
    this.lists.set(path, entries);
    return entries;
  }

  * entryOf(path, relative) {
    let fields;
    try {
      fields = yield (cb) => binding.lstat(path, false, cb);
    } catch {
      return undefined;
    }
    const kind = fields[1] & constants.S_IFMT;
    const type = kind === constants.S_IFDIR ? UV_DIRENT_DIR : kind === constants.S_IFLNK ? UV_DIRENT_LINK : constants.UV_DIRENT_FILE;
    const cut = path.lastIndexOf(sep);
    return new Dirent(path.slice(cut + 1) || relative, type, path.slice(0, cut) || sep);
  }

  isExcluded(entry, relative) {
    return this.exclude !== undefined && this.exclude(this.withFileTypes ? entry : relative);
  }

  * add(path, relative, entry) {
    relative ||= '.';
    if (this.seen.has(relative)) return;
    this.seen.add(relative);
    if (entry === undefined && (this.withFileTypes || this.exclude !== undefined)) {
      entry = yield* this.entryOf(path, relative);
      if (entry === undefined) return;
    }
    if (this.isExcluded(entry, relative)) return;
    this.found.push(this.withFileTypes ? entry : relative);
  }

  * isDirectory(path, entry, followLinks) {
    if (entry !== undefined && entry.isDirectory()) return true;
    if (entry !== undefined && !(followLinks && entry.isSymbolicLink())) return false;
    try {
      const fields = yield (cb) => (followLinks ? binding.stat : binding.lstat)(path, false, cb);
      return (fields[1] & constants.S_IFMT) === constants.S_IFDIR;
    } catch {
      return false;
    }
  }

  below(relative, name) {
    if (relative === '') return name;
    return relative.endsWith(sep) ? relative + name : `${relative}${sep}${name}`;
  }

  // `path` matches the segments before `i`; `entry` is what is known of it.
  * visit(path, relative, segments, i, entry) {
    if (i === segments.length) {
      yield* this.add(path, relative, entry);
      return;
    }
    const segment = segments[i];
    if (segment === globStar) {
      yield* this.visitBelow(path, relative, segments, i, entry);
      return;
    }
    if (segment === '') {
      // Two separators are one; the last one asks for a directory.
      if (i < segments.length - 1) yield* this.visit(path, relative, segments, i + 1, entry);
      else if (yield* this.isDirectory(path, entry, true)) yield* this.add(path, this.below(relative, ''), entry);
      return;
    }
    if (segment === '.' || segment === '..') {
      const next = segment === '.' ? path : join(path, '..');
      if (yield* this.isDirectory(next, undefined, true)) {
        yield* this.visit(next, this.below(relative, segment), segments, i + 1, undefined);
      }
      return;
    }
    if (typeof segment === 'string') {
      const next = join(path, segment);
      const found = yield* this.entryOf(next, segment);
      if (found !== undefined) yield* this.descend(next, this.below(relative, segment), segments, i, found);
      return;
    }
    for (const child of yield* this.list(path)) {
      if (!matchesSegment(segment, child.name)) continue;
      yield* this.descend(join(path, child.name), this.below(relative, child.name), segments, i, child);
    }
  }

  * descend(path, relative, segments, i, entry) {
    if (i === segments.length - 1) yield* this.add(path, relative, entry);
    else if (yield* this.isDirectory(path, entry, true)) {
      if (!this.isExcluded(entry, relative)) yield* this.visit(path, relative, segments, i + 1, entry);
    }
  }

  // `**`: here, and in every directory below that is neither hidden nor a link.
  * visitBelow(path, relative, segments, i, entry) {
    while (segments[i + 1] === globStar) i++;
    if (!(yield* this.isDirectory(path, entry, true))) {
      if (i === segments.length - 1 && relative !== '') yield* this.add(path, relative, entry);
      return;
    }
    yield* this.visit(path, relative, segments, i + 1, entry);
    for (const child of yield* this.list(path)) {
      if (child.name.startsWith('.')) continue;
      const childPath = join(path, child.name);
      const childRelative = this.below(relative, child.name);
      if (child.isDirectory()) {
        if (!this.isExcluded(child, childRelative)) yield* this.visitBelow(childPath, childRelative, segments, i, child);
      } else if (i === segments.length - 1) {
        yield* this.add(childPath, childRelative, child);
      }
    }
  }
}

function makeWalk(pattern, options = {}) {
  validateObject(options, 'options');
  const { cwd, exclude, withFileTypes = false } = options;
  const patterns = typeof pattern === 'string' ? [pattern] : pattern;
  if (typeof pattern !== 'string') {
    if (!Array.isArray(pattern)) {
      throw new ERR_INVALID_ARG_TYPE('patterns', typeof pattern === 'object' ? 'Array' : 'string', pattern);
    }
    for (const one of patterns) validateString(one, 'patterns');
  }
  let excludes;
  if (Array.isArray(exclude)) {
    validateStringArray(exclude, 'options.exclude');
    excludes = (item) => {
      const name = typeof item === 'string' ? item : item.name;
      return exclude.some((one) => matchesPath(name, one, isWindows));
    };
  } else if (exclude !== undefined && exclude !== null) {
    validateFunction(exclude, 'options.exclude');
    excludes = exclude;
  }
  return new Walk(patterns, {
    cwd: resolve(cwd === undefined ? '.' : String(getValidatedPath(cwd, 'options.cwd'))),
    exclude: excludes,
    withFileTypes: Boolean(withFileTypes),
  });
}

function glob(pattern, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  validateFunction(callback, 'cb');
  runAsync(makeWalk(pattern, options).run()).then((found) => process.nextTick(callback, null, found), (err) => {
    process.nextTick(callback, err);
  });
}

function globSync(pattern, options) {
  return runSync(makeWalk(pattern, options).run());
}

async function* globIterator(pattern, options) {
  const walk = makeWalk(pattern, options);
  // Matches go out as they are found: the walk pauses at every native call.
  const steps = walk.run();
  let step = steps.next();
  let given = 0;
  while (!step.done) {
    while (given < walk.found.length) yield walk.found[given++];
    const call = step.value;
    let value;
    try {
      value = await new Promise((settle, reject) => call((err, result) => (err ? reject(err) : settle(result))));
    } catch (err) {
      step = steps.throw(err);
      continue;
    }
    step = steps.next(value);
  }
  while (given < walk.found.length) yield walk.found[given++];
}

module.exports = { glob, globIterator, globSync };
