//! Profiles of a whole run (`--cpu-prof`, `--heap-prof`): begun before the program, written as its isolate ends.
//!
//! *Owns* nothing but where each profile is to go; V8's inspector takes them (`src/workers/profiler.rs`). *Threads:* the
//! isolate's own.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error_display::write_stderr;
use crate::js_runtime::IsolateKind;
use crate::ops::OpError;
use crate::ops::inspector::agent::Agent;
use crate::ops::state::op_state;
use crate::workers::profiler::{ProfileKind, Profiler};

/// The profiles under way in one isolate.
#[derive(Default)]
struct Running(RefCell<Vec<(ProfileKind, PathBuf)>>);

/// Isolates of pools that have profiles to write.
static OF_POOLS: AtomicUsize = AtomicUsize::new(0);

/// Whether an isolate of a pool has yet to write its profiles.
pub(crate) fn of_pools_are_left() -> bool {
    OF_POOLS.load(Ordering::Acquire) > 0
}

fn is_of_pool(scope: &mut v8::PinScope) -> bool {
    op_state(scope).borrow().get::<IsolateKind>().is_some_and(|kind| *kind == IsolateKind::Pool)
}

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
    let mut running = running.0.borrow_mut();
    if running.is_empty() && is_of_pool(scope) {
        OF_POOLS.fetch_add(1, Ordering::AcqRel);
    }
    running.push((kind, path));
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
    if is_of_pool(scope) {
        OF_POOLS.fetch_sub(1, Ordering::AcqRel);
    }
}
