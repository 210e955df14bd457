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
//! - **pop**: the owner that was woken pops until it finds nothing. That pop clears `scheduled`, under the lock it found
//!   nothing under: a push that happens later posts a new wake, a push that happened earlier was seen. So no wake is lost,
//!   and pushes while the owner drains cost none.
//! - **pop_batch** and **put_back**: the owner takes several at once, under one lock, and puts back those it did not get to.
//! - **batch limit**: an owner that stops before it found nothing is not woken again; it comes back by itself.
//! - **announce**: an owner that left messages where they were (its port was not started) asks for a wake.
//! - **detach** (the port is transferred): the owner slot is emptied. A wake already posted reaches a loop that does not
//!   know the port any more and is ignored there.
//! - **attach**: the owner slot is filled, and when anything waits, the new owner is woken.
//! - **fill** and **relief** (back-pressure, for those who asked by [`Mailbox::set_mark`]): a push that leaves as much waiting
//!   as the mark, or more, says so and notes that the sender was `told`. The pop after which half of the mark or less waits
//!   takes the note back and wakes the sender. Both happen under the lock, so each *fill* is answered by exactly one
//!   *relief*, as long as somebody reads.
//! - **close**: everything that waits is handed to the caller to be dropped outside the lock (dropping a message may
//!   close further ports), and every later push is refused.
//!
//! One mutex guards all of it. It is held for a few instructions only, never while a message is dropped and never while
//! the owner is woken.
//!
//! Invariants checked by `tests/loom.rs` and `tests/protocols.rs`: push-vs-drain, transfer-vs-push, transfer-vs-close,
//! close-vs-push, batch-vs-push, close-vs-close of a channel's two, fill-vs-relief.

use std::collections::VecDeque;

use super::sync::{Mutex, lock};

/// What is woken when a mailbox has something to read: the address of the owner's loop.
pub(crate) trait Wake: Clone {
    /// Tells the owner to drain. May be called from any thread, and once too often.
    fn wake(&self);
}

/// What takes room in a mailbox.
pub(crate) trait Load {
    /// Whether this is a message, or a signal that counts for nothing.
    fn is_message(&self) -> bool {
        true
    }

    /// The memory it holds, in bytes.
    fn bytes(&self) -> usize {
        0
    }
}

/// An amount of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    /// How many.
    pub(crate) messages: usize,
    /// The memory they hold, in bytes.
    pub(crate) bytes: usize,
}

/// What a push came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pushed {
    /// What waits now.
    pub(crate) waiting: Amount,
    /// Whether that is as much as the mark, or more.
    pub(crate) full: bool,
}

/// The sender's high-water mark.
struct Mark<W> {
    high: Amount,
    sender: W,
    /// The sender knows that the mailbox is full, and waits to hear that it is not.
    told: bool,
}

impl<W> Mark<W> {
    fn is_reached(&self, waiting: Amount) -> bool {
        waiting.messages >= self.high.messages || waiting.bytes >= self.high.bytes
    }

    fn is_relieved(&self, waiting: Amount) -> bool {
        waiting.messages <= self.high.messages / 2 && waiting.bytes <= self.high.bytes / 2
    }
}

struct State<M, W> {
    queue: VecDeque<M>,
    waiting: Amount,
    mark: Option<Mark<W>>,
    owner: Option<W>,
    /// A wake was sent, and the owner did not find the mailbox empty since.
    scheduled: bool,
    closed: bool,
}

/// See the module's documentation.
pub(crate) struct Mailbox<M, W> {
    state: Mutex<State<M, W>>,
}

impl<M: Load, W: Wake> Mailbox<M, W> {
    /// An open, empty mailbox nobody owns.
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                queue: VecDeque::new(),
                waiting: Amount::default(),
                mark: None,
                owner: None,
                scheduled: false,
                closed: false,
            }),
        }
    }

    /// Appends a message. Gives it back when the mailbox is closed.
    pub(crate) fn push(&self, message: M) -> Result<Pushed, M> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(message);
        }
        state.waiting.messages += usize::from(message.is_message());
        state.waiting.bytes += message.bytes();
        state.queue.push_back(message);
        let waiting = state.waiting;
        let full = match &mut state.mark {
            Some(mark) if mark.is_reached(waiting) => {
                mark.told = true;
                true
            }
            _ => false,
        };
        let wake = state.wake_needed();
        drop(state);
        if let Some(owner) = wake {
            owner.wake();
        }
        Ok(Pushed { waiting, full })
    }

    /// What waits.
    pub(crate) fn waiting(&self) -> Amount {
        lock(&self.state).waiting
    }

    /// Sets the sender's mark, or removes it. A sender that waits for relief under the old mark gets it now.
    pub(crate) fn set_mark(&self, mark: Option<(Amount, W)>) {
        let mut state = lock(&self.state);
        if state.closed {
            return;
        }
        let old = state.mark.take();
        state.mark = mark.map(|(high, sender)| Mark { high, sender, told: false });
        drop(state);
        if let Some(Mark { sender, told: true, .. }) = old {
            sender.wake();
        }
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

    /// To be called when a wake arrives. Gives how much waits.
    pub(crate) fn begin_drain(&self) -> usize {
        lock(&self.state).queue.len()
    }

    /// The oldest message.
    pub(crate) fn pop(&self) -> Option<M> {
        self.pop_if(|_| true)
    }

    /// The oldest message if `wanted` says so; it stays where it is otherwise, for whoever announces it.
    pub(crate) fn pop_if(&self, wanted: impl FnOnce(&M) -> bool) -> Option<M> {
        let mut state = lock(&self.state);
        if !state.queue.front().is_some_and(wanted) {
            state.scheduled = false;
            return None;
        }
        let message = state.queue.pop_front()?;
        state.waiting.messages -= usize::from(message.is_message());
        state.waiting.bytes -= message.bytes();
        let relieved = state.relief();
        drop(state);
        if let Some(sender) = relieved {
            sender.wake();
        }
        Some(message)
    }

    /// Appends to `taken` the oldest messages, `most` of them at most and as long as `wanted` says so. None where the sender has
    /// set a mark, whose relief goes by single messages. Whoever takes some this way pops on until it finds nothing.
    pub(crate) fn pop_batch(&self, most: usize, wanted: impl Fn(&M) -> bool, taken: &mut VecDeque<M>) {
        let mut state = lock(&self.state);
        if state.mark.is_some() {
            return;
        }
        for _ in 0..most {
            if !state.queue.front().is_some_and(&wanted) {
                return;
            }
            let Some(message) = state.queue.pop_front() else { return };
            state.waiting.messages -= usize::from(message.is_message());
            state.waiting.bytes -= message.bytes();
            taken.push_back(message);
        }
    }

    /// Puts messages that were taken before those that wait, in their order, for whoever pops next. Leaves them where they are
    /// when the mailbox is closed.
    pub(crate) fn put_back(&self, messages: &mut VecDeque<M>) {
        let mut state = lock(&self.state);
        if state.closed {
            return;
        }
        while let Some(message) = messages.pop_back() {
            state.waiting.messages += usize::from(message.is_message());
            state.waiting.bytes += message.bytes();
            state.queue.push_front(message);
        }
    }

    /// Wakes the owner if anything waits.
    pub(crate) fn announce(&self) {
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
        state.waiting = Amount::default();
        let (owner, mark) = (state.owner.take(), state.mark.take());
        let queue = std::mem::take(&mut state.queue);
        drop(state);
        drop((owner, mark));
        queue
    }
}

impl<M, W: Wake> State<M, W> {
    /// The sender, if it is to hear that there is room again.
    fn relief(&mut self) -> Option<W> {
        let waiting = self.waiting;
        let mark = self.mark.as_mut()?;
        if !mark.told || !mark.is_relieved(waiting) {
            return None;
        }
        mark.told = false;
        Some(mark.sender.clone())
    }

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
