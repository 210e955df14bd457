//! Which tasks of a job its isolate has begun, and which it may still begin.
//!
//! Tasks of one job run one after the other. Two others have a say in that: the owner, who takes the rest of a job back when
//! a task keeps its thread longer than thought and other threads have nothing to do; and the watch, who ends the task
//! whose time is up, and none that came after it.
//!
//! *What it owns.* Two words of memory, which the JavaScript of the isolate sees too: js/internal/pool/job_runner.js does what
//! [`Claim::begin`] does, without a call. *Which thread may call what.* The isolate's thread begins tasks; anybody may take
//! back or stop.
//!
//! *Protocol.* One word holds how many tasks were begun, and where the job ends; every step replaces it as a whole.
//! - **begin** (the isolate, for all tasks but the first): notes the time, then counts the task as begun, unless it is no
//!   longer the job's or the job was stopped.
//! - **take back** (the owner): the job ends with the task under way.
//! - **stop** (the watch): reads the time and stops the job, unless a task was begun in between. The time is noted *before* a
//!   task counts as begun, so the one that is read is that of the task counted last, or a later one, which is early
//!   by no more than it takes to look again.
//!
//! `tests/models/claim.rs` checks: each task is begun or taken back, never both; a stop meets the task whose time it read.

use super::sync::{AtomicU32, AtomicU64, Ordering};

/// Set once the job was stopped.
const STOPPED: u32 = 1 << 31;
/// Tasks begun stand above this bit, the end of the job below.
const BEGUN: u32 = 16;
const END: u32 = (1 << BEGUN) - 1;

/// The most tasks a job with a claim may have.
pub(crate) const MOST_TASKS: u32 = 0x7fff;

/// See the module's documentation. The layout is known to js/internal/pool/job_runner.js.
#[repr(C)]
pub(crate) struct Claim {
    /// When the task under way began: the bits of an `f64`, ms since the start of the process.
    began: AtomicU64,
    word: AtomicU32,
    /// Whether JavaScript is to note times: 0 or 1.
    timed: u32,
}

/// What came of the wish to begin a task.
#[allow(dead_code, reason = "for the models")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begun {
    Yes,
    /// It was taken back, and what comes after it.
    TakenBack,
    /// The time of the task before it was up.
    Stopped,
}

/// What the watch found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Overdue {
    /// The task under way has its time; the job is stopped.
    Stopped,
    /// It has so many ms left.
    Left(f64),
}

impl Claim {
    /// Of a job of `tasks` tasks.
    pub(crate) fn new(tasks: u32, timed: bool) -> Self {
        Self {
            began: AtomicU64::new(0_f64.to_bits()),
            word: AtomicU32::new(1 << BEGUN | tasks.min(MOST_TASKS)),
            timed: u32::from(timed),
        }
    }

    /// The first task begins at `now` (ms). To be called before anybody may stop the job.
    pub(crate) fn start(&self, now: f64) {
        self.began.store(now.to_bits(), Ordering::SeqCst);
    }

    /// *begin*, of the task at `index` > 0 at `now`.
    #[allow(dead_code, reason = "for the models: in the runtime it is JavaScript that does this")]
    pub(crate) fn begin(&self, index: u32, now: f64) -> Begun {
        if self.timed != 0 {
            self.began.store(now.to_bits(), Ordering::SeqCst);
        }
        let mut word = self.word.load(Ordering::SeqCst);
        loop {
            if word & STOPPED != 0 {
                return Begun::Stopped;
            }
            if index >= word & END {
                return Begun::TakenBack;
            }
            let begun = (index + 1) << BEGUN | word & END;
            match self.word.compare_exchange(word, begun, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => return Begun::Yes,
                Err(now) => word = now,
            }
        }
    }

    /// *take back*. Gives the index of the first task that is not the job's any more, if there is one.
    pub(crate) fn take_back(&self) -> Option<u32> {
        let mut word = self.word.load(Ordering::SeqCst);
        loop {
            let begun = (word & !STOPPED) >> BEGUN;
            if word & STOPPED != 0 || begun >= word & END {
                return None;
            }
            match self.word.compare_exchange(word, begun << BEGUN | begun, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => return Some(begun),
                Err(now) => word = now,
            }
        }
    }

    /// *stop*, if the task under way has run for `limit` ms at `now`.
    pub(crate) fn stop_overdue(&self, limit: f64, now: f64) -> Overdue {
        loop {
            let word = self.word.load(Ordering::SeqCst);
            let left = f64::from_bits(self.began.load(Ordering::SeqCst)) + limit - now;
            if left > 0.0 {
                return Overdue::Left(left);
            }
            let stopped = word | STOPPED;
            if self.word.compare_exchange(word, stopped, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
                return Overdue::Stopped;
            }
        }
    }

    /// How many tasks were begun.
    #[allow(dead_code, reason = "not by the models")]
    pub(crate) fn begun(&self) -> u32 {
        (self.word.load(Ordering::SeqCst) & !STOPPED) >> BEGUN
    }

    /// How many tasks are the job's.
    pub(crate) fn tasks(&self) -> u32 {
        self.word.load(Ordering::SeqCst) & END
    }
}
