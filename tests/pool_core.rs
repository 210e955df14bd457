//! The core of `weft:pool`: scheduling, cancellation, containment, limits, what it tells about itself. Each test runs the
//! script of its name in `tests/pool_core`.

mod common;

use std::path::PathBuf;
use std::process::Command;

use common::{Run, TestDir, run};

fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/pool_core").join(name)
}

#[test]
fn cancellation_ends_the_task_it_is_meant_for() {
    run([script("cancel.mjs")]).exits(0);
}

#[test]
fn tasks_harm_none_but_themselves() {
    run([script("containment.mjs")]).exits(0);
}

#[test]
fn a_forced_end_loses_no_outcome_of_another() {
    run([script("outcomes.mjs")]).exits(0);
}

#[test]
fn the_end_of_a_task_takes_nothing_along_that_others_wait_for() {
    run([script("neighbours.mjs")]).exits(0);
}

#[test]
fn spoiled_isolates_keep_nobody_waiting() {
    run([script("spoiled.mjs")]).exits(0);
}

#[test]
fn order_priority_concurrency_nesting_and_fairness() {
    run([script("scheduling.mjs")]).exits(0);
}

#[test]
fn options_are_checked_and_do_what_they_say() {
    run([script("options.mjs")]).exits(0);
}

#[test]
fn tasks_of_one_job_are_limited_and_moved_one_by_one() {
    run([script("groups.mjs")]).exits(0);
}

#[test]
fn a_forced_end_leaves_nothing_half_loaded() {
    run(["--no-warnings".into(), script("loading.mjs")]).exits(0);
}

#[test]
fn functions_keep_their_place() {
    run([script("places.mjs")]).exits(0);
}

#[test]
fn collections_are_worked_on_in_parallel() {
    run([script("parallel.mjs")]).exits(0);
}

#[test]
fn memory_of_results_is_used_again_and_given_back() {
    run([PathBuf::from("--expose-gc"), script("results.mjs")]).exits(0).prints("done\n");
}

#[test]
fn slices_are_neither_too_long_nor_too_short() {
    run([script("slices.mjs")]).exits(0);
}

#[test]
fn nothing_is_done_twice_that_need_not_be() {
    run([script("economy.mjs")]).exits(0);
}

/// What the runtime says of itself while `source` runs.
fn log_of(source: &str) -> String {
    let dir = TestDir::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_weft"));
    command.env("WEFT_LOG", "weft=debug").arg(dir.write("main.mjs", source));
    let done = Run::from(command.output().expect("weft runs"));
    assert_eq!(done.code, Some(0), "{done:?}");
    done.stderr
}

#[test]
fn isolates_share_the_code_cache_of_long_functions() {
    let log = log_of(
        r"
        import { Pool } from 'weft:pool';
        const long = new Function('n', `function inner(x) { return x + 1; } /*${'-'.repeat(5000)}*/ return inner(n);`);
        await using pool = new Pool({ maxThreads: 1, recycleAfter: { tasks: 1 } });
        for (let i = 0; i < 3; i++) await pool.run(long, { args: [i] });
        ",
    );
    let used = log.lines().filter(|line| line.contains("compiled with the code cache of another isolate")).count();
    assert_eq!(used, 2, "{log}");
}

#[test]
fn tasks_and_threads_have_spans() {
    let log = log_of(
        r"
        import { Pool } from 'weft:pool';
        await using pool = new Pool({ maxThreads: 1 });
        await pool.run(function named() { return 1; });
        ",
    );
    let has = |parts: &[&str]| log.lines().any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(has(&["pool_session", "pool_task", "name=named", "close"]), "{log}");
    assert!(has(&["pool_session", "seat=0", "close"]), "{log}");
}

#[test]
fn figures_events_and_ends() {
    run([script("observe.mjs")]).exits(0);
}

/// `WEFT_SOAK_SECONDS` sets how long; ten minutes are a good night's sleep.
#[test]
fn soak() {
    let seconds = std::env::var("WEFT_SOAK_SECONDS").unwrap_or_else(|_| "2".into());
    run([script("soak.mjs"), seconds.into()]).exits(0);
}
