//! Ending a Worker's JavaScript from another thread, at any moment of its life.
//!
//! V8's termination request reaches an isolate, and a Worker has none before it is made and must not be reached for after
//! it goes. [`Lifecycle`] knows which it is; every step happens under its mutex.
//!
//! *Protocol*, by named steps:
//! - **publish** (the Worker): its isolate is there. Refused when the end was asked for before: nothing of the user's runs.
//! - **terminate** (anybody, any number of times): before *publish* it is noted, after it the isolate is told, after
//!   *retire* there is nothing to do.
//! - **retire** (the Worker): its JavaScript is over and the isolate is about to go. No request is under way any more, for
//!   requests hold the mutex, and none will come.
//!
//! `tests/loom.rs` checks: an end that is asked for is never lost, and no isolate is reached for once it retired.

use super::sync::{Mutex, lock};

/// How to end JavaScript that runs. May be called from any thread.
pub(crate) trait Terminate {
    /// Makes the loop stop and the running JavaScript throw an exception that cannot be caught.
    fn terminate(&self);
}

enum Phase<T> {
    Starting { stop: bool },
    Running(T),
    Over,
}

/// See the module's documentation.
pub(crate) struct Lifecycle<T>(Mutex<Phase<T>>);

impl<T: Terminate> Lifecycle<T> {
    /// Of a Worker that has no isolate yet.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Phase::Starting { stop: false }))
    }

    /// *publish*: false if the end was asked for meanwhile.
    pub(crate) fn publish(&self, isolate: T) -> bool {
        let mut phase = lock(&self.0);
        if !matches!(*phase, Phase::Starting { stop: false }) {
            return false;
        }
        *phase = Phase::Running(isolate);
        true
    }

    /// *terminate*.
    pub(crate) fn terminate(&self) {
        match &mut *lock(&self.0) {
            Phase::Starting { stop } => *stop = true,
            Phase::Running(isolate) => isolate.terminate(),
            Phase::Over => {}
        }
    }

    /// What `look` makes of the isolate, where it runs; it cannot retire meanwhile.
    pub(crate) fn with_running<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        match &*lock(&self.0) {
            Phase::Running(isolate) => Some(look(isolate)),
            _ => None,
        }
    }

    /// *retire*.
    pub(crate) fn retire(&self) {
        let before = std::mem::replace(&mut *lock(&self.0), Phase::Over);
        drop(before);
    }
}
