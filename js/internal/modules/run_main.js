'use strict';

// The entry point of the program: a file, text from the command line or standard input, and what is preloaded
// before it.

const path = require('path');
const { extensionOf, pathToHref } = require('internal/modules/paths');
const { Module, start } = require('internal/modules/cjs_loader');
const { atNaturalEnd } = require('internal/process/execution');

// Node's exit code for an entry module whose top-level await never ended.
const UNSETTLED_TOP_LEVEL_AWAIT = 13;

function getOption(name) {
  return require('internal/options').getOptionValue(name);
}

// Runs the file `main` as the program.
function runMain(main = process.argv[1]) {
  const absolute = path.resolve(main);
  Module._initPaths();
  const file = Module._findPath(absolute, null, true);
  if (file && isModuleFile(file)) {
    runModule((loader, onRecord) => loader.importMain(file, undefined, undefined, onRecord));
    return;
  }
  // Not found: this throws MODULE_NOT_FOUND.
  Module._load(absolute, null, true);
}

// Whether the file is known to be an ES module without reading it.
function isModuleFile(file) {
  switch (extensionOf(file)) {
    case '.mjs':
    case '.mts':
    case '.wasm':
      return true;
    case '.js':
    case '.ts':
    case '':
      return require('internal/modules/package_json').packageType(file) === 'module';
    default:
      return false;
  }
}

// The entry point was taken for CommonJS, but has the syntax of an ES module.
function runDetectedModule(filename, source, mod) {
  delete Module._cache[filename];
  process.mainModule = undefined;
  mod.loaded = true;
  const { warnTypeless } = require('internal/modules/format');
  const { packageType } = require('internal/modules/package_json');
  const href = pathToHref(filename);
  if (/\.(?:js|ts)$/.test(filename) && packageType(filename) === 'none') warnTypeless(href, filename);
  runModule((loader, onRecord) => loader.importMain(filename, source, 'module', onRecord));
}

// Runs an entry module; should it still wait at the end of the process, says so with exit code 13.
function runModule(start) {
  const loader = require('internal/modules/esm_loader');
  let record;
  const warn = () => {
    process.exitCode ??= UNSETTLED_TOP_LEVEL_AWAIT;
    if (process.exitCode !== UNSETTLED_TOP_LEVEL_AWAIT || record === undefined) return;
    for (const place of loader.stalledAwaits(record)) {
      internalBinding('process').printError(`Warning: Detected unsettled top-level await at ${place}\n\n`);
    }
  };
  atNaturalEnd.add(warn);
  (async () => {
    try {
      await start(loader, (made) => { record = made; });
    } catch (error) {
      // What the program itself throws: no promise of its own that somebody could still handle.
      internalBinding('process').triggerUncaught(error, true);
    } finally {
      atNaturalEnd.delete(warn);
    }
  })();
}

// process.argv[1] for the script as the command line names it.
function entryPath(script) {
  return path.resolve(script);
}

// Loads what -r and --import name, in that order, then calls `run`.
function runWithPreloads(requires, imports, run) {
  if (requires.length > 0) {
    Module._initPaths();
    Module._preloadModules(requires);
  }
  if (imports.length === 0) {
    run();
    return;
  }
  runModule(async (loader) => {
    const base = pathToHref(path.join(process.cwd(), path.sep));
    for (const specifier of imports) await loader.importModule(specifier, base);
    // What the program throws must not look like a rejection of its preloads.
    process.nextTick(run);
  });
}

// The module of code that is in no file.
function evalContext(name) {
  const mod = new Module(name);
  let directory;
  try {
    directory = process.cwd();
  } catch {
    // It was removed; code that needs no files runs nevertheless.
    directory = path.sep;
  }
  mod.filename = path.join(directory, name);
  mod.paths = Module._nodeModulePaths(directory);
  return mod;
}

// Code on the command line finds the built-ins under their names, without require(). `target` is the global object; the
// startup snapshot has this function compiled by a call with another (js/bootstrap/snapshot.js).
function exposeBuiltins(target) {
  // None of those that need a flag has a name that could be a global's.
  const { allBuiltins } = require('internal/realm');
  allBuiltins().forEach((id) => {
    if (/[:/]|^(?:_|console$|process$)/.test(id)) return;
    const define = (value) => {
      Object.defineProperty(target, id, { configurable: true, enumerable: false, writable: true, value });
    };
    // Some are globals otherwise whose value is made when anything is done to them but this.
    delete target[id];
    Object.defineProperty(target, id, {
      configurable: true,
      enumerable: false,
      get() {
        const value = require('internal/modules/helpers').loadBuiltin(id);
        define(value);
        return value;
      },
      set: define,
    });
  });
}

// Source on the command line may be TypeScript; that shows when it is no JavaScript.
function compileText(source, name, compile) {
  try {
    return compile(source);
  } catch (error) {
    if (error?.name !== 'SyntaxError') throw error;
    let stripped;
    try {
      stripped = require('internal/modules/typescript').stripTypes(source, name);
    } catch {
      throw error;
    }
    if (stripped === source) throw error;
    return compile(stripped);
  }
}

// -e and -p: `source` as a script whose variables are global; or as an ES module, if --input-type or its syntax says
// so. Options: print, inputType, name ('[eval]', '[stdin]' or '[worker eval]').
function evalScript(source, options = {}) {
  const { print = false, name = '[eval]' } = options;
  let { inputType } = options;
  Module._initPaths();
  if (inputType?.endsWith('-typescript')) {
    source = require('internal/modules/typescript').stripTypes(source, name);
    inputType = inputType.slice(0, -'-typescript'.length);
  }
  if (inputType === 'module') {
    evalModule(source, options);
    return;
  }
  if (inputType === undefined &&
      internalBinding('contextify').containsModuleSyntax(source, name)) {
    evalModule(source, options);
    return;
  }
  const mod = evalContext(name);
  const { makeRequireFunction } = require('internal/modules/helpers');
  // First, since the module's own variables hide one of them. Not in a Worker, whose code is a program like any other.
  if (!options.worker && !options.repl) exposeBuiltins(globalThis);
  // The REPL has a module of its own.
  if (!options.repl) {
    globalThis.module = mod;
    globalThis.exports = mod.exports;
    globalThis.__filename = name;
    globalThis.__dirname = '.';
    globalThis.require = makeRequireFunction(mod);
  }
  const vm = require('vm');
  const script = compileText(source, name, (text) => new vm.Script(text, {
    filename: name,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }));
  if (start.call !== undefined) start.haltInScript();
  const result = script.runInThisContext({ displayErrors: true });
  if (print) require('console').log(result);
}

// -e with --input-type=module: `source` as an ES module beside the working directory.
function evalModule(source, options = {}) {
  if (options.print) {
    const { codes: { ERR_EVAL_ESM_CANNOT_PRINT } } = require('internal/errors');
    throw new ERR_EVAL_ESM_CANNOT_PRINT();
  }
  Module._initPaths();
  const href = `${pathToHref(path.join(process.cwd(), path.sep))}[eval1]`;
  runModule((loader, onRecord) => loader.importText(source, href, onRecord));
}

// `-` and a program on standard input.
function evalStdin(options = {}) {
  const chunks = [];
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (chunk) => chunks.push(chunk));
  process.stdin.on('end', () => {
    process._eval = chunks.join('');
    evalScript(process._eval, { ...options, name: '[stdin]' });
  });
}

// --check of a file, or of what is on standard input.
function checkProgram(main) {
  if (main !== undefined) {
    checkSyntax(main);
    return;
  }
  const chunks = [];
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (chunk) => chunks.push(chunk));
  process.stdin.on('end', () => checkSyntax(undefined, chunks.join('')));
}

// --entry-url: the entry as a URL, or as one relative to the working directory.
function runUrl(text) {
  require('internal/util').emitExperimentalWarning('--entry-url');
  Module._initPaths();
  const { href } = new (require('internal/url').URL)(text, pathToHref(path.join(process.cwd(), path.sep)));
  runModule((loader) => loader.importEntry(href));
}

// --check: compiles the file without running it; throws its SyntaxError.
function checkSyntax(main, text) {
  const contextify = internalBinding('contextify');
  let source = text;
  let file = '[stdin]';
  let format = getOption('--input-type') === 'module' ? 'module' : 'detect';
  if (source === undefined) {
    const absolute = path.resolve(main);
    file = Module._findPath(absolute, null, true);
    if (!file) {
      throw require('internal/modules/errors').commonJsNotFound(`Cannot find module '${absolute}'`, []);
    }
    format = require('internal/modules/format').formatOfFile(file);
    source = internalBinding('modules').readSource(file);
  }
  if (format.endsWith('-typescript')) {
    source = require('internal/modules/typescript').stripTypes(source, file);
    format = format.slice(0, -'-typescript'.length);
  }
  if (format === 'json') {
    JSON.parse(source);
    return;
  }
  if (format !== 'module' && contextify.compileCommonJS(source, file, format === 'detect', null) !== null) return;
  const wrap = internalBinding('module_wrap');
  wrap.releaseModule(wrap.compileModule(file, source, undefined, 0, 0)[0]);
}

module.exports = {
  initPaths() { Module._initPaths(); },
  checkProgram,
  checkSyntax,
  entryPath,
  evalModule,
  evalScript,
  evalStdin,
  exposeBuiltins,
  runDetectedModule,
  runMain,
  runUrl,
  runWithPreloads,
};
