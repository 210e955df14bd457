//! The pool behind `weft:pool`: rayon's threads, each with an isolate of its own, and the way there and back.
//!
//! *What it owns.* An isolate owns its pools ([`Pools`], in its op state); a [`WorkerPool`] owns the rayon pool and the
//! handles of its threads, and shares a [`PoolShared`] with them: the jobs under way and the outcomes that wait.
//!
//! *Protocol*, by named steps:
//! - **submit** (owner): the job is entered, then spawned first-in-first-out on rayon. rayon hands out and steals jobs;
//!   nothing inside a job ever waits for rayon, so an isolate is never entered twice.
//! - **run** (pool thread): `pooled_isolate.rs`.
//! - **reply** (pool thread): the outcome is pushed to the owner's mailbox, whose wakes are coalesced, so a burst of
//!   outcomes costs the owner's loop one wake and JavaScript one call.
//! - **settle** (owner): drains the mailbox and hands all outcomes to js/internal/pool/pool.js in one array.
//! - **cancel** (owner): `termination.rs`.
//!
//! Shutdown: every job is cancelled, the rayon pool dropped, its threads joined; each drops its isolate last thing.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::mailbox::{Mailbox, Wake};
use super::message::Message;
use super::pooled_isolate::{self, IsolateOptions};
use super::resource_limits::Limits;
use super::structured_clone;
use super::sync::lock;
use super::task::{Control, Outcome, PoolJob, TaskCode};
use super::termination::Cancelled;
use crate::cli::Cli;
use crate::main_loop::{LoopHandle, tick};
use crate::ops::state::{event_loop, op_state};
use crate::ops::{OpError, OpResult};

/// How long a process that exits waits for jobs to leave V8.
const EXIT_GRACE: Duration = Duration::from_millis(1000);

#[derive(Clone)]
struct PoolWaker {
    handle: LoopHandle,
    pool: u32,
}

impl Wake for PoolWaker {
    fn wake(&self) {
        let pool = self.pool;
        self.handle.post_job(move |scope| settle(scope, pool));
    }
}

/// What a pool's owner and threads share.
struct PoolShared {
    outcomes: Mailbox<Outcome, PoolWaker>,
    jobs: Mutex<HashMap<u64, Arc<Control>>>,
    all_over: Condvar,
    isolates: IsolateOptions,
}

impl PoolShared {
    fn run(&self, job: PoolJob) {
        let id = job.id;
        let outcome = pooled_isolate::run(job, &self.isolates);
        let mut jobs = lock(&self.jobs);
        jobs.remove(&id);
        if jobs.is_empty() {
            self.all_over.notify_all();
        }
        drop(jobs);
        // Refused where the owner is gone; then nobody waits for it.
        drop(self.outcomes.push(outcome));
    }

    fn cancel_all(&self) {
        let controls: Vec<_> = lock(&self.jobs).values().cloned().collect();
        for control in controls {
            control.cancel();
        }
    }
}

/// Pools of the whole process, for its exit.
static POOLS: Mutex<Vec<Weak<PoolShared>>> = Mutex::new(Vec::new());

/// Cancels the jobs of all pools and waits, for a bounded time, until none is in V8.
pub(crate) fn stop_all() {
    let deadline = Instant::now() + EXIT_GRACE;
    let pools: Vec<_> = lock(&POOLS).iter().filter_map(Weak::upgrade).collect();
    for pool in &pools {
        pool.cancel_all();
    }
    for pool in &pools {
        let mut jobs = lock(&pool.jobs);
        while !jobs.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            jobs = match pool.all_over.wait_timeout(jobs, left) {
                Ok((jobs, _)) => jobs,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

/// A pool, on its owner's thread.
struct WorkerPool {
    shared: Arc<PoolShared>,
    /// `None` once it was destroyed.
    threads: Option<rayon::ThreadPool>,
    joins: Arc<Mutex<Vec<JoinHandle<()>>>>,
    on_outcomes: v8::Global<v8::Function>,
    codes: RefCell<Vec<Arc<TaskCode>>>,
    referenced: Cell<bool>,
}

impl Drop for WorkerPool {
    fn drop(&mut self) {
        self.shared.cancel_all();
        drop(self.shared.outcomes.close());
        drop(self.threads.take());
        let joins = std::mem::take(&mut *lock(&self.joins));
        for join in joins {
            // A thread that panicked has ended as well as any other.
            let _ = join.join();
        }
    }
}

/// The pools of an isolate.
#[derive(Default)]
pub(crate) struct Pools {
    next_pool: Cell<u32>,
    next_job: Cell<u64>,
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
}

/// How to make a pool.
pub(crate) struct PoolOptions {
    /// How many threads it has.
    pub(crate) threads: usize,
    /// How many isolates to make at once, before there are jobs.
    pub(crate) warm: usize,
    /// Name of its threads.
    pub(crate) name: String,
    /// Limits of each isolate.
    pub(crate) limits: Limits,
}

/// Makes a pool. `on_outcomes` is called with arrays of what came back. Gives the pool's number.
pub(crate) fn create(
    scope: &mut v8::PinScope,
    options: PoolOptions,
    on_outcomes: v8::Local<v8::Function>,
) -> OpResult<u32> {
    crate::builtins::publish_code_cache(scope);
    let pools = Pools::of(scope);
    let id = pools.next_pool.get() + 1;
    pools.next_pool.set(id);
    let failed = || OpError::error("ERR_WORKER_INIT_FAILED", "The pool's threads could not be started");
    let cli = op_state(scope).borrow().get::<Arc<Cli>>().map(|cli| Arc::clone(&cli)).ok_or_else(failed)?;
    let isolates = IsolateOptions { limits: options.limits, cli };
    let shared =
        Arc::new(PoolShared { outcomes: Mailbox::new(), jobs: Mutex::default(), all_over: Condvar::new(), isolates });
    shared.outcomes.attach(PoolWaker { handle: event_loop(scope).handle(), pool: id });
    let joins = Arc::new(Mutex::new(Vec::with_capacity(options.threads)));
    let (handles, stack, name) = (joins.clone(), options.limits.thread_stack(), options.name);
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .spawn_handler(move |thread| {
            let builder = std::thread::Builder::new().name(format!("{name}-{}", thread.index())).stack_size(stack);
            let join = builder.spawn(move || {
                thread.run();
                pooled_isolate::drop_isolate();
            })?;
            lock(&handles).push(join);
            Ok(())
        })
        .build()
        .map_err(|_| failed())?;
    for _ in 0..options.warm.min(options.threads) {
        let shared = shared.clone();
        threads.spawn_fifo(move || pooled_isolate::prepare(&shared.isolates));
    }
    let mut all = lock(&POOLS);
    all.retain(|pool| pool.strong_count() > 0);
    all.push(Arc::downgrade(&shared));
    drop(all);
    let pool = WorkerPool {
        shared,
        threads: Some(threads),
        joins,
        on_outcomes: v8::Global::new(scope, on_outcomes),
        codes: RefCell::default(),
        referenced: Cell::new(false),
    };
    pools.pools.borrow_mut().insert(id, Rc::new(pool));
    Ok(id)
}

/// Tells a pool of code that jobs will run. Gives the code's number.
pub(crate) fn add_code(scope: &v8::PinScope, pool: u32, kind: u32, source: String, name: String) -> OpResult<u32> {
    let pool = Pools::of(scope).get(pool)?;
    let mut codes = pool.codes.borrow_mut();
    let id = u32::try_from(codes.len()).unwrap_or(u32::MAX);
    codes.push(Arc::new(TaskCode { id, kind, source, name }));
    Ok(id)
}

/// *submit*. Gives the job's number.
pub(crate) fn submit(scope: &v8::PinScope, pool: u32, code: u32, form: u32, payload: Message) -> OpResult<u64> {
    let pools = Pools::of(scope);
    let pool = pools.get(pool)?;
    let code = pool.codes.borrow().get(code as usize).cloned();
    let (Some(code), Some(threads)) = (code, &pool.threads) else {
        return Err(OpError::error("ERR_INTERNAL_ASSERTION", "A job of unknown code"));
    };
    let id = pools.next_job.get() + 1;
    pools.next_job.set(id);
    let control = Arc::new(Control::new());
    lock(&pool.shared.jobs).insert(id, control.clone());
    let shared = pool.shared.clone();
    let job = PoolJob { id, code, form, payload, control };
    threads.spawn_fifo(move || shared.run(job));
    Ok(id)
}

/// *cancel*. Says what it met.
pub(crate) fn cancel(scope: &v8::PinScope, pool: u32, job: u64) -> OpResult<Cancelled> {
    let pool = Pools::of(scope).get(pool)?;
    let control = lock(&pool.shared.jobs).get(&job).cloned();
    Ok(control.map_or(Cancelled::TooLate, |control| control.cancel()))
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

/// Ends a pool: cancels what runs, and joins the threads.
pub(crate) fn destroy(scope: &v8::PinScope, pool: u32) {
    set_ref(scope, pool, false);
    let removed = Pools::of(scope).pools.borrow_mut().remove(&pool);
    drop(removed);
}

/// *settle*, on the owner's thread.
fn settle(scope: &mut v8::PinScope, id: u32) {
    let Ok(pool) = Pools::of(scope).get(id) else { return };
    pool.shared.outcomes.begin_drain();
    let mut flat = Vec::new();
    while let Some(outcome) = pool.shared.outcomes.pop() {
        flat.push(v8::Number::new(scope, outcome.job as f64).into());
        flat.push(v8::Integer::new(scope, outcome.end as i32).into());
        flat.push(v8::Number::new(scope, outcome.nanos as f64).into());
        flat.push(v8::Integer::new(scope, 0).into());
        flat.push(v8::Integer::new(scope, i32::try_from(outcome.parts.len()).unwrap_or(i32::MAX)).into());
        for part in outcome.parts {
            flat.push(v8::Integer::new_from_unsigned(scope, part.kind).into());
            flat.push(v8::Integer::new_from_unsigned(scope, part.start).into());
            flat.push(read(scope, part.value));
        }
    }
    if flat.is_empty() {
        return;
    }
    let flat = v8::Array::new_with_elements(scope, &flat).into();
    let on_outcomes = v8::Local::new(scope, &pool.on_outcomes);
    let this = v8::undefined(scope).into();
    tick::make_callback(scope, on_outcomes, this, &[flat]);
}

/// The value of a part; where it cannot be read here, the error that says so.
fn read<'s>(scope: &mut v8::PinScope<'s, '_>, message: Message) -> v8::Local<'s, v8::Value> {
    v8::tc_scope!(let caught, scope);
    match structured_clone::deserialize(caught, message) {
        Some((value, _)) => value,
        None => {
            let error = caught.exception().unwrap_or_else(|| v8::undefined(caught).into());
            caught.reset();
            error
        }
    }
}
