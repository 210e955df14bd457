//! Worker pools and RPC libraries from npm, unmodified, in the way their own READMEs show.
//!
//! Not in the default run, since it needs packages that are not part of this repository: in an empty folder, `npm install
//! piscina tinypool workerpool synckit comlink`, then
//! `WEFT_TEST_PACKAGES=FOLDER cargo test --test worker_packages -- --ignored`.

mod common;

use std::path::{Path, PathBuf};

use common::{Run, TestDir, run};

/// A directory where the packages are found, with `files` in it; the first of them is run.
fn run_with_packages(files: &[(&str, &str)]) -> Run {
    let packages =
        std::env::var_os("WEFT_TEST_PACKAGES").map(PathBuf::from).expect("WEFT_TEST_PACKAGES names a folder");
    let dir = TestDir::new();
    link(&packages.join("node_modules"), &dir.path().join("node_modules"));
    let mut paths = files.iter().map(|(name, text)| dir.write(name, text));
    let main = paths.next().expect("a program");
    paths.for_each(drop);
    run([main])
}

#[cfg(unix)]
fn link(target: &Path, at: &Path) {
    std::os::unix::fs::symlink(target, at).expect("a link to the packages");
}

#[cfg(windows)]
fn link(target: &Path, at: &Path) {
    std::os::windows::fs::symlink_dir(target, at).expect("a link to the packages");
}

const TASKS: &str = r"
    export default ({ a, b }) => a + b;
    export function multiply({ a, b }) { return a * b; }
    export async function slow() { await new Promise((resolve) => setTimeout(resolve, 1e6)); }
";

#[test]
#[ignore = "needs packages from npm, see the head of this file"]
fn package_piscina() {
    let main = r"
        import { Piscina } from 'piscina';
        const pool = new Piscina({ filename: new URL('tasks.mjs', import.meta.url).href });
        console.log(await pool.run({ a: 4, b: 6 }), await pool.run({ a: 4, b: 6 }, { name: 'multiply' }));
        const abort = new AbortController();
        const task = pool.run({}, { signal: abort.signal, name: 'slow' });
        setTimeout(() => abort.abort(), 50);
        await task.catch((error) => console.log(error.name));
        const many = await Promise.all(Array.from({ length: 200 }, (_, i) => pool.run({ a: i, b: 1 })));
        console.log(many.reduce((a, b) => a + b), pool.completed);
        await pool.destroy();
    ";
    run_with_packages(&[("main.mjs", main), ("tasks.mjs", TASKS)]).exits(0).prints("10 24\nAbortError\n20100 203\n");
}

#[test]
#[ignore = "needs packages from npm, see the head of this file"]
fn package_tinypool() {
    let main = r"
        import Tinypool from 'tinypool';
        const pool = new Tinypool({ filename: new URL('tasks.mjs', import.meta.url).href });
        console.log(await pool.run({ a: 4, b: 6 }));
        console.log((await Promise.all([1, 2, 3].map((a) => pool.run({ a, b: a }, { name: 'multiply' })))).join());
        await pool.destroy();
    ";
    run_with_packages(&[("main.mjs", main), ("tasks.mjs", TASKS)]).exits(0).prints("10\n1,4,9\n");
}

#[test]
#[ignore = "needs packages from npm, see the head of this file"]
fn package_workerpool() {
    let main = r"
        const workerpool = require('workerpool');
        (async () => {
          const offloaded = workerpool.pool({ workerType: 'thread' });
          console.log(await offloaded.exec((a, b) => a + b, [3, 4]));
          const pool = workerpool.pool(`${__dirname}/worker.js`, { workerType: 'thread' });
          const proxy = await pool.proxy();
          console.log(await proxy.fibonacci(10));
          await pool.exec('endless').timeout(100).catch((error) => console.log(error instanceof workerpool.Promise.TimeoutError));
          console.log(await pool.exec('report', [], { on: (payload) => console.log(payload) }));
          await Promise.all([pool.terminate(), offloaded.terminate()]);
        })();
    ";
    let worker = r"
        const workerpool = require('workerpool');
        const fibonacci = (n) => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));
        workerpool.worker({
          fibonacci,
          endless() { for (;;); },
          report() { workerpool.workerEmit({ progress: 1 }); return 'done'; },
        });
    ";
    run_with_packages(&[("main.js", main), ("worker.js", worker)])
        .exits(0)
        .prints("7\n55\ntrue\n{ progress: 1 }\ndone\n");
}

/// Runs `main` of tests/worker_packages, with `others` beside it.
fn run_files(main: &str, others: &[&str]) -> Run {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/worker_packages");
    let read = |name: &&str| std::fs::read_to_string(folder.join(name)).expect("a file of tests/worker_packages");
    let names: Vec<&str> = std::iter::once(main).chain(others.iter().copied()).collect();
    let texts: Vec<String> = names.iter().map(read).collect();
    let files: Vec<(&str, &str)> = names.iter().copied().zip(texts.iter().map(String::as_str)).collect();
    run_with_packages(&files)
}

/// What else the READMEs show: named tasks, abort by an emitter, moving memory, queues, back-pressure, broadcast, async
/// initialization.
#[test]
#[ignore = "needs packages from npm, see the head of this file"]
fn package_piscina_in_full() {
    run_files("piscina.cjs", &["piscina-tasks.cjs", "piscina-init.cjs"]).exits(0).prints(
        "10 24\nAbortError\n1,2,3,4 false true 4\n\
         10 { a: Uint8Array(2) [ 0, 0 ], b: Uint8Array(3) [ 0, 0, 0 ], left: 2 }\n6 0\n\
         [ 'one heard: to all', 'two heard: to all' ]\n2,4,6\n",
    );
}

/// Ports in tasks; processes instead of threads, and a channel to them.
#[test]
#[ignore = "needs packages from npm, see the head of this file"]
fn package_tinypool_in_full() {
    run_files("tinypool.mjs", &["tinypool-worker.mjs"])
        .exits(0)
        .prints("heard hello talked\n10\n{ received: 'hello process', response: 'hello back' }\n");
}

/// Processes, transfers both ways, events, time limits and cancellation with a listener for them.
#[test]
#[ignore = "needs packages from npm, see the head of this file"]
fn package_workerpool_in_full() {
    run_files("workerpool.cjs", &["workerpool-worker.cjs"])
        .exits(0)
        .prints("7\n6 0\nUint8Array(3) [ 0, 1, 2 ]\ntrue [ 'begun', 'complete' ]\nPromise timed out after 30 ms\npromise cancelled\n9 1\n");
}

/// A classic Worker that loads the library by `importScripts`, as in browsers.
#[test]
#[ignore = "needs packages from npm, see the head of this file"]
fn package_comlink_in_full() {
    run_files("comlink.mjs", &["comlink-worker.js"])
        .exits(0)
        .prints("0\n1\ncalled with a text\n6 0\nfalse no\nclick\n2\n");
}

#[test]
#[ignore = "needs packages from npm, see the head of this file"]
fn package_synckit() {
    let main = r"
        import { createSyncFn } from 'synckit';
        const double = createSyncFn(new URL('worker.mjs', import.meta.url).href);
        console.log(double(5), double(6));
        try { double('x'); } catch (error) { console.log(error instanceof TypeError, error.message); }
    ";
    let worker = r"
        import { runAsWorker } from 'synckit';
        runAsWorker(async (n) => {
          if (typeof n !== 'number') throw new TypeError('no number');
          await new Promise((resolve) => setTimeout(resolve, 5));
          return 2 * n;
        });
    ";
    run_with_packages(&[("main.mjs", main), ("worker.mjs", worker)]).exits(0).prints("10 12\ntrue no number\n");
}

#[test]
#[ignore = "needs packages from npm, see the head of this file"]
fn package_comlink() {
    let main = r"
        import { Worker } from 'node:worker_threads';
        import * as Comlink from 'comlink';
        import nodeEndpoint from 'comlink/dist/umd/node-adapter.js';
        const worker = new Worker(new URL('worker.mjs', import.meta.url));
        const api = Comlink.wrap(nodeEndpoint(worker));
        console.log(await api.doMath());
        await api.each([1, 2], Comlink.proxy((item) => console.log('item', item)));
        const counter = await new api.Counter(5);
        await counter.add(2);
        console.log(await counter.value);
        await worker.terminate();
        // The same over the global class, as in browsers.
        const web = new globalThis.Worker(new URL('web.mjs', import.meta.url), { type: 'module' });
        console.log(await Comlink.wrap(web).twice(21));
        web.terminate();
    ";
    let worker = r"
        import { parentPort } from 'node:worker_threads';
        import * as Comlink from 'comlink';
        import nodeEndpoint from 'comlink/dist/umd/node-adapter.js';
        class Counter {
          constructor(value) { this.value = value; }
          add(n) { this.value += n; }
        }
        Comlink.expose({
          Counter, doMath: () => 4, async each(list, callback) { for (const item of list) await callback(item); },
        }, nodeEndpoint(parentPort));
    ";
    let web = r"
        import * as Comlink from 'comlink';
        Comlink.expose({ twice: (n) => 2 * n });
    ";
    run_with_packages(&[("main.mjs", main), ("worker.mjs", worker), ("web.mjs", web)])
        .exits(0)
        .prints("4\nitem 1\nitem 2\n7\n42\n");
}
