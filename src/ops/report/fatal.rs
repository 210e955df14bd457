//! The report of a process whose main isolate runs out of memory (`--report-on-fatalerror`).
//!
//! There is no JavaScript any more then, so js/internal/process/report.js makes the report beforehand, and what has changed
//! since is filled in here. *Threads:* the main isolate's own; V8 calls on it.

use std::cell::RefCell;
use std::ffi::{CStr, c_char};
use std::io::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::super::args::{arg_bool, arg_string};
use super::super::error::{OpError, OpResult};
use super::super::near_heap_limit::local_time;
use super::{Args, Rv, Scope, frames, next_file_number};
use crate::error_display::write_stderr;

struct Prepared {
    isolate: v8::UnsafeRawIsolatePtr,
    report: Value,
    /// As given by `--report-filename`; empty for one with the time in it.
    name: String,
    directory: PathBuf,
    compact: bool,
}

thread_local! {
    static PREPARED: RefCell<Option<Prepared>> = const { RefCell::new(None) };
}

/// `onFatalError(report, name, directory, compact)`: the report to write, as JSON; an empty one for none after all.
pub(super) fn on_fatal_error(scope: Scope, args: Args, _: Rv) -> OpResult {
    let text = arg_string(scope, args, 0)?;
    if text.is_empty() {
        PREPARED.set(None);
        return Ok(());
    }
    let report = serde_json::from_str(&text).map_err(|error| OpError::error("ERR_INVALID_STATE", error.to_string()))?;
    let (name, directory) = (arg_string(scope, args, 1)?, PathBuf::from(arg_string(scope, args, 2)?));
    let compact = arg_bool(scope, args, 3);
    // SAFETY: the pointer is used on this thread alone, in a callback of this isolate.
    let isolate = unsafe { scope.as_raw_isolate_ptr() };
    PREPARED.set(Some(Prepared { isolate, report, name, directory, compact }));
    scope.set_oom_error_handler(out_of_memory);
    Ok(())
}

/// Called by V8, which does not expect this to return.
unsafe extern "C" fn out_of_memory(location: *const c_char, details: &v8::OomDetails) {
    let what = if details.is_heap_oom { "JavaScript heap" } else { "process" };
    let message = format!("Allocation failed - {what} out of memory");
    let place = match location.is_null() {
        true => String::new(),
        // SAFETY: V8 names the place by a C string of its own.
        false => unsafe { CStr::from_ptr(location) }.to_string_lossy().into_owned() + " ",
    };
    write_stderr(&format!("FATAL ERROR: {place}{message}\n"));
    if let Some(prepared) = PREPARED.take() {
        prepared.write(&message);
    }
    std::process::abort();
}

impl Prepared {
    fn write(mut self, message: &str) {
        let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let time = local_time(since_1970.as_secs());
        let name = match self.name.as_str() {
            "" => format!("report.{time}.{}.0.{:03}.json", std::process::id(), next_file_number()),
            name => name.to_owned(),
        };
        let header = &mut self.report["header"];
        header["event"] = message.into();
        header["trigger"] = "OOMError".into();
        header["filename"] = name.as_str().into();
        header["dumpEventTimeStamp"] = since_1970.as_millis().to_string().into();
        if let (Some((year, rest)), Some((_, clock))) = (time.split_at_checked(4), time.split_once('.')) {
            let (month, day) = (&rest[..2], &rest[2..4]);
            header["dumpEventTime"] =
                format!("{year}-{month}-{day}T{}:{}:{}Z", &clock[..2], &clock[2..4], &clock[4..]).into();
        }
        self.fill_in();
        let text = if self.compact { Ok(self.report.to_string()) } else { serde_json::to_string_pretty(&self.report) };
        let text = text.unwrap_or_default() + "\n";
        match name.as_str() {
            "stdout" => drop(std::io::stdout().write_all(text.as_bytes())),
            "stderr" => write_stderr(&text),
            _ => match std::fs::write(self.directory.join(&name), text) {
                Ok(()) => {
                    write_stderr(&format!("\nWriting Node.js report to file: {name}\nNode.js report completed\n"))
                }
                Err(error) => write_stderr(&format!("\nFailed to open Node.js report file: {name} ({error})\n")),
            },
        }
    }

    /// What has changed since the report was made.
    fn fill_in(&mut self) {
        // SAFETY: the isolate calls this on its own thread. Asking for its figures allocates nothing in its heap.
        let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(self.isolate) };
        let stack: Vec<Value> =
            frames().chunks(2).map(|frame| json!({ "pc": frame[0], "symbol": frame.get(1) })).collect();
        let heap = isolate.get_heap_statistics();
        let figures = &mut self.report["javascriptHeap"];
        for (key, value) in [
            ("totalMemory", heap.total_heap_size()),
            ("executableMemory", heap.total_heap_size_executable()),
            ("totalCommittedMemory", heap.total_physical_size()),
            ("availableMemory", heap.total_available_size()),
            ("totalGlobalHandlesMemory", heap.total_global_handles_size()),
            ("usedGlobalHandlesMemory", heap.used_global_handles_size()),
            ("usedMemory", heap.used_heap_size()),
            ("memoryLimit", heap.heap_size_limit()),
            ("mallocedMemory", heap.malloced_memory()),
            ("externalMemory", heap.external_memory()),
            ("peakMallocedMemory", heap.peak_malloced_memory()),
        ] {
            figures[key] = value.into();
        }
        for index in 0..isolate.number_of_heap_spaces() {
            let Some(space) = isolate.get_heap_space_statistics(index) else { continue };
            let (used, available) = (space.space_used_size(), space.space_available_size());
            figures["heapSpaces"][&*space.space_name().to_string_lossy()] = json!({
                "memorySize": space.space_size(), "committedMemory": space.physical_space_size(),
                "capacity": used + available, "used": used, "available": available,
            });
        }
        self.report["nativeStack"] = stack.into();
    }
}
