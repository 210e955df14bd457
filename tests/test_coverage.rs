//! Coverage of tests: `--experimental-test-coverage`, its report and thresholds, `run()` with `coverage`.

mod common;

use common::{Run, TestDir, weft};

const LIB: &str = "function add(a, b) {\n  if (a > 10) {\n    return a - b;\n  }\n  return a + b;\n}\n\n\
    function never() {\n  return 1;\n}\n/* node:coverage disable */\nfunction leftOut() {}\n\
    /* node:coverage enable */\nmodule.exports = { add };\n";

fn project() -> TestDir {
    let dir = TestDir::new();
    dir.write("src/lib.js", LIB);
    dir.write("node_modules/dep/index.js", "module.exports = 1;");
    dir.write("a.test.js", "require('dep');\nrequire('node:test')('a', () => { require('./src/lib').add(1, 2); });");
    dir.write("b.test.js", "require('node:test')('b', () => { require('./src/lib').add(11, 2); });");
    dir
}

fn covered(dir: &TestDir, args: &[&str]) -> Run {
    let mut command = weft();
    command.current_dir(dir.path()).args(["--test", "--experimental-test-coverage"]).args(args);
    command.output().expect("the binary starts").into()
}

fn has(run: &Run, lines: &[&str]) {
    for line in lines {
        assert!(run.stdout.contains(line), "no {line:?} in {}{}", run.stdout, run.stderr);
    }
}

#[test]
fn the_table_names_what_did_not_run_in_any_process() {
    let dir = project();
    // One of them leaves out the branch, the other what follows it: together they miss one function.
    let run = covered(&dir, &["--test-reporter=tap"]).exits(0);
    has(
        &run,
        &[
            "# file      | line % | branch % | funcs % | uncovered lines\n",
            "# src       |        |          |         | \n",
            "#  lib.js   |  78.57 |   100.00 |   66.67 | 8-10\n",
            "# all files |  78.57 |   100.00 |   66.67 | \n",
        ],
    );
    assert!(!run.stdout.contains("node_modules") && !run.stdout.contains(" a.test.js"), "{}", run.stdout);
    let run = covered(&dir, &["--test-reporter=spec", "a.test.js"]).exits(0);
    has(&run, &["\u{2139}  lib.js   |  64.29 |    66.67 |   66.67 | 3-4 8-10\n"]);
    // The same in one process.
    let run = covered(&dir, &["--test-reporter=tap", "--test-isolation=none"]).exits(0);
    has(&run, &["#  lib.js   |  78.57 |   100.00 |   66.67 | 8-10\n"]);
}

#[test]
fn a_test_file_alone_covers_itself() {
    let dir = project();
    let mut command = weft();
    command.current_dir(dir.path()).args(["--experimental-test-coverage", "--test-reporter=tap", "a.test.js"]);
    let run: Run = command.output().expect("the binary starts").into();
    has(&run.exits(0), &["#  lib.js   |  64.29 |    66.67 |   66.67 | 3-4 8-10\n"]);
}

#[test]
fn lcov_counts_functions_branches_and_lines() {
    let run = covered(&project(), &["--test-reporter=lcov"]).exits(0);
    let expected = "TN:\nSF:src/lib.js\nFN:1,add\nFN:8,never\nFN:12,leftOut\nFNDA:2,add\nFNDA:0,never\nFNDA:0,leftOut\n\
        FNF:3\nFNH:2\nBRDA:1,0,0,2\nBRDA:1,1,0,2\nBRDA:2,2,0,1\nBRDA:4,3,0,1\nBRF:4\nBRH:4\nDA:1,2\nDA:2,2\nDA:3,1\n\
        DA:4,1\nDA:5,1\nDA:6,2\nDA:7,2\nDA:8,0\nDA:9,0\nDA:10,0\nDA:11,2\nDA:14,2\nLH:11\nLF:14\nend_of_record\n";
    assert_eq!(run.stdout, expected);
}

#[test]
fn thresholds_fail_the_run() {
    let dir = project();
    covered(&dir, &["--test-coverage-lines=78", "--test-coverage-branches=100"]).exits(0);
    let run = covered(&dir, &["--test-reporter=tap", "--test-coverage-lines=90", "--test-coverage-functions=70"]);
    has(
        &run.exits(1),
        &[
            "# Error: 78.57% line coverage does not meet threshold of 90%.\n",
            "# Error: 66.67% function coverage does not meet threshold of 70%.\n",
        ],
    );
    covered(&dir, &["--test-coverage-lines=101"]).exits(1).complains("ERR_OUT_OF_RANGE");
}

#[test]
fn globs_choose_the_files() {
    let dir = project();
    let run = covered(&dir, &["--test-reporter=tap", "--test-coverage-exclude=src/**"]).exits(0);
    has(&run, &["# a.test.js  | 100.00"]);
    assert!(!run.stdout.contains("lib.js"), "{}", run.stdout);
    let run = covered(&dir, &["--test-reporter=tap", "--test-coverage-include=node_modules/**"]).exits(0);
    has(&run, &["# node_modules  |", "#  dep          |", "#   index.js    | 100.00"]);
    assert!(!run.stdout.contains("lib.js"), "{}", run.stdout);
}

#[test]
fn files_that_no_test_has_loaded_can_be_reported() {
    let dir = project();
    dir.write("src/never.js", "exports.never = 1;\nexports.more = 2;\n");
    let flags = ["--test-reporter=tap", "--test-coverage-include-all", "--test-coverage-include=src/**"];
    has(&covered(&dir, &flags).exits(0), &["#  never.js |   0.00 |   100.00 |  100.00 | 1-2\n", "#  lib.js "]);
}

#[test]
fn a_source_map_leads_to_the_sources() {
    let dir = TestDir::new();
    // Lines 2 and 3 of the source are line 1 of the code; line 5 was dropped by the compiler.
    dir.write("src/a.src", "// head\nexports.f = () => {\n};\n\nconst dropped = 1;\n");
    dir.write("src/a.js", "exports.f=()=>{};\n//# sourceMappingURL=a.js.map\n");
    let mappings = "AACA,YAAY,MACZ";
    dir.write("src/a.js.map", format!(r#"{{"version":3,"sources":["a.src"],"names":[],"mappings":"{mappings}"}}"#));
    dir.write("a.test.js", "require('node:test')('a', () => { require('./src/a').f(); });");
    let run = covered(&dir, &["--enable-source-maps", "--test-reporter=tap"]).exits(0);
    has(&run, &["#  a.src    |  60.00 |   100.00 |", " | 1 5\n"]);
    let run = covered(&dir, &["--test-reporter=tap"]).exits(0);
    has(&run, &["#  a.js     | 100.00 |   100.00 |"]);
}

#[test]
fn run_reports_coverage_as_an_event() {
    let dir = project();
    dir.write(
        "main.mjs",
        "import { run } from 'node:test';\n\
         const events = [];\n\
         const options = { files: ['a.test.js'], coverage: true, coverageIncludeGlobs: 'src/*', lineCoverage: 99 };\n\
         for await (const { type, data } of run(options)) if (/cover|summary/.test(type) && !data.file) events.push([type, data]);\n\
         const [[type, { summary }], [, { success }]] = events;\n\
         const [{ path, functions }] = summary.files;\n\
         console.log(type, path.endsWith('lib.js'), functions[1].name, functions[1].count, summary.totals.totalLineCount,\n\
           summary.thresholds, success, process.env.NODE_V8_COVERAGE);\n\
         for (const wrong of [{ coverage: 1 }, { lineCoverage: 101 }, { coverageExcludeGlobs: [1] }]) {\n\
           try { run(wrong); } catch (error) { console.log(error.code); }\n\
         }\n",
    );
    let run: Run = weft().current_dir(dir.path()).arg("main.mjs").output().expect("the binary starts").into();
    assert_eq!(
        run.exits(0).stdout,
        "test:coverage true never 0 14 { line: 99, branch: 0, function: 0 } false undefined\n\
         ERR_INVALID_ARG_TYPE\nERR_OUT_OF_RANGE\nERR_INVALID_ARG_TYPE\n"
    );
}
