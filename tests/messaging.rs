//! Structured clone, message ports and broadcast channels, through scripts.

mod common;

use common::{run_module, run_script};

#[test]
fn structured_clone_keeps_what_the_standard_carries() {
    run_script(
        r"
        const { deepStrictEqual, strictEqual } = require('node:assert');
        const value = {
          map: new Map([[1, { a: 1 }]]), set: new Set([1, 'x']), date: new Date(5), re: /x/gi, big: 10n ** 30n,
          typed: new Float64Array([1.5, -0]), view: new DataView(new ArrayBuffer(4)), sparse: [, 1, , 2],
          boxed: new Number(3), nested: { undef: undefined, nil: null }, text: 'h\u00e9\u20ac',
        };
        value.self = value;
        const copy = structuredClone(value);
        strictEqual(copy.self, copy);
        delete value.self; delete copy.self;
        deepStrictEqual(copy, value);
        strictEqual(0 in copy.sparse, false);
        const grow = structuredClone(new ArrayBuffer(4, { maxByteLength: 16 }));
        deepStrictEqual([grow.resizable, grow.maxByteLength], [true, 16]);
        for (const v of [1, -0, 1.5, NaN, 'x', '', '\u20ac'.repeat(9), null, undefined, true, 5n]) {
          strictEqual(Object.is(structuredClone(v), v), true);
        }
        for (const n of [16383, 16384, 1 << 20]) strictEqual(structuredClone('a'.repeat(n)), 'a'.repeat(n));
        ",
    )
    .exits(0);
}

/// Through columns or the serializer, nobody may tell which it was.
const TABLES: &str = r"
    const { deepStrictEqual, strictEqual, throws } = require('node:assert');
    const { MessageChannel, receiveMessageOnPort } = require('node:worker_threads');
    const { port1, port2 } = new MessageChannel();
    const clones = [structuredClone, (value) => { port1.postMessage(value); return receiveMessageOnPort(port2).message; }];
    const table = (row, count = 100) => Array.from({ length: count }, (_, i) => row(i));
    for (const clone of clones) {
      const same = (rows) => {
        const copy = clone(rows);
        deepStrictEqual(copy, rows);
        strictEqual(copy !== rows && (copy[0] !== rows[0] || typeof copy[0] !== 'object'), true);
        return copy;
      };
      const numbers = same(table((i) => ({ id: i, large: i * 2 ** 40, part: i / 3, zero: i % 2 ? 0 : -0, none: NaN, mixed: i % 3 ? i : 'x' })));
      strictEqual(Object.is(numbers[2].zero, -0) && Object.is(numbers[3].zero, 0), true);
      same(table((i) => ({ a: `row ${i}`, b: '\u20ac'.repeat(i % 5), c: '\ud800', long: 'x'.repeat(i * 3), e: '' })));
      same(table((i) => ({ yes: i % 2 === 0, maybe: i % 2 ? null : undefined, big: BigInt(i), 2: 'two', 1: 'one', 'a b': i, constructor: 1 })));
      same(table((i) => ({ id: i }), 31));
      same(table((i) => (i === 99 ? { id: i, more: 1 } : { id: i })));
      same(table((i) => (i === 50 ? { b: 1, a: 2 } : { a: 1, b: 2 })));
      same(table((i) => ({ id: i, nested: { i } })));
      same(table((i) => Object.freeze({ id: i })));
      same(table((i) => i));

      // What comes twice, or refers to what is being cloned, stays one.
      const shared = { id: 1 };
      const twice = clone(table(() => shared));
      strictEqual(new Set(twice).size, 1);
      const cyclic = table((i) => ({ id: i }));
      cyclic[5].all = cyclic;
      const copy = clone(cyclic);
      strictEqual(copy[5].all, copy);

      // Only own enumerable properties count, and no class.
      class Row { id = 1; #hidden = 2; get double() { return this.#hidden; } }
      deepStrictEqual(clone(table(() => new Row())), table(() => ({ id: 1 })));
      deepStrictEqual(clone(table(() => Object.defineProperty({ id: 1, [Symbol.iterator]: 2 }, 'not', { value: 3 }))), table(() => ({ id: 1 })));
      deepStrictEqual(clone(table((i) => ({ get id() { return i; } }))), table((i) => ({ id: i })));
      const bare = clone(table((i) => ({ __proto__: null, id: i })));
      strictEqual(Object.getPrototypeOf(bare[0]), Object.prototype);
      const named = table((i) => ({ id: i }));
      named.total = 100;
      strictEqual(clone(named).total, 100);
      const holes = table((i) => ({ id: i }));
      delete holes[7];
      strictEqual(7 in clone(holes), false);
      const dates = clone(table((i) => new Date(i)));
      strictEqual(dates[9].getTime(), 9);

      for (const bad of [() => {}, Symbol('x')]) {
        throws(() => clone(table((i) => (i === 99 ? { id: bad } : { id: i }))), { name: 'DataCloneError' });
      }
      // A proxy is refused before anything is asked of it.
      const asked = () => { throw new Error('asked'); };
      const traps = { get: asked, has: asked, ownKeys: asked, getPrototypeOf: asked, getOwnPropertyDescriptor: asked };
      throws(() => clone(table((i) => (i === 60 ? new Proxy({ id: i }, traps) : { id: i }))), { name: 'DataCloneError' });
      throws(() => clone(new Proxy(table((i) => ({ id: i })), traps)), { name: 'DataCloneError' });
    }
    port1.close();
";

#[test]
fn tables_arrive_as_they_were() {
    run_script(TABLES).exits(0);
    common::run(["--disallow-code-generation-from-strings", "-e", TABLES]).exits(0);
    run_script(&format!("Object.prototype.inherited = 1; Array.prototype.more = 2;{TABLES}")).exits(0);
}

#[test]
fn elements_of_a_table_are_read_once() {
    let source = "
        for (const place of [0, 7]) {
          let reads = 0;
          const table = Array.from({ length: 100 }, (_, id) => ({ id }));
          Object.defineProperty(table, place, { enumerable: true, get: () => ({ id: reads++ }) });
          console.log(structuredClone(table)[place].id, reads);
        }";
    run_script(source).exits(0).prints("0 1\n0 1\n");
    common::run(["--disallow-code-generation-from-strings", "-e", source]).exits(0).prints("0 1\n0 1\n");
}

#[test]
fn tables_become_objects_of_the_context_their_port_was_moved_to() {
    run_script(
        r"
        const { MessageChannel, moveMessagePortToContext } = require('node:worker_threads');
        const vm = require('node:vm');
        const { port1, port2 } = new MessageChannel();
        const context = vm.createContext({ console });
        context.port = moveMessagePortToContext(port2, context);
        vm.runInContext(`
          port.onmessage = ({ data }) => {
            console.log(data.length, data[99].id, data instanceof Array, data[0] instanceof Object);
            port.close();
          };
          port.start();`, context);
        port1.postMessage(Array.from({ length: 100 }, (_, id) => ({ id, name: `row ${id}` })));
        ",
    )
    .exits(0)
    .prints("100 99 true true\n");
}

#[test]
fn cloned_error_keeps_class_code_cause_and_own_properties() {
    run_script(
        r"
        const { deepStrictEqual, strictEqual } = require('node:assert');
        const error = new TypeError('outer', { cause: new RangeError('inner') });
        Object.assign(error, { code: 'E_X', detail: { list: [1] }, callback() {} });
        error.self = error;
        const copy = structuredClone({ error, again: error });
        strictEqual(copy.error, copy.again);
        strictEqual(Object.getPrototypeOf(copy.error), TypeError.prototype);
        strictEqual(copy.error.stack, error.stack);
        strictEqual(copy.error.cause instanceof RangeError, true);
        deepStrictEqual(Object.keys(copy.error), ['code', 'detail']);
        deepStrictEqual(copy.error.detail, { list: [1] });
        class Custom extends RangeError { get name() { return 'Custom'; } }
        const custom = structuredClone(new Custom('c'));
        deepStrictEqual([custom.name, custom.constructor, Object.keys(custom)], ['Custom', RangeError, []]);
        const many = structuredClone(new AggregateError([new EvalError('1'), 2], 'all'));
        strictEqual(many.errors[0].constructor, EvalError);
        const both = structuredClone(new SuppressedError(new EvalError('1'), 2, 'both'));
        deepStrictEqual([both.constructor, both.error.constructor, both.suppressed], [SuppressedError, EvalError, 2]);
        const dom = structuredClone(new DOMException('m', 'AbortError'));
        deepStrictEqual([dom.constructor, dom.name, dom.code, dom.message], [DOMException, 'AbortError', 20, 'm']);
        ",
    )
    .exits(0);
}

#[test]
fn failed_transfer_detaches_nothing() {
    run_script(
        r"
        const { strictEqual, throws } = require('node:assert');
        const clone = (name) => (e) => e instanceof DOMException && e.name === 'DataCloneError' && e.code === 25;
        const buffer = new ArrayBuffer(8);
        const { port1, port2 } = new MessageChannel();
        throws(() => structuredClone({ f() {} }, { transfer: [buffer, port1] }), clone());
        throws(() => structuredClone(1, { transfer: [buffer, port1, buffer] }), clone());
        throws(() => structuredClone({ get x() { throw 5; } }, { transfer: [buffer, port1] }), (e) => e === 5);
        throws(() => port1.postMessage(1, [buffer, port1]), /source port/);
        throws(() => structuredClone(1, { transfer: [{}] }), clone());
        throws(() => structuredClone({ port1 }), clone());
        throws(() => structuredClone(Symbol('s')), clone());
        strictEqual(buffer.byteLength, 8);
        structuredClone({ get x() { return structuredClone(buffer, { transfer: [buffer] }).byteLength; } });
        strictEqual(buffer.byteLength, 0);
        port2.on('message', (m) => { strictEqual(m, 'alive'); port1.close(); });
        port1.postMessage('alive');
        ",
    )
    .exits(0);
}

#[test]
fn getter_that_detaches_what_the_list_holds_fails_the_transfer() {
    run_script(
        r"
        const { throws } = require('node:assert');
        const a = new ArrayBuffer(8), b = new ArrayBuffer(8);
        throws(() => structuredClone(
          { get x() { structuredClone(a, { transfer: [a] }); } }, { transfer: [a, b] }), { name: 'DataCloneError' });
        require('node:assert').strictEqual(b.byteLength, 8);
        ",
    )
    .exits(0);
}

/// Who makes a Buffer cannot tell whether it is a piece of the pool.
#[test]
fn memory_of_the_buffer_pool_is_copied_where_a_list_names_it() {
    run_script(
        r"
        const { deepStrictEqual, strictEqual } = require('node:assert');
        const { isMarkedAsUntransferable, receiveMessageOnPort } = require('node:worker_threads');
        const [a, b] = [Buffer.from('first'), Buffer.from('second')];
        strictEqual(a.buffer, b.buffer);
        strictEqual(isMarkedAsUntransferable(a.buffer), true);
        const { port1, port2 } = new MessageChannel();
        const own = new ArrayBuffer(8);
        port1.postMessage({ a, own }, [a.buffer, own]);
        const { message } = receiveMessageOnPort(port2);
        deepStrictEqual([Buffer.from(message.a).toString(), message.own.byteLength, own.detached], ['first', 8, true]);
        strictEqual(Buffer.from(structuredClone(b, { transfer: [b.buffer] })).toString(), 'second');
        deepStrictEqual([a.buffer.detached, a.toString(), b.toString()], [false, 'first', 'second']);
        ",
    )
    .exits(0);
}

#[test]
fn marked_objects_are_neither_transferred_nor_cloned() {
    run_script(
        r"
        const { strictEqual, throws } = require('node:assert');
        const wt = require('node:worker_threads');
        const buffer = new ArrayBuffer(4), plain = {};
        wt.markAsUntransferable(buffer);
        wt.markAsUncloneable(plain);
        strictEqual(wt.isMarkedAsUntransferable(buffer), true);
        throws(() => structuredClone(buffer, { transfer: [buffer] }), { name: 'DataCloneError' });
        throws(() => structuredClone({ plain }), { name: 'DataCloneError' });
        strictEqual(structuredClone(buffer).byteLength, 4);
        ",
    )
    .exits(0);
}

#[test]
fn port_delivers_in_order_and_closes_after_what_was_posted() {
    run_script(
        r"
        const { port1, port2 } = new MessageChannel();
        port1.on('message', (m) => console.log('message', m));
        port1.on('close', () => console.log('close 1'));
        port2.on('close', () => console.log('close 2'));
        port2.postMessage(1);
        port2.postMessage({ two: 2 });
        port2.close();
        console.log('sync');
        ",
    )
    .exits(0)
    .prints("sync\nmessage 1\nmessage { two: 2 }\nclose 2\nclose 1\n");
}

#[test]
fn microtasks_and_ticks_run_between_messages() {
    run_script(
        r"
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => {
          console.log('message', data);
          process.nextTick(() => console.log('tick', data));
          Promise.resolve().then(() => console.log('microtask', data));
          if (data === 2) port1.close();
        };
        port2.postMessage(1);
        port2.postMessage(2);
        ",
    )
    .exits(0)
    .prints("message 1\ntick 1\nmicrotask 1\nmessage 2\ntick 2\nmicrotask 2\n");
}

#[test]
fn transferred_port_keeps_its_queue() {
    run_script(
        r"
        const a = new MessageChannel(), b = new MessageChannel();
        b.port2.postMessage('before');
        a.port1.on('message', ({ port }) => {
          port.on('message', (m) => { console.log(m); if (m === 'after') { port.close(); a.port1.close(); } });
        });
        a.port2.postMessage({ port: b.port1 }, [b.port1]);
        b.port2.postMessage('after');
        ",
    )
    .exits(0)
    .prints("before\nafter\n");
}

#[test]
fn unread_message_closes_the_port_in_it() {
    run_script(
        r"
        const a = new MessageChannel(), b = new MessageChannel();
        b.port2.on('close', () => console.log('closed'));
        b.port2.ref();
        a.port2.postMessage(null, [b.port1]);
        a.port1.close();
        ",
    )
    .exits(0)
    .prints("closed\n");
}

#[test]
fn flood_on_one_port_starves_neither_timers_nor_other_ports() {
    run_script(
        r"
        const { ok } = require('node:assert');
        const flooded = new MessageChannel(), other = new MessageChannel();
        let count = 0, seen = 0, longest = 0, turns = 0, others = 0;
        flooded.port1.on('message', () => { count++; flooded.port2.postMessage(0); });
        other.port1.on('message', () => { others++; other.port2.postMessage(0); });
        for (let i = 0; i < 50; i++) flooded.port2.postMessage(0);
        other.port2.postMessage(0);
        let timer = false;
        setTimeout(() => { timer = true; }, 5);
        setImmediate(function turn() {
          longest = Math.max(longest, count - seen);
          seen = count;
          if (++turns < 50 || !timer) return setImmediate(turn);
          ok(longest > 50 && longest <= 1000, `${longest} messages in one turn`);
          ok(others >= turns - 1, `${others} messages on the other port in ${turns} turns`);
          process.exit();
        });
        ",
    )
    .exits(0);
}

#[test]
fn high_water_mark_tells_the_sender_to_wait_and_drain_to_go_on() {
    run_module(
        r"
        import assert from 'node:assert';
        import { once } from 'node:events';
        import { Worker } from 'node:worker_threads';
        const { port1, port2 } = new MessageChannel();
        assert.deepStrictEqual(port1.queued, { messages: 0, bytes: 0 });
        assert.strictEqual(port1.postMessage('x'.repeat(100)), undefined);
        assert.strictEqual(port1.postMessage(new ArrayBuffer(1000)), undefined);
        assert.strictEqual(port1.queued.messages, 2);
        assert.ok(port1.queued.bytes >= 1100, `${port1.queued.bytes}`);
        for (const wrong of [5, { messages: 0 }, { bytes: 1.5 }, { bytes: '7' }]) {
          assert.throws(() => port1.setHighWaterMark(wrong), { code: /^ERR_(INVALID_ARG_TYPE|OUT_OF_RANGE)$/ });
        }
        port1.setHighWaterMark({ messages: 4 });
        assert.deepStrictEqual([1, 2, 3].map((i) => port1.postMessage(i)), [true, false, false]);
        let drains = 0;
        port1.on('drain', () => drains++);
        port1.ref();
        const seen = [];
        port2.on('message', (m) => seen.push(m));
        await once(port1, 'drain');
        assert.ok(port1.queued.messages <= 2);
        await new Promise((resolve) => setTimeout(resolve, 10));
        assert.deepStrictEqual([drains, seen.length, port1.queued.messages], [1, 5, 0]);
        port1.setHighWaterMark({ bytes: 1000 });
        assert.strictEqual(port1.postMessage('y'.repeat(999)), true);
        assert.strictEqual(port1.postMessage('yy'), false);
        await once(port1, 'drain');
        port1.setHighWaterMark(null);
        assert.strictEqual(port1.postMessage('y'.repeat(5000)), undefined);
        port2.close();
        await once(port1, 'close');
        assert.deepStrictEqual(port1.queued, { messages: 0, bytes: 0 });

        // With a sender that keeps to it, what waits stays bounded, however slow the reader is.
        const worker = new Worker(`
          const { parentPort } = require('worker_threads');
          const { once } = require('events');
          (async () => {
            parentPort.setHighWaterMark({ messages: 16 });
            let most = 0;
            for (let i = 0; i < 500; i++) {
              if (parentPort.postMessage(i) === false) {
                most = Math.max(most, parentPort.queued.messages);
                parentPort.ref();
                await once(parentPort, 'drain');
                parentPort.unref();
              }
            }
            parentPort.postMessage({ most });
          })();
        `, { eval: true });
        let next = 0;
        worker.on('message', (m) => {
          if (typeof m === 'number') assert.strictEqual(m, next++);
          else assert.strictEqual(m.most, 16);
        });
        await once(worker, 'exit');
        assert.strictEqual(next, 500);
        ",
    )
    .exits(0);
}

#[test]
fn receive_message_on_port_takes_one_without_events() {
    run_script(
        r"
        const { receiveMessageOnPort } = require('node:worker_threads');
        const { port1, port2 } = new MessageChannel();
        port1.postMessage({ a: 1 });
        port1.postMessage(undefined);
        console.log(receiveMessageOnPort(port2), receiveMessageOnPort(port2), receiveMessageOnPort(port2));
        ",
    )
    .exits(0)
    .prints("{ message: { a: 1 } } { message: undefined } undefined\n");
}

#[test]
fn broadcast_reaches_all_others_and_other_threads() {
    run_module(
        r"
        import { Worker } from 'node:worker_threads';
        const one = new BroadcastChannel('news'), two = new BroadcastChannel('news'), other = new BroadcastChannel('x');
        other.onmessage = () => console.log('wrong channel');
        one.onmessage = ({ data }) => { console.log('one', data); if (data === 'from worker') one.close(); };
        two.onmessage = ({ data }) => { console.log('two', data); if (data === 'from worker') { two.close(); other.close(); } };
        one.postMessage('first');
        await new Promise((r) => setTimeout(r, 20));
        new Worker(`const c = new BroadcastChannel('news'); c.postMessage('from worker'); c.close();`, { eval: true });
        ",
    )
    .exits(0);
}

#[test]
fn shared_memory_is_shared_and_wasm_modules_travel() {
    run_module(
        r"
        import assert from 'node:assert';
        import { Worker } from 'node:worker_threads';
        const shared = new Int32Array(new SharedArrayBuffer(8));
        const module = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
        const worker = new Worker(`
          const { parentPort, workerData: { shared, wasm } } = require('node:worker_threads');
          Atomics.add(shared, 0, 5);
          parentPort.postMessage(new WebAssembly.Instance(wasm).exports !== undefined);
        `, { eval: true, workerData: { shared, wasm: module } });
        worker.on('message', (ok) => { assert.strictEqual(ok, true); assert.strictEqual(Atomics.load(shared, 0), 5); });
        ",
    )
    .exits(0);
}

#[test]
fn long_strings_arrive_whole_however_they_are_held() {
    run_module(
        r"
        import assert from 'node:assert';
        import { once } from 'node:events';
        import { Worker } from 'node:worker_threads';
        const source = `require('worker_threads').parentPort.on('message', (m) => require('worker_threads').parentPort.postMessage(m))`;
        const workers = [new Worker(source, { eval: true }), new Worker(source, { eval: true })];
        const texts = [
          'a'.repeat(1 << 20), Buffer.alloc(1 << 20, 'xyz').toString('latin1'), 'caf\u00e9'.repeat(1 << 16),
          '\u20ac'.repeat(1 << 16), `${'left'.repeat(9000)}${'right'.repeat(9000)}`, 'b'.repeat(1 << 18).slice(7),
        ];
        for (const text of texts) {
          for (let i = 0; i < 3; i++) {
            for (const worker of workers) {
              const back = once(worker, 'message');
              worker.postMessage(text);
              assert.ok((await back)[0] === text);
            }
          }
        }
        const channel = new BroadcastChannel('long'), other = new BroadcastChannel('long');
        const heard = new Promise((resolve) => { other.onmessage = resolve; });
        channel.postMessage(texts[0]);
        assert.ok((await heard).data === texts[0]);
        channel.close(); other.close();
        for (const worker of workers) await worker.terminate();
        ",
    )
    .exits(0);
}

#[test]
fn classes_of_the_runtime_are_cloned_or_refused() {
    run_script(
        r#"
        const { deepStrictEqual, ok, strictEqual, throws } = require('node:assert');
        const { BlockList, SocketAddress } = require('node:net');
        const { createHistogram } = require('node:perf_hooks');
        const histogram = createHistogram();
        histogram.record(5); histogram.record(70);
        const copy = structuredClone({ histogram }).histogram;
        deepStrictEqual([copy.count, copy.min, copy.max, copy.mean], [2, 5, 70, histogram.mean]);
        copy.record(1);
        strictEqual(histogram.count, 3);
        const list = new BlockList();
        list.addSubnet('10.0.0.0', 8);
        const cloned = structuredClone(list);
        deepStrictEqual([cloned.check('10.1.2.3'), cloned.check('11.0.0.0'), cloned.rules], [true, false, list.rules]);
        const address = structuredClone(new SocketAddress({ address: '::1', family: 'ipv6', port: 80 }));
        deepStrictEqual([address.address, address.port, address.family], ['::1', 80, 'ipv6']);
        const { createSecretKey } = require('node:crypto');
        const { Worker } = require('node:worker_threads');
        const key = createSecretKey(Buffer.from('secret'));
        const same = structuredClone([key])[0];
        deepStrictEqual([same.type, same.equals(key), same.constructor, same.export().toString()], ['secret', true, key.constructor, 'secret']);
        const worker = new Worker('', { eval: true });
        const refusals = [
          new URL('http://a'), new URLSearchParams('a=1'), new URLPattern(), new MessageEvent('m'), worker,
          new WeakMap(), Promise.resolve(), () => {},
        ];
        for (const refused of refusals) {
          throws(() => structuredClone({ refused }), { name: 'DataCloneError', code: 25 });
        }
        throws(() => structuredClone(1, 5), { code: 'ERR_INVALID_ARG_TYPE' });
        throws(() => structuredClone(1, { transfer: 5 }), { code: 'ERR_INVALID_ARG_TYPE' });
        throws(() => structuredClone(1, { transfer: null }), { code: 'ERR_INVALID_ARG_TYPE' });
        throws(() => structuredClone(1, { transfer: [{}, 1] }), {
          name: 'TypeError', message: "Failed to execute 'structuredClone': transfer in Options[1] is not an object.",
        });
        const { port1 } = new MessageChannel();
        throws(() => structuredClone(port1), {
          constructor: DOMException, name: 'DataCloneError', code: 25,
        });
        throws(() => structuredClone(new ReadableStream()), { name: 'DataCloneError', code: 25 });
        require('node:fs/promises').open(process.execPath).then((handle) => {
          throws(() => structuredClone({ handle }), {
            constructor: DOMException, name: 'DataCloneError', code: 'ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST',
            message: 'Object that needs transfer was found in message but not listed in transferList',
          });
          ok(handle.fd > 0);
          return handle.close();
        });
        strictEqual(require('node:util').inspect(port1), 'MessagePort [EventTarget] { active: true, refed: false }');
        const shared = new SharedArrayBuffer(4, { maxByteLength: 16 });
        structuredClone(shared).grow(8);
        strictEqual(shared.byteLength, 8);
        const resizable = new ArrayBuffer(8, { maxByteLength: 16 });
        const view = structuredClone({ v: new Uint8Array(resizable, 4) }, { transfer: [resizable] }).v;
        view.buffer.resize(16);
        deepStrictEqual([view.length, resizable.detached], [12, true]);
        "#,
    )
    .exits(0);
}

/// Small plain objects have a way of their own; what they are to the receiver must not differ.
#[test]
fn small_plain_objects_arrive_as_any_other() {
    run_script(
        r#"
        const { deepStrictEqual, strictEqual, throws } = require('node:assert');
        const { markAsUncloneable, receiveMessageOnPort } = require('node:worker_threads');
        const { port1, port2 } = new MessageChannel();
        const pass = (value) => { port1.postMessage(value); return receiveMessageOnPort(port2).message; };
        const values = [
          { a: 1 }, { a: 1, b: 'two', c: true, d: null, e: undefined, f: -0, g: 1.5, h: NaN },
          { a: 2 ** 31, b: -(2 ** 31), c: 2 ** 53, d: Infinity }, { x: 'caf\u00e9', y: '\u20ac\ud800', z: '' },
          { 'not an identifier': 1, '"quoted"': 2, 'new\nline': 3, 10: 4, 2: 5 }, { '\u20ac': 1 }, { '\ud800': 1 }, { 'a\0b': 1 },
          {}, { long: 'x'.repeat(5000) }, { nested: { a: 1 } }, { list: [1] }, { big: 5n }, { date: new Date(5) },
          { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9 }, { ['__proto__']: 5 },
        ];
        for (let i = 0; i < 3; i++) {
          for (const value of values) {
            const copy = pass(value);
            deepStrictEqual(copy, value);
            deepStrictEqual(Object.entries(Object.getOwnPropertyDescriptors(copy)), Object.entries(Object.getOwnPropertyDescriptors(value)));
            strictEqual(Object.getPrototypeOf(copy), Object.prototype);
          }
        }
        deepStrictEqual(pass({ get a() { return 5; }, [Symbol('s')]: 1 }), { a: 5 });
        throws(() => pass({ get a() { throw new RangeError('getter'); } }), RangeError);
        throws(() => pass({ f() {} }), { name: 'DataCloneError' });
        throws(() => pass({ s: Symbol('s') }), { name: 'DataCloneError' });
        let trapped = 0;
        throws(() => pass(new Proxy({ a: 1 }, { ownKeys() { trapped++; return ['a']; } })), { name: 'DataCloneError' });
        strictEqual(trapped, 0);
        const map = Object.assign(new Map([[1, 2]]), { a: 1 });
        strictEqual(pass(Object.setPrototypeOf(map, Object.prototype)) instanceof Map, true);
        const error = Object.setPrototypeOf(Object.assign(new Error('e'), { a: 1 }), Object.prototype);
        strictEqual(pass(error) instanceof Error, true);
        const marked = { a: 1 };
        markAsUncloneable(marked);
        throws(() => pass(marked), { name: 'DataCloneError' });
        deepStrictEqual(pass({ a: 1 }), { a: 1 });
        port1.close();
        strictEqual(port1.postMessage({ a: 1 }), undefined);
        "#,
    )
    .exits(0);
}
