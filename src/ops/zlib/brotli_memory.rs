//! The memory of one Brotli encoder, decoder or dictionary: from this program's allocator, and counted, so that V8 can
//! be told what a stream holds.

use std::alloc::{Layout, alloc, dealloc};
use std::ffi::c_void;
use std::sync::atomic::{AtomicUsize, Ordering};

use compu_brotli_sys::{brotli_alloc_func as Allocate, brotli_free_func as Free};

/// What stands before each block: its size. As long as the alignment that C expects of any memory.
const HEADER: usize = 16;

/// Counts the bytes the library holds on behalf of one of its objects. It must outlive that.
#[derive(Default)]
pub(super) struct Memory {
    // In a box, so that it stays where it is. One thread at a time uses an object, so no order is asked for; atomic, so
    // that a shared reference is enough to count by.
    held: Box<AtomicUsize>,
}

impl Memory {
    /// Bytes held now.
    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// What the library takes where it makes an object: how to allocate and free, and what to hand to both.
    pub(super) fn hooks(&self) -> (Allocate, Free, *mut c_void) {
        (Some(allocate), Some(free), (&raw const *self.held).cast_mut().cast())
    }
}

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(HEADER)?, HEADER).ok()
}

/// `malloc`. `counter` is a [`Memory`]'s.
unsafe extern "C" fn allocate(counter: *mut c_void, size: usize) -> *mut c_void {
    let Some(layout) = layout(size) else { return std::ptr::null_mut() };
    // SAFETY: the layout has a size: that of the header at least.
    let block = unsafe { alloc(layout) };
    if block.is_null() {
        return std::ptr::null_mut();
    }
    // SAFETY: the counter lives for as long as the object it counts for, and is only ever used by shared reference.
    unsafe { &*counter.cast::<AtomicUsize>() }.fetch_add(layout.size(), Ordering::Relaxed);
    // SAFETY: the block begins with room for the header, is aligned to it, and is as long as header and size.
    unsafe {
        block.cast::<usize>().write(size);
        block.add(HEADER).cast()
    }
}

/// `free`. `counter` is a [`Memory`]'s.
unsafe extern "C" fn free(counter: *mut c_void, address: *mut c_void) {
    if address.is_null() {
        return;
    }
    // SAFETY: the library frees what `allocate` gave it, so a block with its header begins that much before.
    let (block, size) = unsafe {
        let block = address.cast::<u8>().sub(HEADER);
        (block, block.cast::<usize>().read())
    };
    let Some(layout) = layout(size) else { return };
    // SAFETY: as in `allocate`.
    unsafe { &*counter.cast::<AtomicUsize>() }.fetch_sub(layout.size(), Ordering::Relaxed);
    // SAFETY: allocated with that very layout, and freed once.
    unsafe { dealloc(block, layout) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_counted() {
        let memory = Memory::default();
        let (allocate, free, counter) = memory.hooks();
        let (allocate, free) = (allocate.expect("a function"), free.expect("a function"));
        // SAFETY: the counter lives until the end; each block is used within its size and freed once.
        unsafe {
            let first = allocate(counter, 100).cast::<u8>();
            let second = allocate(counter, 0).cast::<u8>();
            assert!(first.addr().is_multiple_of(HEADER) && !second.is_null());
            first.write_bytes(0xff, 100);
            assert_eq!(memory.held(), 100 + 2 * HEADER);
            free(counter, first.cast());
            assert_eq!(memory.held(), HEADER);
            free(counter, second.cast());
            free(counter, std::ptr::null_mut());
            assert!(allocate(counter, usize::MAX - 3).is_null());
        }
        assert_eq!(memory.held(), 0);
    }
}
