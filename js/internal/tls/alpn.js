'use strict';

// Names of protocols as the wire has them (RFC 7301): each after its length, a byte.

const { Buffer } = require('buffer');
const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE } } = require('internal/errors');

const kMaxLength = 255;

// Gives `out` the property ALPNProtocols, where `protocols` is an array of names or a view of that list.
function convertALPNProtocols(protocols, out) {
  if (Array.isArray(protocols)) {
    out.ALPNProtocols = Buffer.concat(protocols.map(entryOf));
  } else if (ArrayBuffer.isView(protocols)) {
    const { buffer, byteLength, byteOffset } = protocols;
    const list = Buffer.from(buffer.slice(byteOffset, byteOffset + byteLength));
    checkList(list);
    out.ALPNProtocols = list;
  }
}

function entryOf(protocol, index) {
  if (typeof protocol !== 'string') throw new ERR_INVALID_ARG_TYPE(`protocols[${index}]`, 'string', protocol);
  if (protocol === '') throw new ERR_INVALID_ARG_VALUE(`protocols[${index}]`, protocol, 'must be a non-empty string');
  const name = Buffer.from(protocol);
  if (name.length > kMaxLength) {
    throw new ERR_OUT_OF_RANGE(`The byte length of the protocol at index ${index} exceeds the maximum length.`, `<= ${kMaxLength}`,
                               name.length, true);
  }
  return Buffer.concat([Buffer.of(name.length), name]);
}

function checkList(list) {
  for (let at = 0; at < list.length; at += 1 + list[at]) {
    if (list[at] === 0) throw new ERR_INVALID_ARG_VALUE('ALPNProtocols', list, 'must not contain zero-length protocol');
    if (at + list[at] >= list.length) throw new ERR_INVALID_ARG_VALUE('ALPNProtocols', list, 'contains truncated protocol');
  }
}

module.exports = { convertALPNProtocols };
