//! `weft --test`: which files run, what is reported and how, and the exit code.

mod common;

use common::{Run, TestDir, weft};

const MIXED: &str = "const { test, describe, it } = require('node:test');\n\
    test('first', async (t) => { await t.test('inner', () => {}); });\n\
    describe('group', () => { it('passes', () => {}); it('fails', () => { throw new Error('bad'); }); });\n\
    test('left out', { skip: 'why' }, () => { throw new Error('never'); });\n";

fn project() -> TestDir {
    let dir = TestDir::new();
    dir.write("a.test.js", "require('node:test')('a', () => {});");
    dir.write("test/b.mjs", "import test from 'node:test'; test('b', () => {});");
    dir.write("lib.js", "throw new Error('no test');");
    dir.write("node_modules/x/x.test.js", "throw new Error('not ours');");
    dir
}

fn test_in(dir: &TestDir, args: &[&str]) -> Run {
    weft().current_dir(dir.path()).arg("--test").args(args).output().expect("the binary starts").into()
}

#[test]
fn finds_the_files_that_look_like_tests() {
    let run = test_in(&project(), &[]).exits(0);
    assert!(run.stdout.contains("ok 1 - a\n") && run.stdout.contains("ok 2 - b\n"), "{}", run.stdout);
    assert!(run.stdout.contains("# tests 2\n") && run.stdout.contains("# fail 0\n"), "{}", run.stdout);
}

#[test]
fn patterns_and_shards_choose_files() {
    let dir = project();
    let run = test_in(&dir, &["--test-isolation=none", "test/*.mjs"]).exits(0);
    assert!(run.stdout.contains("ok 1 - b\n") && run.stdout.contains("# tests 1\n"), "{}", run.stdout);
    let run = test_in(&dir, &["--test-shard=2/2"]).exits(0);
    assert!(run.stdout.contains("ok 1 - b\n") && run.stdout.contains("# tests 1\n"), "{}", run.stdout);
    test_in(&dir, &["none-*.js"]).exits(1).complains("Could not find 'none-*.js'");
}

#[test]
fn failures_are_counted_and_make_the_exit_code() {
    let dir = TestDir::new();
    dir.write("mixed.test.js", MIXED);
    dir.write("broken.test.js", "syntax error");
    let run = test_in(&dir, &["--test-reporter=tap"]).exits(1);
    for line in ["# tests 6\n", "# suites 1\n", "# pass 3\n", "# fail 2\n", "# skipped 1\n"] {
        assert!(run.stdout.contains(line), "no {line:?} in {}", run.stdout);
    }
    assert!(run.stdout.contains("    not ok 2 - fails\n") && run.stdout.contains("error: 'bad'"), "{}", run.stdout);
    assert!(run.stdout.contains("ok 4 - left out # SKIP why\n"), "{}", run.stdout);
}

#[test]
fn names_and_only_choose_tests() {
    let dir = TestDir::new();
    dir.write("mixed.test.js", MIXED);
    let run = test_in(&dir, &["--test-name-pattern=passes"]).exits(0);
    assert!(run.stdout.contains("# pass 1\n"), "{}", run.stdout);
    let run = test_in(&dir, &["--test-skip-pattern=/FAILS/i"]).exits(0);
    assert!(run.stdout.contains("# pass 3\n"), "{}", run.stdout);
    dir.write("mixed.test.js", "const { test } = require('node:test'); test('x'); test.only('y'); test('z');");
    let run = test_in(&dir, &["--test-only"]).exits(0);
    assert!(run.stdout.contains("# pass 1\n") && run.stdout.contains("# skipped 2\n"), "{}", run.stdout);
}

#[test]
fn a_file_that_takes_too_long_is_stopped() {
    let dir = TestDir::new();
    dir.write("slow.test.js", "require('node:test')('slow', () => new Promise((r) => setTimeout(r, 1e8)));");
    let run = test_in(&dir, &["--test-timeout=400"]).exits(1);
    assert!(
        run.stdout.contains("test timed out after 400ms") && run.stdout.contains("# cancelled 1\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn reporters_write_where_they_are_told() {
    let dir = TestDir::new();
    dir.write("mixed.test.js", MIXED);
    dir.write(
        "mine.mjs",
        "export default async function* (source) { for await (const { type, data } of source) \
         if (type === 'test:pass') yield `${data.name};`; }",
    );
    let run = test_in(
        &dir,
        &[
            "--test-reporter=junit",
            "--test-reporter-destination=out/junit.xml",
            "--test-reporter=./mine.mjs",
            "--test-reporter-destination=stdout",
            "--test-reporter=spec",
            "--test-reporter-destination=stderr",
        ],
    )
    .exits(1)
    .prints("inner;first;passes;left out;")
    .complains("\u{2716} failing tests:");
    let xml = std::fs::read_to_string(dir.path().join("out/junit.xml")).expect("a file");
    assert!(xml.contains("<failure type=\"testCodeFailure\" message=\"bad\">"), "{xml}{}", run.stderr);
    assert!(xml.ends_with("</testsuites>\n"), "{xml}");
}

#[test]
fn snapshots_are_written_once_and_compared() {
    let dir = TestDir::new();
    let source = |value: &str| {
        format!(
            "const {{ test }} = require('node:test'); test('shot', (t) => {{ t.assert.snapshot({value}); \
             t.assert.snapshot('`${{x}}`'); }});"
        )
    };
    dir.write("s.test.js", source("{ a: 1 }"));
    let run = test_in(&dir, &[]).exits(1);
    assert!(run.stdout.contains("--test-update-snapshots"), "{}", run.stdout);
    test_in(&dir, &["--test-update-snapshots"]).exits(0);
    let kept = std::fs::read_to_string(dir.path().join("s.test.js.snapshot")).expect("a file");
    assert!(kept.contains("exports[`shot 1`] = `\n{\n  \"a\": 1\n}\n`;"), "{kept}");
    test_in(&dir, &[]).exits(0);
    dir.write("s.test.js", source("{ a: 2 }"));
    test_in(&dir, &[]).exits(1);
}

#[test]
fn modules_can_be_replaced() {
    let dir = TestDir::new();
    dir.write("real.mjs", "export const value = 'real';");
    dir.write(
        "m.test.mjs",
        "import test from 'node:test'; import assert from 'node:assert';\n\
         test('mock', async (t) => {\n\
           const mock = t.mock.module('./real.mjs', { namedExports: { value: 'mocked' } });\n\
           assert.equal((await import('./real.mjs')).value, 'mocked');\n\
           mock.restore();\n\
           assert.equal((await import('./real.mjs')).value, 'real');\n\
         });",
    );
    test_in(&dir, &["--experimental-test-module-mocks"]).exits(0);
}

#[test]
fn a_watched_program_runs_again() {
    use std::io::{BufRead as _, BufReader};
    let dir = TestDir::new();
    dir.write("lib.js", "module.exports = 1;");
    let main = dir.write("main.js", "console.log('lib is', require('./lib'));");
    let mut child =
        weft().arg("--watch").arg(&main).stdout(std::process::Stdio::piped()).spawn().expect("the binary starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut wait_for = |part: &str| {
        let found = lines.by_ref().map_while(Result::ok).any(|line| line.contains(part));
        assert!(found, "no line with {part:?}");
    };
    wait_for("lib is 1");
    wait_for("Completed running");
    dir.write("lib.js", "module.exports = 2;");
    wait_for("Restarting");
    wait_for("lib is 2");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
}

#[test]
fn a_seed_decides_the_order() {
    let dir = TestDir::new();
    for file in ["a", "b", "c", "d"] {
        let tests = "const { test, describe, it } = require('node:test');\n\
            for (let i = 0; i < 8; i++) test(`FILE${i}`, () => {});\n\
            describe('suiteFILE', () => { for (let i = 0; i < 8; i++) it(`itFILE${i}`, () => {}); });\n";
        dir.write(&format!("{file}.test.js"), tests.replace("FILE", file));
    }
    let order = |run: &Run| -> Vec<String> {
        let passed = run.stdout.lines().map(str::trim_start).filter(|line| line.starts_with("ok "));
        passed.filter_map(|line| line.split_once(" - ").map(|(_, name)| name.to_owned())).collect()
    };
    let plain = order(&test_in(&dir, &[]).exits(0));
    assert_eq!(plain.len(), 68);
    let seeded = test_in(&dir, &["--test-random-seed=7"]).exits(0);
    assert!(seeded.stdout.contains("# Randomized test order seed: 7\n"), "{}", seeded.stdout);
    let again = order(&test_in(&dir, &["--test-random-seed", "7"]).exits(0));
    assert_eq!(order(&seeded), again);
    assert_ne!(again, plain);
    assert_ne!(order(&test_in(&dir, &["--test-random-seed=8"]).exits(0)), again);
    let files = |order: &[String]| order.iter().filter(|name| name.starts_with("suite")).cloned().collect::<Vec<_>>();
    assert_eq!(files(&plain), ["suitea", "suiteb", "suitec", "suited"]);
    // What was told as the seed gives the same order.
    let chance = test_in(&dir, &["--test-randomize"]).exits(0);
    let (_, seed) = chance.stdout.split_once("Randomized test order seed: ").expect("a seed");
    let flag = format!("--test-random-seed={}", seed.lines().next().unwrap_or_default());
    assert_eq!(order(&test_in(&dir, &[&flag]).exits(0)), order(&chance));
    // In one process too.
    let here = test_in(&dir, &["--test-isolation=none", "--test-random-seed=7"]).exits(0);
    assert!(here.stdout.contains("# Randomized test order seed: 7\n"), "{}", here.stdout);
    test_in(&dir, &["--test-random-seed=-1"]).exits(1).complains("ERR_OUT_OF_RANGE");
}

#[test]
fn what_was_compared_is_shown_as_it_was_in_the_file() {
    let dir = TestDir::new();
    dir.write(
        "compare.test.js",
        "const test = require('node:test');\n\
         test('deep', () => require('assert').deepStrictEqual({ a: 1, b: [1, { c: null }] }, { a: 1, b: [2] }));",
    );
    let run = test_in(&dir, &["--test-reporter=tap"]).exits(1);
    let shown = "  expected:\n    a: 1\n    b:\n      0: 2\n  actual:\n    a: 1\n    b:\n      0: 1\n      1:\n        c: null\n";
    assert!(run.stdout.contains(shown), "{}", run.stdout);
}

#[test]
fn tests_may_be_expected_to_fail_in_a_certain_way() {
    let dir = TestDir::new();
    dir.write(
        "expected.test.js",
        "const test = require('node:test');\n\
         const fail = () => { throw new TypeError('x'); };\n\
         test('known', { expectFailure: 'bug 5' }, fail);\n\
         test('passes', { expectFailure: true }, () => {});\n\
         test('alike', { expectFailure: /x/ }, fail);\n\
         test('other', { expectFailure: /zz/ }, fail);\n\
         test('both', { expectFailure: { label: 'a label', match: TypeError } }, fail);",
    );
    let run = test_in(&dir, &["--test-reporter=tap"]).exits(1);
    let results: Vec<_> = run.stdout.lines().filter(|line| line.contains("ok ")).collect();
    let expected = [
        "ok 1 - known # EXPECTED FAILURE bug 5",
        "not ok 2 - passes # EXPECTED FAILURE",
        "ok 3 - alike # EXPECTED FAILURE",
        "not ok 4 - other # EXPECTED FAILURE",
        "ok 5 - both # EXPECTED FAILURE a label",
    ];
    assert_eq!(results, expected);
}

#[test]
fn callbacks_that_are_called_twice_or_beside_a_promise_fail() {
    let dir = TestDir::new();
    let file = dir.write(
        "a.test.js",
        "const { test } = require('node:test');
         test('twice', (t, done) => { done(); done(); });
         test('promise', async (t, done) => { done(); });
         test('once', (t, done) => { done(); });",
    );
    let run = common::run([std::ffi::OsStr::new("--test-reporter=tap"), file.as_os_str()]).exits(1);
    for part in [
        "not ok 1 - twice",
        "multipleCallbackInvocations",
        "not ok 2 - promise",
        "callbackAndPromisePresent",
        "ok 3 - once",
    ] {
        assert!(run.stdout.contains(part), "no {part:?} in:\n{}", run.stdout);
    }
}
