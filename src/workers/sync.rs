//! The synchronisation primitives of the V8-free protocols (`mailbox.rs`, `pool_schedule.rs`, `claim.rs`, `stall.rs` of `src/observe`, and
//! `shared.rs` of `src/ops/user_code`).
//!
//! Those files name nothing but `super::sync`, so the model checker can compile the very same source against its own
//! primitives: `tests/loom.rs` declares a `sync` module made of loom's types and includes the files by path. No `cfg`
//! and no special build flags are involved.

pub(crate) use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};

/// Locks `mutex`, also when a thread panicked while holding it: every critical section of the protocols leaves the
/// state consistent at each step, so there is nothing to distrust after a panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Waits until somebody tells `changed`, or for no reason.
pub(crate) fn wait<'a, T>(changed: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    changed.wait(guard).unwrap_or_else(std::sync::PoisonError::into_inner)
}
