//! `node:fs` and `node:os` beyond what Node's own tests hold: scripts in `tests/fs/` that assert for themselves, each run in a scratch
//! directory of its own. They run unchanged on Node 22 and newer.

mod common;

use common::{Run, TestDir, weft};

#[track_caller]
fn passes(name: &str) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fs/").to_owned() + name;
    let dir = TestDir::new();
    let output = weft().arg(script).current_dir(dir.path()).output().expect("the binary starts");
    let run = Run::from(output).exits(0);
    assert_eq!(run.stderr, "");
}

#[test]
fn whole_files_in_every_form() {
    passes("whole_files.cjs");
}

#[test]
fn descriptors_and_handles() {
    passes("descriptors.cjs");
}

#[test]
fn trees_are_made_listed_copied_and_removed() {
    passes("trees.cjs");
}

#[test]
fn errors_name_the_call_and_the_paths() {
    passes("errors.cjs");
}

#[test]
fn watchers_tell_of_changes() {
    passes("watch.cjs");
}

#[test]
fn the_machine_is_described() {
    passes("os.cjs");
}

#[test]
fn texts_are_gathered_into_few_writes() {
    passes("utf8_stream.cjs");
}
