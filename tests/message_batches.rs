//! Several small messages are handed to JavaScript in one call; nobody may tell.

mod common;

use common::run_script;

/// Posts the numbers and objects from 0 to 99 to `port1`; `seen` is what arrived.
const POSTED: &str = r"
    const { deepStrictEqual, strictEqual } = require('node:assert');
    const { receiveMessageOnPort } = require('node:worker_threads');
    const { port1, port2 } = new MessageChannel();
    const kinds = [(i) => i, (i) => ({ i }), (i) => ({ i, text: `row ${i}`, part: i / 3 }), (i) => [i], (i) => `${i}`, (i) => ({ i, none: null })];
    const values = Array.from({ length: 100 }, (_, i) => kinds[(i >> 2) % kinds.length](i));
    for (const value of values) port2.postMessage(value);
    const seen = [];
";

fn with_posted(script: &str) {
    run_script(&format!("{POSTED}\n{script}")).exits(0);
}

#[test]
fn all_kinds_arrive_in_order_with_ticks_and_microtasks_between_them() {
    with_posted(
        r"
        let order = 0;
        port1.on('message', (m) => {
          strictEqual(order++ % 3, 0);
          seen.push(m);
          process.nextTick(() => strictEqual(order++ % 3, 1));
          Promise.resolve().then(() => strictEqual(order++ % 3, 2));
          if (seen.length === 100) port1.close();
        });
        process.on('exit', () => { deepStrictEqual(seen, values); strictEqual(order, 300); });
        ",
    );
}

#[test]
fn one_that_throws_does_not_cost_the_others() {
    with_posted(
        r"
        const thrown = [];
        process.on('uncaughtException', (error) => thrown.push(error.message));
        port1.on('message', (m) => {
          const at = seen.push(m) - 1;
          if (at === 99) port1.close();
          if (at % 5 === 1) throw new Error(`message ${at}`);
          if (at % 5 === 2) process.nextTick(() => { throw new Error(`tick ${at}`); });
          if (at % 5 === 3) queueMicrotask(() => { throw new Error(`microtask ${at}`); });
        });
        process.on('exit', () => {
          deepStrictEqual(seen, values);
          const kinds = [, 'message', 'tick', 'microtask'];
          deepStrictEqual(thrown, values.map((_, i) => i).filter((i) => kinds[i % 5]).map((i) => `${kinds[i % 5]} ${i}`));
        });
        ",
    );
}

#[test]
fn who_receives_one_meanwhile_gets_the_next() {
    with_posted(
        r"
        port1.on('message', (m) => {
          seen.push(m);
          if (seen.length % 7 === 3) seen.push(receiveMessageOnPort(port1).message);
          if (seen.length % 7 === 5) process.nextTick(() => seen.push(receiveMessageOnPort(port1).message));
          if (seen.length >= 98) port1.close();
        });
        process.on('exit', () => deepStrictEqual(seen, values.slice(0, seen.length)));
        ",
    );
}

#[test]
fn closing_ends_it_at_once() {
    for how in ["port1.close()", "process.nextTick(() => port1.close())", "queueMicrotask(() => port1.close())"] {
        with_posted(&format!(
            "port1.on('message', () => {{ if (seen.push(0) === 3) {how}; }});
             process.on('exit', () => strictEqual(seen.length, 3));"
        ));
    }
}

#[test]
fn without_a_listener_the_rest_waits_for_the_next() {
    with_posted(
        r"
        const listen = () => port1.on('message', function take(m) {
          if (seen.push(m) === 100) return port1.close();
          if (seen.length % 9 !== 0) return;
          port1.off('message', take);
          const { length } = seen;
          setImmediate(() => { strictEqual(seen.length, length); listen(); });
        });
        listen();
        process.on('exit', () => deepStrictEqual(seen, values));
        ",
    );
}

#[test]
fn a_port_that_is_transferred_takes_the_rest_along() {
    with_posted(
        r"
        const carrier = new MessageChannel();
        carrier.port1.once('message', ({ port }) => port.on('message', (m) => {
          if (seen.push(m) === 100) { port.close(); carrier.port1.close(); }
        }));
        port1.on('message', (m) => {
          if (seen.push(m) === 6) carrier.port2.postMessage({ port: port1 }, [port1]);
        });
        process.on('exit', () => deepStrictEqual(seen, values));
        ",
    );
}

#[test]
fn the_sender_can_count_what_waits() {
    with_posted(
        r"
        port1.on('message', () => {
          seen.push(port2.queued.messages);
          if (seen.length === 100) port1.close();
          if (seen.length === 30) port2.setHighWaterMark({ messages: 50 });
        });
        process.on('exit', () => deepStrictEqual(seen, values.map((_, i) => 99 - i)));
        ",
    );
}

#[test]
fn no_message_finds_the_async_context_of_another() {
    with_posted(
        r"
        const { AsyncLocalStorage } = require('node:async_hooks');
        const storage = new AsyncLocalStorage();
        port1.on('message', (m) => {
          seen.push(storage.getStore());
          if (seen.length < 5) storage.enterWith(seen.length);
          if (seen.length === 8) port1.close();
        });
        process.on('exit', () => deepStrictEqual(seen.slice(0, 4), [undefined, undefined, undefined, undefined]));
        ",
    );
}

#[test]
fn a_worker_that_exits_takes_no_more() {
    run_script(
        r"
        const { strictEqual } = require('node:assert');
        const { Worker } = require('node:worker_threads');
        const worker = new Worker(`
          const { parentPort } = require('node:worker_threads');
          let seen = 0;
          parentPort.on('message', (m) => { if (++seen === 5) process.exit(seen); if (seen > 5) process.exitCode = 99; });
        `, { eval: true });
        for (let id = 0; id < 1000; id++) worker.postMessage({ id });
        worker.on('exit', (code) => strictEqual(code, 5));
        ",
    )
    .exits(0);
}
