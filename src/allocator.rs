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
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use mimalloc::MiMalloc;

/// Set before memory is first asked of mimalloc. Whoever gets a pointer to free has it from someone who saw this set, if it
/// is mimalloc's.
static THREADS: AtomicBool = AtomicBool::new(false);

/// Says that threads are about to share work. Called by whoever starts the first one that does.
pub(crate) fn threads_begin() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        #[cfg(target_os = "linux")]
        reserve_in_small_pages();
        THREADS.store(true, Ordering::Relaxed);
    });
}

unsafe extern "C" {
    /// mimalloc's own: whether an address is in a page of one of its heaps.
    safe fn mi_is_in_heap_region(address: *const c_void) -> bool;
}

/// Has mimalloc give the system what is free by now. It does so by itself, but only when it is asked for something.
pub(crate) fn give_back() {
    unsafe extern "C" {
        /// mimalloc's own: puts its books in order, and with `force` gives free memory back.
        safe fn mi_collect(force: bool);
    }
    if threads_share() {
        mi_collect(true);
    }
}

#[cfg(target_os = "linux")]
unsafe extern "C" {
    /// mimalloc's own: gives it memory for its heaps to use before it asks the system; false if it has no use for it. NUMA node -1 is any.
    fn mi_manage_os_memory(
        start: *mut c_void,
        size: usize,
        is_committed: bool,
        is_pinned: bool,
        is_zero: bool,
        numa_node: std::ffi::c_int,
    ) -> bool;
    /// mimalloc's own: whether the system gives memory without counting it before it is used.
    safe fn _mi_os_has_overcommit() -> bool;
}

/// Gives mimalloc its first gigabyte, which it would reserve with the first block, in memory that never has huge pages.
///
/// It spreads what it has over that memory. Where the system makes huge pages of whatever is large enough (transparent huge
/// pages "always"), 28 MB of it were resident for 8 idle Workers (docs/performance.md, "The release profile"). `ArrayBuffer`s are not in it,
/// so no array loses by this. Done without where the system refuses: then mimalloc reserves as it does.
#[cfg(target_os = "linux")]
fn reserve_in_small_pages() {
    use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};
    /// What mimalloc reserves at a time, in bytes, and what it may lose at the start for its alignment.
    const ARENA: usize = (1 << 30) + (64 << 10);
    if !_mi_os_has_overcommit() {
        return;
    }
    // SAFETY: new memory at an address of the system's choice, writable and zero. It is mimalloc's for as long as the process
    // lives; where mimalloc refuses, nobody knows of it and it is given back.
    unsafe {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        let Ok(start) = mmap_anonymous(std::ptr::null_mut(), ARENA, access, flags) else {
            return;
        };
        crate::keep_pages_small(start, ARENA);
        if !mi_manage_os_memory(start, ARENA, true, false, true, -1) {
            let _ = munmap(start, ARENA);
        }
    }
}

/// Whether memory comes from mimalloc by now.
pub(crate) fn threads_share() -> bool {
    THREADS.load(Ordering::Relaxed)
}

/// Whether it was mimalloc that gave this out. Null is nobody's.
pub(crate) fn is_mimallocs(address: *mut u8) -> bool {
    threads_share() && mi_is_in_heap_region(address.cast_const().cast())
}

/// To be declared as the global allocator.
pub struct Allocator;

// SAFETY: each block is freed and resized by the allocator that gave it out, as its address says; both of them keep to what the
// trait asks for.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps to the conditions of this function, which are the same.
        unsafe { if threads_share() { MiMalloc.alloc(layout) } else { System.alloc(layout) } }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { if threads_share() { MiMalloc.alloc_zeroed(layout) } else { System.alloc_zeroed(layout) } }
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
        let give = |from: &dyn GlobalAlloc, layout: Layout| {
            // SAFETY: the size is not 0; what is written lies within.
            unsafe {
                let block = from.alloc(layout);
                assert!(!block.is_null() && block.addr().is_multiple_of(layout.align()));
                block.write_bytes(7, layout.size());
                block
            }
        };
        // Other tests may have had threads begin: what was given out before they did is the system's.
        let mut blocks: Vec<_> = [small, aligned].map(|layout| (layout, give(&System, layout))).into();
        assert!(blocks.iter().all(|(_, block)| !is_mimallocs(*block)));
        threads_begin();
        blocks.extend([small, aligned].map(|layout| (layout, give(&Allocator, layout))));
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
