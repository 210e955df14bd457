//! The REPL, driven through a pipe: `weft -i`.

mod common;

use std::io::Write as _;
use std::process::Stdio;

use common::{TestDir, weft};

/// What the REPL printed after its greeting for these lines.
fn repl(lines: &str) -> String {
    let mut child = weft()
        .arg("-i")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    child.stdin.take().expect("a pipe").write_all(lines.as_bytes()).expect("the REPL reads");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let (_, after) = text.split_once("for more information.\n").expect("a greeting");
    after.to_owned()
}

#[test]
fn values_are_shown_and_kept_in_underscore() {
    assert_eq!(repl("1 + 1\n_ * 10\n({ a: 1 })\n{ a: 1 }\n"), "> 2\n> 20\n> { a: 1 }\n> { a: 1 }\n> ");
}

#[test]
fn errors_are_shown_without_the_repls_own_frames_and_kept() {
    assert_eq!(
        repl("throw new Error('no')\n_error.message\nnull.x\n"),
        "> Uncaught Error: no\n> 'no'\n> Uncaught TypeError: Cannot read properties of null (reading 'x')\n> "
    );
}

#[test]
fn unfinished_input_goes_on() {
    assert_eq!(
        repl("function f(a,\nb) {\nreturn `${a}\n${b}` }\nf(1, 2)\nf(1\n, 3)\n/* a\n*/ 7\n"),
        "> ... ... ... undefined\n> '1\\n2'\n> ... '1\\n3'\n> ... 7\n> "
    );
    assert_eq!(repl("f(1 2\n.break\n(\n.break\n5\n").matches("Uncaught").count(), 1);
}

#[test]
fn await_at_the_top_keeps_what_it_declares() {
    assert_eq!(
        repl(
            "const a = await Promise.resolve(5)\nlet { b, c: [d] } = await { b: 1, c: [2] }\na + b + d\n\
             async function g() { return await 9 }\nawait g()\nawait Promise.reject(new Error('x'))\n'after'\n"
        ),
        "> undefined\n> undefined\n> 8\n> undefined\n> 9\n> Uncaught Error: x\n    at REPL6:1:73\n> 'after'\n> "
    );
}

#[test]
fn sessions_are_saved_and_loaded() {
    let dir = TestDir::new();
    let file = dir.path().join("session.js");
    let file = file.display();
    repl(&format!("const kept = 6 * 7\n.save {file}\n"));
    let shown = repl(&format!(".load {file}\nkept\n.load {file}.none\n"));
    assert!(shown.contains("42\n"), "{shown}");
    assert!(shown.contains(&format!("Failed to load: {file}.none")), "{shown}");
}

#[test]
fn programs_can_have_repls_of_their_own() {
    common::run_script(
        "const { PassThrough } = require('stream'); const repl = require('repl');\n\
         const input = new PassThrough(), output = new PassThrough(); let text = '';\n\
         output.on('data', (chunk) => { text += chunk; });\n\
         const server = repl.start({ prompt: '? ', input, output, terminal: false, writer: (v) => `<${v}>` });\n\
         server.context.answer = 42; server.defineCommand('hi', function() { this.output.write('hello\\n'); });\n\
         server.on('exit', () => { console.log(JSON.stringify(text)); });\n\
         input.end('answer\\n.hi\\n.exit\\n');",
    )
    .exits(0)
    .prints("\"? <42>\\n? hello\\n\"\n");
}

#[test]
fn what_would_have_to_be_run_is_not_completed() {
    common::run_script(
        "const repl = require('repl'); const { PassThrough } = require('stream');\n\
         const server = repl.start({ input: new PassThrough(), output: new PassThrough() });\n\
         server.complete('[1].glob', (error, [found]) => console.log(found));\n\
         server.complete('glob', (error, [found]) => console.log(found.includes('globalThis')));\n\
         server.close();\n\
         console.log(['1+', '1', 'await 1', 'return', 'let x; let x'].map(repl.isValidSyntax));",
    )
    .exits(0)
    .prints("[]\ntrue\n[ false, true, true, false, false ]\n");
}

#[test]
fn an_import_statement_is_told_how_to_be_written() {
    let told = repl("import fs, { a as b } from 'fs'\nimport * as x from \"y\"\n");
    assert!(told.contains("dynamic import: const { default: fs, a: b } = await import(\"fs\");"), "{told}");
    assert!(told.contains("dynamic import: const x = await import(\"y\");"), "{told}");
}

#[test]
fn an_interface_that_was_closed_does_nothing_more() {
    common::run_script(
        "const { PassThrough } = require('stream');\n\
         const readline = require('readline');\n\
         for (const name of ['prompt', 'pause', 'resume', 'write', 'question']) {\n\
           const closed = readline.createInterface({ input: new PassThrough(), output: new PassThrough() });\n\
           closed.close();\n\
           try { closed[name]('x', () => {}); console.log(name); } catch (error) { console.log(error.code); }\n\
         }",
    )
    .exits(0)
    .prints(&"ERR_USE_AFTER_CLOSE\n".repeat(5));
}

#[test]
fn errors_of_text_that_the_program_made_have_no_place() {
    assert_eq!(
        repl("eval('1+')\nlet a = 1\nlet a = 2\n"),
        "> Uncaught SyntaxError: Unexpected end of input\n> undefined\n> Uncaught SyntaxError: Identifier 'a' has already been declared\n> "
    );
}

/// What it prints on both streams, started with these words and variables.
fn started(words: &[&str], variables: &[(&str, &str)], lines: &str) -> String {
    let mut command = weft();
    command.args(words).envs(variables.iter().copied()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    // One that ends at once reads nothing.
    let _ = child.stdin.take().expect("a pipe").write_all(lines.as_bytes());
    String::from_utf8(child.wait_with_output().expect("it ends").stdout).expect("UTF-8")
}

#[test]
fn the_command_line_may_turn_await_off_and_evaluate_first() {
    let off = started(&["-i", "--no-experimental-repl-await"], &[], "await 5\n");
    assert!(off.contains("SyntaxError: await is only valid"), "{off}");
    let both = started(&["-i", "-p", "var seen = 4; seen + 1"], &[], "seen\n");
    assert!(both.contains("5\n4\n"), "{both}");
    assert!(started(&["-i", "-", "a"], &[], "process.argv.slice(1)\n").contains("> [ '-', 'a' ]\n"));
}

#[test]
fn a_repl_of_the_users_may_take_its_place() {
    let dir = TestDir::new();
    let file = dir.write("mine.js", "console.log('mine', require.main === module);");
    let path = file.to_str().expect("UTF-8");
    assert_eq!(started(&["-i"], &[("NODE_REPL_EXTERNAL_MODULE", path)], ""), "mine true\n");
}

#[test]
fn errors_may_be_handled_by_a_function() {
    let script = "const { PassThrough } = require('stream');\n\
        const input = new PassThrough();\n\
        const handleError = (error) => (error.message === 'quiet' ? 'ignore' : 'print');\n\
        require('repl').start({ input, output: process.stdout, prompt: '', handleError });\n\
        input.end(\"throw new Error('quiet')\\nthrow new Error('loud')\\n\");";
    common::run(["-e", script]).exits(0).prints("Uncaught Error: loud\n");
}
