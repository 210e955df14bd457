'use strict';

// node:http2: there are no HTTP/2 sessions yet, so that what makes them throws ERR_METHOD_NOT_IMPLEMENTED. The module is there for what loads
// it beside node:http and may never use it.

const constants = require('internal/http2/constants');
const { missingFunctions } = require('internal/not_there');

module.exports = {
  ...missingFunctions('http2', {
    Http2ServerRequest: 4, Http2ServerResponse: 2, connect: 3, createSecureServer: 2, createServer: 2, getPackedSettings: 1,
    getUnpackedSettings: 1, performServerHandshake: 1,
  }),
  constants,
  getDefaultSettings() {
    return {
      __proto__: null,
      headerTableSize: constants.DEFAULT_SETTINGS_HEADER_TABLE_SIZE,
      enablePush: constants.DEFAULT_SETTINGS_ENABLE_PUSH === 1,
      initialWindowSize: constants.DEFAULT_SETTINGS_INITIAL_WINDOW_SIZE,
      maxFrameSize: constants.DEFAULT_SETTINGS_MAX_FRAME_SIZE,
      maxConcurrentStreams: constants.DEFAULT_SETTINGS_MAX_CONCURRENT_STREAMS,
      maxHeaderSize: constants.DEFAULT_SETTINGS_MAX_HEADER_LIST_SIZE,
      maxHeaderListSize: constants.DEFAULT_SETTINGS_MAX_HEADER_LIST_SIZE,
      enableConnectProtocol: constants.DEFAULT_SETTINGS_ENABLE_CONNECT_PROTOCOL === 1,
    };
  },
  // For headers whose values are never to be kept in a table.
  sensitiveHeaders: Symbol('sensitiveHeaders'),
};
