'use strict';
// util.debuglog: messages of sections that the environment variable NODE_DEBUG
// names ('http,net', 'fs*'). The variable is read when the first logger is used,
// not when this module loads.

let sections;
function isEnabled(section) {
  if (sections === undefined) {
    const names = process.env.NODE_DEBUG;
    if (!names) {
      sections = null;
    } else {
      const pattern = names.replace(/[|\\{}()[\]^$+?.]/g, '\\$&')
        .replaceAll('*', '.*').replaceAll(',', '$|^');
      sections = new RegExp(`^${pattern}$`, 'i');
    }
  }
  return sections !== null && sections.test(section);
}

function write(section, args) {
  const { formatWithOptions } = require('internal/util/inspect');
  const { stderr } = process;
  const colors = stderr.hasColors?.() === true;
  const text = formatWithOptions({ colors }, ...args);
  const pid = formatWithOptions({ colors }, process.pid);
  stderr.write(`${section} ${pid}: ${text}\n`);
}

// The returned function finds out at its first call whether it has to do
// anything; `settled` is told the function that will do for ever after.
function debuglog(section, settled) {
  let enabled;
  let log = (...args) => {
    // Who has asked and been told that nothing is logged need not be told again.
    if (enabled === false) return;
    log = check() ? function debug(...rest) { write(section, rest); } : function noop() {};
    tellWhetherEnabled(log);
    if (typeof settled === 'function') settled(log);
    log(...args);
  };
  // The name is looked at no sooner than it is needed: it may be anything until then.
  function check() {
    if (enabled === undefined) {
      section = `${section}`.toUpperCase();
      enabled = isEnabled(section);
    }
    return enabled;
  }
  function tellWhetherEnabled(fn) {
    Object.defineProperty(fn, 'enabled', {
      __proto__: null, get() { return check(); }, enumerable: true, configurable: true,
    });
  }
  const logger = (...args) => log(...args);
  tellWhetherEnabled(logger);
  return logger;
}

module.exports = { debuglog };
