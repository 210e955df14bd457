//! What `weft:pool` offers above running tasks: checks of functions, collections, shared values, broadcasts.

mod common;

use common::run_module;

#[test]
fn a_function_that_refers_to_something_else_is_told_so_at_the_call() {
    run_module(
        r"
        import assert from 'node:assert';
        import { Pool } from 'weft:pool';
        const pool = new Pool({ maxThreads: 1 });
        const outside = 5;
        const error = await pool.run(function named() {
          const own = 1;
          return own + outside;
        }).catch((e) => e);
        assert.ok(error instanceof ReferenceError);
        assert.deepStrictEqual([error.code, error.variable, error.line], ['ERR_POOL_FREE_VARIABLE', 'outside', 3]);
        assert.match(error.message, /^The task named\(\) refers to 'outside' \(.*:8\), which is neither its own/);
        assert.strictEqual(pool.completed, 0, 'nothing has run');
        assert.strictEqual(await pool.run(() => 1 + outside, { captures: { outside } }), 6);
        globalThis.mine = 1;
        for (const [fn, name] of [
          [() => mine, 'mine'], [() => this, 'this'], [() => require('fs'), 'require'], [(a = outside) => a, 'outside'],
          [{ m() { return super.toString(); } }.m, 'super'], [() => ({ outside }), 'outside'],
          [async function* () { yield* outside; }, 'outside'], [() => { { let own; } return own; }, 'own'],
        ]) {
          assert.strictEqual((await pool.run(fn).catch((e) => e)).variable, name, String(fn));
          assert.strictEqual((await pool.map([1], fn).catch((e) => e)).variable, name, String(fn));
        }
        const accessor = Object.getOwnPropertyDescriptor({ get seven() { return 7; } }, 'seven').get;
        for (const fn of [
          function (n = 3) { return arguments.length + n + 4; }, accessor, { [`x`]() { return 7; } }.x,
          () => { class A { #p = 7; static { this.made = new A(); } get p() { return this.#p; } } return A.made.p; },
          () => { outer: for (;;) { for (const { a: [b] } of [{ a: [7] }]) { if (b) break outer; } } return hoisted ?? 7; var hoisted = 8; },
          async () => (await import('node:path')).sep.length * 7, () => eval('var seven = 7; seven'),
          new Function('return 7'), Object.assign(() => typeof mine === 'undefined' ? 7 : 0),
        ]) {
          const value = await pool.run(fn).catch((e) => e.message);
          assert.strictEqual(value, 7, String(fn));
        }
        for (const fn of [Math.max, (() => 1).bind(null), class A {}]) {
          await assert.rejects(pool.run(fn), { code: 'ERR_INVALID_ARG_VALUE' });
        }
        for (const name of ['a-b', 'if', 'a,b', '']) {
          await assert.rejects(pool.run(() => 1, { captures: { [name]: 1 } }), { code: 'ERR_INVALID_ARG_VALUE' });
        }
        await pool.close();
        ",
    )
    .exits(0);
}

#[test]
fn an_outer_variable_with_the_name_of_a_global_is_told_from_the_global() {
    run_module(
        r"
        import assert from 'node:assert';
        import { writeFileSync } from 'node:fs';
        import { createRequire } from 'node:module';
        import { performance as clock, performance } from 'node:perf_hooks';
        import { Pool } from 'weft:pool';
        const pool = new Pool({ maxThreads: 1 });
        const name = await pool.run(() => 1) && 2;
        const told = async (fn, options) => {
          const error = await pool.run(fn, options).catch((e) => e);
          return error instanceof ReferenceError ? [error.code, error.variable] : error;
        };
        assert.deepStrictEqual(await told(() => performance.now()), ['ERR_POOL_FREE_VARIABLE', 'performance']);
        const inner = async (structuredClone, escape = 1) => [
          await told(() => structuredClone(5)), await told(() => [escape].length), await told(() => queueMicrotask.name),
          await told(() => globalThis.structuredClone(5)),
          await told(() => structuredClone + 1, { captures: { structuredClone } }),
        ];
        assert.deepStrictEqual(await inner(3), [
          ['ERR_POOL_FREE_VARIABLE', 'structuredClone'], ['ERR_POOL_FREE_VARIABLE', 'escape'], 'queueMicrotask', 5, 4,
        ]);
        const error = await pool.run(() => performance.now()).catch((e) => e);
        assert.match(error.message, /^The task refers to 'performance' \(file:.*:22\), which is a variable around it and would be the global/);
        { const Map = 1; void Map; }
        assert.strictEqual(await told(() => new Map([[1, 2]]).size + Math.max(1, 2)), 3, 'a variable elsewhere');
        assert.strictEqual(await told(new Function('return typeof performance.now()')), 'number', 'made from text');

        // CommonJS, and TypeScript.
        writeFileSync(new URL('old.cjs', import.meta.url), 'const Blob = 1; module.exports = [() => Blob, () => URL.name];');
        const [shadowed, plain] = createRequire(import.meta.url)('./old.cjs');
        assert.deepStrictEqual([await told(shadowed), await told(plain)], [['ERR_POOL_FREE_VARIABLE', 'Blob'], 'URL']);
        writeFileSync(new URL('typed.ts', import.meta.url), 'interface URL { a: string }; const Blob: number = 1; export const f = (a: number): number => Blob + a, g = (x: string) => URL.name;');
        const { f, g } = await import('./typed.ts');
        assert.deepStrictEqual([await told(f), await told(g)], [['ERR_POOL_FREE_VARIABLE', 'Blob'], 'URL']);
        await pool.close();
        ",
    )
    .exits(0);
}

#[test]
fn globals_of_a_fresh_isolate_are_no_free_variables() {
    run_module(
        r"
        import assert from 'node:assert';
        import { run } from 'weft:pool';
        const names = await run(() => Object.getOwnPropertyNames(globalThis));
        assert.ok(names.length > 80);
        const failures = [];
        for (const name of names.filter((n) => /^[A-Za-z_$][\w$]*$/.test(n))) {
          await run(new Function(`return typeof (0, ${name})`)).catch((e) => failures.push([name, e.code]));
        }
        assert.deepStrictEqual(failures, []);
        ",
    )
    .exits(0);
}

#[test]
fn collections_of_every_kind_are_mapped_filtered_and_reduced() {
    run_module(
        r"
        import assert from 'node:assert';
        import { Pool } from 'weft:pool';
        const pool = new Pool({ maxThreads: 3 });
        const n = 30_000;
        const plain = Array.from({ length: n }, (_, i) => i);
        const kinds = {
          array: () => plain,
          set: () => new Set(plain),
          generator: function* () { yield* plain; },
          async: async function* () { for (const i of plain) { if (i % 5000 === 0) await 1; yield i; } },
          typed: () => Int32Array.from(plain),
          shared: () => { const v = new Int32Array(new SharedArrayBuffer(4 * n)); v.set(plain); return v; },
        };
        for (const [kind, make] of Object.entries(kinds)) {
          for (const options of [{}, { chunkSize: 777 }, { ordered: false }]) {
            const label = `${kind} ${JSON.stringify(options)}`;
            const order = (list) => (options.ordered === false ? Array.from(list).sort((a, b) => a - b) : Array.from(list));
            assert.deepStrictEqual(order(await pool.map(make(), (x, i) => 2 * x + i, options)), plain.map((x) => 3 * x), label);
            assert.deepStrictEqual(order(await pool.filter(make(), (x) => x % 3 === 0, options)), plain.filter((x) => x % 3 === 0), label);
            assert.strictEqual(await pool.reduce(make(), (a, b) => a + b, options), n * (n - 1) / 2, label);
            assert.strictEqual(await pool.reduce(make(), (acc, x) => { acc.sum += x; acc.count++; return acc; }, {
              ...options, initial: { sum: 0, count: 0 },
              combine: (a, b) => ({ sum: a.sum + b.sum, count: a.count + b.count }),
            }).then(({ sum, count }) => sum / count), (n - 1) / 2, label);
          }
          const counter = new Int32Array(new SharedArrayBuffer(8));
          const given = await pool.forEach(make(), (x) => { Atomics.add(counter, 0, 1); Atomics.add(counter, 1, x % 2); }, { captures: { counter } });
          assert.deepStrictEqual([given, ...counter], [undefined, n, n / 2], kind);
        }
        const typed = await pool.map(new Float32Array([1, 2]), (x) => x / 2);
        assert.ok(typed instanceof Float32Array && typed.buffer instanceof SharedArrayBuffer);
        assert.deepStrictEqual(await pool.map(new Int8Array([1, 2]), (x) => x / 2, { into: Float64Array }).then((v) => [...v]), [0.5, 1]);
        assert.deepStrictEqual(await pool.map(new Int8Array([1, 2]), (x) => ({ x }), { into: Array }), [{ x: 1 }, { x: 2 }]);
        assert.deepStrictEqual([...await pool.map(new BigInt64Array([1n, 2n]), (x) => x * 3n)], [3n, 6n]);
        assert.deepStrictEqual([...await pool.map(new Float64Array([1, 2]), async (x) => x + 1)], [2, 3]);
        const objects = [{ a: 1 }, { a: 2 }];
        assert.strictEqual((await pool.filter(objects, async ({ a }) => a > 1))[0], objects[1], 'the item, not a copy');
        const joined = await pool.reduce('abcdefghij'.repeat(300), (a, b) => a + b, { chunkSize: 7 });
        assert.strictEqual(joined, 'abcdefghij'.repeat(300), 'order is kept where the operation needs it');
        assert.strictEqual(await pool.reduce([], (a, b) => a + b, { initial: 9 }), 9);
        await assert.rejects(pool.reduce([], (a, b) => a + b), TypeError);
        await assert.rejects(pool.map(5, (x) => x), { code: 'ERR_INVALID_ARG_TYPE' });
        await assert.rejects(pool.map([1], (x) => x, { chunkSize: 0 }), { code: 'ERR_OUT_OF_RANGE' });
        await assert.rejects(pool.map([1], (x) => x, { into: Float64Array }), { code: 'ERR_INVALID_ARG_VALUE' });
        await pool.close();
        ",
    )
    .exits(0);
}

#[test]
fn a_collection_is_ended_by_its_first_error_its_signal_or_its_source() {
    run_module(
        r"
        import assert from 'node:assert';
        import { Pool } from 'weft:pool';
        const pool = new Pool({ maxThreads: 2 });
        let closed = 0;
        function* endless() { try { for (let i = 0; ; i++) yield i; } finally { closed++; } }
        async function* endlessAsync() { try { for (let i = 0; ; i++) yield i; } finally { closed++; } }
        for (const source of [endless, endlessAsync]) {
          await assert.rejects(pool.forEach(source(), (x) => { if (x === 500) throw new RangeError('500'); }), { message: '500' });
          const controller = new AbortController();
          const going = pool.map(source(), (x) => x, { signal: controller.signal });
          setTimeout(() => controller.abort(new Error('enough')), 20);
          const error = await going.catch((e) => e);
          assert.deepStrictEqual([error.code, error.cause.message], ['ABORT_ERR', 'enough']);
        }
        await new Promise((r) => setImmediate(r));
        assert.strictEqual(closed, 4);
        const busy = pool.forEach([1, 2, 3], () => { for (;;); }, { signal: AbortSignal.timeout(30) });
        await assert.rejects(busy, { code: 'ABORT_ERR' });
        await assert.rejects(pool.map((function* () { yield 1; throw new SyntaxError('source'); })(), (x) => x), SyntaxError);
        await assert.rejects(pool.map((async function* () { yield 1; throw new SyntaxError('source'); })(), (x) => x), SyntaxError);
        await assert.rejects(pool.sort([3, 1], () => { throw new RangeError('compare'); }), RangeError);
        assert.deepStrictEqual(await pool.map([1], (x) => x), [1]);
        await pool.close();
        ",
    )
    .exits(0);
}

#[test]
fn sorting_is_stable_and_agrees_with_the_language() {
    run_module(
        r"
        import assert from 'node:assert';
        import { Pool } from 'weft:pool';
        for (const maxThreads of [1, 2, 3, 5]) {
          const pool = new Pool({ maxThreads });
          let seed = 7;
          const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
          for (const n of [0, 1, 2, 5000, 40_001]) {
            const rows = Array.from({ length: n }, (_, at) => ({ key: Math.floor(random() * 50), at }));
            const sorted = await pool.sort(rows, (a, b) => a.key - b.key);
            const expected = rows.toSorted((a, b) => a.key - b.key);
            assert.ok(sorted.length === n && sorted.every((row, i) => row === expected[i]));
            const numbers = Float64Array.from({ length: n }, () => [NaN, -0, 0, Infinity, -1][Math.floor(random() * 40)] ?? random() - 0.5);
            const own = await pool.sort(numbers);
            assert.ok(own.length === n && numbers.toSorted().every((x, i) => Object.is(x, own[i])), `${maxThreads} ${n}`);
            assert.deepStrictEqual([...await pool.sort(numbers.filter((x) => x === x), (a, b) => b - a)],
                                   [...numbers.filter((x) => x === x).sort((a, b) => b - a)]);
            const bigs = BigInt64Array.from({ length: n }, () => BigInt(Math.floor((random() - 0.5) * 1e6)));
            assert.deepStrictEqual(await pool.sort(bigs).then((v) => [...v]), [...bigs.toSorted()]);
          }
          assert.deepStrictEqual(await pool.sort([10, 9, undefined, 'b', 1]), [10, 9, undefined, 'b', 1].toSorted());
          await pool.close();
        }
        ",
    )
    .exits(0);
}

#[test]
fn imap_takes_no_more_than_its_consumer_lets_it() {
    run_module(
        r"
        import assert from 'node:assert';
        import { Pool } from 'weft:pool';
        const pool = new Pool({ maxThreads: 2 });
        let taken = 0;
        let closed = false;
        function* source(end = Infinity) { try { while (taken < end) yield taken++; } finally { closed = true; } }
        const results = pool.imap(source(), (x) => x * 2, { window: 32 });
        await new Promise((r) => setTimeout(r, 20));
        assert.strictEqual(taken, 0, 'lazy');
        for (let i = 0; i < 100; i++) {
          assert.deepStrictEqual(await results.next(), { done: false, value: i * 2 });
          assert.ok(taken <= i + 1 + 32, `${taken} taken, ${i + 1} given out`);
        }
        await new Promise((r) => setTimeout(r, 30));
        assert.ok(taken <= 132, `${taken} taken`);
        assert.deepStrictEqual(await results.return('x'), { done: true, value: 'x' });
        assert.strictEqual(closed, true);
        assert.deepStrictEqual(await results.next(), { done: true, value: undefined });
        taken = 0;
        const all = [];
        for await (const x of pool.imap(source(3000), (x) => x)) all.push(x);
        assert.deepStrictEqual(all, Array.from({ length: 3000 }, (_, i) => i));
        taken = 0;
        const loose = [];
        for await (const x of pool.imap(source(3000), (x) => x, { ordered: false })) loose.push(x);
        assert.deepStrictEqual(loose.sort((a, b) => a - b), all);
        const failing = pool.imap([1, 2, 3], (x) => { if (x === 2) throw new RangeError('two'); return x; }, { chunkSize: 1 });
        await assert.rejects((async () => { for await (const x of failing); })(), RangeError);
        await pool.close();
        ",
    )
    .exits(0);
}

#[test]
fn shared_values_are_read_once_per_isolate_and_frozen() {
    run_module(
        r"
        import assert from 'node:assert';
        import { Pool } from 'weft:pool';
        const pool = new Pool({ maxThreads: 1 });
        const value = { list: [{ deep: new Map([['k', { set: new Set([1]) }]]) }], bytes: new Uint8Array([1, 2, 3]) };
        value.self = value;
        const shared = pool.share(value);
        value.bytes[0] = 9;
        assert.ok(shared.byteLength > 3);
        assert.deepStrictEqual(await pool.run((s, n) => {
          globalThis.seen = s;
          const deep = s.list[0].deep;
          const tries = [() => { 'use strict'; s.x = 1; }, () => { 'use strict'; s.list.push(1); }, () => deep.set(1, 2), () => deep.get('k').set.add(2),
                         () => { 'use strict'; deep.get('k').y = 1; }];
          return [tries.map((f) => { try { f(); return 'changed'; } catch (e) { return e.name; } }), s.self === s, s.bytes[0], n.inner[0] === s];
        }, { args: [shared, { inner: [shared] }] }), [Array(5).fill('TypeError'), true, 1, true]);
        assert.strictEqual(await pool.run(() => captured.deeper.it === globalThis.seen, { captures: { captured: { deeper: { it: shared } } } }), true);
        assert.deepStrictEqual(await pool.map([1, 2], (x) => s === globalThis.seen, { captures: { s: shared } }), [true, true]);
        await pool.run((s) => { s.bytes[2] = 77; }, { args: [shared] });
        const other = new Pool({ maxThreads: 1 });
        assert.deepStrictEqual(await other.run((s) => [s.bytes[2], s.bytes.buffer instanceof SharedArrayBuffer], { args: [shared] }), [77, true]);
        await other.close();
        const queued = pool.run((s) => s.bytes.length, { args: [shared] });
        shared.dispose();
        shared.dispose();
        assert.strictEqual(shared.disposed, true);
        assert.strictEqual((await queued.catch((e) => e)).code, 'ERR_INVALID_STATE');
        assert.strictEqual((await pool.run((s) => s, { args: [shared] }).catch((e) => e)).code, 'ERR_INVALID_STATE');
        assert.throws(() => pool.share(5), { code: 'ERR_INVALID_ARG_TYPE' });
        assert.throws(() => pool.share({ f() {} }), { name: 'DataCloneError' });
        { using scoped = pool.share({ a: 1 }); assert.strictEqual(await pool.run((s) => s.a, { args: [scoped] }), 1); }
        await pool.close();
        ",
    )
    .exits(0);
}

#[test]
fn a_shared_value_is_released_with_its_last_handle() {
    run_module(
        r"
        import assert from 'node:assert';
        import v8 from 'node:v8';
        import { Pool } from 'weft:pool';
        v8.setFlagsFromString('--expose-gc');
        const gc = (await import('node:vm')).runInNewContext('gc');
        const pool = new Pool({ maxThreads: 1 });
        const keep = async (handle) => pool.run((s) => { globalThis.ref = new WeakRef(s); }, { args: [handle] });
        const gone = () => pool.run(async () => {
          const gc = process.getBuiltinModule('vm').runInNewContext('gc');
          for (let i = 0; i < 3; i++) { await new Promise((r) => setTimeout(r, 2)); gc(); }
          return globalThis.ref.deref() === undefined;
        });
        const handle = pool.share({ rows: [1, 2, 3] });
        await keep(handle);
        assert.strictEqual(await gone(), false, 'held by its handle');
        handle.dispose();
        assert.strictEqual(await gone(), true, 'disposed of');
        await (async () => { await keep(pool.share({ rows: [4] })); })();
        let released = false;
        for (let i = 0; i < 50 && !released; i++) {
          gc();
          await new Promise((r) => setTimeout(r, 5));
          released = await gone();
        }
        assert.strictEqual(released, true, 'collected');
        await pool.close();
        ",
    )
    .exits(0);
}

#[test]
fn broadcast_runs_once_on_every_isolate() {
    run_module(
        r"
        import assert from 'node:assert';
        import { Pool } from 'weft:pool';
        const pool = new Pool({ minThreads: 3, maxThreads: 3 });
        while (pool.threads.length < 3) await new Promise((r) => setTimeout(r, 2));
        const counts = await pool.broadcast((by) => globalThis.count = (globalThis.count ?? 0) + by + step, { args: [1], captures: { step: 1 } });
        assert.deepStrictEqual(counts, [2, 2, 2]);
        const ids = await pool.broadcast(async () => (await import('weft:pool')).task.isolateId);
        assert.strictEqual(new Set(ids).size, 3);
        await assert.rejects(pool.broadcast(() => { throw new RangeError('each'); }), RangeError);
        const cold = new Pool({ maxThreads: 2 });
        assert.ok((await cold.broadcast(() => 'ran')).every((x) => x === 'ran'));
        // The broadcast that failed did so with its first error; others may run still.
        while (pool.running > 0) await new Promise((r) => setTimeout(r, 2));
        const text = pool.inspect(null);
        assert.match(text, /^Pool default: 3 of 3 threads, 0 running, 0 queued/);
        assert.match(text, /isolate +thread +running +completed/);
        assert.strictEqual(text.trim().split('\n').length, 3 + 1 + 3);
        await Promise.all([pool.close(), cold.close()]);
        ",
    )
    .exits(0);
}

#[test]
fn tasks_report_progress_and_move_their_results() {
    run_module(
        r"
        import assert from 'node:assert';
        import { Pool, move, transfer, run, map, imap, forEach, filter, reduce, sort, share, broadcast } from 'weft:pool';
        const pool = new Pool({ maxThreads: 1 });
        const said = [];
        const value = await pool.run(async (n) => {
          const { task } = await import('weft:pool');
          for (let i = 1; i <= n; i++) task.progress(i / n);
          return [typeof task.id, task.signal.aborted];
        }, { args: [4], onProgress: (x) => said.push(x) });
        assert.deepStrictEqual([value, said], [['string', false], [0.25, 0.5, 0.75, 1]]);
        const moved = await pool.run(async () => {
          const { Pool } = await import('weft:pool');
          globalThis.bytes = new Uint8Array(8).fill(3);
          return Pool.move(globalThis.bytes);
        });
        assert.deepStrictEqual([...moved], Array(8).fill(3));
        assert.strictEqual(await pool.run(() => globalThis.bytes.length), 0, 'it was moved, not copied');
        const parts = await pool.map([1, 2, 3], async (n) => {
          const { transfer } = await import('weft:pool');
          return transfer(new Uint8Array([n]));
        }, { chunkSize: 3 });
        assert.deepStrictEqual(parts.map((p) => p[0]), [1, 2, 3]);
        assert.strictEqual(transfer, move);
        for (const f of [run, map, imap, forEach, filter, reduce, sort, share, broadcast]) assert.strictEqual(typeof f, 'function');
        assert.deepStrictEqual(await sort([3, 1, 2]), [1, 2, 3]);
        await pool.close();
        ",
    )
    .exits(0);
}

/// Memory that is given away is neither copied nor cut.
#[test]
fn typed_arrays_move_into_shared_memory() {
    run_module(
        r"
        import assert from 'node:assert';
        import { Pool } from 'weft:pool';
        await using pool = new Pool({ maxThreads: 2 });
        const made = (length, offset = 0) => {
          const items = new Float64Array(new ArrayBuffer((length + offset) * 8), offset * 8, length);
          for (let i = 0; i < length; i++) items[i] = (i * 7919) % length;
          return items;
        };
        const n = 100_000;
        const add = (x, i) => x + i;
        for (const offset of [0, 5]) {
          const items = made(n, offset);
          const wanted = Array.from(items, add);
          const ordered = Array.from(items).sort((a, b) => a - b);
          const moved = async (method, ...args) => {
            const given = made(n, offset);
            const result = await pool[method](given, ...args, { transferList: [given.buffer] });
            assert.deepStrictEqual([given.length, given.buffer.detached], [0, true], method);
            return result;
          };
          assert.deepStrictEqual(Array.from(await moved('map', add)), wanted);
          assert.deepStrictEqual(Array.from(await moved('filter', (x) => x < 10)).sort((a, b) => a - b), ordered.slice(0, 10));
          assert.strictEqual(await moved('reduce', (a, b) => a + b), ordered.reduce((a, b) => a + b));
          const sorted = await moved('sort', undefined);
          assert.deepStrictEqual(Array.from(sorted), ordered);
        }
        const bytes = new Uint8Array(64);
        await pool.forEach(bytes, () => {}, { transferList: [bytes.buffer] });
        const empty = new Uint8Array(0);
        assert.deepStrictEqual(Array.from(await pool.map(empty, add, { transferList: [empty.buffer] })), []);
        const outcome = (items, transferList) => pool.map(items, add, { transferList }).then(() => 'done', (e) => e.code ?? e.name);
        const shared = new Uint8Array(new SharedArrayBuffer(8));
        const other = new Uint8Array(8);
        const wasm = new Uint8Array(new WebAssembly.Memory({ initial: 1 }).buffer);
        console.log(await outcome(shared, [shared.buffer]), await outcome(other, [new ArrayBuffer(1)]), await outcome([1], [other.buffer]),
                    await outcome(other, []), await outcome(wasm, [wasm.buffer]), await outcome(bytes, [bytes.buffer]), other.length);
        // A small Buffer is a piece of what others use, and copied.
        const small = Buffer.from([1, 2, 3]);
        console.log(Array.from(await pool.map(small, (x) => x * 2, { transferList: [small.buffer] })), small.length);
        ",
    )
    .exits(0)
    .prints(
        "ERR_INVALID_ARG_VALUE ERR_INVALID_ARG_VALUE ERR_INVALID_ARG_VALUE done 25 25 8\n[ 2, 4, 6 ] 3\n",
    );
}
