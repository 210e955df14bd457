//! V8's helper threads (garbage collection, compilation) begin when there is something for them to do.
//!
//! V8's platform starts all of them as it is made, which a short program pays for: two threads to make, run, and end, each of which
//! touches memory of its own, and with more than one thread in a process, each change of a mapping interrupts the
//! other processor. Instead, [`deferred`] notes the threads that the platform would start, and each task that
//! is put into the platform's queue starts one more, until all run. A thread that has not begun is not among those that wait for
//! tasks, and looks into the queue first of all when it begins: so none is lost.
//!
//! *Threads:* the platform is made by one; tasks come from any, under the lock of the queue.

use std::cell::Cell;
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, OnceLock, PoisonError};

/// A `v8::base::Thread` of the platform's that was not started yet.
struct Waiting(*mut c_void);

// SAFETY: V8's thread objects may be started from any thread; the platform that owns them is never dropped, so that the
// address stays good.
unsafe impl Send for Waiting {}

static WAITING: Mutex<Vec<Waiting>> = Mutex::new(Vec::new());
/// Whether any may be in there: tasks look at this first.
static ANY: AtomicBool = AtomicBool::new(false);
/// How many there are to be at most, asked as the first one begins.
static MOST: OnceLock<fn() -> usize> = OnceLock::new();

thread_local! {
    static DEFERRING: Cell<bool> = const { Cell::new(false) };
}

/// Runs `make`, which makes the platform: the threads that it starts are noted and begin later, as many of them as `most` says.
pub(crate) fn deferred<R>(most: fn() -> usize, make: impl FnOnce() -> R) -> R {
    // Only the first call counts, and there is one: a process has one platform.
    let _ = MOST.set(most);
    DEFERRING.set(true);
    let made = make();
    DEFERRING.set(false);
    made
}

unsafe extern "C" {
    #[link_name = "__real__ZN2v84base6Thread5StartEv"]
    fn start_now(thread: *mut c_void) -> bool;
    #[link_name = "__real__ZN2v88platform16DelayedTaskQueue6AppendENSt4__Cr10unique_ptrINS_4TaskENS2_14default_deleteIS4_EEEE"]
    fn append_now(queue: *mut c_void, task: *mut c_void);
    #[link_name = "__real__ZN2v88platform16DelayedTaskQueue13AppendDelayedENSt4__Cr10unique_ptrINS_4TaskENS2_14default_deleteIS4_EEEEd"]
    fn append_delayed_now(queue: *mut c_void, task: *mut c_void, delay_in_seconds: f64);
}

/// `v8::base::Thread::Start`: whether the thread runs, or will.
// SAFETY: the name is the linker's for references to V8's function of this name, which has this signature; nothing else defines it.
#[unsafe(export_name = "__wrap__ZN2v84base6Thread5StartEv")]
unsafe extern "C" fn start(thread: *mut c_void) -> bool {
    if DEFERRING.get() {
        WAITING.lock().unwrap_or_else(PoisonError::into_inner).push(Waiting(thread));
        ANY.store(true, Ordering::Relaxed);
        return true;
    }
    // SAFETY: V8's own function, with what V8 called it with.
    unsafe { start_now(thread) }
}

/// Starts one of the threads that wait, if there is one.
fn start_one() {
    static ASKED: Once = Once::new();
    if !ANY.load(Ordering::Relaxed) {
        return;
    }
    let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
    // V8 counts on all of them when it divides work up, and each part finds a thread all the same.
    ASKED.call_once(|| waiting.truncate(MOST.get().map_or(usize::MAX, |most| most().max(1))));
    if let Some(thread) = waiting.pop() {
        crate::threads_begin();
        // SAFETY: the thread was given to be started, which V8 thinks it was; nobody else has started it, since it is in
        // the list only once.
        if !unsafe { start_now(thread.0) } {
            // The system has none to give just now. The next task tries again.
            waiting.push(thread);
        }
    }
    ANY.store(!waiting.is_empty(), Ordering::Relaxed);
}

/// `DelayedTaskQueue::Append`, of the platform's queue: `task` is a `std::unique_ptr`, which this function hands on as
/// it came, a pointer in either of the ways in which compilers pass one.
// SAFETY: as for `start`.
#[unsafe(export_name = "__wrap__ZN2v88platform16DelayedTaskQueue6AppendENSt4__Cr10unique_ptrINS_4TaskENS2_14default_deleteIS4_EEEE")]
unsafe extern "C" fn append(queue: *mut c_void, task: *mut c_void) {
    // SAFETY: V8's own function, with what V8 called it with.
    unsafe { append_now(queue, task) };
    start_one();
}

/// `DelayedTaskQueue::AppendDelayed`; as `append`.
// SAFETY: as for `start`.
#[unsafe(export_name = "__wrap__ZN2v88platform16DelayedTaskQueue13AppendDelayedENSt4__Cr10unique_ptrINS_4TaskENS2_14default_deleteIS4_EEEEd")]
unsafe extern "C" fn append_delayed(queue: *mut c_void, task: *mut c_void, delay_in_seconds: f64) {
    // SAFETY: V8's own function, with what V8 called it with.
    unsafe { append_delayed_now(queue, task, delay_in_seconds) };
    start_one();
}
