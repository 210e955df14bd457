//! Waiting awake for a moment before the loop sleeps, while that pays.
//!
//! Two threads that answer each other sleep and wake at every message otherwise, and the wakes, 13 to 50 us each, cost
//! more than all the rest. A loop that finds its waits short spins instead of sleeping; when spinning does not pay it
//! soon stops, so that a quiet loop uses no CPU. *Threads:* the loop's own.

use std::cell::Cell;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Longest spin. Above what a message takes there and back between two threads that both sleep (about 100 us), so that
/// two loops get out of that state; and short enough not to matter to who waits for the core.
const LONGEST: Duration = Duration::from_micros(150);
/// A sleep shorter than this might have been a spin.
const SHORT: Duration = Duration::from_micros(250);
/// Short sleeps in a row after which spinning is tried.
const PATIENCE: u32 = 3;
/// Each spin in vain asks for four times the patience, up to this.
const MOST_PATIENCE: u32 = 256;

/// Whether to spin, learnt from how the last waits ended.
pub(super) struct Spin {
    /// Short sleeps still to be seen before the next spin.
    wanted: Cell<u32>,
    /// What `wanted` goes back to when a spin was in vain.
    patience: Cell<u32>,
}

impl Default for Spin {
    fn default() -> Self {
        Self { wanted: Cell::new(PATIENCE), patience: Cell::new(PATIENCE) }
    }
}

/// On a single core whoever is waited for needs this one.
fn has_cores() -> bool {
    static CORES: OnceLock<bool> = OnceLock::new();
    *CORES.get_or_init(|| num_cpus::get() > 1)
}

impl Spin {
    /// Spins until `ready`, as long as that has been paying and at most for `limit`. True if it became ready.
    pub(super) fn wait(&self, limit: Option<Duration>, ready: impl Fn() -> bool) -> bool {
        if self.wanted.get() > 0 {
            return false;
        }
        let limit = limit.map_or(LONGEST, |l| l.min(LONGEST));
        let start = Instant::now();
        loop {
            for _ in 0..32 {
                if ready() {
                    self.patience.set(PATIENCE);
                    return true;
                }
                std::hint::spin_loop();
            }
            if start.elapsed() >= limit {
                let patience = (self.patience.get() * 4).min(MOST_PATIENCE);
                self.patience.set(patience);
                self.wanted.set(patience);
                return false;
            }
        }
    }

    /// Tells that the loop slept, for how long, and whether an event ended the sleep.
    pub(super) fn slept(&self, time: Duration, by_event: bool) {
        if by_event && time < SHORT && has_cores() {
            self.wanted.set(self.wanted.get().saturating_sub(1));
        } else {
            self.wanted.set(self.patience.get());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spins_only_after_short_sleeps_and_gives_up_when_in_vain() {
        let spin = Spin::default();
        assert!(!spin.wait(None, || true), "no spin without a reason");
        spin.wanted.set(0);
        assert!(spin.wait(None, || true));
        assert!(!spin.wait(Some(Duration::from_micros(5)), || false));
        assert!(spin.wanted.get() > PATIENCE, "a spin in vain asks for more patience");
        assert!(!spin.wait(None, || true));
    }

    #[test]
    fn a_long_sleep_ends_the_streak() {
        let spin = Spin::default();
        spin.wanted.set(1);
        spin.slept(Duration::from_millis(5), true);
        assert_eq!(spin.wanted.get(), PATIENCE);
        spin.slept(Duration::ZERO, false);
        assert_eq!(spin.wanted.get(), PATIENCE);
    }
}
