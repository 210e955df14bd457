'use strict';

// DNS messages (RFC 1035 section 4): writing queries and reading answers, with the record types node:dns resolves
// (also RFC 3596 AAAA, 2782 SRV, 3403 NAPTR, 8659 CAA, 6698 TLSA).

const TYPES = {
  __proto__: null,
  A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, NAPTR: 35, TLSA: 52, ANY: 255, CAA: 257,
};

const IN = 1;
const TRUNCATED = 0x0200;
const RECURSION_DESIRED = 0x0100;
const RESPONSE = 0x8000;
// A chain of compression pointers longer than this is a loop.
const MOST_POINTERS = 127;

// A query for `name`, or null for what no name can be (a label of 64 bytes, 255 in all).
function writeQuery(id, name, type) {
  const labels = name.split('.');
  if (labels.at(-1) === '') labels.pop();
  const parts = [];
  let length = 1;
  for (const label of labels) {
    const bytes = Buffer.from(label, 'utf8');
    if (bytes.length === 0 || bytes.length > 63) return null;
    parts.push(Buffer.of(bytes.length), bytes);
    length += bytes.length + 1;
  }
  if (length > 255) return null;
  const header = Buffer.alloc(12);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(RECURSION_DESIRED, 2);
  header.writeUInt16BE(1, 4);
  const tail = Buffer.alloc(5);
  tail.writeUInt16BE(type, 1);
  tail.writeUInt16BE(IN, 3);
  return Buffer.concat([header, ...parts, tail]);
}

// Reads from a message; every method throws RangeError past its end, which makes the answer a bad one.
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  u8() {
    const value = this.bytes.readUInt8(this.at);
    this.at += 1;
    return value;
  }

  u16() {
    const value = this.bytes.readUInt16BE(this.at);
    this.at += 2;
    return value;
  }

  u32() {
    const value = this.bytes.readUInt32BE(this.at);
    this.at += 4;
    return value;
  }

  take(length) {
    if (this.at + length > this.bytes.length) throw new RangeError('message too short');
    const part = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return part;
  }

  // A string of up to 255 bytes behind its length.
  text() {
    return this.take(this.u8()).toString('latin1');
  }

  name() {
    const labels = [];
    let after = -1;
    for (let pointers = 0; ;) {
      const length = this.u8();
      if (length === 0) break;
      if ((length & 0xc0) === 0xc0) {
        if (++pointers > MOST_POINTERS) throw new RangeError('names point in circles');
        const target = ((length & 0x3f) << 8) | this.u8();
        if (after === -1) after = this.at;
        this.at = target;
      } else {
        labels.push(this.take(length).toString('utf8'));
      }
    }
    if (after !== -1) this.at = after;
    return labels.join('.');
  }
}

function v6Text(bytes) {
  const groups = [];
  for (let i = 0; i < 16; i += 2) groups.push(bytes.readUInt16BE(i).toString(16));
  const { SocketAddress } = require('internal/socketaddress');
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address;
}

// The data of one record, as node:dns gives it to users (without `type`).
function readData(reader, type, end) {
  switch (type) {
    case TYPES.A:
      return { address: [...reader.take(4)].join('.') };
    case TYPES.AAAA:
      return { address: v6Text(reader.take(16)) };
    case TYPES.CNAME:
    case TYPES.NS:
    case TYPES.PTR:
      return { value: reader.name() };
    case TYPES.MX: {
      const priority = reader.u16();
      return { exchange: reader.name(), priority };
    }
    case TYPES.TXT: {
      const entries = [];
      while (reader.at < end) entries.push(reader.text());
      return { entries };
    }
    case TYPES.SRV: {
      const priority = reader.u16();
      const weight = reader.u16();
      const port = reader.u16();
      return { name: reader.name(), port, priority, weight };
    }
    case TYPES.SOA:
      return {
        nsname: reader.name(),
        hostmaster: reader.name(),
        serial: reader.u32(),
        refresh: reader.u32(),
        retry: reader.u32(),
        expire: reader.u32(),
        minttl: reader.u32(),
      };
    case TYPES.NAPTR: {
      const order = reader.u16();
      const preference = reader.u16();
      return {
        flags: reader.text(), service: reader.text(), regexp: reader.text(), replacement: reader.name(), order, preference,
      };
    }
    case TYPES.CAA: {
      const critical = reader.u8();
      const tag = reader.text();
      return { critical, [tag]: reader.take(end - reader.at).toString('latin1') };
    }
    case TYPES.TLSA: {
      const certUsage = reader.u8();
      const selector = reader.u8();
      const match = reader.u8();
      const bytes = reader.take(end - reader.at);
      return { certUsage, selector, match, data: new Uint8Array(bytes).buffer };
    }
    default:
      return undefined;
  }
}

// { id, code, isTruncated, records: [{ type, ttl, data }] }, or null for what is no answer to anything.
function readAnswer(bytes) {
  const reader = new Reader(bytes);
  try {
    const id = reader.u16();
    const flags = reader.u16();
    if ((flags & RESPONSE) === 0) return null;
    const questions = reader.u16();
    const answers = reader.u16();
    reader.at = 12;
    for (let i = 0; i < questions; i++) {
      reader.name();
      reader.at += 4;
    }
    const records = [];
    for (let i = 0; i < answers; i++) {
      reader.name();
      const type = reader.u16();
      reader.at += 2;
      const ttl = reader.u32();
      const length = reader.u16();
      const end = reader.at + length;
      const data = readData(reader, type, end);
      if (data !== undefined) records.push({ type, ttl, data });
      reader.at = end;
    }
    return { id, code: flags & 15, isTruncated: (flags & TRUNCATED) !== 0, records };
  } catch {
    return { id: bytes.length >= 2 ? bytes.readUInt16BE(0) : -1, code: -1, isTruncated: false, records: [] };
  }
}

const typeNames = { __proto__: null };
for (const name in TYPES) typeNames[TYPES[name]] = name;

module.exports = { TYPES, readAnswer, typeNames, writeQuery };
