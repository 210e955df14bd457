//! Figures of the process for one who looks on, as far as they changed since they were asked for last.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::figures::{Delay, Heap, Loop, Request, Snapshot, Total, VERSION};
use crate::main_loop::buckets::Buckets;
use crate::main_loop::metrics::nanoseconds;
use crate::main_loop::record::TotalFigures;
use crate::observe::observers::{self, Listening};
use crate::observe::registry::{self, Entry};
use crate::observe::reports::Report;
use crate::observe::stall::Look;

/// Reports that wait to be asked for, at most.
const MOST_REPORTS: usize = 256;
/// How long loops that rest may take to say how large their heap is.
const PATIENCE: Duration = Duration::from_millis(20);

/// What one loop had counted when it was looked at last.
#[derive(Default)]
struct Before {
    idle: f64,
    active: f64,
    turns: f64,
    busy: HashMap<usize, u64>,
    totals: HashMap<String, (f64, f64)>,
}

/// See the module's documentation.
pub(super) struct Gatherer {
    reports: flume::Receiver<Report>,
    _listening: Listening,
    loops: HashMap<u64, Before>,
    at: f64,
    cpu: f64,
}

impl Gatherer {
    pub(super) fn new(request: &Request) -> Self {
        let (sender, reports) = flume::bounded(MOST_REPORTS);
        let threshold = (request.threshold.max(1.0) * 1e6) as u64;
        Self { reports, _listening: observers::listen(threshold, sender), loops: HashMap::new(), at: 0.0, cpu: 0.0 }
    }

    pub(super) fn snapshot(&mut self, title: &str) -> Snapshot {
        let entries = registry::all();
        entries.iter().for_each(Entry::ask_for_heap);
        std::thread::sleep(PATIENCE);
        let now = nanoseconds(Instant::now());
        let uptime = now as f64 / 1e6;
        let interval = uptime - std::mem::replace(&mut self.at, uptime);
        let cpu = processor_time();
        let used = cpu - std::mem::replace(&mut self.cpu, cpu);
        self.loops.retain(|id, _| entries.iter().any(|entry| entry.id == *id));
        let mut loops: Vec<Loop> = entries
            .iter()
            .filter(|entry| entry.record.thread() >= 0)
            .map(|entry| figures(entry, self.loops.entry(entry.id).or_default(), now))
            .collect();
        loops.sort_by_key(|one| one.thread);
        Snapshot {
            version: VERSION,
            pid: std::process::id(),
            title: title.to_owned(),
            weft: env!("CARGO_PKG_VERSION").to_owned(),
            v8: v8::V8::get_version().to_owned(),
            uptime,
            interval,
            cpu: used,
            resident: crate::ops::process::resident_bytes() as u64,
            loops,
            pools: crate::workers::pool::figures(),
            slow: self.reports.try_iter().filter_map(|report| serde_json::to_value(report).ok()).collect(),
        }
    }
}

/// Of this process, in ms.
fn processor_time() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

fn figures(entry: &Arc<Entry>, before: &mut Before, now: u64) -> Loop {
    let [_, idle, active] = entry.times.started_idle_active();
    let (slept, worked) = (idle - before.idle, active - before.active);
    let figures = entry.record.figures();
    let turns = figures.turns - before.turns;
    (before.idle, before.active, before.turns) = (idle, active, figures.turns);
    let busy = delay(&mut before.busy, &entry.record.busy_times().counts());
    let phases = totals(&mut before.totals, figures.phases);
    let events = totals(&mut before.totals, figures.events);
    let busy_for = match entry.record.stall.look() {
        Look::Busy(since) => Some(now.saturating_sub(since) as f64 / 1e6),
        Look::Resting => None,
    };
    let heap = entry.heap.read().map(|([used, total, limit, external], at)| {
        let age = now.saturating_sub(at) as f64 / 1e6;
        Heap { used, total, limit, external, age }
    });
    Loop {
        thread: entry.record.thread(),
        thread_name: entry.name.clone(),
        isolate: entry.kind_name().to_owned(),
        title: entry.title(),
        idle: slept,
        active: worked,
        utilization: if slept + worked > 0.0 { worked / (slept + worked) } else { 0.0 },
        turns: turns as u64,
        busy_for,
        busy,
        phases,
        events,
        events_waiting: figures.queues.events as u64,
        immediates_waiting: figures.queues.immediates as u64,
        heap,
    }
}

/// How much each grew, and how often; what did not is left out. Names of phases and of events differ.
fn totals(
    before: &mut HashMap<String, (f64, f64)>,
    now: impl IntoIterator<Item = (&'static str, TotalFigures)>,
) -> BTreeMap<String, Total> {
    let mut grown = BTreeMap::new();
    for (name, total) in now {
        let (count, time) = before.insert(name.to_owned(), (total.count, total.time)).unwrap_or_default();
        if total.count > count {
            grown.insert(name.to_owned(), Total { count: (total.count - count) as u64, time: total.time - time });
        }
    }
    grown
}

/// What was counted since `before`, which becomes what there is now.
fn delay(before: &mut HashMap<usize, u64>, now: &[(usize, u64)]) -> Delay {
    let mut grown = Vec::new();
    for (place, count) in now {
        let old = before.insert(*place, *count).unwrap_or(0);
        grown.push((*place, count.saturating_sub(old)));
    }
    grown.retain(|(_, count)| *count > 0);
    let all: u64 = grown.iter().map(|(_, count)| count).sum();
    let value = |place: usize| Buckets::middle(place) as f64 / 1e6;
    let percentile = |share: f64| {
        let mut seen = 0;
        let found = grown.iter().find(|(_, count)| {
            seen += count;
            seen as f64 >= share * all as f64
        });
        found.map_or(0.0, |(place, _)| value(*place))
    };
    Delay {
        count: all,
        p50: percentile(0.5),
        p90: percentile(0.9),
        p99: percentile(0.99),
        max: grown.last().map_or(0.0, |(place, _)| value(*place)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_those_since_the_last_time() {
        let (buckets, mut before) = (Buckets::default(), HashMap::new());
        (0..99).for_each(|_| buckets.record(1_000_000));
        buckets.record(80_000_000);
        let near = |value: f64, expected: f64| (value / expected - 1.0).abs() < 0.02;
        let first = delay(&mut before, &buckets.counts());
        assert_eq!(first.count, 100);
        assert!(near(first.p50, 1.0) && near(first.p99, 1.0) && near(first.max, 80.0), "{first:?}");
        assert_eq!(delay(&mut before, &buckets.counts()), Delay::default());
        buckets.record(5_000_000);
        let last = delay(&mut before, &buckets.counts());
        assert!(last.count == 1 && near(last.p50, 5.0) && near(last.max, 5.0), "{last:?}");
    }
}
