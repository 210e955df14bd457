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

class URLPattern {
  constructor() {
    const { codes: { ERR_METHOD_NOT_IMPLEMENTED } } = require('internal/errors');
    throw new ERR_METHOD_NOT_IMPLEMENTED('URLPattern()');
  }
}

module.exports = {
  Url,
  parse: urlParse,
  resolve: urlResolve,
  resolveObject: urlResolveObject,
  format: urlFormat,

  URL,
  URLSearchParams,
  URLPattern,
  domainToASCII,
  domainToUnicode,

  pathToFileURL,
  fileURLToPath,
  fileURLToPathBuffer,
  urlToHttpOptions,
};
