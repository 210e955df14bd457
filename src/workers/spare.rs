//! Threads with an isolate that is there before anybody asks for it.
//!
//! *What it owns.* The process's spares: threads that make an isolate as far as that does not depend on whose it will be, and then
//! wait for an order (`spare_seat.rs`). [`Spares`] holds those of one kind; this file's own are for Workers (`worker.rs` is
//! what they run), those for pools are `pool_spare.rs`'s. V8 knows an isolate's limits from its beginning, so a spare
//! serves those with the same `resourceLimits` only. At most one without limits and one with them can be ordered;
//! others may be on their way out. *Threads:* any.
//!
//! *When.* Never before a Worker is asked for. Then at once ([`ensure`]), while its parent still puts together what it is to do;
//! and once all that were asked for have begun and a parent's loop has nothing more urgent to do ([`plan`]), for the next
//! one. What is not wanted for [`IDLE`] goes, and its memory with it. A spare keeps neither a loop nor the process alive.
//!
//! *Not* with one processor, with `--no-spare-isolate`, or while a trace is written, which tells of the making. What isolates
//! made before would not know of (V8's flags, the time zone) ends those there are ([`discard`]).
//!
//! *Exit.* [`halt`] before Workers are terminated: nothing is made from there on. A spare that is being made stops between two
//! steps; one that waits is left where it is, outside of V8.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::pool_spare;
use super::resource_limits::Limits;
use super::spare_seat::{Look, Seat};
use super::sync::lock;
use super::worker::{self, Order};
use crate::cli::Cli;
use crate::observe::trace;

/// How long a spare waits. Programs that make Workers at all often make the next within a moment, while an isolate nobody needs
/// holds some 2 MB.
pub(super) const IDLE: Duration = Duration::from_secs(1);

/// What a spare's thread is called, as are Workers that got no name.
pub(super) const THREAD_NAME: &str = "WorkerThread";

/// How often a parent's loop looks whether all Workers have begun. The next spare is made when they had the second time in a row:
/// at once, it would compete with a Worker that loads its program, which takes that long.
const REST: Duration = Duration::from_millis(2);

/// How often it looks. A Worker that takes longer has lost its thread.
const PUT_OFF: u32 = 50;

struct Spare<O> {
    seat: Arc<Seat<O>>,
    limits: Limits,
    join: JoinHandle<()>,
}

struct Kept<O> {
    all: Vec<Spare<O>>,
    halted: bool,
}

/// The spares of one kind, which follow orders `O`.
pub(super) struct Spares<O>(Mutex<Kept<O>>);

impl<O: Send + 'static> Spares<O> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Kept { all: Vec::new(), halted: false }))
    }

    /// Sees to it that there is a spare with `limits`, or that one is being made: by a thread that runs `host`.
    pub(super) fn ensure(&self, limits: Limits, thread_name: &str, host: impl FnOnce(&Arc<Seat<O>>) + Send + 'static) {
        let mut spares = lock(&self.0);
        let is_usual = limits.is_default();
        let mut open = spares.all.iter().filter(|spare| spare.seat.is_open());
        if spares.halted || open.any(|spare| spare.limits.is_default() == is_usual) {
            return;
        }
        let seat = Arc::new(Seat::new());
        let own = seat.clone();
        let builder = std::thread::Builder::new().name(thread_name.to_owned()).stack_size(limits.thread_stack());
        crate::threads_begin();
        // Without a thread there is no spare.
        if let Ok(join) = builder.spawn(move || host(&own)) {
            spares.all.push(Spare { seat, limits, join });
        }
    }

    /// Has a spare with `limits` follow `order`. Gives its thread; or the order back, where there is none.
    pub(super) fn take(&self, order: O, limits: &Limits) -> Result<JoinHandle<()>, O> {
        let mut spares = lock(&self.0);
        let mut order = order;
        for index in 0..spares.all.len() {
            if !spares.all[index].limits.equal(limits) {
                continue;
            }
            match spares.all[index].seat.order(order) {
                Ok(()) => {
                    let Spare { join, .. } = spares.all.swap_remove(index);
                    join.thread().unpark();
                    return Ok(join);
                }
                Err(refused) => order = refused,
            }
        }
        Err(order)
    }

    /// The last thing a spare's thread does that nobody took.
    pub(super) fn left(&self, seat: &Arc<Seat<O>>) {
        seat.pause();
        // Its handle goes with it: nobody waits for this thread.
        lock(&self.0).all.retain(|spare| !Arc::ptr_eq(&spare.seat, seat));
    }

    /// All that there are go.
    pub(super) fn discard(&self) {
        for spare in &lock(&self.0).all {
            spare.seat.close();
            spare.join.thread().unpark();
        }
    }

    /// None is made, taken or dropped from here on. Whether all are outside of V8, and stay there.
    pub(super) fn halt(&self) -> bool {
        let mut spares = lock(&self.0);
        spares.halted = true;
        // Each has to be told.
        spares.all.iter().filter(|spare| !spare.seat.halt()).count() == 0
    }
}

static SPARES: Spares<Order> = Spares::new();

/// Workers that were ordered and have not begun.
static STARTING: AtomicUsize = AtomicUsize::new(0);

/// Whether this process has spares at all.
pub(super) fn is_enabled(cli: &Cli) -> bool {
    cli.switch_or("--spare-isolate", true) && num_cpus::get() > 1 && !trace::is_on()
}

/// Sees to it that there is a spare with `limits`, or that one is being made.
pub(crate) fn ensure(cli: &Arc<Cli>, limits: Limits) {
    if is_enabled(cli) {
        let cli = cli.clone();
        SPARES.ensure(limits, THREAD_NAME, move |seat| worker::host(seat, limits, cli));
    }
}

/// Has a spare with `limits` follow `order`. Gives its thread; or the order back, where there is none.
pub(super) fn take(order: Order, limits: &Limits) -> Result<JoinHandle<()>, Order> {
    // Elsewhere a thread has the name it was started with.
    if !cfg!(target_os = "linux") && order.name != THREAD_NAME {
        return Err(order);
    }
    SPARES.take(order, limits)
}

/// The thread's part of *order*: waits for it, no longer than `idle`. `None`: it is to go.
pub(super) fn wait<O>(seat: &Seat<O>, idle: Duration) -> Option<O> {
    let until = Instant::now() + idle;
    loop {
        match seat.look() {
            Look::Order(order) => return Some(order),
            Look::Closed => return None,
            Look::Nothing => {}
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return seat.leave();
        }
        std::thread::park_timeout(left);
    }
}

/// A spare's thread goes into V8. Does not return where the process is about to exit.
pub(super) fn begin<O>(seat: &Seat<O>) {
    while !seat.begin() {
        std::thread::park();
    }
}

/// The last thing a spare's thread does that nobody took.
pub(super) fn left(seat: &Arc<Seat<Order>>) {
    SPARES.left(seat);
}

/// A Worker that is being started, until it has begun or failed to.
pub(super) struct Starting(());

impl Starting {
    pub(super) fn new() -> Self {
        STARTING.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        STARTING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A Worker was ordered by the current isolate: when its loop has time, and all Workers have begun, the next spare is made.
pub(super) fn plan(cli: &Arc<Cli>) {
    /// Somebody thinks of it already.
    static PLANNED: AtomicBool = AtomicBool::new(false);
    struct Planned;
    impl Drop for Planned {
        /// Also where the loop ends before its time.
        fn drop(&mut self) {
            PLANNED.store(false, Ordering::Relaxed);
        }
    }
    if !is_enabled(cli) || PLANNED.swap(true, Ordering::Relaxed) {
        return;
    }
    let (planned, cli) = (Planned, cli.clone());
    // As V8's delayed tasks, it is nothing a loop would stay alive for.
    tokio::task::spawn_local(async move {
        let _planned = planned;
        let mut quiet = 0;
        for _ in 0..PUT_OFF {
            tokio::time::sleep(REST).await;
            quiet = if STARTING.load(Ordering::Relaxed) == 0 { quiet + 1 } else { 0 };
            if quiet == 2 {
                ensure(&cli, Limits::default());
                return;
            }
        }
    });
}

/// The spares there are go: they were made under conditions that do not hold any more.
pub(crate) fn discard() {
    SPARES.discard();
    pool_spare::SPARES.discard();
}

/// The process exits: no spare is made, taken or dropped from here on. Whether all are outside of V8.
pub(crate) fn halt() -> bool {
    let (workers, pools) = (SPARES.halt(), pool_spare::SPARES.halt());
    workers && pools
}

/// Waits until no spare is in V8, but not beyond `grace`. After [`halt`].
pub(crate) fn wait_until_outside(grace: Duration) {
    let until = Instant::now() + grace;
    // A step of the making takes about a millisecond.
    while !halt() && Instant::now() < until {
        std::thread::sleep(Duration::from_micros(100));
    }
}
