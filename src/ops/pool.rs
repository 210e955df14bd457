//! `internalBinding('pool')`: pools for js/internal/pool/, on the side of their owners. `pool_task.rs` is the other side.

use std::time::Duration;

use serde::Deserialize;

use super::args::{arg_bool, arg_f64, arg_function, arg_i32, arg_opt_string, arg_string, arg_struct, arg_u32};
use super::messaging::arg_list;
use super::{OpDecl, OpResult};
use crate::op;
use crate::permission;
use crate::workers::pool::{self, IsolateOptions, JobOptions, PoolOptions};
use crate::workers::resource_limits::Limits;
#[cfg(target_os = "linux")]
use crate::workers::result_memory;
use crate::workers::structured_clone;
use crate::workers::task::CodePlace;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("availableParallelism", 0, available_parallelism),
    op!("prepare", 5, prepare),
    op!("create", 3, create),
    op!("join", 1, join),
    op!("addCode", 7, add_code),
    op!("moveToShared", 1, move_to_shared),
    op!("leaseMemory", 1, lease_memory),
    op!("handOutMemory", 1, hand_out_memory),
    op!("returnMemory", 2, return_memory),
    op!("submit", 11, submit),
    op!("sentBytes", 0, sent_bytes),
    op!("cancel", 2, cancel),
    op!("takeBack", 2, take_back),
    op!("waiting", 1, waiting),
    op!("noteQueue", 2, note_queue),
    op!("threads", 1, threads),
    op!("isolates", 1, isolates),
    op!("mark", 1, mark),
    op!("dismissIdle", 2, dismiss_idle),
    op!("setRef", 2, set_ref),
    op!("destroy", 1, destroy),
    op!("forget", 1, forget),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

/// `availableParallelism()`: threads worth having, with the quota of a control group respected.
fn available_parallelism(_: Scope, _: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    rv.set_double(num_cpus::get() as f64);
    Ok(())
}

/// `prepare(maxYoungMb, maxOldMb, codeRangeMb, stackMb, maxArrayBufferMb)`: a pool with these limits may be made, 0 or nothing for
/// the defaults.
fn prepare(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    if permission::check(permission::Scope::Worker, "").is_err() {
        // Who makes the pool is told.
        return Ok(());
    }
    let mut limits = [0.0; 5];
    for (index, limit) in limits.iter_mut().enumerate().take(args.length().unsigned_abs() as usize) {
        *limit = arg_f64(scope, args, index as i32)?;
    }
    let [max_young_generation_mb, max_old_generation_mb, code_range_mb, stack_mb, max_array_buffer_mb] = limits;
    let limits =
        Limits { max_young_generation_mb, max_old_generation_mb, code_range_mb, stack_mb, max_array_buffer_mb };
    pool::prepare(scope, limits);
    Ok(())
}

/// What js/internal/pool/pool.js says of a pool.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateOptions {
    name: String,
    min_threads: u32,
    max_threads: u32,
    concurrency: u32,
    grace_ms: f64,
    recycle_tasks: f64,
    recycle_heap_mb: f64,
    nice: i32,
    max_young_mb: f64,
    max_old_mb: f64,
    code_range_mb: f64,
    stack_mb: f64,
    max_array_buffer_mb: f64,
}

/// `create(options, startup, onOutcomes)`: the pool's number. `startup` goes to every isolate; undefined for nothing.
fn create<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    permission::check(permission::Scope::Worker, "")?;
    let options: CreateOptions = arg_struct(scope, args, 0)?;
    let startup = if args.get(1).is_undefined() {
        None
    } else {
        Some(structured_clone::serialize(scope, args.get(1), &[], None)?)
    };
    let on_outcomes = arg_function(args, 2)?;
    let isolates = IsolateOptions {
        limits: Limits {
            max_young_generation_mb: options.max_young_mb,
            max_old_generation_mb: options.max_old_mb,
            code_range_mb: options.code_range_mb,
            stack_mb: options.stack_mb,
            max_array_buffer_mb: options.max_array_buffer_mb,
        },
        cli: pool::command_line(scope)?,
        startup,
        least: options.min_threads as usize,
        grace: milliseconds(options.grace_ms),
        recycle_tasks: options.recycle_tasks as u64,
        recycle_bytes: (options.recycle_heap_mb * 1024.0 * 1024.0) as u64,
        nice: options.nice,
    };
    let options = PoolOptions {
        threads: options.max_threads.max(1) as usize,
        concurrency: options.concurrency.max(1) as usize,
        name: options.name.replace('\0', ""),
        isolates,
    };
    rv.set_uint32(pool::create(scope, options, on_outcomes)?);
    Ok(())
}

fn milliseconds(milliseconds: f64) -> Duration {
    // A year is as good as for ever, and a sum with the present still has a place on the clock.
    Duration::from_secs_f64(milliseconds.clamp(0.0, 366.0 * 86_400_000.0) / 1e3)
}

/// `join(onOutcomes)`: the number, in this isolate, of the pool that runs the present task; 0 outside of one.
fn join(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let on_outcomes = arg_function(args, 0)?;
    rv.set_uint32(pool::join(scope, on_outcomes));
    Ok(())
}

/// `addCode(pool, kind, source, name, script or undefined, line, column)`: the code's number.
fn add_code(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let (pool, kind) = (arg_u32(scope, args, 0)?, arg_u32(scope, args, 1)?);
    let (source, name) = (arg_string(scope, args, 2)?, arg_string(scope, args, 3)?);
    let place = match arg_opt_string(scope, args, 4)? {
        Some(script) => Some(CodePlace { script, line: arg_i32(scope, args, 5)?, column: arg_i32(scope, args, 6)? }),
        None => None,
    };
    rv.set_uint32(pool::add_code(scope, pool, kind, source, name, place)?);
    Ok(())
}

/// `submit(pool, code, form, priority, size, timeout in ms or 0, isolate or 0, payload, transferList, flags, parent)`: the
/// job's number. `parent` is that of the job whose task submits it; 0 for none. Flags: 1 several tasks that begin one after the
/// other, 2 one that may have ruined an isolate.
fn submit<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let pool = arg_u32(scope, args, 0)?;
    let (timeout, flags) = (arg_f64(scope, args, 5)?, arg_u32(scope, args, 9)?);
    let options = JobOptions {
        code: arg_u32(scope, args, 1)?,
        form: arg_u32(scope, args, 2)?,
        priority: arg_i32(scope, args, 3)?,
        size: arg_u32(scope, args, 4)?,
        grouped: flags & 1 != 0,
        suspect: flags & 2 != 0,
        timeout: (timeout > 0.0).then(|| milliseconds(timeout)),
        isolate: arg_f64(scope, args, 6)? as u64,
        parent_job: arg_f64(scope, args, 10)? as u64,
    };
    let list = arg_list(scope, args, 8)?;
    let payload = structured_clone::serialize(scope, args.get(7), &list, None)?;
    rv.set_double(pool::submit(scope, pool, &options, payload)? as f64);
    Ok(())
}

/// `moveToShared(buffer)`: a SharedArrayBuffer of the memory of an ArrayBuffer, which is detached; undefined where others use that
/// memory as well.
fn move_to_shared<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    if let Some(shared) = structured_clone::move_to_shared(scope, args.get(0))? {
        rv.set(shared.into());
    }
    Ok(())
}

/// `leaseMemory(bytes)`: a SharedArrayBuffer for results, for which there is `handOutMemory`; undefined where an ordinary one has to
/// do. **It may hold anything.**
#[cfg(target_os = "linux")]
fn lease_memory<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let bytes = arg_f64(scope, args, 0)?;
    if let Some(inner) = result_memory::lease(scope, bytes as usize) {
        rv.set(inner.into());
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn lease_memory(_: Scope, _: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    Ok(())
}

/// `handOutMemory(buffer)`: another one for the memory of one of `leaseMemory`, when each byte of that has been written and nobody is
/// going to write any more. When that ends, the memory may be used again.
#[cfg(target_os = "linux")]
fn hand_out_memory<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    if let Ok(inner) = v8::Local::<v8::SharedArrayBuffer>::try_from(args.get(0))
        && let Some(outer) = result_memory::hand_out(scope, inner)
    {
        rv.set(outer.into());
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn hand_out_memory(_: Scope, _: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    Ok(())
}

/// `returnMemory(buffer, again)`: nobody needs the memory of one of `leaseMemory`; it may be used `again` if nobody is going to write it
/// either. Nothing where it is another, or was handed out.
#[cfg(target_os = "linux")]
fn return_memory<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, _: v8::ReturnValue<v8::Value>) -> OpResult {
    if let Ok(inner) = v8::Local::<v8::SharedArrayBuffer>::try_from(args.get(0)) {
        let again = arg_bool(scope, args, 1);
        result_memory::give_back(scope, inner, again);
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn return_memory(_: Scope, _: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    Ok(())
}

/// `sentBytes()`: the size of what was last handed over.
fn sent_bytes(scope: Scope, _: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    rv.set_double(pool::sent_bytes(scope) as f64);
    Ok(())
}

/// `cancel(pool, job)`: 0 before it began, and it never will; 1 while it runs; 2 too late.
fn cancel(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let (pool, job) = (arg_u32(scope, args, 0)?, arg_f64(scope, args, 1)?);
    rv.set_int32(pool::cancel(scope, pool, job as u64)? as i32);
    Ok(())
}

/// `takeBack(pool, job)`: index of the first of its tasks that is not the job's any more; undefined where nothing was taken.
fn take_back(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let (pool, job) = (arg_u32(scope, args, 0)?, arg_f64(scope, args, 1)?);
    if let Some(first) = pool::take_back(scope, pool, job as u64) {
        rv.set_uint32(first);
    }
    Ok(())
}

/// `waiting(pool)`: tasks that were handed over and wait for a thread.
fn waiting(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let pool = arg_u32(scope, args, 0)?;
    rv.set_double(pool::waiting(scope, pool) as f64);
    Ok(())
}

/// `noteQueue(pool, length)`: tasks that wait where the pool was made, for `weft top`.
fn note_queue(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let (pool, length) = (arg_u32(scope, args, 0)?, arg_u32(scope, args, 1)?);
    pool::note_queue(scope, pool, length as usize);
    Ok(())
}

/// `threads(pool)`: how many have an isolate, or are about to.
fn threads(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let pool = arg_u32(scope, args, 0)?;
    rv.set_double(pool::threads(scope, pool) as f64);
    Ok(())
}

/// `isolates(pool)`: for each that lives, an array [isolate, seat, jobs under way, tasks, ms of them, ms alive, ms idle,
/// bytes of heap used, of heap, outside of the heap].
fn isolates<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let pool = arg_u32(scope, args, 0)?;
    let rows = pool::isolates(scope, pool);
    let rows: Vec<v8::Local<v8::Value>> = rows
        .iter()
        .map(|row| {
            let row: Vec<_> = row.iter().map(|n| v8::Number::new(scope, *n).into()).collect();
            v8::Array::new_with_elements(scope, &row).into()
        })
        .collect();
    rv.set(v8::Array::new_with_elements(scope, &rows).into());
    Ok(())
}

/// `mark(pool)`: a moment, for `dismissIdle`.
fn mark(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let pool = arg_u32(scope, args, 0)?;
    rv.set_double(pool::mark(scope, pool) as f64);
    Ok(())
}

/// `dismissIdle(pool, mark)`: lets isolates go that have been idle since.
fn dismiss_idle(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let (pool, mark) = (arg_u32(scope, args, 0)?, arg_f64(scope, args, 1)?);
    pool::dismiss_idle(scope, pool, mark as u64);
    Ok(())
}

/// `setRef(pool, keepAlive)`.
fn set_ref(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let (pool, keep_alive) = (arg_u32(scope, args, 0)?, arg_bool(scope, args, 1));
    pool::set_ref(scope, pool, keep_alive);
    Ok(())
}

/// `forget(pool)`: after `destroy`, and the word that its threads are gone.
fn forget(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let pool = arg_u32(scope, args, 0)?;
    pool::forget(scope, pool);
    Ok(())
}

/// `destroy(pool)`: an outcome of job 0 tells when its threads are gone.
fn destroy(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let pool = arg_u32(scope, args, 0)?;
    pool::destroy(scope, pool);
    Ok(())
}
