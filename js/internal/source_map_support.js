'use strict';

// --enable-source-maps: stack traces that name the places in the sources, for modules whose text ends with a
// sourceMappingURL comment (https://nodejs.org/api/cli.html#--enable-source-maps, and "Source map support" of
// node:module). While it is off nothing is kept of any module.
//
// V8 asks for the stack's text when it is first read; a program that puts its own Error.prepareStackTrace in the place of
// Node's may call that.

const { headOf, setStackLayout } = require('internal/errors');
const { hookState } = require('internal/modules/cjs_loader');

const MAGIC = /\/[/*][#@][ \t]+sourceMappingURL=([^\s'"]+)/g;

// File or URL of a module -> the text of its comment, later its SourceMap (null where there is none to be had).
const known = new Map();
let enabled = false;
// What is left out of these, unless it is asked for.
let support = { __proto__: null, enabled: false, nodeModules: false, generatedCode: false };

// What the last such comment names.
function mapUrlOf(source) {
  let url;
  if (source.includes('sourceMappingURL=')) {
    for (const match of source.matchAll(MAGIC)) url = match[1];
  }
  return url;
}

function noteSource(name, source) {
  if (typeof source !== 'string' || !source.includes('sourceMappingURL=')) return;
  if (!support.nodeModules && /[\\/]node_modules[\\/]/.test(name) && support.explicit) return;
  const url = mapUrlOf(source);
  if (url !== undefined) known.set(name, { url, map: undefined });
}

function baseHref(name) {
  return /^[a-z][\w+.-]*:/i.test(name) ? name : require('internal/modules/paths').pathToHref(name);
}

// { text, base } of the map at `url`, as the module `name` has it.
function readMap(name, url) {
  const href = new URL(url, baseHref(name));
  if (href.protocol === 'data:') {
    const { contentOfDataUrl } = require('internal/modules/format');
    return { text: contentOfDataUrl(href.href).toString(), base: baseHref(name) };
  }
  if (href.protocol !== 'file:') throw new Error('not a file');
  return { text: require('fs').readFileSync(href, 'utf8'), base: href.href };
}

// The map at `url` as the module `name` has it, and the texts of the sources that it carries, by URL.
function readEntry(name, url) {
  const { text, base } = readMap(name, url);
  const payload = JSON.parse(text);
  const resolve = (source) => {
    try {
      return new URL(`${payload.sourceRoot ? payload.sourceRoot.replace(/\/?$/, '/') : ''}${source}`, base).href;
    } catch {
      return source;
    }
  };
  if (Array.isArray(payload.sources)) payload.sources = payload.sources.map(resolve);
  delete payload.sourceRoot;
  const { SourceMap } = require('internal/source_map');
  return {
    map: new SourceMap(payload),
    contents: new Map((payload.sources ?? []).map((source, i) => [source, payload.sourcesContent?.[i]])),
  };
}

// The same for a text that need not be loaded here; undefined without a map, or one that cannot be read.
function readMapOf(name, source) {
  const url = mapUrlOf(source);
  if (url === undefined) return undefined;
  try {
    return readEntry(name, url);
  } catch {
    return undefined;
  }
}

function load(name) {
  const entry = known.get(name);
  if (entry === undefined) return undefined;
  if (entry.map === undefined) {
    try {
      Object.assign(entry, readEntry(name, entry.url));
    } catch {
      // A map that cannot be read leaves places as they are.
      entry.map = null;
    }
  }
  return entry.map === null ? undefined : entry;
}

// module.findSourceMap().
function findSourceMap(path) {
  if (typeof path !== 'string') return undefined;
  let entry = load(path);
  if (entry === undefined && path.startsWith('file:')) {
    entry = load(require('internal/modules/paths').hrefToPath(path));
  } else if (entry === undefined && require('path').isAbsolute(path)) {
    entry = load(require('internal/modules/paths').pathToHref(path));
  }
  return entry?.map;
}

function shownPath(source) {
  if (!source.startsWith('file:')) return source;
  try {
    return require('internal/modules/paths').hrefToPath(source);
  } catch {
    return source;
  }
}

// The place in the sources of one in the code (both from 1): { path, source, line, column, name, entry }.
function originOf(name, line, column) {
  const entry = load(name);
  if (entry === undefined) return undefined;
  const { originalSource, originalLine, originalColumn, name: symbol } = entry.map.findEntry(line - 1, column - 1);
  if (originalSource === undefined || originalLine === undefined) return undefined;
  return {
    path: shownPath(originalSource), source: originalSource, line: originalLine + 1, column: originalColumn + 1,
    name: symbol, entry,
  };
}

// The name that the function around a call has in the sources, where the map tells.
function symbolOf(site, caller, entry) {
  if (typeof site.getEnclosingLineNumber === 'function') {
    const { name } = entry.map.findEntry(site.getEnclosingLineNumber() - 1, site.getEnclosingColumnNumber() - 1);
    if (name !== undefined) return name;
  }
  if (caller !== undefined && caller.getFileName() === site.getFileName()) {
    return entry.map.findEntry(caller.getLineNumber() - 1, caller.getColumnNumber() - 1).name;
  }
  return undefined;
}

function frameText(site, caller) {
  const text = `${site}`;
  const file = site.getFileName() ?? site.getEvalOrigin?.();
  if (typeof file !== 'string') return text;
  const origin = originOf(file, site.getLineNumber(), site.getColumnNumber());
  if (origin === undefined) return text;
  const place = `${origin.path}:${origin.line}:${origin.column}`;
  const own = (site.getFunctionName() ?? site.getMethodName()) || '<anonymous>';
  const symbol = symbolOf(site, caller, origin.entry);
  if (site.isConstructor()) return `new ${symbol ?? own} (${place})`;
  const type = site.getTypeName();
  const head = symbol ?? `${type !== null && type !== 'global' ? `${type}.` : ''}${own}`;
  return `${site.isAsync?.() ? 'async ' : ''}${head} (${place})`;
}

function layOut(error, sites) {
  const head = headOf(error);
  if (sites.length === 0) return head;
  return `${head}\n    at ${sites.map((site, i) => frameText(site, sites[i + 1])).join('\n    at ')}`;
}

// "file:line", source line and caret of an error that ends the process, in terms of the sources.
function mapArrow(arrow) {
  if (!enabled) return arrow;
  const [head, line, caret] = arrow.split('\n');
  const match = /^(.*):(\d+)$/.exec(head);
  if (match === null || caret === undefined) return arrow;
  const origin = originOf(match[1], Number(match[2]), caret.search(/\^/) + 1);
  if (origin === undefined || line === undefined) return arrow;
  let text = origin.entry.contents.get(origin.source);
  if (typeof text !== 'string') {
    try {
      text = require('fs').readFileSync(origin.path, 'utf8');
    } catch {
      return arrow;
    }
  }
  const shown = text.split(/\r?\n/, origin.line)[origin.line - 1] ?? '';
  const indent = shown.slice(0, origin.column - 1).replace(/[^\t]/g, ' ');
  return `${origin.path}:${origin.line}\n${shown}\n${indent}^\n\n`;
}

// One of util.getCallSites() in terms of the sources; itself where no map tells.
function mapCallSite(site) {
  const { originalSource, originalLine, originalColumn, name } =
    findSourceMap(site.scriptName)?.findEntry(site.lineNumber - 1, site.columnNumber - 1) ?? {};
  if (originalSource === undefined || originalLine === undefined) return site;
  return {
    __proto__: null, functionName: name ?? site.functionName, scriptName: originalSource, lineNumber: originalLine + 1,
    column: originalColumn + 1, columnNumber: originalColumn + 1,
  };
}

function setEnabled(value) {
  enabled = value;
  support = { __proto__: null, ...support, enabled: value };
  setStackLayout(value ? layOut : undefined);
  if (value) hookState.onCompile = noteSource;
}

// module.setSourceMapsSupport().
function setSourceMapsSupport(value, options = {}) {
  const { validateBoolean, validateObject } = require('internal/validators');
  validateBoolean(value, 'enabled');
  validateObject(options, 'options');
  const { nodeModules = false, generatedCode = false } = options;
  validateBoolean(nodeModules, 'options.nodeModules');
  validateBoolean(generatedCode, 'options.generatedCode');
  support = { __proto__: null, enabled: value, nodeModules, generatedCode };
  Object.defineProperty(support, 'explicit', { __proto__: null, value: true });
  setEnabled(value);
  Object.defineProperty(support, 'explicit', { __proto__: null, value: true, configurable: true });
}

module.exports = {
  findSourceMap,
  getSourceMapsSupport: () => Object.freeze({ __proto__: null, ...support }),
  isEnabled: () => enabled,
  mapArrow,
  mapCallSite,
  readMapOf,
  setEnabled,
  setSourceMapsSupport,
};
