//! The core of `weft:pool`: scheduling, cancellation, containment, limits, what it tells about itself. Each test runs the
//! script of its name in `tests/pool_core`.

mod common;

use std::path::PathBuf;

use common::run;

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
fn figures_events_and_ends() {
    run([script("observe.mjs")]).exits(0);
}

/// `WEFT_SOAK_SECONDS` sets how long; ten minutes are a good night's sleep.
#[test]
fn soak() {
    let seconds = std::env::var("WEFT_SOAK_SECONDS").unwrap_or_else(|_| "2".into());
    run([script("soak.mjs"), seconds.into()]).exits(0);
}
