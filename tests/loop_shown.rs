//! A stall of 80 ms in a timer, a message handler, a promise chain and a task of the pool: each is in the histogram of its
//! loop, in the report of the slow turn, in what the watch writes (with file and line), and in the trace.

mod common;

use common::{TestDir, run};
use serde_json::Value;

/// The function that stalls, on line 3, and what tells of it.
const HEAD: &str = "function culprit() {
  const end = performance.now() + 80;
  while (performance.now() < end);
}
import { observe, snapshot } from 'weft:loop';
import { Pool } from 'weft:pool';
import { monitorEventLoopDelay } from 'node:perf_hooks';
const delay = monitorEventLoopDelay({ samplePerIteration: true });
const observation = observe({ threshold: 20, thread: 'all', stalls: false });
await new Promise((resolve) => setTimeout(resolve, 20));
delay.enable();
function cause() {
  CAUSE
}
cause();
";

/// Prints what there is to know of the first slow turn that was the culprit's.
const TAIL: &str = "
// An observation keeps no process alive.
setInterval(() => {}, 1e8);
for await (const report of observation) {
  if (report.what === null || report.culprit?.name !== 'culprit' || report.culprit.line !== 3) {
    // A machine that is busy may not give the watch a processor in time, or take this thread's away elsewhere for longer
    // than the stall. Then once more.
    if (report.duration >= 80) cause();
    continue;
  }
  await new Promise(setImmediate);
  const { thread, isolate, phase, what, culprit, duration } = report;
  const histogram = isolate === 'main' ? delay.max : snapshot(thread).busy.max;
  console.log(JSON.stringify({ isolate, phase, kind: what.kind, culprit, duration, histogram }));
  break;
}
process.exit();
";

/// One run with everything that looks for stalls: what the loop is said to be, its phase, and what ran; and the slice of the
/// trace that is the stall.
#[track_caller]
fn shown(cause: &str, whose: (&str, &str), phase: &str, kind: &str, slice: (&str, &str)) -> Value {
    let dir = TestDir::new();
    let file = dir.write("main.mjs", HEAD.replace("CAUSE", cause) + TAIL);
    let out = dir.path().join("trace.json");
    let flags = ["--stall-threshold=20ms".to_owned(), "--trace-out".to_owned(), out.display().to_string()];
    let done = run([&flags[..], &[file.display().to_string()]].concat()).exits(0);
    let href = format!("file://{}", file.display());

    let report: Value = serde_json::from_str(&done.stdout).unwrap_or_else(|_| panic!("{done:?}"));
    assert_eq!((&report["isolate"], &report["phase"], &report["kind"]), (&whose.0.into(), &phase.into(), &kind.into()));
    assert_eq!(
        (&report["culprit"]["file"], &report["culprit"]["line"]),
        (&href.as_str().into(), &3.into()),
        "{report}"
    );
    assert!(report["duration"].as_f64().is_some_and(|ms| ms >= 80.0), "{report}");
    assert!(report["histogram"].as_f64().is_some_and(|ns| ns >= 80e6), "{report}");

    let watched = done.stderr.lines().any(|line| {
        line.contains(&format!("(weft) {}", whose.1))
            && line.contains(&format!("phase '{phase}'"))
            && line.contains(&format!("at culprit ({href}:3:"))
    });
    assert!(watched, "{}", done.stderr);

    let text = std::fs::read_to_string(out).expect("a trace");
    let events: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let is_stall = |event: &&Value| {
        event["cat"] == slice.0
            && event["name"].as_str().is_some_and(|name| name.starts_with(slice.1))
            && event["dur"].as_f64().is_some_and(|us| us >= 80e3)
    };
    events.iter().find(is_stall).unwrap_or_else(|| panic!("no {slice:?} of 80 ms in {text}")).clone()
}

#[test]
fn in_a_timer() {
    let event = shown(
        "setTimeout(function tick() { culprit(); }, 5);",
        ("main", "main thread"),
        "timers",
        "timer",
        ("callback", "timer: tick"),
    );
    assert_eq!(event["args"]["line"], 13, "{event}");
}

#[test]
fn in_a_message_handler() {
    shown(
        "const { port1, port2 } = new MessageChannel(); port1.on('message', () => culprit()); port2.postMessage(1);",
        ("main", "main thread"),
        "poll",
        "message",
        ("callback", "message"),
    );
}

#[test]
fn in_a_promise_chain() {
    shown(
        "setImmediate(() => Promise.resolve().then(() => 1).then(() => culprit()));",
        ("main", "main thread"),
        "check",
        "promise job",
        ("callback", "promise job"),
    );
}

#[test]
fn in_a_task_of_the_pool() {
    let event = shown(
        "const pool = new Pool(); pool.run(culprit);",
        ("pool", "pool thread"),
        "outside",
        "task",
        ("pool", "job"),
    );
    assert!(event["args"]["file"].as_str().is_some_and(|file| file.ends_with("main.mjs")), "{event}");
    assert_eq!(event["args"]["line"], 1, "{event}");
}
