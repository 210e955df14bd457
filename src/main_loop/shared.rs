//! The part of a loop that operations see: its inbox, clock, deadlines, queues and references.
//!
//! *Threads:* the loop's own only (`Rc`, `Cell`); other threads hold a [`LoopHandle`]. It lives in an isolate slot,
//! so that every operation finds the loop of its isolate. A borrow is never held while JavaScript runs.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::alarm::Alarm;
use super::blocking::BlockingJobs;
use super::clock::{LoopClock, beside};
use super::completions::{Completions, Operation};
use super::inbox::{Inbox, Job, LoopEvent, LoopHandle};
use super::liveness::Liveness;
use super::metrics::{LoopMetrics, nanoseconds};
use super::record::{EventKind, LoopRecord, Phase, is_off};
use super::shared_words::SharedWords;
use super::spin::Spin;
use super::tick::{self, tick_word, timer_word};
use crate::observe::histogram::SharedHistogram;
use crate::observe::observation::Observation;
use crate::observe::{trace, watchdog};

/// JavaScript functions the loop calls, registered once by the bootstrap code.
#[derive(Clone)]
pub struct Hooks {
    /// Runs due timers; `(now) => next deadline`.
    pub process_timers: v8::Global<v8::Function>,
    /// Runs the check phase's queue.
    pub run_immediates: v8::Global<v8::Function>,
    /// Runs nextTick callbacks, microtasks between them, and judges rejections.
    pub process_ticks: v8::Global<v8::Function>,
    /// `(error, fromPromise, arrow)`: an exception nobody caught.
    pub fatal_exception: v8::Global<v8::Function>,
    /// `(event, promise, reason)`: V8's promise reject events.
    pub promise_rejected: v8::Global<v8::Function>,
    /// `(ms, creation)`: callbacks that take so long are to be told of; none where it is negative.
    pub observe_callbacks: v8::Global<v8::Function>,
}

impl Hooks {
    /// Of what `hook` gives for each, in the order of the fields.
    pub(crate) fn make<E>(mut hook: impl FnMut(i32) -> Result<v8::Global<v8::Function>, E>) -> Result<Self, E> {
        Ok(Self {
            process_timers: hook(0)?,
            run_immediates: hook(1)?,
            process_ticks: hook(2)?,
            fatal_exception: hook(3)?,
            promise_rejected: hook(4)?,
            observe_callbacks: hook(5)?,
        })
    }

    /// All of them, in that order.
    pub(crate) fn list(self) -> [v8::Global<v8::Function>; 6] {
        let Self {
            process_timers,
            run_immediates,
            process_ticks,
            fatal_exception,
            promise_rejected,
            observe_callbacks,
        } = self;
        [process_timers, run_immediates, process_ticks, fatal_exception, promise_rejected, observe_callbacks]
    }
}

/// No phase had anything to do in this turn.
const NONE: u64 = u64::MAX;
/// More than one had, or each is to be looked at.
const SEVERAL: u64 = u64::MAX - 1;

/// A callback for the close phase, and the async context it runs in.
type ClosingCallback = (v8::Global<v8::Function>, v8::Global<v8::Value>);

/// What is known of the turn that is under way. In one line of the processor's cache.
#[repr(C, align(64))]
struct PresentTurn {
    /// When what the loop does now began, without a look at anything else since.
    since: Cell<u64>,
    /// How long the one phase took that had something to do ([`NONE`], [`SEVERAL`]).
    only_time: Cell<u64>,
    /// What that is as a turn begins.
    only_fresh: Cell<u64>,
    /// By how much the loop was late as it began.
    woke_late: Cell<u64>,
    only_phase: Cell<Phase>,
}

impl PresentTurn {
    fn new() -> Self {
        Self {
            since: Cell::new(0),
            only_time: Cell::new(NONE),
            only_fresh: Cell::new(NONE),
            woke_late: Cell::new(0),
            only_phase: Cell::new(Phase::Outside),
        }
    }
}

/// Thread-bound state of one loop.
pub struct LoopShared {
    handle: LoopHandle,
    inbox: Inbox,
    /// Current loop time in ms since the process started, cached for the length of a phase as libuv does.
    now: Cell<f64>,
    /// The reading of the clock that it was made of.
    followed: Cell<u64>,
    /// Its last reading was taken at the end of the last thing that took time.
    clock: LoopClock,
    present: PresentTurn,
    /// Histograms that get a value each turn, and since when.
    samples: RefCell<Vec<(Arc<SharedHistogram>, u64)>>,
    /// When the next timer may be due, in ms of the same clock. It may have been cleared meanwhile.
    timer_at: Cell<Option<f64>>,
    stopping: Cell<bool>,
    /// See [`LoopShared::pause`].
    paused: Cell<bool>,
    exit_code: Cell<Option<i32>>,
    local_futures: Cell<usize>,
    hooks: RefCell<Option<Hooks>>,
    deferred: RefCell<Vec<Job>>,
    closing: RefCell<Vec<ClosingCallback>>,
    /// References that keep the loop alive.
    pub liveness: Liveness,
    /// JavaScript was terminated since this was last looked at.
    pub(crate) unwound: Cell<bool>,
    /// Operations under way.
    pub completions: Completions,
    /// Those among them that block a thread.
    pub(crate) blocking: BlockingJobs,
    /// Whether to wait awake; kept over several runs of the loop, as in a pool's thread.
    pub(super) spin: Spin,
    /// What ends the poll phase's sleep when a timer is due.
    pub(super) alarm: Alarm,
    /// How the loop spends its time.
    pub metrics: LoopMetrics,
    /// What somebody wants to know of its turns.
    pub(crate) observation: Observation,
    /// Words shared with the nextTick queue.
    pub ticks: SharedWords,
    /// Words shared with the queues of timers and immediates.
    pub timer_words: SharedWords,
}

/// Loop time. In milliseconds and parts of them: with libuv's whole ones a timer is due up to one early or late.
fn milliseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e6
}

/// When this process started, as far as its clocks are concerned. Set first thing in `main`.
pub fn process_start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}

/// The clock, on the scale of loop time; neither that nor any loop's last reading changes.
pub(crate) fn clock() -> f64 {
    milliseconds(beside())
}

impl LoopShared {
    /// State of a new loop; also its inbox.
    pub fn new() -> Self {
        let (handle, inbox) = Inbox::new();
        let shared = Self {
            handle,
            inbox,
            now: Cell::new(0.0),
            followed: Cell::new(0),
            clock: LoopClock::new(),
            present: PresentTurn::new(),
            samples: RefCell::default(),
            timer_at: Cell::new(None),
            stopping: Cell::new(false),
            paused: Cell::new(false),
            unwound: Cell::new(false),
            exit_code: Cell::new(None),
            local_futures: Cell::new(0),
            hooks: RefCell::new(None),
            deferred: RefCell::default(),
            closing: RefCell::default(),
            liveness: Liveness::default(),
            completions: Completions::default(),
            blocking: BlockingJobs::default(),
            spin: Spin::default(),
            alarm: Alarm::default(),
            metrics: LoopMetrics::default(),
            observation: Observation::default(),
            ticks: SharedWords::new(tick_word::COUNT),
            timer_words: SharedWords::new(timer_word::COUNT),
        };
        shared.update_now();
        shared
    }

    /// A handle that other threads can post to.
    pub fn handle(&self) -> LoopHandle {
        self.handle.clone()
    }

    /// Queues an event on the loop's own thread, before the loop looks at its inbox.
    pub(super) fn post_own(&self, event: LoopEvent) {
        self.handle.post_own(event);
    }

    /// The receiving side of the inbox.
    pub fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// Loop time in ms since the process started.
    pub fn now(&self) -> f64 {
        self.now.get()
    }

    /// Reads the clock anew.
    pub fn update_now(&self) -> f64 {
        self.read_clock();
        self.follow_clock()
    }

    /// Reads the clock; the loop's time stays what it was. In ns since the process started.
    #[inline]
    pub(crate) fn read_clock(&self) -> u64 {
        self.clock.read(|| self.record().is_observed())
    }

    /// The clock's last reading.
    pub(crate) fn stamp(&self) -> u64 {
        self.clock.last()
    }

    /// Makes the clock's last reading the loop's time.
    #[inline]
    pub(super) fn follow_clock(&self) -> f64 {
        let stamp = self.stamp();
        if self.followed.replace(stamp) != stamp {
            self.now.set(milliseconds(stamp));
        }
        self.now.get()
    }

    /// What the turns of this loop left.
    pub(crate) fn record(&self) -> &LoopRecord {
        self.metrics.record()
    }

    /// Work begins, after a rest, at the clock's last reading.
    pub(crate) fn begin_work(&self) {
        if is_off() {
            return;
        }
        self.present.since.set(self.stamp());
        if self.record().stall.begin(self.stamp()) {
            watchdog::attend();
        }
    }

    /// As [`LoopShared::begin_work`], without a rest before.
    #[inline]
    pub(super) fn renew_work(&self) {
        if is_off() {
            return;
        }
        self.present.since.set(self.stamp());
        self.record().stall.renew(self.stamp());
    }

    /// A pass: the work of one turn is done, as of the clock's last reading.
    #[inline]
    pub(crate) fn work_done(&self) {
        if is_off() {
            return;
        }
        let busy = self.stamp().saturating_sub(self.present.since.get());
        let only = self.present.only_time.replace(self.present.only_fresh.get());
        if only == busy && !self.record().is_observed() {
            self.record().turn_of_one(self.present.only_phase.get(), busy);
        } else {
            self.record().pass();
            self.work_of_several_done(only, busy);
        }
    }

    /// As [`LoopShared::work_done`], where no pass follows.
    pub(super) fn last_work_done(&self) {
        let only = self.present.only_time.replace(self.present.only_fresh.get());
        self.work_of_several_done(only, self.stamp().saturating_sub(self.present.since.get()));
    }

    /// The work of a turn is done that was more than one phase that is over, or that somebody wants to know of.
    #[inline(never)]
    fn work_of_several_done(&self, only: u64, busy: u64) {
        self.record_only(only);
        self.record().busy(busy);
        let (start, now) = (self.present.since.get(), self.stamp());
        if self.record().is_observed() {
            self.report_turn(start, busy);
        }
        for (histogram, since) in &*self.samples.borrow() {
            let busy = now.saturating_sub(start.max(*since));
            histogram.record((busy + self.present.woke_late.get()).max(1));
        }
        self.present.woke_late.set(0);
    }

    /// The phase that was the only one of its turn until now is not to be one entry with it.
    fn record_only(&self, time: u64) {
        if time < SEVERAL {
            self.record().phase(self.present.only_phase.get(), time);
        }
    }

    /// The loop slept `time` ns longer than it meant to.
    pub(super) fn woke_late(&self, time: u64) {
        self.present.woke_late.set(time);
        self.record().late(time);
    }

    /// Records into `histogram`, once a turn and from now on, how long what could have happened had to wait for the loop:
    /// its turn's work, and by how much it had slept too long. Or no more. False where that is so already.
    pub(crate) fn sample_turns(&self, histogram: &Arc<SharedHistogram>, on: bool) -> bool {
        let mut samples = self.samples.borrow_mut();
        let place = samples.iter().position(|(other, _)| Arc::ptr_eq(other, histogram));
        match (on, place) {
            (true, None) => samples.push((histogram.clone(), nanoseconds(Instant::now()))),
            (false, Some(place)) => drop(samples.swap_remove(place)),
            _ => return false,
        }
        // Each turn is looked at while there is one.
        self.present.only_fresh.set(if samples.is_empty() { NONE } else { SEVERAL });
        self.record_only(self.present.only_time.replace(SEVERAL));
        self.present.woke_late.set(0);
        true
    }

    /// Something that took time has ended: a phase. Reads the clock.
    #[inline]
    pub(crate) fn phase_done(&self, phase: Phase) {
        let began = self.stamp();
        let now = self.read_clock();
        self.phase_took(phase, now.saturating_sub(began));
    }

    /// A phase took `time` ns.
    #[inline]
    pub(crate) fn phase_took(&self, phase: Phase, time: u64) {
        if is_off() {
            return;
        }
        if self.present.only_time.get() == NONE && !self.record().is_observed() {
            // Recorded with the turn, if it stays the only one.
            self.present.only_phase.set(phase);
            self.present.only_time.set(time);
        } else {
            self.one_phase_of_several_took(phase, time);
        }
    }

    #[inline(never)]
    fn one_phase_of_several_took(&self, phase: Phase, time: u64) {
        self.record_only(self.present.only_time.replace(SEVERAL));
        self.record().phase(phase, time);
        if self.record().is_observed() {
            self.observation.phase_done(phase, time);
            trace::slice("loop", phase.name(), self.stamp().saturating_sub(time), time, &[]);
        }
    }

    /// The process ends in the middle of a turn: the trace gets what there is of it.
    pub(crate) fn trace_unfinished(&self) {
        trace::slice_since("loop", self.observation.phase().name(), self.stamp(), &[]);
        trace::slice_since("loop", "turn", self.present.since.get(), &[]);
    }

    /// A call from outside of the loop begins. Where nobody observes it, one of many (not `always`) costs nothing: false, and
    /// [`LoopShared::end_call`] is not to be called.
    pub(crate) fn begin_call(&self, always: bool) -> bool {
        if !always && !self.record().is_observed() {
            return false;
        }
        self.read_clock();
        self.observation.enter(Phase::Outside);
        self.begin_work();
        true
    }

    /// A call from outside of the loop is over.
    pub(crate) fn end_call(&self, kind: EventKind) {
        let start = self.present.since.get();
        let now = self.read_clock();
        if self.record().is_observed() {
            self.callback_done(kind, start, now, || (None, None, None));
        }
        self.phase_took(Phase::Outside, now.saturating_sub(start));
        self.record_only(self.present.only_time.replace(self.present.only_fresh.get()));
        if kind == EventKind::Task {
            // The loop of a pool's thread could attend to nothing else. Scripts run before their loop does.
            self.record().busy(now.saturating_sub(start));
        }
        if self.record().is_observed() {
            self.report_turn(start, now.saturating_sub(start));
        }
        self.record().stall.rest();
    }

    /// Sets the next timer deadline as JavaScript states it: ms of loop time, 0 for none.
    pub fn set_timer(&self, next: f64) {
        self.timer_at.set((next != 0.0).then_some(next));
    }

    /// In how many ms of loop time the next timer is due.
    pub(crate) fn next_timer_in(&self) -> Option<f64> {
        Some(self.timer_at.get()? - self.now.get())
    }

    /// Whether the next timer's time has come.
    pub(super) fn timer_is_due(&self) -> bool {
        self.timer_at.get().is_some_and(|at| at <= self.now.get())
    }

    /// How long the poll phase may sleep: not at all if another phase has work, until the next timer, or for ever.
    pub(super) fn poll_timeout(&self) -> Option<Duration> {
        let busy = self.is_stopping()
            || !self.inbox.is_empty()
            || self.timer_words.get(timer_word::REFED_IMMEDIATES) > 0
            || !self.closing.borrow().is_empty()
            || !self.deferred.borrow().is_empty();
        if busy {
            return Some(Duration::ZERO);
        }
        let at = self.timer_at.get()?;
        let left = at * 1e6 - self.stamp() as f64;
        // A nanosecond more, so that the deadline has come when the sleep is over, whatever a float rounds.
        Some(if left > 0.0 { Duration::from_nanos(left as u64 + 1) } else { Duration::ZERO })
    }

    /// Whether anything keeps the loop of `isolate` from ending.
    pub fn is_alive(&self, isolate: &v8::Isolate) -> bool {
        self.has_work() || isolate.has_pending_background_tasks()
    }

    /// Whether anything that the loop knows of keeps it from ending: all but what V8 compiles on other threads for a promise
    /// of its own (WebAssembly), which only the isolate can tell.
    fn has_work(&self) -> bool {
        self.liveness.count() > 0
            || self.timer_words.get(timer_word::REFED_TIMERS) > 0
            || self.timer_words.get(timer_word::REFED_IMMEDIATES) > 0
            || !self.closing.borrow().is_empty()
            || !self.deferred.borrow().is_empty()
    }

    /// Whether nothing of JavaScript's is set to happen, referenced or not, as far as the loop knows.
    pub(crate) fn is_deserted(&self) -> bool {
        !self.has_work()
            && self.timer_words.get(timer_word::TIMERS) == 0
            && self.timer_words.get(timer_word::IMMEDIATES) == 0
            && self.ticks.get(tick_word::HAS_TICKS) == 0
    }

    /// Leaves the loop with the exit code set so far, as soon as JavaScript has unwound.
    pub fn stop(&self) {
        self.stopping.set(true);
    }

    /// As [`LoopShared::stop`], with `code`.
    pub fn stop_with(&self, code: i32) {
        self.exit_code.set(Some(code));
        self.stopping.set(true);
    }

    /// Leaves the loop as [`LoopShared::stop`] does, until [`LoopShared::go_on`]: a termination was sent that may yet meet
    /// whatever is called next.
    pub(crate) fn pause(&self) {
        self.paused.set(true);
    }

    /// Ends a pause.
    pub(crate) fn go_on(&self) {
        self.paused.set(false);
    }

    /// Whether the loop is leaving.
    pub fn is_stopping(&self) -> bool {
        self.stopping.get() || self.paused.get() || self.inbox.stop_requested()
    }

    /// The code given to [`LoopShared::stop_with`]; 0 if there was none.
    pub fn exit_code(&self) -> i32 {
        self.exit_code.get().unwrap_or(0)
    }

    /// The code given to [`LoopShared::stop_with`], if the loop ended that way.
    pub fn stop_code(&self) -> Option<i32> {
        self.exit_code.get()
    }

    /// Registers the functions the loop calls.
    pub fn set_hooks(&self, hooks: Hooks) {
        *self.hooks.borrow_mut() = Some(hooks);
    }

    /// Takes the registered functions out.
    pub(crate) fn take_hooks(&self) -> Option<Hooks> {
        self.hooks.borrow_mut().take()
    }

    /// One of the registered functions; none before the bootstrap code registered them.
    pub fn hook<T>(&self, pick: impl FnOnce(&Hooks) -> T) -> Option<T> {
        self.hooks.borrow().as_ref().map(pick)
    }

    /// Runs `job` in the next pending phase. Keeps the loop alive until then.
    pub fn defer(&self, job: Job) {
        self.deferred.borrow_mut().push(job);
    }

    /// Has jobs run first that were taken and could not.
    pub(super) fn defer_again(&self, jobs: impl Iterator<Item = Job>) {
        self.deferred.borrow_mut().splice(0..0, jobs);
    }

    pub(super) fn take_deferred(&self) -> Vec<Job> {
        std::mem::take(&mut *self.deferred.borrow_mut())
    }

    /// Calls `callback` in the close phase, in the present async context. Keeps the loop alive until then.
    pub fn enqueue_close(&self, scope: &mut v8::PinScope, callback: v8::Global<v8::Function>) {
        let data = scope.get_continuation_preserved_embedder_data();
        self.closing.borrow_mut().push((callback, v8::Global::new(scope, data)));
    }

    /// As [`LoopShared::defer_again`], for the close phase.
    pub(super) fn close_again(&self, callbacks: impl Iterator<Item = ClosingCallback>) {
        self.closing.borrow_mut().splice(0..0, callbacks);
    }

    pub(super) fn take_closing(&self) -> Vec<ClosingCallback> {
        std::mem::take(&mut *self.closing.borrow_mut())
    }

    /// Whether futures run on this loop's thread.
    pub(super) fn has_local_futures(&self) -> bool {
        self.local_futures.get() > 0
    }

    /// Runs `future` on this loop's thread. It must not touch V8; it reports through the inbox.
    pub fn spawn_local(
        self: &std::rc::Rc<Self>,
        future: impl Future<Output = ()> + 'static,
    ) -> tokio::task::AbortHandle {
        // Counted by a guard, so that an aborted future is counted out too.
        struct Counted(std::rc::Rc<LoopShared>);
        impl Drop for Counted {
            fn drop(&mut self) {
                self.0.local_futures.set(self.0.local_futures.get().saturating_sub(1));
            }
        }
        self.local_futures.set(self.local_futures.get() + 1);
        let counted = Counted(self.clone());
        tokio::task::spawn_local(async move {
            let _counted = counted;
            future.await;
        })
        .abort_handle()
    }

    /// The operation that `event` ends.
    pub(super) fn operation_of(&self, event: &LoopEvent) -> Option<Operation> {
        match event {
            LoopEvent::Settled(id, _) => self.completions.get(*id),
            _ => None,
        }
    }

    /// Handles one event of the inbox, in the poll phase.
    pub(super) fn handle_event(self: &std::rc::Rc<Self>, scope: &mut v8::PinScope, event: LoopEvent) {
        match event {
            LoopEvent::Settled(id, settlement) => self.completions.settle(scope, id, settlement, &self.liveness),
            LoopEvent::Job(_, job) => {
                job(scope);
                tick::drain_ticks(scope, self);
            }
            LoopEvent::ForegroundTask(task) => {
                task.run();
                tick::drain_ticks(scope, self);
            }
            LoopEvent::DelayedTask(task, delay) => {
                let handle = self.handle();
                // Not `spawn_local` of ours: V8's tasks can wait (they tidy its heap), and must not make the loop
                // look after I/O it does not have.
                tokio::task::spawn_local(async move {
                    tokio::time::sleep(delay).await;
                    handle.post(LoopEvent::ForegroundTask(task));
                });
            }
            LoopEvent::Stop => self.stop(),
        }
    }

    /// Drops everything that refers to the isolate, before the isolate goes.
    pub fn clear(&self) {
        while let Some(event) = self.inbox.pop() {
            drop(event);
        }
        self.blocking.clear();
        self.completions.clear();
        drop(self.take_deferred());
        drop(self.take_closing());
        let hooks = self.hooks.borrow_mut().take();
        drop(hooks);
        self.observation.end();
    }
}

impl Default for LoopShared {
    fn default() -> Self {
        Self::new()
    }
}
