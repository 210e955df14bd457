//! How a loop spends its time: when it began and ended, how long it slept. Read by `perf_hooks`.

use std::cell::Cell;
use std::sync::OnceLock;
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

/// Measurements of one loop, on its own thread.
#[derive(Default)]
pub struct LoopMetrics {
    started: Cell<Option<Instant>>,
    ended: Cell<Option<Instant>>,
    idle: Cell<Duration>,
    turns: Cell<u64>,
    events: Cell<u64>,
}

impl LoopMetrics {
    /// The loop begins to turn. It may do so again after 'beforeExit'; the first time counts.
    pub(super) fn begin(&self) {
        if self.started.get().is_none() {
            self.started.set(Some(Instant::now()));
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

    /// The poll phase slept since `since`.
    pub(super) fn slept(&self, since: Instant) {
        self.idle.set(self.idle.get() + since.elapsed());
    }

    /// [start, end, idle, turns, events]; times in ms, start and end since the process started or -1.
    #[expect(clippy::cast_precision_loss, reason = "2^53 turns take longer than anybody will wait")]
    pub fn snapshot(&self) -> [f64; 5] {
        [
            since_start(self.started.get()),
            since_start(self.ended.get()),
            self.idle.get().as_secs_f64() * 1e3,
            self.turns.get() as f64,
            self.events.get() as f64,
        ]
    }
}
