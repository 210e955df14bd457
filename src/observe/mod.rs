//! What can be known of a running loop.
//!
//! | file | what it is |
//! |---|---|
//! | `stall` | the protocol between a loop and the watch: one word, model-checked |
//! | `histogram` | histograms of `perf_hooks`, over the hdrhistogram crate |
//!
//! What every loop records anyway is in `src/main_loop/record.rs`.

pub(crate) mod histogram;
pub(crate) mod stall;

mod sync {
    //! As `src/workers/sync.rs`: what `stall.rs` names, so that the model checker can bring its own.
    pub(crate) use std::sync::atomic;
}
