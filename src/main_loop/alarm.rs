//! The deadline of a loop's sleep, to the accuracy of the system's timers.
//!
//! tokio rounds every wait up to its wheel's millisecond, and epoll takes whole milliseconds besides, so that a timer came up
//! to two milliseconds late in a loop with nothing to do. Where there is a timer that is a descriptor (Linux), the loop
//! sleeps on that; elsewhere on tokio's.
//!
//! *Threads:* the loop's own. The descriptor is made by the first sleep with a deadline.

use std::time::Duration;

#[cfg(target_os = "linux")]
mod exact {
    use std::cell::{Cell, OnceCell};
    use std::os::fd::OwnedFd;
    use std::time::Duration;

    use rustix::io::{Errno, read};
    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
    };
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    fn make() -> Option<AsyncFd<OwnedFd>> {
        let fd = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK).ok()?;
        // SAFETY: the descriptor belongs to the `AsyncFd` from here on, which gives it back when it is dropped; only
        // `get_ref` is used on it.
        unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) }.ok()
    }

    /// A timer of the system's, or none where it gave none (no descriptors left).
    #[derive(Default)]
    pub(super) struct Timer {
        fd: OnceCell<Option<AsyncFd<OwnedFd>>>,
        armed: Cell<bool>,
    }

    impl Timer {
        /// Has it go off in `time`; `None` never. False: there is no such timer.
        pub(super) fn set(&self, time: Option<Duration>) -> bool {
            if time.is_none() && !self.armed.get() {
                return true;
            }
            let Some(fd) = self.fd.get_or_init(make) else { return false };
            // Nothing at all would disarm it.
            let time = time.map_or(Duration::ZERO, |t| t.max(Duration::from_nanos(1)));
            let value = Timespec {
                tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: i64::from(time.subsec_nanos()),
            };
            let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
            self.armed.set(!time.is_zero());
            timerfd_settime(fd.get_ref(), TimerfdTimerFlags::empty(), &once).is_ok()
        }

        /// Ends when it goes off.
        pub(super) async fn gone_off(&self) {
            let Some(Some(fd)) = self.fd.get() else { return std::future::pending().await };
            loop {
                let Ok(mut ready) = fd.readable().await else { return };
                // An earlier deadline that nobody waited for any more may have left the descriptor ready; setting it anew
                // took its count away.
                match read(fd.get_ref(), &mut [0; 8]) {
                    Err(Errno::AGAIN) => ready.clear_ready(),
                    _ => {
                        ready.clear_ready();
                        self.armed.set(false);
                        return;
                    }
                }
            }
        }
    }
}

/// What wakes a loop at its deadline.
#[derive(Default)]
pub(super) struct Alarm {
    #[cfg(target_os = "linux")]
    timer: exact::Timer,
}

impl Alarm {
    /// Ends after `timeout`, never early; without one it never does.
    pub(super) async fn after(&self, timeout: Option<Duration>) {
        #[cfg(target_os = "linux")]
        if self.timer.set(timeout) {
            return self.timer.gone_off().await;
        }
        match timeout {
            Some(timeout) => tokio::time::sleep(timeout).await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn run(future: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future);
    }

    #[test]
    fn it_is_never_early_and_can_be_set_again() {
        run(async {
            let alarm = Alarm::default();
            for micros in [1, 300, 2500] {
                let (start, time) = (Instant::now(), Duration::from_micros(micros));
                alarm.after(Some(time)).await;
                assert!(start.elapsed() >= time);
            }
        });
    }

    #[test]
    fn a_deadline_that_was_given_up_wakes_nobody() {
        run(async {
            let alarm = Alarm::default();
            let soon = Duration::from_millis(2);
            tokio::select! {
                biased;
                () = alarm.after(Some(soon)) => panic!("polled once only"),
                () = std::future::ready(()) => {}
            }
            std::thread::sleep(soon * 2);
            tokio::select! {
                () = alarm.after(None) => panic!("there is no deadline"),
                () = tokio::time::sleep(soon * 5) => {}
            }
            let (start, later) = (Instant::now(), soon * 3);
            tokio::select! {
                biased;
                () = alarm.after(Some(soon)) => panic!("polled once only"),
                () = std::future::ready(()) => {}
            }
            std::thread::sleep(soon * 2);
            alarm.after(Some(later)).await;
            assert!(start.elapsed() >= later + soon * 2, "the one that went off meanwhile does not count");
        });
    }
}
