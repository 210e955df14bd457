//! Calls of `util`, its neighbours `os`, `tty` and `diagnostics_channel`: what they answer and what they refuse.

mod common;

use common::{run, run_script};

#[test]
fn debounced_calls_run_once() {
    run_script(
        "const { debounce } = require('util');\n\
         (async () => {\n\
           const runs = [];\n\
           const slow = debounce((x) => { runs.push(x); return x; }, 5);\n\
           console.log(slow.pending, slow.pendingCount);\n\
           const first = slow(1), second = slow(2);\n\
           console.log(slow.pending === second, slow.pendingCount, await Promise.all([first, second]), runs);\n\
           slow(3);\n\
           slow.flush();\n\
           console.log(runs, slow.pendingCount);\n\
           const cancelled = slow(4);\n\
           slow.cancel('why');\n\
           await cancelled.catch((e) => console.log(e.name, e.code, e.cause));\n\
           const strict = debounce((x) => x, 5, { rejectOnCancel: true });\n\
           const [a, b] = await Promise.allSettled([strict(1), strict(2)]);\n\
           console.log(a.reason.message, b.value);\n\
           const leading = debounce((x) => { runs.push(x); }, 5, { leading: true });\n\
           leading(5);\n\
           console.log(runs.at(-1));\n\
           await leading(6);\n\
           console.log(runs.at(-1));\n\
           const controller = new AbortController();\n\
           const bound = debounce(() => 1, 5, { signal: controller.signal });\n\
           const waits = bound();\n\
           controller.abort('over');\n\
           await waits.catch((e) => console.log(e.cause));\n\
           await bound().catch((e) => console.log(e.cause));\n\
           for (const args of [[1, 1], [() => {}, -1], [() => {}, 1, { leading: 1 }]]) {\n\
             try { debounce(...args); } catch (e) { console.log(e.code); }\n\
           }\n\
         })();",
    )
    .exits(0)
    .prints(
        "null 0\ntrue 2 [ 2, 2 ] [ 2 ]\n[ 2, 3 ] 0\nAbortError ABORT_ERR why\nThe debounced call was superseded 2\n\
         5\n6\nover\nover\nERR_INVALID_ARG_TYPE\nERR_OUT_OF_RANGE\nERR_INVALID_ARG_TYPE\n",
    );
}

#[test]
fn throttled_calls_keep_to_their_rate() {
    run_script(
        "const { throttle } = require('util');\n\
         (async () => {\n\
           const starts = [];\n\
           const t = throttle((x) => { starts.push(performance.now()); return x; }, 2, 30);\n\
           const all = [1, 2, 3, 4, 5].map((x) => t(x));\n\
           console.log(starts.length, t.pendingCount, t.hasImmediateCapacity(), await Promise.all(all));\n\
           console.log(starts[2] - starts[0] >= 29, starts[4] - starts[2] >= 29);\n\
           const drop = throttle((x) => x, 1, 1e6, { overflow: 'drop' });\n\
           console.log(await drop(1), await drop(2).catch((e) => e.code));\n\
           const few = throttle((x) => x, 1, 1e6, { maxPending: 1 });\n\
           const kept = [few(1), few(2)];\n\
           console.log(await few(3).catch((e) => e.code));\n\
           few.cancel('z');\n\
           console.log(await kept[0], await kept[1].catch((e) => e.cause));\n\
           let running = 0, most = 0;\n\
           const one = throttle(async () => { most = Math.max(most, ++running); await null; running--; }, 9, 1,\n\
                                { concurrency: 1 });\n\
           await Promise.all([one(), one(), one()]);\n\
           console.log(most, one.activeCount);\n\
           for (const args of [[() => {}, 0, 1], [() => {}, 1, 1, { overflow: 'x' }]]) {\n\
             try { throttle(...args); } catch (e) { console.log(e.code); }\n\
           }\n\
         })();",
    )
    .exits(0)
    .prints(
        "2 3 false [ 1, 2, 3, 4, 5 ]\ntrue true\n1 ERR_THROTTLED\nERR_THROTTLED\n1 z\n1 0\n\
         ERR_OUT_OF_RANGE\nERR_INVALID_ARG_VALUE\n",
    );
}

#[test]
fn a_bounded_channel_tells_of_a_block() {
    run_script(
        "const { boundedChannel, channel } = require('diagnostics_channel');\n\
         const { AsyncLocalStorage } = require('async_hooks');\n\
         const store = new AsyncLocalStorage();\n\
         const bounded = boundedChannel('op');\n\
         console.log(bounded.hasSubscribers, bounded.run({}, (x) => x, undefined, 1));\n\
         bounded.start.bindStore(store, ({ id }) => id);\n\
         const handlers = { start(m) { console.log('start', m.id, store.getStore()); },\n\
                            end(m) { console.log('end', m.id, store.getStore()); } };\n\
         bounded.subscribe(handlers);\n\
         console.log(bounded.run({ id: 1 }, function(x) { return [this.own, x, store.getStore()]; }, { own: 2 }, 3));\n\
         try { bounded.run({ id: 4 }, () => { throw new Error('no'); }); } catch (e) { console.log(e.message); }\n\
         { using scope = bounded.withScope({ id: 5 }); console.log('inside', store.getStore()); }\n\
         console.log(store.getStore(), bounded.unsubscribe(handlers), bounded.unsubscribe(handlers));\n\
         const plain = channel('plain');\n\
         plain.bindStore(store);\n\
         { using scope = plain.withStoreScope('kept'); console.log(store.getStore()); }\n\
         console.log(store.getStore());\n\
         try { boundedChannel(1); } catch (e) { console.log(e.code); }",
    )
    .exits(0)
    .prints(
        "false 1\nstart 1 1\nend 1 1\n[ 2, 3, 1 ]\nstart 4 4\nend 4 4\nno\nstart 5 5\ninside 5\nend 5 5\n\
         undefined true false\nkept\nundefined\nERR_INVALID_ARG_TYPE\n",
    );
}

/// Elements of ordinary arrays are read without asking for their descriptors; what runs meanwhile may change the array.
#[test]
fn arrays_that_change_are_inspected_as_they_are() {
    run_script(
        r#"
        const { strictEqual } = require('node:assert');
        const { inspect } = require('node:util');
        const changing = (change, ...rest) => {
          const array = [{ [inspect.custom]() { change(array); return 'first'; } }, ...rest];
          return inspect(array);
        };
        strictEqual(changing((array) => { array[1] = 'b'; }, 1, 2), "[ first, 'b', 2 ]");
        strictEqual(changing((array) => { Object.defineProperty(array, 1, { get() { throw 1; } }); }, 1, 2), '[ first, [Getter], 2 ]');
        strictEqual(changing((array) => { delete array[1]; }, 1, 2), '[ first, <1 empty item>, 2 ]');
        strictEqual(changing((array) => { array.push(4); }, 1, 2), '[ first, 1, 2 ]');
        let read = 0;
        const accessors = Object.defineProperty([1, 2], 0, { enumerable: true, get() { read++; } });
        strictEqual(inspect([accessors, Object.assign([1, , 3], { name: 'x' }), [1.5, -0], [undefined, null]]),
          "[\n  [ [Getter], 2 ],\n  [ 1, <1 empty item>, 3, name: 'x' ],\n  [ 1.5, -0 ],\n  [ undefined, null ]\n]");
        strictEqual(read, 0);
        class List extends Array {}
        strictEqual(inspect([List.from([1]), Object.freeze(['a'])]), "[ List(1) [ 1 ], [ 'a' ] ]");
        for (const text of ['plain', "it's", 'back\\slash', 'tab\t', '\x7f', '\u00e9', '', 'x'.repeat(24), 'x'.repeat(25), 'a"b\'c`']) {
          strictEqual(eval(inspect(text)), text);
        }
        // Characters of two columns.
        const wide = (count) => inspect({ a: '\u4e2d'.repeat(count) }, { compact: true, breakLength: 40 });
        strictEqual(wide(19), `{ a: '${'\u4e2d'.repeat(19)}' }`);
        strictEqual(wide(20), `{ a:\n   '${'\u4e2d'.repeat(20)}' }`);
        "#,
    )
    .exits(0);
}

#[test]
fn call_sites_are_told_in_terms_of_the_sources() {
    // Line 0 of the code is line 3 of the source, the call on line 1 is in line 9, by the name `other`; line 2 has no name.
    let map = r#"{"version":3,"sources":["src/a.ts"],"names":["first","other"],"mappings":"AAIEA;EAKGC;AACD;"}"#;
    let code = "const { getCallSites } = require('util');\n  const run = (options) => getCallSites(2, options);\n\
        const outer = (options) => run(options);\nmodule.exports = outer;\n//# sourceMappingURL=code.js.map\n";
    let main = "const ask = require('./code.js');\n\
        for (const options of [undefined, { sourceMap: true }, { sourceMap: false }]) {\n\
          console.log(ask(options).map((site) => [site.functionName, /[^/]*$/.exec(site.scriptName)[0], site.lineNumber,\n\
            site.columnNumber === site.column, 'scriptId' in site, Object.getPrototypeOf(site)].join()).join(' '));\n\
        }";
    let dir = common::TestDir::new();
    for (name, text) in [("code.js", code), ("code.js.map", map), ("main.js", main)] {
        dir.write(name, text);
    }
    let mapped = "other,a.ts,10,true,false, outer,a.ts,11,true,false,\n";
    let plain = "run,code.js,2,true,true, outer,code.js,3,true,true,\n";
    let main = dir.path().join("main.js");
    common::run([main.as_path()]).exits(0).prints(&plain.repeat(3));
    let run = common::run([std::path::Path::new("--enable-source-maps"), &main]);
    run.exits(0).prints(&[mapped, mapped, plain].concat());
}

#[test]
fn call_sites_refuse_what_is_no_count() {
    run_script(
        "const { getCallSites } = require('util');\n\
         const calls = [[0], [201], [1.5], ['a'], [null], [{ sourceMap: 1 }], [1, null], [1, { sourceMap: 'x' }], [NaN]];\n\
         for (const args of calls) try { console.log(getCallSites(...args)); } catch (e) { console.log(e.code); }\n\
         console.log(getCallSites({}).length, getCallSites(1, {}).length);",
    )
    .exits(0)
    .prints(
        &[
            "ERR_OUT_OF_RANGE\n".repeat(3),
            "ERR_INVALID_ARG_TYPE\n".repeat(5),
            "ERR_OUT_OF_RANGE\n8 1\n".into(),
        ]
        .concat(),
    );
}

#[test]
fn assertions_keep_their_own_messages_and_tell_promises_apart() {
    let text = "const assert = require('assert');
        const told = (run) => { try { run(); console.log('equal'); } catch (e) { console.log(JSON.stringify(e.message)); } };
        told(() => assert.strictEqual(Symbol('a'), Symbol('a'), 'mine'));
        told(() => assert.deepStrictEqual(Promise.resolve(1), Promise.resolve(1), 'mine'));
        told(() => assert.partialDeepStrictEqual({ a: 1 }, { a: 2 }, 'mine'));
        for (const make of [() => Promise.resolve(), () => new WeakMap(), () => new WeakSet()]) {
          told(() => assert.notDeepEqual(make(), make()));
          const one = make(); told(() => assert.deepEqual(one, one));
        }";
    run(["-e", text]).exits(0).prints(concat!(
        r#""mine\n+ actual - expected\n\n+ Symbol(a)\n- Symbol(a)""#,
        "\n",
        r#""mine\n\nPromise {\n  1\n}\n""#,
        "\n",
        r#""mine\n+ actual - expected\n\n  {\n+   a: 1\n-   a: 2\n  }""#,
        "\nequal\nequal\nequal\nequal\nequal\nequal\n",
    ));
}

#[test]
fn small_things_of_buffers_events_and_constants_are_nodes() {
    let text = "for (const start of [0.5, 1.5, 2.5, -1.5, NaN, Infinity]) console.log(new Blob(['0123456789']).slice(start).size);
        for (const text of ['x', 'a=', 'abcde', '====', 'ab=c']) try { atob(text); } catch (e) { console.log(e.message, e.code); }
        Object.defineProperty(Array.prototype, '0', { set() { console.log('setter'); }, configurable: true });
        const target = new EventTarget(); target.addEventListener('x', () => console.log('heard'));
        delete Array.prototype[0]; target.dispatchEvent(new Event('x'));
        const { errno, priority } = require('os').constants; errno.ENOENT = 5; priority.PRIORITY_LOW = 1; errno.mine = 1;
        console.log(errno.ENOENT, priority.PRIORITY_LOW, errno.mine);";
    run(["-e", text]).exits(0).prints(
        "10\n8\n8\n2\n10\n0\nThe string to be decoded is not correctly encoded. 5\n\
         The string to be decoded is not correctly encoded. 5\nThe string to be decoded is not correctly encoded. 5\n\
         Invalid character 5\nInvalid character 5\nheard\n2 19 1\n",
    );
}

#[test]
fn styles_options_and_signals_behave_at_their_edges() {
    run_script(
        "const util = require('util');\n\
         const style = (format, text) => JSON.stringify(util.styleText(format, text, { validateStream: false }));\n\
         console.log(style('red', 'a\\x1b[39mb\\x1b[39m'), style('dim', 'a\\x1b[22m'));\n\
         const code = (run) => { try { return run(); } catch (e) { return `${e.code} ${e.message}`; } };\n\
         console.log(code(() => style('#ffg', 'a')));\n\
         console.log(code(() => util.styleText('red', 'a', null)));\n\
         console.log(code(() => util.styleText('red', 'a', { validateStream: null, stream: null })));\n\
         console.log(code(() => style('x', 'a')).includes(\"'swapColors'\"));\n\
         const options = { foo: { type: 'boolean' }, 'no-foo': { type: 'boolean' } };\n\
         console.log(util.parseArgs({ args: ['--no-foo'], options, allowNegative: true }).values.foo);\n\
         console.log(code(() => util.parseArgs({ args: ['--no-foo=1'], options: { foo: options.foo },\n\
           allowNegative: true })));\n\
         console.log(util.getSystemErrorName(-8), typeof util.debuglog(Symbol('any')));\n\
         console.log(util.deprecate((a, b) => 0, 'm', 'C', { modifyPrototype: false }).length);\n\
         const controller = new AbortController();\n\
         util.aborted(controller.signal, {}).then((event) => console.log(event.type));\n\
         controller.abort();\n\
         util.aborted({ aborted: true }, {}).catch((e) => console.log(e.code));",
    )
    .exits(0)
    .prints(
        "\"\\u001b[31ma\\u001b[31mb\\u001b[39m\\u001b[39m\" \"\\u001b[2ma\\u001b[22m\\u001b[22m\"\n\
         ERR_INVALID_ARG_VALUE The argument 'format' must be a valid hex color (#RGB or #RRGGBB). Received '#ffg'\n\
         ERR_INVALID_ARG_TYPE The \"options\" argument must be of type object. Received null\n\
         a\ntrue\nfalse\n\
         ERR_PARSE_ARGS_INVALID_OPTION_VALUE Option '--foo' does not take an argument\n\
         ENOEXEC function\n0\nERR_INVALID_ARG_TYPE\nabort\n",
    );
}

#[test]
fn the_os_and_terminals_refuse_what_nodes_do() {
    run_script(
        "const os = require('os'), tty = require('tty');\n\
         const code = (run) => { try { return run(); } catch (e) { return `${e.code} ${e.message}`; } };\n\
         console.log(code(() => os.setPriority(undefined, 'x')));\n\
         console.log(typeof os.userInfo({ encoding: 'none' }).username);\n\
         console.log(Buffer.isBuffer(os.userInfo({ encoding: 'buffer' }).username));\n\
         process.env.HOME = '';\n\
         console.log(JSON.stringify(os.homedir()));\n\
         const file = require('fs').openSync(__filename);\n\
         for (const fd of [file, 999999]) console.log(code(() => new tty.ReadStream(fd)));\n\
         console.log(tty.WriteStream.prototype.cursorTo.length);",
    )
    .exits(0)
    .prints(
        "ERR_INVALID_ARG_TYPE The \"pid\" argument must be of type number. Received undefined\n\
         string\ntrue\n\"\"\n\
         ERR_TTY_INIT_FAILED TTY initialization failed: uv_tty_init returned EINVAL (invalid argument)\n\
         ERR_TTY_INIT_FAILED TTY initialization failed: uv_tty_init returned EINVAL (invalid argument)\n3\n",
    );
}

#[test]
fn measures_observers_and_histograms_take_what_nodes_do() {
    run_script(
        "const { createHistogram, performance, PerformanceObserver } = require('perf_hooks');\n\
         const code = (run) => { try { return run(); } catch (e) { return `${e.code} ${e.message}`; } };\n\
         console.log(performance.measure('a', 5, 7).startTime);\n\
         console.log(code(() => performance.setResourceTimingBufferSize(1n)));\n\
         const observer = new PerformanceObserver(() => {});\n\
         observer.observe({ entryTypes: ['no such'] });\n\
         console.log(code(() => observer.observe({ type: 'mark' })));\n\
         observer.disconnect();\n\
         console.log(code(() => observer.observe({ entryTypes: null })));\n\
         const histogram = createHistogram();\n\
         histogram.record(3);\n\
         histogram.record(9);\n\
         console.log(histogram.kurtosis);\n\
         histogram.recordCorrected(40n, 10n);\n\
         console.log(histogram.count, code(() => histogram.recordCorrected(40n, 10)));\n\
         console.log(Object.keys(console).slice(0, 6).join());",
    )
    .exits(0)
    .prints(
        "0\n\
         ERR_INVALID_ARG_TYPE maxSize is a BigInt and cannot be converted to a number.\n\
         undefined\n\
         ERR_INVALID_ARG_TYPE The \"options.entryTypes\" property must be string[]. Received null\n\
         0\n\
         6 ERR_INVALID_ARG_TYPE The \"expectedInterval\" argument must be of type bigint. Received type number (10)\n\
         log,info,debug,warn,error,dir\n",
    );
}

#[test]
fn an_error_is_cloned_by_its_name_and_what_it_throws_fails_the_clone() {
    run_script(
        "const named = Object.assign(new EvalError('a'), { name: 'TypeError' });\n\
         const clone = structuredClone(named);\n\
         console.log(clone instanceof TypeError, Object.hasOwn(clone, 'name'), clone.message);\n\
         const foreign = Object.setPrototypeOf(new Error('b'), { name: 'SyntaxError' });\n\
         console.log(structuredClone(foreign).constructor.name);\n\
         console.log(structuredClone(new (class Mine extends RangeError {})('c')).constructor.name);\n\
         const custom = structuredClone(Object.assign(new Error('d'), { name: 'Custom', code: 'E' }));\n\
         console.log(custom.constructor.name, custom.name, custom.code);\n\
         const thrower = Object.defineProperty(new Error('e'), 'name', { get() { throw new RangeError('no'); } });\n\
         try { structuredClone(thrower); } catch (e) { console.log(e.name, e.message); }\n\
         const strange = Object.defineProperty(new Error('f'), 'name', { value: Symbol('s') });\n\
         try { structuredClone({ strange }); } catch (e) { console.log(e.name); }",
    )
    .exits(0)
    .prints("true false a\nSyntaxError\nRangeError\nError Custom E\nRangeError no\nTypeError\n");
}

#[test]
fn a_domain_intercepts_errors_alone() {
    run_script(
        "const domain = require('domain').create();\n\
         domain.on('error', (e) => console.log('error', e.message));\n\
         const take = domain.intercept((a, b) => console.log(a, b));\n\
         take(null, 1);\n\
         take('text', 2);\n\
         take(new Error('real'), 3);",
    )
    .exits(0)
    .prints("1 undefined\n2 undefined\nerror real\n");
}

#[test]
fn numbers_are_separated_and_classes_named_in_full() {
    run_script(
        "const { formatWithOptions, inspect } = require('util');\n\
         console.log(formatWithOptions({ numericSeparator: true }, '%s %d %i %f %d', 1234567, 1234567, 1234.5, 1234.5, 12345n));\n\
         console.log(formatWithOptions({}, '%s %d %s', -0, 12345n, 1234));\n\
         console.log(new Intl.NumberFormat('en'), new WebAssembly.Memory({ initial: 1 }));\n\
         class Foo { get [Symbol.toStringTag]() { return 'Bar'; } }\n\
         console.log(new Foo());\n\
         for (const lost of [new Date(0), /x/, new Number(3), new Map([[1, 2]]), Promise.resolve(1)]) {\n\
           console.log(inspect(Object.setPrototypeOf(lost, Object.prototype)));\n\
         }\n\
         console.log(new Map([[1, 2]]).entries());",
    )
    .exits(0)
    .prints(
        "1_234_567 1_234_567 1_234 1_234.5 12_345n\n-0 12345n 1234\n\
         Intl.NumberFormat {} WebAssembly.Memory {}\nFoo [Bar] {}\n{}\n{}\n{}\n{}\n{}\n[Map Entries] { [ 1, 2 ] }\n",
    );
}

#[test]
fn a_logger_tells_once_what_it_came_to() {
    run_script(
        "const { debuglog } = require('util');\n\
         const log = debuglog('none', (fn) => console.log(fn.name, fn.enabled));\n\
         log('a');\n\
         log('b');\n\
         const asked = debuglog('none', () => console.log('never'));\n\
         console.log(asked.enabled);\n\
         asked('c');\n\
         const own = new console.Console(process.stdout);\n\
         console.log(own.assert.length, own.dir.length, own.table.length, console.dir.length, require('util').parseArgs.length);",
    )
    .exits(0)
    .prints("noop false\nfalse\n1 2 2 0 0\n");
}

#[test]
fn a_domain_hears_of_rejections_as_they_are() {
    run_script(
        "const domain = require('domain').create();\n\
         domain.on('error', (e) => console.log(e.message ?? e, Object.keys(e)));\n\
         domain.run(() => {\n\
           Promise.reject(new Error('real'));\n\
           Promise.reject(5);\n\
         });",
    )
    .exits(0)
    .prints("real []\n5 []\n");
}

#[test]
fn parts_of_regular_expressions_have_colours_of_their_own() {
    // By letter, each before what it colours; checked against Node 26.
    let script = r"
        const assert = require('assert');
        const util = require('util');
        const letters = { 31: 'R', 32: 'G', 33: 'Y', 34: 'B', 35: 'M', 36: 'C' };
        const shown = (regexp) => util.inspect(regexp, { colors: true })
            .replaceAll('\x1b[39m', '').replace(/\x1b\[(\d+)m/g, (_, code) => ` ${letters[code]}`).trim();
        for (const [regexp, expected] of [
            [/^a+$/gi, 'G/ M^ Ya M+ M$ G/ Rgi'],
            [/(b|[c-d-]+?)e{2,3}/, 'G/ R( Cb G| Y[ Cc M- Cd C- Y] G+ G? R) Ye R{ C2 Y, C3 R} G/'],
            [/(?<n>(?:.))\k<n>\1/, 'G/ R( R?< Yn R> Y( Y?: G. Y) R) G\\k< Rn G> Y\\1 G/'],
            [/[^\]\p{L}]\u{1F}(?i:\x41)/u, 'G/ R[ Y^ Y\\] Y\\p{ CL Y} R] R\\u{ Y1F R} R( Y? Ci C: C\\x41 R) G/ Ru'],
            [/a{x}\//, 'G/ Ya Y{ Yx Y} Y\\/ G/'],
            // Where Node puts an escape sequence between the halves of a character.
            [/😀[😀]/u, 'G/ Y😀 R[ Y😀 R] G/ Ru'],
        ]) assert.strictEqual(shown(regexp), expected);

        const { styles } = util.inspect;
        assert.deepStrictEqual(styles.regexp.colors, ['green', 'red', 'yellow', 'cyan', 'magenta']);
        styles.regexp.colors = ['red', 'none', 'blue'];
        assert.strictEqual(shown(/(a)/), 'R/ B( Ba B) R/');
        styles.regexp.colors = [];
        assert.strictEqual(shown(/a/), 'G/ Ya G/');
        styles.regexp = 'blue';
        assert.strictEqual(shown(/a/), 'B/a/');
        styles.number = (text) => `<${text}>`;
        assert.strictEqual(util.inspect([1], { colors: true }), '[ <1> ]');
        assert.strictEqual(util.inspect(/(a)/), '/(a)/');
        console.log('done');
    ";
    run_script(script).exits(0).prints("done\n");
}
