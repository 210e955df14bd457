//! `node:v8` beyond what Node's own tests hold.

mod common;

use common::{run_script, weft};

#[test]
fn buffers_that_nobody_keeps_are_collected_in_time() {
    let source = r"
        const text = 'x'.repeat(1 << 20);
        const encoder = new TextEncoder();
        for (let i = 0; i < 500; i++) {
            Buffer.from(text);
            Buffer.from(text, 'latin1');
            Buffer.allocUnsafe(1 << 20).fill(1);
            encoder.encode(text);
        }
        console.log(process.memoryUsage().rss < 600e6 || process.memoryUsage());
    ";
    run_script(source).exits(0).prints("true\n");
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn memory_of_large_objects_is_used_again_and_goes_back() {
    let source = r"
        const assert = require('node:assert');
        const { setTimeout } = require('node:timers/promises');
        const COUNT = 40;
        const bytes = Buffer.alloc(1 << 20);
        const faults = () => process.resourceUsage().minorPageFault;
        const rss = () => process.memoryUsage.rss();
        // Strings and arrays of a megabyte and more, which live until a full collection has promoted them, and another one finds them dead.
        function round(i) {
            const strings = [];
            for (let j = 0; j < COUNT; j++) {
                strings.push(bytes.fill(i + j).toString('hex'), new Array(150_000).fill(j));
            }
            gc();
            for (let j = 0; j < COUNT; j++) {
                const digits = (i + j).toString(16).padStart(2, '0');
                const text = strings[2 * j];
                assert.strictEqual(text.length, 2 << 20);
                assert.ok(text.startsWith(digits.repeat(8)) && text.endsWith(digits.repeat(8)));
                assert.ok(strings[2 * j + 1].every((number) => number === j));
            }
        }
        round(0);
        const beginning = faults();
        const first = (gc(), round(1), faults() - beginning);
        let last;
        for (let i = 2; i < 8; i++) {
            gc();
            const before = faults();
            round(i);
            last = faults() - before;
        }
        // 3.2 MB of new pages each, if they are new.
        const all = COUNT * (2 << 20) / 4096;
        assert.ok(last < all / 2, `${first} of ${all} faults, ${last} later`);
        const full = rss();
        gc();
        // Buffers are zeros again.
        const spoiled = (view) => view.some((byte) => byte !== 0);
        function buffers(i) {
            const all = [new Float64Array(1_000_000), new Uint8Array(new SharedArrayBuffer(3_000_000)), Buffer.alloc(600_000 + i)];
            assert.ok(!all.some(spoiled));
            for (const view of all) view.fill(i);
        }
        let newPages;
        for (let i = 1; i < 12; i++) {
            const before = faults();
            buffers(i);
            gc();
            newPages = faults() - before;
        }
        assert.ok(newPages < 11_600_000 / 4096 / 2, `${newPages} faults`);
        (async () => {
            while (rss() > full - 60e6) await setTimeout(50);
            console.log('done');
        })();
    ";
    let dir = common::TestDir::new();
    let file = dir.write("main.cjs", source);
    let output = weft().arg("--expose-gc").arg(file).output().expect("the binary starts");
    common::Run::from(output).exits(0).prints("done\n");
}

#[test]
fn gc_profiles_hold_what_was_collected_meanwhile() {
    let source = r"
        const assert = require('node:assert');
        const { GCProfiler } = require('node:v8');
        const first = new GCProfiler();
        const second = new GCProfiler();
        first.start();
        gc();
        second.start();
        second.start();
        gc();
        const one = first.stop();
        gc();
        const two = second.stop();
        assert.strictEqual(first.stop(), undefined);
        const full = ({ statistics }) => statistics.filter(({ gcType }) => gcType === 'MarkSweepCompact').length;
        assert.deepStrictEqual([full(one), full(two)], [2, 2]);
        assert.deepStrictEqual(Object.keys(one), ['version', 'startTime', 'statistics', 'endTime']);
        assert.ok(one.startTime <= one.endTime && Date.now() - one.startTime < 1e6);
        for (const { gcType, beforeGC, cost, afterGC } of one.statistics) {
            assert.strictEqual(typeof gcType, 'string');
            assert.ok(cost > 0);
            for (const { heapStatistics, heapSpaceStatistics } of [beforeGC, afterGC]) {
                assert.ok(heapStatistics.usedHeapSize > 0);
                const used = heapSpaceStatistics.reduce((sum, space) => sum + space.spaceUsedSize, 0);
                assert.ok(used > 0 && heapSpaceStatistics.some(({ spaceName }) => spaceName === 'old_space'));
            }
        }
        // One that is never stopped ends with its Worker.
        const { Worker } = require('node:worker_threads');
        new Worker(`const { GCProfiler } = require('node:v8'); new GCProfiler().start(); gc();`, { eval: true })
            .on('exit', (code) => console.log(code));
    ";
    let dir = common::TestDir::new();
    let file = dir.write("main.cjs", source);
    let output = weft().arg("--expose-gc").arg(file).output().expect("the binary starts");
    common::Run::from(output).exits(0).prints("0\n");
    run_script("require('node:v8').GCProfiler()").exits(1).complains("TypeError");
}

#[test]
fn query_objects_counts_what_lives_below_a_prototype() {
    let source = r"
        const { queryObjects } = require('node:v8');
        class A { constructor() { this.foo = 'bar'; } }
        console.log(queryObjects(A));
        const kept = [new A(), new A()];
        new A();
        console.log(queryObjects(A), queryObjects(A, { format: 'summary' }));
        class B extends A {}
        console.log(queryObjects(A), queryObjects(B), queryObjects(() => {}), kept.length);
        try { queryObjects(1); } catch (error) { console.log(error.code); }
        try { queryObjects(A, { format: 'x' }); } catch (error) { console.log(error.code); }
        console.log(Object.getOwnPropertySymbols(globalThis).length);
    ";
    run_script(source).exits(0).prints(
        "0\n2 [ \"A { foo: 'bar' }\", \"A { foo: 'bar' }\" ]\n3 0 0 2\nERR_INVALID_ARG_TYPE\nERR_INVALID_ARG_VALUE\n1\n",
    );
}

/// The flag that makes them fast must not make them wrong, for large arguments above all. The values have 2,000 bits' worth
/// of work behind them.
#[test]
fn sine_and_cosine_are_right_to_the_last_place() {
    run_script(
        "const bits = new BigInt64Array(1);
         const place = (x) => { new Float64Array(bits.buffer)[0] = x; return bits[0]; };
         const off = (a, b) => Number(place(a) - place(b));
         for (const [x, sine, cosine] of [
           [1e+22, -0.8522008497671888, 0.523214785395139],
           [1e+300, -0.8178819121159085, -0.5753861119575491],
           [0.5, 0.479425538604203, 0.8775825618903728],
           [1.0, 0.8414709848078965, 0.5403023058681398],
           [3.0, 0.1411200080598672, -0.9899924966004454],
           [100.0, -0.5063656411097588, 0.8623188722876839],
           [-250000.0, 0.9960072806260851, -0.08927203895862845],
           [1e-08, 1e-08, 1.0],
           [3.141592653589793, 1.2246467991473532e-16, -1.0],
           [1.5707963267948966, 1.0, 6.123233995736766e-17],
           [1000000000000000.0, 0.8582727931702359, -0.5131937377869703],
           [123456789.125, 0.9998763854272629, 0.01572303612257408],
         ]) {
           const [s, c] = [off(Math.sin(x), sine), off(Math.cos(x), cosine)];
           if (Math.abs(s) > 1 || Math.abs(c) > 1) console.log(x, s, c);
         }",
    )
    .exits(0)
    .prints("");
}

/// The hashes were written by Node 26.10: every bit of 20,000 results each, and signs of zero, infinities and NaN.
#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn tangent_and_inverse_functions_are_node_s_to_the_bit() {
    run_script(
        "let seed = 12345;
         const random = () => (seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff) / 0x7fffffff;
         const special = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 2, 1e-310, 1e300];
         for (const name of ['tan', 'asin', 'acos', 'atan', 'atan2']) {
           const size = name === 'asin' || name === 'acos' ? 2 : 40;
           const f = Math[name];
           const results = Float64Array.from({ length: 20000 }, () => f((random() - 0.5) * size, (random() - 0.5) * size));
           const edges = special.flatMap((a) => special.map((b) => { const r = f(a, b); return Object.is(r, -0) ? '-0' : r; }));
           const hash = require('crypto').createHash('sha1').update(results).update(edges.join());
           console.log(name, hash.digest('hex'));
         }",
    )
    .exits(0)
    .prints("tan 3578524faa03eb1af1305905b47e71d0d7594809\n\
         asin 25ea974070881ce89f33423fdd2e748a4f89c11c\n\
         acos f4ae0806f7717abb78722d7dfc0cc92cb76b71b8\n\
         atan cf6a89c22da93338956dc4bf74fd1ef01e1821e3\n\
         atan2 30b6c90f350fbb32020b21f2497fd4f5129dcebf\n");
}

#[test]
fn performance_entries_have_nodes_properties() {
    let text = "const { performance, PerformanceObserver, constants } = require('perf_hooks');
        console.log(Object.keys(performance.nodeTiming).join(), Object.keys(performance.nodeTiming.toJSON()).length);
        console.log(Object.getPrototypeOf(constants) === Object.prototype, performance.measure('m', { duration: 1 }).startTime);
        new PerformanceObserver((list, observer) => {
          const [entry] = list.getEntries();
          console.log(entry.name, entry[0], entry[1], entry.detail);
          observer.disconnect();
        }).observe({ entryTypes: ['function'] });
        performance.timerify(function sum(a, b) { return a + b; })(1, 2);
        try { require('v8').deserialize('x'); } catch (error) { console.log(error.code, error.message); }";
    common::run(["-e", text]).exits(0).prints(
        "name,entryType,startTime,duration,nodeStart,v8Start,environment,loopStart,loopExit,bootstrapComplete,idleTime,uvMetricsInfo 11\n\
         true 0\nERR_INVALID_ARG_TYPE buffer must be a TypedArray or a DataView\nsum 1 2 [ 1, 2 ]\n",
    );
}

#[test]
fn what_cannot_be_cloned_says_so() {
    run_script(
        "const v8 = require('v8');\n\
         console.log(v8.deserialize(v8.serialize([new Float16Array([1.5, -2]), new Uint8Array(1)])));\n\
         const wasm = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));\n\
         const tell = (act) => { try { console.log(act()); } catch (e) { console.log(e.name, e.code, e.message.split('\\n')[0]); } };\n\
         for (const value of [new SharedArrayBuffer(1), wasm, () => {}]) tell(() => v8.serialize(value));\n\
         const bare = new v8.Serializer();\n\
         bare._setTreatArrayBufferViewsAsHostObjects(true);\n\
         tell(() => bare.writeValue(new Uint8Array(1)));\n\
         tell(() => bare.writeRawBytes(new ArrayBuffer(1)));\n\
         tell(() => v8.Serializer());\n\
         const number = new v8.Serializer();\n\
         number.writeDouble();\n\
         console.log(number.releaseBuffer().toString('hex'));\n\
         const reader = new v8.Deserializer(v8.serialize(new Uint8Array(2)));\n\
         reader.readHeader();\n\
         tell(() => reader.readValue());",
    )
    .exits(0)
    .prints(
        "[ Float16Array(2) [ 1.5, -2 ], Uint8Array(1) [ 0 ] ]\n\
         Error undefined #<SharedArrayBuffer> could not be cloned.\n\
         Error undefined #<Module> could not be cloned.\n\
         Error undefined () => {} could not be cloned.\n\
         Error undefined [object Uint8Array] could not be cloned.\n\
         TypeError ERR_INVALID_ARG_TYPE source must be a TypedArray or a DataView\n\
         TypeError ERR_CONSTRUCT_CALL_REQUIRED Class constructor Serializer cannot be invoked without 'new'\n\
         000000000000f87f\n\
         Error undefined Unable to deserialize cloned data.\n",
    );
}

#[test]
fn a_heap_profile_may_leave_out_the_frames() {
    run_script(
        "const v8 = require('v8');\n\
         const profile = v8.startHeapProfile({ stackDepth: 0, sampleInterval: 64 });\n\
         globalThis.kept = Array.from({ length: 1e4 }, () => ({}));\n\
         const { head, samples } = JSON.parse(profile.stop());\n\
         console.log(head.callFrame.functionName, head.children.length, head.selfSize > 1e4);\n\
         console.log(samples.every(({ nodeId }) => nodeId === head.id), samples.length > 0);",
    )
    .exits(0)
    .prints("(root) 0 true\ntrue true\n");
}

#[test]
fn the_heap_profile_of_a_worker_may_leave_out_the_frames() {
    run_script(
        "const { Worker } = require('worker_threads');\n\
         const worker = new Worker('setInterval(() => { globalThis.kept = new Array(1e4).fill({}); }, 1)', { eval: true });\n\
         worker.on('online', async () => {\n\
           const profile = await worker.startHeapProfile({ stackDepth: 0 });\n\
           const { head } = JSON.parse(await profile.stop());\n\
           console.log(head.callFrame.functionName, head.children.length);\n\
           await worker.terminate();\n\
         });",
    )
    .exits(0)
    .prints("(root) 0\n");
}
