//! Where the main thread's stack begins, without reading what the system says of all mappings.
//!
//! glibc finds out by reading `/proc/self/maps`, a line for each mapping, at every start. It also notes the address where the
//! process began to use its stack, in `__libc_stack_end`, which is what V8 prefers by its own words and takes where the other fails:
//! nothing of V8's can be further up.

use std::ffi::c_void;

unsafe extern "C" {
    /// glibc's, set by the dynamic linker before anything else runs; never changed.
    static __libc_stack_end: *mut c_void;
    #[link_name = "__real__ZN2v84base5Stack29ObtainCurrentThreadStackStartEv"]
    fn ask_the_system() -> *mut c_void;
}

/// `v8::base::Stack::ObtainCurrentThreadStackStart`.
// SAFETY: the name is the linker's for references to V8's function of this name, which has this signature; nothing else defines it.
#[unsafe(export_name = "__wrap__ZN2v84base5Stack29ObtainCurrentThreadStackStartEv")]
extern "C" fn obtain() -> *mut c_void {
    let is_main = rustix::thread::gettid() == rustix::process::getpid();
    // SAFETY: a word that was written before this program began, and is only read since.
    let end = unsafe { __libc_stack_end };
    if is_main && !end.is_null() {
        return end;
    }
    // SAFETY: V8's own function; it has no conditions.
    unsafe { ask_the_system() }
}
