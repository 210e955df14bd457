//! Node's own tests, run through the binary. `tests/node_compat/passing.txt` names those that pass: all of them must
//! go on passing. `tests/node_compat/excluded.txt` names those of the modules built so far that do not, each with
//! its reason.
//!
//! The tests are Node's and not part of this repository: `tests/node_compat/fetch DIR` gets them, and
//! `WEFT_NODE_TESTS=DIR cargo test --test node_compat -- --ignored` runs them.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(60);

fn names(list: &str) -> Vec<&str> {
    list.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).collect()
}

/// Runs one test as Node's own runner does: flags from its `// Flags:` lines, a scratch directory of its own.
fn run(root: &Path, name: &str, serial: usize) -> Result<(), String> {
    let file = root.join("parallel").join(name);
    let source = std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    let source = String::from_utf8_lossy(&source);
    let flags = source.lines().filter_map(|l| l.strip_prefix("// Flags:")).flat_map(str::split_whitespace);
    let scratch = std::env::temp_dir().join(format!("weft-node-compat-{}-{serial}", std::process::id()));
    std::fs::create_dir_all(&scratch).map_err(|e| e.to_string())?;
    let output = scratch.join("output.txt");
    let log = std::fs::File::create(&output).map_err(|e| e.to_string())?;
    let mut child = Command::new(env!("CARGO_BIN_EXE_weft"))
        .args(flags)
        .arg(&file)
        .current_dir(root)
        .env("NODE_TEST_DIR", &scratch)
        .env("TEST_THREAD_ID", serial.to_string())
        .env("TEST_SERIAL_ID", serial.to_string())
        .env("NODE_SKIP_FLAG_CHECK", "1")
        .env("NODE_TEST_KNOWN_GLOBALS", "0")
        .env_remove("NO_COLOR")
        .env_remove("FORCE_COLOR")
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(|e| e.to_string())?)
        .stderr(log)
        .spawn()
        .map_err(|e| e.to_string())?;
    let start = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|e| e.to_string())? {
            Some(status) => break Some(status),
            None if start.elapsed() > LIMIT => {
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let mut text = String::new();
    if let Ok(mut log) = std::fs::File::open(&output) {
        let mut bytes = Vec::new();
        let _ = log.read_to_end(&mut bytes);
        text = String::from_utf8_lossy(&bytes).into_owned();
    }
    let _ = std::fs::remove_dir_all(&scratch);
    let tail: String = text.chars().rev().take(1500).collect::<Vec<_>>().into_iter().rev().collect();
    match status {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(format!("{status}\n{tail}")),
        None => Err(format!("did not end within {} s\n{tail}", LIMIT.as_secs())),
    }
}

#[test]
fn lists_are_sorted_disjoint_and_reasoned() {
    let passing = names(include_str!("node_compat/passing.txt"));
    assert!(passing.is_sorted_by(|a, b| a < b), "passing.txt is not sorted, or names a test twice");
    for line in names(include_str!("node_compat/excluded.txt")) {
        let (name, reason) = line.split_once(": ").unwrap_or((line, ""));
        assert!(!reason.trim().is_empty(), "{name} is excluded without a reason");
        assert!(passing.binary_search(&name).is_err(), "{name} is both passing and excluded");
    }
}

#[test]
#[ignore = "needs Node's tests, which are not part of the repository: see the head of this file"]
fn listed_tests_pass() {
    let dir = std::env::var_os("WEFT_NODE_TESTS").expect("WEFT_NODE_TESTS names the folder that `fetch` filled");
    let root = PathBuf::from(dir).join("test").canonicalize().expect("WEFT_NODE_TESTS holds test/");
    let passing = names(include_str!("node_compat/passing.txt"));
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(name) = passing.get(index) else { break };
                    // A second try, alone in its time slot or not: some of Node's tests depend on the machine's load.
                    let result = run(&root, name, index).or_else(|_| run(&root, name, index));
                    if let Err(why) = result {
                        failures.lock().unwrap().push(format!("--- {name}: {why}"));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} of {} fail:\n{}", failures.len(), passing.len(), failures.join("\n"));
}
