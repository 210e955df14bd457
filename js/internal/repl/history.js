'use strict';

// The REPL's history on disk: one line an entry, latest first as in Node; read at the start, written at every change.

const DEFAULT_FILE = '.weft_repl_history';
const DEFAULT_SIZE = 1000;

// Where the history is kept: NODE_REPL_HISTORY, or a file in the home folder; undefined for nowhere.
function historyFile(given) {
  const name = given ?? process.env.NODE_REPL_HISTORY;
  if (name !== undefined && name !== null) return name.trim() === '' ? undefined : name;
  try {
    return require('path').join(require('os').homedir(), DEFAULT_FILE);
  } catch {
    return undefined;
  }
}

// Reads the history for `server`; `callback(error, server)` once it is there. A file that cannot be read or made is
// told, and the history lasts as long as the process.
function setUp(server, given, callback) {
  const options = given !== null && typeof given === 'object' ? given : { filePath: given };
  const file = historyFile(options.filePath);
  const done = options.onHistoryFileLoaded ?? callback ?? (() => {});
  const size = Number(options.size ?? process.env.NODE_REPL_HISTORY_SIZE);
  if (options.size !== undefined || size > 0) server.historySize = size > 0 ? size : DEFAULT_SIZE;
  else if (server.historySize === 30) server.historySize = DEFAULT_SIZE;
  if (file === undefined) {
    process.nextTick(done, null, server);
    return;
  }
  const fs = require('fs');
  server.pause();
  fs.mkdir(require('path').dirname(file), { recursive: true }, () => {
    fs.readFile(file, { encoding: 'utf8', flag: 'a+' }, (error, text) => {
      if (error) {
        server.output.write('\nError: Could not open history file.\nREPL session history will not be persisted.\n');
        if (!server.closed) {
          server.resume();
          server.displayPrompt();
        }
        done(null, server);
        return;
      }
      const lines = text.split(/\r?\n/).filter((line) => line !== '');
      server.history = lines.slice(0, server.historySize);
      server.on('history', (history) => schedule(server, file, history));
      // Before whoever ends the process at this event.
      server.prependOnceListener('exit', () => write(server, file, server.history));
      if (!server.closed) server.resume();
      done(null, server);
    });
  });
}

const timers = new WeakMap();

// Several entries in a row are written at once.
function schedule(server, file, history) {
  if (timers.has(server)) return;
  const timer = setTimeout(() => {
    timers.delete(server);
    write(server, file, history);
  }, 15);
  timer.unref();
  timers.set(server, timer);
}

function write(server, file, history) {
  if (timers.has(server)) {
    clearTimeout(timers.get(server));
    timers.delete(server);
  }
  try {
    // For its owner alone: people type secrets.
    require('fs').writeFileSync(file, `${history.join('\n')}\n`, { mode: 0o600 });
    server.emit('flushHistory');
  } catch { /* The history of this session is lost; the session is not. */ }
}

module.exports = { setUp };
