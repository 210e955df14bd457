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
        while (performance.now() < ends || performance.nodeTiming.uvMetricsInfo.loopCount <= 20) {
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

/// What Node 26.10 gave for the same values.
#[test]
fn histograms_compare_and_estimate_as_nodes_do() {
    run_module(
        r"
        import { createHistogram } from 'node:perf_hooks';
        const of = (length, value) => {
          const histogram = createHistogram();
          for (let i = 1; i <= length; i++) histogram.record(value(i));
          return histogram;
        };
        const one = of(100, (i) => i * 10);
        const other = of(50, (i) => i * 12 + 300);
        const many = of(19_999, (i) => 1 + (i * 7919) % 5003);
        const near = (found, expected) => {
          if (typeof expected === 'object') return Object.keys(expected).every((key) => near(found[key], expected[key]));
          return Math.abs(found - expected) <= 1e-9 * Math.abs(expected);
        };
        console.log('tests', near(one.welchTest(other), {
          tStatistic: -2.6490426941816816, degreesOfFreedom: 142.78656758488972, pValue: 0.008981076083437789,
          confidenceInterval: { lower: -176.36626685741015, upper: -25.633733142589833 },
        }), near(one.mannWhitneyTest(other), { uStatistic: 1995, zScore: -2.0133180444162004, pValue: 0.04408118125090503 }),
        near(many.welchTest(one).pValue, 3.3454406815030375e-98), near(many.mannWhitneyTest(one).pValue, 2.7336970687298693e-43),
        near(one.ksTest(other), 0.31), near(one.cohensD(other), -0.3918623197828009), near(other.cliffsD(one), 0.202));
        console.log('itself', one.welchTest(one).pValue, one.mannWhitneyTest(one).uStatistic, one.ksTest(one), one.cliffsD(one));
        console.log('intervals', near(one.meanCI(), { mean: 505, lower: 447.4349058306662, upper: 562.5650941693339 }),
          near(one.meanCI({ confidence: 0.9 }).lower, 456.8295753003955), Number.isNaN(of(1, () => 7).meanCI().lower),
          Object.values(one.percentileCI(50)), Object.values(one.percentileCI(99)), Object.values(many.percentileCI(50)));
        console.log('shares', one.cdf(505), one.cdf(5), one.ccdf(1000), one.countAt(10), one.countAt(11), createHistogram().ccdf(1));
        console.log('buckets', one.linearBuckets(250), one.logBuckets(10, 2), one.percentilesAt([90, 10, 90]));
        console.log([...many.linearBuckets(1000).keys()]);
        console.log('empty', createHistogram().linearBuckets(10).size, createHistogram().logBuckets(1, 2).size);
        const less = of(100, (i) => i * 10);
        less.subtract(other);
        console.log('less', less.count, less.min, less.max, near(less.mean, 491.1111111111111));
        const recent = createHistogram({ halfLife: 10, threshold: 500 });
        for (let i = 1; i <= 5; i++) recent.record(i * 200);
        console.log('recent', near(recent.ewmaMean, 325.2611531111268), near(recent.ewmaStddev, 247.31695117557902),
          near(recent.ewmaErrorRate, 0.1877476036437645), near(recent.burnRate(0.99), 18.774760364376434),
          near(structuredClone(recent).ewmaMean, recent.ewmaMean), one.ewmaMean, one.burnRate(0.5));
        const hex = (histogram) => Buffer.from(histogram.export()).toString('hex');
        console.log(hex(createHistogram()));
        console.log(hex(of(1, () => 7)));
        const coarse = createHistogram({ lowest: 1000, highest: 1e7, figures: 1 });
        coarse.record(5);
        coarse.record(3000);
        console.log(coarse.countAt(5), coarse.countAt(3000), coarse.export().length);
        for (const wrong of [
          () => one.cdf('x'), () => one.linearBuckets(0), () => one.logBuckets(1, 1), () => one.percentilesAt([0]), () => one.ksTest({}),
          () => one.meanCI({ confidence: 2 }), () => one.meanCI(0.9), () => one.burnRate(1), () => createHistogram({ halfLife: -1 }),
        ]) {
          try { wrong(); } catch (error) { console.log(error.code, error.message); }
        }
        ",
    )
    .exits(0)
    .prints(
        "tests true true true true true true true
itself 1 0 0 0
intervals true true true [ 500, 400, 610 ] [ 990, 970, 1000 ] [ 2503, 2467, 2537 ]
shares 0.5 0 0 1 0 1
buckets Map(4) { 250 => 25, 500 => 25, 750 => 25, 1000 => 25 } Map(8) {
  10 => 1,
  20 => 1,
  40 => 2,
  80 => 4,
  160 => 8,
  320 => 16,
  640 => 32,
  1280 => 36
} Map(2) { 10 => 100, 90 => 900 }
[ 1000, 2000, 3000, 4000, 5000 ]
empty 0 0
less 90 10 1000 true
recent true true true true true 0 0
ab00010101021b001fffffffffffff03030400051b7fffffffffffffff0600070008fb3ff00000000000000919b0000a80
ab00010101021b001fffffffffffff0303040105070607070008fb3ff00000000000000919b0000a820701
1 1 44
ERR_INVALID_ARG_TYPE The \"value\" argument must be of type number. Received type string ('x')
ERR_OUT_OF_RANGE The value of \"stepSize\" is out of range. It must be >= 1 && <= 9007199254740991. Received 0
ERR_OUT_OF_RANGE The value of \"base\" is out of range. It must be > 1. Received 1
ERR_OUT_OF_RANGE The value of \"percentiles[0]\" is out of range. It must be > 0 && <= 100. Received 0
ERR_INVALID_ARG_TYPE The \"other\" argument must be an instance of Histogram. Received an instance of Object
ERR_OUT_OF_RANGE The value of \"options.confidence\" is out of range. It must be > 0 && < 1. Received 2
ERR_INVALID_ARG_TYPE The \"options\" argument must be of type object. Received type number (0.9)
ERR_OUT_OF_RANGE The value of \"sloTarget\" is out of range. It must be > 0 && < 1. Received 1
ERR_OUT_OF_RANGE The value of \"options.halfLife\" is out of range. It must be >= 0. Received -1
",
    );
}

/// Quantiles are those of Node 26.10 for the same values.
#[test]
fn density_of_a_histogram_is_estimated_off_the_loop() {
    run_module(
        r"
        import { createHistogram } from 'node:perf_hooks';
        const of = (...counts) => {
          const histogram = createHistogram();
          for (const [value, count] of counts) for (let i = 0; i < count; i++) histogram.record(value);
          return histogram;
        };
        const near = (found, expected) => found.length === expected.length &&
          expected.every((value, i) => Math.abs(found[i] - value) <= 1e-9 * Math.abs(value));
        const probabilities = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1];
        const two = of([100_000, 10], [200_000, 10]);
        const wide = await two.qrde({ probabilities });
        console.log('hdr', near(wide.quantiles, [100000, 100008.98615487038, 100842.71721954121, 149986.75284762325,
          199141.32208664177, 199984.61393235758, 200000]), wide.count, wide.bucketCount, wide.corrections, wide.dequantize);
        const none = await two.qrde({ probabilities, dequantize: 'none' });
        console.log('none', near(none.quantiles, [100000, 100002.58859630887, 100827.49195873008, 149999.9999999985,
          199172.5080412699, 199997.41140369113, 200000]));
        const all = await of([3, 3], [7, 3], [9, 3]).qrde({ probabilities, dequantize: 'all', cache: true });
        console.log('all', near(all.quantiles, [3, 3.230686379108876, 4.158369219690849, 6.710308387948991,
          8.331835161310874, 8.821236600111773, 9]));
        console.log('same', (await of([7, 2]).qrde({ bins: 2 })).densities, (await of([7, 2]).qrde({ bins: 2, dequantize: 'all' })).densities);
        const plain = await of([1, 1], [2, 1], [3, 1]).qrde();
        console.log('bins', plain.probabilities.length, plain.quantiles.length, plain.densities.length, plain.probabilities[50]);
        console.log('nothing', await createHistogram().qrde({ bins: 1 }));
        // What is recorded later is not in it.
        const later = of([5, 1]);
        const promise = later.qrde({ bins: 1 });
        later.record(500);
        console.log('then', (await promise).count);
        for (const options of [
          null, { bins: 0 }, { bins: 2, probabilities: [0, 1] }, { probabilities: [0] }, { probabilities: [0, 0.5] },
          { probabilities: [0, 0.5, 0.5, 1] }, { probabilities: [0, NaN, 1] }, { dequantize: 'some' }, { cache: 1 },
        ]) {
          try { two.qrde(options); } catch (error) { console.log(error.code, error.message.split('. Received')[0]); }
        }
        ",
    )
    .exits(0)
    .prints(
        "hdr true 20n 2 0 hdr
none true
all true
same Float64Array(2) [ Infinity, Infinity ] Float64Array(2) [ 1, 1 ]
bins 101 101 100 0.5
nothing [Object: null prototype] {
  probabilities: Float64Array(2) [ 0, 1 ],
  quantiles: Float64Array(0) [],
  densities: Float64Array(0) [],
  count: 0n,
  bucketCount: 0,
  corrections: 0,
  dequantize: 'hdr'
}
then 1n
ERR_INVALID_ARG_TYPE The \"options\" argument must be of type object
ERR_OUT_OF_RANGE The value of \"options.bins\" is out of range. It must be >= 1 && <= 1000
ERR_INVALID_ARG_VALUE The argument 'options' \"bins\" and \"probabilities\" are mutually exclusive
ERR_INVALID_ARG_VALUE The property 'options.probabilities' must have a length of at least 2
ERR_INVALID_ARG_VALUE The property 'options.probabilities' must start with 0 and end with 1
ERR_INVALID_ARG_VALUE The property 'options.probabilities' must be strictly increasing
ERR_OUT_OF_RANGE The value of \"options.probabilities[1]\" is out of range. It must be >= 0 && <= 1
ERR_INVALID_ARG_VALUE The property 'options.dequantize' must be one of: 'none', 'hdr', 'all'
ERR_INVALID_ARG_TYPE The \"options.cache\" property must be of type boolean
",
    );
}

/// The texts in hexadecimal are what Node 26.10 exports.
#[test]
fn exported_histogram_is_imported_again() {
    run_module(
        r"
        import { createHistogram, importHistogram } from 'node:perf_hooks';
        const bytes = (hex) => Uint8Array.from(hex.match(/../g), (byte) => parseInt(byte, 16));
        const node = importHistogram(bytes('ab00010101021b001fffffffffffff030304030505061a00011170070008fb3ff00000000000000919b0000a840502191c4001'));
        console.log(node.constructor.name, node.count, node.min, node.max, node.percentile(50));
        node.record(9);
        const averaged = 'ac00010101021b001fffffffffffff0303040205030607070008fb3ff00000000000000919b0000a84030104010ba500fb3fb124bff742a77001fb400a2497fee854ee02fb3feffdb263bc9f2003fb00000000000000000400';
        const one = createHistogram({ halfLife: 10 });
        one.record(3);
        one.record(7);
        console.log(Buffer.from(one.export()).toString('hex') === averaged, importHistogram(bytes(averaged)).ewmaMean === one.ewmaMean);
        const other = importHistogram(one.export());
        one.record(99);
        other.record(99);
        console.log(other.ewmaStddev === one.ewmaStddev, other.mean === one.mean);
        // A part of each layout, there and back.
        for (const options of [{ lowest: 1000, highest: 1e7, figures: 1 }, { figures: 5, highest: 1e6 }, { highest: 2n ** 62n }]) {
          const histogram = createHistogram(options);
          for (let value = 1; value < Math.min(Number(options.highest), 2 ** 53); value *= 3) histogram.record(value);
          const again = importHistogram(histogram.export());
          console.log(again.count === histogram.count, Buffer.compare(again.export(), histogram.export()), again.max === histogram.max);
        }
        const plain = 'ab000101010219ffff03030402050306030700' + '08fb3ff000000000000009191c000a820302';
        console.log(importHistogram(bytes(plain)).count);
        const wrong = [
          '', 'a0', 'a10001', plain.slice(0, -2), plain.replace('0402', '0403'), plain.replace('0303', '0306'), plain.replace('0001', '0003'),
          plain.replace('191c00', '191c01'), plain.replace('820302', '8103'), plain.replace('820302', '82191c0002'), plain.replace('0700', '0701'),
          plain.replace('ab', 'ac') + '0c00', plain.replace('820302', '9bffffffffffffffff'), 'bfff',
        ];
        for (const text of wrong) {
          try {
            console.log(text, importHistogram(bytes(text.padEnd(2, '80'))));
          } catch (error) {
            if (`${error.name} ${error.code} ${error.message}` !== 'TypeError ERR_INVALID_ARG_VALUE Invalid histogram export data') throw error;
          }
        }
        // What a later version adds is passed over.
        console.log(importHistogram(bytes(plain.replace('ab0001', 'ac0002') + '0c00')).count);
        try { importHistogram('x'); } catch (error) { console.log(error.code); }
        ",
    )
    .exits(0)
    .prints(
        "RecordableHistogram 3 5 70015 5
true true
true true
true 0 true
true 0 true
true 0 true
2
2
ERR_INVALID_ARG_TYPE
",
    );
}

#[test]
fn sliding_window_forgets_by_chunks() {
    run_module(
        r"
        import { createSlidingWindowHistogram } from 'node:perf_hooks';
        const last = createSlidingWindowHistogram({ chunks: 3, recordsPerChunk: 2, highest: 100 });
        const seen = [];
        for (let i = 1; i <= 9; i++) {
          last.record(i);
          const { count, min, max } = last.snapshot();
          seen.push(`${count}: ${min}-${max}`);
        }
        console.log(seen.join(', '));
        const before = last.snapshot();
        last.record(1000n);
        console.log(before.count, before.constructor.name, last.snapshot().count, last.snapshot().exceeds);
        try { last.record(0); } catch (error) { console.log(error.code); }
        console.log(last.reset(), last.snapshot().count);
        for (const make of [
          () => createSlidingWindowHistogram(), () => createSlidingWindowHistogram({ chunks: 1025, recordsPerChunk: 1 }),
          () => createSlidingWindowHistogram({ chunks: 2 }), () => createSlidingWindowHistogram({ chunks: 2, chunkDuration: 1.5 }),
          () => createSlidingWindowHistogram({ chunks: 2, chunkDuration: 1, recordsPerChunk: 1 }), () => new last.constructor(),
          () => last.record.call({}, 1), () => structuredClone(last),
        ]) {
          try { make(); } catch (error) { console.log(error.code); }
        }
        // By time: until the window's length has passed all of it is there, and after that and a chunk's time nothing.
        const timed = createSlidingWindowHistogram({ chunks: 4, chunkDuration: 50 });
        const start = performance.now();
        timed.record(5);
        const { count } = timed.snapshot();
        const end = performance.now();
        console.log(count === 1 || end - start > 150);
        while (performance.now() - end <= 210);
        let later;
        do {
          timed.record(7);
          later = timed.snapshot();
        } while (later.count === 0);
        console.log(later.min);
        ",
    )
    .exits(0)
    .prints(
        "1: 1-1, 2: 1-2, 3: 1-3, 4: 1-4, 5: 1-5, 6: 1-6, 5: 3-7, 6: 3-8, 5: 5-9
5 Histogram 5 1
ERR_OUT_OF_RANGE
undefined 0
ERR_INVALID_ARG_TYPE
ERR_OUT_OF_RANGE
ERR_INVALID_ARG_VALUE
ERR_OUT_OF_RANGE
ERR_INVALID_ARG_VALUE
ERR_ILLEGAL_CONSTRUCTOR
ERR_INVALID_THIS
25
true
7
",
    );
}
