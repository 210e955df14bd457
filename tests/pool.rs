//! `weft:pool`, through scripts.

mod common;

use common::{TestDir, run, run_module};

#[test]
fn functions_run_by_their_text_with_arguments_and_captures() {
    run_module(
        r"
        import { run, map, pool, Pool } from 'weft:pool';
        const object = { method(a) { return a + 1; } };
        console.log(await run(() => 42));
        console.log(await run((a, b) => a + b, { args: [1, 2] }));
        console.log(await run(function(a) { return a * factor; }, { args: [3], captures: { factor: 7 } }));
        console.log(await run(object.method, { args: [1] }));
        console.log(await run(async () => { await new Promise((r) => setTimeout(r, 5)); return 'later'; }));
        console.log(await map([1, 2, 3], (x, i) => x * 10 + i));
        console.log(await pool.run(() => typeof process.version), pool instanceof Pool);
        ",
    )
    .exits(0)
    .prints("42\n3\n21\n2\nlater\n[ 10, 21, 32 ]\nstring true\n");
}

#[test]
fn modules_run_by_export_in_both_systems() {
    let dir = TestDir::new();
    dir.write("task.mjs", "export default (t) => ({ got: t.x }); export const other = async (n) => n + 1;");
    dir.write("task.cjs", "module.exports = (n) => n * 2; module.exports.named = (n) => n * 3;");
    let main = dir.write(
        "main.mjs",
        r"
        import { Pool } from 'weft:pool';
        const filename = new URL('task.mjs', import.meta.url);
        await using pool = new Pool({ filename, maxThreads: 2 });
        console.log(await pool.run({ x: 5 }), await pool.run(1, { name: 'other' }));
        const cjs = new URL('task.cjs', import.meta.url).href;
        console.log(await pool.run(4, { filename: cjs }), await pool.run(4, { filename: cjs, name: 'named' }));
        console.log(await pool.map([1, 2], 'other'));
        console.log(await pool.run(1, { name: 'missing' }).catch((e) => e.code));
        console.log(await pool.run(1, { filename: '/no/such/file.mjs' }).catch((e) => e.code));
        ",
    );
    run([main]).exits(0).prints("{ got: 5 } 2\n8 12\n[ 2, 3 ]\nERR_POOL_NO_SUCH_EXPORT\nERR_MODULE_NOT_FOUND\n");
}

#[test]
fn a_thousand_tiny_tasks_each_get_their_own_result() {
    run_module(
        r"
        import assert from 'node:assert';
        import { Pool } from 'weft:pool';
        const pool = new Pool({ maxThreads: 2 });
        for (let round = 0; round < 3; round++) {
          const tasks = Array.from({ length: 1000 }, (_, i) => pool.run((n) => {
            if (n % 100 === 7) throw new RangeError(`no ${n}`);
            if (n % 100 === 8) return () => {};
            return { n };
          }, { args: [i] }));
          const results = await Promise.allSettled(tasks);
          results.forEach(({ value, reason }, i) => {
            if (i % 100 === 7) assert.ok(reason instanceof RangeError && reason.message === `no ${i}`);
            else if (i % 100 === 8) assert.strictEqual(reason.name, 'DataCloneError');
            else assert.deepStrictEqual(value, { n: i });
          });
        }
        assert.strictEqual(await pool.run((f) => 1, { args: [() => {}] }).catch((e) => e.name), 'DataCloneError');
        assert.strictEqual(pool.completed, 3000);
        await pool.close();
        ",
    )
    .exits(0);
}

#[test]
fn map_keeps_order_whatever_it_maps() {
    run_module(
        r"
        import assert from 'node:assert';
        import { map } from 'weft:pool';
        const n = 20000;
        const expected = Array.from({ length: n }, (_, i) => i * 2);
        assert.deepStrictEqual(await map(expected.map((_, i) => i), (x) => x * 2), expected);
        assert.deepStrictEqual([...await map(Float64Array.from(expected, (_, i) => i), (x) => x * 2)], expected);
        assert.deepStrictEqual(await map((function* () { for (let i = 0; i < n; i++) yield i; })(), (x) => x * 2), expected);
        assert.deepStrictEqual(await map(new Set(['a', 'b']), async (x) => x + x), ['aa', 'bb']);
        assert.deepStrictEqual(await map([], (x) => x), []);
        let taken = 0;
        const failing = map((function* () { for (;;) yield taken++; })(), (x) => { if (x === 50) throw new TypeError('at 50'); });
        await assert.rejects(failing, TypeError);
        const after = taken;
        await new Promise((r) => setTimeout(r, 30));
        assert.strictEqual(taken, after, 'nothing more is taken from the iterable');
        ",
    )
    .exits(0);
}

#[test]
fn errors_come_back_as_what_they_were() {
    run_module(
        r"
        import assert from 'node:assert';
        import { run } from 'weft:pool';
        const error = await run(function thrower() {
          throw Object.assign(new RangeError('bad', { cause: new TypeError('why') }), { code: 'E', info: { a: 1 } });
        }).catch((e) => e);
        assert.ok(error instanceof RangeError && error.cause instanceof TypeError);
        assert.deepStrictEqual([error.message, error.code, error.info], ['bad', 'E', { a: 1 }]);
        assert.match(error.stack, /thrower/);
        assert.strictEqual(await run(() => { throw 5; }).catch((e) => e), 5);
        assert.strictEqual(await run(() => { throw undefined; }).catch((e) => e), undefined);
        assert.strictEqual((await run(() => Promise.reject(new SyntaxError('s'))).catch((e) => e)).name, 'SyntaxError');
        ",
    )
    .exits(0);
}

#[test]
fn a_cancelled_task_leaves_the_isolate_to_the_next() {
    run_module(
        r"
        import assert from 'node:assert';
        import { Pool } from 'weft:pool';
        const pool = new Pool({ maxThreads: 1 });
        await pool.run(() => { globalThis.marker = 'kept'; });
        const controller = new AbortController();
        const running = pool.run(() => { for (;;); }, { signal: controller.signal });
        const queued = pool.run(() => 'never', { signal: controller.signal });
        setTimeout(() => controller.abort(new Error('enough')), 50);
        const error = await running.catch((e) => e);
        assert.deepStrictEqual([error.name, error.code, error.cause.message], ['AbortError', 'ABORT_ERR', 'enough']);
        assert.strictEqual((await queued.catch((e) => e)).code, 'ABORT_ERR');
        assert.strictEqual(await pool.run(() => globalThis.marker), 'kept');
        const late = await pool.run(() => { for (;;); }, { timeout: 30 }).catch((e) => e);
        assert.deepStrictEqual([late.name, late.code], ['TimeoutError', 'ERR_POOL_TASK_TIMEOUT']);
        assert.strictEqual(await pool.run(() => globalThis.marker), 'kept');
        const aborted = await pool.run(() => 1, { signal: AbortSignal.abort() }).catch((e) => e);
        assert.strictEqual(aborted.code, 'ABORT_ERR');
        await pool.close();
        ",
    )
    .exits(0);
}

#[test]
fn a_task_that_ruins_its_isolate_fails_alone() {
    run_module(
        r"
        import assert from 'node:assert';
        import { Pool } from 'weft:pool';
        const pool = new Pool({ maxThreads: 2, resourceLimits: { maxOldGenerationSizeMb: 32 } });
        const code = (fn) => pool.run(fn).catch((e) => e.code ?? e.name);
        assert.strictEqual(await code(() => { const a = []; for (;;) a.push(new Array(1000).fill(1)); }), 'ERR_WORKER_OUT_OF_MEMORY');
        assert.strictEqual(await code(() => process.exit(3)), 'ERR_POOL_TASK_EXITED');
        assert.strictEqual(await code(() => new Promise(() => {})), 'ERR_POOL_TASK_NEVER_SETTLES');
        assert.strictEqual(await code(() => (function f() { f(); })()), 'RangeError');
        assert.strictEqual(await code(() => new Promise(() => { setTimeout(() => { throw new TypeError('late'); }, 1); })), 'TypeError');
        assert.strictEqual(await code(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)), 'TypeError');
        assert.deepStrictEqual(await Promise.all([pool.run(() => 1), pool.run(() => 2)]), [1, 2]);
        await pool.close();
        ",
    )
    .exits(0);
}

#[test]
fn close_finishes_and_destroy_does_not() {
    run_module(
        r"
        import assert from 'node:assert';
        import { Pool } from 'weft:pool';
        const pool = new Pool({ maxThreads: 2 });
        const tasks = Array.from({ length: 20 }, (_, i) => pool.run((n) => n, { args: [i] }));
        const closed = pool.close();
        await assert.rejects(pool.run(() => 1), { code: 'ERR_POOL_CLOSED' });
        assert.strictEqual((await Promise.all(tasks)).length, 20);
        await closed;
        const other = new Pool({ maxThreads: 2 });
        const stuck = Array.from({ length: 6 }, () => other.run(() => { for (;;); }).catch((e) => e.code));
        setTimeout(() => other.destroy(), 40);
        assert.deepStrictEqual([...new Set(await Promise.all(stuck))], ['ERR_POOL_TASK_CANCELLED']);
        await new Pool().close();
        assert.throws(() => new Pool({ maxThreads: 0 }), { code: 'ERR_OUT_OF_RANGE' });
        await assert.rejects(new Pool().run({}), { code: 'ERR_INVALID_ARG_VALUE' });
        ",
    )
    .exits(0);
}

#[test]
fn idle_pool_lets_the_process_end_and_exit_ends_running_tasks() {
    run_module("import { run } from 'weft:pool'; console.log(await run(() => 1));").exits(0).prints("1\n");
    run_module("import { run } from 'weft:pool'; run(() => { for (;;); }); setTimeout(() => process.exit(4), 50);")
        .exits(4);
}

#[test]
fn buffers_move_into_a_task() {
    run_module(
        r"
        import assert from 'node:assert';
        import { run } from 'weft:pool';
        const buffer = new Uint8Array([1, 2, 3]).buffer;
        assert.strictEqual(await run((b) => new Uint8Array(b)[2], { args: [buffer], transferList: [buffer] }), 3);
        assert.strictEqual(buffer.byteLength, 0);
        ",
    )
    .exits(0);
}

#[test]
fn a_callback_that_throws_costs_no_task_its_outcome() {
    run_module(
        r"
        import { Pool } from 'weft:pool';
        process.on('uncaughtException', (error) => console.log('uncaught', error.message));
        await using pool = new Pool({ maxThreads: 1 });
        const report = async () => { (await import('weft:pool')).task.progress(1); return 5; };
        const onProgress = () => { throw new Error('mine'); };
        console.log(await Promise.all([pool.run(report, { onProgress }), pool.run((n) => n * 2, { args: [4] })]));
        ",
    )
    .exits(0)
    .prints("uncaught mine\n[ 5, 8 ]\n");
}
