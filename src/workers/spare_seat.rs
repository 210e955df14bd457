//! The agreement between a thread that prepares itself for a Worker nobody asked for yet, and whoever takes it.
//!
//! *What it owns.* The order, until the thread has it. *Which thread may call what.* The thread itself looks, leaves, begins and
//! pauses; any other may order, close or halt.
//!
//! *Protocol*, by named steps, each of them under the seat's mutex:
//! - **order**: the thread gets what it is to become. Accepted once, and not after *leave*, *close* or *halt*: the caller gets the
//!   order back then, and starts a thread of its own.
//! - **look** (the thread): what came. Whoever orders or closes wakes the thread afterwards, which looks before it sleeps.
//! - **leave** (the thread, whose time is up, or which could not prepare itself): nothing is accepted any more. An order that came
//!   before is handed out, and must be followed.
//! - **close**: *leave* from outside. An order that came before stands.
//! - **begin**, **pause** (the thread): it goes into V8, or is out of it. After *halt* it may not begin any more, and stands
//!   still for ever.
//! - **halt** (the process exits): as *close*, and the thread begins nothing any more. Where an order came before, it is no spare
//!   any more, and whoever ordered sees to its end.
//!
//! `tests/models/spare_seat.rs` checks: an order is followed or given back, never both nor neither; a thread that was seen
//! outside of V8 after *halt* stays outside.

use super::sync::{Mutex, lock};

enum Post<O> {
    Open,
    Ordered(O),
    Followed,
    Closed,
}

struct State<O> {
    post: Post<O>,
    /// The thread may be in V8.
    inside: bool,
    halted: bool,
}

/// See the module's documentation.
pub(crate) struct Seat<O>(Mutex<State<O>>);

/// What the thread finds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Look<O> {
    /// Nobody wants it yet.
    Nothing,
    /// What it is to become.
    Order(O),
    /// It is to go.
    Closed,
}

impl<O> Seat<O> {
    /// Of a thread that is about to start.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State { post: Post::Open, inside: false, halted: false }))
    }

    /// Of a thread that is started for `order`.
    pub(crate) fn with_order(order: O) -> Self {
        Self(Mutex::new(State { post: Post::Ordered(order), inside: false, halted: false }))
    }

    /// *order*.
    pub(crate) fn order(&self, order: O) -> Result<(), O> {
        let mut state = lock(&self.0);
        if !matches!(state.post, Post::Open) {
            return Err(order);
        }
        state.post = Post::Ordered(order);
        Ok(())
    }

    /// *look*.
    pub(crate) fn look(&self) -> Look<O> {
        let mut state = lock(&self.0);
        match std::mem::replace(&mut state.post, Post::Followed) {
            Post::Open => {
                state.post = Post::Open;
                Look::Nothing
            }
            Post::Ordered(order) => Look::Order(order),
            Post::Followed | Post::Closed => {
                state.post = Post::Closed;
                Look::Closed
            }
        }
    }

    /// *leave*. Gives the order that must be followed all the same.
    pub(crate) fn leave(&self) -> Option<O> {
        let mut state = lock(&self.0);
        match std::mem::replace(&mut state.post, Post::Closed) {
            Post::Ordered(order) => {
                state.post = Post::Followed;
                Some(order)
            }
            _ => None,
        }
    }

    /// *close*.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.0);
        if matches!(state.post, Post::Open) {
            state.post = Post::Closed;
        }
    }

    /// Whether an order would be accepted.
    pub(crate) fn is_open(&self) -> bool {
        matches!(lock(&self.0).post, Post::Open)
    }

    /// *begin*. False: the thread is to stand still.
    #[must_use]
    pub(crate) fn begin(&self) -> bool {
        let mut state = lock(&self.0);
        state.inside = !state.halted;
        state.inside
    }

    /// *pause*.
    pub(crate) fn pause(&self) {
        lock(&self.0).inside = false;
    }

    /// *halt*. Whether the thread is, and stays, outside of V8, as far as a spare goes.
    pub(crate) fn halt(&self) -> bool {
        let mut state = lock(&self.0);
        match state.post {
            Post::Open => state.post = Post::Closed,
            Post::Ordered(_) | Post::Followed => return true,
            Post::Closed => {}
        }
        state.halted = true;
        !state.inside
    }
}
