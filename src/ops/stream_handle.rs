//! `internalBinding('stream_handle')`: byte streams over descriptors - TCP and path sockets, pipes of child processes.
//!
//! *Owns* one descriptor per handle, registered with the loop's I/O driver, its queue of unfinished writes, and the
//! JavaScript object that hears of its events. *Threads:* the isolate's own only.
//!
//! Protocol of reading. A small task per reading handle waits for readiness and posts one job to the inbox; the job, in
//! the poll phase, reads until the kernel has no more (or a bound is reached), giving each chunk to JavaScript, and
//! then wakes the task again. So nothing is read that JavaScript has not asked for: `readStop` within a chunk's
//! callback takes effect before the next byte is read, and the kernel's buffer is the back-pressure.
//!
//! Protocol of writing. What the kernel takes at once is written at once and nobody is called back. The rest is queued,
//! a task writes it as the descriptor becomes writable, and each finished write posts one job. Shutdown waits for the
//! queue.
//!
//! Liveness, as libuv has it: a referenced handle keeps the loop alive while it reads or listens; a write, shutdown or
//! connect under way keeps it alive whether the handle is referenced or not.
//!
//! Closing drops the descriptor at once: tasks hold it weakly.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::rc::{Rc, Weak};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::OpDecl;
use super::args::{arg_bool, arg_function, arg_i32, arg_object, arg_region, arg_string, arg_u32, region_of};
use super::error::{OpError, OpResult};
use super::state::{ResourceId, op_state};
use super::stream_output::{Chunk, Outcome, Output};
use super::uv;
use crate::main_loop::record::EventKind;
use crate::main_loop::{LoopShared, tick};
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("attach", 2, attach),
    op!("close", 2, close),
    op!("create", 1, create),
    op!("fd", 1, fd),
    op!("linger", 1, linger),
    op!("open", 2, open),
    op!("readStart", 1, read_start),
    op!("readStop", 1, read_stop),
    op!("setBlocking", 2, set_blocking),
    op!("setDispatch", 1, set_dispatch),
    op!("setReadSize", 2, set_read_size),
    op!("setRef", 2, set_ref),
    op!("shutdown", 1, shutdown),
    op!("takeDescriptor", 1, take_descriptor),
    op!("write", 2, write),
    op!("writeQueueSize", 1, write_queue_size),
    op!("writeString", 3, write_string),
    op!("writeWithDescriptor", 3, write_with_descriptor),
    op!("writev", 2, writev),
];

pub(super) type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
pub(super) type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
pub(super) type Rv<'a> = v8::ReturnValue<'a, v8::Value>;

/// How much one read asks for, as libuv does.
const READ_SIZE: usize = 64 * 1024;
/// Chunks (or connections) one readiness may deliver before others get their turn, as in libuv.
const READS_PER_TURN: usize = 32;

/// Events, numbered as in js/internal/stream_handle.js.
#[derive(Clone, Copy)]
pub(super) enum Event {
    Read = 0,
    End = 1,
    ReadError = 2,
    Written = 3,
    ShutDown = 4,
    Connected = 5,
    Connection = 6,
    Descriptors = 7,
}

/// What a handle is for, numbered as in js/internal/stream_handle.js.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Tcp = 0,
    Pipe = 1,
    /// A path socket that also carries descriptors.
    Ipc = 2,
}

/// The descriptor of a handle.
#[derive(Default)]
pub(super) enum Io {
    #[default]
    None,
    /// A socket that is bound but neither connected nor listening. Not registered with the I/O driver yet: the system
    /// reports such a socket as hung up.
    Bound(OwnedFd),
    /// In use.
    Open(Rc<AsyncFd<OwnedFd>>),
}

/// What all handles of an isolate share.
#[derive(Default)]
struct Streams {
    dispatch: RefCell<Option<v8::Global<v8::Function>>>,
    scratch: RefCell<Vec<u8>>,
}

/// One byte stream or listening socket.
pub(super) struct StreamHandle {
    id: Cell<ResourceId>,
    pub(super) kind: Kind,
    pub(super) shared: Rc<LoopShared>,
    pub(super) io: RefCell<Io>,
    owner: RefCell<Option<v8::Global<v8::Object>>>,
    async_context: RefCell<Option<v8::Global<v8::Value>>>,
    reading: Cell<bool>,
    listening: Cell<bool>,
    reader: RefCell<Option<AbortHandle>>,
    resume: Rc<Notify>,
    output: RefCell<Option<Rc<Output>>>,
    connector: RefCell<Option<AbortHandle>>,
    referenced: Cell<bool>,
    counted: Cell<bool>,
    requests: Cell<usize>,
    descriptors: RefCell<VecDeque<OwnedFd>>,
    blocking: Cell<bool>,
    read_size: Cell<usize>,
}

impl StreamHandle {
    fn new(shared: Rc<LoopShared>, kind: Kind) -> Self {
        Self {
            id: Cell::new(0),
            kind,
            shared,
            io: RefCell::default(),
            owner: RefCell::default(),
            async_context: RefCell::default(),
            reading: Cell::new(false),
            listening: Cell::new(false),
            reader: RefCell::default(),
            resume: Rc::new(Notify::new()),
            output: RefCell::default(),
            connector: RefCell::default(),
            referenced: Cell::new(true),
            counted: Cell::new(false),
            requests: Cell::new(0),
            descriptors: RefCell::default(),
            blocking: Cell::new(false),
            read_size: Cell::new(READ_SIZE),
        }
    }

    /// Adds a handle to the isolate's resources; `fd` is what it works on, once there is one.
    pub(super) fn add(scope: &v8::PinScope, kind: Kind, fd: Option<OwnedFd>) -> Result<Rc<Self>, i32> {
        let state = op_state(scope);
        let handle = Rc::new(Self::new(state.borrow().event_loop(), kind));
        if let Some(fd) = fd {
            handle.install(fd).map_err(|(errno, _)| errno)?;
        }
        let id = state.borrow_mut().resources.add(handle.clone());
        handle.id.set(id);
        Ok(handle)
    }

    /// The number JavaScript knows this handle by.
    pub(super) fn id(&self) -> ResourceId {
        self.id.get()
    }

    /// Registers `fd`, which must be non-blocking, with the I/O driver. Gives it back where that is refused.
    pub(super) fn install(&self, fd: OwnedFd) -> Result<(), (i32, OwnedFd)> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        // SAFETY: an `OwnedFd` always gives the same open descriptor, closes it only when it is dropped, and is not
        // taken out of the `AsyncFd` nor changed while it is registered: only `get_ref` is used on it.
        let io = unsafe { AsyncFd::register_with_interest(fd, interest) }.map_err(|error| {
            let (fd, error) = error.into_parts();
            (uv::errno_of(&error), fd)
        })?;
        let io = Rc::new(io);
        *self.output.borrow_mut() = Some(Rc::new(Output::new(Rc::downgrade(&io))));
        *self.io.borrow_mut() = Io::Open(io);
        Ok(())
    }

    pub(super) fn open_io(&self) -> Option<Rc<AsyncFd<OwnedFd>>> {
        match &*self.io.borrow() {
            Io::Open(io) => Some(io.clone()),
            _ => None,
        }
    }

    /// Runs `body` on the descriptor, bound or open.
    pub(super) fn with_fd<T>(&self, body: impl FnOnce(&OwnedFd) -> T) -> Option<T> {
        match &*self.io.borrow() {
            Io::None => None,
            Io::Bound(fd) => Some(body(fd)),
            Io::Open(io) => Some(body(io.get_ref())),
        }
    }

    fn update_liveness(&self) {
        let wanted = self.referenced.get() && (self.reading.get() || self.listening.get());
        if wanted != self.counted.replace(wanted) {
            if wanted { self.shared.liveness.add_ref() } else { self.shared.liveness.release() }
        }
    }

    fn set_reading(&self, reading: bool) {
        self.reading.set(reading);
        self.update_liveness();
    }

    /// Begins to accept connections; the socket listens already.
    pub(super) fn start_listening(self: &Rc<Self>) {
        self.listening.set(true);
        self.update_liveness();
        self.start_reader();
    }

    /// A request (write, shutdown, connect) began: the loop lives until it ended.
    pub(super) fn begin_request(&self) {
        self.requests.set(self.requests.get() + 1);
        self.shared.liveness.add_ref();
    }

    fn end_request(&self) {
        if self.requests.get() > 0 {
            self.requests.set(self.requests.get() - 1);
            self.shared.liveness.release();
        }
    }

    /// Keeps the task of a connect under way, to end it with the handle.
    pub(super) fn set_connector(&self, task: AbortHandle) {
        *self.connector.borrow_mut() = Some(task);
    }

    /// Wakes the task that waits for readiness, or starts it.
    fn start_reader(&self) {
        if self.reader.borrow().is_some() {
            self.resume.notify_one();
            return;
        }
        let Some(io) = self.open_io() else { return };
        let io = Rc::downgrade(&io);
        let (id, queue, resume) = (self.id.get(), self.shared.handle(), self.resume.clone());
        let task = self.shared.spawn_local(async move {
            while readable(&io).await && queue.post_event(EventKind::Stream, move |scope| on_readable(scope, id)) {
                resume.notified().await;
            }
        });
        *self.reader.borrow_mut() = Some(task);
    }

    /// Tells JavaScript of an event.
    fn emit(&self, scope: &mut v8::PinScope, event: Event, a: v8::Local<v8::Value>, b: Option<v8::Local<v8::Value>>) {
        let streams = streams(scope);
        let Some(function) = streams.dispatch.borrow().clone() else { return };
        let Some(owner) = self.owner.borrow().clone() else { return };
        let context = self.async_context.borrow().clone();
        let function = v8::Local::new(scope, function);
        let owner = v8::Local::new(scope, owner);
        let event = v8::Integer::new(scope, event as i32).into();
        let undefined = v8::undefined(scope).into();
        let context = context.map_or(undefined, |c| v8::Local::new(scope, c));
        tick::make_callback_in(scope, function, owner.into(), &[event, a, b.unwrap_or(undefined)], context);
    }

    fn release(&self) {
        self.set_reading(false);
        self.listening.set(false);
        self.update_liveness();
        while self.requests.get() > 0 {
            self.end_request();
        }
        for task in [self.reader.take(), self.connector.take()].into_iter().flatten() {
            task.abort();
        }
        if let Some(output) = self.output.take() {
            output.stop();
        }
        self.io.take();
        self.descriptors.take();
        // Dropped outside the borrow: dropping a Global may run V8's code.
        drop((self.owner.take(), self.async_context.take()));
    }
}

/// Waits until `io` is readable (or hung up); false once it is closed.
pub(super) async fn readable(io: &Weak<AsyncFd<OwnedFd>>) -> bool {
    std::future::poll_fn(|cx| {
        let Some(io) = io.upgrade() else { return std::task::Poll::Ready(false) };
        io.poll_read_ready(cx).map(|ready| ready.map(|mut guard| guard.retain_ready()).is_ok())
    })
    .await
}

fn streams(scope: &v8::PinScope) -> Rc<Streams> {
    op_state(scope).borrow_mut().value()
}

/// The handle `id`, unless it was closed.
pub(super) fn find(scope: &v8::PinScope, id: ResourceId) -> Option<Rc<StreamHandle>> {
    op_state(scope).borrow().resources.get(id)
}

/// The JavaScript objects of the open handles that are referenced: as soon as they work, they keep the loop alive.
pub(super) fn active_owners(scope: &v8::PinScope) -> Vec<v8::Global<v8::Object>> {
    let handles = op_state(scope).borrow().resources.all::<StreamHandle>();
    let active = handles.iter().filter(|h| h.referenced.get());
    active.filter_map(|h| h.owner.borrow().clone()).collect()
}

/// What a handle is like, for those who tell of it.
pub(super) struct Described {
    pub(super) handle: Rc<StreamHandle>,
    pub(super) is_active: bool,
    pub(super) is_referenced: bool,
    pub(super) is_listening: bool,
    /// Bytes that wait to be written.
    pub(super) queued: usize,
}

/// All that there are.
pub(super) fn describe_all(scope: &v8::PinScope) -> Vec<Described> {
    let describe = |handle: Rc<StreamHandle>| {
        let queued = handle.output.borrow().as_ref().map_or(0, |output| output.queued_bytes());
        Described {
            is_active: handle.reading.get() || handle.listening.get() || handle.requests.get() > 0,
            is_referenced: handle.referenced.get(),
            is_listening: handle.listening.get(),
            queued,
            handle,
        }
    };
    op_state(scope).borrow().resources.all::<StreamHandle>().into_iter().map(describe).collect()
}

/// The handle an operation's first argument names, or libuv's number for a bad descriptor.
pub(super) fn arg_handle(scope: &mut v8::PinScope, args: Args) -> OpResult<Result<Rc<StreamHandle>, i32>> {
    let id = arg_u32(scope, args, 0)?;
    Ok(find(scope, id).ok_or(-libc::EBADF))
}

/// Job of the poll phase: the descriptor of handle `id` became readable.
fn on_readable(scope: &mut v8::PinScope, id: ResourceId) {
    let Some(handle) = find(scope, id) else { return };
    for _ in 0..READS_PER_TURN {
        let more = if handle.listening.get() { accept_one(scope, &handle) } else { read_one(scope, &handle) };
        match more {
            Turn::Again => {}
            Turn::Wait => break,
            Turn::Pause(delay) => {
                let resume = handle.resume.clone();
                handle.shared.spawn_local(async move {
                    tokio::time::sleep(delay).await;
                    resume.notify_one();
                });
                return;
            }
            Turn::Stop => return,
        }
    }
    if handle.reading.get() || handle.listening.get() {
        handle.resume.notify_one();
    }
}

/// What to do after one read or accept.
enum Turn {
    Again,
    /// The kernel has no more.
    Wait,
    /// Out of descriptors: trying again at once would only spin.
    Pause(std::time::Duration),
    /// JavaScript does not want more.
    Stop,
}

fn read_one(scope: &mut v8::PinScope, handle: &Rc<StreamHandle>) -> Turn {
    if !handle.reading.get() {
        return Turn::Stop;
    }
    let Some(io) = handle.open_io() else { return Turn::Stop };
    let streams = streams(scope);
    let mut scratch = streams.scratch.borrow_mut();
    scratch.resize(handle.read_size.get(), 0);
    let mut descriptors = Vec::new();
    let mut short = None;
    let result = io.try_io(Interest::READABLE, |fd| {
        if handle.kind == Kind::Ipc {
            return super::stream_output::receive(fd, &mut scratch, &mut descriptors);
        }
        let length = rustix::io::read(fd, &mut scratch[..])?;
        if handle.kind == Kind::Tcp && length > 0 && length < scratch.len() {
            // The socket is empty: what comes next is told by the selector, as is its end. Saying that reading would
            // block spares asking the kernel once more. (A terminal gives a line at a time and may have another.)
            short = Some(length);
            return Err(std::io::ErrorKind::WouldBlock.into());
        }
        Ok(length)
    });
    let result = short.map_or(result, Ok);
    v8::scope!(let scope, scope);
    match result {
        Ok(0) => {
            drop(scratch);
            handle.set_reading(false);
            let undefined = v8::undefined(scope).into();
            handle.emit(scope, Event::End, undefined, None);
            Turn::Stop
        }
        Ok(length) => {
            let bytes = scratch[..length].to_vec();
            drop(scratch);
            if !descriptors.is_empty() {
                let count = v8::Integer::new(scope, i32::try_from(descriptors.len()).unwrap_or(i32::MAX)).into();
                handle.descriptors.borrow_mut().extend(descriptors);
                handle.emit(scope, Event::Descriptors, count, None);
            }
            let buffer = super::args::array_buffer(scope, bytes).into();
            handle.emit(scope, Event::Read, buffer, None);
            if short.is_some() { Turn::Wait } else { Turn::Again }
        }
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Turn::Wait,
        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Turn::Again,
        Err(error) => {
            drop(scratch);
            handle.set_reading(false);
            let errno = v8::Integer::new(scope, uv::errno_of(&error)).into();
            handle.emit(scope, Event::ReadError, errno, None);
            Turn::Stop
        }
    }
}

fn accept_one(scope: &mut v8::PinScope, handle: &Rc<StreamHandle>) -> Turn {
    let Some(io) = handle.open_io() else { return Turn::Stop };
    let accepted = io.try_io(Interest::READABLE, |fd| {
        let (socket, _) = socket2::SockRef::from(fd).accept()?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    });
    v8::scope!(let scope, scope);
    let added = match accepted {
        Ok(socket) => StreamHandle::add(scope, handle.kind, Some(socket.into())),
        // Also made by the driver, without asking the system.
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Turn::Wait,
        Err(error) => match error.raw_os_error() {
            // The peer gave up before it was accepted.
            Some(libc::EINTR | libc::ECONNABORTED) => return Turn::Again,
            _ => Err(uv::errno_of(&error)),
        },
    };
    match added {
        Ok(accepted) => {
            let zero = v8::Integer::new(scope, 0).into();
            let id = v8::Integer::new_from_unsigned(scope, accepted.id()).into();
            handle.emit(scope, Event::Connection, zero, Some(id));
            Turn::Again
        }
        Err(errno) => {
            let errno = v8::Integer::new(scope, errno).into();
            handle.emit(scope, Event::Connection, errno, None);
            Turn::Pause(std::time::Duration::from_millis(20))
        }
    }
}

/// Posts the end of a request to the loop, which tells JavaScript.
pub(super) fn post_request_end(shared: &LoopShared, id: ResourceId, event: Event, errno: i32) {
    shared.handle().post_event(EventKind::Stream, move |scope| {
        let Some(handle) = find(scope, id) else { return };
        handle.end_request();
        let errno = v8::Integer::new(scope, errno).into();
        handle.emit(scope, event, errno, None);
    });
}

fn set_dispatch(scope: Scope, args: Args, _: Rv) -> OpResult {
    let function = arg_function(args, 0)?;
    let function = v8::Global::new(scope, function);
    let old = streams(scope).dispatch.replace(Some(function));
    drop(old);
    Ok(())
}

/// `create(kind)`: the number of a new handle without a descriptor.
fn create(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let kind = match arg_i32(scope, args, 0)? {
        0 => Kind::Tcp,
        1 => Kind::Pipe,
        _ => Kind::Ipc,
    };
    if let Ok(handle) = StreamHandle::add(scope, kind, None) {
        rv.set_uint32(handle.id());
    }
    Ok(())
}

/// `attach(id, object)`: whom events are told to.
fn attach(scope: Scope, args: Args, _: Rv) -> OpResult {
    let Ok(handle) = arg_handle(scope, args)? else { return Ok(()) };
    let object = arg_object(args, 1)?;
    let context = scope.get_continuation_preserved_embedder_data();
    let context = (!context.is_undefined()).then(|| v8::Global::new(scope, context));
    let object = v8::Global::new(scope, object);
    let old = (handle.owner.replace(Some(object)), handle.async_context.replace(context));
    drop(old);
    Ok(())
}

/// `open(id, fd)`: takes the descriptor over. Returns 0 or a negative errno.
fn open(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let handle = arg_handle(scope, args)?;
    let raw: RawFd = arg_i32(scope, args, 1)?;
    rv.set_int32(handle.and_then(|h| adopt(&h, raw)).err().unwrap_or(0));
    Ok(())
}

fn adopt(handle: &StreamHandle, raw: RawFd) -> Result<(), i32> {
    if raw < 0 || !matches!(*handle.io.borrow(), Io::None) {
        return Err(-libc::EINVAL);
    }
    // SAFETY: `F_GETFD` on any number is harmless: it fails with EBADF where nothing is open under it.
    if unsafe { libc::fcntl(raw, libc::F_GETFD) } == -1 {
        return Err(-libc::EBADF);
    }
    // SAFETY: `raw` is open, as just checked, and the caller hands it over: who passes a descriptor number to a
    // stream gives up closing it, as documented for `net.Socket`'s `fd`.
    let fd = unsafe { OwnedFd::from_raw_fd(raw) };
    if let Err(error) = set_nonblocking(&fd) {
        let _ = fd.into_raw_fd();
        return Err(error);
    }
    handle.install(fd).map_err(|(errno, fd)| {
        // Not taken over: it stays the caller's, open.
        let _ = fd.into_raw_fd();
        errno
    })
}

/// Makes reads and writes of `fd` return rather than wait.
pub(super) fn set_nonblocking(fd: &impl AsFd) -> Result<(), i32> {
    let set = || {
        let flags = rustix::fs::fcntl_getfl(fd)?;
        rustix::fs::fcntl_setfl(fd, flags | rustix::fs::OFlags::NONBLOCK)
    };
    set().map_err(|e: rustix::io::Errno| -e.raw_os_error())
}

fn fd(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let handle = arg_handle(scope, args)?;
    rv.set_int32(handle.ok().and_then(|h| h.with_fd(AsRawFd::as_raw_fd)).unwrap_or(-1));
    Ok(())
}

fn read_start(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let errno = match arg_handle(scope, args)? {
        Ok(handle) if handle.open_io().is_some() => {
            handle.set_reading(true);
            handle.start_reader();
            0
        }
        Ok(_) => -libc::ENOTCONN,
        Err(errno) => errno,
    };
    rv.set_int32(errno);
    Ok(())
}

fn read_stop(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    if let Ok(handle) = arg_handle(scope, args)? {
        handle.set_reading(false);
    }
    rv.set_int32(0);
    Ok(())
}

fn set_ref(scope: Scope, args: Args, _: Rv) -> OpResult {
    let referenced = arg_bool(scope, args, 1);
    if let Ok(handle) = arg_handle(scope, args)? {
        handle.referenced.set(referenced);
        handle.update_liveness();
    }
    Ok(())
}

/// `setReadSize(id, bytes)`: the most one read asks for.
fn set_read_size(scope: Scope, args: Args, _: Rv) -> OpResult {
    let size = arg_u32(scope, args, 1)? as usize;
    if let Ok(handle) = arg_handle(scope, args)? {
        handle.read_size.set(size.clamp(1, READ_SIZE));
    }
    Ok(())
}

/// `setBlocking(id, on)`: whether writes wait until the kernel took everything. Reads never wait.
fn set_blocking(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let blocking = arg_bool(scope, args, 1);
    let handle = arg_handle(scope, args)?;
    if let Ok(handle) = &handle {
        handle.blocking.set(blocking);
    }
    rv.set_int32(handle.err().unwrap_or(0));
    Ok(())
}

/// Writes `chunks`, at once or through the queue. Returns twice the number of bytes, plus 1 where they are queued, or a
/// negative errno.
fn write_chunks(handle: &Rc<StreamHandle>, chunks: VecDeque<Chunk>, descriptor: Option<OwnedFd>) -> f64 {
    let Some(output) = handle.output.borrow().clone() else { return f64::from(-libc::EBADF) };
    let size: usize = chunks.iter().map(Chunk::len).sum();
    match output.write(chunks, descriptor, handle.blocking.get()) {
        Outcome::Done => size as f64 * 2.0,
        Outcome::Failed(errno) => f64::from(errno),
        Outcome::Queued => {
            handle.begin_request();
            run_output(handle, &output);
            size as f64 * 2.0 + 1.0
        }
    }
}

/// Starts the task that empties the queue, unless it runs.
fn run_output(handle: &StreamHandle, output: &Rc<Output>) {
    if !output.claim() {
        return;
    }
    let (id, shared, queue) = (handle.id.get(), handle.shared.clone(), output.clone());
    let task = handle.shared.spawn_local(async move {
        queue.run(|event, errno| post_request_end(&shared, id, event, errno)).await;
    });
    output.set_task(task);
}

fn write(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let region = arg_region(args, 1)?;
    let result = match arg_handle(scope, args)? {
        Ok(handle) => write_chunks(&handle, VecDeque::from([Chunk::Region(region)]), None),
        Err(errno) => f64::from(errno),
    };
    rv.set_double(result);
    Ok(())
}

fn writev(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let array = v8::Local::<v8::Array>::try_from(args.get(1))
        .map_err(|_| OpError::type_error("ERR_INVALID_ARG_TYPE", "The chunks must be an array"))?;
    let mut chunks = VecDeque::with_capacity(array.length() as usize);
    for index in 0..array.length() {
        let item = array.get_index(scope, index).ok_or_else(OpError::pending)?;
        let region = region_of(item)
            .ok_or_else(|| OpError::type_error("ERR_INVALID_ARG_TYPE", "A chunk must be a view of a buffer"))?;
        chunks.push_back(Chunk::Region(region));
    }
    let result = match arg_handle(scope, args)? {
        Ok(handle) => write_chunks(&handle, chunks, None),
        Err(errno) => f64::from(errno),
    };
    rv.set_double(result);
    Ok(())
}

/// `writeString(id, text, utf8)`: as UTF-8, or one byte for each code unit.
fn write_string(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let bytes = if arg_bool(scope, args, 2) {
        arg_string(scope, args, 1)?.into_bytes()
    } else {
        let text = v8::Local::<v8::String>::try_from(args.get(1))
            .map_err(|_| OpError::type_error("ERR_INVALID_ARG_TYPE", "The text must be a string"))?;
        let mut bytes = vec![0; text.length()];
        text.write_one_byte_v2(scope, 0, &mut bytes, v8::WriteFlags::empty());
        bytes
    };
    let result = match arg_handle(scope, args)? {
        Ok(handle) => write_chunks(&handle, VecDeque::from([Chunk::Bytes(bytes)]), None),
        Err(errno) => f64::from(errno),
    };
    rv.set_double(result);
    Ok(())
}

/// `writeWithDescriptor(id, bytes, fd)`: the receiver gets a duplicate of `fd` with the first of the bytes.
fn write_with_descriptor(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let region = arg_region(args, 1)?;
    let raw: RawFd = arg_i32(scope, args, 2)?;
    let result = arg_handle(scope, args)?.and_then(|handle| {
        // Duplicated, so that the caller may close its own before a queued write is through.
        let descriptor = duplicate(raw)?;
        Ok(write_chunks(&handle, VecDeque::from([Chunk::Region(region)]), Some(descriptor)))
    });
    rv.set_double(result.unwrap_or_else(f64::from));
    Ok(())
}

/// A duplicate of the descriptor number `raw`, closed on exec.
pub(super) fn duplicate(raw: RawFd) -> Result<OwnedFd, i32> {
    // SAFETY: duplicating any number is harmless: it fails with EBADF where nothing is open under it.
    let copy = unsafe { libc::fcntl(raw, libc::F_DUPFD_CLOEXEC, 0) };
    if copy == -1 {
        return Err(uv::errno_of(&std::io::Error::last_os_error()));
    }
    // SAFETY: `copy` was just made and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(copy) })
}

/// `takeDescriptor(id)`: the oldest descriptor received and not yet taken, now the caller's to close; -1 for none.
fn take_descriptor(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let handle = arg_handle(scope, args)?;
    let taken = handle.ok().and_then(|h| h.descriptors.borrow_mut().pop_front());
    rv.set_int32(taken.map_or(-1, IntoRawFd::into_raw_fd));
    Ok(())
}

fn write_queue_size(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let size = arg_handle(scope, args)?.ok().and_then(|h| h.output.borrow().as_ref().map(|o| o.queued_bytes()));
    rv.set_double(size.unwrap_or(0) as f64);
    Ok(())
}

/// `shutdown(id)`: ends the writing half once the queue is empty. Returns 0 or a negative errno; the end is an event.
fn shutdown(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let errno = match arg_handle(scope, args)? {
        Ok(handle) => match handle.output.borrow().clone() {
            Some(output) => {
                output.request_shutdown();
                handle.begin_request();
                run_output(&handle, &output);
                0
            }
            None => -libc::ENOTCONN,
        },
        Err(errno) => errno,
    };
    rv.set_int32(errno);
    Ok(())
}

/// `linger(id)`: makes the coming close reset the connection.
fn linger(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let errno = match arg_handle(scope, args)? {
        Ok(handle) => handle
            .with_fd(|fd| socket2::SockRef::from(fd).set_linger(Some(std::time::Duration::ZERO)))
            .map_or(-libc::EBADF, |result| result.err().map_or(0, |e| uv::errno_of(&e))),
        Err(errno) => errno,
    };
    rv.set_int32(errno);
    Ok(())
}

/// `close(id, callback)`: closes the descriptor now and calls `callback` in the close phase.
fn close(scope: Scope, args: Args, _: Rv) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let removed = op_state(scope).borrow_mut().resources.remove::<StreamHandle>(id);
    let Some(handle) = removed else { return Ok(()) };
    handle.release();
    let function = match v8::Local::<v8::Function>::try_from(args.get(1)) {
        Ok(function) => v8::Global::new(scope, function),
        Err(_) => return Ok(()),
    };
    handle.shared.enqueue_close(scope, function);
    Ok(())
}
