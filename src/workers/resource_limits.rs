//! What a Worker may use: limits of its heap, its ArrayBuffers and its stack, and what happens at them.
//!
//! V8 ends the whole process when a heap is full. So every Worker has a [`Watch`], which ends the Worker instead.
//!
//! *Protocol*, by named steps:
//! - **full**: V8 calls the near-heap-limit callback in the middle of a collection. The owner is told (`on_full`: it sees
//!   to it that JavaScript ends) and the limit is lifted by more than any single object of V8's can need.
//! - **hopeless**: the same where the isolate has spent a second on collections that freed next to nothing
//!   (`collection_effort.rs`).
//! - **unwind**: the termination takes effect at the next look at interrupts, and the isolate goes as it always does.
//! - **overrun**: a built-in function of V8's that does not look (filling a huge array) may go on allocating. At each
//!   collection the thread's processor time since *full* is looked at; past [`UNWIND_TIME`] the thread is given up.
//! - **give up**: the same where V8 finds no way to go on (its OOM handler, or a fatal error while unwinding). The owner is
//!   told (`on_lost`) and the thread sleeps for ever, with its heap: nothing in V8 can be unwound from there, and the
//!   alternative is the end of the process. Where there is no `on_lost`, V8 goes its way.
//!
//! Memory outside the heap (ArrayBuffers, wherever they come from; external strings; WebAssembly memories) is what V8
//! counts for the isolate after a full collection, and what ICU holds (`icu_memory.rs`); above the limit it is collected
//! once more and then the isolate is full. `buffer_account.rs` limits at once what the isolate itself allocates, which
//! includes shared memory; js/ has growable shared memory counted ([`count_growable`]).
//!
//! *Threads:* made and used on the Worker's own thread.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::c_void;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::buffer_account::Account;
use super::collection_effort::Effort;
use super::{fatal_errors, icu_memory};
use crate::js_runtime::HeapLimits;
use crate::main_loop::process_start;
#[cfg(unix)]
use crate::ops::near_heap_limit;
use crate::ops::os::limits::process_memory;
use crate::ops::state::op_state;

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

/// How much of the old generation the young one may be where nobody says, and how much it is at most. One as large as the
/// old generation, which V8's default is for a small heap, has no place to be evacuated to, so that V8 collects the
/// whole heap instead, again and again, long before that is full.
const YOUNG_PER_OLD: usize = 4;

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
    /// Whether isolates that are made with them are the same.
    pub(crate) fn equal(&self, other: &Self) -> bool {
        let (this, that) = (self.heap(), other.heap());
        (this.old, this.young, this.code, this.stack) == (that.old, that.young, that.code, that.stack)
            && self.array_buffers() == other.array_buffers()
    }

    /// Whether they are those of a Worker that nobody limited.
    pub(crate) fn is_default(&self) -> bool {
        self.equal(&Self::default())
    }

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
            young: self.young(),
            code: bytes(self.code_range_mb),
            stack: self.stack(),
        }
    }

    fn young(&self) -> usize {
        let (young, old) = (bytes(self.max_young_generation_mb), bytes(self.max_old_generation_mb));
        if young > 0 || old == 0 { young } else { (old / YOUNG_PER_OLD).min(HeapLimits::defaults().young) }
    }

    /// What `worker.resourceLimits` shows: young and old generation, code range, stack, in MiB.
    pub(crate) fn shown(&self) -> [f64; 4] {
        let (given, defaults) = (self.heap(), HeapLimits::defaults());
        let megabytes = |given: usize, default| (if given > 0 { given } else { default }) as f64 / MIB as f64;
        [
            megabytes(given.young, defaults.young),
            megabytes(given.old, defaults.old),
            megabytes(given.code, defaults.code),
            if self.stack_mb > 0.0 { self.stack_mb } else { DEFAULT_STACK_MB },
        ]
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
    /// The limit of the old generation.
    old: Cell<usize>,
    effort: RefCell<Effort>,
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
            old: Cell::new(0),
            effort: RefCell::default(),
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

    /// Whether the heap was full, and nothing has been done about it.
    pub(crate) fn is_full(&self) -> bool {
        self.0.full_at.get().is_some()
    }

    /// What filled the isolate has been unwound, and the isolate goes on for a while.
    pub(crate) fn unwound(&self) {
        self.0.full_at.set(None);
    }

    /// The isolate goes on, and what filled it is not in use any more: its limits hold again.
    pub(crate) fn restore(&self, isolate: &mut v8::OwnedIsolate) {
        isolate.low_memory_notification();
        isolate.remove_near_heap_limit_callback(near_heap_limit, self.0.old.get());
        isolate.add_near_heap_limit_callback(near_heap_limit, Rc::as_ptr(&self.0).cast_mut().cast::<c_void>());
        if let Some(account) = &self.0.account {
            account.go_on();
        }
    }

    /// Begins to watch `isolate`, which was made with `limits`.
    pub(crate) fn attach(&self, isolate: &mut v8::OwnedIsolate, limits: HeapLimits) {
        self.0.old.set(if limits.old > 0 { limits.old } else { HeapLimits::defaults().old });
        let _ = self.0.isolate.set(isolate.thread_safe_handle());
        if let Some(account) = &self.0.account {
            account.belongs_to(isolate.thread_safe_handle());
        }
        let data = Rc::as_ptr(&self.0).cast_mut().cast::<c_void>();
        if let Some(account) = &self.0.account {
            let (state, isolate) = (Rc::downgrade(&self.0), isolate.thread_safe_handle());
            let look = move || {
                if let Some(state) = state.upgrade()
                    && !state.looking.replace(true)
                {
                    isolate.request_interrupt(look_at_external_memory, Rc::as_ptr(&state).cast_mut().cast());
                }
            };
            icu_memory::watch(account.limit(), Box::new(look));
        }
        isolate.add_near_heap_limit_callback(near_heap_limit, data);
        isolate.add_gc_prologue_callback(collection_begins, data, v8::GCType::kGCTypeAll);
        isolate.add_gc_epilogue_callback(collection_ended, data, v8::GCType::kGCTypeMarkSweepCompact);
        if LIFELINE.with_borrow(Option::is_some) {
            isolate.set_oom_error_handler(out_of_memory);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        icu_memory::unwatch();
        near_heap_limit::forget();
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

/// Whether this thread's isolate is watched and its memory full.
pub(super) fn is_full() -> bool {
    let full = LIFELINE.try_with(|lifeline| {
        lifeline
            .try_borrow()
            .is_ok_and(|lifeline| lifeline.as_ref().is_some_and(|(state, _)| state.full_at.get().is_some()))
    });
    full.unwrap_or(false)
}

/// *give up*. Returns where this thread has no lifeline, or took it before.
pub(super) fn give_up() {
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
    // Writing what the program wants to have of a heap that fills up comes before that is its end.
    if state.full_at.get().is_none()
        && let Some(limit) = near_heap_limit::asked(current)
    {
        return limit;
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
    kind: v8::GCType,
    _: v8::GCCallbackFlags,
    data: *mut c_void,
) {
    // SAFETY: as the function demands.
    let state = unsafe { state(data) };
    if state.is_overrun() {
        give_up();
    }
    if kind.0 == v8::GCType::kGCTypeMarkSweepCompact.0
        && let Ok(mut effort) = state.effort.try_borrow_mut()
    {
        effort.begin(process_start().elapsed());
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
    let used = isolate.get_heap_statistics().used_heap_size();
    let hopeless = state
        .effort
        .try_borrow_mut()
        .is_ok_and(|mut effort| effort.end(process_start().elapsed(), used, state.old.get()));
    if hopeless && state.full_at.get().is_none() && !near_heap_limit::is_wanted() {
        tracing::debug!(used, "an isolate does little but collect garbage");
        state.full();
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
        usize::try_from(external).is_ok_and(|external| external.saturating_add(icu_memory::held()) > account.limit())
    }
}

/// Growable SharedArrayBuffers this isolate made. V8 takes their memory from the system itself and counts it for nobody.
#[derive(Default)]
struct Growables {
    buffers: RefCell<Vec<v8::Weak<v8::SharedArrayBuffer>>>,
    /// No less than what they hold: grown again and again, one is counted as often.
    at_most: Cell<usize>,
}

impl Growables {
    /// What those hold that live.
    fn held(&self, scope: &mut v8::PinScope) -> usize {
        let mut held = 0;
        self.buffers.borrow_mut().retain(|buffer| {
            let Some(buffer) = buffer.to_local(scope) else { return false };
            held += buffer.byte_length();
            true
        });
        self.at_most.set(held);
        held
    }
}

/// Counts a growable SharedArrayBuffer, new or grown, and ends the isolate where it holds too much.
pub(crate) fn count_growable(scope: &mut v8::PinScope, buffer: v8::Local<v8::SharedArrayBuffer>, is_new: bool) {
    let state = op_state(scope);
    let Some(account) = state.borrow().get::<Arc<Account>>() else { return };
    let growables = state.borrow_mut().value::<Growables>();
    if is_new {
        growables.buffers.borrow_mut().push(v8::Weak::new(scope, buffer));
    }
    growables.at_most.set(growables.at_most.get().saturating_add(buffer.byte_length()));
    let rest = account.limit().saturating_sub(account.held());
    if growables.at_most.get() > rest && growables.held(scope) > rest {
        scope.low_memory_notification();
        if growables.held(scope) > rest {
            tracing::debug!("the growable shared memory of an isolate reached its limit");
            account.exhausted();
        }
    }
}

/// V8's last word before it ends the process.
unsafe extern "C" fn out_of_memory(_location: *const std::ffi::c_char, _details: &v8::OomDetails) {
    give_up();
}

/// What the current thread has used of the processor.
#[cfg(unix)]
pub(super) fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// A guess, where the system is not asked.
#[cfg(not(unix))]
fn process_memory() -> u64 {
    8 << 30
}

/// A guess, where the system is not asked.
#[cfg(not(unix))]
pub(super) fn thread_time() -> Duration {
    process_start().elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_heap_has_a_smaller_young_generation() {
        let young = |old: f64, young: f64| {
            Limits { max_old_generation_mb: old, max_young_generation_mb: young, ..Limits::default() }.heap().young
                / MIB
        };
        assert_eq!((young(24.0, 0.0), young(24.0, 30.0), young(0.0, 0.0)), (6, 30, 0));
        assert_eq!(young(1e5, 0.0), HeapLimits::defaults().young / MIB);
        let shown = Limits { max_old_generation_mb: 24.5, ..Limits::default() }.shown();
        assert!((shown[1] - 24.5).abs() < 1e-9 && (shown[0] - 6.125).abs() < 1e-9 && shown[3] > 0.0);
    }

    #[test]
    fn limits_that_change_nothing_are_the_default() {
        assert!(Limits::default().is_default());
        assert!(Limits { stack_mb: 4.0, ..Limits::default() }.is_default());
        let limited = [
            Limits { stack_mb: 2.0, ..Limits::default() },
            Limits { max_old_generation_mb: 64.0, ..Limits::default() },
            Limits { max_young_generation_mb: 8.0, ..Limits::default() },
            Limits { code_range_mb: 16.0, ..Limits::default() },
            Limits { max_array_buffer_mb: 1.0, ..Limits::default() },
        ];
        assert!(!limited.iter().any(Limits::is_default));
    }

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
