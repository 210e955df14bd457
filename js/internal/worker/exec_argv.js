'use strict';
// The option `execArgv` of a Worker: flags of the command line that hold for that thread alone.

const { cli } = require('internal/options');

// Flags that concern the process as a whole, as V8's do.
const PROCESS_WIDE = new Set(['--title', '--expose-gc', '--expose_gc', '--max-old-space-size', '--max-semi-space-size']);
// Flags that take a value, as `--flag=value` or as the next word; those of them that may be given several times.
const WITH_VALUE = new Set([
  '--input-type', '--unhandled-rejections', '--stack-trace-limit', '--disable-warning',
  '--cpu-prof-dir', '--cpu-prof-interval', '--cpu-prof-name', '--heap-prof-dir', '--heap-prof-interval', '--heap-prof-name',
  '--diagnostic-dir',
]);
const LISTS = new Set(['--require', '--import', '--conditions', '--disable-warning']);
// Flags whose value, if any, follows after `=`.
const OPTIONAL = new Set(['--inspect', '--inspect-brk', '--inspect-wait']);
const SHORT = { '-r': '--require', '-C': '--conditions' };
// Flags that mean something to js/ and are switches.
const SWITCHES = new Set([
  '--deprecation', '--enable-source-maps', '--pending-deprecation', '--preserve-symlinks', '--preserve-symlinks-main',
  '--throw-deprecation', '--trace-deprecation', '--trace-uncaught', '--trace-warnings', '--warnings',
  '--trace-exit', '--trace-sync-io', '--experimental-vm-modules', '--experimental-default-type',
  '--experimental-stream-iter', '--strip-types', '--experimental-strip-types', '--insecure-http-parser', '--expose-internals',
  '--no-node-snapshot', '--no-spare-isolate', '--cpu-prof', '--heap-prof',
]);

function parse(flags) {
  const overrides = {};
  const invalid = [];
  for (let i = 0; i < flags.length; i++) {
    const word = flags[i];
    if (word === '--') break; // what follows would be arguments
    const equals = word.indexOf('=');
    let name = equals === -1 ? word : word.slice(0, equals);
    name = SHORT[name] ?? name;
    if (LISTS.has(name) || WITH_VALUE.has(name)) {
      const value = equals === -1 ? flags[++i] : word.slice(equals + 1);
      if (value === undefined) {
        invalid.push(word);
      } else if (LISTS.has(name)) {
        (overrides[name] ??= []).push(value);
      } else {
        overrides[name] = value;
      }
    } else if (OPTIONAL.has(name)) {
      overrides[name] = equals === -1 ? '' : word.slice(equals + 1);
    } else if (PROCESS_WIDE.has(name)) {
      invalid.push(word);
    } else if (name.startsWith('--no-') && SWITCHES.has(`--${name.slice(5)}`)) {
      overrides[`--${name.slice(5)}`] = false;
    } else if (SWITCHES.has(name) || typeof cli().options[name] === 'boolean') {
      overrides[name] = true;
    } else {
      invalid.push(word);
    }
  }
  return { overrides, invalid };
}

module.exports = { parse };
