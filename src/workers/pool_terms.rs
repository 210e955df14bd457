//! The terms of a pool's schedule (`pool_schedule.rs`): what it knows of jobs and isolates, and what it says. No V8 type, no
//! state; any thread.

use std::sync::Arc;

use super::claim::Claim;

/// An isolate's place in the pool: the number of the seat, and the isolate that sits there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) seat: usize,
    pub(crate) isolate: u64,
}

/// A unit of work, as far as the schedule looks at it.
pub(crate) trait Work {
    /// Names it in the process.
    fn id(&self) -> u64;
    /// Larger goes first.
    fn priority(&self) -> i32;
    /// The isolate of the task that submitted it.
    fn parent(&self) -> Option<Place>;
    /// How many tasks it counts for.
    fn size(&self) -> usize;
    /// Whether it may have ruined an isolate before: it shares none, but with jobs that its own task submits.
    fn is_suspect(&self) -> bool;
    /// Of a job of several tasks: which of them its isolate has begun.
    fn claim(&self) -> Option<Arc<Claim>>;
}

/// A thread with its isolate, as other threads may use it.
pub(crate) trait Server: Clone {
    /// Makes the thread call [`Schedule::next`] soon, if it is outside of JavaScript.
    fn wake(&self);
    /// Makes the running JavaScript throw what cannot be caught.
    fn terminate(&self);
    /// Withdraws [`terminate`](Self::terminate), whether or not it took effect.
    fn withdraw(&self);
    /// Makes the isolate terminate itself if its JavaScript turns out to belong to `job`, or, where it is `likely`, unless it
    /// turns out to belong to another.
    fn terminate_if(&self, job: u64, likely: bool);
}

/// Why a job is to end before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Its owner does not want it any more.
    Cancelled,
    /// It had its time.
    TimedOut,
}

/// What a thread is to do about a job that awaits something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Abort its signal.
    Abort(u64, Reason),
    /// Drop it.
    Abandon(u64, Reason),
}

impl Order {
    /// Whether the job is dropped in the middle of what it awaits.
    pub(crate) fn drops(self) -> bool {
        matches!(self, Self::Abandon(..))
    }
}

/// What became of a job that was submitted.
#[derive(Debug)]
pub(crate) enum Submitted<J> {
    /// Somebody will take it.
    Queued,
    /// A thread has to be started for this seat.
    Start(usize),
    /// The pool is closed, the isolate it was meant for is gone, or nobody is left who could run it; which then goes for others
    /// that waited, too.
    Refused(Vec<J>),
}

/// What a thread outside of JavaScript does next.
#[derive(Debug)]
pub(crate) enum Next<J> {
    /// The job it ran was terminated.
    Terminated(u64, Reason),
    /// A termination may have met what ran after the job that it was meant for.
    Unwound,
    /// See [`Order`].
    Order(Order),
    /// Run this.
    Job(J),
    /// Turn the loop until woken.
    Wait,
    /// Drop the isolate: it is doomed, and nothing is under way in it. These jobs were for it alone.
    Drop(Vec<J>),
    /// The pool has no use for the thread; the seat is given up.
    Leave(Vec<J>),
    /// The process ends: never touch V8 again.
    Halt,
}

/// What a cancellation met.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cancelled<J> {
    /// The job had not begun, and never will.
    BeforeStart(J),
    /// Its signal is being aborted; it may be forced later.
    Asked,
    /// It is being ended.
    Forced,
    /// It is over, but not quite: see the module's documentation.
    Stray,
    /// It is over.
    TooLate,
}
