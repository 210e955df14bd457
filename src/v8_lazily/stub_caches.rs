//! The caches that property accesses of many shapes go by are cleared without touching their memory.
//!
//! Each isolate has three, of 30 pages each, which V8 fills with zeros, and then with the empty string, a number and the address of a
//! function that is never called: the first use of 90 pages, a tenth of all that a start touches, for a table that few programs fill. An entry of zeros
//! is as empty: no name is at address 0, so that none is found, and the number 0 where a hidden class would stand
//! is how V8 tells an entry that holds nothing before it replaces one (`StubCache::Set`). So the pages are given back to the
//! system, which has them read as zeros, and come back one by one as they are written to. After a collection V8
//! clears them itself.

use std::ffi::c_void;

/// Entries of the two tables that a cache begins with, and the size of one: name, handler and hidden class
/// (v8/src/ic/stub-cache.h). The isolate's address follows.
const ENTRIES: usize = 4096 + 1024;
const ENTRY: usize = 3 * size_of::<usize>();

/// The constructor of `v8::internal::StubCache`, without the zeros: the tables are not looked at before `Initialize`.
// SAFETY: the name is the linker's for references to V8's function of this name, which has this signature; nothing else defines it.
#[unsafe(export_name = "__wrap__ZN2v88internal9StubCacheC1EPNS0_7IsolateE")]
unsafe extern "C" fn construct(cache: *mut c_void, isolate: *mut c_void) {
    // SAFETY: V8 calls this with memory that it has just allocated for a cache, which ends with its isolate's address.
    unsafe { cache.byte_add(ENTRIES * ENTRY).cast::<*mut c_void>().write(isolate) };
}

/// `v8::internal::StubCache::Initialize`.
// SAFETY: the name is the linker's for references to V8's function of this name, which has this signature; nothing else defines it.
#[unsafe(export_name = "__wrap__ZN2v88internal9StubCache10InitializeEv")]
unsafe extern "C" fn initialize(cache: *mut c_void) {
    // SAFETY: V8 calls this with a cache that it has just allocated, whose tables are the first bytes of it.
    unsafe { clear(cache.cast(), ENTRIES * ENTRY) };
}

/// Has `len` bytes from `start` be zero.
///
/// # Safety
/// They are memory of the caller's, private to the process, that nobody else looks at meanwhile.
unsafe fn clear(start: *mut u8, len: usize) {
    // SAFETY: sysconf answers questions about the system; it takes any number.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096);
    let before = start.addr().wrapping_neg() % page;
    let whole = len.saturating_sub(before) / page * page;
    // SAFETY: these pages are within the caller's bytes.
    let given_back = whole > 0
        && unsafe { rustix::mm::madvise(start.add(before).cast(), whole, rustix::mm::Advice::LinuxDontNeed) }.is_ok();
    // SAFETY: all of this is within the caller's bytes.
    unsafe {
        if given_back {
            start.write_bytes(0, before);
            start.add(before + whole).write_bytes(0, len - before - whole);
        } else {
            start.write_bytes(0, len);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    unsafe extern "C" {
        #[link_name = "__real__ZN2v88internal9StubCacheC1EPNS0_7IsolateE"]
        fn construct_as_v8_does(cache: *mut c_void, isolate: *mut c_void);
        #[link_name = "__real__ZN2v88internal9StubCache10InitializeEv"]
        fn initialize_as_v8_does(cache: *mut c_void);
    }

    #[test]
    fn bytes_are_zero_wherever_they_begin_and_end_and_no_others() {
        for (from, len) in [(0, 4096), (1, 4096), (100, 50), (4095, 2), (8, 3 * 4096), (4000, 20_000), (4096, 8192)] {
            let mut bytes = vec![7_u8; 40_000];
            let from = bytes.as_ptr().addr().wrapping_neg() % 4096 + from;
            // SAFETY: within the vector.
            unsafe { clear(bytes.as_mut_ptr().add(from), len) };
            let zeros = bytes.iter().enumerate().filter(|(_, byte)| **byte == 0).map(|(at, _)| at);
            assert!(zeros.eq(from..from + len), "{from} {len}");
            assert!(bytes.iter().all(|byte| matches!(byte, 0 | 7)));
        }
    }

    #[test]
    fn a_cache_begins_with_as_many_entries_and_an_empty_one_has_no_hidden_class() {
        crate::v8_platform::initialize(true);
        let isolate = v8::Isolate::new(v8::CreateParams::default());
        let address = crate::v8_platform::isolate_key(&isolate);
        let words = ENTRIES * ENTRY / size_of::<usize>();
        let untouched = 0x5a5a_usize;
        let mut cache = vec![untouched; words + 64];
        let pointer = cache.as_mut_ptr().cast();
        // SAFETY: there is room for a cache of the size that is looked for here, and some more.
        unsafe { construct_as_v8_does(pointer, std::ptr::without_provenance_mut(address)) };
        let is_constructed = |cache: &[usize]| {
            assert_eq!(cache[words], address);
            assert!(cache[words + 1..].iter().all(|word| *word == untouched), "it ends there");
        };
        is_constructed(&cache);
        // SAFETY: this is a cache of V8's now; the function fills its tables, for which it reads two words of the isolate.
        unsafe { initialize_as_v8_does(pointer) };
        is_constructed(&cache);
        let tables = &cache[..words];
        assert!(tables.chunks(3).all(|entry| entry == &tables[..3]), "all of it is entries");
        assert!(tables[..3] != [untouched; 3] && tables[2] == 0, "the number 0");
    }
}
