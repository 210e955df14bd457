//! The file of `--trace-out`: well-formed by the trace-event format, and with everything in it that happened.

mod common;

use std::collections::HashMap;

use common::{TestDir, run};
use serde_json::Value;

/// Runs `script` and gives the events of its trace, which are checked against the format.
fn trace(script: &str, code: i32) -> Vec<Value> {
    let dir = TestDir::new();
    let file = dir.write("main.mjs", script);
    let out = dir.path().join("trace.json");
    run(["--trace-out".to_owned(), out.display().to_string(), file.display().to_string()]).exits(code);
    let text = std::fs::read_to_string(out).expect("a trace");
    let events: Vec<Value> = serde_json::from_str(&text).expect("a JSON array");
    check_format(&events);
    events
}

fn number(event: &Value, name: &str) -> f64 {
    event[name].as_f64().unwrap_or_else(|| panic!("no {name} in {event}"))
}

/// In ns, so that sums are exact.
fn nanos(event: &Value, name: &str) -> i64 {
    (number(event, name) * 1000.0).round() as i64
}

/// Whether `event` has what the trace-event format asks of its kind, with the right types, and nothing that it does not know.
fn check_event(event: &Value) {
    let fields = event.as_object().unwrap_or_else(|| panic!("{event} is no object"));
    let is_number = |value: &Value| value.is_number();
    let is_whole = |value: &Value| value.is_u64();
    let is_text = |value: &Value| value.is_string();
    let is_text_or_whole = |value: &Value| value.is_string() || value.is_u64();
    type Check<'a> = &'a dyn Fn(&Value) -> bool;
    let always: [(&str, Check); 6] = [
        ("ph", &is_text),
        ("name", &is_text),
        ("cat", &is_text),
        ("ts", &is_number),
        ("pid", &is_whole),
        ("tid", &is_whole),
    ];
    let ph = event["ph"].as_str().expect("ph");
    // What else each kind must have.
    let own: &[(&str, Check)] = match ph {
        // A complete event.
        "X" => &[("dur", &is_number)],
        // Metadata.
        "M" => &[("args", &|args| args["name"].is_string())],
        // A flow begins, and ends at the slice around it.
        "s" => &[("id", &is_text_or_whole)],
        "f" => &[("id", &is_text_or_whole), ("bp", &|point| point == "e")],
        // Something asynchronous begins, and ends; its number is of this process.
        "b" | "e" => &[("id2", &|id| id["local"].is_string() && id["global"].is_null())],
        _ => panic!("unknown phase in {event}"),
    };
    // The name of the process belongs to no thread and no time.
    let needed =
        always.iter().filter(|(name, _)| event["name"] != "process_name" || !matches!(*name, "cat" | "ts" | "tid"));
    for (name, check) in needed.chain(own) {
        assert!(fields.get(*name).is_some_and(check), "no good {name} in {event}");
    }
    for (name, value) in fields {
        let known = always.iter().chain(own).any(|(known, _)| known == name);
        assert!(known || (name == "args" && value.is_object()), "{name} in {event} is not of the format");
    }
    if ph == "M" {
        assert!(matches!(event["name"].as_str(), Some("process_name" | "thread_name")), "{event}");
    }
    assert!(ph == "M" || number(event, "ts") >= 0.0, "{event}");
}

/// Viewers nest slices by when they begin and by how long they take; where both are the same, by their order in the file.
/// Turns and waits are the outermost of what a loop does, phases lie in turns, and what a phase calls lies in it.
fn check_nesting(slices: &mut Vec<(i64, i64, &Value)>) {
    // Stable: those that are the same stay in the order of the file.
    slices.sort_by_key(|(start, longer, _)| (*start, *longer));
    let mut open: Vec<(i64, i64, &Value)> = Vec::new();
    for &(start, longer, event) in slices.iter() {
        let end = start - longer;
        while open.last().is_some_and(|last| last.1 <= start && (last.0, last.1) != (start, end)) {
            open.pop();
        }
        let around = |category: &str| open.iter().rev().map(|(.., event)| *event).find(|e| e["cat"] == category);
        if event["cat"] == "loop" {
            let outer = around("loop").map(|outer| &outer["name"]);
            let is_turn = event["name"] == "turn" || event["name"] == "wait";
            assert!(
                if is_turn { outer.is_none() } else { outer.is_some_and(|name| name == "turn") },
                "{event} in {outer:?}"
            );
        }
        if event["cat"] == "callback" && event["name"] != "promise job" {
            assert!(around("loop").is_some_and(|phase| phase["name"] != "turn" && phase["name"] != "wait"), "{event}");
        }
        open.push((start, end, event));
    }
}

fn check_format(events: &[Value]) {
    let mut slices: HashMap<u64, Vec<(i64, i64)>> = HashMap::new();
    let mut named: HashMap<u64, Vec<(i64, i64, &Value)>> = HashMap::new();
    let mut asynchronous: HashMap<(String, String), i64> = HashMap::new();
    for event in events {
        check_event(event);
        let ph = event["ph"].as_str().expect("ph");
        if ph == "X" {
            let start = nanos(event, "ts");
            let track = event["tid"].as_u64().expect("tid");
            slices.entry(track).or_default().push((start, start + nanos(event, "dur")));
            named.entry(track).or_default().push((start, -nanos(event, "dur"), event));
            assert!(nanos(event, "dur") >= 0, "{event}");
        }
        if matches!(ph, "b" | "e") {
            let key = (event["name"].as_str().expect("name").to_owned(), event["id2"]["local"].to_string());
            *asynchronous.entry(key).or_default() += if ph == "b" { 1 } else { -1 };
        }
    }
    // What begins ends, unless the process does before.
    assert!(asynchronous.values().all(|open| matches!(open, 0 | 1)), "{asynchronous:?}");
    // Every track has a name.
    for track in slices.keys() {
        let named = events.iter().any(|e| e["name"] == "thread_name" && e["tid"] == *track);
        assert!(named, "track {track} has no name");
    }
    for (track, slices) in &mut slices {
        slices.sort_by_key(|(start, end)| (*start, -end));
        let mut open: Vec<(i64, i64)> = Vec::new();
        for &(start, end) in slices.iter() {
            while open.last().is_some_and(|last| last.1 <= start) {
                open.pop();
            }
            if let Some(outer) = open.last() {
                assert!(end <= outer.1, "track {track}: {start}..{end} overlaps {outer:?}");
            }
            open.push((start, end));
        }
    }
    named.values_mut().for_each(check_nesting);
    // Every arrow arrives, or has not been read; its ends lie within slices.
    for event in events.iter().filter(|event| event["ph"] == "f" || event["ph"] == "s") {
        let at = nanos(event, "ts");
        let within = slices[&event["tid"].as_u64().expect("tid")].iter().any(|(start, end)| *start <= at && at <= *end);
        assert!(within, "an arrow from or to nowhere: {event}");
        if event["ph"] == "f" {
            let begins =
                |other: &&Value| other["ph"] == "s" && other["id"] == event["id"] && other["cat"] == event["cat"];
            let begin = events.iter().find(begins).expect("where the arrow begins");
            assert!(nanos(begin, "ts") <= at);
        }
    }
}

fn slices<'a>(events: &'a [Value], category: &str, part: &str) -> Vec<&'a Value> {
    let matches = |e: &&Value| e["cat"] == category && e["name"].as_str().is_some_and(|name| name.contains(part));
    events.iter().filter(matches).collect()
}

fn longest(events: &[Value], category: &str, part: &str) -> f64 {
    slices(events, category, part).iter().map(|event| number(event, "dur") / 1e3).fold(0.0, f64::max)
}

#[test]
fn trace_holds_each_stall_and_all_tracks() {
    let events = trace(
        r"
        import { Worker, isMainThread, parentPort } from 'node:worker_threads';
        import { Pool } from 'weft:pool';
        import { once } from 'node:events';
        import { createRequire } from 'node:module';
        function stall() { const end = performance.now() + 80; while (performance.now() < end); }
        if (!isMainThread) {
          parentPort.once('message', () => { stall(); parentPort.postMessage('done'); });
        } else {
          createRequire(import.meta.url)('node:zlib');
          const worker = new Worker(new URL(import.meta.url), { name: 'other' });
          worker.postMessage('go');
          await once(worker, 'message');
          await new Promise((resolve) => setTimeout(function late() { stall(); resolve(); }, 5));
          await new Promise((resolve) => setImmediate(() => Promise.resolve().then(stall).then(resolve)));
          const pool = new Pool();
          await pool.run(() => { const end = performance.now() + 80; while (performance.now() < end); });
          for (let i = 0; i < 50; i++) new Array(1e5).fill({}).map(() => ({}));
          await pool.close();
        }",
        0,
    );
    assert!(longest(&events, "callback", "timer: late") >= 80.0);
    assert!(longest(&events, "callback", "message") >= 80.0);
    assert!(longest(&events, "callback", "promise job") >= 80.0);
    assert!(longest(&events, "pool", "job") >= 80.0);
    assert!(longest(&events, "loop", "timers") >= 80.0 && longest(&events, "loop", "turn") >= 80.0);
    assert!(longest(&events, "loop", "wait") > 0.0);
    assert!(!slices(&events, "gc", "").is_empty());
    assert!(!slices(&events, "module", "main.mjs").is_empty());
    assert!(!slices(&events, "module", "compile node:zlib").is_empty());
    let mut tracks: Vec<_> =
        events.iter().filter(|e| e["name"] == "thread_name").filter_map(|e| e["args"]["name"].as_str()).collect();
    tracks.sort_unstable();
    assert!(tracks.contains(&"main thread") && tracks.contains(&"Worker 1 (other)"), "{tracks:?}");
    assert!(tracks.iter().any(|track| track.starts_with("pool thread")), "{tracks:?}");
    // From the main track to the Worker's and back, and to the pool's.
    let arrows = |category: &str, ph: &str| -> Vec<u64> {
        let matches = |e: &&Value| e["cat"] == category && e["ph"] == ph;
        events.iter().filter(matches).filter_map(|e| e["tid"].as_u64()).collect()
    };
    for category in ["message", "pool"] {
        let (from, to) = (arrows(category, "s"), arrows(category, "f"));
        assert!(!to.is_empty() && to.iter().any(|track| *track != from[0]), "{category}: {from:?} {to:?}");
    }
    let states: Vec<_> =
        events.iter().filter(|e| e["cat"] == "task").map(|e| (e["name"].as_str(), e["ph"].as_str())).collect();
    for state in [("queued", "b"), ("queued", "e"), ("running", "b"), ("running", "e")] {
        assert!(states.contains(&(Some(state.0), Some(state.1))), "{state:?} in {states:?}");
    }
}

#[test]
fn messages_of_a_broadcast_channel_have_an_arrow_to_each_reader() {
    let events = trace(
        r"
        import { BroadcastChannel, Worker, isMainThread } from 'node:worker_threads';
        import { once } from 'node:events';
        const channel = new BroadcastChannel('news');
        if (isMainThread) {
          let said = 0;
          const workers = [1, 2].map(() => new Worker(new URL(import.meta.url)));
          await Promise.all(workers.map((worker) => once(worker, 'message')));
          channel.postMessage('once');
          await Promise.all(workers.map((worker) => once(worker, 'exit')));
          channel.close();
        } else {
          const { parentPort } = await import('node:worker_threads');
          channel.onmessage = () => channel.close();
          parentPort.postMessage('ready');
          parentPort.unref?.();
        }",
        0,
    );
    let tracks = |title: &str| -> Vec<u64> {
        let named =
            |e: &&Value| e["name"] == "thread_name" && e["args"]["name"].as_str().is_some_and(|n| n.starts_with(title));
        events.iter().filter(named).filter_map(|e| e["tid"].as_u64()).collect()
    };
    let (main, workers) = (tracks("main thread"), tracks("Worker"));
    let ends = |ph: &str, tracks: &[u64]| -> Vec<u64> {
        let matches =
            |e: &&Value| e["cat"] == "message" && e["ph"] == ph && tracks.contains(&e["tid"].as_u64().unwrap_or(0));
        events.iter().filter(matches).filter_map(|e| e["id"].as_u64()).collect()
    };
    let begun = ends("s", &main);
    for worker in &workers {
        let arrived = ends("f", &[*worker]);
        assert!(arrived.iter().any(|id| begun.contains(id)), "{worker}: {begun:?} {arrived:?}");
    }
    assert_eq!(workers.len(), 2);
}

#[test]
fn process_exit_loses_nothing() {
    let events = trace(
        r"
        import { Worker, isMainThread } from 'node:worker_threads';
        if (isMainThread) {
          const worker = new Worker(new URL(import.meta.url));
          worker.on('message', () => setImmediate(function last() { setTimeout(() => process.exit(3), 10); }));
        } else {
          setTimeout(function there() { require = undefined; }, 1);
        }",
        1,
    );
    // The Worker's error ended the process.
    assert!(!slices(&events, "callback", "timer: there").is_empty());
    let events = trace("setImmediate(function first() { setTimeout(function last() { process.exit(3); }, 10); });", 3);
    assert!(!slices(&events, "callback", "immediate: first").is_empty());
    assert!(!slices(&events, "loop", "wait").is_empty());
}

#[test]
fn trace_that_cannot_be_written_is_said_at_once() {
    run(["--trace-out", "/no/such/folder/trace.json", "-p", "1"]).exits(9).complains("--trace-out: /no/such/folder");
}
