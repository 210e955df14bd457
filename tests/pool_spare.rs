//! A pool's first thread begins before there is a task for it: tasks cannot tell, and nothing of it stays.

mod common;

#[path = "common/spares.rs"]
mod spares;
use common::{TestDir, run};
#[cfg(target_os = "linux")]
use spares::run_looking;
use spares::{has_spares, run_with, spares_taken};

/// What the log says of a prepared thread that is taken.
const TAKEN: &str = "a spare has become a thread of a pool";

/// Tasks tell what they can about where they run.
const LOOKS: &str = r"
    import { Pool, broadcast } from 'weft:pool';
    import { threads } from 'weft:loop';
    process.env.SET_BEFORE = 'yes';
    const look = async () => {
      const { isMainThread, threadId, threadName, resourceLimits, workerData } = await import('node:worker_threads');
      const { task, isWorkerThread } = await import('weft:pool');
      const caught = (f) => { try { return f(); } catch (error) { return error.code ?? error.name; } };
      return {
        isMainThread, threadId, threadName, resourceLimits, workerData, isWorkerThread, task: typeof task.id,
        argv: process.argv.slice(2), execArgv: process.execArgv, set: [process.env.SET_BEFORE, process.env.OWN],
        chdir: caught(() => process.chdir('/')), wait: caught(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)),
        deep: caught(function deep() { return deep(); }),
      };
    };
    const made = (options) => {
      const pool = new Pool({ maxThreads: 1, ...options });
      return { pool, first: pool.run(look) };
    };
    for (const options of [
      {}, { argv: ['a'], env: { OWN: '1' }, workerData: [1], name: 'named' },
      { execArgv: ['--no-warnings'], resourceLimits: { maxOldGenerationSizeMb: 32, stackSizeMb: 2 } }, { minThreads: 1 },
    ]) {
      const { pool, first } = made(options);
      console.log(JSON.stringify(await first));
      console.log(JSON.stringify(await pool.run(look)));
      console.log(threads().map(({ kind, name, threadId }) => [kind, name, threadId]), pool.threads.map((t) => t.index));
      await pool.close();
    }
    console.log(await broadcast(() => 1 + 1));
";

#[test]
fn a_task_is_the_same_with_and_without_a_spare() {
    let with = run_with(&[], LOOKS).exits(0);
    let without = run_with(&["--no-spare-isolate"], LOOKS).exits(0);
    let expected = without.stdout.replace("\"--no-spare-isolate\"", "");
    assert_eq!(with.stdout, expected);
    assert!(with.stdout.contains("\"threadId\":1,"), "{with:?}");
    assert_eq!(spares_taken(&without, TAKEN), 0);
    if has_spares() {
        // One that is still being made is taken, too.
        assert!(spares_taken(&with, TAKEN) >= 1, "stderr:\n{}", with.stderr);
    }
}

#[test]
fn a_heap_that_is_full_ends_the_task_also_in_an_isolate_made_before() {
    let run = run_with(
        &[],
        r"
        import { Pool } from 'weft:pool';
        for (const resourceLimits of [{ maxOldGenerationSizeMb: 24 }, { maxArrayBufferSizeMb: 16 }]) {
          await using pool = new Pool({ maxThreads: 1, resourceLimits });
          const error = await pool.run(() => {
            const kept = [];
            for (;;) kept.push(new Array(1000).fill(kept.length), new ArrayBuffer(1e5));
          }).catch((error) => error);
          console.log(error.code, await pool.run((a) => a + 1, { args: [1] }));
        }
        ",
    );
    run.exits(0).prints("ERR_WORKER_OUT_OF_MEMORY 2\nERR_WORKER_OUT_OF_MEMORY 2\n");
}

#[test]
fn a_task_that_is_ended_keeps_an_isolate_that_was_made_before() {
    let run = run_with(
        &[],
        r"
        import { Pool } from 'weft:pool';
        await using pool = new Pool({ maxThreads: 1 });
        const before = await pool.run(() => 1);
        const [{ isolateId }] = pool.threads;
        const error = await pool.run(() => { for (;;); }, { timeout: 20 }).catch((error) => error);
        console.log(before, error.code, await pool.run(() => 2), pool.threads[0].isolateId === isolateId);
        ",
    );
    run.exits(0).prints("1 ERR_POOL_TASK_TIMEOUT 2 true\n");
}

#[test]
#[cfg(target_os = "linux")]
fn who_may_start_no_thread_has_none_prepared() {
    let dir = TestDir::new();
    let file = dir.write(
        "main.mjs",
        r"
        import fs from 'node:fs';
        import { Pool } from 'weft:pool';
        const pool = new Pool();
        await pool.run(() => 1).catch((error) => console.log(error.code, error.permission));
        const names = fs.readdirSync('/proc/self/task').map((id) => fs.readFileSync(`/proc/self/task/${id}/comm`, 'utf8'));
        console.log(names.includes('weft-pool-0\n'));
        ",
    );
    run(["--permission".as_ref(), "--allow-fs-read=*".as_ref(), file.as_os_str()])
        .exits(0)
        .prints("ERR_ACCESS_DENIED WorkerThreads\nfalse\n");
}

/// One that nobody takes keeps no process alive, is no loop that others see, and goes, here because V8's flags change.
#[test]
#[cfg(target_os = "linux")]
fn a_spare_comes_with_the_module_and_leaves_nothing_behind() {
    let run = run_looking(
        r"
        import { availableParallelism } from 'node:os';
        import v8 from 'node:v8';
        import { threads } from 'weft:loop';
        const spares = () => threadsNamed('weft-pool-0');
        // The loop's first timer opens what it needs.
        await pause(1);
        assert.strictEqual(spares(), 0);
        const before = descriptors();
        const { Pool, pool } = await import('weft:pool');
        // A thread gives itself its name. With one processor, none is made.
        if (availableParallelism() > 1) await until(() => spares() === 1);
        assert.strictEqual(threads().length, 1, 'it is none of the loops that others see');
        for (let i = 0; i < 5; i++) {
          new Pool();
          new Pool({ maxThreads: 3 });
          assert.ok(spares() <= 1, `${spares()} spares`);
        }
        v8.setFlagsFromString('--stack-size=900');
        await until(() => spares() === 0);
        assert.ok(descriptors() <= before, `${before} descriptors, then ${descriptors()}`);
        // A pool has its thread all the same, and a task that loads the module asks for none.
        const inside = async () => (await import('weft:pool')).isWorkerThread;
        assert.strictEqual(await pool.run(inside), true);
        assert.strictEqual(spares(), 1);
        console.log('done');
        // Not taken by anybody.
        new Pool({ resourceLimits: { maxOldGenerationSizeMb: 50 } });
        ",
    );
    run.exits(0).prints("done\n");
}

#[test]
fn the_process_ends_whatever_the_spare_is_doing() {
    let dir = TestDir::new();
    let file = dir.write(
        "main.mjs",
        r"
        import { Pool, run } from 'weft:pool';
        const after = Number(process.argv[2]);
        const takes = process.argv[3] === 'takes';
        if (takes) run(() => { for (;;); }).catch(() => {});
        if (after === 0) process.exit(3);
        setTimeout(() => process.exit(3), after);
        ",
    );
    for after in 0..8 {
        run([file.as_os_str(), after.to_string().as_ref()]).exits(3);
        run([file.as_os_str(), after.to_string().as_ref(), "takes".as_ref()]).exits(3);
    }
}

/// A pool may be ended before its first thread has run anything.
#[test]
fn a_pool_is_ended_while_its_first_isolate_is_made() {
    let run = run_with(
        &[],
        r"
        import { Pool } from 'weft:pool';
        for (let i = 0; i < 20; i++) {
          const pool = new Pool({ maxThreads: 2 });
          const task = pool.run(() => 1).catch((error) => error.code);
          if (i % 2 === 1) await new Promise(setImmediate);
          await pool.destroy();
          const got = await task;
          if (got !== 1 && got !== 'ERR_POOL_TASK_CANCELLED') console.log(got);
        }
        console.log('done');
        ",
    );
    run.exits(0).prints("done\n");
}
