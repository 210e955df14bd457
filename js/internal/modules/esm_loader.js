'use strict';

// ES modules: the module map, the loading of graphs, import(), import.meta, require() of ES modules.
//
// A graph is loaded synchronously, depth first as in Node: resolve, read and compile each module once, hand V8 the links,
// instantiate the root, evaluate. Only evaluation can take time (top-level await). import() therefore finds its files
// when it is called, and runs their code after the caller's.

const wrap = internalBinding('module_wrap');
const { guarded } = require('internal/realm');
const { hrefToPath, pathToHref } = require('internal/modules/paths');
const { esmResolve } = require('internal/modules/resolve');
const { hookState, start } = require('internal/modules/cjs_loader');
const { translate } = require('internal/modules/translators');
const { importedNames } = internalBinding('modules');

const INSTANTIATED = 2;
const EVALUATING = 3;

// URL (and type of import, if any) -> record.
const modules = new Map();
// Number of a module -> its record. Modules of node:vm register here too, with hooks of their own.
const byId = [];
// Who answers import() in scripts that have a symbol: symbol -> (specifier, attributes, referrer name) => promise.
const importCallbacks = new WeakMap();

let mainHref;

class ModuleRecord {
  constructor(key, href, path) {
    this.key = key;
    this.href = href;
    this.path = path;
    this.format = undefined;
    // Number at the native side; set by the translator.
    this.id = -1;
    // [number, specifier, attributes, specifier, ...]; undefined for synthetic modules.
    this.requests = undefined;
    // The text of an ES module, until it is linked.
    this.source = undefined;
    // Of a built-in: its exports (internal/modules/builtin_exports).
    this.exports = undefined;
    this.linked = false;
    this.instantiated = false;
    this.facade = undefined;
    // Of modules that hooks or node:vm made: how they fill import.meta.
    this.initializeImportMeta = undefined;
  }
}

function register(record) {
  byId[record.id] = record;
}

// The type that `with { type }` asks for, from a flat list of attributes.
function typeOf(attributes, href) {
  if (attributes === undefined) return undefined;
  let type;
  for (let i = 0; i < attributes.length; i += 2) {
    if (attributes[i] !== 'type') {
      throw require('internal/modules/errors').importAttributeUnsupported(attributes[i], attributes[i + 1], href);
    }
    type = attributes[i + 1];
  }
  return type;
}

function resolve(specifier, parent, attributes, isMain) {
  if (hookState.active) {
    const hooks = require('internal/modules/hooks');
    if (hooks.hasResolve()) return hooks.resolveForImport(specifier, parent, attributes, isMain);
  }
  return esmResolve(specifier, parent, undefined, isMain);
}

// The record of what `specifier` means to the module `parent` (a URL).
function recordOf(specifier, parent, attributes, isMain) {
  const resolution = resolve(specifier, parent, attributes, isMain);
  return recordFor(resolution, attributes, parent);
}

function recordFor(resolution, attributes, parent, source) {
  const { href } = resolution;
  if (hookState.mocks !== undefined) {
    const mock = hookState.mocks.get(href);
    if (mock !== undefined) return mockedRecord(mock, resolution);
  }
  const type = typeOf(attributes, href);
  const key = type === undefined ? href : `${type}\0${href}`;
  const known = modules.get(key);
  if (known !== undefined) return known;
  const record = new ModuleRecord(key, href, resolution.path);
  translate(record, resolution, type, attributes, source, parent);
  register(record);
  modules.set(key, record);
  return record;
}

// The module that a test put in the place of another.
function mockedRecord(mock, resolution) {
  const { builtin, href, path } = resolution;
  if (mock.record !== undefined) return mock.record;
  const key = `${href}?mock=${++mock.serial}`;
  const record = new ModuleRecord(key, key, path);
  let format = 'builtin';
  if (builtin === undefined) format = resolution.format ?? require('internal/modules/format').formatOfFile(path);
  if (format === 'detect') format = isModuleSource(path) ? 'module' : 'commonjs';
  const [names, values] = mock.exportsForImport(format !== 'module');
  record.format = 'mock';
  record.id = wrap.createSyntheticModule(key, names, () => values);
  register(record);
  if (mock.cache) mock.record = record;
  return record;
}

function isModuleSource(path) {
  const { containsModuleSyntax } = internalBinding('contextify');
  return containsModuleSyntax(internalBinding('modules').readSource(path), path);
}

// Loads all that `root` imports, directly or not, and tells V8 the links. All or nothing: after a failure the new
// records are forgotten, so that the next import tries again.
function loadGraph(root) {
  if (root.linked) return;
  root.linked = true;
  const found = [root];
  // The modules whose requests are gone through, each the first to import the next one.
  const path = [new Requests(root)];
  try {
    while (path.length > 0) {
      const current = path[path.length - 1];
      const dependency = current.next();
      if (dependency === undefined) {
        current.link();
        path.pop();
      } else if (!dependency.linked) {
        dependency.linked = true;
        found.push(dependency);
        if (dependency.requests !== undefined) path.push(new Requests(dependency));
      }
    }
  } catch (error) {
    found.forEach((record) => {
      record.linked = false;
      modules.delete(record.key);
    });
    throw error;
  }
}

// What a module asks for, while its graph is loaded.
class Requests {
  constructor(record) {
    this.record = record;
    this.at = 1;
    this.links = [];
    // Of built-ins: specifier, exports, ...
    this.builtins = undefined;
  }

  // The next module that is asked for, undefined after the last.
  next() {
    const { at, record: { href, requests } } = this;
    if (requests === undefined || at >= requests.length) return undefined;
    this.at += 2;
    const dependency = recordOf(requests[at], href, requests[at + 1]);
    this.links.push(dependency.id);
    if (dependency.exports !== undefined) (this.builtins ??= []).push(requests[at], dependency.exports);
    return dependency;
  }

  link() {
    const { builtins, links, record } = this;
    if (record.requests === undefined) return;
    wrap.link(record.id, links);
    if (builtins !== undefined) askBuiltins(record.source, builtins);
    record.source = undefined;
  }
}

// Makes those exports of built-ins be there that the module with this text names. `builtins`: specifier, exports, ...
function askBuiltins(source, builtins) {
  const specifiers = [];
  for (let i = 0; i < builtins.length; i += 2) specifiers.push(builtins[i]);
  const asked = source === undefined ? specifiers.map(() => undefined) : importedNames(source, specifiers);
  for (let i = 0; i < asked.length; i++) builtins[i * 2 + 1].want(asked[i]);
}

function instantiate(record) {
  if (record.instantiated) return;
  try {
    wrap.instantiate(record.id);
  } catch (error) {
    throw explainMissingExport(error, record);
  }
  record.instantiated = true;
}

// V8 says that a module does not provide an export; if that module is CommonJS, the name was only not detected.
function explainMissingExport(error, root) {
  const match = /^The requested module '(.*)' does not provide an export named '(.*)'$/.exec(error?.message);
  if (match === null || error.name !== 'SyntaxError') return error;
  const { 1: specifier, 2: name } = match;
  const arrow = wrap.arrowOf(error) ?? '';
  const from = /^(.*):\d+$/m.exec(arrow.split('\n', 1)[0])?.[1] ?? root.href;
  let target;
  try {
    target = modules.get(resolve(specifier, from).href);
  } catch {
    return error;
  }
  if (target === undefined || target.format !== 'commonjs') return error;
  const line = arrow.split('\n')[1] ?? '';
  const oneLine = /import\s*(\{[^}]*\})\s*from/.exec(line);
  let example = '';
  if (oneLine !== null) {
    const names = oneLine[1].replace(/\s+as\s+/g, ': ');
    example = `\n\nimport pkg from '${specifier}';\nconst ${names} = pkg;\n`;
  } else if (line !== '') {
    example = `\n\nimport pkg from '${specifier}';\n`;
  }
  error.message = `Named export '${name}' not found. The requested module '${specifier}' is a CommonJS module, ` +
    'which may not support all module.exports as named exports.\nCommonJS modules can always be imported via the ' +
    `default export, for example using:${example}`;
  const lines = error.stack.split('\n');
  const first = lines.findIndex((text) => text.startsWith('SyntaxError:'));
  if (first !== -1) {
    lines[first] = `SyntaxError: ${error.message}`;
    error.stack = lines.join('\n');
  }
  return error;
}

// A debugger that is to halt in the program's first line would halt in what gives the exports of built-ins.
function evaluateBuiltins() {
  for (const { format, id } of modules.values()) {
    if (format === 'builtin' && wrap.getStatus(id) === INSTANTIATED) wrap.evaluate(id);
  }
}

// Loads and links the graph below `record`, and evaluates it.
async function run(record) {
  loadGraph(record);
  record.exports?.want(undefined);
  instantiate(record);
  try {
    if (start.call !== undefined) {
      evaluateBuiltins();
      await start.call(wrap.evaluate, wrap, [record.id]);
    } else if (record.format === 'builtin') {
      await guarded(() => wrap.evaluate(record.id));
    } else {
      await wrap.evaluate(record.id);
    }
  } catch (error) {
    if (error?.name === 'ReferenceError') require('internal/modules/errors').explainCommonJsName(
      error, record, wrap.isGraphAsync(record.id));
    throw error;
  }
}

// import(): the promise of the namespace.
async function importModule(specifier, parent, attributes, isMain) {
  // The importing code runs on first.
  await undefined;
  // A graph that was left half linked would stay so.
  const record = guarded(() => {
    const found = recordOf(specifier, parent, attributes, isMain);
    loadGraph(found);
    instantiate(found);
    return found;
  });
  await run(record);
  return wrap.getNamespace(record.id);
}

// The entry point as a URL.
function importEntry(href) {
  mainHref = href;
  return importModule(href, href, undefined, true);
}

// The entry point: the file at `path` (a real path), whose text may have been read. `onRecord` learns which module it
// is before it runs.
async function importMain(path, source, format, onRecord) {
  mainHref = pathToHref(path);
  let record;
  if (hookState.active && source === undefined) {
    record = recordOf(mainHref, undefined, undefined, true);
    mainHref = record.href;
  } else {
    record = recordFor({ href: mainHref, path, builtin: undefined, format }, undefined, undefined, source);
  }
  onRecord(record);
  await run(record);
}

// Text given on the command line, as an ES module with a name that is no file.
async function importText(source, href, onRecord) {
  const record = new ModuleRecord(href, href, hrefToPath(href));
  record.format = 'module';
  record.requests = wrap.compileModule(href, source, undefined, 0, 0);
  record.id = record.requests[0];
  record.source = source;
  register(record);
  modules.set(href, record);
  mainHref = href;
  onRecord(record);
  await run(record);
}

// The URL that relative specifiers in a script called `name` are relative to.
function baseOf(name) {
  if (typeof name === 'string') {
    if (/^(?:file|data|node|weft|https?):/.test(name)) return name;
    const path = require('path');
    if (path.isAbsolute(name)) return pathToHref(name);
  }
  const folder = pathToHref(`${process.cwd()}/`.replace(/\/\/$/, '/'));
  return name === '[eval]' || name === '[stdin]' ? `${folder}${name}` : folder;
}

// V8 calls this for import() in scripts, functions and modules.
function importModuleDynamically(symbol, specifier, attributes, referrerName) {
  if (symbol !== undefined) {
    const callback = importCallbacks.get(symbol);
    if (callback !== undefined) return callback(specifier, attributes, referrerName);
  }
  return importFromScript(specifier, attributes, referrerName);
}

// The tracing channel of import(), once there is one.
let tracing;

function importFromScript(specifier, attributes, referrerName) {
  const parentURL = baseOf(referrerName);
  tracing ??= require('internal/realm').loaded('diagnostics_channel')?.tracingChannel('module.import');
  if (tracing?.hasSubscribers) {
    return tracing.tracePromise(importModule, { __proto__: null, parentURL, url: specifier }, undefined,
                                specifier, parentURL, attributes);
  }
  return importModule(specifier, parentURL, attributes);
}

// V8 calls this when a module uses import.meta for the first time.
function initializeImportMeta(id, meta) {
  const record = byId[id];
  if (record === undefined) return;
  if (record.initializeImportMeta !== undefined) {
    record.initializeImportMeta(meta);
    return;
  }
  const { href, path } = record;
  if (path !== undefined && href.startsWith('file:')) {
    meta.dirname = require('path').dirname(path);
    meta.filename = path;
  }
  meta.main = href === mainHref;
  meta.resolve = function resolve(specifier) {
    return importMetaResolve(`${specifier}`, href);
  };
  meta.url = href;
}

// import.meta.resolve(): also names what is not there.
function importMetaResolve(specifier, parent) {
  try {
    return resolve(specifier, parent).href;
  } catch (error) {
    if ((error?.code === 'ERR_MODULE_NOT_FOUND' || error?.code === 'ERR_UNSUPPORTED_DIR_IMPORT') && error.url) {
      return error.url;
    }
    throw error;
  }
}

// require() of the ES module `filename`, whose text has been read: its namespace.
function requireModule(filename, source, parentFilename) {
  const errors = require('internal/modules/errors');
  const href = pathToHref(filename);
  const record = modules.get(href) ??
    recordFor({ href, path: filename, builtin: undefined, format: 'module' }, undefined, undefined, source);
  loadGraph(record);
  if (wrap.getStatus(record.id) === EVALUATING) throw errors.requireCycleModule(filename, parentFilename);
  instantiate(record);
  if (wrap.isGraphAsync(record.id)) throw errors.requireAsyncModule(filename, parentFilename);
  const promise = wrap.evaluate(record.id);
  if (wrap.settledState(promise) === undefined) throw errors.requireAsyncModule(filename, parentFilename);
  return wrap.getNamespace(record.id);
}

// A namespace with everything of the module and `__esModule`, for importers that transpilers wrote.
function interopFacade(filename) {
  const original = modules.get(pathToHref(filename));
  if (original.facade === undefined) {
    const source = "export * from 'original'; export { default } from 'original'; export const __esModule = true;";
    const { 0: id } = wrap.compileModule(`${original.href}?interop`, source, undefined, 0, 0);
    wrap.link(id, [original.id, original.id]);
    wrap.instantiate(id);
    wrap.settledState(wrap.evaluate(id));
    original.facade = wrap.getNamespace(id);
    wrap.releaseModule(id);
  }
  return original.facade;
}

// Where top-level awaits keep the module from ending: texts of file, line and caret.
function stalledAwaits(record) {
  return wrap.stalledAwaits(record.id);
}

module.exports = {
  ModuleRecord,
  byId,
  importCallbacks,
  importFromScript,
  importMain,
  importMetaResolve,
  importModule,
  importModuleDynamically,
  importEntry,
  importText,
  initializeImportMeta,
  interopFacade,
  modules,
  register,
  requireModule,
  stalledAwaits,
};
