//! Questions to a running Worker from its parent: heap statistics, processor time, profiles, snapshots.
//!
//! A question is a closure that runs on the Worker's thread and needs its isolate, but no JavaScript. It must be answered
//! where the Worker is busy as well as where it sleeps, so asking does two things, and whichever comes first answers:
//! - **interrupt**: V8 is asked to call back where JavaScript next looks for interrupts;
//! - **wake**: a job is posted to the Worker's loop.
//!
//! Both take questions from the same queue until it is empty ([`Questions::take`]), so each is answered once, in order. A
//! question asked before *publish* (`worker.rs`) waits for it. *retire* closes the queue: what is left in it is dropped, and
//! a dropped [`Asker`] answers with ERR_WORKER_NOT_RUNNING.
//!
//! *Threads:* asking from any, answering on the Worker's own.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::sync::lock;
use crate::main_loop::LoopHandle;
use crate::main_loop::completions::OpId;
use crate::ops::async_op;
use crate::ops::{IntoJs, OpError};

/// What runs on the Worker's thread.
pub(crate) type Question = Box<dyn FnOnce(&mut v8::Isolate) + Send>;

/// What one Worker was asked and has not answered; `None` once it is over.
pub(crate) struct Questions(Mutex<Option<VecDeque<Question>>>);

impl Questions {
    /// Nothing was asked.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Some(VecDeque::new())))
    }

    /// Adds a question; false where nobody will answer any more.
    pub(crate) fn push(&self, question: Question) -> bool {
        match &mut *lock(&self.0) {
            Some(queue) => {
                queue.push_back(question);
                true
            }
            None => false,
        }
    }

    /// The oldest question.
    pub(crate) fn take(&self) -> Option<Question> {
        lock(&self.0).as_mut()?.pop_front()
    }

    /// Nobody answers from now on.
    pub(crate) fn close(&self) {
        let left = lock(&self.0).take();
        drop(left);
    }
}

/// Who waits for an answer: an operation of the asking isolate.
pub(crate) struct Asker {
    handle: LoopHandle,
    operation: Option<OpId>,
}

impl Asker {
    /// `callback(error, answer)` of the current isolate; keeps its loop alive until then.
    pub(crate) fn new(scope: &mut v8::PinScope, callback: v8::Local<v8::Function>) -> Self {
        let (id, handle) = async_op::register(scope, callback, true);
        Self { handle, operation: Some(id) }
    }

    /// Gives the answer.
    pub(crate) fn answer<T: IntoJs + Send + 'static>(mut self, answer: Result<T, OpError>) {
        if let Some(id) = self.operation.take() {
            async_op::settle(&self.handle, id, answer);
        }
    }
}

impl Drop for Asker {
    fn drop(&mut self) {
        if let Some(id) = self.operation.take() {
            let error = OpError::error("ERR_WORKER_NOT_RUNNING", "Worker instance not running");
            async_op::settle::<()>(&self.handle, id, Err(error));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_closed_take_nothing_more() {
        let questions = Questions::new();
        assert!(questions.push(Box::new(|_| {})));
        assert!(questions.push(Box::new(|_| {})));
        assert!(questions.take().is_some());
        questions.close();
        assert!(questions.take().is_none());
        assert!(!questions.push(Box::new(|_| {})));
    }
}
