//! Weft: a Node-compatible JavaScript runtime on V8 whose speciality is threads. ARCHITECTURE.md has the map.

#[cfg(not(feature = "system-malloc"))]
pub mod allocator;
mod builtin_cache;
pub mod builtins;
mod cache_folder;
pub mod cli;
mod cxx_memory;
pub mod error_display;
pub mod js_runtime;
#[cfg(all(target_os = "linux", target_env = "gnu", not(feature = "system-malloc")))]
mod large_buffers;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod large_pages;
pub mod main_loop;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod mathematics;
pub mod observe;
pub mod ops;
pub mod permission;
mod plot;
pub mod snapshot;
mod stack_trace;
#[cfg(unix)]
pub mod top;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod v8_lazily;
pub mod v8_platform;
pub(crate) mod workers;

/// Says that threads are about to share work, which decides what allocates for them (`allocator.rs`).
pub(crate) fn threads_begin() {
    #[cfg(not(feature = "system-malloc"))]
    allocator::threads_begin();
}

/// Asks the system not to make huge pages of this memory by itself. A kernel without huge pages refuses, which does no harm.
///
/// # Safety
///
/// `size` bytes from `start` on are mapped, and stay so during the call.
#[cfg(target_os = "linux")]
#[cfg_attr(all(feature = "system-malloc", not(target_env = "gnu")), expect(dead_code, reason = "nobody who would ask"))]
pub(crate) unsafe fn keep_pages_small(start: *mut std::ffi::c_void, size: usize) {
    // SAFETY: mapped, as the caller says; what is in it stays.
    let _ = unsafe { rustix::mm::madvise(start, size, rustix::mm::Advice::LinuxNoHugepage) };
}

/// Ends the process with `code`, as `process.exit` does after its handlers ran: Workers are terminated first.
pub fn exit_process(code: i32) -> ! {
    workers::spare::halt();
    workers::worker::stop_all();
    workers::pool::stop_all();
    workers::spare::wait_until_outside(std::time::Duration::from_millis(1000));
    observe::finish();
    std::process::exit(code)
}
