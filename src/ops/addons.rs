//! `internalBinding('addons')`: `process.dlopen`. Weft has no Node-API yet, so no addon can register; what the system
//! says about a file (missing, too short, for another machine, wanting symbols) is told as Node tells it.

use super::OpDecl;
use super::args::{arg_i32, arg_string, string};
use super::error::{OpError, OpResult};
use crate::op;
use crate::permission;

/// This area's operations.
pub const OPS: &[OpDecl] = &[op!("openLibrary", 2, open_library)];

/// `openLibrary(path, flags)`: why the library cannot be used. `flags` are the system's; undefined stands for what is usual.
fn open_library(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let path = arg_string(scope, args, 0)?;
    if !permission::allows(permission::Scope::Addons) {
        return Err(OpError::error(
            "ERR_DLOPEN_DISABLED",
            "Cannot load native addon because loading addons is disabled.",
        ));
    }
    let flags = if args.get(1).is_undefined() { None } else { Some(arg_i32(scope, args, 1)?) };
    let message = try_open(&path, flags).unwrap_or_else(|| format!("Module did not self-register: '{path}'."));
    rv.set(string(scope, &message)?.into());
    Ok(())
}

/// The system's words if it cannot load the library; `None` if it can.
#[cfg(unix)]
fn try_open(path: &str, flags: Option<i32>) -> Option<String> {
    use std::ffi::{CStr, CString};

    let Ok(name) = CString::new(path) else { return Some(format!("{path}: the name contains a NUL")) };
    // SAFETY: `name` is a C string. RTLD_NOW makes an addon fail here, before its code runs, when it wants functions
    // this program lacks (who gives flags may choose otherwise); a library that wants none of them is the user's own code, run at the user's request. It is
    // not closed again: its initialisers may have left pointers to it. dlerror's text is this thread's and is copied
    // before anything else can change it.
    unsafe {
        if !libc::dlopen(name.as_ptr(), flags.unwrap_or(libc::RTLD_NOW | libc::RTLD_LOCAL)).is_null() {
            return None;
        }
        let text = libc::dlerror();
        if text.is_null() { Some(path.to_owned()) } else { Some(CStr::from_ptr(text).to_string_lossy().into_owned()) }
    }
}

#[cfg(not(unix))]
fn try_open(path: &str, _: Option<i32>) -> Option<String> {
    Some(format!("native addons are not supported: '{path}'"))
}
