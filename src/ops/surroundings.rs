//! `declaredAround` of `internalBinding('free_variables')`: which names the surroundings of a function declare.
//!
//! The text of a task that says `fetch` may mean the global, which is there wherever it runs, or a variable of its file that
//! has the same name, which is not. The text alone cannot tell, and V8 does not say what a name of a closure is bound
//! to. So the file is read again, the function is found in it by its place, and the scopes around it are looked at.
//! Where it is not found there (the file has changed, the text was made by a program), nothing is known.
//!
//! *Threads:* any; no state.

use std::collections::HashSet;

use swc_common::BytePos;
use swc_ecma_ast::{DefaultDecl, Expr, ExprStmt, ImportSpecifier, ModuleDecl, ModuleItem, Program, Stmt};
use swc_ecma_parser::{EsSyntax, Parser, StringInput, Syntax};

use super::args::{List, arg_string, arg_u32};
use super::error::OpResult;
use super::free_variables::{Analysis, Bindings, on_large_stack};
use super::{IntoJs as _, OpError};

/// `declaredAround(source, text, line, column, names)`: which of `names` something around the function of that text declares;
/// undefined where it is not found. Line and column, from 0, are of a place within it.
pub(super) fn declared_around(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let (source, text) = (arg_string(scope, args, 0)?, arg_string(scope, args, 1)?);
    let (line, column) = (arg_u32(scope, args, 2)? as usize, arg_u32(scope, args, 3)? as usize);
    let list = v8::Local::<v8::Array>::try_from(args.get(4))
        .map_err(|_| OpError::type_error("ERR_INVALID_ARG_TYPE", "The names must be an array"))?;
    let mut names = Vec::with_capacity(list.length() as usize);
    for index in 0..list.length() {
        let name = list.get_index(scope, index).ok_or_else(OpError::pending)?;
        names.push(name.to_rust_string_lossy(scope));
    }
    if let Some(found) = find(source, &text, line, column, names) {
        rv.set(List(found).into_js(scope)?);
    }
    Ok(())
}

/// Those of `names` that are declared around the occurrence of `text` in `source` which has that place in it.
fn find(source: String, text: &str, line: usize, column: usize, mut names: Vec<String>) -> Option<Vec<String>> {
    let at = offset(&source, line, column)?;
    let (start, _) = source.match_indices(text).find(|&(start, _)| start <= at && at < start + text.len())?;
    let function = start..start + text.len();
    names.retain(|name| may_declare(&source, name, &function));
    if names.is_empty() {
        return Some(names);
    }
    let around = on_large_stack(move || around(&source, function))?;
    names.retain(|name| around.contains(name));
    Some(names)
}

/// Where a line and a column, in UTF-16 units, are in the text.
fn offset(source: &str, line: usize, column: usize) -> Option<usize> {
    let start = match line.checked_sub(1) {
        None => 0,
        // Lines end as V8 counts them; the two separators of Unicode's that it knows besides are not worth a search.
        Some(before) => source.match_indices('\n').nth(before)?.0 + 1,
    };
    let mut units = 0;
    for (at, char) in source[start..].char_indices() {
        if units >= column {
            return Some(start + at);
        }
        units += char.len_utf16();
    }
    Some(source.len())
}

fn is_part_of_name(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '$' | '\u{200c}' | '\u{200d}')
}

/// Whether `name` stands anywhere outside of `function` where it could be declared. A quick look, so that a file that only uses
/// `Math` and the like need not be parsed.
fn may_declare(source: &str, name: &str, function: &std::ops::Range<usize>) -> bool {
    source.match_indices(name).any(|(at, _)| {
        let end = at + name.len();
        let (before, after) = (&source[..at], &source[end..]);
        if function.contains(&at)
            || before.chars().next_back().is_some_and(is_part_of_name)
            || after.chars().next().is_some_and(is_part_of_name)
        {
            return false;
        }
        let (before, after) = (before.trim_end(), after.trim_start());
        let is_property = before.ends_with('.') && !before.ends_with("...");
        let is_used = after.starts_with(['.', '[', '`']) || after.starts_with("?.") || before.ends_with("new");
        let is_called = after.starts_with('(') && !(before.ends_with("function") || before.ends_with('*'));
        !is_property && !is_used && !is_called
    })
}

/// What the scopes around the function at that place declare; `None` where there is no function, or the file cannot be read.
fn around(source: &str, function: std::ops::Range<usize>) -> Option<HashSet<String>> {
    let end = u32::try_from(source.len()).ok()?.checked_add(1)?;
    let input = StringInput::new(source, BytePos(1), BytePos(end));
    let syntax = EsSyntax {
        allow_return_outside_function: true,
        explicit_resource_management: true,
        import_attributes: true,
        ..EsSyntax::default()
    };
    let program = Parser::new(Syntax::Es(syntax), input, None).parse_program().ok()?;
    let place = |at: usize| Some(BytePos(u32::try_from(at).ok()?.checked_add(1)?));
    let mut analysis = Analysis::looking_for(place(function.start)?, place(function.end)?);
    match program {
        Program::Script(script) => analysis.program(Bindings::default(), &script.body),
        Program::Module(module) => {
            let (imported, statements) = items(module.body);
            analysis.program(imported, &statements);
        }
    }
    analysis.found()
}

/// A module as names it imports and statements.
fn items(body: Vec<ModuleItem>) -> (Bindings, Vec<Stmt>) {
    let mut imported = Bindings::default();
    let mut statements = Vec::with_capacity(body.len());
    let expression = |expr: Expr| Stmt::Expr(ExprStmt { span: swc_common::DUMMY_SP, expr: Box::new(expr) });
    for item in body {
        match item {
            ModuleItem::Stmt(statement) => statements.push(statement),
            ModuleItem::ModuleDecl(ModuleDecl::Import(import)) => {
                for specifier in &import.specifiers {
                    imported.add(match specifier {
                        ImportSpecifier::Named(named) => &named.local,
                        ImportSpecifier::Default(default) => &default.local,
                        ImportSpecifier::Namespace(namespace) => &namespace.local,
                    });
                }
            }
            ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => statements.push(Stmt::Decl(export.decl)),
            ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultExpr(export)) => statements.push(expression(*export.expr)),
            ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(export)) => {
                // Unlike an expression's, its name is known to the whole module.
                let value = match export.decl {
                    DefaultDecl::Fn(function) => {
                        function.ident.iter().for_each(|name| imported.add(name));
                        Expr::Fn(function)
                    }
                    DefaultDecl::Class(class) => {
                        class.ident.iter().for_each(|name| imported.add(name));
                        Expr::Class(class)
                    }
                    DefaultDecl::TsInterfaceDecl(_) => continue,
                };
                statements.push(expression(value));
            }
            ModuleItem::ModuleDecl(_) => {}
        }
    }
    (imported, statements)
}

#[cfg(test)]
mod tests {
    use super::find;

    /// Looks for the function between two `@` in `marked`, which are not part of the text.
    fn shadows(marked: &str, names: &[&str]) -> String {
        let parts: Vec<&str> = marked.split('@').collect();
        let [before, text, _] = parts[..] else { panic!("{marked}") };
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap_or("").encode_utf16().count();
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        find(parts.concat(), text, line, column, names).map_or("?".into(), |found| found.join(" "))
    }

    #[test]
    fn names_of_the_scopes_around_are_found() {
        for (source, expected) in [
            ("const fetch = 1; run(@() => fetch()@);", "fetch"),
            ("import fetch from 'x';\nrun(@() => fetch()@);", "fetch"),
            ("import { a as fetch, b as name } from 'x'; run(@() => fetch(name)@);", "fetch name"),
            ("import * as name from 'x'; run(@() => name@);", "name"),
            ("export const name = 1; export default run(@() => name@);", "name"),
            ("export default function name() { run(@() => name@); }", "name"),
            ("function f(name) { return run(@() => name@); }", "name"),
            ("const f = ({ a: [name = 1] }, ...fetch) => run(@() => name@);", "fetch name"),
            ("function f() { run(@() => name@); var name; }", "name"),
            ("{ let name; run(@() => name@); }", "name"),
            ("for (const name of []) run(@() => name@);", "name"),
            ("try {} catch (name) { run(@() => name@); }", "name"),
            ("class A { m(name) { run(@() => name@); } static { let fetch; } }", "name"),
            ("run(@() => name@); class name {}", "name"),
            ("const o = { f(fetch) { return { get v() { return run(@() => fetch@); } }; } };", "fetch"),
            ("// \u{1F600}\nconst a = '\u{1F600}', name = 1; run('\u{1F600}', @() => name@);", "name"),
            ("const name = 1; class A { @method() { return name }@ }", "name"),
            ("const name = 1; const o = { @get fetch() { return name }@ };", "name"),
            ("if (1) return; const name = require('x'); run(@function () { return name }@);", "name"),
        ] {
            assert_eq!(shadows(source, &["fetch", "name"]), expected, "{source}");
        }
    }

    #[test]
    fn names_of_other_scopes_are_not() {
        for source in [
            "run(@() => fetch(name)@);",
            "{ let name; } function f(fetch) {} run(@() => fetch(name)@);",
            "const o = { name: 1, fetch() {} }; o.name = 2; run(@() => fetch(name)@);",
            "run(@(name) => { let fetch; return name }@);",
            "const f = (name) => 1; run(@() => name@); const g = function fetch() {};",
            "name: for (;;) { run(@() => name@); break name; }",
            "export { a as name }; let a; run(@() => name@);",
        ] {
            assert_eq!(shadows(source, &["fetch", "name"]), "", "{source}");
        }
    }

    #[test]
    fn what_is_not_where_it_should_be_is_not_judged() {
        assert_eq!(find("const name = 1; run(() => name);".into(), "() => other", 0, 20, vec!["name".into()]), None);
        assert_eq!(find("const name = ; run(() => name);".into(), "() => name", 0, 20, vec!["name".into()]), None);
        assert_eq!(find("const name = 1; run(() => name);".into(), "() => name", 9, 20, vec!["name".into()]), None);
    }
}
