//! Messages from any thread to any other, by thread id: `postMessageToThread` of `node:worker_threads`.
//!
//! *Protocol*, by named steps:
//! - **listen**: a thread whose `process` has listeners for 'workerMessage' registers a function.
//! - **post**: the message travels in a job for the other thread's loop. It holds a [`Receipt`], so that the sender hears
//!   of it whatever becomes of the job.
//! - **deliver**: the job reads the message and calls the function, which says what came of it.
//! - **receipt**: the outcome settles an operation of the sender. A receipt dropped on the way, because the thread ended,
//!   says that there was nobody.

use std::cell::RefCell;

use super::message::Message;
use super::structured_clone;
use super::worker;
use crate::main_loop::completions::OpId;
use crate::main_loop::record::EventKind;
use crate::main_loop::{LoopHandle, tick};
use crate::ops::async_op;
use crate::ops::state::{event_loop, op_state};

/// What became of a message. The numbers are js/internal/worker/thread_messages.js's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Delivered = 0,
    /// No such thread, or it does not listen.
    Nobody = 1,
    /// A listener threw.
    Errored = 2,
    /// The thread was ended, by a listener or from outside, while its listeners ran.
    Left = 3,
}

/// *listen*: what this thread registered.
#[derive(Default)]
struct Listener(RefCell<Option<v8::Global<v8::Function>>>);

/// *listen*: `function(value, sender)` gives an [`Outcome`]; none ends it.
pub(crate) fn listen(scope: &mut v8::PinScope, function: Option<v8::Local<v8::Function>>) {
    let function = function.map(|function| v8::Global::new(scope, function));
    let listener = op_state(scope).borrow_mut().value::<Listener>();
    let former = listener.0.replace(function);
    drop(former);
}

/// *receipt*
struct Receipt {
    sender: LoopHandle,
    operation: Option<OpId>,
}

impl Receipt {
    fn sign(mut self, outcome: Outcome) {
        if let Some(id) = self.operation.take() {
            async_op::settle(&self.sender, id, Ok(outcome as u32));
        }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if let Some(id) = self.operation.take() {
            async_op::settle(&self.sender, id, Ok(Outcome::Nobody as u32));
        }
    }
}

/// *post*: `callback(error, outcome)` is called in any case. `from` is the sender's thread id.
pub(crate) fn post(scope: &mut v8::PinScope, from: u64, to: u64, message: Message, callback: v8::Local<v8::Function>) {
    let (id, sender) = async_op::register(scope, callback, true);
    let receipt = Receipt { sender, operation: Some(id) };
    if let Some(target) = worker::loop_of(to) {
        target.post_event(EventKind::Message, move |scope| receipt.sign(deliver(scope, from, message)));
    }
}

/// *deliver*, on the receiving thread.
#[expect(clippy::cast_precision_loss, reason = "thread ids are small")]
fn deliver(scope: &mut v8::PinScope, from: u64, message: Message) -> Outcome {
    let listener = op_state(scope).borrow_mut().value::<Listener>();
    let Some(function) = listener.0.borrow().clone() else { return Outcome::Nobody };
    let Some((value, _)) = read(scope, message) else { return Outcome::Errored };
    let function = v8::Local::new(scope, function);
    let sender = v8::Number::new(scope, from as f64).into();
    let this = v8::undefined(scope).into();
    let shared = event_loop(scope);
    // The function catches whatever is thrown.
    let Some(answer) = tick::call_for_value(scope, &shared, function, this, &[value, sender]) else {
        return Outcome::Left;
    };
    match answer.uint32_value(scope) {
        Some(0) => Outcome::Delivered,
        Some(1) => Outcome::Nobody,
        _ => Outcome::Errored,
    }
}

/// The message's value; `None` where it cannot be read here.
fn read<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    message: Message,
) -> Option<(v8::Local<'s, v8::Value>, Vec<v8::Local<'s, v8::Value>>)> {
    v8::tc_scope!(let caught, scope);
    let read = structured_clone::deserialize(caught, message);
    if read.is_none() && !caught.has_terminated() {
        caught.reset();
    }
    read
}
