//! `weft bench loop`: what it measures, what it writes, and what it refuses.

mod common;

use common::{Run, TestDir, run, weft};
use serde_json::Value;

const SHORT: [&str; 4] = ["--duration=200ms", "--warm-up=20ms", "--rate=200", "--seed=7"];

/// Runs the benchmark shortly, in `dir`.
fn bench(dir: &TestDir, args: &[&str]) -> Run {
    let mut command = weft();
    command.current_dir(dir.path()).args(["bench", "loop"]).args(SHORT).args(args);
    command.output().expect("the binary starts").into()
}

fn json(dir: &TestDir, name: &str) -> Value {
    let text = std::fs::read_to_string(dir.path().join(name)).expect("the result");
    serde_json::from_str(&text).expect("JSON")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn every_scenario_gives_figures_in_every_form() {
    let dir = TestDir::new();
    let done = bench(&dir, &["--json", "out.json", "--csv", "out.csv", "--repeat=2", "--threads=2"]).exits(0);
    let names = ["idle", "timers", "immediates", "promises", "io", "cpu", "workers", "pool", "messages", "gc"];
    let found = json(&dir, "out.json");
    assert_eq!(found["schema"], "weft-bench-loop");
    assert_eq!(found["schemaVersion"], 1);
    assert_eq!(found["options"]["rate"], 200);
    let results = found["results"].as_array().expect("results");
    assert_eq!(results.iter().map(|r| r["scenario"].as_str().expect("a name")).collect::<Vec<_>>(), names);
    for result in results {
        let runs = result["runs"].as_array().expect("runs");
        assert_eq!(runs.len(), 2, "{result}");
        let (mut values, mut operations) = (0.0, 0.0);
        for run in runs {
            assert!((0.0..=1.0).contains(&number(&run["utilization"])), "{result}");
            assert!(number(&run["turns"]) > 0.0 && number(&run["took"]) >= 150.0, "{result}");
            // Every intended time counts, the raw distribution has at most one value for each.
            let corrected = number(&run["corrected"]["count"]);
            assert!(corrected >= 30.0 && corrected >= number(&run["raw"]["count"]), "{result}");
            let windows = run["windows"].as_array().expect("windows");
            let in_windows = windows.iter().flat_map(|w| w.as_array().expect("a window")).map(|c| number(&c[2]));
            assert!((1..=20).contains(&windows.len()), "{result}");
            assert_eq!(in_windows.sum::<f64>(), corrected, "{result}");
            operations += number(&run["operations"]);
            values += corrected;
        }
        assert_eq!(operations > 0.0, result["scenario"] != "idle", "{result}");
        let all = &result["corrected"];
        assert_eq!(number(&all["count"]), values);
        let figures = ["min", "p50", "p90", "p99", "p99.9", "max"].map(|figure| number(&all[figure]));
        assert!(figures.is_sorted(), "{result}");
        let counts = all["counts"].as_array().expect("counts");
        assert_eq!(counts.iter().map(|c| number(&c[2])).sum::<f64>(), values);
        assert!(done.stdout.contains(&format!("\n{} ", result["scenario"].as_str().expect("a name"))));
    }
    assert!(number(&results[1]["runs"][0]["own"]["corrected"]["count"]) > 0.0);
    let csv = std::fs::read_to_string(dir.path().join("out.csv")).expect("the result");
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines.len(), 1 + 2 * names.len());
    assert!(lines.iter().all(|line| line.len() == lines[0].len()), "{csv}");
    assert_eq!(lines[0][..3], ["scenario", "repeat", "payload"]);
    assert!(!done.stdout.contains('\x1b') && done.stdout.contains("p99.9") && done.stdout.contains("|##"));
}

#[test]
fn a_slice_of_80_ms_is_in_maximum_stalls_and_corrected_percentiles() {
    let dir = TestDir::new();
    bench(&dir, &["--scenario=cpu", "--payload=80", "--duration=600ms", "--json=out.json"]).exits(0);
    let found = json(&dir, "out.json");
    let result = &found["results"][0];
    let run = &result["runs"][0];
    assert_eq!(run["operations"].as_f64().map(|n| n >= 1.0), Some(true));
    assert!(number(&result["stalls"]) >= 1.0, "{result}");
    assert!(number(&run["longestTurn"]) >= 78.0, "{result}");
    // The probe is meant to run every 5 ms: the first one that a slice keeps waiting waits for at least 75 ms, but for the
    // ms by which a timer may be early.
    assert!(number(&result["corrected"]["max"]) >= 74e6, "{result}");
    // A slice is one raw value and about 16 corrected ones.
    assert!(number(&result["corrected"]["count"]) >= number(&result["raw"]["count"]) + 10.0, "{result}");
    assert!(number(&result["corrected"]["p90"]) >= number(&result["raw"]["p50"]), "{result}");
}

#[test]
fn a_script_is_a_load() {
    let dir = TestDir::new();
    dir.write(
        "load.mjs",
        "export default ({ payload, threads, random, signal }) => {
           let rounds = 0;
           const timer = setInterval(() => {
             rounds++;
             const end = performance.now() + payload;
             while (performance.now() < end);
           }, 100);
           console.log(threads, random() < 1, signal.aborted);
           signal.addEventListener('abort', () => console.log('aborted'));
           return { operations: () => rounds, stop() { clearInterval(timer); console.log('stopped'); } };
         };",
    );
    let args = ["--script=load.mjs", "--payload=60", "--duration=400ms", "--threads=3", "--json=out.json"];
    let done = bench(&dir, &args).exits(0);
    assert!(done.stdout.starts_with("3 true false\naborted\nstopped\n"), "{}", done.stdout);
    let found = json(&dir, "out.json");
    assert_eq!(found["results"].as_array().map(Vec::len), Some(1));
    let result = &found["results"][0];
    assert_eq!((&result["scenario"], &result["payload"]), (&"script".into(), &60.into()));
    assert!(number(&result["stalls"]) >= 1.0 && number(&result["runs"][0]["operations"]) >= 1.0, "{result}");
}

#[test]
fn a_script_that_fails_fails_the_benchmark() {
    let dir = TestDir::new();
    dir.write("none.mjs", "export const load = 1;");
    bench(&dir, &["--script=none.mjs"]).exits(1).complains("its default export must be a function");
    dir.write("bad.mjs", "export default async () => { throw new Error('no load today'); };");
    bench(&dir, &["--script=bad.mjs"]).exits(1).complains("no load today");
    bench(&dir, &["--script=missing.mjs"]).exits(1).complains("missing.mjs");
}

#[test]
fn results_go_to_standard_output_alone() {
    let dir = TestDir::new();
    let done = bench(&dir, &["--scenario=idle", "--json=-"]).exits(0);
    let found: Value = serde_json::from_str(&done.stdout).expect("JSON");
    assert_eq!(found["results"][0]["scenario"], "idle");
    done.complains("p99.9");
    let done = bench(&dir, &["--scenario=idle", "--csv=-"]).exits(0);
    assert!(done.stdout.starts_with("scenario,repeat,") && done.stdout.lines().count() == 2, "{}", done.stdout);
}

/// Makes each window of the runs in `result` one of 20 values of 1 ms.
fn hardly_late(result: &mut Value) {
    for run in result["runs"].as_array_mut().expect("runs") {
        for window in run["windows"].as_array_mut().expect("windows") {
            *window = serde_json::json!([[999_936, 512, 20]]);
        }
    }
}

#[test]
fn a_regression_beyond_the_bound_is_exit_code_1() {
    let dir = TestDir::new();
    let args = ["--scenario=cpu", "--duration=1s"];
    bench(&dir, &[&args[..], &["--payload=2", "--json=old.json"]].concat()).exits(0);
    // The same load by name, of a day when the loop was hardly late: how late it really was depends on who else was busy.
    let mut old = json(&dir, "old.json");
    let result = &mut old["results"][0];
    result["payload"] = 90.into();
    hardly_late(result);
    dir.write("old.json", old.to_string());
    let worse = [&args[..], &["--payload=90", "--baseline=old.json", "--json=new.json"]].concat();
    let done = bench(&dir, &worse).exits(1);
    assert!(done.stdout.contains(": worse"), "{}", done.stdout);
    let found = json(&dir, "new.json");
    let comparison = &found["comparisons"][0];
    assert_eq!(comparison["regressed"], true);
    assert!(number(&comparison["low"]) <= number(&comparison["high"]), "{comparison}");
    let bounded = [&worse[..], &["--bound=1000000%"]].concat();
    bench(&dir, &bounded).exits(0);
    // Another load is not compared.
    let other = [&args[..], &["--payload=3", "--duration=50ms", "--baseline=old.json"]].concat();
    let done = bench(&dir, &other).exits(0);
    assert!(done.stdout.contains("no scenario is in both"), "{}", done.stdout);
}

#[test]
fn command_lines_that_cannot_be_followed() {
    let dir = TestDir::new();
    dir.write("other.json", "{}");
    for (args, complaint) in [
        (&["--scenario=idle,lunch"][..], "--scenario: there is no 'lunch'; there are idle, timers"),
        (&["--duration=soon"], "--duration must be a time from 10ms"),
        (&["--warm-up=-1"], "--warm-up must be a time"),
        (&["--rate=0"], "--rate must be a number from 0.1 to 100000; it is '0'"),
        (&["--payload=x", "--scenario=cpu"], "--payload of 'cpu' must be a whole number from 1 to 60000; it is 'x'"),
        (&["--payload=gc=5", "--scenario=cpu"], "--payload: 'gc' is none of the scenarios"),
        (&["--payload=idle=5"], "scenario 'idle' has no payload"),
        (&["--threads=0"], "--threads must be a whole number from 1 to 1024"),
        (&["--repeat=1.5"], "--repeat must be a whole number"),
        (&["--seed=x"], "--seed must be a whole number"),
        (&["--stall-threshold=0"], "--stall-threshold must be a time"),
        (&["--json=no/such/folder.json"], "--json: ENOENT"),
        (&["--csv=no/such/folder.csv"], "--csv: ENOENT"),
        (&["--json=-", "--csv=-"], "not both"),
        (&["--baseline=none.json"], "--baseline: ENOENT"),
        (&["--baseline=other.json"], "is no result of weft bench loop"),
        (&["--bound=5%"], "--bound must be used with --baseline"),
        (&["--baseline=other.json", "--bound=5"], "--bound must be a percentage"),
        (&["--colour"], "--colour"),
        (&["extra"], "extra"),
    ] {
        let done = bench(&dir, args).exits(9).complains(complaint);
        assert_eq!(done.stdout, "", "{args:?}");
    }
    run(["bench"]).exits(9).complains("weft bench loop");
    run(["bench", "soup"]).exits(9).complains("weft bench loop");
    let help = run(["bench", "loop", "--help"]).exits(0).stdout;
    assert!(help.contains("--warm-up") && help.contains("messages"), "{help}");
}
