//! What the ArrayBuffers of one isolate may take: a counting allocator with a limit.
//!
//! V8 limits its own heap only; the memory of ArrayBuffers lies outside. Every Worker's isolate gets an allocator that
//! counts, so that a Worker which allocates buffers without end ends alone.
//!
//! *Protocol*, by named steps:
//! - **refuse**: an allocation above the limit gets nothing. V8 then collects garbage and asks again, several times.
//! - **last chance**: before its last attempt V8 calls the near-heap-limit callback (`resource_limits.rs`), which notes
//!   that the next refusal would be final.
//! - **grant**: the last attempt gets its memory even so, because V8's own API aborts the process where it gets none, and
//!   the isolate is ended.
//!
//! Memory that was transferred away stays counted until it is freed, wherever that happens; [`Account::sent`] keeps what
//! was, so that a Worker is not blamed for buffers it gave to others. It is an upper bound: freed memory may have
//! been among it. Memory that came from elsewhere is counted by V8 (`resource_limits.rs` looks at that, too).
//!
//! *Threads:* allocation on the isolate's own; freeing on any.

use std::cell::Cell;
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crossbeam::utils::CachePadded;

use super::freed_memory;
use crate::cxx_memory;

/// From this size on a single buffer is refused for good, with the RangeError that memory nobody has leads to.
const ABSURD: usize = 16 << 30;

/// What is done when the limit is reached for good.
type OnFull = Box<dyn Fn() -> bool + Send + Sync>;

/// The count of one isolate.
pub(crate) struct Account {
    limit: usize,
    /// All bytes that were ever allocated, and those that were freed. Each has cache lines of its own: a helper of V8's frees what the
    /// last garbage collection found while the isolate's thread allocates.
    allocated: CachePadded<AtomicUsize>,
    freed: CachePadded<AtomicUsize>,
    sent: AtomicUsize,
    refused: AtomicBool,
    last_chance: AtomicBool,
    full: AtomicBool,
    on_full: OnFull,
    isolate: OnceLock<v8::IsolateHandle>,
}

impl Account {
    /// A count that calls `on_full` where more than `limit` bytes are needed.
    pub(crate) fn new(limit: usize, on_full: OnFull) -> Arc<Self> {
        Arc::new(Self {
            limit,
            allocated: CachePadded::default(),
            freed: CachePadded::default(),
            sent: AtomicUsize::new(0),
            refused: AtomicBool::new(false),
            last_chance: AtomicBool::new(false),
            full: AtomicBool::new(false),
            on_full,
            isolate: OnceLock::new(),
        })
    }

    /// A count without a limit.
    pub(crate) fn unlimited() -> Arc<Self> {
        Self::new(usize::MAX, Box::new(|| true))
    }

    /// Bytes of ArrayBuffers that the isolate allocated and has not given away.
    pub(crate) fn held(&self) -> usize {
        self.live().saturating_sub(self.sent.load(Ordering::Relaxed))
    }

    /// Bytes that were allocated and not freed.
    fn live(&self) -> usize {
        // What is freed was allocated before, so the second number never passes the first where it is read first.
        let freed = self.freed.load(Ordering::Acquire);
        self.allocated.load(Ordering::Relaxed).wrapping_sub(freed)
    }

    /// Names the isolate whose JavaScript ends when the limit is reached.
    pub(crate) fn belongs_to(&self, isolate: v8::IsolateHandle) {
        let _ = self.isolate.set(isolate);
    }

    /// Ends the isolate. On its own thread.
    pub(crate) fn exhausted(&self) {
        self.full.store(true, Ordering::Relaxed);
        if (self.on_full)()
            && let Some(isolate) = self.isolate.get()
        {
            isolate.terminate_execution();
        }
    }

    /// The limit, in bytes.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Notes that `bytes` were transferred to another isolate.
    pub(crate) fn sent(&self, bytes: usize) {
        let live = self.live();
        let sent = self.sent.load(Ordering::Relaxed);
        self.sent.store(sent.saturating_add(bytes).min(live), Ordering::Relaxed);
    }

    /// *last chance*: whether an allocation was refused and V8 is about to try for the last time.
    pub(crate) fn offer_last_chance(&self) -> bool {
        let refused = self.refused.swap(false, Ordering::Relaxed);
        self.last_chance.store(refused, Ordering::Relaxed);
        refused
    }

    /// The isolate is ending: nothing is refused any more.
    pub(crate) fn give_up(&self) {
        self.full.store(true, Ordering::Relaxed);
    }

    /// The isolate goes on after all.
    pub(crate) fn go_on(&self) {
        self.full.store(false, Ordering::Relaxed);
    }

    fn allocate(&self, len: usize, obtain: impl FnOnce(usize) -> *mut c_void) -> *mut c_void {
        self.allocated.fetch_add(len, Ordering::Relaxed);
        let live = self.live();
        let sent = self.sent.load(Ordering::Relaxed);
        if live.saturating_sub(sent) > self.limit && !self.full.load(Ordering::Relaxed) {
            let absurd = len >= ABSURD.max(self.limit);
            if absurd || !self.last_chance.swap(false, Ordering::Relaxed) {
                self.allocated.fetch_sub(len, Ordering::Relaxed);
                self.refused.store(true, Ordering::Relaxed);
                return std::ptr::null_mut();
            }
            tracing::debug!(live, limit = self.limit, "the ArrayBuffers of an isolate reached their limit");
            self.exhausted();
        }
        self.refused.store(false, Ordering::Relaxed);
        let data = obtain(len);
        if data.is_null() {
            self.allocated.fetch_sub(len, Ordering::Relaxed);
        }
        data
    }

    fn freed(&self, len: usize) {
        self.freed.fetch_add(len, Ordering::Release);
        // What is not there any more cannot be with others.
        if self.sent.load(Ordering::Relaxed) > 0 {
            self.sent.fetch_min(self.live(), Ordering::Relaxed);
        }
    }
}

thread_local! {
    /// Length of the memory that need not be cleared; 0 for none.
    static UNZEROED: Cell<usize> = const { Cell::new(0) };
}

/// If the next memory that this thread allocates for an ArrayBuffer has `len` bytes, it may hold whatever it held.
pub(crate) fn leave_unzeroed(len: usize) {
    UNZEROED.set(len);
}

unsafe extern "C" fn allocate(account: &Account, len: usize) -> *mut c_void {
    if len > 0 && UNZEROED.replace(0) == len {
        // SAFETY: the same obligations as this function's.
        return unsafe { allocate_uninitialized(account, len) };
    }
    account.allocate(len, |len| cxx_memory::allocate(len, true))
}

unsafe extern "C" fn allocate_uninitialized(account: &Account, len: usize) -> *mut c_void {
    account.allocate(len, |len| cxx_memory::allocate(len, false))
}

unsafe extern "C" fn free(account: &Account, data: *mut c_void, len: usize) {
    account.freed(len);
    freed_memory::count(len);
    // SAFETY: V8 hands back what one of the functions above gave it, once.
    unsafe { cxx_memory::free(data, len) };
}

unsafe extern "C" fn release(account: *const Account) {
    // SAFETY: `allocator` made this pointer of an `Arc`; V8 drops its allocator once.
    drop(unsafe { Arc::from_raw(account) });
}

/// The allocator for the isolate whose account this is. It lives as long as any memory it gave out.
pub(crate) fn allocator(account: &Arc<Account>) -> v8::UniqueRef<v8::Allocator> {
    static TABLE: v8::RustAllocatorVtable<Account> =
        v8::RustAllocatorVtable { allocate, allocate_uninitialized, free, drop: release };
    // SAFETY: the pointer is that of an `Arc` of the table's type, whose reference the allocator owns.
    unsafe { v8::new_rust_allocator(Arc::into_raw(account.clone()), &TABLE) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(limit: usize) -> (Arc<Account>, Arc<AtomicUsize>) {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let account = Account::new(limit, Box::new(move || counted.fetch_add(1, Ordering::Relaxed) == 0));
        (account, calls)
    }

    #[test]
    fn memory_is_left_as_it_is_where_that_was_asked_for_alone() {
        let (account, _) = account(1 << 20);
        leave_unzeroed(64);
        // SAFETY: `allocate` takes any length, and each block is freed once, with its own.
        unsafe {
            let other = allocate(&account, 4096);
            assert_eq!(UNZEROED.get(), 0, "what was asked for holds for the next allocation");
            assert!((0..4096).all(|i| *other.cast::<u8>().add(i) == 0));
            free(&account, other, 4096);
            leave_unzeroed(64);
            free(&account, allocate(&account, 64), 64);
        }
        assert_eq!((UNZEROED.get(), account.held()), (0, 0));
    }

    fn take(account: &Account, len: usize) -> bool {
        !account.allocate(len, |_| std::ptr::dangling_mut()).is_null()
    }

    #[test]
    fn the_last_attempt_is_granted_and_ends_the_isolate() {
        let (account, calls) = account(100);
        assert!(take(&account, 60));
        assert!(!take(&account, 60) && !take(&account, 60));
        assert_eq!(calls.load(Ordering::Relaxed), 0);
        assert!(account.offer_last_chance());
        assert!(take(&account, 60));
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        assert!(take(&account, 1000), "nothing is refused while the isolate unwinds");
    }

    #[test]
    fn what_garbage_collection_frees_can_be_had_again() {
        let (account, calls) = account(100);
        assert!(take(&account, 100) && !take(&account, 1));
        account.freed(100);
        assert!(take(&account, 100));
        assert!(!account.offer_last_chance(), "the refusal was made good");
        assert_eq!(calls.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn what_was_transferred_is_not_held_against_the_sender() {
        let (account, _) = account(100);
        for _ in 0..10 {
            assert!(take(&account, 90));
            account.sent(90);
        }
        for _ in 0..10 {
            account.freed(90);
        }
        assert!(take(&account, 90) && !take(&account, 90), "and what was freed is no credit");
    }
}
