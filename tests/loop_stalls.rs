//! A stall of a known length, in each place where one can happen, is found by all that look for stalls.

mod common;

use common::{TestDir, run, run_module, run_script};

/// Stalls for 80 ms in the function `culprit`, on line 3.
const STALL: &str = "function culprit() {
  const end = performance.now() + 80;
  while (performance.now() < end);
}
";

fn with_stall(script: &str) -> String {
    format!("{STALL}{script}")
}

/// How often a stall may be repeated: it is timed by the clock, so on a machine that is busy with other things a thread can be
/// interrupted before or after the culprit ran.
const ATTEMPTS: usize = 30;

/// Tries until what `attempt` gives is right; the last attempt must be.
fn eventually(attempt: impl Fn() -> String, is_right: impl Fn(&str) -> bool) {
    let is_found = (1..ATTEMPTS).any(|_| is_right(&attempt()));
    if !is_found {
        let last = attempt();
        assert!(is_right(&last), "not so in {ATTEMPTS} attempts, the last one of which gave:\n{last}");
    }
}

fn slow_turn_is(cause: &str, expected: &str) {
    eventually(|| slow_turn(cause), |text| text == expected);
}

/// Prints what `weft:loop` says of the slow turn that `cause` makes.
fn slow_turn(cause: &str) -> String {
    let script = with_stall(&format!(
        r"
        import {{ observe }} from 'weft:loop';
        const observation = observe({{ threshold: 20, stalls: false }});
        {cause}
        for await (const report of observation) {{
          // The script itself, which on a busy machine may be slow to begin.
          if (report.duration < 80 || report.phase === 'outside') continue;
          const {{ phase, what, culprit, stall, duration, isolate }} = report;
          console.log(isolate, phase, what?.kind, duration >= 80, stall?.after >= 20 && stall.after <= duration);
          console.log(culprit?.name, /main\.mjs$/.test(culprit?.file), culprit?.line);
          console.log(what?.name ?? '-', what?.line ?? '-', what?.created?.match(/main\.mjs:\d+/)?.[0] ?? '-');
          break;
        }}
        process.exit();"
    ));
    run_module(&script).exits(0).stdout
}

#[test]
fn stall_in_a_timer_is_reported_with_its_place() {
    // The line of `cause` is known by the template above.
    slow_turn_is(
        "setTimeout(function tick() { culprit(); }, 5);",
        "main timers timer true true\nculprit true 3\ntick 8 main.mjs:8\n",
    );
}

#[test]
fn stall_in_an_immediate_and_a_tick_is_reported_with_its_place() {
    slow_turn_is(
        "setImmediate(function check() { culprit(); });",
        "main check immediate true true\nculprit true 3\ncheck 8 main.mjs:8\n",
    );
    slow_turn_is(
        "setImmediate(() => process.nextTick(function tick() { culprit(); }));",
        "main check tick true true\nculprit true 3\ntick 8 main.mjs:8\n",
    );
}

#[test]
fn stall_in_a_message_handler_is_reported_with_its_place() {
    slow_turn_is(
        "const { port1, port2 } = new MessageChannel(); port1.on('message', () => culprit()); port2.postMessage(1);",
        "main poll message true true\nculprit true 3\n- - -\n",
    );
}

#[test]
fn stall_in_a_promise_chain_is_reported_with_its_place() {
    slow_turn_is(
        "setImmediate(() => Promise.resolve().then(() => 1).then(() => culprit()));",
        "main check promise job true true\nculprit true 3\n- - -\n",
    );
}

#[test]
fn stall_in_a_callback_of_an_operation_names_the_area() {
    let script = with_stall(
        r"
        const { observe } = require('weft:loop');
        const observation = observe({ threshold: 20 }, (report) => {
          if (report.phase === 'outside') return;
          if (report.type === 'stall') { console.log('stall', report.phase, report.culprit.line); return; }
          console.log(report.phase, report.what.kind, report.what.operation);
          observation.close();
        });
        require('fs').stat(__filename, () => culprit());",
    );
    eventually(|| run_script(&script).exits(0).stdout, |text| text == "stall poll 3\npoll operation fs\n");
}

#[test]
fn stalls_of_other_threads_are_reported_to_whoever_asks() {
    let script = with_stall(
        r"
        import { observe, snapshot, threads } from 'weft:loop';
        import { Worker } from 'node:worker_threads';
        import { Pool } from 'weft:pool';
        import { subscribe } from 'node:diagnostics_channel';
        subscribe('weft.loop.slow', (report) => { if (report.isolate === 'worker') published = true; });
        let published = false;
        const worker = new Worker(`${culprit}
          setInterval(() => culprit(), 50);`, { eval: true });
        const seen = new Set();
        const pool = new Pool();
        const observation = observe({ thread: 'all', threshold: 20, stalls: false });
        const stall = () => { const end = performance.now() + 80; while (performance.now() < end); };
        const tasks = (async () => { while (seen.size < 2) await pool.run(stall); })();
        for await (const { isolate, thread, phase, what, stall } of observation) {
          if (isolate === 'main' || stall === null || what.kind === 'script' || seen.has(isolate)) continue;
          seen.add(isolate);
          console.log(isolate === 'worker' ? thread === worker.threadId : thread > 0, isolate, phase, what.kind);
          if (seen.size === 2) break;
        }
        await tasks;
        const { busy, phases, utilization } = snapshot(worker);
        console.log(busy.max >= 80e6, busy.count > 0, phases.timers.longest >= 80, utilization > 0);
        console.log(threads().map(({ isolate }) => isolate).slice(0, 2), snapshot(12345), published);
        process.exit();",
    );
    let out = run_module(&script).exits(0).stdout;
    let mut lines: Vec<_> = out.lines().collect();
    lines[..2].sort_unstable();
    assert_eq!(
        lines,
        [
            "true pool outside task",
            "true worker timers timer",
            "true true true true",
            "[ 'main', 'worker' ] undefined true"
        ],
        "{out}"
    );
}

/// What `--stall-threshold` writes about the script.
fn written(script: &str, line: u32) {
    let dir = TestDir::new();
    let file = dir.write("main.mjs", with_stall(script));
    let place = format!("at culprit (file://{}:{line}:", file.display());
    let flag = "--stall-threshold=20ms".to_owned();
    eventually(|| run([flag.clone(), file.display().to_string()]).exits(0).stderr, |text| text.contains(&place));
}

#[test]
fn watch_writes_where_a_thread_is_stalled() {
    written("setTimeout(culprit, 5);", 3);
    written("culprit();", 3);
    written("await new Promise(setImmediate).then(() => culprit());", 3);
    written(
        "const { port1, port2 } = new MessageChannel();
        port1.on('message', () => { culprit(); port1.close(); }); port2.postMessage(1);",
        3,
    );
}

#[test]
fn watch_writes_of_workers_and_pool_threads_and_a_loop_without_end() {
    let dir = TestDir::new();
    let file = dir.write(
        "main.mjs",
        with_stall(
            r"
            import { Worker, isMainThread } from 'node:worker_threads';
            import { Pool } from 'weft:pool';
            if (isMainThread) {
              const worker = new Worker(new URL(import.meta.url));
              const pool = new Pool();
              await pool.run(() => { const end = performance.now() + 80; while (performance.now() < end); });
              setTimeout(() => worker.terminate(), 200);
            } else {
              setTimeout(function forever() { for (;;); }, 1);
            }",
        ),
    );
    let forever = format!("at forever (file://{}:14:", file.display());
    eventually(
        || run(["--stall-threshold=20ms".to_owned(), file.display().to_string()]).exits(0).stderr,
        |text| [&forever, "Worker 1 stalled", "pool thread"].iter().all(|part| text.contains(part)),
    );
}

#[test]
fn watch_names_who_called_an_operation_that_waits() {
    let dir = TestDir::new();
    let source =
        "import { execSync } from 'node:child_process';\nsetTimeout(function waits() { execSync('sleep 0.2'); }, 5);";
    let file = dir.write("main.mjs", source);
    run(["--stall-threshold=100ms".to_owned(), file.display().to_string()])
        .exits(0)
        .complains(&format!("phase 'timers', at waits (file://{}:2:", file.display()));
    run(["--stall-threshold=soon", "-p", "1"]).exits(9).complains("--stall-threshold must be a time");
}
