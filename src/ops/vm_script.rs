//! Scripts of node:vm: compiled once, bound to a context and run, with a time limit if asked for.
//!
//! JavaScript holds a script as an object whose internal field is V8's unbound script; it is never handed to users.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::OpDecl;
use super::args::{IntoJs as _, arg_bytes, arg_object, region_of};
use super::contextify::{arg_source, decorate_and_rethrow};
use super::error::{OpError, OpResult};
use super::module_wrap::host_options;
use super::vm_context;
use crate::{error_display, op};

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("compileScript", 8, compile_script),
    op!("runScript", 4, run_script),
    op!("createCachedData", 1, create_cached_data),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

/// `compileScript(source, file, line, column, code cache or undefined, produce cache, context object or undefined,
/// symbol or undefined)`: `[script, source map URL or undefined, cache rejected, cache or undefined]`.
fn compile_script<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let source = arg_source(args, 0)?;
    let line = args.get(2).int32_value(scope).unwrap_or(0);
    let column = args.get(3).int32_value(scope).unwrap_or(0);
    let cache = region_of(args.get(4)).map(|_| arg_bytes(args, 4)).transpose()?;
    let produce = args.get(5).is_true();
    let context = match v8::Local::<v8::Object>::try_from(args.get(6)) {
        Ok(object) => vm_context::context_of(scope, object).ok_or_else(not_a_context)?,
        Err(_) => scope.get_current_context(),
    };
    let options = host_options(scope, args.get(7));
    let file = args.get(1);
    let scope = &mut v8::ContextScope::new(scope, context);
    v8::tc_scope!(let caught, scope);
    let origin = v8::ScriptOrigin::new(caught, file, line, column, true, -1, None, false, false, false, options);
    let (mut source, compile_options) = match &cache {
        Some(bytes) => {
            let data = v8::script_compiler::CachedData::new(bytes);
            let source = v8::script_compiler::Source::new_with_cached_data(source, Some(&origin), data);
            (source, v8::script_compiler::CompileOptions::ConsumeCodeCache)
        }
        None => {
            let source = v8::script_compiler::Source::new(source, Some(&origin));
            (source, v8::script_compiler::CompileOptions::NoCompileOptions)
        }
    };
    let reason = v8::script_compiler::NoCacheReason::NoReason;
    let script = v8::script_compiler::compile_unbound_script(caught, &mut source, compile_options, reason);
    let Some(script) = script else { return Err(decorate_and_rethrow(caught)) };
    let rejected = cache.is_some() && source.get_cached_data().is_some_and(|d| d.rejected());
    let made = produce.then(|| script.create_code_cache()).flatten().map(|d| d.to_vec());
    let template = v8::ObjectTemplate::new(caught);
    template.set_internal_field_count(1);
    let handle = template.new_instance(caught).ok_or_else(OpError::pending)?;
    handle.set_internal_field(0, script.into());
    let items = [
        handle.into(),
        script.get_source_mapping_url(caught),
        v8::Boolean::new(caught, rejected).into(),
        made.into_js(caught)?,
        script.get_source_url(caught),
    ];
    rv.set(v8::Array::new_with_elements(caught, &items).into());
    Ok(())
}

fn not_a_context() -> OpError {
    OpError::type_error("ERR_INVALID_ARG_TYPE", "The object is not a vm context")
}

fn script_at<'s>(scope: &v8::PinScope<'s, '_>, args: Args<'_, 's>) -> OpResult<v8::Local<'s, v8::UnboundScript>> {
    let handle = arg_object(args, 0)?;
    let data = handle
        .get_internal_field(scope, 0)
        .filter(|data| !data.is_value())
        .ok_or_else(|| OpError::type_error("ERR_INVALID_THIS", "Value of \"this\" must be of type Script"))?;
    // SAFETY: only `compile_script` makes objects whose first internal field is not a JavaScript value and hands them
    // to js/node/vm.js, which keeps them in a private field of its Script; that field holds an UnboundScript. A Local
    // is a pointer whatever it points to, and both borrow from the same scope.
    Ok(unsafe { std::mem::transmute::<v8::Local<'s, v8::Data>, v8::Local<'s, v8::UnboundScript>>(data) })
}

/// `createCachedData(script)`: a Uint8Array.
fn create_cached_data<'s>(
    scope: Scope<'_, 's, '_>,
    args: Args<'_, 's>,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let script = script_at(scope, args)?;
    let bytes = script.create_code_cache().map(|d| d.to_vec()).unwrap_or_default();
    rv.set(bytes.into_js(scope)?);
    Ok(())
}

/// `runScript(script, context object or null, time limit in ms or -1, end at SIGINT)`: the script's last value.
fn run_script<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let script = script_at(scope, args)?;
    let context = match v8::Local::<v8::Object>::try_from(args.get(1)) {
        Ok(object) => vm_context::context_of(scope, object).ok_or_else(not_a_context)?,
        Err(_) => scope.get_current_context(),
    };
    let limit = args.get(2).integer_value(scope).unwrap_or(-1);
    let main = scope.get_current_context();
    let interrupt = if args.get(3).is_true() { super::vm_sigint::Watch::start(scope)? } else { None };
    let watchdog = u64::try_from(limit).ok().map(|ms| Watchdog::start(scope, Duration::from_millis(ms))).transpose()?;
    let scope = &mut v8::ContextScope::new(scope, context);
    v8::tc_scope!(let caught, scope);
    if let Some(agent) = super::inspector::agent::existing(caught) {
        agent.script_starts();
    }
    let result = script.bind_to_current_context(caught).run(caught);
    if context != main && !caught.has_terminated() {
        vm_context::run_own_microtasks(caught, context);
    }
    if interrupt.is_some_and(super::vm_sigint::Watch::stop) {
        if let Some(watchdog) = watchdog {
            watchdog.stop();
        }
        caught.cancel_terminate_execution();
        caught.reset();
        return Err(OpError::error("ERR_SCRIPT_EXECUTION_INTERRUPTED", "Script execution was interrupted by `SIGINT`"));
    }
    if watchdog.is_some_and(Watchdog::stop) {
        caught.cancel_terminate_execution();
        caught.reset();
        return Err(timed_out(limit));
    }
    match result {
        Some(value) => {
            if context != main {
                vm_context::settle_strict_stores(caught);
            }
            rv.set(value);
            Ok(())
        }
        None => {
            if !caught.has_terminated()
                && let (Some(exception), Some(message)) = (caught.exception(), caught.message())
            {
                error_display::attach_arrow(caught, exception, message);
            }
            caught.rethrow();
            Err(OpError::pending())
        }
    }
}

/// What a script (or module) that was ended by its time limit throws.
pub(super) fn timed_out(limit: i64) -> OpError {
    OpError::error("ERR_SCRIPT_EXECUTION_TIMEOUT", format!("Script execution timed out after {limit}ms"))
}

/// Ends the execution of JavaScript when its time is up. A thread that waits on a channel: the limit is for code that
/// blocks this one.
pub(super) struct Watchdog {
    finished: mpsc::Sender<()>,
    thread: thread::JoinHandle<bool>,
}

impl Watchdog {
    /// Starts the watch over this thread's isolate.
    pub(super) fn start(scope: &mut v8::PinScope, limit: Duration) -> OpResult<Self> {
        let isolate = scope.thread_safe_handle();
        let (finished, over) = mpsc::channel();
        let watch = move || {
            let expired = matches!(over.recv_timeout(limit), Err(mpsc::RecvTimeoutError::Timeout));
            expired && isolate.terminate_execution()
        };
        let thread = thread::Builder::new()
            .name("weft-vm-timeout".to_owned())
            .spawn(watch)
            .map_err(|e| OpError::io(e, "uv_thread_create"))?;
        Ok(Self { finished, thread })
    }

    /// Ends the watch; true if the time was up. Joined, so that no termination can arrive later.
    pub(super) fn stop(self) -> bool {
        // The thread may have ended by itself.
        let _ = self.finished.send(());
        self.thread.join().unwrap_or(false)
    }
}
