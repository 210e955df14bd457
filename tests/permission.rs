//! `--permission`: what the operations refuse, how that looks, and that it cannot be gone around.

mod common;

use common::{Run, TestDir, weft};

/// Runs `main.js` in `dir` with these flags.
fn run(dir: &TestDir, flags: &[&str]) -> Run {
    weft().current_dir(dir.path()).args(flags).arg("main.js").output().expect("the binary starts").into()
}

/// `tell(name, function)` prints what a call comes to.
const TELL: &str = "const fs = require('fs');\n\
    const tell = (name, call) => { try { call(); console.log(name, 'done'); } catch (e) {\n\
      console.log(name, e.code, e.permission, e.resource); } };\n";

fn lines(run: &Run) -> Vec<&str> {
    run.stdout.lines().collect()
}

#[test]
fn files_are_read_and_written_where_it_is_allowed() {
    let dir = TestDir::new();
    dir.write("open/a.txt", "a");
    dir.write("shut/b.txt", "b");
    dir.write(
        "main.js",
        format!(
            "{TELL}tell('read', () => fs.readFileSync('open/a.txt'));\n\
             tell('stat', () => fs.statSync('shut/b.txt'));\n\
             tell('exists', () => fs.existsSync('shut/b.txt'));\n\
             tell('dots', () => fs.readFileSync('open/../shut/b.txt'));\n\
             tell('write', () => fs.writeFileSync('open/a.txt', ''));\n\
             tell('append', () => fs.appendFileSync('out/c.txt', 'c'));\n\
             tell('flags', () => fs.openSync('open/a.txt', 'r+'));\n\
             tell('copy', () => fs.copyFileSync('open/a.txt', 'out/d.txt'));\n\
             tell('copy out', () => fs.copyFileSync('shut/b.txt', 'out/d.txt'));\n\
             tell('rename', () => fs.renameSync('out/c.txt', 'shut/c.txt'));\n\
             tell('symlink', () => fs.symlinkSync('../shut', 'out/link'));\n\
             tell('chmod', () => fs.fchmodSync(0, 0o600));\n\
             tell('require', () => require('./shut/b.txt'));\n\
             tell('chdir', () => process.chdir('shut'));\n\
             fs.readFile('shut/b.txt', (e) => console.log('callback', e.code, e.permission));\n\
             fs.promises.rm('shut/b.txt').catch((e) => console.log('promise', e.code, e.permission, e.resource));\n"
        ),
    );
    dir.write("out/x", "");
    let flags = ["--permission", "--allow-fs-read=open/", "--allow-fs-read=out/", "--allow-fs-write=out/*"];
    let run = run(&dir, &flags).exits(0);
    let read = |name: &str, path: &str| format!("{name} ERR_ACCESS_DENIED FileSystemRead {path}");
    let write = |name: &str, path: &str| format!("{name} ERR_ACCESS_DENIED FileSystemWrite {path}");
    let found = lines(&run);
    let expected = [
        "read done".to_owned(),
        read("stat", "shut/b.txt"),
        read("exists", "shut/b.txt"),
        read("dots", "open/../shut/b.txt"),
        write("write", "open/a.txt"),
        "append done".to_owned(),
        write("flags", "open/a.txt"),
        "copy done".to_owned(),
        read("copy out", "shut/b.txt"),
        write("rename", "shut/c.txt"),
        "symlink ERR_ACCESS_DENIED  ".to_owned(),
        "chmod ERR_ACCESS_DENIED  ".to_owned(),
        read("require", &dir.path().join("shut/b.txt").canonicalize().expect("there").to_string_lossy()),
        read("chdir", "shut"),
    ];
    assert_eq!(&found[..expected.len()], expected, "{}", run.stderr);
    let mut later = found[expected.len()..].to_vec();
    later.sort_unstable();
    assert_eq!(
        later,
        ["callback ERR_ACCESS_DENIED FileSystemRead", "promise ERR_ACCESS_DENIED FileSystemWrite shut/b.txt"]
    );
    assert!(dir.path().join("shut/b.txt").exists());
}

#[test]
fn a_path_through_a_link_is_what_the_system_makes_of_it() {
    let dir = TestDir::new();
    dir.write("open/a.txt", "a");
    dir.write("shut/in/b.txt", "b");
    dir.write("shut/secret.txt", "s");
    // open/link/.. is shut/, whatever it looks like.
    std::os::unix::fs::symlink("../shut/in", dir.path().join("open/link")).expect("a link");
    dir.write("main.js", format!("{TELL}tell('read', () => fs.readFileSync('open/link/../secret.txt'));\n"));
    let run = run(&dir, &["--permission", "--allow-fs-read=open"]).exits(0);
    assert!(run.stdout.starts_with("read ERR_ACCESS_DENIED FileSystemRead"), "{}", run.stdout);
}

#[test]
fn processes_threads_and_the_rest_need_their_flags() {
    let dir = TestDir::new();
    dir.write(
        "main.js",
        format!(
            "{TELL}tell('spawn', () => require('child_process').spawnSync('true'));\n\
             tell('execve', () => process.execve('/bin/true', ['true'], {{}}));\n\
             tell('worker', () => new (require('worker_threads').Worker)('', {{ eval: true }}));\n\
             tell('session', () => new (require('inspector').Session)().connect());\n\
             tell('inspector', () => require('inspector').open(0));\n\
             tell('listen', () => require('net').createServer().listen(0, '127.0.0.1'));\n\
             tell('addon', () => process.dlopen({{ exports: {{}} }}, './x.node'));\n\
             tell('internals', () => require('v8').startCpuProfile().stop());\n\
             require('net').connect(1, '127.0.0.1').on('error', (e) => console.log('connect', e.code, e.permission));\n\
             new (require('weft:pool').Pool)().run(() => 1).catch((e) => console.log('pool', e.code, e.permission));\n"
        ),
    );
    let refused = run(&dir, &["--permission"]).exits(0);
    let found = lines(&refused);
    let expected = [
        "spawn ERR_ACCESS_DENIED ChildProcess true",
        "execve ERR_ACCESS_DENIED ChildProcess /bin/true",
        "worker ERR_ACCESS_DENIED WorkerThreads ",
        "session ERR_ACCESS_DENIED Inspector Connect",
        "inspector ERR_ACCESS_DENIED Inspector StartIoThread",
        "listen ERR_ACCESS_DENIED Net 127.0.0.1",
        "addon ERR_DLOPEN_DISABLED undefined undefined",
        "internals done",
    ];
    assert_eq!(&found[..expected.len()], expected, "{}", refused.stderr);
    let mut later = found[expected.len()..].to_vec();
    later.sort_unstable();
    assert_eq!(later, ["connect ERR_ACCESS_DENIED Net", "pool ERR_ACCESS_DENIED WorkerThreads"]);

    dir.write("main.js", format!("{TELL}tell('spawn', () => require('child_process').spawnSync('true'));\n"));
    let allowed = run(&dir, &["--permission", "--allow-child-process"]).exits(0);
    assert_eq!(allowed.stdout, "spawn done\n");
    assert!(
        allowed.stderr.contains("[PERM0002] SecurityWarning: The flag --allow-child-process"),
        "{}",
        allowed.stderr
    );
}

#[test]
fn the_policy_holds_in_workers_pools_and_children() {
    let dir = TestDir::new();
    dir.write("shut.txt", "s");
    dir.write(
        "main.js",
        "const { Worker } = require('worker_threads');\n\
         const code = `try { require('fs').readFileSync('shut.txt'); } catch (e) {\n\
           console.log('worker', e.code, process.permission.has('worker'), process.permission.has('fs.read')); }`;\n\
         new Worker(code, { eval: true }).on('exit', async () => {\n\
           const { Pool } = require('weft:pool');\n\
           const pool = new Pool();\n\
           console.log('pool', await pool.run(() => {\n\
             try { process.getBuiltinModule('fs').readFileSync('shut.txt'); return 'read'; } catch (e) {\n\
               return `${e.code} ${process.permission.has('fs.read')}`; }\n\
           }));\n\
           await pool.close();\n\
           const { execFileSync } = require('child_process');\n\
           const text = `console.log(process.permission.has('child'), process.permission.has('fs.read', 'shut.txt'))`;\n\
           console.log('child', execFileSync(process.execPath, ['-e', text], { encoding: 'utf8' }).trim());\n\
         });\n",
    );
    let flags = ["--permission", "--allow-worker", "--allow-child-process", "--no-warnings", "--allow-fs-read=main.js"];
    let run = run(&dir, &flags).exits(0);
    assert_eq!(
        run.stdout, "worker ERR_ACCESS_DENIED true false\npool ERR_ACCESS_DENIED false\nchild true false\n",
        "{}",
        run.stderr
    );
}

#[test]
fn process_permission_tells_and_gives_back() {
    let dir = TestDir::new();
    dir.write("a/b", "");
    dir.write(
        "main.js",
        "const { has, drop } = process.permission;\n\
         console.log(has('fs'), has('fs.read'), has('fs.read', 'a/b'), has('fs.read', 'main.js'), has('fs.read', '.'));\n\
         console.log(has('child'), has('net'), has('nope'));\n\
         drop('fs.read', 'a');\n\
         drop('net');\n\
         console.log(has('fs.read', 'a/b'), has('net'));\n\
         try { has(1); } catch (e) { console.log(e.code); }\n\
         try { process.permission = undefined; delete process.permission; } catch {}\n\
         console.log(typeof process.permission);\n",
    );
    let run = run(&dir, &["--permission", "--allow-fs-read=a", "--allow-net", "--no-warnings"]).exits(0);
    assert_eq!(
        run.stdout,
        "false false true true false\nfalse true false\nfalse false\nERR_INVALID_ARG_TYPE\nobject\n"
    );
    let mut command = weft();
    command.args(["-p", "process.permission"]);
    assert_eq!(Run::from(command.output().expect("the binary starts")).exits(0).stdout, "undefined\n");
    let mut command = weft();
    command.args(["--allow-worker", "-p", "1"]);
    Run::from(command.output().expect("the binary starts")).exits(1).complains("ERR_MISSING_OPTION");
}
