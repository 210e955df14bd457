'use strict';

// Default buffering limits of node:stream, and how a stream's own limit is
// found among its options (`highWaterMark`, `readableHighWaterMark`,
// `writableHighWaterMark`).

const { codes: { ERR_INVALID_ARG_VALUE } } = require('internal/errors');
const { validateInteger } = require('internal/validators');

// Bytes for byte streams; chunks for object-mode ones.
let bytesDefault = 16 * 1024;
let objectsDefault = 16;

function getDefaultHighWaterMark(objectMode) {
  return objectMode ? objectsDefault : bytesDefault;
}

function setDefaultHighWaterMark(objectMode, value) {
  validateInteger(value, 'value', 0);
  if (objectMode) objectsDefault = value;
  else bytesDefault = value;
}

// `sideKey` names the option that counts only for this half of a Duplex.
function pickHighWaterMark(options, objectMode, sideKey, isDuplex) {
  let value = options?.highWaterMark;
  if (value === undefined || value === null) {
    if (isDuplex) value = options?.[sideKey];
    if (value === undefined || value === null) {
      return objectMode ? objectsDefault : bytesDefault;
    }
  }
  if (!Number.isInteger(value) || value < 0) {
    throw new ERR_INVALID_ARG_VALUE(`options.${isDuplex ? sideKey : 'highWaterMark'}`, value);
  }
  return value;
}

module.exports = {
  getDefaultHighWaterMark,
  setDefaultHighWaterMark,
  pickHighWaterMark,
};
