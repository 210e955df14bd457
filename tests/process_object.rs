//! `process` itself: what its properties hold and take, how the process ends, what it tells of work under way.

mod common;

use common::{Run, TestDir, run, weft};

fn eval(text: &str) -> Run {
    run(["-e", text])
}

fn run_in<const N: usize>(dir: &TestDir, args: [&str; N]) -> Run {
    weft().current_dir(dir.path()).args(args).output().expect("weft runs").into()
}

#[test]
fn what_exit_listeners_leave_to_promises_still_runs() {
    let text = "process.on('exit', () => {
          process.nextTick(() => console.log('never'));
          (async () => { await 1; console.log('one'); await 2; console.log('two'); process.exit(9); })();
        });";
    eval(text).exits(9).prints("one\ntwo\n");
    eval("process.on('exit', () => { Promise.reject(new Error('late')); });").exits(1).complains("Error: late");
    // Not where the program asked for the end.
    eval("process.on('exit', () => { queueMicrotask(() => console.log('never')); }); process.exit(2);")
        .exits(2)
        .prints("");
}

#[test]
fn an_error_of_a_handler_is_shown_with_its_place() {
    let dir = TestDir::new();
    let handlers = [
        "process.on('uncaughtException', () => { throw new Error('again'); });",
        "process.on('uncaughtExceptionMonitor', () => { throw new Error('again'); });",
        "process.setUncaughtExceptionCaptureCallback(() => { throw new Error('again'); });",
    ];
    for handler in handlers {
        dir.write("main.js", format!("{handler}\nthrow new Error('first');\n"));
        run_in(&dir, ["main.js"]).exits(7).complains(&format!("main.js:1\n{handler}\n")).complains("Error: again");
    }
    dir.write("main.js", "process.on('uncaughtException', () => { throw 5; });\nnull.x;\n");
    run_in(&dir, ["main.js"]).exits(7).complains("throw 5; });\n").complains("^\n5\n(Use ");
}

#[test]
fn exit_codes_are_numbers_whatever_they_were_given_as() {
    eval("process.exitCode = '0x10'; console.log(process.exitCode);").exits(16).prints("16\n");
    eval("process.exitCode = 5; process.exit(undefined);").exits(0);
    let text = "for (const code of ['x', '', 1.5, true, {}, 1n]) {
          try { process.exitCode = code; } catch (e) { console.log(e.code); }
        }";
    eval(text).exits(0).prints(&format!("{0}{0}ERR_OUT_OF_RANGE\n{0}{0}{0}", "ERR_INVALID_ARG_TYPE\n"));
}

#[test]
fn finalization_warns_once_and_calls_each() {
    let text = "globalThis.held = { a: 1 };
        process.finalization.register(held, (object, event) => console.log(object, event));
        process.finalization.registerBeforeExit(held, (object, event) => console.log(object, event));
        process.finalization.register(held, () => {});
        for (const wrong of [5, 'x', [], null]) {
          try { process.finalization.register(wrong, () => {}); } catch (e) { console.log(e.code); }
        }
        try { process.finalization.unregister('x'); } catch (e) { console.log(e.name, e.code); }";
    eval(text)
        .exits(0)
        .prints(&format!(
            "{}TypeError undefined\n{{ a: 1 }} beforeExit\n{{ a: 1 }} exit\n",
            "ERR_INVALID_ARG_TYPE\n".repeat(4)
        ))
        .complains("ExperimentalWarning: process.finalization.register is an experimental feature");
}

#[test]
fn standard_input_is_of_the_kind_that_is_behind_it() {
    let dir = TestDir::new();
    dir.write("in.txt", "one\ntwo\n");
    let text = "const { openSync } = require('fs');
        const child = `const s = process.stdin; const { fd, autoClose, start, pending, readyState, writable } = s;
          let text = ''; s.on('data', (d) => { text += d; });
          s.on('close', () => console.log(s.constructor.name, fd, autoClose, start, pending, readyState, writable, s.bytesRead, text));
          s.on('end', () => s.destroy());`;
        const { spawnSync } = require('child_process');
        const run = (stdin, input) => spawnSync(process.execPath, ['-e', child], { stdio: [stdin, 'inherit', 'inherit'], input });
        run(openSync('in.txt'));
        run('pipe', 'abc');";
    run_in(&dir, ["-e", text]).exits(0).prints(
        "ReadStream 0 false undefined false undefined undefined 8 one\ntwo\n\n\
         Socket 0 undefined undefined false readOnly false 3 abc\n",
    );
}

#[test]
fn what_is_under_way_is_told_by_nodes_names() {
    let dir = TestDir::new();
    let text = "const fs = require('fs');
        const watcher = fs.watch('.');
        fs.watchFile('none', () => {});
        fs.stat('.', () => {});
        require('dns').lookup('localhost', () => {});
        require('crypto').randomBytes(8, () => {});
        console.log(process.getActiveResourcesInfo().sort().join());
        console.log(process._getActiveRequests().map((request) => request.constructor.name).sort().join());
        watcher.unref(); fs.unwatchFile('none');
        setImmediate(() => setImmediate(() => console.log(process.getActiveResourcesInfo().includes('FSEventWrap'))));
        setTimeout(() => watcher.close(), 1);";
    run_in(&dir, ["-e", text])
        .exits(0)
        .prints("FSEventWrap,FSReqCallback,GetAddrInfoReqWrap,StatWatcher\nFSReqCallback,GetAddrInfoReqWrap\nfalse\n");
}

#[test]
fn properties_are_as_writable_as_nodes() {
    let text = "'use strict';
        for (const [name, value] of [['argv0', 1], ['stdin', 1], ['features', 1], ['debugPort', 80], ['title', Symbol('t')]]) {
          try { process[name] = value; console.log(name); } catch (e) { console.log(name, e.name, e.code); }
        }
        for (const port of ['x', 1024, '9000', undefined]) { process.debugPort = port; console.log(process.debugPort); }
        process.noDeprecation = undefined; console.log(process.noDeprecation);
        for (const signal of [NaN, 1n, Symbol('s'), 1.5]) {
          try { process.kill(process.pid, Number.isNaN(signal) ? 'SIGNONE' : signal); } catch (e) { console.log(e.name, e.message); }
        }
        try { process.loadEnvFile(require('os').tmpdir()); } catch (e) { console.log(e.name, e.code); }
        process.report.reportOnSignal = false;
        try { process.report.reportOnSignal = 1; } catch (e) { console.log(e.message); }";
    eval(text).exits(0).prints(
        "argv0 TypeError undefined\nstdin TypeError undefined\nfeatures TypeError undefined\ndebugPort RangeError ERR_OUT_OF_RANGE\n\
         title TypeError undefined\n0\n1024\n9000\n0\nundefined\nTypeError Unknown signal: SIGNONE\n\
         TypeError Cannot mix BigInt and other types, use explicit conversions\n\
         TypeError Cannot convert a Symbol value to a number\nTypeError Unknown signal: 1.5\nTypeError ERR_INVALID_ARG_TYPE\n\
         The \"trigger\" argument must be of type boolean. Received type number (1)\n",
    );
}
