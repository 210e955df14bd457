'use strict';

// What kind of module a file is: by its extension, then by the "type" of its package, then by its syntax.

const { packageScope } = require('internal/modules/package_json');
const { extensionOf } = require('internal/modules/paths');

// 'module', 'commonjs', 'json', 'wasm', 'addon', 'module-typescript', 'commonjs-typescript';
// 'detect' and 'detect-typescript' when the syntax decides. Throws ERR_UNKNOWN_FILE_EXTENSION.
function formatOfFile(path) {
  const extension = extensionOf(path);
  switch (extension) {
    case '.mjs': return 'module';
    case '.cjs': return 'commonjs';
    case '.json': return 'json';
    case '.wasm': return 'wasm';
    case '.node': return 'addon';
    case '.mts': return 'module-typescript';
    case '.cts': return 'commonjs-typescript';
    case '.js':
    case '.ts':
    case '': {
      const type = packageScope(path)?.type ?? 'none';
      const base = type === 'none' ? 'detect' : type;
      return extension === '.ts' ? `${base}-typescript` : base;
    }
    default:
      throw require('internal/modules/errors').unknownFileExtension(extension, path);
  }
}

// The kind of module a data: URL holds, by its media type.
function formatOfDataUrl(href) {
  const mime = /^([^/]+\/[^;,]+)(?:[^,]*?)(;base64)?,/.exec(href.slice(5))?.[1];
  switch (mime) {
    case 'text/javascript':
    case 'application/javascript':
      return 'module';
    case 'application/json':
      return 'json';
    case 'application/wasm':
      return 'wasm';
    default:
      throw require('internal/modules/errors').unknownModuleFormat(mime ?? null, href);
  }
}

// The text (or bytes, for wasm) of a data: URL.
function contentOfDataUrl(href) {
  const match = /^data:([^/]+\/[^;,]+)?((?:;[^;,]*)*?)(;base64)?,([\s\S]*)$/.exec(href);
  if (match === null) {
    const { codes: { ERR_INVALID_URL } } = require('internal/errors');
    throw new ERR_INVALID_URL(href);
  }
  const { Buffer } = require('buffer');
  const body = match[4].replace(/#.*$/s, '');
  return Buffer.from(decodeURIComponent(body), match[3] ? 'base64' : 'utf8');
}

const warned = new Set();

// The file's package does not say what it is, and finding out took two parses.
function warnTypeless(href, path) {
  const scope = packageScope(path);
  if (scope === undefined || warned.has(scope.path)) return;
  warned.add(scope.path);
  process.emitWarning(
    `Module type of ${href} is not specified and it doesn't parse as CommonJS.\n` +
    'Reparsing as ES module because module syntax was detected. This incurs a performance overhead.\n' +
    `To eliminate this warning, add "type": "module" to ${scope.path}.`,
    { code: 'MODULE_TYPELESS_PACKAGE_JSON' });
}

// --trace-require-module; with `no-node-modules` only where the program itself does it.
function warnRequiredModule(filename, parentFilename, mode) {
  if (mode === 'no-node-modules' && /[\\/]node_modules[\\/]/.test(parentFilename ?? '')) return;
  process.emitWarning(
    `${parentFilename ? `CommonJS module ${parentFilename} is loading` : 'Loading'} ES Module ${filename} using ` +
    'require().\nSupport for loading ES Module in require() is an experimental feature and might change at any time',
    'ExperimentalWarning');
}

module.exports = { contentOfDataUrl, formatOfDataUrl, formatOfFile, warnRequiredModule, warnTypeless };
