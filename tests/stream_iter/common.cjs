'use strict';
// What the scripts beside this share.

exports.bytes = (text) => new TextEncoder().encode(text);
exports.string = (chunk) => new TextDecoder().decode(chunk);
exports.tick = () => new Promise((resolve) => setImmediate(resolve));

// The batches of a stream, as text.
exports.batches = async (stream) => {
  const list = [];
  for await (const batch of stream) list.push(batch.map(exports.string));
  return list;
};
exports.batchesSync = (stream) => Array.from(stream, (batch) => batch.map(exports.string));

// All of it, one after the other, so that nothing is waited for that another one of them keeps from happening.
exports.all = (...tests) => {
  (async () => {
    for (const test of tests) await test();
  })().then(() => {
    exports.finished = true;
  });
  process.on('exit', (code) => {
    if (code === 0 && !exports.finished) {
      console.error('the tests did not come to their end');
      process.exitCode = 1;
    }
  });
};
