//! `internalBinding('net')`: what sockets have beyond byte streams - addresses, bind, listen, connect, options.
//!
//! Handles are those of [`super::stream_handle`]; a handle gets its socket here, at the first bind, listen or connect.
//! Operations return 0 or libuv's negative error number, and throw only for arguments js/ must not pass.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::rc::Rc;
use std::time::Duration;

use socket2::{Domain, Protocol, SockAddr, SockRef, Socket, TcpKeepalive, Type};

use super::OpDecl;
use super::args::{arg_bool, arg_f64, arg_i32, arg_string, string};
use super::error::OpResult;
use super::stream_handle::{Args, Event, Io, Rv, Scope, StreamHandle, arg_handle, post_request_end};
use super::stream_output::writable;
use super::uv;
use crate::op;
use crate::permission;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("bind", 5, bind),
    op!("bindPath", 2, bind_path),
    op!("connect", 4, connect),
    op!("connectPath", 2, connect_path),
    op!("fchmod", 2, fchmod),
    op!("getTypeOfService", 1, get_type_of_service),
    op!("interfaceIndex", 1, interface_index),
    op!("listen", 2, listen),
    op!("localAddress", 1, local_address),
    op!("peerAddress", 1, peer_address),
    op!("setKeepAlive", 3, set_keep_alive),
    op!("setNoDelay", 2, set_no_delay),
    op!("setTypeOfService", 2, set_type_of_service),
];

/// libuv's `UV_TCP_IPV6ONLY`.
const IPV6_ONLY: i32 = 1;
/// libuv's `UV_TCP_REUSEPORT`.
const REUSE_PORT: i32 = 2;

type Refused<T> = Result<T, i32>;

fn errno(error: io::Error) -> i32 {
    uv::errno_of(&error)
}

/// The socket address of a numeric `address`, which may end in `%scope`.
pub(super) fn socket_address(address: &str, port: i32, family: i32) -> Refused<SocketAddr> {
    let port = u16::try_from(port).map_err(|_| -libc::EINVAL)?;
    if family != 6 {
        let address: Ipv4Addr = address.parse().map_err(|_| -libc::EINVAL)?;
        return Ok(SocketAddr::new(IpAddr::V4(address), port));
    }
    let (address, scope) = address.split_once('%').unwrap_or((address, ""));
    let address: Ipv6Addr = address.parse().map_err(|_| -libc::EINVAL)?;
    let scope = match scope.parse() {
        Ok(number) => number,
        Err(_) if scope.is_empty() => 0,
        Err(_) => index_of_interface(scope),
    };
    Ok(SocketAddr::V6(SocketAddrV6::new(address, port, 0, scope)))
}

/// The number of the network interface `name`; 0 if there is none.
pub(super) fn index_of_interface(name: &str) -> u32 {
    let Ok(name) = std::ffi::CString::new(name) else { return 0 };
    // SAFETY: `name` is a string that ends in NUL and lives until the call returns.
    unsafe { libc::if_nametoindex(name.as_ptr()) }
}

fn new_tcp(address: &SocketAddr) -> Refused<Socket> {
    let socket = Socket::new(Domain::for_address(*address), Type::STREAM, Some(Protocol::TCP)).map_err(errno)?;
    socket.set_nonblocking(true).map_err(errno)?;
    Ok(socket)
}

fn new_path_socket(path: &str) -> Refused<(Socket, SockAddr)> {
    let address =
        SockAddr::unix(path).map_err(|_| if path.len() > 100 { -libc::ENAMETOOLONG } else { -libc::EINVAL })?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None).map_err(errno)?;
    socket.set_nonblocking(true).map_err(errno)?;
    Ok((socket, address))
}

/// `bind(id, address, port, family, flags)`
fn bind(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let handle = arg_handle(scope, args)?;
    let address = arg_string(scope, args, 1)?;
    permission::check(permission::Scope::Net, &address)?;
    let (port, family, flags) = (arg_i32(scope, args, 2)?, arg_i32(scope, args, 3)?, arg_i32(scope, args, 4)?);
    let result = handle.and_then(|handle| {
        let address = socket_address(&address, port, family)?;
        let socket = new_tcp(&address)?;
        socket.set_reuse_address(true).map_err(errno)?;
        if address.is_ipv6() {
            socket.set_only_v6(flags & IPV6_ONLY != 0).map_err(errno)?;
        }
        if flags & REUSE_PORT != 0 {
            socket.set_reuse_port(true).map_err(errno)?;
        }
        socket.bind(&address.into()).map_err(errno)?;
        *handle.io.borrow_mut() = Io::Bound(socket.into());
        Ok(())
    });
    rv.set_int32(result.err().unwrap_or(0));
    Ok(())
}

/// `bindPath(id, path)`
fn bind_path(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let handle = arg_handle(scope, args)?;
    let path = arg_string(scope, args, 1)?;
    permission::check(permission::Scope::Net, &path)?;
    let result = handle.and_then(|handle| {
        let (socket, address) = new_path_socket(&path)?;
        // A folder that is not there is reported as lacking permission, as libuv does.
        socket.bind(&address).map_err(|e| match errno(e) {
            missing if missing == -libc::ENOENT => -libc::EACCES,
            other => other,
        })?;
        *handle.io.borrow_mut() = Io::Bound(socket.into());
        Ok(())
    });
    rv.set_int32(result.err().unwrap_or(0));
    Ok(())
}

/// The bound socket of `handle`, taken out of it.
fn take_bound(handle: &StreamHandle) -> Option<OwnedFd> {
    let mut io = handle.io.borrow_mut();
    match std::mem::take(&mut *io) {
        Io::Bound(fd) => Some(fd),
        other => {
            *io = other;
            None
        }
    }
}

/// `listen(id, backlog)`
fn listen(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let handle = arg_handle(scope, args)?;
    let backlog = arg_i32(scope, args, 1)?;
    let result = handle.and_then(|handle| {
        if let Some(fd) = take_bound(&handle) {
            SockRef::from(&fd).listen(backlog).map_err(errno)?;
            handle.install(fd).map_err(|(errno, _)| errno)?;
        } else {
            let listened = handle.with_fd(|fd| SockRef::from(fd).listen(backlog).map_err(errno));
            listened.unwrap_or(Err(-libc::EINVAL))?;
        }
        handle.start_listening();
        Ok(())
    });
    rv.set_int32(result.err().unwrap_or(0));
    Ok(())
}

/// `connect(id, address, port, family)`: the outcome is an event.
fn connect(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let handle = arg_handle(scope, args)?;
    let address = arg_string(scope, args, 1)?;
    permission::check(permission::Scope::Net, &address)?;
    let (port, family) = (arg_i32(scope, args, 2)?, arg_i32(scope, args, 3)?);
    let result = handle.and_then(|handle| {
        let address = socket_address(&address, port, family)?;
        let socket = match take_bound(&handle) {
            Some(fd) => Socket::from(fd),
            None => new_tcp(&address)?,
        };
        start_connect(&handle, socket, &address.into())
    });
    rv.set_int32(result.err().unwrap_or(0));
    Ok(())
}

/// `connectPath(id, path)`: the outcome is an event.
fn connect_path(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let handle = arg_handle(scope, args)?;
    let path = arg_string(scope, args, 1)?;
    permission::check(permission::Scope::Net, &path)?;
    let result = handle.and_then(|handle| {
        let (socket, address) = new_path_socket(&path)?;
        start_connect(&handle, socket, &address)
    });
    rv.set_int32(result.err().unwrap_or(0));
    Ok(())
}

/// Begins to connect. A refusal is told by an event even where it is known at once, so that callers see one order; what
/// cannot be tried at all fails here.
fn start_connect(handle: &Rc<StreamHandle>, socket: Socket, address: &SockAddr) -> Refused<()> {
    let outcome = match socket.connect(address) {
        Ok(()) => Some(0),
        Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => None,
        Err(error) if address.is_unix() || error.raw_os_error() == Some(libc::ECONNREFUSED) => Some(errno(error)),
        Err(error) => {
            *handle.io.borrow_mut() = Io::Bound(socket.into());
            return Err(errno(error));
        }
    };
    handle.install(socket.into()).map_err(|(errno, _)| errno)?;
    handle.begin_request();
    let (id, shared) = (handle.id(), handle.shared.clone());
    if let Some(errno) = outcome {
        post_request_end(&shared, id, Event::Connected, errno);
        return Ok(());
    }
    let Some(io) = handle.open_io() else { return Ok(()) };
    let io = Rc::downgrade(&io);
    let task = handle.shared.spawn_local(async move {
        if !writable(&io).await {
            return;
        }
        let Some(io) = io.upgrade() else { return };
        let errno = match SockRef::from(io.get_ref()).take_error() {
            Ok(None) => 0,
            Ok(Some(error)) | Err(error) => errno(error),
        };
        post_request_end(&shared, id, Event::Connected, errno);
    });
    handle.set_connector(task);
    Ok(())
}

/// Answers `[address, port, family]`, family 4 or 6; `[path]` for a path socket; or a negative errno.
pub(super) fn answer_name(scope: Scope, name: Refused<SockAddr>, mut rv: Rv) -> OpResult {
    let name = match name {
        Ok(name) => name,
        Err(errno) => {
            rv.set_int32(errno);
            return Ok(());
        }
    };
    let parts: Vec<v8::Local<v8::Value>> = if let Some(address) = name.as_socket() {
        let family = if address.is_ipv6() { 6 } else { 4 };
        let mut text = address.ip().to_string();
        if let SocketAddr::V6(v6) = address
            && v6.scope_id() != 0
        {
            text = format!("{text}%{}", v6.scope_id());
        }
        vec![
            string(scope, &text)?.into(),
            v8::Integer::new(scope, i32::from(address.port())).into(),
            v8::Integer::new(scope, family).into(),
        ]
    } else {
        let path = name.as_pathname().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
        vec![string(scope, &path)?.into()]
    };
    rv.set(v8::Array::new_with_elements(scope, &parts).into());
    Ok(())
}

fn local_address(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let name = arg_handle(scope, args)?
        .and_then(|h| h.with_fd(|fd| SockRef::from(fd).local_addr().map_err(errno)).unwrap_or(Err(-libc::EBADF)));
    answer_name(scope, name, rv)
}

fn peer_address(scope: Scope, args: Args, rv: Rv) -> OpResult {
    let name = arg_handle(scope, args)?
        .and_then(|h| h.with_fd(|fd| SockRef::from(fd).peer_addr().map_err(errno)).unwrap_or(Err(-libc::EBADF)));
    answer_name(scope, name, rv)
}

fn on_socket(handle: Refused<Rc<StreamHandle>>, set: impl FnOnce(SockRef) -> io::Result<()>) -> i32 {
    let result = handle.and_then(|h| h.with_fd(|fd| set(fd.into()).map_err(errno)).unwrap_or(Err(-libc::EBADF)));
    result.err().unwrap_or(0)
}

fn set_no_delay(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let on = arg_bool(scope, args, 1);
    rv.set_int32(on_socket(arg_handle(scope, args)?, |socket| socket.set_tcp_nodelay(on)));
    Ok(())
}

/// `setKeepAlive(id, on, delay)`: delay in seconds; 0 leaves the system's.
fn set_keep_alive(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let on = arg_bool(scope, args, 1);
    let delay = arg_f64(scope, args, 2)?;
    let result = on_socket(arg_handle(scope, args)?, |socket| {
        socket.set_keepalive(on)?;
        if on && delay >= 1.0 {
            // The pace of the probes is libuv's: one a second, ten of them.
            let times = TcpKeepalive::new().with_time(Duration::from_secs(delay.min(32_767.0) as u64));
            socket.set_tcp_keepalive(&times.with_interval(Duration::from_secs(1)).with_retries(10))?;
        }
        Ok(())
    });
    rv.set_int32(result);
    Ok(())
}

fn is_ipv6(socket: &SockRef) -> io::Result<bool> {
    Ok(socket.local_addr()?.is_ipv6())
}

/// `setTypeOfService(id, tos)`: the byte of that name in IPv4's header, the traffic class in IPv6's. 0 or a negative errno.
fn set_type_of_service(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let tos = arg_f64(scope, args, 1)? as u32;
    rv.set_int32(on_socket(arg_handle(scope, args)?, |socket| {
        if is_ipv6(&socket)? { socket.set_tclass_v6(tos) } else { socket.set_tos_v4(tos) }
    }));
    Ok(())
}

/// `getTypeOfService(id)`: what was set, or a negative errno.
fn get_type_of_service(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let mut tos = 0;
    let failed = on_socket(arg_handle(scope, args)?, |socket| {
        tos = if is_ipv6(&socket)? { socket.tclass_v6()? } else { socket.tos_v4()? };
        Ok(())
    });
    rv.set_int32(if failed == 0 { i32::try_from(tos).unwrap_or(0) } else { failed });
    Ok(())
}

/// `fchmod(id, mode)`: lets everybody read (1) or write (2) the path this socket is bound to.
fn fchmod(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let mode = arg_i32(scope, args, 1)?;
    let result = arg_handle(scope, args)?.and_then(|handle| {
        let name = handle.with_fd(|fd| SockRef::from(fd).local_addr().map_err(errno)).unwrap_or(Err(-libc::EBADF))?;
        let path = name.as_pathname().ok_or(-libc::EINVAL)?;
        let mut permissions = std::fs::metadata(path).map_err(errno)?.permissions();
        let readable = if mode & 1 != 0 { 0o444 } else { 0 };
        let writable = if mode & 2 != 0 { 0o222 } else { 0 };
        permissions.set_mode(permissions.mode() | readable | writable);
        std::fs::set_permissions(path, permissions).map_err(errno)
    });
    rv.set_int32(result.err().unwrap_or(0));
    Ok(())
}

/// `interfaceIndex(name)`: the number of a network interface; 0 if there is none.
fn interface_index(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let name = arg_string(scope, args, 0)?;
    rv.set_uint32(index_of_interface(&name));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeric_addresses_are_parsed_by_family() {
        assert_eq!(socket_address("127.0.0.1", 80, 4), Ok("127.0.0.1:80".parse().expect("an address")));
        assert_eq!(socket_address("::1%0", 80, 6), Ok("[::1]:80".parse().expect("an address")));
        assert_eq!(socket_address("::1", 80, 4), Err(-libc::EINVAL));
        assert_eq!(socket_address("127.0.0.1", 65_536, 4), Err(-libc::EINVAL));
    }
}
