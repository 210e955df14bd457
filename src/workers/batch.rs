//! Several small messages handed to JavaScript in one call.
//!
//! To enter JavaScript, and to leave it, costs more than all else of a small message. Where several wait in a port that hold
//! nothing but primitive values, up to [`MOST`] are taken from its mailbox at once and their values passed in one call;
//! js/ (`emitBatch` in internal/worker/messaging.js) emits one after the other, with nextTicks and microtasks between them as
//! the loop has it.
//!
//! *What it owns.* The letters of the batch under way, until js/ has returned. *Threads:* the port's own.
//!
//! *Protocol.* js/ counts those that have **begun** in a word. Whatever looks into the mailbox meanwhile, or wants no more
//! messages (receive, stop, close, transfer, a count of what waits), **recalls** the rest first: it goes back to where it was,
//! and another word has js/ return. So does the rest where a callback threw. One batch is under way in an isolate at a time.

use std::cell::RefCell;
use std::collections::VecDeque;

use super::flat;
use super::message::{Body, Message};
use super::port::{Letter, MessagePort, PortMailbox};
use crate::main_loop::tick::tick_word::{BATCH_BEGUN, BATCH_RECALLED};
use crate::main_loop::{LoopShared, tick};

/// How many messages a batch has at most: with these, the call's share of a message is a few nanoseconds.
const MOST: usize = 32;

/// Stands for a shape before a value that is the whole message.
const BARE: i32 = -1;

/// The letters of a port that js/ is being told of.
#[derive(Default)]
pub(super) struct Batch {
    letters: RefCell<VecDeque<Letter>>,
}

/// Whether js/ can be told of it among others.
fn fits(letter: &Letter) -> bool {
    use Body::{Bool, Flat, Null, Number, Undefined};
    matches!(
        letter,
        Letter::Message(Message { body: Undefined | Null | Bool(_) | Number(_) | Flat(_), attachments: None }, 0)
    )
}

/// Appends what js/ is told of `letter`. `None` where V8 cannot make a value, or it does not fit.
fn write<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    letter: &Letter,
    arguments: &mut Vec<v8::Local<'s, v8::Value>>,
) -> Option<()> {
    let Letter::Message(message, _) = letter else { return None };
    let value = match &message.body {
        Body::Flat(bytes) => return flat::read(scope, bytes, |value| arguments.push(value)),
        Body::Undefined => v8::undefined(scope).into(),
        Body::Null => v8::null(scope).into(),
        Body::Bool(value) => v8::Boolean::new(scope, *value).into(),
        Body::Number(value) => v8::Number::new(scope, *value).into(),
        _ => return None,
    };
    arguments.push(v8::Integer::new(scope, BARE).into());
    arguments.push(value);
    Some(())
}

impl Batch {
    /// Takes messages that fit from `inbox`, `most` or [`MOST`]. Whether there were two or more; one alone goes back.
    pub(super) fn take(&self, inbox: &PortMailbox, most: usize) -> bool {
        let mut letters = self.letters.borrow_mut();
        if !letters.is_empty() || most < 2 {
            return false;
        }
        inbox.pop_batch(most.min(MOST), fits, &mut letters);
        if letters.len() == 1 {
            inbox.put_back(&mut letters);
        }
        !letters.is_empty()
    }

    /// Tells `emit` of the messages of the batch. How many have begun.
    pub(super) fn deliver<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        shared: &LoopShared,
        port: &MessagePort,
        object: v8::Local<'s, v8::Object>,
        emit: v8::Local<v8::Function>,
    ) -> usize {
        let undefined = v8::undefined(scope).into();
        let mut arguments = Vec::with_capacity(1 + MOST * 4);
        arguments.push(object.into());
        let mut told = 0;
        for letter in &*self.letters.borrow() {
            let before = arguments.len();
            if write(scope, letter, &mut arguments).is_none() {
                arguments.truncate(before);
                break;
            }
            told += 1;
        }
        shared.ticks.set(BATCH_BEGUN, 0);
        shared.ticks.set(BATCH_RECALLED, 0);
        if told > 0 {
            tick::make_callback(scope, emit, undefined, &arguments);
        }
        let begun = shared.ticks.get(BATCH_BEGUN) as usize;
        self.recall(shared, port);
        begun
    }

    /// What has not begun goes back into the mailbox. Whether there was a batch.
    pub(super) fn recall(&self, shared: &LoopShared, port: &MessagePort) -> bool {
        let mut letters = self.letters.borrow_mut();
        if letters.is_empty() {
            return false;
        }
        shared.ticks.set(BATCH_RECALLED, 1);
        let begun = shared.ticks.get(BATCH_BEGUN) as usize;
        let begun = begun.min(letters.len());
        letters.drain(..begun);
        port.put_back(&mut letters);
        // Of a port without a mailbox, or a closed one, there is nobody to read them.
        letters.clear();
        true
    }
}
