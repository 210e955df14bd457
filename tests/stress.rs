//! Long runs, left out of the usual one: `cargo test --release --test stress -- --ignored`. Under valgrind, by hand, a
//! short one: `STRESS_WORKERS=40 valgrind target/release/weft tests/stress/workers.mjs`. Under AddressSanitizer:
//! `RUSTFLAGS=-Zsanitizer=address cargo +nightly run --release --features system-malloc --target x86_64-unknown-linux-gnu \
//! -- tests/stress/workers.mjs` with `ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0` (V8 looks at its own
//! stack, and leaves some memory to the process's end).

mod common;

use std::path::Path;

#[test]
#[ignore = "takes about a minute"]
fn a_thousand_workers_at_random_moments_leave_nothing() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stress/workers.mjs");
    let run = common::run([script]);
    run.exits(0);
}
