//! `internalBinding('near_heap_limit')`: snapshots of a heap that is about to be too full
//! (`--heapsnapshot-near-heap-limit`, `v8.setHeapSnapshotNearHeapLimit`). Of the main thread, whose end is the process's; a
//! Worker has limits of its own (`workers/resource_limits.rs`).
//!
//! V8 asks on the isolate's thread, where it could not get memory, whether the limit may be higher. Taking the snapshot
//! needs memory itself, so V8 may ask again meanwhile.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::io::Write as _;
use std::path::PathBuf;

use super::OpDecl;
use super::args::{arg_string, arg_u32};
use super::error::{OpError, OpResult};
use super::state::op_state;
use crate::error_display::write_stderr;
use crate::js_runtime::IsolateKind;
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[op!("watch", 2, watch)];

/// What the heap may grow by while a snapshot is taken, and to go on afterwards: a young generation fits.
const ROOM: usize = 64 * 1024 * 1024;

struct Watch {
    isolate: v8::UnsafeRawIsolatePtr,
    folder: PathBuf,
    /// How many snapshots may still be written.
    left: Cell<u32>,
    written: Cell<u32>,
    writing: Cell<bool>,
}

thread_local! {
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// `watch(limit, folder)`: writes so many snapshots into the folder, one each time the heap is nearly full. Once a process.
fn watch(scope: &mut v8::PinScope, args: &v8::FunctionCallbackArguments, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let (limit, folder) = (arg_u32(scope, args, 0)?, arg_string(scope, args, 1)?);
    if op_state(scope).borrow().get::<IsolateKind>().is_none_or(|kind| *kind != IsolateKind::Main) {
        let message = "v8.setHeapSnapshotNearHeapLimit() in a Worker is not implemented";
        return Err(OpError::error("ERR_METHOD_NOT_IMPLEMENTED", message));
    }
    if WATCH.with(|slot| slot.borrow().is_some()) {
        return Ok(());
    }
    // SAFETY: the pointer is used on this thread alone, in a callback of this isolate, which lives as long as it calls.
    let isolate = unsafe { scope.as_raw_isolate_ptr() };
    let (left, folder) = (Cell::new(limit), PathBuf::from(folder));
    let watch = Watch { isolate, folder, left, written: Cell::new(0), writing: Cell::new(false) };
    WATCH.with(|slot| *slot.borrow_mut() = Some(watch));
    scope.add_near_heap_limit_callback(near_heap_limit, std::ptr::null_mut());
    Ok(())
}

/// Called by V8 on the isolate's own thread.
unsafe extern "C" fn near_heap_limit(_: *mut c_void, current: usize, _: usize) -> usize {
    WATCH.with(|slot| {
        let slot = slot.borrow();
        let Some(watch) = &*slot else { return current };
        if watch.writing.get() {
            return current.saturating_add(ROOM);
        }
        if watch.left.get() == 0 {
            // As without this: V8 ends the process.
            return current;
        }
        watch.left.set(watch.left.get() - 1);
        watch.writing.set(true);
        watch.write();
        watch.writing.set(false);
        current.saturating_add(ROOM)
    })
}

impl Watch {
    fn write(&self) {
        self.written.set(self.written.get() + 1);
        let path = self.folder.join(file_name(self.written.get()));
        // SAFETY: V8 calls from the isolate that was watched, on its thread, so it is alive and entered; this value does
        // not outlive the call, and dropping it does nothing.
        let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(self.isolate) };
        let result = std::fs::File::create(&path).and_then(|file| {
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
        match result {
            Ok(()) => write_stderr(&format!("Wrote snapshot to {}\n", path.display())),
            Err(error) => write_stderr(&format!("Failed to write snapshot to {}: {error}\n", path.display())),
        }
    }
}

/// As Node names its diagnostic files: `Heap.DATE.TIME.PID.THREAD.NUMBER.heapsnapshot`.
fn file_name(number: u32) -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let time = local_time(seconds);
    let pid = std::process::id();
    format!("Heap.{time}.{pid}.0.{number:03}.heapsnapshot")
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
