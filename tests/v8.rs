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
