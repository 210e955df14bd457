'use strict';
// The runtimes that --compare puts side by side: how each is started with a script.

const fs = require('fs');
const path = require('path');

const KNOWN = {
  __proto__: null,
  node: [],
  deno: ['run', '-A', '--quiet', '--no-lock', '--no-config'],
  bun: [],
};

function onPath(name) {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    if (folder === '') continue;
    const file = path.join(folder, process.platform === 'win32' ? `${name}.exe` : name);
    try {
      fs.accessSync(file, fs.constants.X_OK);
      if (fs.statSync(file).isFile()) return file;
    } catch {
      // Not there.
    }
  }
  return undefined;
}

// Weft first, then those of `names` that are there: { found: [{ name, file, args }], missing: [name] }.
function findRuntimes(names) {
  const found = [{ name: 'weft', file: process.execPath, args: process.execArgv }];
  const missing = [];
  for (const name of names) {
    const file = onPath(name);
    if (file === undefined) missing.push(name);
    else found.push({ name, file, args: KNOWN[name] });
  }
  return { found, missing };
}

module.exports = { findRuntimes, knownRuntimes: Object.keys(KNOWN) };
