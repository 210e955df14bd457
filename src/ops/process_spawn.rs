//! `internalBinding('process_spawn')`: starting child processes and hearing of their end.
//!
//! A child is a resource from its start until its exit was told to JavaScript. A task on the loop's thread waits for
//! the exit (through the system's process descriptor or SIGCHLD, as tokio finds them). *Liveness:* a referenced child
//! keeps the loop alive until its exit was told.

use std::cell::Cell;
use std::rc::Rc;

use super::OpDecl;
use super::args::{arg_bool, arg_function, arg_i32, arg_struct, arg_u32};
use super::async_op::EventCallback;
use super::child_command::{SpawnOptions, StdioKind, exit_of};
use super::error::OpResult;
use super::state::{ResourceId, event_loop, op_state};
use super::stream_handle::{Args, Kind, Rv, Scope, StreamHandle};
use super::{signals, uv};
use crate::main_loop::LoopShared;
use crate::main_loop::record::EventKind;
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[op!("kill", 2, kill), op!("setRef", 2, set_ref), op!("spawn", 2, spawn)];

struct ChildProcess {
    pid: u32,
    /// Set as soon as the exit is known here, before JavaScript hears of it: the number may belong to another process.
    exited: Rc<Cell<bool>>,
    on_exit: EventCallback,
    referenced: Cell<bool>,
    shared: Rc<LoopShared>,
}

impl ChildProcess {
    fn set_ref(&self, referenced: bool) {
        if self.referenced.replace(referenced) != referenced {
            if referenced { self.shared.liveness.add_ref() } else { self.shared.liveness.release() }
        }
    }
}

/// `spawn(options, onExit)`: `[0, id, pid, handle of each descriptor or 0 …]`; where the start failed, a negative errno
/// instead of the first 0, and handles only as far as they were made.
/// `onExit(code, signal number)` is called once, later.
fn spawn<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: Rv) -> OpResult {
    let options: SpawnOptions = arg_struct(scope, args, 0)?;
    options.check_permission()?;
    let callback = arg_function(args, 1)?;
    let numbers = match start(scope, &options, callback) {
        Ok(numbers) => numbers,
        Err(errno) => vec![f64::from(errno)],
    };
    let values: Vec<_> = numbers.into_iter().map(|n| v8::Number::new(scope, n).into()).collect();
    rv.set(v8::Array::new_with_elements(scope, &values).into());
    Ok(())
}

fn start(scope: Scope, options: &SpawnOptions, callback: v8::Local<v8::Function>) -> Result<Vec<f64>, i32> {
    // The command goes with its start, and with it the child's ends of the pipes: while one is open here, ours never sees its end.
    let (child, ends) = options.start_with(|command| tokio::process::Command::from(command).spawn())?;
    let mut numbers = match child {
        Ok(child) => watch(scope, child, callback),
        // Our ends exist all the same, and have ended: what is started in vain looks like what ended at once.
        Err(error) => vec![f64::from(uv::errno_of(&error)), 0.0, 0.0],
    };
    for (end, stdio) in ends.into_iter().zip(&options.stdio) {
        let kind = if *stdio == StdioKind::Ipc { Kind::Ipc } else { Kind::Pipe };
        let handle = match end {
            Some(end) => StreamHandle::add(scope, kind, Some(end))?.id(),
            None => 0,
        };
        numbers.push(f64::from(handle));
    }
    Ok(numbers)
}

/// Makes a resource of a child that runs, and waits for its end. Returns 0, the resource's id and the child's.
fn watch(scope: Scope, mut child: tokio::process::Child, callback: v8::Local<v8::Function>) -> Vec<f64> {
    let pid = child.id().unwrap_or(0);
    let shared = event_loop(scope);
    let exited = Rc::new(Cell::new(false));
    let process = ChildProcess {
        pid,
        exited: exited.clone(),
        on_exit: EventCallback::new(scope, callback),
        referenced: Cell::new(true),
        shared: shared.clone(),
    };
    shared.liveness.add_ref();
    let id = op_state(scope).borrow_mut().resources.add(Rc::new(process));
    let queue = shared.handle();
    shared.spawn_local(async move {
        let status = child.wait().await;
        exited.set(true);
        let (code, signal) = status.map_or((-1, 0), exit_of);
        queue.post_event(EventKind::ChildProcess, move |scope| on_exit(scope, id, code, signal));
    });
    vec![0.0, f64::from(id), f64::from(pid)]
}

fn on_exit(scope: &mut v8::PinScope, id: ResourceId, code: i32, signal: i32) {
    let removed = op_state(scope).borrow_mut().resources.remove::<ChildProcess>(id);
    let Some(process) = removed else { return };
    process.set_ref(false);
    let arguments = [v8::Integer::new(scope, code).into(), v8::Integer::new(scope, signal).into()];
    process.on_exit.call(scope, &arguments);
}

/// How many children that keep the loop alive run.
pub(super) fn count_referenced(scope: &v8::PinScope) -> u32 {
    let children = op_state(scope).borrow().resources.all::<ChildProcess>();
    u32::try_from(children.iter().filter(|c| c.referenced.get()).count()).unwrap_or(u32::MAX)
}

/// Number of each child process that runs, and whether it is referenced.
pub(super) fn describe_all(scope: &v8::PinScope) -> Vec<(u32, bool)> {
    let children = op_state(scope).borrow().resources.all::<ChildProcess>();
    children.iter().filter(|c| !c.exited.get()).map(|c| (c.pid, c.referenced.get())).collect()
}

fn find(scope: Scope, args: Args) -> OpResult<Option<Rc<ChildProcess>>> {
    let id = arg_u32(scope, args, 0)?;
    Ok(op_state(scope).borrow().resources.get(id))
}

/// `kill(id, signal)`: 0 or a negative errno.
fn kill(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let signal = arg_i32(scope, args, 1)?;
    let errno = match find(scope, args)? {
        Some(child) if !child.exited.get() => {
            signals::send(i32::try_from(child.pid).unwrap_or(0), signal).err().unwrap_or(0)
        }
        _ => -libc::ESRCH,
    };
    rv.set_int32(errno);
    Ok(())
}

fn set_ref(scope: Scope, args: Args, _: Rv) -> OpResult {
    let referenced = arg_bool(scope, args, 1);
    if let Some(child) = find(scope, args)? {
        child.set_ref(referenced);
    }
    Ok(())
}
