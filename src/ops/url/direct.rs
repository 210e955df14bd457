//! URLs of the schemes that have a host, parsed straight into their serialization: one pass over the text as the string has it,
//! one byte or two a character, into memory that the caller uses again. What is rare (credentials, domains that have to be
//! mapped, line ends within) is left to the parser (parser.rs), which takes each part into a string of its own.

use super::POSITIONS;
use super::canonical::SCHEMES;
use super::host;
use super::percent::{ENCODED, Set, encodes};

/// A character of a flat string.
pub(super) trait Unit: Copy {
    /// Its number.
    fn code(self) -> u32;
}

impl Unit for u8 {
    fn code(self) -> u32 {
        self.into()
    }
}

impl Unit for u16 {
    fn code(self) -> u32 {
        self.into()
    }
}

/// A base URL: its serialization and the positions of the parts.
pub(super) struct Base<'a> {
    pub href: &'a [u8],
    pub positions: &'a [u32; POSITIONS],
}

/// Writes the serialization of `input` to `out`, which is cleared, and gives the positions of its parts. `None` means only that the
/// parser has to look at it.
pub(super) fn parse<U: Unit>(input: &[U], base: Option<&Base>, out: &mut Vec<u8>) -> Option<[u32; POSITIONS]> {
    out.clear();
    let text = trimmed(input);
    out.reserve(text.len() + 64);
    match split_scheme(text)? {
        Some((scheme, rest)) => {
            let (scheme, port) = *SCHEMES.iter().find(|(name, _)| is_scheme(scheme, name))?;
            let slashes = rest.iter().take_while(|&&unit| is_slash(unit)).count();
            if slashes < 2 && base.is_some() {
                // May be relative.
                return None;
            }
            out.extend_from_slice(scheme);
            authority(&rest[slashes..], port, out)
        }
        None => relative(text, base?, out),
    }
}

fn trimmed<U: Unit>(mut text: &[U]) -> &[U] {
    while let [first, rest @ ..] = text
        && first.code() <= 0x20
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && last.code() <= 0x20
    {
        text = rest;
    }
    text
}

fn is_slash<U: Unit>(unit: U) -> bool {
    matches!(ascii(unit), b'/' | b'\\')
}

/// The character, or one that means nothing anywhere.
fn ascii<U: Unit>(unit: U) -> u8 {
    if unit.code() < 0x80 { unit.code() as u8 } else { 0x80 }
}

/// The scheme that `text` begins with, if any, and what follows its `:`; `None` where the parser has to tell.
fn split_scheme<U: Unit>(text: &[U]) -> Option<Option<(&[U], &[U])>> {
    if !text.first().is_some_and(|&first| ascii(first).is_ascii_alphabetic()) {
        return Some(None);
    }
    let in_scheme = |unit: &U| ascii(*unit).is_ascii_alphanumeric() || matches!(ascii(*unit), b'+' | b'-' | b'.');
    let end = text.iter().position(|unit| !in_scheme(unit)).unwrap_or(text.len());
    match text.get(end).map(|&unit| ascii(unit)) {
        Some(b':') => Some(Some((&text[..end], &text[end + 1..]))),
        Some(b'\t' | b'\n' | b'\r') => None,
        _ => Some(None),
    }
}

fn is_scheme<U: Unit>(text: &[U], name: &[u8]) -> bool {
    text.len() == name.len() && text.iter().zip(name).all(|(&unit, &byte)| ascii(unit).to_ascii_lowercase() == byte)
}

/// What follows the scheme, which `out` holds.
fn authority<U: Unit>(text: &[U], default_port: u32, out: &mut Vec<u8>) -> Option<[u32; POSITIONS]> {
    let scheme_end = out.len();
    out.extend_from_slice(b"://");
    let user = out.len();
    let end = text.iter().position(|&unit| matches!(ascii(unit), b'/' | b'\\' | b'?' | b'#')).unwrap_or(text.len());
    let (authority, rest) = text.split_at(end);
    let name_end = authority.iter().position(|&unit| ascii(unit) == b':').unwrap_or(end);
    out.extend(authority[..name_end].iter().map(|&unit| ascii(unit).to_ascii_lowercase()));
    // Whatever is no plain domain, an `@` also, is refused here.
    if !host::is_canonical(&out[user..]) {
        return None;
    }
    let host_end = out.len();
    if let Some(digits) = authority.get(name_end + 1..) {
        push_port(digits, default_port, out)?;
    }
    let path = out.len();
    let rest = if rest.first().is_some_and(|&unit| is_slash(unit)) { &rest[1..] } else { rest };
    let known = [scheme_end, user, user, user, host_end, path, path].map(|at| at as u32);
    let rest = push_path(rest, path, out)?;
    finish(rest, known, out)
}

fn push_port<U: Unit>(digits: &[U], default_port: u32, out: &mut Vec<u8>) -> Option<()> {
    if digits.is_empty() {
        return Some(());
    }
    let mut port = 0;
    for &unit in digits {
        let digit = char::from(ascii(unit)).to_digit(10)?;
        port = port * 10 + digit;
        if port > 0xffff {
            return None;
        }
    }
    if port == default_port {
        return Some(());
    }
    out.push(b':');
    let mut scale = [10_000, 1000, 100, 10, 1].into_iter().skip_while(|&scale| scale > 1 && port < scale);
    scale.by_ref().for_each(|scale| out.push(b'0' + (port / scale % 10) as u8));
    Some(())
}

/// A URL without a scheme.
fn relative<U: Unit>(text: &[U], base: &Base, out: &mut Vec<u8>) -> Option<[u32; POSITIONS]> {
    let (href, positions) = (base.href, base.positions);
    let (_, port) = *SCHEMES.iter().find(|(name, _)| *name == &href[..positions[0] as usize])?;
    let [path, query, fragment] = [positions[6], positions[7], positions[8]].map(|at| at as usize);
    let mut known = [0; 7];
    known.copy_from_slice(&positions[..7]);
    let rest = match text.first().map(|&unit| ascii(unit)) {
        Some(b'/' | b'\\') => {
            let slashes = text.iter().take_while(|&&unit| is_slash(unit)).count();
            if slashes > 1 {
                out.extend_from_slice(&href[..positions[0] as usize]);
                return authority(&text[slashes..], port, out);
            }
            out.extend_from_slice(&href[..path]);
            push_path(&text[1..], path, out)?
        }
        None | Some(b'#') => {
            out.extend_from_slice(&href[..fragment]);
            return finish_fragment(text, known, query as u32, out);
        }
        Some(b'?') => {
            out.extend_from_slice(&href[..query]);
            text
        }
        Some(_) => {
            let folder = href[path..query].iter().rposition(|&byte| byte == b'/').unwrap_or(0);
            out.extend_from_slice(&href[..path + folder]);
            push_path(text, path, out)?
        }
    };
    finish(rest, known, out)
}

/// Segments up to the query or fragment, which is what is left of `text`. `out` has the path up to the slash that they follow, from
/// `start` on.
fn push_path<'a, U: Unit>(mut text: &'a [U], start: usize, out: &mut Vec<u8>) -> Option<&'a [U]> {
    loop {
        let before = out.len();
        out.push(b'/');
        text = push_encoded(text, Set::Path, |byte| matches!(byte, b'/' | b'\\' | b'?' | b'#'), out)?;
        let more = text.first().is_some_and(|&unit| is_slash(unit));
        let dots = dots(&out[before + 1..]);
        if dots > 0 {
            out.truncate(before);
            if dots == 2 {
                let last = out[start..].iter().rposition(|&byte| byte == b'/').unwrap_or(0);
                out.truncate(start + last);
            }
            if !more {
                out.push(b'/');
            }
        }
        if !more {
            return Some(text);
        }
        text = &text[1..];
    }
}

/// How many dots the segment is, if nothing else; they may be percent-encoded.
fn dots(segment: &[u8]) -> usize {
    fn one(text: &[u8]) -> Option<&[u8]> {
        match text {
            [b'.', rest @ ..] | [b'%', b'2', b'e' | b'E', rest @ ..] => Some(rest),
            _ => None,
        }
    }
    match one(segment).map(|rest| (rest.is_empty(), one(rest))) {
        Some((true, _)) => 1,
        Some((false, Some([]))) => 2,
        _ => 0,
    }
}

fn finish<U: Unit>(text: &[U], known: [u32; 7], out: &mut Vec<u8>) -> Option<[u32; POSITIONS]> {
    let query = out.len() as u32;
    let text = match text {
        [mark, rest @ ..] if ascii(*mark) == b'?' => {
            out.push(b'?');
            push_encoded(rest, Set::SpecialQuery, |byte| byte == b'#', out)?
        }
        _ => text,
    };
    finish_fragment(text, known, query, out)
}

fn finish_fragment<U: Unit>(text: &[U], known: [u32; 7], query: u32, out: &mut Vec<u8>) -> Option<[u32; POSITIONS]> {
    let fragment = u32::try_from(out.len()).ok()?;
    if let [_, rest @ ..] = text {
        out.push(b'#');
        push_encoded(rest, Set::Fragment, |_| false, out)?;
    }
    let [a, b, c, d, e, f, g] = known;
    Some([a, b, c, d, e, f, g, query, fragment])
}

/// Encodes what comes before the first character that `ends` accepts; the rest begins with that. `None` at a line end.
fn push_encoded<'a, U: Unit>(
    mut text: &'a [U],
    set: Set,
    ends: impl Fn(u8) -> bool,
    out: &mut Vec<u8>,
) -> Option<&'a [U]> {
    loop {
        let plain = text.iter().position(|&unit| encodes(ascii(unit), set) || ends(ascii(unit))).unwrap_or(text.len());
        out.extend(text[..plain].iter().map(|&unit| unit.code() as u8));
        text = &text[plain..];
        let Some(&unit) = text.first() else { return Some(text) };
        let byte = ascii(unit);
        if ends(byte) {
            return Some(text);
        }
        if matches!(byte, b'\t' | b'\n' | b'\r') {
            return None;
        }
        if byte < 0x80 {
            out.extend_from_slice(&ENCODED[usize::from(byte)]);
            text = &text[1..];
        } else {
            text = push_character(text, out);
        }
    }
}

/// Encodes the first character, which is not ASCII; the rest.
fn push_character<'a, U: Unit>(text: &'a [U], out: &mut Vec<u8>) -> &'a [U] {
    let high = text[0].code();
    let low = text.get(1).map_or(0, |unit| unit.code());
    let (code, length) = if high & 0xfc00 == 0xd800 && low & 0xfc00 == 0xdc00 {
        (0x10000 + ((high & 0x3ff) << 10 | low & 0x3ff), 2)
    } else {
        (high, 1)
    };
    let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    for byte in character.encode_utf8(&mut [0; 4]).bytes() {
        out.extend_from_slice(&ENCODED[usize::from(byte)]);
    }
    &text[length..]
}

#[cfg(test)]
mod tests {
    use super::super::parser::Record;
    use super::super::positions;
    use super::{Base, parse};

    /// What it gives, compared with the parser; whether it gave anything.
    fn check(text: &str, base: Option<&str>) -> bool {
        let record = base.map(|base| Record::parse(base, None).expect("a valid base"));
        let href = record.as_ref().map(Record::href).unwrap_or_default();
        let found = positions(&href);
        let base = base.map(|_| Base { href: href.as_bytes(), positions: &found });
        let expected = Record::parse(text, record.as_ref()).map(|url| url.href());
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut wide = Vec::new();
        let found = parse(&units, base.as_ref(), &mut wide);
        if let Some(found) = found {
            let wide = String::from_utf8(wide).expect("ASCII");
            assert_eq!(Ok(&wide), expected.as_ref(), "{text} {href}");
            assert_eq!(found, positions(&wide), "{text} {href}");
        }
        let latin1: Result<Vec<u8>, _> = units.iter().map(|&unit| u8::try_from(unit)).collect();
        if let Ok(latin1) = latin1 {
            let mut narrow = vec![1; 5];
            assert_eq!(parse(&latin1, base.as_ref(), &mut narrow), found, "{text} {href}");
            assert!(found.is_none() || Ok(narrow) == expected.map(String::into_bytes), "{text} {href}");
        }
        found.is_some()
    }

    #[test]
    fn common_urls() {
        for text in [
            "HTTP://EXAMPLE.com:80/a b/../c?q=\u{e9} x#\u{4e2d}",
            " https:\\\\a.b:0443/%2E/x\\..\\.\\",
            "ws:h?'\u{1f600}'",
            "ftp:////127.0.0.1/..",
            "http://a:8/%2e%2E/%2e./x/.%2e?",
            "http://h/ \"<>?\"<>'#\"<>'`\u{7f}\u{1}",
            "http://h:/",
            "http://h:00010/",
        ] {
            assert!(check(text, None), "{text}");
            // Without two slashes it may be relative.
            assert_eq!(check(text, Some("wss://b/")), !text.starts_with("ws:h"), "{text}");
        }
        for text in
            ["../b/c?d", "", "/x", "#f", "?q", "//h2", "\\\\\\h2\\x", "./../../..", "a:b/../c".get(2..).unwrap()]
        {
            assert!(check(text, Some("https://u:p@example.com:81/a/x/y?q#f")), "{text}");
        }
    }

    #[test]
    fn lone_surrogates_are_replaced() {
        let mut out = Vec::new();
        let units: Vec<u16> = "http://h/".encode_utf16().chain([0xd800, 0x61, 0xdc00]).collect();
        assert!(parse(&units, None, &mut out).is_some());
        assert_eq!(out, b"http://h/%EF%BF%BDa%EF%BF%BD");
    }

    #[test]
    fn the_parser_sees_to_the_rest() {
        for text in [
            "http://u@h/",
            "http://h\u{e9}/",
            "http://h:x/",
            "http://h:65536/",
            "http://0x7f/",
            "file:///a",
            "mailto:a",
            "http://",
            "x",
            "",
            "ht\ntp://h/",
            "http://h/a\tb",
            "http://[::1]/",
            "http://h/?\nb",
            "http://h/#\nb",
            "http://a%41/",
        ] {
            assert!(!check(text, None), "{text}");
        }
        assert!(!check("http:x", Some("http://h/")));
        assert!(!check("x", Some("file:///a")));
        assert!(!check("x", Some("web:/a")));
    }

    /// Whatever it takes is what the parser says, for many texts of the pieces that matter.
    #[test]
    fn it_says_what_the_parser_says() {
        const PIECES: [&str; 32] = [
            "http:",
            "HTTPS:",
            "//",
            "/",
            "a",
            "B.c",
            ".",
            "..",
            "%2e",
            "@",
            ":",
            "80",
            "443",
            "0",
            "1.2.3.4",
            "?",
            "#",
            "\\",
            "|",
            " ",
            "'",
            "^",
            "%",
            "\u{e9}",
            "\u{4e2d}",
            "\u{1f600}",
            "\t",
            "\n",
            "\"",
            "`",
            "--",
            "{",
        ];
        const BASES: [&str; 4] = ["https://u:p@h.example:81/a/b/c?q#f", "http://h", "file:///x/y", "web:opaque"];
        let mut state = 1_u64;
        let mut taken = 0;
        for round in 0..200_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mut bits = state >> 8;
            let mut text = String::new();
            if bits & 1 == 0 {
                text.push_str("http://h");
            }
            for _ in 0..(bits >> 4) % 9 {
                bits = bits.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(3_037_000_493);
                text.push_str(PIECES[((bits >> 33) % 32) as usize]);
            }
            taken += u32::from(check(&text, BASES.get(round % 6).copied()));
        }
        assert!(taken > 50_000, "{taken}");
    }
}
