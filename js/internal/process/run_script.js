'use strict';

// `--run NAME`: a script of the nearest package.json, in the folder of that file
// (https://nodejs.org/api/cli.html#--run). The commands of packages are found by their names.

const fs = require('fs');
const path = require('path');

// Node's code for a command line that cannot be followed.
const USAGE = 9;

function fail(message, code = 1) {
  process._rawDebug(message);
  process.exit(code);
}

function* upwards(from) {
  let folder = from;
  while (true) {
    yield folder;
    const above = path.dirname(folder);
    if (above === folder) return;
    folder = above;
  }
}

function findManifest() {
  for (const folder of upwards(process.cwd())) {
    const file = path.join(folder, 'package.json');
    if (fs.existsSync(file)) return file;
  }
  return fail(`Can't find package.json for directory ${process.cwd()}`);
}

function readScripts(file) {
  let manifest;
  try {
    manifest = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    fail(`Can't parse ${file}`);
  }
  const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject(manifest)) fail(`Root value unexpected not an object for ${file}\n`);
  if (!isObject(manifest.scripts)) fail(`Can't find "scripts" field in ${file}`);
  return manifest.scripts;
}

function explain(problem, scripts) {
  const list = listOf(scripts);
  fail(list === '' ? problem : `${problem}\n\n${list}`);
}

function listOf(scripts) {
  const listed = Object.entries(scripts).filter(([, script]) => typeof script === 'string');
  if (listed.length === 0) return '';
  return `Available scripts are:\n${listed.map(([name, script]) => `  ${name}: ${script}`).join('\n')}`;
}

// As one word of a shell's.
function quoted(word) {
  if (process.platform === 'win32') return /^[\w/\\:.-]+$/.test(word) ? word : `"${word.replaceAll('"', '""')}"`;
  return /^[\w/.-]+$/.test(word) ? word : `'${word.replaceAll('\'', '\'\\\'\'')}'`;
}

function environment(name, file) {
  const bins = [];
  for (const folder of upwards(path.dirname(file))) {
    const bin = path.join(folder, 'node_modules', '.bin');
    if (fs.existsSync(bin)) bins.push(bin);
  }
  const env = { ...process.env, NODE_RUN_SCRIPT_NAME: name, NODE_RUN_PACKAGE_JSON_PATH: file };
  const variable = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  env[variable] = [...bins, env[variable] ?? ''].join(path.delimiter);
  return env;
}

function runScript(name, args) {
  const file = findManifest();
  const scripts = readScripts(file);
  if (name === '') fail(listOf(scripts), USAGE);
  if (!Object.hasOwn(scripts, name)) explain(`Missing script: "${name}" for ${file}`, scripts);
  if (typeof scripts[name] !== 'string') explain(`Script "${name}" is unexpectedly not a string for ${file}`, scripts);
  const command = [scripts[name], ...args.map(quoted)].join(' ');
  const { spawnSync } = require('child_process');
  const { error, status } = spawnSync(command, {
    shell: true, stdio: 'inherit', cwd: path.dirname(file), env: environment(name, file),
  });
  if (error) fail(error.message);
  // Node's codes: whether it worked.
  process.exit(status === 0 ? 0 : 1);
}

module.exports = { runScript };
