//! Making an isolate with its context, loop and bootstrap code, and dropping it again.

mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use weft::js_runtime::{IsolateKind, JsRuntime};

fn isolate(c: &mut Criterion) {
    weft::v8_platform::initialize(false);
    let mut group = c.benchmark_group("isolate");
    group.bench_function("main, made and dropped", |b| {
        b.iter(|| drop(JsRuntime::new(&support::options(IsolateKind::Main)).expect("an isolate")));
    });
    group.bench_function("V8's alone, with a context", |b| {
        b.iter(|| {
            let isolate = &mut v8::Isolate::new(v8::CreateParams::default());
            v8::scope!(let scope, isolate);
            let _context = v8::Context::new(scope, v8::ContextOptions::default());
        });
    });
    group.finish();
}

criterion_group!(benches, isolate);
criterion_main!(benches);
