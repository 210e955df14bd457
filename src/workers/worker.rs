//! Workers of `node:worker_threads`: an isolate with a loop of its own, on a thread of its own.
//!
//! *What it owns.* The parent isolate owns its children ([`Children`]): for each the thread's handle and the shared
//! [`WorkerThread`], through which any thread may end it. The child owns its runtime.
//!
//! *Protocol*, by named steps:
//! - **spawn**: the thread gets its [`Order`]: the startup message (what to run, workerData, both ports) and all else that is the
//!   Worker's own; nothing is sent later. It is a new thread, or one that prepared itself (`spare.rs`).
//! - **make**: the isolate. What it is told here is the same for all Workers, so that it may be made before the order comes.
//! - **publish**: the child has its isolate and says so. A termination asked for before this makes the child leave here.
//! - **run**: bootstrap script, entry, loop until nothing keeps it alive, 'beforeExit', 'exit'.
//! - **ask**: what its parent wants to know is answered on its thread (`questions.rs`).
//! - **terminate**: the loop is told to stop, which is a flag its every call into JavaScript looks at, and execution is
//!   terminated. So it ends in a loop without end, in `Atomics.wait`, while importing; an operation in Rust is waited for.
//! - **retire**: the child withdraws its isolate, ends its own children, drops its runtime (js_runtime.rs has the order),
//!   and posts its exit to the parent's loop as the last thing it does.
//! - **reap**: the parent joins the thread and tells JavaScript the exit code.
//!
//! Shutdown: a parent that ends terminates its children first and joins them. A process that exits terminates all
//! Workers and gives them a moment ([`stop_all`]), so that no thread is in V8 while the process is taken down.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::buffer_account::Account;
use super::message::Message;
use super::questions::{Question, Questions};
use super::resource_limits::{Limits, Watch};
use super::spare::{self, Starting};
use super::spare_seat::{Look, Seat};
use super::structured_clone;
use super::sync::lock;
use super::termination::{Lifecycle, Terminate};
use crate::builtins::Uncached;
use crate::cli::Cli;
use crate::js_runtime::{IsolateKind, JsRuntime, Making, RuntimeOptions};
use crate::main_loop::metrics::LoopTimes;
use crate::main_loop::record::EventKind;
use crate::main_loop::{LoopHandle, tick};
use crate::ops::state::{OpState, event_loop, op_state};
use crate::ops::{OpError, OpResult, inspector};

/// Exit code of a Worker that was terminated or failed.
const FAILURE: i32 = 1;

/// How long a process that exits waits for Workers to leave V8. A Worker that sits in a blocking operation of the
/// operating system cannot be hurried; the process then exits under it.
const EXIT_GRACE: Duration = Duration::from_millis(1000);

/// Why a Worker ended, beyond its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It left by itself, or was terminated.
    Normal = 0,
    /// Its heap reached the limit.
    OutOfMemory = 1,
    /// Its isolate could not be made.
    InitFailed = 2,
}

/// A Worker's isolate and loop, for other threads.
struct RunningIsolate {
    thread: u64,
    isolate: v8::IsolateHandle,
    handle: LoopHandle,
    times: Arc<LoopTimes>,
}

impl Terminate for RunningIsolate {
    fn terminate(&self) {
        self.handle.request_stop();
        self.isolate.terminate_execution();
        // It may be halted by a debugger.
        inspector::target::wake_thread(self.thread);
    }
}

/// A Worker as every thread may see it.
pub(crate) struct WorkerThread {
    id: u64,
    name: String,
    /// The thread id of the one that made it.
    parent: u64,
    lifecycle: Lifecycle<RunningIsolate>,
    ending: AtomicU32,
    questions: Questions,
    /// The thread was given up (`resource_limits.rs`): it sleeps for ever and is not joined.
    lost: AtomicBool,
}

impl WorkerThread {
    /// Its thread id.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// As the program named it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Ends the Worker as soon as its JavaScript unwinds. Any thread, any number of times.
    pub(crate) fn terminate(&self) {
        self.lifecycle.terminate();
    }

    /// Ends the Worker because its memory reached the limit. Called on its own thread, inside a garbage collection.
    fn out_of_memory(&self) {
        self.ending.store(Ending::OutOfMemory as u32, Ordering::Relaxed);
        self.terminate();
    }

    /// *give up* of `resource_limits.rs`: everything that *retire* does and can still be done.
    fn abandon(&self, parent: &LoopHandle) {
        self.ending.store(Ending::OutOfMemory as u32, Ordering::Relaxed);
        self.lost.store(true, Ordering::Release);
        self.retire();
        for child in lock(&REGISTRY.threads).values().filter(|thread| thread.parent == self.id) {
            child.terminate();
        }
        drop(Registered(self.id));
        let (id, ending) = (self.id, Ending::OutOfMemory as u32);
        parent.post_event(EventKind::Worker, move |scope| reap(scope, id, FAILURE, ending));
    }

    /// *retire*: nothing is asked of it any more either.
    fn retire(&self) {
        self.lifecycle.retire();
        self.questions.close();
    }

    /// Has `question` answered on the Worker's thread, whether it is busy or sleeps (`questions.rs`). A Worker that is over
    /// drops it.
    pub(crate) fn ask(&self, question: Question) {
        if self.questions.push(question) {
            self.lifecycle.with_running(|running| {
                running.isolate.request_interrupt(on_interrupt, std::ptr::null_mut());
                running.handle.post_job(|scope| answer_questions(scope));
            });
        }
    }

    /// When its loop began, for how long since it has slept and has not (`LoopTimes`), while it runs.
    fn times(&self) -> Option<[f64; 3]> {
        self.lifecycle.with_running(|running| running.times.started_idle_active())
    }
}

/// Answers what this thread was asked.
fn answer_questions(isolate: &mut v8::Isolate) {
    // A question may be answered in the middle of any JavaScript, but never of an operation, which is where op state is
    // borrowed.
    let this = isolate.get_slot::<Rc<RefCell<OpState>>>().and_then(|state| state.try_borrow().ok()?.get::<Answering>());
    let Some(this) = this else { return };
    while let Some(question) = this.thread.questions.take() {
        question(isolate);
    }
}

/// Called by V8 on the isolate's own thread where JavaScript looks for interrupts.
unsafe extern "C" fn on_interrupt(isolate: v8::UnsafeRawIsolatePtr, _: *mut std::ffi::c_void) {
    // SAFETY: V8 calls with an isolate that lives, on its own thread.
    let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
    answer_questions(&mut isolate);
}

/// Counts the threads that may be in V8, for [`stop_all`].
struct Registry {
    threads: Mutex<HashMap<u64, Arc<WorkerThread>>>,
    one_left: Condvar,
}

static REGISTRY: std::sync::LazyLock<Registry> =
    std::sync::LazyLock::new(|| Registry { threads: Mutex::default(), one_left: Condvar::new() });

/// Thread ids, unique in the process; the main thread has 0.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// An id for a thread with an isolate.
pub(crate) fn next_thread_id() -> u64 {
    NEXT_ID.fetch_add(1, Ordering::Relaxed)
}

/// The main thread's loop; set where there are Workers.
static MAIN_LOOP: OnceLock<LoopHandle> = OnceLock::new();

/// The loop of the thread `id`, 0 being the main one, if it runs.
pub(crate) fn loop_of(id: u64) -> Option<LoopHandle> {
    if id == 0 {
        return MAIN_LOOP.get().cloned();
    }
    let thread = lock(&REGISTRY.threads).get(&id).cloned()?;
    thread.lifecycle.with_running(|running| running.handle.clone())
}

/// Registered as long as the thread may be in V8.
struct Registered(u64);

impl Registered {
    fn new(thread: &Arc<WorkerThread>) -> Self {
        lock(&REGISTRY.threads).insert(thread.id, thread.clone());
        Self(thread.id)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        lock(&REGISTRY.threads).remove(&self.0);
        REGISTRY.one_left.notify_all();
    }
}

/// Terminates all Workers of the process and waits, for a bounded time, until none is in V8.
pub(crate) fn stop_all() {
    let deadline = Instant::now() + EXIT_GRACE;
    let mut threads = lock(&REGISTRY.threads);
    let mut told = 0;
    while !threads.is_empty() {
        // Workers may have been made by Workers meanwhile.
        let newest = threads.keys().copied().max().unwrap_or(0);
        for thread in threads.values().filter(|thread| thread.id > told) {
            thread.terminate();
        }
        told = newest;
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        threads = match REGISTRY.one_left.wait_timeout(threads, left) {
            Ok((threads, _)) => threads,
            Err(poisoned) => poisoned.into_inner().0,
        };
    }
}

/// What a Worker's own isolate knows about itself.
pub(crate) struct ThisWorker {
    /// Its thread id.
    pub(crate) id: u64,
}

/// What a Worker's isolate needs to answer its parent (`questions.rs`).
pub(crate) struct Answering {
    thread: Arc<WorkerThread>,
}

struct Child {
    thread: Arc<WorkerThread>,
    join: Option<JoinHandle<()>>,
    on_exit: v8::Global<v8::Function>,
    referenced: bool,
}

impl Child {
    /// Waits for the thread's end, unless it was given up.
    fn join(&mut self) {
        let Some(join) = self.join.take() else { return };
        let mut threads = lock(&REGISTRY.threads);
        while threads.contains_key(&self.thread.id) {
            threads = REGISTRY.one_left.wait(threads).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        drop(threads);
        if !self.thread.lost.load(Ordering::Acquire) {
            // A child that panicked has ended as well as any other.
            let _ = join.join();
        }
    }
}

/// The Workers an isolate made that were not reaped yet.
#[derive(Default)]
pub(crate) struct Children(RefCell<HashMap<u64, Child>>);

impl Children {
    fn of(scope: &v8::PinScope) -> std::rc::Rc<Self> {
        op_state(scope).borrow_mut().value::<Self>()
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        let mut children = std::mem::take(self.0.get_mut());
        for child in children.values() {
            child.thread.terminate();
        }
        for child in children.values_mut() {
            child.join();
        }
    }
}

/// What a new Worker is made from.
pub(crate) struct WorkerOptions {
    /// Name of the thread.
    pub(crate) name: String,
    /// Limits of its heap and stack.
    pub(crate) limits: Limits,
    /// What its bootstrap script's `start` receives.
    pub(crate) startup: Message,
}

/// What a thread needs to become a Worker.
pub(crate) struct Order {
    thread: Arc<WorkerThread>,
    parent: LoopHandle,
    startup: Message,
    pub(super) name: String,
    registered: Registered,
    starting: Starting,
}

/// A Worker with `limits` is about to be ordered: its thread may begin.
pub(crate) fn prepare(scope: &mut v8::PinScope, limits: Limits) {
    let cli = op_state(scope).borrow().get::<Arc<Cli>>().map(|cli| Arc::clone(&cli));
    if let Some(cli) = cli {
        crate::builtins::publish_code_cache(scope);
        spare::ensure(&cli, limits);
    }
}

/// *spawn*: starts a Worker as a child of the current isolate. `on_exit(code, ending)` is called when it ended. Gives
/// its thread id.
pub(crate) fn spawn(
    scope: &mut v8::PinScope,
    options: WorkerOptions,
    on_exit: v8::Local<v8::Function>,
) -> OpResult<u64> {
    // The new isolate compiles built-ins from what this one already compiled.
    crate::builtins::publish_code_cache(scope);
    let id = next_thread_id();
    let parent_id = op_state(scope).borrow().get::<ThisWorker>().map_or(0, |this| this.id);
    let thread = Arc::new(WorkerThread {
        id,
        name: options.name.clone(),
        parent: parent_id,
        lost: AtomicBool::new(false),
        lifecycle: Lifecycle::new(),
        ending: AtomicU32::new(Ending::Normal as u32),
        questions: Questions::new(),
    });
    let state = op_state(scope);
    let cli = state.borrow().get::<Arc<Cli>>().map(|cli| Arc::clone(&cli)).ok_or_else(init_failed)?;
    let parent = event_loop(scope).handle();
    if state.borrow().get::<IsolateKind>().is_some_and(|kind| *kind == IsolateKind::Main) {
        MAIN_LOOP.get_or_init(|| {
            inspector::announce(scope, inspector::target::About { title: "main".to_owned(), ..Default::default() });
            parent.clone()
        });
    }
    let name: String = options.name.chars().filter(|c| *c != '\0').collect();
    let order = Order {
        thread: thread.clone(),
        parent,
        startup: options.startup,
        name,
        // Before it runs: whoever waits for its end must not find it missing before its beginning.
        registered: Registered::new(&thread),
        starting: Starting::new(),
    };
    spare::plan(&cli);
    let join = match spare::take(order, &options.limits) {
        Ok(join) => join,
        Err(order) => start_thread(order, options.limits, cli)?,
    };
    let on_exit = v8::Global::new(scope, on_exit);
    let child = Child { thread, join: Some(join), on_exit, referenced: true };
    Children::of(scope).0.borrow_mut().insert(id, child);
    event_loop(scope).liveness.add_ref();
    Ok(id)
}

/// Starts a thread for `order`.
fn start_thread(order: Order, limits: Limits, cli: Arc<Cli>) -> OpResult<JoinHandle<()>> {
    let builder = std::thread::Builder::new().name(order.name.clone()).stack_size(limits.thread_stack());
    let seat = Arc::new(Seat::with_order(order));
    crate::threads_begin();
    builder.spawn(move || host(&seat, limits, cli)).map_err(|_| init_failed())
}

fn init_failed() -> OpError {
    OpError::error("ERR_WORKER_INIT_FAILED", "Worker initialization failure: EAGAIN")
}

/// Who a thread's isolate belongs to, once that is known.
type Owner = Arc<OnceLock<(Arc<WorkerThread>, LoopHandle)>>;

/// The thread's whole life: makes an isolate with `limits`, then does what is ordered, if anything is.
pub(super) fn host(seat: &Arc<Seat<Order>>, limits: Limits, cli: Arc<Cli>) {
    let owner = Owner::default();
    match seat.look() {
        Look::Order(order) => {
            let _ = owner.set((order.thread.clone(), order.parent.clone()));
            let span = tracing::debug_span!("worker", id = order.thread.id);
            let _entered = span.enter();
            let watch = watch(&owner, seat, limits.array_buffers());
            // The thread may have begun before anybody knew for whom.
            rename_thread(&order.name);
            let made = make(&watch, limits, cli, &Making::Named(&order.name));
            follow(order, made, watch);
        }
        Look::Nothing | Look::Closed => prepare_ahead(&owner, seat, limits, cli),
    }
}

/// A spare's life.
fn prepare_ahead(owner: &Owner, seat: &Arc<Seat<Order>>, limits: Limits, cli: Arc<Cli>) {
    spare::begin(seat);
    let watch = watch(owner, seat, limits.array_buffers());
    let breathe = || {
        seat.pause();
        spare::begin(seat);
    };
    let mut made = make(&watch, limits, cli, &Making::Ahead(&breathe));
    seat.pause();
    let order = match &mut made {
        Ok(runtime) => {
            if seat.is_open() {
                spare::begin(seat);
                runtime.call_for("prepare", &[], |_, _| {});
                seat.pause();
            }
            spare::wait(seat, spare::IDLE)
        }
        Err(_) => seat.leave(),
    };
    let Some(order) = order else {
        spare::begin(seat);
        drop((made, watch));
        give_memory_back();
        spare::left(seat);
        return;
    };
    let _ = owner.set((order.thread.clone(), order.parent.clone()));
    let span = tracing::debug_span!("worker", id = order.thread.id);
    let _entered = span.enter();
    tracing::debug!("a spare has become a Worker");
    rename_thread(&order.name);
    if let Ok(runtime) = &mut made {
        runtime.list(IsolateKind::Worker, order.name.clone());
    }
    follow(order, made, watch);
}

/// Has the system call the current thread so, where it can.
pub(super) fn rename_thread(name: &str) {
    #[cfg(target_os = "linux")]
    {
        // As the standard library does it: the system knows names of 15 bytes.
        let short: Vec<u8> = name.bytes().take(15).collect();
        if let Ok(name) = std::ffi::CString::new(short) {
            let _ = rustix::thread::set_name(&name);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = name;
}

/// *make*.
fn make(watch: &Watch, limits: Limits, cli: Arc<Cli>, making: &Making) -> std::io::Result<JsRuntime> {
    let options = RuntimeOptions { kind: IsolateKind::Worker, limits: limits.heap(), cli };
    JsRuntime::new_watched(&options, Some(watch), making)
}

/// The Worker's own part of its thread's life, from *publish* on.
fn follow(order: Order, made: std::io::Result<JsRuntime>, watch: Watch) {
    let Order { thread, parent, startup, registered, starting, .. } = order;
    let code = match made {
        Ok(runtime) => run(&thread, runtime, startup, starting),
        Err(error) => {
            tracing::debug!(%error, "no isolate");
            // A spare's heap was full before it was anybody's who could be told.
            let failed = if watch.is_full() { Ending::OutOfMemory } else { Ending::InitFailed };
            let (normal, failed) = (Ending::Normal as u32, failed as u32);
            let _ = thread.ending.compare_exchange(normal, failed, Ordering::Relaxed, Ordering::Relaxed);
            FAILURE
        }
    };
    drop(watch);
    let ending = thread.ending.load(Ordering::Relaxed);
    if ending == Ending::OutOfMemory as u32 {
        give_memory_back();
    }
    drop(registered);
    let id = thread.id;
    parent.post_event(EventKind::Worker, move |scope| reap(scope, id, code, ending));
}

/// Gives the exit code.
fn run(thread: &Arc<WorkerThread>, mut runtime: JsRuntime, startup: Message, starting: Starting) -> i32 {
    runtime.op_state().borrow_mut().put(ThisWorker { id: thread.id });
    runtime.event_loop().observation.set_thread(thread.id);
    runtime.op_state().borrow_mut().put(Answering { thread: thread.clone() });
    let running = RunningIsolate {
        thread: thread.id,
        isolate: runtime.isolate_handle(),
        handle: runtime.loop_handle(),
        times: runtime.event_loop().metrics.times(),
    };
    // What was asked before is answered with the loop's first turn; what is asked from here on finds the isolate.
    runtime.loop_handle().post_job(|scope| answer_questions(scope));
    let (code, started) =
        if thread.lifecycle.publish(running) { live(&mut runtime, startup, starting) } else { (FAILURE, false) };
    if !runtime.event_loop().inbox().stop_requested() {
        runtime.isolate_handle().cancel_terminate_execution();
        runtime.with_scope(|scope| {
            if let Some(agent) = inspector::agent::existing(scope) {
                agent.wait_for_disconnect(scope);
            }
        });
    }
    // Before the isolate goes: nobody may reach for it, and its own Workers must not outlive it.
    thread.retire();
    runtime.isolate_handle().cancel_terminate_execution();
    if started && thread.ending.load(Ordering::Relaxed) == Ending::Normal as u32 {
        runtime.with_scope(crate::builtins::publish_code_cache);
        runtime.with_scope(crate::ops::user_code::save);
    }
    runtime.with_scope(crate::observe::profiles::finish);
    code
}

/// What was allocated in small pieces is free now, but still the process's.
pub(super) fn give_memory_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it takes any number, and whatever locks it needs.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// What ends the Worker alone when its memory reaches a limit.
fn watch(owner: &Owner, seat: &Arc<Seat<Order>>, array_buffers: usize) -> Watch {
    fn out_of_memory(owner: &Owner) {
        if let Some((thread, _)) = owner.get() {
            thread.out_of_memory();
        }
    }
    let (heap, buffers, lost) = (owner.clone(), owner.clone(), owner.clone());
    let on_full = move || {
        out_of_memory(&buffers);
        true
    };
    let account = Account::new(array_buffers, Box::new(on_full));
    let on_full = move || {
        out_of_memory(&heap);
        true
    };
    let watch = Watch::new(Box::new(on_full), Some(account));
    let seat = seat.clone();
    watch.survive(Box::new(move || match owner_or_order(&lost, &seat) {
        Some((thread, parent)) => thread.abandon(&parent),
        None => spare::left(&seat),
    }));
    watch
}

/// Whose the thread is that is given up: it may have been ordered while its isolate was made.
fn owner_or_order(owner: &Owner, seat: &Seat<Order>) -> Option<(Arc<WorkerThread>, LoopHandle)> {
    if let Some(known) = owner.get() {
        return Some(known.clone());
    }
    let order = seat.leave()?;
    let whose = (order.thread.clone(), order.parent.clone());
    // `abandon` takes it out of the registry.
    std::mem::forget(order.registered);
    Some(whose)
}

/// The first Workers leave the code they compiled for later ones, when they end, or once they have been running this long.
const SETTLED: Duration = Duration::from_millis(100);

fn publish_when_settled(runtime: &mut JsRuntime) {
    runtime.block_on_with_scope(|scope| {
        if scope.get_slot::<Uncached>().is_none_or(Uncached::is_empty) {
            return;
        }
        let handle = event_loop(scope).handle();
        tokio::task::spawn_local(async move {
            tokio::time::sleep(SETTLED).await;
            handle.post_job(crate::builtins::publish_code_cache);
        });
    });
}

/// Runs the entry and the loop. Gives the exit code, and whether the entry ran to its end.
fn live(runtime: &mut JsRuntime, startup: Message, starting: Starting) -> (i32, bool) {
    let shared = runtime.event_loop().clone();
    let started = runtime.call("start", |scope| {
        let startup = structured_clone::deserialize(scope, startup);
        // All that is left to do is the program's own, and may go on for ever.
        drop(starting);
        startup.map(|(value, _)| value).into_iter().collect()
    });
    if started {
        publish_when_settled(runtime);
    }
    while !shared.is_stopping() {
        runtime.run_event_loop();
        if shared.is_stopping() {
            break;
        }
        runtime.call("emitBeforeExit", |_| Vec::new());
        if !runtime.is_alive() {
            runtime.call("exit", |_| Vec::new());
            break;
        }
    }
    (shared.stop_code().unwrap_or(FAILURE), started)
}

/// *reap*, on the parent's thread.
fn reap(scope: &mut v8::PinScope, id: u64, code: i32, ending: u32) {
    let child = Children::of(scope).0.borrow_mut().remove(&id);
    let Some(mut child) = child else { return };
    // Its exit was the last thing it did, so this takes no time worth speaking of.
    child.join();
    let on_exit = v8::Local::new(scope, &child.on_exit);
    let this = v8::undefined(scope).into();
    let code = v8::Integer::new(scope, code).into();
    let ending = v8::Integer::new_from_unsigned(scope, ending).into();
    tick::make_callback(scope, on_exit, this, &[code, ending]);
    if child.referenced {
        event_loop(scope).liveness.release();
    }
}

/// Ends the child `id` of the current isolate, if it still runs.
pub(crate) fn terminate(scope: &v8::PinScope, id: u64) {
    if let Some(thread) = child(scope, id) {
        thread.terminate();
    }
}

fn child(scope: &v8::PinScope, id: u64) -> Option<Arc<WorkerThread>> {
    Children::of(scope).0.borrow().get(&id).map(|child| child.thread.clone())
}

/// The Workers that the thread `parent` made and that may be in V8.
pub(crate) fn children_of(parent: u64) -> Vec<Arc<WorkerThread>> {
    lock(&REGISTRY.threads).values().filter(|thread| thread.parent == parent).cloned().collect()
}

/// Asks the child `id` of the current isolate (`questions.rs`).
pub(crate) fn ask(scope: &v8::PinScope, id: u64, question: Question) {
    if let Some(thread) = child(scope, id) {
        thread.ask(question);
    }
}

/// Start of the child's loop, and how long since it has slept and has not, in ms; `None` where it does not run.
pub(crate) fn times(scope: &v8::PinScope, id: u64) -> Option<[f64; 3]> {
    child(scope, id)?.times()
}

/// Makes the child `id` keep its parent's loop alive, or not.
pub(crate) fn set_ref(scope: &v8::PinScope, id: u64, referenced: bool) {
    let children = Children::of(scope);
    let mut children = children.0.borrow_mut();
    let Some(child) = children.get_mut(&id) else { return };
    if child.referenced != referenced {
        child.referenced = referenced;
        let liveness = &event_loop(scope).liveness;
        if referenced { liveness.add_ref() } else { liveness.release() }
    }
}
