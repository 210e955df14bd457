//! `internalBinding('udp')`: datagram sockets.
//!
//! *Owns* one socket per handle, made by the first bind, connect or send. *Threads:* the isolate's own only. Reading
//! works as in [`super::stream_handle`]: a task waits for readiness, a job in the poll phase takes what has arrived.
//! A datagram the kernel cannot take at once is queued and sent by a second task. *Liveness:* a referenced handle
//! keeps the loop alive while it receives; a queued datagram does until it is sent.
//!
//! Operations return 0 or libuv's negative error number.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::rc::Rc;

use socket2::{Domain, InterfaceIndexOrAddress, Protocol, SockAddr, SockRef, Socket, Type};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::OpDecl;
use super::args::{arg_bool, arg_function, arg_i32, arg_string, arg_u32, bytes_of, string};
use super::async_op::EventCallback;
use super::error::OpResult;
use super::net::{answer_name, index_of_interface, socket_address};
use super::state::{ResourceId, op_state};
use super::stream_handle::{Args, Rv, Scope, duplicate, readable};
use super::stream_output::writable;
use super::uv;
use crate::main_loop::LoopShared;
use crate::main_loop::record::EventKind;
use crate::op;
use crate::permission;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("bind", 5, bind),
    op!("bufferSize", 3, buffer_size),
    op!("close", 2, close),
    op!("connect", 4, connect),
    op!("create", 2, create),
    op!("disconnect", 1, disconnect),
    op!("fd", 1, fd),
    op!("localAddress", 1, local_address),
    op!("membership", 4, membership),
    op!("open", 3, open),
    op!("peerAddress", 1, peer_address),
    op!("receive", 2, receive),
    op!("send", 5, send),
    op!("setMulticastInterface", 2, set_multicast_interface),
    op!("setOption", 3, set_option),
    op!("setRef", 2, set_ref),
    op!("sourceMembership", 5, source_membership),
];

/// Largest datagram there is.
const LARGEST: usize = 64 * 1024;
/// Datagrams one readiness may deliver before others get their turn, as in libuv.
const RECEIVES_PER_TURN: usize = 32;
/// libuv's `UV_UDP_IPV6ONLY`, `UV_UDP_REUSEADDR` and `UV_UDP_REUSEPORT`.
const IPV6_ONLY: i32 = 1;
const REUSE_ADDRESS: i32 = 4;
const REUSE_PORT: i32 = 8;

/// A datagram that waits to be sent, and where to.
type Outgoing = (Vec<u8>, Option<SockAddr>);

struct Udp {
    id: Cell<ResourceId>,
    family: i32,
    /// `callback(0, bytes, address, port)`, `callback(errno)`, or `callback(1, errno)` for a queued datagram's end.
    callback: EventCallback,
    shared: Rc<LoopShared>,
    io: RefCell<Option<Rc<AsyncFd<OwnedFd>>>>,
    receiving: Cell<bool>,
    referenced: Cell<bool>,
    counted: Cell<bool>,
    resume: Rc<Notify>,
    tasks: RefCell<Vec<AbortHandle>>,
    reader_runs: Cell<bool>,
    queue: Rc<RefCell<VecDeque<Outgoing>>>,
    queued: Cell<usize>,
}

type Refused<T> = Result<T, i32>;

fn errno(error: io::Error) -> i32 {
    uv::errno_of(&error)
}

impl Udp {
    fn update_liveness(&self) {
        let wanted = self.referenced.get() && self.receiving.get();
        if wanted != self.counted.replace(wanted) {
            if wanted { self.shared.liveness.add_ref() } else { self.shared.liveness.release() }
        }
    }

    fn install(&self, fd: OwnedFd) -> Refused<()> {
        // SAFETY: an `OwnedFd` always gives the same open descriptor, closes it only when it is dropped, and is not
        // taken out of the `AsyncFd` nor changed while it is registered: only `get_ref` is used on it.
        let io = unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE | Interest::WRITABLE) };
        let io = io.map_err(|error| errno(error.into_parts().1))?;
        *self.io.borrow_mut() = Some(Rc::new(io));
        Ok(())
    }

    /// The socket, made if there is none yet.
    fn socket(&self) -> Refused<Rc<AsyncFd<OwnedFd>>> {
        if self.io.borrow().is_none() {
            let domain = if self.family == 6 { Domain::IPV6 } else { Domain::IPV4 };
            let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP)).map_err(errno)?;
            socket.set_nonblocking(true).map_err(errno)?;
            self.install(socket.into())?;
        }
        self.io.borrow().clone().ok_or(-libc::EBADF)
    }

    fn set_receiving(&self, receiving: bool) {
        self.receiving.set(receiving);
        self.update_liveness();
    }

    fn start_reader(&self) {
        if self.reader_runs.replace(true) {
            self.resume.notify_one();
            return;
        }
        let Some(io) = self.io.borrow().as_ref().map(Rc::downgrade) else { return };
        let (id, queue, resume) = (self.id.get(), self.shared.handle(), self.resume.clone());
        let task = self.shared.spawn_local(async move {
            while readable(&io).await && queue.post_event(EventKind::Datagram, move |scope| on_readable(scope, id)) {
                resume.notified().await;
            }
        });
        self.tasks.borrow_mut().push(task);
    }

    /// Queues a datagram and sees to it that the queue is emptied.
    fn enqueue(&self, bytes: Vec<u8>, to: Option<SockAddr>) {
        self.queue.borrow_mut().push_back((bytes, to));
        self.shared.liveness.add_ref();
        self.queued.set(self.queued.get() + 1);
        if self.queue.borrow().len() > 1 {
            return;
        }
        let Some(io) = self.io.borrow().as_ref().map(Rc::downgrade) else { return };
        let (id, handle, queue) = (self.id.get(), self.shared.handle(), self.queue.clone());
        let task = self.shared.spawn_local(async move {
            while writable(&io).await {
                let Some(io) = io.upgrade() else { return };
                let sent = match queue.borrow().front() {
                    Some((bytes, to)) => io.try_io(Interest::WRITABLE, |fd| send_now(fd, bytes, to.as_ref())),
                    None => return,
                };
                let result = match sent {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                    Err(error) => errno(error),
                    Ok(_) => 0,
                };
                queue.borrow_mut().pop_front();
                handle.post_event(EventKind::Datagram, move |scope| on_sent(scope, id, result));
            }
        });
        self.tasks.borrow_mut().push(task);
    }

    fn release(&self) {
        self.set_receiving(false);
        for _ in 0..self.queued.take() {
            self.shared.liveness.release();
        }
        for task in self.tasks.take() {
            task.abort();
        }
        self.queue.take();
        self.io.take();
    }
}

fn send_now(fd: &OwnedFd, bytes: &[u8], to: Option<&SockAddr>) -> io::Result<usize> {
    loop {
        let socket = SockRef::from(fd);
        let sent = match to {
            Some(address) => socket.send_to(bytes, address),
            None => socket.send(bytes),
        };
        match sent {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

fn find(scope: &v8::PinScope, id: ResourceId) -> Option<Rc<Udp>> {
    op_state(scope).borrow().resources.get(id)
}

fn arg_udp(scope: Scope, args: Args) -> OpResult<Refused<Rc<Udp>>> {
    let id = arg_u32(scope, args, 0)?;
    Ok(find(scope, id).ok_or(-libc::EBADF))
}

fn on_sent(scope: &mut v8::PinScope, id: ResourceId, result: i32) {
    let Some(udp) = find(scope, id) else { return };
    udp.queued.set(udp.queued.get().saturating_sub(1));
    udp.shared.liveness.release();
    let arguments = [v8::Integer::new(scope, 1).into(), v8::Integer::new(scope, result).into()];
    udp.callback.call(scope, &arguments);
}

fn on_readable(scope: &mut v8::PinScope, id: ResourceId) {
    let Some(udp) = find(scope, id) else { return };
    for _ in 0..RECEIVES_PER_TURN {
        if !udp.receiving.get() {
            return;
        }
        let Some(io) = udp.io.borrow().clone() else { return };
        let received = io.try_io(Interest::READABLE, receive_one);
        v8::scope!(let scope, scope);
        match received {
            Ok((bytes, from)) => {
                let Some(from) = from else { continue };
                let length = bytes.len();
                let buffer = super::args::array_buffer(scope, bytes);
                debug_assert_eq!(buffer.byte_length(), length);
                let mut text = from.ip().to_string();
                if let SocketAddr::V6(v6) = from
                    && v6.scope_id() != 0
                {
                    text = format!("{text}%{}", v6.scope_id());
                }
                let Ok(address) = string(scope, &text) else { return };
                let arguments = [
                    v8::Integer::new(scope, 0).into(),
                    buffer.into(),
                    address.into(),
                    v8::Integer::new(scope, i32::from(from.port())).into(),
                ];
                udp.callback.call(scope, &arguments);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let argument = v8::Integer::new(scope, errno(error)).into();
                udp.callback.call(scope, &[argument]);
            }
        }
    }
    udp.resume.notify_one();
}

fn receive_one(fd: &OwnedFd) -> io::Result<(Vec<u8>, Option<SocketAddr>)> {
    let mut buffer = Vec::with_capacity(LARGEST);
    let (length, from) = SockRef::from(fd).recv_from(buffer.spare_capacity_mut())?;
    // SAFETY: the system wrote `length` bytes, at most the capacity it was given.
    unsafe { buffer.set_len(length) };
    // Most datagrams are far smaller than the largest.
    buffer.shrink_to_fit();
    Ok((buffer, from.as_socket()))
}

/// `create(family, callback)`: the number of a new handle.
fn create(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let family = arg_i32(scope, args, 0)?;
    let callback = EventCallback::new(scope, arg_function(args, 1)?);
    let state = op_state(scope);
    let udp = Rc::new(Udp {
        id: Cell::new(0),
        family,
        callback,
        shared: state.borrow().event_loop(),
        io: RefCell::default(),
        receiving: Cell::new(false),
        referenced: Cell::new(true),
        counted: Cell::new(false),
        resume: Rc::new(Notify::new()),
        tasks: RefCell::default(),
        reader_runs: Cell::new(false),
        queue: Rc::default(),
        queued: Cell::new(0),
    });
    let id = state.borrow_mut().resources.add(udp.clone());
    udp.id.set(id);
    rv.set_uint32(id);
    Ok(())
}

/// `open(id, fd, take)`: uses the descriptor; with `take` it becomes the handle's to close, else a duplicate is used.
fn open(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let raw = arg_i32(scope, args, 1)?;
    let take = arg_bool(scope, args, 2);
    let result = arg_udp(scope, args)?.and_then(|udp| {
        let copy = duplicate(raw)?;
        if SockRef::from(&copy).r#type().map_err(errno)? != Type::DGRAM {
            return Err(-libc::EINVAL);
        }
        SockRef::from(&copy).set_nonblocking(true).map_err(errno)?;
        udp.install(copy)?;
        if take {
            // SAFETY: `raw` is open, as duplicating it has shown, and the caller hands it over.
            drop(unsafe { OwnedFd::from_raw_fd(raw) });
        }
        Ok(())
    });
    rv.set_int32(result.err().unwrap_or(0));
    Ok(())
}

fn fd(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let fd = arg_udp(scope, args)?.ok().and_then(|u| u.io.borrow().as_ref().map(|io| io.get_ref().as_raw_fd()));
    rv.set_int32(fd.unwrap_or(-1));
    Ok(())
}

/// `bind(id, address, port, family, flags)`
fn bind(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let address = arg_string(scope, args, 1)?;
    permission::check(permission::Scope::Net, &address)?;
    let (port, family, flags) = (arg_i32(scope, args, 2)?, arg_i32(scope, args, 3)?, arg_i32(scope, args, 4)?);
    let result = arg_udp(scope, args)?.and_then(|udp| {
        let address = socket_address(&address, port, family)?;
        let io = udp.socket()?;
        let socket = SockRef::from(io.get_ref());
        if flags & REUSE_ADDRESS != 0 {
            socket.set_reuse_address(true).map_err(errno)?;
        }
        if flags & REUSE_PORT != 0 {
            socket.set_reuse_port(true).map_err(errno)?;
        }
        if family == 6 && flags & IPV6_ONLY != 0 {
            socket.set_only_v6(true).map_err(errno)?;
        }
        socket.bind(&address.into()).map_err(errno)
    });
    rv.set_int32(result.err().unwrap_or(0));
    Ok(())
}

/// `connect(id, address, port, family)`
fn connect(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let address = arg_string(scope, args, 1)?;
    permission::check(permission::Scope::Net, &address)?;
    let (port, family) = (arg_i32(scope, args, 2)?, arg_i32(scope, args, 3)?);
    let result = arg_udp(scope, args)?.and_then(|udp| {
        let address = socket_address(&address, port, family)?;
        SockRef::from(udp.socket()?.get_ref()).connect(&address.into()).map_err(errno)
    });
    rv.set_int32(result.err().unwrap_or(0));
    Ok(())
}

fn disconnect(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let result = arg_udp(scope, args)?.and_then(|udp| {
        let io = udp.socket()?;
        rustix::net::connect_unspec(io.get_ref()).map_err(|e| -e.raw_os_error())
    });
    rv.set_int32(result.err().unwrap_or(0));
    Ok(())
}

/// `send(id, chunks, address, port, family)`: one datagram of all chunks, to the connected address where `address` is
/// empty. The number of bytes sent, -0.5 where the datagram was queued, or a negative errno.
fn send(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let mut bytes = Vec::new();
    if let Ok(chunks) = v8::Local::<v8::Array>::try_from(args.get(1)) {
        for index in 0..chunks.length() {
            bytes.extend(chunks.get_index(scope, index).and_then(bytes_of).unwrap_or_default());
        }
    }
    let address = arg_string(scope, args, 2)?;
    permission::check(permission::Scope::Net, &address)?;
    let (port, family) = (arg_i32(scope, args, 3)?, arg_i32(scope, args, 4)?);
    let result = arg_udp(scope, args)?.and_then(|udp| {
        let to = match address.is_empty() {
            true => None,
            false => Some(SockAddr::from(socket_address(&address, port, family)?)),
        };
        let io = udp.socket()?;
        if udp.queue.borrow().is_empty() {
            match send_now(io.get_ref(), &bytes, to.as_ref()) {
                Ok(sent) => return Ok(sent as f64),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(errno(error)),
            }
        }
        udp.enqueue(bytes, to);
        Ok(-0.5)
    });
    rv.set_double(result.unwrap_or_else(f64::from));
    Ok(())
}

/// `receive(id, on)`
fn receive(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let on = arg_bool(scope, args, 1);
    let result = arg_udp(scope, args)?.and_then(|udp| {
        if on {
            udp.socket()?;
            udp.set_receiving(true);
            udp.start_reader();
        } else {
            udp.set_receiving(false);
        }
        Ok(())
    });
    rv.set_int32(result.err().unwrap_or(0));
    Ok(())
}

fn set_ref(scope: Scope, args: Args, _: Rv) -> OpResult {
    let referenced = arg_bool(scope, args, 1);
    if let Ok(udp) = arg_udp(scope, args)? {
        udp.referenced.set(referenced);
        udp.update_liveness();
    }
    Ok(())
}

fn local_address(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let name = on_socket(scope, args, |socket| socket.local_addr())?;
    answer_name(scope, name, rv)
}

fn peer_address(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let name = on_socket(scope, args, |socket| socket.peer_addr())?;
    answer_name(scope, name, rv)
}

/// Runs `body` on the socket there is; a handle without one has a bad descriptor, as libuv sees it.
fn on_socket<T>(scope: Scope, args: Args, body: impl FnOnce(SockRef) -> io::Result<T>) -> OpResult<Refused<T>> {
    Ok(arg_udp(scope, args)?.and_then(|udp| {
        let io = udp.io.borrow().clone().ok_or(-libc::EBADF)?;
        body(SockRef::from(io.get_ref())).map_err(errno)
    }))
}

/// What a socket is like, for those who tell of it.
pub(super) struct Described {
    pub(super) io: Rc<AsyncFd<OwnedFd>>,
    pub(super) is_active: bool,
    pub(super) is_referenced: bool,
    /// What waits to be sent.
    pub(super) bytes: usize,
    pub(super) datagrams: usize,
}

/// All that are bound.
pub(super) fn describe_all(scope: &v8::PinScope) -> Vec<Described> {
    let describe = |udp: &Rc<Udp>| {
        Some(Described {
            io: udp.io.borrow().clone()?,
            is_active: udp.receiving.get(),
            is_referenced: udp.referenced.get(),
            bytes: udp.queued.get(),
            datagrams: udp.queue.borrow().len(),
        })
    };
    op_state(scope).borrow().resources.all::<Udp>().iter().filter_map(describe).collect()
}

/// `setOption(id, name, value)`: broadcast, ttl, multicastTtl or multicastLoopback.
fn set_option(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let name = arg_string(scope, args, 1)?;
    let value = arg_i32(scope, args, 2)?;
    let is_v6 = arg_udp(scope, args)?.is_ok_and(|u| u.family == 6);
    let number = value.cast_unsigned();
    let result = on_socket(scope, args, |socket| match (name.as_str(), is_v6) {
        ("broadcast", _) => socket.set_broadcast(value != 0),
        ("ttl" | "multicastTtl", _) if !((1..=255).contains(&value) || name == "multicastTtl" && value == 0) => {
            Err(io::Error::from_raw_os_error(libc::EINVAL))
        }
        ("ttl", false) => socket.set_ttl_v4(number),
        ("ttl", true) => socket.set_unicast_hops_v6(number),
        ("multicastTtl", false) => socket.set_multicast_ttl_v4(number),
        ("multicastTtl", true) => socket.set_multicast_hops_v6(number),
        ("multicastLoopback", false) => socket.set_multicast_loop_v4(value != 0),
        ("multicastLoopback", true) => socket.set_multicast_loop_v6(value != 0),
        _ => Err(io::Error::from_raw_os_error(libc::EINVAL)),
    })?;
    rv.set_int32(result.err().unwrap_or(0));
    Ok(())
}

/// The interface a multicast call names: an IPv4 address, an address with a scope, or nothing.
fn interface_of(text: &str) -> u32 {
    let scope = text.split_once('%').map_or("", |(_, scope)| scope);
    scope.parse().unwrap_or_else(|_| index_of_interface(scope))
}

fn v4(text: &str) -> Refused<Ipv4Addr> {
    if text.is_empty() { Ok(Ipv4Addr::UNSPECIFIED) } else { text.parse().map_err(|_| -libc::EINVAL) }
}

/// `setMulticastInterface(id, address)`
fn set_multicast_interface(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let text = arg_string(scope, args, 1)?;
    let is_v6 = arg_udp(scope, args)?.is_ok_and(|u| u.family == 6);
    let address = v4(&text);
    let result = on_socket(scope, args, |socket| match (is_v6, &address) {
        (true, _) => socket.set_multicast_if_v6(interface_of(&text)),
        (false, Ok(address)) => socket.set_multicast_if_v4(address),
        (false, Err(_)) => Err(io::Error::from_raw_os_error(libc::EINVAL)),
    })?;
    rv.set_int32(result.err().unwrap_or(0));
    Ok(())
}

/// `membership(id, group, interface, join)`
fn membership(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let (group, interface) = (arg_string(scope, args, 1)?, arg_string(scope, args, 2)?);
    let join = arg_bool(scope, args, 3);
    let invalid = || io::Error::from_raw_os_error(libc::EINVAL);
    // As libuv, which makes the socket for this.
    if let Ok(udp) = arg_udp(scope, args)? {
        let _ = udp.socket();
    }
    let result = on_socket(scope, args, |socket| {
        let group: IpAddr = group.split('%').next().unwrap_or_default().parse().map_err(|_| invalid())?;
        match group {
            IpAddr::V4(group) => {
                let interface = InterfaceIndexOrAddress::Address(v4(&interface).map_err(|_| invalid())?);
                if join {
                    socket.join_multicast_v4_n(&group, &interface)
                } else {
                    socket.leave_multicast_v4_n(&group, &interface)
                }
            }
            IpAddr::V6(group) if join => socket.join_multicast_v6(&group, interface_of(&interface)),
            IpAddr::V6(group) => socket.leave_multicast_v6(&group, interface_of(&interface)),
        }
    })?;
    rv.set_int32(result.err().unwrap_or(0));
    Ok(())
}

/// `sourceMembership(id, source, group, interface, join)`: IPv4 only, as what socket2 offers.
fn source_membership(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let (source, group) = (arg_string(scope, args, 1)?, arg_string(scope, args, 2)?);
    let interface = arg_string(scope, args, 3)?;
    let join = arg_bool(scope, args, 4);
    let addresses = (|| Ok::<_, i32>((v4(&source)?, v4(&group)?, v4(&interface)?)))();
    if let Ok(udp) = arg_udp(scope, args)? {
        let _ = udp.socket();
    }
    let result = on_socket(scope, args, |socket| {
        let (source, group, interface) = addresses.map_err(|e| io::Error::from_raw_os_error(-e))?;
        if join {
            socket.join_ssm_v4(&source, &group, &interface)
        } else {
            socket.leave_ssm_v4(&source, &group, &interface)
        }
    })?;
    rv.set_int32(result.err().unwrap_or(0));
    Ok(())
}

/// `bufferSize(id, size, receive)`: sets the size of a kernel buffer, or only reads it where `size` is 0. The size, or
/// a negative errno.
fn buffer_size(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let size = arg_u32(scope, args, 1)? as usize;
    let receive = arg_bool(scope, args, 2);
    let result = on_socket(scope, args, |socket| {
        match (size, receive) {
            (0, _) => {}
            (_, true) => socket.set_recv_buffer_size(size)?,
            (_, false) => socket.set_send_buffer_size(size)?,
        }
        if receive { socket.recv_buffer_size() } else { socket.send_buffer_size() }
    })?;
    rv.set_double(result.map_or_else(f64::from, |size| size as f64));
    Ok(())
}

/// `close(id, callback)`: closes the socket now and calls `callback` in the close phase.
fn close(scope: Scope, args: Args, _: Rv) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let removed = op_state(scope).borrow_mut().resources.remove::<Udp>(id);
    let Some(udp) = removed else { return Ok(()) };
    udp.release();
    if let Ok(function) = v8::Local::<v8::Function>::try_from(args.get(1)) {
        let function = v8::Global::new(scope, function);
        udp.shared.enqueue_close(scope, function);
    }
    Ok(())
}
