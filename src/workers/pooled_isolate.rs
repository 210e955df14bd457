//! The isolate that a thread of a pool hosts, and the jobs under way in it.
//!
//! *What it owns.* One [`JsRuntime`] and a [`Desk`]: what the operations of its JavaScript (`src/ops/pool_task.rs`) and
//! `pool_session.rs` share about its jobs. *Threads:* bound to one.
//!
//! Why it is dropped and made anew is for [`PooledIsolate::is_sound`] and the session to say: its heap was full, a task called
//! `process.exit`, a task was dropped while it awaited something that may still happen, or `recycleAfter` says so.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::ffi::c_void;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::claim::Claim;
use super::microtasks::Microtasks;
use super::pool::PoolShared;
use super::pool_prepared::Prepared;
use super::pool_schedule::{Order, Place, Reason, Server};
use super::pool_session;
use super::pool_spare;
use super::resource_limits::{Watch, thread_time};
use super::structured_clone;
use super::task::{JobEnd, Outcome, Part, PoolJob, Reply, TaskCode, next_id};
use super::worker::ThisWorker;
use crate::js_runtime::{IsolateKind, JsRuntime, Making};
use crate::main_loop::{LoopHandle, LoopShared, process_start, tick};
use crate::observe::trace::{self, Flow, Value};
use crate::ops::state::{OpState, op_state};

/// How often, at most, the size of a heap is looked at.
const HEAP_INTERVAL: Duration = Duration::from_millis(20);

/// A job under way, on its isolate's thread.
struct ActiveJob {
    parts: Vec<Part>,
    reply: Arc<Reply>,
    size: u32,
    waited: Duration,
    began: Instant,
    span: tracing::Span,
    code: Arc<TaskCode>,
    claim: Option<Arc<Claim>>,
    parent_job: u64,
    /// Whether its payload has been read; nothing of it is begun before.
    read: Cell<bool>,
}

impl ActiveJob {
    /// Of a job that ends so. `position` is that of the task under way.
    fn into_outcome(self, job: u64, end: JobEnd, position: i32) -> (Arc<Reply>, Outcome) {
        let Self { parts, reply, waited, began, parent_job, .. } = self;
        (reply, Outcome { job, parts, end, position, parent_job, waited, ran: began.elapsed() })
    }

    /// How many tasks ran, or were to run, here.
    fn tasks(&self) -> u32 {
        self.claim.as_ref().map_or(self.size, |claim| claim.tasks())
    }
}

/// What a thread's session and the operations of its isolate share.
pub(crate) struct Desk {
    pub(crate) pool: Arc<PoolShared>,
    pub(crate) place: Place,
    active: RefCell<HashMap<u64, ActiveJob>>,
    /// Something happened that the session should look at before the loop turns again.
    pub(crate) changed: Cell<bool>,
    /// The job that asked for the end of the isolate; 0: none did.
    exited: Cell<Option<u64>>,
    /// What frames of the async context know jobs by.
    context_key: RefCell<Option<v8::Global<v8::Value>>>,
    context: RefCell<Option<v8::Global<v8::Context>>>,
    /// The job that was started last, until the loop turns.
    pub(crate) started: Cell<Option<u64>>,
    /// The heap has reached its limit.
    full: Arc<AtomicBool>,
    /// The job whose JavaScript filled it.
    culprit: Cell<Option<u64>>,
    /// Tasks that ran here.
    tasks: Cell<u64>,
    /// Code that was compiled here without a cache, for the isolates to come.
    uncached: RefCell<Vec<(Arc<TaskCode>, v8::Global<v8::Function>)>>,
    /// Pools of this isolate's whose outcomes wait for the session to look.
    postponed: RefCell<Vec<u32>>,
    /// The job whose task the outcome is for that is being settled.
    settling: Cell<Option<u64>>,
    /// Whether the heap was full then, so that the job is to end when that is done.
    filled: Cell<bool>,
    /// What waits in the isolate while its JavaScript is terminated.
    microtasks: RefCell<Option<Microtasks>>,
    shared: OnceCell<Rc<LoopShared>>,
    stats: Arc<SeatStats>,
}

/// While it lives, no task of the isolate is ended by force.
pub(crate) struct Uninterrupted<'a>(&'a Desk);

impl Drop for Uninterrupted<'_> {
    fn drop(&mut self) {
        self.0.unshield();
    }
}

impl Desk {
    /// The desk of the isolate that `scope` belongs to, if it is one of a pool.
    pub(crate) fn of(scope: &v8::PinScope) -> Option<Rc<Self>> {
        op_state(scope).borrow().get::<Rc<Self>>().map(|desk| Rc::clone(&*desk))
    }

    /// Some of `job` is done.
    pub(crate) fn settle(&self, job: u64, part: Part) {
        if let Some(active) = self.active.borrow_mut().get_mut(&job) {
            active.parts.push(part);
        }
    }

    /// `job` says something while it goes on. Job 0: the isolate does.
    pub(crate) fn notify(&self, job: u64, part: Part) {
        let (reply, parent) = match self.active.borrow().get(&job) {
            Some(active) => (active.reply.clone(), active.parent_job),
            None if job == 0 => (self.pool.owner.clone(), 0),
            None => return,
        };
        drop(reply.push(Outcome::notice(job, parent, part)));
    }

    /// `job` ran to its end.
    pub(crate) fn done(&self, job: u64) {
        self.end(job, JobEnd::Finished, 0);
    }

    /// `job` is over. Its outcome goes back at once, whatever else its thread has to do.
    fn end(&self, job: u64, end: JobEnd, position: i32) {
        let asked = self.pool.schedule.finish(job).flatten();
        let Some(active) = self.active.borrow_mut().remove(&job) else { return };
        trace::task_state(job, "running", false);
        self.changed.set(true);
        let tasks = active.tasks();
        self.tasks.set(self.tasks.get() + u64::from(tasks));
        let ran = active.began.elapsed();
        // One task that ended by itself when its time was up is late all the same. Of several, it was the last.
        let late = end == JobEnd::Finished && asked == Some(Reason::TimedOut) && active.claim.is_none();
        let end = if late { JobEnd::TimedOut } else { end };
        active.span.in_scope(|| tracing::trace!(?end, ?ran, "task ended"));
        self.stats.ran(tasks, ran);
        let (reply, mut outcome) = active.into_outcome(job, end, position);
        if late {
            outcome.parts.clear();
        }
        drop(reply.push(outcome));
    }

    /// The time of the task at `position` was up just when it ended; the rest of `job` is somebody else's.
    pub(crate) fn expired(&self, job: u64, position: i32) {
        self.end(job, JobEnd::TimedOut, position);
    }

    /// What `job`, which is under way, runs.
    pub(crate) fn code(&self, job: u64) -> Option<Arc<TaskCode>> {
        Some(self.active.borrow().get(&job)?.code.clone())
    }

    /// Keeps the compiled text of a code until there is time to make V8's code cache of it.
    pub(crate) fn keep_compiled(&self, code: Arc<TaskCode>, function: v8::Global<v8::Function>) {
        self.uncached.borrow_mut().push((code, function));
    }

    /// `job` ends as by [`Desk::exit`], while others go on.
    pub(crate) fn leave(&self, job: u64, position: i32) {
        self.end(job, JobEnd::Exited, position);
        self.changed.set(true);
        self.doom();
    }

    /// `job`, or nobody in particular (0), ends the isolate.
    pub(crate) fn exit(&self, job: u64) {
        self.exited.set(Some(job));
        self.hold();
    }

    /// Keeps forced ends off until what it gives is dropped. `None`: one is on its way already, and would meet what runs next.
    pub(crate) fn uninterrupted(&self) -> Option<Uninterrupted<'_>> {
        let clear = self.pool.schedule.shield(self.place.seat);
        let guard = Uninterrupted(self);
        (clear && !self.is_troubled()).then_some(guard)
    }

    /// The outcomes of `pool` are looked at when the session has withdrawn what is on its way.
    pub(crate) fn postpone(&self, pool: u32) {
        self.postponed.borrow_mut().push(pool);
        self.changed.set(true);
    }

    /// Whether the heap is full, or somebody asked for the end.
    fn is_troubled(&self) -> bool {
        self.full.load(Ordering::Acquire) || self.exited.get().is_some()
    }

    /// What [`Schedule::shield`](super::pool_schedule::Schedule::shield) began ends.
    pub(crate) fn unshield(&self) {
        if self.pool.schedule.unshield(self.place.seat) {
            // The loop must not turn on, nor sleep, before the session has looked.
            self.changed.set(true);
        }
    }

    /// The isolate takes no more jobs.
    fn doom(&self) {
        let (start, hopeless) = self.pool.schedule.doom(self.place.seat);
        if let Some(seat) = start {
            self.pool.start(seat);
        }
        pool_session::refuse(hopeless);
    }

    /// A termination is about to be sent: what waits in the isolate is not for it, and the loop goes no further before
    /// [`PooledIsolate::go_on`].
    fn hold(&self) {
        if let Some(microtasks) = &*self.microtasks.borrow() {
            microtasks.put_aside();
        }
        if let Some(shared) = self.shared.get() {
            shared.pause();
        }
        self.changed.set(true);
    }

    /// An outcome is about to be settled that a task of `job` waits for (0: it cannot be told whose). What that fills the heap
    /// with is the job's.
    pub(crate) fn begin_settling(&self, job: u64) {
        self.settling.set((job != 0).then_some(job));
    }

    /// The end of what [`begin_settling`](Self::begin_settling) began. Whether what follows of it may run.
    pub(crate) fn end_settling(&self) -> bool {
        let job = self.settling.take();
        self.filled.set(false);
        let full = self.full.load(Ordering::Acquire);
        if full {
            if self.culprit.get().is_none() {
                self.culprit.set(job);
            }
            self.hold();
        }
        !full
    }

    pub(crate) fn set_context_key(&self, key: v8::Global<v8::Value>) {
        *self.context_key.borrow_mut() = Some(key);
    }

    /// The thread is given up (`resource_limits.rs`): nothing in its isolate can be reached any more.
    pub(super) fn lose(&self) {
        // Nobody borrows this across a call into V8, where a thread is lost.
        let active = self.active.try_borrow_mut().map(|mut active| std::mem::take(&mut *active)).unwrap_or_default();
        let known = self.culprit.get().or(self.settling.get()).or(self.started.get());
        let culprit = known.or_else(|| if active.len() == 1 { active.keys().next().copied() } else { None });
        for (job, active) in active {
            self.pool.schedule.finish(job);
            let end = if culprit == Some(job) { JobEnd::OutOfMemory } else { JobEnd::Lost };
            let position = match &active.claim {
                _ if !active.read.get() => -1,
                Some(claim) => i32::try_from(claim.begun()).map_or(-1, |begun| begun - 1),
                None => 0,
            };
            let (reply, outcome) = active.into_outcome(job, end, position);
            drop(reply.push(outcome));
        }
        self.pool.lose(self.place.seat);
    }

    pub(crate) fn is_active(&self, job: u64) -> bool {
        self.active.borrow().contains_key(&job)
    }

    fn jobs(&self) -> Vec<u64> {
        self.active.borrow().keys().copied().collect()
    }

    /// The job that the present async context belongs to.
    fn job_in_context(&self, scope: &mut v8::PinScope) -> Option<u64> {
        let frame = v8::Local::<v8::Array>::try_from(scope.get_continuation_preserved_embedder_data()).ok()?;
        let key = v8::Local::new(scope, self.context_key.borrow().as_ref()?);
        let at = (0..frame.length()).step_by(2).find(|&i| frame.get_index(scope, i) == Some(key))?;
        let run = v8::Local::<v8::Object>::try_from(frame.get_index(scope, at + 1)?).ok()?;
        let number = crate::ops::args::key(scope, "number");
        let number = run.get_real_named_property(scope, number.into())?;
        Some(number.number_value(scope)? as u64)
    }
}

/// The isolate as other threads may use it.
#[derive(Clone)]
pub(crate) struct ServerHandle {
    pub(super) stats: Arc<SeatStats>,
    isolate: v8::IsolateHandle,
    handle: LoopHandle,
    /// Set by a wake until the session looks.
    woken: Arc<AtomicBool>,
}

impl Server for ServerHandle {
    fn wake(&self) {
        if !self.woken.swap(true, Ordering::AcqRel) {
            self.handle.post_job(|_| {});
        }
    }

    fn terminate(&self) {
        self.isolate.terminate_execution();
    }

    fn withdraw(&self) {
        self.isolate.cancel_terminate_execution();
    }

    fn terminate_if(&self, job: u64, likely: bool) {
        // The job's number travels in the place of the pointer: nothing has to be freed should the call never come.
        let data = (job as usize) << 1 | usize::from(likely);
        self.isolate.request_interrupt(terminate_if, std::ptr::without_provenance_mut(data));
    }
}

/// The heap of `isolate` is full: the job that runs there is to end at its next step, when it can be seen whose JavaScript it is.
pub(super) fn end_whoever_fills(isolate: &v8::IsolateHandle) {
    isolate.request_interrupt(terminate_if, std::ptr::null_mut());
}

/// Called by V8 on the isolate's own thread, between two steps of its JavaScript. Job 0: the heap is full, and whoever runs
/// is to end.
unsafe extern "C" fn terminate_if(isolate: v8::UnsafeRawIsolatePtr, data: *mut c_void) {
    let (wanted, likely) = ((data.addr() >> 1) as u64, data.addr() & 1 == 1);
    // SAFETY: V8 passes the isolate that runs on this thread, which is alive and entered for the whole call; this value
    // does not outlive it, and dropping it does nothing.
    let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
    let desk = isolate.get_slot::<Rc<RefCell<OpState>>>().and_then(|state| state.try_borrow().ok()?.get::<Rc<Desk>>());
    let Some(desk) = desk else { return };
    let context = desk.context.borrow().clone();
    let Some(context) = context else { return };
    let found = {
        v8::scope_with_context!(let scope, &mut isolate, &context);
        desk.job_in_context(scope)
    };
    if wanted == 0 {
        // The session may have dealt with it before JavaScript came this far.
        if desk.full.load(Ordering::Acquire) {
            let settling = desk.settling.get();
            desk.culprit.set(found.or(settling));
            // What the runtime is about to have done is let through, once: there is room, and half of it would be worse.
            if settling.is_none() || desk.filled.replace(true) {
                desk.hold();
                isolate.terminate_execution();
            }
        }
    } else {
        let sure = found == Some(wanted);
        let possible = sure || (likely && found.is_none_or(|job| !desk.is_active(job)));
        if possible && desk.pool.schedule.note_terminated(desk.place.seat, wanted, sure, thread_time()) {
            // The loop must not turn on, nor sleep, before the session has looked.
            desk.hold();
            isolate.terminate_execution();
        }
    }
}

/// What other threads may read about the isolate of a seat. Times are in nanoseconds.
#[derive(Default)]
pub(crate) struct SeatStats {
    tasks: AtomicU64,
    busy: AtomicU64,
    started: AtomicU64,
    idle: AtomicU64,
    /// When it began to wait with nothing under way; 0 while it does something.
    idle_since: AtomicU64,
    heap: [AtomicU64; 3],
}

fn now_nanos() -> u64 {
    u64::try_from(process_start().elapsed().as_nanos()).unwrap_or(u64::MAX)
}

impl SeatStats {
    fn ran(&self, tasks: u32, time: Duration) {
        self.tasks.fetch_add(u64::from(tasks), Ordering::Relaxed);
        self.busy.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(0), Ordering::Relaxed);
    }

    fn begin(&self) {
        self.tasks.store(0, Ordering::Relaxed);
        self.busy.store(0, Ordering::Relaxed);
        self.idle.store(0, Ordering::Relaxed);
        self.idle_since.store(0, Ordering::Relaxed);
        self.started.store(now_nanos(), Ordering::Relaxed);
    }

    fn sleeps(&self) {
        self.idle_since.store(now_nanos(), Ordering::Relaxed);
    }

    fn wakes(&self, idle_ms: f64) {
        self.idle.store((idle_ms * 1e6) as u64, Ordering::Relaxed);
        self.idle_since.store(0, Ordering::Relaxed);
    }

    /// [tasks, ms of them, ms alive, ms idle, bytes of heap used, of heap, outside of the heap].
    pub(crate) fn snapshot(&self) -> [f64; 7] {
        let now = now_nanos();
        let load = |word: &AtomicU64| word.load(Ordering::Relaxed);
        let since = load(&self.idle_since);
        let idle = load(&self.idle) + if since == 0 { 0 } else { now.saturating_sub(since) };
        let alive = now.saturating_sub(load(&self.started));
        [
            load(&self.tasks) as f64,
            load(&self.busy) as f64 / 1e6,
            alive as f64 / 1e6,
            idle.min(alive) as f64 / 1e6,
            load(&self.heap[0]) as f64,
            load(&self.heap[1]) as f64,
            load(&self.heap[2]) as f64,
        ]
    }
}

/// The memory of a claim as an `ArrayBuffer`, for js/internal/pool/job_runner.js: an f64, then two 32-bit words.
fn show<'s>(scope: &mut v8::PinScope<'s, '_>, claim: Arc<Claim>) -> v8::Local<'s, v8::ArrayBuffer> {
    const SIZE: usize = 16;
    const { assert!(size_of::<Claim>() == SIZE) };
    unsafe extern "C" fn release(_: *mut c_void, _: usize, claim: *mut c_void) {
        // SAFETY: the pointer is what `Arc::into_raw` gave below, and V8 calls this once.
        drop(unsafe { Arc::from_raw(claim.cast_const().cast::<Claim>()) });
    }
    let memory = Arc::into_raw(claim).cast_mut().cast::<c_void>();
    // SAFETY: `memory` is the start of a `Claim`, which is that large and aligned for its words, all of which any bits are valid
    // for; it lives until V8 calls `release`, on whatever thread, which a `Claim` may be dropped on. JavaScript reads and
    // writes it while Rust does on other threads: Rust by atomics only, as does JavaScript for the word (`Atomics` are the
    // same instructions of the processor on memory V8 does not know to be shared). `began` it writes by one store of eight aligned
    // bytes, which no compiler of V8's moves past the atomic operation that follows it. `timed` is written before the claim is
    // shared, and read only.
    let store = unsafe { v8::ArrayBuffer::new_backing_store_from_ptr(memory, SIZE, release, memory) };
    v8::ArrayBuffer::with_backing_store(scope, &store.make_shared())
}

/// See the module's documentation.
pub(crate) struct PooledIsolate {
    // Dropped in this order.
    runtime: JsRuntime,
    watch: Watch,
    pub(crate) desk: Rc<Desk>,
    known: HashSet<u32>,
    full: Arc<AtomicBool>,
    woken: Arc<AtomicBool>,
    heap_seen: Cell<Option<Instant>>,
}

impl Drop for PooledIsolate {
    /// Later isolates need not compile what this one did.
    fn drop(&mut self) {
        // V8's queue is to go before its isolate does.
        drop(self.desk.microtasks.take());
        if !self.full.load(Ordering::Acquire) && !self.runtime.isolate_handle().is_execution_terminating() {
            self.publish_code();
            self.runtime.with_scope(crate::builtins::publish_code_cache);
            self.runtime.with_scope(crate::ops::user_code::save);
        }
        self.end_profiles();
    }
}

impl PooledIsolate {
    /// Makes the isolate of a seat.
    pub(crate) fn new(pool: &Arc<PoolShared>, seat: usize) -> std::io::Result<Self> {
        let options = &pool.isolates;
        let ahead = pool_spare::take_isolate();
        let told = ahead.as_ref().map(|(made, _)| made.told.clone()).unwrap_or_default();
        let desk = Rc::new(Desk {
            pool: pool.clone(),
            place: Place { seat, isolate: next_id() },
            active: RefCell::default(),
            changed: Cell::new(false),
            exited: Cell::new(None),
            context_key: RefCell::default(),
            context: RefCell::default(),
            started: Cell::new(None),
            full: told.full.clone(),
            culprit: Cell::new(None),
            tasks: Cell::new(0),
            uncached: RefCell::default(),
            postponed: RefCell::default(),
            settling: Cell::new(None),
            filled: Cell::new(false),
            microtasks: RefCell::default(),
            shared: OnceCell::new(),
            stats: Arc::default(),
        });
        desk.stats.begin();
        let _ = told.desk.set(desk.clone());
        let Prepared { mut runtime, watch, told } = match ahead {
            Some((mut made, name)) => {
                made.runtime.list(IsolateKind::Pool, name);
                made
            }
            None => Prepared::make(told, options.limits, &options.cli, &Making::Listed, Box::new(|| {}))?,
        };
        let _ = desk.shared.set(runtime.event_loop().clone());
        runtime.with_scope(|scope| {
            let context = scope.get_current_context();
            *desk.context.borrow_mut() = Some(v8::Global::new(scope, context));
            *desk.microtasks.borrow_mut() = Some(Microtasks::new(scope));
        });
        let thread = super::worker::next_thread_id();
        runtime.event_loop().observation.set_thread(thread);
        {
            let mut state = runtime.op_state().borrow_mut();
            state.put(desk.clone());
            state.put(ThisWorker { id: thread });
        }
        let mut this = Self {
            runtime,
            watch,
            desk,
            known: HashSet::new(),
            full: told.full,
            woken: Arc::new(AtomicBool::new(false)),
            heap_seen: Cell::new(None),
        };
        let startup = options.startup.as_ref().and_then(|message| message.duplicate());
        let (isolate, seat) = (this.desk.place.isolate as f64, seat as f64);
        this.runtime.call("setUp", move |scope| {
            let undefined: v8::Local<v8::Value> = v8::undefined(scope).into();
            let startup = startup.and_then(|startup| structured_clone::deserialize(scope, startup));
            let startup = startup.map_or(undefined, |(value, _)| value);
            let numbers = [isolate, seat, thread as f64].map(|n| v8::Number::new(scope, n).into());
            vec![numbers[0], numbers[1], numbers[2], startup]
        });
        this.look_at_heap();
        Ok(this)
    }

    /// Writes the profiles of this isolate's run (`--cpu-prof`), if there are any: it goes, or the process does.
    pub(crate) fn end_profiles(&mut self) {
        self.runtime.isolate_handle().cancel_terminate_execution();
        self.runtime.with_scope(crate::observe::profiles::finish);
    }

    pub(crate) fn server(&self) -> ServerHandle {
        ServerHandle {
            stats: self.desk.stats.clone(),
            isolate: self.runtime.isolate_handle(),
            handle: self.runtime.loop_handle(),
            woken: self.woken.clone(),
        }
    }

    /// Runs a job, until its code returns or is terminated. It may await something then.
    pub(crate) fn start(&mut self, job: PoolJob) {
        let first = self.known.insert(job.code.id);
        let PoolJob { id, code, form, payload, size, submitted, reply, claim, parent_job, .. } = job;
        let span = tracing::debug_span!("pool_task", job = id, code = code.id, name = %code.name, size);
        let entered = span.clone().entered();
        let began = Instant::now();
        let waited = began.saturating_duration_since(submitted);
        let shown = claim.clone();
        let (parts, kept) = (Vec::new(), code.clone());
        let read = Cell::new(false);
        let active = ActiveJob { parts, reply, size, waited, began, span, code: kept, claim, parent_job, read };
        self.desk.active.borrow_mut().insert(id, active);
        let (number_of_code, traced) = (code.id, code.clone());
        let start = trace::is_on().then(trace::now);
        if let Some(start) = start {
            trace::arrow_ends(Flow::Task, id, start);
            trace::task_state(id, "queued", false);
            trace::task_state(id, "running", true);
        }
        let desk = self.desk.clone();
        let returned = self.runtime.call("runJob", move |scope| {
            let number = v8::Number::new(scope, id as f64).into();
            let code_id = v8::Integer::new_from_unsigned(scope, code.id).into();
            let kind = v8::Integer::new_from_unsigned(scope, code.kind).into();
            let form = v8::Integer::new_from_unsigned(scope, form).into();
            let size = v8::Integer::new_from_unsigned(scope, size).into();
            let undefined: v8::Local<v8::Value> = v8::undefined(scope).into();
            let text = |text: &str| -> v8::Local<v8::Value> {
                if !first {
                    return undefined;
                }
                v8::String::new(scope, text).map_or(undefined, Into::into)
            };
            let (source, name) = (text(&code.source), text(&code.name));
            // A payload that cannot be read leaves its exception to `runJob`, as the argument after it.
            v8::tc_scope!(let caught, scope);
            let read = structured_clone::deserialize(caught, payload);
            let terminated = caught.has_terminated();
            let (payload, failure) = match read {
                Some((payload, _)) => (payload, undefined),
                None => (undefined, caught.exception().unwrap_or(undefined)),
            };
            caught.reset();
            if terminated {
                // Ended while V8 read it, which was all that V8 thinks the request was for. `runJob` is not to begin.
                caught.terminate_execution();
            } else if let Some(active) = desk.active.borrow().get(&id) {
                active.read.set(true);
            }
            let claim = shown.map_or(undefined, |claim| show(caught, claim).into());
            vec![number, code_id, kind, source, name, form, size, payload, failure, claim]
        });
        if !returned {
            // Terminated, perhaps before the code was compiled: it goes along with the next job, too.
            self.known.remove(&number_of_code);
        }
        if let Some(start) = start {
            let mut arguments = vec![("job", Value::Number(id))];
            if let Some(place) = &traced.place {
                arguments.push(("file", Value::Text(&place.script)));
                arguments.push(("line", Value::Number(u64::try_from(place.line + 1).unwrap_or(0))));
            }
            trace::slice_since("pool", "job", start, &arguments);
        }
        drop(entered);
    }

    /// Turns the loop until the session has to look: it was woken, a job ended, or nothing that is under way can go on.
    pub(crate) fn turn(&mut self) {
        let (desk, full, woken) = (self.desk.clone(), self.full.clone(), self.woken.clone());
        for pool in desk.postponed.take() {
            super::pool::post_settle(&self.runtime.loop_handle(), pool);
        }
        self.publish_code();
        let idle = desk.active.borrow().is_empty();
        if idle {
            self.look_at_heap();
            desk.stats.sleeps();
        }
        self.runtime.run_event_loop_until(move |shared, isolate| {
            woken.load(Ordering::Acquire)
                || desk.changed.get()
                || full.load(Ordering::Acquire)
                || desk.exited.get().is_some()
                || (!shared.is_alive(isolate) && !desk.active.borrow().is_empty())
        });
        self.woken.store(false, Ordering::Release);
        self.desk.stats.wakes(self.runtime.event_loop().metrics.snapshot()[2]);
    }

    /// Makes V8's code cache of what was compiled here, with what was called of it so far.
    fn publish_code(&mut self) {
        let uncached = self.desk.uncached.take();
        if uncached.is_empty() {
            return;
        }
        self.runtime.with_scope(|scope| {
            for (code, function) in uncached {
                if code.cache.get().is_none()
                    && let Some(data) = v8::Local::new(scope, function).create_code_cache()
                {
                    // Another isolate may have been faster.
                    let _ = code.cache.set(data.to_vec());
                }
            }
        });
    }

    /// Whether nothing can happen any more that would end what is under way.
    pub(crate) fn is_stuck(&self) -> bool {
        !self.runtime.is_alive()
            && self.runtime.event_loop().inbox().is_empty()
            && !self.desk.active.borrow().is_empty()
    }

    /// All jobs under way end here.
    pub(crate) fn end_all(&mut self, end: JobEnd) {
        for job in self.desk.jobs() {
            self.abandon(job, end);
        }
    }

    /// The termination that was sent is over, and withdrawn: JavaScript may be called again.
    pub(crate) fn go_on(&self) {
        self.runtime.event_loop().go_on();
    }

    /// Runs what waited when JavaScript was terminated. Another termination may meet that.
    pub(crate) fn resume(&mut self) {
        if let Some(microtasks) = &*self.desk.microtasks.borrow() {
            microtasks.put_back();
        }
        // Also where nothing was put aside: JavaScript may have gone on for a moment, and the loop left what came of it.
        let shared = self.runtime.event_loop().clone();
        self.runtime.block_on_with_scope(|scope| tick::drain_ticks(scope, &shared));
    }

    /// Ends `job`, which did not do so itself. What its finished tasks gave goes back.
    pub(crate) fn abandon(&mut self, job: u64, end: JobEnd) {
        let mut position = 0;
        let number = job as f64;
        self.runtime.call_for("abandon", &[number], |scope, value| {
            position = value.int32_value(scope).unwrap_or(0);
        });
        self.desk.end(job, end, position);
    }

    pub(crate) fn obey(&mut self, order: Order) {
        match order {
            Order::Abort(job, reason) => {
                self.runtime.call_for("abort", &[job as f64, f64::from(JobEnd::from(reason) as i32)], |_, _| {});
            }
            Order::Abandon(job, reason) => self.abandon(job, reason.into()),
        }
    }

    /// Whether what ran until now spoiled the isolate, and who did: a job that exited, or one that filled the heap. To be
    /// called with no termination pending.
    pub(crate) fn trouble(&self) -> Option<(JobEnd, Option<u64>)> {
        if self.full.swap(false, Ordering::AcqRel) {
            self.watch.unwound();
            return Some((JobEnd::OutOfMemory, self.desk.culprit.take()));
        }
        self.desk.exited.take().map(|job| (JobEnd::Exited, (job != 0).then_some(job)))
    }

    pub(crate) fn is_troubled(&self) -> bool {
        self.desk.is_troubled()
    }

    /// What filled the heap is over; what else is under way goes on, with the limits it had.
    pub(crate) fn restore_limits(&mut self) {
        if !self.desk.active.borrow().is_empty() {
            self.watch.restore(self.runtime.isolate());
        }
    }

    /// Whether the JavaScript that was terminated left no module half evaluated.
    pub(crate) fn is_sound(&mut self) -> bool {
        let mut sound = false;
        self.runtime.call_for("isSound", &[], |_, value| sound = value.is_true());
        sound
    }

    /// Whether nothing that a dropped job left behind can happen here.
    pub(crate) fn is_deserted(&self) -> bool {
        self.runtime.event_loop().is_deserted()
    }

    /// Takes no more jobs.
    pub(crate) fn doom(&self) {
        self.desk.doom();
    }

    pub(crate) fn only_job(&self) -> Option<u64> {
        match self.desk.jobs()[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    fn look_at_heap(&mut self) -> u64 {
        let stats = &self.desk.stats;
        if self.heap_seen.get().is_none_or(|at| at.elapsed() >= HEAP_INTERVAL) {
            self.heap_seen.set(Some(Instant::now()));
            let heap = self.runtime.isolate().get_heap_statistics();
            let sizes = [heap.used_heap_size(), heap.total_heap_size(), heap.external_memory()];
            for (word, size) in stats.heap.iter().zip(sizes) {
                word.store(size as u64, Ordering::Relaxed);
            }
        }
        stats.heap[0].load(Ordering::Relaxed)
    }

    /// Whether it served as much, or grew as much, as `recycleAfter` allows.
    pub(crate) fn is_worn(&mut self) -> bool {
        let options = &self.desk.pool.isolates;
        let (tasks, bytes) = (options.recycle_tasks, options.recycle_bytes);
        (tasks > 0 && self.desk.tasks.get() >= tasks) || (bytes > 0 && self.look_at_heap() > bytes)
    }
}
