'use strict';

// From a specifier to a URL: the algorithm "ESM_RESOLVE" of Node's documentation (chapter "Modules: ECMAScript
// modules", section "Resolution algorithm"), function by function. PACKAGE_EXPORTS_RESOLVE and
// PACKAGE_IMPORTS_RESOLVE serve require() too.
//
// A resolution is { href, path, builtin, format }: `path` for files (real path, no query), `builtin` the id of a
// built-in; `format` is only ever set by customization hooks.

const { directoryOf, hrefToPath, isPlain, joinRelative, pathToHref } = require('internal/modules/paths');
const { builtinHref, builtinId, importConditions, keepSymlinks } = require('internal/modules/helpers');
const { packageScope, readPackageFile } = require('internal/modules/package_json');
const { findPackageDirectory, findFile, resolveFile } = internalBinding('modules');

function lazyErrors() {
  return require('internal/modules/errors');
}

function lazyURL() {
  return require('web/url').URL;
}

function isRelative(specifier) {
  if (specifier[0] !== '.') return false;
  return specifier.length === 1 || specifier[1] === '/' ||
    (specifier[1] === '.' && (specifier.length === 2 || specifier[2] === '/'));
}

// ESM_RESOLVE. `parent` is the URL of the importing module, undefined for the entry point.
function esmResolve(specifier, parent, conditions = importConditions(), isMain = false) {
  try {
    return resolveSpecifier(specifier, parent, conditions, isMain);
  } catch (error) {
    if (error?.code === 'ERR_MODULE_NOT_FOUND' || error?.code === 'ERR_UNSUPPORTED_DIR_IMPORT') {
      addHint(error, specifier, parent);
    }
    throw error;
  }
}

// What require() would have found is what the author may have meant: it completes extensions and directories.
function addHint(error, specifier, parent) {
  if (parent === undefined || !parent.startsWith('file:')) return;
  const path = require('path');
  let found;
  try {
    const parentPath = hrefToPath(stripTail(parent));
    const { Module } = require('internal/modules/cjs_loader');
    const directory = path.dirname(parentPath);
    const request = specifier.startsWith('file:') ? hrefToPath(specifier) : specifier;
    const mod = new Module(parentPath);
    mod.filename = parentPath;
    mod.paths = Module._nodeModulePaths(directory);
    const file = Module._findPath(request, Module._resolveLookupPaths(request, mod) ?? [], false);
    if (!file) return;
    if (isRelative(specifier)) {
      const relative = path.relative(directory, file);
      found = relative.startsWith('..') ? relative : `./${relative}`;
    } else if (path.isAbsolute(request)) {
      found = specifier.startsWith('file:') ? pathToHref(file) : file;
    } else {
      const at = file.indexOf(`${path.sep}node_modules${path.sep}${parsePackageName(specifier).packageName}`);
      found = at === -1 ? file : file.slice(at + '/node_modules/'.length);
    }
  } catch {
    return;
  }
  const hint = `Did you mean to import ${JSON.stringify(found)}?`;
  error.message += `\n${hint}`;
}

function resolveSpecifier(specifier, parent, conditions, isMain) {
  if (isRelative(specifier) || specifier[0] === '/') {
    // The common case needs no URL object.
    if (parent !== undefined && parent.startsWith('file:///') && isPlain(specifier) && !specifier.startsWith('//') &&
        process.platform !== 'win32' && isPlain(parent.slice(7))) {
      const directory = directoryOf(parent.slice(7));
      const path = specifier[0] === '/' ? require('path').posix.normalize(specifier) :
        joinRelative(directory, isDotsOnly(specifier) ? `${specifier}/` : specifier);
      return finalizePath(path, '', specifier, parent, isMain);
    }
    const URL = lazyURL();
    let url;
    try {
      url = new URL(specifier, parent);
    } catch (cause) {
      if (parent === undefined || specifier[0] === '/' && cause.code !== 'ERR_INVALID_URL') throw cause;
      const error = lazyErrors().unsupportedResolveRequest(specifier, parent);
      error.cause = cause;
      throw error;
    }
    return resolveUrl(url, specifier, parent, isMain);
  }
  if (specifier[0] === '#') {
    return fromTarget(packageImportsResolve(specifier, parent, conditions), specifier, parent, isMain);
  }
  const id = builtinId(specifier);
  if (id !== undefined) return builtinResolution(id);
  if (specifier.includes(':')) {
    if (specifier.startsWith('file:///') && isPlain(specifier.slice(7)) && !/\/\.|\/\//.test(specifier.slice(7)) &&
        process.platform !== 'win32') {
      return finalizePath(specifier.slice(7), '', specifier, parent, isMain);
    }
    const URL = lazyURL();
    const url = URL.parse?.(specifier) ?? tryURL(URL, specifier);
    if (url !== null) return resolveUrl(url, specifier, parent, isMain);
  }
  return fromTarget(packageResolve(specifier, parent, conditions), specifier, parent, isMain);
}

function tryURL(URL, text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function isDotsOnly(specifier) {
  return specifier.endsWith('.') && (specifier === '.' || specifier === '..' || specifier.endsWith('/.') ||
    specifier.endsWith('/..'));
}

function builtinResolution(id) {
  return { href: builtinHref(id), path: undefined, builtin: id, format: undefined };
}

// A URL that names a module directly.
function resolveUrl(url, specifier, parent, isMain) {
  switch (url.protocol) {
    case 'file:':
      if (/%2f|%5c/i.test(url.pathname)) {
        throw lazyErrors().invalidModuleSpecifier(url.pathname, 'must not include encoded "/" or "\\" characters',
          parent);
      }
      return finalizePath(require('internal/url').fileURLToPath(url), url.search + url.hash, specifier, parent, isMain);
    case 'data:':
      return { href: url.href, path: undefined, builtin: undefined, format: undefined };
    case 'node:':
    case 'weft:': {
      const id = builtinId(url.href);
      if (id === undefined) throw lazyErrors().unknownBuiltin(url.href);
      return builtinResolution(id);
    }
    default:
      throw lazyErrors().unsupportedScheme(url.protocol);
  }
}

// Checks that the file is there and follows its symbolic links.
function finalizePath(path, tail, specifier, parent, isMain) {
  const found = resolveFile(path, keepSymlinks(isMain));
  if (typeof found === 'string') {
    return { href: pathToHref(found) + tail, path: found, builtin: undefined, format: undefined };
  }
  const href = pathToHref(path) + tail;
  if (found === 1) throw lazyErrors().unsupportedDirImport(path, parent, href);
  throw lazyErrors().moduleNotFound(path, parent, href);
}

// What the package functions found: a path, or the resolution of a built-in.
function fromTarget(found, specifier, parent, isMain) {
  if (typeof found !== 'string') return found;
  return finalizePath(found, '', specifier, parent, isMain);
}

// PACKAGE_RESOLVE, for a bare specifier. A path, or the resolution of a built-in.
function packageResolve(specifier, parent, conditions) {
  const id = builtinId(specifier);
  if (id !== undefined) return builtinResolution(id);
  const { packageName, subpath } = parsePackageName(specifier, parent);
  if (parent === undefined || !parent.startsWith('file:')) {
    throw lazyErrors().unsupportedResolveRequest(specifier, parent);
  }
  const parentPath = hrefToPath(stripTail(parent));
  const self = packageScope(parentPath, wanted(specifier, parent));
  if (self !== undefined && self.name === packageName && self.exports != null) {
    return packageExportsResolve(self, subpath, parent, conditions);
  }
  const directory = findPackageDirectory(parentPath, packageName);
  if (directory === undefined) {
    const { isAbsentBuiltin, moduleNotFound, unknownBuiltin } = lazyErrors();
    if (isAbsentBuiltin(specifier)) throw unknownBuiltin(specifier);
    throw moduleNotFound(packageName, parent, undefined, 'package');
  }
  const pkg = readPackageFile(`${directory}package.json`, wanted(specifier, parent));
  if (pkg !== undefined && pkg.exports != null) return packageExportsResolve(pkg, subpath, parent, conditions);
  if (subpath !== '.') return targetPath(directory, subpath);
  // No exports: `main`, then index, as require() would.
  const main = findFile(directory, '.js\0.json\0.node', true, true);
  const path = typeof main === 'object' && main !== null ? main[2] : main;
  if (path === undefined) {
    const { main = 'index.js' } = pkg ?? {};
    throw lazyErrors().moduleNotFound(main === '' ? directory.slice(0, -1) : directory + main, parent, undefined, 'package');
  }
  return path;
}

// Who asked for a package, as ERR_INVALID_PACKAGE_CONFIG says it.
function wanted(specifier, parent) {
  return parent === undefined ? undefined : `"${specifier}" from ${hrefToPath(stripTail(parent))}`;
}

function stripTail(href) {
  const at = href.search(/[?#]/);
  return at === -1 ? href : href.slice(0, at);
}

function parsePackageName(specifier, base) {
  const scoped = specifier[0] === '@';
  let slash = specifier.indexOf('/');
  let valid = specifier.length > 0;
  if (scoped) {
    if (slash === -1) valid = false;
    else slash = specifier.indexOf('/', slash + 1);
  }
  const packageName = slash === -1 ? specifier : specifier.slice(0, slash);
  if (!valid || packageName[0] === '.' || /[\\%]/.test(packageName)) {
    throw lazyErrors().invalidModuleSpecifier(specifier, 'is not a valid package name', base);
  }
  return { packageName, subpath: `.${slash === -1 ? '' : specifier.slice(slash)}`, scoped };
}

// Path of `./target` below `directory` (which ends with a separator). Targets are URL text, hence the escapes.
function targetPath(directory, target) {
  if (isPlain(target) && directory[0] === '/') return directory + trimDots(target);
  const URL = lazyURL();
  const url = new URL(target, require('internal/url').pathToFileURL(`${directory}package.json`));
  if (/%2f|%5c/i.test(url.pathname)) {
    throw lazyErrors().invalidModuleSpecifier(target, 'must not include encoded "/" or "\\" characters', directory);
  }
  return require('internal/url').fileURLToPath(url);
}

function trimDots(target) {
  const rest = target.slice(2);
  return rest.includes('./') || rest.includes('//') ? require('path').posix.normalize(rest) : rest;
}

// Whether `exports` is the value of its "." alone, for short.
function isMainSugar(exports, pkg, base) {
  if (typeof exports === 'string' || Array.isArray(exports)) return true;
  if (typeof exports !== 'object' || exports === null) return false;
  let sugar;
  const keys = Object.keys(exports);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const isCondition = key === '' || key[0] !== '.';
    sugar ??= isCondition;
    if (sugar !== isCondition) {
      throw lazyErrors().invalidPackageConfig(pkg.path, base,
        '"exports" cannot contain some keys starting with \'.\' and some not. The exports object must either be an ' +
        'object of package subpath keys or an object of main entry condition name keys only.');
    }
  }
  return sugar === true;
}

// PACKAGE_EXPORTS_RESOLVE: the path behind `subpath` ('.' or './x') of the package.
function packageExportsResolve(pkg, subpath, base, conditions) {
  let { exports } = pkg;
  if (isMainSugar(exports, pkg, base)) exports = { '.': exports };
  if (Object.hasOwn(exports, subpath) && !subpath.includes('*') && !subpath.endsWith('/')) {
    const found = resolveTarget(pkg, exports[subpath], '', subpath, base, false, false, conditions);
    if (found == null) throw lazyErrors().packagePathNotExported(pkg.directory, subpath, base);
    return found;
  }
  const match = bestPattern(exports, subpath);
  if (match !== undefined) {
    const found = resolveTarget(pkg, exports[match.key], match.rest, match.key, base, true, false, conditions);
    if (found == null) throw lazyErrors().packagePathNotExported(pkg.directory, subpath, base);
    return found;
  }
  throw lazyErrors().packagePathNotExported(pkg.directory, subpath, base);
}

// PACKAGE_IMPORTS_RESOLVE for `#name`.
function packageImportsResolve(name, base, conditions) {
  if (name === '#' || name.endsWith('/')) {
    throw lazyErrors().invalidModuleSpecifier(name, 'is not a valid internal imports specifier name', base);
  }
  const isFile = base !== undefined && base.startsWith('file:');
  const pkg = isFile ? packageScope(hrefToPath(stripTail(base)), base) : undefined;
  const imports = pkg?.imports;
  if (imports) {
    let found;
    if (Object.hasOwn(imports, name) && !name.includes('*')) {
      found = resolveTarget(pkg, imports[name], '', name, base, false, true, conditions);
    } else {
      const match = bestPattern(imports, name);
      if (match !== undefined) {
        found = resolveTarget(pkg, imports[match.key], match.rest, match.key, base, true, true, conditions);
      }
    }
    if (found != null) return found;
  }
  throw lazyErrors().packageImportNotDefined(name, pkg?.directory, base);
}

// The most specific key of `map` with one `*` that matches `name`, and what the star stands for.
function bestPattern(map, name) {
  let best;
  const keys = Object.keys(map);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const star = key.indexOf('*');
    if (star === -1 || key.indexOf('*', star + 1) !== -1) continue;
    const tail = key.slice(star + 1);
    if (name.length < key.length || !name.startsWith(key.slice(0, star)) || !name.endsWith(tail)) continue;
    // The longer prefix wins, then the longer key.
    if (best === undefined || star > best.star || (star === best.star && key.length > best.key.length)) {
      best = { key, star, rest: name.slice(star, name.length - tail.length) };
    }
  }
  return best;
}

// PACKAGE_TARGET_RESOLVE. undefined: no condition matched; null: excluded on purpose.
function resolveTarget(pkg, target, match, key, base, isPattern, isImport, conditions) {
  if (typeof target === 'string') {
    return resolveTargetString(pkg, target, match, key, base, isPattern, isImport, conditions);
  }
  if (Array.isArray(target)) {
    if (target.length === 0) return null;
    let failure;
    for (let i = 0; i < target.length; i++) {
      const item = target[i];
      let found;
      try {
        found = resolveTarget(pkg, item, match, key, base, isPattern, isImport, conditions);
      } catch (error) {
        if (error.code !== 'ERR_INVALID_PACKAGE_TARGET') throw error;
        failure = error;
        continue;
      }
      if (found === undefined) continue;
      if (found === null) {
        failure = null;
        continue;
      }
      return found;
    }
    if (failure == null) return failure;
    throw failure;
  }
  if (typeof target === 'object' && target !== null) {
    const names = Object.keys(target);
    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      if (String(+name >>> 0) === name && name !== '4294967295') {
        throw lazyErrors().invalidPackageConfig(pkg.path, base, '"exports" cannot contain numeric property keys.');
      }
    }
    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      if (name !== 'default' && !conditions.has(name)) continue;
      const found = resolveTarget(pkg, target[name], match, key, base, isPattern, isImport, conditions);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (target === null) return null;
  throw lazyErrors().invalidPackageTarget(pkg.directory, key, target, isImport, base);
}

function resolveTargetString(pkg, target, match, key, base, isPattern, isImport, conditions) {
  if (!target.startsWith('./')) {
    if (isImport && !target.startsWith('../') && target[0] !== '/') {
      const specifier = isPattern ? target.replaceAll('*', () => match) : target;
      if (builtinId(specifier) !== undefined || !specifier.includes(':')) {
        return packageResolve(specifier, pathToHref(pkg.path), conditions);
      }
    }
    throw lazyErrors().invalidPackageTarget(pkg.directory, key, target, isImport, base);
  }
  if (hasForbiddenSegment(target.slice(2))) {
    throw lazyErrors().invalidPackageTarget(pkg.directory, key, target, isImport, base);
  }
  if (!isPattern) return targetPath(pkg.directory, target);
  if (hasForbiddenSegment(match)) {
    const request = key.replace('*', () => match);
    throw lazyErrors().invalidModuleSpecifier(request,
      `request is not a valid match in pattern "${key}" for the "${isImport ? 'imports' : 'exports'}" resolution of ` +
      pkg.path, base);
  }
  return targetPath(pkg.directory, target.replaceAll('*', () => match));
}

// Segments that would leave the package or reach into another one, also when percent-encoded.
function hasForbiddenSegment(path) {
  if (!/\.|%|node_modules/i.test(path)) return false;
  return path.split(/[\\/]/).some((segment) => {
    if (segment === '') return false;
    const plain = segment.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
    return plain === '.' || plain === '..' || plain.toLowerCase() === 'node_modules';
  });
}

module.exports = {
  esmResolve,
  packageExportsResolve,
  packageImportsResolve,
  parsePackageName,
};
