//! The module systems, seen from outside: which file a name means, how the two kinds of modules see each other, what
//! a person reads when it goes wrong.

mod common;

use common::{TestDir, run, run_script, weft};

/// Runs `main` in a directory with `files`.
fn run_tree(files: &[(&str, &str)], main: &str) -> common::Run {
    let dir = tree(files);
    run([dir.path().join(main)])
}

fn tree(files: &[(&str, &str)]) -> TestDir {
    let dir = TestDir::new();
    for (name, text) in files {
        dir.write(name, text);
    }
    dir
}

#[test]
fn es_modules_share_live_bindings_and_cycles() {
    let files = [
        (
            "main.mjs",
            "import { count, bump } from './a.mjs'; import { seen } from './b.mjs';\nconsole.log(count, seen()); bump(); console.log(count, seen());",
        ),
        ("a.mjs", "import './b.mjs'; export let count = 1; export function bump() { count++; }"),
        ("b.mjs", "import * as a from './a.mjs'; export const seen = () => a.count;"),
    ];
    run_tree(&files, "main.mjs").exits(0).prints("1 1\n2 2\n");
}

#[test]
fn import_of_common_js_finds_its_names() {
    let files = [
        (
            "main.mjs",
            "import whole, { a, b } from './c.cjs'; import * as ns from './c.cjs';\nconsole.log(a, b, whole.hidden, Object.keys(ns).join());",
        ),
        (
            "c.cjs",
            "exports.a = 1; Object.defineProperty(exports, 'b', { enumerable: true, get: function () { return x.y; } });\nvar x = { y: 2 }; exports['hid' + 'den'] = 3;",
        ),
    ];
    run_tree(&files, "main.mjs").exits(0).prints("1 2 3 a,b,default,module.exports\n");
    let missing = [("main.mjs", "import { gone } from './c.cjs'"), ("c.cjs", "exports.a = 1")];
    run_tree(&missing, "main.mjs")
        .exits(1)
        .complains("Named export 'gone' not found")
        .complains("const { gone } = pkg;");
}

#[test]
fn names_of_common_js_go_by_the_text_alone() {
    let main = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
        if (process.argv[2] === 'first') for (const n of ['a', 'c', 'd', 'e']) require(`./${n}.cjs`);
        for (const n of ['a', 'b', 'c', 'd', 'e', 'f']) console.log(n, Object.keys(await import(`./${n}.cjs`)).filter((k) => !/^default$|[.]/.test(k)).join());";
    let files = [
        ("main.mjs", main),
        ("a.cjs", "exports['dy' + 'namic'] = 1; exports.fixed = 2"),
        ("b.cjs", "module.exports = { ...require('./a.cjs') }"),
        ("c.cjs", "module.exports = require('path')"),
        ("d.cjs", "module.exports = require('./data.json')"),
        ("data.json", "{ \"x\": 1 }"),
        ("e.cjs", "module.exports = require('./es.mjs')"),
        ("es.mjs", "export const x = 1"),
        ("f.cjs", "module.exports = require('./text.txt')"),
        ("text.txt", "exports.fromText = 1"),
    ];
    let dir = tree(&files);
    let main = dir.path().join("main.mjs");
    // As in Node; what goes before "default" and "module.exports" is shown.
    let names = "a fixed\nb fixed\nc \nd \ne \nf fromText\n";
    run([main.as_os_str()]).exits(0).prints(names);
    run([main.as_os_str(), "first".as_ref()]).exits(0).prints(names);
}

#[test]
fn graphs_are_loaded_depth_first() {
    let hooks = "import { registerHooks } from 'node:module';
        registerHooks({ load(url, context, next) { console.log(url.split('/').pop()); return next(url, context); } });
        await import('./a.mjs').catch((error) => console.log(error.message));
        await import('./x.mjs').catch((error) => console.log(/'(.*)' imported from .*[/]([^/]*)$/.exec(error.message).slice(1).join()));";
    let files = [
        ("main.mjs", hooks),
        ("a.mjs", "import './b.mjs'; import './c.mjs'"),
        ("b.mjs", "import './b1.mjs'; import './c.mjs'; import './b2.cjs'"),
        ("b1.mjs", ""),
        ("b2.cjs", ""),
        ("c.mjs", "import './c1.mjs'; import './b.mjs'"),
        ("c1.mjs", ""),
        // The first that is missing on the way is told.
        ("x.mjs", "import './y.mjs'; import 'missing-x'"),
        ("y.mjs", "import 'missing-y'"),
    ];
    run_tree(&files, "main.mjs")
        .exits(0)
        .prints("a.mjs\nb.mjs\nb1.mjs\nc.mjs\nc1.mjs\nb2.cjs\nx.mjs\ny.mjs\nmissing-y,y.mjs\n");
}

#[test]
fn hooks_resolve_an_imported_common_js_module_once() {
    let main = "import { registerHooks } from 'node:module';
        registerHooks({ resolve(name, context, next) { console.log(name); return next(name, context); } });
        await import('./a.cjs');";
    let files = [("main.mjs", main), ("a.cjs", "require('./b.cjs'); require('./b.cjs')"), ("b.cjs", "")];
    run_tree(&files, "main.mjs").exits(0).prints("./a.cjs\n./b.cjs\n");
}

#[test]
fn require_of_es_modules_refuses_top_level_await() {
    let files = [
        (
            "main.cjs",
            "const m = require('./m.mjs'); console.log(m.default, m.x, m.__esModule, m === require('./m.mjs'));\ntry { require('./tla.mjs') } catch (e) { console.log(e.code) }",
        ),
        ("m.mjs", "export default 'd'; export const x = 1;"),
        ("tla.mjs", "await 1; export default 1;"),
    ];
    run_tree(&files, "main.cjs").exits(0).prints("d 1 true true\nERR_REQUIRE_ASYNC_MODULE\n");
}

#[test]
fn packages_resolve_by_conditions_patterns_and_self_reference() {
    let files = [
        (
            "package.json",
            r##"{ "name": "root", "exports": { "./in": "./in.js" }, "imports": { "#in": "./in.js", "#p/*": "./p/*.js" } }"##,
        ),
        ("in.js", "module.exports = 'in';"),
        ("p/q.js", "module.exports = 'q';"),
        (
            "node_modules/dep/package.json",
            r#"{ "exports": { ".": { "import": "./i.mjs", "require": "./r.cjs" }, "./f/*": "./lib/*.js", "./f/no": null } }"#,
        ),
        ("node_modules/dep/i.mjs", "export default 'import';"),
        ("node_modules/dep/r.cjs", "module.exports = 'require';"),
        ("node_modules/dep/lib/x.js", "module.exports = 'x';"),
        (
            "main.mjs",
            "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);\nfor (const name of ['dep', 'dep/f/x', 'dep/f/no', 'dep/none', 'root/in', '#in', '#p/q', '#zzz', './in', 'nope']) {\n  const get = async (f) => { try { return await f() } catch (e) { return e.code } };\n  console.log(name, await get(async () => (await import(name)).default), await get(() => require(name)));\n}",
        ),
    ];
    run_tree(&files, "main.mjs").exits(0).prints(
        "dep import require\ndep/f/x x x\ndep/f/no ERR_PACKAGE_PATH_NOT_EXPORTED ERR_PACKAGE_PATH_NOT_EXPORTED\n\
         dep/none ERR_PACKAGE_PATH_NOT_EXPORTED ERR_PACKAGE_PATH_NOT_EXPORTED\nroot/in in in\n#in in in\n#p/q q q\n\
         #zzz ERR_PACKAGE_IMPORT_NOT_DEFINED ERR_PACKAGE_IMPORT_NOT_DEFINED\n./in ERR_MODULE_NOT_FOUND in\n\
         nope ERR_MODULE_NOT_FOUND MODULE_NOT_FOUND\n",
    );
}

#[test]
fn the_command_line_adds_conditions_and_preloads() {
    let dir = tree(&[
        ("node_modules/dep/package.json", r#"{ "exports": { "special": "./s.js", "default": "./d.js" } }"#),
        ("node_modules/dep/s.js", "module.exports = 'special';"),
        ("node_modules/dep/d.js", "module.exports = 'default';"),
        ("pre.cjs", "console.log('required');"),
        ("pre.mjs", "await 1; console.log('imported');"),
        ("main.cjs", "console.log(require('dep'));"),
    ]);
    let command =
        |args: &[&str]| -> common::Run { weft().current_dir(dir.path()).args(args).output().expect("runs").into() };
    command(&["main.cjs"]).exits(0).prints("default\n");
    command(&["-C", "special", "main.cjs"]).exits(0).prints("special\n");
    command(&["--import", "./pre.mjs", "-r", "./pre.cjs", "main.cjs"]).exits(0).prints("required\nimported\ndefault\n");
}

#[test]
fn the_nearest_package_type_or_else_the_syntax_decides() {
    let files = [
        ("esm/package.json", r#"{ "type": "module" }"#),
        ("esm/x.js", "export default typeof require;"),
        ("plain/x.js", "export default typeof module; await 1;"),
        ("cjs/x.js", "module.exports = typeof require;"),
        ("main.mjs", "for (const d of ['esm', 'plain', 'cjs']) console.log((await import(`./${d}/x.js`)).default);"),
    ];
    run_tree(&files, "main.mjs").exits(0).prints("undefined\nundefined\nfunction\n");
    run_tree(&[("main.js", "import { sep } from 'node:path'; console.log(import.meta.main, sep.length);")], "main.js")
        .exits(0)
        .prints("true 1\n");
}

#[test]
fn common_js_cycles_see_unfinished_exports() {
    let files = [
        (
            "main.cjs",
            "const a = require('./a.cjs'); console.log(a.done, a.fromB, require.cache[require.resolve('./a.cjs')].loaded, module.children.length);",
        ),
        ("a.cjs", "exports.done = false; exports.fromB = require('./b.cjs').sawA; exports.done = true;"),
        ("b.cjs", "exports.sawA = require('./a.cjs').done;"),
    ];
    run_tree(&files, "main.cjs").exits(0).prints("true false true 1\n");
}

#[test]
fn json_needs_its_attribute_and_names_the_file() {
    let files = [
        (
            "main.mjs",
            "import data from './d.json' with { type: 'json' }; console.log(data.a);\nfor (const [f, w] of [['./d.json'], ['./bad.json', { type: 'json' }], ['./main.mjs', { type: 'json' }]]) {\n  try { await import(f, w && { with: w }) } catch (e) { console.log(e.code ?? e.name, /bad\\.json: /.test(e.message)) }\n}",
        ),
        ("d.json", r#"{ "a": 1 }"#),
        ("bad.json", "{ a }"),
    ];
    run_tree(&files, "main.mjs").exits(0).prints(
        "1\nERR_IMPORT_ATTRIBUTE_MISSING false\nSyntaxError true\nERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE false\n",
    );
}

#[test]
fn typescript_is_stripped_and_keeps_its_places() {
    let files = [
        (
            "main.ts",
            "import { twice, type N } from './lib.mts';\ninterface Box<T> { value: T }\nconst box: Box<N> = { value: twice(21) };\nconsole.log(box.value satisfies number);\nconsole.log(new Error().stack!.split('\\n')[1].match(/main\\.ts:\\d+:\\d+/)![0]);",
        ),
        ("lib.mts", "export type N = number;\nexport const twice = (n: N): N => n * 2;"),
    ];
    run_tree(&files, "main.ts").exits(0).prints("42\nmain.ts:5:13\n");
    run_tree(&[("e.ts", "enum A { B }")], "e.ts")
        .exits(1)
        .complains("e.ts:1\nenum A { B }\n^")
        .complains("ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX");
    run_tree(&[("e.ts", "let x: = 1;")], "e.ts").exits(1).complains("ERR_INVALID_TYPESCRIPT_SYNTAX");
}

#[test]
fn syntax_errors_show_line_and_caret() {
    run_tree(&[("s.cjs", "let a = 1;\nlet b = ;\n")], "s.cjs")
        .exits(1)
        .complains("s.cjs:2\nlet b = ;\n        ^\n")
        .complains("SyntaxError: Unexpected token ';'");
    let imported = [("main.mjs", "import './s.mjs'"), ("s.mjs", "let b = ;")];
    run_tree(&imported, "main.mjs").exits(1).complains("s.mjs:1\nlet b = ;\n        ^\n");
    let missing = [("main.mjs", "import { no } from './e.mjs'"), ("e.mjs", "export const yes = 1")];
    run_tree(&missing, "main.mjs").exits(1).complains("main.mjs:1").complains("does not provide an export named 'no'");
}

#[test]
fn process_exit_during_a_top_level_await_is_no_failure() {
    let files = [("main.mjs", "await new Promise(() => setTimeout(() => process.exit(), 1));")];
    assert_eq!(run_tree(&files, "main.mjs").exits(0).stderr, "");
}

#[test]
fn a_program_that_waits_for_nothing_exits_with_13() {
    run_tree(&[("main.mjs", "console.log(1);\nawait new Promise(() => {});")], "main.mjs")
        .exits(13)
        .prints("1\n")
        .complains("Warning: Detected unsettled top-level await at")
        .complains("main.mjs:2\nawait new Promise(() => {});\n^");
}

#[test]
fn what_is_no_program_is_told_clearly() {
    let dir = tree(&[("empty.js", ""), ("bom.js", "\u{FEFF}console.log('bom')")]);
    dir.write("latin1.js", b"console.log('caf\xe9'.length) // \xe9");
    dir.write("binary.js", b"\xff\xfe\x00\x01(((");
    let file = |name: &str| dir.path().join(name);
    run([file("empty.js")]).exits(0).prints("");
    run([file("bom.js")]).exits(0).prints("bom\n");
    run([file("latin1.js")]).exits(0).prints("4\n");
    run([file("binary.js")]).exits(1).complains("not valid UTF-8: see the byte at offset 0");
    run([file("gone.js")]).exits(1).complains("Cannot find module").complains("MODULE_NOT_FOUND");
    run([dir.path()]).exits(1).complains("Cannot find module");
}

#[test]
fn web_assembly_modules_can_be_imported() {
    let dir = tree(&[("main.mjs", "import { add } from './add.wasm'; console.log(add(20, 22));")]);
    // (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
    dir.write(
        "add.wasm",
        b"\0asm\x01\0\0\0\x01\x07\x01\x60\x02\x7f\x7f\x01\x7f\x03\x02\x01\0\x07\x07\x01\x03add\0\0\x0a\x09\x01\x07\0\x20\0\x20\x01\x6a\x0b",
    );
    run([dir.path().join("main.mjs")]).exits(0).prints("42\n");
}

#[test]
fn a_promise_of_compiled_web_assembly_keeps_its_loop_alive() {
    // So many functions that V8 compiles them on other threads, and the loop has nothing else to wait for.
    let code = "function leb(n) { const out = []; do { const b = n & 127; n >>>= 7; out.push(n ? b | 128 : b); } while (n); return out; }
        const count = 20000;
        const section = (id, body) => [id, ...leb(body.length), ...body];
        const bodies = new Array(count).fill([7, 0, 0x20, 0, 0x20, 0, 0x6a, 0x0b]).flat();
        export const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, ...section(1, [1, 0x60, 1, 0x7f, 1, 0x7f]),
          ...section(3, [...leb(count), ...new Array(count).fill(0)]), ...section(10, [...leb(count), ...bodies])]);";
    let compile = "import { code } from './code.mjs'; WebAssembly.compile(code).then((m) => console.log(m instanceof WebAssembly.Module));
        process.on('exit', () => console.log('exit'));";
    let worker = "import { Worker } from 'node:worker_threads';
        new Worker(new URL('./compile.mjs', import.meta.url)).on('exit', (code) => console.log('Worker', code));";
    let pool = "import { Pool } from 'weft:pool'; import { code } from './code.mjs';
        const pool = new Pool({ threads: 1 });
        console.log(await pool.run(async (code) => (await WebAssembly.compile(code)) instanceof WebAssembly.Module, { args: [code] }));
        await pool.close();";
    let files = [
        ("code.mjs", code),
        ("compile.mjs", compile),
        ("worker.mjs", worker),
        ("pool.mjs", pool),
        (
            "fails.mjs",
            "WebAssembly.compile(new Uint8Array([0, 97, 115, 109])).catch((error) => console.log(error.name))",
        ),
        ("await.mjs", "import { code } from './code.mjs'; console.log(typeof await WebAssembly.instantiate(code))"),
    ];
    let dir = tree(&files);
    let run_file = |name: &str| run([dir.path().join(name)]).exits(0);
    run_file("compile.mjs").prints("true\nexit\n");
    run_file("worker.mjs").prints("true\nexit\nWorker 0\n");
    run_file("pool.mjs").prints("true\n");
    run_file("fails.mjs").prints("CompileError\n");
    run_file("await.mjs").prints("object\n");
}

#[test]
fn web_assembly_out_of_bounds_is_an_error_with_and_without_the_trap_handler() {
    // (memory 1) (func (export "load") (param i32) (result i32) local.get 0 i32.load)
    let main = "import { Worker, isMainThread } from 'node:worker_threads';
        const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 8, 1, 4,
          108, 111, 97, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 40, 2, 0, 11]);
        const { load } = new WebAssembly.Instance(new WebAssembly.Module(code)).exports;
        const told = [];
        // Often enough to be optimised on the way.
        for (let i = 0; i < 20000; i++) load(i % 65533);
        for (const at of [65532, 65533, -1, 1 << 31]) {
          try { told.push(load(at)); } catch (error) { told.push(error instanceof WebAssembly.RuntimeError && error.message); }
        }
        console.log(isMainThread, told.join());
        if (isMainThread) new Worker(new URL(import.meta.url));";
    let error = "memory access out of bounds";
    let line = format!("0,{error},{error},{error}\n");
    let dir = tree(&[("main.mjs", main)]);
    let main = dir.path().join("main.mjs");
    let printed = format!("true {line}false {line}");
    run([main.as_os_str()]).exits(0).prints(&printed);
    run(["--disable-wasm-trap-handler".as_ref(), main.as_os_str()]).exits(0).prints(&printed);
}

#[test]
fn hooks_see_import_and_require() {
    let source = "import { registerHooks, createRequire } from 'node:module';\n\
        const hooks = registerHooks({\n\
          resolve(s, c, next) { return s === 'virtual:x' ? { url: s, format: 'module', shortCircuit: true } : next(s, c); },\n\
          load(u, c, next) { return u === 'virtual:x' ? { format: 'module', source: 'export default 7', shortCircuit: true } : next(u, c); },\n\
        });\n\
        console.log((await import('virtual:x')).default, createRequire(import.meta.url)('./c.cjs'));\n\
        hooks.deregister();\n\
        await import('virtual:y').catch((e) => console.log(e.code));";
    let files = [("main.mjs", source), ("c.cjs", "module.exports = 'c';")];
    run_tree(&files, "main.mjs").exits(0).prints("7 c\nERR_UNSUPPORTED_ESM_URL_SCHEME\n");
}

#[test]
fn a_linked_module_tells_whether_its_graph_awaits() {
    common::run([
        "--no-warnings",
        "--experimental-vm-modules",
        "-e",
        "const { SourceTextModule } = require('vm');\n\
         (async () => {\n\
           const waits = new SourceTextModule('await 1');\n\
           try { waits.hasAsyncGraph(); } catch (e) { console.log(e.code); }\n\
           await waits.link(() => {});\n\
           const importer = new SourceTextModule('import \"waits\"');\n\
           await importer.link(() => waits);\n\
           const plain = new SourceTextModule('async () => await 1');\n\
           await plain.link(() => {});\n\
           console.log(waits.hasAsyncGraph(), importer.hasAsyncGraph(), plain.hasAsyncGraph());\n\
         })();",
    ])
    .exits(0)
    .prints("ERR_VM_MODULE_STATUS\ntrue true false\n");
}

#[test]
fn a_module_tells_at_any_time_whether_it_awaits() {
    common::run([
        "--no-warnings",
        "--experimental-vm-modules",
        "-e",
        "const { SourceTextModule, SyntheticModule, createContext } = require('vm');\n\
         const ask = SourceTextModule.prototype.hasTopLevelAwait;\n\
         const make = (text) => new SourceTextModule(text, { context: globalThis.context });\n\
         (async () => {\n\
           const own = make('await 1'), below = make('import \"own\"'), none = make('async () => await 1');\n\
           const more = [make('for await (const x of []);'), make('await using x = null'), make('await 0; throw 1')];\n\
           const all = [own, below, none, ...more];\n\
           const show = () => console.log(all.map((m) => `${m.status} ${m.hasTopLevelAwait()}`).join());\n\
           show();\n\
           await Promise.all(all.map((module) => module.link(() => own)));\n\
           show();\n\
           await Promise.allSettled(all.map((module) => module.evaluate()));\n\
           show();\n\
           globalThis.context = createContext();\n\
           console.log(make('await 1').hasTopLevelAwait(), ask.call(new SyntheticModule([], () => {})));\n\
           for (const other of [undefined, {}, SourceTextModule.prototype]) {\n\
             try { ask.call(other); } catch (e) { console.log(e.code, e.message); }\n\
           }\n\
         })();",
    ])
    .exits(0)
    .prints(
        &[
            "unlinked true,unlinked false,unlinked false,unlinked true,unlinked true,unlinked true\n\
             linked true,linked false,linked false,linked true,linked true,linked true\n\
             evaluated true,evaluated false,evaluated false,evaluated true,evaluated true,errored true\n\
             true undefined\n",
            &"ERR_INVALID_THIS Value of \"this\" must be of type SourceTextModule\n".repeat(3),
        ]
        .concat(),
    );
}

#[test]
fn modules_of_vm_have_nodes_states() {
    common::run([
        "--no-warnings",
        "--experimental-vm-modules",
        "-e",
        "const { Module, SourceTextModule, SyntheticModule } = require('vm');\n\
         const code = async (act) => { try { return await act() ?? 'done'; } catch (e) { return e.code ?? e.message; } };\n\
         (async () => {\n\
           const below = new SourceTextModule('export default 1');\n\
           const top = new SourceTextModule('import one from \"below\"; export default one + 1');\n\
           top.linkRequests([below]);\n\
           console.log(top.status, await code(() => top.evaluate()), await code(() => below.instantiate()));\n\
           below.linkRequests([]);\n\
           top.instantiate();\n\
           console.log(top.status, below.status, await code(() => top.instantiate()), await code(() => top.linkRequests([])));\n\
           console.log(top.evaluate() === top.evaluate(), await top.evaluate(), top.namespace.default);\n\
           const synthetic = new SyntheticModule(['a'], function() { this.setExport('a', 2); });\n\
           console.log(synthetic.status, synthetic.namespace.a, await code(() => synthetic.link(() => {})));\n\
           synthetic.setExport('a', 1);\n\
           console.log(synthetic.namespace.a, await synthetic.evaluate(), synthetic.namespace.a, synthetic.status);\n\
           const refused = new SourceTextModule('import \"x\"');\n\
           console.log(await code(() => refused.link(async () => { throw new Error('no'); })), refused.status, refused.error.message);\n\
           console.log(await code(() => refused.evaluate()), await code(() => Module.prototype.evaluate.call({})));\n\
           console.log(Object.getOwnPropertyNames(Module).join());\n\
         })();",
    ])
    .exits(0)
    .prints(
        "unlinked ERR_VM_MODULE_STATUS ERR_VM_MODULE_LINK_FAILURE\n\
         linked linked ERR_VM_MODULE_STATUS ERR_VM_MODULE_STATUS\ntrue undefined 2\n\
         linked undefined done\n1 undefined 2 evaluated\nno errored no\nERR_VM_MODULE_STATUS ERR_INVALID_THIS\n\
         length,name,prototype\n",
    );
}

#[test]
fn import_in_a_context_gives_a_promise_of_that_context() {
    common::run_script(
        "const vm = require('vm');\n\
         const { USE_MAIN_CONTEXT_DEFAULT_LOADER: importModuleDynamically } = vm.constants;\n\
         const context = vm.createContext();\n\
         const options = [{ importModuleDynamically }, undefined];\n\
         const made = options.map((option) => vm.runInContext('import(\"fs\")', context, option));\n\
         const Inner = vm.runInContext('Promise', context);\n\
         console.log(made.every((promise) => promise instanceof Inner && !(promise instanceof Promise)));\n\
         Promise.allSettled(made).then(([{ value }, { reason }]) => console.log(typeof value.readFile, reason.code));\n\
         console.log(vm.runInThisContext('import(\"fs\")', options[0]) instanceof Promise);",
    )
    .exits(0)
    .prints("true\ntrue\nfunction ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING\n");
}

#[test]
fn scripts_of_vm_have_nodes_properties() {
    common::run_script(
        "const vm = require('vm');\n\
         const code = (act) => { try { return act() ?? 'done'; } catch (e) { return e.code ?? e.name; } };\n\
         console.log(new vm.Script('1\\n//# sourceURL=a.js\\n//# sourceMappingURL=a.map', { produceCachedData: true }).sourceURL);\n\
         console.log(Object.keys(new vm.Script('1', { produceCachedData: true })).join());\n\
         console.log(Object.keys(vm.compileFunction('')).length, code(() => vm.compileFunction('', ['a b'])));\n\
         console.log(code(() => vm.createContext(() => {})), code(() => vm.isContext(() => {})), vm.isContext([]));\n\
         console.log(vm.runInNewContext('1', {}, null), code(() => vm.runInNewContext('1', {}, { microtaskMode: 1 })));",
    )
    .exits(0)
    .prints(
        "a.js\ncachedData,cachedDataProduced,sourceURL,sourceMapURL\n0 SyntaxError\n\
         ERR_INVALID_ARG_TYPE ERR_INVALID_ARG_TYPE false\n1 ERR_INVALID_ARG_TYPE\n",
    );
}

#[test]
fn exports_of_built_ins_are_there_for_all_who_name_them() {
    // Some of these load other built-ins when they are first read; each importer must find what it names, whoever came first.
    let files = [
        (
            "main.mjs",
            "import { fileURLToPath } from 'node:url';
            import * as second from './second.mjs';
            console.log(typeof fileURLToPath, second.pattern, second.directory);
            const late = await import('./third.mjs');
            console.log(late.undefinedNames.join());
            const whole = await import('node:worker_threads');
            console.log(typeof whole.locks, typeof whole.default.Worker);",
        ),
        (
            "second.mjs",
            "import fs from 'node:fs';
            import { URLPattern } from 'url';
            import { Dir } from 'fs';
            export { MessageChannel } from 'node:worker_threads';
            export const pattern = new URLPattern({ pathname: '/:id' }).exec('https://a/b').pathname.groups.id;
            export const directory = Dir === fs.Dir && typeof Dir;",
        ),
        (
            "third.mjs",
            "import * as util from 'node:util'; import * as url from 'node:url'; export * from 'node:fs';
            export const undefinedNames = [...Object.entries(util), ...Object.entries(url)].filter((e) => e[1] === undefined);",
        ),
    ];
    run_tree(&files, "main.mjs").exits(0).prints("function b function\n\nobject function\n");
}

#[test]
fn unread_exports_of_built_ins_load_nothing() {
    // The file of `locks` describes its class by this function while it is loaded.
    let source = "import { isMainThread } from 'node:worker_threads';
        const { defineProperty } = Object;
        let isLoaded = false;
        Object.defineProperty = (target, ...rest) => {
          isLoaded ||= target.constructor?.name === 'LockManager';
          return defineProperty(target, ...rest);
        };
        console.log(isMainThread, isLoaded);
        const { locks } = await import('./second.mjs');
        console.log(typeof locks, isLoaded);";
    let files = [("main.mjs", source), ("second.mjs", "export { locks } from 'node:worker_threads'")];
    run_tree(&files, "main.mjs").exits(0).prints("true false\nobject true\n");
}

#[test]
fn changes_of_built_ins_show_in_named_imports_once_synchronised() {
    let source = "import { readFileSync } from 'node:fs'; import { URLPattern } from 'node:url'; import { format } from 'node:url';
        import { createRequire, syncBuiltinESMExports } from 'node:module';
        const require = createRequire(import.meta.url);
        require('fs').readFileSync = 'mine'; require('url').format = 'mine too';
        console.log(typeof readFileSync, typeof format);
        syncBuiltinESMExports();
        console.log(readFileSync, format, typeof URLPattern);";
    let files = [("main.mjs", source)];
    run_tree(&files, "main.mjs").exits(0).prints("function function\nmine mine too function\n");
}

#[test]
fn lazily_loaded_exports_are_data_that_test_doubles_can_replace() {
    run_script(
        "const crypto = require('crypto');\n\
         const { mock } = require('node:test');\n\
         for (const [id, name] of [['crypto', 'createHash'], ['url', 'parse'], ['worker_threads', 'Worker'], ['assert', 'AssertionError'], ['fs', 'Dir']]) {\n\
           const { value, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(require(id), name);\n\
           process.stdout.write(`${typeof value} ${writable} ${enumerable} ${configurable},`);\n\
         }\n\
         mock.method(crypto, 'randomBytes', () => 'mine');\n\
         console.log(crypto.randomBytes(4));\n\
         mock.restoreAll();\n\
         console.log(crypto.randomBytes(4).length);",
    )
    .exits(0)
    .prints(&format!("{}mine\n4\n", "function true true true,".repeat(5)));
}

#[test]
fn modules_that_are_not_there_yet_can_be_loaded_and_say_so_when_used() {
    let main = "import https, { Agent } from 'node:https'; import http from 'node:http'; import tls from 'tls'; import http2 from 'http2';
        import net from 'net';
        class Mine extends tls.TLSSocket {}
        for (const use of [() => https.get('https://localhost'), () => https.createServer(), () => tls.connect(1), () => new Mine(),
                           () => new tls.Server(), () => http2.connect('http://localhost'), () => new Agent().createConnection({}),
                           () => tls.rootCertificates]) {
          try { use(); } catch (error) { console.log(error.code, error.message); }
        }
        const agent = new Agent({ keepAlive: true });
        console.log(agent instanceof http.Agent, agent.protocol, agent.getName({ host: 'a', servername: 'b', sigalgs: 'c' }),
                    Mine.prototype instanceof net.Socket);
        console.log(http2.constants.HTTP2_HEADER_PATH, http2.constants.HTTP_STATUS_NOT_FOUND, http2.constants.NGHTTP2_CANCEL);
        const told = tls.checkServerIdentity('b.com', { subject: { CN: 'a.com' } });
        console.log(told.code, told.reason, tls.checkServerIdentity('x.a.com', { subjectaltname: 'DNS:*.a.com' }));
        const out = {};
        tls.convertALPNProtocols(['h2', 'http/1.1'], out);
        console.log(out.ALPNProtocols.latin1Slice());";
    run_tree(&[("main.mjs", main)], "main.mjs").exits(0).prints(
        "ERR_METHOD_NOT_IMPLEMENTED The https.get() method is not implemented
ERR_METHOD_NOT_IMPLEMENTED The https.createServer() method is not implemented
ERR_METHOD_NOT_IMPLEMENTED The tls.connect() method is not implemented
ERR_METHOD_NOT_IMPLEMENTED The tls.TLSSocket() method is not implemented
ERR_METHOD_NOT_IMPLEMENTED The tls.Server() method is not implemented
ERR_METHOD_NOT_IMPLEMENTED The http2.connect() method is not implemented
ERR_METHOD_NOT_IMPLEMENTED The https.Agent.createConnection() method is not implemented
ERR_METHOD_NOT_IMPLEMENTED The tls.getCACertificates() method is not implemented
true https: a::::::::::b::::::::::\"c\":: true
:path 404 8
ERR_TLS_CERT_ALTNAME_INVALID Host: b.com. is not cert's CN: a.com undefined
\u{2}h2\u{8}http/1.1
",
    );
}
