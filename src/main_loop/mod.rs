//! The event loop: Node's phases in Node's order, on one thread, around one isolate.
//!
//! ```text
//!        +--> pending   callbacks that an earlier phase deferred
//!        |    poll      sleep until an event or the next timer; then operations that finished, messages, V8's tasks
//!        |    check     setImmediate callbacks
//!        |    close     'close' callbacks of handles that were closed
//!        +--- timers    due setTimeout and setInterval callbacks      (also once before the first turn)
//! ```
//!
//! After *every* callback: the nextTick queue, then promise jobs (microtasks), then unhandled rejections, until all
//! are empty ([`tick`]). The loop ends when nothing referenced is left: no timer, immediate, operation or handle.
//!
//! Timers and immediates keep their queues in JavaScript (`js/internal/timers.js`), where setting and clearing one
//! costs no call into Rust; the loop knows the next deadline and two counts. So a phase is one call each way.
//!
//! Nothing polls: an idle loop sleeps in the operating system until its inbox ([`inbox`]), tokio's I/O driver or the
//! deadline wakes it. V8 scopes are opened per phase and never live across the only `.await`.

pub mod completions;
pub mod inbox;
pub mod liveness;
pub mod metrics;
mod shared;
mod shared_words;
mod spin;
pub mod tick;

use std::rc::Rc;
use std::time::{Duration, Instant};

pub use inbox::{Inbox, LoopEvent, LoopHandle};
pub use shared::{Hooks, LoopShared, process_start};
use tick::immediate_word;

/// How long events are handled before timers and immediates are looked at again.
const LONGEST_DRAIN: Duration = Duration::from_millis(4);

/// One loop on its thread. The isolate is borrowed for each phase.
pub struct EventLoop {
    shared: Rc<LoopShared>,
}

/// Sleeps for `timeout`; for ever without one.
async fn sleep_for(timeout: Option<Duration>) {
    match timeout {
        Some(timeout) => tokio::time::sleep(timeout).await,
        None => std::future::pending().await,
    }
}

impl EventLoop {
    /// The loop whose thread-bound state is `shared`.
    pub fn new(shared: Rc<LoopShared>) -> Self {
        Self { shared }
    }

    /// Turns until nothing keeps the loop alive or it is told to stop.
    pub async fn run(&self, isolate: &mut v8::OwnedIsolate, context: &v8::Global<v8::Context>) {
        self.run_until(isolate, context, |shared| !shared.is_alive()).await;
    }

    /// Turns until `done` says so or the loop is told to stop.
    pub async fn run_until(
        &self,
        isolate: &mut v8::OwnedIsolate,
        context: &v8::Global<v8::Context>,
        done: impl Fn(&LoopShared) -> bool,
    ) {
        self.shared.metrics.begin();
        self.timers(isolate, context);
        while !self.shared.is_stopping() {
            if !done(&self.shared) {
                self.turn(isolate, context).await;
            } else if self.shared.inbox().is_empty() {
                break;
            } else {
                // Tasks of V8's that were posted keep no loop alive, but what they resolve may: they run first.
                self.poll(isolate, context);
            }
        }
        self.shared.metrics.end();
    }

    /// One pass through the phases. The only await is the sleep of the poll phase.
    async fn turn(&self, isolate: &mut v8::OwnedIsolate, context: &v8::Global<v8::Context>) {
        let span = tracing::trace_span!("turn");
        self.shared.metrics.turn();
        span.in_scope(|| self.pending(isolate, context));
        self.wait().await;
        let _entered = span.enter();
        self.shared.update_now();
        self.poll(isolate, context);
        self.check(isolate, context);
        self.close(isolate, context);
        self.shared.update_now();
        self.timers(isolate, context);
    }

    /// Callbacks deferred by JavaScript of an earlier phase.
    fn pending(&self, isolate: &mut v8::OwnedIsolate, context: &v8::Global<v8::Context>) {
        let batch = self.shared.take_deferred();
        if batch.is_empty() {
            return;
        }
        v8::scope_with_context!(let scope, isolate, context);
        for job in batch {
            v8::scope!(let scope, scope);
            job(scope);
            tick::drain_ticks(scope, &self.shared);
        }
    }

    /// Sleeps until there is an event, the next timer is due, or not at all if a phase has work.
    async fn wait(&self) {
        match self.shared.poll_timeout() {
            Some(Duration::ZERO) => {
                // Futures on this thread and the I/O driver get their turn, without sleeping.
                if self.shared.has_local_futures() {
                    tokio::task::yield_now().await;
                }
            }
            timeout => {
                let asleep = Instant::now();
                self.shared.metrics.falls_asleep(asleep);
                let inbox = self.shared.inbox();
                // Sockets and the like are looked at by the sleep alone: a loop that has some does not spin.
                if self.shared.has_local_futures() || !self.shared.spin.wait(timeout, || inbox.is_signalled()) {
                    tokio::select! {
                        biased;
                        () = inbox.readable() => {}
                        () = sleep_for(timeout) => {}
                    }
                    self.shared.spin.slept(asleep, inbox.is_signalled());
                }
                self.shared.metrics.slept(asleep);
            }
        }
    }

    /// Events that arrived, oldest first, in a bounded batch.
    fn poll(&self, isolate: &mut v8::OwnedIsolate, context: &v8::Global<v8::Context>) {
        // The drain begins even where nothing is left: events posted while the last one ran were drained with it, but
        // their wake came through, and the next post must wake again.
        let limit = self.shared.inbox().start_drain();
        if self.shared.inbox().is_empty() {
            return;
        }
        v8::scope_with_context!(let scope, isolate, context);
        let began = Instant::now();
        for _ in 0..limit {
            let Some(event) = self.shared.inbox().pop() else { break };
            self.shared.metrics.event();
            v8::scope!(let scope, scope);
            self.shared.handle_event(scope, event);
            if self.shared.is_stopping() {
                return;
            }
            // Large events that arrive as fast as they are handled must not keep timers from their time.
            if began.elapsed() >= LONGEST_DRAIN {
                break;
            }
        }
        self.shared.inbox().rearm();
    }

    /// setImmediate callbacks; those set meanwhile wait for the next pass.
    fn check(&self, isolate: &mut v8::OwnedIsolate, context: &v8::Global<v8::Context>) {
        if self.shared.immediates.get(immediate_word::COUNT) == 0 {
            return;
        }
        let Some(hook) = self.shared.hook(|h| h.run_immediates.clone()) else { return };
        v8::scope_with_context!(let scope, isolate, context);
        loop {
            let this = v8::undefined(scope).into();
            let hook = v8::Local::new(scope, &hook);
            let completed = tick::call_guarded(scope, &self.shared, hook, this, &[]);
            // A callback that threw ended the batch; JavaScript kept the rest of it for the next call. Ticks do not
            // run before that, as they do not in Node.
            if completed || self.shared.is_stopping() {
                tick::drain_ticks(scope, &self.shared);
                return;
            }
        }
    }

    /// 'close' callbacks.
    fn close(&self, isolate: &mut v8::OwnedIsolate, context: &v8::Global<v8::Context>) {
        let batch = self.shared.take_closing();
        if batch.is_empty() {
            return;
        }
        v8::scope_with_context!(let scope, isolate, context);
        for (callback, data) in batch {
            v8::scope!(let scope, scope);
            let (callback, data) = (v8::Local::new(scope, callback), v8::Local::new(scope, data));
            let this = v8::undefined(scope).into();
            tick::make_callback_in(scope, callback, this, &[], data);
        }
    }

    /// Due timers. JavaScript answers when the next one is due: 0 for none, negative where it is unreferenced.
    fn timers(&self, isolate: &mut v8::OwnedIsolate, context: &v8::Global<v8::Context>) {
        if !self.shared.timer_is_due() {
            return;
        }
        let Some(hook) = self.shared.hook(|h| h.process_timers.clone()) else { return };
        v8::scope_with_context!(let scope, isolate, context);
        while !self.shared.is_stopping() {
            v8::scope!(let scope, scope);
            let this = v8::undefined(scope).into();
            let hook = v8::Local::new(scope, &hook);
            let now = v8::Number::new(scope, self.shared.now()).into();
            let next = tick::call_for_value(scope, &self.shared, hook, this, &[now]);
            // Known before the drain, so that a timer set in a microtask can still be earlier. A callback that threw
            // left the rest of the due timers for another call.
            let next = next.and_then(|n| n.number_value(scope));
            if let Some(next) = next {
                self.shared.set_timer(next);
            }
            tick::drain_ticks(scope, &self.shared);
            if next.is_some() {
                return;
            }
        }
    }
}
