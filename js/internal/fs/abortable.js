'use strict';

// readFile and writeFile in steps, for callers that may change their minds (AbortSignal) or hand over data as it comes (iterables). Between
// steps the signal is looked at; a step under way is finished first, so no descriptor is closed while the kernel uses it.

const { AbortError } = require('internal/errors');
const { lazyBuffer, toBytes, validateWritable } = require('internal/fs/utils');
const { call1, call3, call5 } = require('internal/fs/native_promise');
const { kCurrentPosition } = require('internal/fs/descriptors');

const binding = internalBinding('fs');

// Large enough that steps cost little, small enough that an abort is noticed soon.
const kStep = 512 * 1024;

function checkAborted(signal) {
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
}

// Runs `work(fd)` on a descriptor that is open for it, or on the caller's own.
async function withFile(target, flags, mode, work) {
  if (typeof target === 'number') return work(target);
  const fd = await call3(binding.openHandle, target, flags, mode);
  try {
    return await work(fd);
  } finally {
    await call1(binding.closeHandle, fd);
  }
}

async function readFile(target, flags, encoding, signal) {
  checkAborted(signal);
  const Buffer = lazyBuffer();
  const bytes = await withFile(target, flags, 0o666, async (fd) => {
    const chunks = [];
    for (;;) {
      checkAborted(signal);
      const chunk = Buffer.allocUnsafeSlow(kStep);
      const count = await call5(binding.read, fd, chunk, 0, kStep, kCurrentPosition);
      if (count === 0) break;
      chunks.push(count === kStep ? chunk : chunk.subarray(0, count));
    }
    checkAborted(signal);
    return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
  });
  return encoding && encoding !== 'buffer' ? bytes.toString(encoding) : bytes;
}

async function writeBytes(fd, bytes, signal) {
  let done = 0;
  while (done < bytes.byteLength) {
    checkAborted(signal);
    done += await call5(binding.write, fd, bytes, done, Math.min(kStep, bytes.byteLength - done), kCurrentPosition);
  }
}

async function writeFile(target, flags, mode, bytes, flush, signal) {
  checkAborted(signal);
  await withFile(target, flags, mode, async (fd) => {
    await writeBytes(fd, bytes, signal);
    checkAborted(signal);
    if (flush) await call1(binding.fsync, fd);
  });
}

async function writeIterable(target, flags, mode, iterable, encoding, flush, signal) {
  checkAborted(signal);
  await withFile(target, flags, mode, async (fd) => {
    for await (const chunk of iterable) {
      checkAborted(signal);
      validateWritable(chunk, 'data');
      await writeBytes(fd, toBytes(chunk, encoding), signal);
    }
    checkAborted(signal);
    if (flush) await call1(binding.fsync, fd);
  });
}

module.exports = { readFile, writeFile, writeIterable };
