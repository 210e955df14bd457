//! Memory that V8's C++ asks for: small pieces come from where Rust's do (`allocator.rs`), once threads share work.
//!
//! V8 makes three small objects outside of its heap for each ArrayBuffer, besides the bytes; the isolate's thread allocates them and
//! a helper thread frees them, after a garbage collection, while the isolate goes on allocating. That is what mimalloc is for and
//! glibc is slow at: `new Float64Array(3)` took 495 ns of both threads together, 262 as it is now.
//!
//! The linker puts C++'s `operator new` and `operator delete` here (`--wrap`, js/build.rs); those for aligned memory, which V8 uses
//! for few things, stay what they are. The contents of buffers come here as well (`workers/buffer_account.rs`); those of large ones are
//! mappings (`large_buffers.rs`).
//!
//! *Threads:* any.

use std::ffi::c_void;

#[cfg(all(target_os = "linux", target_env = "gnu", not(feature = "system-malloc")))]
mod pieces {
    use std::ffi::c_void;

    use crate::allocator::{is_mimallocs, threads_share};
    use crate::large_buffers;

    /// Larger pieces are the system's, which gives them back sooner: what another thread has freed of mimalloc's stays with the one that
    /// allocated it, until that one allocates more. In bytes.
    const SMALL: usize = 1024;

    unsafe extern "C" {
        fn mi_malloc(size: usize) -> *mut c_void;
        fn mi_zalloc(size: usize) -> *mut c_void;
        fn mi_free(piece: *mut c_void);
        #[link_name = "__real__Znwm"]
        fn new_of_cxx(size: usize) -> *mut c_void;
        #[link_name = "__real__ZdlPv"]
        fn delete_of_cxx(piece: *mut c_void);
        #[link_name = "__real__ZN2v88internal8MallocednwEm"]
        fn new_of_v8(size: usize) -> *mut c_void;
        #[link_name = "__real__ZN2v88internal8MalloceddlEPv"]
        fn delete_of_v8(piece: *mut c_void);
    }

    /// `size` bytes, cleared or not. Null if there are none.
    pub(super) fn allocate(size: usize, cleared: bool) -> *mut c_void {
        if size >= large_buffers::LARGE {
            return large_buffers::allocate(size, cleared);
        }
        // SAFETY: all of them take any size.
        unsafe {
            match (size <= SMALL && threads_share(), cleared) {
                (true, true) => mi_zalloc(size),
                (true, false) => mi_malloc(size),
                (false, true) => libc::calloc(size.max(1), 1),
                (false, false) => libc::malloc(size.max(1)),
            }
        }
    }

    /// # Safety
    ///
    /// The piece is [`allocate`]'s of this size, and not used any more.
    pub(super) unsafe fn free(piece: *mut c_void, size: usize) {
        // SAFETY: its size says whether it is a mapping, otherwise its address says whose it is.
        unsafe {
            if size >= large_buffers::LARGE {
                large_buffers::free(piece, size);
            } else if is_mimallocs(piece.cast()) {
                mi_free(piece);
            } else {
                libc::free(piece);
            }
        }
    }

    /// A small piece. Null if it is not small, or there is none.
    fn small(size: usize) -> *mut c_void {
        if size > SMALL || !threads_share() {
            return std::ptr::null_mut();
        }
        // SAFETY: it takes any size.
        unsafe { mi_malloc(size) }
    }

    /// `otherwise` for what [`small`] gives nothing for, which also does what is to be done where there is no memory.
    ///
    /// # Safety
    ///
    /// That one takes any size.
    unsafe fn new(size: usize, otherwise: unsafe extern "C" fn(usize) -> *mut c_void) -> *mut c_void {
        let piece = small(size);
        // SAFETY: as the caller says.
        if piece.is_null() { unsafe { otherwise(size) } } else { piece }
    }

    /// # Safety
    ///
    /// The piece is [`small`]'s, or one that `otherwise` takes back; it is not used any more.
    unsafe fn delete(piece: *mut c_void, otherwise: unsafe extern "C" fn(*mut c_void)) {
        // SAFETY: its address says whose it is.
        unsafe { if is_mimallocs(piece.cast()) { mi_free(piece) } else { otherwise(piece) } }
    }

    /// Gives a function the names under which the linker asks for operators of C++'s.
    macro_rules! operators {
        ($($name:literal $function:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? = $body:expr;)*) => {
            $(
                // SAFETY: the name is the linker's for references to an operator that has this signature; nothing else defines it.
                #[unsafe(export_name = $name)]
                unsafe extern "C" fn $function($($argument: $type),*) $(-> $result)? {
                    // SAFETY: C++ hands back what the operator of the same kind gave it, once; those for arrays and those that are
                    // told the size do what the plain ones do, unless a program says otherwise, which V8 does not.
                    unsafe { $body }
                }
            )*
        };
    }

    operators! {
        "__wrap__Znwm" new_one(size: usize) -> *mut c_void = new(size, new_of_cxx);
        "__wrap__Znam" new_array(size: usize) -> *mut c_void = new(size, new_of_cxx);
        "__wrap__ZN2v88internal8MallocednwEm" new_malloced(size: usize) -> *mut c_void = new(size, new_of_v8);
        "__wrap__ZdlPv" delete_one(piece: *mut c_void) = delete(piece, delete_of_cxx);
        "__wrap__ZdaPv" delete_array(piece: *mut c_void) = delete(piece, delete_of_cxx);
        "__wrap__ZdlPvm" delete_one_of(piece: *mut c_void, _size: usize) = delete(piece, delete_of_cxx);
        "__wrap__ZdaPvm" delete_array_of(piece: *mut c_void, _size: usize) = delete(piece, delete_of_cxx);
        "__wrap__ZN2v88internal8MalloceddlEPv" delete_malloced(piece: *mut c_void) = delete(piece, delete_of_v8);
    }
}

/// `size` bytes for V8 to use as the contents of a buffer, cleared or holding whatever they held. Null if there are none.
pub(crate) fn allocate(size: usize, cleared: bool) -> *mut c_void {
    pieces::allocate(size, cleared)
}

/// Gives back what [`allocate`] gave out.
///
/// # Safety
///
/// The piece is [`allocate`]'s of this size, and not used any more.
pub(crate) unsafe fn free(piece: *mut c_void, size: usize) {
    // SAFETY: as the caller says.
    unsafe { pieces::free(piece, size) }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu", not(feature = "system-malloc"))))]
mod pieces {
    use std::ffi::c_void;

    pub(super) fn allocate(size: usize, cleared: bool) -> *mut c_void {
        // SAFETY: both take any size.
        unsafe { if cleared { libc::calloc(size.max(1), 1) } else { libc::malloc(size.max(1)) } }
    }

    pub(super) unsafe fn free(piece: *mut c_void, _size: usize) {
        // SAFETY: `allocate` gave it out, as the caller says.
        unsafe { libc::free(piece) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_any_size_go_back_from_any_thread() {
        for share in [false, true] {
            if share {
                crate::threads_begin();
            }
            let pieces: Vec<(usize, usize)> = [0, 1, 24, 1024, 1025, 100_000, 5_000_000]
                .map(|size| {
                    let piece = allocate(size, true);
                    assert!(!piece.is_null());
                    for at in 0..size {
                        // SAFETY: within the piece, which is cleared.
                        unsafe {
                            assert_eq!(piece.cast::<u8>().add(at).read(), 0);
                            piece.cast::<u8>().add(at).write(7);
                        }
                    }
                    (piece.expose_provenance(), size)
                })
                .into();
            std::thread::spawn(move || {
                for (piece, size) in pieces {
                    let piece = std::ptr::with_exposed_provenance_mut::<c_void>(piece);
                    // SAFETY: as above; nobody else has it any more.
                    unsafe {
                        assert!((0..size).all(|at| piece.cast::<u8>().add(at).read() == 7));
                        free(piece, size);
                    }
                }
            })
            .join()
            .unwrap();
        }
    }
}
