//! What V8 does as it starts, for the process or for each isolate, and what can wait or need not be done at all.
//!
//! The linker puts these functions where V8's other object files ask for its own (`--wrap`, js/build.rs), and gives V8's own the
//! names that begin with `__real_`. They rest on the layout and the calls of V8 at the version that Cargo.toml pins; what can
//! be checked of that, the tests below check. On systems whose linker is not known to do so V8's own stay.

mod heap_pages;
mod helper_threads;
mod stack_start;
mod stub_caches;

pub(crate) use helper_threads::deferred;
