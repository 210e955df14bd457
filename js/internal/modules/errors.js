'use strict';

// Errors of the two module systems, in Node's classes, codes and wording. They are built here rather than in
// internal/errors because nearly all carry extra properties, and because a process that never fails to load a module
// need not make a class for each.

function coded(Base, code, message) {
  const { hideFrames, makeNodeError } = require('internal/errors');
  return hideFrames(makeNodeError(Base, code, message), coded);
}

function importedFrom(base) {
  return base ? ` imported from ${base}` : '';
}

// A URL or path as messages show it: files by path.
function shown(base) {
  if (typeof base !== 'string' || !base.startsWith('file://')) return base;
  return require('internal/modules/paths').hrefToPath(base);
}

function moduleNotFound(path, base, url, type = 'module') {
  const error = coded(Error, 'ERR_MODULE_NOT_FOUND', `Cannot find ${type} '${path}' imported from ${shown(base)}`);
  if (url !== undefined) error.url = url;
  return error;
}

function unsupportedDirImport(path, base, url) {
  const error = coded(Error, 'ERR_UNSUPPORTED_DIR_IMPORT',
    `Directory import '${path}' is not supported resolving ES modules imported from ${shown(base)}`);
  error.url = url;
  return error;
}

function packagePathNotExported(packageDir, subpath, base) {
  const where = `${packageDir}package.json${importedFrom(shown(base))}`;
  return coded(Error, 'ERR_PACKAGE_PATH_NOT_EXPORTED', subpath === '.' ?
    `No "exports" main defined in ${where}` :
    `Package subpath '${subpath}' is not defined by "exports" in ${where}`);
}

function packageImportNotDefined(specifier, packageDir, base) {
  const where = packageDir ? ` in package ${packageDir}package.json` : '';
  return coded(TypeError, 'ERR_PACKAGE_IMPORT_NOT_DEFINED',
    `Package import specifier "${specifier}" is not defined${where} imported from ${shown(base)}`);
}

function invalidPackageTarget(packageDir, key, target, isImport, base) {
  const relative = typeof target === 'string' && !isImport && target.length > 0 && !target.startsWith('./');
  const tail = `${importedFrom(shown(base))}${relative ? '; targets must start with "./"' : ''}`;
  const text = JSON.stringify(target);
  return coded(Error, 'ERR_INVALID_PACKAGE_TARGET', key === '.' && !isImport ?
    `Invalid "exports" main target ${text} defined in the package config ${packageDir}package.json${tail}` :
    `Invalid "${isImport ? 'imports' : 'exports'}" target ${text} defined for '${key}' in the package config ` +
      `${packageDir}package.json${tail}`);
}

function invalidModuleSpecifier(request, reason, base) {
  return coded(TypeError, 'ERR_INVALID_MODULE_SPECIFIER',
    `Invalid module "${request}" ${reason}${importedFrom(shown(base))}`);
}

function invalidPackageConfig(path, base, message) {
  return coded(Error, 'ERR_INVALID_PACKAGE_CONFIG',
    `Invalid package config ${path}${base ? ` while importing ${base}` : ''}${message ? `. ${message}` : ''}`);
}

function unsupportedResolveRequest(specifier, base) {
  return coded(TypeError, 'ERR_UNSUPPORTED_RESOLVE_REQUEST',
    `Failed to resolve module specifier "${specifier}" from "${base}": ` +
    'Invalid relative URL or base scheme is not hierarchical.');
}

function unsupportedScheme(protocol) {
  return coded(Error, 'ERR_UNSUPPORTED_ESM_URL_SCHEME',
    'Only URLs with a scheme in: file and data are supported by the default ESM loader. ' +
    `Received protocol '${protocol}'`);
}

function unknownFileExtension(extension, path) {
  return coded(TypeError, 'ERR_UNKNOWN_FILE_EXTENSION', `Unknown file extension "${extension}" for ${path}`);
}

function unknownModuleFormat(format, url) {
  return coded(RangeError, 'ERR_UNKNOWN_MODULE_FORMAT', `Unknown module format: ${format} for URL ${url}`);
}

// Node's modules that are not here: asked for without a scheme, and with no package of that name about, they are no
// missing packages.
const ABSENT = /^(?:_http_common|_tls_[a-z]+|wasi|trace_events)$/;

function isAbsentBuiltin(specifier) {
  return ABSENT.test(specifier);
}

function unknownBuiltin(id) {
  return coded(Error, 'ERR_UNKNOWN_BUILTIN_MODULE', `No such built-in module: ${id}`);
}

function importAttributeMissing(url, key, value) {
  return coded(TypeError, 'ERR_IMPORT_ATTRIBUTE_MISSING',
    `Module "${url}" needs an import attribute of "${key}: ${value}"`);
}

function importAttributeIncompatible(url, type) {
  return coded(TypeError, 'ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE', `Module "${url}" is not of type "${type}"`);
}

function importAttributeUnsupported(key, value, url) {
  return coded(TypeError, 'ERR_IMPORT_ATTRIBUTE_UNSUPPORTED',
    `Import attribute "${key}" with value "${value}" is not supported${url ? ` in ${url}` : ''}`);
}

function requireESM(filename, parentFilename) {
  return coded(Error, 'ERR_REQUIRE_ESM',
    `require() of ES Module ${filename}${parentFilename ? ` from ${parentFilename}` : ''} not supported.\nInstead ` +
    `change the require of ${require('path').basename(filename)} in ${parentFilename ?? 'null'} to a dynamic ` +
    'import() which is available in all CommonJS modules.');
}

function requireAsyncModule(filename, parentFilename) {
  let message = 'require() cannot be used on an ESM graph with top-level await. Use import() instead. ' +
    'To see where the top-level await comes from, use --experimental-print-required-tla.';
  if (filename) message += `\nRequired module: ${filename}`;
  if (parentFilename) message += `\nRequire stack:\n- ${parentFilename}`;
  return coded(Error, 'ERR_REQUIRE_ASYNC_MODULE', message);
}

function requireCycleModule(filename, parentFilename) {
  let message = `Cannot require() ES Module ${filename} in a cycle.`;
  if (parentFilename) message += ` (from ${parentFilename})`;
  message += ' A cycle involving require(esm) is not allowed to maintain invariants mandated by the ECMAScript ' +
    'specification. Try making at least part of the dependency in the graph lazily loaded.';
  return coded(Error, 'ERR_REQUIRE_CYCLE_MODULE', message);
}

function commonJsNotFound(message, requireStack) {
  if (requireStack.length > 0) message += `\nRequire stack:\n- ${requireStack.join('\n- ')}`;
  const error = new Error(message);
  Error.captureStackTrace(error, commonJsNotFound);
  error.code = 'MODULE_NOT_FOUND';
  error.requireStack = requireStack;
  return error;
}

// Gives `error` another message, in its stack too.
function rewordMessage(error, message) {
  const { message: old, stack } = error;
  error.message = message;
  if (typeof stack === 'string' && typeof old === 'string') {
    const at = stack.indexOf(old);
    if (at !== -1) error.stack = stack.slice(0, at) + message + stack.slice(at + old.length);
  }
}

// A file that does not compile and is not UTF-8 either: most likely it is no text at all, or of another encoding.
function noteEncoding(error, source, path) {
  if (path === undefined || typeof source !== 'string' || !source.includes('\uFFFD')) return;
  let offset;
  try {
    offset = internalBinding('modules').invalidUtf8At(path);
  } catch {
    return;
  }
  if (offset < 0) return;
  rewordMessage(error, `${error.message} (the file is not valid UTF-8: see the byte at offset ${offset})`);
}

// The program's entry was to be CommonJS and is no valid script, but would be a valid ES module.
function warnOfModuleSyntax(error, content, filename) {
  if (Object.getPrototypeOf(error) !== SyntaxError.prototype) return;
  if (!internalBinding('contextify').containsModuleSyntax(content, filename)) return;
  require('internal/process/warning').emitWarningNow(`Failed to load the ES module: ${filename}. Make sure to set ` +
    '"type": "module" in the nearest package.json file or use the .mjs extension.');
}

const commonJsNames = new Set(['require', 'module', 'exports', '__filename', '__dirname']);

// An ES module used a name that only CommonJS has.
function explainCommonJsName(error, { href, path }, isAsync) {
  const match = /^(\w+) is not defined$/.exec(error?.message);
  if (match === null || error.name !== 'ReferenceError' || !commonJsNames.has(match[1])) return;
  let message = `${error.message} in ES module scope`;
  const isDetected = path !== undefined && path.endsWith('.js') && !href.includes('?') &&
    require('internal/modules/package_json').packageType(path) === 'none';
  if (isDetected && match[1] === 'require' && isAsync) {
    // Each of the two was reason enough to take the file for the one or the other.
    message = "Cannot determine intended module format because both 'require' and top-level await are present. If " +
      'the code is intended to be CommonJS, wrap await in an async function. If the code is intended to be an ES ' +
      'module, replace require() with import.';
    error.code = 'ERR_AMBIGUOUS_MODULE_SYNTAX';
  } else if (match[1] === 'require') message += ', you can use import instead';
  if (path !== undefined && path.endsWith('.js') && !href.includes('?')) {
    const scope = require('internal/modules/package_json').packageScope(path);
    if (scope?.type === 'module') {
      message += "\nThis file is being treated as an ES module because it has a '.js' file extension and " +
        `'${scope.path}' contains "type": "module". To treat it as a CommonJS script, rename it to use the '.cjs' ` +
        'file extension.';
    }
  }
  // A new stack no longer tells V8 where the error came from.
  internalBinding('module_wrap').keepPlace(error);
  rewordMessage(error, message);
}

module.exports = {
  isAbsentBuiltin,
  coded,
  commonJsNotFound,
  importAttributeIncompatible,
  importAttributeMissing,
  importAttributeUnsupported,
  invalidModuleSpecifier,
  invalidPackageConfig,
  invalidPackageTarget,
  explainCommonJsName,
  moduleNotFound,
  noteEncoding,
  packageImportNotDefined,
  packagePathNotExported,
  requireAsyncModule,
  requireCycleModule,
  requireESM,
  rewordMessage,
  shown,
  unknownBuiltin,
  unknownFileExtension,
  unknownModuleFormat,
  unsupportedDirImport,
  unsupportedResolveRequest,
  unsupportedScheme,
  warnOfModuleSyntax,
};
