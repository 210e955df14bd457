'use strict';

// fs.glob: the files that match patterns. Patterns are compiled by internal/glob; this walks the tree along their segments, listing only the
// directories that a pattern can reach. One walk (internal/steps) serves the synchronous, callback and iterator forms.

const { codes } = require('internal/errors');
const { ERR_INVALID_ARG_TYPE } = codes;
const { validateBoolean, validateFunction, validateObject, validateString, validateStringArray } = require('internal/validators');
const { constants, getValidatedPath, isWindows } = require('internal/fs/utils');
const { Dirent, kType, makeDirent } = require('internal/fs/dirent');
const { compile, globStar, matchesPath, matchesSegment } = require('internal/glob');
const { runAsync, runSync } = require('internal/steps');
const { basename, dirname, isAbsolute, join, normalize, relative: between, resolve, sep } = require('path');

const binding = internalBinding('fs');
const { UV_DIRENT_DIR, UV_DIRENT_LINK } = constants;

class Walk {
  constructor(patterns, options) {
    this.root = options.cwd;
    this.base = options.base;
    this.withFileTypes = options.withFileTypes;
    this.exclude = options.exclude;
    this.followLinks = options.followSymlinks;
    this.alternatives = patterns.filter((pattern) => pattern !== '')
      .flatMap((pattern) => compile(pattern, { windows: isWindows }));
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

  isExcluded(path, relative, entry) {
    return this.exclude !== undefined && this.exclude(path, relative, entry);
  }

  * add(path, relative, entry) {
    relative = normalize(relative || '.');
    if (relative.length > 1 && relative.endsWith(sep)) relative = relative.slice(0, -1);
    if (this.seen.has(relative)) return;
    this.seen.add(relative);
    if (entry === undefined && (this.withFileTypes || this.exclude !== undefined)) {
      entry = yield* this.entryOf(path, relative);
      if (entry === undefined) return;
    }
    if (this.withFileTypes) entry = shownEntry(entry, this.base, relative);
    if (this.isExcluded(path, relative, entry)) return;
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
      else if (yield* this.isDirectory(path, entry, this.followLinks || typeof segments[i - 1] === 'string')) {
        yield* this.add(path, relative, entry);
      }
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
      yield* this.descend(join(path, child.name), this.below(relative, child.name), segments, i, child, this.followLinks);
    }
  }

  // Links that a pattern names are followed; those that it only matches are if that is asked for.
  * descend(path, relative, segments, i, entry, followLinks = true) {
    if (i === segments.length - 1) yield* this.add(path, relative, entry);
    else if (yield* this.isDirectory(path, entry, followLinks)) {
      if (!this.isExcluded(path, relative, entry)) yield* this.visit(path, relative, segments, i + 1, entry);
    }
  }

  // Which directory it is, whatever leads to it.
  * identityOf(path) {
    const fields = yield (cb) => binding.stat(path, true, cb);
    return `${fields[0]}:${fields[7]}`;
  }

  // `**`: here, and in every directory below that is neither hidden nor a link, or a link that is to be followed and does not
  // lead back to where the walk came from.
  * visitBelow(path, relative, segments, i, entry, above = []) {
    while (segments[i + 1] === globStar) i++;
    if (!(yield* this.isDirectory(path, entry, true))) {
      if (i === segments.length - 1 && relative !== '') yield* this.add(path, relative, entry);
      return;
    }
    if (this.followLinks) {
      const identity = yield* this.identityOf(path);
      if (above.includes(identity)) return;
      above = [...above, identity];
    }
    yield* this.visit(path, relative, segments, i + 1, entry);
    for (const child of yield* this.list(path)) {
      if (child.name.startsWith('.')) continue;
      const childPath = join(path, child.name);
      const childRelative = this.below(relative, child.name);
      if (child.isDirectory() || (this.followLinks && (yield* this.isDirectory(childPath, child, true)))) {
        if (this.isExcluded(childPath, childRelative, child)) continue;
        yield* this.visitBelow(childPath, childRelative, segments, i, child, above);
      } else if (i === segments.length - 1) {
        yield* this.add(childPath, childRelative, child);
      }
    }
  }
}

// What the program gets to see: found by the path that the pattern led along.
function shownEntry(entry, base, relative) {
  const path = isAbsolute(relative) ? relative : join(base, relative);
  return new Dirent(basename(path), entry[kType], dirname(path));
}

// Whether a pattern of what is not wanted has the path, or the name from the root of the walk. One for all that is in a directory
// has the directory, too.
function isUnder(path, name, pattern) {
  if (pattern.startsWith(sep)) name = path;
  if (matchesPath(name, pattern, isWindows)) return true;
  return name !== '' && pattern.endsWith(`${sep}**`) && matchesPath(name, pattern.slice(0, -3), isWindows);
}

function makeWalk(pattern, options = {}) {
  validateObject(options, 'options');
  const { cwd, exclude, followSymlinks = false, withFileTypes = false } = options;
  validateBoolean(followSymlinks, 'options.followSymlinks');
  const root = resolve(cwd === undefined ? '.' : String(getValidatedPath(cwd, 'options.cwd')));
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
    const unwanted = exclude.map(normalize);
    excludes = (path) => {
      const name = between(root, path);
      return unwanted.some((one) => isUnder(path, name, one));
    };
  } else if (exclude !== undefined && exclude !== null) {
    if (typeof exclude !== 'function') throw new ERR_INVALID_ARG_TYPE('options.exclude', ['function', 'string[]'], exclude);
    // Programs look for names as well as for paths.
    excludes = withFileTypes ? (path, relative, entry) => exclude(entry) :
      (path, relative) => exclude(relative) || (relative.includes(sep) && exclude(basename(relative)));
  }
  return new Walk(patterns, {
    cwd: root,
    base: cwd === undefined ? '.' : String(getValidatedPath(cwd, 'options.cwd')),
    exclude: excludes,
    followSymlinks,
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
