//! Every interleaving of the V8-free protocols of `src/workers` and `src/observe`, by the loom model checker. The sources are compiled
//! here a second time against loom's primitives, so neither V8 nor any build flag is involved: `cargo test --test loom`.

mod sync {
    pub(crate) use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering};
    pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};

    pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().expect("no scenario panics while it holds the lock")
    }

    pub(crate) fn wait<'a, T>(changed: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        changed.wait(guard).expect("no scenario panics while it holds the lock")
    }

    /// What the scenarios themselves need.
    pub(crate) mod harness {
        pub(crate) use loom::model;
        pub(crate) use loom::sync::Arc;
        pub(crate) use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
        pub(crate) use loom::thread::{spawn, yield_now};
    }
}

#[path = "../src/workers/claim.rs"]
mod claim;
#[path = "../src/workers/mailbox.rs"]
mod mailbox;
mod models;
#[expect(dead_code, reason = "what the scenarios do not call is for the runtime")]
#[path = "../src/workers/pool_schedule.rs"]
mod pool_schedule;
#[expect(dead_code, reason = "what the scenarios do not call is for the runtime")]
#[path = "../src/workers/pool_terms.rs"]
mod pool_terms;
#[path = "../src/ops/user_code/shared.rs"]
mod shared_code;
#[path = "../src/workers/shield.rs"]
mod shield;
#[path = "../src/workers/spare_seat.rs"]
mod spare_seat;
#[path = "../src/observe/stall.rs"]
mod stall;
#[path = "../src/workers/termination.rs"]
mod termination;
