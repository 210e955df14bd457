'use strict';
// path.win32: paths with '\' or '/', drives (C:) and UNC roots (\\server\share).
// https://nodejs.org/api/path.html

const { validateString } = require('internal/validators');
const { extensionOf, formatWith } = require('internal/path/posix');

const SLASH = 47;
const BACKSLASH = 92;
const COLON = 58;
const DOT = 46;

function isSeparator(code) {
  return code === SLASH || code === BACKSLASH;
}

function isDriveLetter(code) {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

// Names that the system takes for a device in any directory.
const reservedNames = new Set([
  'CON', 'PRN', 'AUX', 'NUL',
  'COM1', 'COM2', 'COM3', 'COM4', 'COM5', 'COM6', 'COM7', 'COM8', 'COM9',
  'LPT1', 'LPT2', 'LPT3', 'LPT4', 'LPT5', 'LPT6', 'LPT7', 'LPT8', 'LPT9',
  'COM\xb9', 'COM\xb2', 'COM\xb3', 'LPT\xb9', 'LPT\xb2', 'LPT\xb3',
]);

// Takes a path apart at its root:
//   device    'C:' or '\\server\share', '' without
//   end       where the root ends in `path`
//   absolute  whether there is a separator after the device
// A UNC root that is the whole path has `whole` set.
function rootOf(path) {
  const { length } = path;
  const root = { device: '', end: 0, absolute: false, whole: false };
  if (length === 0) return root;
  const first = path.charCodeAt(0);
  if (isSeparator(first)) {
    root.absolute = true;
    root.end = 1;
    if (length === 1 || !isSeparator(path.charCodeAt(1))) return root;
    // \\server, at least one separator, share.
    let j = 2;
    while (j < length && !isSeparator(path.charCodeAt(j))) j++;
    if (j === 2 || j === length) return root;
    const server = path.slice(2, j);
    const between = j;
    while (j < length && isSeparator(path.charCodeAt(j))) j++;
    if (j === length || j === between) return root;
    if (server === '.' || server === '?') {
      // \\.\device: the name belongs to the tail.
      root.device = `\\\\${server}`;
      root.end = 4;
      root.isDevice = true;
      return root;
    }
    const share = j;
    while (j < length && !isSeparator(path.charCodeAt(j))) j++;
    root.device = `\\\\${server}\\${path.slice(share, j)}`;
    root.end = j;
    root.whole = j === length;
    return root;
  }
  if (length > 1 && isDriveLetter(first) && path.charCodeAt(1) === COLON) {
    root.device = path.slice(0, 2);
    root.end = 2;
    if (length > 2 && isSeparator(path.charCodeAt(2))) {
      root.absolute = true;
      root.end = 3;
    }
  }
  return root;
}

// Resolves '.', '..' and repeated separators after the root.
function collapse(path, start, rooted) {
  const { length } = path;
  let out = '';
  let floor = 0;
  let position = start;
  while (position < length) {
    if (isSeparator(path.charCodeAt(position))) {
      position++;
      continue;
    }
    let end = position;
    while (end < length && !isSeparator(path.charCodeAt(end))) end++;
    const size = end - position;
    if (size === 1 && path.charCodeAt(position) === DOT) {
      // Stays where it is.
    } else if (size === 2 && path.charCodeAt(position) === DOT &&
               path.charCodeAt(position + 1) === DOT) {
      if (out.length > floor) {
        const slash = out.lastIndexOf('\\');
        out = slash < floor ? out.slice(0, floor) : out.slice(0, slash);
      } else if (!rooted) {
        out = out.length === 0 ? '..' : `${out}\\..`;
        floor = out.length;
      }
    } else {
      const segment = path.slice(position, end);
      out = out.length === 0 ? segment : `${out}\\${segment}`;
    }
    position = end + 1;
  }
  return out;
}

// The directory that a relative path is relative to; each drive has its own.
function directoryOf(device) {
  if (device === '') return process.cwd();
  const directory = process.env[`=${device}`] || process.cwd();
  if (directory === undefined ||
      (directory.slice(0, 2).toLowerCase() !== device.toLowerCase() &&
       directory.charCodeAt(2) === BACKSLASH)) {
    return `${device}\\`;
  }
  return directory;
}

function resolve(...paths) {
  let device = '';
  let tail = '';
  let absolute = false;
  for (let i = paths.length - 1; i >= -1; i--) {
    let path;
    if (i >= 0) {
      path = paths[i];
      validateString(path, `paths[${i}]`);
      if (path.length === 0) continue;
    } else {
      path = directoryOf(device);
    }
    const root = rootOf(path);
    if (root.device !== '') {
      if (device === '') device = root.device;
      else if (root.device.toLowerCase() !== device.toLowerCase()) continue;
    }
    if (absolute) {
      if (device !== '') break;
    } else {
      tail = `${path.slice(root.end)}\\${tail}`;
      absolute = root.absolute;
      if (absolute && device !== '') break;
    }
  }
  tail = collapse(tail, 0, absolute);
  return absolute ? `${device}\\${tail}` : `${device}${tail}` || '.';
}

function normalize(path) {
  validateString(path, 'path');
  const { length } = path;
  if (length === 0) return '.';
  if (length === 1) return path.charCodeAt(0) === SLASH ? '\\' : path;

  const reserved = path.indexOf(':');
  if (reserved !== -1 && reservedNames.has(path.slice(0, reserved).toUpperCase())) {
    return normalizeReserved(path, reserved + 1);
  }
  const root = rootOf(path);
  const { device, absolute } = root;
  if (root.whole) return `${device}\\`;

  let tail = root.end < length ? collapse(path, root.end, absolute) : '';
  if (tail.length === 0 && !absolute) tail = '.';
  if (tail.length > 0 && isSeparator(path.charCodeAt(length - 1))) tail += '\\';

  if (!absolute && device === '' && path.includes(':')) {
    // Collapsing must not turn a relative path into one with a drive:
    // 'a/../C:b' is no 'C:b'.
    if (tail.length >= 2 && isDriveLetter(tail.charCodeAt(0)) && tail.charCodeAt(1) === COLON) {
      return `.\\${tail}`;
    }
    for (let colon = path.indexOf(':'); colon !== -1; colon = path.indexOf(':', colon + 1)) {
      if (colon === length - 1 || isSeparator(path.charCodeAt(colon + 1))) return `.\\${tail}`;
    }
  }
  if (device === '') return absolute ? `\\${tail}` : tail;
  return absolute ? `${device}\\${tail}` : `${device}${tail}`;
}

// 'con:x' would be the console; './con:x' is a file.
function normalizeReserved(path, end) {
  const tail = collapse(path, end, false) || '.';
  const trailing = end < path.length && isSeparator(path.charCodeAt(path.length - 1));
  return `.\\${path.slice(0, end)}${tail}${trailing ? '\\' : ''}`;
}

function isAbsolute(path) {
  validateString(path, 'path');
  if (path.length === 0) return false;
  const first = path.charCodeAt(0);
  return isSeparator(first) ||
    (path.length > 2 && isDriveLetter(first) && path.charCodeAt(1) === COLON &&
     isSeparator(path.charCodeAt(2)));
}

function join(...parts) {
  let joined = '';
  let first = '';
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    validateString(part, 'path');
    if (part.length === 0) continue;
    if (joined === '') joined = first = part;
    else joined += `\\${part}`;
  }
  if (joined === '') return '.';

  // Joining must not make a UNC root out of parts that were none: only where
  // the first part begins with exactly two separators and a name is it one.
  let keep = true;
  let leading = 0;
  if (isSeparator(first.charCodeAt(0))) {
    leading = 1;
    if (first.length > 1 && isSeparator(first.charCodeAt(1))) {
      leading = 2;
      if (first.length > 2 && !isSeparator(first.charCodeAt(2))) leading = 0;
    }
    keep = leading === 0;
  }
  if (!keep) {
    while (leading < joined.length && isSeparator(joined.charCodeAt(leading))) leading++;
    if (leading >= 2) joined = `\\${joined.slice(leading)}`;
  }
  return normalize(joined);
}

// Without separators at both ends.
function bounds(path) {
  let start = 0;
  while (start < path.length && path.charCodeAt(start) === BACKSLASH) start++;
  let end = path.length;
  while (end - 1 > start && path.charCodeAt(end - 1) === BACKSLASH) end--;
  return [start, end];
}

function relative(from, to) {
  validateString(from, 'from');
  validateString(to, 'to');
  if (from === to) return '';
  const fromFull = resolve(from);
  const toFull = resolve(to);
  if (fromFull === toFull) return '';
  // Names differ by more than case only.
  from = fromFull.toLowerCase();
  to = toFull.toLowerCase();
  if (from === to) return '';
  const sameLengths = from.length === fromFull.length && to.length === toFull.length;
  if (!sameLengths) return relativeBySegments(fromFull, toFull);

  const [fromStart, fromEnd] = bounds(from);
  const [toStart, toEnd] = bounds(to);
  const fromLength = fromEnd - fromStart;
  const toLength = toEnd - toStart;
  const shorter = Math.min(fromLength, toLength);
  let i = 0;
  let common = -1;
  for (; i < shorter; i++) {
    const code = from.charCodeAt(fromStart + i);
    if (code !== to.charCodeAt(toStart + i)) break;
    if (code === BACKSLASH) common = i;
  }
  if (i !== shorter) {
    // Another drive or share cannot be reached from here.
    if (common === -1) return toFull;
  } else {
    if (toLength > shorter) {
      if (to.charCodeAt(toStart + i) === BACKSLASH) return toFull.slice(toStart + i + 1);
      if (i === 2) return toFull.slice(toStart + i);
    }
    if (fromLength > shorter) {
      if (from.charCodeAt(fromStart + i) === BACKSLASH) common = i;
      else if (i === 2) common = 3;
    }
    if (common === -1) common = 0;
  }
  let up = '';
  for (let j = fromStart + common + 1; j <= fromEnd; j++) {
    if (j === fromEnd || from.charCodeAt(j) === BACKSLASH) up += up === '' ? '..' : '\\..';
  }
  let rest = toStart + common;
  if (up !== '') return `${up}${toFull.slice(rest, toEnd)}`;
  if (toFull.charCodeAt(rest) === BACKSLASH) rest++;
  return toFull.slice(rest, toEnd);
}

// Some letters change length in lower case; then only whole segments can be
// compared.
function relativeBySegments(from, to) {
  const fromParts = from.split('\\').filter(Boolean);
  const toParts = to.split('\\').filter(Boolean);
  let i = 0;
  while (i < fromParts.length && i < toParts.length &&
         fromParts[i].toLowerCase() === toParts[i].toLowerCase()) {
    i++;
  }
  if (i === 0 && (from.charCodeAt(1) === COLON || to.charCodeAt(1) === COLON ||
                  to.startsWith('\\\\'))) {
    return to;
  }
  const up = new Array(fromParts.length - i).fill('..');
  return [...up, ...toParts.slice(i)].join('\\');
}

function toNamespacedPath(path) {
  if (typeof path !== 'string' || path.length === 0) return path;
  const full = resolve(path);
  if (full.length <= 2) return path;
  if (full.charCodeAt(0) === BACKSLASH) {
    if (full.charCodeAt(1) === BACKSLASH && full[2] !== '?' && full[2] !== '.') {
      return `\\\\?\\UNC\\${full.slice(2)}`;
    }
  } else if (isDriveLetter(full.charCodeAt(0)) && full.charCodeAt(1) === COLON &&
             full.charCodeAt(2) === BACKSLASH) {
    return `\\\\?\\${full}`;
  }
  return full;
}

// Where the root ends as dirname and parse count it: a UNC root includes the
// separator after the share.
function rootEnd(path) {
  const { length } = path;
  if (length === 0) return 0;
  const first = path.charCodeAt(0);
  if (isSeparator(first)) {
    if (length === 1 || !isSeparator(path.charCodeAt(1))) return 1;
    let j = 2;
    while (j < length && !isSeparator(path.charCodeAt(j))) j++;
    if (j === 2 || j === length) return 1;
    const between = j;
    while (j < length && isSeparator(path.charCodeAt(j))) j++;
    if (j === length || j === between) return 1;
    while (j < length && !isSeparator(path.charCodeAt(j))) j++;
    return j === length ? length : j + 1;
  }
  if (length > 1 && isDriveLetter(first) && path.charCodeAt(1) === COLON) {
    return length > 2 && isSeparator(path.charCodeAt(2)) ? 3 : 2;
  }
  return 0;
}

// [start, end] of the last segment after `from`; trailing separators do not count.
function lastSegment(path, from) {
  let end = path.length;
  while (end > from && isSeparator(path.charCodeAt(end - 1))) end--;
  let start = end;
  while (start > from && !isSeparator(path.charCodeAt(start - 1))) start--;
  return [start, end];
}

function dirname(path) {
  validateString(path, 'path');
  if (path.length === 0) return '.';
  if (path.length === 1) return isSeparator(path.charCodeAt(0)) ? path : '.';
  const root = rootEnd(path);
  // A share alone is its own directory.
  if (root === path.length && root > 3) return path;
  const [start, end] = lastSegment(path, root);
  if (end > root && start > root) return path.slice(0, start - 1);
  return root === 0 ? '.' : path.slice(0, root);
}

// The length of a drive in front; base names do not include it.
function driveLength(path) {
  return path.length >= 2 && isDriveLetter(path.charCodeAt(0)) &&
    path.charCodeAt(1) === COLON ? 2 : 0;
}

function basename(path, suffix) {
  if (suffix !== undefined) validateString(suffix, 'suffix');
  validateString(path, 'path');
  if (suffix !== undefined && suffix.length > 0 && suffix === path) return '';
  const [start, end] = lastSegment(path, driveLength(path));
  const base = path.slice(start, end);
  if (suffix !== undefined && suffix.length > 0 && base.length > suffix.length &&
      base.endsWith(suffix)) {
    return base.slice(0, -suffix.length);
  }
  return base;
}

function extname(path) {
  validateString(path, 'path');
  const [start, end] = lastSegment(path, driveLength(path));
  return extensionOf(path.slice(start, end));
}

function format(object) {
  return formatWith('\\', object);
}

function parse(path) {
  validateString(path, 'path');
  const result = { root: '', dir: '', base: '', ext: '', name: '' };
  if (path.length === 0) return result;
  if (path.length === 1) {
    if (isSeparator(path.charCodeAt(0))) result.root = result.dir = path;
    else result.base = result.name = path;
    return result;
  }
  const root = rootEnd(path);
  if (root > 0) result.root = path.slice(0, root);
  const [start, end] = lastSegment(path, root);
  if (end > start) {
    result.base = path.slice(start, end);
    result.ext = extensionOf(result.base);
    result.name = result.base.slice(0, result.base.length - result.ext.length);
  }
  result.dir = end > start && start > root ? path.slice(0, start - 1) : result.root;
  return result;
}

function matchesGlob(path, pattern) {
  return require('internal/glob').matchesPath(path, pattern, true);
}

module.exports = {
  api: {
    resolve, normalize, isAbsolute, join, relative, toNamespacedPath, dirname, basename,
    extname, format, parse, matchesGlob,
    sep: '\\',
    delimiter: ';',
    win32: null,
    posix: null,
  },
};
