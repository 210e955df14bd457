//! `internalBinding('pool')`: pools for js/internal/pool/pool.js, and for js/bootstrap/pool.js inside their isolates.

use super::args::{arg_bool, arg_f64, arg_function, arg_i32, arg_string, arg_u32};
use super::messaging::arg_list;
use super::state::op_state;
use super::{OpDecl, OpError, OpResult};
use crate::op;
use crate::workers::pool::{self, PoolOptions};
use crate::workers::pooled_isolate::CurrentJob;
use crate::workers::resource_limits::Limits;
use crate::workers::structured_clone;
use crate::workers::task::Part;
use crate::workers::termination::Cancelled;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("availableParallelism", 0, available_parallelism),
    op!("create", 8, create),
    op!("addCode", 4, add_code),
    op!("submit", 8, submit),
    op!("cancel", 2, cancel),
    op!("setRef", 2, set_ref),
    op!("destroy", 1, destroy),
    op!("settle", 5, settle),
    op!("done", 1, done),
    op!("exit", 2, exit),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

/// `availableParallelism()`: threads worth having, with the quota of a control group respected.
fn available_parallelism(_: Scope, _: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    rv.set_double(num_cpus::get() as f64);
    Ok(())
}

/// `create(threads, warm, name, maxYoungMb, maxOldMb, codeRangeMb, stackMb, onOutcomes)`: the pool's number.
fn create(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let options = PoolOptions {
        threads: arg_u32(scope, args, 0)?.max(1) as usize,
        warm: arg_u32(scope, args, 1)? as usize,
        name: arg_string(scope, args, 2)?.replace('\0', ""),
        limits: Limits {
            max_young_generation_mb: arg_f64(scope, args, 3)?,
            max_old_generation_mb: arg_f64(scope, args, 4)?,
            code_range_mb: arg_f64(scope, args, 5)?,
            stack_mb: arg_f64(scope, args, 6)?,
            max_array_buffer_mb: 0.0,
        },
    };
    let on_outcomes = arg_function(args, 7)?;
    rv.set_uint32(pool::create(scope, options, on_outcomes)?);
    Ok(())
}

/// `addCode(pool, kind, source, name)`: the code's number.
fn add_code(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let (pool, kind) = (arg_u32(scope, args, 0)?, arg_u32(scope, args, 1)?);
    let (source, name) = (arg_string(scope, args, 2)?, arg_string(scope, args, 3)?);
    rv.set_uint32(pool::add_code(scope, pool, kind, source, name)?);
    Ok(())
}

/// `submit(pool, code, form, priority, size, isolate, payload, transferList)`: the job's number.
fn submit<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let (pool, code, form) = (arg_u32(scope, args, 0)?, arg_u32(scope, args, 1)?, arg_u32(scope, args, 2)?);
    let list = arg_list(scope, args, 7)?;
    let payload = structured_clone::serialize(scope, args.get(6), &list, None)?;
    rv.set_double(pool::submit(scope, pool, code, form, payload)? as f64);
    Ok(())
}

/// `cancel(pool, job)`: 0 before it began, 1 while it runs, 2 too late.
fn cancel(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let (pool, job) = (arg_u32(scope, args, 0)?, arg_f64(scope, args, 1)?);
    rv.set_int32(match pool::cancel(scope, pool, job as u64)? {
        Cancelled::BeforeStart => 0,
        Cancelled::WhileRunning => 1,
        Cancelled::TooLate => 2,
    });
    Ok(())
}

/// `setRef(pool, keepAlive)`.
fn set_ref(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let (pool, keep_alive) = (arg_u32(scope, args, 0)?, arg_bool(scope, args, 1));
    pool::set_ref(scope, pool, keep_alive);
    Ok(())
}

/// `destroy(pool)`.
fn destroy(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let pool = arg_u32(scope, args, 0)?;
    pool::destroy(scope, pool);
    Ok(())
}

/// In a pooled isolate, `settle(job, kind, start, value, transferList)`: what came out of some tasks of a job.
fn settle<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let kind = arg_u32(scope, args, 1)?;
    let start = u32::try_from(arg_i32(scope, args, 2)?)
        .map_err(|_| OpError::range_error("ERR_OUT_OF_RANGE", "A task's position is negative"))?;
    let list = arg_list(scope, args, 4)?;
    let value = structured_clone::serialize(scope, args.get(3), &list, None)?;
    current(scope).parts.borrow_mut().push(Part { kind, start, value });
    Ok(())
}

/// In a pooled isolate, `done(job)`: the job ran to its end.
fn done(scope: Scope, _: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    current(scope).done.set(true);
    Ok(())
}

/// In a pooled isolate, `exit(job, position)`: ends the job and the isolate with it. Does not return to JavaScript.
fn exit(scope: Scope, _: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    current(scope).exited.set(true);
    scope.terminate_execution();
    Ok(())
}

fn current(scope: &v8::PinScope) -> std::rc::Rc<CurrentJob> {
    op_state(scope).borrow_mut().value::<CurrentJob>()
}
