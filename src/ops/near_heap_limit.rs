//! `internalBinding('near_heap_limit')`: what is written of a heap that is about to be too full: snapshots
//! (`--heapsnapshot-near-heap-limit`, `v8.setHeapSnapshotNearHeapLimit`) and the heap profile that is under way
//! (`v8.setHeapProfileNearHeapLimit`).
//!
//! V8 asks on the isolate's thread, where it could not get memory, whether the limit may be higher. Writing needs memory
//! itself, so V8 may ask again meanwhile. Isolates with limits of their own are asked in `workers/resource_limits.rs`, which
//! comes here first. *Threads:* each its own isolate's.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::io::Write as _;
use std::path::PathBuf;
use std::rc::{Rc, Weak};

use super::OpDecl;
use super::args::{arg_bool, arg_string, arg_u32};
use super::error::OpResult;
use super::inspector::agent::Agent;
use super::report::next_file_number;
use super::state::op_state;
use crate::error_display::write_stderr;
use crate::js_runtime::IsolateKind;
use crate::op;
use crate::permission::{self, Scope as Permission};
use crate::workers::profiler::heap_profile_so_far;

/// This area's operations.
pub const OPS: &[OpDecl] = &[op!("watch", 4, watch)];

/// What the heap may grow by while something is written, and to go on afterwards: a young generation fits.
const ROOM: usize = 64 * 1024 * 1024;

struct Watch {
    isolate: v8::UnsafeRawIsolatePtr,
    /// By way of it the profile is had.
    agent: Weak<Agent>,
    folder: PathBuf,
    thread: u32,
    /// How many may still be written.
    snapshots: Cell<u32>,
    profiles: Cell<u32>,
    writing: Cell<bool>,
}

thread_local! {
    static WATCH: RefCell<Option<Rc<Watch>>> = const { RefCell::new(None) };
}

/// `watch(profiles, limit, folder, thread)`: writes so many profiles, or else snapshots, into the folder, one each time the heap
/// is nearly full. Once for each of the two in an isolate.
fn watch(scope: &mut v8::PinScope, args: &v8::FunctionCallbackArguments, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let (profiles, limit, folder) = (arg_bool(scope, args, 0), arg_u32(scope, args, 1)?, arg_string(scope, args, 2)?);
    let thread = arg_u32(scope, args, 3)?;
    let folder = PathBuf::from(folder);
    if permission::is_enforced() {
        permission::check_path(Permission::FsWrite, &folder)?;
    }
    let agent = Rc::downgrade(&Agent::of(scope));
    let is_new = WATCH.with_borrow(Option::is_none);
    // SAFETY: the pointer is used on this thread alone, in a callback of this isolate, which lives as long as it calls.
    let isolate = unsafe { scope.as_raw_isolate_ptr() };
    let watch = WATCH.with_borrow_mut(|slot| {
        let made = || {
            let (snapshots, profiles, writing) = Default::default();
            Rc::new(Watch { isolate, agent, folder, thread, snapshots, profiles, writing })
        };
        slot.get_or_insert_with(made).clone()
    });
    if profiles { &watch.profiles } else { &watch.snapshots }.set(limit);
    let kind = op_state(scope).borrow().get::<IsolateKind>();
    if is_new && kind.is_some_and(|kind| *kind == IsolateKind::Main) {
        scope.add_near_heap_limit_callback(near_heap_limit, std::ptr::null_mut());
    }
    Ok(())
}

/// Called by V8 on the main isolate's own thread. What is not raised is as without this: V8 ends the process.
unsafe extern "C" fn near_heap_limit(_: *mut c_void, current: usize, _: usize) -> usize {
    asked(current).unwrap_or(current)
}

/// The limit with which this thread's isolate may go on, since something was written of it, or is being written. To be
/// called where V8 asks for one.
pub(crate) fn asked(current: usize) -> Option<usize> {
    let watch = WATCH.try_with(|slot| slot.borrow().clone()).ok().flatten()?;
    if !watch.writing.replace(true) {
        let written = watch.write();
        watch.writing.set(false);
        if !written {
            return None;
        }
    }
    Some(current.saturating_add(ROOM))
}

/// Whether something is to be written of this thread's isolate when its heap is nearly full.
pub(crate) fn is_wanted() -> bool {
    let wanted = |slot: &RefCell<Option<Rc<Watch>>>| {
        slot.borrow().as_ref().is_some_and(|watch| watch.snapshots.get() > 0 || watch.profiles.get() > 0)
    };
    WATCH.try_with(wanted).unwrap_or(false)
}

/// This thread's isolate is no more.
pub(crate) fn forget() {
    let _ = WATCH.try_with(RefCell::take);
}

/// Whether there was one left, of which there is one less now.
fn take_one(left: &Cell<u32>) -> bool {
    let some = left.get() > 0;
    left.set(left.get().saturating_sub(1));
    some
}

impl Watch {
    /// Says whether there was anything to write.
    fn write(&self) -> bool {
        let snapshot = take_one(&self.snapshots);
        if snapshot {
            self.write_snapshot();
        }
        // Without a profile under way there will be none later either.
        let profile = if take_one(&self.profiles) { self.agent.upgrade().and_then(heap_profile_so_far) } else { None };
        match &profile {
            Some(profile) => self.told("heap profile", "heapprofile", |mut file| file.write_all(profile.as_bytes())),
            None => self.profiles.set(0),
        }
        snapshot || profile.is_some()
    }

    fn write_snapshot(&self) {
        // SAFETY: V8 calls from the isolate that was watched, on its thread, so it is alive and entered; this value does
        // not outlive the call, and dropping it does nothing.
        let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(self.isolate) };
        self.told("snapshot", "heapsnapshot", |file| {
            let mut file = std::io::BufWriter::new(file);
            let mut problem = None;
            isolate.take_heap_snapshot(|chunk| match file.write_all(chunk) {
                Ok(()) => true,
                Err(error) => {
                    problem = Some(error);
                    false
                }
            });
            problem.map_or(Ok(()), Err).and_then(|()| file.flush())
        });
    }

    /// Has `write` fill a file with a name of Node's, `Heap.DATE.TIME.PID.THREAD.NUMBER.EXTENSION`, and says so.
    fn told(&self, what: &str, extension: &str, write: impl FnOnce(std::fs::File) -> std::io::Result<()>) {
        let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let (time, pid, number) = (local_time(since_1970.as_secs()), std::process::id(), next_file_number());
        let path = self.folder.join(format!("Heap.{time}.{pid}.{}.{number:03}.{extension}", self.thread));
        match std::fs::File::create(&path).and_then(write) {
            Ok(()) => write_stderr(&format!("Wrote {what} to {}\n", path.display())),
            Err(error) => write_stderr(&format!("Failed to write {what} to {}: {error}\n", path.display())),
        }
    }
}

/// `YYYYMMDD.hhmmss`, in the time zone of the process.
#[cfg(unix)]
pub(super) fn local_time(seconds: u64) -> String {
    let time = libc::time_t::try_from(seconds).unwrap_or(0);
    // SAFETY: a `tm` of zeros is a valid value (its zone's name may be null).
    let mut parts: libc::tm = unsafe { std::mem::zeroed() };
    // SAFETY: both point to values of ours; the call writes the second.
    unsafe { libc::localtime_r(&raw const time, &raw mut parts) };
    let libc::tm { tm_year, tm_mon, tm_mday, tm_hour, tm_min, tm_sec, .. } = parts;
    format!("{:04}{:02}{tm_mday:02}.{tm_hour:02}{tm_min:02}{tm_sec:02}", tm_year + 1900, tm_mon + 1)
}

/// Without a calendar at hand: the day and the second of it, as numbers.
#[cfg(not(unix))]
pub(super) fn local_time(seconds: u64) -> String {
    format!("{:08}.{:06}", seconds / 86_400, seconds % 86_400)
}
