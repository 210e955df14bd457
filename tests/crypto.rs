//! `node:crypto` beyond what Node's own tests hold: scripts in `tests/crypto/` that assert for themselves, and run
//! unchanged on Node 26.

mod common;

use common::{Run, weft};

#[track_caller]
fn passes(name: &str) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/crypto/").to_owned() + name;
    let run = Run::from(weft().arg(script).output().expect("the binary starts")).exits(0);
    assert_eq!(run.stderr, "");
}

#[test]
fn digests_by_all_names_and_arguments_as_node_checks_them() {
    passes("digests.cjs");
}
