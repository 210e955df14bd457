'use strict';
// node:url: the WHATWG classes, file URLs, and the legacy functions. Only names
// live here; web/url, internal/url and internal/url/legacy do the work.

const { defineLazyValue } = require('internal/lazy');
const {
  URL, URLSearchParams, domainToASCII, domainToUnicode, fileURLToPath, fileURLToPathBuffer,
  pathToFileURL, urlToHttpOptions,
} = require('internal/url');

// The legacy API is loaded when it is first looked at.
function define(name, original) {
  defineLazyValue(exports, name, () => require('internal/url/legacy')[original]);
}

define('Url', 'Url');
define('parse', 'urlParse');
define('resolve', 'urlResolve');
define('resolveObject', 'urlResolveObject');
define('format', 'urlFormat');

exports.URL = URL;
defineLazyValue(exports, 'URLPattern', () => require('web/url_pattern').URLPattern);
exports.URLSearchParams = URLSearchParams;
exports.domainToASCII = domainToASCII;
exports.domainToUnicode = domainToUnicode;
exports.pathToFileURL = pathToFileURL;
exports.fileURLToPath = fileURLToPath;
exports.fileURLToPathBuffer = fileURLToPathBuffer;
exports.urlToHttpOptions = urlToHttpOptions;
