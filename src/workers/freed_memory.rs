//! What becomes of memory that ArrayBuffers and large objects no longer need.
//!
//! glibc gives memory back to the system as soon as some of it is free at the end of its heap, and whole mappings at once. A
//! program that makes and drops Buffers got each page anew that way: most of what `Buffer.from` of a long text
//! took was the kernel clearing pages. So while much is being freed, glibc is told to keep up to 64 MB; when that has
//! been over for [`QUIET`], it is told to be thrifty again and gives back whatever is free, in the middle of its heaps as well; and
//! mimalloc, which has the small ones, gives back what it would otherwise keep until it is asked for more. The mappings of large strings,
//! arrays and buffers (512 kB and more) are kept and given back likewise (`large_pages.rs`).
//!
//! *Protocol*, by named steps:
//! - **count**: what is freed is added up, on whichever thread.
//! - **begin**: the thread whose addition passes [`MUCH`] starts the watch, if there is none.
//! - **end**: the watch, a thread of its own, finds that little was freed lately. It gives back, sets the count to nothing and
//!   goes. What is freed meanwhile may not be counted; it is noticed with the next.
//!
//! Programs that free little never come here, and idle ones hold little back. Other allocators do as they do.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// From so many freed bytes on, memory is kept.
const MUCH: usize = 16 << 20;
/// How often the watch looks.
const QUIET: Duration = Duration::from_secs(1);
/// Less than this between two looks is little.
const LITTLE: usize = 1 << 20;

/// A thread adds no less than this to what all have freed.
const TOLD_AT_LEAST: usize = 64 << 10;

thread_local! {
    /// What this thread has freed and not added yet.
    static UNTOLD: Cell<usize> = const { Cell::new(0) };
}

static FREED: AtomicUsize = AtomicUsize::new(0);
static WATCHED: AtomicBool = AtomicBool::new(false);

/// *count*: `len` bytes were freed.
pub(crate) fn count(len: usize) {
    if !cfg!(all(target_os = "linux", target_env = "gnu")) {
        return;
    }
    // What lies together is freed together, by one thread.
    let len = UNTOLD.get() + len;
    if len < TOLD_AT_LEAST {
        UNTOLD.set(len);
        return;
    }
    UNTOLD.set(0);
    let before = FREED.fetch_add(len, Ordering::Relaxed);
    if before >= MUCH && !WATCHED.load(Ordering::Relaxed) && !WATCHED.swap(true, Ordering::AcqRel) {
        begin();
    }
}

/// *begin*
#[cold]
fn begin() {
    keepers::keep();
    let thread = std::thread::Builder::new().name("weft-memory".to_owned()).stack_size(64 << 10);
    if thread.spawn(watch).is_err() {
        end();
    }
}

fn watch() {
    loop {
        let seen = FREED.load(Ordering::Relaxed);
        std::thread::sleep(QUIET);
        if FREED.load(Ordering::Relaxed).wrapping_sub(seen) < LITTLE {
            break;
        }
    }
    end();
}

/// *end*
fn end() {
    keepers::give_back();
    #[cfg(not(feature = "system-malloc"))]
    crate::allocator::give_back();
    FREED.store(0, Ordering::Relaxed);
    WATCHED.store(false, Ordering::Release);
}

/// Who keeps memory meanwhile: glibc, and what has the mappings of V8's large objects.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod keepers {
    use libc::c_int;

    use crate::large_pages;
    use crate::workers::spare_memory;

    /// What glibc may keep at the end of its heap: as much as V8 lets young ArrayBuffers grow to.
    const KEPT: c_int = 64 << 20;
    /// Larger pieces stay mappings of their own, which are given back at once.
    const OWN_MAPPING: c_int = 8 << 20;
    /// What glibc begins with, for both.
    const THRIFTY: c_int = 128 << 10;

    pub(super) fn keep() {
        set_limits(KEPT, OWN_MAPPING);
        large_pages::open(spare_memory::most());
    }

    pub(super) fn give_back() {
        large_pages::close();
        set_limits(THRIFTY, THRIFTY);
        // SAFETY: the function may be called at any time, on any thread.
        unsafe { libc::malloc_trim(0) };
    }

    /// What may stay free at the end of a heap of glibc's, and from which size on a piece is a mapping of its own.
    fn set_limits(at_the_end: c_int, own_mapping: c_int) {
        // SAFETY: the function takes a lock of the allocator's and stores a number that others read as they go; any mixture
        // of old and new ones is a valid setting.
        unsafe {
            libc::mallopt(libc::M_TRIM_THRESHOLD, at_the_end);
            libc::mallopt(libc::M_MMAP_THRESHOLD, own_mapping);
        }
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod keepers {
    pub(super) fn keep() {}
    pub(super) fn give_back() {}
}
