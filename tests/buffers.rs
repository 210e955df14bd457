//! Buffers: what the modules give out, and text in every length's own way of making it.

mod common;

use common::run_script;

/// The methods of Buffer come with its module, which nothing else here asks for.
#[test]
fn random_bytes_are_a_whole_buffer_without_its_module() {
    run_script("process.exitCode = /^[0-9a-f]{8}$/.test(require('crypto').randomBytes(4).toString('hex')) ? 0 : 1")
        .exits(0);
}

#[test]
fn uuids_of_version_7_begin_with_the_time() {
    run_script(
        r"
        const { match, ok, strictEqual, throws } = require('node:assert');
        const { pseudoRandomBytes, randomBytes, randomUUIDv7 } = require('node:crypto');
        strictEqual(pseudoRandomBytes, randomBytes);
        const made = new Set();
        for (let i = 0; i < 300; i++) {
          const before = Date.now();
          const uuid = randomUUIDv7({ disableEntropyCache: i % 2 === 0 });
          match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
          const time = Number(`0x${uuid.slice(0, 13).replace('-', '')}`);
          ok(time >= before && time <= Date.now(), uuid);
          made.add(uuid);
        }
        strictEqual(made.size, 300);
        throws(() => randomUUIDv7({ disableEntropyCache: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
        ",
    )
    .exits(0);
}

#[test]
fn long_buffers_become_the_text_that_their_pieces_become() {
    run_script(
        r"
        const { strictEqual } = require('node:assert');
        const bytes = Buffer.alloc(1 << 20);
        for (let i = 0, state = 1; i < bytes.length; i++) {
          state = (state * 1103515245 + 12345) & 0x7fffffff;
          bytes[i] = state >> 16;
        }
        // Pieces of a length that base64 needs no padding for.
        const pieced = (part, encoding) => {
          let text = '';
          for (let i = 0; i < part.length; i += 3000) text += part.subarray(i, i + 3000).toString(encoding);
          return text;
        };
        for (const [start, end] of [[0, bytes.length], [0, 16384], [1, 16385], [7, 600000], [5, 30000]]) {
          const part = bytes.subarray(start, end);
          for (const encoding of ['hex', 'base64', 'base64url']) {
            const text = pieced(part, encoding);
            strictEqual(part.toString(encoding), text);
            strictEqual(bytes.toString(encoding, start, end), text);
            strictEqual(bytes[`${encoding}Slice`](start, end), text);
            strictEqual(Buffer.from(text, encoding).equals(part), true);
          }
        }
        const shared = Buffer.from(new SharedArrayBuffer(bytes.length));
        shared.set(bytes);
        strictEqual(shared.toString('hex'), bytes.toString('hex'));
        strictEqual(shared.toString('base64'), bytes.toString('base64'));
        // Only the bytes that are there.
        const liar = Object.defineProperty(Buffer.alloc(20), 'length', { value: 1 << 20 });
        strictEqual(liar.toString('hex').length, 40);
        strictEqual(liar.toString('base64').length, 28);
        ",
    )
    .exits(0);
}

/// By V8's own function for longer ones, with Weft's digits in it (`src/ops/buffer/hex.rs`).
#[test]
fn hex_is_two_digits_for_each_byte() {
    run_script(
        r"
        const { strictEqual } = require('node:assert');
        const digits = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));
        const memory = new ArrayBuffer(10_000, { maxByteLength: 20_000 });
        const bytes = Buffer.from(memory);
        for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 167 + (i >> 8)) & 255;
        const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
        shared.set(bytes);
        const lengths = [...Array(70).keys(), 1023, 1024, 2047, 2048, 2049, 4095, 4096, 5003, 9990];
        for (const length of lengths) {
          for (const start of [0, 1, 7]) {
            const part = bytes.subarray(start, start + length);
            const text = Array.from(part, (byte) => digits[byte]).join('');
            strictEqual(part.toString('hex'), text);
            strictEqual(part.toHex(), text);
            strictEqual(shared.subarray(start, start + length).toHex(), text);
            strictEqual(bytes.toString('hex', start, start + length), text);
          }
        }
        memory.resize(15_000);
        strictEqual(bytes.toString('hex', 9999, 15_000), digits[bytes[9999]] + '00'.repeat(5000));
        memory.resize(100);
        strictEqual(bytes.toString('hex').length, 200);
        ",
    )
    .exits(0);
}

/// Text that is all ASCII is written without looking at it twice, in whichever way V8 keeps it.
#[test]
fn long_text_becomes_the_bytes_that_its_characters_become() {
    run_script(
        r"
        const { strictEqual } = require('node:assert');
        const ascii = 'plain text '.repeat(10_000);
        // A string of two-byte characters of which the part that is left has none.
        const wide = ('\u20ac' + ascii).slice(1);
        for (const text of [ascii, wide, ascii + '\xe9', '\xe9'.repeat(50_000), ascii + '\u20ac', '\ud800'.repeat(40_000)]) {
          strictEqual(Buffer.from(text).toString('latin1'), [...text].map((c) => Buffer.from(c).toString('latin1')).join(''));
          strictEqual(Buffer.from(text, 'utf8').length, Buffer.byteLength(text));
        }
        ",
    )
    .exits(0);
}

#[test]
fn long_text_becomes_its_bytes_wherever_it_is_not_ascii() {
    run_script(
        r"
        const { deepStrictEqual, strictEqual } = require('node:assert');
        const encoder = new TextEncoder();
        const check = (text) => {
          let expected = [];
          for (const character of text) {
            const code = character.codePointAt(0);
            if (code < 0x80) expected.push(code);
            else if (code < 0x800) expected.push(0xc0 | code >> 6, 0x80 | code & 63);
            else expected.push(0xe0 | code >> 12, 0x80 | code >> 6 & 63, 0x80 | code & 63);
          }
          expected = Uint8Array.from(expected);
          strictEqual(Buffer.compare(Buffer.from(text), expected), 0);
          deepStrictEqual(encoder.encode(text), expected);
        };
        // The first calls are those of the interpreter, later ones optimised.
        for (let round = 0; round < 40; round++) {
          for (const length of [1, 63, 64, 65, 1023, 1024, 4096, 40000]) {
            const ascii = 'x'.repeat(length - 1) + 'y';
            check(ascii);
            if (round > 2) continue;
            for (const at of [0, length >> 2, length >> 1, length - 1]) {
              for (const strange of ['\xe9', '\u20ac']) check(ascii.slice(0, at) + strange + ascii.slice(at + 1));
            }
          }
        }
        ",
    )
    .exits(0);
}

/// The thread that gives memory back comes when much was freed, and goes when that is over.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn memory_that_was_freed_is_watched_until_little_is() {
    run_script(
        r"
        const fs = require('node:fs');
        const isWatched = () => fs.readdirSync('/proc/self/task').some((id) => {
          try {
            return fs.readFileSync(`/proc/self/task/${id}/comm`, 'utf8') === 'weft-memory\n';
          } catch { return false; }
        });
        for (let i = 0; !isWatched(); i++) for (let j = 0; j < 20; j++) Buffer.alloc(1 << 20);
        setTimeout(function look() { if (isWatched()) setTimeout(look, 300); }, 300);
        ",
    )
    .exits(0);
}
