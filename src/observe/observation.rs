//! What is gathered of the present turn of a loop that somebody observes. *Threads:* the loop's own.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::registry::{Entry, Registration};
use super::reports::{Callback, Stall};
use crate::main_loop::record::Phase;

/// The most callbacks that are told of a turn.
const MOST: usize = 16;

/// See the module's documentation.
#[derive(Default)]
pub(crate) struct Observation {
    registration: RefCell<Option<Registration>>,
    context: RefCell<Option<v8::Global<v8::Context>>>,
    phase: Cell<Option<Phase>>,
    phases: Cell<[u64; Phase::ALL.len()]>,
    callbacks: RefCell<Vec<Callback>>,
    omitted: Cell<u32>,
    stall: RefCell<Option<Stall>>,
    /// What JavaScript was told to time; nothing at first.
    told: Cell<Option<(u64, bool)>>,
}

/// What [`Observation::take`] gives.
pub(crate) struct Gathered {
    pub(crate) phases: [u64; Phase::ALL.len()],
    pub(crate) callbacks: Vec<Callback>,
    pub(crate) omitted: u32,
    pub(crate) stall: Option<Stall>,
}

impl Observation {
    /// The isolate stands: others may look at its loop from now on.
    pub(crate) fn begin(&self, registration: Registration, context: v8::Global<v8::Context>) {
        *self.registration.borrow_mut() = Some(registration);
        *self.context.borrow_mut() = Some(context);
    }

    /// The isolate goes.
    pub(crate) fn end(&self) {
        let gone = (self.registration.borrow_mut().take(), self.context.borrow_mut().take());
        drop(gone);
    }

    /// The number of the thread.
    pub(crate) fn set_thread(&self, thread: u64) {
        if let Some(registration) = &*self.registration.borrow() {
            registration.set_thread(thread);
        }
    }

    /// This loop's place in the registry.
    pub(crate) fn entry(&self) -> Option<Arc<Entry>> {
        self.registration.borrow().as_ref().map(|registration| registration.entry().clone())
    }

    /// The isolate's main context.
    pub(crate) fn context(&self) -> Option<v8::Global<v8::Context>> {
        self.context.borrow().clone()
    }

    /// Whether JavaScript knows already that it is to time this; from now on it does.
    pub(super) fn follows(&self, callbacks: u64, creation: bool) -> bool {
        let nothing = callbacks == u64::MAX;
        let before = self.told.replace(Some((callbacks, creation)));
        before.map_or(nothing, |told| told == (callbacks, creation))
    }

    /// What part of its turn the loop is in.
    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.set(Some(phase));
    }

    /// As [`Observation::enter`] was told last.
    pub(crate) fn phase(&self) -> Phase {
        self.phase.get().unwrap_or(Phase::Outside)
    }

    /// A phase took `time` ns.
    pub(crate) fn phase_done(&self, phase: Phase, time: u64) {
        let mut phases = self.phases.get();
        phases[phase as usize] += time;
        self.phases.set(phases);
    }

    pub(super) fn add(&self, callback: Callback) {
        let mut callbacks = self.callbacks.borrow_mut();
        if callbacks.len() < MOST {
            callbacks.push(callback);
            return;
        }
        self.omitted.set(self.omitted.get() + 1);
        // The longest ones are what explains a turn.
        let shortest = callbacks.iter_mut().min_by(|a, b| a.duration.total_cmp(&b.duration));
        if let Some(shortest) = shortest.filter(|shortest| shortest.duration < callback.duration) {
            *shortest = callback;
        }
    }

    /// Keeps what the watch found. False where it found something before in this turn.
    pub(super) fn stalled(&self, stall: Stall) -> bool {
        let mut place = self.stall.borrow_mut();
        let news = place.is_none();
        if news {
            *place = Some(stall);
        }
        news
    }

    /// What was gathered of this turn; the next one begins.
    pub(super) fn take(&self) -> Gathered {
        Gathered {
            phases: self.phases.take(),
            callbacks: std::mem::take(&mut *self.callbacks.borrow_mut()),
            omitted: self.omitted.take(),
            stall: self.stall.borrow_mut().take(),
        }
    }
}
