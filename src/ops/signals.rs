//! `internalBinding('signals')`: sending signals, hearing of them, and their numbers.
//!
//! A listener is a task on the loop's thread that waits on tokio's signal stream; it never keeps the loop alive. tokio
//! leaves its handler installed when nobody listens any more, so the action that was there before is put back here,
//! and tokio's again when somebody listens anew. Signals belong to the process: only the main isolate listens.

use std::cell::RefCell;
use std::collections::HashMap;
use std::mem::MaybeUninit;
use std::rc::Rc;
use std::sync::Mutex;

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::AbortHandle;

use super::OpDecl;
use super::args::{arg_function, arg_i32, key};
use super::async_op::EventCallback;
use super::error::OpResult;
use super::state::op_state;
use super::stream_handle::{Args, Rv, Scope};
use super::uv;
use crate::main_loop::record::EventKind;
use crate::observe;
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] =
    &[op!("kill", 2, kill), op!("listen", 2, listen), op!("numbers", 0, numbers), op!("unlisten", 1, unlisten)];

macro_rules! signals {
    ($($(#[$cfg:meta])* $name:ident)*) => {
        /// Names and numbers of this system's signals; of several names for a number, the usual one first.
        static SIGNALS: &[(&str, i32)] = &[$($(#[$cfg])* (stringify!($name), libc::$name),)*];
    };
}
signals! {
    SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGIOT SIGBUS SIGFPE SIGKILL SIGUSR1 SIGSEGV SIGUSR2 SIGPIPE SIGALRM
    SIGTERM SIGCHLD
    #[cfg(target_os = "linux")] SIGSTKFLT
    SIGCONT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGIO
    #[cfg(target_os = "linux")] SIGPOLL
    #[cfg(target_os = "linux")] SIGPWR
    SIGSYS
}

/// `numbers()`: name, number, name, number …
fn numbers(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let mut values: Vec<v8::Local<v8::Value>> = Vec::with_capacity(SIGNALS.len() * 2);
    for (name, number) in SIGNALS {
        values.push(key(scope, name).into());
        values.push(v8::Integer::new(scope, *number).into());
    }
    rv.set(v8::Array::new_with_elements(scope, &values).into());
    Ok(())
}

struct Listener {
    callback: Rc<EventCallback>,
    task: AbortHandle,
}

/// The listeners of one isolate, by signal number.
#[derive(Default)]
struct Listeners(RefCell<HashMap<i32, Listener>>);

/// Actions of a signal that are not installed at the moment: the process's own before tokio's came, and tokio's while
/// the process's own is back.
struct Actions {
    before: libc::sigaction,
    tokio: Option<libc::sigaction>,
}

static ACTIONS: Mutex<Option<HashMap<i32, Actions>>> = Mutex::new(None);

/// Sets the action of `number`, or only reads it; returns the one there was.
fn exchange_action(number: i32, new: Option<&libc::sigaction>) -> std::io::Result<libc::sigaction> {
    let mut old = MaybeUninit::<libc::sigaction>::uninit();
    let new = new.map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: `new` is null, or an action that the system itself reported earlier, with the handler it had (a function of this
    // program that is still there, or none), the default or ignoring it in its place; `old` is ours to write.
    if unsafe { libc::sigaction(number, new, old.as_mut_ptr()) } != 0 {
        return Err(std::io::Error::last_os_error());
    }
    // SAFETY: sigaction succeeded, so it filled `old`.
    Ok(unsafe { old.assume_init() })
}

/// Has signals do by default what they do by default, whatever the parent process left ignored (a shell that has a program run in
/// the background, `nohup`), as Node does. SIGPIPE stays as it is. Before any thread is started.
pub fn restore_defaults() {
    for number in 1..32 {
        if matches!(number, libc::SIGKILL | libc::SIGSTOP | libc::SIGPIPE) {
            continue;
        }
        if let Ok(mut action) = exchange_action(number, None)
            && action.sa_sigaction == libc::SIG_IGN
        {
            action.sa_sigaction = libc::SIG_DFL;
            // What cannot be changed stays ignored.
            let _ = exchange_action(number, Some(&action));
        }
    }
}

/// Has a write to a pipe that nobody reads fail instead of ending the process. Before anything is written.
pub fn ignore_broken_pipes() {
    if let Ok(mut action) = exchange_action(libc::SIGPIPE, None) {
        action.sa_sigaction = libc::SIG_IGN;
        // Else such a write ends the process, as it does by default.
        let _ = exchange_action(libc::SIGPIPE, Some(&action));
    }
}

/// `kill(pid, signal)`: 0 or a negative errno. Signal 0 only asks whether the process is there.
fn kill(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let (pid, number) = (arg_i32(scope, args, 0)?, arg_i32(scope, args, 1)?);
    let listeners = op_state(scope).borrow_mut().value::<Listeners>();
    let own = [0, -1].contains(&pid) || pid.unsigned_abs() == std::process::id();
    if own && number > 0 && !listeners.0.borrow().contains_key(&number) {
        // It will most likely end this process, without a word to anybody.
        observe::before_signal(scope);
    }
    rv.set_int32(send(pid, number).err().unwrap_or(0));
    Ok(())
}

/// Sends signal `number` to process (or, negative, group) `pid`. Fails with libuv's number.
pub(super) fn send(pid: i32, number: i32) -> Result<(), i32> {
    // SAFETY: kill takes plain numbers and touches no memory of this process.
    if unsafe { libc::kill(pid, number) } == 0 { Ok(()) } else { Err(uv::errno_of(&std::io::Error::last_os_error())) }
}

/// `listen(signal, callback)`: calls `callback(signal)` for each one that arrives, many that arrive together perhaps
/// once. 0 or a negative errno.
fn listen(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let number = arg_i32(scope, args, 0)?;
    let callback = Rc::new(EventCallback::new(scope, arg_function(args, 1)?));
    rv.set_int32(start(scope, number, callback).err().unwrap_or(0));
    Ok(())
}

fn start(scope: Scope, number: i32, callback: Rc<EventCallback>) -> Result<(), i32> {
    let state = op_state(scope);
    let (listeners, shared) = {
        let mut state = state.borrow_mut();
        (state.value::<Listeners>(), state.event_loop())
    };
    let before = exchange_action(number, None).map_err(|e| uv::errno_of(&e))?;
    let mut stream = signal(SignalKind::from_raw(number)).map_err(|_| -libc::EINVAL)?;
    if let Ok(mut actions) = ACTIONS.lock() {
        let actions = actions.get_or_insert_default();
        match actions.get_mut(&number) {
            // tokio installs its handler once only.
            Some(actions) => {
                if let Some(tokio) = actions.tokio.take() {
                    exchange_action(number, Some(&tokio)).map_err(|e| uv::errno_of(&e))?;
                }
            }
            None => {
                actions.insert(number, Actions { before, tokio: None });
            }
        }
    }
    let queue = shared.handle();
    let task = shared.spawn_local(async move {
        while stream.recv().await.is_some() {
            queue.post_event(EventKind::Signal, move |scope| arrived(scope, number));
        }
    });
    let old = listeners.0.borrow_mut().insert(number, Listener { callback, task });
    if let Some(old) = old {
        old.task.abort();
    }
    Ok(())
}

fn arrived(scope: &mut v8::PinScope, number: i32) {
    let listeners = op_state(scope).borrow_mut().value::<Listeners>();
    let Some(callback) = listeners.0.borrow().get(&number).map(|l| l.callback.clone()) else { return };
    let number = v8::Integer::new(scope, number).into();
    callback.call(scope, &[number]);
}

/// `unlisten(signal)`: the signal does again what it did before.
fn unlisten(scope: Scope, args: Args, _: Rv) -> OpResult {
    let number = arg_i32(scope, args, 0)?;
    let listeners = op_state(scope).borrow_mut().value::<Listeners>();
    let removed = listeners.0.borrow_mut().remove(&number);
    if let Some(listener) = removed {
        listener.task.abort();
        if let Ok(mut actions) = ACTIONS.lock()
            && let Some(actions) = actions.as_mut().and_then(|a| a.get_mut(&number))
            && let Ok(tokio) = exchange_action(number, Some(&actions.before))
        {
            actions.tokio = Some(tokio);
        }
    }
    Ok(())
}
