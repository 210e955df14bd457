//! `internalBinding('gc_observer')`: how long V8's garbage collections took, for `PerformanceObserver`.
//!
//! V8 tells of a collection by two callbacks, on the isolate's thread, in which nothing of V8 may be touched. They only
//! note times in a thread-local list; the list goes to JavaScript in a job of the loop.

use std::cell::RefCell;
use std::ffi::c_void;
use std::time::Instant;

use super::state::{event_loop, op_state};
use super::{OpDecl, OpResult};
use crate::main_loop::{LoopHandle, process_start, tick};
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[op!("observe", 1, observe)];

/// One collection: V8's number of its kind, its flags, and start and duration in ms.
type Collection = [f64; 4];

/// Between the callbacks and the loop, for the one isolate of this thread.
struct Watch {
    handle: LoopHandle,
    started: Option<Instant>,
    finished: Vec<Collection>,
}

thread_local! {
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// Who is told, on JavaScript's side.
#[derive(Default)]
struct Observer(RefCell<Option<v8::Global<v8::Function>>>);

/// `observe(callback)`: from now on `callback([kind, flags, start, duration, ...])` is called after collections;
/// `observe()` ends that.
fn observe(scope: &mut v8::PinScope, args: &v8::FunctionCallbackArguments, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let callback = v8::Local::<v8::Function>::try_from(args.get(0)).ok();
    let callback = callback.map(|callback| v8::Global::new(scope, callback));
    let wanted = callback.is_some();
    let observer = op_state(scope).borrow_mut().value::<Observer>();
    let had = observer.0.replace(callback).is_some();
    if wanted == had {
        return Ok(());
    }
    let nothing = std::ptr::null_mut();
    if wanted {
        let handle = event_loop(scope).handle();
        WATCH.set(Some(Watch { handle, started: None, finished: Vec::new() }));
        scope.add_gc_prologue_callback(begin, nothing, v8::GCType::kGCTypeAll);
        scope.add_gc_epilogue_callback(end, nothing, v8::GCType::kGCTypeAll);
    } else {
        scope.remove_gc_prologue_callback(begin, nothing);
        scope.remove_gc_epilogue_callback(end, nothing);
        WATCH.set(None);
    }
    Ok(())
}

/// Runs `f` on this thread's watch. Does nothing while the thread ends or a collection interrupts another use.
fn with_watch(f: impl FnOnce(&mut Watch)) {
    let _ = WATCH.try_with(|watch| {
        if let Ok(mut watch) = watch.try_borrow_mut()
            && let Some(watch) = watch.as_mut()
        {
            f(watch);
        }
    });
}

unsafe extern "C" fn begin(_: v8::UnsafeRawIsolatePtr, _: v8::GCType, _: v8::GCCallbackFlags, _: *mut c_void) {
    with_watch(|watch| watch.started = Some(Instant::now()));
}

unsafe extern "C" fn end(_: v8::UnsafeRawIsolatePtr, kind: v8::GCType, flags: v8::GCCallbackFlags, _: *mut c_void) {
    with_watch(|watch| {
        let Some(started) = watch.started.take() else { return };
        let start = started.saturating_duration_since(process_start()).as_secs_f64() * 1e3;
        let duration = started.elapsed().as_secs_f64() * 1e3;
        watch.finished.push([f64::from(kind.0), f64::from(flags.0), start, duration]);
        // The first one of a batch asks for its delivery.
        if watch.finished.len() == 1 {
            watch.handle.post_job(deliver);
        }
    });
}

fn deliver(scope: &mut v8::PinScope) {
    let mut finished = Vec::new();
    with_watch(|watch| finished = std::mem::take(&mut watch.finished));
    let Some(callback) = op_state(scope).borrow_mut().value::<Observer>().0.borrow().clone() else { return };
    let numbers: Vec<v8::Local<v8::Value>> =
        finished.iter().flatten().map(|number| v8::Number::new(scope, *number).into()).collect();
    let list = v8::Array::new_with_elements(scope, &numbers);
    let callback = v8::Local::new(scope, callback);
    let this = v8::undefined(scope).into();
    tick::make_callback(scope, callback, this, &[list.into()]);
}
