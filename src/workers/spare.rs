//! A thread with an isolate that is there before a Worker asks for it.
//!
//! *What it owns.* The process's spares: threads that make an isolate as far as that does not depend on the Worker, and then wait
//! for an order (`spare_seat.rs`; `worker.rs` is what they run). V8 knows an isolate's limits from its beginning, so a
//! spare serves Workers with the same `resourceLimits` only. At most one without limits and one with them can be ordered;
//! others may be on their way out. *Threads:* any.
//!
//! *When.* Never before a Worker is asked for. Then at once ([`ensure`]), while its parent still puts together what it is to do;
//! and once all that were asked for have begun and a parent's loop has nothing more urgent to do ([`plan`]), for the next
//! one. What is not wanted for [`IDLE`] goes, and its memory with it. A spare keeps neither a loop nor the process alive.
//!
//! *Not* with one processor, with `--no-spare-isolate`, or while a trace is written, which tells of the making. What isolates
//! made before would not know of (V8's flags, the time zone) ends the one there is ([`discard`]).
//!
//! *Exit.* [`halt`] before Workers are terminated: nothing is made from there on. A spare that is being made stops between two
//! steps; one that waits is left where it is, outside of V8.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::resource_limits::Limits;
use super::spare_seat::{Look, Seat};
use super::sync::lock;
use super::worker::{self, Order};
use crate::cli::Cli;
use crate::observe::trace;

/// How long a spare waits. Programs that make Workers at all often make the next within a moment, while an isolate nobody needs
/// holds some 2 MB.
const IDLE: Duration = Duration::from_secs(1);

/// What a spare's thread is called, as are Workers that got no name.
pub(super) const THREAD_NAME: &str = "WorkerThread";

/// How often a parent's loop looks whether all Workers have begun. The next spare is made when they had the second time in a row:
/// at once, it would compete with a Worker that loads its program, which takes that long.
const REST: Duration = Duration::from_millis(2);

/// How often it looks. A Worker that takes longer has lost its thread.
const PUT_OFF: u32 = 50;

struct Spare {
    seat: Arc<Seat<Order>>,
    limits: Limits,
    join: JoinHandle<()>,
}

struct Spares {
    all: Vec<Spare>,
    halted: bool,
}

static SPARES: Mutex<Spares> = Mutex::new(Spares { all: Vec::new(), halted: false });

/// Workers that were ordered and have not begun.
static STARTING: AtomicUsize = AtomicUsize::new(0);

/// Whether this process has spares at all.
fn is_enabled(cli: &Cli) -> bool {
    cli.switch_or("--spare-isolate", true) && num_cpus::get() > 1 && !trace::is_on()
}

/// Sees to it that there is a spare with `limits`, or that one is being made.
pub(crate) fn ensure(cli: &Arc<Cli>, limits: Limits) {
    if !is_enabled(cli) {
        return;
    }
    let mut spares = lock(&SPARES);
    let is_usual = limits.is_default();
    let mut open = spares.all.iter().filter(|spare| spare.seat.is_open());
    if spares.halted || open.any(|spare| spare.limits.is_default() == is_usual) {
        return;
    }
    let seat = Arc::new(Seat::new());
    let (own, cli) = (seat.clone(), cli.clone());
    let started = std::thread::Builder::new()
        .name(THREAD_NAME.to_owned())
        .stack_size(limits.thread_stack())
        .spawn(move || worker::host(&own, limits, cli));
    // Without a thread there is no spare.
    if let Ok(join) = started {
        spares.all.push(Spare { seat, limits, join });
    }
}

/// Has a spare with `limits` follow `order`. Gives its thread; or the order back, where there is none.
pub(super) fn take(order: Order, limits: &Limits) -> Result<JoinHandle<()>, Order> {
    // Elsewhere a thread has the name it was started with.
    if !cfg!(target_os = "linux") && order.name != THREAD_NAME {
        return Err(order);
    }
    let mut spares = lock(&SPARES);
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

/// The thread's part of *order*: waits for it, no longer than [`IDLE`]. `None`: it is to go.
pub(super) fn wait(seat: &Seat<Order>) -> Option<Order> {
    let until = Instant::now() + IDLE;
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
pub(super) fn begin(seat: &Seat<Order>) {
    while !seat.begin() {
        std::thread::park();
    }
}

/// The last thing a spare's thread does that nobody took.
pub(super) fn left(seat: &Arc<Seat<Order>>) {
    seat.pause();
    // Its handle goes with it: nobody waits for this thread.
    lock(&SPARES).all.retain(|spare| !Arc::ptr_eq(&spare.seat, seat));
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

/// The spare there is goes: it was made under conditions that do not hold any more.
pub(crate) fn discard() {
    for spare in &lock(&SPARES).all {
        spare.seat.close();
        spare.join.thread().unpark();
    }
}

/// The process exits: no spare is made, taken or dropped from here on.
pub(crate) fn halt() {
    let mut spares = lock(&SPARES);
    spares.halted = true;
    for spare in &spares.all {
        spare.seat.halt();
    }
}

/// Waits until no spare is in V8, but not beyond `grace`. After [`halt`].
pub(crate) fn wait_until_outside(grace: Duration) {
    let until = Instant::now() + grace;
    // A step of the making takes about a millisecond.
    while !lock(&SPARES).all.iter().all(|spare| spare.seat.halt()) && Instant::now() < until {
        std::thread::sleep(Duration::from_micros(100));
    }
}
