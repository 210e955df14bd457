'use strict';
// path.posix: paths with '/' (https://nodejs.org/api/path.html).

const { validateObject, validateString } = require('internal/validators');

const SLASH = 47;
const DOT = 46;

// Resolves '.', '..' and repeated slashes in the part after the root. Without
// a root, leading '..' stay.
function collapse(path, start, rooted) {
  const { length } = path;
  let out = '';
  // Where the last segment of `out` that '..' may take away begins; segments
  // before `floor` are '..' themselves.
  let floor = 0;
  let position = start;
  while (position < length) {
    if (path.charCodeAt(position) === SLASH) {
      position++;
      continue;
    }
    let end = path.indexOf('/', position);
    if (end === -1) end = length;
    const size = end - position;
    if (size === 1 && path.charCodeAt(position) === DOT) {
      // Stays where it is.
    } else if (size === 2 && path.charCodeAt(position) === DOT &&
               path.charCodeAt(position + 1) === DOT) {
      if (out.length > floor) {
        const slash = out.lastIndexOf('/');
        out = slash < floor ? out.slice(0, floor) : out.slice(0, slash);
      } else if (!rooted) {
        out = out.length === 0 ? '..' : `${out}/..`;
        floor = out.length;
      }
    } else {
      const segment = path.slice(position, end);
      out = out.length === 0 ? segment : `${out}/${segment}`;
    }
    position = end + 1;
  }
  return out;
}

// The current directory with '/', on Windows without its drive.
function currentDirectory() {
  const directory = process.cwd();
  if (process.platform !== 'win32') return directory;
  const slashed = directory.replaceAll('\\', '/');
  return slashed.slice(slashed.indexOf('/'));
}

function resolve(...paths) {
  let joined = '';
  for (let i = paths.length - 1; i >= 0; i--) {
    const path = paths[i];
    validateString(path, `paths[${i}]`);
    if (path.length === 0) continue;
    joined = joined.length === 0 ? path : `${path}/${joined}`;
    if (path.charCodeAt(0) === SLASH) return `/${collapse(joined, 1, true)}`;
  }
  const directory = currentDirectory();
  joined = `${directory}/${joined}`;
  if (directory.charCodeAt(0) === SLASH) return `/${collapse(joined, 1, true)}`;
  return collapse(joined, 0, false) || '.';
}

function normalize(path) {
  validateString(path, 'path');
  const { length } = path;
  if (length === 0) return '.';
  const rooted = path.charCodeAt(0) === SLASH;
  const trailing = path.charCodeAt(length - 1) === SLASH;
  const inner = collapse(path, 0, rooted);
  if (inner.length === 0) {
    if (rooted) return '/';
    return trailing ? './' : '.';
  }
  return `${rooted ? '/' : ''}${inner}${trailing ? '/' : ''}`;
}

function isAbsolute(path) {
  validateString(path, 'path');
  return path.length > 0 && path.charCodeAt(0) === SLASH;
}

function join(...parts) {
  let joined = '';
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    validateString(part, 'path');
    if (part.length > 0) joined = joined.length === 0 ? part : `${joined}/${part}`;
  }
  return joined.length === 0 ? '.' : normalize(joined);
}

function relative(from, to) {
  validateString(from, 'from');
  validateString(to, 'to');
  if (from === to) return '';
  from = resolve(from);
  to = resolve(to);
  if (from === to) return '';

  // Both are absolute and have no slash at the end, the root apart.
  const shorter = Math.min(from.length, to.length);
  let i = 1;
  let common = 0;
  while (i < shorter && from.charCodeAt(i) === to.charCodeAt(i)) {
    if (from.charCodeAt(i) === SLASH) common = i;
    i++;
  }
  if (i === shorter) {
    if (to.length > from.length) {
      if (to.charCodeAt(i) === SLASH) return to.slice(i + 1);
      if (from.length === 1) return to.slice(1);
    } else if (from.length > to.length) {
      if (from.charCodeAt(i) === SLASH) common = i;
      else if (to.length === 1) common = 0;
    }
  }
  let up = '';
  for (let j = common + 1; j <= from.length; j++) {
    if (j === from.length || from.charCodeAt(j) === SLASH) up += up.length === 0 ? '..' : '/..';
  }
  return to.length === 1 ? up : `${up}${to.slice(common)}`;
}

function toNamespacedPath(path) {
  // Only Windows has namespaces.
  return path;
}

// One past the last character that is no trailing slash; 0 when there is none.
function endOf(path) {
  let end = path.length;
  while (end > 0 && path.charCodeAt(end - 1) === SLASH) end--;
  return end;
}

function dirname(path) {
  validateString(path, 'path');
  if (path.length === 0) return '.';
  const end = endOf(path);
  let slash = end === 0 ? -1 : path.lastIndexOf('/', end - 1);
  if (slash === -1) return path.charCodeAt(0) === SLASH ? '/' : '.';
  if (slash === 0) return '/';
  // POSIX lets '//' at the start mean something of its own.
  if (slash === 1 && path.charCodeAt(0) === SLASH) return '//';
  return path.slice(0, slash);
}

function basename(path, suffix) {
  if (suffix !== undefined) validateString(suffix, 'suffix');
  validateString(path, 'path');
  if (suffix !== undefined && suffix.length > 0 && suffix === path) return '';
  const end = endOf(path);
  if (end === 0) return '';
  const base = path.slice(path.lastIndexOf('/', end - 1) + 1, end);
  if (suffix !== undefined && suffix.length > 0 && base.length > suffix.length &&
      base.endsWith(suffix)) {
    return base.slice(0, -suffix.length);
  }
  return base;
}

// The part of a base name from its last dot on; a dot at the start only hides.
function extensionOf(base) {
  const dot = base.lastIndexOf('.');
  return dot <= 0 || base === '..' ? '' : base.slice(dot);
}

function extname(path) {
  validateString(path, 'path');
  const end = endOf(path);
  if (end === 0) return '';
  return extensionOf(path.slice(path.lastIndexOf('/', end - 1) + 1, end));
}

function formatWith(separator, object) {
  validateObject(object, 'pathObject');
  const { root, ext } = object;
  const dir = object.dir || root;
  const dot = ext && ext[0] !== '.' ? '.' : '';
  const base = object.base || `${object.name || ''}${dot}${ext || ''}`;
  if (!dir) return base;
  return dir === root ? `${dir}${base}` : `${dir}${separator}${base}`;
}

function format(object) {
  return formatWith('/', object);
}

function parse(path) {
  validateString(path, 'path');
  const result = { root: '', dir: '', base: '', ext: '', name: '' };
  if (path.length === 0) return result;
  const rooted = path.charCodeAt(0) === SLASH;
  if (rooted) result.root = '/';
  const end = endOf(path);
  const slash = end === 0 ? -1 : path.lastIndexOf('/', end - 1);
  if (end > 0) {
    result.base = path.slice(slash + 1, end);
    result.ext = extensionOf(result.base);
    result.name = result.base.slice(0, result.base.length - result.ext.length);
  }
  if (slash > 0) result.dir = path.slice(0, slash);
  else if (rooted) result.dir = '/';
  return result;
}

function matchesGlob(path, pattern) {
  return require('internal/glob').matchesPath(path, pattern, false);
}

module.exports = {
  api: {
    resolve, normalize, isAbsolute, join, relative, toNamespacedPath, dirname, basename,
    extname, format, parse, matchesGlob,
    sep: '/',
    delimiter: ':',
    win32: null,
    posix: null,
  },
  extensionOf,
  formatWith,
};
