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
  }

  deregister() {
    const at = registered.indexOf(this.#entry);
    if (at !== -1) registered.splice(at, 1);
    hookState.active = registered.length > 0 || hasThread;
  }
}

function registerHooks(hooks) {
  const { validateFunction, validateObject } = require('internal/validators');
  validateObject(hooks, 'hooks');
  const { resolve, load } = hooks;
  if (resolve !== undefined) validateFunction(resolve, 'hooks.resolve');
  if (load !== undefined) validateFunction(load, 'hooks.load');
  const entry = { resolve, load };
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

// Runs the chain of `kind` from its last member; `last(specifier or url, context)` is the loader's own step.
function runChain(kind, subject, context, last) {
  const chain = registered.filter((entry) => entry[kind] !== undefined);
  const step = (index, current, currentContext) => {
    if (index < 0) return last(current, currentContext);
    let passedOn = false;
    const next = (nextSubject = current, nextContext) => {
      passedOn = true;
      return step(index - 1, `${nextSubject}`, { ...currentContext, ...nextContext });
    };
    const result = chain[index][kind](current, currentContext, next);
    if (typeof result !== 'object' || result === null) throw invalidReturn(kind, undefined, result);
    if (!passedOn && result.shortCircuit !== true) {
      throw incompleteChain(kind);
    }
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
  const result = runChain('resolve', specifier, context, last);
  if (typeof result.url !== 'string') throw invalidReturn('resolve', 'url', result.url);
  return fromUrl(result.url, result.format ?? undefined);
}

// The loader's own last step of resolving.
function defaultResolve(specifier, { conditions, parentURL }, isMain) {
  const { esmResolve } = require('internal/modules/resolve');
  const found = esmResolve(specifier, parentURL, new Set(conditions), isMain);
  return { url: found.href, format: formatHint(found), shortCircuit: true };
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

// { format, source } of a URL for import.
function loadForImport(href, resolution, attributes) {
  const context = {
    conditions: [...importConditions()],
    importAttributes: namedAttributes(attributes),
    format: resolution.builtin !== undefined ? 'builtin' : resolution.format ?? formatHint(resolution),
  };
  const last = hasThread ?
    (url, next) => require('internal/modules/async_hooks_client').ask('load', [url, next]) : defaultLoad;
  const result = runChain('load', href, context, last);
  if (typeof result.format !== 'string') {
    return { format: 'detect', source: result.source };
  }
  return result;
}

// The loader's own last step: reads the file.
function defaultLoad(href, context) {
  const { builtin, path } = fromUrl(href);
  if (builtin !== undefined) return { format: 'builtin', source: null, shortCircuit: true };
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
    const file = last(current.startsWith('file:') ? hrefToPath(current) : current);
    return { url: pathToHref(file), format: undefined, shortCircuit: true };
  });
  if (typeof result.url !== 'string') throw invalidReturn('resolve', 'url', result.url);
  const { builtin, path } = fromUrl(result.url);
  return builtin ?? path ?? result.url;
}

// Loads the CommonJS module `mod` through the hooks; false if none concerns loading.
function loadCommonJS(mod, filename) {
  if (!hasLoad()) return false;
  const extension = require('path').extname(filename);
  const known = { '.json': 'json', '.node': 'addon' }[extension] ?? formatOf(filename, extension);
  const href = require('path').isAbsolute(filename) ? pathToHref(filename) : filename;
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
  } else if (format === 'commonjs-typescript' || format === 'module-typescript') {
    const { stripTypes } = require('internal/modules/typescript');
    mod._compile(stripTypes(source, filename), filename, format.slice(0, -'-typescript'.length));
  } else {
    mod._compile(source, filename, format === 'commonjs' || format === 'module' ? format : undefined);
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
  loadCommonJS,
  loadForImport,
  register,
  registerHooks,
  resolveForImport,
  resolveForRequire,
};
