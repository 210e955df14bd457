//! Profiles of whole runs: --cpu-prof, --heap-prof and --heapsnapshot-signal, with their companions.

mod common;

use std::path::Path;

use common::{TestDir, run, weft};
use serde_json::Value;

/// A sampler sees a function only if its own thread gets to run meanwhile, so what a test looks for computes for tens of
/// milliseconds (`fibonacci(LONG)`): enough for a machine that has other things to do.
const LONG: u32 = 33;

const WORK: &str = "
function fibonacci(n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
function allocate(n) { const kept = []; for (let i = 0; i < n; i++) kept.push(new Array(100).fill(i)); return kept; }
";

fn files(folder: &Path, extension: &str) -> Vec<(String, Value)> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a profile");
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, serde_json::from_str(&text).expect("JSON"))
        })
        .collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

/// Whether a CPU profile has a function of this name.
fn has_function(profile: &Value, name: &str) -> bool {
    profile["nodes"].as_array().expect("nodes").iter().any(|node| node["callFrame"]["functionName"] == name)
}

fn heap_has_function(node: &Value, name: &str) -> bool {
    node["callFrame"]["functionName"] == name
        || node["children"].as_array().expect("children").iter().any(|child| heap_has_function(child, name))
}

#[test]
fn cpu_profiles_are_written_for_all_threads_also_at_process_exit() {
    let dir = TestDir::new();
    let source = format!(
        "{WORK}
        const {{ Worker, isMainThread }} = require('node:worker_threads');
        fibonacci({LONG});
        if (isMainThread) new Worker(__filename).on('exit', () => {{ fibonacci({LONG}); process.exit(2); }});
        else process.exit(0);"
    );
    let file = dir.write("main.cjs", source);
    let out = dir.path().join("deep/profiles");
    let flags = ["--cpu-prof", "--cpu-prof-interval", "100", "--cpu-prof-dir"];
    let result = weft().args(flags).args([&out, &file]).output().expect("the binary starts");
    assert_eq!(result.status.code(), Some(2), "{}", String::from_utf8_lossy(&result.stderr));
    let profiles = files(&out, "cpuprofile");
    assert_eq!(profiles.len(), 2, "{profiles:?}");
    for (name, profile) in &profiles {
        let parts: Vec<_> = name.split('.').collect();
        assert_eq!((parts[0], parts.len()), ("CPU", 7), "{name}");
        assert!(has_function(profile, "fibonacci"), "{name}");
    }
    assert_ne!(profiles[0].0.split('.').nth(4), profiles[1].0.split('.').nth(4), "each has the number of its thread");
}

#[test]
fn threads_of_a_pool_write_theirs_whether_it_is_closed_or_not() {
    let dir = TestDir::new();
    for (name, last) in [("closed", "await pool.close();"), ("open", ""), ("exit", "process.exit(0);")] {
        let source = format!(
            "{WORK}
            import {{ Pool }} from 'weft:pool';
            const pool = new Pool({{ maxThreads: 1, recycleAfter: {{ tasks: 2 }} }});
            function inThread(n) {{
              const fibonacci = (n) => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));
              return fibonacci(n);
            }}
            for (let i = 0; i < 3; i++) await pool.run(inThread, {{ args: [{LONG}] }});
            {last}"
        );
        let file = dir.write(&format!("{name}.mjs"), source);
        let out = dir.path().join(name);
        let flags = ["--cpu-prof", "--heap-prof", "--cpu-prof-interval=100", "--diagnostic-dir"];
        let result = weft().args(flags).args([&out, &file]).output().expect("the binary starts");
        assert_eq!(result.status.code(), Some(0), "{}", String::from_utf8_lossy(&result.stderr));
        let profiles = files(&out, "cpuprofile");
        // Two isolates after each other, and the main one.
        assert_eq!((profiles.len(), files(&out, "heapprofile").len()), (3, 3), "{name}: {profiles:?}");
        let of_pool = profiles.iter().filter(|(_, profile)| has_function(profile, "inThread")).count();
        assert_eq!(of_pool, 2, "{name}");
    }
}

#[test]
fn heap_profiles_have_names_and_workers_flags_of_their_own() {
    let dir = TestDir::new();
    let main = dir.write("main.cjs", format!("{WORK} globalThis.kept = allocate(2000);"));
    let flags = ["--heap-prof", "--heap-prof-interval=128", "--heap-prof-name=mine-${pid}.heapprofile"];
    let result = weft().args(flags).arg(&main).current_dir(dir.path()).output().expect("the binary starts");
    assert!(result.status.success());
    let profiles = files(dir.path(), "heapprofile");
    assert_eq!(profiles.len(), 1);
    assert!(profiles[0].0.starts_with("mine-") && !profiles[0].0.contains('$'), "{}", profiles[0].0);
    assert!(heap_has_function(&profiles[0].1["head"], "allocate"));

    let other = TestDir::new();
    let script = format!(
        "const {{ Worker }} = require('node:worker_threads');
        new Worker({:?}, {{ execArgv: ['--heap-prof', '--heap-prof-interval', '128'] }});",
        main.display().to_string()
    );
    let file = other.write("parent.cjs", script);
    let result = weft().arg(file).current_dir(other.path()).output().expect("the binary starts");
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
    let profiles = files(other.path(), "heapprofile");
    assert_eq!(profiles.len(), 1);
    assert!(heap_has_function(&profiles[0].1["head"], "allocate"));
}

#[cfg(unix)]
#[test]
fn signals_write_what_there_is() {
    let dir = TestDir::new();
    // The signal is told to the thread, which must be there still.
    let text =
        format!("{WORK} fibonacci({LONG}); process.kill(process.pid, 'SIGTERM'); setInterval(() => {{}}, 1000);");
    let killed = dir.write("killed.cjs", text);
    let flags = ["--cpu-prof", "--cpu-prof-interval=100"];
    let result = weft().args(flags).arg(killed).current_dir(dir.path()).output().expect("the binary starts");
    assert!(!result.status.success());
    assert!(has_function(&files(dir.path(), "cpuprofile")[0].1, "fibonacci"));

    let asked = dir.write(
        "asked.cjs",
        "process.kill(process.pid, 'SIGUSR2');
        const timer = setInterval(() => {
          const found = require('fs').readdirSync('snapshots').filter((name) => name.endsWith('.heapsnapshot'));
          if (found.length === 1) { console.log(found[0].slice(0, 5)); clearInterval(timer); }
        }, 10);
        require('fs').mkdirSync('snapshots');",
    );
    let flags = ["--heapsnapshot-signal=SIGUSR2", "--diagnostic-dir=snapshots"];
    let result = weft().args(flags).arg(asked).current_dir(dir.path()).output().expect("the binary starts");
    assert_eq!(String::from_utf8_lossy(&result.stdout), "Heap.\n", "{}", String::from_utf8_lossy(&result.stderr));
}

#[test]
fn snapshots_at_a_signal_are_of_all_threads() {
    let dir = TestDir::new();
    let asked = dir.write(
        "asked.cjs",
        "const { readFileSync, readdirSync } = require('fs');
        const { Worker } = require('worker_threads');
        // A Worker, with a Worker of its own.
        const inner = `const { Worker, parentPort } = require('worker_threads');
          const inmost = \"require('worker_threads').parentPort.postMessage(1); setInterval(() => {}, 1e9)\";
          globalThis.keptInWorker = 'kept';
          new Worker(inmost, { eval: true }).on('message', (m) => parentPort.postMessage(m))`;
        const worker = new Worker(inner, { eval: true });
        const complete = (name) => { try { return JSON.parse(readFileSync(`snapshots/${name}`)).snapshot !== undefined; } catch { return false; } };
        worker.once('message', () => {
          process.kill(process.pid, 'SIGUSR2');
          const timer = setInterval(() => {
            const found = readdirSync('snapshots').filter((name) => name.endsWith('.heapsnapshot'));
            if (found.length < 3 || !found.every(complete)) return;
            console.log(found.map((name) => name.split('.')[4]).sort().join());
            const holds = (thread) => readFileSync(`snapshots/${found.find((name) => name.split('.')[4] === thread)}`, 'utf8').includes('keptInWorker\"');
            console.log(holds('1'), holds('2'));
            clearInterval(timer);
            worker.terminate();
          }, 10);
        });
        require('fs').mkdirSync('snapshots');",
    );
    let flags = ["--heapsnapshot-signal=SIGUSR2", "--diagnostic-dir=snapshots"];
    let result = weft().args(flags).arg(asked).current_dir(dir.path()).output().expect("the binary starts");
    assert_eq!(
        String::from_utf8_lossy(&result.stdout),
        "0,1,2\ntrue false\n",
        "{}",
        String::from_utf8_lossy(&result.stderr)
    );
}

#[test]
fn companions_without_their_flag_are_refused() {
    run(["--cpu-prof-name=x", "-p", "1"]).exits(9).complains("--cpu-prof-name must be used with --cpu-prof");
    run(["--heap-prof-dir", "x", "-p", "1"]).exits(9).complains("--heap-prof-dir must be used with --heap-prof");
    run(["--heapsnapshot-signal=SIGNOTHING", "-p", "1"]).complains("ERR_UNKNOWN_SIGNAL");
}
