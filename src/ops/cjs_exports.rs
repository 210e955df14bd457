//! Finds the names a CommonJS file exports, without running it.
//!
//! `import { name } from './file.cjs'` must link before the file runs, so the names are guessed from its text. The
//! forms recognised are those Node's documentation promises for its own lexer (the `cjs-module-lexer` grammar):
//! `exports.a =`, `module.exports.a =`, `exports['a'] =`, `Object.defineProperty(exports, 'a', { value | get })`,
//! `module.exports = { a, 'b': c, ...require('d') }`, `module.exports = require('e')`, TypeScript's and Babel's
//! `export *` helpers. A form outside that list is deliberately not found: programs must link here exactly when they
//! link on Node.
//!
//! One pass over the bytes. The scanner knows just enough of the grammar to skip comments, strings, templates and
//! regular expressions; on meeting a word that can start one of the forms it tries the form with a cursor of its own,
//! and the main position then goes on right behind the word, so forms that contain each other are all seen.
//! It never fails: text that is not JavaScript merely yields fewer names.

use std::collections::{HashMap, HashSet};

/// What [`scan`] found, in order of first appearance, each name once.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CjsExports {
    /// Names of exports, `__esModule` and `default` among them where present.
    pub exports: Vec<String>,
    /// Specifiers of modules all of whose names are exported too.
    pub reexports: Vec<String>,
}

/// Scans the text of a CommonJS module.
pub fn scan(source: &str) -> CjsExports {
    let mut scanner = Scanner {
        src: source.as_bytes(),
        found: CjsExports::default(),
        seen: HashSet::new(),
        required: HashMap::new(),
        brackets: Vec::new(),
    };
    scanner.run();
    scanner.found
}

/// What an open bracket was, which tells what a `/` behind its closing one means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    /// `(` of a call or a grouping, `[`, or `{` of an object literal: a value is complete behind the closing one.
    Value,
    /// `(` of `if`, `while`, `for` or `with`, or `{` of a block: an expression may start behind the closing one.
    Statement,
    /// `${` of a template literal.
    Template,
}

struct Scanner<'a> {
    src: &'a [u8],
    found: CjsExports,
    seen: HashSet<String>,
    /// Variables that hold a required module: name → specifier.
    required: HashMap<&'a [u8], String>,
    brackets: Vec<Bracket>,
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// Words behind which an expression starts, so that `/` begins a regular expression.
fn expects_expression(word: &[u8]) -> bool {
    matches!(
        word,
        b"return"
            | b"typeof"
            | b"case"
            | b"do"
            | b"else"
            | b"in"
            | b"instanceof"
            | b"new"
            | b"void"
            | b"delete"
            | b"throw"
            | b"await"
            | b"yield"
            | b"of"
    )
}

impl<'a> Scanner<'a> {
    fn run(&mut self) {
        let mut pos = 0;
        // Whether an operand is complete, so that `/` divides.
        let mut operand = false;
        // The last word was `if`, `while`, `for` or `with`.
        let mut control = false;
        // The last token was a `.` that is not part of `...`.
        let mut member = false;
        // `)` or `=>` came last: a `{` opens a body.
        let mut body = false;
        // Last operator byte, 0 after anything else.
        let mut operator = 0_u8;
        while let Some(&byte) = self.src.get(pos) {
            match byte {
                _ if is_space(byte) => pos += 1,
                b'/' if matches!(self.src.get(pos + 1), Some(b'/' | b'*')) => pos = self.skip_comment(pos),
                b'/' => {
                    pos = if operand { pos + 1 } else { self.skip_regexp(pos) };
                    operand = !operand;
                    (control, member, body, operator) = (false, false, false, b'/');
                }
                b'"' | b'\'' => {
                    pos = self.skip_string(pos);
                    operand = true;
                    (control, member, body, operator) = (false, false, false, 0);
                }
                b'`' => {
                    let (end, hole) = self.skip_template(pos + 1);
                    pos = end;
                    operand = !hole;
                    (control, member, body, operator) = (false, false, false, if hole { b'{' } else { 0 });
                }
                b'(' | b'[' => {
                    self.brackets.push(if control { Bracket::Statement } else { Bracket::Value });
                    pos += 1;
                    operand = false;
                    (control, member, body, operator) = (false, false, false, byte);
                }
                b'{' => {
                    let block = body || matches!(operator, 0 | b';' | b'{' | b'}');
                    self.brackets.push(if block { Bracket::Statement } else { Bracket::Value });
                    pos += 1;
                    operand = false;
                    (control, member, body, operator) = (false, false, false, b'{');
                }
                b')' | b']' | b'}' => {
                    let opened = self.brackets.pop().unwrap_or(Bracket::Statement);
                    pos += 1;
                    if byte == b'}' && opened == Bracket::Template {
                        let (end, hole) = self.skip_template(pos);
                        pos = end;
                        operand = !hole;
                        (control, member, body, operator) = (false, false, false, if hole { b'{' } else { 0 });
                    } else {
                        operand = opened == Bracket::Value;
                        (control, member, body, operator) = (false, false, byte == b')', byte);
                    }
                }
                _ if byte.is_ascii_digit() => {
                    pos += 1;
                    while self.src.get(pos).is_some_and(|&b| is_word(b) || b == b'.') {
                        pos += 1;
                    }
                    operand = true;
                    (control, member, body, operator) = (false, false, false, 0);
                }
                _ if is_word(byte) => {
                    let start = pos;
                    pos = self.word_end(pos);
                    let word = &self.src[start..pos];
                    self.on_word(word, member, pos);
                    operand = member || !expects_expression(word);
                    control = !member && matches!(word, b"if" | b"while" | b"for" | b"with");
                    body = !member && matches!(word, b"else" | b"do" | b"try" | b"finally");
                    member = false;
                    // Behind `return` or `typeof` a `{` is an object; behind another word it is a body.
                    operator = if operand { 0 } else { b'=' };
                }
                b'.' => {
                    if self.src[pos..].starts_with(b"...") {
                        pos += 3;
                        member = false;
                    } else {
                        pos += 1;
                        member = true;
                    }
                    operand = false;
                    (control, body, operator) = (false, false, b'.');
                }
                _ => {
                    let arrow = byte == b'>' && operator == b'=';
                    // `a++ / b` divides: the operand before stays one.
                    operand = operand && matches!(byte, b'+' | b'-') && self.src.get(pos + 1) == Some(&byte);
                    pos += if operand { 2 } else { 1 };
                    (control, member, body, operator) = (false, false, arrow, byte);
                }
            }
        }
    }

    fn word_end(&self, mut pos: usize) -> usize {
        while self.src.get(pos).is_some_and(|&b| is_word(b)) {
            pos += 1;
        }
        pos
    }

    fn skip_comment(&self, pos: usize) -> usize {
        if self.src.get(pos + 1) == Some(&b'/') {
            self.src[pos..].iter().position(|&b| b == b'\n' || b == b'\r').map_or(self.src.len(), |n| pos + n)
        } else {
            let inner = pos + 2;
            self.src[inner..].windows(2).position(|pair| pair == b"*/").map_or(self.src.len(), |n| inner + n + 2)
        }
    }

    /// The position behind the string that starts at `pos`; an unterminated one ends with its line.
    fn skip_string(&self, pos: usize) -> usize {
        let quote = self.src[pos];
        let mut at = pos + 1;
        while let Some(&byte) = self.src.get(at) {
            match byte {
                b'\\' => at += if self.src[at + 1..].starts_with(b"\r\n") { 3 } else { 2 },
                b'\n' | b'\r' => return at,
                _ if byte == quote => return at + 1,
                _ => at += 1,
            }
        }
        self.src.len()
    }

    /// Skips template text from `pos` to behind its closing backtick, or to behind a `${` (then true).
    fn skip_template(&mut self, pos: usize) -> (usize, bool) {
        let mut at = pos;
        while let Some(&byte) = self.src.get(at) {
            match byte {
                b'\\' => at += 2,
                b'`' => return (at + 1, false),
                b'$' if self.src.get(at + 1) == Some(&b'{') => {
                    self.brackets.push(Bracket::Template);
                    return (at + 2, true);
                }
                _ => at += 1,
            }
        }
        (self.src.len(), false)
    }

    fn skip_regexp(&self, pos: usize) -> usize {
        let mut at = pos + 1;
        let mut class = false;
        while let Some(&byte) = self.src.get(at) {
            match byte {
                b'\\' => at += 1,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => return self.word_end(at + 1),
                // Not a regular expression after all.
                b'\n' | b'\r' => return pos + 1,
                _ => {}
            }
            at += 1;
        }
        pos + 1
    }

    fn on_word(&mut self, word: &'a [u8], member: bool, end: usize) {
        match word {
            b"exports" if !member => self.try_exports(Cursor { src: self.src, pos: end }, false),
            b"module" if !member => {
                let mut cursor = Cursor { src: self.src, pos: end };
                if cursor.dot(b"exports") {
                    self.try_exports(cursor, true);
                }
            }
            b"Object" if !member => {
                let cursor = Cursor { src: self.src, pos: end };
                if self.try_define_property(cursor.clone()).is_none() {
                    self.try_babel_star(cursor);
                }
            }
            b"__exportStar" | b"__export" => {
                let mut cursor = Cursor { src: self.src, pos: end };
                if cursor.byte(b'(')
                    && let Some(specifier) = cursor.require()
                {
                    self.add_reexport(specifier);
                }
            }
            b"var" | b"let" | b"const" if !member => self.try_variable(Cursor { src: self.src, pos: end }),
            _ => {}
        }
    }

    fn add(&mut self, name: String) {
        if self.seen.insert(name.clone()) {
            self.found.exports.push(name);
        }
    }

    fn add_reexport(&mut self, specifier: String) {
        if !self.found.reexports.contains(&specifier) {
            self.found.reexports.push(specifier);
        }
    }

    /// Behind `exports` or `module.exports`.
    fn try_exports(&mut self, mut cursor: Cursor<'a>, whole: bool) {
        if whole && cursor.clone().assignment() {
            cursor.assignment();
            // The last assignment of the whole object is the one that counts.
            self.found.reexports.clear();
            if let Some(specifier) = cursor.clone().require() {
                self.add_reexport(specifier);
            } else if cursor.byte(b'{') {
                self.literal(cursor);
            }
        } else if let Some(name) = cursor.member()
            && cursor.assignment()
        {
            self.add(name);
        }
    }

    /// Inside the braces of `module.exports = { … }`.
    fn literal(&mut self, mut cursor: Cursor<'a>) {
        loop {
            if cursor.word_is(b"...") {
                if let Some(specifier) = cursor.clone().require() {
                    cursor.require();
                    self.add_reexport(specifier);
                } else if cursor.identifier().is_none() {
                    return;
                }
            } else {
                let name = match cursor.identifier() {
                    Some(name) => text(name),
                    None => match cursor.string() {
                        Some(name) if cursor.peek() == Some(b':') => name,
                        _ => return,
                    },
                };
                // Only a value that begins with a name goes without saying: with others, the list ends.
                if cursor.byte(b':') {
                    if let Some(specifier) = cursor.clone().require() {
                        // As Node has it: what that module exports is taken for exported here as well.
                        self.add(name);
                        self.add_reexport(specifier);
                        return;
                    }
                    if cursor.identifier().is_none() {
                        return;
                    }
                } else if name == "get" && !matches!(cursor.peek(), Some(b',' | b'}' | b'(')) {
                    return;
                }
                self.add(name);
            }
            if !cursor.byte(b',') {
                return;
            }
        }
    }

    fn try_define_property(&mut self, mut cursor: Cursor<'a>) -> Option<()> {
        let ok = cursor.dot(b"defineProperty") && cursor.byte(b'(');
        if !ok || !cursor.exports_object() || !cursor.byte(b',') {
            return None;
        }
        let name = cursor.string()?;
        if !cursor.byte(b',') || !cursor.byte(b'{') {
            return None;
        }
        let mut key = cursor.identifier()?;
        if key == b"enumerable" {
            if !cursor.byte(b':') || !(cursor.keyword(b"true") || cursor.word_is(b"!0")) || !cursor.byte(b',') {
                return None;
            }
            key = cursor.identifier()?;
        }
        let found = match key {
            b"value" => cursor.byte(b':'),
            b"get" => cursor.simple_getter(),
            _ => false,
        };
        if found {
            self.add(name);
        }
        Some(())
    }

    /// Babel's `Object.keys(_x).forEach(function (key) { … exports[key] = _x[key] … })`.
    fn try_babel_star(&mut self, mut cursor: Cursor<'a>) -> Option<()> {
        // No reason for this window but size: the longest body Babel writes is below 500 bytes.
        const WINDOW: usize = 700;
        if !cursor.dot(b"keys") || !cursor.byte(b'(') {
            return None;
        }
        let variable = cursor.identifier()?;
        if !cursor.byte(b')') || !cursor.dot(b"forEach") || !cursor.byte(b'(') || !cursor.keyword(b"function") {
            return None;
        }
        cursor.byte(b'(').then_some(())?;
        let key = cursor.identifier()?;
        (cursor.byte(b')') && cursor.byte(b'{')).then_some(())?;
        let end = (cursor.pos + WINDOW).min(self.src.len());
        let mut body = String::new();
        for &byte in &self.src[cursor.pos..end] {
            if !is_space(byte) {
                body.push(byte as char);
                if body.ends_with("})") && !body.ends_with("}})") {
                    break;
                }
            }
        }
        let (variable_text, key) = (text(variable), text(key));
        let copies = body.contains(&format!("exports[{key}]={variable_text}[{key}]"))
            || (body.contains(&format!("Object.defineProperty(exports,{key}"))
                && body.contains(&format!("return{variable_text}[{key}]")));
        if copies && let Some(specifier) = self.required.get(variable) {
            self.add_reexport(specifier.clone());
        }
        Some(())
    }

    /// `_x = require('x')`, also inside Babel's interop call.
    fn try_variable(&mut self, mut cursor: Cursor<'a>) {
        let Some(name) = cursor.identifier() else { return };
        if !cursor.assignment() {
            return;
        }
        let mut specifier = cursor.clone().require();
        if specifier.is_none()
            && cursor.identifier().is_some_and(|f| f.starts_with(b"_interopRequire"))
            && cursor.byte(b'(')
        {
            specifier = cursor.require();
        }
        if let Some(specifier) = specifier {
            self.required.insert(name, specifier);
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A position used to try one form; each method skips white space and comments first, and moves only on success
/// unless it returns a value.
#[derive(Clone)]
struct Cursor<'a> {
    src: &'a [u8],
    pos: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.src.get(self.pos)?;
            if is_space(byte) {
                self.pos += 1;
            } else if byte == b'/' && self.src.get(self.pos + 1) == Some(&b'/') {
                let rest = &self.src[self.pos..];
                self.pos += rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
            } else if byte == b'/' && self.src.get(self.pos + 1) == Some(&b'*') {
                let rest = &self.src[self.pos + 2..];
                self.pos += 2 + rest.windows(2).position(|pair| pair == b"*/").map_or(rest.len(), |n| n + 2);
            } else {
                return Some(byte);
            }
        }
    }

    fn byte(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        self.pos += usize::from(found);
        found
    }

    fn word_is(&mut self, wanted: &[u8]) -> bool {
        let found = self.peek().is_some() && self.src[self.pos..].starts_with(wanted);
        if found {
            self.pos += wanted.len();
        }
        found
    }

    fn keyword(&mut self, wanted: &[u8]) -> bool {
        let mut ahead = self.clone();
        let found = ahead.identifier() == Some(wanted);
        if found {
            self.pos = ahead.pos;
        }
        found
    }

    fn identifier(&mut self) -> Option<&'a [u8]> {
        let first = self.peek()?;
        if !is_word(first) || first.is_ascii_digit() {
            return None;
        }
        let start = self.pos;
        while self.src.get(self.pos).is_some_and(|&b| is_word(b)) {
            self.pos += 1;
        }
        Some(&self.src[start..self.pos])
    }

    /// `=` that is neither `==` nor `=>`.
    fn assignment(&mut self) -> bool {
        let found = self.peek() == Some(b'=') && !matches!(self.src.get(self.pos + 1), Some(b'=' | b'>'));
        self.pos += usize::from(found);
        found
    }

    /// `.name` or `['name']`.
    fn member(&mut self) -> Option<String> {
        if self.byte(b'.') {
            return self.identifier().map(text);
        }
        if self.byte(b'[') {
            let name = self.string()?;
            return self.byte(b']').then_some(name);
        }
        None
    }

    /// `.wanted`; where it is written `['wanted']`, Node does not see it either.
    fn dot(&mut self, wanted: &[u8]) -> bool {
        self.byte(b'.') && self.identifier() == Some(wanted)
    }

    fn exports_object(&mut self) -> bool {
        match self.identifier() {
            Some(b"exports") => true,
            Some(b"module") => self.dot(b"exports"),
            _ => false,
        }
    }

    /// `require('x')`.
    fn require(&mut self) -> Option<String> {
        if self.identifier()? != b"require" || !self.byte(b'(') {
            return None;
        }
        let specifier = self.string()?;
        self.byte(b')').then_some(specifier)
    }

    /// Behind `get`: `() { return a.b }`, `: function () { return a['b']; }`, with the end of the call.
    fn simple_getter(&mut self) -> bool {
        if self.byte(b':') {
            if !self.keyword(b"function") {
                return false;
            }
            let mut named = self.clone();
            if named.identifier().is_some() {
                self.pos = named.pos;
            }
        }
        if !(self.byte(b'(') && self.byte(b')') && self.byte(b'{') && self.keyword(b"return")) {
            return false;
        }
        if self.identifier().is_none() {
            return false;
        }
        while matches!(self.peek(), Some(b'.' | b'[')) {
            if self.member().is_none() {
                return false;
            }
        }
        self.byte(b';');
        let closed = self.byte(b'}');
        self.byte(b',');
        closed && self.byte(b'}') && self.byte(b')')
    }

    /// A string literal, its escapes undone. `None` for what no UTF-8 name can hold (lone surrogates).
    fn string(&mut self) -> Option<String> {
        let quote = self.peek().filter(|b| matches!(b, b'"' | b'\''))?;
        let mut units: Vec<u16> = Vec::new();
        let mut plain = self.pos + 1;
        let mut at = plain;
        loop {
            let byte = *self.src.get(at)?;
            match byte {
                b'\n' | b'\r' => return None,
                b'\\' => {
                    units.extend(std::str::from_utf8(&self.src[plain..at]).ok()?.encode_utf16());
                    at = unescape(self.src, at + 1, &mut units)?;
                    plain = at;
                }
                _ if byte == quote => break,
                _ => at += 1,
            }
        }
        units.extend(std::str::from_utf8(&self.src[plain..at]).ok()?.encode_utf16());
        self.pos = at + 1;
        String::from_utf16(&units).ok()
    }
}

/// Reads the escape whose letter is at `at`; returns the position behind it.
fn unescape(src: &[u8], at: usize, units: &mut Vec<u16>) -> Option<usize> {
    let hex = |from: usize, to: usize| u32::from_str_radix(std::str::from_utf8(src.get(from..to)?).ok()?, 16).ok();
    let simple = |units: &mut Vec<u16>, value: u8| {
        units.push(u16::from(value));
        Some(at + 1)
    };
    match *src.get(at)? {
        b'n' => simple(units, b'\n'),
        b't' => simple(units, b'\t'),
        b'r' => simple(units, b'\r'),
        b'b' => simple(units, 8),
        b'f' => simple(units, 12),
        b'v' => simple(units, 11),
        b'0' if !src.get(at + 1).is_some_and(u8::is_ascii_digit) => simple(units, 0),
        b'x' => {
            units.push(hex(at + 1, at + 3)? as u16);
            Some(at + 3)
        }
        b'u' if src.get(at + 1) == Some(&b'{') => {
            let close = at + 2 + src.get(at + 2..)?.iter().position(|&b| b == b'}')?;
            let point = char::from_u32(hex(at + 2, close)?)?;
            units.extend_from_slice(point.encode_utf16(&mut [0; 2]));
            Some(close + 1)
        }
        b'u' => {
            units.push(hex(at + 1, at + 5)? as u16);
            Some(at + 5)
        }
        b'\n' => Some(at + 1),
        b'\r' => Some(at + if src.get(at + 1) == Some(&b'\n') { 2 } else { 1 }),
        byte if byte.is_ascii() => simple(units, byte),
        // A multi-byte character escapes to itself: leave it to the plain text behind the backslash.
        _ => Some(at),
    }
}

#[cfg(test)]
#[path = "cjs_exports_tests.rs"]
mod tests;
