//! What goes over the monitor's socket. Times are ms, sizes bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::workers::pool::PoolFigures;

/// The version of this format; both sides are of one build as a rule.
pub(crate) const VERSION: u32 = 1;

/// What is asked.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// From how many ms on a turn is told of.
    pub(crate) threshold: f64,
}

/// What is answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Snapshot {
    /// [`VERSION`].
    pub(crate) version: u32,
    pub(crate) pid: u32,
    /// The program, as it was started.
    pub(crate) title: String,
    pub(crate) weft: String,
    pub(crate) v8: String,
    pub(crate) uptime: f64,
    /// Since the previous snapshot; since the process began in the first one. What is counted below is counted over it.
    pub(crate) interval: f64,
    /// Of the processors, by all threads.
    pub(crate) cpu: f64,
    /// In memory.
    pub(crate) resident: u64,
    pub(crate) loops: Vec<Loop>,
    pub(crate) pools: Vec<PoolFigures>,
    /// Slow turns and stalls, as `weft:loop` reports them.
    pub(crate) slow: Vec<serde_json::Value>,
}

/// A loop, and its isolate.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Loop {
    pub(crate) thread: i64,
    pub(crate) thread_name: String,
    /// main, worker or pool.
    pub(crate) isolate: String,
    /// As messages call the thread.
    pub(crate) title: String,
    pub(crate) idle: f64,
    pub(crate) active: f64,
    pub(crate) utilization: f64,
    pub(crate) turns: u64,
    /// For how long it has attended to one turn's work; none where it rests.
    pub(crate) busy_for: Option<f64>,
    pub(crate) busy: Delay,
    /// By phase, and by kind of event: how often and how long.
    pub(crate) phases: BTreeMap<String, Total>,
    pub(crate) events: BTreeMap<String, Total>,
    /// Events and immediates that waited as their phase began, last time.
    pub(crate) events_waiting: u64,
    pub(crate) immediates_waiting: u64,
    /// None where it has not come to answer yet.
    pub(crate) heap: Option<Heap>,
}

/// For how long turns kept a loop from anything else.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Delay {
    pub(crate) count: u64,
    pub(crate) p50: f64,
    pub(crate) p90: f64,
    pub(crate) p99: f64,
    /// Within 1.6 %, as are the others.
    pub(crate) max: f64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Total {
    pub(crate) count: u64,
    pub(crate) time: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Heap {
    pub(crate) used: u64,
    pub(crate) total: u64,
    pub(crate) limit: u64,
    pub(crate) external: u64,
    /// How old these are.
    pub(crate) age: f64,
}
