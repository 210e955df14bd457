//! `internalBinding('worker')`: Workers for js/node/worker_threads.js and for the bootstrap script of their threads.

use super::args::{arg_bool, arg_f64, arg_function, arg_i32, arg_string};
use super::state::{event_loop, op_state};
use super::{OpDecl, OpResult};
use crate::op;
use crate::workers::resource_limits::Limits;
use crate::workers::structured_clone;
use crate::workers::worker::{self, ThisWorker, WorkerOptions};

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("spawn", 9, spawn),
    op!("terminate", 1, terminate),
    op!("setRef", 2, set_ref),
    op!("threadId", 0, thread_id),
    op!("leave", 1, leave),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

/// `spawn(name, maxYoungMb, maxOldMb, codeRangeMb, stackMb, maxArrayBufferMb, startup, transferList, onExit)`: the thread
/// id.
fn spawn<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let name = arg_string(scope, args, 0)?;
    let limits = Limits {
        max_young_generation_mb: arg_f64(scope, args, 1)?,
        max_old_generation_mb: arg_f64(scope, args, 2)?,
        code_range_mb: arg_f64(scope, args, 3)?,
        stack_mb: arg_f64(scope, args, 4)?,
        max_array_buffer_mb: arg_f64(scope, args, 5)?,
    };
    let list = super::messaging::arg_list(scope, args, 7)?;
    let on_exit = arg_function(args, 8)?;
    let startup = structured_clone::serialize(scope, args.get(6), &list, None)?;
    let id = worker::spawn(scope, WorkerOptions { name, limits, startup }, on_exit)?;
    rv.set_double(id as f64);
    Ok(())
}

/// `terminate(threadId)`.
fn terminate(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let id = arg_f64(scope, args, 0)?;
    worker::terminate(scope, id as u64);
    Ok(())
}

/// `setRef(threadId, keepAlive)`.
fn set_ref(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let (id, keep_alive) = (arg_f64(scope, args, 0)?, arg_bool(scope, args, 1));
    worker::set_ref(scope, id as u64, keep_alive);
    Ok(())
}

/// `threadId()`: of the current thread; 0 on the main one.
fn thread_id(scope: Scope, _: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let this = op_state(scope).borrow().get::<ThisWorker>();
    rv.set_double(this.map_or(0.0, |this| this.id as f64));
    Ok(())
}

/// `leave(code)`: ends this Worker's thread. Does not return to JavaScript.
fn leave(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let code = arg_i32(scope, args, 0)?;
    event_loop(scope).stop_with(code);
    scope.terminate_execution();
    Ok(())
}
