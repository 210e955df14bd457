//! The writing half of a byte stream: the queue of writes the kernel has not taken yet, the task that empties it, and
//! the messages that carry descriptors along (`SCM_RIGHTS`, for IPC pipes).
//!
//! *Threads:* the isolate's own. It knows no V8 handles, so that its task may drop it at any time; memory of
//! JavaScript buffers is held through their backing stores.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Weak;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
};
use tokio::io::unix::AsyncFd;
use tokio::task::AbortHandle;

use super::args::Region;
use super::stream_handle::Event;
use super::uv;

/// Bytes to write.
pub(super) enum Chunk {
    /// Bytes made for this write.
    Bytes(Vec<u8>),
    /// Memory of a JavaScript buffer, not copied.
    Region(Region),
}

impl Chunk {
    pub(super) fn len(&self) -> usize {
        match self {
            Chunk::Bytes(bytes) => bytes.len(),
            Chunk::Region(region) => region.len,
        }
    }

    fn as_slice(&self) -> &[u8] {
        match self {
            Chunk::Bytes(bytes) => bytes,
            // SAFETY: `region` keeps `len` initialised bytes alive for as long as `self`. The slice lives for one
            // system call on the isolate's own thread, during which its JavaScript does not run; where the memory is
            // shared, another thread may write to it meanwhile, and the kernel then copies one value or the other,
            // since nothing but the kernel reads through the slice.
            Chunk::Region(region) => unsafe { std::slice::from_raw_parts(region.as_ptr(), region.len) },
        }
    }
}

/// What became of a write.
pub(super) enum Outcome {
    /// The kernel has it all.
    Done,
    /// Part of it waits.
    Queued,
    /// It was refused, with libuv's number.
    Failed(i32),
}

/// A write under way: what is left of it.
struct Pending {
    chunks: VecDeque<Chunk>,
    /// Bytes of the first chunk that are written.
    offset: usize,
    descriptor: Option<OwnedFd>,
}

impl Pending {
    /// Writes as much as the kernel takes. True when everything is written.
    fn advance(&mut self, fd: &OwnedFd) -> io::Result<bool> {
        // More slices than this are refused by the kernel.
        const MOST_SLICES: usize = 1024;
        loop {
            while self.chunks.front().is_some_and(|c| c.len() == self.offset) {
                self.chunks.pop_front();
                self.offset = 0;
            }
            if self.chunks.is_empty() {
                return Ok(true);
            }
            let mut slices: Vec<IoSlice> = Vec::with_capacity(self.chunks.len().min(MOST_SLICES));
            for (index, chunk) in self.chunks.iter().take(MOST_SLICES).enumerate() {
                let skip = if index == 0 { self.offset } else { 0 };
                slices.push(IoSlice::new(&chunk.as_slice()[skip..]));
            }
            let written = match &self.descriptor {
                Some(descriptor) => send_with(fd, &slices, descriptor),
                None if slices.len() == 1 => rustix::io::write(fd, &slices[0]).map_err(io::Error::from),
                None => rustix::io::writev(fd, &slices).map_err(io::Error::from),
            };
            let mut written = match written {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            self.descriptor = None;
            while let Some(chunk) = self.chunks.front() {
                let left = chunk.len() - self.offset;
                if written < left {
                    self.offset += written;
                    break;
                }
                written -= left;
                self.offset = 0;
                self.chunks.pop_front();
            }
        }
    }

    fn len(&self) -> usize {
        self.chunks.iter().map(Chunk::len).sum::<usize>() - self.offset
    }
}

/// The writing half of one handle.
pub(super) struct Output {
    io: Weak<AsyncFd<OwnedFd>>,
    queue: RefCell<VecDeque<Pending>>,
    shutdown: Cell<bool>,
    running: Cell<bool>,
    task: RefCell<Option<AbortHandle>>,
}

impl Output {
    pub(super) fn new(io: Weak<AsyncFd<OwnedFd>>) -> Self {
        Self {
            io,
            queue: RefCell::default(),
            shutdown: Cell::new(false),
            running: Cell::new(false),
            task: RefCell::default(),
        }
    }

    /// Writes now what can be written, and queues the rest. With `blocking`, waits until nothing is left.
    pub(super) fn write(&self, chunks: VecDeque<Chunk>, descriptor: Option<OwnedFd>, blocking: bool) -> Outcome {
        let Some(io) = self.io.upgrade() else { return Outcome::Failed(-libc::EBADF) };
        let mut pending = Pending { chunks, offset: 0, descriptor };
        if self.queue.borrow().is_empty() {
            loop {
                match pending.advance(io.get_ref()) {
                    Ok(true) => return Outcome::Done,
                    Ok(false) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        if !blocking || wait_writable(io.get_ref()).is_err() {
                            break;
                        }
                    }
                    Err(error) => return Outcome::Failed(uv::errno_of(&error)),
                }
            }
        }
        self.queue.borrow_mut().push_back(pending);
        Outcome::Queued
    }

    /// The writing half ends once the queue is empty.
    pub(super) fn request_shutdown(&self) {
        self.shutdown.set(true);
    }

    /// Bytes that wait for the kernel.
    pub(super) fn queued_bytes(&self) -> usize {
        self.queue.borrow().iter().map(Pending::len).sum()
    }

    /// True for the one who shall run the queue.
    pub(super) fn claim(&self) -> bool {
        !self.running.replace(true)
    }

    pub(super) fn set_task(&self, task: AbortHandle) {
        *self.task.borrow_mut() = Some(task);
    }

    /// Drops what is queued.
    pub(super) fn stop(&self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        self.queue.take();
    }

    /// Empties the queue, telling `ended` of each write and of the shutdown, in order.
    pub(super) async fn run(&self, ended: impl Fn(Event, i32)) {
        loop {
            let step = self.step();
            match step {
                Step::Written => ended(Event::Written, 0),
                Step::Failed(errno) => {
                    // A stream that failed once does not recover: everything behind it fails the same way.
                    let failed = self.queue.take();
                    failed.iter().for_each(|_| ended(Event::Written, errno));
                }
                Step::ShutDown(errno) => ended(Event::ShutDown, errno),
                Step::Wait => {
                    if !writable(&self.io).await {
                        return;
                    }
                }
                Step::Idle => {
                    self.running.set(false);
                    return;
                }
            }
        }
    }

    fn step(&self) -> Step {
        let Some(io) = self.io.upgrade() else { return Step::Idle };
        let mut queue = self.queue.borrow_mut();
        let Some(first) = queue.front_mut() else {
            if self.shutdown.replace(false) {
                return Step::ShutDown(shut_down(io.get_ref()));
            }
            return Step::Idle;
        };
        match io.try_io(tokio::io::Interest::WRITABLE, |fd| first.advance(fd)) {
            Ok(true) => {
                queue.pop_front();
                Step::Written
            }
            Ok(false) => Step::Wait,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Step::Wait,
            Err(error) => Step::Failed(uv::errno_of(&error)),
        }
    }
}

enum Step {
    Written,
    Failed(i32),
    ShutDown(i32),
    Wait,
    Idle,
}

fn shut_down(fd: &OwnedFd) -> i32 {
    match rustix::net::shutdown(fd, rustix::net::Shutdown::Write) {
        Ok(()) => 0,
        // A pipe has only one half; closing ends it.
        Err(rustix::io::Errno::NOTSOCK) => 0,
        Err(error) => -error.raw_os_error(),
    }
}

/// Waits until `io` is writable (or hung up); false once it is closed.
pub(super) async fn writable(io: &Weak<AsyncFd<OwnedFd>>) -> bool {
    std::future::poll_fn(|cx| {
        let Some(io) = io.upgrade() else { return std::task::Poll::Ready(false) };
        io.poll_write_ready(cx).map(|ready| ready.map(|mut guard| guard.retain_ready()).is_ok())
    })
    .await
}

/// Blocks this thread until `fd` takes bytes.
fn wait_writable(fd: &OwnedFd) -> io::Result<()> {
    let mut fds = [rustix::event::PollFd::new(fd, rustix::event::PollFlags::OUT)];
    match rustix::event::poll(&mut fds, None) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Writes `slices` with a duplicate of `descriptor`.
fn send_with(fd: &OwnedFd, slices: &[IoSlice], descriptor: &OwnedFd) -> io::Result<usize> {
    let descriptors = [descriptor.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    control.push(SendAncillaryMessage::ScmRights(&descriptors));
    Ok(rustix::net::sendmsg(fd, slices, &mut control, SendFlags::empty())?)
}

/// Reads into `buffer`; descriptors that came along are appended to `descriptors`.
pub(super) fn receive(fd: &OwnedFd, buffer: &mut [u8], descriptors: &mut Vec<OwnedFd>) -> io::Result<usize> {
    // As many as the kernel delivers in one message.
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(253))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    #[cfg(target_os = "linux")]
    let flags = RecvFlags::CMSG_CLOEXEC;
    #[cfg(not(target_os = "linux"))]
    let flags = RecvFlags::empty();
    let message = rustix::net::recvmsg(fd, &mut [IoSliceMut::new(buffer)], &mut control, flags)?;
    for part in control.drain() {
        if let RecvAncillaryMessage::ScmRights(received) = part {
            descriptors.extend(received);
        }
    }
    Ok(message.bytes)
}
