'use strict';
// --watch: runs the program in a process of its own, and again whenever a file that it loaded changes, or one below
// what --watch-path names (https://nodejs.org/api/cli.html#--watch).

const path = require('path');
const { getOptionValue } = require('internal/options');
const { FilesWatcher } = require('internal/watch/files_watcher');
const { VARIABLE } = require('internal/watch/report');
const { hrefToPath } = require('internal/modules/paths');

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
      // Who started this process sees the program's messages as if they were from it.
      if (process.connected) process.send(message);
      if (paths !== undefined) return;
      for (const file of message?.['watch:require'] ?? []) watcher.watchFile(file);
      for (const href of message?.['watch:import'] ?? []) watcher.watchFile(hrefToPath(href));
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
  watcher.on('changed', async (changed) => {
    if (restarting) return;
    restarting = true;
    if (!keepOutput && process.stdout.isTTY) process.stdout.write('\x1bc');
    const [first] = changed;
    process.stdout.write(`${green}Change detected in '${first}'${white}\n${green}Restarting ${shown}${white}\n`);
    await stop(signal);
    watcher.forgetFiles();
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
  if (process.send !== undefined) {
    process.on('message', (message) => {
      if (child.connected) child.send(message);
    });
  }
  start();
}

module.exports = { flagsOf, startWatching };
