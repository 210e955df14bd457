//! The order of the loop's phases, held against what Node printed for the same script (`loop_order/expected.txt`
//! was written by `node tests/loop_order/main.cjs`, Node 20.20).

mod common;

#[test]
fn phases_ticks_and_microtasks_run_in_node_s_order() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/loop_order/main.cjs");
    common::run([script]).exits(0).prints(include_str!("loop_order/expected.txt"));
}

#[test]
fn idle_server_uses_no_cpu() {
    // Three seconds of waiting for a timer and a listening socket: user and system time together stay below what
    // a loop that polls every few milliseconds would use.
    let run = common::run_script(
        "const server = require('net').createServer().listen(0, '127.0.0.1', () => {
           const before = process.cpuUsage();
           setTimeout(() => {
             const { user, system } = process.cpuUsage(before);
             console.log(user + system);
             server.close();
           }, 3000);
         });",
    )
    .exits(0);
    let used: f64 = run.stdout.trim().parse().expect("a number of microseconds");
    assert!(used < 50_000.0, "an idle loop used {used} us of CPU time in 3 s");
}

#[test]
fn unreferenced_timers_and_immediates_do_not_keep_the_loop_alive() {
    common::run_script(
        "setTimeout(() => console.log('timer'), 1e6).unref();
         setInterval(() => console.log('interval'), 1e6).unref();
         const t = setTimeout(() => console.log('kept'), 1); t.unref(); t.ref();
         process.on('exit', (code) => console.log('exit', code));",
    )
    .exits(0)
    .prints("kept\nexit 0\n");
}

#[test]
fn timers_set_after_others_of_their_duration_were_cleared_come_in_time() {
    common::run_script(
        "const start = performance.now();
         const after = (ms, what) => setTimeout(() => console.log(what, performance.now() - start >= ms - 1), ms);
         // More durations than there are empty lists kept.
         for (let i = 0; i < 100; i++) clearTimeout(setTimeout(() => console.log('cleared'), 10 + i));
         after(60, 'second');
         after(20, 'first');
         clearTimeout(setTimeout(() => {}, 100));
         setTimeout(() => after(100, 'third'), 80).unref();
         const interval = setInterval(() => { clearInterval(interval); after(90, 'interval'); }, 10);
         // Neither an empty list nor this keeps the process.
         clearTimeout(setTimeout(() => {}, 1e8));
         setTimeout(() => console.log('unreferenced'), 1e8).unref();",
    )
    .exits(0)
    .prints("first true\nsecond true\ninterval true\nthird true\n");
}

#[test]
fn before_exit_may_give_the_loop_new_work() {
    common::run_script(
        "let n = 0;
         process.on('beforeExit', () => { console.log('beforeExit', n); if (n++ < 2) setImmediate(() => console.log('work')); });
         process.on('exit', () => console.log('exit'));",
    )
    .exits(0)
    .prints("beforeExit 0\nwork\nbeforeExit 1\nwork\nbeforeExit 2\nexit\n");
}

#[test]
fn uncaught_exceptions_end_the_process_unless_handled() {
    common::run_script(
        "setTimeout(() => { throw new TypeError('boom'); }, 1); setTimeout(() => console.log('no'), 50);",
    )
    .exits(1)
    .prints("")
    .complains("TypeError: boom");
    common::run_script(
        "process.on('uncaughtException', (e, origin) => console.log(e.message, origin));
         setTimeout(() => { throw new Error('timer'); }, 1);
         setImmediate(() => { throw new Error('immediate'); });
         setImmediate(() => console.log('next immediate'));
         process.nextTick(() => { throw new Error('tick'); });
         process.nextTick(() => console.log('next tick'));",
    )
    .exits(0)
    .prints(
        "tick uncaughtException\nnext tick\nimmediate uncaughtException\nnext immediate\ntimer uncaughtException\n",
    );
}

#[test]
fn unhandled_rejections_follow_their_mode() {
    let script = "Promise.reject(new Error('lost')); setTimeout(() => console.log('later'), 5);";
    common::run_script(script).exits(1).prints("").complains("Error: lost");
    common::run(["--unhandled-rejections=none", "-e", script]).exits(0).prints("later\n");
    common::run(["--unhandled-rejections=warn", "-e", script]).exits(0).complains("UnhandledPromiseRejectionWarning");
    common::run_script(
        "process.on('unhandledRejection', (reason, promise) => console.log('unhandled', reason, promise instanceof Promise));
         process.on('rejectionHandled', () => console.log('handled'));
         const p = Promise.reject(7);
         setTimeout(() => p.catch(() => {}), 5);",
    )
    .exits(0)
    .prints("unhandled 7 true\nhandled\n");
}

#[test]
fn exit_codes_are_node_s() {
    common::run(["-e", "process.exitCode = 42"]).exits(42);
    common::run(["-e", "process.exit(3); console.log('no')"]).exits(3).prints("");
    common::run(["-e", "process.on('exit', () => { process.exitCode = 9 })"]).exits(9);
    common::run(["-e", "process.on('uncaughtException', () => { throw new Error('again') }); throw 1"]).exits(7);
    common::run(["--input-type=module", "-e", "await new Promise(() => {})"]).exits(13);
}

#[test]
fn a_timer_begins_when_it_is_set_not_with_the_callback_that_sets_it() {
    common::run_script(
        r"
        const found = [];
        process.on('exit', () => console.log(found.sort().join('\n')));
        const spin = () => { const end = performance.now() + 30; while (performance.now() < end); };
        const check = (name) => {
          spin();
          const set = performance.now();
          // Whole ms: up to one early.
          setTimeout(() => found.push(`${name} ${performance.now() - set >= 38}`), 40);
        };
        const repeated = setInterval(() => {
          clearInterval(repeated);
          check('interval');
          const timer = setTimeout(() => found.push(`refreshed ${performance.now() - refreshed >= 38}`), 40);
          spin();
          timer.refresh();
          const refreshed = performance.now();
        }, 1);
        setTimeout(() => setTimeout(check, 1, 'timer'), 200);
        setTimeout(async () => { await undefined; check('promise job'); }, 400);
        setTimeout(() => setImmediate(check, 'immediate'), 600);
        ",
    )
    .exits(0)
    .prints("immediate true\ninterval true\npromise job true\nrefreshed true\ntimer true\n");
}

#[test]
fn intervals_that_take_longer_than_they_last_let_the_loop_go_on() {
    common::run_script(
        r"
        let rounds = 0;
        let immediates = 0;
        const interval = setInterval(() => {
          const end = performance.now() + 5;
          while (performance.now() < end);
          if (++rounds < 20) return;
          clearInterval(interval);
          clearImmediate(immediate);
          console.log(immediates >= 15);
        }, 1);
        let immediate;
        (function next() { immediates++; immediate = setImmediate(next); })();
        ",
    )
    .exits(0)
    .prints("true\n");
}

#[test]
fn timers_are_never_early_and_those_set_in_a_row_expire_together() {
    // Delays from every part of a millisecond; nothing but a tick may come between two timers set within 50 us. That a
    // thread loses its core in between is not theirs to answer for, so most of the time is enough.
    common::run_script(
        "const spin = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
         let early = 0, apart = 0;
         const round = (i) => new Promise((resolve) => {
           const began = performance.now();
           let between = false;
           setTimeout(() => { early += performance.now() - began < 2; setImmediate(() => { between = true; }); }, 2);
           spin(0.05);
           setTimeout(() => { apart += between; spin(i % 10 / 10); resolve(); }, 2);
         });
         (async () => { for (let i = 0; i < 60; i++) await round(i); console.log(early, apart < 30); })();",
    )
    .exits(0)
    .prints("0 true\n");
}
