//! One isolate with its context, loop and op state, on one thread: the main isolate, a Worker's, or a pool thread's.
//!
//! *Owns* them all, in the order they must go ([`JsRuntime`]'s `Drop`). *Threads:* made, used and dropped on one.
//! Everything that travels goes through its [`LoopHandle`] or V8's `IsolateHandle`.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::builtins;
use crate::cli::Cli;
use crate::error_display;
use crate::main_loop::record::EventKind;
use crate::main_loop::{EventLoop, LoopHandle, LoopShared, metrics, tick};
use crate::observe::registry::Registration;
use crate::observe::{observers, trace};
use crate::ops::state::{self, OpState};
use crate::ops::{self, OpError, OpResult};
use crate::snapshot;
use crate::v8_platform;
use crate::workers::buffer_account::{self, Account};
use crate::workers::resource_limits::Watch;

/// What an isolate is for; decides which bootstrap script gives it its last shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IsolateKind {
    /// The process's main isolate (`js/bootstrap/main.js`).
    Main,
    /// A `node:worker_threads` Worker's (`js/bootstrap/worker.js`).
    Worker,
    /// A pool thread's (`js/bootstrap/pool.js`).
    Pool,
}

/// Limits of an isolate's heap, in bytes; 0 leaves V8's default.
#[derive(Debug, Clone, Copy, Default)]
pub struct HeapLimits {
    /// Old generation.
    pub old: usize,
    /// Young generation (semi-spaces together).
    pub young: usize,
    /// Code range.
    pub code: usize,
    /// How far JavaScript may use the stack of its thread, counted from where the isolate is made.
    pub stack: usize,
}

/// How to make a [`JsRuntime`].
pub struct RuntimeOptions {
    /// What it is for.
    pub kind: IsolateKind,
    /// Heap limits.
    pub limits: HeapLimits,
    /// The process's command line.
    pub cli: Arc<Cli>,
}

/// What is known of an isolate while it is made.
pub(crate) enum Making<'a> {
    /// What it is for, from the start; its thread is called as the system calls it.
    Listed,
    /// The same; the thread is to be called so.
    Named(&'a str),
    /// Not whose it will be: nobody gets to see it before [`JsRuntime::list`]. Between its steps, the function is called.
    Ahead(&'a dyn Fn()),
}

/// One isolate on its thread.
pub struct JsRuntime {
    shared: Rc<LoopShared>,
    state: Rc<RefCell<OpState>>,
    key: usize,
    // The rest is dropped in this order: the context's handle, the isolate, the thread's tokio runtime.
    context: Option<v8::Global<v8::Context>>,
    main_module: Option<v8::Global<v8::Object>>,
    isolate: v8::OwnedIsolate,
    tokio: Option<tokio::runtime::LocalRuntime>,
}

impl JsRuntime {
    /// Makes the isolate, its context and loop, and runs the bootstrap scripts for its kind.
    ///
    /// # Errors
    /// Where the operating system refuses what a loop needs, or the bootstrap code throws.
    pub fn new(options: &RuntimeOptions) -> std::io::Result<Self> {
        Self::new_watched(options, None, &Making::Listed)
    }

    /// As [`JsRuntime::new`], with `watch` over the memory from the start.
    pub(crate) fn new_watched(
        options: &RuntimeOptions,
        watch: Option<&Watch>,
        making: &Making,
    ) -> std::io::Result<Self> {
        let span = tracing::debug_span!("isolate", kind = ?options.kind);
        let _entered = span.enter();
        let tokio = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(crate::main_loop::MOST_BLOCKING_THREADS)
            .build_local(tokio::runtime::LocalOptions::default())?;
        let mut params = create_params(options.limits);
        // The main isolate's ArrayBuffers are counted, not limited.
        let account = watch.and_then(Watch::account).cloned().unwrap_or_else(Account::unlimited);
        params = params.array_buffer_allocator(buffer_account::allocator(&account).make_shared());
        let (params, from_snapshot) = snapshot::apply(params);
        let mut isolate = v8::Isolate::new(params);
        if let Some(watch) = watch {
            watch.attach(&mut isolate, options.limits);
        }
        isolate.set_microtasks_policy(v8::MicrotasksPolicy::Explicit);
        isolate.set_promise_reject_callback(on_promise_reject);
        crate::stack_trace::install(&mut isolate);
        ops::install_module_hooks(&mut isolate);
        if let Making::Ahead(breathe) = making {
            breathe();
        }
        let shared = Rc::new(LoopShared::new());
        let key = v8_platform::isolate_key(&isolate);
        v8_platform::register(key, shared.handle());
        let mut op_state = OpState::new(shared.clone());
        op_state.put(options.cli.clone());
        op_state.put(options.kind);
        op_state.put(account);
        let state = Rc::new(RefCell::new(op_state));
        isolate.set_slot(shared.clone());
        isolate.set_slot(state.clone());
        isolate.set_slot(builtins::Uncached::of_worker(options.kind != IsolateKind::Main));
        let context = {
            v8::scope!(let scope, &mut isolate);
            let context = if from_snapshot { snapshot::context(scope) } else { None };
            let context = context.unwrap_or_else(|| v8::Context::new(scope, v8::ContextOptions::default()));
            v8::Global::new(scope, context)
        };
        metrics::reached(metrics::Milestone::Environment);
        let mut runtime =
            Self { shared, state, key, context: Some(context), main_module: None, isolate, tokio: Some(tokio) };
        match making {
            Making::Listed => {
                let name = match options.kind {
                    IsolateKind::Main => "main".to_owned(),
                    _ => std::thread::current().name().unwrap_or_default().to_owned(),
                };
                runtime.register(options.kind, name);
            }
            Making::Named(name) => runtime.register(options.kind, (*name).to_owned()),
            Making::Ahead(breathe) => breathe(),
        }
        if options.kind != IsolateKind::Pool {
            runtime.with_scope(|scope| ops::inspector::prepare(scope, from_snapshot));
        }
        runtime.bootstrap(options.kind, from_snapshot)?;
        if !matches!(making, Making::Ahead(_)) {
            runtime.with_scope(observers::follow);
        }
        Ok(runtime)
    }

    /// From here on others may look at this isolate's loop.
    fn register(&mut self, kind: IsolateKind, thread: String) {
        let Some(context) = self.context.clone() else { return };
        let registration = Registration::new(kind, &self.shared, self.isolate.thread_safe_handle(), thread);
        self.shared.observation.begin(registration, context);
        trace::watch_collections(&mut self.isolate);
    }

    /// An isolate that was made ahead is somebody's now, and its thread is called `thread`.
    pub(crate) fn list(&mut self, kind: IsolateKind, thread: String) {
        self.shared.update_now();
        self.register(kind, thread);
        self.with_scope(observers::follow);
    }

    fn bootstrap(&mut self, kind: IsolateKind, from_snapshot: bool) -> std::io::Result<()> {
        let script = match kind {
            IsolateKind::Main => "bootstrap/main",
            IsolateKind::Worker => "bootstrap/worker",
            IsolateKind::Pool => "bootstrap/pool",
        };
        let exports = self.with_scope(|scope| {
            v8::tc_scope!(let caught, scope);
            match run_bootstrap(caught, script, from_snapshot) {
                Ok(exports) => Ok(v8::Global::new(caught, exports)),
                Err(_) if caught.has_terminated() => Err(std::io::Error::other("the bootstrap code was terminated")),
                Err(error) => {
                    let exception = if error.is_pending() { caught.exception() } else { None };
                    caught.reset();
                    let exception = exception.unwrap_or_else(|| error.to_exception(caught));
                    error_display::print_bootstrap_failure(caught, exception, "");
                    Err(std::io::Error::other("the bootstrap code failed"))
                }
            }
        })?;
        self.main_module = Some(exports);
        metrics::reached(metrics::Milestone::BootstrapComplete);
        Ok(())
    }

    /// Runs `f` in a scope of the isolate's context, inside its tokio runtime.
    pub fn with_scope<R>(&mut self, f: impl FnOnce(&mut v8::PinScope) -> R) -> R {
        let _entered = self.tokio.as_ref().map(|t| t.enter());
        let Some(context) = self.context.as_ref() else { unreachable!("the context lives as long as the runtime") };
        v8::scope_with_context!(let scope, &mut self.isolate, context);
        f(scope)
    }

    /// Calls function `name` of the bootstrap script's exports as a callback of the loop, with what `arguments`
    /// makes. Returns false if it threw, and the error has been reported; or if it was terminated, and the microtasks it
    /// left were dropped.
    pub fn call(
        &mut self,
        name: &str,
        arguments: impl for<'s, 'i> FnOnce(&mut v8::PinScope<'s, 'i>) -> Vec<v8::Local<'s, v8::Value>>,
    ) -> bool {
        let Some(module) = self.main_module.clone() else { return false };
        let shared = self.shared.clone();
        // There are as many jobs as anybody cares to hand over; the other calls are few.
        let (kind, is_job) = if name == "runJob" { (EventKind::Task, true) } else { (EventKind::Script, false) };
        let timed = shared.begin_call(!is_job);
        let completed = self.block_on_with_scope(|scope| {
            let module = v8::Local::new(scope, module);
            let key = ops::args::key(scope, name);
            let function = module.get(scope, key.into()).and_then(|f| v8::Local::<v8::Function>::try_from(f).ok());
            let Some(function) = function else { return false };
            let arguments = arguments(scope);
            shared.unwound.set(false);
            let completed = tick::call_guarded(scope, &shared, function, module.into(), &arguments);
            if shared.unwound.take() {
                tick::drop_microtasks(scope);
            } else {
                tick::drain_ticks(scope, &shared);
            }
            completed
        });
        if timed {
            self.shared.end_call(kind);
        }
        completed
    }

    /// As [`JsRuntime::call`], with numbers, and with what the function returned for `result`.
    pub(crate) fn call_for(
        &mut self,
        name: &str,
        numbers: &[f64],
        result: impl for<'s, 'i> FnOnce(&mut v8::PinScope<'s, 'i>, v8::Local<'s, v8::Value>),
    ) {
        let Some(module) = self.main_module.clone() else { return };
        let shared = self.shared.clone();
        self.block_on_with_scope(|scope| {
            let module = v8::Local::new(scope, module);
            let key = ops::args::key(scope, name);
            let function = module.get(scope, key.into()).and_then(|f| v8::Local::<v8::Function>::try_from(f).ok());
            let Some(function) = function else { return };
            let numbers: Vec<_> = numbers.iter().map(|number| v8::Number::new(scope, *number).into()).collect();
            let value = tick::call_for_value(scope, &shared, function, module.into(), &numbers);
            if let Some(value) = value {
                result(scope, value);
            }
            tick::drain_ticks(scope, &shared);
        });
    }

    /// As [`JsRuntime::with_scope`], inside `block_on`, so that what JavaScript starts may `spawn_local`.
    pub fn block_on_with_scope<R>(&mut self, f: impl FnOnce(&mut v8::PinScope) -> R) -> R {
        let Some(tokio) = self.tokio.as_ref() else { unreachable!("tokio lives as long as the runtime") };
        let Some(context) = self.context.as_ref() else { unreachable!("the context lives as long as the runtime") };
        let isolate = &mut self.isolate;
        tokio.block_on(async {
            v8::scope_with_context!(let scope, isolate, context);
            f(scope)
        })
    }

    /// Turns the loop until nothing keeps it alive or it is told to stop.
    pub fn run_event_loop(&mut self) {
        self.run_event_loop_until(|shared, isolate| !shared.is_alive(isolate));
    }

    /// Turns the loop until `done` says so or it is told to stop.
    pub fn run_event_loop_until(&mut self, done: impl Fn(&LoopShared, &v8::Isolate) -> bool) {
        let Some(tokio) = self.tokio.as_ref() else { unreachable!("tokio lives as long as the runtime") };
        let Some(context) = self.context.as_ref() else { unreachable!("the context lives as long as the runtime") };
        tokio.block_on(EventLoop::new(self.shared.clone()).run_until(&mut self.isolate, context, done));
    }

    /// Whether anything keeps the loop from ending.
    pub fn is_alive(&self) -> bool {
        self.shared.is_alive(&self.isolate)
    }

    /// This isolate's loop, for its own thread.
    pub fn event_loop(&self) -> &Rc<LoopShared> {
        &self.shared
    }

    /// A handle to this isolate's loop, for other threads.
    pub fn loop_handle(&self) -> LoopHandle {
        self.shared.handle()
    }

    /// V8's handle for other threads: terminate, interrupt.
    pub fn isolate_handle(&self) -> v8::IsolateHandle {
        self.isolate.thread_safe_handle()
    }

    /// The isolate itself, for near-heap-limit callbacks and statistics.
    pub fn isolate(&mut self) -> &mut v8::OwnedIsolate {
        &mut self.isolate
    }

    /// This isolate's op state.
    pub fn op_state(&self) -> &Rc<RefCell<OpState>> {
        &self.state
    }
}

impl Drop for JsRuntime {
    /// 1 pending futures and results (they hold handles), 2 op state and resources, 3 the platform's route and what
    /// it had queued, 4 handles, 5 the isolate, 6 the tokio runtime.
    fn drop(&mut self) {
        self.shared.stop();
        let entered = self.tokio.as_ref().map(|t| t.enter());
        self.shared.clear();
        state::clear(&self.state);
        drop(entered);
        v8_platform::unregister(self.key);
        self.shared.clear();
        self.main_module = None;
        self.context = None;
        // Blocking calls that still run are not waited for: their results have nowhere to go.
        if let Some(tokio) = self.tokio.take() {
            tokio.shutdown_background();
        }
    }
}

/// What V8 makes of a machine with the memory this process may have.
fn default_params() -> v8::CreateParams {
    v8::CreateParams::default().heap_limits_from_system_memory(ops::os::limits::process_memory(), 0)
}

impl HeapLimits {
    /// What holds where no limit is given. The stack's is 0.
    pub(crate) fn defaults() -> Self {
        let params = default_params();
        Self {
            old: params.max_old_generation_size_in_bytes(),
            young: params.max_young_generation_size_in_bytes(),
            code: params.code_range_size_in_bytes(),
            stack: 0,
        }
    }
}

fn create_params(limits: HeapLimits) -> v8::CreateParams {
    let mut params = default_params();
    if limits.old > 0 {
        params = params.set_max_old_generation_size_in_bytes(limits.old);
    }
    if limits.young > 0 {
        params = params.set_max_young_generation_size_in_bytes(limits.young);
    }
    if limits.code > 0 {
        params = params.set_code_range_size_in_bytes(limits.code);
    }
    if limits.stack > 0 {
        let here = 0_u8;
        let limit = (&raw const here).addr().saturating_sub(limits.stack);
        // SAFETY: V8 compares the stack pointer with this address and never dereferences it. Whoever sets the limit
        // gave the thread a stack that reaches further down than that.
        params = unsafe { params.set_stack_limit(std::ptr::without_provenance_mut(limit)) };
    }
    params
}

/// Runs `script` through the realm's `require`; the script's exports.
fn run_bootstrap<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    script: &str,
    from_snapshot: bool,
) -> OpResult<v8::Local<'s, v8::Object>> {
    let realm = match from_snapshot.then(|| snapshot::restore(scope)).flatten() {
        Some(require) => require,
        None => realm_require(scope)?,
    };
    let exports = require(scope, realm, script)?;
    if from_snapshot {
        // Undoes what `inspector::prepare` did.
        let key = ops::args::key(scope, "installConsole");
        let install = exports.get(scope, key.into()).ok_or_else(OpError::pending)?;
        if let Ok(install) = v8::Local::<v8::Function>::try_from(install) {
            install.call(scope, exports.into(), &[]).ok_or_else(OpError::pending)?;
        }
    }
    Ok(exports)
}

/// Runs `bootstrap/realm`, which makes `require`.
pub(crate) fn realm_require<'s>(scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Function>> {
    let realm = builtins::compile(scope, "bootstrap/realm")?;
    let exports = v8::Object::new(scope);
    let undefined: v8::Local<v8::Value> = v8::undefined(scope).into();
    let compile = ops::native_function(scope, &ops::COMPILE_BUILTIN)?.into();
    let internal_binding = ops::native_function(scope, &ops::INTERNAL_BINDING)?.into();
    let arguments = [exports.into(), compile, undefined, undefined, internal_binding];
    realm.call(scope, undefined, &arguments).ok_or_else(OpError::pending)?;
    let key = ops::args::key(scope, "require");
    let require = exports.get(scope, key.into()).ok_or_else(OpError::pending)?;
    v8::Local::<v8::Function>::try_from(require)
        .map_err(|_| OpError::error("ERR_INTERNAL_ASSERTION", "bootstrap/realm exports no require"))
}

/// The exports of the built-in `id`, by the realm's `require`.
pub(crate) fn require<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    realm: v8::Local<'s, v8::Function>,
    id: &str,
) -> OpResult<v8::Local<'s, v8::Object>> {
    let undefined: v8::Local<v8::Value> = v8::undefined(scope).into();
    let id = ops::args::string(scope, id)?.into();
    let module = realm.call(scope, undefined, &[id]).ok_or_else(OpError::pending)?;
    v8::Local::<v8::Object>::try_from(module)
        .map_err(|_| OpError::error("ERR_INTERNAL_ASSERTION", "a bootstrap script exports no object"))
}

/// V8 calls this when a promise is rejected without a handler, gets one late, or is settled twice. JavaScript
/// collects them and judges after the microtasks have run.
unsafe extern "C" fn on_promise_reject(message: v8::PromiseRejectMessage) {
    // SAFETY: V8 calls this on the isolate's thread, with a message of its own that is valid for the call.
    v8::callback_scope!(unsafe scope, &message);
    let shared = tick::current(scope);
    let Some(hook) = shared.hook(|h| h.promise_rejected.clone()) else { return };
    let event = match message.get_event() {
        v8::PromiseRejectEvent::PromiseRejectWithNoHandler => 0,
        v8::PromiseRejectEvent::PromiseHandlerAddedAfterReject => 1,
        v8::PromiseRejectEvent::PromiseRejectAfterResolved => 2,
        v8::PromiseRejectEvent::PromiseResolveAfterResolved => 3,
    };
    let event = v8::Integer::new(scope, event).into();
    let reason = message.get_value().unwrap_or_else(|| v8::undefined(scope).into());
    let promise = message.get_promise().into();
    let hook = v8::Local::new(scope, hook);
    let this = v8::undefined(scope).into();
    v8::tc_scope!(let caught, scope);
    // Only stack exhaustion or termination can make the hook throw; the rejection is then lost with the stack. No
    // JavaScript can run to say so: the message has the text already.
    if hook.call(caught, this, &[event, promise, reason]).is_none()
        && let Some(message) = caught.message()
    {
        let text = message.get(caught).to_rust_string_lossy(caught);
        error_display::write_stderr(&format!("Exception in PromiseRejectCallback:\n{text}\n"));
    }
}
