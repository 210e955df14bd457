//! What a program tells of itself: `process.report`, the `--trace-…` flags, profiles and figures of `node:v8` and
//! `node:vm`, the process's title, `process.execve`.

mod common;

use std::process::Command;

use common::{Run, TestDir, weft};

fn output(command: &mut Command) -> Run {
    command.output().expect("the binary starts").into()
}

fn eval(flags: &[&str], text: &str) -> Run {
    output(weft().args(flags).args(["-e", text]))
}

#[test]
fn a_report_has_nodes_sections() {
    let run = eval(
        &["--report-exclude-env"],
        "const r = process.report.getReport(new TypeError('why'));\n\
         console.log(Object.keys(r).join());\n\
         console.log(r.header.event, r.header.trigger, r.header.filename, r.header.processId === process.pid);\n\
         console.log(r.javascriptStack.message, r.javascriptStack.stack[0].startsWith('at [eval]:1:'));\n\
         console.log(r.javascriptHeap.usedMemory > 1e5, r.javascriptHeap.heapSpaces.old_space.capacity > 0);\n\
         console.log(r.libuv.at(-1).type, r.userLimits.open_files.soft > 0, r.sharedObjects.length > 0);\n\
         console.log(r.nativeStack.every(({ pc, symbol }) => /^0x[0-9a-f]{16}$/.test(pc) && typeof symbol === 'string'));",
    )
    .exits(0);
    assert_eq!(
        run.stdout,
        "header,javascriptStack,javascriptHeap,nativeStack,resourceUsage,uvthreadResourceUsage,libuv,workers,\
         userLimits,sharedObjects\n\
         JavaScript API GetReport null true\nTypeError: why true\ntrue true\nloop true true\ntrue\n"
    );
}

#[test]
fn reports_are_written_where_the_settings_say() {
    let dir = TestDir::new();
    let run = output(weft().current_dir(dir.path()).args(["--report-compact", "-e"]).arg(
        "const { report } = process;\n\
         console.log(report.compact, report.signal, report.reportOnSignal, JSON.stringify(report.directory));\n\
         console.log(report.writeReport('a.json'));\n\
         console.log(/^report\\.\\d{8}\\.\\d{6}\\.\\d+\\.0\\.001\\.json$/.test(report.writeReport()));\n\
         report.directory = '/no/such';\n\
         console.log(JSON.stringify(report.writeReport('b.json')));\n\
         for (const wrong of [() => { report.signal = 'sigusr1'; }, () => { report.compact = 1; },\n\
                              () => report.writeReport(1), () => report.getReport('x')]) {\n\
           try { wrong(); } catch (e) { console.log(e.code); }\n\
         }",
    ))
    .exits(0)
    .complains("Writing Node.js report to file: a.json\nNode.js report completed\n");
    assert_eq!(
        run.stdout,
        "true SIGUSR2 false \"\"\na.json\ntrue\n\"\"\n\
         ERR_UNKNOWN_SIGNAL\nERR_INVALID_ARG_TYPE\nERR_INVALID_ARG_TYPE\nERR_INVALID_ARG_TYPE\n"
    );
    let text = std::fs::read_to_string(dir.path().join("a.json")).expect("the report");
    assert_eq!(text.find('\n'), Some(text.len() - 1), "on one line");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["header"]["filename"], "a.json");
}

#[test]
fn signals_and_uncaught_errors_leave_a_report() {
    let dir = TestDir::new();
    let mut command = weft();
    command.current_dir(dir.path()).args(["--report-on-signal", "--report-signal=SIGUSR1", "--report-filename=s.json"]);
    command.args([
        "-e",
        "process.kill(process.pid, 'SIGUSR1'); setImmediate(function wait() {\
        if (!require('fs').existsSync('s.json')) setImmediate(wait); else process.exit(); });",
    ]);
    output(&mut command).exits(0);
    let report = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(dir.path().join(name)).expect("the report")).expect("JSON")
    };
    let header = &report("s.json")["header"];
    assert_eq!((&header["event"], &header["trigger"]), (&"SIGUSR1".into(), &"Signal".into()));
    let mut command = weft();
    command.current_dir(dir.path()).args(["--report-uncaught-exception", "--report-filename=u.json"]);
    let run = output(command.args(["-e", "throw Object.assign(new RangeError('far'), { by: 3 })"])).exits(1);
    assert!(run.stderr.contains("RangeError: far"), "{}", run.stderr);
    let stack = &report("u.json")["javascriptStack"];
    assert_eq!((&stack["message"], &stack["errorProperties"]["by"]), (&"RangeError: far".into(), &"3".into()));
    // What is thrown may have no stack, or none that can be read.
    for (text, message, has_stack) in [
        ("throw 'words'", "words", false),
        ("Error.prepareStackTrace = () => { throw 1; }; throw new Error('bare')", "Error: bare", true),
    ] {
        let mut command = weft();
        command.current_dir(dir.path()).args(["--report-uncaught-exception", "--report-filename=t.json", "-e", text]);
        output(&mut command).exits(1);
        let stack = &report("t.json")["javascriptStack"];
        assert_eq!((&stack["message"], stack.get("stack").is_some()), (&message.into(), has_stack));
    }
}

#[cfg(unix)]
#[test]
fn the_end_of_memory_leaves_a_report() {
    use std::os::unix::process::ExitStatusExt as _;
    let dir = TestDir::new();
    let mut command = weft();
    command.current_dir(dir.path()).args(["--report-on-fatalerror", "--max-old-space-size=20", "-e"]);
    command.arg("process.report.filename = 'o.json'; const kept = []; for (;;) kept.push(new Array(1000).fill({}));");
    let run = command.output().expect("the binary starts");
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.signal().is_some() && told.contains("FATAL ERROR: "), "{told}");
    assert!(told.ends_with("\nWriting Node.js report to file: o.json\nNode.js report completed\n"), "{told}");
    let text = std::fs::read(dir.path().join("o.json")).expect("the report");
    let report: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    let header = &report["header"];
    assert_eq!(header["event"], "Allocation failed - JavaScript heap out of memory");
    assert_eq!((&header["trigger"], &header["filename"]), (&"OOMError".into(), &"o.json".into()));
    assert!(report["javascriptHeap"]["usedMemory"].as_u64().is_some_and(|used| used > 10 << 20), "{report}");
}

#[test]
fn trace_flags_tell_what_happens() {
    let run = eval(&["--trace-env"], "process.env.WEFT_A; process.env.WEFT_A = 1; delete process.env.WEFT_A;").exits(0);
    let told: Vec<&str> = run.stderr.lines().filter(|line| line.contains("WEFT_A")).collect();
    assert_eq!(told, ["get", "set", "delete"].map(|what| format!("[--trace-env] {what} \"WEFT_A\"")));
    let run = eval(&["--trace-env-js-stack"], "(function look() { process.env.WEFT_A; })()").exits(0);
    run.complains("[--trace-env] get \"WEFT_A\"\n\n----- JavaScript stack trace -----\n\n1: look ([eval]:1:");

    let text = "const fs = require('fs'); fs.statSync('.'); setImmediate(function late() { fs.readdirSync('.'); });";
    let run = eval(&["--trace-sync-io"], text).exits(0);
    assert_eq!(run.stderr.matches("WARNING: Detected use of sync API\n").count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("    at readdirSync (") && run.stderr.contains("late ([eval]"), "{}", run.stderr);

    let dir = TestDir::new();
    let file = dir.write("main.js", "function thrower() { throw { a: 1 }; }\nthrower();");
    let run = output(weft().arg("--trace-uncaught").arg(&file)).exits(1);
    let place = file.canonicalize().expect("there").display().to_string();
    run.complains(&format!("^\n{{ a: 1 }}\nThrown at:\n    at thrower ({place}:1:22)\n    at {place}:2:1\n"));

    let run = eval(&["--trace-promises"], "Promise.resolve().then(() => {})").exits(0);
    let told: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with('[')).collect();
    let expected =
        ["created promise #0", "resolved promise #0", "promise #0 created promise #1", "resolved promise #1"];
    assert_eq!(told, expected.map(|what| format!("[--trace-promises] {what}")));
    assert!(run.stderr.contains("    at [eval]:1:"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn sigint_shows_where_the_thread_is() {
    use std::os::unix::process::ExitStatusExt as _;
    let busy = "require('child_process').spawn('sh', ['-c', 'sleep 0.5; kill -INT $PPID']); (function spin() { for (;;); })();";
    let run = weft().args(["--trace-sigint", "-e", busy]).output().expect("the binary starts");
    let stderr = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.signal(), Some(2), "{stderr}");
    let head = "KEYBOARD_INTERRUPT: Script execution was interrupted by `SIGINT`\n";
    assert!(stderr.contains(&format!("{head}    at spin ([eval]:1:")), "{stderr}");
    // A loop that sleeps hears of it as well.
    let idle = "require('child_process').spawn('sh', ['-c', 'sleep 0.5; kill -INT $PPID']).unref(); setInterval(() => {}, 1e8);";
    let run = weft().args(["--trace-sigint", "-e", idle]).output().expect("the binary starts");
    assert_eq!(run.status.signal(), Some(2));
    assert!(String::from_utf8_lossy(&run.stderr).contains(head));
}

#[test]
fn a_program_profiles_itself() {
    let run = eval(
        &[],
        "const v8 = require('v8');\n\
         const cpu = v8.startCpuProfile({ sampleInterval: 0.1 });\n\
         (function busy() { const end = Date.now() + 50; while (Date.now() < end); })();\n\
         const profile = JSON.parse(cpu.stop());\n\
         console.log(profile.nodes.some((n) => n.callFrame.functionName === 'busy'), cpu.stop());\n\
         { using few = v8.startCpuProfile({ maxBufferSize: 1 }); }\n\
         const heap = v8.startHeapProfile({ sampleInterval: 1024 });\n\
         try { v8.startHeapProfile(); } catch (e) { console.log(e.code); }\n\
         globalThis.kept = Array.from({ length: 1e4 }, () => ({}));\n\
         const { head, samples } = JSON.parse(heap.stop());\n\
         console.log(head.callFrame.functionName, samples.length > 0);\n\
         v8.startHeapProfile().stop();\n\
         console.log(v8.isStringOneByteRepresentation('a'), v8.isStringOneByteRepresentation('\\u0451'));\n\
         console.log(v8.getCppHeapStatistics('brief').detail_level);",
    )
    .exits(0);
    assert_eq!(run.stdout, "true undefined\nERR_HEAP_PROFILE_HAVE_BEEN_STARTED\n(root) true\ntrue false\nbrief\n");
}

#[test]
fn a_heap_that_is_nearly_full_is_written_first() {
    let dir = TestDir::new();
    let filling = "const kept = []; for (;;) kept.push(new Array(1000).fill(1.5));";
    for (flag, text) in [
        ("--heapsnapshot-near-heap-limit=1", filling.to_owned()),
        ("--no-warnings", format!("require('v8').setHeapSnapshotNearHeapLimit(1); {filling}")),
    ] {
        let mut command = weft();
        command.current_dir(dir.path()).args(["--max-old-space-size=30", flag, "-e", &text]);
        let run = output(&mut command);
        assert_ne!(run.code, Some(0));
        let name = run.stderr.lines().find_map(|line| line.strip_prefix("Wrote snapshot to ")).expect(&run.stderr);
        let snapshot: serde_json::Value =
            serde_json::from_slice(&std::fs::read(name).expect("the snapshot")).expect("JSON");
        assert!(snapshot["snapshot"]["node_count"].as_u64() > Some(1000));
        assert_eq!(run.stderr.matches("Wrote snapshot").count(), 1);
    }
    eval(&[], "require('v8').setHeapSnapshotNearHeapLimit(0)").exits(1).complains("ERR_OUT_OF_RANGE");
}

/// Thread, number and extension in the name of a file of diagnostics.
fn end_of_name(path: &str) -> String {
    let parts: Vec<&str> = path.rsplit('.').take(3).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join(".")
}

#[test]
fn the_profile_under_way_is_written_when_the_heap_is_nearly_full() {
    let dir = TestDir::new();
    let fill = "(function fill() { const kept = []; for (;;) kept.push(new Array(1000).fill(1.5)); })();";
    let program = |calls: &str| format!("const v8 = require('v8'); {calls} {fill}");
    let both = "v8.setHeapSnapshotNearHeapLimit(1); v8.setHeapProfileNearHeapLimit(2); v8.startHeapProfile();";
    let written = |run: &Run| -> Vec<(String, serde_json::Value)> {
        let names = run.stderr.lines().filter_map(|line| line.strip_prefix("Wrote ")).collect::<Vec<_>>();
        let read = |line: &str| {
            let (what, path) = line.split_once(" to ").expect(line);
            let text = std::fs::read(path).expect(path);
            (format!("{what} {}", end_of_name(path)), serde_json::from_slice(&text).expect("JSON"))
        };
        names.into_iter().map(read).collect()
    };
    let is_profile = |profile: &serde_json::Value| {
        profile["samples"].as_array().is_some_and(|samples| !samples.is_empty())
            && profile["head"]["children"].to_string().contains(r#""functionName":"fill""#)
    };
    let main = {
        let mut command = weft();
        let flags = ["--max-old-space-size=30", "--no-warnings", "-e", &program(both)];
        output(command.current_dir(dir.path()).args(flags))
    };
    let worker = {
        let text = format!(
            "const {{ Worker }} = require('worker_threads');\n\
             const resourceLimits = {{ maxOldGenerationSizeMb: 30 }};\n\
             new Worker({:?}, {{ eval: true, resourceLimits }}).on('error', (error) => console.log(error.code));",
            program(both)
        );
        output(weft().current_dir(dir.path()).args(["-e", &text])).exits(0)
    };
    assert_ne!(main.code, Some(0));
    assert_eq!(worker.stdout, "ERR_WORKER_OUT_OF_MEMORY\n");
    for (run, thread) in [(main, "0"), (worker, "1")] {
        let files = written(&run);
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        let expected =
            ["snapshot T.001.heapsnapshot", "heap profile T.002.heapprofile", "heap profile T.003.heapprofile"];
        assert_eq!(names, expected.map(|name| name.replace('T', thread)), "{}", run.stderr);
        assert!(files[0].1["nodes"].is_array() && is_profile(&files[1].1) && is_profile(&files[2].1));
    }
    // Without a profile under way there is nothing to write.
    for calls in ["", "v8.startHeapProfile().stop();"] {
        let mut command = weft();
        let text = program(&format!("v8.setHeapProfileNearHeapLimit(2); {calls}"));
        let run =
            output(command.current_dir(dir.path()).args(["--max-old-space-size=30", "--no-warnings", "-e", &text]));
        assert!(run.code != Some(0) && written(&run).is_empty(), "{}", run.stderr);
    }
    let run = eval(
        &["--permission", "--allow-fs-read=*"],
        "for (const limit of [0, 2 ** 32, 'a', 1]) {\n\
           try { v8.setHeapProfileNearHeapLimit(limit); } catch (e) { console.log(e.code, e.permission); }\n\
         }",
    );
    run.exits(0).prints(
        "ERR_OUT_OF_RANGE undefined\nERR_OUT_OF_RANGE undefined\nERR_INVALID_ARG_TYPE undefined\n\
         ERR_ACCESS_DENIED FileSystemWrite\n",
    );
}

#[test]
fn files_of_diagnostics_are_counted_together() {
    let dir = TestDir::new();
    let mut command = weft();
    let text = "const v8 = require('v8');\n\
        const number = (name) => /\\.(\\d{3})\\./.exec(name)[1];\n\
        console.log(number(v8.writeHeapSnapshot()), number(process.report.writeReport()), number(v8.writeHeapSnapshot()));\n\
        process.on('exit', () => console.log(process.argv.length));";
    let run = output(command.current_dir(dir.path()).args(["--cpu-prof", "-e", text])).exits(0);
    assert_eq!(run.stdout, "002 003 004\n1\n");
    let mut ends: Vec<String> = std::fs::read_dir(dir.path())
        .expect("the folder")
        .map(|entry| end_of_name(&entry.expect("an entry").file_name().to_string_lossy()))
        .collect();
    ends.sort();
    assert_eq!(ends, ["0.001.cpuprofile", "0.002.heapsnapshot", "0.003.json", "0.004.heapsnapshot"]);
}

#[test]
fn memory_is_measured_by_context() {
    // Of three contexts one holds 8 MB; one dies before its memory is counted, and others are made meanwhile.
    let run = eval(
        &["--no-warnings", "--expose-gc"],
        "const vm = require('vm');\n\
         const { Worker, isMainThread } = require('worker_threads');\n\
         const measure = async () => {\n\
           const holder = vm.createContext({ measure: vm.measureMemory });\n\
           vm.runInContext('globalThis.kept = new Array(1e6).fill(1.5)', holder);\n\
           globalThis.empty = vm.createContext();\n\
           vm.createContext();\n\
           gc();\n\
           const { total, ...none } = await vm.measureMemory({ execution: 'eager' });\n\
           console.log(total.jsMemoryEstimate > 8e6, total.jsMemoryRange[0] <= total.jsMemoryRange[1], none.other);\n\
           const eager = vm.measureMemory({ mode: 'detailed', execution: 'eager' });\n\
           for (let i = 0; i < 3; i++) vm.createContext();\n\
           const { current, other } = await eager;\n\
           console.log(current.jsMemoryEstimate < 8e6, current.jsMemoryEstimate > 1e5);\n\
           const sizes = other.map(({ jsMemoryEstimate: size, jsMemoryRange }) => [size, ...jsMemoryRange]);\n\
           console.log(sizes.filter(([size]) => size > 8e6).length, sizes.length >= 2, sizes.every(([a, b]) => a === b));\n\
           const later = vm.measureMemory({ mode: 'detailed' });\n\
           gc();\n\
           const both = await Promise.all([later, vm.runInContext('measure({ execution: \"eager\" })', holder)]);\n\
           console.log(both.map((result) => 'current' in result).join(), both[1] instanceof Object);\n\
           try { vm.measureMemory({ mode: 'x' }); } catch (e) { console.log(e.code); }\n\
         };\n\
         measure().then(() => {\n\
           if (!isMainThread) process.exit(vm.measureMemory() instanceof Promise ? 7 : 8);\n\
           const text = process.execArgv.at(-1);\n\
           new Worker(text, { eval: true }).on('exit', (code) => console.log(code));\n\
         });",
    )
    .exits(0);
    let once = "true true undefined\ntrue true\n1 true true\ntrue,false true\nERR_INVALID_ARG_VALUE\n";
    assert_eq!(run.stdout, format!("{once}{once}7\n"));
}

#[cfg(target_os = "linux")]
#[test]
fn the_title_is_what_the_system_shows() {
    let run = eval(
        &[],
        "process.title = 'loom';\n\
         const shown = require('fs').readFileSync('/proc/self/cmdline', 'latin1').replace(/\\0+$/, '');\n\
         console.log(process.title, shown, require('fs').readFileSync('/proc/self/comm', 'latin1').trim());",
    )
    .exits(0);
    assert_eq!(run.stdout, "loom loom loom\n");
}

#[cfg(unix)]
#[test]
fn execve_leaves_the_process_to_another_program() {
    let run = eval(
        &["--no-warnings"],
        "process.on('exit', () => console.log('never'));\n\
         try { process.execve('/no/such', []); } catch (e) { console.log(e.code, e.syscall); }\n\
         try { process.execve('/bin/sh', ['a\\0']); } catch (e) { console.log(e.code); }\n\
         process.execve('/bin/sh', ['sh', '-c', 'echo $0 $A $$ $1', 'name', String(process.pid)], { A: 'b' });",
    )
    .exits(0);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(&lines[..2], ["ENOENT execve", "ERR_INVALID_ARG_VALUE"]);
    let words: Vec<&str> = lines[2].split(' ').collect();
    assert_eq!(&words[..2], ["name", "b"]);
    assert_eq!(words[2], words[3], "the same process");
}

#[test]
fn flags_that_are_not_there_say_so() {
    for (flag, text) in [
        ("--build-snapshot", "is not implemented"),
        ("--no-async-context-frame", "is not implemented"),
        ("--tls-keylog=1", "is not implemented"),
        ("--no-max-http-header-size", "is an invalid negation because it is not a boolean option"),
        ("--frobnicate", "bad option: --frobnicate"),
    ] {
        eval(&[flag], "1").exits(9).complains(text);
    }
    for flag in ["--no-addons", "--v8-pool-size=2", "--disable-wasm-trap-handler", "--trace-require-module=all"] {
        eval(&[flag], "1").exits(0);
    }
    eval(&["--no-addons"], "process.dlopen({ exports: {} }, 'x')").exits(1).complains("ERR_DLOPEN_DISABLED");
    assert_eq!(eval(&["--no-extra-info-on-fatal-exception"], "throw 1").exits(1).stderr.matches("Weft v").count(), 0);
}

#[test]
fn some_of_nodes_internals_have_public_faces() {
    let text = "const { binding } = process;\n\
        console.log(binding('util').isDate === require('util').types.isDate, binding('uv').errname(binding('uv').UV_EEXIST));\n\
        console.log(binding('constants').os.signals.SIGINT, Object.keys(binding('constants')).join());\n\
        for (const name of ['fs', 'nope']) try { binding(name); } catch (e) { console.log(e.code); }";
    assert_eq!(
        eval(&[], text).exits(0).stdout,
        "true EEXIST\n2 os,fs,crypto,zlib\nERR_METHOD_NOT_IMPLEMENTED\nundefined\n"
    );
    eval(&["--permission"], "process.binding('util')").exits(1).complains("ERR_ACCESS_DENIED");
    eval(&["--pending-deprecation"], "process.binding('util')").exits(0).complains("[DEP0111] DeprecationWarning");
}
