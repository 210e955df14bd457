'use strict';
// node:url: the WHATWG classes, file URLs, and the legacy functions. Only names
// live here; web/url, internal/url and internal/url/legacy do the work.

const {
  URL, URLSearchParams, domainToASCII, domainToUnicode, fileURLToPath, fileURLToPathBuffer,
  pathToFileURL, urlToHttpOptions,
} = require('internal/url');
const {
  Url, urlFormat, urlParse, urlResolve, urlResolveObject,
} = require('internal/url/legacy');

module.exports = {
  Url,
  parse: urlParse,
  resolve: urlResolve,
  resolveObject: urlResolveObject,
  format: urlFormat,

  URL,
  URLSearchParams,
  get URLPattern() { return require('web/url_pattern').URLPattern; },
  domainToASCII,
  domainToUnicode,

  pathToFileURL,
  fileURLToPath,
  fileURLToPathBuffer,
  urlToHttpOptions,
};
