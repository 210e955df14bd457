//! How a loop spends its time: when it began and ended, how long it slept. Read by `perf_hooks`, and by
//! the parent of a Worker, on a thread of its own.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::process_start;
use super::record::LoopRecord;

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

/// The top bit of [`LoopTimes::idle`]: the loop sleeps.
const ASLEEP: u64 = 1 << 63;
/// How often a reader tries to meet the loop in one state. It changes with each sleep, and a sleep takes longer than a try.
const TRIES: usize = 16;

/// The part of a loop's measurements that any thread may read. In ns since the process started.
///
/// How long the loop has slept is one word, so that no reader meets it half changed: the sum of all sleeps while the loop
/// is awake; while it sleeps, [`ASLEEP`] and the time at which this sleep would have begun had it never slept before.
#[derive(Default)]
pub struct LoopTimes {
    /// 0 stands for never.
    started: AtomicU64,
    idle: AtomicU64,
    /// The most that readers were told: idle, active. The loop reads its clock a moment before it changes the word above, so
    /// a reader in between may have counted a moment to the wrong side, which must not be taken back.
    told: [AtomicU64; 2],
}

impl LoopTimes {
    /// When the loop began, in ms since the process started (-1 if it did not), and for how many ms since it has slept, the
    /// present sleep included, and not slept. Neither of these ever runs backwards.
    pub fn started_idle_active(&self) -> [f64; 3] {
        let mut before = self.idle.load(Ordering::Acquire);
        let mut now = nanoseconds(Instant::now());
        for _ in 0..TRIES {
            let after = self.idle.load(Ordering::Acquire);
            if after == before {
                break;
            }
            before = after;
            now = nanoseconds(Instant::now());
        }
        let slept = if before & ASLEEP == 0 { before } else { now.saturating_sub(before & !ASLEEP) };
        let started = self.started.load(Ordering::Relaxed);
        if started == 0 {
            return [-1.0, 0.0, 0.0];
        }
        let active = now.saturating_sub(started).saturating_sub(slept);
        let tell = |told: &AtomicU64, time| told.fetch_max(time, Ordering::Relaxed).max(time);
        let (slept, active) = (tell(&self.told[0], slept), tell(&self.told[1], active));
        [milliseconds(started), milliseconds(slept), milliseconds(active)]
    }

    fn falls_asleep(&self, at: u64) {
        // This thread alone writes it.
        let slept = self.idle.load(Ordering::Relaxed);
        self.idle.store(at.saturating_sub(slept) | ASLEEP, Ordering::Release);
    }

    fn wakes(&self, at: u64) {
        let began = self.idle.load(Ordering::Relaxed) & !ASLEEP;
        self.idle.store(at.saturating_sub(began), Ordering::Release);
    }
}

/// `at` in ns since the process started, at least 1.
pub(crate) fn nanoseconds(at: Instant) -> u64 {
    u64::try_from(at.saturating_duration_since(process_start()).as_nanos()).unwrap_or(u64::MAX).max(1)
}

fn milliseconds(nanoseconds: u64) -> f64 {
    Duration::from_nanos(nanoseconds).as_secs_f64() * 1e3
}

/// Measurements of one loop, on its own thread. Times are in ns since the process started, as the loop read them.
#[derive(Default)]
pub struct LoopMetrics {
    times: Arc<LoopTimes>,
    record: Arc<LoopRecord>,
    /// 0 while it has not.
    ended: Cell<u64>,
}

impl LoopMetrics {
    /// When the loop began and how long it slept, for other threads.
    pub fn times(&self) -> Arc<LoopTimes> {
        self.times.clone()
    }

    /// What its turns left, for other threads too.
    pub fn record(&self) -> &Arc<LoopRecord> {
        &self.record
    }

    /// The loop begins to turn. It may do so again after 'beforeExit'; the first time counts.
    pub(super) fn begin(&self, at: u64) {
        if self.times.started.load(Ordering::Relaxed) == 0 {
            self.times.started.store(at, Ordering::Relaxed);
        }
        self.ended.set(0);
    }

    /// The loop has nothing more to do.
    pub(super) fn end(&self, at: u64) {
        self.ended.set(at);
    }

    /// The poll phase begins to sleep.
    pub(super) fn falls_asleep(&self, at: u64) {
        self.times.falls_asleep(at);
    }

    /// The poll phase has slept.
    pub(super) fn wakes(&self, at: u64) {
        self.times.wakes(at);
    }

    /// [start, end, idle, turns, events handled, events that waited last, active]; times in ms, start and end since the
    /// process started or -1.
    pub fn snapshot(&self) -> [f64; 7] {
        let [started, idle, active] = self.times.started_idle_active();
        let ended = if self.ended.get() == 0 { -1.0 } else { milliseconds(self.ended.get()) };
        let [turns, events, waiting] = self.record.uv_metrics();
        [started, ended, idle, turns, events, waiting, active]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_time_never_runs_backwards() {
        let times = Arc::new(LoopTimes::default());
        times.started.store(nanoseconds(Instant::now()), Ordering::Relaxed);
        let reader = {
            let times = times.clone();
            std::thread::spawn(move || {
                let (mut last_idle, mut last_active) = (0.0, 0.0);
                for _ in 0..20_000 {
                    let [_, idle, active] = times.started_idle_active();
                    assert!(idle >= last_idle && active >= last_active, "{idle} {active}");
                    (last_idle, last_active) = (idle, active);
                }
            })
        };
        while !reader.is_finished() {
            times.falls_asleep(nanoseconds(Instant::now()));
            std::hint::spin_loop();
            times.wakes(nanoseconds(Instant::now()));
        }
        reader.join().expect("time went one way");
    }
}
