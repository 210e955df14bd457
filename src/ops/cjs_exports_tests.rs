//! Unit tests of the CommonJS export scanner: one form of the documented grammar each.

use super::scan;

fn exports(source: &str) -> Vec<String> {
    scan(source).exports
}

fn reexports(source: &str) -> Vec<String> {
    scan(source).reexports
}

#[test]
fn member_assignments_are_exports() {
    let source =
        "exports.a = 1; module.exports.b = exports['c'] = 2; module['exports'].no = 3; exports /* x */ . e =\n4";
    assert_eq!(exports(source), ["a", "b", "c", "e"]);
}

#[test]
fn reads_and_comparisons_are_not_exports() {
    assert!(exports("exports.a == 1; exports.b === 2; use(exports.c); x.exports.d = 1; my_exports.e = 1").is_empty());
    assert!(
        exports("exports.f => 1; // exports.g = 1\n /* exports.h = 1 */ 'exports.i = 1'; `exports.j = 1`").is_empty()
    );
}

#[test]
fn define_property_is_found_in_the_documented_shapes() {
    let source = r#"
        Object.defineProperty(exports, '__esModule', { value: true });
        Object.defineProperty(exports, "a", { enumerable: true, get: function () { return q.p; } });
        Object.defineProperty(exports, 'b', { enumerable: true, get: function named() { return q['p']; } });
        Object.defineProperty(module.exports, 'c', { get () { return b } });
        Object.defineProperty(exports, 'd', { enumerable: !0, value: 'd' });
        Object.defineProperty(exports, 'no1', { enumerable: false, get () { return p; } });
        Object.defineProperty(exports, 'no2', { configurable: true, get () { return p; } });
        Object.defineProperty(exports, 'no3', { get: () => p });
        Object.defineProperty(exports, 'no4', { enumerable: true, get: function () { return dynamic(); } });
        Object.defineProperty(exports, 'no5', { enumerable: true, get () { return 'str'; } });
    "#;
    assert_eq!(exports(source), ["__esModule", "a", "b", "c", "d"]);
}

#[test]
fn object_literals_are_read_until_the_first_value() {
    assert_eq!(exports("module.exports = { a, b, c };"), ["a", "b", "c"]);
    assert_eq!(exports("module.exports = { a, 'b': b, c: c, ...d };"), ["a", "b", "c"]);
    assert_eq!(exports("module.exports = { a: x, 'b-b': y.z, c: 1 };"), ["a", "b-b"]);
    assert!(exports("module.exports = { a: 1, b: 'x' };").is_empty());
    assert_eq!(exports("module.exports = { a, b() {}, c };"), ["a", "b"]);
    assert_eq!(exports("module.exports = { a, ...d, b: require('c'), e: 'x' };"), ["a", "b"]);
    assert_eq!(exports("module.exports = { a, get b() { return 1 }, c }"), ["a"]);
    assert_eq!(exports("0 && (module.exports = { x, y });"), ["x", "y"]);
    assert!(exports("module.exports = {}").is_empty());
}

#[test]
fn reexports_follow_the_last_whole_assignment() {
    assert_eq!(reexports("module.exports = require('./a'); module.exports = require('./b')"), ["./b"]);
    assert_eq!(
        reexports("if (x) module.exports = require('./dev.js'); else module.exports = require(\"./prod.js\")"),
        ["./prod.js"]
    );
    assert_eq!(reexports("module.exports = { a, ...require('d'), ...require('e') }"), ["d", "e"]);
    assert_eq!(reexports("module.exports = { a: b, c: require('d'), e: require('f') }"), ["d"]);
    assert!(reexports("module.exports = { a: require.resolve('b'), c: [require('d')] }").is_empty());
    assert!(reexports("module.exports = require(name)").is_empty());
}

#[test]
fn export_star_helpers_are_reexports() {
    let typescript =
        "tslib_1.__exportStar(require('./x'), exports); __exportStar(require('./y'), exports); __export(require('z'))";
    assert_eq!(reexports(typescript), ["./x", "./y", "z"]);
    let babel = r#"
        var _dep = require('./dep');
        Object.keys(_dep).forEach(function (key) {
          if (key === "default" || key === "__esModule") return;
          if (key in exports && exports[key] === _dep[key]) return;
          Object.defineProperty(exports, key, { enumerable: true, get: function () { return _dep[key]; } });
        });
        var _other = _interopRequireWildcard(require('./other'));
        Object.keys(_other).forEach(function (k) { if (k === "default") return; exports[k] = _other[k]; });
        Object.keys(unknown).forEach(function (k) { exports[k] = unknown[k]; });
    "#;
    assert_eq!(reexports(babel), ["./dep", "./other"]);
}

#[test]
fn regular_expressions_and_divisions_do_not_confuse() {
    assert_eq!(exports("if (x) /'/.test(y); exports.a = 1"), ["a"]);
    assert_eq!(exports("var a = b / c; exports.b = d / e; var q = '/'"), ["b"]);
    assert_eq!(exports("return /[/'\"]/g; exports.c = 1"), ["c"]);
    assert_eq!(exports("a++ / 2; exports.d = '/'"), ["d"]);
    assert_eq!(exports("x = `${ { a: `'` } } '`; exports.e = 1"), ["e"]);
    assert_eq!(exports("function f() {} /'/.exec(1); exports.f = 1"), ["f"]);
}

#[test]
fn names_in_strings_are_unescaped() {
    assert_eq!(
        exports(
            r"exports['\u0061b\x63\u{1F600}'] = 1; exports['é'] = 2; exports['\
x'] = 3"
        ),
        ["abc\u{1F600}", "é", "x"]
    );
    assert!(exports(r"exports['\uD800'] = 1").is_empty());
}

#[test]
fn broken_text_ends_quietly() {
    for source in [
        "exports",
        "exports.",
        "exports['",
        "module.exports = {",
        "`${",
        "/*",
        "/",
        "\"\\",
        "Object.defineProperty(exports, 'a', {",
        "}}}))`",
    ] {
        assert!(exports(source).is_empty(), "{source}");
    }
}

#[test]
fn every_name_is_listed_once() {
    assert_eq!(exports("exports.a = void 0; exports.b = exports.a = void 0; exports.a = f"), ["a", "b"]);
}
