'use strict';

// What options and arguments may be, and what of the input is used.

const assert = require('assert');
const zlib = require('zlib');

function throws(run, code, message) {
  assert.throws(run, (error) => {
    assert.strictEqual(error.code, code, `${error.code}: ${error.message}`);
    assert.match(error.message, message);
    return true;
  });
}

// flush() takes the operations of its format.
for (const [name, last] of [['Deflate', 5], ['InflateRaw', 5], ['BrotliCompress', 3], ['ZstdCompress', 2]]) {
  for (const kind of [last + 1, -1]) {
    const range = new RegExp(`"kind" is out of range. It must be >= 0 and <= ${last}. Received ${kind}$`);
    throws(() => new zlib[name]().flush(kind, () => {}), 'ERR_OUT_OF_RANGE', range);
  }
  throws(() => new zlib[name]().flush('full'), 'ERR_INVALID_ARG_TYPE', /"kind"/);
}
const stream = zlib.createDeflate();
stream.write('abc');
stream.flush(NaN, () => stream.destroy());
stream.resume();

for (const Class of [zlib.ZstdCompress, zlib.ZstdDecompress]) {
  throws(() => new Class({ pledgedSrcSize: null }), 'ERR_INVALID_ARG_TYPE', /^pledgedSrcSize must be a number$/);
  throws(() => new Class({ pledgedSrcSize: NaN }), 'ERR_OUT_OF_RANGE', /^pledgedSrcSize must be a safe integer$/);
  throws(() => new Class({ pledgedSrcSize: -1 }), 'ERR_OUT_OF_RANGE', /^pledgedSrcSize must be non-negative$/);
}
throws(() => new zlib.Gzip({ chunkSize: 2 ** 53 }), 'ERR_OUT_OF_RANGE', /"size" is out of range/);

// A dictionary of Brotli's, in whatever holds bytes. Made by Node 26.10.
const dictionary = Buffer.from('Hello world, this is a dictionary test with some words and more');
const text = 'Hello world, this is a dictionary test with some words '.repeat(3) +
  'and the static dictionary: because government information';
const packed = Buffer.from('1bdd003824741ce3c0e59e467f5a94870d38b4081a64def0051e1197904ff077ba563e', 'hex');
for (const each of [dictionary, new Uint8Array(dictionary), new DataView(new Uint8Array(dictionary).buffer)]) {
  assert.strictEqual(String(zlib.brotliDecompressSync(packed, { dictionary: each })), text);
}
throws(() => zlib.brotliDecompressSync(packed), 'ERR__ERROR_FORMAT_DICTIONARY', /^Decompression failed$/);
throws(() => new zlib.BrotliDecompress({ dictionary: 'text' }), 'ERR_INVALID_ARG_TYPE', /options.dictionary/);
const decoder = new zlib.BrotliDecompress({ dictionary });
const pieces = [];
decoder.on('data', (piece) => pieces.push(piece));
decoder.on('end', () => {
  assert.strictEqual(String(Buffer.concat(pieces)), text);
});
for (const byte of packed) decoder.write(Buffer.of(byte));
decoder.end();

// An empty dictionary is none.
const withDictionary = zlib.deflateSync('text', { dictionary: Buffer.from('text') });
throws(() => zlib.inflateSync(withDictionary, { dictionary: Buffer.alloc(0) }), 'Z_NEED_DICT', /^Missing dictionary$/);

// Two bytes of what could have become a frame are garbage all the same.
const frame = zlib.zstdCompressSync('text');
const more = Buffer.concat([frame, frame.subarray(0, 2)]);
assert.strictEqual(String(zlib.zstdDecompressSync(more)), 'text');
throws(() => zlib.zstdDecompressSync(more, { rejectGarbageAfterEnd: true }), 'ERR_TRAILING_JUNK_AFTER_STREAM_END', /./);

// What is thrown is not told a second time, as an event nobody listens to.
throws(() => zlib.gunzipSync('no gzip', { info: true }), 'Z_DATA_ERROR', /incorrect header check/);
throws(() => new zlib.Inflate()._processChunk(Buffer.from('no zlib'), 4), 'Z_DATA_ERROR', /incorrect header check/);

// What only streams look at, of functions that need none.
for (const [options, code] of [
  [{ highWaterMark: -1 }, 'ERR_INVALID_ARG_VALUE'], [{ readableHighWaterMark: 'x' }, 'ERR_INVALID_ARG_VALUE'],
  [{ signal: 5 }, 'ERR_INVALID_ARG_TYPE'], [{ defaultEncoding: 5n }, 'ERR_UNKNOWN_ENCODING'],
]) {
  assert.throws(() => zlib.gzipSync('x', options), { code });
  assert.throws(() => zlib.gzip('x', options, () => {}), { code });
}
assert.throws(() => new zlib.Gzip({ highWaterMark: -1 }), {
  message: "The property 'options.readableHighWaterMark' is invalid. Received -1",
});
assert.strictEqual(zlib.gunzipSync(zlib.gzipSync('x', { highWaterMark: 5 })).toString(), 'x');
// A function in the place of data is told of the end.
{
  const told = [];
  zlib.gzip(() => told.push('finish'), (error, bytes) => told.push(zlib.gunzipSync(bytes).length));
  process.on('exit', () => assert.deepStrictEqual(told, ['finish', 0]));
}

// The constants cannot be changed; what others add to them is theirs.
{
  const { constants } = zlib;
  assert.throws(() => { constants.Z_OK = 1; }, TypeError);
  assert.throws(() => { delete constants.Z_OK; }, TypeError);
  constants.OTHER = 1;
  assert.strictEqual(constants.OTHER, 1);
  delete constants.OTHER;
}
