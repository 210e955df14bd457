//! V8 has fatal errors that ask nobody: an array too large for any heap ("invalid size") for one, memory the system does not
//! give for another. They end the process, unless the thread they happen on is one that can be given up
//! (`resource_limits.rs`).
//!
//! *Protocol*, by named steps:
//! - **failed check**: V8 calls our function with the message first. Such an error may be a bug of V8's, with memory no
//!   longer to be trusted, so the thread is given up only if its memory is full already.
//! - **last words**: every fatal error has V8 print a stack trace before it ends the process, and the function that prints
//!   is ours. Where no *failed check* came before, V8 itself calls the error one "with no security impact", or one of
//!   memory: the thread is given up.
//!
//! A thread that is not given up writes its report first, if there is to be one (`ops/report/fatal.rs`).
//!
//! *Threads:* V8 calls on the thread of the error, and holds no lock of the allocator or of ours there.

use std::cell::RefCell;
use std::sync::Once;

use super::resource_limits::{give_up, is_full};
use crate::ops::report::fatal::v8_ends_the_process;

thread_local! {
    /// What V8 says of the check.
    static CHECK_FAILED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Installs the functions, once for the process.
pub(crate) fn survive() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        v8::V8::set_fatal_error_handler(failed_check);
        last_words::install(print_stack_trace);
    });
}

/// *failed check*
fn failed_check(_file: &str, _line: i32, message: &str) {
    if is_full() {
        give_up();
    }
    let _ = CHECK_FAILED.try_with(|failed| failed.replace(Some(message.to_owned())));
}

/// *last words*
extern "C" fn print_stack_trace() {
    let check = CHECK_FAILED.try_with(RefCell::take);
    if let Ok(None) = check {
        give_up();
    }
    // What V8's own function is for.
    let trace = std::backtrace::Backtrace::force_capture();
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{trace}\n").as_bytes());
    // V8 keeps to itself what the errors are whose check did not come here.
    let check = check.ok().flatten();
    v8_ends_the_process(check.as_deref().unwrap_or("Fatal error with no security impact"));
}

#[cfg(any(unix, target_env = "msvc"))]
mod last_words {
    unsafe extern "C" {
        /// `v8::base::SetPrintStackTrace(void (*)())`, which V8's platform calls when it starts.
        #[cfg_attr(unix, link_name = "_ZN2v84base18SetPrintStackTraceEPFvvE")]
        #[cfg_attr(target_env = "msvc", link_name = "?SetPrintStackTrace@base@v8@@YAXP6AXXZ@Z")]
        fn set_print_stack_trace(function: extern "C" fn());
    }

    pub(super) fn install(function: extern "C" fn()) {
        // SAFETY: V8 keeps the pointer and calls it without arguments. That it is set while other threads run is no more
        // than what V8 does itself: a word that is written once.
        unsafe { set_print_stack_trace(function) };
    }
}

#[cfg(not(any(unix, target_env = "msvc")))]
mod last_words {
    pub(super) fn install(_: extern "C" fn()) {}
}
