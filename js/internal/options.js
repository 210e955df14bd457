'use strict';
// The parsed command line (src/cli.rs), read once per isolate.

let parsed;
let conditions;

function cli() {
  return parsed ??= internalBinding('options').get();
}

// The value of a flag named with its dashes; undefined where it was not given and has no default. A Worker's
// execArgv may override single flags (see `override`).
function getOptionValue(name) {
  return cli().options[name];
}

module.exports = {
  cli,
  getOptionValue,
  override(name, value) { cli().options[name] = value; },
  // Conditions given with --conditions, for package exports and imports.
  userConditions() { return conditions ??= getOptionValue('--conditions') ?? []; },
};
