//! What can be known of a running loop.
//!
//! | file | what it is |
//! |---|---|
//! | `registry` | the loops there are, for other threads |
//! | `observation`, `reports` | what is gathered of a turn somebody observes; what is told of it |
//! | `observers` | who wants to hear of slow turns |
//! | `watchdog` | the thread that notices a stall while it lasts, and has the isolate say where |
//! | `stall` | the protocol between a loop and that thread: one word, model-checked |
//! | `histogram` | histograms of `perf_hooks`, over the hdrhistogram crate |
//! | `trace` | the trace of `--trace-out` |
//!
//! What every loop records anyway is in `src/main_loop/record.rs`.

pub(crate) mod histogram;
pub(crate) mod observation;
pub(crate) mod observers;
pub(crate) mod registry;
pub(crate) mod reports;
pub(crate) mod stall;
pub(crate) mod trace;
pub(crate) mod watchdog;

use crate::cli::Cli;
use crate::workers::sync;

/// Does what the command line says, before the first isolate is made.
pub fn start(cli: &Cli) {
    if let Some(threshold) = cli.stall_threshold() {
        watchdog::write_stalls(threshold);
    }
}
