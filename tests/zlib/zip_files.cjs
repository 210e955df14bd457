'use strict';

// ZipFile: archives on disk, read and changed where they are.

const assert = require('assert');
const fs = require('fs');
const zlib = require('zlib');
const { archive, drain, inFolder, modified, rejects, stored, throws } = require('./zip_common.cjs');

const { ZipBuffer, ZipEntry, ZipFile } = zlib;

const entry = (name, text, options) => ZipEntry.createSync(name, Buffer.from(text), { ...stored, ...options });
const two = () => archive([entry('a', 'first'), entry('b', 'second '.repeat(50), { method: 'deflate' })], 'of two');
const names = (file) => [...new ZipBuffer(fs.readFileSync(file)).keys()];

async function reading(place) {
  const path = place(undefined, two());
  const zip = await ZipFile.open(path);
  assert.deepStrictEqual([zip.writable, zip.comment, zip.size, zip.has('a'), zip.has('x')], [false, 'of two', 2, true, false]);
  assert.strictEqual(Object.prototype.toString.call(zip), '[object ZipFile]');
  const a = await zip.get('a');
  assert.deepStrictEqual([a.rawContent, a.size, a.modified.getTime()], [null, 5, modified.getTime()]);
  assert.strictEqual(zip.getSync('a'), a);
  assert.strictEqual(String(await a.content()), 'first');
  assert.strictEqual(String(zip.getSync('b').contentSync()), 'second '.repeat(50));
  assert.strictEqual(String(await drain(await zip.stream('b'))), 'second '.repeat(50));
  await rejects((async () => drain(await zip.stream('b', { maxSize: 10 })))(), 'ERR_ZIP_ENTRY_TOO_LARGE');
  const seen = [];
  for await (const each of zip) seen.push(each.name);
  for (const [name, promise] of zip) seen.push(name, (await promise).name);
  for (const [name, each] of zip.entriesSync()) seen.push(name, each.name);
  for (const each of zip.valuesSync()) seen.push(each.name);
  zip.forEachSync(function(each, name, self) { seen.push(this.it, each.name, name, self === zip); }, { it: 1 });
  assert.strictEqual(seen.join(), 'a,b,a,a,b,b,a,a,b,b,a,b,1,a,a,true,1,b,b,true');
  await rejects(zip.get('x'), 'ERR_ZIP_ENTRY_NOT_FOUND');
  throws(() => zip.getSync(1), 'ERR_INVALID_ARG_TYPE');
  await rejects(zip.add('c', Buffer.from('x')), 'ERR_ZIP_NOT_WRITABLE');
  throws(() => zip.deleteSync('a'), 'ERR_ZIP_NOT_WRITABLE');
  // Members of an open archive can be put into another one.
  assert.deepStrictEqual(archive([...zip.valuesSync()], 'of two'), two());
  await zip.close();
  await zip.close();
  throws(() => zip.getSync('a'), 'ERR_INVALID_STATE', /has been closed/);
  throws(() => a.contentSync(), 'ERR_INVALID_STATE', /backing ZipFile has been closed/);
  await rejects(a.content(), 'ERR_INVALID_STATE');
  assert.strictEqual(a.size, 5);
}

async function changing(place) {
  const path = place(undefined, two());
  const zip = ZipFile.openSync(path, { writable: true });
  const before = fs.statSync(path).size;
  assert.strictEqual((await zip.add('c', Buffer.from('third'), stored)).name, 'c');
  assert.deepStrictEqual(names(path), ['a', 'b', 'c']);
  assert.ok(fs.statSync(path).size > before);
  assert.strictEqual(String((await zip.get('c')).contentSync()), 'third');
  zip.addSync('a', Buffer.from('replaced'), stored);
  assert.strictEqual(String(new ZipBuffer(fs.readFileSync(path)).get('a').contentSync()), 'replaced');
  const grown = fs.statSync(path).size;
  assert.deepStrictEqual([await zip.delete('b'), zip.deleteSync('b')], [true, false]);
  assert.ok(fs.statSync(path).size < grown);
  assert.deepStrictEqual(names(path), ['a', 'c']);
  assert.strictEqual(new ZipBuffer(fs.readFileSync(path)).comment, 'of two');

  // What was left behind is not in the way.
  const compact = zip.compactSync();
  assert.ok(compact.length < fs.statSync(path).size);
  assert.deepStrictEqual(await drain(zip.compact()), compact);
  assert.deepStrictEqual(compact, archive([entry('a', 'replaced'), entry('c', 'third')], 'of two'));
  zip[Symbol.dispose]();
}

async function streaming(place) {
  const path = place(undefined, archive([entry('seed', 'seed')]));
  const zip = await ZipFile.open(path, { writable: true });
  const text = 'streamed '.repeat(1000);
  async function* source() {
    for (let i = 0; i < text.length; i += 1000) yield Buffer.from(text.slice(i, i + 1000));
  }
  const streamed = ZipEntry.createStream('s', source(), { modified });
  throws(() => zip.addEntrySync(streamed), 'ERR_INVALID_STATE', /serialized synchronously/);
  assert.strictEqual(await zip.addEntry(streamed), streamed);
  // What could only be written once is in the file now.
  assert.strictEqual(String(streamed.contentSync()), text);
  assert.strictEqual(String(await drain(streamed.contentIterator())), text);
  assert.strictEqual(String(new ZipBuffer(archive([streamed])).get('s').contentSync()), text);
  // Its own header still says that sizes follow, and so must the directory, whatever else changes.
  await zip.delete('seed');
  const bytes = fs.readFileSync(path);
  const central = bytes.lastIndexOf('PK\x01\x02', undefined, 'latin1');
  assert.strictEqual(bytes.readUInt16LE(central + 8) & 8, 8);
  assert.strictEqual(bytes.readUInt16LE(bytes.readUInt32LE(central + 42) + 6) & 8, 8);

  const good = fs.readFileSync(path);
  async function* failing() {
    yield Buffer.alloc(100_000, 'over the directory');
    throw new Error('source failed');
  }
  await assert.rejects(zip.addEntry(ZipEntry.createStream('bad', failing(), stored)), { message: 'source failed' });
  assert.deepStrictEqual(fs.readFileSync(path), good);
  await zip.add('after', Buffer.from('ok'));
  await zip[Symbol.asyncDispose]();
  assert.deepStrictEqual(names(path), ['s', 'after']);
}

async function takingTurns(place) {
  const path = place(undefined, archive([entry('seed', 'seed')]));
  const zip = await ZipFile.open(path, { writable: true });
  const adding = [];
  for (let i = 0; i < 20; i++) adding.push(zip.add(`${i}`, Buffer.from(`number ${i}`)));
  adding.push(zip.delete('seed'));
  for (const each of ['getSync', 'addSync', 'deleteSync', 'compactSync', 'closeSync']) {
    throws(() => zip[each]('x', Buffer.alloc(0)), 'ERR_INVALID_STATE', /has not settled yet/);
  }
  const closing = zip.close();
  await Promise.all(adding);
  await closing;
  const result = new ZipBuffer(fs.readFileSync(path));
  assert.deepStrictEqual([...result.keys()], Array.from({ length: 20 }, (_, i) => `${i}`));
  assert.strictEqual(String(result.get('13').contentSync()), 'number 13');
}

async function inFront(place) {
  // Places in the file count, whatever the archive thought of them before.
  const front = Buffer.from('#!/bin/sh\n');
  const path = place(undefined, Buffer.concat([front, two(), Buffer.from('\r\n\0')]));
  const zip = ZipFile.openSync(path, { writable: true });
  assert.strictEqual(String(zip.getSync('a').contentSync()), 'first');
  zip.addSync('n', Buffer.from('new'), stored);
  assert.strictEqual(String(zip.getSync('b').contentSync()), 'second '.repeat(50));
  zip.closeSync();
  const bytes = fs.readFileSync(path);
  assert.ok(bytes.subarray(0, front.length).equals(front));
  const central = bytes.indexOf('PK\x01\x02', 'latin1');
  assert.strictEqual(bytes.readUInt32LE(central + 42), front.length);
  assert.deepStrictEqual(names(path), ['a', 'b', 'n']);
}

async function failing(place) {
  await rejects(ZipFile.open(place('missing')), 'ENOENT', /no such file or directory, open/);
  throws(() => ZipFile.openSync(place('missing')), 'ENOENT');
  throws(() => ZipFile.openSync(Buffer.from('x')), 'ERR_INVALID_ARG_TYPE', /"filename"/);
  throws(() => ZipFile.openSync(place('missing'), { writable: 1 }), 'ERR_INVALID_ARG_TYPE', /options.writable/);
  await rejects(ZipFile.open(place(undefined, 'not an archive')), 'ERR_ZIP_INVALID_ARCHIVE', /no end of central/);

  const path = place(undefined, two());
  const zip = ZipFile.openSync(path);
  fs.truncateSync(path, 10);
  throws(() => zip.getSync('a').contentSync(), 'ERR_ZIP_INVALID_ARCHIVE', /unexpected end of file/);
  await rejects((await zip.get('b')).content(), 'ERR_ZIP_INVALID_ARCHIVE', /unexpected end of file/);
  zip.closeSync();
}

inFolder(async (place) => {
  await reading(place);
  await changing(place);
  await streaming(place);
  await takingTurns(place);
  await inFront(place);
  await failing(place);
}).then(() => { process.exitCode = 0; });
process.exitCode = 1;
