//! `internalBinding('stdio')`: the process's standard streams: what kind of thing is behind a descriptor, writing a
//! whole chunk to it, and reading standard input without ever blocking the loop.
//!
//! *Writing* is synchronous: when `writeSync` returns, the chunk is with the operating system, so nothing is lost when
//! the process exits. Writers of all threads take turns, chunk by chunk.
//!
//! *Reading* is done by one thread per process, started when reading first starts. It waits for input and for a wake
//! pipe together, so that a read that is not wanted any more gives up before it takes input away from whoever reads
//! next (a child process that inherits it, for instance):
//!
//! 1. `readStart` registers the callback and sends a request; the thread polls the descriptor and the wake pipe;
//! 2. input, its end (an empty array) or an error settles the request;
//! 3. `readStop` flags the request under way and writes to the pipe; the request is then settled with `undefined`,
//!    unless input came first: the callback is always called, so no input is lost.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::args::{arg_bool, arg_f64, arg_function, arg_i32, arg_region, arg_u32};
use super::async_op;
use super::error::{OpError, OpResult};
use super::{IntoJs, OpDecl};
use crate::main_loop::LoopHandle;
use crate::main_loop::completions::OpId;
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("guessHandleType", 1, guess_handle_type),
    op!("readSetRef", 2, read_set_ref),
    op!("readStart", 4, read_start),
    op!("readStop", 1, read_stop),
    op!("writeSync", 2, write_sync),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
type Rv<'a> = v8::ReturnValue<'a, v8::Value>;

/// `guessHandleType(fd)`: `'FILE'`, `'PIPE'`, `'TTY'`, `'TCP'`, `'UNKNOWN'` or `'INVALID'`.
fn guess_handle_type(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let kind = sys::kind_of(arg_i32(scope, args, 0)?);
    rv.set(kind.into_js(scope)?);
    Ok(())
}

/// `writeSync(fd, chunk)`: writes all of a string (as UTF-8) or of a view, waiting where the descriptor is full.
fn write_sync(scope: Scope, args: Args, _: Rv) -> OpResult {
    let fd = arg_i32(scope, args, 0)?;
    if let Ok(text) = v8::Local::<v8::String>::try_from(args.get(1)) {
        return write_all(fd, text.to_rust_string_lossy(scope).as_bytes());
    }
    let region = arg_region(args, 1)?;
    // SAFETY: the region holds its backing store and was checked against its length. JavaScript of this thread does
    // not run meanwhile; if the memory is shared, other threads may write to it and then any mix of their bytes is
    // written out, which is what a racing write means.
    let bytes = unsafe { std::slice::from_raw_parts(region.as_ptr(), region.len) };
    write_all(fd, bytes)
}

/// Writes all of `bytes` to `fd`, in turn with the other threads of the process.
///
/// # Errors
/// The system's, as of a `write` call.
pub fn write_all(fd: i32, bytes: &[u8]) -> OpResult {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    sys::write_all(fd, bytes).map_err(|e| OpError::io(e, "write"))
}

/// Opens the null device in the place of standard streams that the parent process closed: else the next file that is opened has
/// their number, and gets what is written to them. Before any file is opened.
#[cfg(target_os = "linux")]
pub fn open_closed_ones() {
    use std::os::fd::BorrowedFd;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    // SAFETY: the system only looks whether these numbers are open, which is the question.
    let numbers = [0, 1, 2].map(|fd| unsafe { BorrowedFd::borrow_raw(fd) });
    let mut polled = numbers.each_ref().map(|fd| PollFd::new(fd, PollFlags::empty()));
    if poll(&mut polled, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_err() {
        return;
    }
    for fd in &polled {
        if fd.revents().contains(PollFlags::NVAL)
            && let Ok(null) = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null")
        {
            // It has the lowest free number, which is this one, and stays open.
            std::mem::forget(null);
        }
    }
}

/// What a read came to: bytes (none at the end of input), or `None` where it was stopped.
struct Input(Option<Vec<u8>>);

impl IntoJs for Input {
    fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>> {
        self.0.into_js(scope)
    }
}

struct Request {
    fd: i32,
    max: usize,
    id: OpId,
    serial: u64,
    handle: LoopHandle,
}

struct Reader {
    requests: flume::Sender<Request>,
    waker: sys::Waker,
    /// Serial of the newest request, and of the newest one that is to stop.
    newest: AtomicU64,
    stopped: AtomicU64,
}

static READER: OnceLock<Reader> = OnceLock::new();

fn reader() -> OpResult<&'static Reader> {
    if let Some(reader) = READER.get() {
        return Ok(reader);
    }
    let (waker, wake_end) = sys::waker().map_err(|e| OpError::io(e, "pipe"))?;
    let (requests, inbox) = flume::unbounded();
    let made = Reader { requests, waker, newest: AtomicU64::new(0), stopped: AtomicU64::new(0) };
    if READER.set(made).is_ok() {
        std::thread::Builder::new()
            .name("weft-stdin".into())
            .spawn(move || {
                while let Ok(request) = inbox.recv() {
                    serve(&request, &wake_end);
                }
            })
            .map_err(|e| OpError::io(e, "uv_thread_create"))?;
    }
    match READER.get() {
        Some(reader) => Ok(reader),
        None => unreachable!("the reader was just set"),
    }
}

fn serve(request: &Request, wake_end: &sys::WakeEnd) {
    let stopped = || READER.get().is_some_and(|r| r.stopped.load(Ordering::Acquire) >= request.serial);
    let result = sys::read_unless(request.fd, request.max, wake_end, stopped);
    async_op::settle(&request.handle, request.id, result.map(Input).map_err(|e| OpError::io(e, "read")));
}

/// `readStart(fd, max, keepAlive, callback)`: reads up to `max` bytes and returns the operation's id. One request at
/// a time: the caller waits for the callback before it asks again.
fn read_start(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let fd = arg_i32(scope, args, 0)?;
    let max = arg_u32(scope, args, 1)? as usize;
    let keep_alive = arg_bool(scope, args, 2);
    let callback = arg_function(args, 3)?;
    let reader = reader()?;
    let (id, handle) = async_op::register(scope, callback, keep_alive);
    let serial = reader.newest.fetch_add(1, Ordering::AcqRel) + 1;
    if reader.requests.send(Request { fd, max, id, serial, handle }).is_err() {
        async_op::cancel(scope, id);
        return Err(OpError::error("ERR_INVALID_STATE", "Standard input cannot be read any more"));
    }
    rv.set(id.into_js(scope)?);
    Ok(())
}

/// `readStop(id)`: lets the read under way give up, and the loop end before it has.
fn read_stop(scope: Scope, args: Args, _: Rv) -> OpResult {
    let id = arg_f64(scope, args, 0)? as OpId;
    async_op::set_ref(scope, id, false);
    if let Some(reader) = READER.get() {
        reader.stopped.store(reader.newest.load(Ordering::Acquire), Ordering::Release);
        reader.waker.wake();
    }
    Ok(())
}

/// `readSetRef(id, keepAlive)`: whether the read under way keeps the loop alive.
fn read_set_ref(scope: Scope, args: Args, _: Rv) -> OpResult {
    let id = arg_f64(scope, args, 0)? as OpId;
    let keep_alive = arg_bool(scope, args, 1);
    async_op::set_ref(scope, id, keep_alive);
    Ok(())
}

#[cfg(unix)]
mod sys {
    use std::fs::File;
    use std::io::{self, Read as _, Write as _};

    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::fd::{AsFd, BorrowedFd};
    use rustix::fs::FileType;
    use rustix::io::Errno;

    /// The writing end of the wake pipe.
    pub(super) struct Waker(File);
    /// The reading end of the wake pipe.
    pub(super) struct WakeEnd(File);

    impl Waker {
        pub(super) fn wake(&self) {
            // A full pipe wakes as well as one more byte does.
            let _ = (&self.0).write(&[1]);
        }
    }

    pub(super) fn waker() -> io::Result<(Waker, WakeEnd)> {
        let flags = rustix::pipe::PipeFlags::CLOEXEC | rustix::pipe::PipeFlags::NONBLOCK;
        let (read, write) = rustix::pipe::pipe_with(flags)?;
        Ok((Waker(write.into()), WakeEnd(read.into())))
    }

    fn borrow<'a>(fd: i32) -> Result<BorrowedFd<'a>, Errno> {
        if fd < 0 {
            return Err(Errno::BADF);
        }
        // SAFETY: not -1. A number that is not open makes the calls below fail with EBADF; one that another part of
        // the process closes and reuses meanwhile is the hazard every runtime has that lets scripts pass numbers.
        Ok(unsafe { BorrowedFd::borrow_raw(fd) })
    }

    pub(super) fn kind_of(fd: i32) -> &'static str {
        let Ok(fd) = borrow(fd) else { return "INVALID" };
        let Ok(stat) = rustix::fs::fstat(fd) else { return "INVALID" };
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::CharacterDevice if rustix::termios::isatty(fd) => "TTY",
            FileType::RegularFile | FileType::CharacterDevice => "FILE",
            FileType::Fifo => "PIPE",
            FileType::Socket => match rustix::net::getsockname(fd) {
                Ok(address) if address.address_family() == rustix::net::AddressFamily::UNIX => "PIPE",
                Ok(_) if rustix::net::sockopt::socket_type(fd) == Ok(rustix::net::SocketType::DGRAM) => "UDP",
                Ok(_) => "TCP",
                Err(_) => "UNKNOWN",
            },
            _ => "UNKNOWN",
        }
    }

    pub(super) fn write_all(fd: i32, mut bytes: &[u8]) -> io::Result<()> {
        let fd = borrow(fd)?;
        loop {
            match rustix::io::write(fd, bytes) {
                Ok(n) if n >= bytes.len() => return Ok(()),
                Ok(n) => bytes = &bytes[n..],
                Err(Errno::INTR) => {}
                // Somebody who shares the descriptor made it non-blocking.
                Err(Errno::AGAIN) => wait_for(fd, PollFlags::OUT)?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn wait_for(fd: BorrowedFd, flags: PollFlags) -> io::Result<()> {
        match poll(&mut [PollFd::from_borrowed_fd(fd, flags)], None) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits until `fd` has input (or its end) and reads it; `None` once `stopped` says so and the pipe woke us.
    pub(super) fn read_unless(
        fd: i32,
        max: usize,
        wake_end: &WakeEnd,
        stopped: impl Fn() -> bool,
    ) -> io::Result<Option<Vec<u8>>> {
        let fd = borrow(fd)?;
        loop {
            if stopped() {
                return Ok(None);
            }
            let mut fds = [PollFd::from_borrowed_fd(fd, PollFlags::IN), PollFd::new(&wake_end.0, PollFlags::IN)];
            match poll(&mut fds, None) {
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            }
            let (input, woken) = (!fds[0].revents().is_empty(), !fds[1].revents().is_empty());
            if woken {
                // Wakes meant for earlier requests are taken out along the way.
                let _ = (&wake_end.0).read(&mut [0; 64]);
                continue;
            }
            if !input {
                continue;
            }
            let mut bytes = vec![0; max];
            match rustix::io::read(fd.as_fd(), &mut bytes[..]) {
                Ok(n) => {
                    bytes.truncate(n);
                    bytes.shrink_to_fit();
                    return Ok(Some(bytes));
                }
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

#[cfg(not(unix))]
mod sys {
    use std::io::{self, IsTerminal as _, Read as _, Write as _};

    /// There is no waiting for two things at once here: a read under way goes on.
    pub(super) struct Waker;
    /// The other end of nothing.
    pub(super) struct WakeEnd;

    impl Waker {
        pub(super) fn wake(&self) {}
    }

    pub(super) fn waker() -> io::Result<(Waker, WakeEnd)> {
        Ok((Waker, WakeEnd))
    }

    pub(super) fn kind_of(fd: i32) -> &'static str {
        let tty = match fd {
            0 => io::stdin().is_terminal(),
            1 => io::stdout().is_terminal(),
            2 => io::stderr().is_terminal(),
            _ => return "INVALID",
        };
        if tty { "TTY" } else { "PIPE" }
    }

    pub(super) fn write_all(fd: i32, bytes: &[u8]) -> io::Result<()> {
        match fd {
            1 => {
                let mut out = io::stdout().lock();
                out.write_all(bytes)?;
                out.flush()
            }
            2 => io::stderr().lock().write_all(bytes),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    pub(super) fn read_unless(_: i32, max: usize, _: &WakeEnd, _: impl Fn() -> bool) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = vec![0; max];
        let n = io::stdin().lock().read(&mut bytes)?;
        bytes.truncate(n);
        Ok(Some(bytes))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::sys;
    use std::io::Read as _;
    use std::os::fd::AsRawFd as _;

    #[test]
    fn kinds_are_told_apart() {
        let (read, _write) = rustix::pipe::pipe().expect("a pipe");
        assert_eq!(sys::kind_of(read.as_raw_fd()), "PIPE");
        let null = std::fs::File::open("/dev/null").expect("the null device");
        assert_eq!(sys::kind_of(null.as_raw_fd()), "FILE");
        assert_eq!(sys::kind_of(-1), "INVALID");
        assert_eq!(sys::kind_of(1 << 20), "INVALID");
    }

    #[test]
    fn writes_wait_for_room_in_a_non_blocking_pipe() {
        let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::NONBLOCK).expect("a pipe");
        let reader = std::thread::spawn(move || {
            let mut total = 0;
            let mut buffer = [0; 4096];
            while total < 1 << 20 {
                match rustix::io::read(&read, &mut buffer[..]) {
                    Ok(n) => total += n,
                    Err(_) => std::thread::yield_now(),
                }
            }
            total
        });
        sys::write_all(write.as_raw_fd(), &vec![7; 1 << 20]).expect("all is written");
        assert_eq!(reader.join().expect("the reader ends"), 1 << 20);
    }

    #[test]
    fn a_stopped_read_takes_nothing() {
        let (mut read, write) = std::io::pipe().expect("a pipe");
        let (waker, end) = sys::waker().expect("a wake pipe");
        let stop = std::sync::atomic::AtomicBool::new(false);
        let fd = read.as_raw_fd();
        std::thread::scope(|scope| {
            let reading =
                scope.spawn(|| sys::read_unless(fd, 10, &end, || stop.load(std::sync::atomic::Ordering::SeqCst)));
            stop.store(true, std::sync::atomic::Ordering::SeqCst);
            waker.wake();
            assert!(matches!(reading.join(), Ok(Ok(None))));
        });
        sys::write_all(write.as_raw_fd(), b"abc").expect("a short write");
        drop(write);
        let mut left = String::new();
        read.read_to_string(&mut left).expect("the input is still there");
        assert_eq!(left, "abc");
    }
}
