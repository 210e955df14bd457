'use strict';
// node:url: the WHATWG classes, file URLs, and the legacy functions. Only names
// live here; web/url, internal/url and internal/url/legacy do the work.

const {
  URL, URLSearchParams, domainToASCII, domainToUnicode, fileURLToPath, fileURLToPathBuffer,
  pathToFileURL, urlToHttpOptions,
} = require('internal/url');

// The legacy API is loaded when it is first looked at, and plain data from then on.
function define(name, original) {
  const become = (value) => {
    Object.defineProperty(exports, name, { __proto__: null, value, configurable: true, enumerable: true, writable: true });
    return value;
  };
  Object.defineProperty(exports, name, {
    __proto__: null, configurable: true, enumerable: true, get: () => become(require('internal/url/legacy')[original]), set: become,
  });
}

define('Url', 'Url');
define('parse', 'urlParse');
define('resolve', 'urlResolve');
define('resolveObject', 'urlResolveObject');
define('format', 'urlFormat');

exports.URL = URL;
Object.defineProperty(exports, 'URLPattern', {
  __proto__: null, configurable: true, enumerable: true, get: () => require('web/url_pattern').URLPattern,
});
exports.URLSearchParams = URLSearchParams;
exports.domainToASCII = domainToASCII;
exports.domainToUnicode = domainToUnicode;
exports.pathToFileURL = pathToFileURL;
exports.fileURLToPath = fileURLToPath;
exports.fileURLToPathBuffer = fileURLToPathBuffer;
exports.urlToHttpOptions = urlToHttpOptions;
