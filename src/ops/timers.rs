//! `internalBinding('timers')`: the clock and the single native deadline behind `js/internal/timers.js`.

use super::args::{arg_bool, arg_f64};
use super::state::event_loop;
use super::{OpDecl, OpResult};
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("now", 0, now),
    op!("schedule", 1, schedule),
    op!("setTimerRef", 1, set_timer_ref),
    op!("immediateWords", 0, immediate_words),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

/// `now()`: loop time in whole ms.
fn now(scope: Scope, _: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    // Read anew when asked from JavaScript: a long-running callback would otherwise start timers in the past, as
    // libuv's do. Node does not; but no script can tell except by timers being late less often.
    rv.set_double(event_loop(scope).now());
    Ok(())
}

/// `schedule(next)`: deadline in ms of loop time; 0 for none, negative where it does not keep the loop alive.
fn schedule(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let next = arg_f64(scope, args, 0)?;
    event_loop(scope).set_timer(next);
    Ok(())
}

fn set_timer_ref(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let referenced = arg_bool(scope, args, 0);
    event_loop(scope).set_timer_ref(referenced);
    Ok(())
}

/// `immediateWords()`: the `Uint32Array` [waiting, referenced] the check phase reads.
fn immediate_words(scope: Scope, _: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    if let Some(words) = event_loop(scope).immediates.to_array(scope) {
        rv.set(words.into());
    }
    Ok(())
}
