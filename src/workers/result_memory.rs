//! Shared memory that the isolates of a pool fill, and that is used again when nobody knows it any more (`spare_memory.rs`).
//!
//! The rule that makes this safe is that two SharedArrayBuffers have the memory. The *inner* one goes to the isolates with each
//! slice, and no code of users ever sees it. The *outer* one is made when every slice has ended with all its elements
//! written ([`hand_out`]), and is what users get. Only the end of the outer one, wherever it was sent, puts the memory back into the
//! reserve. So a map that was aborted or lost a slice, whose isolates may write on for a while, never has its
//! memory used again; it is unmapped when the last inner buffer is gone. And what has been handed out is not written to
//! through an inner one, so that it does not matter how long isolates keep theirs.
//!
//! V8 counts no shared memory, and so does not collect garbage because of it. Results come by the hundred megabytes, and each that is
//! dropped unnoticed costs the next one new pages; so here is counted what there is of them, and V8 asked to look (`Pacing`).
//!
//! Copies of input are taken from the same reserve. No user ever sees those, so they go back as soon as every slice has ended, and so
//! does the result of a map that failed ([`give_back`]).
//!
//! *Threads:* the owner's isolate; buffers may end on any.

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::buffer_account::Account;
use super::spare_memory::{self, Piece, RESERVE};
use crate::ops::state::op_state;

/// Smaller results are left to the system's allocator, whose memory is as likely to be in use as it is new.
const SMALL: usize = 1 << 20;

/// Results are not looked for before there are so many bytes of them, as V8 does with the memory of ArrayBuffers.
const MANY: usize = 64 << 20;

/// When to look for results that were dropped.
#[derive(Debug, Default)]
struct Pacing {
    leased: usize,
    /// What there was when V8 was last asked, and how much had been freed by then in all.
    looked_at: usize,
    freed_then: usize,
}

impl Pacing {
    /// `len` bytes were leased; `freed` in all have come back; `more`: there is memory for another such result. Whether V8 is to look:
    /// where there is none, and much that it has not looked at. What it looked at and did not free is being kept, so that a
    /// program which keeps all its results is bothered ever less often.
    fn leased(&mut self, len: usize, freed: usize, more: bool) -> bool {
        let before = self.leased.saturating_sub(freed);
        self.leased += len;
        let kept = self.looked_at.saturating_sub(freed.saturating_sub(self.freed_then));
        if more || before.saturating_sub(kept) < MANY.max(kept / 2) {
            return false;
        }
        (self.looked_at, self.freed_then) = (before, freed);
        true
    }
}

/// Has V8 begin to collect garbage, which it does beside other work.
fn collect(isolate: &mut v8::Isolate) {
    isolate.memory_pressure_notification(v8::MemoryPressureLevel::Moderate);
    // Moderate pressure is something new only after there was none.
    isolate.memory_pressure_notification(v8::MemoryPressureLevel::None);
}

/// Counts as held by an isolate until it is dropped.
struct Held {
    freed: Arc<AtomicUsize>,
    len: usize,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.freed.fetch_add(self.len, Ordering::Relaxed);
    }
}

/// What the inner buffer of one use of a piece holds on to.
struct Lease {
    piece: Arc<Piece>,
    held: Mutex<Option<Held>>,
}

/// What the outer one does.
struct Handed {
    piece: Option<Arc<Piece>>,
    _held: Option<Held>,
}

impl Drop for Handed {
    fn drop(&mut self) {
        if let Some(piece) = self.piece.take() {
            spare_memory::put(piece);
        }
    }
}

/// What an isolate leased.
#[derive(Default)]
struct Leases {
    /// What was not handed out, by where it is.
    open: RefCell<Vec<(NonNull<u8>, Weak<Lease>)>>,
    pacing: RefCell<Pacing>,
    freed: Arc<AtomicUsize>,
}

impl Leases {
    fn add(&self, lease: &Arc<Lease>) {
        let mut leases = self.open.borrow_mut();
        leases.retain(|(_, lease)| lease.strong_count() > 0);
        leases.push((lease.piece.start(), Arc::downgrade(lease)));
    }

    /// While a lease lives nothing else is at its place, so that the place names it.
    fn take(&self, start: NonNull<u8>) -> Option<Arc<Lease>> {
        let mut leases = self.open.borrow_mut();
        let at = leases.iter().position(|(place, lease)| *place == start && lease.strong_count() > 0)?;
        leases.swap_remove(at).1.upgrade()
    }
}

unsafe extern "C" fn release<T>(_: *mut c_void, _: usize, held: *mut c_void) {
    // SAFETY: the pointer is what `Box::into_raw` gave in `store`, for this type, and V8 calls this once.
    drop(unsafe { Box::from_raw(held.cast::<T>()) });
}

/// A store of the first `len` bytes of `piece`, which `held` keeps.
fn store<T: Send>(piece: &Piece, len: usize, held: T) -> v8::SharedRef<v8::BackingStore> {
    assert!(len <= piece.len());
    let held = Box::into_raw(Box::new(held)).cast::<c_void>();
    // SAFETY: the memory is mapped for as long as the piece lives, which `held` owns a reference to until V8 calls `release`, on
    // whatever thread: `held` may be sent there.
    unsafe { v8::SharedArrayBuffer::new_backing_store_from_ptr(piece.start().as_ptr().cast(), len, release::<T>, held) }
        .make_shared()
}

/// An inner buffer of `len` bytes that hold whatever they hold. `None`: an ordinary one has to do.
pub(crate) fn lease<'s>(scope: &mut v8::PinScope<'s, '_>, len: usize) -> Option<v8::Local<'s, v8::SharedArrayBuffer>> {
    if len < SMALL {
        return None;
    }
    let state = op_state(scope);
    // The buffers of an isolate with a limit are counted where they are allocated.
    if state.borrow().get::<Arc<Account>>().is_none_or(|account| account.limit() != usize::MAX) {
        return None;
    }
    let piece = RESERVE.take(len)?;
    let leases = state.borrow_mut().value::<Leases>();
    let held = Held { freed: leases.freed.clone(), len };
    let lease = Arc::new(Lease { piece, held: Mutex::new(Some(held)) });
    leases.add(&lease);
    let store = store(&lease.piece, len, lease.clone());
    let inner = v8::SharedArrayBuffer::with_backing_store(scope, &store);
    if leases.pacing.borrow_mut().leased(len, leases.freed.load(Ordering::Relaxed), RESERVE.has(len)) {
        collect(scope);
    }
    Some(inner)
}

/// The outer buffer for `inner`, each byte of which was written, by nobody who is going to write again. `None`: it is not one of
/// [`lease`]'s, or has been handed out.
pub(crate) fn hand_out<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    inner: v8::Local<'s, v8::SharedArrayBuffer>,
) -> Option<v8::Local<'s, v8::SharedArrayBuffer>> {
    let lease = take(scope, inner)?;
    let (piece, len) = (&lease.piece, inner.byte_length());
    let held = lease.held.lock().unwrap_or_else(PoisonError::into_inner).take();
    let store = store(piece, len, Handed { piece: Some(piece.clone()), _held: held });
    Some(v8::SharedArrayBuffer::with_backing_store(scope, &store))
}

/// Nobody is going to need the memory of `inner`. With `again` nobody is going to write it either, so that it may be used again;
/// otherwise it only loses its pages, and is unmapped with the last inner buffer. Nothing where it is not one of [`lease`]'s.
pub(crate) fn give_back(scope: &mut v8::PinScope, inner: v8::Local<v8::SharedArrayBuffer>, again: bool) {
    let Some(lease) = take(scope, inner) else { return };
    drop(lease.held.lock().unwrap_or_else(PoisonError::into_inner).take());
    if again {
        spare_memory::put(lease.piece.clone());
    } else {
        lease.piece.give_back_pages();
    }
}

/// What an isolate has leased, in bytes.
pub(crate) fn held(scope: &mut v8::PinScope) -> usize {
    let leases = op_state(scope).borrow_mut().value::<Leases>();
    let leased = leases.pacing.borrow().leased;
    leased.saturating_sub(leases.freed.load(Ordering::Relaxed))
}

fn take(scope: &mut v8::PinScope, inner: v8::Local<v8::SharedArrayBuffer>) -> Option<Arc<Lease>> {
    let start = inner.get_backing_store().data()?.cast();
    op_state(scope).borrow_mut().value::<Leases>().take(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEN: usize = 80 << 20;

    #[test]
    fn results_that_are_dropped_are_looked_for_with_each() {
        let mut pacing = Pacing::default();
        assert!(!pacing.leased(LEN, 0, false), "there is nothing to find");
        for round in 0..10 {
            assert!(pacing.leased(LEN, round * LEN, false), "{round}");
        }
        assert!(!pacing.leased(LEN, 10 * LEN, true), "there is memory");
        assert!(pacing.leased(LEN, 10 * LEN, false), "and now there is none");
    }

    #[test]
    fn results_that_are_kept_are_looked_for_ever_less_often() {
        let mut pacing = Pacing::default();
        let looks = (0..100).filter(|_| pacing.leased(LEN, 0, false)).count();
        assert!((3..15).contains(&looks), "{looks}");
    }

    #[test]
    fn small_results_are_looked_for_when_they_are_many() {
        let mut pacing = Pacing::default();
        let looks = (0..640).filter(|_| pacing.leased(1 << 20, 0, false)).count();
        assert!((2..8).contains(&looks), "{looks}");
    }
}
