'use strict';
// One run in any runtime. The argument is JSON, as that of child.js.

const fs = require('fs');
const process = require('process');
const { measure } = require('internal/bench/measure');
const recorder = require('internal/bench/portable_recorder');

function loadOf({ scenario, script }, importModule) {
  if (script !== undefined) return require('internal/bench/script').scriptLoad(script, importModule);
  return require(`internal/bench/scenarios/${scenario}`);
}

async function run(spec, importModule) {
  const result = await measure(await loadOf(spec, importModule), spec, recorder);
  const { weft, deno, bun, node } = process.versions;
  fs.writeFileSync(spec.out, JSON.stringify({ ...result, version: weft ?? deno ?? bun ?? node }));
  // Whatever a runtime keeps alive after that is of no interest.
  process.exit(0);
}

function main(importModule) {
  run(JSON.parse(process.argv[2]), importModule).catch((error) => {
    console.error(error);
    process.exit(1);
  });
}

module.exports = { main };
