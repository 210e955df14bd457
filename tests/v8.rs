//! `node:v8` beyond what Node's own tests hold.

mod common;

use common::{run_script, weft};

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
