'use strict';

// What the scripts of zip archives share.

const assert = require('assert');
const fs = require('fs');
const os = require('os');
const path = require('path');
const zlib = require('zlib');

// That archives are experimental is tested in zip_archives.cjs.
process.removeAllListeners('warning');

// A whole number of two seconds, at noon wherever this runs.
const modified = new Date(2023, 10, 14, 12, 13, 20);
const stored = { modified, method: 'store' };

function archive(entries, options) {
  return Buffer.concat([...zlib.createZipArchiveSync(entries, options)]);
}

async function drain(pieces) {
  const all = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

// Sets `value` in both headers of an archive with one member.
function patched(bytes, changes) {
  const copy = Buffer.from(bytes);
  for (const [at, width, value] of changes) copy[`writeUInt${width}LE`](value, at);
  return copy;
}

function inFolder(run) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weft-zip-'));
  const done = () => fs.rmSync(folder, { recursive: true });
  let number = 0;
  const place = (name = `${number++}.zip`, bytes) => {
    const file = path.join(folder, name);
    if (bytes !== undefined) fs.writeFileSync(file, bytes);
    return file;
  };
  return run(place).finally(done);
}

function throws(run, code, message) {
  assert.throws(run, (error) => {
    assert.strictEqual(error.code, code, `${error.code}: ${error.message}`);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  });
}

async function rejects(promise, code, message) {
  await assert.rejects(promise, (error) => {
    assert.strictEqual(error.code, code, `${error.code}: ${error.message}`);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  });
}

module.exports = { archive, drain, inFolder, modified, patched, rejects, stored, throws };
