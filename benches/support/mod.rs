//! What the benches share: an isolate in this process, scripts run in it, its loop turned until they are done.
#![allow(dead_code, reason = "each bench uses its own part of this")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use weft::cli::Cli;
use weft::js_runtime::{HeapLimits, IsolateKind, JsRuntime, RuntimeOptions};

/// Options of an isolate like the ones of the `weft` binary.
pub(crate) fn options(kind: IsolateKind) -> RuntimeOptions {
    RuntimeOptions { kind, limits: HeapLimits::default(), cli: Arc::new(Cli::default()) }
}

/// A main isolate for scripts.
pub(crate) struct Bench(JsRuntime);

impl Bench {
    /// Starts V8 if need be and makes the isolate, with `binding` of area `name` as the global of that name.
    pub(crate) fn new(bindings: &[&str]) -> Self {
        weft::v8_platform::initialize(false);
        let mut runtime = JsRuntime::new(&options(IsolateKind::Main)).expect("an isolate");
        runtime.with_scope(|scope| {
            for name in bindings {
                let object = weft::ops::binding(scope, name).expect("an area of operations");
                let key = v8::String::new(scope, name).expect("a short string");
                let global = scope.get_current_context().global(scope);
                global.set(scope, key.into(), object.into());
            }
        });
        Self(runtime)
    }

    /// Runs `source` once, then turns the loop until nothing keeps it alive.
    pub(crate) fn run(&mut self, source: &str) {
        self.evaluate(source);
        self.0.run_event_loop();
    }

    fn evaluate(&mut self, source: &str) {
        self.0.block_on_with_scope(|scope| {
            v8::tc_scope!(let caught, scope);
            let text = v8::String::new(caught, source).expect("a script that fits");
            let done = v8::Script::compile(caught, text, None).and_then(|s| s.run(caught));
            if done.is_none() {
                let why = caught.exception().map(|e| e.to_rust_string_lossy(caught)).unwrap_or_default();
                panic!("the script threw: {why}");
            }
            let shared = weft::main_loop::tick::current(caught);
            weft::main_loop::tick::drain_ticks(caught, &shared);
        });
    }

    /// Calls the script's global function `go(iterations)` and turns the loop until it is done; how long that took.
    pub(crate) fn time(&mut self, iterations: u64) -> Duration {
        let start = Instant::now();
        self.evaluate(&format!("go({iterations})"));
        self.0.run_event_loop();
        start.elapsed()
    }
}
