//! `node:fs` and `node:os` beyond what Node's own tests hold: scripts in `tests/fs/` that assert for themselves, each run in a scratch
//! directory of its own. They run unchanged on Node 22 and newer.

mod common;

use common::{Run, TestDir, run_script, weft};

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
fn reads_that_need_no_thread_and_those_that_would_wait() {
    passes("reads_at_once.cjs");
}

#[test]
fn patterns_find_what_nodes_find() {
    passes("globs.cjs");
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

#[test]
fn what_is_not_there_need_not_be_an_error_and_existence_of_no_path_is_deprecated() {
    let run = run_script(
        "const fs = require('fs');\n\
         const quietly = { throwIfNoEntry: false };\n\
         fs.stat('/none/x', quietly, (error, stats) => {\n\
           console.log(error, stats);\n\
           fs.promises.stat('/none/x', quietly).then(console.log)\n\
             .then(() => fs.promises.stat('/none/x')).catch((error) => console.log(error.code));\n\
         });\n\
         console.log(fs.existsSync('a\\0b'), fs.existsSync(5), fs.existsSync());",
    );
    let run = run.exits(0).prints("false false false\nnull undefined\nundefined\nENOENT\n");
    assert_eq!(run.stderr.matches("[DEP0187]").count(), 1, "{}", run.stderr);
}
