//! What keeps the forced end of a task off an isolate while the runtime is at something there that must not be left half done:
//! it loads a module of its own, or hands an outcome to the task that waits for it.
//!
//! A termination that meets a shield is *held*, and sent when the shield is down. Code of the user's can run below one, too
//! (the iterable of a `map`, a listener), and may never return. So it is sent all the same once JavaScript has gone on there
//! for [`PATIENCE`] of the thread's processor time: not of the clock's, by which a thread that others keep from running
//! would have been at it for long.
//!
//! *Threads:* under the schedule's mutex (`pool_schedule.rs`).

use std::time::Duration;

/// How long JavaScript below a shield goes on before a termination is sent that was held. What the runtime does there takes a
/// few milliseconds.
const PATIENCE: Duration = Duration::from_millis(250);

/// See the module's documentation.
#[derive(Default)]
pub(super) struct Shield {
    /// How deep the isolate's JavaScript is in what must not be interrupted.
    depth: u32,
    held: bool,
    /// The thread's processor time when a termination first met this shield.
    met: Option<Duration>,
}

impl Shield {
    pub(super) fn raise(&mut self) {
        if self.depth == 0 {
            self.met = None;
        }
        self.depth += 1;
    }

    /// The end of what [`raise`](Self::raise) began. Whether a termination that was held is to be sent now.
    pub(super) fn lower(&mut self) -> bool {
        self.depth = self.depth.saturating_sub(1);
        self.depth == 0 && std::mem::take(&mut self.held)
    }

    pub(super) fn is_up(&self) -> bool {
        self.depth > 0
    }

    pub(super) fn is_holding(&self) -> bool {
        self.held
    }

    /// A termination is asked for, by another thread. Whether it is to be sent at once.
    pub(super) fn ask(&mut self) -> bool {
        self.held = self.is_up();
        !self.held
    }

    /// The isolate's own thread, which has used `time` of the processor, is about to terminate its JavaScript. Whether it may.
    pub(super) fn meet(&mut self, time: Duration) -> bool {
        if !self.is_up() {
            return true;
        }
        let met = *self.met.get_or_insert(time);
        self.held = time.saturating_sub(met) < PATIENCE;
        !self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn what_is_held_is_sent_when_the_last_shield_is_down() {
        let mut shield = Shield::default();
        assert!(shield.ask() && shield.meet(ms(1)));
        shield.raise();
        shield.raise();
        assert!(!shield.ask() && shield.is_holding());
        assert!(!shield.lower() && shield.is_up());
        assert!(shield.lower() && !shield.is_up());
        shield.raise();
        assert!(!shield.lower(), "nothing was held this time");
    }

    #[test]
    fn asking_often_does_not_break_it_but_computing_does() {
        let mut shield = Shield::default();
        shield.raise();
        for _ in 0..1000 {
            assert!(!shield.ask());
            assert!(!shield.meet(ms(7)));
        }
        assert!(!shield.meet(ms(7) + PATIENCE - ms(1)));
        assert!(shield.meet(ms(7) + PATIENCE));
        // What broke it is not sent again at its end.
        assert!(!shield.lower());
        // The next one has its own time.
        shield.raise();
        assert!(!shield.meet(ms(900)));
    }
}
