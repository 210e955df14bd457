//! `fs.Utf8Stream`.

mod common;

use common::{TestDir, run};

/// Runs `body` in an async function, in a folder of its own: `make(options)` gives a stream to `out.txt`, `wait(stream,
/// event)` the event's first argument, `text()` what the file holds.
fn stream(body: &str) -> common::Run {
    let dir = TestDir::new();
    let head = "const fs = require('fs'); const path = require('path');\n\
        const file = path.join(__dirname, 'out.txt'); const text = (name = 'out.txt') => fs.readFileSync(path.join(__dirname, name), 'utf8');\n\
        const make = (options) => new fs.Utf8Stream({ dest: file, ...options });\n\
        const wait = (stream, event) => new Promise((resolve) => stream.once(event, resolve));\n";
    run([dir.write("main.cjs", format!("{head}(async () => {{\n{body}\n}})();"))])
}

#[test]
fn text_is_gathered_and_written() {
    stream(
        "const s = make({ minLength: 8 });\n\
         await wait(s, 'ready');\n\
         console.log(s.fd > 2, s.file === file, s.writing, s.write('1234'), JSON.stringify(text()));\n\
         s.write('5678');\n\
         await wait(s, 'drain');\n\
         console.log(text());\n\
         s.write('\\u00e9');\n\
         s.end();\n\
         await wait(s, 'close');\n\
         console.log(text());\n\
         try { s.write('x'); } catch (e) { console.log(e.code); }",
    )
    .exits(0)
    .prints("true true false true \"\"\n12345678\n12345678\u{e9}\nERR_INVALID_STATE\n");
}

#[test]
fn what_waits_can_be_flushed() {
    stream(
        "const s = make({ minLength: 100, sync: true });\n\
         s.write('a');\n\
         s.flushSync();\n\
         console.log(text());\n\
         s.write('b');\n\
         await new Promise((resolve) => s.flush(resolve));\n\
         console.log(text());\n\
         s.write('lost');\n\
         s.destroy();\n\
         await wait(s, 'close');\n\
         console.log(text());\n\
         const periodic = make({ minLength: 100, periodicFlush: 5, append: false });\n\
         periodic.write('now');\n\
         const hold = setInterval(() => {}, 1e6);\n\
         await wait(periodic, 'write');\n\
         clearInterval(hold);\n\
         console.log(text());\n\
         periodic.destroy();",
    )
    .exits(0)
    .prints("a\nab\nab\nnow\n");
}

#[test]
fn limits_formats_and_files() {
    stream(
        "const small = make({ maxLength: 5, minLength: 50 });\n\
         small.on('drop', (data) => console.log('drop', data));\n\
         small.write('123'); small.write('456'); small.write('45'); small.end();\n\
         await wait(small, 'close');\n\
         console.log(text());\n\
         const bytes = make({ contentMode: 'buffer', append: false, mkdir: true });\n\
         try { bytes.write('text'); } catch (e) { console.log(e.code); }\n\
         bytes.write(Buffer.from([0x68, 0x69]));\n\
         await wait(bytes, 'drain');\n\
         bytes.reopen(path.join(__dirname, 'next.txt'));\n\
         await wait(bytes, 'ready');\n\
         bytes.write(Buffer.from('next'));\n\
         bytes.end();\n\
         await wait(bytes, 'finish');\n\
         console.log(text(), text('next.txt'));\n\
         const lost = make({ dest: path.join(__dirname, 'no', 'such') });\n\
         console.log((await wait(lost, 'error')).code);",
    )
    .exits(0)
    .prints("drop 456\n12345\nERR_INVALID_ARG_TYPE\nhi next\nENOENT\n");
}

#[test]
fn what_the_system_cannot_take_is_written_again() {
    stream(
        "let refused = 0;\n\
         const fake = { ...fs, write(fd, ...rest) {\n\
           if (refused++ > 0) return fs.write(fd, ...rest);\n\
           process.nextTick(rest.pop(), Object.assign(new Error('busy'), { code: 'EAGAIN' }));\n\
         } };\n\
         const s = make({ fs: fake, retryEAGAIN: (error, length, left) => { console.log(error.code, length, left); return true; } });\n\
         s.write('again');\n\
         s.end();\n\
         await wait(s, 'close');\n\
         console.log(text(), refused);\n\
         refused = 0;\n\
         const none = make({ fs: fake, retryEAGAIN: () => false });\n\
         none.write('never');\n\
         console.log((await wait(none, 'error')).code);\n\
         for (const wrong of [{ dest: undefined }, { minLength: 20000 }, { contentMode: 'x' }, { sync: 1 }]) {\n\
           try { make(wrong); } catch (e) { console.log(e.code); }\n\
         }",
    )
    .exits(0)
    .prints(
        "EAGAIN 5 0\nagain 2\nEAGAIN\nERR_INVALID_ARG_TYPE\nERR_INVALID_ARG_VALUE\nERR_INVALID_ARG_VALUE\n\
         ERR_INVALID_ARG_TYPE\n",
    );
}
