//! A mailbox: the queue behind one end of a message channel, and the rule that wakes whoever reads it.
//!
//! *What it owns.* The messages that wait, and the slot of the current owner. A mailbox is shared (`Arc`) by every end
//! that may post into it and by the one end that reads it; the reading end may move from thread to thread, the mailbox
//! does not care. No V8 type appears here.
//!
//! *Which thread may call what.* Everything may be called from every thread.
//!
//! *Protocol*, by named steps:
//! - **push** appends, and wakes the owner only when no wake is on its way already (`scheduled`). A mailbox without an
//!   owner (its port is travelling, or was not started yet) only queues.
//! - **wake received**: the owner calls [`Mailbox::begin_drain`], which clears `scheduled` BEFORE the first pop. A push
//!   that happens later posts a new wake, a push that happened earlier is seen by the pops: no wake is lost.
//! - **pop** until empty or until the batch limit; with messages left over, [`Mailbox::end_drain`] asks for another
//!   turn by the same rule as a push does.
//! - **detach** (the port is transferred): the owner slot is emptied. A wake already posted reaches a loop that does not
//!   know the port any more and is ignored there.
//! - **attach**: the owner slot is filled, and when anything waits, the new owner is woken.
//! - **close**: everything that waits is handed to the caller to be dropped outside the lock (dropping a message may
//!   close further ports), and every later push is refused.
//!
//! One mutex guards all of it. It is held for a few instructions only, never while a message is dropped and never while
//! the owner is woken.
//!
//! Invariants checked by `tests/loom.rs` and `tests/protocols.rs`: push-vs-drain, transfer-vs-push, close-vs-push.

use std::collections::VecDeque;

use super::sync::{Mutex, lock};

/// What is woken when a mailbox has something to read: the address of the owner's loop.
pub(crate) trait Wake: Clone {
    /// Tells the owner to drain. May be called from any thread, and once too often.
    fn wake(&self);
}

struct State<M, W> {
    queue: VecDeque<M>,
    owner: Option<W>,
    /// A wake was sent and its drain has not begun.
    scheduled: bool,
    closed: bool,
}

/// See the module's documentation.
pub(crate) struct Mailbox<M, W> {
    state: Mutex<State<M, W>>,
}

impl<M, W: Wake> Mailbox<M, W> {
    /// An open, empty mailbox nobody owns.
    pub(crate) fn new() -> Self {
        Self { state: Mutex::new(State { queue: VecDeque::new(), owner: None, scheduled: false, closed: false }) }
    }

    /// Appends a message. Gives it back when the mailbox is closed.
    pub(crate) fn push(&self, message: M) -> Result<(), M> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(message);
        }
        state.queue.push_back(message);
        let wake = state.wake_needed();
        drop(state);
        if let Some(owner) = wake {
            owner.wake();
        }
        Ok(())
    }

    /// Makes `owner` the one to be woken, now too if anything waits.
    pub(crate) fn attach(&self, owner: W) {
        let mut state = lock(&self.state);
        state.owner = Some(owner);
        state.scheduled = false;
        let wake = if state.queue.is_empty() { None } else { state.wake_needed() };
        drop(state);
        if let Some(owner) = wake {
            owner.wake();
        }
    }

    /// Empties the owner slot: messages wait until the next [`attach`](Self::attach).
    pub(crate) fn detach(&self) {
        let mut state = lock(&self.state);
        state.scheduled = false;
        let owner = state.owner.take();
        drop(state);
        drop(owner);
    }

    /// To be called when a wake arrives, before the first pop. Gives the number of messages waiting.
    pub(crate) fn begin_drain(&self) -> usize {
        let mut state = lock(&self.state);
        state.scheduled = false;
        state.queue.len()
    }

    /// The oldest message.
    pub(crate) fn pop(&self) -> Option<M> {
        lock(&self.state).queue.pop_front()
    }

    /// The oldest message if `wanted` says so; it stays where it is otherwise.
    pub(crate) fn pop_if(&self, wanted: impl FnOnce(&M) -> bool) -> Option<M> {
        let mut state = lock(&self.state);
        if state.queue.front().is_some_and(wanted) { state.queue.pop_front() } else { None }
    }

    /// To be called when a drain stops before the mailbox is empty: wakes the owner again if messages wait.
    pub(crate) fn end_drain(&self) {
        let mut state = lock(&self.state);
        let wake = if state.queue.is_empty() { None } else { state.wake_needed() };
        drop(state);
        if let Some(owner) = wake {
            owner.wake();
        }
    }

    /// Refuses all further messages and hands over those that wait, to be dropped by the caller.
    pub(crate) fn close(&self) -> VecDeque<M> {
        let mut state = lock(&self.state);
        state.closed = true;
        state.scheduled = false;
        let owner = state.owner.take();
        let queue = std::mem::take(&mut state.queue);
        drop(state);
        drop(owner);
        queue
    }
}

impl<M, W: Wake> State<M, W> {
    /// The owner, if it is to be woken; notes that it was.
    fn wake_needed(&mut self) -> Option<W> {
        if self.scheduled {
            return None;
        }
        let owner = self.owner.clone()?;
        self.scheduled = true;
        Some(owner)
    }
}
