'use strict';
// What the command line wants to know of a whole run: --cpu-prof, --heap-prof, --heapsnapshot-signal. Each thread has its own
// profiles; signals are the main thread's.

const path = require('path');

// A name as Node gives its diagnostic files: KIND.DATE.TIME.PID.THREAD.NUMBER.EXTENSION. The number is the process's.
function diagnosticName(kind, extension, threadId = internalBinding('worker').threadId()) {
  const now = new Date();
  const two = (value) => `${value}`.padStart(2, '0');
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  const number = `${internalBinding('report').nextFileNumber()}`.padStart(3, '0');
  return `${kind}.${date}.${time}.${process.pid}.${threadId}.${number}.${extension}`;
}

function startProfile(getOptionValue, flag, kind, extension, params) {
  const folder = getOptionValue(`${flag}-dir`) ?? getOptionValue('--diagnostic-dir') ?? '';
  const name = getOptionValue(`${flag}-name`)?.replaceAll('${pid}', process.pid) ??
    diagnosticName(kind, extension);
  internalBinding('loop').startProfile(kind === 'Heap', JSON.stringify(params), path.resolve(folder, name));
}

function writeSnapshotAt(signal, getOptionValue) {
  require('internal/validators').validateString(signal, '--heapsnapshot-signal');
  if (require('internal/signals').signalNumbers()[signal] === undefined) {
    const { codes: { ERR_UNKNOWN_SIGNAL } } = require('internal/errors');
    throw new ERR_UNKNOWN_SIGNAL(signal);
  }
  const folder = path.resolve(getOptionValue('--diagnostic-dir') ?? '');
  process.on(signal, () => {
    const fs = require('fs');
    fs.mkdirSync(folder, { recursive: true });
    const at = (thread) => path.join(folder, diagnosticName('Heap', 'heapsnapshot', thread));
    const loops = internalBinding('loop');
    // Other threads write theirs when they come to it, beside this one.
    for (const { thread } of loops.threads()) if (thread !== 0) loops.writeHeapSnapshot(thread, at(thread));
    require('v8').writeHeapSnapshot(at(0));
  });
}

function start(getOptionValue) {
  if (getOptionValue('--cpu-prof')) {
    const interval = Number(getOptionValue('--cpu-prof-interval') ?? 1000);
    startProfile(getOptionValue, '--cpu-prof', 'CPU', 'cpuprofile', { interval });
  }
  if (getOptionValue('--heap-prof')) {
    const samplingInterval = Number(getOptionValue('--heap-prof-interval') ?? 512 * 1024);
    startProfile(getOptionValue, '--heap-prof', 'Heap', 'heapprofile', { samplingInterval });
  }
  const limit = getOptionValue('--heapsnapshot-near-heap-limit');
  if (limit > 0) writeNearHeapLimit('snapshots', limit);
  const signal = getOptionValue('--heapsnapshot-signal');
  if (signal !== undefined && internalBinding('worker').threadId() === 0) writeSnapshotAt(signal, getOptionValue);
}

// What is already written when the heap is nearly full; the first to ask for it has set how often.
const written = { __proto__: null, profiles: false, snapshots: false };

function writeNearHeapLimit(what, limit) {
  if (written[what]) return;
  const folder = path.resolve(require('internal/options').getOptionValue('--diagnostic-dir') ?? '');
  internalBinding('near_heap_limit').watch(what === 'profiles', limit, folder, internalBinding('worker').threadId());
  written[what] = true;
}

module.exports = { diagnosticName, start, writeNearHeapLimit };
