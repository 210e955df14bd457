//! `internalBinding('worker')`: Workers for js/node/worker_threads.js and for the bootstrap script of their threads.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use super::args::{List, arg_bool, arg_f64, arg_function, arg_i32, arg_string};
use super::inspector;
use super::process::thread_cpu_usage;
use super::state::{OpState, event_loop, op_state};
use super::v8_engine::{HeapFigures, heap_snapshot};
use super::{OpDecl, OpError, OpResult};
use crate::op;
use crate::permission;
use crate::workers::profiler::{ProfileKind, Profiler};
use crate::workers::questions::Asker;
use crate::workers::resource_limits::{self, Limits};
use crate::workers::structured_clone;
use crate::workers::thread_message;
use crate::workers::worker::{self, ThisWorker, WorkerOptions};

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("prepare", 5, prepare),
    op!("spawn", 9, spawn),
    op!("effectiveLimits", 4, effective_limits),
    op!("terminate", 1, terminate),
    op!("setRef", 2, set_ref),
    op!("threadId", 0, thread_id),
    op!("leave", 1, leave),
    op!("times", 1, times),
    op!("countGrowable", 2, count_growable),
    op!("heapStatistics", 2, heap_statistics),
    op!("heapSnapshot", 2, snapshot),
    op!("cpuUsage", 2, cpu_usage),
    op!("startProfile", 5, start_profile),
    op!("stopProfile", 3, stop_profile),
    op!("announce", 2, announce),
    op!("trackDescriptor", 2, track_descriptor),
    op!("listenToThreads", 1, listen_to_threads),
    op!("postToThread", 4, post_to_thread),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

/// Five limits, from the argument at `first` on.
fn arg_limits<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, first: i32) -> OpResult<Limits> {
    Ok(Limits {
        max_young_generation_mb: arg_f64(scope, args, first)?,
        max_old_generation_mb: arg_f64(scope, args, first + 1)?,
        code_range_mb: arg_f64(scope, args, first + 2)?,
        stack_mb: arg_f64(scope, args, first + 3)?,
        max_array_buffer_mb: arg_f64(scope, args, first + 4)?,
    })
}

/// `prepare(maxYoungMb, maxOldMb, codeRangeMb, stackMb, maxArrayBufferMb)`: a Worker with these limits will follow.
fn prepare<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let limits = arg_limits(scope, args, 0)?;
    // Where there may be none, `spawn` says so.
    if permission::allows(permission::Scope::Worker) {
        worker::prepare(scope, limits);
    }
    Ok(())
}

/// `spawn(name, maxYoungMb, maxOldMb, codeRangeMb, stackMb, maxArrayBufferMb, startup, transferList, onExit)`: the thread
/// id.
fn spawn<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    permission::check(permission::Scope::Worker, "")?;
    let name = arg_string(scope, args, 0)?;
    let limits = arg_limits(scope, args, 1)?;
    let list = super::messaging::arg_list(scope, args, 7)?;
    let on_exit = arg_function(args, 8)?;
    let startup = structured_clone::serialize(scope, args.get(6), &list, None)?;
    let id = worker::spawn(scope, WorkerOptions { name, limits, startup }, on_exit)?;
    rv.set_double(id as f64);
    Ok(())
}

/// `effectiveLimits(maxYoungMb, maxOldMb, codeRangeMb, stackMb)`: the same, with V8's own in the place of 0.
fn effective_limits(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let limits = Limits {
        max_young_generation_mb: arg_f64(scope, args, 0)?,
        max_old_generation_mb: arg_f64(scope, args, 1)?,
        code_range_mb: arg_f64(scope, args, 2)?,
        stack_mb: arg_f64(scope, args, 3)?,
        max_array_buffer_mb: 0.0,
    };
    let values = limits.shown().map(|value| v8::Number::new(scope, value).into());
    rv.set(v8::Array::new_with_elements(scope, &values).into());
    Ok(())
}

/// `countGrowable(buffer, isNew)`: this thread made a growable SharedArrayBuffer, or made one grow.
fn count_growable(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    if let Ok(buffer) = v8::Local::<v8::SharedArrayBuffer>::try_from(args.get(0)) {
        let is_new = arg_bool(scope, args, 1);
        resource_limits::count_growable(scope, buffer, is_new);
    }
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

/// `announce(title, url)`: makes this thread known to debuggers. As bits: one may come, one wants the thread to wait for it.
fn announce(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let (title, url) = (arg_string(scope, args, 0)?, arg_string(scope, args, 1)?);
    let waits = inspector::announce(scope, inspector::target::About { title, url, ..Default::default() });
    rv.set_uint32(u32::from(inspector::may_be_debugged()) | u32::from(waits) << 1);
    Ok(())
}

/// `times(threadId)`: `[loop start, time spent idle, time not]` of a Worker, in ms on the clock of `performance.now()`, or undefined
/// where it does not run.
fn times(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let id = arg_f64(scope, args, 0)?;
    let Some(times) = worker::times(scope, id as u64) else { return Ok(()) };
    let values = times.map(|time| v8::Number::new(scope, time).into());
    rv.set(v8::Array::new_with_elements(scope, &values).into());
    Ok(())
}

/// The thread id and callback that questions begin and end with.
fn asker(scope: Scope, args: Args) -> OpResult<(u64, Asker)> {
    let id = arg_f64(scope, args, 0)?;
    let callback = arg_function(args, args.length() - 1)?;
    Ok((id as u64, Asker::new(scope, callback)))
}

/// `heapStatistics(threadId, callback)`: as `v8.getHeapStatistics()` there.
fn heap_statistics(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let (id, asker) = asker(scope, args)?;
    worker::ask(scope, id, Box::new(move |isolate| asker.answer(Ok(HeapFigures::of(isolate)))));
    Ok(())
}

/// `heapSnapshot(threadId, callback)`: a `Uint8Array` of JSON.
fn snapshot(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let (id, asker) = asker(scope, args)?;
    worker::ask(scope, id, Box::new(move |isolate| asker.answer(Ok(heap_snapshot(isolate)))));
    Ok(())
}

/// `cpuUsage(threadId, callback)`: `[user, system]` of the thread in µs.
fn cpu_usage(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let (id, asker) = asker(scope, args)?;
    worker::ask(scope, id, Box::new(move |_| asker.answer(thread_cpu_usage().map(|usage| List(usage.to_vec())))));
    Ok(())
}

/// Profiles of the isolate that answers.
fn profiler(isolate: &v8::Isolate) -> OpResult<Rc<Profiler>> {
    let gone = || OpError::error("ERR_WORKER_NOT_RUNNING", "Worker instance not running");
    let state = isolate.get_slot::<Rc<RefCell<OpState>>>().ok_or_else(gone)?;
    let mut state = state.try_borrow_mut().map_err(|_| gone())?;
    Ok(state.value::<Profiler>())
}

/// `startProfile(threadId, profileId, isHeap, params, callback)`: `params` in JSON.
fn start_profile(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let profile = arg_f64(scope, args, 1)? as u64;
    let kind = if arg_bool(scope, args, 2) { ProfileKind::Heap } else { ProfileKind::Cpu };
    let params = arg_string(scope, args, 3)?;
    let (id, asker) = asker(scope, args)?;
    let start = move |isolate: &mut v8::Isolate| {
        let agent = inspector::agent::of_isolate(isolate);
        let agent = agent.ok_or_else(|| OpError::error("ERR_WORKER_NOT_RUNNING", "Worker instance not running"))?;
        profiler(isolate)?.start(agent, profile, kind, &params)
    };
    worker::ask(scope, id, Box::new(move |isolate| asker.answer(start(isolate))));
    Ok(())
}

/// `stopProfile(threadId, profileId, callback)`: the profile in JSON.
fn stop_profile(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let profile = arg_f64(scope, args, 1)? as u64;
    let (id, asker) = asker(scope, args)?;
    let stop = move |isolate: &mut v8::Isolate| profiler(isolate)?.stop(profile);
    worker::ask(scope, id, Box::new(move |isolate| asker.answer(stop(isolate))));
    Ok(())
}

/// Descriptors that `fs.open()` gave and `fs.close()` did not close, where they are tracked. They are closed with
/// the isolate.
#[derive(Default)]
struct TrackedDescriptors(RefCell<HashSet<i32>>);

impl Drop for TrackedDescriptors {
    fn drop(&mut self) {
        for descriptor in self.0.get_mut().drain() {
            drop(super::fs::OpenFile::new(descriptor));
        }
    }
}

/// `trackDescriptor(fd, opened)`: whether that was news.
fn track_descriptor(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let descriptor = arg_i32(scope, args, 0)?;
    let opened = arg_bool(scope, args, 1);
    let tracked = op_state(scope).borrow_mut().value::<TrackedDescriptors>();
    let mut tracked = tracked.0.borrow_mut();
    rv.set_bool(if opened { tracked.insert(descriptor) } else { tracked.remove(&descriptor) });
    Ok(())
}

/// `listenToThreads(function or undefined)`: `function(value, sender)` gives what came of it: 0 delivered, 1 nobody
/// listens, 2 a listener threw.
fn listen_to_threads(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let function = v8::Local::<v8::Function>::try_from(args.get(0)).ok();
    thread_message::listen(scope, function);
    Ok(())
}

/// `postToThread(threadId, value, transferList, callback)`: the callback gets the same numbers.
fn post_to_thread<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let to = arg_f64(scope, args, 0)?;
    let list = super::messaging::arg_list(scope, args, 2)?;
    let callback = arg_function(args, 3)?;
    let message = structured_clone::serialize(scope, args.get(1), &list, None)?;
    let from = op_state(scope).borrow().get::<ThisWorker>().map_or(0, |this| this.id);
    thread_message::post(scope, from, to as u64, message, callback);
    Ok(())
}
