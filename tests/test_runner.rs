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

/// The same with TAP, which is easier to look into than what people get.
fn tap(dir: &TestDir, args: &[&str]) -> Run {
    test_in(dir, &[&["--test-reporter=tap"], args].concat())
}

#[test]
fn finds_the_files_that_look_like_tests() {
    let run = tap(&project(), &[]).exits(0);
    assert!(run.stdout.contains("ok 1 - a\n") && run.stdout.contains("ok 2 - b\n"), "{}", run.stdout);
    assert!(run.stdout.contains("# tests 2\n") && run.stdout.contains("# fail 0\n"), "{}", run.stdout);
}

#[test]
fn patterns_and_shards_choose_files() {
    let dir = project();
    let run = tap(&dir, &["--test-isolation=none", "test/*.mjs"]).exits(0);
    assert!(run.stdout.contains("ok 1 - b\n") && run.stdout.contains("# tests 1\n"), "{}", run.stdout);
    let run = tap(&dir, &["--test-shard=2/2"]).exits(0);
    assert!(run.stdout.contains("ok 1 - b\n") && run.stdout.contains("# tests 1\n"), "{}", run.stdout);
    dir.write("sub/c.test.js", "require('node:test')('c', () => {});");
    dir.write("sub/no.js", "throw new Error('no test');");
    let run = tap(&dir, &["sub"]).exits(0);
    assert!(run.stdout.contains("ok 1 - c\n") && run.stdout.contains("# tests 1\n"), "{}", run.stdout);
    test_in(&dir, &["none.js"]).exits(1).complains("Could not find 'none.js'");
    let run = tap(&dir, &["none-*.js"]).exits(0);
    assert!(run.stdout.contains("# tests 0\n"), "{}", run.stdout);
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
    let run = tap(&dir, &["--test-name-pattern=passes"]).exits(0);
    assert!(run.stdout.contains("# pass 1\n"), "{}", run.stdout);
    let run = tap(&dir, &["--test-skip-pattern=/FAILS/i"]).exits(0);
    assert!(run.stdout.contains("# pass 3\n"), "{}", run.stdout);
    dir.write("mixed.test.js", "const { test } = require('node:test'); test('x'); test.only('y'); test('z');");
    let run = tap(&dir, &["--test-only"]).exits(0);
    assert!(run.stdout.contains("# pass 1\n") && run.stdout.contains("# tests 1\n"), "{}", run.stdout);
}

#[test]
fn a_file_that_takes_too_long_is_stopped() {
    let dir = TestDir::new();
    dir.write("slow.test.js", "require('node:test')('slow', () => new Promise((r) => setTimeout(r, 1e8)));");
    let run = tap(&dir, &["--test-timeout=400"]).exits(1);
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
           const both = t.mock.module(new URL('./real.mjs', import.meta.url), { exports: { value: 'v', default: 'd' } });\n\
           assert.deepEqual({ ...await import('./real.mjs') }, { value: 'v', default: 'd' });\n\
           both.restore();\n\
           assert.throws(() => t.mock.module('./real.mjs', { exports: {}, namedExports: {} }), { code: 'ERR_INVALID_ARG_VALUE' });\n\
           assert.throws(() => t.plan(1, { wait: 'x' }), { code: 'ERR_INVALID_ARG_TYPE' });\n\
           assert.deepEqual([t.passed, t.workerId], [false, 1]);\n\
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
    wait_for("Change detected in '");
    wait_for("Restarting");
    wait_for("lib is 2");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
}

/// Its variables are read anew each time, and its messages reach whoever watches the watch.
#[test]
fn a_watched_program_has_its_variables_and_its_channel() {
    let dir = TestDir::new();
    dir.write("vars.env", "FROM_FILE=one\n");
    dir.write(
        "main.mjs",
        "process.send({ value: process.env.FROM_FILE }); process.once('message', (m) => process.exit(m));",
    );
    let parent = dir.write(
        "parent.js",
        "const child = require('child_process').fork('main.mjs', { execArgv: ['--watch', '--env-file=vars.env'] });\n\
         const told = [];\n\
         child.on('message', (message) => {\n\
           if (message['watch:import']) told.push(message['watch:import'][0].split('/').pop());\n\
           if (message.value === undefined) return;\n\
           told.push(message.value);\n\
           child.send(0);\n\
           if (message.value === 'one') require('fs').writeFileSync('vars.env', 'FROM_FILE=two');\n\
           else child.kill();\n\
         });\n\
         child.on('exit', () => console.log(told.join()));",
    );
    let run: Run = weft().current_dir(dir.path()).arg(parent).output().expect("the binary starts").into();
    let run = run.exits(0);
    assert!(run.stdout.ends_with("main.mjs,one,main.mjs,two\n"), "{}", run.stdout);
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
    let plain = order(&tap(&dir, &[]).exits(0));
    assert_eq!(plain.len(), 68);
    let seeded = tap(&dir, &["--test-random-seed=7"]).exits(0);
    assert!(seeded.stdout.contains("# Randomized test order seed: 7\n"), "{}", seeded.stdout);
    let again = order(&tap(&dir, &["--test-random-seed", "7"]).exits(0));
    assert_eq!(order(&seeded), again);
    assert_ne!(again, plain);
    assert_ne!(order(&tap(&dir, &["--test-random-seed=8"]).exits(0)), again);
    let files = |order: &[String]| order.iter().filter(|name| name.starts_with("suite")).cloned().collect::<Vec<_>>();
    assert_eq!(files(&plain), ["suitea", "suiteb", "suitec", "suited"]);
    // What was told as the seed gives the same order.
    let chance = tap(&dir, &["--test-randomize"]).exits(0);
    let (_, seed) = chance.stdout.split_once("Randomized test order seed: ").expect("a seed");
    let flag = format!("--test-random-seed={}", seed.lines().next().unwrap_or_default());
    assert_eq!(order(&tap(&dir, &[&flag]).exits(0)), order(&chance));
    // In one process too.
    let here = tap(&dir, &["--test-isolation=none", "--test-random-seed=7"]).exits(0);
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

#[test]
fn tags_choose_tests() {
    let dir = TestDir::new();
    dir.write(
        "tags.test.js",
        "const { test, describe, it } = require('node:test');\n\
         test('u', { tags: ['Unit'] }, () => {});\n\
         describe('d', { tags: ['unit'] }, () => { it('s', { tags: ['slow'] }, (t) => console.log(t.tags)); it('q', () => {}); });\n\
         test('none', () => {});",
    );
    let chosen = |filter: &str| -> Vec<String> {
        let run = tap(&dir, &["--test-isolation=none", "--experimental-test-tag-filter", filter]).exits(0);
        run.stdout
            .lines()
            .filter_map(|line| Some(line.trim_start().strip_prefix("ok ")?.split_once(" - ")?.1.to_owned()))
            .collect()
    };
    assert_eq!(chosen("unit"), ["u", "s", "q", "d"]);
    assert_eq!(chosen("unit and not slow"), ["u", "q", "d"]);
    assert_eq!(chosen("!(un* || slow)"), ["none"]);
    let wrong = test_in(&dir, &["--experimental-test-tag-filter=unit & slow"]).exits(1);
    wrong.complains("unexpected '&' at position 5; use '&&' or 'and'");
}

#[test]
fn what_passed_is_not_run_again() {
    let dir = TestDir::new();
    dir.write(
        "r.test.js",
        "const { test, describe, it } = require('node:test');\n\
         test('steady', () => { console.log('steady ran'); });\n\
         test('outer', async (t) => { await t.test('inner', () => { console.log('inner ran'); }); });\n\
         describe('d', () => { it('late', (t) => { if (t.attempt < 1) throw new Error('not yet'); }); });",
    );
    let flags = ["--test-rerun-failures=state.json", "--test-reporter=spec"];
    let first = test_in(&dir, &flags).exits(1);
    assert!(first.stdout.contains("steady ran") && first.stdout.contains("inner ran"), "{}", first.stdout);
    let second = test_in(&dir, &flags).exits(0);
    assert!(!second.stdout.contains("ran\n"), "{}", second.stdout);
    assert!(second.stdout.contains("inner") && second.stdout.contains("(passed on attempt 0)"), "{}", second.stdout);
    let state = std::fs::read_to_string(dir.path().join("state.json")).expect("a file");
    assert!(state.contains("\"r.test.js:4:23\"") && state.contains("\"passed_on_attempt\": 1"), "{state}");
}

/// Outcomes are told as soon as it is their turn, with what says where they belong.
#[test]
fn events_say_what_a_test_belongs_to() {
    let dir = TestDir::new();
    dir.write(
        "a.test.js",
        "const { test, describe, it } = require('node:test');\n\
         test('t', async (t) => { await t.test('s', () => {}); });\n\
         describe('d', () => { it('i', () => {}); });",
    );
    let main = dir.write(
        "main.mjs",
        "import { run } from 'node:test';\n\
         const told = [];\n\
         for await (const { type, data } of run({ files: ['a.test.js'] })) {\n\
           if (!/start|pass|plan|summary/.test(type) || (data.name ?? '').includes('.')) continue;\n\
           const { name, testId, parentId, classname, count, entryFile } = data;\n\
           told.push([type.slice(5), name ?? count, testId, parentId, classname, entryFile?.endsWith('a.test.js')].join(' ').trim());\n\
         }\n\
         console.log(told.join('\\n'));",
    );
    let run: Run = weft().current_dir(dir.path()).arg(main).output().expect("the binary starts").into();
    run.exits(0).prints(
        "start t 1 0  true\nstart s 4 1  true\npass s 4 1 t true\nplan 1    true\npass t 1 0  true\n\
         start d 2 0  true\nstart i 3 2  true\npass i 3 2 d true\nplan 1    true\npass d 2 0  true\n\
         summary     true\nplan 2\nsummary\n",
    );
}

#[test]
fn setup_and_teardown_are_around_the_run() {
    let dir = TestDir::new();
    dir.write(
        "setup.mjs",
        "export const globalSetup = () => console.log('up'), globalTeardown = () => console.log('down');",
    );
    dir.write("a.test.js", "require('node:test')('a', () => console.log('in a'));");
    for how in ["--test-isolation=none", "--test-isolation=process"] {
        let run = tap(&dir, &[how, "--test-global-setup=setup.mjs"]).exits(0);
        let places = ["up\n", "in a\n", "# tests 1\n", "down\n"].map(|part| run.stdout.find(part));
        assert!(places.is_sorted() && places[0].is_some(), "{}", run.stdout);
    }
    let run: Run = weft()
        .current_dir(dir.path())
        .args(["--test-global-setup=setup.mjs", "--test-reporter=spec", "a.test.js"])
        .output()
        .expect("starts")
        .into();
    let run = run.exits(0);
    assert!(run.stdout.starts_with("up\nin a\n") && run.stdout.ends_with("down\n"), "{}", run.stdout);
}
