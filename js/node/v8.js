'use strict';
// node:v8: https://nodejs.org/api/v8.html.

const {
  codes: {
    ERR_NOT_BUILDING_SNAPSHOT,
  },
} = require('internal/errors');
const { loaded } = require('internal/realm');
const { defineLazyValue } = require('internal/lazy');
const binding = internalBinding('v8');

function setFlagsFromString(flags) {
  require('internal/validators').validateString(flags, 'flags');
  // Weft does this itself, once nobody has wanted the exception; V8 would not ask.
  const abort = /^--?(no-?)?abort[-_]on[-_]uncaught[-_]exception$/.exec(flags.trim());
  if (abort !== null) {
    require('internal/options').override('--abort-on-uncaught-exception', abort[1] === undefined);
    return;
  }
  binding.setFlagsFromString(flags);
}

function getHeapStatistics() {
  return binding.getHeapStatistics();
}

function getHeapSpaceStatistics() {
  return binding.getHeapSpaceStatistics();
}

function getHeapCodeStatistics() {
  return binding.getHeapCodeStatistics();
}

function cachedDataVersionTag() {
  return binding.cachedDataVersionTag();
}

// ---- serialization ------------------------------------------------------

function serialize(value) {
  return require('internal/serdes').serialize(value);
}

function deserialize(buffer) {
  return require('internal/serdes').deserialize(buffer);
}

// ---- heap snapshots -----------------------------------------------------

function getHeapSnapshot(options) {
  const { checkSnapshotOptions, snapshotStream } = require('internal/heap_snapshot');
  checkSnapshotOptions(options);
  return snapshotStream(binding.takeHeapSnapshot());
}

function writeHeapSnapshot(filename, options) {
  require('internal/heap_snapshot').checkSnapshotOptions(options);
  if (filename !== undefined) {
    filename = require('internal/fs/utils').getValidatedPath(filename);
  } else {
    filename = require('internal/process/profiles').diagnosticName('Heap', 'heapsnapshot');
  }
  require('fs').writeFileSync(filename, binding.takeHeapSnapshot());
  return `${filename}`;
}

function setHeapSnapshotNearHeapLimit(limit) {
  require('internal/validators').validateUint32(limit, 'limit', true);
  require('internal/process/profiles').writeNearHeapLimit('snapshots', limit);
}

function setHeapProfileNearHeapLimit(limit) {
  require('internal/validators').validateUint32(limit, 'limit', true);
  require('internal/process/profiles').writeNearHeapLimit('profiles', limit);
}

// ---- startup snapshots --------------------------------------------------

function notBuilding() {
  throw new ERR_NOT_BUILDING_SNAPSHOT();
}

const startupSnapshot = {
  addDeserializeCallback: notBuilding,
  addSerializeCallback: notBuilding,
  setDeserializeMainFunction: notBuilding,
  isBuildingSnapshot() {
    return false;
  },
};

// ---- garbage collection -------------------------------------------------

class GCProfiler {
  // The profile under way, by the native side's number; 0 for none.
  #id = 0;
  #startTime = 0;

  start() {
    if (this.#id !== 0) return;
    this.#id = internalBinding('gc_profiler').start();
    this.#startTime = Date.now();
  }

  stop() {
    if (this.#id === 0) return undefined;
    const statistics = internalBinding('gc_profiler').stop(this.#id);
    this.#id = 0;
    return { version: 1, startTime: this.#startTime, statistics, endTime: Date.now() };
  }

  [Symbol.dispose]() {
    this.stop();
  }
}

// ---- strings, C++ objects -----------------------------------------------

function isStringOneByteRepresentation(content) {
  require('internal/validators').validateString(content, 'content');
  return internalBinding('util').isOneByteString(content);
}

// There is no heap of C++ objects beside V8's own here.
function getCppHeapStatistics(type = 'detailed') {
  require('internal/validators').validateOneOf(type, 'type', ['brief', 'detailed']);
  return {
    __proto__: null, committed_size_bytes: 0, resident_size_bytes: 0, used_size_bytes: 0, space_statistics: [],
    type_names: [], detail_level: type,
  };
}

module.exports = {
  cachedDataVersionTag,
  getHeapSnapshot,
  getHeapStatistics,
  getHeapSpaceStatistics,
  getHeapCodeStatistics,
  setFlagsFromString,
  deserialize,
  serialize,
  writeHeapSnapshot,
  takeCoverage() { loaded('internal/coverage')?.write(); },
  stopCoverage() { loaded('internal/coverage')?.stop(); },
  queryObjects(ctor, options = undefined) { return require('internal/query_objects').queryObjects(ctor, options); },
  setHeapSnapshotNearHeapLimit,
  startupSnapshot,
  getCppHeapStatistics,
  isStringOneByteRepresentation,
  startCpuProfile(options) { return require('internal/v8_profiles').startCpuProfile(options); },
  startHeapProfile(options) { return require('internal/v8_profiles').startHeapProfile(options); },
  setHeapProfileNearHeapLimit,
  GCProfiler,
};

for (const name of ['Serializer', 'Deserializer', 'DefaultSerializer', 'DefaultDeserializer']) {
  defineLazyValue(module.exports, name, () => require('internal/serdes')[name]);
}
defineLazyValue(module.exports, 'promiseHooks', () => require('internal/promise_hooks').promiseHooks);
