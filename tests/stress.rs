//! Long runs, left out of the usual one: `cargo test --release --test stress -- --ignored`. Under valgrind, by hand, a
//! short one: `STRESS_WORKERS=40 valgrind target/release/weft tests/stress/workers.mjs`.

mod common;

use std::path::Path;

#[test]
#[ignore = "takes about a minute"]
fn a_thousand_workers_at_random_moments_leave_nothing() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stress/workers.mjs");
    let run = common::run([script]);
    run.exits(0);
}
