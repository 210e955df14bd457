//! `internalBinding('timers')`: the clock and the single native deadline behind `js/internal/timers.js`.

use v8::fast_api::{CFunction, CFunctionInfo, Int64Representation, Type};

use super::args::arg_f64;
use super::state::event_loop;
use super::{OpDecl, OpResult};
use crate::main_loop::clock;
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[op!("now", 0, now, &[NOW_FAST]), op!("schedule", 1, schedule), op!("words", 0, words)];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

/// `now()`: what loop time would be if it were read now, in ms and parts of them. A timer that is set after a long
/// callback must not begin with that callback.
fn now(_: Scope, _: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    rv.set_double(clock());
    Ok(())
}

/// `now` from optimised code: each timer that is set asks for it. The clock is the process's, so the isolate is not looked at.
extern "C" fn now_fast(_receiver: v8::Local<v8::Value>) -> f64 {
    clock()
}

const NOW_FAST: CFunction = CFunction::new(
    now_fast as *const std::ffi::c_void,
    &CFunctionInfo::new(Type::Float64.as_info(), &[Type::V8Value.as_info()], Int64Representation::Number),
);

/// `schedule(next)`: deadline in ms of loop time; 0 for none.
fn schedule(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let next = arg_f64(scope, args, 0)?;
    event_loop(scope).set_timer(next);
    Ok(())
}

/// `words()`: the `Uint32Array` of how many immediates and timers there are, and how many keep the loop alive.
fn words(scope: Scope, _: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    if let Some(words) = event_loop(scope).timer_words.to_array(scope) {
        rv.set(words.into());
    }
    Ok(())
}
