'use strict';

// package.json files as the resolvers need them. The native side reads and parses them into a cache that all threads
// of the process share; here each becomes one record per isolate, whose `exports` and `imports` are parsed when first
// asked for.

const { nearestPackage, readPackage } = internalBinding('modules');

const records = new Map();

class PackageRecord {
  // The text of exports or imports until it is wanted, then the value.
  #exports;
  #imports;
  #exportsParsed = false;
  #importsParsed = false;

  constructor(path, name, main, type, exports, imports) {
    this.path = path;
    // With its trailing separator, as messages want it.
    this.directory = path.slice(0, -'package.json'.length);
    this.name = name;
    this.main = main;
    this.type = type;
    this.#exports = exports;
    this.#imports = imports;
  }

  get exports() {
    if (!this.#exportsParsed) {
      this.#exportsParsed = true;
      if (this.#exports !== undefined) this.#exports = JSON.parse(this.#exports);
    }
    return this.#exports;
  }

  get imports() {
    if (!this.#importsParsed) {
      this.#importsParsed = true;
      if (this.#imports !== undefined) this.#imports = JSON.parse(this.#imports);
      if (typeof this.#imports !== 'object' || Array.isArray(this.#imports)) this.#imports = undefined;
    }
    return this.#imports;
  }
}

// The record of the package.json file at `path`, undefined if there is no such file.
// Throws ERR_INVALID_PACKAGE_CONFIG if it is not valid; `base` then names who wanted it.
function readPackageFile(path, base) {
  const known = records.get(path);
  if (known !== undefined) return known;
  const fields = withConfigError(readPackage, path, base);
  if (fields === undefined) return undefined;
  const record = new PackageRecord(path, fields[0], fields[1], fields[2], fields[3], fields[4]);
  records.set(path, record);
  return record;
}

// What Module._readPackage() tells of the file at `path`, whether or not it is there.
function packageFacts(path) {
  const record = readPackageFile(path);
  const facts = { __proto__: null };
  if (record === undefined) return Object.assign(facts, { type: 'none', exists: false, pjsonPath: path });
  for (const name of ['name', 'main', 'type', 'exports', 'imports']) {
    if ((name !== 'name' && name !== 'main') || record[name] !== undefined) facts[name] = record[name];
  }
  facts.exists = true;
  facts.pjsonPath = path;
  return facts;
}

// The record of the package that the file at `path` belongs to: of the nearest package.json above it.
function packageScope(path, base) {
  const found = withConfigError(nearestPackage, path, base);
  return found === undefined ? undefined : readPackageFile(found, base);
}

// 'module', 'commonjs' or 'none' for the file at `path`.
function packageType(path) {
  const found = packageScope(path);
  return found === undefined ? 'none' : found.type;
}

// The native side answers null for a file that is no valid package.json; JSON.parse words the reason.
function withConfigError(read, path, base) {
  const found = read(path);
  if (found !== null) return found;
  const { invalidPackage, readSource } = internalBinding('modules');
  const file = invalidPackage(path);
  let message;
  try {
    JSON.parse(readSource(file));
  } catch (error) {
    ({ message } = error);
  }
  throw require('internal/modules/errors').invalidPackageConfig(file, base, message);
}

// module.findPackageJSON(): for a bare specifier the root of that package, else the nearest above the place.
function findPackageJSON(specifier, base = 'data:') {
  const { validateString } = require('internal/validators');
  const { hrefToPath } = require('internal/modules/paths');
  const path = require('path');
  if (arguments.length === 0) {
    const { codes: { ERR_MISSING_ARGS } } = require('internal/errors');
    throw new ERR_MISSING_ARGS('specifier');
  }
  const { isURL } = require('internal/modules/helpers');
  const { moduleNotFound, unsupportedResolveRequest } = require('internal/modules/errors');
  if (isURL(specifier)) specifier = specifier.href;
  validateString(specifier, 'specifier');
  if (isURL(base)) base = base.href;
  validateString(base, 'base');
  const asPath = (place) => (place.startsWith('file:') ? hrefToPath(place) : place);
  const above = (place) => {
    const kind = internalBinding('modules').internalModuleStat(place);
    if (kind < 0) throw moduleNotFound(place, base);
    // A directory counts as itself, not as an entry of the one above.
    return nearestPackage(kind === 1 ? path.join(place, 'x') : place);
  };
  if (specifier.startsWith('file:')) return above(asPath(specifier));
  const from = asPath(base);
  const hasPlace = path.isAbsolute(from);
  if (path.isAbsolute(specifier) || /^\.\.?(?:[\\/]|$)/.test(specifier)) {
    if (!hasPlace) throw unsupportedResolveRequest(specifier, base);
    return above(path.resolve(path.dirname(from), specifier));
  }
  if (!hasPlace) {
    const { codes: { ERR_INVALID_URL } } = require('internal/errors');
    throw new ERR_INVALID_URL(base);
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(specifier)) {
    const { codes: { ERR_INVALID_URL_SCHEME } } = require('internal/errors');
    throw new ERR_INVALID_URL_SCHEME('file');
  }
  const { parsePackageName } = require('internal/modules/resolve');
  const { packageName } = parsePackageName(specifier, base);
  const self = packageScope(from);
  if (self !== undefined && self.name === packageName && self.exports != null) return self.path;
  for (const modules of require('internal/modules/cjs_resolve').nodeModulePaths(/[\\/]$/.test(from) ? from : path.dirname(from))) {
    const candidate = path.join(modules, packageName, 'package.json');
    if (readPackageFile(candidate) !== undefined) return candidate;
  }
  throw moduleNotFound(packageName, base, undefined, 'package');
}

module.exports = { findPackageJSON, packageFacts, packageScope, packageType, readPackageFile };
