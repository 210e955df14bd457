//! What ICU holds for an isolate. Formatters, collators and segmenters lie outside V8's heap (50 KB for a DateTimeFormat),
//! and V8 counts next to nothing of them. So ICU gets its memory from functions that count it.
//!
//! *What it owns.* For each thread, the bytes that ICU took on it and has not given back, and whom to tell when they are
//! more than a limit. Every block has its size in front. The memory is the C library's, as V8's own is, which can be made
//! to give back what is free (`worker.rs`).
//!
//! *Threads:* all of it is a thread's own. What one thread took and another gives back (caches that all share) is a
//! difference both live with; it is little.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;

/// In front of a block: its size, and room so that the block is as aligned as `malloc` makes it.
const HEADER: usize = 16;

/// What is done when there is too much. May be called in the middle of anything ICU does.
type OnTooMuch = Box<dyn Fn()>;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static LIMIT: Cell<isize> = const { Cell::new(isize::MAX) };
    static ON_TOO_MUCH: RefCell<Option<OnTooMuch>> = const { RefCell::new(None) };
}

unsafe extern "C" {
    #[link_name = "u_setMemoryFunctions_77"]
    fn set_memory_functions(
        context: *const c_void,
        allocate: unsafe extern "C" fn(*const c_void, usize) -> *mut c_void,
        reallocate: unsafe extern "C" fn(*const c_void, *mut c_void, usize) -> *mut c_void,
        free: unsafe extern "C" fn(*const c_void, *mut c_void),
        status: *mut i32,
    );
}

/// Has ICU take its memory here. To be called once, before V8 starts.
pub(crate) fn install() {
    let mut status = 0;
    // SAFETY: the functions have the signatures that ICU's header gives them, and ICU holds no memory yet.
    unsafe { set_memory_functions(std::ptr::null(), icu_allocate, icu_reallocate, icu_free, &raw mut status) };
}

/// Bytes that ICU holds for this thread.
pub(crate) fn held() -> usize {
    usize::try_from(HELD.get()).unwrap_or(0)
}

/// Calls `on_too_much` on this thread, each time ICU takes memory while it holds more than `limit` bytes.
pub(crate) fn watch(limit: usize, on_too_much: OnTooMuch) {
    LIMIT.set(isize::try_from(limit).unwrap_or(isize::MAX));
    ON_TOO_MUCH.set(Some(on_too_much));
}

/// Ends [`watch`].
pub(crate) fn unwatch() {
    LIMIT.set(isize::MAX);
    ON_TOO_MUCH.set(None);
}

#[expect(clippy::cast_possible_wrap, reason = "no block is larger than isize::MAX")]
fn count(taken: usize, given: usize) {
    // `try_with`: ICU gives memory back also while the thread's own data is being destroyed.
    let _ = HELD.try_with(|held| held.set(held.get().wrapping_add(taken as isize).wrapping_sub(given as isize)));
    if taken > given && HELD.try_with(Cell::get).unwrap_or(0) > LIMIT.try_with(Cell::get).unwrap_or(isize::MAX) {
        let _ = ON_TOO_MUCH.try_with(|tell| {
            if let Ok(tell) = tell.try_borrow()
                && let Some(tell) = &*tell
            {
                tell();
            }
        });
    }
}

/// # Safety
/// `block` came from [`icu_allocate`] or [`icu_reallocate`] and was not given back.
unsafe fn start_and_len(block: *mut c_void) -> (*mut u8, usize) {
    // SAFETY: such a block has its header in front of it.
    unsafe {
        let start = block.cast::<u8>().sub(HEADER);
        (start, start.cast::<usize>().read())
    }
}

/// # Safety
/// `start` is the start of memory for a header and `len` bytes.
unsafe fn finish(start: *mut u8, len: usize) -> *mut c_void {
    // SAFETY: the header fits, and what `malloc` gives is aligned for it.
    unsafe {
        start.cast::<usize>().write(len);
        start.add(HEADER).cast()
    }
}

unsafe extern "C" fn icu_allocate(_: *const c_void, len: usize) -> *mut c_void {
    let Some(whole) = len.checked_add(HEADER) else { return std::ptr::null_mut() };
    // SAFETY: `malloc` takes any number.
    let start = unsafe { libc::malloc(whole) }.cast::<u8>();
    if start.is_null() {
        return std::ptr::null_mut();
    }
    count(len, 0);
    // SAFETY: it was just allocated with room for both.
    unsafe { finish(start, len) }
}

unsafe extern "C" fn icu_reallocate(context: *const c_void, block: *mut c_void, len: usize) -> *mut c_void {
    if block.is_null() {
        // SAFETY: as this function.
        return unsafe { icu_allocate(context, len) };
    }
    // SAFETY: ICU passes what it got here.
    let (start, old) = unsafe { start_and_len(block) };
    let Some(whole) = len.checked_add(HEADER) else { return std::ptr::null_mut() };
    // SAFETY: `start` came from `malloc` or `realloc`, and the new size is not 0.
    let start = unsafe { libc::realloc(start.cast(), whole) }.cast::<u8>();
    if start.is_null() {
        return std::ptr::null_mut();
    }
    count(len, old);
    // SAFETY: it has room for both.
    unsafe { finish(start, len) }
}

unsafe extern "C" fn icu_free(_: *const c_void, block: *mut c_void) {
    if block.is_null() {
        return;
    }
    // SAFETY: ICU passes what it got here, once.
    unsafe {
        let (start, len) = start_and_len(block);
        libc::free(start.cast());
        count(0, len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_counted_and_keep_their_content() {
        let before = held();
        let calls = std::rc::Rc::new(Cell::new(0));
        let seen = calls.clone();
        watch(before + 150, Box::new(move || seen.set(seen.get() + 1)));
        // SAFETY: the functions are used as ICU uses them, and the blocks within their sizes.
        unsafe {
            let none = std::ptr::null();
            let block = icu_reallocate(none, std::ptr::null_mut(), 100).cast::<u8>();
            assert!(block.addr().is_multiple_of(HEADER));
            block.write_bytes(7, 100);
            assert_eq!((held() - before, calls.get()), (100, 0));
            let block = icu_reallocate(none, block.cast(), 200).cast::<u8>();
            assert_eq!((held() - before, calls.get()), (200, 1));
            assert!((0..100).all(|i| block.add(i).read() == 7));
            icu_free(none, block.cast());
            icu_free(none, std::ptr::null_mut());
        }
        unwatch();
        assert_eq!(held(), before);
    }
}
