'use strict';
// A debugger that is nobody's here, chrome-remote-interface, halts a program in its first line, attaches to its Worker and
// steps through that. `node client.cjs WEFT`; prints `ok`.

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const CDP = require('chrome-remote-interface');

// Messages of the program's side, and who waits for which.
class Events {
  #kept = [];
  #waiting = [];

  push(message) {
    const at = this.#waiting.findIndex(({ is }) => is(message));
    if (at === -1) this.#kept.push(message);
    else this.#waiting.splice(at, 1)[0].resolve(message);
  }

  next(method, sessionId) {
    const is = (message) => message.method === method && message.sessionId === sessionId;
    const at = this.#kept.findIndex(is);
    if (at !== -1) return Promise.resolve(this.#kept.splice(at, 1)[0]);
    return new Promise((resolve) => this.#waiting.push({ is, resolve }));
  }
}

// The line, from 1, and the function where a program stands.
function place({ params: { callFrames: [{ functionName, location }] } }) {
  return `${functionName}:${location.lineNumber + 1}`;
}

async function main(weft) {
  const program = spawn(weft, ['--inspect-brk=127.0.0.1:0', `${__dirname}/program.mjs`]);
  let [output, errors] = ['', ''];
  program.stdout.on('data', (text) => { output += text; });
  program.stderr.on('data', (text) => { errors += text; });
  const ended = once(program, 'exit');
  let address;
  while ((address = /ws:\/\/([^:]+):(\d+)\//.exec(errors)) === null) await once(program.stderr, 'data');
  const at = { host: address[1], port: Number(address[2]), local: true };
  const [target] = await CDP.List(at);
  assert.strictEqual(target.type, 'node');
  const client = await CDP(at);
  const events = new Events();
  client.on('event', (message) => events.push(message));

  await client.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true });
  await client.Runtime.enable();
  await client.Debugger.enable();
  await client.Runtime.runIfWaitingForDebugger();
  const first = await events.next('Debugger.paused');
  assert.strictEqual(first.params.reason, 'Break on start');
  assert.strictEqual(place(first), ':3');
  await client.Debugger.resume();

  const { params: { sessionId, targetInfo, waitingForDebugger } } = await events.next('Target.attachedToTarget');
  assert.deepStrictEqual([targetInfo.type, waitingForDebugger], ['node_worker', true]);
  const worker = (method, params = {}) => client.send(method, params, sessionId);
  const paused = () => events.next('Debugger.paused', sessionId);
  await worker('Runtime.enable');
  await worker('Debugger.enable');
  await worker('Runtime.runIfWaitingForDebugger');
  let stop = await paused();
  assert.strictEqual(place(stop), 'double:9');
  for (const [step, expected] of [['stepOver', 'double:10'], ['stepOver', 'double:11'], ['stepOut', ':14']]) {
    await worker(`Debugger.${step}`);
    stop = await paused();
    assert.strictEqual(place(stop), expected);
    if (expected !== 'double:11') continue;
    const [{ callFrameId }] = stop.params.callFrames;
    const { result } = await worker('Debugger.evaluateOnCallFrame', { callFrameId, expression: 'sum + twice' });
    assert.strictEqual(result.value, 63);
  }
  await worker('Debugger.resume');
  await events.next('Target.detachedFromTarget');
  await client.close();
  assert.deepStrictEqual([(await ended)[0], output], [0, 'got 42\n']);
  console.log('ok');
}

main(process.argv[2]);
