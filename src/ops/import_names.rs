//! Which exports of a built-in module the text of an ES module names.
//!
//! V8 tells the specifiers of a module's imports, not the names. A built-in with exports that load other built-ins on
//! their first read (`node:fs`, `node:url`, `node:worker_threads`) need not load those for an importer that names
//! others. So the names are read from the text, after V8 has compiled it: the text is known to be a module.
//!
//! Every declaration that binds names of another module ends in the word `from` (which the grammar forbids to spell with
//! escapes), white space or comments, and a string. [`scan`] looks at every `from` and reads the clause before it
//! backwards. Whatever it does not understand to the last character counts as "all names", which is always right and
//! only costs time; a clause in a comment or a string adds names nobody asked for, which costs time too.

use memchr::memmem;

/// What a module names of another: all exports, or these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// Its namespace, or something the scan did not understand.
    All,
    /// These, `default` perhaps among them; with a repetition for each time they are named.
    Some(Vec<String>),
}

/// How far back the beginning of a line is looked for; longer lines are not understood.
const LINE: usize = 2000;

/// The names `text` asks of each of `specifiers`. Characters from U+0080 on may stand in `text` as any byte from 0x80
/// on, as long as the specifiers are ASCII.
pub fn scan(text: &[u8], specifiers: &[&[u8]]) -> Vec<Names> {
    let mut found = vec![Names::Some(Vec::new()); specifiers.len()];
    for at in memmem::find_iter(text, b"from") {
        match string_after(text, at + 4) {
            After::Nothing => {}
            After::Unknown => return vec![Names::All; specifiers.len()],
            After::Text(specifier) => {
                let Some(index) = specifiers.iter().position(|s| *s == specifier) else { continue };
                match (&mut found[index], clause_before(text, at)) {
                    (Names::Some(names), Some(more)) => names.extend(more),
                    (names, _) => *names = Names::All,
                }
            }
        }
    }
    found
}

/// What follows the word `from`.
enum After<'a> {
    /// Nothing that makes it part of a declaration.
    Nothing,
    /// A string, as it stands between its quotes.
    Text(&'a [u8]),
    /// A comment, a string with escapes, perhaps white space that is not ASCII.
    Unknown,
}

fn string_after(text: &[u8], from: usize) -> After<'_> {
    let start = from + text[from..].iter().take_while(|byte| is_space(**byte)).count();
    match text.get(start) {
        Some(b'\'' | b'"') => {}
        Some(b'/') if matches!(text.get(start + 1), Some(b'/' | b'*')) => return After::Unknown,
        Some(byte) if *byte >= 0x80 => return After::Unknown,
        _ => return After::Nothing,
    }
    let rest = &text[start + 1..];
    match rest.iter().position(|byte| *byte == text[start] || matches!(byte, b'\n' | b'\r' | b'\\')) {
        Some(end) if rest[end] == text[start] => After::Text(&rest[..end]),
        Some(end) if rest[end] == b'\\' => After::Unknown,
        _ => After::Nothing,
    }
}

/// The names in the clause that ends before the `from` at `at`; none for anything but `import a`, `import { b as c }`,
/// `import a, { b }` and `export { b }`.
fn clause_before(text: &[u8], at: usize) -> Option<Vec<String>> {
    let mut before = text[..at].trim_ascii_end();
    let mut names = Vec::new();
    if let Some(list) = before.strip_suffix(b"}") {
        let open = memchr::memrchr(b'{', list)?;
        for item in list[open + 1..].split(|byte| *byte == b',') {
            let words: Vec<&[u8]> = item.split(|byte| is_space(*byte)).filter(|word| !word.is_empty()).collect();
            let name = match *words.as_slice() {
                [] => continue,
                [name] | [name, b"as", _] => name,
                _ => return None,
            };
            if !words.iter().all(|word| is_identifier(word)) {
                return None;
            }
            names.push(std::str::from_utf8(name).ok()?.to_owned());
        }
        before = list[..open].trim_ascii_end();
        if let Some(start) = before.strip_suffix(b"export") {
            return starts_statement(start).then_some(names);
        }
        if let Some(start) = before.strip_suffix(b"import") {
            return starts_statement(start).then_some(names);
        }
        before = before.strip_suffix(b",")?.trim_ascii_end();
    } else if before.len() == at {
        // `from` is the end of another word, or stands behind a comment.
        return None;
    }
    let binding = before.iter().rev().take_while(|byte| is_word(**byte)).count();
    let start = before[..before.len() - binding].trim_ascii_end();
    // A space is between the two words, or they are one.
    if binding == 0 || start.len() == before.len() - binding {
        return None;
    }
    names.push("default".into());
    starts_statement(start.strip_suffix(b"import")?).then_some(names)
}

/// Whether a statement can start behind `before`, and not inside a comment to the end of the line: then what seemed
/// the clause would be the end of another one.
fn starts_statement(before: &[u8]) -> bool {
    let trimmed = before.trim_ascii_end();
    let on_its_own_line = before[trimmed.len()..].iter().any(|byte| matches!(byte, b'\n' | b'\r'));
    if trimmed.is_empty() || on_its_own_line {
        return true;
    }
    let near = &trimmed[trimmed.len().saturating_sub(LINE)..];
    let line = match near.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')) {
        Some(end) => &near[end + 1..],
        None if near.len() < trimmed.len() => return false,
        None => near,
    };
    // U+2028 and U+2029 end lines too: they may stand here as any byte that is not ASCII.
    trimmed.ends_with(b";") && line.is_ascii() && memmem::find(line, b"//").is_none()
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')
}

fn is_identifier(word: &[u8]) -> bool {
    word.iter().all(|byte| is_word(*byte))
}

#[cfg(test)]
mod tests {
    use super::{Names, scan};

    /// What `text` names of `x`.
    fn names(text: &str) -> Names {
        scan(text.as_bytes(), &[b"x"]).remove(0)
    }

    fn some(names: &[&str]) -> Names {
        Names::Some(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn clauses_are_read_whatever_their_spacing() {
        assert_eq!(names("import { a } from 'x'"), some(&["a"]));
        assert_eq!(names("import{a,b as c}from\"x\";import{d}from'x'"), some(&["a", "b", "d"]));
        assert_eq!(
            names("#!/usr/bin/env weft\nimport {\n  a,\n  default as b,\n} from\n  'x';"),
            some(&["a", "default"])
        );
        assert_eq!(names("import fs from 'x'"), some(&["default"]));
        assert_eq!(names("import fs, { a } from 'x'"), some(&["a", "default"]));
        assert_eq!(names("export { a, b as default } from 'x'"), some(&["a", "b"]));
        assert_eq!(names("import {} from 'x'; import 'x'; let from = 1; from / 'x'"), some(&[]));
        assert_eq!(names("import { from } from 'x'"), some(&["from"]));
        assert_eq!(names("import from from 'x'"), some(&["default"]));
        assert_eq!(names("import { a } from 'y'"), some(&[]));
    }

    #[test]
    fn each_specifier_has_its_own() {
        let found = scan(b"import { a } from 'x'; import * as y from 'y'; import 'z'", &[b"x", b"y", b"z"]);
        assert_eq!(found, [some(&["a"]), Names::All, some(&[])]);
    }

    #[test]
    fn namespaces_are_all_names() {
        for text in [
            "import * as a from 'x'",
            "import*as a from'x'",
            "import a, * as b from 'x'",
            "export * from 'x'",
            "export * as a from 'x'",
            "import { a } from 'x'; export * from 'x'",
        ] {
            assert_eq!(names(text), Names::All, "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_all_names() {
        for text in [
            "import { a, /* b */ c } from 'x'",
            "import { a } /* } */ from 'x'",
            "import { a } from /* 'y' */ 'x'",
            "import { a } from // 'y'\n 'x'",
            "import { a } from 'x'; import * as b from '\\x78'",
            "import { a } from 'x'; import * as b from\u{a0}'x'",
            "import { 'a b' as c } from 'x'",
            "import { a, // import {\n b } from 'x'",
            "import { a, // ; import {\n b } from 'x'",
            "import { a, // b, export {\n b } from 'x'",
            "import { \\u0061 } from 'x'",
            "import { \u{e9} } from 'x'",
            "import source a from 'x'",
            "import defer * as a from 'x'",
            "import { a, // \u{2028} ; import {\n b } from 'x'",
        ] {
            assert_eq!(names(text), Names::All, "{text}");
        }
        let long = format!("{}; import {{ a }} from 'x'", "f();".repeat(600));
        assert_eq!(names(&long), Names::All);
    }

    #[test]
    fn texts_in_strings_and_comments_only_add_names() {
        assert_eq!(names("// import { b } from 'x'"), Names::All);
        let text = "/*\nimport { b } from 'x' */\nimport { a } from 'x';\nconst s = `\nimport { c } from 'x'`;";
        assert_eq!(names(text), some(&["b", "a", "c"]));
    }
}
