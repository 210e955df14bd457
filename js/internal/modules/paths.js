'use strict';

// Paths and the file: URLs that name them. ES modules are keyed by URL while the file system speaks paths; most
// paths consist of characters that both spell alike, and then no URL object need be made.

// Not a regular expression: every isolate would compile it, twice, before its first module.
const { isPlain } = internalBinding('modules');

// The file: URL of an absolute path, as a string.
function pathToHref(path) {
  if (isPlain(path) && path[0] === '/') return `file://${path}`;
  return require('internal/url').pathToFileURL(path).href;
}

// The path of a file: URL (string), percent-escapes undone. Throws what fileURLToPath throws.
function hrefToPath(href) {
  if (href.startsWith('file:///')) {
    const path = href.slice(7);
    if (isPlain(path)) return path;
  }
  return require('internal/url').fileURLToPath(href);
}

// `/a/b` for `/a/b/c`; keeps the root.
function directoryOf(path) {
  if (process.platform === 'win32') return require('path').dirname(path);
  const at = path.lastIndexOf('/');
  return at > 0 ? path.slice(0, at) : '/';
}

// Joins a relative specifier (`./x`, `../../y/z`) to an absolute directory. Both plain; for POSIX paths.
function joinRelative(directory, specifier) {
  let from = 0;
  while (true) {
    if (specifier.startsWith('./', from)) {
      from += 2;
    } else if (specifier.startsWith('../', from)) {
      from += 3;
      directory = directoryOf(directory);
    } else {
      break;
    }
  }
  const rest = specifier.slice(from);
  // What is left may still hold dots in its middle.
  if (rest.includes('/.') || rest[0] === '.' || rest.includes('//')) {
    return require('path').posix.resolve(directory, rest) + (rest.endsWith('/') ? '/' : '');
  }
  return directory === '/' ? `/${rest}` : `${directory}/${rest}`;
}

// As path.extname: the name `.mjs` alone has no extension.
function extensionOf(path) {
  const slash = path.lastIndexOf('/');
  const dot = path.lastIndexOf('.');
  if (dot <= slash + 1 || dot === path.length - 1) return require('path').extname(path);
  return path.slice(dot);
}

module.exports = { directoryOf, extensionOf, hrefToPath, isPlain, joinRelative, pathToHref };
