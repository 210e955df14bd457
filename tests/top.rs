//! `--monitor` and `weft top`: what one process shows another of the same user, and what is said where it cannot.
#![cfg(unix)]

mod common;

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::{Run, TestDir, weft};
use serde_json::Value;

/// Stalls for 80 ms over and over, in line 3, while a Worker rests and a pool has more to do than it can.
const SCRIPT: &str = "
function culprit() {
  const end = performance.now() + 80; while (performance.now() < end);
}
const { Worker } = require('node:worker_threads');
const { Pool } = require('weft:pool');
const worker = new Worker('setInterval(() => {}, 1e9)', { eval: true });
const pool = new Pool({ maxThreads: 1 });
for (let i = 0; i < 20; i++) pool.run(() => new Promise((resolve) => setTimeout(resolve, 1e8))).catch(() => {});
setInterval(culprit, 150);
worker.on('online', () => setTimeout(() => console.log('ready'), 100));
";

/// A process that is looked at, ended with the test.
struct Watched(Child);

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command(dir: &TestDir) -> Command {
    let mut command = weft();
    command.env("XDG_RUNTIME_DIR", dir.path());
    command
}

/// Starts the script; comes back when it has said that it is ready.
fn start(dir: &TestDir, flags: &[&str]) -> Watched {
    let file = dir.write("main.cjs", SCRIPT);
    let mut child = command(dir).args(flags).arg(file).stdout(Stdio::piped()).spawn().expect("the binary starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("output");
    let watched = Watched(child);
    assert_eq!(line, "ready\n");
    watched
}

fn top(dir: &TestDir, args: &[&str]) -> Run {
    command(dir).arg("top").args(args).output().expect("the binary starts").into()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn loops_workers_pools_and_slow_turns_are_shown() {
    let dir = TestDir::new();
    let watched = start(&dir, &["--monitor"]);
    let pid = watched.0.id().to_string();
    let folder = dir.path().join("weft");
    assert_eq!((mode(&folder), mode(&folder.join(format!("{pid}.monitor")))), (0o700, 0o600));

    let args = ["--once", "--json", "--interval=1s", "--threshold=50ms"];
    let shown = top(&dir, &[&[pid.as_str()][..], &args].concat()).exits(0);
    assert_eq!(shown.stdout.lines().count(), 1, "{}", shown.stdout);
    let found: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    assert_eq!((found["pid"].to_string(), &found["version"]), (pid.clone(), &1.into()));
    assert!(found["title"].as_str().is_some_and(|title| title.ends_with("main.cjs")), "{found}");
    assert!(number(&found["interval"]) >= 1000.0 && number(&found["cpu"]) > 0.0 && number(&found["resident"]) > 1e6);
    let loops = found["loops"].as_array().expect("loops");
    let kinds: Vec<_> = loops.iter().map(|one| one["isolate"].as_str().expect("a kind")).collect();
    assert_eq!(kinds, ["main", "worker", "pool"], "{found}");
    let (main, worker) = (&loops[0], &loops[1]);
    assert!(number(&main["utilization"]) > 0.3 && number(&main["busy"]["max"]) >= 78.0, "{main}");
    assert!(number(&main["phases"]["timers"]["time"]) >= 80.0 && number(&main["turns"]) >= 2.0, "{main}");
    assert!(number(&main["heap"]["used"]) > 1e5, "{main}");
    assert!(worker["title"].as_str().is_some_and(|title| title.starts_with("Worker 1")), "{worker}");
    assert!(number(&worker["utilization"]) < 0.5 && number(&worker["heap"]["used"]) > 1e5, "{worker}");
    let pool = &found["pools"][0];
    assert_eq!((&pool["number"], &pool["threads"], &pool["mostThreads"]), (&1.into(), &1.into(), &1.into()));
    assert!(number(&pool["running"]) >= 1.0 && number(&pool["waiting"]) >= 5.0, "{pool}");
    let slow = found["slow"].as_array().expect("reports");
    let culprits: Vec<_> = slow.iter().filter(|report| report["type"] == "stall").map(|r| &r["culprit"]).collect();
    assert!(culprits.iter().any(|place| place["name"] == "culprit" && place["line"] == 3), "{slow:?}");

    let text = top(&dir, &["--attach", "--once", "--interval=300ms"]).exits(0).stdout;
    for part in ["main thread", "Worker 1", "pool thread", "1/1", "at culprit (", "main.cjs:3:"] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
}

#[test]
fn a_process_without_the_flag_has_no_socket() {
    let dir = TestDir::new();
    let watched = start(&dir, &[]);
    assert!(!dir.path().join("weft").exists());
    let pid = watched.0.id().to_string();
    top(&dir, &[&pid])
        .exits(1)
        .complains(&format!("process {pid} cannot be looked at: it was not started with --monitor"));
    top(&dir, &["--attach"]).exits(1).complains("no process of this user was started with --monitor");
}

#[test]
fn what_is_not_there_is_said() {
    let dir = TestDir::new();
    top(&dir, &["4194999"]).exits(1).complains("there is no process 4194999");
    top(&dir, &["4294967295"]).exits(1).complains("there is no process");
    top(&dir, &[]).exits(9).complains("say which process");
    top(&dir, &["someone"]).exits(9).complains("'someone' is not the number of a process");
    top(&dir, &["1", "--colour"]).exits(9).complains("bad option: --colour");
    let help = top(&dir, &["--help"]).exits(0).stdout;
    assert!(help.contains("--attach") && help.contains("--interval"), "{help}");
    // A folder that others may look into is none to put a socket into.
    let folder = dir.path().join("weft");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let refused = command(&dir).args(["--monitor", "-p", "1"]).output().expect("the binary starts");
    Run::from(refused).exits(9).complains("--monitor: ");
}

#[test]
fn several_are_told_apart_and_those_that_ended_are_gone() {
    let dir = TestDir::new();
    let (one, other) = (start(&dir, &["--monitor"]), start(&dir, &["--monitor"]));
    let (first, second) = (one.0.id(), other.0.id());
    let listed = format!("say which one: {}, {}", first.min(second), first.max(second));
    top(&dir, &["--attach"]).exits(1).complains(&listed);
    let follows = command(&dir)
        .args(["top", &second.to_string(), "--interval=100ms"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut follows = Watched(follows);
    let mut lines = BufReader::new(follows.0.stdout.take().expect("a pipe")).lines();
    let shown = lines.find(|line| line.as_ref().is_ok_and(|line| line.starts_with("main thread")));
    assert!(shown.is_some(), "it shows more than one look");
    // It is killed, so its socket stays; whoever asks next takes it away.
    drop(other);
    lines.for_each(drop);
    assert_eq!(follows.0.wait().expect("it ended").code(), Some(0));
    top(&dir, &["--attach", "--once", "--interval=100ms"]).exits(0);
    assert!(!dir.path().join(format!("weft/{second}.monitor")).exists());
    // One that ends by itself takes its own away.
    let ends = command(&dir).args(["--monitor", "-p", "process.pid"]).output().expect("the binary starts");
    let ends = Run::from(ends).exits(0).stdout;
    assert!(!dir.path().join(format!("weft/{}.monitor", ends.trim())).exists());
}
