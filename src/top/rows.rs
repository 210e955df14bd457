//! Figures as people read them.

use serde_json::Value;

use crate::observe::monitor::figures::{Loop, Snapshot};
use crate::workers::pool::PoolFigures;

/// What to make of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    Calm,
    /// Hardly rests.
    Busy,
    /// Has been away for longer than is good.
    Stuck,
}

pub(super) const LOOP_HEAD: [&str; 11] =
    ["loop", "util", "busy for", "p50", "p99", "max", "turns/s", "events", "waiting", "heap MB", "most time in"];
pub(super) const POOL_HEAD: [&str; 5] = ["pool", "threads", "running", "waiting", "tasks"];

/// A loop is busy from this share of time on.
const BUSY: f64 = 0.9;

/// Three figures that count.
fn milliseconds(ms: f64) -> String {
    match ms {
        _ if ms >= 100.0 => format!("{ms:.0}"),
        _ if ms >= 10.0 => format!("{ms:.1}"),
        _ => format!("{ms:.2}"),
    }
}

pub(super) fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

/// As h:mm:ss.
fn clock(ms: f64) -> String {
    let seconds = (ms / 1e3) as u64;
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// What is above everything.
pub(super) fn head(snapshot: &Snapshot) -> String {
    let Snapshot { pid, title, weft, uptime, interval, cpu, resident, .. } = snapshot;
    let share = if *interval > 0.0 { 100.0 * cpu / interval } else { 0.0 };
    format!(
        "weft {weft}, process {pid}: {title}\nup {}, cpu {share:.0}%, memory {} MB",
        clock(*uptime),
        megabytes(*resident)
    )
}

/// A row for each loop. A turn of `threshold` ms is too long.
pub(super) fn loops(snapshot: &Snapshot, threshold: f64) -> Vec<(Mood, [String; 11])> {
    let row = |one: &Loop| {
        // Between two looks at it, most of what is seen of a healthy loop is that it does something just now.
        let away = one.busy_for.filter(|ms| *ms >= 1.0);
        let mood = match away {
            Some(ms) if ms >= threshold => Mood::Stuck,
            _ if one.utilization >= BUSY => Mood::Busy,
            _ => Mood::Calm,
        };
        let empty = one.busy.count == 0;
        let delay = |ms| if empty { "-".to_owned() } else { milliseconds(ms) };
        let longest = one.phases.iter().max_by(|a, b| a.1.time.total_cmp(&b.1.time));
        let events: u64 = one.events.values().map(|total| total.count).sum();
        let cells = [
            one.title.clone(),
            format!("{:.0}%", 100.0 * one.utilization),
            away.map_or_else(|| "-".to_owned(), milliseconds),
            delay(one.busy.p50),
            delay(one.busy.p99),
            delay(one.busy.max),
            format!("{:.0}", one.turns as f64 * 1e3 / snapshot.interval.max(1.0)),
            events.to_string(),
            (one.events_waiting + one.immediates_waiting).to_string(),
            one.heap
                .as_ref()
                .map_or_else(|| "-".to_owned(), |heap| format!("{}/{}", megabytes(heap.used), megabytes(heap.total))),
            longest.map_or_else(|| "-".to_owned(), |(name, total)| format!("{name} {} ms", milliseconds(total.time))),
        ];
        (mood, cells)
    };
    snapshot.loops.iter().map(row).collect()
}

/// A row for each pool.
pub(super) fn pools(snapshot: &Snapshot) -> Vec<(Mood, [String; 5])> {
    let row = |pool: &PoolFigures| {
        let mood = if pool.waiting > 0 && pool.threads == pool.most_threads { Mood::Busy } else { Mood::Calm };
        let cells = [
            pool.number.to_string(),
            format!("{}/{}", pool.threads, pool.most_threads),
            pool.running.to_string(),
            pool.waiting.to_string(),
            format!("{:.0}", pool.tasks),
        ];
        (mood, cells)
    };
    snapshot.pools.iter().map(row).collect()
}

fn place(value: &Value) -> Option<String> {
    let name = value["name"].as_str().filter(|name| !name.is_empty()).unwrap_or("(anonymous)");
    let file = value["file"].as_str().filter(|file| !file.is_empty())?;
    Some(format!("{name} ({file}:{}:{})", value["line"], value["column"]))
}

/// Whether `turn` tells of all of the turn that `report` said was stalled so far: one line for it is enough.
pub(super) fn outdates(turn: &Value, report: &Value) -> bool {
    let same = |name: &str| turn[name] == report[name];
    turn["type"] == "turn" && report["type"] == "stall" && same("thread") && same("start")
}

/// A line for a slow turn, or for a stall that goes on.
pub(super) fn slow(report: &Value) -> String {
    let text = |name: &str| report[name].as_str().unwrap_or_default();
    let thread = match text("isolate") {
        "main" => "main thread".to_owned(),
        "worker" => format!("Worker {}", report["thread"]),
        _ => format!("pool thread {}", report["thread"]),
    };
    let at = clock(report["start"].as_f64().unwrap_or(0.0));
    if text("type") == "stall" {
        let after = milliseconds(report["after"].as_f64().unwrap_or(0.0));
        let culprit = place(&report["culprit"]).unwrap_or_else(|| "unknown place".to_owned());
        return format!("{at} {thread}: stalled for {after} ms so far, phase '{}', at {culprit}", text("phase"));
    }
    let duration = milliseconds(report["duration"].as_f64().unwrap_or(0.0));
    let phases = report["phases"].as_object();
    let phase = phases
        .and_then(|phases| {
            phases.iter().max_by(|a, b| a.1.as_f64().unwrap_or(0.0).total_cmp(&b.1.as_f64().unwrap_or(0.0)))
        })
        .map_or("outside", |(phase, _)| phase);
    let callbacks = report["callbacks"].as_array();
    let longest = callbacks.and_then(|callbacks| {
        callbacks
            .iter()
            .max_by(|a, b| a["duration"].as_f64().unwrap_or(0.0).total_cmp(&b["duration"].as_f64().unwrap_or(0.0)))
    });
    let what = longest.map_or_else(String::new, |callback| {
        let kind = callback["kind"].as_str().unwrap_or_default();
        let place = place(&report["stall"]["culprit"]).or_else(|| place(&callback["place"]));
        place.map_or_else(|| format!(", {kind}"), |place| format!(", {kind}, at {place}"))
    });
    format!("{at} {thread}: a turn of {duration} ms, phase '{phase}'{what}")
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::observe::monitor::figures::{Delay, Heap, Total};

    /// A process with a loop that is stuck and a pool that is full.
    pub(in crate::top) fn example() -> Snapshot {
        let one = Loop {
            thread: 0,
            thread_name: "main".to_owned(),
            isolate: "main".to_owned(),
            title: "main thread".to_owned(),
            idle: 50.0,
            active: 950.0,
            utilization: 0.95,
            turns: 120,
            busy_for: Some(81.5),
            busy: Delay { count: 120, p50: 0.02, p90: 1.0, p99: 12.34, max: 456.7 },
            phases: BTreeMap::from([
                ("timers".to_owned(), Total { count: 5, time: 700.0 }),
                ("poll".to_owned(), Total { count: 9, time: 3.0 }),
            ]),
            events: BTreeMap::from([("message".to_owned(), Total { count: 7, time: 1.0 })]),
            events_waiting: 2,
            immediates_waiting: 1,
            heap: Some(Heap { used: 5_100_000, total: 7_000_000, limit: 1 << 30, external: 0, age: 3.0 }),
        };
        let pool = PoolFigures { number: 3, threads: 2, most_threads: 2, running: 2, waiting: 31, tasks: 1000.0 };
        Snapshot {
            version: 1,
            pid: 12,
            title: "weft server.js".to_owned(),
            weft: "0.1.0".to_owned(),
            v8: "15".to_owned(),
            uptime: 3_725_000.0,
            interval: 1000.0,
            cpu: 1500.0,
            resident: 63_000_000,
            loops: vec![one],
            pools: vec![pool],
            slow: vec![serde_json::json!({
                "type": "stall", "thread": 0, "isolate": "main", "start": 3_724_900.0, "after": 52.0, "phase": "timers",
                "culprit": { "name": "spin", "file": "/srv/a.js", "line": 3, "column": 7 },
            })],
        }
    }

    #[test]
    fn figures_are_put_into_words() {
        let snapshot = example();
        assert_eq!(head(&snapshot), "weft 0.1.0, process 12: weft server.js\nup 1:02:05, cpu 150%, memory 63.0 MB");
        let (mood, cells) = &loops(&snapshot, 50.0)[0];
        assert_eq!(*mood, Mood::Stuck);
        let expected =
            ["main thread", "95%", "81.5", "0.02", "12.3", "457", "120", "7", "3", "5.1/7.0", "timers 700 ms"];
        assert_eq!(cells, &expected.map(str::to_owned));
        assert_eq!(loops(&snapshot, 100.0)[0].0, Mood::Busy);
        assert_eq!(pools(&snapshot)[0], (Mood::Busy, ["3", "2/2", "2", "31", "1000"].map(str::to_owned)));
    }

    #[test]
    fn slow_turns_say_where() {
        let stall = slow(&example().slow[0]);
        assert_eq!(stall, "1:02:04 main thread: stalled for 52.0 ms so far, phase 'timers', at spin (/srv/a.js:3:7)");
        let turn = serde_json::json!({
            "type": "turn", "thread": 4, "isolate": "worker", "start": 1000.0, "duration": 80.2,
            "phases": { "poll": 79.0, "timers": 1.0 }, "stall": null,
            "callbacks": [{ "kind": "message", "duration": 78.0, "place": null }],
        });
        assert_eq!(slow(&turn), "0:00:01 Worker 4: a turn of 80.2 ms, phase 'poll', message");
        let stall_of =
            |thread: i64, start: f64| serde_json::json!({ "type": "stall", "thread": thread, "start": start });
        assert!(outdates(&turn, &stall_of(4, 1000.0)));
        assert!(
            !outdates(&turn, &stall_of(3, 1000.0)) && !outdates(&turn, &stall_of(4, 1000.5)) && !outdates(&turn, &turn)
        );
    }
}
