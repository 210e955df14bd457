//! The loop and the border to Rust: operation calls, timers, ticks, microtasks, immediates; time for one of each.

mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use support::Bench;

/// Name and definition of `go(n)`, which does the thing `n` times.
const CASES: &[(&str, &str)] = &[
    ("op call, slow", "go = (n) => { for (let i = 0; i < n; i++) timers.schedule(0); }"),
    ("op call, fast", "go = (n) => { let s = 0; for (let i = 0; i < n; i++) s += timers.now(); return s; }"),
    ("setTimeout and clearTimeout", "go = (n) => { for (let i = 0; i < n; i++) clearTimeout(setTimeout(go, 1000)); }"),
    ("nextTick", "go = (n) => { const f = () => { if (--n > 0) process.nextTick(f); }; process.nextTick(f); }"),
    ("await", "go = async (n) => { for (let i = 0; i < n; i++) await null; }"),
    ("setImmediate turn", "go = (n) => { const f = () => { if (--n > 0) setImmediate(f); }; setImmediate(f); }"),
    ("setImmediate in one batch", "go = (n) => { for (let i = 0; i < n; i++) setImmediate(() => {}); }"),
];

fn event_loop(c: &mut Criterion) {
    let mut bench = Bench::new(&["timers"]);
    let mut group = c.benchmark_group("loop");
    for (name, source) in CASES {
        bench.run(&format!("var go; {source}"));
        group.bench_function(*name, |b| b.iter_custom(|n| bench.time(n)));
    }
    group.finish();
}

criterion_group!(benches, event_loop);
criterion_main!(benches);
