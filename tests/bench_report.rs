//! What `weft bench loop` draws, and how it compares with other runtimes.

mod common;

use common::{Run, TestDir, weft};
use serde_json::Value;

const SHORT: [&str; 3] = ["--duration=200ms", "--warm-up=20ms", "--rate=200"];

/// A shell script that stands for another runtime on PATH: it runs what it is given in this binary.
#[cfg(unix)]
fn stand_in(dir: &TestDir, name: &str, before: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let binary = env!("CARGO_BIN_EXE_weft");
    // Deno's flags come before the script.
    let text = format!(
        "#!/bin/sh\n{before}\nwhile [ \"${{1#*measure.cjs}}\" = \"$1\" ]; do shift; done\nexec {binary} \"$@\"\n"
    );
    let path = dir.write(&format!("bin/{name}"), text);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
}

fn bench(dir: &TestDir, args: &[&str]) -> Run {
    let mut command = weft();
    command.current_dir(dir.path()).env("PATH", dir.path().join("bin")).args(["bench", "loop"]).args(SHORT).args(args);
    command.output().expect("the binary starts").into()
}

fn read(dir: &TestDir, name: &str) -> Vec<u8> {
    std::fs::read(dir.path().join(name)).expect("a file")
}

fn text(dir: &TestDir, name: &str) -> String {
    String::from_utf8(read(dir, name)).expect("text")
}

#[test]
fn report_is_one_file_with_a_picture_for_each_panel() {
    let dir = TestDir::new();
    let args = ["--scenario=idle,cpu", "--payload=cpu=60", "--repeat=2", "--html=report.html"];
    bench(&dir, &args).exits(0);
    let report = text(&dir, "report.html");
    assert_eq!(report.matches("<svg").count(), 2 * 4);
    assert_eq!(report.matches("</svg>").count(), 2 * 4);
    for part in [
        "Lateness over time",
        "Percentiles",
        "Where the time went",
        "values)",
        "prefers-color-scheme: dark",
        "var(--ink)",
        "var(--s0)",
        "id=\"cpu\"",
        "class=\"stalled\"",
        "ms in a slice: 60",
    ] {
        assert!(report.contains(part), "no {part}");
    }
    // Nothing is taken from elsewhere, and no colour of the plots is left that the theme does not know.
    for outside in ["<script", "<link", "src=", "url(", "@import", "#0102", "#0103"] {
        assert!(!report.contains(outside), "{outside}");
    }
    let links = report.matches("http").count();
    assert_eq!(links, report.matches("xmlns=\"http://www.w3.org/2000/svg\"").count(), "only names of formats");
}

#[test]
fn plots_are_files_with_a_name_for_each_scenario() {
    let dir = TestDir::new();
    bench(&dir, &["--scenario=idle", "--svg=one.svg"]).exits(0);
    let one = text(&dir, "one.svg");
    assert!(one.starts_with("<svg") && one.contains("weft bench loop: idle"), "{one}");
    bench(&dir, &["--scenario=idle,gc", "--svg=plot.svg", "--png=plot.png"]).exits(0);
    for name in ["idle", "gc"] {
        assert!(text(&dir, &format!("plot.{name}.svg")).contains("Where the time went"));
        let png = read(&dir, &format!("plot.{name}.png"));
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n") && png.len() > 10_000, "{}", png.len());
        assert_eq!(png[16..20], 960_u32.to_be_bytes(), "the width");
    }
    assert!(!dir.path().join("plot.png").exists());
    for flag in ["--html", "--png", "--svg"] {
        let done = bench(&dir, &["--scenario=idle", flag, "no/such/file"]).exits(9);
        done.complains(&format!("{flag}: ENOENT"));
    }
}

#[cfg(unix)]
#[test]
fn runtimes_run_the_same_script_in_turn() {
    let dir = TestDir::new();
    stand_in(&dir, "node", "echo node >> order.txt");
    stand_in(&dir, "bun", "echo bun >> order.txt");
    let args =
        ["--compare=node,deno,bun", "--scenario=idle,io,messages", "--repeat=2", "--json=out.json", "--csv=out.csv"];
    let done = bench(&dir, &[&args[..], &["--html=out.html"]].concat()).exits(0);
    assert!(done.stdout.contains("Not on PATH: deno\n"), "{}", done.stdout);
    // The second round begins with the next one: weft node bun, node bun weft.
    assert_eq!(text(&dir, "order.txt"), "node\nbun\n".repeat(6));
    let found: Value = serde_json::from_str(&text(&dir, "out.json")).expect("JSON");
    let results = found["results"].as_array().expect("results");
    let names: Vec<_> = results.iter().map(|r| (r["scenario"].as_str(), r["runtime"].as_str())).collect();
    let expected: Vec<_> = ["idle", "io", "messages"]
        .into_iter()
        .flat_map(|scenario| ["weft", "node", "bun"].map(|runtime| (Some(scenario), Some(runtime))))
        .collect();
    assert_eq!(names, expected);
    for result in results {
        assert_eq!(result["runs"].as_array().map(Vec::len), Some(2), "{result}");
        assert!(result["corrected"]["count"].as_f64().is_some_and(|count| count >= 30.0), "{result}");
        assert!(result["utilization"].as_f64().is_some_and(|share| (0.0..=1.0).contains(&share)), "{result}");
        assert!(result["version"].is_string() && result["runs"][0]["turns"].is_null(), "{result}");
    }
    assert!(done.stdout.contains("runtime") && !done.stdout.contains("longest turn"), "{}", done.stdout);
    let csv = text(&dir, "out.csv");
    assert_eq!(csv.lines().count(), 1 + 3 * 3 * 2);
    assert!(csv.starts_with("scenario,repeat,payload,runtime,took,") && csv.contains("\nidle,1,,node,"), "{csv}");
    let report = text(&dir, "out.html");
    assert_eq!(report.matches("<svg").count(), 3 * 2, "a picture of time and one of shares");
    assert!(report.contains("<td class=\"left\">node "));
}

#[cfg(unix)]
#[test]
fn a_runtime_that_cannot_is_shown_as_such() {
    let dir = TestDir::new();
    stand_in(&dir, "deno", "exit 3");
    let args =
        ["--compare=deno", "--scenario=idle", "--repeat=1", "--json=out.json", "--html=out.html", "--svg=out.svg"];
    let done = bench(&dir, &args).exits(0);
    assert!(done.stdout.contains("deno") && done.stdout.contains("the run ended with exit code 3"), "{}", done.stdout);
    assert!(text(&dir, "out.html").contains("the run ended with exit code 3"));
    let found: Value = serde_json::from_str(&text(&dir, "out.json")).expect("JSON");
    assert_eq!(found["results"][1]["failed"], "the run ended with exit code 3");
    for (args, complaint) in [
        (&["--compare=node"][..], "--compare: none of node is on PATH"),
        (&["--compare=lunch"], "there is no 'lunch'; there are node, deno, bun"),
        (&["--compare=deno", "--scenario=pool"], "--compare: other runtimes cannot run 'pool'"),
        (&["--compare=deno", "--baseline=x"], "either --compare or --baseline can be used, not both"),
        (&["--compare=deno", "--in-process"], "either --compare or --in-process"),
    ] {
        bench(&dir, args).exits(9).complains(complaint);
    }
}

#[cfg(unix)]
#[test]
fn a_script_of_ones_own_runs_in_all() {
    let dir = TestDir::new();
    stand_in(&dir, "node", "");
    dir.write(
        "load.mjs",
        "export default ({ payload }) => {
           let rounds = 0;
           const timer = setInterval(() => { rounds++; const end = performance.now() + payload; while (performance.now() < end); }, 5);
           return { operations: () => rounds, stop() { clearInterval(timer); } };
         };",
    );
    bench(&dir, &["--compare=node", "--script=load.mjs", "--payload=60", "--repeat=1", "--json=out.json"]).exits(0);
    let found: Value = serde_json::from_str(&text(&dir, "out.json")).expect("JSON");
    for result in found["results"].as_array().expect("results") {
        // No loop's own record here: the probe met them.
        assert!(result["stalls"].as_f64().is_some_and(|stalls| stalls >= 1.0), "{result}");
        assert!(result["runs"][0]["operations"].as_f64().is_some_and(|rounds| rounds >= 1.0), "{result}");
    }
}

#[test]
fn runs_do_not_share_a_process_unless_they_are_to() {
    let dir = TestDir::new();
    dir.write("load.mjs", "globalThis.seen ??= 0; export default () => { console.log('seen', globalThis.seen++); };");
    let args = ["--script=load.mjs", "--repeat=2"];
    let apart = bench(&dir, &args).exits(0).stdout;
    assert!(apart.starts_with("seen 0\nseen 0\n"), "{apart}");
    let together = bench(&dir, &[&args[..], &["--in-process"]].concat()).exits(0).stdout;
    assert!(together.starts_with("seen 0\nseen 1\n"), "{together}");
    // What a load prints does not get into the results.
    let done = bench(&dir, &[&args[..], &["--json=-"]].concat()).exits(0).complains("seen 0");
    serde_json::from_str::<Value>(&done.stdout).expect("JSON");
}
