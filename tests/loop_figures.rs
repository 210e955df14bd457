//! What a loop records of itself, as `perf_hooks` shows it.

mod common;

use common::run_module;

#[test]
fn histogram_of_turns_holds_a_stall_and_no_idle_time() {
    run_module(
        r"
        import { monitorEventLoopDelay } from 'node:perf_hooks';
        import { setTimeout as sleep } from 'node:timers/promises';
        const delay = monitorEventLoopDelay({ samplePerIteration: true });
        console.log(delay.enable(), delay.enable());
        await sleep(200);
        console.log('slept', delay.max < 150e6);
        delay.reset();
        setTimeout(() => { const end = performance.now() + 80; while (performance.now() < end); }, 5);
        await sleep(150);
        console.log('stalled', delay.max >= 80e6, delay.count >= 2);
        const count = delay.count;
        for (let i = 0; i < 100; i++) await new Promise(setImmediate);
        console.log('turns', delay.count >= count + 100);
        console.log(delay.disable(), delay.disable());
        try { monitorEventLoopDelay({ samplePerIteration: 1 }); } catch (error) { console.log(error.code); }
        ",
    )
    .exits(0)
    .prints("true false\nslept true\nstalled true true\nturns true\ntrue false\nERR_INVALID_ARG_TYPE\n");
}

#[test]
fn clones_of_a_histogram_share_what_either_records() {
    run_module(
        r"
        import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
        import { Worker } from 'node:worker_threads';
        import { once } from 'node:events';
        const histogram = createHistogram();
        histogram.record(5);
        const worker = new Worker(`
          const { parentPort, workerData } = require('node:worker_threads');
          workerData.record(7n);
          parentPort.postMessage(workerData.count);
        `, { eval: true, workerData: histogram });
        console.log(await once(worker, 'message'), histogram.count, histogram.max);
        const clone = structuredClone(histogram);
        clone.reset();
        histogram.recordCorrected(100, 10);
        console.log(clone.constructor.name, clone.count, clone.min, clone.percentile(50), clone.skewness);
        console.log(structuredClone(monitorEventLoopDelay()).constructor.name);
        ",
    )
    .exits(0)
    .prints("[ 2 ] 2 7\nRecordableHistogram 10 10 50 0\nHistogram\n");
}

#[test]
fn utilization_of_all_loops_adds_up() {
    run_module(
        r"
        import { Worker } from 'node:worker_threads';
        import { performance } from 'node:perf_hooks';
        const idle = new Worker('setInterval(() => {}, 1e9)', { eval: true });
        const busy = new Worker('setTimeout(() => { for (;;); }, 20)', { eval: true });
        await new Promise((resolve) => setTimeout(resolve, 150));
        const loops = [performance, idle.performance, busy.performance];
        let last = loops.map((loop) => loop.eventLoopUtilization());
        let bad = 0;
        const ends = performance.now() + 300;
        const check = () => {
          const next = loops.map((loop) => loop.eventLoopUtilization());
          next.forEach((figures, i) => {
            const { idle, active, utilization } = loops[i].eventLoopUtilization(figures, last[i]);
            if (!(idle >= 0 && active >= 0 && utilization >= 0 && utilization <= 1)) bad++;
            if (figures.idle < last[i].idle || figures.active < last[i].active) bad++;
          });
          last = next;
        };
        while (performance.now() < ends) {
          for (let i = 0; i < 20; i++) check();
          await new Promise(setImmediate);
        }
        console.log('bad', bad);
        const [main, first, second] = last.map(({ utilization }) => utilization);
        console.log(main > 0.2, first < 0.5, second > 0.5);
        const { loopCount, events, eventsWaiting } = performance.nodeTiming.uvMetricsInfo;
        console.log(loopCount > 20, events > 0, eventsWaiting >= 0);
        process.exit();
        ",
    )
    .exits(0)
    .prints("bad 0\ntrue true true\ntrue true true\n");
}
