//! A thread that is prepared for the next Worker: nobody can tell which Worker had one, and nothing of it stays.

mod common;

#[path = "common/spares.rs"]
mod spares;
use common::{TestDir, run};
#[cfg(target_os = "linux")]
use spares::run_looking;
use spares::{has_spares, run_with, spares_taken};

/// What the log says of a prepared thread that is taken.
const TAKEN: &str = "a spare has become a Worker";

/// Each Worker tells what it can about itself. With a pause before, a spare is there.
const LOOKS: &str = r"
    import { once } from 'node:events';
    import fs from 'node:fs';
    import { SHARE_ENV, Worker, setEnvironmentData } from 'node:worker_threads';
    const source = `
      const threads = require('node:worker_threads');
      const fs = require('node:fs');
      const comm = process.platform === 'linux' ? fs.readFileSync('/proc/thread-self/comm', 'utf8') : '';
      const { parentPort, workerData, resourceLimits, threadId, threadName, isMainThread } = threads;
      parentPort.postMessage({
        comm, workerData, resourceLimits, threadId, threadName, isMainThread,
        keys: Object.keys(threads), loaded: process.moduleLoadList.length > 0, title: process.title, argv: process.argv.slice(1),
        execArgv: process.execArgv, env: [Object.keys(process.env).includes('PATH'), process.env.OWN, process.env.LATE],
        data: threads.getEnvironmentData('data'), cwd: process.cwd(), umask: process.umask(), globals: Object.keys(globalThis),
        date: new Date(0).toString(), stack: (function depth() { try { return 1 + depth(); } catch { return 1; } })() > 5000,
        started: performance.now() > 0, exit: process.exitCode, names: Object.getOwnPropertyNames(process).sort(),
        refused: [process.chdir, process.setuid].map((f) => { try { f('/'); } catch (e) { return e.message; } }),
        eval: module.filename, waits: Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1),
      });
    `;
    async function look(options) {
      const worker = new Worker(source, { eval: true, ...options });
      const id = worker.threadId;
      const [message] = await once(worker, 'message');
      const [code] = await once(worker, 'exit');
      // Numbers that the machine decides.
      console.log(JSON.stringify({ id, code, ...message }));
    }
    const pause = () => new Promise((resolve) => setTimeout(resolve, 60));
    await look({});
    for (const options of [
      {}, { name: 'called by a name that is long' }, { workerData: { a: [1] }, argv: ['x'], env: { OWN: 'own' } },
      { env: SHARE_ENV }, { execArgv: ['--no-warnings'] }, { trackUnmanagedFds: false },
    ]) {
      await pause();
      await look(options);
    }
    process.env.LATE = 'late';
    setEnvironmentData('data', { some: 'data' });
    process.chdir('/');
    await pause();
    await look({});
    process.env.TZ = 'Asia/Tokyo';
    await look({});
    await pause();
    await look({});
";

#[test]
fn a_worker_is_the_same_with_and_without_a_spare() {
    let with = run_with(&[], LOOKS).exits(0);
    let without = run_with(&["--no-spare-isolate"], LOOKS).exits(0);
    // What tells of the flag itself.
    let expected = without.stdout.replace("\"--no-spare-isolate\"", "").replace("[,", "[");
    assert_eq!(with.stdout, expected);
    assert_eq!(spares_taken(&without, TAKEN), 0);
    if has_spares() {
        assert!(spares_taken(&with, TAKEN) >= 8, "stderr:\n{}", with.stderr);
    }
}

#[test]
fn limits_hold_for_a_worker_with_a_spare() {
    let run = run_with(
        &[],
        r"
        import { once } from 'node:events';
        import { Worker } from 'node:worker_threads';
        for (const limits of [undefined, { maxOldGenerationSizeMb: 24 }, { stackSizeMb: 1 }, { maxArrayBufferSizeMb: 4 }]) {
          const worker = new Worker(`
            const { resourceLimits, parentPort, workerData } = require('node:worker_threads');
            let deep;
            try { (function deeper() { deeper(); })(); } catch (error) { deep = error.name; }
            parentPort.postMessage([resourceLimits.maxOldGenerationSizeMb, resourceLimits.stackSizeMb, deep]);
            const kept = [];
            if (workerData?.maxOldGenerationSizeMb) for (;;) kept.push(new Array(1000).fill(1));
            if (workerData?.maxArrayBufferSizeMb) for (;;) kept.push(new ArrayBuffer(1e6));
          `, { eval: true, resourceLimits: limits, workerData: limits });
          worker.on('error', (error) => console.log(error.code));
          const [[old, stack, deep]] = await once(worker, 'message');
          console.log(old === 24, stack, deep);
          await new Promise((resolve) => worker.once('exit', resolve));
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        ",
    );
    run.exits(0).prints(
        "false 4 RangeError\ntrue 4 RangeError\nERR_WORKER_OUT_OF_MEMORY\nfalse 1 RangeError\nfalse 4 RangeError\n\
         ERR_WORKER_OUT_OF_MEMORY\n",
    );
}

#[test]
fn flags_of_the_process_may_be_given_to_a_worker() {
    let run = run_with(
        &["--no-spare-isolate"],
        r"
        import { Worker } from 'node:worker_threads';
        new Worker('console.log(process.execArgv)', { eval: true, execArgv: process.execArgv });
        ",
    );
    run.exits(0).prints("[ '--no-spare-isolate' ]\n");
}

#[test]
#[cfg(target_os = "linux")]
fn a_worker_that_is_refused_starts_no_thread() {
    let dir = TestDir::new();
    let file = dir.write(
        "main.mjs",
        r"
        import fs from 'node:fs';
        import { Worker } from 'node:worker_threads';
        try {
          new Worker('', { eval: true });
        } catch (error) {
          console.log(error.code, error.permission);
        }
        const names = fs.readdirSync('/proc/self/task').map((id) => fs.readFileSync(`/proc/self/task/${id}/comm`, 'utf8'));
        console.log(names.includes('WorkerThread\n'));
        ",
    );
    run(["--permission".as_ref(), "--allow-fs-read=*".as_ref(), file.as_os_str()])
        .exits(0)
        .prints("ERR_ACCESS_DENIED WorkerThreads\nfalse\n");
}

/// A script that asks for no Worker has no thread more than it had; what Workers left behind goes by itself.
#[test]
#[cfg(target_os = "linux")]
fn a_spare_comes_with_the_first_worker_and_goes_when_nobody_wants_it() {
    let run = run_looking(
        r"
        import { once } from 'node:events';
        const spares = () => threadsNamed('WorkerThread');
        const { Worker } = await import('node:worker_threads');
        const { threads } = await import('weft:loop');
        await pause(50);
        assert.strictEqual(spares(), 0);
        const before = descriptors();
        const round = async () => {
          const worker = new Worker('', { eval: true });
          await once(worker, 'exit');
          await pause(30);
          const there = spares();
          assert.strictEqual(threads().length, 1, 'it is none of the loops that others see');
          await until(() => spares() === 0);
          return there;
        };
        const there = await round();
        const memory = [];
        for (let i = 0; i < 10; i++) {
          await round();
          // Without what this thread's own heap came to.
          const { rss, heapTotal, external } = process.memoryUsage();
          memory.push((rss - heapTotal - external) / 2 ** 20);
        }
        // One more Worker while a spare waits: it is not one too many.
        for (let i = 0; i < 5; i++) {
          const worker = new Worker('', { eval: true });
          await once(worker, 'exit');
          await pause(30);
          assert.ok(spares() <= 1, `${spares()} spares`);
        }
        await until(() => spares() === 0);
        assert.ok(descriptors() <= before, `${before} descriptors, then ${descriptors()}`);
        // A spare that is kept is 2.5 MB or more each time; the allocator keeps a few once.
        assert.ok(memory.at(-1) < memory[0] + 12, `MB after each spare: ${memory}`);
        console.log(there);
        ",
    );
    run.exits(0).prints(if has_spares() { "1\n" } else { "0\n" });
}

#[test]
fn the_process_ends_whatever_the_spare_is_doing() {
    let dir = TestDir::new();
    let file = dir.write(
        "main.mjs",
        r"
        import { Worker } from 'node:worker_threads';
        const after = Number(process.argv[2]);
        const worker = new Worker('', { eval: true });
        if (after === 0) process.exit(3);
        // The next spare is made a few ms after this.
        worker.on('exit', () => setTimeout(() => process.exit(3), after - 1));
        ",
    );
    for after in 0..12 {
        run([file.as_os_str(), after.to_string().as_ref()]).exits(3);
    }
    // A spare does not keep the process.
    let file = dir.write("end.mjs", "import { Worker } from 'node:worker_threads'; new Worker('', { eval: true });");
    run([file]).exits(0);
}

#[test]
fn a_worker_that_could_not_be_made_leaves_its_thread_to_the_next() {
    let run = run_with(
        &[],
        r"
        import { once } from 'node:events';
        import { Worker } from 'node:worker_threads';
        for (const resourceLimits of [undefined, { maxOldGenerationSizeMb: 32 }]) {
          try {
            new Worker('', { eval: true, workerData: () => {}, resourceLimits });
          } catch (error) {
            console.log(error.name);
          }
          // Until the isolate is there.
          await new Promise((resolve) => setTimeout(resolve, 100));
          const worker = new Worker('', { eval: true, resourceLimits });
          console.log(worker.threadId, (await once(worker, 'exit'))[0]);
        }
        // Flags that change what isolates are.
        const { default: v8 } = await import('node:v8');
        await new Promise((resolve) => setTimeout(resolve, 100));
        v8.setFlagsFromString('--stack-size=500');
        const worker = new Worker('', { eval: true });
        console.log(worker.threadId, (await once(worker, 'exit'))[0]);
        ",
    );
    if has_spares() {
        assert!(spares_taken(&run, TAKEN) >= 2, "stderr:\n{}", run.stderr);
    }
    run.exits(0).prints("DataCloneError\n1 0\nDataCloneError\n2 0\n3 0\n");
}

#[test]
fn each_worker_is_listed_by_its_own_name() {
    // The first one's thread begins before its name is known, the others' may have been spares.
    let script = "
        const { Worker } = require('node:worker_threads');
        const { threads } = require('weft:loop');
        (async () => {
          for (let i = 0; i < 8; i++) {
            const worker = new Worker('setInterval(() => {}, 1e6)', { eval: true, name: 'name ' + i });
            await new Promise((resolve) => worker.once('online', resolve));
            console.log(threads().find(({ thread }) => thread === worker.threadId).threadName);
            await worker.terminate();
          }
        })();";
    let expected: String = (0..8).map(|i| format!("name {i}\n")).collect();
    for _ in 0..4 {
        common::run_script(script).exits(0).prints(&expected);
    }
}
