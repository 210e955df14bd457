//! What a report tells of a loop's handles: its streams, sockets, child processes and timers, under libuv's names.
//!
//! Nothing of it asks JavaScript, so that a Worker may be looked at in the middle of what it does. Addresses are not resolved
//! to names.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use serde_json::{Map, Value, json};
use socket2::{SockAddr, SockRef};

use crate::main_loop::tick::timer_word;
use crate::ops::state::event_loop;
use crate::ops::stream_handle::{self, Described, Kind};
use crate::ops::{process_spawn, udp};

/// All handles of the isolate, and its loop as the last.
pub(super) fn of(scope: &v8::PinScope) -> Vec<Value> {
    let shared = event_loop(scope);
    let mut list: Vec<Value> = Vec::new();
    let words = &shared.timer_words;
    if words.get(timer_word::TIMERS) > 0 {
        let left = shared.next_timer_in().map_or(0.0, |left| left.round());
        let mut timer =
            handle("timer", true, words.get(timer_word::REFED_TIMERS) > 0, std::ptr::from_ref(words).addr());
        timer.extend([
            ("repeat".to_owned(), 0.into()),
            ("firesInMsFromNow".to_owned(), (left as i64).into()),
            ("expired".to_owned(), (left <= 0.0).into()),
        ]);
        list.push(timer.into());
    }
    if words.get(timer_word::IMMEDIATES) > 0 {
        let referenced = words.get(timer_word::REFED_IMMEDIATES) > 0;
        list.push(handle("check", true, referenced, std::ptr::from_ref(words).addr() + 1).into());
    }
    list.extend(stream_handle::describe_all(scope).iter().map(|stream| of_stream(stream).into()));
    for (number, (pid, referenced)) in process_spawn::describe_all(scope).into_iter().enumerate() {
        let mut process = handle("process", true, referenced, Rc::as_ptr(&shared).addr() + number + 1);
        process.insert("pid".to_owned(), pid.into());
        list.push(process.into());
    }
    for udp in udp::describe_all(scope) {
        let mut socket = handle("udp", udp.is_active, udp.is_referenced, Rc::as_ptr(&udp.io).addr());
        of_socket(&mut socket, &SockRef::from(udp.io.get_ref()), udp.bytes);
        socket.insert("writeQueueCount".to_owned(), udp.datagrams.into());
        list.push(socket.into());
    }
    let [_, idle, _] = shared.metrics.times().started_idle_active();
    list.push(json!({
        "type": "loop", "is_active": shared.is_alive(scope), "address": pointer(Rc::as_ptr(&shared).addr()),
        "loopIdleTimeSeconds": idle / 1e3,
    }));
    list
}

fn pointer(address: usize) -> String {
    format!("{address:#018x}")
}

fn handle(kind: &str, is_active: bool, is_referenced: bool, address: usize) -> Map<String, Value> {
    [
        ("type".to_owned(), kind.into()),
        ("is_active".to_owned(), is_active.into()),
        ("is_referenced".to_owned(), is_referenced.into()),
        ("address".to_owned(), pointer(address).into()),
    ]
    .into_iter()
    .collect()
}

fn of_stream(stream: &Described) -> Map<String, Value> {
    let kind = if stream.handle.kind == Kind::Tcp { "tcp" } else { "pipe" };
    let address = Rc::as_ptr(&stream.handle).addr();
    let mut described = handle(kind, stream.is_active, stream.is_referenced, address);
    stream.handle.with_fd(|fd| of_socket(&mut described, &SockRef::from(fd), stream.queued));
    for side in ["readable", "writable"] {
        described.insert(side.to_owned(), (!stream.is_listening).into());
    }
    described
}

/// What the system knows of a socket. A pipe that is none has no ends and no buffers to tell of.
fn of_socket(described: &mut Map<String, Value>, socket: &SockRef, queued: usize) {
    use std::os::fd::AsRawFd as _;
    let mut set = |key: &str, value: Value| described.insert(key.to_owned(), value);
    set("localEndpoint", endpoint(socket.local_addr().ok()));
    set("remoteEndpoint", endpoint(socket.peer_addr().ok()));
    set("sendBufferSize", socket.send_buffer_size().unwrap_or(0).into());
    set("recvBufferSize", socket.recv_buffer_size().unwrap_or(0).into());
    set("fd", socket.as_raw_fd().into());
    set("writeQueueSize", queued.into());
}

fn endpoint(address: Option<SockAddr>) -> Value {
    let Some(address) = address else { return Value::Null };
    if let Some(path) = address.as_pathname() {
        return path.to_string_lossy().into();
    }
    match address.as_socket().as_ref().map(|address: &SocketAddr| (address.ip(), address.port())) {
        Some((IpAddr::V4(ip), port)) => json!({ "host": ip.to_string(), "ip4": ip.to_string(), "port": port }),
        Some((IpAddr::V6(ip), port)) => json!({ "host": ip.to_string(), "ip6": ip.to_string(), "port": port }),
        None => Value::Null,
    }
}
