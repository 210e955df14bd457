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
//! | `density` | how the values of one are spread (`histogram.qrde`) |
//! | `profiles` | profiles of a whole run (`--cpu-prof`, `--heap-prof`) |
//! | `monitor` | what `weft top` of another process is told (`--monitor`) |
//! | `trace` | the trace of `--trace-out` |
//!
//! What every loop records anyway is in `src/main_loop/record.rs`.

pub(crate) mod density;
pub(crate) mod histogram;
#[cfg(unix)]
pub(crate) mod monitor;
pub(crate) mod observation;
pub(crate) mod observers;
pub(crate) mod profiles;
pub(crate) mod registry;
pub(crate) mod reports;
pub(crate) mod stall;
pub(crate) mod trace;
pub(crate) mod watchdog;

use crate::cli::Cli;
use crate::workers::sync;

/// Does what the command line says, before the first isolate is made.
///
/// # Errors
/// What the process cannot go on without, for its user to read.
pub fn start(cli: &Cli) -> Result<(), String> {
    if let Some(path) = cli.text("--trace-out") {
        trace::start(path).map_err(|error| format!("--trace-out: {path}: {error}"))?;
    }
    if let Some(threshold) = cli.stall_threshold() {
        watchdog::write_stalls(threshold);
    }
    if cli.switch("--monitor") {
        start_monitor(cli).map_err(|error| format!("--monitor: {error}"))?;
    }
    Ok(())
}

#[cfg(unix)]
fn start_monitor(cli: &Cli) -> std::io::Result<()> {
    let words =
        [cli.argv0.as_str()].into_iter().chain(cli.script.as_deref()).chain(cli.args.iter().map(String::as_str));
    monitor::start(words.collect::<Vec<_>>().join(" "))
}

#[cfg(not(unix))]
fn start_monitor(_: &Cli) -> std::io::Result<()> {
    Err(std::io::Error::new(std::io::ErrorKind::Unsupported, "it is not implemented on this platform"))
}

/// A signal may end the process: what was gathered until now is written.
pub(crate) fn before_signal(scope: &mut v8::PinScope) {
    profiles::finish(scope);
    trace::flush();
}

/// Completes what [`start`] began, as the process ends. No isolate of another thread runs any more.
pub(crate) fn finish() {
    trace::finish();
    #[cfg(unix)]
    monitor::finish();
}
