'use strict';
// The process of one run: `weft bench loop --child SPEC`. Each run has one of its own, so that what a load leaves behind (a
// large heap, compiled code, threads) does not meet the next. SPEC is JSON: what `measure` takes, { scenario, script } and
// `out`, the file for the result.

const fs = require('fs');
const { measure } = require('internal/bench/measure');

async function loadOf({ scenario, script }) {
  if (script === undefined) return require('internal/bench/catalogue').scenario(scenario);
  const { importModule } = require('internal/modules/esm_loader');
  return require('internal/bench/script').scriptLoad(script, (href) => importModule(href, undefined));
}

async function runOnce(spec) {
  return measure(await loadOf(spec), spec, require('internal/bench/record'));
}

async function runChild(text) {
  const spec = JSON.parse(text);
  fs.writeFileSync(spec.out, JSON.stringify(await runOnce(spec)));
}

module.exports = { loadOf, runChild, runOnce };
