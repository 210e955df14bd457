//! `internalBinding('locks')`: the Web Locks that all threads share, for js/web/locks.js (`src/workers/locks.rs`).

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::args::{arg_bool, arg_function, arg_string, arg_u32, key};
use super::state::{event_loop, op_state};
use super::{OpDecl, OpError, OpResult};
use crate::main_loop::{LoopHandle, tick};
use crate::op;
use crate::workers::locks::{self, Answer, LockClient, Request};
use crate::workers::worker::ThisWorker;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("setup", 1, setup),
    op!("request", 5, request),
    op!("release", 2, release),
    op!("abort", 2, abort),
    op!("query", 0, query),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

/// This isolate's part in the locks.
#[derive(Default)]
struct State {
    client: OnceCell<LockClient>,
    on_notice: OnceCell<v8::Global<v8::Function>>,
}

fn state(scope: &v8::PinScope) -> Rc<State> {
    op_state(scope).borrow_mut().value::<State>()
}

fn client<'a>(scope: &v8::PinScope, state: &'a State) -> &'a LockClient {
    state.client.get_or_init(|| {
        let this = op_state(scope).borrow().get::<ThisWorker>();
        LockClient::new(this.map_or(0, |this| this.id))
    })
}

/// What js/ is told of a request.
#[derive(Clone, Copy)]
enum Notice {
    Granted = 0,
    Refused = 1,
    Stolen = 2,
}

/// Tells js/ on the loop of `handle`.
fn notify(handle: &LoopHandle, ticket: u32, notice: Notice) {
    handle.post_job(move |scope| {
        let state = state(scope);
        let Some(function) = state.on_notice.get() else { return };
        let function = v8::Local::new(scope, function);
        let ticket = v8::Integer::new_from_unsigned(scope, ticket).into();
        let notice = v8::Integer::new_from_unsigned(scope, notice as u32).into();
        let this = v8::undefined(scope).into();
        tick::make_callback(scope, function, this, &[ticket, notice]);
    });
}

/// `setup(onNotice)`: `onNotice(ticket, 0 granted | 1 not available | 2 stolen)`.
fn setup(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let function = v8::Global::new(scope, arg_function(args, 0)?);
    let _ = state(scope).on_notice.set(function);
    Ok(())
}

/// An answer that comes while the request is still being made is its return value and no notice.
const MAKING: u32 = 10;
const MADE: u32 = 11;

/// `request(name, exclusive, ifAvailable, steal, ticket)`: what [`Notice`] would tell, where that is known at once.
fn request(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let name = arg_string(scope, args, 0)?;
    let (exclusive, if_available, steal) =
        (arg_bool(scope, args, 1), arg_bool(scope, args, 2), arg_bool(scope, args, 3));
    let ticket = arg_u32(scope, args, 4)?;
    let handle = event_loop(scope).handle();
    let stolen = handle.clone();
    let phase = Arc::new(AtomicU32::new(MAKING));
    let answered = phase.clone();
    let state = state(scope);
    client(scope, &state).request(Request {
        ticket,
        name,
        exclusive,
        if_available,
        steal,
        on_answer: Box::new(move |answer| {
            let notice = match answer {
                Answer::Granted => Notice::Granted,
                Answer::Refused => Notice::Refused,
            };
            let early = answered.compare_exchange(MAKING, notice as u32, Ordering::AcqRel, Ordering::Relaxed);
            if early.is_err() {
                notify(&handle, ticket, notice);
            }
        }),
        on_stolen: Box::new(move || notify(&stolen, ticket, Notice::Stolen)),
    });
    let notice = phase.swap(MADE, Ordering::AcqRel);
    if notice != MAKING {
        rv.set_uint32(notice);
    }
    Ok(())
}

/// `release(name, ticket)`
fn release(scope: Scope, args: Args, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let name = arg_string(scope, args, 0)?;
    let ticket = arg_u32(scope, args, 1)?;
    let state = state(scope);
    client(scope, &state).release(&name, ticket);
    Ok(())
}

/// `abort(name, ticket)`: whether the request was still waiting.
fn abort(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let name = arg_string(scope, args, 0)?;
    let ticket = arg_u32(scope, args, 1)?;
    let state = state(scope);
    rv.set_bool(client(scope, &state).abort(&name, ticket));
    Ok(())
}

/// `query()`: objects `{ name, exclusive, thread, held }`; what is held first.
#[expect(clippy::cast_precision_loss, reason = "thread ids are small")]
fn query(scope: Scope, _: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let mut list = Vec::new();
    for info in locks::manager().query() {
        let object = v8::Object::new(scope);
        let name = super::args::string(scope, &info.name)?.into();
        let exclusive = v8::Boolean::new(scope, info.exclusive).into();
        let thread = v8::Number::new(scope, info.client as f64).into();
        let held = v8::Boolean::new(scope, info.held).into();
        for (property, value) in [("name", name), ("exclusive", exclusive), ("thread", thread), ("held", held)] {
            object.set(scope, key(scope, property).into(), value).ok_or_else(OpError::pending)?;
        }
        list.push(object.into());
    }
    rv.set(v8::Array::new_with_elements(scope, &list).into());
    Ok(())
}
