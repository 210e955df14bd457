//! Jobs of the pool: one or more tasks that run the same code, on their way to an isolate, and their outcome on its way
//! back.
//!
//! A job holds tasks in one serialized array, so that a thousand tiny tasks cost a few crossings and not a thousand.
//! Only tasks that nobody can cancel one by one share a job; js/internal/pool/scheduler.js decides. `claim.rs` keeps them apart
//! where time limits and idle threads are concerned.
//!
//! *Threads:* everything here is `Send`; nothing belongs to a thread.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::claim::Claim;
use super::mailbox::{Load, Mailbox, Wake};
use super::message::Message;
use super::pool_schedule::{Place, Reason, Work};
use crate::main_loop::LoopHandle;

/// What tasks run.
pub(crate) struct TaskCode {
    /// Names it within the process; isolates cache what they compiled by it.
    pub(crate) id: u32,
    /// What the rest means; js/internal/pool/task_code.js knows.
    pub(crate) kind: u32,
    /// Text of a function, or URL of a module.
    pub(crate) source: String,
    /// The export, for a module.
    pub(crate) name: String,
    /// Where a function was written, if it is known.
    pub(crate) place: Option<CodePlace>,
    /// V8's code cache of a function, from the first isolate that had time to make it.
    pub(crate) cache: OnceLock<Vec<u8>>,
}

/// Where the text of a function begins.
pub(crate) struct CodePlace {
    /// What V8 calls the script: a URL or a path.
    pub(crate) script: String,
    /// From 0.
    pub(crate) line: i32,
    /// From 0.
    pub(crate) column: i32,
}

/// A unit of work for one isolate.
pub(crate) struct PoolJob {
    pub(crate) id: u64,
    pub(crate) code: Arc<TaskCode>,
    /// How `payload` is to be read; js/internal/pool/job_runner.js knows.
    pub(crate) form: u32,
    pub(crate) payload: Message,
    pub(crate) priority: i32,
    /// How many tasks it counts for.
    pub(crate) size: u32,
    /// It was under way in an isolate that was lost, and is not nested.
    pub(crate) suspect: bool,
    /// How long it may run.
    pub(crate) timeout: Option<Duration>,
    pub(crate) parent: Option<Place>,
    /// The task's job, of that isolate's, that submitted it; 0 where that cannot be told, or none did.
    pub(crate) parent_job: u64,
    pub(crate) submitted: Instant,
    pub(crate) reply: Arc<Reply>,
    /// Which of its tasks were begun, if it has several.
    pub(crate) claim: Option<Arc<Claim>>,
}

impl Work for PoolJob {
    fn id(&self) -> u64 {
        self.id
    }

    fn priority(&self) -> i32 {
        self.priority
    }

    fn parent(&self) -> Option<Place> {
        self.parent
    }

    fn size(&self) -> usize {
        self.size as usize
    }

    fn is_suspect(&self) -> bool {
        self.suspect
    }

    fn claim(&self) -> Option<Arc<Claim>> {
        self.claim.clone()
    }
}

/// A number for a job, or for an isolate of a pool: unique in the process, never 0.
pub(crate) fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// What the isolate says about some of a job's tasks: `kind` tells how to read `value`.
pub(crate) struct Part {
    pub(crate) kind: u32,
    pub(crate) start: u32,
    pub(crate) value: Message,
}

/// How a job ended. The numbers are those of js/internal/pool/protocol.js.
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
    /// No isolate could be made for it, or the one it was meant for is gone.
    NoIsolate = 5,
    /// Its time was up.
    TimedOut = 6,
    /// It goes on; or, of no job, something its isolate has to tell.
    Notice = 7,
    /// It awaited something in an isolate that another task's end took down.
    Lost = 8,
    /// Of no job: the threads of the pool have ended.
    Closed = 9,
}

impl From<Reason> for JobEnd {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Cancelled => Self::Cancelled,
            Reason::TimedOut => Self::TimedOut,
        }
    }
}

/// A job's way back.
pub(crate) struct Outcome {
    pub(crate) job: u64,
    pub(crate) parts: Vec<Part>,
    pub(crate) end: JobEnd,
    /// The task that was under way when it ended.
    pub(crate) position: i32,
    /// See [`PoolJob::parent_job`].
    pub(crate) parent_job: u64,
    /// How long it waited for a thread, and how long it ran.
    pub(crate) waited: Duration,
    pub(crate) ran: Duration,
}

impl Outcome {
    /// Of a job that never ran.
    pub(crate) fn unbegun(job: &PoolJob, end: JobEnd) -> Self {
        let waited = job.submitted.elapsed();
        Self { parent_job: job.parent_job, waited, ..Self::new(job.id, end, Vec::new()) }
    }

    /// Of no job, about the pool.
    pub(crate) fn of_pool(end: JobEnd) -> Self {
        Self::new(0, end, Vec::new())
    }

    /// Something said while the job goes on; of job 0, by an isolate.
    pub(crate) fn notice(job: u64, parent_job: u64, part: Part) -> Self {
        Self { parent_job, ..Self::new(job, JobEnd::Notice, vec![part]) }
    }

    fn new(job: u64, end: JobEnd, parts: Vec<Part>) -> Self {
        Self { job, parts, end, position: 0, parent_job: 0, waited: Duration::ZERO, ran: Duration::ZERO }
    }
}

impl Load for Outcome {}

/// Wakes the loop of a pool's owner.
#[derive(Clone)]
pub(crate) struct PoolWaker {
    pub(crate) handle: LoopHandle,
    pub(crate) pool: u32,
}

impl Wake for PoolWaker {
    fn wake(&self) {
        super::pool::post_settle(&self.handle, self.pool);
    }
}

/// Where the outcomes of an owner's jobs go.
pub(crate) type Reply = Mailbox<Outcome, PoolWaker>;
