//! TypeScript by type stripping: types become white space, everything else keeps its position.
//!
//! The erasing itself is done by `swc_ts_fast_strip` in its strip-only mode. This file turns its diagnostics into
//! Node's two errors: syntax that would need code generation (enums, namespaces with values, parameter properties…)
//! is `ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX`, anything the parser rejects is `ERR_INVALID_TYPESCRIPT_SYNTAX`, both
//! `SyntaxError`s, with the place in `js/` readable form so that the stack can begin with `file:line` and the line.

use std::sync::{Arc, Mutex, PoisonError};

use swc_common::errors::{DiagnosticBuilder, Emitter, HANDLER, Handler};
use swc_common::sync::Lrc;
use swc_common::{SourceMap, Span};
use swc_ts_fast_strip::{ErrorCode, Mode, Options, operate};

use super::OpDecl;
use super::args::{IntoJs as _, arg_string};
use super::error::OpResult;
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[op!("stripTypes", 1, strip_types)];

/// `stripTypes(source)`: the JavaScript text, or `[unsupported, message, line, column, source line, width]`.
fn strip_types(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let source = arg_string(scope, args, 0)?;
    match strip(source) {
        Ok(text) => rv.set(text.into_js(scope)?),
        Err(error) => {
            let items = [
                error.unsupported.into_js(scope)?,
                error.message.into_js(scope)?,
                error.line.into_js(scope)?,
                error.column.into_js(scope)?,
                error.source_line.into_js(scope)?,
                error.width.into_js(scope)?,
            ];
            rv.set(v8::Array::new_with_elements(scope, &items).into());
        }
    }
    Ok(())
}

/// Why a file could not be stripped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripError {
    /// The syntax is valid TypeScript but erasing types alone does not make it JavaScript.
    pub unsupported: bool,
    /// The parser's words.
    pub message: String,
    /// Line of the fault, from 1; 0 where unknown.
    pub line: usize,
    /// Column of the fault in characters, from 0.
    pub column: usize,
    /// The text of that line.
    pub source_line: String,
    /// Characters of that line the fault spans, at least 1.
    pub width: usize,
}

/// Message and place of a diagnostic.
type Diagnostic = (String, Option<Span>);

/// Keeps the first diagnostic; swc reports through an emitter.
struct FirstDiagnostic(Arc<Mutex<Option<Diagnostic>>>);

impl Emitter for FirstDiagnostic {
    fn emit(&mut self, diagnostic: &mut DiagnosticBuilder<'_>) {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if first.is_none() {
            *first = Some((diagnostic.message(), diagnostic.span.primary_span()));
        }
    }
}

/// Replaces the types in `source` by blanks. Line and column of everything that remains are those of the input.
pub fn strip(source: String) -> Result<String, StripError> {
    let map: Lrc<SourceMap> = Lrc::default();
    let first = Arc::new(Mutex::new(None));
    let handler = Handler::with_emitter(false, false, Box::new(FirstDiagnostic(Arc::clone(&first))));
    let options = Options { mode: Mode::StripOnly, deprecated_ts_module_as_error: Some(true), ..Options::default() };
    let result = HANDLER.set(&handler, || operate(&map, &handler, source, options));
    let error = match result {
        Ok(output) => return Ok(output.code),
        Err(error) => error,
    };
    let diagnostic = first.lock().unwrap_or_else(PoisonError::into_inner).take();
    let mut failure = StripError {
        unsupported: matches!(error.code, ErrorCode::UnsupportedSyntax),
        message: error.message,
        line: 0,
        column: 0,
        source_line: String::new(),
        width: 1,
    };
    if let Some((message, span)) = diagnostic {
        failure.message = message;
        if let Some(span) = span.filter(|span| !span.is_dummy()) {
            let place = map.lookup_char_pos(span.lo);
            failure.line = place.line;
            failure.column = place.col.0;
            failure.source_line =
                place.line.checked_sub(1).and_then(|n| place.file.get_line(n)).unwrap_or_default().into_owned();
            let end = map.lookup_char_pos(span.hi);
            let last = if end.line == place.line { end.col.0 } else { failure.source_line.chars().count() };
            failure.width = last.saturating_sub(failure.column).max(1);
        }
    }
    Err(failure)
}

#[cfg(test)]
mod tests {
    use super::strip;

    #[test]
    fn types_become_blanks_of_the_same_width() {
        let stripped = strip(
            "const x: number = 1 as any;\ninterface A { a: string }\nexport type B = A;\nlet y = <T,>(v: T): T => v;"
                .into(),
        );
        let text = stripped.expect("valid TypeScript");
        assert!(text.starts_with("const x         = 1       ;\n"), "{text}");
        assert_eq!(text.lines().count(), 4);
        assert!(text.lines().nth(3).is_some_and(|l| l.contains("let y =") && l.ends_with("=> v;")), "{text}");
    }

    #[test]
    fn syntax_that_needs_code_is_unsupported() {
        let error = strip("let ok = 1;\n  enum Foo { A }\n".into()).expect_err("enum");
        assert!(error.unsupported);
        assert_eq!((error.line, error.column), (2, 2));
        assert_eq!(error.source_line, "  enum Foo { A }");
        assert!(error.message.contains("enum is not supported in strip-only mode"), "{}", error.message);
        assert!(
            strip("class A { constructor(private x: number) {} }".into()).expect_err("parameter property").unsupported
        );
        assert!(strip("namespace N { export const a = 1 }".into()).expect_err("namespace").unsupported);
        assert!(strip("module M { export const a = 1 }".into()).expect_err("module keyword").unsupported);
    }

    #[test]
    fn what_the_parser_rejects_is_invalid() {
        let error = strip("const = 1;".into()).expect_err("not a program");
        assert!(!error.unsupported);
        assert_eq!((error.line, error.column), (1, 6));
    }

    #[test]
    fn text_outside_the_basic_plane_keeps_its_bytes() {
        let text = strip("const s: string = '\u{1F600}é'; // \u{1F600}".into()).expect("valid");
        assert!(text.contains("'\u{1F600}é'; // \u{1F600}"));
    }
}
