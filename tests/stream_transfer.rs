//! Web streams that are transferred: by `structuredClone`, to another thread, and what happens when an end goes.

mod common;

use common::{run_module, run_script};

#[test]
fn a_stream_crosses_only_by_transfer_and_unlocked() {
    run_script(
        r"
        const code = (f) => { try { f(); return 'fine'; } catch (e) { return `${e.constructor.name} ${e.name} ${e.message}`; } };
        for (const Stream of [ReadableStream, WritableStream, TransformStream]) {
          console.log(Stream.name, code(() => structuredClone(new Stream())));
          const stream = new Stream();
          const other = structuredClone(stream, { transfer: [stream] });
          const side = stream.readable ?? stream;
          console.log(other instanceof Stream, other !== stream, side.locked, code(() => structuredClone(stream, { transfer: [stream] })));
          console.log(code(() => structuredClone(stream)));
        }
        // Nothing is taken when one of the list cannot go.
        const [free, taken, buffer] = [new ReadableStream(), new ReadableStream(), new ArrayBuffer(4)];
        taken.getReader();
        console.log(code(() => structuredClone(0, { transfer: [free, buffer, taken] })), free.locked, buffer.byteLength);
        ",
    )
    .exits(0)
    .prints(
        "ReadableStream DOMException DataCloneError Object that needs transfer was found in message but not listed in transferList\n\
         true true true DOMException DataCloneError Cannot transfer a locked ReadableStream\n\
         DOMException DataCloneError Object that needs transfer was found in message but not listed in transferList\n\
         WritableStream DOMException DataCloneError Object that needs transfer was found in message but not listed in transferList\n\
         true true true DOMException DataCloneError Cannot transfer a locked WritableStream\n\
         DOMException DataCloneError Object that needs transfer was found in message but not listed in transferList\n\
         TransformStream DOMException DataCloneError Object that needs transfer was found in message but not listed in transferList\n\
         true true true DOMException DataCloneError Cannot transfer a locked ReadableStream\n\
         DOMException DataCloneError Object that needs transfer was found in message but not listed in transferList\n\
         DOMException DataCloneError Cannot transfer a locked ReadableStream false 4\n",
    );
}

#[test]
fn streams_work_in_another_thread() {
    run_module(
        r"
        import { Worker } from 'node:worker_threads';
        const worker = new Worker(`
          const { parentPort } = require('worker_threads');
          const all = async (stream) => { const list = []; for await (const chunk of stream) list.push(chunk); return list; };
          const jobs = {
            read: ({ stream }) => all(stream),
            readError: ({ stream }) => all(stream).catch((e) => [e.name, e.message]),
            cancel: ({ stream }) => stream.cancel('enough'),
            async write({ stream }) {
              const writer = stream.getWriter();
              await Promise.all([writer.write(1), writer.write({ two: 2 }), writer.close()]);
              return 'closed';
            },
            writeBad: ({ stream }) => stream.getWriter().write(() => {}).catch((e) => e.name),
            abort: ({ stream }) => stream.abort('reason'),
            async transform({ stream: { readable, writable } }) {
              const writer = writable.getWriter();
              writer.write('a');
              writer.write('b');
              writer.close();
              return all(readable);
            },
          };
          parentPort.on('message', async (message) => parentPort.postMessage(await jobs[message.job](message)));
        `, { eval: true });
        const send = (job, stream) => new Promise((resolve) => {
          worker.once('message', resolve);
          worker.postMessage({ job, stream }, [stream]);
        });
        const log = [];
        const sink = () => new WritableStream({
          write(chunk) { log.push(chunk); }, close() { log.push('close'); }, abort(e) { log.push('abort', e?.name ?? e); },
        });
        let n = 0;
        console.log(await send('read', new ReadableStream({ pull(c) { if (n++ < 3) c.enqueue({ n }); else c.close(); } })));
        console.log(await send('readError', new ReadableStream({ start(c) { c.error(new RangeError('m')); } })));
        console.log(await send('readError', new ReadableStream({ start(c) { c.enqueue(Symbol('s')); } })));
        await send('cancel', new ReadableStream({ cancel(r) { log.push(r); } }));
        console.log(await send('write', sink()), await send('writeBad', sink()));
        await send('abort', sink());
        while (log.length < 8) await new Promise((r) => setTimeout(r, 1));
        console.log(log);
        console.log(await send('transform', new TransformStream({ transform(c, t) { t.enqueue(c + '!'); } })));
        // A stream that came from there may go back.
        const stream = new ReadableStream({ start(c) { c.enqueue('there and back'); c.close(); } });
        const again = structuredClone(stream, { transfer: [stream] });
        console.log(await send('read', again));
        await worker.terminate();
        ",
    )
    .exits(0)
    .prints(
        "[ { n: 1 }, { n: 2 }, { n: 3 } ]\n[ 'RangeError', 'm' ]\n[ 'DataCloneError', 'Symbol(s) could not be cloned.' ]\n\
         closed DataCloneError\n\
         [\n  'enough',\n  1,\n  { two: 2 },\n  'close',\n  'abort',\n  'DataCloneError',\n  'abort',\n  'reason'\n]\n\
         [ 'a!', 'b!' ]\n[ 'there and back' ]\n",
    );
}

/// Nobody reads, nothing lives on; somebody reads and the other thread ends: an error, not silence.
#[test]
fn streams_keep_threads_only_while_a_chunk_is_waited_for() {
    run_module(
        r"
        import { Worker } from 'node:worker_threads';
        const start = (source) => new Worker(source, { eval: true });
        const message = (worker) => new Promise((resolve) => worker.once('message', resolve));
        for (const Stream of [ReadableStream, WritableStream, TransformStream]) {
          const stream = new Stream();
          structuredClone(stream, { transfer: [stream] });
        }
        // The reader keeps the thread of the source.
        const source = start(`
          let n = 0;
          const stream = new ReadableStream({ pull(c) { setTimeout(() => (n++ < 2 ? c.enqueue(n) : c.close()), 20).unref(); } });
          require('worker_threads').parentPort.postMessage(stream, [stream]);
        `);
        const ended = new Promise((resolve) => source.on('exit', resolve));
        const chunks = [];
        for await (const chunk of await message(source)) chunks.push(chunk);
        console.log(chunks, await ended);

        const leaving = start(`
          const readable = new ReadableStream({ pull(c) { c.enqueue('one'); c.enqueue('two'); process.exit(); } });
          const writable = new WritableStream();
          require('worker_threads').parentPort.postMessage({ readable, writable }, [readable, writable]);
        `);
        const { readable, writable } = await message(leaving);
        const reader = readable.getReader();
        try {
          for (;;) await reader.read();
        } catch (e) {
          console.log(e.name, e.message);
        }
        const writer = writable.getWriter();
        await writer.closed.catch((e) => console.log(e.name));
        await writer.write(1).catch((e) => console.log(e.name));
        ",
    )
    .exits(0)
    .prints("[ 1, 2 ] 0\nAbortError The other end of the stream is gone\nAbortError\nAbortError\n");
}
