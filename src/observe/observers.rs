//! Who wants to hear of slow turns, of which loops, from how slow on; and how they hear.
//!
//! *Owns* the list of observers of the process, and from it the threshold of every loop ([`adjust`]). A loop that was slow
//! makes the report on its own thread and posts a copy to the loop of each observer. *Threads:* any; the functions that
//! JavaScript gave live in the op state of their isolate ([`Observations`]).

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::reports::Report;
use super::{registry, trace, watchdog};
use crate::main_loop::LoopHandle;
use crate::main_loop::record::LoopRecord;
use crate::ops::IntoJs as _;
use crate::ops::args::Serialized;
use crate::ops::async_op::EventCallback;
use crate::ops::state::{event_loop, op_state};
use registry::Entry;

/// Which loops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// That of the thread with this number.
    Thread(i64),
    /// All there are and will be.
    All,
}

impl Target {
    fn includes(self, record: &LoopRecord) -> bool {
        match self {
            Self::All => true,
            Self::Thread(thread) => record.thread() == thread,
        }
    }
}

/// How an observer hears of a report.
enum Ear {
    /// By a job on its loop, which knows the function to call by the observer's number.
    Loop(LoopHandle),
    /// A thread without an isolate takes it from here. What does not fit in is lost.
    Queue(flume::Sender<Report>),
}

struct Observer {
    id: u64,
    ear: Ear,
    target: Target,
    /// In ns.
    threshold: u64,
    /// Whether it is to be known where timers and their like were made.
    creation: bool,
}

static OBSERVERS: Mutex<Vec<Observer>> = Mutex::new(Vec::new());

/// Callbacks of at least this part of what makes a turn slow are told of: a turn may be slow by several.
const PART: u64 = 16;

/// What the JavaScript of a loop is to time: callbacks that take this many ns, `u64::MAX` for none; and whether it is to
/// keep where they come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wanted {
    callbacks: u64,
    creation: bool,
}

fn wanted(record: &LoopRecord) -> Wanted {
    let observers = lock_observers();
    let (mut callbacks, mut creation) = (u64::MAX, false);
    for observer in observers.iter().filter(|observer| observer.target.includes(record)) {
        callbacks = callbacks.min(observer.threshold / PART);
        creation |= observer.creation;
    }
    Wanted { callbacks: if trace::is_on() { 0 } else { callbacks }, creation }
}

fn lock_observers() -> std::sync::MutexGuard<'static, Vec<Observer>> {
    crate::workers::sync::lock(&OBSERVERS)
}

/// Sets the threshold of a loop from what is wanted now, and tells its JavaScript.
pub(crate) fn adjust(entry: &Arc<Entry>) {
    let mut threshold = watchdog::threshold_for_all();
    for observer in lock_observers().iter().filter(|observer| observer.target.includes(&entry.record)) {
        threshold = threshold.min(observer.threshold);
    }
    if threshold == u64::MAX && trace::is_on() {
        // Callbacks are timed, and no turn is slow.
        threshold = LoopRecord::TIMED_ONLY;
    }
    let before = entry.record.threshold();
    entry.record.set_threshold(threshold);
    if threshold != u64::MAX {
        watchdog::attend();
    }
    // The isolate of a thread that has just been made asks by itself when it can.
    if before != threshold || entry.record.turns() > 0 {
        entry.handle.post_job(follow);
    }
}

fn adjust_all() {
    for entry in registry::all() {
        adjust(&entry);
    }
}

/// Tells the JavaScript of this isolate what it is to time.
pub(crate) fn follow(scope: &mut v8::PinScope) {
    let shared = event_loop(scope);
    let wanted = wanted(shared.record());
    if shared.observation.follows(wanted.callbacks, wanted.creation) {
        return;
    }
    let Some(hook) = shared.hook(|hooks| hooks.observe_callbacks.clone()) else { return };
    let milliseconds = if wanted.callbacks == u64::MAX { -1.0 } else { wanted.callbacks as f64 / 1e6 };
    v8::tc_scope!(let caught, scope);
    let hook = v8::Local::new(caught, hook);
    let this = v8::undefined(caught).into();
    let arguments = [v8::Number::new(caught, milliseconds).into(), v8::Boolean::new(caught, wanted.creation).into()];
    if hook.call(caught, this, &arguments).is_none() {
        tracing::debug!("callbacks cannot be timed");
    }
}

fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Stands for observing without an isolate; ends when dropped.
pub(super) struct Listening(u64);

impl Drop for Listening {
    fn drop(&mut self) {
        forget(self.0);
    }
}

/// Has reports about turns of any loop that take `threshold` ns put into `queue`, as far as that has room.
pub(super) fn listen(threshold: u64, queue: flume::Sender<Report>) -> Listening {
    let id = next_id();
    let (ear, target) = (Ear::Queue(queue), Target::All);
    lock_observers().push(Observer { id, ear, target, threshold, creation: false });
    adjust_all();
    Listening(id)
}

/// Begins to observe, on behalf of the current isolate. Gives the number to end it with.
pub(crate) fn add(
    scope: &mut v8::PinScope,
    target: Target,
    threshold: u64,
    creation: bool,
    callback: v8::Local<v8::Function>,
) -> u64 {
    let id = next_id();
    let callback = Rc::new(EventCallback::new(scope, callback));
    let observations = op_state(scope).borrow_mut().value::<Observations>();
    observations.0.borrow_mut().insert(id, callback);
    let ear = Ear::Loop(event_loop(scope).handle());
    lock_observers().push(Observer { id, ear, target, threshold, creation });
    adjust_all();
    follow(scope);
    id
}

/// Ends what [`add`] began.
pub(crate) fn remove(scope: &mut v8::PinScope, id: u64) {
    let observations = op_state(scope).borrow_mut().value::<Observations>();
    let callback = observations.0.borrow_mut().remove(&id);
    drop(callback);
    forget(id);
    follow(scope);
}

fn forget(id: u64) {
    lock_observers().retain(|observer| observer.id != id);
    adjust_all();
}

/// The functions of one isolate that hear of slow turns.
#[derive(Default)]
struct Observations(RefCell<HashMap<u64, Rc<EventCallback>>>);

impl Drop for Observations {
    fn drop(&mut self) {
        for id in self.0.get_mut().keys() {
            forget(*id);
        }
    }
}

/// Posts a report about the loop of `record` to everybody it is of interest to.
pub(crate) fn deliver(record: &LoopRecord, nanoseconds: u64, report: &Report) {
    for observer in lock_observers().iter() {
        if observer.target.includes(record) && observer.threshold <= nanoseconds {
            let (id, report) = (observer.id, report.clone());
            match &observer.ear {
                Ear::Loop(handle) => drop(handle.post_job(move |scope| receive(scope, id, report))),
                Ear::Queue(queue) => drop(queue.try_send(report)),
            }
        }
    }
}

fn receive(scope: &mut v8::PinScope, id: u64, report: Report) {
    let observations = op_state(scope).borrow_mut().value::<Observations>();
    let Some(callback) = observations.0.borrow().get(&id).cloned() else { return };
    match Serialized(report).into_js(scope) {
        Ok(report) => callback.call(scope, &[report]),
        Err(error) => tracing::debug!(?error, "a report cannot be shown"),
    }
}
