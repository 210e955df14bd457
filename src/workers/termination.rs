//! Ending JavaScript that runs on another thread, without ever hitting the wrong victim.
//!
//! V8's termination request is sticky: sent to an isolate that is idle, it kills whatever runs there next. So the right
//! to terminate is bound to one job: [`JobControl`] knows whether its job waits, runs (and on which isolate) or is over,
//! and both the request and its withdrawal happen under the job's own mutex.
//!
//! *Protocol*, by named steps:
//! - **begin** (runner): waiting → running, publishing the isolate's terminator. Refused when the job was cancelled.
//! - **cancel** (anybody): a waiting job is marked and will be refused by *begin*; a running one is terminated, under
//!   the lock; one that is over is left alone.
//! - **finish** (runner): running → over. If a termination was sent it is withdrawn under the same lock, whether or not
//!   V8 acted on it, so the isolate is clean when the next job begins.
//!
//! Each job has a control of its own, which plays the part of the generation number: a late *cancel* meets a control
//! that is over, never the isolate's next job. `tests/loom.rs` checks both promises.

use super::sync::{Mutex, lock};

/// The two requests a control makes of an isolate. Both may be called from any thread.
pub(crate) trait Terminator {
    /// Makes the running JavaScript throw an exception that cannot be caught.
    fn terminate(&self);
    /// Withdraws [`terminate`](Self::terminate), whether or not it took effect.
    fn withdraw(&self);
}

enum Phase<T> {
    Waiting,
    Running { terminator: T, terminated: bool },
    Cancelled,
    Over,
}

/// What a cancellation met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancelled {
    /// The job had not begun, and never will.
    BeforeStart,
    /// The job runs, and is being terminated.
    WhileRunning,
    /// The job was over, or cancelled before.
    TooLate,
}

/// The state of one job between those who run it and those who may cancel it.
pub(crate) struct JobControl<T> {
    phase: Mutex<Phase<T>>,
}

impl<T: Terminator> JobControl<T> {
    /// The control of a job that waits.
    pub(crate) fn new() -> Self {
        Self { phase: Mutex::new(Phase::Waiting) }
    }

    /// The runner is about to enter JavaScript. `false`: the job was cancelled, do not run it.
    pub(crate) fn begin(&self, terminator: T) -> bool {
        let mut phase = lock(&self.phase);
        if !matches!(*phase, Phase::Waiting) {
            return false;
        }
        *phase = Phase::Running { terminator, terminated: false };
        true
    }

    /// The runner left JavaScript. Says whether the job was terminated meanwhile; the isolate is usable again either way.
    pub(crate) fn finish(&self) -> bool {
        let mut phase = lock(&self.phase);
        match std::mem::replace(&mut *phase, Phase::Over) {
            Phase::Running { terminator, terminated } => {
                if terminated {
                    terminator.withdraw();
                }
                terminated
            }
            _ => false,
        }
    }

    /// Ends the job, wherever it is.
    pub(crate) fn cancel(&self) -> Cancelled {
        let mut phase = lock(&self.phase);
        match &mut *phase {
            Phase::Waiting => {
                *phase = Phase::Cancelled;
                Cancelled::BeforeStart
            }
            Phase::Running { terminator, terminated } => {
                if !*terminated {
                    *terminated = true;
                    terminator.terminate();
                }
                Cancelled::WhileRunning
            }
            Phase::Cancelled | Phase::Over => Cancelled::TooLate,
        }
    }
}
