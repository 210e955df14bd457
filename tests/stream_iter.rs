//! `node:stream/iter`: scripts in `tests/stream_iter/` that assert for themselves. They run unchanged on Node 26.10 with
//! its flag.

mod common;

use common::{Run, TestDir, weft};

#[track_caller]
fn run(name: &str, flags: &[&str]) -> Run {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stream_iter/").to_owned() + name;
    let dir = TestDir::new();
    let output = weft().args(flags).arg(script).current_dir(dir.path()).output().expect("the binary starts");
    Run::from(output)
}

#[track_caller]
fn passes(name: &str) {
    let run = run(name, &["--experimental-stream-iter", "--no-warnings"]).exits(0);
    assert_eq!(run.stderr, "");
}

#[test]
fn there_with_its_flag_alone() {
    assert_eq!(run("flag.cjs", &[]).exits(0).stderr, "");
    let run = run("flag.cjs", &["--experimental-stream-iter"]).exits(0);
    assert!(
        run.stderr.contains("ExperimentalWarning: stream/iter is an experimental feature and might change at any time"),
        "{}",
        run.stderr
    );
}

#[test]
fn whatever_stands_for_bytes_is_a_source() {
    passes("sources.cjs");
}

#[test]
fn transforms_run_as_far_as_the_consumer_reads() {
    passes("pipelines.cjs");
}

#[test]
fn pipes_use_what_the_writer_can_do_at_once() {
    passes("pipes.cjs");
}

#[test]
fn writers_know_their_budget_and_streams_their_end() {
    passes("push.cjs");
}

#[test]
fn several_readers_of_one_stream() {
    passes("shared.cjs");
}

#[test]
fn classic_streams_on_either_side() {
    passes("classic.cjs");
}

#[test]
fn file_handles_are_sources_and_writers() {
    passes("handles.cjs");
}
