//! `internalBinding('process_title')`: the name under which the system shows the process, `process.title`.

use super::OpDecl;
use super::args::arg_string;
use super::error::OpResult;
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[op!("set", 1, set)];

/// `set(title)`. Does nothing where the system has no such thing.
fn set(scope: &mut v8::PinScope, args: &v8::FunctionCallbackArguments, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let title = arg_string(scope, args, 0)?;
    #[cfg(target_os = "linux")]
    linux::set(&title);
    #[cfg(not(target_os = "linux"))]
    let _ = title;
    Ok(())
}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::CString;
    use std::sync::{Mutex, PoisonError};

    /// One title at a time.
    static WRITING: Mutex<()> = Mutex::new(());

    /// Linux shows the memory that the arguments were put in: the title takes their place, as far as it goes.
    pub(super) fn set(title: &str) {
        let _guard = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((start, end)) = arguments() else { return };
        let room = end.saturating_sub(start);
        if room == 0 {
            return;
        }
        let mut bytes = title.as_bytes().to_vec();
        bytes.truncate(room - 1);
        bytes.resize(room, 0);
        // SAFETY: the kernel put the strings of argv from `start` to `end`, in memory of the process that is writable and
        // stays mapped (it is below the stack's end). The command line was read, into memory of its own, before there
        // were other threads; nothing in the process reads it again. The C library's name of the program, which points
        // into it, still ends with a NUL.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), std::ptr::with_exposed_provenance_mut::<u8>(start), room);
        }
        if let Ok(name) = CString::new(title.replace('\0', "")) {
            let _ = rustix::thread::set_name(&name);
        }
    }

    /// Where the arguments are: `arg_start` and `arg_end` of proc_pid_stat(5).
    fn arguments() -> Option<(usize, usize)> {
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        // The second field, the program's name in parentheses, may hold anything.
        let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_ascii_whitespace().skip(48 - 3);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    }
}
