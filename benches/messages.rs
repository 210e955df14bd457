//! Structured clone by size; a message to a Worker and back; a task to the pool and back.

mod support;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use support::Bench;

const VALUES: &[(&str, &str)] = &[
    ("number", "7"),
    ("short string", "'hello'"),
    ("small object", "({ id: 1, name: 'task', ok: true })"),
    ("1 kB string", "'x'.repeat(1024)"),
    ("1 MB string", "'x'.repeat(1 << 20)"),
    ("1000 rows", "Array.from({ length: 1000 }, (_, id) => ({ id, name: 'row ' + id, value: id / 3 }))"),
    ("1 MB ArrayBuffer", "new ArrayBuffer(1 << 20)"),
];

fn structured_clone(c: &mut Criterion) {
    let mut bench = Bench::new(&[]);
    let mut group = c.benchmark_group("structuredClone");
    for (name, value) in VALUES {
        bench.run(&format!(
            "var value = {value}; var go = (n) => {{ for (let i = 0; i < n; i++) structuredClone(value); }}"
        ));
        group.bench_function(BenchmarkId::from_parameter(name), |b| b.iter_custom(|n| bench.time(n)));
    }
    group.finish();
}

fn worker_round_trip(c: &mut Criterion) {
    let mut bench = Bench::new(&[]);
    bench.run(
        "var { Worker } = process.getBuiltinModule('worker_threads');
         var worker = new Worker(\"const { parentPort } = require('worker_threads'); \
             parentPort.on('message', (m) => parentPort.postMessage(m))\", { eval: true });
         worker.unref();",
    );
    let mut group = c.benchmark_group("worker round trip");
    for (name, value) in VALUES {
        bench.run(&format!(
            "var value = {value};
             var go = (n) => {{
               worker.ref();
               const again = () => {{
                 if (n-- > 0) worker.postMessage(value);
                 else {{ worker.off('message', again); worker.unref(); }}
               }};
               worker.on('message', again);
               again();
             }};"
        ));
        group.bench_function(BenchmarkId::from_parameter(name), |b| b.iter_custom(|n| bench.time(n)));
    }
    group.finish();
    bench.run("worker.ref(); worker.terminate()");
}

fn pool_round_trip(c: &mut Criterion) {
    let mut bench = Bench::new(&[]);
    bench.run("var { Pool } = process.getBuiltinModule('weft:pool'); var pool = new Pool(); var task = (x) => x + 1;");
    let mut group = c.benchmark_group("pool");
    bench.run("var go = async (n) => { for (let i = 0; i < n; i++) await pool.run(task, { args: [i] }); }");
    group.bench_function("task round trip", |b| b.iter_custom(|n| bench.time(n)));
    bench.run(
        "var go = async (n) => {
           while (n > 0) {
             const batch = Math.min(n, 256);
             n -= batch;
             await Promise.all(Array.from({ length: batch }, (_, i) => pool.run(task, { args: [i] })));
           }
         };",
    );
    group.bench_function("tiny task, 256 in flight", |b| b.iter_custom(|n| bench.time(n)));
    group.finish();
    bench.run("pool.destroy()");
}

criterion_group!(benches, structured_clone, worker_round_trip, pool_round_trip);
criterion_main!(benches);
