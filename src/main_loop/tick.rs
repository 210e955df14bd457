//! Calling into JavaScript from the loop, and what follows every such call: the nextTick queue, the microtask
//! checkpoint, promise rejections, and the handling of what was thrown.

use std::rc::Rc;
use std::time::Instant;

use super::LoopShared;
use super::metrics::nanoseconds;
use super::record::EventKind;
use crate::error_display;
use crate::ops::trace_flags;

/// Indexes into the words shared with `internal/process/task_queues` and `internal/worker/messaging`.
pub(crate) mod tick_word {
    /// Set while the nextTick queue holds callbacks.
    pub(crate) const HAS_TICKS: usize = 0;
    /// Set while promise rejections wait to be judged.
    pub(crate) const HAS_REJECTIONS: usize = 1;
    /// How many messages of a batch have begun (`src/workers/batch.rs`).
    pub(crate) const BATCH_BEGUN: usize = 2;
    /// Set where those that have not are to be left alone.
    pub(crate) const BATCH_RECALLED: usize = 3;
    /// How many words there are.
    pub(crate) const COUNT: usize = 4;
}

/// Indexes into the words shared with `internal/timers`.
pub(crate) mod timer_word {
    /// Immediates that wait, referenced or not.
    pub(crate) const IMMEDIATES: usize = 0;
    /// Immediates that keep the loop alive.
    pub(crate) const REFED_IMMEDIATES: usize = 1;
    /// Timers that wait, referenced or not.
    pub(crate) const TIMERS: usize = 2;
    /// Timers that keep the loop alive.
    pub(crate) const REFED_TIMERS: usize = 3;
    /// How many words there are.
    pub(crate) const COUNT: usize = 4;
}

/// The loop of the isolate that `scope` belongs to.
pub fn current(scope: &v8::PinScope) -> Rc<LoopShared> {
    match scope.get_slot::<Rc<LoopShared>>() {
        Some(shared) => shared.clone(),
        // Every isolate gets its loop in JsRuntime::new, before any script runs; without it nothing can go on.
        None => unreachable!("an isolate without a loop"),
    }
}

/// Calls `function` as the loop's own callback: in a scope of its own, with thrown errors going to the process's
/// uncaught-exception handling, and with ticks and microtasks drained after it. Returns whether it returned normally.
pub fn make_callback(
    scope: &mut v8::PinScope,
    function: v8::Local<v8::Function>,
    this: v8::Local<v8::Value>,
    arguments: &[v8::Local<v8::Value>],
) -> bool {
    let shared = current(scope);
    let completed = call_guarded(scope, &shared, function, this, arguments);
    drain_ticks(scope, &shared);
    completed
}

/// As [`make_callback`], inside the async context `data` that was current when the callback was handed over.
pub fn make_callback_in(
    scope: &mut v8::PinScope,
    function: v8::Local<v8::Function>,
    this: v8::Local<v8::Value>,
    arguments: &[v8::Local<v8::Value>],
    data: v8::Local<v8::Value>,
) -> bool {
    scope.set_continuation_preserved_embedder_data(data);
    let completed = make_callback(scope, function, this, arguments);
    let undefined = v8::undefined(scope).into();
    scope.set_continuation_preserved_embedder_data(undefined);
    completed
}

/// Calls `function`; what it throws is reported to the uncaught-exception handling. No drain.
pub(crate) fn call_guarded(
    scope: &mut v8::PinScope,
    shared: &LoopShared,
    function: v8::Local<v8::Function>,
    this: v8::Local<v8::Value>,
    arguments: &[v8::Local<v8::Value>],
) -> bool {
    call_for_value(scope, shared, function, this, arguments).is_some()
}

/// As [`call_guarded`], with what the function returned.
pub(crate) fn call_for_value<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    shared: &LoopShared,
    function: v8::Local<v8::Function>,
    this: v8::Local<v8::Value>,
    arguments: &[v8::Local<v8::Value>],
) -> Option<v8::Local<'s, v8::Value>> {
    if shared.is_stopping() {
        return None;
    }
    v8::tc_scope!(let caught, scope);
    let value = function.call(caught, this, arguments);
    if value.is_some() {
        return value;
    }
    if caught.has_terminated() {
        shared.unwound.set(true);
        // The code that would have left its async context did not get there. What is called next is not in it.
        let undefined = v8::undefined(caught).into();
        caught.set_continuation_preserved_embedder_data(undefined);
        return None;
    }
    if !caught.has_caught() {
        return None;
    }
    let (exception, arrow, thrown) = take_caught(caught)?;
    report_uncaught(caught, shared, exception, false, &arrow, &thrown);
    None
}

/// Hands an exception nobody caught to JavaScript's `process` ('uncaughtException', or print and exit).
/// `arrow` is the source line and caret to show, if the place is known; `thrown` the stack it was thrown on, if that is asked for;
/// `from_promise` tells that it is the reason of a rejection nobody handled.
pub(crate) fn report_uncaught(
    scope: &mut v8::PinScope,
    shared: &LoopShared,
    exception: v8::Local<v8::Value>,
    from_promise: bool,
    arrow: &str,
    thrown: &str,
) {
    let Some(hook) = shared.hook(|h| h.fatal_exception.clone()) else {
        // Bootstrap itself failed: there is no process object to ask.
        error_display::print_bootstrap_failure(scope, exception, arrow);
        shared.stop_with(7);
        return;
    };
    v8::tc_scope!(let caught, scope);
    let hook = v8::Local::new(caught, hook);
    if call_fatal_hook(caught, hook, exception, from_promise, arrow, thrown, false) || caught.has_terminated() {
        return;
    }
    // A handler of the program's threw in its turn: that is what the process ends with.
    let Some((exception, arrow, thrown)) = take_caught(caught) else { return shared.stop_with(7) };
    if call_fatal_hook(caught, hook, exception, false, &arrow, &thrown, true) || caught.has_terminated() {
        return;
    }
    if let Some(exception) = caught.exception() {
        caught.reset();
        error_display::print_bootstrap_failure(caught, exception, "");
    }
    shared.stop_with(7);
}

/// Returns whether the hook returned normally.
fn call_fatal_hook(
    scope: &mut v8::PinScope,
    hook: v8::Local<v8::Function>,
    exception: v8::Local<v8::Value>,
    from_promise: bool,
    arrow: &str,
    thrown: &str,
    of_handler: bool,
) -> bool {
    let arrow = v8::String::new(scope, arrow).unwrap_or_else(|| v8::String::empty(scope));
    let thrown = v8::String::new(scope, thrown).unwrap_or_else(|| v8::String::empty(scope));
    let this = v8::undefined(scope).into();
    let from_promise = v8::Boolean::new(scope, from_promise).into();
    let of_handler = v8::Boolean::new(scope, of_handler).into();
    hook.call(scope, this, &[exception, from_promise, arrow.into(), thrown.into(), of_handler]).is_some()
}

/// What was caught, with the source line to show and the stack it was thrown on. Nothing is caught afterwards.
fn take_caught<'s, 'i>(
    caught: &mut v8::PinnedRef<'_, v8::TryCatch<'_, 's, v8::HandleScope<'i>>>,
) -> Option<(v8::Local<'s, v8::Value>, String, String)> {
    let exception = caught.exception()?;
    let attached = error_display::attached_arrow(caught, exception);
    let message = caught.message();
    let arrow = attached.or_else(|| message.map(|m| error_display::arrow(caught, m))).unwrap_or_default();
    let thrown = message.map(|m| trace_flags::thrown_at(caught, m)).unwrap_or_default();
    caught.reset();
    Some((exception, arrow, thrown))
}

/// Less than this took a checkpoint at which there was nothing to do, in ns: it is not worth telling.
const NOTHING: u64 = 1000;

/// Runs promise jobs until there are none.
pub(crate) fn run_microtasks(scope: &mut v8::PinScope, shared: &LoopShared) {
    if !shared.record().is_observed() {
        checkpoint(scope);
        return;
    }
    let start = nanoseconds(Instant::now());
    checkpoint(scope);
    let end = nanoseconds(Instant::now());
    if end - start >= NOTHING {
        shared.callback_done(EventKind::Promise, start, end, || (None, None, None));
    }
}

/// V8's checkpoint, after which the async context is what it was before: V8 does not leave that of a job which is terminated.
fn checkpoint(scope: &mut v8::PinScope) {
    let context = scope.get_continuation_preserved_embedder_data();
    scope.perform_microtask_checkpoint();
    scope.set_continuation_preserved_embedder_data(context);
}

/// Drops the microtasks that wait, which are of code that was terminated. V8 does so itself where it was a microtask that
/// was.
pub(crate) fn drop_microtasks(scope: &mut v8::PinScope) {
    scope.terminate_execution();
    scope.perform_microtask_checkpoint();
    scope.cancel_terminate_execution();
}

/// Runs what a callback left behind: the nextTick queue, then microtasks, which may fill it again; when both are empty,
/// the judgement of promise rejections; again until nothing is left.
pub fn drain_ticks(scope: &mut v8::PinScope, shared: &LoopShared) {
    while !shared.is_stopping() {
        if shared.ticks.get(tick_word::HAS_TICKS) == 0 {
            run_microtasks(scope, shared);
        }
        let left = shared.ticks.get(tick_word::HAS_TICKS) | shared.ticks.get(tick_word::HAS_REJECTIONS);
        if left == 0 || shared.is_stopping() {
            return;
        }
        let Some(hook) = shared.hook(|h| h.process_ticks.clone()) else { return };
        v8::scope!(let scope, scope);
        let hook = v8::Local::new(scope, hook);
        let this = v8::undefined(scope).into();
        // When a tick throws, the queue keeps its rest; the next round goes on with it.
        if call_guarded(scope, shared, hook, this, &[]) {
            return;
        }
    }
}
