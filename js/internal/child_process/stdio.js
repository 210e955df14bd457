'use strict';

// The `stdio` option of child processes: from every form users may write it in to one plain entry for each descriptor.

const { codes } = require('internal/errors');

// 'pipe' -> ['pipe', 'pipe', 'pipe'], with an IPC channel after them where `channel` says so.
function stdioStringToArray(stdio, channel) {
  const list = [];
  switch (stdio) {
    case 'ignore':
    case 'overlapped':
    case 'pipe':
      list.push(stdio, stdio, stdio);
      break;
    case 'inherit':
      list.push(0, 1, 2);
      break;
    default:
      throw new codes.ERR_INVALID_ARG_VALUE('stdio', stdio);
  }
  if (channel) list.push(channel);
  return list;
}

// The descriptor behind a stream or a handle, if it has one.
function descriptorOf(value) {
  if (typeof value !== 'object' || value === null) return undefined;
  if (typeof value.fd === 'number' && value.fd >= 0) return value.fd;
  const fd = (value.handle ?? value._handle)?.fd;
  return typeof fd === 'number' && fd >= 0 ? fd : undefined;
}

// Returns { stdio, ipc }: entries { type, fd?, input? } of type 'ignore', 'pipe', 'ipc' or 'fd', and the index of the
// channel or undefined.
function getValidStdio(stdio, sync) {
  if (typeof stdio === 'string') stdio = stdioStringToArray(stdio);
  else if (!Array.isArray(stdio)) throw new codes.ERR_INVALID_ARG_VALUE('stdio', stdio);

  const entries = [];
  let ipc;
  const count = Math.max(stdio.length, 3);
  for (let i = 0; i < count; i++) {
    const given = stdio[i] ?? (i < 3 ? 'pipe' : 'ignore');
    let fd;
    if (given === 'ignore') {
      entries.push({ type: 'ignore' });
    } else if (given === 'pipe' || given === 'overlapped' || (typeof given === 'number' && given < 0)) {
      entries.push({ type: 'pipe' });
    } else if (given === 'ipc') {
      if (sync) throw new codes.ERR_IPC_SYNC_FORK();
      if (ipc !== undefined) throw new codes.ERR_IPC_ONE_PIPE();
      ipc = i;
      entries.push({ type: 'ipc' });
    } else if (given === 'inherit') {
      entries.push({ type: 'fd', fd: i, inherited: true });
    } else if (typeof given === 'number') {
      entries.push({ type: 'fd', fd: given });
    } else if ((fd = descriptorOf(given)) !== undefined) {
      entries.push({ type: 'fd', fd, stream: given });
    } else if (typeof given === 'string' || ArrayBuffer.isView(given)) {
      if (!sync) {
        throw new codes.ERR_INVALID_SYNC_FORK_INPUT(require('internal/util/inspect').inspect(given));
      }
      entries.push({ type: 'pipe', input: given });
    } else {
      throw new codes.ERR_INVALID_ARG_VALUE('stdio', given);
    }
  }
  return { stdio: entries, ipc };
}

module.exports = { getValidStdio, stdioStringToArray };
