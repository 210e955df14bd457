//! The contents of large buffers are mappings, which wait for the next ones while much is freed (`large_pages.rs`).
//!
//! *Threads:* any.

use std::ffi::c_void;

use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

use crate::large_pages;

/// From this length on the contents of a buffer are a mapping, in bytes.
pub(crate) const LARGE: usize = 512 << 10;

/// `len` bytes, [`LARGE`] and more, as the contents of a buffer: zeros if `cleared`, otherwise anything. Null if there are none.
pub(crate) fn allocate(len: usize, cleared: bool) -> *mut c_void {
    let Some(size) = mapping_size(len) else { return std::ptr::null_mut() };
    if let Some(memory) = large_pages::take(size, 1) {
        if cleared {
            // SAFETY: the mapping has `size` bytes, which is no less, and was taken for this call.
            unsafe { memory.cast::<u8>().write_bytes(0, len) };
        }
        return memory;
    }
    map(size).or_else(|| large_pages::close().then(|| map(size)).flatten()).unwrap_or(std::ptr::null_mut())
}

/// Gives back what [`allocate`] gave out.
///
/// # Safety
///
/// `start` is its result for this length, and not used any more.
pub(crate) unsafe fn free(start: *mut c_void, len: usize) {
    let size = mapping_size(len).expect("it was allocated");
    // SAFETY: the mapping has this size, and nobody uses it.
    unsafe {
        if !large_pages::keep(start, size) {
            let freed = munmap(start, size);
            debug_assert!(freed.is_ok(), "{freed:?}");
        }
    }
}

fn mapping_size(len: usize) -> Option<usize> {
    len.checked_next_multiple_of(rustix::param::page_size())
}

/// New memory, zeros. `None` where the system has none.
fn map(size: usize) -> Option<*mut c_void> {
    let access = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: no address is asked for, so that nothing that is mapped is replaced.
    unsafe { mmap_anonymous(std::ptr::null_mut(), size, access, MapFlags::PRIVATE).ok() }
}
