'use strict';
// A file read over and over, and bytes sent to and fro on a loopback socket, both without a pause.

const { once } = require('events');
const fs = require('fs');
const net = require('net');
const os = require('os');
const path = require('path');

async function readOverAndOver(file, state) {
  while (!state.stopped) {
    const bytes = await fs.promises.readFile(file);
    state.done += bytes.length > 0 ? 1 : 0;
  }
}

// Whoever listens sends everything back; whoever connected sends again once all of it came.
async function startEcho(bytes, state, fail) {
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect(server.address().port, '127.0.0.1');
  await once(socket, 'connect');
  let missing = bytes.length;
  socket.on('error', fail);
  socket.on('data', (chunk) => {
    missing -= chunk.length;
    if (missing > 0) return;
    state.done++;
    missing = bytes.length;
    if (!state.stopped) socket.write(bytes);
  });
  socket.write(bytes);
  return async () => {
    const closed = once(server, 'close');
    socket.destroy();
    server.close();
    await closed;
  };
}

module.exports = {
  about: 'files read, and bytes to and fro on a loopback socket',
  unit: 'bytes',
  payload: [1, 65_536, 1_073_741_824],
  async start({ payload, fail }) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-loop-'));
    const file = path.join(folder, 'payload');
    const bytes = Buffer.alloc(payload, 'x');
    const state = { done: 0, stopped: false };
    fs.writeFileSync(file, bytes);
    const reading = readOverAndOver(file, state).catch(fail);
    const closeEcho = await startEcho(bytes, state, fail);
    return {
      operations: () => state.done,
      async stop() {
        state.stopped = true;
        await closeEcho();
        await reading;
        fs.rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};
