//! Entry of the `weft` binary: command line, V8, the main isolate, its loop, the exit code.

#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;

use weft::cli::{Action, Cli, Value, completion, help};
use weft::error_display::write_stderr;
use weft::js_runtime::{HeapLimits, IsolateKind, JsRuntime, RuntimeOptions};

#[cfg(not(feature = "system-malloc"))]
#[global_allocator]
static ALLOCATOR: weft::allocator::Allocator = weft::allocator::Allocator;

/// Node's exit code for a command line that cannot be followed.
const USAGE: u8 = 9;
const SUCCESS: u8 = 0;
const FAILURE: u8 = 1;

/// Rust's own start reads what the system says of all mappings, to tell a stack that overflowed from other faults, and sets up a
/// stack for that. JavaScript's overflows are V8's to notice, so this program does without it (a fault ends it as it does any other)
/// and does the rest itself.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
// SAFETY: nothing else defines `main` where there is no other start.
#[unsafe(no_mangle)]
extern "C" fn main() -> std::ffi::c_int {
    weft::ops::signals::ignore_broken_pipes();
    weft::ops::stdio::open_closed_ones();
    start().into()
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn main() -> std::process::ExitCode {
    start().into()
}

fn start() -> u8 {
    weft::main_loop::process_start();
    weft::ops::signals::restore_defaults();
    let mut words = std::env::args_os().map(|a| a.to_string_lossy().into_owned());
    let argv0 = words.next().unwrap_or_else(|| "weft".to_owned());
    let environment = ["NODE_OPTIONS", "WEFT_OPTIONS"].map(|name| (name, std::env::var(name).unwrap_or_default()));
    let mut cli = match Cli::parse(&argv0, words.collect(), &environment, std::io::stdin().is_terminal()) {
        Ok(cli) => cli,
        Err(error) => {
            usage_error(&argv0, &error.to_string());
            return error.exit_code();
        }
    };
    if cli.switch("--completion-bash") {
        return print(&completion());
    }
    if cli.switch("--help") {
        return print(&help());
    }
    if cli.switch("--version") {
        return print(concat!("v", env!("CARGO_PKG_VERSION"), "\n"));
    }
    if cli.action == Action::Top {
        return top(&cli);
    }
    if std::env::var("NODE_PENDING_DEPRECATION").is_ok_and(|value| value == "1") {
        cli.options.insert("--pending-deprecation".to_owned(), Value::Switch(true));
    }
    start_tracing();
    if let Some(unknown) = weft::v8_platform::set_flags(&cli) {
        return usage_error(&argv0, &format!("bad option: {unknown}"));
    }
    if let Err(message) = weft::observe::start(&cli) {
        return usage_error(&argv0, &message);
    }
    weft::v8_platform::initialize(false);
    if cli.switch("--prepare-cache") {
        return prepare_cache(&cli);
    }
    match cli.switch_or("--node-snapshot", true) {
        true => weft::snapshot::may_make(),
        false => weft::snapshot::do_without(),
    }
    let options = RuntimeOptions { kind: IsolateKind::Main, limits: HeapLimits::default(), cli: Arc::new(cli) };
    run(&options)
}

fn run(options: &RuntimeOptions) -> u8 {
    let mut runtime = match JsRuntime::new(options) {
        Ok(runtime) => runtime,
        Err(error) => {
            write_stderr(&format!("weft: {error}\n"));
            return FAILURE;
        }
    };
    runtime.call("start", |_| Vec::new());
    loop {
        runtime.run_event_loop();
        if runtime.event_loop().is_stopping() {
            break;
        }
        runtime.call("emitBeforeExit", |_| Vec::new());
        if !runtime.is_alive() {
            break;
        }
    }
    // `exit` runs the 'exit' handlers and ends the process with process.exitCode; it returns only where the loop was
    // stopped from within.
    if !runtime.event_loop().is_stopping() {
        runtime.call("exit", |_| Vec::new());
    }
    weft::exit_process(runtime.event_loop().exit_code())
}

#[cfg(unix)]
fn top(cli: &Cli) -> u8 {
    weft::top::run(&cli.argv0, &cli.args)
}

#[cfg(not(unix))]
fn top(cli: &Cli) -> u8 {
    usage_error(&cli.argv0, "weft top is not implemented on this platform")
}

fn prepare_cache(cli: &Cli) -> u8 {
    match weft::snapshot::prepare(cli) {
        Ok(()) => SUCCESS,
        Err(error) => {
            write_stderr(&format!("weft: the cache was not prepared: {error}\n"));
            FAILURE
        }
    }
}

fn print(text: &str) -> u8 {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => SUCCESS,
        Err(_) => FAILURE,
    }
}

fn usage_error(argv0: &str, message: &str) -> u8 {
    write_stderr(&format!("{argv0}: {message}\n"));
    USAGE
}

/// Spans and events to standard error, if `WEFT_LOG` asks for them. Nothing is set up otherwise: a span then costs
/// one load.
fn start_tracing() {
    if let Ok(filter) = std::env::var("WEFT_LOG")
        && let Ok(filter) = tracing_subscriber::EnvFilter::try_new(&filter)
    {
        let builder = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal());
        // Fails only if a subscriber is set already, and none is.
        let _ = builder.with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE).try_init();
    }
}
