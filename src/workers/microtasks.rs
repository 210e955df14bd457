//! Keeps what waits in an isolate's queue of microtasks when JavaScript there is terminated.
//!
//! V8 empties the queue when a microtask is terminated. In an isolate of a pool the tasks that await something share that
//! queue: the end of one would take along the reactions by which others go on. So they are **put aside** just before, into a
//! second queue that nothing fills or runs, and **put back** when the termination is over and withdrawn.
//!
//! *How.* V8 offers no such operation. Its generated code works on a queue as a ring of pointers and a few words; where those
//! are in the object, V8's constants of the class say (`MicrotaskQueue::kSizeOffset` and its kin), which are symbols of the
//! library, and a function that generated code calls appends to a queue. Should V8 change any of these, Weft does not link.
//! `tests` below checks that they mean what is thought here.
//!
//! *Threads:* the isolate's own.

use std::ptr::NonNull;

mod v8_internal {
    use std::ffi::c_void;

    unsafe extern "C" {
        /// `v8::internal::MicrotaskQueue::kRingBufferOffset`: a pointer to the pointers to microtasks.
        #[cfg_attr(not(target_env = "msvc"), link_name = "_ZN2v88internal14MicrotaskQueue17kRingBufferOffsetE")]
        #[cfg_attr(target_env = "msvc", link_name = "?kRingBufferOffset@MicrotaskQueue@internal@v8@@2_KB")]
        pub(super) static RING: usize;
        /// `kCapacityOffset`: how many have room there; a power of two.
        #[cfg_attr(not(target_env = "msvc"), link_name = "_ZN2v88internal14MicrotaskQueue15kCapacityOffsetE")]
        #[cfg_attr(target_env = "msvc", link_name = "?kCapacityOffset@MicrotaskQueue@internal@v8@@2_KB")]
        pub(super) static CAPACITY: usize;
        /// `kSizeOffset`: how many there are.
        #[cfg_attr(not(target_env = "msvc"), link_name = "_ZN2v88internal14MicrotaskQueue11kSizeOffsetE")]
        #[cfg_attr(target_env = "msvc", link_name = "?kSizeOffset@MicrotaskQueue@internal@v8@@2_KB")]
        pub(super) static SIZE: usize;
        /// `kStartOffset`: the index of the first.
        #[cfg_attr(not(target_env = "msvc"), link_name = "_ZN2v88internal14MicrotaskQueue12kStartOffsetE")]
        #[cfg_attr(target_env = "msvc", link_name = "?kStartOffset@MicrotaskQueue@internal@v8@@2_KB")]
        pub(super) static START: usize;

        /// `CallEnqueueMicrotask(isolate, queue, microtask)`. The isolate is not looked at.
        #[cfg_attr(
            not(target_env = "msvc"),
            link_name = "_ZN2v88internal14MicrotaskQueue20CallEnqueueMicrotaskEPNS0_7IsolateElm"
        )]
        #[cfg_attr(
            target_env = "msvc",
            link_name = "?CallEnqueueMicrotask@MicrotaskQueue@internal@v8@@SA_KPEAVIsolate@23@_J_K@Z"
        )]
        pub(super) fn enqueue(isolate: *mut c_void, queue: isize, microtask: usize) -> usize;
    }
}

/// The words of a queue.
struct Words {
    ring: *const usize,
    capacity: usize,
    size: usize,
    start: usize,
}

/// # Safety
/// `queue` is a queue of V8's that lives, and this is its isolate's thread.
unsafe fn word(queue: NonNull<v8::MicrotaskQueue>, offset: usize) -> NonNull<usize> {
    // SAFETY: V8 says that it has a word there.
    unsafe { queue.cast::<u8>().add(offset).cast() }
}

/// # Safety
/// As for [`word`].
unsafe fn words(queue: NonNull<v8::MicrotaskQueue>) -> Words {
    use v8_internal::{CAPACITY, RING, SIZE, START};
    // SAFETY: the offsets are constants of V8's; they and the words they name are initialized.
    unsafe {
        Words {
            ring: word(queue, RING).cast::<*const usize>().read(),
            capacity: word(queue, CAPACITY).read(),
            size: word(queue, SIZE).read(),
            start: word(queue, START).read(),
        }
    }
}

/// A `Uint32Array` whose one element is 0 while no microtask waits in the queue of the current context: V8's own word, so that
/// JavaScript need not call a native function to learn that there is nothing to do. `None` where V8 cannot make it.
pub(crate) fn waiting<'s>(scope: &mut v8::PinScope<'s, '_>) -> Option<v8::Local<'s, v8::Uint32Array>> {
    unsafe extern "C" fn keep(_: *mut std::ffi::c_void, _: usize, _: *mut std::ffi::c_void) {}
    const LENGTH: usize = size_of::<u32>();
    let queue = NonNull::from(scope.get_current_context().get_microtask_queue());
    let low_half = if cfg!(target_endian = "big") { size_of::<usize>() - LENGTH } else { 0 };
    // SAFETY: the offset is V8's constant, and the word is in the queue. That lives until its isolate goes, as no JavaScript runs
    // there any more that could look at it; nobody frees it through this store.
    let store = unsafe {
        let word = word(queue, v8_internal::SIZE).cast::<u8>().add(low_half);
        v8::ArrayBuffer::new_backing_store_from_ptr(word.as_ptr().cast(), LENGTH, keep, std::ptr::null_mut())
    };
    let buffer = v8::ArrayBuffer::with_backing_store(scope, &store.make_shared());
    v8::Uint32Array::new(scope, buffer, 0, 1)
}

/// Moves what waits in `from` behind what waits in `to`. Gives how many that was.
///
/// # Safety
/// Both are queues of one isolate, which live, and this is its thread, outside of a garbage collection.
unsafe fn pour(from: NonNull<v8::MicrotaskQueue>, to: NonNull<v8::MicrotaskQueue>) -> usize {
    // SAFETY: as the function demands.
    let Words { ring, capacity, size, start } = unsafe { words(from) };
    for index in 0..size {
        // SAFETY: the ring holds `size` pointers from `start` on, and begins anew behind its last place. Both queues are roots
        // of the collector, and none runs in between: appending allocates outside of V8's heap. The ring of `from` is not
        // touched by what is appended to another queue.
        unsafe {
            let microtask = ring.add((start + index) % capacity).read();
            v8_internal::enqueue(std::ptr::null_mut(), to.addr().get().cast_signed(), microtask);
        }
    }
    // SAFETY: as above. A queue of size 0 is an empty one, whatever its ring still holds: V8 reads no further, and its
    // generated code looks at the size again before it takes the next microtask.
    unsafe { word(from, v8_internal::SIZE).write(0) };
    size
}

/// The queue of an isolate, and one for what is put aside. To be dropped before the isolate.
pub(crate) struct Microtasks {
    queue: NonNull<v8::MicrotaskQueue>,
    aside: v8::UniqueRef<v8::MicrotaskQueue>,
}

impl Microtasks {
    /// Of the isolate and context of `scope`.
    pub(crate) fn new(scope: &mut v8::PinScope) -> Self {
        let queue = NonNull::from(scope.get_current_context().get_microtask_queue());
        Self { queue, aside: v8::MicrotaskQueue::new(scope, v8::MicrotasksPolicy::Explicit) }
    }

    fn aside(&self) -> NonNull<v8::MicrotaskQueue> {
        NonNull::from(&*self.aside)
    }

    /// What waits is kept from being run or dropped. To be called on the isolate's thread, also from an interrupt.
    pub(crate) fn put_aside(&self) {
        // SAFETY: the isolate owns the one queue, and lives longer than this, which owns the other. Where its JavaScript is
        // interrupted no collection is under way.
        unsafe { pour(self.queue, self.aside()) };
    }

    /// What was put aside waits again, after what does already; gives how many those are. No microtask may be running.
    pub(crate) fn put_back(&self) -> usize {
        // SAFETY: as above.
        unsafe { pour(self.aside(), self.queue) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluate(scope: &mut v8::PinScope, source: &str) -> String {
        let text = v8::String::new(scope, source).expect("a short text");
        let script = v8::Script::compile(scope, text, None).expect("a script");
        script.run(scope).expect("a value").to_rust_string_lossy(scope)
    }

    #[test]
    fn javascript_sees_whether_microtasks_wait() {
        crate::v8_platform::initialize(true);
        let isolate = &mut v8::Isolate::new(v8::CreateParams::default());
        isolate.set_microtasks_policy(v8::MicrotasksPolicy::Explicit);
        v8::scope!(let scope, isolate);
        let context = v8::Context::new(scope, v8::ContextOptions::default());
        let scope = &mut v8::ContextScope::new(scope, context);
        let waiting = waiting(scope).expect("an array");
        let name = v8::String::new(scope, "waiting").expect("a short text");
        context.global(scope).set(scope, name.into(), waiting.into()).expect("a global");
        assert_eq!(evaluate(scope, "waiting.join()"), "0");
        let add = "for (let i = 0; i < 40; i++) Promise.resolve().then(() => {});";
        assert_eq!(evaluate(scope, &format!("{add} waiting.join()")), "40");
        scope.perform_microtask_checkpoint();
        assert_eq!(evaluate(scope, "waiting.join()"), "0");
        // Those a microtask adds wait too while it runs.
        evaluate(
            scope,
            "let seen; Promise.resolve().then(() => { Promise.resolve().then(() => {}); seen = waiting[0]; });",
        );
        scope.perform_microtask_checkpoint();
        assert_eq!(evaluate(scope, "`${seen > 0} ${waiting[0]}`"), "true 0");
    }

    #[test]
    fn what_was_put_aside_waits_in_its_order_and_nothing_is_run_or_collected_before() {
        crate::v8_platform::initialize(true);
        let isolate = &mut v8::Isolate::new(v8::CreateParams::default());
        isolate.set_microtasks_policy(v8::MicrotasksPolicy::Explicit);
        v8::scope!(let scope, isolate);
        let context = v8::Context::new(scope, v8::ContextOptions::default());
        let scope = &mut v8::ContextScope::new(scope, context);
        let microtasks = Microtasks::new(scope);
        // More than fit at first, and again, so that the ring has to begin anew behind its last place.
        evaluate(
            scope,
            "let next = 0; const seen = []; const add = (n) => { for (; n > 0; n--) { const at = { at: next++ }; Promise.resolve().then(() => seen.push(at.at)); } };",
        );
        for round in 0..5 {
            evaluate(scope, "add(13)");
            microtasks.put_aside();
            evaluate(scope, "add(8)");
            microtasks.put_aside();
            evaluate(scope, "seen.length = 0");
            scope.low_memory_notification();
            scope.perform_microtask_checkpoint();
            assert_eq!(evaluate(scope, "seen.length"), "0");
            assert_eq!((microtasks.put_back(), microtasks.put_back()), (21, 0));
            scope.low_memory_notification();
            scope.perform_microtask_checkpoint();
            let expected: Vec<_> = (round * 21..round * 21 + 21).map(|at| at.to_string()).collect();
            assert_eq!(evaluate(scope, "seen.join()"), expected.join(","));
        }
    }
}
