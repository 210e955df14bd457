'use strict';
// In a process that is watched: tells the watching one which files it loads.

const { hookState } = require('internal/modules/cjs_loader');

// The environment's variable that asks for it, as in Node.
const VARIABLE = 'WATCH_REPORT_DEPENDENCIES';

// As Node tells it: ES modules by their URLs.
function messageOf(file, isModule) {
  if (!isModule) return { 'watch:require': [file] };
  return { 'watch:import': [require('internal/modules/paths').pathToHref(file)] };
}

function reportLoads() {
  const { senderToParent } = require('internal/test_runner/events');
  const events = senderToParent();
  const seen = new Set();
  hookState.onLoad = (file, isModule) => {
    if (seen.has(file)) return;
    seen.add(file);
    if (events !== undefined) events('watch:files', { files: [file] });
    else if (process.connected) process.send(messageOf(file, isModule));
  };
}

module.exports = { VARIABLE, reportLoads };
