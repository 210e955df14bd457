//! `internalBinding('pool_task')`: what the isolates of a pool say about the jobs under way in them, for
//! js/internal/pool/job_runner.js. Outside of a pool's isolates nothing of it does anything.

use super::args::{Region, arg_bool, arg_f64, arg_i32, arg_region, arg_u32, string};
use super::contextify::decorate_and_rethrow;
use super::messaging::arg_list;
use super::{OpDecl, OpError, OpResult};
use crate::op;
use crate::workers::pooled_isolate::Desk;
use crate::workers::structured_clone;
use crate::workers::task::{JobEnd, Part};

/// This area's operations.
pub(super) const OPS: &[OpDecl] = &[
    op!("settle", 5, settle),
    op!("notify", 5, notify),
    op!("done", 1, done),
    op!("expired", 2, expired),
    op!("compile", 2, compile),
    op!("shield", 0, shield),
    op!("unshield", 0, unshield),
    op!("leave", 2, leave),
    op!("exit", 1, exit),
    op!("listen", 1, listen),
    op!("asked", 1, asked),
    op!("setContextKey", 1, set_context_key),
    op!("aboutToFill", 3, about_to_fill),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

fn part<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>) -> OpResult<(u64, Part)> {
    let job = arg_f64(scope, args, 0)? as u64;
    let kind = arg_u32(scope, args, 1)?;
    let start = u32::try_from(arg_i32(scope, args, 2)?)
        .map_err(|_| OpError::range_error("ERR_OUT_OF_RANGE", "A task's position is negative"))?;
    let list = arg_list(scope, args, 4)?;
    let value = structured_clone::serialize(scope, args.get(3), &list, None)?;
    Ok((job, Part { kind, start, value }))
}

/// `settle(job, kind, start, value, transferList)`: what came out of some tasks of a job.
fn settle<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let (job, part) = part(scope, args)?;
    if let Some(desk) = Desk::of(scope) {
        desk.settle(job, part);
    }
    Ok(())
}

/// `notify(job, kind, start, value, transferList)`: as `settle`, for something that is told at once, while the job goes
/// on. Job 0: it is the isolate's.
fn notify<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let (job, part) = part(scope, args)?;
    if let Some(desk) = Desk::of(scope) {
        desk.notify(job, part);
    }
    Ok(())
}

/// `done(job)`: it ran to its end.
fn done(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let job = arg_f64(scope, args, 0)?;
    if let Some(desk) = Desk::of(scope) {
        desk.done(job as u64);
    }
    Ok(())
}

/// `expired(job, position)`: the time of the task there was up, just when it ended. What comes after it was not begun.
fn expired(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let (job, position) = (arg_f64(scope, args, 0)?, arg_i32(scope, args, 1)?);
    if let Some(desk) = Desk::of(scope) {
        desk.expired(job as u64, position);
    }
    Ok(())
}

/// Text shorter than this is compiled as fast as a code cache of it is read.
const WORTH_CACHING: usize = 2048;

/// `compile(job, asMethod)`: a function of the captured values that gives the function which the job's code is the text
/// of. A method's text is an expression only within an object.
fn compile<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    use v8::script_compiler::{CachedData, CompileOptions, NoCacheReason, Source, compile_function};
    let job = arg_f64(scope, args, 0)?;
    let found = Desk::of(scope).and_then(|desk| Some((desk.code(job as u64)?, desk)));
    let Some((code, desk)) = found else {
        return Err(OpError::error("ERR_INTERNAL_ASSERTION", "A job that is not under way has no code"));
    };
    let (names, text) = code.source.split_once('\n').unwrap_or(("", &code.source));
    let place = code.place.as_ref();
    // The code of a module is strict, and V8 knows modules by their URLs.
    let is_module = place.is_some_and(|p| p.script.starts_with("file:") || p.script.starts_with("data:"));
    let strict = if is_module { "'use strict';" } else { "" };
    let (before, after) = if arg_bool(scope, args, 1) {
        (
            "return ((o, k = Reflect.ownKeys(o)[0], d = Reflect.getOwnPropertyDescriptor(o, k)) => d.value ?? d.get ?? d.set)({",
            "\n});",
        )
    } else {
        ("return (", "\n);")
    };
    let body = string(scope, &format!("{strict}{before}{text}{after}"))?;
    let mut parameters = Vec::new();
    for name in names.split(',').filter(|name| !name.is_empty()) {
        parameters.push(string(scope, name)?);
    }
    v8::tc_scope!(let caught, scope);
    // Line and column of errors are those of the file in which the function stands, and so is what import() starts from.
    let origin = match place {
        Some(place) => {
            let script = string(caught, &place.script)?.into();
            let column = place.column - (strict.len() + before.len()) as i32;
            Some(v8::ScriptOrigin::new(caught, script, place.line, column, false, -1, None, false, false, false, None))
        }
        None => None,
    };
    let cache = code.cache.get();
    let (mut source, options) = match cache {
        Some(bytes) => {
            let source = Source::new_with_cached_data(body, origin.as_ref(), CachedData::new(bytes));
            (source, CompileOptions::ConsumeCodeCache)
        }
        None => (Source::new(body, origin.as_ref()), CompileOptions::NoCompileOptions),
    };
    let reason = NoCacheReason::NoReason;
    let function = compile_function(caught, &mut source, &parameters, &[], options, reason);
    let Some(function) = function else { return Err(decorate_and_rethrow(caught)) };
    if source.get_cached_data().is_some_and(|data| !data.rejected()) {
        tracing::debug!(code = code.id, "compiled with the code cache of another isolate");
    }
    if cache.is_none() && text.len() >= WORTH_CACHING {
        desk.keep_compiled(code, v8::Global::new(caught, function));
    }
    rv.set(function.into());
    Ok(())
}

/// `shield()`: no task is ended by force from here on, but noted as one to end.
fn shield(scope: Scope, _: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    if let Some(desk) = Desk::of(scope) {
        desk.pool.schedule.shield(desk.place.seat);
    }
    Ok(())
}

/// `unshield()`: ends what `shield()` began.
fn unshield(scope: Scope, _: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    if let Some(desk) = Desk::of(scope) {
        desk.unshield();
    }
    Ok(())
}

/// `leave(job, position)`: the task there ends its job as `exit` would, and the isolate takes no more of them.
fn leave(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let (job, position) = (arg_f64(scope, args, 0)?, arg_i32(scope, args, 1)?);
    if let Some(desk) = Desk::of(scope) {
        desk.leave(job as u64, position);
    }
    Ok(())
}

/// `exit(job)`: ends the isolate, and the job with it; 0 for none. Does not return to JavaScript.
fn exit(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let job = arg_f64(scope, args, 0)?;
    if let Some(desk) = Desk::of(scope) {
        desk.exit(job as u64);
        scope.terminate_execution();
    }
    Ok(())
}

/// `listen(job)`: its task took its signal. What `asked` gives.
fn listen(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let job = arg_f64(scope, args, 0)?;
    let reason = Desk::of(scope).and_then(|desk| desk.pool.schedule.listen(job as u64));
    rv.set_int32(reason.map_or(0, |reason| JobEnd::from(reason) as i32));
    Ok(())
}

/// `asked(job)`: why it is to end before it is done, as the end it would have; 0 where it is not.
fn asked(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let job = arg_f64(scope, args, 0)?;
    let reason = Desk::of(scope).and_then(|desk| desk.pool.schedule.asked(job as u64));
    rv.set_int32(reason.map_or(0, |reason| JobEnd::from(reason) as i32));
    Ok(())
}

/// `setContextKey(key)`: what frames of the async context know jobs by; each has its number as property `number`.
fn set_context_key(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let key = v8::Global::new(scope, args.get(0));
    if let Some(desk) = Desk::of(scope) {
        desk.set_context_key(key);
    }
    Ok(())
}

/// `aboutToFill(array, from, to)`: all bytes of a typed array between these will be written next. New memory comes sooner where
/// its pages are asked for together than where each is missed when it is written to.
fn about_to_fill(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let region = arg_region(args, 0)?;
    let (from, to) = (arg_f64(scope, args, 1)? as usize, arg_f64(scope, args, 2)? as usize);
    if from < to && to <= region.len {
        populate(&region, from, to);
    }
    Ok(())
}

/// `from` is below `to`, which is not beyond the end of `region`.
#[cfg(target_os = "linux")]
fn populate(region: &Region, from: usize, to: usize) {
    use rustix::mm::{Advice, madvise};
    let page = rustix::param::page_size();
    let before = region.as_ptr().addr().wrapping_add(from) % page;
    let start = region.as_ptr().wrapping_add(from).wrapping_sub(before);
    let length = (before + to - from).next_multiple_of(page);
    // SAFETY: each of these pages has a byte of `region` in it, so all of them are there, and stay while it is borrowed. The advice
    // changes nothing of what is in them.
    let advised = unsafe { madvise(start.cast(), length, Advice::LinuxPopulateWrite) };
    // With a system that does not know it, they come one by one.
    let _ = advised;
}

#[cfg(not(target_os = "linux"))]
fn populate(_: &Region, _: usize, _: usize) {}
