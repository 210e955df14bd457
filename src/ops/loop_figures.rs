//! `internalBinding('loop')`: figures of the loops of this process, and who observes them, for js/internal/loop/.

use std::sync::Arc;

use serde::Serialize;

use super::args::{IntoJs, List, Serialized, arg_bool, arg_f64, arg_function, arg_opt_string, arg_string};
use super::state::event_loop;
use super::v8_engine::heap_snapshot;
use super::{OpDecl, OpResult, histogram};
use crate::main_loop::record::{EventKind, LoopFigures};
use crate::observe::histogram::SharedHistogram;
use crate::observe::observers::{self, Target};
use crate::observe::profiles;
use crate::observe::registry;
use crate::observe::reports::{Place, Whose};
use crate::observe::{trace, watchdog};
use crate::op;
use crate::workers::profiler::ProfileKind;

/// This area's operations.
pub(crate) const OPS: &[OpDecl] = &[
    op!("observe", 4, observe),
    op!("unobserve", 1, unobserve),
    op!("callbackDone", 5, callback_done),
    op!("figures", 1, figures),
    op!("startProfile", 3, start_profile),
    op!("threads", 0, threads),
    op!("traceModule", 3, trace_module),
    op!("isTraced", 0, is_traced),
    op!("writeStalls", 1, write_stalls),
    op!("writeHeapSnapshot", 2, write_heap_snapshot),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
type Rv<'a> = v8::ReturnValue<'a, v8::Value>;

fn nanoseconds(milliseconds: f64) -> u64 {
    (milliseconds * 1e6) as u64
}

/// `observe(threadId or -1 for all, ms, creation, callback)`: a number. `callback(report)` for turns that take so long.
fn observe(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let thread = arg_f64(scope, args, 0)?;
    let target = if thread < 0.0 { Target::All } else { Target::Thread(thread as i64) };
    let threshold = nanoseconds(arg_f64(scope, args, 1)?);
    let creation = arg_bool(scope, args, 2);
    let callback = arg_function(args, 3)?;
    rv.set_double(observers::add(scope, target, threshold, creation, callback) as f64);
    Ok(())
}

/// `unobserve(number)`.
fn unobserve(scope: Scope, args: Args, _: Rv) -> OpResult {
    let id = arg_f64(scope, args, 0)?;
    observers::remove(scope, id as u64);
    Ok(())
}

/// `callbackDone(kind, began, took, callback, created)`: in ms on the clock of `performance.now()`.
fn callback_done(scope: Scope, args: Args, _: Rv) -> OpResult {
    let kind = arg_string(scope, args, 0)?;
    let Some(kind) = EventKind::ALL.into_iter().find(|known| known.name() == kind) else { return Ok(()) };
    let (began, took) = (nanoseconds(arg_f64(scope, args, 1)?), nanoseconds(arg_f64(scope, args, 2)?));
    let created = arg_opt_string(scope, args, 4)?;
    let function = v8::Local::<v8::Function>::try_from(args.get(3)).ok();
    let shared = event_loop(scope);
    shared.callback_done(kind, began, began + took, || {
        (function.map(|function| Place::of_function(scope, function)), None, created)
    });
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Figures {
    #[serde(flatten)]
    whose: Whose,
    /// -1 where the loop has not begun.
    loop_start: f64,
    idle: f64,
    active: f64,
    #[serde(flatten)]
    figures: LoopFigures,
}

/// `figures(threadId)`: [figures, number of the histogram of busy times, that of late wakes]; undefined where there is no
/// such thread.
fn figures(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let thread = arg_f64(scope, args, 0)?;
    let Some(entry) = registry::by_thread(thread as i64) else { return Ok(()) };
    let [loop_start, idle, active] = entry.times.started_idle_active();
    let figures = entry.record.figures();
    let figures = Figures { whose: Whose::of(&entry), loop_start, idle, active, figures };
    let figures = Serialized(figures).into_js(scope)?;
    let histograms = [entry.record.busy_times().copy(), entry.record.late_times().copy()];
    let [busy, late] = histograms.map(|copy| {
        let id = histogram::adopt(scope, Arc::new(SharedHistogram::of(copy)));
        v8::Integer::new_from_unsigned(scope, id).into()
    });
    rv.set(v8::Array::new_with_elements(scope, &[figures, busy, late]).into());
    Ok(())
}

/// `threads()`: whose loops there are.
fn threads(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let mut entries = registry::all();
    entries.retain(|entry| entry.record.thread() >= 0);
    entries.sort_by_key(|entry| entry.record.thread());
    let list = List(entries.iter().map(|entry| Serialized(Whose::of(entry))).collect());
    rv.set(list.into_js(scope)?);
    Ok(())
}

/// `writeHeapSnapshot(thread, path)`: that thread writes a snapshot of its heap, in its next turn.
fn write_heap_snapshot(scope: Scope, args: Args, _: Rv) -> OpResult {
    let (thread, path) = (arg_f64(scope, args, 0)?, arg_string(scope, args, 1)?);
    if let Some(entry) = registry::by_thread(thread as i64) {
        entry.handle.post_job(move |scope| {
            if let Err(error) = std::fs::write(&path, heap_snapshot(scope)) {
                tracing::warn!(%error, path, "the snapshot of a heap cannot be written");
            }
        });
    }
    Ok(())
}

/// `traceModule(name, began, took)`: in ms on the clock of `performance.now()`.
fn trace_module(scope: Scope, args: Args, _: Rv) -> OpResult {
    let name = arg_string(scope, args, 0)?;
    let (began, took) = (nanoseconds(arg_f64(scope, args, 1)?), nanoseconds(arg_f64(scope, args, 2)?));
    trace::slice("module", &name, began, took, &[]);
    Ok(())
}

/// `isTraced()`: whether there is a trace.
fn is_traced(_: Scope, _: Args, mut rv: Rv) -> OpResult {
    rv.set_bool(trace::is_on());
    Ok(())
}

/// `startProfile(isHeap, params, path)`: a profile that is written as this isolate ends; `params` in JSON.
fn start_profile(scope: Scope, args: Args, _: Rv) -> OpResult {
    let kind = if arg_bool(scope, args, 0) { ProfileKind::Heap } else { ProfileKind::Cpu };
    let (params, path) = (arg_string(scope, args, 1)?, arg_string(scope, args, 2)?);
    profiles::start(scope, kind, &params, path.into())
}

/// `writeStalls(ms)`: from how long on stalls of any thread are written to standard error; 0: never.
fn write_stalls(scope: Scope, args: Args, _: Rv) -> OpResult {
    let threshold = arg_f64(scope, args, 0)?;
    watchdog::write_stalls(if threshold > 0.0 { nanoseconds(threshold) } else { u64::MAX });
    Ok(())
}
