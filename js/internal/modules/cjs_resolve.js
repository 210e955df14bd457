'use strict';

// From a request to a file name, as require() does it: the algorithm of Node's documentation (chapter "Modules:
// CommonJS modules", section "All together"). Finding a file with its extensions, the `main` of a directory and the
// real path is one native call per place looked at.

const path = require('path');
const { pathToHref } = require('internal/modules/paths');
const { builtinId, keepSymlinks, requireConditions } = require('internal/modules/helpers');
const { packageScope, readPackageFile } = require('internal/modules/package_json');
const { findFile, internalModuleStat } = internalBinding('modules');

const isWindows = process.platform === 'win32';

// request + places -> file name found there before.
const pathCache = { __proto__: null };

// Directories searched last: NODE_PATH, and two below the home directory that old npm used.
let globalPaths = [];

function initGlobalPaths() {
  if (require('internal/options').getOptionValue('--global-search-paths') === false) {
    globalPaths = [];
    return [];
  }
  const { env } = process;
  const home = isWindows ? env.USERPROFILE : env.HOME;
  const prefix = isWindows ? path.resolve(process.execPath, '..') : path.resolve(process.execPath, '..', '..');
  const list = [path.resolve(prefix, 'lib', 'node')];
  if (home) {
    list.unshift(path.resolve(home, '.node_libraries'));
    list.unshift(path.resolve(home, '.node_modules'));
  }
  if (env.NODE_PATH) list.unshift(...env.NODE_PATH.split(path.delimiter).filter(Boolean));
  globalPaths = list;
  return list.slice();
}

// require.resolve.paths() and friends: the node_modules directories seen from the directory `from`.
function nodeModulePaths(from) {
  from = path.resolve(from);
  const list = [];
  if (isWindows) {
    const { root } = path.parse(from);
    for (let directory = from; ; directory = path.dirname(directory)) {
      if (path.basename(directory) !== 'node_modules') list.push(path.join(directory, 'node_modules'));
      if (directory === root || directory === path.dirname(directory)) break;
    }
    return list;
  }
  if (from === '/') return ['/node_modules'];
  let end = from.length;
  while (end > 0) {
    const slash = from.lastIndexOf('/', end - 1);
    if (end - slash !== 13 || !from.startsWith('node_modules', slash + 1)) {
      list.push(`${from.slice(0, end)}/node_modules`);
    }
    end = slash;
  }
  list.push('/node_modules');
  return list;
}

function isRelativeRequest(request) {
  return request[0] === '.' && (request.length === 1 || request[1] === '/' || (isWindows && request[1] === '\\') ||
    (request[1] === '.' && (request.length === 2 || request[2] === '/' || (isWindows && request[2] === '\\'))));
}

// Where `request` of module `parent` is looked for; null for a built-in.
function resolveLookupPaths(request, parent) {
  // The scheme alone says that no place is looked at.
  if (builtinId(request) !== undefined || request.startsWith('node:')) return null;
  if (!isRelativeRequest(request)) {
    const own = parent?.paths;
    return own?.length ? own.concat(globalPaths) : globalPaths.slice();
  }
  // The REPL, -e and -p have no file name.
  if (!parent || !parent.id || !parent.filename) return ['.'];
  return [path.dirname(parent.filename)];
}

// A path that ends like this asks for a directory.
function asksForDirectory(request) {
  const last = request.charCodeAt(request.length - 1);
  if (last === 0x2F || (isWindows && last === 0x5C)) return true;
  if (last !== 0x2E) return false;
  return request === '.' || request === '..' || request.endsWith('/.') || request.endsWith('/..');
}

// Module._findPath: the file name, or false.
function findPath(Module, request, paths, isMain = false) {
  const absolute = path.isAbsolute(request);
  if (absolute) paths = [''];
  else if (!paths || paths.length === 0) return false;

  const cacheKey = `${request}\0${paths.length === 1 ? paths[0] : paths.join('\0')}`;
  const known = pathCache[cacheKey];
  if (known) return known;

  const preserve = keepSymlinks(isMain);
  const directoryOnly = asksForDirectory(request);
  const relative = isRelativeRequest(request);
  let extensions;
  // By index: programs that break array iteration can still load modules.
  for (let i = 0; i < paths.length; i++) {
    const place = paths[i];
    if (typeof place !== 'string') {
      const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
      throw new ERR_INVALID_ARG_TYPE('paths', 'array of strings', paths);
    }
    // Most of the directories a package may be in do not exist; the one of the requiring module does.
    if (!relative && place && internalModuleStat(place) !== 1) continue;
    if (!absolute && !relative) {
      const exported = resolveExports(place, request);
      if (exported !== undefined) {
        const file = realFile(exported, preserve, lastManifest);
        return (pathCache[cacheKey] = file);
      }
    }
    extensions ??= Object.keys(Module._extensions).join('\0');
    const found = findFile(path.resolve(place, request), extensions, directoryOnly, preserve);
    if (found === undefined) continue;
    const file = typeof found === 'string' ? found : withBadMain(found, request);
    pathCache[cacheKey] = file;
    return file;
  }
  return false;
}

// The package's `main` names nothing; its index may still be there.
function withBadMain(found, request) {
  const { 0: packagePath, 1: main, 2: index } = found;
  if (index === undefined) {
    const missing = path.resolve(path.dirname(packagePath), main);
    const error = new Error(
      `Cannot find module '${missing}'. Please verify that the package.json has a valid "main" entry`);
    error.code = 'MODULE_NOT_FOUND';
    error.path = packagePath;
    error.requestPath = request;
    throw error;
  }
  process.emitWarning(
    `Invalid 'main' field in '${packagePath}' of '${main}'. Please either fix that or report it to the module author`,
    'DeprecationWarning', 'DEP0128');
  return index;
}

// The package.json that named the file being looked for.
let lastManifest;

function realFile(file, preserve, manifest) {
  const { resolveFile } = internalBinding('modules');
  const found = resolveFile(file, preserve);
  if (typeof found === 'string') return found;
  const error = new Error(`Cannot find module '${file}'`);
  error.code = 'MODULE_NOT_FOUND';
  if (manifest !== undefined) error.path = manifest;
  throw error;
}

// The package in the node_modules directory `place`, when it has "exports". The path, or undefined.
function resolveExports(place, request) {
  const match = /^((?:@[^/\\%]+\/)?[^./\\%][^/\\%]*)(\/.*)?$/.exec(request);
  if (match === null) return undefined;
  const pkg = readPackageFile(path.join(place, match[1], 'package.json'));
  if (pkg === undefined || pkg.exports == null) return undefined;
  lastManifest = pkg.path;
  const { packageExportsResolve } = require('internal/modules/resolve');
  return pathOf(packageExportsResolve(pkg, `.${match[2] ?? ''}`, null, requireConditions()));
}

// A package may name itself; undefined when `request` is not that.
function trySelf(parentPath, request) {
  if (!parentPath) return undefined;
  const scope = packageScope(parentPath);
  if (scope === undefined || scope.exports == null || scope.name === undefined) return undefined;
  let subpath;
  if (request === scope.name) subpath = '.';
  else if (request.startsWith(`${scope.name}/`)) subpath = `.${request.slice(scope.name.length)}`;
  else return undefined;
  lastManifest = scope.path;
  const { packageExportsResolve } = require('internal/modules/resolve');
  return pathOf(packageExportsResolve(scope, subpath, pathToHref(parentPath), requireConditions()));
}

// `#name` requests, by the "imports" of the nearest package.
function resolveImports(parentPath, request) {
  const scope = packageScope(parentPath);
  if (scope?.imports == null) return undefined;
  lastManifest = scope.path;
  const { packageImportsResolve } = require('internal/modules/resolve');
  return pathOf(packageImportsResolve(request, pathToHref(parentPath), requireConditions()));
}

// A target is a path, or a built-in.
function pathOf(target) {
  return typeof target === 'string' ? target : target.href;
}

// Module._resolveFilename.
function resolveFilename(Module, request, parent, isMain, options) {
  if (builtinId(request) !== undefined) return request;
  let paths;
  if (typeof options === 'object' && options !== null) {
    if (Array.isArray(options.paths)) {
      if (isRelativeRequest(request)) {
        paths = options.paths;
      } else {
        const fake = new Module('', null);
        paths = [];
        for (let i = 0; i < options.paths.length; i++) {
          fake.paths = Module._nodeModulePaths(options.paths[i]);
          Module._resolveLookupPaths(request, fake).forEach((item) => {
            if (!paths.includes(item)) paths.push(item);
          });
        }
      }
    } else if (options.paths === undefined) {
      paths = Module._resolveLookupPaths(request, parent);
    } else {
      const { codes: { ERR_INVALID_ARG_VALUE } } = require('internal/errors');
      throw new ERR_INVALID_ARG_VALUE('options.paths', options.paths);
    }
  } else {
    paths = Module._resolveLookupPaths(request, parent);
  }

  const parentFile = parent?.filename;
  if (request[0] === '#' && (parentFile || parent?.id === '<repl>')) {
    const found = resolveImports(parentFile ?? path.join(process.cwd(), 'x'), request);
    if (found !== undefined) return builtinId(found) === undefined ? realFile(found, false, lastManifest) : found;
  }
  // No package is named like a path.
  const self = request[0] === '.' || request[0] === '/' ? undefined : trySelf(trySelfPath(parent), request);
  if (self !== undefined) {
    return realFile(self, keepSymlinks(isMain), lastManifest);
  }
  const found = Module._findPath(request, paths, isMain);
  if (found) return found;

  const requireStack = [];
  for (let cursor = parent; cursor; cursor = parentOf(cursor)) requireStack.push(cursor.filename || cursor.id);
  const { commonJsNotFound, isAbsentBuiltin, unknownBuiltin } = require('internal/modules/errors');
  if (isAbsentBuiltin(request)) throw unknownBuiltin(request);
  throw commonJsNotFound(`Cannot find module '${request}'`, requireStack);
}

// The file whose package scope counts for self-reference; -e code belongs to the working directory.
function trySelfPath(parent) {
  if (!parent) return undefined;
  if (parent.filename) return parent.filename;
  if (parent.id === '<repl>' || parent.id === 'internal/preload') return path.join(process.cwd(), 'x');
  return undefined;
}

// Set by the loader, which knows how to tell a module's parent without the deprecated property.
let parentOf = () => undefined;

function setParentOf(callback) {
  parentOf = callback;
}

module.exports = {
  findPath,
  initGlobalPaths,
  isRelativeRequest,
  nodeModulePaths,
  pathCache,
  resolveFilename,
  resolveLookupPaths,
  setParentOf,
};
