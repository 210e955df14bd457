//! `weft top`: what a process that was started with `--monitor` does, seen from another one. No V8 here, and no isolate.
//!
//! | file | what it is |
//! |---|---|
//! | `options` | the command line |
//! | `connection` | the way to the process, and what can be wrong with it |
//! | `rows` | figures as text |
//! | `plain` | for a file or a pipe |
//! | `screen` | for a terminal |

mod connection;
mod options;
mod plain;
mod rows;
mod screen;

use std::io::{IsTerminal as _, Write as _};

use connection::Connection;
use options::{Options, Parsed};

use crate::error_display::write_stderr;

/// Node's exit code for a command line that cannot be followed.
const USAGE: u8 = 9;

/// Why there is nothing to look at.
#[derive(Debug, thiserror::Error)]
enum TopError {
    #[error("there is no process {0}")]
    NoProcess(u32),
    #[error("process {0} cannot be looked at: it was not started with --monitor (or by another user)")]
    NotMonitored(u32),
    #[error("process {0} has ended, or answers no more")]
    Gone(u32),
    #[error("process {0} answers in a way that this version of Weft does not understand: {1}")]
    Format(u32, String),
    #[error("no process of this user was started with --monitor")]
    NoneMonitored,
    #[error("there are several monitored processes; say which one: {0}")]
    Several(String),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Does what `args` say; the exit code.
pub fn run(argv0: &str, args: &[String]) -> u8 {
    let options = match options::parse(args) {
        Ok(Parsed::Run(options)) => options,
        Ok(Parsed::Help) => {
            let _ = std::io::stdout().write_all(options::HELP.as_bytes());
            return 0;
        }
        Err(message) => {
            write_stderr(&format!("{argv0}: top: {message}\n"));
            return USAGE;
        }
    };
    match show(&options) {
        Ok(()) => 0,
        Err(error) => {
            write_stderr(&format!("{argv0}: top: {error}\n"));
            1
        }
    }
}

fn show(options: &Options) -> Result<(), TopError> {
    let mut connection = match options.pid {
        Some(pid) => Connection::open(pid, options.threshold)?,
        None => Connection::open_only(options.threshold)?,
    };
    if options.once || options.json || !std::io::stdout().is_terminal() {
        plain::show(&mut connection, options)
    } else {
        screen::show(&mut connection, options)
    }
}
