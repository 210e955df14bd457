// Web Streams where their ends meet: what the web platform tests found.
import assert from 'node:assert';

// A source that closes while its destination still wants more.
{
  const got = [];
  const source = new ReadableStream({
    start(controller) {
      controller.enqueue('a');
      controller.enqueue('b');
      controller.close();
    },
  });
  await source.pipeTo(new WritableStream({ write(chunk) { got.push(chunk); } }, { highWaterMark: 3 }));
  assert.deepStrictEqual(got, ['a', 'b']);
}

// A chunk whose size() closes the stream is never read.
{
  let controller;
  const stream = new ReadableStream({ start(c) { controller = c; } }, { size() { controller.close(); return 1; } });
  controller.enqueue('lost');
  assert.deepStrictEqual(await stream.getReader().read(), { value: undefined, done: true });
}

// What a transformer's cancel() does to the streams has happened when the cancelling settles.
{
  const reason = new Error('by cancel');
  let controller;
  const transform = new TransformStream({ start(c) { controller = c; }, async cancel() { controller.error(reason); } });
  const cancelled = transform.readable.cancel('x');
  const closed = transform.writable.close();
  await assert.rejects(cancelled, reason);
  await assert.rejects(closed, reason);
}

// A chunk that is no bytes fails the decoder.
{
  const { readable, writable } = new TextDecoderStream();
  const written = writable.getWriter().write(undefined);
  await assert.rejects(readable.getReader().read(), { code: 'ERR_INVALID_ARG_TYPE' });
  await assert.rejects(written, { code: 'ERR_INVALID_ARG_TYPE' });
}

// Arguments are converted before the encoding is looked up.
for (const Decoder of [TextDecoder, TextDecoderStream]) {
  assert.throws(() => new Decoder('no such', 5), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => new Decoder('no such'), { code: 'ERR_ENCODING_NOT_SUPPORTED' });
}

// What cannot be iterated is shown as it would be in text.
assert.throws(() => ReadableStream.from({ a: { b: 1 } }), {
  code: 'ERR_ARG_NOT_ITERABLE', message: '{ a: [Object] } must be iterable',
});

console.log('ok');
