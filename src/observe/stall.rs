//! The protocol between a loop and the watch that looks after it from another thread, by one word. No V8, model-checked
//! (`tests/loom.rs`).
//!
//! The word says since when the loop attends to one turn's work, in ns since the process started; or that it rests. A turn
//! that follows another costs the loop one store. The watch looks at the word when that work would have taken too long. A
//! loop that rests must not cost a wake a moment, so the watch may *look away* from it, and is rung for by the loop when it
//! has work again. By named steps:
//!
//! - **begin** (loop, after a rest): the word becomes the time, and what it was is looked at, in one step. Where the watch
//!   had looked away, it is to be rung for.
//! - **renew** (loop, without a rest before): the word becomes the time. The watch never writes while there is a time.
//! - **rest** (loop): the word says so.
//! - **look** (watch): what the word says.
//! - **look away** (watch): turns *resting* into *unwatched*, in one step; fails where the loop began meanwhile.
//!
//! *Look away* and *begin* meet in one word, so one of them sees the other: no work goes unwatched. *Threads:* one loop, one
//! watch.

use super::sync::{AtomicU64, Ordering};

const RESTING: u64 = 0;
const UNWATCHED: u64 = 1;
/// Times are at least this.
const FIRST: u64 = 2;

/// See the module's documentation.
pub(crate) struct StallWord(AtomicU64);

/// What a loop does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Nothing.
    Resting,
    /// One turn's work, since then.
    Busy(u64),
}

impl StallWord {
    /// Of a loop that rests.
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(RESTING))
    }

    /// *begin*. True: the watch is to be rung for.
    pub(crate) fn begin(&self, at: u64) -> bool {
        self.0.swap(at.max(FIRST), Ordering::AcqRel) == UNWATCHED
    }

    /// *renew*.
    pub(crate) fn renew(&self, at: u64) {
        self.0.store(at.max(FIRST), Ordering::Release);
    }

    /// *rest*. After *begin* or *renew* only: what the watch wrote since is not to be lost.
    pub(crate) fn rest(&self) {
        self.0.store(RESTING, Ordering::Release);
    }

    /// *look*.
    pub(crate) fn look(&self) -> Look {
        match self.0.load(Ordering::Acquire) {
            RESTING | UNWATCHED => Look::Resting,
            since => Look::Busy(since),
        }
    }

    /// *look away*. False: the loop has begun.
    pub(crate) fn look_away(&self) -> bool {
        match self.0.compare_exchange(RESTING, UNWATCHED, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => true,
            Err(found) => found == UNWATCHED,
        }
    }
}
