//! The surface of `node:worker_threads` beyond messages and ends: what a parent may ask of a Worker, messages by thread
//! id, ports in other contexts, locks, descriptors, and the global class Worker.

mod common;

use common::{TestDir, run, run_module};

#[test]
fn worker_answers_its_parent_while_it_is_busy() {
    run_module(
        r"
        import { Worker } from 'node:worker_threads';
        const worker = new Worker('require(`worker_threads`).parentPort.postMessage(0); for (;;);', { eval: true });
        await new Promise((resolve) => worker.once('message', resolve));
        const heap = await worker.getHeapStatistics();
        console.log(heap.used_heap_size > 0 && heap.number_of_native_contexts === 1);
        const first = await worker.cpuUsage();
        while ((await worker.cpuUsage(first)).user < 20_000);
        const handle = await worker.startCpuProfile();
        const other = await worker.startCpuProfile();
        while ((await worker.cpuUsage(first)).user < 60_000);
        const text = await handle.stop();
        console.log(JSON.parse(text).samples.length > 0, text === await handle.stop());
        await other[Symbol.asyncDispose]();
        let size = 0;
        for await (const chunk of await worker.getHeapSnapshot()) size += chunk.length;
        console.log(size > 100_000);
        const utilization = worker.performance.eventLoopUtilization();
        console.log(utilization.utilization);
        const left = [worker.getHeapStatistics(), worker.terminate(), worker.getHeapStatistics()];
        // The last question may still be answered, or be too late; it is not left open.
        console.log((await Promise.allSettled(left)).length);
        await worker.startHeapProfile().catch((error) => console.log(error.code));
        ",
    )
    .exits(0)
    .prints("true\ntrue true\ntrue\n0\n3\nERR_WORKER_NOT_RUNNING\n");
}

#[test]
fn worker_answers_its_parent_while_it_sleeps() {
    run_module(
        r"
        import { Worker } from 'node:worker_threads';
        const worker = new Worker('setInterval(() => {}, 2 ** 30); [1].map(() => new Array(1e5))', { eval: true });
        // Asked before it runs.
        const early = worker.getHeapStatistics();
        console.log((await early).total_heap_size > 0);
        const handle = await worker.startHeapProfile({ sampleInterval: 1024 });
        const { head } = JSON.parse(await handle.stop());
        console.log(head.callFrame.functionName);
        // A machine that is busy with other things can be late with the Worker.
        let sleeps = false;
        for (let attempt = 0; attempt < 50 && !sleeps; attempt++) {
          const before = worker.performance.eventLoopUtilization();
          await new Promise((resolve) => setTimeout(resolve, 50));
          const { idle, utilization } = worker.performance.eventLoopUtilization(before);
          sleeps = idle > 20 && utilization < 0.5;
        }
        console.log(sleeps);
        console.log(worker.hasRef(), (worker.unref(), worker.hasRef()), (worker.ref(), worker.hasRef()));
        {
          await using same = worker;
        }
        console.log(worker.threadId, worker.threadName, worker.hasRef());
        ",
    )
    .exits(0)
    .prints("true\n(root)\ntrue\ntrue false true\n-1 null false\n");
}

#[test]
fn thread_that_ends_while_it_listens_answers_nobody() {
    run_module(
        r"
        import { Worker, postMessageToThread } from 'node:worker_threads';
        const worker = new Worker(`
          process.on('workerMessage', () => process.exit(5));
          const { parentPort } = require('worker_threads');
          parentPort.on('message', () => {});
          parentPort.postMessage('ready');
        `, { eval: true });
        worker.once('message', () => {
          postMessageToThread(worker.threadId, 'go').then(() => console.log('delivered'), (error) => console.log(error.code));
        });
        worker.on('exit', (code) => console.log('exit', code));
        ",
    )
    .exits(0)
    .prints("exit 5\n");
}

#[test]
fn threads_post_to_each_other_by_id() {
    run_module(
        r"
        import { Worker, postMessageToThread } from 'node:worker_threads';
        const code = (p) => p.then((v) => v, (error) => error.code);
        const source = `
          const { parentPort, postMessageToThread, threadId } = require('worker_threads');
          process.on('workerMessage', (value, from) => {
            if (value === 'throw') throw new Error('not mine');
            if (value === 'off') { process.removeAllListeners('workerMessage'); return; }
            if (value.to !== undefined) postMessageToThread(value.to, [value, threadId]);
          });
          parentPort.on('message', () => parentPort.close());
          parentPort.postMessage('ready');`;
        const [a, b] = [new Worker(source, { eval: true }), new Worker(source, { eval: true })];
        await Promise.all([a, b].map((w) => new Promise((resolve) => w.once('message', resolve))));
        const answer = new Promise((resolve) => process.once('workerMessage', (...args) => resolve(args)));
        const buffer = new ArrayBuffer(4);
        await postMessageToThread(a.threadId, { to: 0, buffer }, [buffer]);
        const [[{ buffer: came }, id], from] = await answer;
        console.log(came.byteLength, buffer.byteLength, id === a.threadId && from === a.threadId);
        console.log(await code(postMessageToThread(b.threadId, 'throw')));
        await postMessageToThread(b.threadId, 'off');
        console.log(await code(postMessageToThread(b.threadId, 1)), await code(postMessageToThread(99, 1)));
        console.log(await code(postMessageToThread(0, 1)), await code(postMessageToThread(1, 1, [], 'x')));
        const busy = new Worker('for (;;);', { eval: true });
        await new Promise((resolve) => busy.once('online', resolve));
        const [late, lost] = [postMessageToThread(busy.threadId, 1, [], 5), postMessageToThread(busy.threadId, 1)];
        console.log(await code(late));
        busy.terminate();
        console.log(await code(lost));
        for (const w of [a, b]) w.postMessage(0);
        ",
    )
    .exits(0)
    .prints(
        "4 0 true\nERR_WORKER_MESSAGING_ERRORED\nERR_WORKER_MESSAGING_FAILED ERR_WORKER_MESSAGING_FAILED\n\
         ERR_WORKER_MESSAGING_SAME_THREAD ERR_INVALID_ARG_TYPE\nERR_WORKER_MESSAGING_TIMEOUT\n\
         ERR_WORKER_MESSAGING_FAILED\n",
    );
}

#[test]
fn port_moved_to_a_context_belongs_there() {
    run_module(
        r"
        import vm from 'node:vm';
        import { MessageChannel, MessagePort, moveMessagePortToContext } from 'node:worker_threads';
        const context = vm.createContext({ console });
        const { port1, port2 } = new MessageChannel();
        context.port = moveMessagePortToContext(port1, context);
        console.log(context.port instanceof Object, context.port instanceof MessagePort);
        vm.runInContext(`
          port.onmessage = ({ data, target, ports }) => {
            console.log(data instanceof Object, data.list instanceof Array, target === port, ports.length);
            try { port.postMessage(() => {}); } catch (error) { console.log(error instanceof Error, error.name, error.code); }
            data.port.onmessage = ({ data }) => { console.log(data); data.port; port.postMessage(data); port.close(); };
            data.port.start();
          };
          port.start();`, context);
        const other = new MessageChannel();
        port2.postMessage({ list: [], port: other.port1 }, [other.port1]);
        other.port2.postMessage('through');
        port2.on('message', (value) => { console.log('back', value); other.port2.close(); });
        for (const args of [[port1, context], [{}, context], [other.port2, {}]]) {
          try { moveMessagePortToContext(...args); } catch (error) { console.log(error.code); }
        }
        ",
    )
    .exits(0)
    .prints(
        "false false\nERR_CLOSED_MESSAGE_PORT\nERR_INVALID_ARG_TYPE\nERR_INVALID_ARG_TYPE\ntrue true true 1\n\
         true DataCloneError 25\nthrough\nback through\n",
    );
}

#[test]
fn locks_hold_across_threads() {
    run_module(
        r"
        import { Worker, locks } from 'node:worker_threads';
        const worker = new Worker(`
          const { locks, parentPort } = require('worker_threads');
          locks.request('x', () => { parentPort.postMessage(0); return new Promise(() => {}); });
          parentPort.on('message', () => {});`, { eval: true });
        await new Promise((resolve) => worker.once('message', resolve));
        const abort = new AbortController();
        const aborted = locks.request('x', { signal: abort.signal }, () => console.log('never'));
        const waiting = locks.request('x', { mode: 'shared' }, (lock) => `${lock.name} ${lock.mode}`);
        const { held, pending } = await locks.query();
        console.log(held.map(({ name, mode }) => `${name} ${mode}`), pending.map(({ mode }) => mode));
        console.log(held[0].clientId !== pending[0].clientId, navigator.locks === locks);
        console.log(await locks.request('x', { ifAvailable: true }, (lock) => lock));
        abort.abort(new Error('enough'));
        await aborted.catch((error) => console.log(error.message));
        // What a thread held is free when it ends.
        worker.terminate();
        console.log(await waiting);
        const order = [];
        const first = locks.request('y', async () => { order.push(1); await null; order.push(2); });
        await Promise.all([first, locks.request('y', () => order.push(3))]);
        console.log(order.join(), await locks.request('y', () => 'result'));
        const robbed = locks.request('z', () => new Promise((resolve) => setTimeout(resolve, 1e6).unref()));
        console.log(await locks.request('z', { steal: true }, () => 'stolen'));
        await robbed.catch((error) => console.log(error.name));
        await locks.request('w', () => { throw new RangeError('thrown'); }).catch((error) => console.log(error.message));
        console.log(await locks.query());
        ",
    )
    .exits(0)
    .prints(
        "[ 'x exclusive' ] [ 'exclusive', 'shared' ]\ntrue true\nnull\nenough\nx shared\n1,2,3 result\nstolen\nAbortError\n\
         thrown\n{ held: [], pending: [] }\n",
    );
}

#[cfg(unix)]
#[test]
fn worker_leaves_no_descriptor_it_opened_by_number() {
    run_module(
        r"
        import { closeSync, fstatSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
        import { tmpdir } from 'node:os';
        import { join } from 'node:path';
        import { Worker } from 'node:worker_threads';
        const dir = mkdtempSync(join(tmpdir(), 'weft-fds-'));
        const file = join(dir, 'file');
        writeFileSync(file, '');
        const { ino } = statSync(file);
        const source = `
          const fs = require('fs');
          const { parentPort, workerData: file } = require('worker_threads');
          const keep = fs.openSync(file);
          fs.closeSync(fs.openSync(file));
          fs.open(file, (error, fd) => parentPort.postMessage([keep, fd]));`;
        for (const trackUnmanagedFds of [undefined, false]) {
          const worker = new Worker(source, { eval: true, trackUnmanagedFds, workerData: file });
          let fds;
          worker.on('message', (value) => { fds = value; });
          await new Promise((resolve) => worker.on('exit', resolve));
          for (const fd of fds) {
            // The number may be that of something else by now.
            let isOpen = false;
            try {
              isOpen = fstatSync(fd).ino === ino;
            } catch (error) {
              if (error.code !== 'EBADF') throw error;
            }
            console.log(isOpen);
            if (isOpen) closeSync(fd);
          }
        }
        rmSync(dir, { recursive: true });
        ",
    )
    .exits(0)
    .prints("false\nfalse\ntrue\ntrue\n");
}

/// Files that a Worker opened, was about to open, or gave away and nobody took.
#[cfg(target_os = "linux")]
#[test]
fn no_file_outlives_the_thread_or_the_message_it_was_in() {
    let dir = TestDir::new();
    let main = dir.write(
        "main.mjs",
        r"
        import fs from 'node:fs';
        import { MessageChannel, Worker } from 'node:worker_threads';
        const count = () => fs.readdirSync('/proc/self/fd').length;
        const run = (source) => new Promise((resolve) => {
          const worker = new Worker(`const fs = require('fs'); ${source}`, { eval: true });
          worker.on('exit', resolve);
        });
        await run('');
        // The loop's own come with its first sleep.
        await new Promise((r) => setTimeout(r, 5));
        const before = count();
        // An operation under way when its thread ends may end a little later.
        const left = async () => {
          for (let i = 0; count() > before && i < 1000; i++) await new Promise((r) => setTimeout(r, 5));
          return count() - before;
        };
        const sources = [
          'fs.promises.open(process.execPath).then((handle) => { globalThis.handle = handle; })',
          'fs.promises.open(process.execPath).then((handle) => process.exit())',
          'for (let i = 0; i < 20; i++) fs.promises.open(process.execPath); process.nextTick(() => process.exit())',
          'for (let i = 0; i < 20; i++) fs.open(process.execPath, () => {}); setImmediate(() => process.exit())',
          `const { port1, port2 } = new MessageChannel();
           fs.promises.open(process.execPath).then((handle) => port1.postMessage(handle, [handle]))`,
        ];
        for (const source of sources) {
          await run(source);
          console.log(await left());
        }
        const { port1, port2 } = new MessageChannel();
        const handle = await fs.promises.open(process.execPath);
        port1.postMessage({ handle }, [handle]);
        console.log(handle.fd, count() - before);
        port2.close();
        console.log(await left());
        ",
    );
    // What is counted are files; a spare's loop has descriptors of its own, for as long as it waits.
    run(["--no-spare-isolate".as_ref(), main.as_os_str()]).exits(0).prints("0\n0\n0\n0\n0\n-1 1\n0\n");
}

#[test]
fn worker_checks_its_options() {
    run_module(
        r"
        import { Worker } from 'node:worker_threads';
        const code = (...args) => {
          try {
            new Worker(...args).terminate();
            return 'fine';
          } catch (error) {
            return error.code ?? error.name;
          }
        };
        const e = (options) => code('', { eval: true, ...options });
        console.log(code(), code(1), code('x.js'), code(new URL('http://x/')), code('data:text/javascript,'));
        console.log(code(new URL('data:text/javascript,'), { eval: true }));
        console.log(e({ argv: 1 }), e({ execArgv: 1 }), e({ execArgv: ['--no-such-flag'] }), e({ execArgv: [''] }));
        console.log(e({ env: 1 }), e({ env: null }), e({ name: 1 }), e({ workerData: () => {} }));
        console.log(e({ env: { NODE_OPTIONS: '--title=x' } }), e({ env: { NODE_OPTIONS: '-r node:fs' } }));
        ",
    )
    .exits(0)
    .prints(
        "ERR_INVALID_ARG_TYPE ERR_INVALID_ARG_TYPE ERR_WORKER_PATH ERR_INVALID_URL_SCHEME ERR_WORKER_PATH\n\
         ERR_INVALID_ARG_VALUE\n\
         ERR_INVALID_ARG_TYPE ERR_INVALID_ARG_TYPE ERR_WORKER_INVALID_EXEC_ARGV fine\n\
         ERR_INVALID_ARG_TYPE fine ERR_INVALID_ARG_TYPE 25\n\
         ERR_WORKER_INVALID_EXEC_ARGV fine\n",
    );
}

#[test]
fn web_worker_has_the_scope_of_a_dedicated_worker() {
    let dir = TestDir::new();
    dir.write(
        "classic.js",
        r"
        const { sep } = require('path');
        self.onmessage = ({ data, ports }) => {
          if (data === 'import') {
            importScripts('./lib.js', 'data:text/javascript,var%20b=2');
            let failed;
            try { importScripts('./missing.js'); } catch (e) { failed = e.name; }
            postMessage([a, b, failed, location.protocol, location.href === `${location}`]);
            return;
          }
          if (data === 'throw') throw new RangeError('thrown');
          if (data === 'close') { postMessage('closing'); close(); return; }
          ports[0]?.postMessage('on the port');
          postMessage([data, name, self === globalThis, self instanceof DedicatedWorkerGlobalScope, typeof sep]);
        };
        ",
    );
    dir.write("lib.js", "var a = 1;");
    dir.write(
        "module.mjs",
        r"
        import { basename } from 'node:path';
        addEventListener('error', (event) => { postMessage(event.error.message); event.preventDefault(); });
        addEventListener('message', ({ data }) => {
          let failed;
          try { importScripts('./lib.js'); } catch (e) { failed = e.name; }
          postMessage([data.byteLength, basename(import.meta.url), failed]);
          setTimeout(() => { throw new Error('mine'); });
        }, { once: true });
        ",
    );
    let main = dir.write(
        "main.mjs",
        r"
        const next = (target, type = 'message') => new Promise((r) => target.addEventListener(type, r, { once: true }));
        const classic = new Worker(new URL('classic.js', import.meta.url), { name: 'n' });
        const { port1, port2 } = new MessageChannel();
        classic.postMessage('hello', [port2]);
        console.log((await next(classic)).data, (await next(port1)).data);
        port1.close();
        classic.postMessage('import');
        console.log((await next(classic)).data);
        classic.postMessage('close');
        console.log((await next(classic)).data);

        const module = new Worker(new URL('module.mjs', import.meta.url).href, { type: 'module' });
        const buffer = new ArrayBuffer(8);
        module.postMessage(buffer, { transfer: [buffer] });
        console.log((await next(module)).data, buffer.byteLength, (await next(module)).data);

        const failing = new Worker(new URL('classic.js', import.meta.url));
        failing.postMessage('throw');
        failing.onerror = (event) => console.log(event instanceof ErrorEvent, event.message, event.lineno);
        await next(failing, 'error');

        const url = URL.createObjectURL(new Blob(['onmessage = ({ data }) => { postMessage(data + 1); close(); }']));
        const blob = new Worker(url);
        blob.postMessage(1);
        console.log((await next(blob)).data);
        const data = new Worker('data:text/javascript,postMessage(typeof require)', { type: 'module' });
        console.log((await next(data)).data);
        const ended = new Worker('data:text/javascript,for (;;);');
        ended.terminate();
        for (const args of [[], ['x:y'], ['./x', { type: 'odd' }]]) {
          try { new Worker(...args); } catch (error) { console.log(error.name); }
        }
        const { Worker: Thread } = await import('node:worker_threads');
        new Thread('console.log(typeof self, typeof postMessage)', { eval: true });
        ",
    );
    run([main]).exits(0).prints(
        "[ 'hello', 'n', true, true, 'string' ] on the port\n[ 1, 2, 'NetworkError', 'file:', true ]\nclosing\n[ 8, 'module.mjs', 'TypeError' ] 0 mine\n\
         true Uncaught RangeError: thrown 11\n2\nundefined\nTypeError\nNotSupportedError\nTypeError\n\
         undefined undefined\n",
    );
}
