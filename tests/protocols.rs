//! The scenarios of `tests/models` on real threads and the standard library's primitives, some thousand times each.

#[path = "../src/workers/sync.rs"]
mod real_sync;

mod sync {
    pub(crate) use super::real_sync::*;

    /// What the scenarios themselves need.
    pub(crate) mod harness {
        pub(crate) use std::sync::Arc;
        pub(crate) use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
        pub(crate) use std::thread::{spawn, yield_now};

        pub(crate) fn model(scenario: impl Fn()) {
            for _ in 0..2000 {
                scenario();
            }
        }
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
