//! The report of a process whose main isolate runs out of memory, or in which V8 finds another error that it does not survive
//! (`--report-on-fatalerror`).
//!
//! There is no JavaScript any more then, so js/internal/process/report.js makes the report beforehand, and what has changed
//! since is filled in here. V8 has three ways to end: memory that is out and calls of its API that may not be come to
//! functions of ours that it was told of; failed checks and errors "with no security impact" come by way of
//! `workers/fatal_errors.rs`, after V8 has said what it has to say. *Threads:* the main isolate's own; V8 calls on it.

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
use crate::workers::fatal_errors;

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
    api_misuse::install(scope);
    fatal_errors::survive();
    Ok(())
}

/// Writes the report of this thread's isolate, if there is to be one: V8 ends the process now because of `what`. The program
/// sees to it that V8 has told why.
pub(crate) fn v8_ends_the_process(what: &str) {
    if let Ok(Some(prepared)) = PREPARED.try_with(RefCell::take) {
        prepared.write(what, "FatalError");
    }
}

#[cfg(any(unix, target_env = "msvc"))]
mod api_misuse {
    use std::ffi::{CStr, c_char};

    use super::{v8_ends_the_process, write_stderr};

    type Callback = unsafe extern "C" fn(location: *const c_char, message: *const c_char);

    unsafe extern "C" {
        /// `isolate->SetFatalErrorHandler(callback)`, which the `v8` crate has no name for.
        #[cfg_attr(unix, link_name = "_ZN2v87Isolate20SetFatalErrorHandlerEPFvPKcS2_E")]
        #[cfg_attr(target_env = "msvc", link_name = "?SetFatalErrorHandler@Isolate@v8@@QEAAXP6AXPEBD0@Z@Z")]
        fn set_fatal_error_handler(isolate: v8::UnsafeRawIsolatePtr, callback: Callback);
    }

    pub(super) fn install(isolate: &v8::Isolate) {
        // SAFETY: the pointer is used for this call alone, on the isolate's thread, and is one pointer in Rust and in C++; V8
        // keeps the function, which is there as long as the program.
        unsafe { set_fatal_error_handler(isolate.as_raw_isolate_ptr(), misused) };
    }

    /// Called by V8, which does not expect this to return.
    unsafe extern "C" fn misused(location: *const c_char, message: *const c_char) {
        let text = |text: *const c_char| match text.is_null() {
            true => String::new(),
            // SAFETY: V8 passes C strings of its own.
            false => unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned(),
        };
        let (location, message) = (text(location), text(message));
        let place = if location.is_empty() { location } else { location + " " };
        write_stderr(&format!("FATAL ERROR: {place}{message}\n"));
        v8_ends_the_process(&message);
        std::process::abort();
    }
}

#[cfg(not(any(unix, target_env = "msvc")))]
mod api_misuse {
    pub(super) fn install(_: &v8::Isolate) {}
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
        prepared.write(&message, "OOMError");
    }
    std::process::abort();
}

impl Prepared {
    fn write(mut self, message: &str, trigger: &str) {
        let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let time = local_time(since_1970.as_secs());
        let name = match self.name.as_str() {
            "" => format!("report.{time}.{}.0.{:03}.json", std::process::id(), next_file_number()),
            name => name.to_owned(),
        };
        let header = &mut self.report["header"];
        header["event"] = message.into();
        header["trigger"] = trigger.into();
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
        self.report["javascriptHeap"] = super::heap::figures(&mut isolate).into();
        self.report["nativeStack"] = stack.into();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    /// Set for the process that may end.
    const MAY_END: &str = "WEFT_TEST_ENDS";

    /// Calls V8's API as it may not be called, which ends the process: for the test below.
    #[test]
    fn misuse() {
        if std::env::var_os(MAY_END).is_none() {
            return;
        }
        crate::v8_platform::initialize(true);
        let mut isolate = v8::Isolate::new(v8::CreateParams::default());
        super::api_misuse::install(&isolate);
        super::PREPARED.set(Some(super::Prepared {
            // SAFETY: used on this thread, while the isolate lives.
            isolate: unsafe { isolate.as_raw_isolate_ptr() },
            report: serde_json::json!({ "header": {} }),
            name: "stderr".to_owned(),
            directory: std::path::PathBuf::new(),
            compact: true,
        }));
        v8::scope!(let scope, &mut isolate);
        let context = v8::Context::new(scope, v8::ContextOptions::default());
        let scope = &mut v8::ContextScope::new(scope, context);
        let module = v8::String::new(scope, "export {}").and_then(|text| {
            let name = v8::String::empty(scope).into();
            let origin = v8::ScriptOrigin::new(scope, name, 0, 0, false, 0, None, false, false, true, None);
            let mut source = v8::script_compiler::Source::new(text, Some(&origin));
            v8::script_compiler::compile_module(scope, &mut source)
        });
        // It is not instantiated.
        module.expect("a module").is_graph_async();
    }

    #[test]
    fn a_misuse_of_v8s_api_is_told_and_reported() {
        let mut command = std::process::Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", "ops::report::fatal::tests::misuse", "--nocapture"]).env(MAY_END, "1");
        let run = command.output().expect("it starts");
        let told = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.signal().is_some(), "{told}");
        let message = "v8::Module::IsGraphAsync must be used on an instantiated module";
        assert!(told.contains(&format!("FATAL ERROR: v8::Module::IsGraphAsync {message}\n")), "{told}");
        let report = told.lines().find(|line| line.starts_with('{')).expect("the report");
        let report: serde_json::Value = serde_json::from_str(report).expect("JSON");
        assert_eq!((&report["header"]["event"], &report["header"]["trigger"]), (&message.into(), &"FatalError".into()));
    }
}
