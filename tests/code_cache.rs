//! The code cache of large modules: that it is used, that nothing changes by it but the time, and when there is none.
#![cfg(unix)]

mod common;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::{Run, TestDir, weft};

/// Text that is long enough to be worth a cache, and runs.
fn long(marker: &str) -> String {
    let mut text = String::new();
    for i in 0.. {
        if text.len() > 80 * 1024 {
            break;
        }
        let _ =
            writeln!(text, "function filler{i}(value) {{ return [value, '{marker} {i}', (other) => other + {i}]; }}");
    }
    text + "filler0(1); filler1(2)[2](3);\n"
}

/// A scratch directory with a cache folder of its own.
struct Setting(TestDir);

impl Setting {
    fn new() -> Self {
        Self(TestDir::new())
    }

    fn cache(&self) -> PathBuf {
        self.0.path().join("cache")
    }

    fn folder(&self) -> PathBuf {
        self.cache().join("code")
    }

    fn weft(&self) -> Command {
        let mut command = weft();
        command.env("WEFT_CACHE_DIR", self.cache()).env("WEFT_LOG", "weft::ops::user_code=debug");
        for name in
            ["WEFT_DISABLE_CODE_CACHE", "NODE_DISABLE_COMPILE_CACHE", "NODE_COMPILE_CACHE", "WEFT_CODE_CACHE_LIMIT"]
        {
            command.env_remove(name);
        }
        // No process is to be started to make a snapshot.
        command.arg("--no-node-snapshot");
        command
    }

    #[track_caller]
    fn run(&self, file: &Path) -> Run {
        self.weft().arg(file).output().expect("the binary starts").into()
    }

    /// The files of compiled code.
    fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder()).into_iter().flatten().flatten();
        let files = entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "code"));
        let mut files: Vec<_> = files.collect();
        files.sort();
        files
    }
}

/// How often events of the cache say `what`.
fn events(run: &Run, what: &str) -> usize {
    run.stderr.lines().filter(|line| line.contains("weft::ops::user_code: ") && line.contains(what)).count()
}

/// Asserts how many texts were compiled, taken from the cache, and kept.
#[track_caller]
fn assert_events(run: &Run, compiled: usize, used: usize, kept: usize) {
    let found = [events(run, ": compiled "), events(run, ": used "), events(run, ": kept ")];
    assert_eq!(found, [compiled, used, kept], "compiled, used, kept in\n{}", run.stderr);
}

#[test]
fn the_second_run_uses_what_the_first_compiled() {
    let setting = Setting::new();
    setting.0.write("lib.cjs", long("lib") + "module.exports = 'cjs';");
    setting.0.write("lib.mjs", long("lib") + "export default 'esm';");
    setting.0.write("lib.mts", long("lib") + "export default 'ts' as string;");
    let main = setting.0.write(
        "main.mjs",
        "import a from './lib.cjs'; import b from './lib.mjs'; import c from './lib.mts'; console.log(a, b, c);",
    );
    assert_events(&setting.run(&main).exits(0).prints("cjs esm ts\n"), 3, 0, 3);
    assert_eq!(setting.files().len(), 3);
    assert_events(&setting.run(&main).exits(0).prints("cjs esm ts\n"), 0, 3, 0);
    assert_eq!(setting.files().len(), 3);
}

#[test]
fn short_texts_and_texts_without_a_file_leave_nothing() {
    let setting = Setting::new();
    setting.0.write("lib.cjs", long("short")[..60_000].rsplit_once('\n').expect("lines").0);
    let main = setting.0.write(
        "main.mjs",
        "import './lib.cjs'; import vm from 'node:vm';\n\
         const text = '0;'.repeat(50_000) + '7';\n\
         console.log(vm.runInThisContext(text), eval(text), new Function('return ' + '1+'.repeat(50_000) + '1')());\n\
         await import('data:text/javascript,' + text);\n",
    );
    let run = setting.run(&main).exits(0).prints("7 7 50001\n");
    assert_events(&run, 0, 0, 0);
    assert!(!setting.folder().exists());
    let text = format!("console.log({}1)", "0+".repeat(40_000));
    let run: Run = setting.weft().args(["-e", &text]).output().expect("the binary starts").into();
    assert_events(&run.exits(0).prints("1\n"), 0, 0, 0);
    assert!(!setting.folder().exists());
}

#[test]
fn those_who_do_not_want_it_get_none() {
    let setting = Setting::new();
    let main = setting.0.write("main.cjs", long("main") + "console.log('ran');");
    let explicit = setting.0.path().join("explicit");
    for (name, value) in [
        ("WEFT_DISABLE_CODE_CACHE", "1".as_ref()),
        ("NODE_DISABLE_COMPILE_CACHE", "1".as_ref()),
        ("WEFT_CODE_CACHE_LIMIT", "0".as_ref()),
        // Whoever names a folder has the code there.
        ("NODE_COMPILE_CACHE", explicit.as_os_str()),
        // Coverage is exact only in code that V8 compiled itself.
        ("NODE_V8_COVERAGE", setting.0.path().join("coverage").as_os_str()),
    ] {
        let run: Run = setting.weft().env(name, value).arg(&main).output().expect("the binary starts").into();
        assert_events(&run.exits(0).prints("ran\n"), 0, 0, 0);
        assert!(!setting.folder().exists(), "{name}");
    }
    assert_eq!(std::fs::read_dir(&explicit).expect("a cache").count(), 1);
    let main = setting.0.write(
        "dir.cjs",
        long("dir")
            + "console.log(require('node:module').getCompileCacheDir());\n\
            require('node:inspector').Session; new (require('node:inspector').Session)().connect();",
    );
    assert_events(&setting.run(&main).exits(0).prints("undefined\n"), 1, 0, 0);
    assert!(setting.files().is_empty(), "a session had V8's ear");
}

#[test]
fn a_damaged_file_is_refused_and_replaced() {
    let setting = Setting::new();
    let main = setting.0.write("main.cjs", long("main") + "console.log(filler7(1)[1]);");
    setting.run(&main).exits(0);
    let [file] = &setting.files()[..] else { panic!("one file") };
    let whole = std::fs::read(file).expect("a file");
    let mut damaged = vec![Vec::new(), whole[..10].to_vec(), whole[..56].to_vec(), whole[..whole.len() - 1].to_vec()];
    for at in [0, 20, 41, 49, 56, 60, 200, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        damaged.push(bytes);
    }
    for bytes in damaged {
        std::fs::write(file, &bytes).expect("written");
        assert_events(&setting.run(&main).exits(0).prints("main 7\n"), 1, 0, 1);
        assert_ne!(std::fs::read(file).expect("a file"), bytes, "it is replaced");
        assert_events(&setting.run(&main).exits(0).prints("main 7\n"), 0, 1, 0);
    }
    // The file of another text under this name, and one that V8 would refuse.
    let other = setting.0.write("other.cjs", long("other"));
    setting.run(&other).exits(0);
    let other = setting.files().into_iter().find(|path| path != file).expect("another file");
    std::fs::copy(other, file).expect("copied");
    assert_events(&setting.run(&main).exits(0).prints("main 7\n"), 1, 0, 1);
}

#[test]
fn what_v8_refuses_is_compiled_and_replaced() {
    let setting = Setting::new();
    let main = setting.0.write("main.cjs", long("main") + "console.log(filler7(1)[1]);");
    setting.run(&main).exits(0);
    let [file] = &setting.files()[..] else { panic!("one file") };
    let mut bytes = std::fs::read(file).expect("a file");
    // V8's own header: another version. Ours is made to fit.
    bytes[56 + 4] ^= 1;
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes[8..48]);
    hasher.update(&bytes[56..]);
    bytes[48..52].copy_from_slice(&hasher.finalize().to_le_bytes());
    std::fs::write(file, &bytes).expect("written");
    let run = setting.run(&main).exits(0).prints("main 7\n");
    assert_events(&run, 1, 0, 1);
    assert_eq!(events(&run, "rejected=true"), 1, "{}", run.stderr);
    assert_events(&setting.run(&main).exits(0).prints("main 7\n"), 0, 1, 0);
}

#[test]
fn another_text_has_another_entry_and_the_path_does_not_matter() {
    let setting = Setting::new();
    let main = setting.0.write(
        "main.cjs",
        long("first") + "console.log(filler0(1)[1], __filename, new Error('e').stack.split('\\n')[1]);",
    );
    assert_events(&setting.run(&main).exits(0), 1, 0, 1);
    // The same length, which is all that V8 looks at itself.
    let text = std::fs::read_to_string(&main).expect("a file");
    setting.0.write("main.cjs", text.replace("first", "other"));
    let run = setting.run(&main).exits(0);
    assert!(run.stdout.starts_with("other 0 "), "{}", run.stdout);
    assert_events(&run, 1, 0, 1);
    assert_eq!(setting.files().len(), 2);
    // The first text again, elsewhere: names are those of the new place.
    let moved = setting.0.write("elsewhere/moved.cjs", text);
    let run = setting.run(&moved).exits(0);
    assert_events(&run, 0, 1, 0);
    assert!(run.stdout.starts_with("first 0 "), "{}", run.stdout);
    assert_eq!(run.stdout.matches("elsewhere/moved.cjs").count(), 2, "{}", run.stdout);
    // Other flags of V8 make other code.
    let run: Run =
        setting.weft().args(["--no-opt", &main.to_string_lossy()]).output().expect("the binary starts").into();
    assert_events(&run.exits(0), 1, 0, 1);
    assert_eq!(setting.files().len(), 3);
}

#[test]
fn one_text_as_two_kinds_of_module_is_two_entries() {
    let setting = Setting::new();
    let text = long("both") + "console.log(typeof this, typeof filler0);";
    let (script, module) = (setting.0.write("both.cjs", &text), setting.0.write("both.mjs", &text));
    for (compiled, used) in [(1, 0), (0, 1)] {
        assert_events(&setting.run(&script).exits(0).prints("object function\n"), compiled, used, compiled);
        assert_events(&setting.run(&module).exits(0).prints("undefined function\n"), compiled, used, compiled);
    }
    assert_eq!(setting.files().len(), 2);
}

#[test]
fn code_from_the_cache_is_what_the_text_says() {
    let setting = Setting::new();
    setting.0.write("dep.mjs", "export const dep = import.meta.filename.split('/').at(-1);");
    let probe = "
        function thrower(depth) {
          if (depth === 0) throw new TypeError('deep \u{e4}');
          return thrower(depth - 1);
        }
        class Named { #secret = 1; static { this.made = new Named().#secret; } method() { return this.#secret; } }
        async function* generator() { yield* [1, 2]; yield await import('./dep.mjs').then((m) => m.dep); }
        const report = async () => {
          const out = [];
          try { thrower(3); } catch (error) { out.push(error.stack); }
          out.push(thrower.toString(), Named.toString(), filler9.toString(), (() => filler3).toString(), Named.made);
          for await (const value of generator()) out.push(value);
          out.push(typeof lazy, new Function('a', 'return a + 1')(1), eval('typeof filler5'));
          return out.join('\\n');
        };
        function lazy() { return `template ${[1, 2].map((x) => x ** 2)}`; }
    ";
    let body = "report().then((text) => { console.log(text); if (process.argv[2]) console.log(lazy()); });";
    let script = setting.0.write("script.cjs", long("script \u{4e16}") + probe + body);
    let module = setting.0.write(
        "module.mjs",
        long("module")
            + probe
            + body
            + "\nconsole.log(import.meta.url, import.meta.filename, import.meta.resolve('./dep.mjs'));",
    );
    let typed = setting.0.write("typed.mts", long("typed") + "let typed: number = 1;\n" + probe + body);
    for file in [script, module, typed] {
        let first = setting.run(&file).exits(0);
        assert_events(&first, 1, 0, 1);
        let second = setting.run(&file).exits(0);
        assert_events(&second, 0, 1, 0);
        assert_eq!(first.stdout, second.stdout);
        assert!(first.stdout.contains("deep \u{e4}") && first.stdout.contains("dep.mjs"), "{}", first.stdout);
        // A function that the first run never called.
        let third: Run = setting.weft().arg(&file).arg("more").output().expect("the binary starts").into();
        let expected = format!("{}template 1,4\n", second.stdout);
        assert_events(&third.exits(0).prints(&expected), 0, 1, 0);
    }
}

#[test]
fn errors_of_syntax_and_uncaught_ones_say_the_same() {
    let setting = Setting::new();
    let broken = setting.0.write("broken.cjs", long("broken") + "\nlet let = 1;\n");
    let uncaught = setting.0.write("uncaught.cjs", long("uncaught") + "\nfiller0(null.x);\n");
    for file in [&broken, &uncaught] {
        let shown = |run: Run| -> String {
            let lines = run.exits(1).stderr;
            lines.lines().filter(|line| !line.contains("weft::ops::user_code")).collect::<Vec<_>>().join("\n")
        };
        let first = shown(setting.run(file));
        assert!(first.contains("Error") && first.contains(&*file.to_string_lossy()), "{first}");
        assert_eq!(shown(setting.run(file)), first);
    }
    assert_eq!(setting.files().len(), 1, "what does not compile is not kept");
}

#[test]
fn many_writers_at_once_leave_one_whole_file() {
    let setting = Setting::new();
    let main = setting.0.write("main.cjs", long("main") + "console.log(filler7(1)[1]);");
    let start = || setting.weft().arg(&main).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    let children: Vec<_> = (0..20).map(|_| start()).collect();
    for child in children {
        Run::from(child.wait_with_output().expect("it ends")).exits(0).prints("main 7\n");
    }
    assert_eq!(setting.files().len(), 1);
    let temporary = std::fs::read_dir(setting.folder()).expect("a folder").flatten();
    assert_eq!(temporary.filter(|entry| entry.path().extension().is_some_and(|e| e == "tmp")).count(), 0);
    assert_events(&setting.run(&main).exits(0), 0, 1, 0);
}

#[test]
fn the_folder_is_the_users_alone_and_does_without_where_it_cannot_be() {
    use std::os::unix::fs::PermissionsExt as _;
    let setting = Setting::new();
    let main = setting.0.write("main.cjs", long("main") + "console.log('ran'); process.exitCode = 3;");
    setting.run(&main).exits(3).prints("ran\n");
    let mode = |path: &Path| std::fs::metadata(path).expect("it exists").permissions().mode() & 0o777;
    assert_eq!(mode(&setting.folder()), 0o700);
    assert_eq!(mode(&setting.files()[0]), 0o600);
    // Others may write to it.
    std::fs::remove_dir_all(setting.folder()).expect("removed");
    std::fs::create_dir(setting.folder()).expect("made");
    std::fs::set_permissions(setting.folder(), std::fs::Permissions::from_mode(0o777)).expect("changed");
    assert_events(&setting.run(&main).exits(3).prints("ran\n"), 1, 0, 0);
    assert!(setting.files().is_empty());
    // There is none and cannot be.
    std::fs::remove_dir_all(setting.cache()).expect("removed");
    std::fs::write(setting.cache(), "a file").expect("written");
    let run = setting.run(&main).exits(3).prints("ran\n");
    assert_eq!(events(&run, "not kept"), 1, "{}", run.stderr);
}

#[test]
fn permissions_are_asked_for() {
    let setting = Setting::new();
    let main = setting.0.write("main.cjs", long("main") + "console.log('ran');");
    let run = |flags: &[&str]| -> Run {
        let read = format!("--allow-fs-read={}", main.display());
        let run: Run =
            setting.weft().args(["--permission", &read]).args(flags).arg(&main).output().expect("starts").into();
        run.exits(0).prints("ran\n")
    };
    assert_events(&run(&[]), 1, 0, 0);
    assert!(!setting.folder().exists());
    let folder = format!("{}/*", setting.cache().display());
    let (read, write) = (format!("--allow-fs-read={folder}"), format!("--allow-fs-write={folder}"));
    assert_events(&run(&[&write]), 1, 0, 1);
    assert_events(&run(&[]), 1, 0, 0);
    assert_events(&run(&[&read]), 0, 1, 0);
}

#[test]
fn one_worker_compiles_for_all_and_later_processes() {
    let setting = Setting::new();
    setting.0.write("lib.cjs", long("lib") + "module.exports = filler7(1)[1];");
    let main = setting.0.write(
        "main.mjs",
        "import { Worker } from 'node:worker_threads';\n\
         const one = () => new Promise((resolve, reject) => new Worker(new URL('./worker.mjs', import.meta.url))\n\
           .on('message', resolve).on('error', reject).on('exit', reject));\n\
         console.log((await Promise.all(Array.from({ length: 8 }, one))).join());\n",
    );
    setting.0.write(
        "worker.mjs",
        "import lib from './lib.cjs'; import { parentPort } from 'node:worker_threads'; parentPort.postMessage(lib);",
    );
    let line = format!("{}\n", ["lib 7"; 8].join(","));
    let run = setting.run(&main).exits(0).prints(&line);
    assert_eq!([events(&run, ": compiled "), events(&run, ": used ")], [1, 7], "{}", run.stderr);
    // Whether the one that compiled came to keep it, before the process ended, is not said; one that ends by itself does.
    let alone = setting.0.write(
        "alone.mjs",
        "import { Worker } from 'node:worker_threads'; new Worker(new URL('./worker.mjs', import.meta.url));",
    );
    setting.run(&alone).exits(0);
    assert_eq!(setting.files().len(), 1);
    let run = setting.run(&main).exits(0).prints(&line);
    assert_eq!([events(&run, ": compiled "), events(&run, ": used ")], [0, 8], "{}", run.stderr);
}

#[test]
fn text_that_turns_out_to_be_a_module_is_compiled_once_as_that() {
    let setting = Setting::new();
    // Compiled as CommonJS first, which fails at the very end.
    setting.0.write("lib.js", long("lib") + "export default filler7(1)[1];");
    setting.0.write(
        "worker.mjs",
        "import lib from './lib.js'; (await import('node:worker_threads')).parentPort.postMessage(lib);",
    );
    let main = setting.0.write(
        "main.mjs",
        "import { Worker } from 'node:worker_threads';\n\
         const one = () => new Promise((resolve) => new Worker(new URL('./worker.mjs', import.meta.url)).on('message', resolve));\n\
         console.log((await Promise.all(Array.from({ length: 8 }, one))).join());\n",
    );
    let run = setting.run(&main).exits(0).prints(&format!("{}\n", ["lib 7"; 8].join(",")));
    assert_eq!([events(&run, ": compiled "), events(&run, ": used ")], [1, 7], "{}", run.stderr);
}

#[test]
fn a_pool_compiles_once_and_keeps_it() {
    let setting = Setting::new();
    setting.0.write("task.mjs", long("task") + "export default (n) => filler7(n)[1];");
    let main = setting.0.write(
        "main.mjs",
        "import { Pool } from 'weft:pool';\n\
         const pool = new Pool({ threads: 2, filename: new URL('./task.mjs', import.meta.url).href });\n\
         console.log(await pool.run(1)); await pool.close();\n",
    );
    let run = setting.run(&main).exits(0).prints("task 7\n");
    assert_events(&run, 1, 0, 1);
    let run = setting.run(&main).exits(0).prints("task 7\n");
    assert_eq!([events(&run, ": compiled "), events(&run, ": kept ")], [0, 0], "{}", run.stderr);
    assert!(events(&run, ": used ") >= 1);
}

#[test]
fn a_process_that_runs_on_keeps_it_before_it_is_killed() {
    use std::io::{BufRead as _, BufReader};
    let setting = Setting::new();
    let main = setting.0.write("main.cjs", long("main") + "console.log('serving'); setInterval(() => {}, 1000);");
    let mut child = setting.weft().arg(&main).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("starts");
    // Ends with the pipe if the process does.
    let lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    let kept = lines.map_while(Result::ok).any(|line| line.contains(": kept "));
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert!(kept);
    assert_eq!(setting.files().len(), 1);
}

#[test]
fn one_that_is_killed_at_once_leaves_nothing() {
    let setting = Setting::new();
    let main = setting
        .0
        .write("main.cjs", long("main") + "process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);");
    assert_eq!(setting.run(&main).code, None);
    let abort = setting.0.write("abort.cjs", long("abort") + "process.abort();");
    assert_eq!(setting.run(&abort).code, None);
    assert!(setting.files().is_empty());
}

#[test]
fn the_folder_is_bounded() {
    let setting = Setting::new();
    let texts: Vec<_> = (0..30).map(|i| setting.0.write(&format!("{i}.cjs"), long(&format!("text {i}")))).collect();
    let mut most = 0;
    let mut run = |file: &Path| {
        let run: Run = setting.weft().env("WEFT_CODE_CACHE_LIMIT", "4").arg(file).output().expect("starts").into();
        let total: u64 = setting.files().iter().map(|path| std::fs::metadata(path).expect("a file").len()).sum();
        most = most.max(total);
        run.exits(0)
    };
    // Each of them compiles all functions, so that files are large.
    for file in &texts {
        let all = std::fs::read_to_string(file).expect("a file");
        let calls: String =
            (0..all.matches("function filler").count()).map(|i| format!("filler{i}({i})[2](1);\n")).collect();
        std::fs::write(file, all + &calls).expect("written");
        assert_events(&run(file), 1, 0, 1);
    }
    assert_events(&run(&texts[29]), 0, 1, 0);
    assert!(setting.files().len() < 30, "{}", setting.files().len());
    assert!(most <= 4 << 20, "{most} bytes");
}
