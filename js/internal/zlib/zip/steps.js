'use strict';

// What is done to files and with compression, written once for both forms of a method: a generator that yields
// [module, name, ...args] and is given what that function has to say, from `name` with a callback or from `nameSync`.

const { codes: { ERR_ZIP_INVALID_ARCHIVE } } = require('internal/errors');

function runSync(steps) {
  let next = steps.next();
  while (!next.done) {
    const [module, name, ...args] = next.value;
    let result;
    try {
      result = module[`${name}Sync`](...args);
    } catch (error) {
      next = steps.throw(error);
      continue;
    }
    next = steps.next(result);
  }
  return next.value;
}

async function runAsync(steps) {
  let next = steps.next();
  while (!next.done) {
    let result;
    try {
      result = await call(next.value);
    } catch (error) {
      next = steps.throw(error);
      continue;
    }
    next = steps.next(result);
  }
  return next.value;
}

function call([module, name, ...args]) {
  return new Promise((resolve, reject) => {
    module[name](...args, (error, result) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}

// Fills `bytes` from the file's `position` on.
function* readFully(fd, bytes, position) {
  const fs = require('fs');
  for (let at = 0; at < bytes.length;) {
    const read = yield [fs, 'read', fd, bytes, at, bytes.length - at, position + at];
    if (read === 0) throw new ERR_ZIP_INVALID_ARCHIVE('unexpected end of file');
    at += read;
  }
  return bytes;
}

function* writeFully(fd, bytes, position) {
  const fs = require('fs');
  for (let at = 0; at < bytes.length;) {
    at += yield [fs, 'write', fd, bytes, at, bytes.length - at, position + at];
  }
  return position + bytes.length;
}

module.exports = { readFully, runAsync, runSync, writeFully };
