'use strict';

// Customization hooks: module.registerHooks(), synchronous and in this thread, for import and require alike; and
// module.register(), whose hooks run in a thread of their own, for import: they come after those of this thread.
//
// Hooks form chains: the one registered last is asked first, and passes on with next().

const { hookState, formatOf } = require('internal/modules/cjs_loader');
const { hrefToPath, pathToHref } = require('internal/modules/paths');
const { importConditions, requireConditions } = require('internal/modules/helpers');

const registered = [];
// Whether module.register() was called, and so there is a thread to ask.
let hasThread = false;

class ModuleHooks {
  #entry;

  constructor(entry) {
    this.#entry = entry;
    this.resolve = entry.resolve;
    this.load = entry.load;
  }

  deregister() {
    const at = registered.indexOf(this.#entry);
    if (at !== -1) registered.splice(at, 1);
    hookState.active = registered.length > 0 || hasThread;
  }

  [Symbol.dispose]() {
    this.deregister();
  }
}

function registerHooks(hooks) {
  const { validateFunction } = require('internal/validators');
  const { resolve, load } = hooks;
  if (resolve) validateFunction(resolve, 'hooks.resolve');
  if (load) validateFunction(load, 'hooks.load');
  const entry = { resolve: resolve ?? undefined, load: load ?? undefined };
  registered.push(entry);
  hookState.active = true;
  return new ModuleHooks(entry);
}

function hasResolve() {
  return hasThread || registered.some((entry) => entry.resolve !== undefined);
}

function hasLoad() {
  return hasThread || registered.some((entry) => entry.load !== undefined);
}

function invalidReturn(hook, property, value) {
  const { codes: { ERR_INVALID_RETURN_PROPERTY_VALUE, ERR_INVALID_RETURN_VALUE } } = require('internal/errors');
  if (property === undefined) return new ERR_INVALID_RETURN_VALUE('an object', `${hook} hook's nextResolve()`, value);
  return new ERR_INVALID_RETURN_PROPERTY_VALUE('string', `${hook} hook's nextResolve()`, property, value);
}

function incompleteChain(kind) {
  const { coded } = require('internal/modules/errors');
  return coded(Error, 'ERR_LOADER_CHAIN_INCOMPLETE',
    `"${kind}" did not call the next hook in its chain and did not explicitly signal a short circuit. If this is ` +
    'intentional, include `shortCircuit: true` in the hook\'s return.');
}

function notTheProperty(expected, kind, property, value) {
  const { codes: { ERR_INVALID_RETURN_PROPERTY_VALUE } } = require('internal/errors');
  return new ERR_INVALID_RETURN_PROPERTY_VALUE(expected, kind, property, value);
}

// What a hook of this thread gave, `passedOn` if it asked the next one.
function checkResult(kind, result, passedOn, forImport) {
  if (!passedOn && result?.shortCircuit !== true) {
    throw notTheProperty('true', kind, 'shortCircuit', result?.shortCircuit);
  }
  if (typeof result !== 'object' || result === null) throw invalidReturn(kind, undefined, result);
  if (kind === 'resolve') {
    if (typeof result.url !== 'string') throw notTheProperty('a URL string', kind, 'url', result.url);
    return;
  }
  const { format, source } = result;
  if (typeof source === 'string') return;
  const { isAnyArrayBuffer, isArrayBufferView } = require('internal/util/types');
  if (isAnyArrayBuffer(source) || isArrayBufferView(source)) return;
  // Built-ins and addons have no text; that of a CommonJS module is read where it is missing, for imports.
  const needsNone = format === 'builtin' || format === 'addon' || (format === 'commonjs' && forImport);
  if (needsNone && (source === undefined || source === null)) return;
  throw notTheProperty('a string, an ArrayBuffer, or a TypedArray', kind, 'source', source);
}

// Runs the chain of `kind` from its last member; `last(specifier or url, context)` is the loader's own step.
function runChain(kind, subject, context, last, forImport = false) {
  const chain = registered.filter((entry) => entry[kind] !== undefined);
  const step = (index, current, currentContext) => {
    if (index < 0) return last(current, currentContext);
    let passedOn = false;
    const next = (nextSubject = current, nextContext) => {
      passedOn = true;
      return step(index - 1, `${nextSubject}`, { ...currentContext, ...nextContext });
    };
    const result = chain[index][kind](current, currentContext, next);
    checkResult(kind, result, passedOn, forImport);
    return result;
  };
  return step(chain.length - 1, subject, context);
}

function namedAttributes(attributes) {
  const named = { __proto__: null };
  for (let i = 0; attributes !== undefined && i < attributes.length; i += 2) named[attributes[i]] = attributes[i + 1];
  return named;
}

// A resolution (see internal/modules/resolve) for an import.
function resolveForImport(specifier, parent, attributes, isMain) {
  const context = {
    conditions: [...importConditions()],
    importAttributes: namedAttributes(attributes),
    parentURL: parent,
  };
  const last = hasThread ?
    (current, next) => require('internal/modules/async_hooks_client').ask('resolve', [current, next]) :
    (current, next) => defaultResolve(current, next, isMain);
  const result = runChain('resolve', specifier, context, last, true);
  if (typeof result.url !== 'string') throw invalidReturn('resolve', 'url', result.url);
  const { URL } = require('web/url');
  // Throws for what is no URL.
  return fromUrl(new URL(result.url).href, result.format ?? undefined);
}

// The loader's own last step of resolving.
function defaultResolve(specifier, { conditions, parentURL }, isMain) {
  const { esmResolve } = require('internal/modules/resolve');
  // A built-in that is not there may still be what a load hook makes.
  if (isAbsentName(specifier)) return { url: specifier, format: 'builtin', shortCircuit: true };
  const found = esmResolve(specifier, parentURL, new Set(conditions), isMain);
  return { url: found.href, format: formatHint(found), shortCircuit: true };
}

function isAbsentName(specifier) {
  return specifier.startsWith('node:') && require('internal/modules/helpers').builtinId(specifier) === undefined;
}

// What the file's name and package say of the format, without reading it.
function formatHint({ builtin, href, path }) {
  if (builtin !== undefined) return 'builtin';
  if (path === undefined) return href.startsWith('data:') ? undefined : null;
  try {
    const format = require('internal/modules/format').formatOfFile(path);
    return format.startsWith('detect') ? undefined : format;
  } catch {
    return undefined;
  }
}

function fromUrl(href, format) {
  const { builtinId } = require('internal/modules/helpers');
  const builtin = /^(?:node|weft):/.test(href) ? builtinId(href) : undefined;
  const path = href.startsWith('file:') ? hrefToPath(href.replace(/[?#].*$/s, '')) : undefined;
  return { href, path, builtin, format: format === 'builtin' ? undefined : format };
}

// { format, source, isMade } of a URL for import.
function loadForImport(href, resolution, attributes) {
  const context = {
    conditions: [...importConditions()],
    importAttributes: namedAttributes(attributes),
    format: resolution.builtin !== undefined ? 'builtin' : resolution.format ?? formatHint(resolution),
  };
  const last = hasThread ?
    (url, next) => require('internal/modules/async_hooks_client').ask('load', [url, next]) : defaultLoad;
  let reachedLast = false;
  const result = runChain('load', href, context, (url, next) => {
    reachedLast = true;
    return last(url, next);
  }, true);
  // What a hook makes by itself needs no import attribute.
  const isMade = !reachedLast;
  return { format: typeof result.format === 'string' ? result.format : 'detect', source: result.source, isMade };
}

// The loader's own last step: reads the file.
function defaultLoad(href, context) {
  const { builtin, path } = fromUrl(href);
  if (builtin !== undefined || href.startsWith('node:')) return { format: 'builtin', source: null, shortCircuit: true };
  const formats = require('internal/modules/format');
  let { format } = context;
  let source;
  if (path !== undefined) {
    format ??= formats.formatOfFile(path);
    const { Buffer } = require('buffer');
    source = Buffer.from(internalBinding('modules').readSource(path));
  } else if (href.startsWith('data:')) {
    format ??= formats.formatOfDataUrl(href);
    source = formats.contentOfDataUrl(href);
  } else {
    throw require('internal/modules/errors').unsupportedScheme(`${href.split(':', 1)[0]}:`);
  }
  return { format: format.startsWith('detect') ? undefined : format, source, shortCircuit: true };
}

// require(): what `request` of `parent` means to the hooks: a file name, a built-in's id, or a URL.
function resolveForRequire(request, parent, last) {
  const context = {
    conditions: [...requireConditions()],
    importAttributes: { __proto__: null },
    parentURL: parent?.filename ? pathToHref(parent.filename) : undefined,
  };
  const result = runChain('resolve', request, context, (current) => {
    const { builtinHref, builtinId } = require('internal/modules/helpers');
    const id = builtinId(current);
    if (id !== undefined) return { url: builtinHref(id), format: 'builtin', shortCircuit: true };
    if (current.startsWith('node:')) return { url: current, format: 'builtin', shortCircuit: true };
    const file = last(current.startsWith('file:') ? hrefToPath(current) : current);
    return { url: pathToHref(file), format: undefined, shortCircuit: true };
  });
  if (typeof result.url !== 'string') throw invalidReturn('resolve', 'url', result.url);
  const { builtin, path } = fromUrl(result.url);
  return builtin ?? path ?? result.url;
}

// Whether the hooks that load leave the built-in `id` what it is.
function keepsBuiltin(id) {
  if (!hasLoad()) return true;
  const { builtinHref, builtinId } = require('internal/modules/helpers');
  const context = { conditions: [...requireConditions()], importAttributes: { __proto__: null }, format: 'builtin' };
  const href = builtinId(id) === undefined ? id : builtinHref(builtinId(id));
  const { format } = runChain('load', href, context, defaultLoad);
  return format === undefined || format === null || format === 'builtin';
}

// What a module's _compile() takes.
const compiledFormats = new Set(['commonjs', 'commonjs-typescript', 'module', 'module-typescript']);

// Loads the CommonJS module `mod` through the hooks; false if none concerns loading.
function loadCommonJS(mod, filename) {
  if (!hasLoad()) return false;
  const extension = require('path').extname(filename);
  const known = { '.json': 'json', '.node': 'addon' }[extension] ?? formatOf(filename, extension);
  const { builtinHref, builtinId } = require('internal/modules/helpers');
  const builtin = builtinId(filename);
  let href = filename;
  if (builtin !== undefined) href = builtinHref(builtin);
  else if (require('path').isAbsolute(filename)) href = pathToHref(filename);
  const context = { conditions: [...requireConditions()], importAttributes: { __proto__: null }, format: known };
  let untouched = false;
  const result = runChain('load', href, context, (url, nextContext) => {
    untouched = true;
    return defaultLoad(url, nextContext);
  });
  if (untouched && result.source === undefined) return false;
  const source = typeof result.source === 'string' ? result.source :
    require('buffer').Buffer.from(result.source ?? '').toString();
  const format = result.format ?? known;
  if (format === 'json') {
    mod.exports = JSON.parse(source);
  } else if (format === 'builtin') {
    mod.exports = require('internal/modules/helpers').loadBuiltin(filename);
  } else {
    mod._compile(source, filename, compiledFormats.has(format) ? format : undefined);
  }
  return true;
}

// module.register(): loads the module `specifier` in the thread of asynchronous hooks.
function register(specifier, parentURL = undefined, options = undefined) {
  const { validateString } = require('internal/validators');
  const { isURL } = require('internal/modules/helpers');
  if (isURL(specifier)) specifier = specifier.href;
  else specifier = `${specifier}`;
  if (parentURL !== null && typeof parentURL === 'object' && !isURL(parentURL)) {
    options = parentURL;
    ({ parentURL } = options);
  }
  if (isURL(parentURL)) parentURL = parentURL.href;
  parentURL ??= 'data:';
  validateString(parentURL, 'parentURL');
  require('internal/modules/async_hooks_client').ask('register', [specifier, parentURL, options?.data],
                                                     options?.transferList);
  hasThread = true;
  hookState.active = true;
}

module.exports = {
  defaultLoad,
  defaultResolve,
  hasLoad,
  hasResolve,
  incompleteChain,
  invalidReturn,
  keepsBuiltin,
  loadCommonJS,
  loadForImport,
  register,
  registerHooks,
  resolveForImport,
  resolveForRequire,
};
