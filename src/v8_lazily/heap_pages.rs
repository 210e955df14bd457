//! The pages of an isolate's heap lie side by side.
//!
//! V8 asks for each of them, 256 kB, at an address drawn at random, and for nearly twice as much, to give back what lies beside an
//! aligned one: two calls into the kernel, a mapping of its own, and for each such place up to three pages of the tables by which the
//! processor finds memory, filled with zeros first. Here the first page a thread asks for lies where V8 drew it, and each other one
//! behind the last, in a mapping that grows. Where an isolate's heap is cannot be known beforehand, as before; where one page of it is,
//! seen from another, can (as in V8 with compressed pointers, whose pages share 4 GB).
//!
//! Large objects have mappings of their own; what becomes of those is in `large_pages.rs`.
//!
//! *Threads:* any; each has a place of its own.

use std::cell::Cell;
use std::ffi::c_void;
use std::ops::RangeInclusive;

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous, munmap};

use crate::large_pages;
use crate::workers::freed_memory;

/// Size of a page of V8's heap, and what its address is a multiple of.
const PAGE: usize = 256 << 10;
/// Sizes of what an isolate keeps for its code, of which it uses the beginning (128 or 512 MB, by the processor). The memory of
/// WebAssembly is kept in larger pieces, so that it may have huge pages.
const CODE_RANGES: RangeInclusive<usize> = 128 << 20..=512 << 20;
/// `v8::base::OS::MemoryPermission::kReadWrite`.
const READ_WRITE: u32 = 2;
/// Of an optional handle of shared memory: that there is one.
const HAS_HANDLE: u64 = 1 << 32;

thread_local! {
    /// Behind this thread's last page; 0 if there is none.
    static NEXT: Cell<usize> = const { Cell::new(0) };
}

unsafe extern "C" {
    #[link_name = "__real__ZN2v84base2OS8AllocateEPvmmNS1_16MemoryPermissionENSt4__Cr8optionalINS_18SharedMemoryHandleEEE"]
    fn allocate_as_v8_does(hint: *mut c_void, size: usize, alignment: usize, access: u32, handle: u64) -> *mut c_void;
}

/// `v8::base::OS::Allocate`: memory of `size` bytes at a multiple of `alignment`, or null.
// SAFETY: the name is the linker's for references to V8's function of this name, which has this signature, the optional handle in
// one register; nothing else defines it.
#[unsafe(export_name = "__wrap__ZN2v84base2OS8AllocateEPvmmNS1_16MemoryPermissionENSt4__Cr8optionalINS_18SharedMemoryHandleEEE")]
unsafe extern "C" fn allocate(
    hint: *mut c_void,
    size: usize,
    alignment: usize,
    access: u32,
    handle: u64,
) -> *mut c_void {
    // Nobody but V8's heap asks for such memory, for a page of objects or for a large one.
    let is_heaps = alignment == PAGE && access == READ_WRITE && handle & HAS_HANDLE == 0;
    if is_heaps && let Some(page) = if size == PAGE { page_beside(hint) } else { large_pages::take(size, PAGE) } {
        return page;
    }
    // SAFETY: V8's own function, with what V8 called it with; what it returns is mapped, and V8's alone by now.
    unsafe {
        let mut memory = allocate_as_v8_does(hint, size, alignment, access, handle);
        if memory.is_null() && large_pages::close() {
            memory = allocate_as_v8_does(hint, size, alignment, access, handle);
        }
        // A page of small objects is written to little by little.
        if is_heaps && size != PAGE && !memory.is_null() {
            large_pages::populate(memory, size);
        }
        if CODE_RANGES.contains(&size) && access != READ_WRITE && !memory.is_null() {
            // 2 MB of each isolate otherwise, where the system makes huge pages of all that is large enough.
            crate::keep_pages_small(memory, size);
        }
        memory
    }
}

unsafe extern "C" {
    #[link_name = "__real__ZN2v84base2OS4FreeEPvm"]
    fn free_as_v8_does(start: *mut c_void, size: usize);
}

/// `v8::base::OS::Free`: the mapping of `size` bytes at `start` is not used any more.
// SAFETY: the name is the linker's for references to V8's function of this name, which has this signature; nothing else defines it.
#[unsafe(export_name = "__wrap__ZN2v84base2OS4FreeEPvm")]
unsafe extern "C" fn free(start: *mut c_void, size: usize) {
    // Pages V8 keeps itself, and what is no object it does not map again soon.
    let is_objects = size != PAGE && start.addr().is_multiple_of(PAGE) && large_pages::is_large(size);
    if is_objects {
        freed_memory::count(size);
    }
    // SAFETY: V8 has given the mapping up; what nobody keeps goes to V8's own function.
    unsafe {
        if !is_objects || !large_pages::keep(start, size) {
            free_as_v8_does(start, size);
        }
    }
}

/// A page behind this thread's last one, or at `hint`. None where the system has another place for it.
fn page_beside(hint: *mut c_void) -> Option<*mut c_void> {
    let next = match NEXT.get() {
        0 => hint.addr() & !(PAGE - 1),
        next => next,
    };
    NEXT.set(0);
    if next == 0 {
        return None;
    }
    // SAFETY: new memory; without MAP_FIXED, the address is a wish, and nothing that is there is replaced.
    let page = unsafe {
        mmap_anonymous(
            std::ptr::without_provenance_mut(next),
            PAGE,
            ProtFlags::READ | ProtFlags::WRITE,
            MapFlags::PRIVATE,
        )
    };
    let page = page.ok()?;
    if page.addr() % PAGE != 0 {
        // SAFETY: it was mapped just now, and nobody has been told of it.
        let _ = unsafe { munmap(page, PAGE) };
        return None;
    }
    // As V8 does: a process that is forked has no use for it. That may fail.
    // SAFETY: the same memory; its contents stay.
    let _ = unsafe { madvise(page, PAGE, Advice::LinuxDontFork) };
    NEXT.set(page.addr() + PAGE);
    Some(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_and_other_memory_is_left_alone() {
        let hint = std::ptr::without_provenance_mut::<c_void>(0x2a01_2345_7000);
        NEXT.set(0);
        let pages: Vec<_> = (0..3).map(|_| page_beside(hint).unwrap()).collect();
        assert!(pages.windows(2).all(|two| two[1].addr() == two[0].addr() + PAGE), "{pages:?}");
        for page in &pages {
            // SAFETY: a page that was just mapped, which is all this thread's.
            unsafe { page.cast::<u8>().write_bytes(7, PAGE) };
        }
        // Where something lies already, the page comes to lie elsewhere, or V8 is to look for a place.
        NEXT.set(pages[1].addr());
        let other = page_beside(hint);
        assert!(other.is_none_or(|other| !pages.contains(&other) && other.addr() % PAGE == 0));
        for page in pages.into_iter().chain(other) {
            // SAFETY: as above; it is not used any more.
            unsafe {
                assert!(Some(page) == other || page.cast::<u8>().read() == 7);
                munmap(page, PAGE).unwrap();
            }
        }
        NEXT.set(0);
        assert!(page_beside(std::ptr::null_mut()).is_none(), "no wish");
    }
}
