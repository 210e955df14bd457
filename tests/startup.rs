//! Starting from a snapshot, and from none: what programs see must be the same, whatever became of the files in the cache folder.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Run, TestDir, weft};

/// Touches what a snapshot could get wrong: what belongs to this process and not to the one that made the snapshot, what
/// Rust knows about the context, and each kind of isolate.
const SCRIPT: &str = r"
const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const v8 = require('node:v8');
const vm = require('node:vm');
const { Worker } = require('node:worker_threads');

// Which process this is.
const parent = spawnSync('sh', ['-c', 'echo $PPID']).stdout.toString().trim();
assert.strictEqual(process.pid, Number(parent));
assert.strictEqual(process.env.STARTUP_TEST, 'set');
assert.deepStrictEqual(process.argv.slice(2), ['an', 'argument']);
assert.ok(process.uptime() < 1000);
assert.deepStrictEqual(Object.getOwnPropertyDescriptor(process, 'pid'),
  { value: process.pid, writable: false, enumerable: true, configurable: true });

// Globals that are made when they are looked at.
assert.strictEqual(new URL('http://a/b').pathname, '/b');
assert.strictEqual(typeof structuredClone, 'function');
assert.strictEqual(Buffer.from('x').toString('hex'), '78');
assert.strictEqual(Object.prototype.toString.call(globalThis), '[object global]');
assert.ok(process instanceof require('node:events'));
assert.strictEqual(String(process), '[object process]');

// Contexts of vm are blank, and have what flags add.
assert.deepStrictEqual([...vm.runInNewContext('[typeof process, typeof require, typeof Array, typeof console]')],
  ['undefined', 'undefined', 'function', 'object']);
v8.setFlagsFromString('--expose-gc');
assert.strictEqual(vm.runInNewContext('typeof gc'), 'function');
assert.ok(v8.getHeapStatistics().number_of_native_contexts >= 1);

// Errors and their stacks, source text of built-ins, promises.
assert.match(new Error('e').stack, /startup\.js/);
assert.match(require('node:path').join.toString(), /^function join|^join/);
try { require('./nowhere'); assert.fail(); } catch (error) { assert.strictEqual(error.code, 'MODULE_NOT_FOUND'); }

const order = [];
process.on('exit', (code) => console.log(order.join(' '), code));
process.on('unhandledRejection', (reason) => order.push(`unhandled:${reason}`));
setImmediate(() => order.push('immediate'));
setTimeout(() => order.push('timeout'), 20).unref();
process.nextTick(() => order.push('tick'));
queueMicrotask(() => order.push('microtask'));
Promise.reject('reason');
import('node:path').then((path) => order.push(`import:${typeof path.join}`));

new Worker(`
  const { parentPort, threadId, workerData } = require('node:worker_threads');
  process.nextTick(() => parentPort.postMessage([threadId, workerData, process.env.STARTUP_TEST, typeof gc]));
`, { eval: true, workerData: { list: [1] } }).on('message', ([id, data, variable]) => {
  order.push(`worker:${id}:${data.list[0]}:${variable}`);
  import('weft:pool').then(async ({ Pool }) => {
    const pool = new Pool({ threads: 1 });
    order.push(`pool:${await pool.map([1, 2, 3], (value) => value * 2)}`);
    await pool.close();
    await new Promise((resolve) => setTimeout(resolve, 30));
  });
});
";

const PRINTED: &str = "tick microtask unhandled:reason import:function immediate";

struct Setting {
    dir: TestDir,
    script: PathBuf,
}

impl Setting {
    fn new() -> Self {
        let dir = TestDir::new();
        let script = dir.write("startup.js", SCRIPT);
        Self { dir, script }
    }

    fn cache(&self) -> PathBuf {
        self.dir.path().join("cache")
    }

    fn weft(&self) -> Command {
        let mut command = weft();
        command.env("WEFT_CACHE_DIR", self.cache()).env_remove("WEFT_DISABLE_CODE_CACHE").env("STARTUP_TEST", "set");
        command.env("WEFT_LOG", "weft::snapshot=debug");
        command
    }

    /// Makes the snapshot that processes with these V8 flags use.
    fn prepare(&self, flags: &[&str]) -> Run {
        let run: Run = self.weft().arg("--prepare-cache").args(flags).output().expect("the binary starts").into();
        run.exits(0).prints("")
    }

    fn snapshots(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.cache()).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut files: Vec<_> = files
            .filter(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                name.starts_with("snapshot-") && name.ends_with(".bin")
            })
            .collect();
        files.sort();
        files
    }

    /// Runs the script; whether a snapshot was used.
    #[track_caller]
    fn run(&self, flags: &[&str]) -> bool {
        // Another maker would change what the test is about.
        self.forbid_makers();
        let mut command = self.weft();
        command.args(flags).arg(&self.script).args(["an", "argument"]);
        self.check(command)
    }

    #[track_caller]
    fn check(&self, mut command: Command) -> bool {
        let run = Run::from(command.output().expect("the binary starts")).exits(0);
        let words: Vec<&str> = run.stdout.trim().split(' ').collect();
        let at = |word: &str| words.iter().position(|w| *w == word);
        assert!(at("tick") < at("microtask") && at("microtask") < at("immediate"), "{run:?}");
        for word in PRINTED.split(' ').chain(["worker:1:1:set", "pool:2,4,6", "0"]) {
            assert!(at(word).is_some(), "no {word:?} in {run:?}");
        }
        run.stderr.contains("used=true")
    }

    /// Puts marks where a process that exits would leave one before it starts a maker.
    fn forbid_makers(&self) {
        for path in self.snapshots() {
            fs::write(path.with_extension("making"), "").expect("a mark");
        }
    }
}

fn damage(path: &Path, with: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).expect("a snapshot");
    with(&mut bytes);
    // As a writer does it: other processes may have mapped the old file.
    let own = path.with_extension("damaged");
    fs::write(&own, bytes).expect("a file");
    fs::rename(own, path).expect("renamed");
}

#[test]
fn programs_run_the_same_from_a_snapshot_and_from_none() {
    let setting = Setting::new();
    setting.prepare(&[]);
    assert_eq!(setting.snapshots().len(), 1);
    assert!(setting.run(&[]), "the snapshot is used");
    assert!(!setting.run(&["--no-node-snapshot"]), "or not");
    let mut off = setting.weft();
    off.env("WEFT_DISABLE_CODE_CACHE", "1").arg(&setting.script).args(["an", "argument"]);
    assert!(!setting.check(off), "nor where caches are turned off");
}

#[test]
fn a_process_that_had_none_leaves_one() {
    let setting = Setting::new();
    let mut command = setting.weft();
    command.arg(&setting.script).args(["an", "argument"]);
    assert!(!setting.check(command), "there is none yet");
    // Another process makes it meanwhile; its mark goes when it is done.
    let is_mark = |path: &Path| path.extension().is_some_and(|extension| extension == "making");
    let pending = || {
        let files = fs::read_dir(setting.cache()).expect("the folder").flatten();
        files.map(|entry| entry.path()).any(|path| is_mark(&path))
    };
    while pending() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(setting.run(&[]), "the next one uses it");
}

#[test]
fn v8_flags_have_snapshots_of_their_own() {
    let setting = Setting::new();
    setting.prepare(&[]);
    assert!(!setting.run(&["--no-lazy"]), "that one is for other flags");
    setting.prepare(&["--no-lazy"]);
    assert_eq!(setting.snapshots().len(), 2);
    assert!(setting.run(&["--no-lazy"]) && setting.run(&[]));
    setting.prepare(&["--expose-gc"]);
    setting.forbid_makers();
    let mut command = setting.weft();
    command.args(["--expose-gc", "-p", "typeof gc"]);
    let run = Run::from(command.output().expect("the binary starts")).exits(0).prints("function\n");
    assert!(run.stderr.contains("used=true"), "{run:?}");
}

#[test]
fn damaged_snapshots_are_not_used() {
    let setting = Setting::new();
    setting.prepare(&[]);
    let path = setting.snapshots().pop().expect("a snapshot");
    let whole = fs::read(&path).expect("a snapshot");
    let len = whole.len();
    type Damage<'a> = &'a dyn Fn(&mut Vec<u8>);
    let damages: [Damage; 6] = [
        &|bytes| bytes.clear(),
        &|bytes| bytes.truncate(100),
        &|bytes| bytes.truncate(len - 1),
        &|bytes| bytes[len / 2] ^= 1,
        &|bytes| bytes[8] ^= 1,
        &|bytes| bytes.fill(0xff),
    ];
    for (which, with) in damages.into_iter().enumerate() {
        damage(&path, |bytes| {
            bytes.clone_from(&whole);
            with(bytes);
        });
        assert!(!setting.run(&[]), "damage {which}");
    }
    damage(&path, |bytes| bytes.clone_from(&whole));
    assert!(setting.run(&[]), "undamaged again");
}

#[test]
fn folders_that_are_missing_or_cannot_be_written_to_do_no_harm() {
    let setting = Setting::new();
    let file = setting.dir.write("file", "no folder");
    let mut command = setting.weft();
    command.env("WEFT_CACHE_DIR", file.join("below")).arg(&setting.script).args(["an", "argument"]);
    assert!(!setting.check(command), "a folder that cannot be made");
    let run: Run = setting
        .weft()
        .env("WEFT_CACHE_DIR", file.join("below"))
        .arg("--prepare-cache")
        .output()
        .expect("the binary starts")
        .into();
    run.exits(1).complains("the cache was not prepared");
    let mut command = setting.weft();
    for name in ["WEFT_CACHE_DIR", "HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"] {
        command.env_remove(name);
    }
    command.arg(&setting.script).args(["an", "argument"]);
    assert!(!setting.check(command), "no home");
}

/// Whoever knows the seed of V8's hashes can send a server keys that all fall into one place. V8's own is the same everywhere.
#[test]
fn snapshots_have_hash_seeds_of_their_own() {
    let setting = Setting::new();
    let hash_of_a_text = |flags: &[&str]| {
        let run = setting.prepare(flags);
        let hash = run.stderr.split("hash=").nth(1).and_then(|rest| rest.split_whitespace().next());
        hash.unwrap_or_else(|| panic!("no hash in {run:?}")).to_owned()
    };
    let first = hash_of_a_text(&[]);
    assert!(setting.run(&[]), "it is used");
    assert_ne!(first, hash_of_a_text(&[]));
    // Code that was cached is as good with one seed as with another.
    assert!(setting.run(&[]) && setting.run(&[]));
    hash_of_a_text(&["--rehash-snapshot"]);
    assert!(setting.run(&["--rehash-snapshot"]), "a seed for each process");
}

/// What an isolate and mimalloc keep for later, of which they use little, is not to become resident in pieces of 2 MB where the system
/// makes huge pages of its own accord: the flag `nh` of such a mapping.
#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]
#[test]
fn what_is_kept_for_later_is_not_made_of_huge_pages() {
    if !Path::new("/sys/kernel/mm/transparent_hugepage").exists() {
        return;
    }
    let run = weft()
        .args([
            "-e",
            r"
            const { readFileSync } = require('node:fs');
            const { Worker } = require('node:worker_threads');
            function list(mb) {
              const all = readFileSync('/proc/self/smaps', 'latin1').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).map((text) => {
                const [, start, end] = /^([0-9a-f]+)-([0-9a-f]+)/.exec(text);
                return { mb: (parseInt(end, 16) - parseInt(start, 16)) / 2 ** 20, small: /^VmFlags:.* nh\b/m.test(text) };
              });
              return all.filter((one) => Math.abs(one.mb - mb) < 2);
            }
            const worker = new Worker('require(`node:worker_threads`).parentPort.on(`message`, () => {})', { eval: true });
            worker.on('online', () => {
              for (const mb of [512, 1024]) {
                console.log(mb, list(mb).length > 0, list(mb).every((one) => one.small));
              }
              worker.terminate();
            });
            ",
        ])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&run.stdout), "512 true true\n1024 true true\n");
}
