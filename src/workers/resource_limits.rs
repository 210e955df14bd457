//! What a Worker may use: limits of its heap and stack, and what happens at the heap's limit.
//!
//! V8 ends the whole process when a heap is full. So every Worker has a near-heap-limit callback, which ends the Worker
//! instead: it asks for termination and lifts the limit far enough for its JavaScript to unwind.
//!
//! *Threads:* made and used on the Worker's own thread.

use std::ffi::c_void;

use crate::js_runtime::{HeapLimits, JsRuntime};

const MIB: usize = 1024 * 1024;

/// Node's default for a Worker's stack.
const DEFAULT_STACK_MB: f64 = 4.0;

/// What of a thread's stack JavaScript may not use: frames of Rust and of V8's own code that run on top of it.
const STACK_RESERVE: usize = MIB;

/// Room to unwind in. A single allocation of that size may be under way when the limit is met.
const UNWIND_ROOM: usize = 64 * MIB;

/// `resourceLimits` of a Worker, in MiB; 0 leaves V8's default.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) max_young_generation_mb: f64,
    pub(crate) max_old_generation_mb: f64,
    pub(crate) code_range_mb: f64,
    pub(crate) stack_mb: f64,
}

fn bytes(megabytes: f64) -> usize {
    // A float too large for the type saturates; NaN and negatives become 0, the default.
    (megabytes * MIB as f64) as usize
}

impl Limits {
    fn stack(&self) -> usize {
        bytes(if self.stack_mb > 0.0 { self.stack_mb } else { DEFAULT_STACK_MB }).clamp(MIB / 4, 1024 * MIB)
    }

    /// The size of the stack of the Worker's thread, in bytes.
    pub(crate) fn thread_stack(&self) -> usize {
        self.stack() + STACK_RESERVE
    }

    /// The limits V8 knows.
    pub(crate) fn heap(&self) -> HeapLimits {
        HeapLimits {
            old: bytes(self.max_old_generation_mb),
            young: bytes(self.max_young_generation_mb),
            code: bytes(self.code_range_mb),
            stack: self.stack(),
        }
    }
}

/// What is done when a heap is full. Called in the middle of a garbage collection: it may not touch the heap.
type OnFull = Box<dyn Fn()>;

/// Watches an isolate's heap. To be dropped after the isolate.
pub(crate) struct Watch {
    _on_full: Box<OnFull>,
}

/// Calls `on_full` when the heap of `runtime` is full. It has to see to it that JavaScript ends.
pub(crate) fn watch(runtime: &mut JsRuntime, on_full: OnFull) -> Watch {
    let on_full = Box::new(on_full);
    let data = std::ptr::from_ref::<OnFull>(&on_full).cast_mut().cast::<c_void>();
    runtime.isolate().add_near_heap_limit_callback(near_heap_limit, data);
    Watch { _on_full: on_full }
}

/// Called by V8 on the isolate's own thread in the middle of a garbage collection.
unsafe extern "C" fn near_heap_limit(data: *mut c_void, current: usize, _initial: usize) -> usize {
    // SAFETY: `data` is the boxed closure of the `Watch`, which outlives the isolate, so V8 cannot call this later.
    let on_full = unsafe { &*data.cast::<OnFull>() };
    tracing::debug!(current, "a heap is full");
    on_full();
    current.saturating_add(current.max(UNWIND_ROOM))
}
