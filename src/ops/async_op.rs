//! Operations that finish later. The last JavaScript argument is a callback `(error, value)`, called in the poll
//! phase with nextTick and microtasks drained after it.

use std::future::Future;

use super::args::IntoJs;
use super::error::OpError;
use super::state::event_loop;
use crate::main_loop::QuickJob;
use crate::main_loop::completions::{OpId, Settlement};
use crate::main_loop::{LoopEvent, LoopHandle};

/// Runs `work` on a blocking thread of the loop and settles `callback` with its result. With `keep_alive` the loop
/// stays alive until then. Returns the operation's id, for [`cancel`] and [`set_ref`].
#[track_caller]
pub fn blocking<T: IntoJs + Send + 'static>(
    scope: &mut v8::PinScope,
    callback: v8::Local<v8::Function>,
    keep_alive: bool,
    work: impl FnOnce() -> Result<T, OpError> + Send + 'static,
) -> OpId {
    let (id, handle) = register(scope, callback, keep_alive);
    event_loop(scope).blocking.submit(move || {
        let result = work();
        handle.post(LoopEvent::Settled(id, settlement(result)));
    });
    id
}

/// What [`quick`] does: work that blocks now and then, but as a rule takes a few microseconds.
pub trait QuickWork: Send + 'static {
    /// What it comes to.
    type Value: IntoJs + Send + 'static;

    /// The value, where that takes no wait. Otherwise, and where the work fails, [`QuickWork::run`] goes on.
    fn try_now(&mut self) -> Option<Self::Value>;

    /// The value, however long that takes.
    fn run(self) -> Result<Self::Value, OpError>;
}

struct QuickOp<W> {
    id: OpId,
    handle: LoopHandle,
    work: W,
}

impl<W: QuickWork> QuickJob for QuickOp<W> {
    fn try_now(&mut self) -> Option<LoopEvent> {
        self.work.try_now().map(|value| LoopEvent::Settled(self.id, settlement(Ok(value))))
    }

    fn run(self: Box<Self>) {
        let Self { id, handle, work } = *self;
        handle.post(LoopEvent::Settled(id, settlement(work.run())));
    }
}

/// As [`blocking`], but the loop's own thread may do the work where it would wait for it otherwise.
#[track_caller]
pub fn quick(
    scope: &mut v8::PinScope,
    callback: v8::Local<v8::Function>,
    keep_alive: bool,
    work: impl QuickWork,
) -> OpId {
    let (id, handle) = register(scope, callback, keep_alive);
    event_loop(scope).blocking.submit_quick(QuickOp { id, handle, work });
    id
}

/// Runs `future` on the loop's own thread and settles `callback` with its result. The future must not touch V8.
#[track_caller]
pub fn future<T: IntoJs + Send + 'static>(
    scope: &mut v8::PinScope,
    callback: v8::Local<v8::Function>,
    keep_alive: bool,
    future: impl Future<Output = Result<T, OpError>> + 'static,
) -> OpId {
    let (id, handle) = register(scope, callback, keep_alive);
    event_loop(scope).spawn_local(async move {
        let result = future.await;
        handle.post(LoopEvent::Settled(id, settlement(result)));
    });
    id
}

/// Registers `callback` as an operation that some other thread will end with [`settle`].
#[track_caller]
pub fn register(scope: &mut v8::PinScope, callback: v8::Local<v8::Function>, keep_alive: bool) -> (OpId, LoopHandle) {
    let shared = event_loop(scope);
    let id = shared.completions.register(scope, callback, keep_alive, &shared.liveness);
    (id, shared.handle())
}

/// Says what async hooks call the operation that is begun next, right after this, by Node's names.
pub fn name_next(scope: &v8::PinScope, kind: &'static str) {
    event_loop(scope).completions.name_next(kind);
}

/// Ends an operation made by [`register`]. Any thread.
pub fn settle<T: IntoJs + Send + 'static>(handle: &LoopHandle, id: OpId, result: Result<T, OpError>) {
    handle.post(LoopEvent::Settled(id, settlement(result)));
}

/// Makes an operation under way keep the loop alive, or not.
pub fn set_ref(scope: &v8::PinScope, id: OpId, keep_alive: bool) {
    let shared = event_loop(scope);
    shared.completions.set_ref(id, keep_alive, &shared.liveness);
}

/// Forgets an operation under way: its callback will not be called.
pub fn cancel(scope: &v8::PinScope, id: OpId) {
    let shared = event_loop(scope);
    shared.completions.cancel(id, &shared.liveness);
}

fn settlement<T: IntoJs + Send + 'static>(result: Result<T, OpError>) -> Settlement {
    // Not `result.map`: the closure's type must be coerced to one that is general over the scope's lifetimes.
    match result {
        Ok(value) => Ok(Box::new(move |scope| value.into_js(scope))),
        Err(error) => Err(error),
    }
}

/// A JavaScript callback that is called any number of times, with events of a socket, watcher or child process.
/// Bound to the isolate's thread; other threads reach it by posting a job that looks it up.
pub struct EventCallback {
    function: v8::Global<v8::Function>,
    async_context: v8::Global<v8::Value>,
}

impl EventCallback {
    /// Keeps `function` and the async context it was handed over in.
    pub fn new(scope: &mut v8::PinScope, function: v8::Local<v8::Function>) -> Self {
        let data = scope.get_continuation_preserved_embedder_data();
        Self { function: v8::Global::new(scope, function), async_context: v8::Global::new(scope, data) }
    }

    /// Calls it as the loop's own callback. No borrow of op state may be held.
    pub fn call(&self, scope: &mut v8::PinScope, arguments: &[v8::Local<v8::Value>]) {
        let function = v8::Local::new(scope, &self.function);
        let data = v8::Local::new(scope, &self.async_context);
        let this = v8::undefined(scope).into();
        crate::main_loop::tick::make_callback_in(scope, function, this, arguments, data);
    }
}
