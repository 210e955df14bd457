//! `internalBinding('tty')`: terminals: whether a descriptor is one, its size, and raw mode. The mode the terminal had
//! is restored when the process exits.

use super::args::{List, arg_bool, arg_i32};
use super::error::{OpError, OpResult};
use super::{IntoJs, OpDecl};
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] =
    &[op!("isatty", 1, isatty), op!("setRawMode", 2, set_raw_mode), op!("windowSize", 1, window_size)];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
type Rv<'a> = v8::ReturnValue<'a, v8::Value>;

fn isatty(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let fd = arg_i32(scope, args, 0)?;
    rv.set_bool(sys::isatty(fd));
    Ok(())
}

/// `windowSize(fd)`: `[columns, rows]`.
fn window_size(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let fd = arg_i32(scope, args, 0)?;
    let (columns, rows) = sys::window_size(fd).map_err(|e| OpError::io(e, "uv_tty_get_winsize"))?;
    rv.set(List(vec![i32::from(columns), i32::from(rows)]).into_js(scope)?);
    Ok(())
}

/// `setRawMode(fd, raw)`: input by key, without echo and signal keys; or back to what it was before.
fn set_raw_mode(scope: Scope, args: Args, _: Rv) -> OpResult {
    let fd = arg_i32(scope, args, 0)?;
    let raw = arg_bool(scope, args, 1);
    sys::set_raw_mode(fd, raw).map_err(|e| OpError::io(e, "uv_tty_set_mode"))
}

#[cfg(unix)]
mod sys {
    use std::io;
    use std::sync::{Mutex, PoisonError};

    use rustix::fd::BorrowedFd;
    use rustix::io::Errno;
    use rustix::termios::{
        ControlModes, InputModes, LocalModes, OptionalActions, OutputModes, SpecialCodeIndex, Termios, tcgetattr,
        tcgetwinsize, tcsetattr,
    };

    /// The terminal in raw mode, and its mode before.
    static BEFORE: Mutex<Option<(i32, Termios)>> = Mutex::new(None);

    fn borrow<'a>(fd: i32) -> Result<BorrowedFd<'a>, Errno> {
        if fd < 0 {
            return Err(Errno::BADF);
        }
        // SAFETY: not -1; a number that is not open makes the terminal calls fail with EBADF.
        Ok(unsafe { BorrowedFd::borrow_raw(fd) })
    }

    pub(super) fn isatty(fd: i32) -> bool {
        borrow(fd).is_ok_and(rustix::termios::isatty)
    }

    pub(super) fn window_size(fd: i32) -> io::Result<(u16, u16)> {
        let size = tcgetwinsize(borrow(fd)?)?;
        Ok((size.ws_col, size.ws_row))
    }

    pub(super) fn set_raw_mode(fd: i32, raw: bool) -> io::Result<()> {
        let terminal = borrow(fd)?;
        let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        if !raw {
            if let Some((_, mode)) = before.take() {
                tcsetattr(terminal, OptionalActions::Drain, &mode)?;
            }
            return Ok(());
        }
        let mode = tcgetattr(terminal)?;
        if before.is_none() {
            *before = Some((fd, mode.clone()));
            // SAFETY: `restore` is a plain function that stays valid until the process is gone.
            unsafe { libc::atexit(restore) };
        }
        let mut mode = mode;
        mode.input_modes &=
            !(InputModes::BRKINT | InputModes::ICRNL | InputModes::INPCK | InputModes::ISTRIP | InputModes::IXON);
        // Line ends are still translated on output, so that what is printed meanwhile looks right.
        mode.output_modes |= OutputModes::ONLCR;
        mode.control_modes |= ControlModes::CS8;
        mode.local_modes &= !(LocalModes::ECHO | LocalModes::ICANON | LocalModes::IEXTEN | LocalModes::ISIG);
        mode.special_codes[SpecialCodeIndex::VMIN] = 1;
        mode.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(terminal, OptionalActions::Drain, &mode)?;
        Ok(())
    }

    extern "C" fn restore() {
        // Another thread may hold the lock and never let go of it, as the process is exiting.
        if let Ok(mut before) = BEFORE.try_lock()
            && let Some((fd, mode)) = before.take()
            && let Ok(terminal) = borrow(fd)
        {
            let _ = tcsetattr(terminal, OptionalActions::Now, &mode);
        }
    }
}

#[cfg(not(unix))]
mod sys {
    use std::io::{self, IsTerminal as _};

    pub(super) fn isatty(fd: i32) -> bool {
        match fd {
            0 => io::stdin().is_terminal(),
            1 => io::stdout().is_terminal(),
            2 => io::stderr().is_terminal(),
            _ => false,
        }
    }

    pub(super) fn window_size(_: i32) -> io::Result<(u16, u16)> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn set_raw_mode(_: i32, _: bool) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
