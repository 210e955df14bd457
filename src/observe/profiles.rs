//! Profiles of a whole run (`--cpu-prof`, `--heap-prof`): begun before the program, written as its isolate ends.
//!
//! *Owns* nothing but where each profile is to go; V8's inspector takes them (`src/workers/profiler.rs`). *Threads:* the
//! isolate's own.

use std::cell::RefCell;
use std::path::PathBuf;

use crate::error_display::write_stderr;
use crate::ops::OpError;
use crate::ops::inspector::agent::Agent;
use crate::ops::state::op_state;
use crate::workers::profiler::{ProfileKind, Profiler};

/// The profiles under way in one isolate.
#[derive(Default)]
struct Running(RefCell<Vec<(ProfileKind, PathBuf)>>);

/// The number of a profile of a whole run. Others are counted from 1.
fn number(kind: ProfileKind) -> u64 {
    match kind {
        ProfileKind::Cpu => u64::MAX,
        ProfileKind::Heap => u64::MAX - 1,
    }
}

/// Begins a profile that [`finish`] writes to `path`. `params` are those of V8's protocol, in JSON.
pub(crate) fn start(scope: &mut v8::PinScope, kind: ProfileKind, params: &str, path: PathBuf) -> Result<(), OpError> {
    let agent = Agent::of(scope);
    let profiler = op_state(scope).borrow_mut().value::<Profiler>();
    profiler.start(agent, number(kind), kind, params)?;
    let running = op_state(scope).borrow_mut().value::<Running>();
    running.0.borrow_mut().push((kind, path));
    Ok(())
}

/// Ends and writes the profiles of this isolate's run.
pub(crate) fn finish(scope: &mut v8::PinScope) {
    let Some(running) = op_state(scope).borrow().get::<Running>() else { return };
    let running = running.0.take();
    if running.is_empty() {
        return;
    }
    let profiler = op_state(scope).borrow_mut().value::<Profiler>();
    for (kind, path) in running {
        let written = profiler.stop(number(kind)).map_err(|error| format!("{error:?}")).and_then(|profile| {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
            }
            std::fs::write(&path, profile).map_err(|error| error.to_string())
        });
        if let Err(error) = written {
            write_stderr(&format!("(weft) {}: the profile could not be written: {error}\n", path.display()));
        }
    }
}
