//! What a person sees of an error that nobody caught.

mod common;

use common::{TestDir, run};

fn eval(text: &str) -> common::Run {
    run(["-e", text])
}

#[test]
fn the_stack_has_the_message_the_error_has_now() {
    let text = "const e = new Error('first'); e.message = `second: ${e.message}`; console.log(e.stack.split('\\n')[0]);
        const t = new TypeError(); t.name = 'Other'; t.message = 'm'; console.log(t.stack.split('\\n')[0]);
        const o = { message: 'plain' }; Error.captureStackTrace(o); console.log(o.stack.split('\\n')[0]);
        const h = new Error('h'); Object.defineProperty(h, 'name', { get() { throw 1; } });
        try { h.stack; } catch (e) { console.log('thrown', e); }
        Error.stackTraceLimit = 0; console.log(new RangeError('bare').stack);";
    eval(text).exits(0).prints("Error: second: first\nOther: m\nError: plain\nthrown 1\nRangeError: bare\n");
}

#[test]
fn a_program_lays_out_stacks_itself() {
    let text = "Error.prepareStackTrace = (e, sites) => [e.message, sites.length > 0, typeof sites[0].getLineNumber()];
        console.log(new Error('a').stack);
        const other = require('vm').runInNewContext(
          'Error.prepareStackTrace = (e) => `theirs ${e.message}`; [new Error(`b`).stack, new Error(`c`)]');
        console.log(other[0], other[1].stack);
        Error.prepareStackTrace = () => new Error('within').stack.split('\\n')[0]; console.log(new Error('d').stack);";
    eval(text).exits(0).prints("[ 'a', true, 'number' ]\ntheirs b theirs c\nError: within\n");
}

#[test]
fn what_a_programs_layout_throws_is_thrown_by_stack() {
    let text = "Error.prepareStackTrace = () => { throw 'no layout'; };
        const show = (make) => { try { console.log(make()); } catch (e) { console.log('thrown', e); } };
        show(() => new Error('a').stack);
        show(() => { const o = {}; Error.captureStackTrace(o); return o.stack; });
        show(() => { try { Buffer.alloc('x'); } catch (e) { return e.code; } });
        show(() => { try { Buffer.alloc('x'); } catch (e) { return e.stack; } });
        show(() => { try { require('fs').readFileSync('/does/not/exist'); } catch (e) { return e.code; } });
        show(() => require('vm').runInNewContext('try { new Error(`b`).stack } catch (e) { `inside ${e}` }'));
        show(() => require('util').inspect(new Error('shown')));
        import('./missing.mjs').catch((e) => show(() => e.code));";
    eval(text).exits(0).prints(
        "thrown no layout\nthrown no layout\nERR_INVALID_ARG_TYPE\nthrown no layout\nENOENT\ninside no layout\n[Error: shown]\n\
         ERR_MODULE_NOT_FOUND\n",
    );
}

#[test]
fn errors_without_a_readable_stack_end_the_process_as_others_do() {
    for (text, shown) in [
        ("throw new Error('top');", "Error: top\n(Use `weft --trace-uncaught ...` to show where"),
        ("Promise.reject(new TypeError('later'));", "TypeError: later\n(Use "),
        ("setTimeout(() => Buffer.alloc('x'));", "TypeError: The \"size\" argument must be"),
    ] {
        eval(&format!("Error.prepareStackTrace = () => {{ throw 'no layout'; }}; {text}")).exits(1).complains(shown);
    }
    let text = "const { Worker } = require('worker_threads');
        const worker = new Worker(`Error.prepareStackTrace = () => { throw 1; }; throw new Error('there')`, { eval: true });
        worker.on('error', (e) => console.log(e.message)).on('exit', (code) => console.log(code));";
    eval(text).exits(0).prints("there\n1\n");
}

#[test]
fn errors_of_nodes_own_have_their_code_in_the_stack_and_in_the_prototype() {
    let text = "let e; try { Buffer.alloc('x'); } catch (error) { e = error; }
        console.log(Reflect.ownKeys(e), e.constructor === TypeError, Object.keys(Object.getOwnPropertyDescriptor(e, 'stack')));
        e.code = 'OTHER'; e.message = 'now'; console.log(e.stack.split('\\n')[0], '|', String(e));
        console.log(Error.prepareStackTrace(new Error('m'), ['x', 'y']), Error.prepareStackTrace.name);
        Error.prepareStackTrace = (e) => `mine: ${e.message}`;
        try { Buffer.alloc('x'); } catch (error) { console.log(error.stack.startsWith('mine: The \"size\"')); }
        Error.prepareStackTrace = () => ({ a: 1 }); console.log(require('util').inspect(new Error('x')));";
    eval(text).exits(0).prints(
        "[ 'stack', 'code', 'message' ] true [ 'get', 'set', 'enumerable', 'configurable' ]\n\
         TypeError [OTHER]: now | TypeError [OTHER]: now\n\
         Error: m\n    at x\n    at y ErrorPrepareStackTrace\ntrue\n[Error: x\n    {\n      a: 1\n    }]\n",
    );
}

#[test]
fn a_time_limit_ends_a_layout_that_never_returns() {
    let text = "const vm = require('vm');
        const show = (run) => { try { run(); } catch (e) { console.log(e.code); } };
        const forever = 'Error.prepareStackTrace = () => { for (;;); };';
        show(() => vm.runInThisContext(`${forever} new Error('a').stack`, { timeout: 20 }));
        Error.prepareStackTrace = undefined;
        show(() => vm.runInNewContext(`${forever} new Error('a').stack`, {}, { timeout: 20 }));
        try { Buffer.alloc('x'); } catch (error) { globalThis.coded = error; }
        show(() => vm.runInThisContext(`${forever} coded.stack`, { timeout: 20 }));
        Error.prepareStackTrace = undefined; console.log('after', coded.stack.split('\\n')[0].slice(0, 32));";
    eval(text).exits(0).prints(
        "ERR_SCRIPT_EXECUTION_TIMEOUT\nERR_SCRIPT_EXECUTION_TIMEOUT\nERR_SCRIPT_EXECUTION_TIMEOUT\n\
         after TypeError [ERR_INVALID_ARG_TYPE]\n",
    );
}

#[test]
fn a_program_is_ended_while_it_lays_out_a_stack() {
    let text = "const forever = 'Error.prepareStackTrace = () => { for (;;); }; try { new Error().stack; } catch {} for (;;);';
        const { Worker } = require('worker_threads');
        const worker = new Worker(`require('worker_threads').parentPort.postMessage(1); ${forever}`, { eval: true });
        worker.on('message', () => setTimeout(() => worker.terminate().then((code) => console.log('ended', code)), 20));
        try { require('vm').runInNewContext(forever, {}, { timeout: 20 }); } catch (e) { console.log(e.code); }";
    eval(text).exits(0).prints("ERR_SCRIPT_EXECUTION_TIMEOUT\nended 1\n");
}

#[test]
fn strings_are_shown_as_they_are_and_only_primitives_lack_a_stack() {
    let hint = "--trace-uncaught";
    let string = eval("throw 'two\\nlines'").exits(1).complains("\ntwo\nlines\n");
    assert!(string.stderr.contains(hint), "{}", string.stderr);
    let object = eval("throw { a: 1 }").exits(1).complains("{ a: 1 }");
    assert!(!object.stderr.contains(hint), "{}", object.stderr);
}

#[test]
fn an_error_event_says_where_it_was_emitted() {
    let run = eval("new (class Cat extends require('events') {})().emit('error', new Error('meow'))").exits(1);
    assert!(run.stderr.contains("Error: meow\n"), "{}", run.stderr);
    assert!(run.stderr.contains("Emitted 'error' event on Cat instance at:\n"), "{}", run.stderr);
}

#[test]
fn text_without_a_file_has_a_place_too() {
    eval("eval('let x = ;')").exits(1).complains("<anonymous_script>:1\nlet x = ;\n        ^");
    eval("JSON.parse('{bad')").exits(1).complains("<anonymous_script>:1\n{bad\n ^");
}

#[test]
fn an_entry_module_throws_what_it_threw() {
    let files = TestDir::new();
    files.write(
        "main.mjs",
        "process.on('unhandledRejection', () => console.log('not this')); process.on('uncaughtException', (e, from) => console.log(e, from)); throw 5;",
    );
    files.write("object.mjs", "await 1; throw { a: 1 };");
    run([files.path().join("main.mjs")]).exits(0).prints("5 unhandledRejection\n");
    run([files.path().join("object.mjs")]).exits(1).complains("{ a: 1 }");
    let rejected = eval("Promise.reject(5)").exits(1).complains("UnhandledPromiseRejection: ");
    assert!(!rejected.stderr.contains("Map.forEach"), "{}", rejected.stderr);
}

#[test]
fn a_file_that_is_neither_script_nor_module_says_which_it_could_be() {
    let files = TestDir::new();
    files.write("script.cjs", "import 'fs';");
    files.write("both.js", "const fs = require('fs'); await 5;");
    run([files.path().join("script.cjs")]).exits(1).complains("Warning: Failed to load the ES module: ");
    run([files.path().join("both.js")]).exits(1).complains("ERR_AMBIGUOUS_MODULE_SYNTAX");
}

#[test]
fn a_worker_throws_a_symbol() {
    let text = "new (require('worker_threads').Worker)('throw Symbol(`s`)', { eval: true }).on('error', console.log)";
    eval(text).exits(0).prints("Symbol(s)\n");
}

#[test]
fn frozen_intrinsics_leave_deprecations_to_be_told() {
    run(["--frozen-intrinsics", "-e", "new Buffer(1)"]).exits(0).complains("DEP0005");
}

#[test]
fn a_hash_that_was_a_stream_is_asked_once_more() {
    let text = "const h = require('crypto').createHash('sha1'); h.end('abc'); h.on('finish', () => {
          console.log(h.digest('hex')); try { h.digest(); } catch (e) { console.log(e.code); } }); h.resume();";
    eval(text).exits(0).prints("a9993e364706816aba3e25717850c26c9cd0d89d\nERR_CRYPTO_HASH_FINALIZED\n");
}

#[test]
fn the_caret_is_under_the_place_in_a_script_that_begins_further_right() {
    let text =
        "try { new (require('vm').Script)('throw new Error(1)', { filename: 'f.js', lineOffset: 3, columnOffset: 5 })
        .runInThisContext(); } catch (error) { console.log(error.stack.split('\\n').slice(0, 3)); }";
    eval(text).exits(0).prints("[ 'f.js:4', 'throw new Error(1)', '^' ]\n");
}
