//! What `process.report` tells of Workers, handles and versions; reports of V8's fatal errors.

mod common;

use std::process::Command;

use common::{Run, TestDir, weft};

fn output(command: &mut Command) -> Run {
    command.output().expect("the binary starts").into()
}

fn eval(flags: &[&str], text: &str) -> Run {
    output(weft().args(flags).args(["-e", text]))
}

/// One Worker sleeps on its loop, one runs JavaScript and one waits in `Atomics.wait`, until the report was made.
const THREE_WORKERS: &str = "
const { Worker } = require('worker_threads');
const words = new Int32Array(new SharedArrayBuffer(12));
const make = (name, text) => new Promise((resolve) => {
  const options = { eval: true, name, workerData: words, env: { OWN: '1' } };
  const worker = new Worker(`const { parentPort, workerData: words, Worker } = require('worker_threads');${text}`, options);
  worker.once('message', () => resolve(worker));
});
(async () => {
  await Promise.all([
    make('sleeps', `require('net').createServer().listen(0, '127.0.0.1', () => {
      setTimeout(() => {}, 1e8);
      const text = \"require('worker_threads').parentPort.on('message', () => {}).postMessage(1)\";
      new Worker(text, { eval: true }).once('message', () => parentPort.postMessage(1));
    });`),
    make('runs', 'parentPort.postMessage(1); (function busy() { while (Atomics.load(words, 0) === 0); })();'),
    make('waits', 'parentPort.postMessage(1); (function waiting() { Atomics.wait(words, 1, 0); })();'),
  ]);
  check(process.report);
  Atomics.store(words, 0, 1);
  Atomics.store(words, 1, 1);
  Atomics.notify(words, 1);
  process.exit(0);
})();
";

#[test]
fn workers_report_whatever_they_do() {
    let check = "
        function check(report) {
          const main = report.getReport();
          const { workers } = main;
          const by = Object.fromEntries(workers.map((worker) => [/\\[(.*)\\]/.exec(worker.header.event)[1], worker]));
          console.log(main.header.threadId, workers.map(({ header }) => header.threadId).join());
          console.log(Object.keys(by).sort().join(), by.sleeps.header.trigger, by.sleeps.header.filename);
          for (const worker of workers) {
            const same = (a, b) => Object.keys(a).sort().join() === Object.keys(b).sort().join();
            if (!same(worker, main) || !same(worker.header, main.header)) console.log(Object.keys(worker));
            if (!same(worker.javascriptHeap, main.javascriptHeap)) console.log(worker.javascriptHeap);
            if (!same(worker.uvthreadResourceUsage, main.uvthreadResourceUsage)) console.log('usage');
          }
          console.log(by.sleeps.javascriptStack.message, by.sleeps.javascriptStack.stack.join());
          for (const name of ['runs', 'waits']) {
            const { message, stack } = by[name].javascriptStack;
            console.log(message, /^at (\\w+) \\(\\[worker eval\\]:\\d+:\\d+\\)$/.exec(stack[0])?.[1] ?? stack[0]);
          }
          console.log(by.sleeps.libuv.map(({ type }) => type).join(), by.sleeps.libuv[1].localEndpoint.ip4);
          console.log(by.sleeps.workers.map(({ header, workers }) => `${header.event} ${workers.length}`).join());
          console.log(by.runs.workers.length, by.sleeps.javascriptHeap.usedMemory > 1e5);
        }";
    let run = eval(&[], &format!("{THREE_WORKERS}{check}")).exits(0);
    assert_eq!(
        run.stdout,
        "0 1,2,3\nruns,sleeps,waits GetReport null\nNo stack. Unavailable.\nGetReport busy\nGetReport waiting\n\
         timer,tcp,loop 127.0.0.1\nWorker thread subreport [WorkerThread] 0\n0 true\n"
    );
}

#[test]
fn a_report_that_is_written_has_workers_too() {
    let dir = TestDir::new();
    let mut command = weft();
    let check = "function check(report) { report.compact = true; report.writeReport('r.json'); }";
    let text = format!("{THREE_WORKERS}{check}");
    output(command.current_dir(dir.path()).args(["--report-exclude-env", "--report-exclude-network", "-e", &text]))
        .exits(0);
    let text = std::fs::read(dir.path().join("r.json")).expect("the report");
    let report: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    let workers = report["workers"].as_array().expect("Workers");
    assert_eq!(workers.len(), 3);
    for worker in workers.iter().chain([&report, &workers[0]["workers"][0]]) {
        assert!(worker["header"].get("networkInterfaces").is_none() && worker.get("environmentVariables").is_none());
        assert_eq!(worker["header"]["trigger"], "API");
    }
    assert_eq!(report["header"]["filename"], "r.json");
}

#[test]
fn a_worker_reports_its_own_workers_alone() {
    let run = eval(
        &[],
        "const { Worker } = require('worker_threads');\n\
         const beside = new Worker('require(\"worker_threads\").parentPort.on(\"message\", () => {}).postMessage(1)', { eval: true });\n\
         beside.once('message', () => {\n\
           new Worker('const r = process.report.getReport(); console.log(r.header.threadId, r.workers.length)', { eval: true })\n\
             .on('exit', () => {\n\
               beside.once('exit', () => console.log(process.report.getReport().workers.length));\n\
               beside.terminate();\n\
             });\n\
         });",
    )
    .exits(0);
    assert_eq!(run.stdout, "2 0\n0\n");
}

#[cfg(target_os = "linux")]
#[test]
fn handles_are_told_by_what_the_system_knows() {
    let run = eval(
        &[],
        "const net = require('net'), dgram = require('dgram');\n\
         const server = net.createServer().listen(0, '127.0.0.1', () => {\n\
           const udp = dgram.createSocket('udp4').bind(0, '127.0.0.1', () => {\n\
             const child = require('child_process').spawn(process.execPath, ['-e', 'process.stdin.resume()']);\n\
             const timer = setTimeout(() => {}, 1e6);\n\
             const { libuv } = process.report.getReport();\n\
             const by = (type) => libuv.find((handle) => handle.type === type);\n\
             const tcp = by('tcp');\n\
             console.log(tcp.localEndpoint.port === server.address().port, tcp.remoteEndpoint, tcp.readable, tcp.fd > 2);\n\
             console.log(by('udp').localEndpoint.port === udp.address().port, by('udp').writeQueueCount);\n\
             console.log(by('process').pid === child.pid, by('timer').firesInMsFromNow > 9e5, by('timer').expired);\n\
             console.log(libuv.every(({ address }) => /^0x[0-9a-f]{16}$/.test(address)), libuv.at(-1).is_active);\n\
             for (const one of [server, udp, child.stdin]) (one.end ?? one.close).call(one);\n\
             clearTimeout(timer);\n\
           });\n\
         });",
    )
    .exits(0);
    assert_eq!(run.stdout, "true null false true\ntrue 0\ntrue true false\ntrue true\n");
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn a_report_has_nodes_names() {
    let run = eval(
        &[],
        "const { header, userLimits } = process.report.getReport();\n\
         console.log(/^2\\.\\d+$/.test(header.glibcVersionRuntime), /^2\\.\\d+$/.test(header.glibcVersionCompiler));\n\
         console.log(Object.keys(userLimits).join());",
    );
    run.exits(0).prints(
        "true true\ncore_file_size_blocks,data_seg_size_bytes,file_size_blocks,max_locked_memory_bytes,\
         max_memory_size_bytes,open_files,stack_size_bytes,cpu_time_seconds,max_user_processes,virtual_memory_bytes\n",
    );
}

#[cfg(unix)]
#[test]
fn an_error_v8_does_not_survive_leaves_a_report() {
    use std::os::unix::process::ExitStatusExt as _;
    for (flag, text, event) in [
        // A check of V8's, and an array larger than there may be.
        ("--allow-natives-syntax", "%PrepareFunctionForOptimization(1)", "Check failed: IsJSFunction(args[0])."),
        ("--no-warnings", "'x'.repeat(2 ** 27 + 16).split('')", "Fatal error with no security impact"),
    ] {
        for reports in [true, false] {
            let dir = TestDir::new();
            let mut command = weft();
            command.current_dir(dir.path()).args([flag, "--report-filename=f.json"]);
            if reports {
                command.arg("--report-on-fatalerror");
            }
            let run = command.args(["-e", text]).output().expect("the binary starts");
            let told = String::from_utf8_lossy(&run.stderr);
            assert!(run.status.signal().is_some() && told.contains("# Fatal "), "{told}");
            assert_eq!(told.ends_with("\nWriting Node.js report to file: f.json\nNode.js report completed\n"), reports);
            let written = std::fs::read(dir.path().join("f.json"));
            assert_eq!(written.is_ok(), reports);
            let Ok(written) = written else { continue };
            let report: serde_json::Value = serde_json::from_slice(&written).expect("JSON");
            assert_eq!(
                (&report["header"]["event"], &report["header"]["trigger"]),
                (&event.into(), &"FatalError".into())
            );
            assert!(report["javascriptHeap"]["heapSpaces"]["old_space"]["used"].as_u64().is_some_and(|used| used > 0));
        }
    }
}
