//! Events, abort signals, async contexts, domains, performance and readline beyond what Node's own tests hold: scripts in
//! `tests/events/` that assert for themselves. They run unchanged on Node 24 and newer (with `--expose-gc`); those of streams
//! and web streams on Node 26.10.

mod common;

use common::{Run, TestDir, weft};

#[track_caller]
fn passes(name: &str) {
    passes_with(name, &[]);
}

#[track_caller]
fn passes_with(name: &str, flags: &[&str]) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/events/").to_owned() + name;
    let dir = TestDir::new();
    let output =
        weft().args(flags).args(["--expose-gc", &script]).current_dir(dir.path()).output().expect("the binary starts");
    let run = Run::from(output).exits(0);
    assert_eq!(run.stderr, "");
}

#[test]
fn emitter_listeners_change_while_it_emits() {
    passes("emitter.cjs");
}

#[test]
fn abort_signals_follow_each_other_and_are_collected() {
    passes("abort.cjs");
}

#[test]
fn async_context_follows_every_kind_of_callback() {
    passes("async_context.cjs");
}

#[test]
fn uncaught_exceptions_are_handled_in_their_context() {
    passes("uncaught.cjs");
}

#[test]
fn performance_measures_and_observes() {
    passes("performance.cjs");
}

#[test]
fn readline_edits_and_iterates() {
    passes("readline.cjs");
}

#[test]
fn errors_look_like_nodes() {
    passes("errors.cjs");
}

#[test]
fn assertions_have_options_and_messages() {
    passes("assert.cjs");
}

#[test]
fn channels_have_scopes() {
    passes("channels.cjs");
}

#[test]
fn streams_are_node_26s() {
    passes_with("streams.cjs", &["--no-deprecation"]);
}

#[test]
fn web_streams_are_node_26s() {
    passes("web_streams.cjs");
}

#[test]
fn timers_emitters_urls_channels_and_readline_are_node_26s() {
    passes_with("node26.cjs", &["--no-warnings"]);
}

#[test]
fn a_timer_that_fired_is_started_again_as_it_was() {
    // Each line is a process: whether it stays alive is the question.
    for (script, output) in [
        ("const t = setTimeout(() => console.log('ran'), 1); setTimeout(() => t.refresh(), 20);", "ran\nran\n"),
        (
            "const t = setTimeout(() => console.log('ran'), 1).unref();
             setTimeout(() => { console.log(t.hasRef()); t.refresh(); }, 20);",
            "ran\nfalse\n",
        ),
        (
            "const t = setTimeout(() => console.log('ran'), 1).unref();
             setTimeout(() => { t.ref(); t.refresh(); }, 20);",
            "ran\nran\n",
        ),
        (
            "const t = setTimeout(() => console.log('ran'), 1); clearTimeout(t);
             t.unref(); t.ref(); t.refresh(); console.log(t.hasRef());",
            "true\n",
        ),
    ] {
        common::run_script(script).exits(0).prints(output);
    }
}

#[test]
fn objects_of_a_program_can_be_timers() {
    // Each line is a process, as above.
    let start = "const timers = require('timers'); const o = { _onTimeout() { console.log('ran', this === o); } };
        const late = 1e6; timers.enroll(o, 1);";
    for (script, output) in [
        ("timers.active(o);", "ran true\n"),
        ("timers.enroll(o, late); timers._unrefActive(o);", ""),
        ("timers._unrefActive(o); setTimeout(() => console.log('later'), 20);", "ran true\nlater\n"),
        ("timers._unrefActive(o); timers.active(o);", "ran true\n"),
        ("timers.enroll(o, late); timers.active(o); timers._unrefActive(o);", ""),
        ("timers.active(o); timers.unenroll(o); timers.active(o);", ""),
        ("timers.active(o); timers.unenroll(o); timers.enroll(o, 1); timers.active(o);", "ran true\n"),
        ("timers.active(o); setTimeout(() => timers.active(o), 20);", "ran true\nran true\n"),
        ("timers.active(o); setTimeout(() => { timers.enroll(o, late); timers._unrefActive(o); }, 20);", "ran true\n"),
        ("const t = setTimeout(() => console.log('timer'), late); timers._unrefActive(t);", ""),
        (
            "new (require('async_hooks').AsyncLocalStorage)().run(5, () => timers.active(o)); timers.unenroll({});
             require('async_hooks').createHook({ init() {}, before() {}, after() {}, destroy() {} }).enable();
             timers.unenroll({}); const p = { _onTimeout: o._onTimeout }; timers.enroll(p, 1); timers.active(p);",
            "ran true\nran false\n",
        ),
        (
            "for (const ms of [-1, Infinity]) try { timers.enroll(o, ms); } catch (e) { console.log(e.code); }",
            "ERR_OUT_OF_RANGE\nERR_OUT_OF_RANGE\n",
        ),
    ] {
        common::run_script(&format!("{start} {script}")).exits(0).prints(output);
    }
}

#[test]
fn one_call_of_url_parse_is_warned_of_once() {
    let bad = "url.parse('http://a.com:80x/').href";
    let good = "url.parse('http://a.com/').href";
    for (calls, output) in [
        (vec![good, good], "http://a.com/ http://a.com/ DEP0169\n"),
        (vec![bad, bad], "http://a.com/:80x/ http://a.com/:80x/ DEP0170\n"),
        (vec![bad, good], "http://a.com/:80x/ http://a.com/ DEP0170 DEP0169\n"),
        (vec!["(() => { try { url.parse(1) } catch (e) { return e.name } })()"], "TypeError\n"),
    ] {
        let script = format!(
            "const url = require('url'); const all = []; process.on('warning', (w) => all.push(w.code));
             all.push({}); setImmediate(() => console.log(all.join(' ')));",
            calls.join(", ")
        );
        common::run_script(&script).exits(0).prints(output);
    }
}
