'use strict';
// --watch: runs the program in a process of its own, and again whenever a file that it loaded changes, or one below
// what --watch-path names (https://nodejs.org/api/cli.html#--watch).

const path = require('path');
const { getOptionValue } = require('internal/options');
const { FilesWatcher } = require('internal/watch/files_watcher');
const { VARIABLE } = require('internal/watch/report');

const OWN_FLAG = /^--watch(?:-path|-preserve-output|-kill-signal)?(?:=|$)/;
const OWN_VALUE = /^--watch-(?:path|kill-signal)$/;

// Flags for the program: all but those of watching.
function flagsOf(argv) {
  const flags = [];
  for (let i = 0; i < argv.length; i++) {
    if (!OWN_FLAG.test(argv[i])) flags.push(argv[i]);
    else if (OWN_VALUE.test(argv[i])) i++;
  }
  return flags;
}

function startWatching(script, args) {
  const { spawn } = require('child_process');
  const paths = getOptionValue('--watch-path');
  const keepOutput = Boolean(getOptionValue('--watch-preserve-output'));
  const signal = getOptionValue('--watch-kill-signal') ?? 'SIGTERM';
  if (require('os').constants.signals[signal] === undefined) {
    const { codes: { ERR_UNKNOWN_SIGNAL } } = require('internal/errors');
    throw new ERR_UNKNOWN_SIGNAL(signal);
  }
  const command = [...flagsOf(process.execArgv), script, ...args];
  const shown = `'${[script, ...args].join(' ')}'`;
  const { colorsFor } = require('internal/util/colors');
  const { blue = '', green = '', red = '', white = '' } = colorsFor(process.stdout) ?? {};

  const watcher = new FilesWatcher();
  let child;
  let ended = Promise.resolve();
  let restarting = false;

  const start = () => {
    child = spawn(process.execPath, command, {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, [VARIABLE]: '1' },
    });
    child.on('message', (message) => {
      if (paths !== undefined) return;
      for (const file of message?.['watch:require'] ?? message?.['watch:import'] ?? []) watcher.watchFile(file);
    });
    ended = new Promise((resolve) => {
      child.once('exit', (code) => {
        resolve();
        if (restarting) return;
        process.stdout.write(code === 0 ?
          `${blue}Completed running ${shown}. Waiting for file changes before restarting...${white}\n` :
          `${red}Failed running ${shown}. Waiting for file changes before restarting...${white}\n`);
      });
    });
    if (paths === undefined) {
      watcher.watchFile(path.resolve(script));
      for (const file of [...getOptionValue('--env-file') ?? [], ...getOptionValue('--env-file-if-exists') ?? []]) {
        watcher.watchFile(path.resolve(file));
      }
    }
  };

  const stop = async (name) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(name);
    await ended;
  };

  for (const each of paths ?? []) watcher.watchPath(each);
  watcher.on('changed', async () => {
    if (restarting) return;
    restarting = true;
    await stop(signal);
    watcher.forgetFiles();
    if (!keepOutput && process.stdout.isTTY) process.stdout.write('\x1bc');
    process.stdout.write(`${green}Restarting ${shown}${white}\n`);
    restarting = false;
    start();
  });
  for (const name of ['SIGINT', 'SIGTERM']) {
    process.on(name, async () => {
      restarting = true;
      watcher.close();
      await stop(name);
      process.exit();
    });
  }
  start();
}

module.exports = { flagsOf, startWatching };
