//! `node:zlib` and the compression streams beyond what Node's own tests hold: scripts in `tests/zlib/` that assert for
//! themselves. All but `own.mjs`, `zip_own.mjs` and `native_memory.cjs` run unchanged on Node 26.

mod common;

use common::{Run, weft};

#[track_caller]
fn passes(name: &str) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/zlib/").to_owned() + name;
    let output = weft().arg("--expose-gc").arg(script).output().expect("the binary starts");
    let run = Run::from(output).exits(0);
    assert_eq!(run.stderr, "");
}

#[test]
fn whole_data_there_and_back_in_every_format() {
    passes("whole.cjs");
}

#[test]
fn streams_keep_pieces_flushes_and_order() {
    passes("streams.cjs");
}

#[test]
fn broken_data_and_wrong_options_are_told_as_node_tells_them() {
    passes("errors.cjs");
}

#[test]
fn options_and_arguments_are_checked_as_by_node() {
    passes("checks.cjs");
}

#[test]
fn members_dictionaries_and_what_follows_the_end() {
    passes("members.cjs");
}

#[test]
fn brotli_is_nodes_byte_for_byte_with_dictionaries_too() {
    passes("brotli.cjs");
}

#[test]
fn transforms_of_iterable_streams() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/zlib/iter.mjs");
    let output = weft().args(["--experimental-stream-iter", "--no-warnings", script]).output();
    let run = Run::from(output.expect("the binary starts")).exits(0);
    assert_eq!(run.stderr, "");
    // Not without the flag.
    let output = weft().args(["-e", "require('node:zlib/iter')"]).output().expect("the binary starts");
    assert!(Run::from(output).exits(1).stderr.contains("ERR_UNKNOWN_BUILTIN_MODULE"));
}

#[test]
fn compression_streams_of_the_web() {
    passes("web.mjs");
}

#[test]
fn a_worker_may_end_in_the_middle_of_a_write() {
    passes("terminated.cjs");
}

#[test]
fn input_is_copied_and_readers_may_leave() {
    passes("own.mjs");
}

#[test]
fn native_memory_is_known_to_v8_and_given_back() {
    passes("native_memory.cjs");
}

#[test]
fn zip_archives_there_and_back_byte_for_byte_as_of_node() {
    passes("zip_archives.cjs");
}

#[test]
fn zip_archives_on_disk_are_read_and_changed_in_place() {
    passes("zip_files.cjs");
}

#[test]
fn zip_archives_of_others_and_broken_ones() {
    passes("zip_broken.cjs");
}

#[test]
fn zip_streams_end_and_let_go() {
    passes("zip_own.mjs");
}
