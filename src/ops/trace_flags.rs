//! `internalBinding('trace_flags')`: `--trace-env`, `--trace-sync-io`, `--trace-sigint`, `--trace-uncaught`: what the
//! runtime tells on standard error while the program runs. All are off until the bootstrap turns them on, and then cost
//! other code one load.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::OpDecl;
use super::args::arg_u32;
use super::error::OpResult;
use crate::error_display::write_stderr;
use crate::observe::reports::Place;
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("traceEnv", 1, trace_env),
    op!("traceSigint", 1, trace_sigint),
    op!("traceSyncIo", 0, trace_sync_io),
    op!("traceUncaught", 0, trace_uncaught),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
type Rv<'a> = v8::ReturnValue<'a, v8::Value>;

const OFF: u32 = 0;
const WITH_STACK: u32 = 2;

static ENV: AtomicU32 = AtomicU32::new(OFF);
static SYNC_IO: AtomicBool = AtomicBool::new(false);
static UNCAUGHT: AtomicBool = AtomicBool::new(false);

/// `traceEnv(level)`: 1 tells of each use of a variable, 2 shows the stack as well.
fn trace_env(scope: Scope, args: Args, _: Rv) -> OpResult {
    ENV.store(arg_u32(scope, args, 0)?, Ordering::Relaxed);
    Ok(())
}

/// A use of the environment: `get`, `set`, `delete`, `query`, with the variable's name; or `enumerate` without one.
pub(super) fn env_used(scope: &mut v8::PinScope, what: &str, name: Option<&str>) {
    let level = ENV.load(Ordering::Relaxed);
    if level == OFF {
        return;
    }
    let mut text = match name {
        Some(name) => format!("[--trace-env] {what} \"{name}\"\n"),
        None => format!("[--trace-env] {what} environment variables\n"),
    };
    if level == WITH_STACK {
        text.push_str("\n----- JavaScript stack trace -----\n\n");
        for (i, place) in Place::stack(scope).iter().enumerate() {
            text.push_str(&format!("{}: {}\n", i + 1, place.text()));
        }
        text.push_str("\n\n");
    }
    write_stderr(&text);
}

/// `traceSyncIo()`: from now on each synchronous operation says where it was called. The bootstrap calls it when the
/// program's main script has returned.
fn trace_sync_io(_: Scope, _: Args, _: Rv) -> OpResult {
    SYNC_IO.store(true, Ordering::Relaxed);
    Ok(())
}

fn frames(places: &[Place]) -> String {
    places.iter().map(|place| format!("    at {}\n", place.text())).collect()
}

/// A synchronous operation of the program's begins.
pub(super) fn sync_io(scope: &mut v8::PinScope) {
    if SYNC_IO.load(Ordering::Relaxed) {
        let stack = frames(&Place::stack(scope));
        write_stderr(&format!("(node:{}) WARNING: Detected use of sync API\n{stack}\n", std::process::id()));
    }
}

/// `traceUncaught()`: errors that nobody catches show where they were thrown.
fn trace_uncaught(scope: Scope, _: Args, _: Rv) -> OpResult {
    const DEEPEST: i32 = 32;
    scope.set_capture_stack_trace_for_uncaught_exceptions(true, DEEPEST);
    UNCAUGHT.store(true, Ordering::Relaxed);
    Ok(())
}

/// Where what `message` is about was thrown, for `--trace-uncaught`; empty without that.
pub(crate) fn thrown_at(scope: &mut v8::PinScope, message: v8::Local<v8::Message>) -> String {
    if !UNCAUGHT.load(Ordering::Relaxed) {
        return String::new();
    }
    match message.get_stack_trace(scope) {
        Some(trace) => format!("Thrown at:\n{}", frames(&Place::stack_of(scope, trace))),
        None => String::new(),
    }
}

/// `traceSigint(on)`: whether SIGINT shows where the main thread is before it ends the process.
#[cfg(unix)]
fn trace_sigint(scope: Scope, args: Args, _: Rv) -> OpResult {
    match super::args::arg_bool(scope, args, 0) {
        true => sigint::watch(scope),
        false => sigint::stop(),
    }
}

/// There are no signals here.
#[cfg(not(unix))]
fn trace_sigint(_: Scope, _: Args, _: Rv) -> OpResult {
    Err(super::error::OpError::error("ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", "--trace-sigint needs signals"))
}

#[cfg(unix)]
mod sigint {
    use std::cell::RefCell;
    use std::ffi::c_void;

    use super::{frames, write_stderr};
    use crate::observe::reports::Place;
    use crate::ops::error::OpResult;
    use crate::ops::state::event_loop;
    use crate::ops::vm_sigint::Watch;

    thread_local! {
        /// Of the main thread, once it is watched.
        static CONTEXT: RefCell<Option<v8::Global<v8::Context>>> = const { RefCell::new(None) };
        static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
    }

    /// A thread waits for the signal, and asks the isolate both ways: by an interrupt, which comes where JavaScript runs,
    /// and through the loop, which may be asleep. Whichever is first ends the process.
    pub(super) fn watch(scope: &mut v8::PinScope) -> OpResult {
        if WATCH.with(|watch| watch.borrow().is_some()) {
            return Ok(());
        }
        let context = scope.get_current_context();
        let context = v8::Global::new(scope, context);
        CONTEXT.with(|slot| *slot.borrow_mut() = Some(context));
        let isolate = scope.thread_safe_handle();
        let handle = event_loop(scope).handle();
        let watch = Watch::start_with(move || {
            isolate.request_interrupt(on_interrupt, std::ptr::null_mut());
            handle.post_job(|scope| end(&Place::stack(scope)));
            true
        })?;
        WATCH.with(|slot| *slot.borrow_mut() = Some(watch));
        Ok(())
    }

    /// SIGINT does what it did before.
    pub(super) fn stop() -> OpResult {
        if let Some(watch) = WATCH.with(|slot| slot.borrow_mut().take()) {
            watch.stop();
        }
        Ok(())
    }

    /// Called by V8 on the isolate's own thread where JavaScript looks for interrupts.
    unsafe extern "C" fn on_interrupt(isolate: v8::UnsafeRawIsolatePtr, _: *mut c_void) {
        // SAFETY: V8 passes the isolate that runs on this thread, which is alive and entered for the whole call; this
        // value does not outlive it, and dropping it does nothing.
        let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
        let Some(context) = CONTEXT.with(|slot| slot.borrow().clone()) else { return };
        let stack = {
            v8::scope_with_context!(let scope, &mut isolate, &context);
            Place::stack(scope)
        };
        end(&stack);
    }

    fn end(stack: &[Place]) {
        let frames = frames(stack);
        write_stderr(&format!("KEYBOARD_INTERRUPT: Script execution was interrupted by `SIGINT`\n{frames}\n"));
        // SAFETY: both may be called at any time; the default action of SIGINT ends the process.
        unsafe {
            libc::signal(libc::SIGINT, libc::SIG_DFL);
            libc::raise(libc::SIGINT);
        }
    }
}
