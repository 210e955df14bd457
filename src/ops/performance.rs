//! `internalBinding('performance')`: the clock behind `performance`, and what the loop tells about its time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::state::event_loop;
use super::{OpDecl, OpResult};
use crate::main_loop::{metrics, process_start};
use crate::op;
use v8::fast_api::{CFunction, CFunctionInfo, Int64Representation, Type};

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("loopMetrics", 1, loop_metrics),
    op!("milestones", 1, milestones),
    op!("now", 0, now, &[NOW_FAST]),
    op!("timeOrigin", 0, time_origin),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
type Rv<'a> = v8::ReturnValue<'a, v8::Value>;

const NOW_FAST: CFunction = CFunction::new(
    now_fast as *const () as _,
    &CFunctionInfo::new(Type::Float64.as_info(), &[Type::V8Value.as_info()], Int64Representation::Number),
);

fn since_origin() -> f64 {
    process_start().elapsed().as_secs_f64() * 1e3
}

/// `now()`: ms since the time origin, which is the start of the process (High Resolution Time, section 4).
fn now(_: Scope, _: Args, mut rv: Rv) -> OpResult {
    rv.set_double(since_origin());
    Ok(())
}

extern "C" fn now_fast(_receiver: v8::Local<v8::Value>) -> f64 {
    since_origin()
}

/// `timeOrigin()`: the time origin in ms since the Unix epoch.
fn time_origin(_: Scope, _: Args, mut rv: Rv) -> OpResult {
    // Both clocks are read once, so that later changes of the wall clock do not move the origin.
    static ORIGIN: std::sync::OnceLock<f64> = std::sync::OnceLock::new();
    let origin = *ORIGIN.get_or_init(|| {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let running = Instant::now().duration_since(process_start());
        wall.saturating_sub(running).as_secs_f64() * 1e3
    });
    rv.set_double(origin);
    Ok(())
}

/// Writes `values` into the `Float64Array` that is the first argument.
fn fill(scope: Scope, args: Args, values: &[f64]) {
    if let Ok(words) = v8::Local::<v8::Float64Array>::try_from(args.get(0)) {
        for (index, value) in (0u32..).zip(values) {
            let value = v8::Number::new(scope, *value);
            words.set_index(scope, index, value.into());
        }
    }
}

/// `loopMetrics(words)`: writes [loop start, loop end, time spent idle, turns, events handled, events waiting, time not
/// idle] into a `Float64Array(7)`; times in ms, the first two on the clock of `now()` and -1 where that has not happened yet.
fn loop_metrics(scope: Scope, args: Args, _: Rv) -> OpResult {
    let figures = event_loop(scope).metrics.snapshot();
    fill(scope, args, &figures);
    Ok(())
}

/// `milestones(words)`: writes [V8 started, context made, bootstrap complete] into a `Float64Array(3)`, in ms on the
/// clock of `now()`.
fn milestones(scope: Scope, args: Args, _: Rv) -> OpResult {
    fill(scope, args, &metrics::milestones());
    Ok(())
}
