//! What keeps a loop alive: a count of references (operations, ports, Workers, handles).
//!
//! Timers and immediates count on their own, in JavaScript, and are asked by [`super::LoopShared::is_alive`].

use std::cell::Cell;

/// Count of things that keep one loop alive. Bound to the loop's thread.
#[derive(Default)]
pub struct Liveness {
    references: Cell<usize>,
}

impl Liveness {
    /// One more thing keeps the loop alive.
    pub fn add_ref(&self) {
        self.references.set(self.references.get() + 1);
    }

    /// One thing fewer keeps the loop alive.
    pub fn release(&self) {
        debug_assert!(self.references.get() > 0, "released more references than were taken");
        self.references.set(self.references.get().saturating_sub(1));
    }

    /// How many things keep the loop alive.
    pub fn count(&self) -> usize {
        self.references.get()
    }
}
