//! How a loop spends its time: when it began and ended, how long it slept. Read by `perf_hooks`, and by
//! the parent of a Worker, on a thread of its own.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::process_start;

/// A point in the start of the process that `performance.nodeTiming` tells of.
#[derive(Clone, Copy, Debug)]
pub enum Milestone {
    /// V8 is about to be started.
    V8Start,
    /// The first isolate and context exist.
    Environment,
    /// The program is about to run.
    BootstrapComplete,
}

static MILESTONES: [OnceLock<Instant>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];

/// Notes that `milestone` has been reached. The first time counts: those are the process's, not a Worker's.
pub fn reached(milestone: Milestone) {
    MILESTONES[milestone as usize].get_or_init(Instant::now);
}

/// When each milestone was reached, in the order of [`Milestone`], in ms since the process started; -1 if not yet.
pub fn milestones() -> [f64; 3] {
    [0, 1, 2].map(|index: usize| since_start(MILESTONES[index].get().copied()))
}

fn since_start(at: Option<Instant>) -> f64 {
    at.map_or(-1.0, |at| at.saturating_duration_since(process_start()).as_secs_f64() * 1e3)
}

/// The part of a loop's measurements that any thread may read. In ns since the process started; 0 stands for never.
#[derive(Default)]
pub struct LoopTimes {
    started: AtomicU64,
    idle: AtomicU64,
    asleep_since: AtomicU64,
}

impl LoopTimes {
    /// When the loop began, in ms since the process started (-1 if it did not), and for how many ms it has slept, the
    /// present sleep included.
    pub fn started_and_idle(&self) -> (f64, f64) {
        // The sum is read first: should the loop wake meanwhile, a sleep is missing rather than counted twice.
        let slept = self.idle.load(Ordering::Acquire);
        let asleep_since = self.asleep_since.load(Ordering::Acquire);
        let now = nanoseconds(Instant::now());
        let sleeping = if asleep_since == 0 { 0 } else { now.saturating_sub(asleep_since) };
        let started = self.started.load(Ordering::Relaxed);
        let started = if started == 0 { -1.0 } else { milliseconds(started) };
        (started, milliseconds(slept + sleeping))
    }
}

/// `at` in ns since the process started, at least 1.
fn nanoseconds(at: Instant) -> u64 {
    u64::try_from(at.saturating_duration_since(process_start()).as_nanos()).unwrap_or(u64::MAX).max(1)
}

fn milliseconds(nanoseconds: u64) -> f64 {
    Duration::from_nanos(nanoseconds).as_secs_f64() * 1e3
}

/// Measurements of one loop, on its own thread.
#[derive(Default)]
pub struct LoopMetrics {
    times: Arc<LoopTimes>,
    ended: Cell<Option<Instant>>,
    turns: Cell<u64>,
    events: Cell<u64>,
}

impl LoopMetrics {
    /// What other threads may read.
    pub fn times(&self) -> Arc<LoopTimes> {
        self.times.clone()
    }

    /// The loop begins to turn. It may do so again after 'beforeExit'; the first time counts.
    pub(super) fn begin(&self) {
        if self.times.started.load(Ordering::Relaxed) == 0 {
            self.times.started.store(nanoseconds(Instant::now()), Ordering::Relaxed);
        }
        self.ended.set(None);
    }

    /// The loop has nothing more to do.
    pub(super) fn end(&self) {
        self.ended.set(Some(Instant::now()));
    }

    /// A pass begins.
    pub(super) fn turn(&self) {
        self.turns.set(self.turns.get().wrapping_add(1));
    }

    /// An event is handled.
    pub(super) fn event(&self) {
        self.events.set(self.events.get().wrapping_add(1));
    }

    /// The poll phase begins to sleep.
    pub(super) fn falls_asleep(&self, at: Instant) {
        self.times.asleep_since.store(nanoseconds(at), Ordering::Release);
    }

    /// The poll phase slept since `since`.
    pub(super) fn slept(&self, since: Instant) {
        let slept = u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.times.asleep_since.store(0, Ordering::Release);
        // This thread alone writes it.
        self.times.idle.store(self.times.idle.load(Ordering::Relaxed).saturating_add(slept), Ordering::Release);
    }

    /// [start, end, idle, turns, events]; times in ms, start and end since the process started or -1.
    #[expect(clippy::cast_precision_loss, reason = "2^53 turns take longer than anybody will wait")]
    pub fn snapshot(&self) -> [f64; 5] {
        let (started, idle) = self.times.started_and_idle();
        [started, since_start(self.ended.get()), idle, self.turns.get() as f64, self.events.get() as f64]
    }
}
