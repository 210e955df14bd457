//! The examples of docs/pool.md run, each by itself.

mod common;

use std::path::PathBuf;

use common::{TestDir, run};

/// What the examples take for granted.
const GIVEN: &str = r"
import { pool } from 'weft:pool';
const words = ['a', 'b', 'a'];
const loadTable = async () => ({ rows: { x: 1, y: 2 } });
const queries = [{ id: 'x' }, { id: 'y' }];
";

/// The blocks of JavaScript, without their fences.
fn examples(text: &str) -> Vec<&str> {
    text.split("\n```js\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

fn page() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/pool.md");
    std::fs::read_to_string(path).expect("the page")
}

#[test]
fn examples_of_the_documentation_run() {
    let text = page();
    let alone: Vec<_> = examples(&text).into_iter().filter(|example| !example.contains("worker.mjs")).collect();
    assert!(alone.len() >= 5, "{}", alone.len());
    for example in alone {
        let given = if example.contains("import {") { "" } else { GIVEN };
        let dir = TestDir::new();
        run([dir.write("main.mjs", format!("{given}{example}\n"))]).exits(0);
    }
}

#[test]
fn program_for_piscina_prints_the_same() {
    let text = page();
    let examples = examples(&text);
    let at = |start: &str| *examples.iter().find(|example| example.starts_with(start)).expect("the example");
    let dir = TestDir::new();
    dir.write("worker.mjs", at("// worker.mjs"));
    let main = dir.write("main.mjs", at("import { Pool as Piscina }"));
    run([main]).exits(0).prints("10\n32\nAbortError\n");
}
