//! `module.registerHooks()`: what hooks make out of nothing, in front of built-ins and beside handlers of extensions.

mod common;

use common::{TestDir, run};

/// Modules that exist in hooks alone: every one under a name that ends with `made`.
const MAKER: &str = "const { registerHooks } = require('node:module');\n\
    registerHooks({\n\
      resolve(specifier, context, next) {\n\
        if (!specifier.endsWith('made')) return next(specifier, context);\n\
        return { url: 'made:' + specifier, format: 'commonjs', shortCircuit: true };\n\
      },\n\
      load(url, context, next) {\n\
        if (!url.startsWith('made:')) return next(url, context);\n\
        const source = 'exports.own = 1; exports.id = module.id; exports.path = typeof require(\"path\").join;';\n\
        return { format: 'commonjs', source, shortCircuit: true };\n\
      },\n\
    });\n";

#[test]
fn hooks_make_common_js_for_import_and_require() {
    let dir = TestDir::new();
    dir.write("maker.cjs", MAKER);
    let main = dir.write(
        "main.mjs",
        "import './maker.cjs';\n\
         import { createRequire } from 'node:module';\n\
         const require = createRequire(import.meta.url);\n\
         const imported = await import('made');\n\
         console.log(imported.own, imported.id, imported.path, require('made') === imported.default);\n\
         const named = require('node:made');\n\
         console.log(named.id, (await import('node:made')).default === named);\n\
         try { require('node:absent'); } catch (error) { console.log(error.code); }\n\
         await import('node:absent').catch((error) => console.log(error.code));",
    );
    run([main]).exits(0).prints(
        "1 made:made function true\nmade:node:made true\nERR_UNKNOWN_BUILTIN_MODULE\nERR_UNKNOWN_BUILTIN_MODULE\n",
    );
}

#[test]
fn hooks_see_built_ins_and_may_replace_them() {
    let dir = TestDir::new();
    let main = dir.write(
        "main.cjs",
        "const { registerHooks } = require('node:module');\n\
         const seen = [];\n\
         const watching = registerHooks({\n\
           resolve(specifier, context, next) { seen.push(specifier); return next(specifier, context); },\n\
           load(url, context, next) { const r = next(url, context); seen.push(url, r.format); return r; },\n\
         });\n\
         require('node:os'); require('path');\n\
         watching.deregister();\n\
         console.log(seen.join());\n\
         registerHooks({\n\
           resolve: (specifier, context, next) => next(specifier === 'node:util' ? 'path' : specifier, context),\n\
           load(url, context, next) {\n\
             return url === 'node:http' ? { format: 'json', source: '{\"a\":2}', shortCircuit: true } : next(url, context);\n\
           },\n\
         });\n\
         console.log(typeof require('node:util').join, require('node:http').a, typeof require('fs').readFile);\n\
         import('node:http').then((made) => console.log(made.default.a));",
    );
    run([main]).exits(0).prints("node:os,node:os,builtin,path,node:path,builtin\nfunction 2 function\n2\n");
}

#[test]
fn a_file_is_loaded_once_by_its_hooks() {
    let dir = TestDir::new();
    dir.write("lib.cjs", "module.exports = 4;");
    let main = dir.write(
        "main.mjs",
        "import { registerHooks } from 'node:module';\n\
         let times = 0;\n\
         registerHooks({ load(url, context, next) { times += url.endsWith('lib.cjs'); return next(url, context); } });\n\
         console.log((await import('./lib.cjs')).default, times);",
    );
    run([main]).exits(0).prints("4 1\n");
}

#[test]
fn what_hooks_give_is_checked() {
    let dir = TestDir::new();
    dir.write("lib.cjs", "");
    let main = dir.write(
        "main.cjs",
        "const { registerHooks } = require('node:module');\n\
         const wrong = [\n\
           { resolve: () => 1 },\n\
           { resolve: () => ({ url: 1, shortCircuit: true }) },\n\
           { resolve: () => ({ url: 'file:///x' }) },\n\
           { load: () => ({ shortCircuit: true }) },\n\
           { load: () => ({ format: 'commonjs', source: 1, shortCircuit: true }) },\n\
           { load: () => ({ format: 'commonjs', source: '' }) },\n\
         ];\n\
         for (const hooks of wrong) {\n\
           const registered = registerHooks(hooks);\n\
           try { require('./lib.cjs'); } catch (error) { process.stdout.write(error.code + ' ' + error.message + '\\n'); }\n\
           registered.deregister();\n\
         }",
    );
    let expected = |what: &str, hook: &str, property: &str, got: &str| {
        format!(
            "ERR_INVALID_RETURN_PROPERTY_VALUE Expected {what} to be returned for the \"{property}\" from the \
             \"{hook}\" hook but got {got}.\n"
        )
    };
    let text = "a string, an ArrayBuffer, or a TypedArray";
    let all = [
        expected("true", "resolve", "shortCircuit", "undefined"),
        expected("a URL string", "resolve", "url", "type number (1)"),
        expected("true", "resolve", "shortCircuit", "undefined"),
        expected(text, "load", "source", "undefined"),
        expected(text, "load", "source", "type number (1)"),
        expected("true", "load", "shortCircuit", "undefined"),
    ];
    run([main]).exits(0).prints(&all.concat());
}

/// What compilers of TypeScript do (ts-node, tsx): a handler of their own for `.ts`, which hands what it made of the text to
/// the module; with hooks, too.
#[test]
fn handlers_of_extensions_compile_typescript_as_it_was_written() {
    let dir = TestDir::new();
    let compiler = "const Module = require('node:module');\n\
         const before = Module._extensions['.ts'] ?? Module._extensions['.js'];\n\
         Module._extensions['.ts'] = function(mod, filename) {\n\
           const compile = mod._compile;\n\
           mod._compile = function(text, name) {\n\
             console.log(text.includes('enum'), mod === process.mainModule);\n\
             return compile.call(this, text.replace('enum A { X }', 'const A = { X: 0 };'), name);\n\
           };\n\
           return before(mod, filename);\n\
         };\n";
    dir.write("compiler.cjs", compiler);
    let hooks = "Module.registerHooks({ load: (url, context, next) => next(url, context) });";
    dir.write("hooked.cjs", format!("{compiler}{hooks}"));
    let main = dir.write("main.ts", "enum A { X }\nconsole.log(A.X);");
    for preloaded in ["compiler.cjs", "hooked.cjs"] {
        let preloaded = dir.path().join(preloaded);
        run(["-r".as_ref(), preloaded.as_os_str(), main.as_os_str()]).exits(0).prints("true true\n0\n");
    }
}
