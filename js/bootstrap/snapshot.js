'use strict';
// What the startup snapshot holds (src/snapshot/): the common part of every isolate, evaluated, and modules that most
// programs load. The rule for evaluated ones: their top level reads nothing of this process (command line, environment, clock,
// ids) and tells Rust nothing but what src/snapshot/make.rs carries over.

const { compileAhead } = require('internal/realm');

require('bootstrap/main');
require('bootstrap/worker');
require('bootstrap/pool');

const EVALUATED = [
  'internal/options',
  'internal/errors',
  'internal/error_codes',
  'internal/validators',
  'internal/modules/run_main',
  'internal/modules/esm_loader',
  'internal/modules/format',
  'internal/vm/import',
  'internal/process/env',
  'internal/async_context',
  'internal/worker/thread',
  'internal/worker/messaging',
  'web/message_channel',
  'internal/modules/builtin_exports',
  'worker_threads',
];
for (const id of EVALUATED) require(id);

// The lists of ids that users may name are made when first asked for, and `weft -e` defines a global for each of them.
require('internal/realm').allBuiltins();
require('internal/modules/run_main').exposeBuiltins({});

// Each isolate evaluates these itself, when it needs them; they are compiled already.
const COMPILED = [
  'vm',
  'internal/pool/share',
  'internal/pool/slices',
  'internal/pool/task_context',
];
for (const id of COMPILED) compileAhead(id);
