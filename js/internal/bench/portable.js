'use strict';
// The measurement as one script that Weft and other runtimes run as it is (--compare): the modules it takes, as text, and a
// `require` that knows them. Its entry is portable_main.js.

const { portableNames } = require('internal/bench/catalogue');

const MODULES = [
  ...['counters', 'schedule', 'random', 'pace', 'measure', 'script', 'portable_recorder', 'portable_main'],
  ...portableNames.map((name) => `scenarios/${name}`),
].map((name) => `internal/bench/${name}`);

function portableScript() {
  const { builtinText } = internalBinding('realm');
  const entries = MODULES.map((id) => {
    return `${JSON.stringify(id)}(exports, require, module) {\n${builtinText(id)}\n},\n`;
  });
  return `'use strict';
const modules = {
${entries.join('')}};
const loaded = new Map();
function load(id) {
  if (!Object.hasOwn(modules, id)) return require(id);
  let module = loaded.get(id);
  if (module === undefined) {
    loaded.set(id, module = { exports: {} });
    modules[id](module.exports, load, module);
  }
  return module.exports;
}
load('internal/bench/portable_main').main((href) => import(href));
`;
}

module.exports = { portableScript };
