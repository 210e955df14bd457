//! `internalBinding('spawn_sync')`: starts a child, feeds it, reads what it writes, waits for its end - all within one
//! call, without the event loop.
//!
//! One loop over poll(2): our ends of the pipes, and a descriptor that becomes readable when the child exits. It ends
//! when the child has exited and every pipe it wrote to has ended. On a time-out or too much output the child gets
//! `killSignal`, and only its exit is waited for.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Deserialize;

use super::args::{List, arg_struct, bytes_of};
use super::child_command::{SpawnOptions, exit_of};
use super::error::OpResult;
use super::stream_handle::{Args, Rv, Scope};
use super::{IntoJs, OpDecl, signals, trace_flags, uv};
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[op!("spawn", 3, spawn)];

/// Limits of a synchronous child.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Limits {
    /// Milliseconds; 0 for none.
    timeout: f64,
    /// Bytes of output, over all pipes; infinite for no limit.
    max_buffer: f64,
    kill_signal: i32,
}

/// What became of a child.
struct Finished {
    pid: u32,
    code: i32,
    signal: i32,
    /// libuv's number where a limit ended the child, else 0.
    errno: i32,
    output: Vec<Option<Vec<u8>>>,
}

/// One pipe to the child.
struct Pipe {
    end: Option<OwnedFd>,
    input: Vec<u8>,
    written: usize,
    input_open: bool,
    output: Vec<u8>,
}

/// `spawn(options, limits, inputs)`: `[errno]`, or `[0, pid, code, signal, errno of a limit, outputs]`; an output is
/// undefined where the descriptor is no pipe. `inputs` has bytes or undefined for each descriptor.
fn spawn<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: Rv) -> OpResult {
    let options: SpawnOptions = arg_struct(scope, args, 0)?;
    options.check_permission()?;
    trace_flags::sync_io(scope);
    let limits: Limits = arg_struct(scope, args, 1)?;
    let mut inputs = Vec::new();
    if let Ok(list) = v8::Local::<v8::Array>::try_from(args.get(2)) {
        for index in 0..list.length() {
            inputs.push(list.get_index(scope, index).and_then(bytes_of).unwrap_or_default());
        }
    }
    let values = match run(&options, &limits, inputs) {
        Ok(done) => {
            let numbers =
                [0.0, f64::from(done.pid), f64::from(done.code), f64::from(done.signal), f64::from(done.errno)];
            let mut values: Vec<v8::Local<v8::Value>> =
                numbers.into_iter().map(|n| v8::Number::new(scope, n).into()).collect();
            values.push(List(done.output).into_js(scope)?);
            values
        }
        Err(errno) => vec![v8::Integer::new(scope, errno).into()],
    };
    rv.set(v8::Array::new_with_elements(scope, &values).into());
    Ok(())
}

fn errno(error: io::Error) -> i32 {
    uv::errno_of(&error)
}

fn run(options: &SpawnOptions, limits: &Limits, inputs: Vec<Vec<u8>>) -> Result<Finished, i32> {
    let deadline = (limits.timeout > 0.0)
        .then(|| Duration::try_from_secs_f64(limits.timeout / 1e3).ok())
        .flatten()
        .and_then(|timeout| Instant::now().checked_add(timeout));
    // The command goes with its start, and with it the child's ends of the pipes: while one is open here, ours never sees its end.
    let (child, ends) = options.start_with(|mut command| command.spawn())?;
    let mut child = child.map_err(errno)?;
    let mut inputs = inputs.into_iter();
    let mut pipes: Vec<Pipe> = Vec::with_capacity(ends.len());
    for end in ends {
        let input = inputs.next().unwrap_or_default();
        pipes.push(Pipe { end, input, written: 0, input_open: true, output: Vec::new() });
    }
    let is_pipe: Vec<bool> = pipes.iter().map(|p| p.end.is_some()).collect();
    let pid = child.id();
    let exit = exit_descriptor(pid).map_err(errno)?;
    let failed = converse(&mut pipes, &exit, limits, deadline);
    if failed != 0 {
        let pid = i32::try_from(pid).unwrap_or(0);
        // A signal the system does not know must not leave the caller waiting for ever.
        if signals::send(pid, limits.kill_signal).is_err_and(|e| e != -libc::ESRCH) {
            let _ = signals::send(pid, libc::SIGKILL);
        }
        // Afterwards, or a child that is writing could die of SIGPIPE before its signal.
        pipes.iter_mut().for_each(|p| p.end = None);
    }
    let (code, signal) = exit_of(child.wait().map_err(errno)?);
    let output = pipes.into_iter().zip(is_pipe).map(|(pipe, is_pipe)| is_pipe.then_some(pipe.output)).collect();
    Ok(Finished { pid, code, signal, errno: failed, output })
}

/// A descriptor that becomes readable when process `pid` has exited. The process stays to be waited for.
#[cfg(target_os = "linux")]
fn exit_descriptor(pid: u32) -> io::Result<OwnedFd> {
    let pid = rustix::process::Pid::from_raw(pid.cast_signed()).ok_or(io::ErrorKind::InvalidInput)?;
    match rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()) {
        Ok(fd) => Ok(fd),
        Err(_) => exit_pipe(pid),
    }
}

/// As above, where the system has no process descriptors.
#[cfg(not(target_os = "linux"))]
fn exit_descriptor(pid: u32) -> io::Result<OwnedFd> {
    exit_pipe(rustix::process::Pid::from_raw(pid.cast_signed()).ok_or(io::ErrorKind::InvalidInput)?)
}

/// A pipe whose other end a thread closes once `pid` has exited.
fn exit_pipe(pid: rustix::process::Pid) -> io::Result<OwnedFd> {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let (reader, writer) = io::pipe()?;
    std::thread::Builder::new().name("child-exit".into()).spawn(move || {
        while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
        {
        }
        drop(writer);
    })?;
    Ok(reader.into())
}

/// Writes and reads until the child has exited and all its output has ended. Returns 0, or libuv's number of the limit
/// that was passed.
fn converse(pipes: &mut [Pipe], exit: &OwnedFd, limits: &Limits, deadline: Option<Instant>) -> i32 {
    let mut exited = false;
    let mut total = 0.0;
    loop {
        pipes.iter_mut().for_each(Pipe::feed);
        if exited && pipes.iter().all(|p| p.end.is_none()) {
            return 0;
        }
        let ready = match wait(pipes, (!exited).then_some(exit), deadline) {
            Ok(Some(ready)) => ready,
            Ok(None) => return -libc::ETIMEDOUT,
            Err(error) => return errno(error),
        };
        exited |= ready.exited;
        for index in ready.pipes {
            total += pipes[index].drain() as f64;
            if total > limits.max_buffer {
                return -libc::ENOBUFS;
            }
        }
    }
}

struct Ready {
    exited: bool,
    pipes: Vec<usize>,
}

/// Sleeps until something can be done; `None` when the time is up.
fn wait(pipes: &[Pipe], exit: Option<&OwnedFd>, deadline: Option<Instant>) -> io::Result<Option<Ready>> {
    loop {
        let mut owners = Vec::with_capacity(pipes.len());
        let mut fds = Vec::with_capacity(pipes.len() + 1);
        for (index, pipe) in pipes.iter().enumerate() {
            let Some(end) = &pipe.end else { continue };
            let mut flags = PollFlags::IN;
            flags.set(PollFlags::OUT, pipe.written < pipe.input.len());
            owners.push(index);
            fds.push(PollFd::new(end, flags));
        }
        if let Some(exit) = exit {
            fds.push(PollFd::new(exit, PollFlags::IN));
        }
        let timeout = match deadline {
            None => None,
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Ok(None);
                }
                Some(Timespec {
                    tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
                    tv_nsec: left.subsec_nanos().into(),
                })
            }
        };
        match poll(&mut fds, timeout.as_ref()) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
            Ok(_) => {}
        }
        let is_ready = |fd: &PollFd| !fd.revents().is_empty();
        let exited = exit.is_some() && fds.last().is_some_and(is_ready);
        let pipes = owners.into_iter().zip(&fds).filter(|(_, fd)| is_ready(fd)).map(|(index, _)| index).collect();
        return Ok(Some(Ready { exited, pipes }));
    }
}

impl Pipe {
    /// Writes what the child takes of its input, and ends the input after the last byte.
    fn feed(&mut self) {
        let Some(end) = &self.end else { return };
        while self.written < self.input.len() {
            match rustix::io::write(end, &self.input[self.written..]) {
                Ok(written) => self.written += written,
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => return,
                // The child does not read (any more): what it writes may still come.
                Err(_) => self.written = self.input.len(),
            }
        }
        if std::mem::take(&mut self.input_open) {
            let _ = rustix::net::shutdown(end, rustix::net::Shutdown::Write);
        }
    }

    /// Reads once what there is; closes the pipe at its end. Returns the number of bytes.
    fn drain(&mut self) -> usize {
        const READ_SIZE: usize = 64 * 1024;
        let Some(end) = &self.end else { return 0 };
        let start = self.output.len();
        self.output.resize(start + READ_SIZE, 0);
        let result = rustix::io::read(end, &mut self.output[start..]);
        let length = *result.as_ref().unwrap_or(&0);
        self.output.truncate(start + length);
        if !matches!(result, Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR)) && length == 0 {
            self.end = None;
        }
        length
    }
}
