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

/// Prints what `weft:loop` says of the first slow turn that `cause` makes.
fn slow_turn(cause: &str) -> String {
    let script = with_stall(&format!(
        r"
        import {{ observe }} from 'weft:loop';
        const observation = observe({{ threshold: 20, stalls: false }});
        {cause}
        for await (const report of observation) {{
          if (report.stall?.culprit?.name !== 'culprit') continue;
          const {{ phase, what, culprit, stall, duration, isolate }} = report;
          console.log(isolate, phase, what?.kind, duration >= 80, stall.after >= 20 && stall.after <= duration);
          console.log(culprit.name, /main\.mjs$/.test(culprit.file), culprit.line);
          console.log(what.name ?? '-', what.line ?? '-', what.created?.match(/main\.mjs:\d+/)?.[0] ?? '-');
          break;
        }}
        process.exit();"
    ));
    run_module(&script).exits(0).stdout
}

#[test]
fn stall_in_a_timer_is_reported_with_its_place() {
    // The line of `cause` is known by the template above.
    assert_eq!(
        slow_turn("setTimeout(function tick() { culprit(); }, 5);"),
        "main timers timer true true\nculprit true 3\ntick 8 main.mjs:8\n"
    );
}

#[test]
fn stall_in_an_immediate_and_a_tick_is_reported_with_its_place() {
    assert_eq!(
        slow_turn("setImmediate(function check() { culprit(); });"),
        "main check immediate true true\nculprit true 3\ncheck 8 main.mjs:8\n"
    );
    assert_eq!(
        slow_turn("setImmediate(() => process.nextTick(function tick() { culprit(); }));"),
        "main check tick true true\nculprit true 3\ntick 8 main.mjs:8\n"
    );
}

#[test]
fn stall_in_a_message_handler_is_reported_with_its_place() {
    assert_eq!(
        slow_turn(
            "const { port1, port2 } = new MessageChannel(); port1.on('message', () => culprit()); port2.postMessage(1);"
        ),
        "main poll message true true\nculprit true 3\n- - -\n"
    );
}

#[test]
fn stall_in_a_promise_chain_is_reported_with_its_place() {
    assert_eq!(
        slow_turn("setImmediate(() => Promise.resolve().then(() => 1).then(() => culprit()));"),
        "main check promise job true true\nculprit true 3\n- - -\n"
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
    run_script(&script).exits(0).prints("stall poll 3\npoll operation fs\n");
}

#[test]
fn stalls_of_other_threads_are_reported_to_whoever_asks() {
    let script = with_stall(
        r"
        import { observe, snapshot, threads } from 'weft:loop';
        import { Worker } from 'node:worker_threads';
        import { Pool } from 'weft:pool';
        import { subscribe } from 'node:diagnostics_channel';
        subscribe('weft.loop.slow', (report) => { if (report.isolate === 'worker') console.log('published'); });
        const worker = new Worker(`${culprit}
          setTimeout(() => culprit(), 50);
          setInterval(() => {}, 1e6);`, { eval: true });
        const seen = new Set();
        const pool = new Pool();
        const observation = observe({ thread: 'all', threshold: 20, stalls: false });
        const task = pool.run(() => { const end = performance.now() + 80; while (performance.now() < end); });
        for await (const { isolate, thread, phase, what, stall } of observation) {
          if (isolate === 'main' || stall === null || what.kind === 'script' || seen.has(isolate)) continue;
          seen.add(isolate);
          console.log(isolate === 'worker' ? thread === worker.threadId : thread > 0, isolate, phase, what.kind);
          if (seen.size === 2) break;
        }
        await task;
        const { busy, phases, utilization } = snapshot(worker);
        console.log(busy.max >= 80e6, busy.count > 0, phases.timers.longest >= 80, utilization > 0);
        console.log(threads().map(({ isolate }) => isolate).slice(0, 2), snapshot(12345));
        process.exit();",
    );
    let out = run_module(&script).exits(0).stdout;
    let mut lines: Vec<_> = out.lines().collect();
    lines[..3].sort_unstable();
    assert_eq!(
        lines,
        [
            "published",
            "true pool outside task",
            "true worker timers timer",
            "true true true true",
            "[ 'main', 'worker' ] undefined"
        ],
        "{out}"
    );
}

/// What `--stall-threshold` writes about the script.
fn written(script: &str, line: u32) {
    let dir = TestDir::new();
    let file = dir.write("main.mjs", with_stall(script));
    let flag = "--stall-threshold=20ms".to_owned();
    let result = run([flag, file.display().to_string()]).exits(0);
    let place = format!("at culprit (file://{}:{line}:", file.display());
    assert!(result.stderr.contains(&place), "no {place:?} in:\n{}", result.stderr);
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
    let result = run(["--stall-threshold=20ms".to_owned(), file.display().to_string()]).exits(0);
    let forever = format!("at forever (file://{}:14:", file.display());
    assert!(result.stderr.contains(&forever), "no {forever:?} in:\n{}", result.stderr);
    assert!(result.stderr.contains("Worker 1 stalled"), "{}", result.stderr);
    assert!(result.stderr.contains("pool thread"), "{}", result.stderr);
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
