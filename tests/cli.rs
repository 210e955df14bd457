//! The command line and bad input: what a person sees who mistypes, and the exit codes scripts rely on.

mod common;

use std::io::Write as _;
use std::process::Stdio;

use common::{Run, TestDir, run, weft};

/// Runs the binary with `text` on standard input.
fn run_with_input(args: &[&str], text: &[u8]) -> Run {
    let mut child = weft()
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(text).expect("the child reads");
    drop(input);
    child.wait_with_output().expect("the child ends").into()
}

#[test]
fn version_and_help_go_to_standard_output() {
    run(["--version"]).exits(0).prints(concat!("v", env!("CARGO_PKG_VERSION"), "\n"));
    let help = run(["--help"]).exits(0);
    assert!(help.stdout.contains("Usage: weft") && help.stdout.contains("-e, --eval"), "{}", help.stdout);
}

#[test]
fn usage_errors_exit_with_9_and_name_the_word() {
    run(["--no-such-flag", "x.js"]).exits(9).complains("bad option: --no-such-flag");
    run(["-Q"]).exits(9).complains("bad option: -Q");
    run(["--eval"]).exits(9).complains("--eval requires an argument");
    run(["--unhandled-rejections=perhaps", "-e", "1"]).exits(9).complains("invalid value for --unhandled-rejections");
    run(["--input-type=python", "-e", "1"]).exits(9).complains("--input-type must be");
}

/// As Node does: a value may not look like a flag, and one that is empty is none.
#[test]
fn values_of_flags_are_read_as_node_reads_them() {
    run(["--title=", "x.js"]).exits(9).complains("--title= requires an argument");
    run(["-e", "-p", "1"]).exits(9).complains("-e requires an argument");
    run(["-p", "-1"]).exits(9).complains("bad option: -1");
    run(["-e", "1 + 1", "-p"]).exits(0).prints("2\n");
    run(["--experimental-nothing", "x.js"]).exits(9).complains("bad option: --experimental-nothing");
    run(["--trace-require-module=some", "x.js"]).exits(9).complains("invalid value for --trace-require-module");
    run(["--disable-proto=hide", "x.js"]).exits(12).complains("invalid mode passed to --disable-proto");
    run(["--max-old-space-size-percentage=101", "x.js"]).exits(9).complains("greater than 0 and up to 100. Got: 101");
    run_with_input(&["-p"], b"5 + 5").exits(0).prints("10\n");
    run_with_input(&["--", "-", "a"], b"console.log(process.argv.slice(1))").exits(0).prints("[ '-', 'a' ]\n");
}

/// Its flags go before those of `NODE_OPTIONS` and of the command line.
#[test]
fn a_configuration_file_holds_flags() {
    let dir = TestDir::new();
    let run_here =
        |args: &[&str]| -> Run { weft().current_dir(dir.path()).args(args).output().expect("starts").into() };
    dir.write("a.mjs", "console.log('imported');");
    dir.write("node.config.json", r#"{"nodeOptions": {"title": "cfg", "import": "./a.mjs"}}"#);
    run_here(&["--experimental-default-config-file", "-p", "process.title"])
        .exits(0)
        .prints("imported\ncfg\n")
        .complains("ExperimentalWarning: --experimental-config-file");
    run_here(&["--experimental-config-file", "--title=cli", "-p", "process.title"]).exits(0).prints("imported\ncli\n");
    dir.write("c.json", r#"{"nodeOptions": {"title": 5}}"#);
    run_here(&["--experimental-config-file=c.json", "-p", "1"])
        .exits(9)
        .complains("Invalid value for --title\n")
        .complains("c.json: invalid content");
    run_here(&["--experimental-config-file=none.json", "-p", "1"]).exits(9).complains("none.json: not found");
}

#[test]
fn the_entry_may_be_a_url() {
    let dir = TestDir::new();
    let run_here =
        |args: &[&str]| -> Run { weft().current_dir(dir.path()).args(args).output().expect("starts").into() };
    dir.write("a.mjs", "console.log(new URL(import.meta.url).search, import.meta.main, process.argv[1]);");
    run_here(&["--entry-url", "a.mjs?x=1"]).exits(0).prints("?x=1 true a.mjs?x=1\n");
    run_here(&["--entry-url", "data:text/javascript,console.log(5)"]).exits(0).prints("5\n");
}

#[test]
fn bash_completes_flags() {
    let script = run(["--completion-bash"]).exits(0).stdout;
    let ask =
        format!("{script}COMP_WORDS=(weft --test-name); COMP_CWORD=1; _weft_complete; echo \"${{COMPREPLY[@]}}\"");
    let output = std::process::Command::new("bash").args(["-c", &ask]).output().expect("bash starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "--test-name-pattern\n");
}

/// Some of them are names of the web platform, too; neither kind is loaded before it is looked at.
#[test]
fn code_on_the_command_line_finds_built_ins_by_name() {
    let getters = "['crypto', 'fs'].map((name) => typeof Object.getOwnPropertyDescriptor(globalThis, name).get)";
    run(["-p", getters]).exits(0).prints("[ 'function', 'function' ]\n");
    run(["-p", "[typeof crypto.createHash, fs === require('fs')]"]).exits(0).prints("[ 'function', true ]\n");
    run(["-p", "crypto = 1, crypto"]).exits(0).prints("1\n");
}

/// Else a file the program opens would get what is written to standard output.
#[cfg(target_os = "linux")]
#[test]
fn a_standard_stream_that_is_closed_is_the_null_device() {
    let binary = env!("CARGO_BIN_EXE_weft");
    let script = "process.exitCode = fs.openSync('/dev/zero') > 2 ? 42 : 1; console.log('nobody reads this')";
    for closed in ["0<&-", "1>&-", "0<&- 1>&- 2>&-"] {
        let line = format!("exec \"$0\" -e \"$1\" {closed}");
        let status = std::process::Command::new("sh").args(["-c", &line, binary, script]).status().expect("sh starts");
        assert_eq!(status.code(), Some(42), "{closed}");
    }
}

/// Writing to a pipe whose other end is closed is an error that programs see.
#[cfg(unix)]
#[test]
fn a_broken_pipe_does_not_end_the_process() {
    let script = "fs.writeSync(2, 'ready'); fs.readSync(0, Buffer.alloc(1)); \
                  try { fs.writeSync(1, 'x') } catch ({ code }) { process.exitCode = code === 'EPIPE' ? 42 : 1 }";
    let mut child = weft()
        .args(["-e", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    drop(child.stdout.take());
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(b"1").expect("the child reads");
    assert_eq!(child.wait().expect("the child ends").code(), Some(42));
}

#[test]
fn v8_flags_are_passed_on() {
    run(["--stack-size=500", "-p", "1 + 1"]).exits(0).prints("2\n");
    run(["--expose-gc", "-p", "typeof gc"]).exits(0).prints("function\n");
    let options = run(["--v8-options"]).exits(0);
    assert!(options.stdout.contains("--stack-size") || options.stdout.contains("--stack_size"), "{}", options.stdout);
}

#[test]
fn eval_and_print_take_their_arguments() {
    run(["-e", "console.log(process.argv.slice(1))", "a", "b"]).exits(0).prints("[ 'a', 'b' ]\n");
    run(["-p", "[1, 2].map((x) => x * 2)"]).exits(0).prints("[ 2, 4 ]\n");
    run(["-p", "require('path').basename('/a/b')"]).exits(0).prints("b\n");
    run(["--input-type=module", "-e", "import { sep } from 'node:path'; console.log(sep.length)"])
        .exits(0)
        .prints("1\n");
    run(["-e", "import { sep } from 'node:path'; console.log(sep.length)"]).exits(0).prints("1\n");
}

#[test]
fn standard_input_is_a_script() {
    run_with_input(&["-"], b"console.log(1 + 1)").exits(0).prints("2\n");
    run_with_input(&[], b"console.log(typeof require)").exits(0).prints("function\n");
    run_with_input(&["-", "x"], b"console.log(process.argv.slice(2))").exits(0).prints("[ 'x' ]\n");
    run_with_input(&["--input-type=module", "-"], b"console.log(typeof import.meta)").exits(0).prints("object\n");
}

#[test]
fn missing_entries_say_which() {
    run(["no-such-file.js"]).exits(1).complains("Cannot find module").complains("no-such-file.js");
    let dir = TestDir::new();
    run([dir.path()]).exits(1).complains("Cannot find module");
    let index = dir.write("index.js", "console.log('index')");
    assert!(index.exists());
    run([dir.path()]).exits(0).prints("index\n");
}

#[cfg(unix)]
#[test]
fn unreadable_entries_say_why() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = TestDir::new();
    let file = dir.write("secret.js", "1");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o000)).expect("own file");
    // The superuser may read everything; then there is nothing to complain about.
    if std::fs::read(&file).is_err() {
        run([&file]).exits(1).complains("EACCES");
    } else {
        run([&file]).exits(0);
    }
}

#[test]
fn syntax_errors_show_file_line_and_caret() {
    let dir = TestDir::new();
    let file = dir.write("bad.js", "let a = 1;\nlet b = ;\n");
    let shown = run([&file]).exits(1);
    let expected = format!("{}:2\nlet b = ;\n        ^\n", file.display());
    assert!(shown.stderr.contains(&expected), "{}", shown.stderr);
    assert!(shown.stderr.contains("SyntaxError: Unexpected token ';'"), "{}", shown.stderr);
    let module = dir.write("bad.mjs", "export const a = 1;\nconst b = ;\n");
    run([&module]).exits(1).complains(&format!("{}:2\n", module.display())).complains("const b = ;\n          ^");
    run([dir.write("bad.json.cjs", "require('./bad.json')"), dir.write("bad.json", "{\"a\": }")])
        .exits(1)
        .complains("bad.json")
        .complains("SyntaxError");
}

#[test]
fn thrown_errors_show_where() {
    let dir = TestDir::new();
    let file = dir.write("throws.js", "function f() {\n  throw new RangeError('too far');\n}\nf();\n");
    run([&file])
        .exits(1)
        .complains(&format!("{}:2\n  throw new RangeError('too far');\n  ^\n", file.display()))
        .complains("RangeError: too far\n    at f (");
}

#[test]
fn check_runs_nothing() {
    let dir = TestDir::new();
    run(["--check".as_ref(), dir.write("good.js", "console.log('ran')").as_os_str()]).exits(0).prints("");
    run(["--check".as_ref(), dir.write("bad.js", "if (").as_os_str()]).exits(1).complains("SyntaxError");
    run(["--check".as_ref(), dir.write("good.mjs", "export const a = await 1").as_os_str()]).exits(0);
    run_with_input(&["--check"], b"let a = 1; console.log('ran')").exits(0).prints("");
    run_with_input(&["--check", "-"], b"let a = ;").exits(1).complains("[stdin]:1\n");
}

#[test]
fn empty_files_and_odd_bytes_are_clear() {
    let dir = TestDir::new();
    run([dir.write("empty.js", "")]).exits(0).prints("");
    run([dir.write("empty.mjs", "")]).exits(0).prints("");
    run([dir.write("bom.js", "\u{feff}console.log('bom')")]).exits(0).prints("bom\n");
    run([dir.write("shebang.js", "#!/usr/bin/env weft\nconsole.log('shebang')")]).exits(0).prints("shebang\n");
    // As in Node, bytes that are not UTF-8 become U+FFFD: a comment in Latin-1 does not stop a script.
    run([dir.write("latin1.js", b"console.log('\xe9'.codePointAt(0).toString(16)) // \xff")]).exits(0).prints("fffd\n");
}

#[test]
fn a_very_large_file_runs() {
    let dir = TestDir::new();
    let mut text = String::with_capacity(200 << 20);
    text.push_str("console.log('large');\n//");
    text.extend(std::iter::repeat_n('x', 200 << 20));
    run([dir.write("large.js", text)]).exits(0).prints("large\n");
}

#[test]
fn preloads_run_first_in_order() {
    let dir = TestDir::new();
    let first = dir.write("first.cjs", "console.log('first')");
    let second = dir.write("second.mjs", "console.log('second')");
    let main = dir.write("main.mjs", "console.log('main')");
    let args = ["-r".as_ref(), first.as_os_str(), "--import".as_ref(), second.as_os_str(), main.as_os_str()];
    run(args).exits(0).prints("first\nsecond\nmain\n");
    run(["-r", "./no-such-preload.js", "-e", "1"]).exits(1).complains("Cannot find module");
}

#[test]
fn environment_files_fill_what_is_not_set() {
    let dir = TestDir::new();
    let file = dir.write("vars.env", "A_FROM_FILE=1 # comment\nB_FROM_FILE=\"two words\"\n");
    let flag = format!("--env-file={}", file.display());
    run([&flag, "-p", "[process.env.A_FROM_FILE, process.env.B_FROM_FILE]"]).exits(0).prints("[ '1', 'two words' ]\n");
    let out = weft().env("A_FROM_FILE", "set").args([&flag, "-p", "process.env.A_FROM_FILE"]).output().expect("starts");
    assert_eq!(String::from_utf8_lossy(&out.stdout), "set\n");
    run(["--env-file=no-such.env", "-e", "1"]).exits(9).complains("no-such.env: not found");
    let file = dir.write("flags.env", "NODE_OPTIONS='--title=of-file --no-warnings'\n");
    let flag = format!("--env-file={}", file.display());
    run([&flag, "-p", "process.title"]).exits(0).prints("of-file\n");
    let out =
        weft().env("NODE_OPTIONS", "--title=outer").args([&flag, "-p", "process.title"]).output().expect("starts");
    assert_eq!(String::from_utf8_lossy(&out.stdout), "outer\n");
}

#[test]
fn weft_options_go_before_the_command_line() {
    let out = weft().env("WEFT_OPTIONS", "--no-warnings").args(["-e", "process.emitWarning('quiet')"]).output();
    assert_eq!(String::from_utf8_lossy(&out.expect("starts").stderr), "");
    let out: Run = weft().env("WEFT_OPTIONS", "script.js").args(["-e", "1"]).output().expect("starts").into();
    out.exits(9).complains("WEFT_OPTIONS");
}

#[test]
fn node_options_hold_flags_for_children_too() {
    let dir = TestDir::new();
    dir.write("pre loaded.cjs", "console.log('loaded', process.execArgv.length);");
    let options = format!("--no-warnings --require \"{}\"", dir.path().join("pre loaded.cjs").display());
    let script = "process.emitWarning('quiet');\n\
        if (!process.env.CHILD) {\n\
          const { execFileSync } = require('child_process');\n\
          process.stdout.write(execFileSync(process.execPath, ['-e', '1'], { env: { ...process.env, CHILD: '1' } }));\n\
        }";
    let out: Run = weft().env("NODE_OPTIONS", options).args(["-e", script]).output().expect("starts").into();
    let out = out.exits(0).prints("loaded 2\nloaded 2\n");
    assert_eq!(out.stderr, "");
    for (options, complaint) in [
        ("-p 1", "-p is not allowed in NODE_OPTIONS"),
        ("--title=\"a", "invalid value for NODE_OPTIONS (unterminated string)"),
    ] {
        let out: Run = weft().env("NODE_OPTIONS", options).args(["-e", "1"]).output().expect("starts").into();
        out.exits(9).complains(complaint);
    }
}

#[test]
fn scripts_of_a_package_are_run_in_its_folder() {
    let dir = TestDir::new();
    let manifest = r#"{ "scripts": {
        "where": "pwd && echo $NODE_RUN_SCRIPT_NAME && tool", "fail": "exit 4", "words": "printf '[%s]'", "odd": 5 } }"#;
    dir.write("package.json", manifest);
    let tool = dir.write("node_modules/.bin/tool", "#!/bin/sh\necho from the bin\n");
    let inner = dir.write("a/b/x", "");
    let run = |args: &[&str]| -> Run {
        weft().args(args).current_dir(inner.parent().expect("a folder")).output().expect("starts").into()
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(tool, std::fs::Permissions::from_mode(0o755)).expect("it may be run");
        let folder = dir.path().display();
        run(&["--run", "where"]).exits(0).prints(&format!("{folder}\nwhere\nfrom the bin\n"));
        run(&["--run=words", "--", "a b", "it's", "$HOME", ""]).exits(0).prints("[a b][it's][$HOME][]");
    }
    run(&["--run", "fail"]).exits(1);
    run(&["--run", "none"]).exits(1).complains("Missing script: \"none\" for ").complains("  fail: exit 4\n");
    run(&["--run", "odd"]).exits(1).complains("Script \"odd\" is unexpectedly not a string");
    run(&["--run"]).exits(9).complains("Available scripts are:\n  where: pwd");
}

#[test]
fn colours_follow_the_environment() {
    let print = |name: &str, value: &str| -> String {
        let out = weft().env(name, value).args(["-e", "console.log(42)"]).output().expect("starts");
        String::from_utf8_lossy(&out.stdout).into_owned()
    };
    assert_eq!(print("FORCE_COLOR", "1"), "\u{1b}[33m42\u{1b}[39m\n");
    assert_eq!(print("NO_COLOR", "1"), "42\n");
}

#[test]
fn nothing_written_is_lost_at_exit() {
    let out = run(["-e", "process.stdout.write('x'.repeat(1 << 20)); console.log('end'); process.exit(5)"]).exits(5);
    assert!(out.stdout.len() == (1 << 20) + 4 && out.stdout.ends_with("end\n"), "{} bytes", out.stdout.len());
}

#[test]
fn absent_modules_are_named() {
    run(["-e", "require('node:no_such_thing')"])
        .exits(1)
        .complains("ERR_UNKNOWN_BUILTIN_MODULE")
        .complains("node:no_such_thing");
    for (source, name) in [("require('trace_events')", "trace_events"), ("import 'wasi'", "wasi")] {
        let told = format!("No such built-in module: {name}");
        run(["-e", source]).exits(1).complains("ERR_UNKNOWN_BUILTIN_MODULE").complains(&told);
    }
    run(["-e", "require('left-pad-that-is-not-here')"]).exits(1).complains("MODULE_NOT_FOUND");
}
