'use strict';
// The main isolate: what the process was asked to do. `start` runs once the isolate stands, `emitBeforeExit` each
// time the loop has run dry, `exit` at the end (src/main.rs).

const { installConsole } = require('bootstrap/node');

const execution = require('internal/process/execution');

function start() {
  const { cli, getOptionValue, hasFlags } = require('internal/options');
  const { action, script } = cli();
  const envFiles = getOptionValue('--env-file');
  const optionalEnvFiles = getOptionValue('--env-file-if-exists');
  if (envFiles !== undefined || optionalEnvFiles !== undefined) {
    // A watched program reads them itself, anew each time.
    const applies = action !== 'watch';
    require('internal/process/env_file').loadCommandLineFiles(envFiles ?? [], optionalEnvFiles ?? [], applies);
  }
  if (hasFlags() || process.env.NODE_COMPILE_CACHE) {
    require('internal/process/startup_flags').apply(getOptionValue);
  }
  const title = getOptionValue('--title');
  if (title !== undefined) process.title = title;
  if (process.env.NODE_CHANNEL_FD !== undefined) require('internal/ipc').setUpChild();

  const main = require('internal/modules/run_main');
  const requires = getOptionValue('--require');
  const imports = getOptionValue('--import');
  if (action === 'file') {
    process.argv.splice(1, 0, getOptionValue('--entry-url') ? script : main.entryPath(script));
  } else if ((action === 'stdin' || action === 'repl') && script != null) {
    // `weft - args` keeps the dash in its place, as Node does.
    process.argv.splice(1, 0, script);
  }
  if (getOptionValue('--check')) {
    const check = () => main.checkProgram(action === 'file' ? process.argv[1] : undefined);
    main.runWithPreloads(requires ?? [], imports ?? [], check);
    return;
  }
  if (hasFlags()) {
    const inspects = ['--inspect', '--inspect-brk', '--inspect-wait', '--inspect-port'];
    if (inspects.some((flag) => getOptionValue(flag) !== undefined)) {
      require('internal/inspector').applyFlags(getOptionValue);
    }
  }
  if (getOptionValue('--experimental-test-coverage')) {
    const here = action !== 'test' || getOptionValue('--test-isolation') === 'none';
    require('internal/test_runner/coverage').start(getOptionValue, here);
  } else if (process.env.NODE_V8_COVERAGE) require('internal/coverage').start(process.env.NODE_V8_COVERAGE);
  if (process.env.WATCH_REPORT_DEPENDENCIES !== undefined) require('internal/watch/report').reportLoads();
  // These only start others, which load what is to be preloaded.
  const starts = action === 'watch' || (action === 'test' && getOptionValue('--test-isolation') !== 'none');
  if ((requires !== undefined || imports !== undefined) && !starts) {
    main.runWithPreloads(requires ?? [], imports ?? [], () => runAction(main, action, getOptionValue));
    return;
  }
  runAction(main, action, getOptionValue);
  // From the first turn of the loop on.
  if (getOptionValue('--trace-sync-io')) internalBinding('trace_flags').traceSyncIo();
}

function runAction(main, action, getOptionValue) {
  // Preloaded modules may still change them.
  if (getOptionValue('--frozen-intrinsics')) require('internal/freeze_intrinsics').freezeIntrinsics();
  const { cli } = require('internal/options');
  switch (action) {
    case 'file':
      if (getOptionValue('--entry-url')) main.runUrl(process.argv[1]);
      else main.runMain(process.argv[1]);
      break;
    case 'eval': {
      const print = getOptionValue('--print');
      main.evalScript(getOptionValue('--eval'), {
        print: typeof print === 'string', inputType: getOptionValue('--input-type'),
      });
      break;
    }
    case 'test':
      main.initPaths();
      require('internal/test_runner/runner').runMain(cli().args);
      break;
    case 'script':
      require('internal/process/run_script').runScript(getOptionValue('--run'), cli().args);
      break;
    case 'watch':
      require('internal/watch/main').startWatching(cli().script, cli().args);
      break;
    case 'bench':
      main.initPaths();
      require('internal/bench/main').runBench(cli().args);
      break;
    case 'stdin':
      main.evalStdin({ inputType: getOptionValue('--input-type'), print: Boolean(getOptionValue('--print')) });
      break;
    default:
      require('internal/repl/standalone').startStandalone(getOptionValue('--eval'));
  }
}

module.exports = { emitBeforeExit: execution.emitBeforeExit, exit: execution.finish, installConsole, start };
