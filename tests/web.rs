//! Web interfaces that are not part of a Node module: scripts in `tests/web/` that assert for themselves. They run
//! unchanged on Node 24 and newer.

mod common;

use common::{Run, weft};

#[track_caller]
fn passes(name: &str) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/web/").to_owned() + name;
    let run = Run::from(weft().arg(&script).output().expect("the binary starts")).exits(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("ok\n", ""));
}

#[test]
fn url_patterns_match_and_refuse() {
    passes("url_pattern.mjs");
}

#[test]
fn small_members_answer_as_in_node() {
    passes("surface.mjs");
}

#[test]
fn addresses_datagrams_and_others_answer_as_in_node() {
    passes("members.mjs");
}

#[test]
fn streams_end_as_their_ends_say() {
    passes("streams.mjs");
}

#[test]
fn urls_are_the_same_by_each_way_of_parsing() {
    passes("urls.mjs");
}

#[test]
fn clones_of_trees_are_what_a_serializer_makes() {
    passes("structured_clone.mjs");
}
