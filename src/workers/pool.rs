//! The pool behind `weft:pool`, on its owners' side: rayon's threads, each with an isolate of its own, and the way there
//! and back.
//!
//! *What it owns.* An isolate owns its pools ([`Pools`], in its op state). A [`WorkerPool`] is one it made, with the rayon pool and
//! the handles of its threads; or, inside a task, the pool that runs the task. All share a [`PoolShared`].
//!
//! *Why rayon and a schedule besides.* rayon owns the threads, hands each session (`pool_session.rs`) to one that is free, and
//! ends them. Which job goes to which isolate is `pool_schedule.rs`'s to say: rayon's queues know no priorities, cannot
//! give back a job that was cancelled, and cannot see that a thread whose tasks await something could take another.
//!
//! *Protocol*, by named steps:
//! - **submit** (owner): the job is queued; a session is started if there are seats left and nobody is idle.
//! - **run** (pool thread): `pool_session.rs`, `pooled_isolate.rs`.
//! - **reply** (pool thread): the outcome is pushed to the owner's mailbox, whose wakes are coalesced, so a burst of
//!   outcomes costs the owner's loop one wake and JavaScript one call.
//! - **settle** (owner): drains the mailbox and hands all outcomes to js/internal/pool/scheduler.js in one array. In an isolate of
//!   a pool it goes one by one, shielded, and not before what may be on its way to terminate a task there is withdrawn.
//! - **cancel** (owner, or `pool_watch.rs` when a limit is reached): `pool_schedule.rs`.
//!
//! Shutdown: what waits is refused and what runs is terminated; each session drops its isolate and ends; then the threads are
//! joined.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::claim::Claim;
use super::mailbox::Mailbox;
use super::message::Message;
use super::pool_schedule::{Cancelled, Reason, Schedule, Submitted};
use super::pool_session;
use super::pool_spare;
use super::pool_watch::{self, Duty};
use super::pooled_isolate::{Desk, ServerHandle};
use super::resource_limits::Limits;
use super::structured_clone;
use super::sync::lock;
use super::task::{CodePlace, JobEnd, Outcome, PoolJob, PoolWaker, Reply, TaskCode, next_id};
use crate::cli::Cli;
use crate::main_loop::record::EventKind;
use crate::main_loop::{LoopHandle, process_start, tick};
use crate::observe::profiles;
use crate::observe::trace::{self, Flow, Value};
use crate::ops::state::{event_loop, op_state};
use crate::ops::{OpError, OpResult};

/// How long a process that exits waits for jobs to leave V8, and for profiles to be written.
const EXIT_GRACE: Duration = Duration::from_millis(1000);

/// How the threads of a pool, and their isolates, are made.
pub(crate) struct IsolateOptions {
    pub(crate) limits: Limits,
    pub(crate) cli: Arc<Cli>,
    /// What `setUp` of js/bootstrap/pool.js receives.
    pub(crate) startup: Option<Message>,
    /// Isolates kept where nothing waits.
    pub(crate) least: usize,
    /// How long a task that holds its signal may go on after it was cancelled.
    pub(crate) grace: Duration,
    /// Tasks, and bytes of heap, after which an isolate is made anew; 0 for no limit.
    pub(crate) recycle_tasks: u64,
    pub(crate) recycle_bytes: u64,
    /// Added to the niceness of the threads.
    pub(crate) nice: i32,
}

impl IsolateOptions {
    /// Lowers the priority of the current thread. Where the system knows no priority of single threads, or refuses,
    /// nothing happens.
    pub(crate) fn be_nice(&self) {
        #[cfg(target_os = "linux")]
        if self.nice != 0 {
            // On Linux the niceness of "the process 0" is that of the calling thread.
            let _ = rustix::process::nice(self.nice);
        }
    }
}

/// What a pool's owners and threads share.
pub(crate) struct PoolShared {
    /// How many pools the process had made, with it.
    number: u32,
    /// What its maker has not handed over yet, as far as somebody may look on ([`note_queue`]).
    kept: AtomicUsize,
    pub(crate) schedule: Schedule<PoolJob, ServerHandle>,
    pub(crate) isolates: IsolateOptions,
    /// The mailbox of whoever made the pool.
    pub(crate) owner: Arc<Reply>,
    threads: Mutex<Threads>,
    this: Weak<PoolShared>,
}

/// rayon's threads.
struct Threads {
    maker: ThreadMaker,
    /// The pool of rayon's that serves the usual seats; `None` once no more is to begin.
    all: Option<rayon::ThreadPool>,
    /// Its threads that no seat was taken for yet: they are not there for the system.
    unused: HashMap<usize, rayon::ThreadBuilder>,
    /// The usual seats that have a share in the threads of `all` that are there.
    begun: HashSet<usize>,
    usual: usize,
    /// A seat whose thread was lost or refused, or that is beyond the usual number, has a thread of its own.
    own: HashMap<usize, rayon::ThreadPool>,
}

impl Threads {
    fn new(maker: ThreadMaker, usual: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        let mut unused = HashMap::with_capacity(usual);
        let keep = |thread: rayon::ThreadBuilder| {
            unused.insert(thread.index(), thread);
            Ok(())
        };
        let all = rayon::ThreadPoolBuilder::new().num_threads(usual).spawn_handler(keep).build()?;
        Ok(Self { maker, all: Some(all), unused, begun: HashSet::new(), usual, own: HashMap::new() })
    }

    /// What runs the sessions of `seat`, `None` where there is no thread for it. rayon has at least as many threads begun as it is
    /// given sessions.
    fn host(&mut self, seat: usize) -> Option<&rayon::ThreadPool> {
        self.all.as_ref()?;
        if let Some(thread) = self.unused.remove(&seat)
            && self.maker.begin(thread, seat).is_ok()
        {
            self.begun.insert(seat);
        }
        if !self.begun.contains(&seat) && !self.own.contains_key(&seat) {
            self.renew(seat);
        }
        let all = self.all.as_ref().filter(|_| self.begun.contains(&seat));
        self.own.get(&seat).or(all)
    }

    /// A new thread for `seat`, if the system has one. The seat's share in the threads of `all` is lost, or there was none.
    fn renew(&mut self, seat: usize) {
        self.begun.remove(&seat);
        if self.all.is_some()
            && let Ok(own) = self.maker.make(seat)
        {
            // Dropping one that was there does not wait for its thread, which stands still.
            drop(self.own.insert(seat, own));
        }
    }
}

/// Makes threads, and remembers them.
#[derive(Clone)]
pub(super) struct ThreadMaker {
    name: Arc<str>,
    limits: Limits,
    joins: Arc<Mutex<Vec<JoinHandle<()>>>>,
    /// Whether one of them stands still for ever.
    lost: Arc<AtomicBool>,
}

impl ThreadMaker {
    fn new(name: String, limits: Limits) -> Self {
        Self { name: name.into(), limits, joins: Arc::default(), lost: Arc::default() }
    }

    /// A pool of rayon's with one thread, for `seat`.
    fn make(&self, seat: usize) -> Result<rayon::ThreadPool, rayon::ThreadPoolBuildError> {
        rayon::ThreadPoolBuilder::new().num_threads(1).spawn_handler(|thread| self.begin(thread, seat)).build()
    }

    /// Has the thread that is prepared, or a new one, be this one of rayon's.
    fn begin(&self, thread: rayon::ThreadBuilder, seat: usize) -> std::io::Result<()> {
        let order = pool_spare::Order { thread, name: format!("{}-{seat}", self.name), maker: self.clone() };
        match pool_spare::take(Box::new(order), &self.limits) {
            Ok(join) => {
                lock(&self.joins).push(join);
                Ok(())
            }
            Err(order) => self.spawn(order.thread, order.name),
        }
    }

    fn spawn(&self, thread: rayon::ThreadBuilder, name: String) -> std::io::Result<()> {
        let builder = std::thread::Builder::new().name(name).stack_size(self.limits.thread_stack());
        crate::threads_begin();
        let join = builder.spawn(move || thread.run())?;
        lock(&self.joins).push(join);
        Ok(())
    }

    /// The current thread, which was to be that, stands still for ever.
    pub(super) fn replace(&self, thread: rayon::ThreadBuilder, name: String) {
        self.lost.store(true, Ordering::Release);
        // Where the system refuses, the pool's tasks wait until it is destroyed.
        let _ = self.spawn(thread, name);
    }
}

impl PoolShared {
    pub(super) fn start(&self, seat: usize) {
        let mut threads = lock(&self.threads);
        match (threads.host(seat), self.this.upgrade()) {
            (Some(host), Some(pool)) => host.spawn_fifo(move || pool_session::serve(&pool, seat)),
            _ => {
                drop(threads);
                pool_session::refuse(self.schedule.fail(seat));
            }
        }
    }

    /// The current thread served a seat that is given up. One beyond the usual number goes.
    pub(super) fn leave(&self, seat: usize) {
        let mut threads = lock(&self.threads);
        if seat < threads.usual {
            return;
        }
        // Who was given the seat meanwhile, and found this thread there, has its session run all the same: rayon ends no thread
        // that still has something to do.
        let host = threads.own.remove(&seat);
        lock(&threads.maker.joins).retain(|join| !join.is_finished());
        drop(threads);
        drop(host);
    }

    fn submit(&self, job: PoolJob, isolate: u64) {
        match self.schedule.submit(job, isolate) {
            Submitted::Queued => {}
            Submitted::Start(seat) => self.start(seat),
            Submitted::Refused(jobs) => pool_session::refuse(jobs),
        }
    }

    /// Lets no task of `job`, which begins, run longer than `timeout`.
    pub(crate) fn limit(&self, job: u64, timeout: Duration) {
        pool_watch::at(Instant::now() + timeout, self.this.clone(), job, Duty::Expire(timeout));
    }

    /// The task of `job` that was under way `limit` ago may have had its time.
    pub(super) fn expire(&self, job: u64, limit: Duration) {
        match self.schedule.expire(job, limit.as_secs_f64() * 1e3, now_ms()) {
            Ok(cancelled) => drop(self.follow(job, Reason::TimedOut, &cancelled)),
            Err(left) => {
                let left = Duration::from_secs_f64(left / 1e3).min(limit);
                pool_watch::at(Instant::now() + left, self.this.clone(), job, Duty::Expire(limit));
            }
        }
    }

    /// *cancel*. Says what it met.
    pub(crate) fn cancel(&self, job: u64, reason: Reason, force: bool) -> CancelAnswer {
        let cancelled = self.schedule.cancel(job, reason, force);
        self.follow(job, reason, &cancelled)
    }

    fn follow(&self, job: u64, reason: Reason, cancelled: &Cancelled<PoolJob>) -> CancelAnswer {
        let answer = match cancelled {
            Cancelled::BeforeStart(_) => CancelAnswer::BeforeStart,
            Cancelled::Asked | Cancelled::Forced => CancelAnswer::WhileRunning,
            Cancelled::Stray | Cancelled::TooLate => CancelAnswer::TooLate,
        };
        // A forced end may have met the job outside of JavaScript, and it may come back there before its thread looks.
        if answer == CancelAnswer::WhileRunning || matches!(cancelled, Cancelled::Stray) {
            let grace = self.isolates.grace.max(Duration::from_millis(10));
            pool_watch::at(Instant::now() + grace, self.this.clone(), job, Duty::Force(reason));
        }
        answer
    }

    /// The current thread, which has `seat`, is given up for ever; another takes its place.
    pub(crate) fn lose(&self, seat: usize) {
        let mut threads = lock(&self.threads);
        threads.maker.lost.store(true, Ordering::Release);
        threads.renew(seat);
        drop(threads);
        pool_session::refuse(self.schedule.lose(seat));
        if let Some(seat) = self.schedule.reserve_for_waiting() {
            self.start(seat);
        }
    }

    /// Ends the threads, which [`PoolShared::join`] waits for.
    fn end(&self) {
        pool_session::refuse(self.schedule.close());
        self.cancel_all();
        let mut threads = lock(&self.threads);
        let hosts = (threads.all.take(), std::mem::take(&mut threads.own));
        threads.unused.clear();
        drop(threads);
        drop(hosts);
    }

    fn join(&self) {
        let maker = lock(&self.threads).maker.clone();
        let joins = std::mem::take(&mut *lock(&maker.joins));
        for join in joins {
            while !join.is_finished() {
                // rayon ends none of its threads before all have done what they were given, which one that was lost never has.
                // They have nothing left to do when no seat is taken.
                if maker.lost.load(Ordering::Acquire) && self.schedule.seats() == 0 {
                    break;
                }
                std::thread::sleep(Duration::from_micros(100));
            }
            if join.is_finished() {
                // A thread that panicked has ended as well as any other.
                let _ = join.join();
            }
        }
    }

    fn cancel_all(&self) {
        for job in self.schedule.underway() {
            self.schedule.cancel(job, Reason::Cancelled, true);
        }
    }
}

/// ms since the start of the process, as JavaScript's `performance.now()` tells them.
pub(super) fn now_ms() -> f64 {
    process_start().elapsed().as_secs_f64() * 1e3
}

/// What a cancellation met. The numbers are those js/internal/pool/scheduler.js knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CancelAnswer {
    BeforeStart = 0,
    WhileRunning = 1,
    TooLate = 2,
}

/// Figures of a pool for whoever looks on, from another thread or process.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PoolFigures {
    /// Which pool: the process's first is 1.
    pub(crate) number: u32,
    /// Threads that have an isolate, and how many there may be.
    pub(crate) threads: usize,
    pub(crate) most_threads: usize,
    /// Jobs under way, and tasks that wait.
    pub(crate) running: usize,
    pub(crate) waiting: usize,
    /// Tasks that the present isolates have ended.
    pub(crate) tasks: f64,
}

/// Figures of every pool of the process.
pub(crate) fn figures() -> Vec<PoolFigures> {
    let pools: Vec<_> = lock(&POOLS).iter().filter_map(Weak::upgrade).collect();
    let figures = |pool: &Arc<PoolShared>| PoolFigures {
        number: pool.number,
        threads: pool.schedule.seats(),
        most_threads: lock(&pool.threads).usual,
        running: pool.schedule.underway().len(),
        waiting: pool.schedule.waiting() + pool.kept.load(Ordering::Relaxed),
        tasks: pool.schedule.servers().iter().map(|(_, server, _)| server.stats.snapshot()[0]).sum(),
    };
    pools.iter().map(figures).collect()
}

/// Pools of the whole process, for its exit and for figures.
static POOLS: Mutex<Vec<Weak<PoolShared>>> = Mutex::new(Vec::new());

/// Ends the jobs of all pools and waits, for a bounded time, until none is in V8.
pub(crate) fn stop_all() {
    let deadline = Instant::now() + EXIT_GRACE;
    let pools: Vec<_> = lock(&POOLS).iter().filter_map(Weak::upgrade).collect();
    for pool in &pools {
        drop(pool.schedule.halt());
    }
    let are_busy = || pools.iter().any(|pool| pool.schedule.busy() > 0) || profiles::of_pools_are_left();
    while are_busy() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_micros(200));
    }
    // A pool dropped now would wait for threads that stand still.
    std::mem::forget(pools);
}

/// A pool, on the thread of one of its owners.
struct WorkerPool {
    shared: Arc<PoolShared>,
    reply: Arc<Reply>,
    /// Whether this owner made the pool, and ends it.
    made: bool,
    on_outcomes: v8::Global<v8::Function>,
    codes: RefCell<Vec<Arc<TaskCode>>>,
    referenced: Cell<bool>,
}

impl Drop for WorkerPool {
    fn drop(&mut self) {
        drop(self.reply.close());
        if self.made {
            self.shared.end();
            self.shared.join();
        }
    }
}

/// The pools of an isolate.
#[derive(Default)]
pub(crate) struct Pools {
    next_pool: Cell<u32>,
    sent_bytes: Cell<usize>,
    pools: RefCell<HashMap<u32, Rc<WorkerPool>>>,
}

impl Pools {
    fn of(scope: &v8::PinScope) -> Rc<Self> {
        op_state(scope).borrow_mut().value::<Self>()
    }

    fn get(&self, id: u32) -> OpResult<Rc<WorkerPool>> {
        let pool = self.pools.borrow().get(&id).cloned();
        pool.ok_or_else(|| OpError::error("ERR_POOL_CLOSED", "The pool has been closed"))
    }

    fn add(&self, id: u32, pool: WorkerPool) {
        self.pools.borrow_mut().insert(id, Rc::new(pool));
    }

    /// A number and a mailbox for a pool of this isolate's.
    fn new_reply(&self, scope: &v8::PinScope) -> (u32, Arc<Reply>) {
        let pool = self.next_pool.get() + 1;
        self.next_pool.set(pool);
        let reply = Arc::new(Mailbox::new());
        reply.attach(PoolWaker { handle: event_loop(scope).handle(), pool });
        (pool, reply)
    }
}

/// How to make a pool.
pub(crate) struct PoolOptions {
    /// How many threads it has at most.
    pub(crate) threads: usize,
    /// How many jobs may be under way in an isolate, all but one of them awaiting something.
    pub(crate) concurrency: usize,
    /// Name of its threads.
    pub(crate) name: String,
    /// How its isolates are made.
    pub(crate) isolates: IsolateOptions,
}

fn init_failed() -> OpError {
    OpError::error("ERR_WORKER_INIT_FAILED", "The pool's threads could not be started")
}

/// The process's command line.
pub(crate) fn command_line(scope: &v8::PinScope) -> OpResult<Arc<Cli>> {
    op_state(scope).borrow().get::<Arc<Cli>>().map(|cli| Arc::clone(&cli)).ok_or_else(init_failed)
}

/// A pool with `limits` is about to be made, or may be: its first thread may begin.
pub(crate) fn prepare(scope: &mut v8::PinScope, limits: Limits) {
    if let Ok(cli) = command_line(scope) {
        crate::builtins::publish_code_cache(scope);
        pool_spare::ensure(&cli, limits);
    }
}

/// Makes a pool. `on_outcomes` is called with arrays of what came back. Gives the pool's number.
pub(crate) fn create(
    scope: &mut v8::PinScope,
    options: PoolOptions,
    on_outcomes: v8::Local<v8::Function>,
) -> OpResult<u32> {
    crate::builtins::publish_code_cache(scope);
    let pools = Pools::of(scope);
    let (id, reply) = pools.new_reply(scope);
    let maker = ThreadMaker::new(options.name, options.isolates.limits);
    let threads = Threads::new(maker, options.threads).map_err(|_| init_failed())?;
    let least = options.isolates.least;
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed) + 1;
    let shared = Arc::new_cyclic(|this| PoolShared {
        number,
        kept: AtomicUsize::new(0),
        schedule: Schedule::new(options.threads, options.concurrency),
        isolates: options.isolates,
        owner: reply.clone(),
        threads: Mutex::new(threads),
        this: this.clone(),
    });
    // A pool is made when its first task is there, or is told to keep isolates.
    for _ in 0..least.max(1) {
        if let Some(seat) = shared.schedule.reserve() {
            shared.start(seat);
        }
    }
    let mut all = lock(&POOLS);
    all.retain(|pool| pool.strong_count() > 0);
    all.push(Arc::downgrade(&shared));
    drop(all);
    pools.add(
        id,
        WorkerPool {
            shared,
            reply,
            made: true,
            on_outcomes: v8::Global::new(scope, on_outcomes),
            codes: RefCell::default(),
            referenced: Cell::new(false),
        },
    );
    Ok(id)
}

/// Inside a task: makes this isolate one more owner of the pool that runs it. Gives its number here; 0 where this is no
/// isolate of a pool.
pub(crate) fn join(scope: &mut v8::PinScope, on_outcomes: v8::Local<v8::Function>) -> u32 {
    let Some(desk) = Desk::of(scope) else { return 0 };
    let pools = Pools::of(scope);
    let (id, reply) = pools.new_reply(scope);
    pools.add(
        id,
        WorkerPool {
            shared: desk.pool.clone(),
            reply,
            made: false,
            on_outcomes: v8::Global::new(scope, on_outcomes),
            codes: RefCell::default(),
            referenced: Cell::new(false),
        },
    );
    id
}

/// Tells a pool of code that jobs will run. Gives the code's number.
pub(crate) fn add_code(
    scope: &v8::PinScope,
    pool: u32,
    kind: u32,
    source: String,
    name: String,
    place: Option<CodePlace>,
) -> OpResult<u32> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let pool = Pools::of(scope).get(pool)?;
    let mut codes = pool.codes.borrow_mut();
    let at = u32::try_from(codes.len()).unwrap_or(u32::MAX);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    codes.push(Arc::new(TaskCode { id, kind, source, name, place, cache: OnceLock::new() }));
    Ok(at)
}

/// What a job is made of, besides its payload.
pub(crate) struct JobOptions {
    /// Number of its code, in its pool.
    pub(crate) code: u32,
    /// How the payload is to be read.
    pub(crate) form: u32,
    /// Larger goes first.
    pub(crate) priority: i32,
    /// How many tasks it counts for.
    pub(crate) size: u32,
    /// Whether its payload holds so many tasks, which begin one after the other.
    pub(crate) grouped: bool,
    /// Whether it may be what ruined the isolate it was in before.
    pub(crate) suspect: bool,
    /// How long it, or each of its tasks, may run.
    pub(crate) timeout: Option<Duration>,
    /// The only isolate that may run it; 0 for any.
    pub(crate) isolate: u64,
    /// The job whose task submits it; 0 for none.
    pub(crate) parent_job: u64,
}

/// *submit*. Gives the job's number.
pub(crate) fn submit(scope: &v8::PinScope, pool: u32, options: &JobOptions, payload: Message) -> OpResult<u64> {
    let pools = Pools::of(scope);
    pools.sent_bytes.set(payload.bytes());
    let pool = pools.get(pool)?;
    let code = pool.codes.borrow().get(options.code as usize).cloned();
    let code = code.ok_or_else(|| OpError::error("ERR_INTERNAL_ASSERTION", "A job of unknown code"))?;
    let parent = if pool.made { None } else { Desk::of(scope).map(|desk| desk.place) };
    let id = next_id();
    let job = PoolJob {
        id,
        code,
        form: options.form,
        payload,
        priority: options.priority,
        size: options.size,
        suspect: options.suspect && parent.is_none(),
        timeout: options.timeout,
        parent,
        parent_job: options.parent_job,
        submitted: Instant::now(),
        reply: pool.reply.clone(),
        claim: options.grouped.then(|| Arc::new(Claim::new(options.size, options.timeout.is_some()))),
    };
    let start = trace::is_on().then(trace::now);
    if let Some(start) = start {
        // Before a thread can see it.
        trace::task_state(id, "queued", true);
        trace::arrow_begins(Flow::Task, id, start);
    }
    pool.shared.submit(job, options.isolate);
    if let Some(start) = start {
        trace::slice_since("pool", "submit", start, &[("job", Value::Number(id))]);
    }
    Ok(id)
}

/// The size of the payload that was submitted last.
pub(crate) fn sent_bytes(scope: &v8::PinScope) -> usize {
    Pools::of(scope).sent_bytes.get()
}

/// *cancel*. Says what it met.
pub(crate) fn cancel(scope: &v8::PinScope, pool: u32, job: u64) -> OpResult<CancelAnswer> {
    Ok(Pools::of(scope).get(pool)?.shared.cancel(job, Reason::Cancelled, false))
}

/// Takes what was not begun of a job of several tasks back, if another thread is free to run it: the index of the first
/// task that is not the job's any more.
pub(crate) fn take_back(scope: &v8::PinScope, pool: u32, job: u64) -> Option<u32> {
    Pools::of(scope).get(pool).ok()?.shared.schedule.take_back(job)
}

/// Tasks that were handed over and wait for a thread.
pub(crate) fn waiting(scope: &v8::PinScope, pool: u32) -> usize {
    Pools::of(scope).get(pool).map_or(0, |pool| pool.shared.schedule.waiting())
}

/// For those who look on from elsewhere: so many tasks wait at the maker of the pool.
pub(crate) fn note_queue(scope: &v8::PinScope, pool: u32, length: usize) {
    if let Ok(pool) = Pools::of(scope).get(pool) {
        pool.shared.kept.store(length, Ordering::Relaxed);
    }
}

/// How many threads have an isolate, or are about to.
pub(crate) fn threads(scope: &v8::PinScope, pool: u32) -> usize {
    Pools::of(scope).get(pool).map_or(0, |pool| pool.shared.schedule.seats())
}

/// One row per isolate that lives: [isolate, seat, jobs under way, then what [`SeatStats::snapshot`] gives].
pub(crate) fn isolates(scope: &v8::PinScope, pool: u32) -> Vec<Vec<f64>> {
    let Ok(pool) = Pools::of(scope).get(pool) else { return Vec::new() };
    let servers = pool.shared.schedule.servers();
    let row = |(place, server, active): &(super::pool_schedule::Place, ServerHandle, usize)| {
        let mut row = vec![place.isolate as f64, place.seat as f64, *active as f64];
        row.extend(server.stats.snapshot());
        row
    };
    servers.iter().map(row).collect()
}

/// A moment of the pool's, for [`dismiss_idle`].
pub(crate) fn mark(scope: &v8::PinScope, pool: u32) -> u64 {
    Pools::of(scope).get(pool).map_or(0, |pool| pool.shared.schedule.mark())
}

/// Lets the isolates go that have been idle since `mark`, but for the least number to be kept.
pub(crate) fn dismiss_idle(scope: &v8::PinScope, pool: u32, mark: u64) {
    if let Ok(pool) = Pools::of(scope).get(pool) {
        pool.shared.schedule.dismiss_idle(mark, pool.shared.isolates.least);
    }
}

/// Makes a pool keep its owner's loop alive, or not.
pub(crate) fn set_ref(scope: &v8::PinScope, pool: u32, referenced: bool) {
    if let Ok(pool) = Pools::of(scope).get(pool)
        && pool.referenced.replace(referenced) != referenced
    {
        let liveness = &event_loop(scope).liveness;
        if referenced { liveness.add_ref() } else { liveness.release() }
    }
}

/// Ends a pool: terminates what runs. When its threads are gone, which is waited for elsewhere, an outcome of job 0
/// tells. Where this isolate did not make the pool, that comes at once.
pub(crate) fn destroy(scope: &v8::PinScope, pool: u32) {
    let Ok(pool) = Pools::of(scope).get(pool) else { return };
    let (shared, reply) = (pool.shared.clone(), pool.reply.clone());
    let closed = move || drop(reply.push(Outcome::of_pool(JobEnd::Closed)));
    if !pool.made {
        closed();
        return;
    }
    shared.end();
    let waiter = shared.clone();
    let spawned = std::thread::Builder::new().name("weft-pool-end".into()).stack_size(256 * 1024).spawn(move || {
        waiter.join();
        closed();
    });
    if spawned.is_err() {
        shared.join();
        drop(pool.reply.push(Outcome::of_pool(JobEnd::Closed)));
    }
}

/// The last of a pool, on this isolate's side.
pub(crate) fn forget(scope: &v8::PinScope, pool: u32) {
    set_ref(scope, pool, false);
    let removed = Pools::of(scope).pools.borrow_mut().remove(&pool);
    drop(removed);
}

/// Has the owner's loop *settle*.
pub(crate) fn post_settle(handle: &LoopHandle, id: u32) {
    handle.post_event(EventKind::Pool, move |scope| settle(scope, id));
}

/// *settle*, on the owner's thread.
pub(crate) fn settle(scope: &mut v8::PinScope, id: u32) {
    let Ok(pool) = Pools::of(scope).get(id) else { return };
    // Where several tasks are under way, what follows the outcome of one must not stand in the same queue of V8's as what
    // follows that of another: if the one is terminated, V8 drops the queue.
    let desk = Desk::of(scope);
    // Nor must the end of another meet an outcome between the mailbox and the task that it is for.
    let uninterrupted = match desk.as_ref().map(|desk| (desk, desk.uninterrupted())) {
        Some((desk, None)) => return desk.postpone(id),
        Some((_, uninterrupted)) => uninterrupted,
        None => None,
    };
    let mut left = if desk.is_some() { 1 } else { pool.reply.begin_drain().max(256) };
    let mut flat = Vec::new();
    while let Some(outcome) = pool.reply.pop() {
        if let Some(desk) = &desk {
            desk.begin_settling(outcome.parent_job);
        }
        flat.push(v8::Number::new(scope, outcome.job as f64).into());
        flat.push(v8::Integer::new(scope, outcome.end as i32).into());
        flat.push(v8::Number::new(scope, outcome.waited.as_nanos() as f64).into());
        flat.push(v8::Number::new(scope, outcome.ran.as_nanos() as f64).into());
        flat.push(v8::Integer::new(scope, outcome.position).into());
        flat.push(v8::Integer::new(scope, i32::try_from(outcome.parts.len()).unwrap_or(i32::MAX)).into());
        for part in outcome.parts {
            flat.push(v8::Integer::new_from_unsigned(scope, part.kind).into());
            flat.push(v8::Integer::new_from_unsigned(scope, part.start).into());
            flat.push(read(scope, part.value));
        }
        left -= 1;
        if left == 0 {
            // Who reports without a pause must not keep this loop from everything else: the rest has to wait for a turn.
            post_settle(&event_loop(scope).handle(), id);
            break;
        }
    }
    if flat.is_empty() {
        return;
    }
    let flat = v8::Array::new_with_elements(scope, &flat).into();
    let on_outcomes = v8::Local::new(scope, &pool.on_outcomes);
    let this = v8::undefined(scope).into();
    let shared = event_loop(scope);
    tick::call_guarded(scope, &shared, on_outcomes, this, &[flat]);
    // What is left to run would fill a heap further that is full.
    if desk.as_ref().is_some_and(|desk| !desk.end_settling()) {
        return;
    }
    // What follows is the tasks' own, and may be ended.
    drop(uninterrupted);
    tick::drain_ticks(scope, &shared);
}

/// The value of a part; where it cannot be read here, the error that says so.
fn read<'s>(scope: &mut v8::PinScope<'s, '_>, message: Message) -> v8::Local<'s, v8::Value> {
    v8::tc_scope!(let caught, scope);
    match structured_clone::deserialize(caught, message) {
        Some((value, _)) => value,
        None => {
            let terminated = caught.has_terminated();
            let error = caught.exception().unwrap_or_else(|| v8::undefined(caught).into());
            caught.reset();
            if terminated {
                // V8 thinks that this was all the request was for. It is for who would be told of the outcome.
                caught.terminate_execution();
            }
            error
        }
    }
}
