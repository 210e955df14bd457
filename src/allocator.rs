//! The allocator of Rust's side: the system's until the program uses threads, mimalloc from then on.
//!
//! What one thread allocates and another frees is what messages and tasks are made of, and there mimalloc is the faster one.
//! But it has a page for each size that is asked for, besides what describes its memory, so that a program which does little
//! touches 150 pages more with it than with the system's, under which all sizes lie side by side (docs/performance.md, "The
//! release profile"). So it is not asked before [`threads_begin`]. Memory goes back to where it came from: mimalloc knows its own.
//!
//! *Threads:* any.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};

use mimalloc::MiMalloc;

/// Set before memory is first asked of mimalloc. Whoever gets a pointer to free has it from someone who saw this set, if it
/// is mimalloc's.
static THREADS: AtomicBool = AtomicBool::new(false);

/// Says that threads are about to share work. Called by whoever starts the first one that does.
pub(crate) fn threads_begin() {
    THREADS.store(true, Ordering::Relaxed);
}

unsafe extern "C" {
    /// mimalloc's own: whether an address is in a page of one of its heaps.
    safe fn mi_is_in_heap_region(address: *const c_void) -> bool;
}

fn is_mimallocs(address: *mut u8) -> bool {
    THREADS.load(Ordering::Relaxed) && mi_is_in_heap_region(address.cast_const().cast())
}

/// To be declared as the global allocator.
pub struct Allocator;

// SAFETY: each block is freed and resized by the allocator that gave it out, as its address says; both of them keep to what the
// trait asks for.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps to the conditions of this function, which are the same.
        unsafe { if THREADS.load(Ordering::Relaxed) { MiMalloc.alloc(layout) } else { System.alloc(layout) } }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe {
            if THREADS.load(Ordering::Relaxed) { MiMalloc.alloc_zeroed(layout) } else { System.alloc_zeroed(layout) }
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above; the block is that allocator's.
        unsafe { if is_mimallocs(block) { MiMalloc.dealloc(block, layout) } else { System.dealloc(block, layout) } }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: as above.
        unsafe {
            if is_mimallocs(block) {
                MiMalloc.realloc(block, layout, new_size)
            } else {
                System.realloc(block, layout, new_size)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_goes_back_to_where_it_came_from() {
        let small = Layout::from_size_align(100, 8).unwrap();
        let aligned = Layout::from_size_align(5000, 4096).unwrap();
        let give = |layout| {
            // SAFETY: the size is not 0; what is written lies within.
            unsafe {
                let block = Allocator.alloc(layout);
                assert!(!block.is_null() && block.addr() % layout.align() == 0);
                block.write_bytes(7, layout.size());
                block
            }
        };
        let mut blocks: Vec<_> = [small, aligned].map(|layout| (layout, give(layout))).into();
        assert!(blocks.iter().all(|(_, block)| !is_mimallocs(*block)));
        threads_begin();
        blocks.extend([small, aligned].map(|layout| (layout, give(layout))));
        let owners: Vec<_> = blocks.iter().map(|(_, block)| is_mimallocs(*block)).collect();
        assert_eq!(owners, [false, false, true, true]);
        for (layout, block) in blocks {
            let was_mimallocs = is_mimallocs(block);
            // SAFETY: the block is of this layout, and so large, before and after.
            unsafe {
                let block = Allocator.realloc(block, layout, 100_000);
                assert_eq!(is_mimallocs(block), was_mimallocs);
                assert!(std::slice::from_raw_parts(block, 100).iter().all(|byte| *byte == 7));
                Allocator.dealloc(block, Layout::from_size_align(100_000, layout.align()).unwrap());
            }
        }
    }
}
