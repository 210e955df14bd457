//! What can be debugged: one target per isolate of the main thread or a Worker, and the door through which other threads
//! reach it.
//!
//! *Owns* the process's list of targets. *Threads:* any may [`Target::send`]; the target's own thread serves. A command must
//! reach an isolate in three states, so *send* does three things after it queued the command under the door's mutex:
//! - **notify**: wakes a thread that is halted at a breakpoint, or waits for a debugger, in [`Target::next`];
//! - **interrupt**: V8 calls back where running JavaScript next looks for interrupts;
//! - **post**: a job wakes a loop that sleeps.
//!
//! All three serve the same queue until it is empty ([`Target::try_next`]), so each command runs once, in order.
//! *Close*, when the isolate goes, drops what is queued; a later *send* does nothing. What ends the wait of *next* from
//! outside (the Worker is terminated) is set before [`Target::wake`], which takes the mutex, and looked at under it: no such
//! end is missed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, Weak};

use super::agent;
use super::frontend::Frontend;
use crate::main_loop::LoopHandle;
use crate::workers::sync::lock;

/// Names a session of one front end with one target.
pub(crate) type SessionId = u64;

/// Where messages of a session go. Called on the target's thread, or whichever ends it.
pub(crate) type Outlet = Arc<dyn Fn(&str) + Send + Sync>;

/// A session id nobody else has.
pub(crate) fn next_session() -> SessionId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// What other threads want of a target.
pub(crate) enum Command {
    /// Opens a session.
    Connect(SessionId, Outlet),
    /// A message of the DevTools protocol.
    Message(SessionId, String),
    /// Ends a session.
    Disconnect(SessionId),
}

struct Door {
    commands: VecDeque<Command>,
    open: bool,
}

/// What people and front ends are told of a target.
#[derive(Default)]
pub(crate) struct About {
    /// Shown to people.
    pub(crate) title: String,
    /// What it runs.
    pub(crate) url: String,
    /// The program and version; only asked of targets with a server.
    pub(crate) browser: String,
}

/// An isolate that can be debugged, as any thread may see it.
pub(crate) struct Target {
    /// Thread id; 0 is the main one.
    pub(crate) thread: u64,
    /// Names it to front ends.
    pub(crate) uuid: String,
    /// Shown to people.
    pub(crate) title: String,
    /// What it runs.
    pub(crate) url: String,
    /// The program and version that front ends are told.
    pub(crate) browser: String,
    isolate: v8::IsolateHandle,
    handle: LoopHandle,
    door: Mutex<Door>,
    arrived: Condvar,
}

impl Target {
    /// A target of the isolate that `scope` belongs to.
    pub(crate) fn new(isolate: &v8::Isolate, handle: LoopHandle, thread: u64, about: About) -> Arc<Self> {
        let About { title, url, browser } = about;
        Arc::new(Self {
            thread,
            uuid: uuid(),
            title,
            url,
            browser,
            isolate: isolate.thread_safe_handle(),
            handle,
            door: Mutex::new(Door { commands: VecDeque::new(), open: true }),
            arrived: Condvar::new(),
        })
    }

    /// Hands `command` to the target's thread, whatever it does.
    pub(crate) fn send(&self, command: Command) {
        {
            let mut door = lock(&self.door);
            if !door.open {
                return;
            }
            door.commands.push_back(command);
        }
        self.arrived.notify_all();
        self.isolate.request_interrupt(agent::on_interrupt, std::ptr::null_mut());
        self.handle.post_job(|scope| agent::serve(scope));
    }

    /// The oldest command, if any.
    pub(crate) fn try_next(&self) -> Option<Command> {
        lock(&self.door).commands.pop_front()
    }

    /// The oldest command; waits for one. `None` once `ended` says so.
    pub(crate) fn next(&self, ended: impl Fn() -> bool) -> Option<Command> {
        let mut door = lock(&self.door);
        loop {
            if ended() {
                return None;
            }
            if let Some(command) = door.commands.pop_front() {
                return Some(command);
            }
            door = self.arrived.wait(door).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }

    /// Has [`Target::next`] look at its end again.
    pub(crate) fn wake(&self) {
        drop(lock(&self.door));
        self.arrived.notify_all();
    }

    fn close(&self) {
        let left = {
            let mut door = lock(&self.door);
            door.open = false;
            std::mem::take(&mut door.commands)
        };
        drop(left);
    }
}

/// A version 4 UUID.
fn uuid() -> String {
    let mut bytes = [0_u8; 16];
    // Without the system's randomness a name that is merely unlikely to be guessed is no secret: leave it fixed, and let
    // the address be what protects.
    let _ = getrandom::fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// All targets, and the front ends that want to hear of Workers. One lock for both: each observer is told of each Worker
/// exactly once.
#[derive(Default)]
struct Registry {
    targets: BTreeMap<u64, Arc<Target>>,
    observers: Vec<Weak<Frontend>>,
}

static REGISTRY: LazyLock<Mutex<Registry>> = LazyLock::new(Mutex::default);

/// A target is in the list as long as this lives.
pub(crate) struct Announced(pub(crate) Arc<Target>);

impl Announced {
    /// Puts `target` into the list and tells the observers. Says whether one of them wants it to wait for the debugger.
    pub(crate) fn new(target: Arc<Target>) -> (Self, bool) {
        let mut registry = lock(&REGISTRY);
        registry.targets.insert(target.thread, target.clone());
        let mut waits = false;
        if target.thread != 0 {
            for observer in registry.observers.iter().filter_map(Weak::upgrade) {
                waits |= observer.attach(&target, true);
            }
        }
        drop(registry);
        (Self(target), waits)
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        let mut registry = lock(&REGISTRY);
        registry.targets.remove(&self.0.thread);
        let observers: Vec<_> = registry.observers.iter().filter_map(Weak::upgrade).collect();
        drop(registry);
        for observer in observers {
            observer.detached(&self.0);
        }
        self.0.close();
    }
}

/// From now on `frontend` hears of Workers, those that run already included.
pub(crate) fn observe(frontend: &Arc<Frontend>) {
    let mut registry = lock(&REGISTRY);
    registry.observers.retain(|observer| observer.strong_count() > 0);
    let this = Arc::downgrade(frontend);
    if !registry.observers.iter().any(|observer| observer.ptr_eq(&this)) {
        registry.observers.push(this);
    }
    for target in registry.targets.values().filter(|target| target.thread != 0) {
        frontend.attach(target, false);
    }
}

/// `frontend` hears of Workers no more.
pub(crate) fn stop_observing(frontend: &Arc<Frontend>) {
    let this = Arc::downgrade(frontend);
    lock(&REGISTRY).observers.retain(|observer| !observer.ptr_eq(&this));
}

/// Whether anybody hears of Workers.
pub(crate) fn is_observed() -> bool {
    lock(&REGISTRY).observers.iter().any(|observer| observer.strong_count() > 0)
}

/// The target of thread `id`.
pub(crate) fn of_thread(id: u64) -> Option<Arc<Target>> {
    lock(&REGISTRY).targets.get(&id).cloned()
}

/// See [`Target::wake`]; for a thread that may have no target.
pub(crate) fn wake_thread(id: u64) {
    if let Some(target) = of_thread(id) {
        target.wake();
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn uuid_has_version_and_variant() {
        let (one, two) = (super::uuid(), super::uuid());
        assert_ne!(one, two);
        assert_eq!(one.len(), 36);
        assert_eq!(&one[14..15], "4");
        assert!(matches!(&one[19..20], "8" | "9" | "a" | "b"));
    }
}
