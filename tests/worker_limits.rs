//! Workers that use more than they may: each ends alone, with its error, and the process goes on.

mod common;

use common::run_module;

/// Runs each of `shapes` (lines `name: source`) in a Worker with `limits`; the process prints `name code` for each.
fn run_shapes(limits: &str, shapes: &str) -> common::Run {
    run_module(&format!(
        r"
        import {{ Worker }} from 'node:worker_threads';
        const shapes = String.raw`{shapes}`.split('\n').map((line) => line.trim()).filter((line) => line !== '');
        for (const line of shapes) {{
          const [, name, source] = /^(\w+): (.*)$/.exec(line);
          const worker = new Worker(source, {{ eval: true, stderr: true, resourceLimits: {limits} }});
          const error = await new Promise((resolve) => {{
            let error;
            worker.on('error', (e) => {{ error = e; }});
            worker.on('exit', (code) => resolve(code === 1 ? error : code));
          }});
          const expected = error?.code === 'ERR_WORKER_OUT_OF_MEMORY' && worker.threadId === -1;
          if (!expected) console.log(name, error);
        }}
        console.log('over');
        "
    ))
}

#[test]
fn heap_of_any_shape_that_is_full_ends_the_worker_alone() {
    run_shapes(
        "{ maxOldGenerationSizeMb: 24 }",
        r#"
        arrays: const a = []; for (;;) a.push(new Array(1000).fill(1));
        doubles: const k = []; for (;;) k.push(new Array(3e7).fill(0.5))
        maps: const m = new Map(); for (let i = 0; ; i++) m.set(i, { i });
        dictionary: const o = {}; for (let i = 0; ; i++) o['k' + i] = i;
        closures: let f = () => 0; for (;;) { const g = f; f = () => g; }
        strings: const a = []; for (let i = 0; ; i++) a.push(String(i).repeat(100) + i);
        flat: let s = 'abc'; for (;;) { s = s + s + 'x'; s.charCodeAt(1); /x$/.test(s) }
        replaced: let s = 'a'.repeat(1 << 28); s = s.replace(/a/g, 'aaa')
        joined: const a = new Array(1 << 20).fill('abcdefgh'); const k = []; for (;;) k.push(a.join(','))
        concat: let a = [1, 2, 3]; for (;;) a = a.concat(a)
        sliced: const a = new Array(3e7).fill(1); a.length = 2 ** 27; [].concat(a, a, a, a)
        spread: let a = [1, 2, 3]; for (;;) a = [...a, ...a]
        json: const s = '[' + '[1,2,3],'.repeat(5e5) + '1]'; const k = []; for (;;) k.push(JSON.parse(s))
        regexp: const s = 'a'.repeat(1 << 20); const k = []; for (;;) k.push(s.match(/a/g), [...s.matchAll(/(a)/g)])
        clone: const o = Array.from({ length: 1e5 }, (_, i) => ({ i })); const k = []; for (;;) k.push(structuredClone(o))
        bigint: const k = []; for (let i = 0n; ; i++) k.push((1n << 100000n) + i)
        code: const k = []; for (let i = 0; ; i++) k.push(new Function('return ' + i))
        contexts: const vm = require('vm'); const k = []; for (;;) k.push(vm.createContext({}))
        slowly: const a = []; for (;;) { let x = []; for (let i = 0; i < 1000; i++) x.push({ i }); a.push(x[0], 'k' + a.length); }
        "#,
    )
    .exits(0)
    .prints("over\n");
}

#[test]
fn heap_that_fills_anywhere_ends_the_worker_alone() {
    run_shapes(
        "{ maxOldGenerationSizeMb: 24 }",
        r"
        promises: const a = []; for (;;) a.push(Promise.resolve().then(() => {}));
        microtasks: (function f() { queueMicrotask(f); queueMicrotask(f); })()
        awaiting: (async () => { const a = []; for (;;) { a.push(new Array(1000).fill(1)); await 0; } })()
        ticks: (function f() { process.nextTick(f); process.nextTick(f); })()
        immediates: (function f() { for (let i = 0; i < 1000; i++) setImmediate(f); })()
        timers: setInterval(() => {}, 1); (function f() { for (let i = 0; i < 1000; i++) setTimeout(f, 0); })()
        catching: const k = []; for (;;) { try { for (;;) k.push(new Array(1000).fill(1)) } catch {} finally { k.push(1) } }
        exiting: const k = []; process.on('exit', () => { for (;;) k.push(new Array(1000).fill(1)) })
        uncaught: const k = []; process.on('uncaughtException', () => { for (;;) k.push(new Array(1000).fill(1)) }); throw 1
        getter: const k = []; structuredClone({ get a() { for (;;) k.push(new Array(1000).fill(1)) } })
        importing: const k = []; import('data:text/javascript,const k = []; for (;;) k.push(new Array(1000))')
        nested: const w = new (require('worker_threads').Worker)('const a = []; for (;;) a.push(new Array(1000).fill(1))', { eval: true, resourceLimits: { maxOldGenerationSizeMb: 16 } }); w.on('error', (e) => { throw e })
        ",
    )
    .exits(0)
    .prints("over\n");
}

#[test]
fn memory_outside_the_heap_is_limited_too() {
    run_shapes(
        "{ maxOldGenerationSizeMb: 24, maxArrayBufferSizeMb: 48 }",
        r"
        buffers: const a = []; for (;;) a.push(new ArrayBuffer(1 << 20));
        large: const a = []; for (;;) a.push(new Uint8Array(1 << 26));
        node: const a = []; for (;;) a.push(Buffer.alloc(1 << 20, 1));
        shared: const a = []; for (;;) a.push(new SharedArrayBuffer(1 << 20));
        growable: const a = []; for (;;) a.push(new SharedArrayBuffer(1 << 20, { maxByteLength: 1 << 21 }));
        grown: const a = []; for (;;) { const s = new SharedArrayBuffer(1, { maxByteLength: 1 << 20 }); s.grow(1 << 20); a.push(s) }
        formats: const a = []; for (;;) a.push(new Intl.DateTimeFormat('de', { dateStyle: 'full' }))
        segmenters: const a = []; for (;;) a.push(new Intl.Segmenter('en', { granularity: 'sentence' }))
        resizable: const a = []; for (;;) a.push(new ArrayBuffer(1 << 20, { maxByteLength: 1 << 21 }));
        wasm: const a = []; for (;;) a.push(new WebAssembly.Memory({ initial: 100 }));
        files: const fs = require('fs'); const k = []; for (;;) k.push(fs.readFileSync(process.execPath))
        posting: const { port1 } = new MessageChannel(); for (;;) { const b = new ArrayBuffer(1 << 20); port1.postMessage(b, [b]) }
        cloning: const { port1 } = new MessageChannel(); const s = ['x'.repeat(1 << 20)]; for (;;) port1.postMessage(s)
        ",
    )
    .exits(0)
    .prints("over\n");
}

#[test]
fn array_buffers_are_limited_without_being_told() {
    run_shapes(
        "{ maxOldGenerationSizeMb: 24 }",
        "
        buffers: const a = []; for (;;) a.push(new ArrayBuffer(1 << 20));
        ",
    )
    .exits(0)
    .prints("over\n");
}

/// Shapes that V8 has no way back from, or that do not look for interrupts: the thread is given up.
#[test]
fn what_cannot_be_unwound_does_not_end_the_process() {
    run_shapes(
        "{ maxOldGenerationSizeMb: 24 }",
        r"
        filling: const k = []; for (;;) k.push(new Array(1e8).fill(0.5))
        ",
    )
    .exits(0)
    .prints("over\n");
    if cfg!(any(unix, target_env = "msvc")) {
        run_shapes("{ maxOldGenerationSizeMb: 24 }", "splitting: 'a'.repeat(4e8).split('')").exits(0).prints("over\n");
    }
}

#[test]
fn heap_too_small_to_start_in_ends_the_worker_alone() {
    // Where the bootstrap code just fits, the program does not.
    let shape = "start: const a = []; for (;;) a.push(new Array(1000).fill(1))";
    for old in [0.3, 0.5, 1.0, 1.5] {
        let limits = format!("{{ maxOldGenerationSizeMb: {old}, maxYoungGenerationSizeMb: 0.1 }}");
        run_shapes(&limits, shape).exits(0).prints("over\n");
    }
}

#[test]
fn message_too_large_for_its_receiver_ends_the_receiver() {
    run_module(
        r"
        import { Worker } from 'node:worker_threads';
        const source = `require('worker_threads').parentPort.on('message', () => {})`;
        const worker = new Worker(source, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 16 } });
        worker.on('error', (e) => console.log(e.code));
        worker.on('exit', (code) => console.log(code));
        worker.postMessage(Array.from({ length: 1e6 }, (_, i) => ({ i })));
        ",
    )
    .exits(0)
    .prints("ERR_WORKER_OUT_OF_MEMORY\n1\n");
}

/// A Worker that makes buffers and gives them away, or lets them go, uses none.
#[test]
fn transferred_and_collected_buffers_are_not_held_against_a_worker() {
    run_module(
        r"
        import { Worker } from 'node:worker_threads';
        const worker = new Worker(`
          const { parentPort } = require('worker_threads');
          for (let i = 0; i < 100; i++) {
            const buffer = new ArrayBuffer(1 << 20);
            parentPort.postMessage(buffer, [buffer]);
          }
          for (let i = 0; i < 500; i++) new Uint8Array(1 << 20)[5] = 1;
        `, { eval: true, resourceLimits: { maxArrayBufferSizeMb: 16 } });
        const kept = [];
        worker.on('message', (m) => kept.push(m));
        worker.on('exit', (code) => console.log(code, kept.length, worker.resourceLimits));
        console.log(worker.resourceLimits.maxArrayBufferSizeMb);
        ",
    )
    .exits(0)
    .prints("16\n0 100 {}\n");
}

#[test]
fn recursion_without_end_is_an_error_whatever_the_stack() {
    run_module(
        r"
        import { Worker } from 'node:worker_threads';
        const sources = [
          '(function f() { f() })()',
          'let a = []; for (let i = 0; i < 1e6; i++) a = [a]; structuredClone(a)',
          'const o = {}; Object.defineProperty(o, `x`, { get() { return structuredClone(o) }, enumerable: true }); o.x',
          'const p = new Proxy({}, { get(t, k, r) { return r[k] } }); p.x',
          'require(`fs`).readFileSync({ toString() { return this + 1 } } + ``)',
        ];
        for (const stackSizeMb of [0.1, 4, 64]) {
          for (const source of sources) {
            const worker = new Worker(source, { eval: true, resourceLimits: { stackSizeMb } });
            let error = 'no error';
            worker.on('error', (e) => { error = e; });
            await new Promise((resolve) => worker.on('exit', resolve));
            // A stack this large holds some of them.
            if (!(error instanceof RangeError) && stackSizeMb < 64) console.log(stackSizeMb, source, error);
          }
        }
        ",
    )
    .exits(0)
    .prints("");
}

#[test]
fn processor_and_process_survive_many_full_workers_at_once() {
    run_module(
        r"
        import { Worker } from 'node:worker_threads';
        const source = 'const a = []; for (;;) a.push(new Array(1000).fill(1));';
        const codes = await Promise.all(Array.from({ length: 12 }, () => new Promise((resolve) => {
          const worker = new Worker(source, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 8 } });
          worker.on('error', (e) => resolve(e.code));
        })));
        console.log(codes.every((code) => code === 'ERR_WORKER_OUT_OF_MEMORY'));
        ",
    )
    .exits(0)
    .prints("true\n");
}

#[test]
fn limits_that_were_not_asked_for_are_shown() {
    run_module(
        r"
        import assert from 'node:assert';
        import v8 from 'node:v8';
        import { Worker } from 'node:worker_threads';
        const source = 'require(`worker_threads`).parentPort.postMessage(require(`worker_threads`).resourceLimits)';
        for (const resourceLimits of [undefined, { maxOldGenerationSizeMb: 40, stackSizeMb: 2 }]) {
          const worker = new Worker(source, { eval: true, resourceLimits });
          const { maxOldGenerationSizeMb: old, maxYoungGenerationSizeMb: young, ...rest } = worker.resourceLimits;
          worker.on('message', (limits) => assert.deepStrictEqual(limits, { maxYoungGenerationSizeMb: young, maxOldGenerationSizeMb: old, ...rest }));
          await new Promise((resolve) => worker.on('exit', resolve));
          const whole = v8.getHeapStatistics().heap_size_limit / 2 ** 20;
          // V8 rounds the young generation up.
          console.log(resourceLimits ? [old, young] : old > whole / 2 && young > 0 && old + young <= whole, rest);
        }
        ",
    )
    .exits(0)
    .prints("true { codeRangeSizeMb: 0, stackSizeMb: 4 }\n[ 40, 10 ] { codeRangeSizeMb: 0, stackSizeMb: 2 }\n");
}

/// What one Worker took is the process's no longer.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn memory_of_a_full_worker_is_given_back() {
    run_module(
        r"
        import assert from 'node:assert';
        import { Worker } from 'node:worker_threads';
        const source = 'const a = []; for (;;) a.push(new Intl.DateTimeFormat(`de`, { dateStyle: `full` }))';
        const rss = () => process.memoryUsage.rss() / 2 ** 20;
        const before = rss();
        const worker = new Worker(source, { eval: true, resourceLimits: { maxArrayBufferSizeMb: 200 } });
        let most = 0;
        const timer = setInterval(() => { most = Math.max(most, rss()); }, 5);
        worker.on('error', (e) => console.log(e.code));
        await new Promise((resolve) => worker.on('exit', resolve));
        clearInterval(timer);
        assert.ok(most > before + 120, `${most} MB at most`);
        assert.ok(rss() < before + 80, `${before} MB before, ${rss()} MB after`);
        ",
    )
    .exits(0)
    .prints("ERR_WORKER_OUT_OF_MEMORY\n");
}
