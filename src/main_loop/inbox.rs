//! The only door from other threads into a loop.
//!
//! *Owns* a flume queue and a coalesced wake. *Threads:* any thread may [`LoopHandle::post`]; only the loop's own
//! thread holds the [`Inbox`].
//!
//! Protocol. A sender **pushes**, then **sets** `scheduled`; whoever finds it clear **wakes** the loop. The loop
//! **clears** `scheduled` before it **drains**. So either the drain sees the event or the sender saw the flag clear
//! and wakes: no event waits for a later one, and a burst costs one wake. (The same protocol as
//! `workers::mailbox`, where it is model-checked.)
//!
//! Shutdown: dropping the `Inbox` disconnects the queue; later posts are dropped, with what they own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam::utils::CachePadded;
use tokio::sync::Notify;

use super::completions::{OpId, Settlement};
use super::record::EventKind;

/// Work that runs on the loop's thread, in its poll phase, inside a scope of the loop's context.
pub type Job = Box<dyn FnOnce(&mut v8::PinScope) + Send>;

/// What arrives at a loop from outside its JavaScript.
pub enum LoopEvent {
    /// An asynchronous operation finished.
    Settled(OpId, Settlement),
    /// Anything else: a port became readable, a child exited, a Worker ended …
    Job(EventKind, Job),
    /// V8 wants a task run on this isolate's thread.
    ForegroundTask(v8::Task),
    /// As [`LoopEvent::ForegroundTask`], after a delay. Never keeps the loop alive.
    DelayedTask(v8::Task, Duration),
    /// Leave the loop as soon as JavaScript has unwound (Worker termination).
    Stop,
}

struct Wake {
    /// On a cache line of its own: every sender writes to it, most without going on to `notify`.
    scheduled: CachePadded<AtomicBool>,
    /// Somebody asked the loop to end. A flag besides the event, because what is queued before it must not run.
    stop: AtomicBool,
    notify: Notify,
}

/// The sending side: post an event to a loop and wake it (libuv's `uv_async_t`).
#[derive(Clone)]
pub struct LoopHandle {
    queue: flume::Sender<LoopEvent>,
    wake: Arc<Wake>,
}

impl LoopEvent {
    /// What it is.
    pub(super) fn kind(&self) -> EventKind {
        match self {
            Self::Settled(..) => EventKind::Operation,
            Self::Job(kind, _) => *kind,
            Self::ForegroundTask(_) | Self::DelayedTask(..) => EventKind::Engine,
            Self::Stop => EventKind::Internal,
        }
    }
}

impl LoopHandle {
    /// Queues `event` and wakes the loop. Returns false, dropping the event, when the loop is gone.
    pub fn post(&self, event: LoopEvent) -> bool {
        if self.queue.send(event).is_err() {
            return false;
        }
        if !self.wake.scheduled.swap(true, Ordering::AcqRel) {
            self.wake.notify.notify_one();
        }
        true
    }

    /// Queues `event` on the loop's own thread, which looks at its inbox before it sleeps: nobody has to be woken.
    pub(super) fn post_own(&self, event: LoopEvent) {
        // Refused where the inbox is gone, as [`LoopHandle::post`] is.
        let _ = self.queue.send(event);
    }

    /// Asks the loop to end: at once where it sleeps, and otherwise as soon as JavaScript has unwound. Nothing that is
    /// queued runs any more.
    pub fn request_stop(&self) {
        self.wake.stop.store(true, Ordering::Release);
        self.post(LoopEvent::Stop);
    }

    /// Queues a closure that runs on the loop's thread: the runtime's own business.
    pub fn post_job(&self, job: impl FnOnce(&mut v8::PinScope) + Send + 'static) -> bool {
        self.post_event(EventKind::Internal, job)
    }

    /// As [`LoopHandle::post_job`], and says what it is, for whoever wants to know what the loop does.
    pub fn post_event(&self, kind: EventKind, job: impl FnOnce(&mut v8::PinScope) + Send + 'static) -> bool {
        self.post(LoopEvent::Job(kind, Box::new(job)))
    }
}

/// The receiving side, owned by the loop's thread.
pub struct Inbox {
    queue: flume::Receiver<LoopEvent>,
    wake: Arc<Wake>,
}

impl Inbox {
    /// A new inbox and its first handle.
    pub fn new() -> (LoopHandle, Inbox) {
        let (sender, queue) = flume::unbounded();
        let wake = Arc::new(Wake {
            scheduled: CachePadded::new(AtomicBool::new(false)),
            stop: AtomicBool::new(false),
            notify: Notify::new(),
        });
        (LoopHandle { queue: sender, wake: wake.clone() }, Inbox { queue, wake })
    }

    /// Completes when an event was posted since the last [`Inbox::start_drain`]. May complete spuriously.
    pub async fn readable(&self) {
        if self.queue.is_empty() {
            self.wake.notify.notified().await;
        }
    }

    /// Whether [`LoopHandle::request_stop`] was called.
    pub fn stop_requested(&self) -> bool {
        self.wake.stop.load(Ordering::Acquire)
    }

    /// Whether an event was posted since the last [`Inbox::start_drain`]; one load, for spinning.
    pub fn is_signalled(&self) -> bool {
        self.wake.scheduled.load(Ordering::Acquire)
    }

    /// Has posts wake nobody until the next [`Inbox::start_drain`], which the caller promises.
    pub(super) fn hush(&self) {
        self.wake.scheduled.store(true, Ordering::Release);
    }

    /// Whether nothing is queued.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Begins a drain: later posts wake again. Returns how many events there are now.
    pub fn start_drain(&self) -> usize {
        self.wake.scheduled.store(false, Ordering::Release);
        std::sync::atomic::fence(Ordering::SeqCst);
        self.queue.len()
    }

    /// The next event, if any.
    pub fn pop(&self) -> Option<LoopEvent> {
        self.queue.try_recv().ok()
    }

    /// Wakes the loop again for what a bounded drain left behind.
    pub fn rearm(&self) {
        if !self.queue.is_empty() && !self.wake.scheduled.swap(true, Ordering::AcqRel) {
            self.wake.notify.notify_one();
        }
    }
}

const _: fn() = || {
    fn send_sync_clone<T: Send + Sync + Clone>() {}
    send_sync_clone::<LoopHandle>();
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inbox_bounded_drain_rearm_wakes() {
        let (handle, inbox) = Inbox::new();
        assert!(handle.post(LoopEvent::Stop) && handle.post(LoopEvent::Stop));
        assert_eq!(inbox.start_drain(), 2);
        assert!(inbox.pop().is_some());
        inbox.rearm();
        assert!(inbox.wake.scheduled.load(Ordering::Acquire));
        assert!(inbox.pop().is_some() && inbox.is_empty());
    }

    #[test]
    fn hushed_posts_are_seen_by_the_next_drain() {
        let (handle, inbox) = Inbox::new();
        inbox.hush();
        assert!(handle.post(LoopEvent::Stop));
        assert_eq!(inbox.start_drain(), 1);
        assert!(!inbox.is_signalled(), "the next post wakes again");
    }

    #[test]
    fn post_after_inbox_dropped_reports_failure() {
        let (handle, inbox) = Inbox::new();
        drop(inbox);
        assert!(!handle.post(LoopEvent::Stop));
    }
}
