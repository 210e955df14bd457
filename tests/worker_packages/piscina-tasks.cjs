const { BroadcastChannel } = require('worker_threads');
const { setTimeout } = require('timers/promises');
const { move, transferableSymbol, valueSymbol } = require('piscina');
const add = async ({ a, b }) => { await setTimeout(5); return a + b; };
module.exports = Object.assign(add, {
  multiply: ({ a, b }) => a * b,
  wait: (ms) => setTimeout(ms),
  moved: () => move(new ArrayBuffer(10)),
  both() {
    const [a, b] = [new Uint8Array(2), new Uint8Array(3)];
    return move({ get [transferableSymbol]() { return [a.buffer, b.buffer]; }, get [valueSymbol]() { return { a, b, left: a.length }; } });
  },
  sum: (list) => list.reduce((x, y) => x + y),
  listen: (name) => new Promise((resolve) => {
    const channel = new BroadcastChannel('announcements');
    channel.onmessage = ({ data }) => { channel.close(); resolve(`${name} heard: ${data}`); };
  }),
});
