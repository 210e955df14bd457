'use strict';

// `weft` without a script: the REPL on the process's own streams.

function startStandalone(evaluated) {
  const { getOptionValue, cli } = require('internal/options');
  if (getOptionValue('--input-type') !== undefined) {
    internalBinding('process').printError('Cannot specify --input-type for REPL\n');
    process.exit(9);
  }
  const { Module } = require('internal/modules/cjs_loader');
  Module._initPaths();
  const external = process.env.NODE_REPL_EXTERNAL_MODULE;
  if (external) {
    // A REPL of the user's in place of this one.
    Module._load(/^\.{1,2}[\\/]/.test(external) ? require('path').resolve(external) : external, null, true);
    return;
  }
  process.stdout.write(`Welcome to Weft v${cli().weftVersion}.\nType ".help" for more information.\n`);

  const repl = require('repl');
  const { env } = process;
  const server = repl.start({
    prompt: '> ',
    ignoreUndefined: false,
    useGlobal: true,
    breakEvalOnSigint: true,
    terminal: Number(env.NODE_NO_READLINE) ? false : undefined,
    replMode: { strict: repl.REPL_MODE_STRICT, sloppy: repl.REPL_MODE_SLOPPY }[
      env.NODE_REPL_MODE?.toLowerCase().trim()],
  });
  require('internal/repl/server').setStandalone(server);
  Object.defineProperty(repl, 'repl', { __proto__: null, configurable: true, enumerable: true, value: server });
  server.on('exit', () => process.exit());
  if (server.terminal) server.setupHistory(undefined, () => {});
  if (evaluated !== undefined) {
    const print = typeof getOptionValue('--print') === 'string';
    require('internal/modules/run_main').evalScript(evaluated, { repl: true, print });
  }
}

module.exports = { startStandalone };
