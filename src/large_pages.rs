//! Memory of large objects and of large buffers is used again while much is freed.
//!
//! A string or an array of more than 128 kB has a mapping of its own. V8 keeps those of young ones that died for the next ones; one
//! that lived through a collection is unmapped by the full collection that finds it dead, and whoever makes such objects in a loop and
//! keeps the last one gets a new mapping for each that was promoted. So does who makes typed arrays of some megabytes. Each 4 kB of new memory
//! are a page fault of two to three microseconds, in which the kernel clears them. So while much is being freed
//! (`workers/freed_memory.rs` says when that begins and ends) mappings wait here for V8 to ask for as much again. What it writes into an object it
//! does not expect to find zeros in, as with what it keeps itself; a buffer (`large_buffers.rs`) is cleared, which takes a tenth of those faults.
//!
//! *Protocol*, all under one lock: **open** when much is freed, **keep** and **take** meanwhile, **close** when that is over or the
//! system has no more memory; what waits is unmapped then, and nothing is kept until it is opened again.
//!
//! *Threads:* any; V8's helpers free as well.

use std::ffi::c_void;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::mm::{Advice, MprotectFlags, madvise, mprotect, munmap};

/// Sizes of mappings that are kept, in bytes. The upper end is more than all but few objects have, and less than what isolates set aside for
/// code.
const SIZES: Range<usize> = 128 << 10..128 << 20;

/// A mapping that nobody uses, readable and writable.
struct Spare {
    start: usize,
    size: usize,
}

impl Spare {
    /// Gives back all but the first `size` bytes.
    fn cut(self, size: usize) -> *mut c_void {
        let start = std::ptr::with_exposed_provenance_mut::<c_void>(self.start);
        if size < self.size {
            // SAFETY: the mapping is whole and nobody's, and both sizes are multiples of the system's page size.
            let cut = unsafe { munmap(start.byte_add(size), self.size - size) };
            debug_assert!(cut.is_ok(), "{cut:?}");
        }
        start
    }
}

/// Mappings that wait. Whole at every step.
struct Reserve {
    waiting: Vec<Spare>,
    /// Sum of their sizes,
    bytes: usize,
    /// and what it may be at most; 0 while the reserve is closed.
    most: usize,
}

static RESERVE: Mutex<Reserve> = Mutex::new(Reserve::closed());

fn reserve() -> MutexGuard<'static, Reserve> {
    RESERVE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Reserve {
    const fn closed() -> Self {
        Self { waiting: Vec::new(), bytes: 0, most: 0 }
    }

    fn has_room_for(&self, size: usize) -> bool {
        size <= self.most - self.bytes
    }

    fn keep(&mut self, spare: Spare) {
        self.bytes += spare.size;
        self.waiting.push(spare);
    }

    /// The smallest that has `size` bytes and no more than an eighth besides, at a multiple of `alignment`; of several the last that came,
    /// which is the likeliest to be in a cache.
    fn take(&mut self, size: usize, alignment: usize) -> Option<Spare> {
        let fits =
            |spare: &Spare| (size..=size + size / 8).contains(&spare.size) && spare.start.is_multiple_of(alignment);
        let fitting = self.waiting.iter().enumerate().filter(|(_, spare)| fits(spare));
        let (at, _) = fitting.rev().min_by_key(|(_, spare)| spare.size)?;
        let spare = self.waiting.remove(at);
        self.bytes -= spare.size;
        Some(spare)
    }
}

/// *open*: up to `most` bytes may wait from now on.
pub(crate) fn open(most: usize) {
    reserve().most = most;
}

/// *close*. Whether there was anything to give back.
pub(crate) fn close() -> bool {
    let Reserve { waiting, .. } = std::mem::replace(&mut *reserve(), Reserve::closed());
    let any = !waiting.is_empty();
    for spare in waiting {
        spare.cut(0);
    }
    any
}

/// *take*: `size` bytes at a multiple of `alignment`, with anything in them.
pub(crate) fn take(size: usize, alignment: usize) -> Option<*mut c_void> {
    is_large(size).then(|| reserve().take(size, alignment)).flatten().map(|spare| spare.cut(size))
}

/// Has the system fill in the pages of a new mapping, all by one call: an object that is large is written to from its beginning to its end
/// as it is made, and a page fault for each 4 kB takes nearly twice as long. A kernel that does not know how (Linux before 5.14) fills them in
/// as they are written to.
///
/// # Safety
///
/// `size` bytes from `start` on are mapped, writable, and nobody else's.
pub(crate) unsafe fn populate(start: *mut c_void, size: usize) {
    if is_large(size) {
        // SAFETY: as the caller says; what is in them stays.
        let _ = unsafe { madvise(start, size, Advice::LinuxPopulateWrite) };
    }
}

/// Whether a mapping of `size` bytes is one of those that are kept.
pub(crate) fn is_large(size: usize) -> bool {
    SIZES.contains(&size)
}

/// *keep*: whether the mapping waits; otherwise the caller is to unmap it.
///
/// # Safety
///
/// `size` bytes from `start` on, whole pages, are a mapping or part of one, and nobody uses them any more.
pub(crate) unsafe fn keep(start: *mut c_void, size: usize) -> bool {
    if !is_large(size) || !reserve().has_room_for(size) {
        return false;
    }
    // What V8 frees it may have protected.
    // SAFETY: as the caller says, so that nobody cares for what the memory may be used for.
    if unsafe { mprotect(start, size, MprotectFlags::READ | MprotectFlags::WRITE) }.is_err() {
        return false;
    }
    let mut reserve = reserve();
    let room = reserve.has_room_for(size);
    if room {
        reserve.keep(Spare { start: start.expose_provenance(), size });
    }
    room
}

#[cfg(test)]
mod tests {
    use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};

    use super::*;

    /// As pages of V8's heap are.
    const PAGE: usize = 256 << 10;

    fn reserve_of(sizes: &[usize], most: usize) -> Reserve {
        let mut reserve = Reserve { most, ..Reserve::closed() };
        for (i, &size) in sizes.iter().enumerate() {
            assert!(reserve.has_room_for(size));
            reserve.keep(Spare { start: (i + 1) * PAGE, size });
        }
        reserve
    }

    #[test]
    fn the_smallest_that_fits_is_taken_and_nothing_much_larger() {
        let mut reserve = reserve_of(&[900, 800, 1200, 800, 700], 1 << 20);
        let mut take = |size| reserve.take(size, 1).map(|spare| (spare.start / PAGE, spare.size));
        assert_eq!(take(790), Some((4, 800)), "the last of them");
        assert_eq!(take(800), Some((2, 800)));
        assert_eq!(take(800), Some((1, 900)));
        assert_eq!(take(800), None, "1200 is too much for it");
        assert_eq!(take(1201), None);
        assert_eq!(take(1200), Some((3, 1200)));
        assert_eq!((reserve.waiting.len(), reserve.bytes), (1, 700));
        reserve.keep(Spare { start: PAGE / 2, size: 710 });
        assert_eq!(reserve.take(710, PAGE).map(|spare| spare.start), None, "it is not aligned");
        assert_eq!(reserve.take(705, PAGE / 2).map(|spare| spare.start), Some(PAGE / 2));
    }

    #[test]
    fn no_more_than_the_most_waits_and_nothing_where_it_is_closed() {
        let mut reserve = reserve_of(&[600, 300], 1000);
        assert!(reserve.has_room_for(100) && !reserve.has_room_for(101));
        assert!(reserve.take(300, 1).is_some());
        assert!(reserve.has_room_for(400) && !reserve.has_room_for(401));
        assert!(!Reserve::closed().has_room_for(1));
    }

    #[test]
    fn what_is_cut_off_is_unmapped_and_the_rest_keeps_what_is_in_it() {
        let (size, kept) = (4 * PAGE, PAGE);
        // SAFETY: new memory, where the system has a place for it.
        let start = unsafe {
            mmap_anonymous(std::ptr::null_mut(), size, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE)
        };
        let start = start.unwrap().cast::<u8>();
        // SAFETY: the mapping was made just now, and is this thread's.
        unsafe { start.write_bytes(7, size) };
        assert_eq!(Spare { start: start.expose_provenance(), size }.cut(kept).cast(), start);
        // SAFETY: these bytes are still mapped; asking what is in memory that may not be mapped is what the other two calls are for.
        unsafe {
            assert!(std::slice::from_raw_parts(start, kept).iter().all(|&byte| byte == 7));
            let mut pages = vec![0_u8; size / 4096];
            assert_eq!(libc::mincore(start.cast(), kept, pages.as_mut_ptr()), 0);
            assert_eq!(libc::mincore(start.add(kept).cast(), kept, pages.as_mut_ptr()), -1);
        }
        Spare { start: start.expose_provenance(), size: kept }.cut(0);
    }
}
