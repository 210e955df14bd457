//! Jobs of the pool: one or more tasks that run the same code, on their way to an isolate, and their outcome on its way
//! back.
//!
//! A job holds tasks in one serialized array, so that a thousand tiny tasks cost a few crossings and not a thousand.
//! Only tasks that nobody can cancel one by one share a job; js/internal/pool/pool.js decides.
//!
//! *Threads:* everything here is `Send`; nothing belongs to a thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::message::Message;
use super::termination::{JobControl, Terminator};
use crate::main_loop::LoopHandle;

/// What tasks run.
pub(crate) struct TaskCode {
    /// Names it within its pool; isolates cache what they compiled by it.
    pub(crate) id: u32,
    /// What the rest means; js/bootstrap/pool.js knows.
    pub(crate) kind: u32,
    /// Text of a function, or URL of a module.
    pub(crate) source: String,
    /// The export, for a module.
    pub(crate) name: String,
}

/// Ends what an isolate of the pool does at the moment.
pub(crate) struct IsolateTerminator {
    pub(crate) isolate: v8::IsolateHandle,
    pub(crate) handle: LoopHandle,
    /// Set together with the request, for a job that awaits something and so runs no JavaScript to terminate.
    pub(crate) asked: Arc<AtomicBool>,
}

impl Terminator for IsolateTerminator {
    fn terminate(&self) {
        self.asked.store(true, Ordering::Release);
        self.isolate.terminate_execution();
        // Wakes the loop, where the job awaits something.
        self.handle.post_job(|_| {});
    }

    fn withdraw(&self) {
        self.asked.store(false, Ordering::Release);
        self.isolate.cancel_terminate_execution();
    }
}

/// The control of a job of the pool.
pub(crate) type Control = JobControl<IsolateTerminator>;

/// A unit of work for one isolate.
pub(crate) struct PoolJob {
    pub(crate) id: u64,
    pub(crate) code: Arc<TaskCode>,
    /// How `payload` is to be read; js/bootstrap/pool.js knows.
    pub(crate) form: u32,
    pub(crate) payload: Message,
    pub(crate) control: Arc<Control>,
}

/// What the isolate says about some of a job's tasks: `kind` tells how to read `value`.
pub(crate) struct Part {
    pub(crate) kind: u32,
    pub(crate) start: u32,
    pub(crate) value: Message,
}

/// How a job ended. The numbers are those of js/internal/pool/pool.js.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobEnd {
    /// Its code ran to the end.
    Finished = 0,
    /// It was cancelled while it waited or while it ran.
    Cancelled = 1,
    /// The heap of its isolate was full.
    OutOfMemory = 2,
    /// It called `process.exit`, or something in its isolate failed without anybody to catch it.
    Exited = 3,
    /// It awaits something, and nothing is left in its isolate that could happen.
    NeverSettles = 4,
    /// No isolate could be made for it.
    NoIsolate = 5,
}

/// A job's way back.
pub(crate) struct Outcome {
    pub(crate) job: u64,
    pub(crate) parts: Vec<Part>,
    pub(crate) end: JobEnd,
    /// How long it ran.
    pub(crate) nanos: u64,
}

impl super::mailbox::Load for Outcome {}
