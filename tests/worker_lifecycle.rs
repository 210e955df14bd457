//! Workers from their start to their end, whichever way that comes.

mod common;

use common::{TestDir, run, run_module, run_script};

#[test]
fn worker_runs_a_file_with_data_arguments_and_environment() {
    let dir = TestDir::new();
    dir.write(
        "worker.mjs",
        r"
        import { isMainThread, parentPort, threadId, workerData } from 'node:worker_threads';
        parentPort.postMessage([isMainThread, threadId, workerData, process.argv.slice(2), process.env.ONLY]);
        ",
    );
    let main = dir.write(
        "main.mjs",
        r"
        import { Worker, isMainThread, parentPort, threadId } from 'node:worker_threads';
        const worker = new Worker(new URL('worker.mjs', import.meta.url), {
          workerData: { a: [1] }, argv: ['x', 2], env: { ONLY: 'this' },
        });
        worker.on('online', () => console.log('online', worker.threadId));
        worker.on('message', (m) => console.log(m));
        worker.on('exit', (code) => console.log('exit', code, worker.threadId, isMainThread, parentPort, threadId));
        ",
    );
    run([main]).exits(0).prints("online 1\n[ false, 1, { a: [ 1 ] }, [ 'x', '2' ], 'this' ]\nexit 0 -1 true null 0\n");
}

#[test]
fn worker_ends_with_the_code_its_end_calls_for() {
    run_module(
        r"
        import { Worker } from 'node:worker_threads';
        const end = (source) => new Promise((resolve) => {
          const worker = new Worker(source, { eval: true });
          let error;
          worker.on('error', (e) => { error = `${e.constructor.name} ${e.code} ${e.message}`; });
          worker.on('exit', (code) => resolve([code, error]));
        });
        console.log(await end(''));
        console.log(await end('process.exitCode = 5'));
        console.log(await end('process.exit(7); for (;;);'));
        console.log(await end('process.on(`exit`, () => { process.exitCode = 9; }); setTimeout(() => process.exit(), 5)'));
        console.log(await end('const e = new RangeError(`m`); e.code = `C`; throw e'));
        console.log(await end('Promise.reject(new TypeError(`rejected`))'));
        console.log(await end('(function f() { f(); })()'));
        console.log((await end('syntax error'))[0]);
        ",
    )
    .exits(0)
    .prints(
        "[ 0, undefined ]\n[ 5, undefined ]\n[ 7, undefined ]\n[ 9, undefined ]\n[ 1, 'RangeError C m' ]\n\
         [ 1, 'TypeError undefined rejected' ]\n\
         [ 1, 'RangeError undefined Maximum call stack size exceeded' ]\n1\n",
    );
}

#[test]
fn terminate_ends_a_worker_wherever_it_is() {
    run_module(
        r"
        import assert from 'node:assert';
        import { once } from 'node:events';
        import { Worker } from 'node:worker_threads';
        const sources = [
          '',
          'for (;;);',
          'const a = []; for (;;) { a.push(new Array(1000).fill(1)); if (a.length > 1000) a.length = 0; }',
          'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
          'setInterval(() => {}, 1)',
          'function f() { queueMicrotask(f); } f();',
          'function f() { process.nextTick(f); } f();',
          'process.on(`exit`, () => { for (;;); }); process.exit()',
          'const { parentPort } = require(`worker_threads`); for (;;) parentPort.postMessage(new ArrayBuffer(1024));',
          'const { Worker } = require(`worker_threads`); new Worker(`for (;;);`, { eval: true }); for (;;);',
          'setTimeout(() => {}, 100000); try { for (;;); } catch {} finally { for (;;); }',
        ];
        for (const delay of [0, 3, 40]) {
          await Promise.all(sources.map(async (source) => {
            const worker = new Worker(source, { eval: true });
            const exit = once(worker, 'exit');
            if (delay > 0) await new Promise((r) => setTimeout(r, delay));
            const [first, second] = await Promise.all([worker.terminate(), worker.terminate()]);
            assert.ok(first === 1 || first === 0 || first === undefined, `${source}: ${first}`);
            assert.strictEqual(first, second);
            await exit;
            assert.strictEqual(await worker.terminate(), undefined);
          }));
        }
        ",
    )
    .exits(0);
}

#[test]
fn worker_out_of_heap_ends_alone() {
    run_module(
        r"
        import { Worker } from 'node:worker_threads';
        const shapes = {
          arrays: 'const a = []; for (;;) a.push(new Array(1000).fill(1));',
          maps: 'const m = new Map(); for (let i = 0; ; i++) m.set(i, { i });',
          closures: 'let f = () => 0; for (;;) { const g = f; f = () => g; }',
          strings: 'const a = []; for (let i = 0; ; i++) a.push(`${i}`.repeat(100) + i);',
        };
        for (const [name, source] of Object.entries(shapes)) {
          const worker = new Worker(source, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 24 } });
          await new Promise((resolve) => {
            worker.on('error', (e) => console.log(name, e.code));
            worker.on('exit', resolve);
          });
        }
        ",
    )
    .exits(0)
    .prints(
        "arrays ERR_WORKER_OUT_OF_MEMORY\nmaps ERR_WORKER_OUT_OF_MEMORY\nclosures ERR_WORKER_OUT_OF_MEMORY\n\
         strings ERR_WORKER_OUT_OF_MEMORY\n",
    );
}

#[test]
fn main_exit_ends_running_workers() {
    run_script(
        r"
        const { Worker } = require('node:worker_threads');
        for (let i = 0; i < 4; i++) new Worker('for (;;);', { eval: true });
        setTimeout(() => process.exit(3), 30);
        ",
    )
    .exits(3);
}

#[test]
fn unreferenced_worker_lets_the_process_end() {
    run_script(
        r"
        const { Worker } = require('node:worker_threads');
        const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
        worker.unref();
        worker.on('exit', () => console.log('not reached'));
        ",
    )
    .exits(0)
    .prints("");
}

#[test]
fn messages_posted_before_the_end_arrive_before_exit() {
    run_script(
        r"
        const { Worker } = require('node:worker_threads');
        const worker = new Worker(`
          const { parentPort } = require('node:worker_threads');
          for (let i = 0; i < 3000; i++) parentPort.postMessage(i);
          process.exit(2);
        `, { eval: true });
        let seen = 0;
        worker.on('message', (i) => { if (i !== seen++) throw new Error('order'); });
        worker.on('exit', (code) => console.log(seen, code));
        ",
    )
    .exits(0)
    .prints("3000 2\n");
}

#[test]
fn environment_data_reaches_workers_and_sharing_is_asked_for() {
    run_script(
        r"
        const { Worker, setEnvironmentData, SHARE_ENV } = require('node:worker_threads');
        setEnvironmentData('key', { v: 1 });
        process.env.FROM_MAIN = 'yes';
        const source = `
          const { getEnvironmentData, parentPort } = require('node:worker_threads');
          const had = process.env.FROM_MAIN;
          process.env.FROM_WORKER = 'set';
          parentPort.postMessage([getEnvironmentData('key'), had]);
        `;
        new Worker(source, { eval: true }).on('message', (m) => console.log(m)).on('exit', () => {
          console.log(process.env.FROM_WORKER);
          new Worker(source, { eval: true, env: SHARE_ENV }).on('exit', () => console.log(process.env.FROM_WORKER));
        });
        ",
    )
    .exits(0)
    .prints("[ { v: 1 }, 'yes' ]\nundefined\nset\n");
}

#[test]
fn worker_output_is_a_stream_where_it_is_asked_for() {
    run_script(
        r"
        const { Worker } = require('node:worker_threads');
        const worker = new Worker(`
          process.stdin.setEncoding('utf8');
          process.stdin.on('data', (text) => console.log('worker read', text));
          process.stdin.on('end', () => console.error('end'));
        `, { eval: true, stdin: true, stdout: true, stderr: true });
        let out = '', err = '';
        worker.stdout.on('data', (chunk) => { out += chunk; });
        worker.stderr.on('data', (chunk) => { err += chunk; });
        worker.stdin.end('hello');
        worker.on('exit', () => setImmediate(() => console.log(JSON.stringify([out, err]))));
        ",
    )
    .exits(0)
    .prints("[\"worker read hello\\n\",\"end\\n\"]\n");
}

/// What was written before `process.exit` is in the stream, all of it.
#[test]
fn worker_output_in_a_stream_survives_an_exit() {
    run_script(
        r"
        const { Worker } = require('node:worker_threads');
        const worker = new Worker(`
          for (let i = 0; i < 500; i++) console.log('line', i);
          process.stderr.write('one ');
          process.stderr.write('two');
          process.exit();
        `, { eval: true, stdout: true, stderr: true });
        let lines = 0, err = '';
        worker.stdout.on('data', (chunk) => { lines += String(chunk).split('\n').length - 1; });
        worker.stderr.on('data', (chunk) => { err += chunk; });
        worker.stderr.on('close', () => setImmediate(() => console.log(lines, err)));
        ",
    )
    .exits(0)
    .prints("500 one two\n");
}

/// 200 Workers started and ended at random moments; the process exits cleanly, and the second half needs no memory that
/// the first half did not.
#[test]
fn two_hundred_workers_at_random_moments_leave_nothing() {
    run_module(
        r"
        import assert from 'node:assert';
        import fs from 'node:fs';
        import { Worker } from 'node:worker_threads';
        // A generator of its own, so that a failure can be repeated.
        let seed = 12345;
        const random = (n) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;
        const sources = [
          '', 'for (;;);', 'setInterval(() => {}, 1)', 'process.exit(3)',
          'const { parentPort } = require(`worker_threads`); parentPort.on(`message`, (m) => parentPort.postMessage(m))',
          'const { parentPort } = require(`worker_threads`); for (;;) parentPort.postMessage(new Uint8Array(100))',
          'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
          'import(`node:path`).then(() => { for (;;); })',
        ];
        async function one() {
          const worker = new Worker(sources[random(sources.length)], { eval: true });
          const buffer = new ArrayBuffer(1000);
          worker.postMessage(buffer, [buffer]);
          const delay = random(30);
          if (delay > 0) await new Promise((r) => setTimeout(r, delay));
          await worker.terminate();
        }
        async function round(count) {
          let left = count;
          await Promise.all(Array.from({ length: 8 }, async () => { while (left-- > 0) await one(); }));
          await new Promise((r) => setTimeout(r, 50));
          return process.memoryUsage().rss / 2 ** 20;
        }
        const first = await round(100);
        const second = await round(100);
        const threads = process.platform === 'linux' ? fs.readdirSync('/proc/self/task').length : 0;
        const descriptors = process.platform === 'linux' ? fs.readdirSync('/proc/self/fd').length : 0;
        assert.ok(second < first + 24, `${first} MB after 100 Workers, ${second} MB after 200`);
        assert.ok(threads < 16, `${threads} threads left`);
        assert.ok(descriptors < 24, `${descriptors} descriptors left`);
        ",
    )
    .exits(0);
}

/// Workers print straight to the descriptor, whole lines; what was printed before an exit is there.
#[test]
fn lines_of_many_workers_arrive_whole_and_all_of_them() {
    let run = run_module(
        r"
        import { Worker } from 'node:worker_threads';
        const source = `
          const { workerData } = require('worker_threads');
          for (let i = 0; i < 200; i++) console.log(String(workerData).repeat(1 + i % 300));
          console.log('last ' + workerData);
          process.exit();
        `;
        let left = 4;
        for (let i = 1; i <= 4; i++) {
          new Worker(source, { eval: true, workerData: i }).on('exit', () => {
            if (--left > 0) return;
            console.log('main');
            process.exit();
          });
        }
        // Nothing a Worker prints waits for this thread.
        const end = Date.now() + 300;
        while (Date.now() < end);
        ",
    )
    .exits(0);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 4 * 201 + 1);
    assert_eq!(lines.last(), Some(&"main"));
    for line in lines {
        let first = line.as_bytes()[0];
        let whole = line.starts_with("last ") || line == "main" || line.bytes().all(|byte| byte == first);
        assert!(whole, "{line}");
    }
}
