'use strict';
// The parsed command line (src/cli.rs), read once per isolate.

// What `options` holds where the command line gave none: --warnings, --deprecation, --strip-types (src/cli.rs).
const DEFAULT_OPTIONS = 3;

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
  // Whether any flag was given, but for those that say which program to run; as a rule none was.
  hasFlags() {
    const { options } = cli();
    const programs = ['--eval', '--print'].filter((name) => options[name] !== undefined).length;
    return Object.keys(options).length > DEFAULT_OPTIONS + programs;
  },
  getOptionValue,
  override(name, value) { cli().options[name] = value; },
  // Conditions given with --conditions, for package exports and imports.
  userConditions() { return conditions ??= getOptionValue('--conditions') ?? []; },
};
