//! Whether the loop does quick jobs itself ([`super::blocking`]), learnt from how the last ones went. *Threads:* the loop's own.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// After so many quick jobs in a row that did not block, those to come are taken for such.
const TRUSTED: u32 = 3;

/// After so many in a row that one took long is forgotten.
const FORGOTTEN: u32 = 300;

/// Turns for which the loop leaves quick jobs alone after some in a row blocked: one, three, seven ... at most this. An attempt
/// in vain costs a microsecond or two.
const LONGEST_DOUBT: u32 = 63;

/// A quick job that took longer than this was none: it waited for another machine, say. Or the thread was not let run.
const SLOW: Duration = Duration::from_micros(500);
/// How long the loop leaves quick jobs alone after that; twice as long each time, up to [`LONGEST_REST`].
const FIRST_REST: Duration = Duration::from_millis(10);
const LONGEST_REST: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(super) struct Trust {
    /// Quick jobs in a row that did not block.
    row: Cell<u32>,
    /// Turns left in which none is tried, because one blocked.
    doubt: Cell<u32>,
    /// How many those were.
    last_doubt: Cell<u32>,
    /// None is tried before this, because one took long.
    resting: Cell<Option<Instant>>,
    /// How long that was.
    last_rest: Cell<Duration>,
}

impl Trust {
    /// Whether quick jobs that are submitted now will hardly block.
    pub(super) fn is_there(&self) -> bool {
        self.row.get() >= TRUSTED
    }

    /// Whether one is to be tried in this turn.
    pub(super) fn may_try(&self) -> bool {
        if let Some(until) = self.resting.get() {
            if Instant::now() < until {
                return false;
            }
            self.resting.set(None);
        }
        let doubt = self.doubt.get();
        self.doubt.set(doubt.saturating_sub(1));
        doubt == 0
    }

    /// One took `time`; whether it came to something.
    pub(super) fn tried(&self, time: Duration, done: bool) {
        if done {
            self.row.set(self.row.get().saturating_add(1));
            self.last_doubt.set(0);
        } else {
            self.row.set(0);
            self.last_doubt.set((2 * self.last_doubt.get() + 1).min(LONGEST_DOUBT));
            self.doubt.set(self.last_doubt.get());
        }
        if time >= SLOW {
            self.row.set(0);
            let rest = (self.last_rest.get() * 2).clamp(FIRST_REST, LONGEST_REST);
            self.last_rest.set(rest);
            self.resting.set(Some(Instant::now() + rest));
        } else if self.row.get() == FORGOTTEN {
            self.last_rest.set(Duration::ZERO);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_micros(5);

    #[test]
    fn comes_with_a_few_and_goes_with_one() {
        let trust = Trust::default();
        assert!(!trust.is_there());
        for _ in 0..TRUSTED {
            assert!(trust.may_try());
            trust.tried(QUICK, true);
        }
        assert!(trust.is_there());
        trust.tried(QUICK, false);
        assert!(!trust.is_there());
    }

    #[test]
    fn tries_ever_fewer_of_what_blocks() {
        let trust = Trust::default();
        let mut tries = 0;
        for _ in 0..1000 {
            if trust.may_try() {
                tries += 1;
                trust.tried(QUICK, false);
            }
        }
        assert!((15..30).contains(&tries), "{tries}");
        while !trust.may_try() {}
        trust.tried(QUICK, true);
        assert!(trust.may_try(), "one that does not block makes up for all");
    }

    #[test]
    fn rests_ever_longer_after_what_took_long() {
        let trust = Trust::default();
        let mut last = Duration::ZERO;
        for _ in 0..20 {
            trust.tried(SLOW, true);
            assert!(!trust.is_there() && !trust.may_try());
            assert!(trust.last_rest.get() > last || last == LONGEST_REST);
            last = trust.last_rest.get();
        }
        trust.resting.set(Some(Instant::now()));
        assert!(trust.may_try());
        for _ in 0..FORGOTTEN {
            trust.tried(QUICK, true);
        }
        assert_eq!(trust.last_rest.get(), Duration::ZERO);
    }
}
