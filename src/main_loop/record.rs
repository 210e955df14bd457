//! What every turn of a loop leaves behind, always: how long each phase took, for how long the loop could attend to
//! nothing else, how late it woke, what waited.
//!
//! *Owns* counters, in memory that any thread may read at any time. *Threads:* the loop's own writes, and stores what it
//! read before plus something, without a locked instruction. A reader sees each figure as it is or was a moment ago, and
//! not all of them as of the same moment.
//!
//! It costs a few stores a turn. No clock is read for it: the loop reads its clock at the end of each phase that had
//! something to do, and everything else goes by that reading ([`super::LoopShared::stamp`]). A turn in which only one phase had
//! something to do, and not for long, is one entry of [`ShortTurns`]; the figures contain it.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use serde::Serialize;

use super::buckets::Buckets;
use super::short_turns::ShortTurns;
use crate::observe::stall::StallWord;

/// What part of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Callbacks that an earlier phase deferred.
    Pending,
    /// Events: operations that finished, messages, V8's tasks.
    Poll,
    /// setImmediate callbacks.
    Check,
    /// 'close' callbacks.
    Close,
    /// Due timers.
    Timers,
    /// No turn at all: what is called from outside of the loop, which is the entry, 'exit', a task of the pool.
    Outside,
}

impl Phase {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 6] = [Self::Pending, Self::Poll, Self::Check, Self::Close, Self::Timers, Self::Outside];

    /// What reports call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Poll => "poll",
            Self::Check => "check",
            Self::Close => "close",
            Self::Timers => "timers",
            Self::Outside => "outside",
        }
    }
}

/// What an event of the poll phase is, or a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The runtime's own business.
    Internal,
    /// An asynchronous operation finished (file system, name lookup, connecting …).
    Operation,
    /// A MessagePort has messages.
    Message,
    /// A socket, pipe or terminal has something.
    Stream,
    /// A datagram socket has something.
    Datagram,
    /// A child process ended.
    ChildProcess,
    /// A signal arrived.
    Signal,
    /// A watched file changed.
    Watcher,
    /// A Worker ended, or asks.
    Worker,
    /// Tasks of a pool came back.
    Pool,
    /// V8 had something to do on this thread.
    Engine,
    /// A callback of setTimeout or setInterval.
    Timer,
    /// A callback of setImmediate.
    Immediate,
    /// A callback of process.nextTick.
    Tick,
    /// Jobs of promises, and of queueMicrotask.
    Promise,
    /// The entry, or another call from outside of the loop.
    Script,
    /// A task of the pool.
    Task,
    /// A 'close' callback.
    Close,
}

impl EventKind {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 18] = [
        Self::Internal,
        Self::Operation,
        Self::Message,
        Self::Stream,
        Self::Datagram,
        Self::ChildProcess,
        Self::Signal,
        Self::Watcher,
        Self::Worker,
        Self::Pool,
        Self::Engine,
        Self::Timer,
        Self::Immediate,
        Self::Tick,
        Self::Promise,
        Self::Script,
        Self::Task,
        Self::Close,
    ];
    /// Those before this one are events of the poll phase.
    const EVENTS: usize = Self::Timer as usize;

    /// What reports call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Operation => "operation",
            Self::Message => "message",
            Self::Stream => "stream",
            Self::Datagram => "datagram",
            Self::ChildProcess => "child process",
            Self::Signal => "signal",
            Self::Watcher => "file watcher",
            Self::Worker => "worker",
            Self::Pool => "pool",
            Self::Engine => "engine",
            Self::Timer => "timer",
            Self::Immediate => "immediate",
            Self::Tick => "tick",
            Self::Promise => "promise job",
            Self::Script => "script",
            Self::Task => "task",
            Self::Close => "close",
        }
    }
}

/// How often, for how long together, and for how long at most. In ns.
#[derive(Default)]
struct Total {
    count: AtomicU64,
    time: AtomicU64,
    longest: AtomicU64,
}

/// Adds to a word that this thread alone writes.
#[inline]
pub(super) fn add(word: &AtomicU64, amount: u64) {
    word.store(word.load(Ordering::Relaxed).wrapping_add(amount), Ordering::Relaxed);
}

fn raise(word: &AtomicU64, value: u64) {
    if value > word.load(Ordering::Relaxed) {
        word.store(value, Ordering::Relaxed);
    }
}

impl Total {
    fn add(&self, time: u64) {
        add(&self.count, 1);
        add(&self.time, time);
        raise(&self.longest, time);
    }

    /// With others that were counted elsewhere: how many, for how long together and at most.
    fn read(&self, [count, time, longest]: [u64; 3]) -> TotalFigures {
        let load = |word: &AtomicU64| word.load(Ordering::Relaxed);
        TotalFigures {
            count: (load(&self.count) + count) as f64,
            time: (load(&self.time) + time) as f64 / 1e6,
            longest: load(&self.longest).max(longest) as f64 / 1e6,
        }
    }
}

/// The threshold of a loop that nobody observes.
const NEVER: u64 = u64::MAX;

/// Nothing is recorded, in a build for measuring what recording costs (`benches/record.cjs`) and while `process.env.WEFT_UNRECORDED` is set:
/// one process for both, since two binaries differ by where the linker puts things, too, and by more. In other builds the
/// compiler leaves the question out.
#[inline]
pub(super) fn is_off() -> bool {
    cfg!(feature = "unrecorded") && SWITCHED_OFF.load(Ordering::Relaxed)
}

static SWITCHED_OFF: AtomicBool = AtomicBool::new(false);

/// A program sets the variable `name`, or takes it away.
#[cfg(feature = "unrecorded")]
pub(crate) fn variable_changed(name: &str, is_set: bool) {
    if name == "WEFT_UNRECORDED" {
        SWITCHED_OFF.store(is_set, Ordering::Relaxed);
    }
}

/// See the module's documentation. In this order, since a turn's own code and data fill the processor's first cache: what each turn looks
/// at stands in one line of it.
#[repr(C, align(64))]
pub struct LoopRecord {
    /// A turn is reported from this many ns on. Any thread may set it.
    threshold: AtomicU64,
    /// What the watch on another thread looks at.
    pub(crate) stall: StallWord,
    /// Events and immediates that waited when their phase began: now, and the most there were.
    waiting: [AtomicU64; 4],
    /// Passes that were not short turns.
    turns: AtomicU64,
    /// The thread's number; -1 until it is known.
    thread: AtomicI64,
    short: ShortTurns,
    /// Of turns that are not among the short ones.
    phases: [Total; Phase::ALL.len()],
    events: [Total; EventKind::EVENTS],
    /// For how long the loop attended to one turn's work and to nothing else; without the short ones.
    busy: Buckets,
    /// How much later than the time of its next timer the loop woke.
    late: Buckets,
}

impl Default for LoopRecord {
    fn default() -> Self {
        Self {
            phases: Default::default(),
            short: ShortTurns::default(),
            events: Default::default(),
            turns: AtomicU64::new(0),
            busy: Buckets::default(),
            late: Buckets::default(),
            waiting: Default::default(),
            threshold: AtomicU64::new(NEVER),
            thread: AtomicI64::new(-1),
            stall: StallWord::new(),
        }
    }
}

impl LoopRecord {
    /// A threshold that no turn reaches, of a loop whose callbacks are timed.
    pub(crate) const TIMED_ONLY: u64 = NEVER - 1;

    /// A pass, of whose work there is no entry among the short turns.
    pub(super) fn pass(&self) {
        if is_off() {
            return;
        }
        add(&self.turns, 1);
    }

    /// A phase, or an event of it, was over after `time` ns.
    pub(super) fn phase(&self, phase: Phase, time: u64) {
        if is_off() {
            return;
        }
        self.phases[phase as usize].add(time);
    }

    /// An event of the poll phase was over after `time` ns.
    pub(super) fn event(&self, kind: EventKind, time: u64) {
        if is_off() {
            return;
        }
        if let Some(total) = self.events.get(kind as usize) {
            total.add(time);
        }
    }

    /// A pass, after the work of a turn that was over after `time` ns, all of which was `phase`.
    #[inline]
    pub(super) fn turn_of_one(&self, phase: Phase, time: u64) {
        if !self.short.record(phase, time) {
            self.pass();
            self.phase(phase, time);
            self.busy(time);
        }
    }

    /// The loop attended to nothing else for `time` ns.
    pub(super) fn busy(&self, time: u64) {
        if is_off() {
            return;
        }
        self.busy.record(time);
    }

    /// The loop slept `time` ns longer than it had meant to.
    pub(super) fn late(&self, time: u64) {
        if is_off() {
            return;
        }
        self.late.record(time);
    }

    /// So many events wait as the poll phase begins.
    pub(super) fn events_wait(&self, count: u64) {
        if is_off() {
            return;
        }
        self.waiting[0].store(count, Ordering::Relaxed);
        raise(&self.waiting[1], count);
    }

    /// So many immediates wait as the check phase begins.
    pub(super) fn immediates_wait(&self, count: u64) {
        if is_off() {
            return;
        }
        // Mostly as many as last time.
        if self.waiting[2].load(Ordering::Relaxed) != count {
            self.waiting[2].store(count, Ordering::Relaxed);
            raise(&self.waiting[3], count);
        }
    }

    /// From how many ns on a turn is to be reported; `u64::MAX` while nobody observes the loop.
    pub fn threshold(&self) -> u64 {
        self.threshold.load(Ordering::Relaxed)
    }

    /// Sets [`LoopRecord::threshold`]. Any thread.
    pub fn set_threshold(&self, threshold: u64) {
        self.threshold.store(threshold, Ordering::Relaxed);
    }

    /// Whether somebody wants to know what the loop does.
    pub fn is_observed(&self) -> bool {
        self.threshold() != NEVER
    }

    /// The thread's number: 0 for the main one.
    pub fn thread(&self) -> i64 {
        self.thread.load(Ordering::Relaxed)
    }

    /// Sets [`LoopRecord::thread`].
    pub fn set_thread(&self, thread: u64) {
        self.thread.store(i64::try_from(thread).unwrap_or(-1), Ordering::Relaxed);
    }

    /// Passes so far.
    pub fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed) + self.short.count()
    }

    /// [turns, events handled, events that waited when they were looked at last].
    pub fn uv_metrics(&self) -> [f64; 3] {
        let events: u64 = self.events.iter().map(|total| total.count.load(Ordering::Relaxed)).sum();
        [self.turns() as f64, events as f64, self.waiting[0].load(Ordering::Relaxed) as f64]
    }

    /// For how long turns kept the loop from anything else.
    pub fn busy_times(&self) -> Buckets {
        self.busy.with(self.short.times())
    }

    /// How much later than asked for the loop woke.
    pub fn late_times(&self) -> &Buckets {
        &self.late
    }

    fn phase_total(&self, phase: Phase) -> TotalFigures {
        self.phases[phase as usize].read(self.short.total(phase))
    }

    /// All figures but the histograms.
    pub fn figures(&self) -> LoopFigures {
        let waiting = |place: usize| self.waiting[place].load(Ordering::Relaxed) as f64;
        LoopFigures {
            turns: self.turns() as f64,
            phases: Phase::ALL.iter().map(|phase| (phase.name(), self.phase_total(*phase))).collect(),
            events: EventKind::ALL[..EventKind::EVENTS]
                .iter()
                .zip(&self.events)
                .filter(|(_, total)| total.count.load(Ordering::Relaxed) > 0)
                .map(|(kind, total)| (kind.name(), total.read([0; 3])))
                .collect(),
            queues: QueueFigures {
                events: waiting(0),
                most_events: waiting(1),
                immediates: waiting(2),
                most_immediates: waiting(3),
            },
        }
    }
}

/// Figures of one phase, or one kind of event; times in ms.
#[derive(Debug, Serialize)]
pub struct TotalFigures {
    /// How often there was any.
    pub count: f64,
    /// How long they took together.
    pub time: f64,
    /// How long the longest took.
    pub longest: f64,
}

/// What waited as its phase began.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueFigures {
    /// Events, last time.
    pub events: f64,
    /// The most there were.
    pub most_events: f64,
    /// Immediates, last time.
    pub immediates: f64,
    /// The most there were.
    pub most_immediates: f64,
}

/// What [`LoopRecord::figures`] gives.
#[derive(Debug, Serialize)]
pub struct LoopFigures {
    /// Passes.
    pub turns: f64,
    /// By phase.
    pub phases: indexmap::IndexMap<&'static str, TotalFigures>,
    /// Events of the poll phase, by kind.
    pub events: indexmap::IndexMap<&'static str, TotalFigures>,
    /// Lengths of queues.
    pub queues: QueueFigures,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_the_order_of_the_numbers() {
        assert!(Phase::ALL.iter().enumerate().all(|(at, phase)| *phase as usize == at));
        assert!(EventKind::ALL.iter().enumerate().all(|(at, kind)| *kind as usize == at));
    }

    #[test]
    fn figures_add_up() {
        let record = LoopRecord::default();
        record.phase(Phase::Check, 2_000_000);
        record.phase(Phase::Check, 996_000);
        record.turn_of_one(Phase::Check, 4_000);
        record.event(EventKind::Message, 5_000_000);
        record.event(EventKind::Timer, 1);
        record.events_wait(3);
        record.events_wait(1);
        let figures = record.figures();
        let check = &figures.phases["check"];
        assert_eq!((check.count, check.time, check.longest), (3.0, 3.0, 2.0));
        assert_eq!(figures.events.len(), 1, "what is no event of the poll phase is not counted as one");
        assert_eq!((figures.queues.events, figures.queues.most_events), (1.0, 3.0));
        assert_eq!(record.uv_metrics(), [1.0, 1.0, 1.0]);
        assert!(!record.is_observed());
    }

    #[test]
    fn busy_times_are_those_of_all_turns() {
        let record = LoopRecord::default();
        record.turn_of_one(Phase::Check, 300);
        record.turn_of_one(Phase::Timers, 300);
        assert_eq!(record.busy_times().longest(), 296);
        record.turn_of_one(Phase::Poll, 5_000_000);
        record.busy(7_000_000);
        let busy = record.busy_times();
        assert_eq!(busy.longest(), 7_000_000);
        let copy = busy.copy();
        assert_eq!(copy.len(), 4);
        assert!((288..=303).contains(&copy.value_at_quantile(0.5)), "{}", copy.value_at_quantile(0.5));
        assert_eq!(record.figures().phases["poll"].count, 1.0);
    }
}
