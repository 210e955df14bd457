// What is compared. A scenario measures itself and prints one number, or is measured from outside (its whole process, in ms).
//
//   file, args   the script under scenarios/ and its arguments; or `evaluate`, a text
//   prepare      makes the script; answers its path
//   outside      the whole process is what is measured
//   libraries    runtime -> pools of the npm registry to run it with (POOL_LIBRARY); a runtime's figure is its best one's
//   suite        which scenario of pool-suite.mjs (POOL_SCENARIO), or of each runtime its own
//   skip         runtimes that have no such thing
//   higher       more is better
//   goal         what Weft's figure is to be, as a multiple of the best peer's (or of `against`'s); `absolute`, of nothing
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from './runtimes.mjs';

const pools = { weft: ['weft'], node: ['piscina', 'tinypool', 'workerpool'], bun: ['piscina', 'workerpool'] };
const call = (id, title, rest) => ({ id, title, unit: 'ns', file: 'call.mjs', args: [id], goal: 1, against: 'node', ...rest });

const start = [
  { id: 'startup', title: 'empty script, whole process', unit: 'ms', file: 'empty.mjs', outside: true, goal: 0.6 },
  { id: 'startup-cjs', title: 'empty CommonJS script', unit: 'ms', file: 'empty.cjs', outside: true, goal: 0.6 },
  { id: 'startup-eval', title: '`-e 0`', unit: 'ms', evaluate: '0', outside: true, goal: 0.6 },
  { id: 'startup-modules', title: 'import of 200 small modules', unit: 'ms', prepare: manyModules, outside: true },
  { id: 'startup-typescript', title: 'a TypeScript file', unit: 'ms', file: 'typed.ts', outside: true },
  { id: 'startup-bundle', title: 'a bundle of 3 MB', unit: 'ms', prepare: () => bundle(3), outside: true },
  { id: 'startup-large', title: '`require` of a module of 9 MB', unit: 'ms', prepare: () => bundle(9), outside: true },
  { id: 'rss', title: 'resident memory at start', unit: 'MB', file: 'rss.mjs', goal: 30, absolute: true },
];

const workers = [
  { id: 'worker-spawn', title: '`new Worker` to its first message', unit: 'ms', file: 'worker-spawn.mjs', goal: 0.2 },
  { id: 'worker-next', title: 'a later `new Worker` to its first message', unit: 'ms', file: 'worker-next.mjs', goal: 0.2 },
  { id: 'worker-eight', title: '8 Workers at once, to the last first message', unit: 'ms', file: 'worker-eight.mjs', goal: 0.25 },
  { id: 'rss-worker', title: 'resident memory of an idle Worker', unit: 'MB', file: 'rss-worker.mjs', goal: 2.5, absolute: true },
  { id: 'round-trip', title: 'small message to a Worker and back', unit: 'us', file: 'round-trip.mjs', goal: 0.4 },
  { id: 'string-1kb', title: '1 kB string to a Worker and back', unit: 'us', file: 'message.mjs', args: ['string'] },
  { id: 'flood', title: 'small messages to a Worker, one way', unit: 'us', file: 'flood.mjs', goal: 1 / 3 },
  { id: 'string-16mb', title: '16 MB one-byte string to a Worker', unit: 'ms', file: 'string-16mb.mjs', goal: 0.1, against: 'node' },
  { id: 'rows-20000', title: 'array of 20,000 rows to a Worker', unit: 'ms', file: 'message.mjs', args: ['rows'], goal: 0.7 },
  { id: 'copy-64mb', title: '64 MB ArrayBuffer copied to a Worker', unit: 'ms', file: 'message.mjs', args: ['copy'] },
  { id: 'transfer-64mb', title: '64 MB ArrayBuffer transferred to a Worker and back', unit: 'us', file: 'transfer-64mb.mjs' },
  { id: 'primes', title: 'primes on all cores: speed-up over one thread', unit: 'x', file: 'primes.mjs', higher: true, goal: 1.95, absolute: true },
];

const pool = [
  { id: 'pool-first', title: 'first task of a cold pool', unit: 'ms', libraries: pools, suite: 'cold', skip: ['deno'] },
  { id: 'pool-tiny', title: 'tiny pool task, 1,000 in flight', unit: 'us', libraries: pools, suite: 'tiny', skip: ['deno'], goal: 0.1 },
  { id: 'pool-round-trip', title: 'one pool task and back', unit: 'us', libraries: pools, suite: 'roundtrip', skip: ['deno'], goal: 0.4 },
  {
    id: 'pool-map', title: '10 M numbers through a function on all cores (peers: split by hand)', unit: 'ms', suite: { weft: 'map', other: 'split' },
    libraries: { weft: ['weft'], node: ['piscina'], deno: ['piscina'], bun: ['piscina'] },
  },
  { id: 'pool-lateness', title: 'main loop lateness p99, pool busy', unit: 'ms', libraries: pools, suite: 'lateness', skip: ['deno'], goal: 1 },
  { id: 'rss-pooled', title: 'resident memory of an idle isolate of the pool', unit: 'MB', file: 'rss-pooled.mjs', skip: ['node', 'deno', 'bun'] },
];

const loop = [
  { id: 'immediate', title: '`setImmediate` turn', unit: 'us', file: 'immediate.mjs', goal: 1 / 1.5 },
  { id: 'timeouts', title: '`setTimeout(0)`, 10,000 at once', unit: 'us', file: 'timeouts.mjs', goal: 0.5 },
  { id: 'timer', title: '`setTimeout` and `clearTimeout`', unit: 'us', file: 'timer.mjs', goal: 1 / 1.5 },
  { id: 'tick', title: '`nextTick`', unit: 'us', file: 'tick.mjs', goal: 1 },
  { id: 'await', title: '`await` of a settled promise', unit: 'us', file: 'await.mjs', goal: 1 },
  { id: 'lateness', title: 'lateness p99 of a 10 ms timer, Workers busy', unit: 'ms', file: 'lateness.mjs', goal: 1 },
];

const files = [
  { id: 'files', title: '`fs.promises.readFile` of 4 kB, 64 in flight', unit: 'us', file: 'files.mjs', args: ['promises'], goal: 1 / 1.5, against: 'node' },
  { id: 'files-one', title: '`fs.promises.readFile` of 4 kB, one after the other', unit: 'us', file: 'files.mjs', args: ['one'], goal: 1, against: 'node' },
  { id: 'files-handle', title: '`FileHandle.read` of 4 kB, one after the other', unit: 'us', file: 'files.mjs', args: ['handle'], goal: 1, against: 'node' },
  { id: 'files-sync', title: '`fs.readFileSync` of 4 kB', unit: 'us', file: 'files.mjs', args: ['sync'], goal: 1, against: 'node' },
  { id: 'pipeline', title: 'a file of 64 MB through `pipeline`', unit: 'ms', file: 'files.mjs', args: ['pipeline'], goal: 1, against: 'node' },
  { id: 'pipeline-memory', title: 'resident memory of copying 4 GB through `pipeline`', unit: 'MB', file: 'pipeline-memory.mjs', goal: 100, absolute: true },
];

const library = [
  call('emit', '`EventEmitter.emit`'),
  call('emit-0', '`emit` without a value'),
  call('emit-3', '`emit` of three values'),
  call('emit-many', '`emit` to three listeners'),
  call('url', '`new URL`'),
  call('url-relative', '`new URL` with a base'),
  call('url-unusual', '`new URL` of one to be put in order'),
  call('url-parts', '`new URL`, and three parts of it'),
  call('inspect', '`util.inspect` of a small object'),
  call('inspect-flat', '`util.inspect` of a flat object'),
  call('inspect-class', '`util.inspect` of an instance'),
  call('inspect-array', '`util.inspect` of an array'),
  call('inspect-map', '`util.inspect` of a Map'),
  call('inspect-deep', '`util.inspect` of a nested object'),
  call('inspect-rows', '`util.inspect` of 100 rows'),
  call('clone-small', '`structuredClone` of a small object'),
  call('clone-flat', '`structuredClone` of a flat object'),
  call('clone-nested', '`structuredClone` of a nested object'),
  call('clone-array', '`structuredClone` of a short array'),
  call('clone-map', '`structuredClone` of a Map'),
  { id: 'clone', title: '`structuredClone` of 1000 rows', unit: 'us', file: 'clone.mjs', goal: 1, against: 'node' },
  call('json-parse', '`JSON.parse` of 100 rows'),
  call('json-stringify', '`JSON.stringify` of 100 rows'),
  call('typed-small', '`new Uint8Array(64)`'),
  call('buffer-unsafe', '`Buffer.allocUnsafe(64)`'),
  call('buffer-alloc', '`Buffer.alloc(64)`'),
  call('buffer-concat', '`Buffer.concat` of 10 small ones'),
  ...textScenarios(),
];

const compression = [
  { id: 'gzip', title: '`gzipSync` of 1 MB', unit: 'ms', file: 'gzip.mjs' },
  { id: 'gunzip', title: '`gunzipSync` to 1 MB', unit: 'ms', file: 'gunzip.mjs' },
  { id: 'gunzip-stream', title: '`pipeline` of gunzip to 16 MB', unit: 'ms', file: 'gunzip-stream.mjs' },
  ...[1, 5, 9].map((quality) => ({
    id: `brotli-${quality}`, title: `\`brotliCompressSync\` of 1 MB, quality ${quality}`, unit: 'ms', file: 'brotli.mjs', args: [`${quality}`],
  })),
];

const kernels = ['nbody', 'fannkuch', 'scheduler', 'wasm'].map((name) => (
  { id: name, title: `CPU kernel: ${name}`, unit: 'ms', file: `kernels/${name}.mjs`, goal: 1 / 0.97, against: 'node' }
));

// Text to bytes and back, in each encoding and size; as UTF-8 also what is not ASCII.
function textScenarios() {
  const found = [];
  for (const size of [64, 4096, 1 << 20]) {
    for (const [operation, encodings] of [
      ['from', ['utf8', 'base64', 'hex', 'latin1']], ['toString', ['utf8', 'base64', 'hex', 'latin1']],
      ['encode', ['utf8', 'accents', 'wide']], ['decode', ['utf8', 'accents', 'wide']],
      ['from', ['accents', 'wide']], ['toString', ['accents', 'wide']],
    ]) {
      for (const encoding of encodings) {
        found.push({
          id: `text-${operation}-${encoding}-${size}`, title: `${operation} ${encoding}, ${size} bytes`, unit: 'ns', file: 'text.mjs',
          args: [operation, encoding, `${size}`], goal: 1, against: 'node',
        });
      }
    }
  }
  return found;
}

// 200 small modules in a folder of their own, in a chain four wide, and one that imports them.
function manyModules() {
  const folder = join(cache, 'modules-200');
  const main = join(folder, 'main.mjs');
  if (existsSync(main)) return main;
  mkdirSync(folder, { recursive: true });
  let imports = '';
  for (let i = 0; i < 200; i++) {
    const before = i < 4 ? '' : `import { value as before } from './module-${i - 4}.mjs';\n`;
    const value = i < 4 ? `${i}` : 'before + 1';
    writeFileSync(join(folder, `module-${i}.mjs`), `${before}export const value = ${value};\nexport function twice(x) {\n  return 2 * x;\n}\n`);
    imports += `import { twice as t${i} } from './module-${i}.mjs';\n`;
  }
  writeFileSync(main, `${imports}if (t199(1) !== 2) throw new Error('wrong');\n`);
  return main;
}

// A file as bundlers write it: modules as functions in one object, each of them loaded, and a fifth of them used. Beside it
// a script that requires it, so that runtimes with a cache of compiled code may use that.
function bundle(megabytes) {
  const folder = join(cache, `bundle-${megabytes}`);
  const main = join(folder, 'main.cjs');
  if (existsSync(main)) return main;
  mkdirSync(folder, { recursive: true });
  const size = megabytes * 1e6;
  let text = "'use strict';\nconst modules = {\n";
  let count = 0;
  for (; text.length < size; count++) text += `  ${count}: (exports) => {\n${bundledModule(count)}  },\n`;
  text += `};
let sum = 0;
for (const id of Object.keys(modules)) {
  const exports = {};
  modules[id](exports);
  if (id % 5 === 0) sum += exports.start();
}
exports.sum = sum;
`;
  writeFileSync(join(folder, 'bundle.cjs'), text);
  writeFileSync(main, "if (!(require('./bundle.cjs').sum > 0)) throw new Error('wrong');\n");
  return main;
}

function bundledModule(id) {
  let text = '    class Base { constructor(value) { this.value = value; } }\n';
  for (let i = 0; i < 12; i++) {
    text += `    function part${i}(request, options = {}) {
      const { name = 'part ${id} ${i}', list = [], depth = ${i} } = options;
      if (typeof request === 'string' && request.length > ${i + 1}) {
        return list.map((item, index) => ({ item, index, key: \`\${name}-\${index}\` })).filter((entry) => entry.index % 2 === ${id % 2});
      }
      for (const entry of list) {
        if (entry.depth > depth) throw new RangeError(\`too deep: \${entry.depth}\`);
      }
      return { request, name, depth, total: list.reduce((sum, one) => sum + one.value, 0) };
    }
    class Kind${i} extends Base {
      get twice() { return this.value * 2; }
      toString() { return \`Kind${i}(\${this.value})\`; }
    }
    exports.part${i} = part${i};
    exports.Kind${i} = Kind${i};
`;
  }
  return `${text}    exports.start = () => part${id % 12}('x', { list: [{ value: ${id + 1} }] }).total;\n`;
}

export const GROUPS = {
  'Start': start, 'Workers and messages': workers, 'Pool': pool, 'Loop': loop, 'Files': files, 'Core library': library, 'Compression': compression,
  'CPU kernels': kernels,
};
