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
//! costs no call into Rust; the loop knows the next deadline and a few counts. So a phase is one call each way.
//!
//! Nothing polls: an idle loop sleeps in the operating system until its inbox ([`inbox`]), tokio's I/O driver or the
//! deadline wakes it. V8 scopes are opened per phase and never live across the only `.await`.

mod alarm;
mod blocking;
pub mod buckets;
mod clock;
pub mod completions;
pub mod inbox;
mod job_queue;
pub mod liveness;
pub mod metrics;
pub mod record;
mod shared;
mod shared_words;
mod short_turns;
mod spin;
pub mod tick;
mod trust;

use std::rc::Rc;
use std::time::Duration;

use crate::observe::reports::Place;
use crate::observe::trace;
pub(crate) use blocking::MOST_THREADS as MOST_BLOCKING_THREADS;
pub(crate) use blocking::QuickJob;
pub use inbox::{Inbox, LoopEvent, LoopHandle};
use record::{EventKind, Phase};
pub(crate) use shared::clock;
pub use shared::{Hooks, LoopShared, process_start};
use tick::timer_word;

/// How long events are handled before timers and immediates are looked at again, in ns.
const LONGEST_DRAIN: u64 = 4_000_000;
/// How many events are handled at most, unless there were more to begin with: as many messages as Node takes from a port.
const LARGEST_DRAIN: usize = 1000;

/// How long the loop rests where blocking jobs are about to end one after the other, so that it takes what several of them
/// came to at once. The kernel adds about 60 us. Shorter than the sleeps that are shared out otherwise, one for each job,
/// take together.
const NAP: Duration = Duration::from_micros(30);

/// How many jobs that need no thread the loop does before it looks at what they came to: some 50 us of work.
const MOST_ATTENDED: usize = 8;

/// One loop on its thread. The isolate is borrowed for each phase.
pub struct EventLoop {
    shared: Rc<LoopShared>,
}

/// What an operation that has ended was, for reports.
fn describe(
    scope: &mut v8::PinScope,
    operation: Option<completions::Operation>,
) -> (Option<Place>, Option<String>, Option<String>) {
    let Some(operation) = operation else { return (None, None, None) };
    let callback = v8::Local::new(scope, &operation.callback);
    (Some(Place::of_function(scope, callback)), Some(operation.area()), None)
}

impl EventLoop {
    /// The loop whose thread-bound state is `shared`.
    pub fn new(shared: Rc<LoopShared>) -> Self {
        Self { shared }
    }

    /// Turns until nothing keeps the loop alive or it is told to stop.
    pub async fn run(&self, isolate: &mut v8::OwnedIsolate, context: &v8::Global<v8::Context>) {
        self.run_until(isolate, context, |shared, isolate| !shared.is_alive(isolate)).await;
    }

    /// Turns until `done` says so or the loop is told to stop.
    pub async fn run_until(
        &self,
        isolate: &mut v8::OwnedIsolate,
        context: &v8::Global<v8::Context>,
        done: impl Fn(&LoopShared, &v8::Isolate) -> bool,
    ) {
        let shared = &*self.shared;
        shared.metrics.begin(shared.read_clock());
        shared.begin_work();
        self.timers(isolate, context);
        while !shared.is_stopping() {
            if !done(shared, isolate) {
                self.turn(isolate, context).await;
                continue;
            }
            // A report of the last turn goes out now.
            shared.last_work_done();
            shared.renew_work();
            if shared.inbox().is_empty() {
                break;
            }
            // Tasks of V8's that were posted keep no loop alive, but what they resolve may: they run first.
            self.poll(isolate, context);
        }
        if shared.is_stopping() {
            // It was left in the middle of a turn, of which there is a report, too.
            shared.last_work_done();
        }
        shared.record().stall.rest();
        shared.metrics.end(shared.stamp());
    }

    /// One pass through the phases. The only await is the sleep of the poll phase.
    async fn turn(&self, isolate: &mut v8::OwnedIsolate, context: &v8::Global<v8::Context>) {
        let span = tracing::trace_span!("turn");
        let shared = &*self.shared;
        span.in_scope(|| self.pending(isolate, context));
        self.wait().await;
        let _entered = span.enter();
        shared.follow_clock();
        self.poll(isolate, context);
        self.check(isolate, context);
        self.close(isolate, context);
        // Each phase read the clock if it did anything.
        shared.follow_clock();
        self.timers(isolate, context);
    }

    /// Callbacks deferred by JavaScript of an earlier phase.
    fn pending(&self, isolate: &mut v8::OwnedIsolate, context: &v8::Global<v8::Context>) {
        let batch = self.shared.take_deferred();
        if batch.is_empty() {
            return;
        }
        self.shared.observation.enter(Phase::Pending);
        v8::scope_with_context!(let scope, isolate, context);
        let mut batch = batch.into_iter();
        while !self.shared.is_stopping()
            && let Some(job) = batch.next()
        {
            v8::scope!(let scope, scope);
            job(scope);
            tick::drain_ticks(scope, &self.shared);
        }
        self.shared.defer_again(batch);
        self.shared.phase_done(Phase::Pending);
    }

    /// Sleeps until there is an event, the next timer is due, or not at all if a phase has work.
    async fn wait(&self) {
        let shared = &*self.shared;
        // Whatever waited meanwhile is looked at now: what the loop did until here is one turn's work.
        shared.work_done();
        let timeout = match shared.poll_timeout() {
            // Immediates may go on for ever: one job in each of such turns.
            timeout @ Some(Duration::ZERO) => {
                self.attend(1);
                timeout
            }
            _ if self.attend(MOST_ATTENDED) => Some(Duration::ZERO),
            timeout => timeout,
        };
        match timeout {
            Some(Duration::ZERO) => {
                // Futures on this thread and the I/O driver get their turn, without sleeping.
                if shared.has_local_futures() {
                    tokio::task::yield_now().await;
                    shared.read_clock();
                }
                shared.renew_work();
            }
            timeout => {
                self.sleep(timeout).await;
                shared.begin_work();
            }
        }
    }

    /// Sleeps until there is an event, or for `timeout`.
    async fn sleep(&self, timeout: Option<Duration>) {
        let shared = &*self.shared;
        let asleep = shared.stamp();
        shared.record().stall.rest();
        shared.metrics.falls_asleep(asleep);
        let inbox = shared.inbox();
        // Sockets and the like are looked at by the sleep alone: a loop that has some does not spin.
        let free = !shared.has_local_futures();
        let spun = free && (self.nap(timeout) || shared.spin.wait(timeout, || inbox.is_signalled()));
        if !spun {
            tokio::select! {
                biased;
                () = inbox.readable() => {}
                () = shared.alarm.after(timeout) => {}
            }
        }
        let now = shared.read_clock();
        let slept = now.saturating_sub(asleep);
        if !spun {
            shared.spin.slept(Duration::from_nanos(slept), inbox.is_signalled());
        }
        shared.metrics.wakes(now);
        trace::slice("loop", "wait", asleep, slept, &[]);
        let meant = timeout.map_or(u64::MAX, |t| u64::try_from(t.as_nanos()).unwrap_or(u64::MAX));
        if slept >= meant {
            shared.woke_late(slept - meant);
        }
    }

    /// Does quick jobs that wait for a thread, as many as `most`, until events of others arrive. Whether there was one.
    fn attend(&self, most: usize) -> bool {
        let shared = &*self.shared;
        shared.blocking.attend(most, |event| {
            shared.post_own(event);
            shared.inbox().is_signalled()
        })
    }

    /// Sleeps for a fixed time, without being woken, where many blocking jobs wait for a thread. Whether events arrived.
    fn nap(&self, timeout: Option<Duration>) -> bool {
        let shared = &*self.shared;
        if timeout.is_some_and(|timeout| timeout < 4 * NAP) || !shared.blocking.is_backlogged() {
            return false;
        }
        let inbox = shared.inbox();
        inbox.hush();
        std::thread::sleep(NAP);
        inbox.start_drain() > 0
    }

    /// Events that arrived, oldest first, in a bounded batch.
    fn poll(&self, isolate: &mut v8::OwnedIsolate, context: &v8::Global<v8::Context>) {
        let shared = &self.shared;
        // The drain begins even where nothing is left: events posted while the last one ran were drained with it, but
        // their wake came through, and the next post must wake again.
        let waiting = shared.inbox().start_drain();
        if waiting == 0 {
            return;
        }
        let record = shared.record();
        record.events_wait(waiting as u64);
        shared.observation.enter(Phase::Poll);
        let began = shared.stamp();
        v8::scope_with_context!(let scope, isolate, context);
        let mut last = began;
        for _ in 0..waiting.max(LARGEST_DRAIN) {
            let Some(event) = shared.inbox().pop() else { break };
            let kind = event.kind();
            v8::scope!(let scope, scope);
            // Messages are timed one by one, where they are delivered (`src/workers/port.rs`).
            let observed = record.is_observed() && kind != EventKind::Message;
            let operation = if observed { shared.operation_of(&event) } else { None };
            shared.handle_event(scope, event);
            let now = shared.read_clock();
            record.event(kind, now.saturating_sub(last));
            if observed {
                shared.callback_done(kind, last, now, || describe(scope, operation));
            }
            last = now;
            // Large events that arrive as fast as they are handled must not keep timers from their time.
            if shared.is_stopping() || now.saturating_sub(began) >= LONGEST_DRAIN {
                break;
            }
        }
        shared.phase_took(Phase::Poll, last.saturating_sub(began));
        shared.inbox().rearm();
    }

    /// setImmediate callbacks; those set meanwhile wait for the next pass.
    fn check(&self, isolate: &mut v8::OwnedIsolate, context: &v8::Global<v8::Context>) {
        let waiting = self.shared.timer_words.get(timer_word::IMMEDIATES);
        if waiting == 0 {
            return;
        }
        self.shared.record().immediates_wait(u64::from(waiting));
        self.shared.observation.enter(Phase::Check);
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
                break;
            }
        }
        self.shared.phase_done(Phase::Check);
    }

    /// 'close' callbacks.
    fn close(&self, isolate: &mut v8::OwnedIsolate, context: &v8::Global<v8::Context>) {
        let batch = self.shared.take_closing();
        if batch.is_empty() {
            return;
        }
        self.shared.observation.enter(Phase::Close);
        v8::scope_with_context!(let scope, isolate, context);
        let mut batch = batch.into_iter();
        while !self.shared.is_stopping()
            && let Some((callback, data)) = batch.next()
        {
            v8::scope!(let scope, scope);
            let (callback, data) = (v8::Local::new(scope, callback), v8::Local::new(scope, data));
            let this = v8::undefined(scope).into();
            tick::make_callback_in(scope, callback, this, &[], data);
        }
        self.shared.close_again(batch);
        self.shared.phase_done(Phase::Close);
    }

    /// Due timers. JavaScript answers when the next one is due: 0 for none.
    fn timers(&self, isolate: &mut v8::OwnedIsolate, context: &v8::Global<v8::Context>) {
        if !self.shared.timer_is_due() {
            return;
        }
        let Some(hook) = self.shared.hook(|h| h.process_timers.clone()) else { return };
        self.shared.observation.enter(Phase::Timers);
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
                break;
            }
        }
        self.shared.phase_done(Phase::Timers);
    }
}
