//! What the tests of prepared threads share: runs that say which threads were prepared.

use crate::common::{Run, TestDir, weft};

/// Runs `source` as an ES module with `flags`, and has it say which threads were prepared.
pub(crate) fn run_with(flags: &[&str], source: &str) -> Run {
    let dir = TestDir::new();
    let file = dir.write("main.mjs", source);
    weft().args(flags).arg(file).env("WEFT_LOG", "weft::workers=debug").output().expect("the binary starts").into()
}

/// Runs `source` as an ES module that has `assert` and `fs`, may count `threadsNamed(name)` and `descriptors()` of its process,
/// and may wait for `pause(ms)` and `until(met)`.
#[cfg(target_os = "linux")]
pub(crate) fn run_looking(source: &str) -> Run {
    let looks = r"
        import assert from 'node:assert';
        import fs from 'node:fs';
        // A thread may end between the two.
        const nameOf = (id) => {
          try {
            return fs.readFileSync(`/proc/self/task/${id}/comm`, 'utf8');
          } catch ({ code }) {
            assert.match(code, /ENOENT|ESRCH/);
          }
        };
        const threadsNamed = (name) => fs.readdirSync('/proc/self/task').filter((id) => nameOf(id) === `${name}\n`).length;
        const descriptors = () => fs.readdirSync('/proc/self/fd').length;
        const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
        const until = async (met) => { while (!met()) await pause(5); };
        ";
    run_with(&[], &format!("{looks}{source}"))
}

/// How many prepared threads were taken, by what their log says then.
pub(crate) fn spares_taken(run: &Run, said: &str) -> usize {
    run.stderr.matches(said).count()
}

/// With one processor, none is made.
pub(crate) fn has_spares() -> bool {
    std::thread::available_parallelism().is_ok_and(|processors| processors.get() > 1)
}
