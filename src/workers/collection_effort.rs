//! Whether an isolate does little but collect garbage, because what it holds is nearly all it may hold.
//!
//! A heap that fills slowly, a little of much garbage kept each time, comes near its limit and stays there for many
//! seconds: each full collection frees just enough for the next. V8 gives up on such a heap by a rule of its own, which a
//! single collection that goes better sets back. Here time is cut into windows; a few in a row that were spent on
//! full collections of a crowded heap, and the heap counts as full.
//!
//! *Threads:* the isolate's own. No clock is read here, so that it can be tested.

use std::time::Duration;

/// The length of a window, at least.
const WINDOW: Duration = Duration::from_millis(250);

/// So many hopeless windows in a row are enough: about a second.
const WINDOWS: u32 = 4;

/// What part of a window full collections take in a hopeless one. V8's rule says 0.6, of four collections.
const SHARE: f64 = 0.5;

/// What part of the old generation's limit is in use after each collection of a hopeless window. V8's rule says 0.8.
const CROWDED: f64 = 0.85;

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Effort {
    began: Option<Duration>,
    window: Option<Duration>,
    collecting: Duration,
    hopeful: bool,
    hopeless_windows: u32,
}

impl Effort {
    /// A full collection begins.
    pub(super) fn begin(&mut self, now: Duration) {
        self.began = Some(now);
        self.window.get_or_insert(now);
    }

    /// It ended and left `used` of `limit` bytes in use. True: it goes on like this for too long.
    pub(super) fn end(&mut self, now: Duration, used: usize, limit: usize) -> bool {
        let Some(began) = self.began.take() else { return false };
        self.collecting += now.saturating_sub(began);
        self.hopeful |= (used as f64) < limit as f64 * CROWDED;
        let length = now.saturating_sub(self.window.unwrap_or(now));
        if length < WINDOW {
            return false;
        }
        let hopeless = !self.hopeful && self.collecting.as_secs_f64() >= length.as_secs_f64() * SHARE;
        self.hopeless_windows = if hopeless { self.hopeless_windows + 1 } else { 0 };
        self.window = Some(now);
        self.collecting = Duration::ZERO;
        self.hopeful = false;
        self.hopeless_windows >= WINDOWS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Full collections of `collecting` ms after `running` ms each, for `total` ms. When it was too long, if it was.
    fn run(collecting: u64, running: u64, total: u64, used: impl Fn(u64) -> usize) -> Option<u64> {
        let (mut effort, mut now) = (Effort::default(), 0);
        while now < total {
            now += running;
            effort.begin(Duration::from_millis(now));
            now += collecting;
            if effort.end(Duration::from_millis(now), used(now), 100) {
                return Some(now);
            }
        }
        None
    }

    #[test]
    fn a_second_of_collections_that_free_nothing_is_enough() {
        let ended = run(18, 2, 10_000, |_| 95).expect("hopeless");
        assert!((1000..1200).contains(&ended), "{ended}");
        assert!(run(3000, 10, 60_000, |_| 95).is_some(), "also where one takes longer than a window");
    }

    #[test]
    fn a_heap_with_room_or_time_goes_on() {
        assert_eq!(run(18, 2, 60_000, |_| 70), None, "there is room");
        assert_eq!(run(9, 11, 60_000, |_| 95), None, "most of the time is the program's");
        assert_eq!(run(18, 2, 60_000, |now| if now % 800 < 40 { 50 } else { 95 }), None, "room comes back");
    }
}
