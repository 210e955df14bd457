//! Around modules: customization hooks in a thread, the compile cache on disk, source maps, flags that act before the
//! program does.

mod common;

use common::{TestDir, run, weft};

#[test]
fn registered_hooks_run_in_their_thread() {
    let dir = TestDir::new();
    dir.write("real.mjs", "export const x = 'real';");
    dir.write(
        "hooks.mjs",
        "import { isMainThread } from 'node:worker_threads';\n\
         let given;\n\
         export async function initialize(data) { given = data.text; }\n\
         export async function resolve(specifier, context, next) {\n\
           if (specifier.startsWith('virtual:')) return { url: specifier, format: 'module', shortCircuit: true };\n\
           await new Promise((resolve) => setTimeout(resolve, 2));\n\
           return next(specifier, context);\n\
         }\n\
         export async function load(url, context, next) {\n\
           if (url === 'virtual:bad') throw Object.assign(new RangeError('refused'), { code: 'ERR_MINE' });\n\
           if (url.startsWith('virtual:')) {\n\
             return { format: 'module', source: `export default '${given} ${isMainThread}'`, shortCircuit: true };\n\
           }\n\
           const result = await next(url, context);\n\
           return { ...result, source: String(result.source).replace('real', 'changed') };\n\
         }\n",
    );
    let main = dir.write(
        "main.mjs",
        "import { register } from 'node:module';\n\
         register('./hooks.mjs', import.meta.url, { data: { text: 'hello' } });\n\
         console.log((await import('virtual:a')).default, (await import('./real.mjs')).x);\n\
         await import('virtual:bad').catch((e) => console.log(e instanceof RangeError, e.code, e.message));\n\
         await import('./none.mjs').catch((e) => console.log(e.code));\n",
    );
    run([main]).exits(0).prints("hello false changed\ntrue ERR_MINE refused\nERR_MODULE_NOT_FOUND\n");
}

#[test]
fn compiled_code_is_kept_and_damage_does_no_harm() {
    let dir = TestDir::new();
    dir.write("lib.js", "module.exports = function answer() { return 42; }; module.exports();");
    dir.write("lib.mjs", "export function seven() { return 7; } seven();");
    let main = dir.write(
        "main.js",
        "const { enableCompileCache, getCompileCacheDir, constants } = require('module');\n\
         const { status, directory } = enableCompileCache(process.argv[2]);\n\
         console.log(status === constants.compileCacheStatus.ENABLED, getCompileCacheDir() === directory);\n\
         console.log(enableCompileCache().status === constants.compileCacheStatus.ALREADY_ENABLED);\n\
         console.log(require('./lib')()); import('./lib.mjs').then(({ seven }) => console.log(seven()));",
    );
    let cache = dir.path().join("cache");
    let once = || run([main.as_os_str(), cache.as_os_str()]).exits(0).prints("true true\ntrue\n42\n7\n");
    once();
    let folder = std::fs::read_dir(&cache).expect("a cache").next().expect("a version").expect("readable").path();
    let files = || -> Vec<_> {
        let mut files: Vec<_> = std::fs::read_dir(&folder)
            .expect("a folder")
            .map(|entry| entry.expect("readable").path())
            .map(|path| (path.clone(), std::fs::metadata(path).expect("a file").modified().expect("a time")))
            .collect();
        files.sort();
        files
    };
    let first = files();
    assert_eq!(first.len(), 2, "one file for each module that was compiled after the cache was enabled: {first:?}");
    once();
    assert_eq!(files(), first, "what is there is used and not written again");
    for (path, _) in &first {
        let mut bytes = std::fs::read(path).expect("a file");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0xff;
        std::fs::write(path, &bytes[..bytes.len() - 3]).expect("written");
    }
    once();
    assert_eq!(files().len(), 2);
}

#[test]
fn many_writers_share_a_cache() {
    let dir = TestDir::new();
    dir.write("lib.js", "module.exports = () => 42; module.exports();");
    let main = dir.write("main.js", "console.log(require('./lib')())");
    let cache = dir.path().join("cache");
    let children: Vec<_> = (0..6)
        .map(|_| {
            weft()
                .arg(&main)
                .env("NODE_COMPILE_CACHE", &cache)
                .stdout(std::process::Stdio::piped())
                .spawn()
                .expect("the binary starts")
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success());
        assert_eq!(String::from_utf8_lossy(&output.stdout), "42\n");
    }
    let folder = std::fs::read_dir(&cache).expect("a cache").next().expect("a version").expect("readable").path();
    let left: Vec<_> = std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("readable").path()).collect();
    assert!(left.iter().all(|path| path.extension().is_some_and(|e| e == "cache")), "{left:?}");
}

/// `mapped.js` comes from line 3, column 5 of `source.ts`.
fn mapped(dir: &TestDir) -> std::path::PathBuf {
    dir.write("source.ts", "\n\n    fail();\n");
    dir.write(
        "mapped.js",
        "throw new Error('mapped');\n//# sourceMappingURL=data:application/json,\
         %7B%22version%22%3A3%2C%22sources%22%3A%5B%22source.ts%22%5D%2C%22names%22%3A%5B%5D%2C%22mappings%22%3A%22AAEI%22%7D\n",
    )
}

#[test]
fn stacks_and_places_are_mapped_on_request() {
    let dir = TestDir::new();
    let file = mapped(&dir);
    let source = dir.path().join("source.ts");
    let plain = run([file.as_os_str()]).exits(1).complains("mapped.js:1:7");
    assert!(!plain.stderr.contains("source.ts"), "{}", plain.stderr);
    run(["--enable-source-maps".as_ref(), file.as_os_str()])
        .exits(1)
        .complains(&format!("{}:3\n    fail();\n    ^\n", source.display()))
        .complains(&format!("at Object.<anonymous> ({}:3:5)", source.display()));
    let main = dir.write(
        "main.js",
        "const { findSourceMap } = require('module'); process.setSourceMapsEnabled(true);\n\
         try { require('./mapped.js'); } catch (e) { console.log(/source\\.ts:3:5/.test(e.stack)); }\n\
         console.log(findSourceMap(require.resolve('./mapped.js')).findOrigin(1, 7).lineNumber, findSourceMap('/none'));",
    );
    run([main]).exits(0).prints("true\n3 undefined\n");
}

#[test]
fn mapped_frames_keep_what_they_say_of_the_call() {
    let dir = TestDir::new();
    let text = "class K { constructor() { throw new Error('x'); } m() { new K(); } } async function f() { await 1; new K().m(); } \
                K.prototype.constructor = 0; async function g() { await f(); } g().catch((e) => console.log(e.stack));";
    let map = "//# sourceMappingURL=data:application/json,\
               %7B%22version%22%3A3%2C%22sources%22%3A%5B%22source.ts%22%5D%2C%22names%22%3A%5B%5D%2C%22mappings%22%3A%22AAEI%22%7D";
    let file = dir.write("mapped.cjs", format!("{text}\n{map}\n"));
    let output = run(["--enable-source-maps".as_ref(), file.as_os_str()]).exits(0).stdout;
    let place = format!("({}:3:5)", dir.path().join("source.ts").display());
    assert_eq!(output, format!("Error: x\n    at new K {place}\n    at f {place}\n    at async g {place}\n"));
}

#[test]
fn flags_act_before_the_program() {
    run(["--disable-proto=delete", "-p", "({}).__proto__"]).exits(0).prints("undefined\n");
    run(["--disable-proto=throw", "-p", "({}).__proto__"]).exits(1).complains("ERR_PROTO_ACCESS");
    run(["--no-experimental-global-webcrypto", "-p", "typeof SubtleCrypto"]).exits(0).prints("undefined\n");
    run(["--trace-exit", "-e", "process.exit(3)"])
        .exits(3)
        .complains("Exited the environment with code 3\n    at process.exit");
    run(["--frozen-intrinsics", "-p", "const o = {}; o.toString = () => 'own'; `${o}`"]).exits(0).prints("own\n");
    run(["--frozen-intrinsics", "-e", "Array.prototype.push = 1"]).exits(1).complains("read only property 'push'");
    run(["--no-title", "-p", "1"]).exits(9).complains("--no-title is an invalid negation");
    run(["--watch"]).exits(9);
    run(["--test", "--eval", "1"]).exits(9).complains("either --test or --eval can be used, not both");
}

#[test]
fn what_was_loaded_is_told_and_what_a_package_says() {
    let dir = TestDir::new();
    dir.write("package.json", r#"{ "name": "there", "exports": { ".": "./a.js" } }"#);
    let script = dir.write(
        "main.cjs",
        "const before = process.moduleLoadList.length;
         require('zlib'); require('zlib');
         const added = process.moduleLoadList.slice(before);
         console.log(added.filter((line) => line === 'NativeModule zlib').length, added.includes('Internal Binding zlib'));
         console.log(process.moduleLoadList.every((line) => /^(Internal Binding|NativeModule) /.test(line)));
         const { _readPackage } = require('module');
         console.log(JSON.stringify(_readPackage(__dirname)).replace(__dirname, ''));
         console.log(JSON.stringify(_readPackage('/does/not/exist')));",
    );
    run([&script]).exits(0).prints(
        "1 true\ntrue\n{\"name\":\"there\",\"type\":\"none\",\"exports\":{\".\":\"./a.js\"},\"exists\":true,\"pjsonPath\":\"/package.json\"}\n\
         {\"type\":\"none\",\"exists\":false,\"pjsonPath\":\"/does/not/exist/package.json\"}\n",
    );
}

#[test]
fn loaders_of_the_command_line_are_told_how_to_be_registered() {
    let dir = TestDir::new();
    let loader =
        dir.write("loader.mjs", "export const resolve = (specifier, context, next) => next(specifier, context);");
    let main = dir.write("main.mjs", "console.log('main');");
    run([std::path::Path::new("--loader"), &loader, &main])
        .exits(0)
        .prints("main\n")
        .complains("ExperimentalWarning: `--experimental-loader` may be removed in the future; instead use `register()`:\n--import 'data:");
}

#[test]
fn places_that_are_none_have_no_package_and_hooks_can_be_disposed_of() {
    let script = "const m = require('module');
        for (const args of [['x'], ['./x'], ['node:fs', __filename], [require('url').pathToFileURL(__dirname + '/nope.js')]]) {
          try { m.findPackageJSON(...args); } catch (error) { console.log(error.name, error.code); }
        }
        const seen = [];
        const load = (url, context, next) => { seen.push(url.split('/').pop()); return next(url, context); };
        const hooks = m.registerHooks({ load, resolve: null });
        require('./a.cjs');
        hooks[Symbol.dispose]();
        require('./b.cjs');
        console.log(seen.join(), hooks.load === load);";
    let dir = TestDir::new();
    dir.write("main.cjs", script);
    dir.write("a.cjs", "");
    dir.write("b.cjs", "");
    run([dir.path().join("main.cjs")]).exits(0).prints(
        "TypeError ERR_INVALID_URL
TypeError ERR_UNSUPPORTED_RESOLVE_REQUEST
TypeError ERR_INVALID_URL_SCHEME
Error ERR_MODULE_NOT_FOUND
a.cjs true
",
    );
}

#[test]
fn packages_that_are_not_there_are_told() {
    let dir = TestDir::new();
    dir.write("package.json", "{}");
    let script = dir.write(
        "main.cjs",
        "const m = require('module');
         for (const specifier of ['missing', './missing', './main.cjs']) {
           try {
             console.log(m.findPackageJSON(specifier, __filename) === `${__dirname}/package.json`);
           } catch (error) {
             console.log(error.code, error.message.replaceAll(__dirname, ''));
           }
         }
         try { m.stripTypeScriptTypes('', { mode: 'transform' }); } catch (error) { console.log(error.code); }
         try { m.enableCompileCache(1); } catch (error) { console.log(error.code, error.message); }
         console.log(m.findSourceMap());",
    );
    run([&script]).exits(0).prints(
        "ERR_MODULE_NOT_FOUND Cannot find package 'missing' imported from /main.cjs\n\
         ERR_MODULE_NOT_FOUND Cannot find module '/missing' imported from /main.cjs\ntrue\nERR_INVALID_ARG_VALUE\n\
         ERR_INVALID_ARG_TYPE cacheDir should be a string\nundefined\n",
    );
}

#[test]
fn linking_without_asking_says_what_is_missing() {
    let text = "const { SourceTextModule } = require('vm');
        const one = new SourceTextModule('import \"a\"', { identifier: 'one' });
        console.log(one.moduleRequests[0].phase, require('util').inspect(one).split('\\n')[0]);
        try { one.linkRequests([]); } catch (error) { console.log(error.code, error.message); }
        try { one.instantiate(); } catch (error) { console.log(error.code, error.message); }";
    run(["--experimental-vm-modules", "--no-warnings", "-e", text]).exits(0).prints(
        "evaluation SourceTextModule {\nERR_MODULE_LINK_MISMATCH Expected 1 modules, got 0\n\
         ERR_VM_MODULE_LINK_FAILURE module is not linked\n",
    );
}
