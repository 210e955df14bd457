//! What is told of a slow turn, and of a stall while it lasts. Plain data, which any thread may have.

use indexmap::IndexMap;
use serde::Serialize;

use super::registry::Entry;
use super::trace::{self, Value};
use crate::main_loop::LoopShared;
use crate::main_loop::record::{EventKind, Phase};

/// A place in JavaScript.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Place {
    /// Of the function; empty where it has none.
    pub(crate) name: String,
    /// Path or URL; empty for the engine's own.
    pub(crate) file: String,
    /// From 1.
    pub(crate) line: u32,
    /// From 1.
    pub(crate) column: u32,
}

impl Place {
    /// Where `function` is defined.
    pub(crate) fn of_function(scope: &mut v8::PinScope, function: v8::Local<v8::Function>) -> Self {
        let name = function.get_name(scope).to_rust_string_lossy(scope);
        let origin = function.get_script_origin(scope);
        let file = origin.resource_name().filter(|name| name.is_string());
        Self {
            name,
            file: file.map(|file| file.to_rust_string_lossy(scope)).unwrap_or_default(),
            line: function.get_script_line_number().map_or(0, |line| line + 1),
            column: function.get_script_column_number().map_or(0, |column| column + 1),
        }
    }

    /// Whether it is code of Weft's own.
    pub(crate) fn is_internal(&self) -> bool {
        self.file.is_empty() || self.file.starts_with("node:")
    }

    /// As stack traces show it.
    pub(crate) fn text(&self) -> String {
        let Self { name, file, line, column } = self;
        let place = if file.is_empty() { "<anonymous>".to_owned() } else { format!("{file}:{line}:{column}") };
        if name.is_empty() { place } else { format!("{name} ({place})") }
    }

    /// The stack of the JavaScript that runs, innermost first.
    pub(crate) fn stack(scope: &mut v8::PinScope) -> Vec<Self> {
        Self::innermost(scope, 32)
    }

    /// The same, of so many frames at most.
    pub(crate) fn innermost(scope: &mut v8::PinScope, most: usize) -> Vec<Self> {
        match v8::StackTrace::current_stack_trace(scope, most) {
            Some(trace) => Self::stack_of(scope, trace),
            None => Vec::new(),
        }
    }

    /// The stack that `trace` holds, innermost first.
    pub(crate) fn stack_of(scope: &mut v8::PinScope, trace: v8::Local<v8::StackTrace>) -> Vec<Self> {
        let frame = |index| {
            let frame = trace.get_frame(scope, index)?;
            let text = |text: Option<v8::Local<v8::String>>| text.map(|t| t.to_rust_string_lossy(scope));
            Some(Self {
                name: text(frame.get_function_name(scope)).unwrap_or_default(),
                file: text(frame.get_script_name_or_source_url(scope)).unwrap_or_default(),
                line: u32::try_from(frame.get_line_number()).unwrap_or(0),
                column: u32::try_from(frame.get_column()).unwrap_or(0),
            })
        };
        (0..trace.get_frame_count()).filter_map(frame).collect()
    }
}

/// Something that ran in a turn, and took long. Times in ms, on the clock of `performance.now()`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Callback {
    pub(crate) kind: &'static str,
    pub(crate) start: f64,
    pub(crate) duration: f64,
    /// Where the function is defined, if it is a function.
    pub(crate) place: Option<Place>,
    /// Which of the runtime's areas an operation belongs to.
    pub(crate) operation: Option<String>,
    /// The stack of what made it, as text.
    pub(crate) created: Option<String>,
}

/// What the watch found, while the loop was stalled.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Stall {
    /// How long the loop had been busy, in ms.
    pub(crate) after: f64,
    pub(crate) phase: &'static str,
    /// The innermost first.
    pub(crate) stack: Vec<Place>,
    /// The innermost that is not the runtime's own.
    pub(crate) culprit: Option<Place>,
}

/// Which loop a report is about.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Whose {
    pub(crate) thread: i64,
    pub(crate) thread_name: String,
    /// 'main', 'worker' or 'pool'.
    pub(crate) isolate: &'static str,
}

impl Whose {
    pub(crate) fn of(entry: &Entry) -> Self {
        Self { thread: entry.record.thread(), thread_name: entry.name.clone(), isolate: entry.kind_name() }
    }
}

/// A turn that took too long; a call from outside of the loop counts as one.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SlowTurn {
    #[serde(flatten)]
    pub(crate) whose: Whose,
    /// How many turns there had been.
    pub(crate) turn: f64,
    pub(crate) start: f64,
    pub(crate) duration: f64,
    /// How long each phase took that did anything.
    pub(crate) phases: IndexMap<&'static str, f64>,
    /// What took long in it, in the order of its end.
    pub(crate) callbacks: Vec<Callback>,
    /// How many more there were.
    pub(crate) omitted: u32,
    pub(crate) stall: Option<Stall>,
}

/// A stall while it lasts.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StallReport {
    #[serde(flatten)]
    pub(crate) whose: Whose,
    pub(crate) start: f64,
    #[serde(flatten)]
    pub(crate) stall: Stall,
}

/// What observers hear.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Report {
    Turn(SlowTurn),
    Stall(StallReport),
}

pub(crate) fn milliseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e6
}

impl LoopShared {
    /// Something that ran on this loop took from `start` until `end`, in ns. To be called while callbacks are timed.
    pub(crate) fn callback_done(
        &self,
        kind: EventKind,
        start: u64,
        end: u64,
        describe: impl FnOnce() -> (Option<Place>, Option<String>, Option<String>),
    ) {
        let took = end.saturating_sub(start);
        let threshold = self.record().threshold();
        let slow = threshold != u64::MAX && took >= threshold / 16;
        let traced = trace::is_on();
        if !slow && !traced {
            return;
        }
        let (place, operation, created) = describe();
        if traced {
            trace::callback(kind, start, took, place.as_ref(), operation.as_deref());
        }
        if slow {
            let callback = Callback {
                kind: kind.name(),
                start: milliseconds(start),
                duration: milliseconds(took),
                place,
                operation,
                created,
            };
            self.observation.add(callback);
        }
    }

    /// The work of a turn took `busy` ns, and somebody wants to know of slow turns.
    pub(crate) fn report_turn(&self, start: u64, busy: u64) {
        let gathered = self.observation.take();
        let turn = [("turn", Value::Number(self.record().turns()))];
        if busy > 0 {
            trace::slice("loop", "turn", start, busy, &turn);
        }
        if busy < self.record().threshold() {
            return;
        }
        let Some(entry) = self.observation.entry() else { return };
        let phases = Phase::ALL
            .iter()
            .zip(gathered.phases)
            .filter(|(_, time)| *time > 0)
            .map(|(phase, time)| (phase.name(), milliseconds(time)))
            .collect();
        let report = SlowTurn {
            whose: Whose::of(&entry),
            turn: self.record().turns() as f64,
            start: milliseconds(start),
            duration: milliseconds(busy),
            phases,
            callbacks: gathered.callbacks,
            omitted: gathered.omitted,
            stall: gathered.stall,
        };
        super::watchdog::turn_over(&entry, &report, busy);
        super::observers::deliver(self.record(), busy, &Report::Turn(report));
    }
}
