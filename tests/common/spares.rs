//! What the tests of prepared threads share: runs that say which threads were prepared.

use crate::common::{Run, TestDir, weft};

/// Runs `source` as an ES module with `flags`, and has it say which threads were prepared.
pub(crate) fn run_with(flags: &[&str], source: &str) -> Run {
    let dir = TestDir::new();
    let file = dir.write("main.mjs", source);
    weft().args(flags).arg(file).env("WEFT_LOG", "weft::workers=debug").output().expect("the binary starts").into()
}

/// How many prepared threads were taken, by what their log says then.
pub(crate) fn spares_taken(run: &Run, said: &str) -> usize {
    run.stderr.matches(said).count()
}

/// With one processor, none is made.
pub(crate) fn has_spares() -> bool {
    std::thread::available_parallelism().is_ok_and(|processors| processors.get() > 1)
}
