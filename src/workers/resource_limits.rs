//! What a Worker may use: limits of its heap, its ArrayBuffers and its stack, and what happens at them.
//!
//! V8 ends the whole process when a heap is full. So every Worker has a [`Watch`], which ends the Worker instead.
//!
//! *Protocol*, by named steps:
//! - **full**: V8 calls the near-heap-limit callback in the middle of a collection. The owner is told (`on_full`: it sees
//!   to it that JavaScript ends) and the limit is lifted by more than any single object of V8's can need.
//! - **unwind**: the termination takes effect at the next look at interrupts, and the isolate goes as it always does.
//! - **overrun**: a built-in function of V8's that does not look (filling a huge array) may go on allocating. At each
//!   collection the thread's processor time since *full* is looked at; past [`UNWIND_TIME`] the thread is given up.
//! - **give up**: the same where V8 finds no way to go on (its OOM handler, or a fatal error while unwinding). The owner is
//!   told (`on_lost`) and the thread sleeps for ever, with its heap: nothing in V8 can be unwound from there, and the
//!   alternative is the end of the process. Where there is no `on_lost`, V8 goes its way.
//!
//! Memory outside the heap (ArrayBuffers, wherever they come from; external strings; WebAssembly memories) is what V8
//! counts for the isolate after a full collection; above the limit it is collected once more and then the isolate is
//! full. `buffer_account.rs` limits at once what the isolate itself allocates, which includes shared memory.
//!
//! *Threads:* made and used on the Worker's own thread.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::c_void;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::buffer_account::Account;
use crate::js_runtime::HeapLimits;
#[cfg(unix)]
use crate::ops::os::limits::process_memory;

const MIB: usize = 1024 * 1024;

/// Node's default for a Worker's stack.
const DEFAULT_STACK_MB: f64 = 4.0;

/// With less than V8 takes for granted (984 KB) its own checks fail, and with them the process.
const LEAST_STACK: usize = MIB;

/// What of a thread's stack JavaScript may not use: frames of Rust and of V8's own code that run on top of it.
const STACK_RESERVE: usize = MIB;

/// Room to unwind in: more than V8's largest object (an array of 2^27 elements, 1 GiB).
const UNWIND_ROOM: usize = 1100 * MIB;

/// Processor time an isolate that is full gets to leave JavaScript.
const UNWIND_TIME: Duration = Duration::from_millis(500);

/// How much a Worker may hold in ArrayBuffers for each byte of its old generation, unless it is told. Generous, because
/// programs that limit the heap keep their bulk there; the least and the part of the machine's memory that is the most.
const BUFFERS_PER_HEAP: usize = 8;
const LEAST_BUFFERS: usize = 256 * MIB;
const MOST_OF_MEMORY: f64 = 0.75;

/// `resourceLimits` of a Worker, in MiB; 0 leaves the default.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) max_young_generation_mb: f64,
    pub(crate) max_old_generation_mb: f64,
    pub(crate) code_range_mb: f64,
    pub(crate) stack_mb: f64,
    pub(crate) max_array_buffer_mb: f64,
}

fn bytes(megabytes: f64) -> usize {
    // A float too large for the type saturates; NaN and negatives become 0, the default.
    (megabytes * MIB as f64) as usize
}

impl Limits {
    fn stack(&self) -> usize {
        bytes(if self.stack_mb > 0.0 { self.stack_mb } else { DEFAULT_STACK_MB }).clamp(LEAST_STACK, 1024 * MIB)
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

    /// How many bytes outside the heap its isolate may hold.
    pub(crate) fn array_buffers(&self) -> usize {
        if self.max_array_buffer_mb > 0.0 {
            return bytes(self.max_array_buffer_mb);
        }
        let most = (process_memory() as f64 * MOST_OF_MEMORY) as usize;
        let old = bytes(self.max_old_generation_mb);
        if old == 0 {
            return most.max(LEAST_BUFFERS);
        }
        old.saturating_mul(BUFFERS_PER_HEAP).clamp(LEAST_BUFFERS, most.max(LEAST_BUFFERS))
    }
}

/// What is done when a heap is full. Called in the middle of a garbage collection: it may not touch the heap. True: the
/// JavaScript that runs is to be terminated; false: the owner sees to that.
type OnFull = Box<dyn Fn() -> bool>;

/// What is done when the thread is given up, as the last thing before it sleeps for ever.
type OnLost = Box<dyn FnOnce()>;

struct State {
    on_full: OnFull,
    account: Option<Arc<Account>>,
    /// The thread's processor time when the heap was full.
    full_at: Cell<Option<Duration>>,
    isolate: OnceCell<v8::IsolateHandle>,
    /// An interrupt that looks at external memory was asked for.
    looking: Cell<bool>,
}

/// Watches an isolate's memory. To be dropped after the isolate.
pub(crate) struct Watch(Rc<State>);

thread_local! {
    /// What to do when the isolate of this thread cannot be saved, and its state.
    static LIFELINE: RefCell<Option<(Rc<State>, OnLost)>> = const { RefCell::new(None) };
}

impl Watch {
    /// Calls `on_full` when the isolate that is going to be made is full. It has to see to it that JavaScript ends.
    pub(crate) fn new(on_full: OnFull, account: Option<Arc<Account>>) -> Self {
        Self(Rc::new(State {
            on_full,
            account,
            full_at: Cell::new(None),
            isolate: OnceCell::new(),
            looking: Cell::new(false),
        }))
    }

    /// The count of the isolate's ArrayBuffers.
    pub(crate) fn account(&self) -> Option<&Arc<Account>> {
        self.0.account.as_ref()
    }

    /// Calls `on_lost` rather than letting V8 end the process, where the isolate cannot be unwound. Until [`Watch`] goes.
    pub(crate) fn survive(&self, on_lost: OnLost) {
        fatal_errors::survive();
        LIFELINE.set(Some((self.0.clone(), on_lost)));
    }

    /// What filled the isolate has been unwound, and the isolate goes on for a while.
    pub(crate) fn unwound(&self) {
        self.0.full_at.set(None);
    }

    /// Begins to watch `isolate`.
    pub(crate) fn attach(&self, isolate: &mut v8::OwnedIsolate) {
        let _ = self.0.isolate.set(isolate.thread_safe_handle());
        if let Some(account) = &self.0.account {
            account.belongs_to(isolate.thread_safe_handle());
        }
        let data = Rc::as_ptr(&self.0).cast_mut().cast::<c_void>();
        isolate.add_near_heap_limit_callback(near_heap_limit, data);
        isolate.add_gc_prologue_callback(collection_begins, data, v8::GCType::kGCTypeAll);
        if self.0.account.is_some() {
            isolate.add_gc_epilogue_callback(collection_ended, data, v8::GCType::kGCTypeMarkSweepCompact);
        }
        if LIFELINE.with_borrow(Option::is_some) {
            isolate.set_oom_error_handler(out_of_memory);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        LIFELINE.set(None);
    }
}

impl State {
    fn full(&self) {
        if let Some(account) = &self.account {
            account.give_up();
        }
        if self.full_at.get().is_none() {
            self.full_at.set(Some(thread_time()));
        }
        if (self.on_full)()
            && let Some(isolate) = self.isolate.get()
        {
            isolate.terminate_execution();
        }
    }

    fn is_overrun(&self) -> bool {
        self.full_at.get().is_some_and(|at| thread_time().saturating_sub(at) > UNWIND_TIME)
    }
}

/// *give up*. Returns where this thread has no lifeline, or took it before.
fn give_up() {
    // `try_with`: V8 may fail while the thread's own data is being destroyed.
    let lifeline =
        LIFELINE.try_with(|lifeline| lifeline.try_borrow_mut().ok().and_then(|mut lifeline| lifeline.take()));
    let Ok(Some((_, on_lost))) = lifeline else { return };
    tracing::debug!("an isolate that is out of memory cannot be unwound");
    on_lost();
    loop {
        std::thread::park();
    }
}

/// # Safety
/// `data` is that of [`Watch::attach`], and the isolate still lives.
unsafe fn state<'a>(data: *mut c_void) -> &'a State {
    // SAFETY: `data` points into the `Rc` of the `Watch`, which outlives the isolate, so V8 cannot call later.
    unsafe { &*data.cast::<State>() }
}

/// Called by V8 on the isolate's own thread in the middle of a garbage collection.
unsafe extern "C" fn near_heap_limit(data: *mut c_void, current: usize, _initial: usize) -> usize {
    // SAFETY: as the function demands.
    let state = unsafe { state(data) };
    // V8 also asks before it tries for the last time to get memory for an ArrayBuffer; the heap need not be full then.
    if state.account.as_ref().is_some_and(|account| account.offer_last_chance()) && state.full_at.get().is_none() {
        return current;
    }
    tracing::debug!(current, "a heap is full");
    if state.is_overrun() {
        give_up();
    }
    state.full();
    current.saturating_add(UNWIND_ROOM)
}

unsafe extern "C" fn collection_begins(
    _: v8::UnsafeRawIsolatePtr,
    _: v8::GCType,
    _: v8::GCCallbackFlags,
    data: *mut c_void,
) {
    // SAFETY: as the function demands.
    if unsafe { state(data) }.is_overrun() {
        give_up();
    }
}

unsafe extern "C" fn collection_ended(
    isolate: v8::UnsafeRawIsolatePtr,
    _: v8::GCType,
    _: v8::GCCallbackFlags,
    data: *mut c_void,
) {
    // SAFETY: as the function demands.
    let state = unsafe { state(data) };
    // SAFETY: V8 calls with an isolate that lives, on its own thread.
    let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
    if state.exceeds(&mut isolate) && !state.looking.replace(true) {
        // Buffers that died are perhaps still being freed; what counts is looked at outside the collection.
        isolate.thread_safe_handle().request_interrupt(look_at_external_memory, data);
    }
}

/// Called by V8 where JavaScript looks for interrupts.
unsafe extern "C" fn look_at_external_memory(isolate: v8::UnsafeRawIsolatePtr, data: *mut c_void) {
    // SAFETY: as the function demands.
    let state = unsafe { state(data) };
    // SAFETY: V8 calls with an isolate that lives, on its own thread.
    let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
    if state.full_at.get().is_none() && state.exceeds(&mut isolate) {
        isolate.low_memory_notification();
        if state.exceeds(&mut isolate) {
            tracing::debug!("the memory outside a heap reached its limit");
            state.full();
        }
    }
    state.looking.set(false);
}

impl State {
    /// Whether the isolate holds more outside its heap than it may, as V8 counts.
    fn exceeds(&self, isolate: &mut v8::Isolate) -> bool {
        let Some(account) = &self.account else { return false };
        // A change by nothing asks for the count.
        let external = isolate.adjust_amount_of_external_allocated_memory(0);
        usize::try_from(external).is_ok_and(|external| external > account.limit())
    }
}

/// V8's last word before it ends the process.
unsafe extern "C" fn out_of_memory(_location: *const std::ffi::c_char, _details: &v8::OomDetails) {
    give_up();
}

#[cfg(unix)]
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// A guess, where the system is not asked.
#[cfg(not(unix))]
fn process_memory() -> u64 {
    8 << 30
}

#[cfg(not(unix))]
fn thread_time() -> Duration {
    crate::main_loop::process_start().elapsed()
}

/// V8 has fatal errors that ask nobody: "invalid size", an array too large for any heap, for one. They end in a SIGTRAP on
/// the thread they concern. If that is a Worker's, and either its memory is full already or V8 itself calls the error one
/// "with no security impact", the thread is given up; any other trap ends the process as before.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod fatal_errors {
    use super::{LIFELINE, give_up};

    /// How many words of the stack above a trap are looked at, and how long V8's function is at most, in bytes.
    const WORDS: usize = 16;
    const FUNCTION_LENGTH: usize = 224;

    unsafe extern "C" {
        /// `v8::base::FatalNoSecurityImpact(const char*, ...)`; only its address is used.
        #[link_name = "_ZN2v84base21FatalNoSecurityImpactEPKcz"]
        fn fatal_no_security_impact();
    }

    /// Whether a call from V8's function stands on top of the stack.
    ///
    /// # Safety
    /// `top` is the stack pointer of this thread's interrupted code.
    unsafe fn without_security_impact(top: usize) -> bool {
        let start = fatal_no_security_impact as *const () as usize;
        (0..WORDS).any(|index| {
            // SAFETY: the frames of V8's callers lie above the top, so this much of the stack is there.
            let word = unsafe { std::ptr::with_exposed_provenance::<usize>(top).add(index).read_volatile() };
            (start..start + FUNCTION_LENGTH).contains(&word)
        })
    }

    unsafe extern "C" fn on_trap(_: i32, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
        let worker = LIFELINE.try_with(|lifeline| {
            lifeline.try_borrow().ok().and_then(|l| l.as_ref().map(|(state, _)| state.full_at.get().is_some()))
        });
        if let Ok(Some(full)) = worker {
            // SAFETY: the system hands the handler the context of the interrupted code.
            let registers = unsafe { &(*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs };
            let top = registers[libc::REG_RSP as usize] as usize;
            // SAFETY: this is that code's stack pointer.
            if full || unsafe { without_security_impact(top) } {
                give_up();
            }
        }
        // SAFETY: the default action is no handler at all; with it the signal ends the process.
        unsafe {
            libc::signal(libc::SIGTRAP, libc::SIG_DFL);
            libc::raise(libc::SIGTRAP);
        }
    }

    /// Installs the handler, once for the process.
    pub(super) fn survive() {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| {
            // SAFETY: an all-zero `sigaction` is a valid one. The handler runs on the thread that executed the trap, as if
            // V8's code had called it where it wanted to end the process; it holds no lock of the allocator or of ours
            // there, so the handler may do what any function may.
            unsafe {
                let mut action: libc::sigaction = std::mem::zeroed();
                let handler: unsafe extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void) = on_trap;
                action.sa_sigaction = handler as libc::sighandler_t;
                action.sa_flags = libc::SA_SIGINFO;
                libc::sigaction(libc::SIGTRAP, &raw const action, std::ptr::null_mut());
            }
        });
    }
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
mod fatal_errors {
    pub(super) fn survive() {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn array_buffers_are_limited_with_the_heap() {
        let limits = |old: f64, buffers: f64| Limits {
            max_old_generation_mb: old,
            max_array_buffer_mb: buffers,
            ..Limits::default()
        };
        assert_eq!(limits(24.0, 0.0).array_buffers(), 256 * MIB);
        assert_eq!(limits(24.0, 10.0).array_buffers(), 10 * MIB);
        assert_eq!(limits(40.0, 0.0).array_buffers(), 320 * MIB);
        assert!(limits(0.0, 0.0).array_buffers() >= 256 * MIB);
    }
}
