//! `breakOnSigint` of node:vm: while a script runs, SIGINT ends the script instead of reaching the process.
//!
//! *Protocol:* `start` makes a pipe and a thread that reads it, and installs a signal handler that writes to it; the
//! thread terminates the isolate when the handler's byte comes, and ends when `stop`'s does. `stop` puts the former
//! handler back first, so that the byte it sends is the last. Watches nest: an inner one answers until it stops.

#[cfg(unix)]
pub(super) use unix::Watch;

/// Without signals there is nothing to watch.
#[cfg(not(unix))]
pub(super) struct Watch;

#[cfg(not(unix))]
impl Watch {
    pub(super) fn start(_: &mut v8::PinScope) -> super::OpResult<Option<Self>> {
        Ok(None)
    }

    pub(super) fn stop(self) -> bool {
        false
    }
}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{Read as _, Write as _};
    use std::mem::MaybeUninit;
    use std::os::fd::{AsRawFd as _, FromRawFd as _};
    use std::sync::atomic::{AtomicI32, Ordering};
    use std::thread;

    use crate::ops::{OpError, OpResult};

    /// Where the signal handler writes; -1 for nowhere.
    static TARGET: AtomicI32 = AtomicI32::new(-1);

    const INTERRUPTED: u8 = b'i';
    const OVER: u8 = b'o';

    /// Runs in signal context: only async-signal-safe calls.
    extern "C" fn on_sigint(_: libc::c_int) {
        let fd = TARGET.load(Ordering::Relaxed);
        if fd >= 0 {
            let byte = INTERRUPTED;
            // SAFETY: write(2) may be called in a signal handler; the byte lives on this stack. The descriptor is open
            // as long as it stands in TARGET, since `stop` takes it out before it is closed.
            unsafe { libc::write(fd, (&raw const byte).cast(), 1) };
        }
    }

    /// Ends the script of this thread's isolate at SIGINT.
    pub(in crate::ops) struct Watch {
        writer: File,
        thread: thread::JoinHandle<bool>,
        former_target: i32,
        former_action: libc::sigaction,
    }

    impl Watch {
        /// Starts watching.
        pub(in crate::ops) fn start(scope: &mut v8::PinScope) -> OpResult<Option<Self>> {
            let isolate = scope.thread_safe_handle();
            Self::start_with(move || isolate.terminate_execution()).map(Some)
        }

        /// Starts a watch that calls `act` on a thread of its own at each SIGINT; it tells whether that did anything.
        pub(in crate::ops) fn start_with(mut act: impl FnMut() -> bool + Send + 'static) -> OpResult<Self> {
            let (mut reader, writer) = pipe().map_err(|e| OpError::io(e, "pipe"))?;
            let watch = move || {
                let mut interrupted = false;
                let mut byte = [0_u8];
                while reader.read_exact(&mut byte).is_ok() && byte[0] != OVER {
                    interrupted |= act();
                }
                interrupted
            };
            let thread = thread::Builder::new()
                .name("weft-vm-sigint".to_owned())
                .spawn(watch)
                .map_err(|e| OpError::io(e, "uv_thread_create"))?;
            let former_target = TARGET.swap(writer.as_raw_fd(), Ordering::Relaxed);
            let former_action = set_action();
            Ok(Self { writer, thread, former_target, former_action })
        }

        /// Ends the watch; true if SIGINT came.
        pub(in crate::ops) fn stop(mut self) -> bool {
            // SAFETY: the action is one the system reported; it was in force when this watch began.
            unsafe { libc::sigaction(libc::SIGINT, &raw const self.former_action, std::ptr::null_mut()) };
            TARGET.store(self.former_target, Ordering::Relaxed);
            // The thread reads until it gets this byte, so the pipe has room and a reader.
            let _ = self.writer.write_all(&[OVER]);
            self.thread.join().unwrap_or(false)
        }
    }

    fn set_action() -> libc::sigaction {
        let mut former = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: a zeroed sigaction is a valid value (default handler, empty mask, no flags); `on_sigint` has the
        // signature of a handler without SA_SIGINFO and is async-signal-safe; `former` is ours to write, and valid even
        // if the call failed.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_sigint as *const () as libc::sighandler_t;
            action.sa_flags = libc::SA_RESTART;
            libc::sigaction(libc::SIGINT, &raw const action, former.as_mut_ptr());
            former.assume_init()
        }
    }

    fn pipe() -> std::io::Result<(File, File)> {
        let mut fds = [-1; 2];
        // SAFETY: `fds` has room for the two descriptors.
        if unsafe { libc::pipe(fds.as_mut_ptr()) } != 0 {
            return Err(std::io::Error::last_os_error());
        }
        for fd in fds {
            // SAFETY: the descriptor was just opened; children must not inherit it.
            unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
        }
        // SAFETY: both descriptors are open and nobody else's.
        Ok(unsafe { (File::from_raw_fd(fds[0]), File::from_raw_fd(fds[1])) })
    }
}
