//! `internalBinding('url')`: parsing and changing URLs by the WHATWG standard.
//!
//! The parser is Weft's own (url/parser.rs). The `url` crate departs from the standard where file URLs have empty
//! segments or a host and a drive letter, and some of its setters leave it in states that its own checks reject.
//!
//! JavaScript keeps a URL as its serialization (`href`) and the positions of its parts in it, so that reading a part
//! is a substring. One operation does everything at once: it parses, returns the href, and writes the positions into
//! a `Uint32Array` that js/web/url.js hands over. A serialization is ASCII, so bytes and characters are the same.
//!
//! Three ways lead to it, each for what the one before leaves: a URL that is its own href is only looked at (url/canonical.rs), one of
//! the common schemes is written where V8 copies it from (url/direct.rs), anything else is parsed part by part.
//!
//! The positions, in this order:
//!   0 end of the scheme (its `:`)       4 end of the host
//!   1 start of the user name            5 end of the port; equal to 4 without one
//!   2 its end                           6 start of the path
//!   3 end of the password; equal to 2   7 start of the query (its `?`), or where it would be
//!     without one                       8 start of the fragment (its `#`), or the length
//! Start of the host: 3, or one behind it where an `@` follows; whether there is an authority at all (`//`) shows in
//! what follows the scheme.

mod canonical;
mod direct;
mod host;
mod parser;
mod percent;

use std::cell::RefCell;

use v8::fast_api::{CFunction, CFunctionInfo, FastApiOneByteString, Int64Representation, Type};

use self::parser::Record;
use super::OpDecl;
use super::args::{arg_bool, arg_opt_string, arg_string, arg_u32, string, too_long};
use super::buffer::fast::contents;
use super::error::OpResult;
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("parse", 3, parse),
    op!("parseAlone", 2, parse_alone, &[PARSE_ALONE_FAST]),
    op!("written", 0, written),
    op!("canParse", 2, can_parse),
    op!("update", 4, update),
    op!("format", 5, format),
    op!("domainToASCII", 1, domain_to_ascii),
    op!("domainToUnicode", 1, domain_to_unicode),
    op!("toASCII", 1, to_ascii),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
type Return<'a> = v8::ReturnValue<'a, v8::Value>;

/// Number of positions.
const POSITIONS: usize = 9;

/// Finds the parts of a serialized URL. Its form is canonical, so delimiters are what they seem: whatever of a part
/// would read as one is percent-encoded.
fn positions(href: &str) -> [u32; POSITIONS] {
    let bytes = href.as_bytes();
    let find = |from: usize, set: &[u8]| {
        bytes[from..].iter().position(|byte| set.contains(byte)).map_or(bytes.len(), |found| from + found)
    };
    let scheme_end = find(0, b":");
    let after_scheme = (scheme_end + 1).min(bytes.len());
    let (mut user, mut user_end, mut password_end, mut host_end, mut port_end) =
        (after_scheme, after_scheme, after_scheme, after_scheme, after_scheme);
    let mut path = after_scheme;
    if bytes[after_scheme..].starts_with(b"//") {
        user = after_scheme + 2;
        let end = find(user, b"/?#");
        let at = bytes[user..end].iter().position(|&byte| byte == b'@').map(|found| user + found);
        let host = match at {
            Some(at) => {
                password_end = at;
                user_end = find(user, b":").min(at);
                at + 1
            }
            None => {
                password_end = user;
                user_end = user;
                user
            }
        };
        // An IPv6 address has colons of its own.
        let name_end = if bytes.get(host) == Some(&b'[') { find(host, b"]").min(end) } else { host };
        host_end = find(name_end, b":").min(end);
        port_end = end;
        path = end;
    } else if bytes[after_scheme..].starts_with(b"/.//") {
        // Two slashes that begin a path without a host before it would read as one; the serializer puts `/.` there.
        path = after_scheme + 2;
    }
    let query = find(path, b"?#");
    let fragment = find(query, b"#");
    [scheme_end, user, user_end, password_end, host_end, port_end, path, query, fragment].map(|at| at as u32)
}

/// Writes the positions to a `Uint32Array` with room for them.
fn write_positions(out: v8::Local<v8::Value>, values: &[u32; POSITIONS]) {
    if out.is_uint32_array()
        && let Some((data, size)) = contents(out)
        && size >= POSITIONS * size_of::<u32>()
    {
        // SAFETY: the array has room for all positions (checked above) and is aligned for its elements; nothing else
        // runs on this isolate's thread meanwhile, and js/web/url.js does not share the memory.
        unsafe { std::ptr::copy_nonoverlapping(values.as_ptr(), data.cast::<u32>(), POSITIONS) };
    }
}

/// Returns the href and writes the positions to the `Uint32Array` `out`.
fn answer(scope: Scope, out: v8::Local<v8::Value>, mut rv: Return, href: &str) -> OpResult {
    write_positions(out, &positions(href));
    rv.set(string(scope, href)?.into());
    Ok(())
}

/// What `parseAlone` gives: js/web/url.js has the numbers.
const LEFT: u32 = 0;
const CANONICAL: u32 = 1;
const WRITTEN: u32 = 2;

/// Parses text without a base as far as that needs no parser.
fn alone<U: direct::Unit>(text: &[U], canonical: Option<[u32; POSITIONS]>, out: v8::Local<v8::Value>) -> u32 {
    let (found, values) = match canonical {
        Some(values) => (CANONICAL, Some(values)),
        None if text.len() > LONGEST_IN_SCRATCH => (LEFT, None),
        None => (WRITTEN, LAST_HREF.with_borrow_mut(|href| direct::parse(text, None, href))),
    };
    match values {
        Some(values) => {
            write_positions(out, &values);
            found
        }
        None => LEFT,
    }
}

/// `parseAlone(input, positions)`: 1 if `input` is its own href; 2 if `written()` gives it; 0 where that takes `parse`.
fn parse_alone(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let Ok(input) = v8::Local::<v8::String>::try_from(args.get(0)) else { return Ok(()) };
    let flat = v8::ValueView::new(scope, input);
    rv.set_uint32(match flat.data() {
        v8::ValueViewData::OneByte(text) => alone(text, canonical::positions(text), args.get(1)),
        v8::ValueViewData::TwoByte(text) => alone(text, None, args.get(1)),
    });
    Ok(())
}

/// The same for optimised code with a flat one-byte string.
const PARSE_ALONE_FAST: CFunction = CFunction::new(
    parse_alone_fast as *const () as _,
    &CFunctionInfo::new(
        Type::Uint32.as_info(),
        &[Type::V8Value.as_info(), Type::SeqOneByteString.as_info(), Type::V8Value.as_info()],
        Int64Representation::Number,
    ),
);

extern "C" fn parse_alone_fast(
    _this: v8::Local<v8::Value>,
    input: &FastApiOneByteString,
    out: v8::Local<v8::Value>,
) -> u32 {
    let text = input.as_bytes();
    alone(text, canonical::positions(text), out)
}

/// `written()`: the href that was written last.
fn written(scope: Scope, _: Args, mut rv: Return) -> OpResult {
    let href = LAST_HREF.with_borrow(|href| v8::String::new_from_one_byte(scope, href, v8::NewStringType::Normal));
    rv.set(href.ok_or_else(too_long)?.into());
    Ok(())
}

/// Longer bases are not remembered.
const LONGEST_REMEMBERED: usize = 1024;

/// A base URL, and what it parsed to.
#[derive(Default)]
struct KeptBase {
    text: String,
    record: Record,
    href: String,
    positions: [u32; POSITIONS],
}

thread_local! {
    /// The last base: one serves many relative URLs, as a rule.
    static LAST_BASE: RefCell<KeptBase> = RefCell::default();

    /// The last URL that was parsed: its memory serves the next one.
    static SCRATCH: RefCell<Record> = RefCell::default();

    /// The last href that was written, for the same reason.
    static LAST_HREF: RefCell<Vec<u8>> = RefCell::default();
}

/// Whether `base` is the last base, which is ASCII.
fn is_last_base(scope: &mut v8::PinScope, base: v8::Local<v8::String>) -> bool {
    let flat = v8::ValueView::new(scope, base);
    let v8::ValueViewData::OneByte(given) = flat.data() else { return false };
    LAST_BASE.with_borrow(|last| !last.text.is_empty() && last.text.as_bytes() == given && given.is_ascii())
}

fn parsed(input: &str, base: Option<&str>) -> Option<Record> {
    let Some(base) = base else { return Record::parse(input, None).ok() };
    if base.len() > LONGEST_REMEMBERED {
        return Record::parse(input, Some(&Record::parse(base, None).ok()?)).ok();
    }
    remember(base)?;
    LAST_BASE.with_borrow(|last| Record::parse(input, Some(&last.record)).ok())
}

/// Makes `base` the last base; `None` if it is no URL.
fn remember(base: &str) -> Option<()> {
    LAST_BASE.with_borrow_mut(|last| {
        if last.text != base || base.is_empty() {
            last.record = Record::parse(base, None).ok()?;
            last.href = last.record.href();
            last.positions = positions(&last.href);
            base.clone_into(&mut last.text);
        }
        Some(())
    })
}

/// Longer URLs are parsed in memory of their own.
const LONGEST_IN_SCRATCH: usize = 1 << 14;

/// The href of `input`, with the last base if `has_base`.
fn href(input: &str, has_base: bool) -> Option<String> {
    if input.len() > LONGEST_IN_SCRATCH {
        let base = has_base.then(|| LAST_BASE.with_borrow(|base| base.record.clone()));
        return Record::parse(input, base.as_ref()).ok().map(|url| url.href());
    }
    SCRATCH.with_borrow_mut(|url| {
        let parsed = if has_base {
            LAST_BASE.with_borrow(|base| url.become_parsed(input, Some(&base.record)))
        } else {
            url.become_parsed(input, None)
        };
        parsed.is_ok().then(|| url.href())
    })
}

/// Lends `work` the text of a string, without a copy where it is ASCII.
fn with_text<R>(scope: &mut v8::PinScope, string: v8::Local<v8::String>, work: impl FnOnce(&str) -> R) -> R {
    {
        let flat = v8::ValueView::new(scope, string);
        if let v8::ValueViewData::OneByte(text) = flat.data()
            && text.is_ascii()
            && let Ok(text) = std::str::from_utf8(text)
        {
            return work(text);
        }
    }
    work(&string.to_rust_string_lossy(scope))
}

/// Writes the href of `input`, with the last base if `has_base`, to `out`, if it is one of the common kind.
fn write_href(
    scope: &mut v8::PinScope,
    input: v8::Local<v8::String>,
    has_base: bool,
    out: &mut Vec<u8>,
) -> Option<[u32; POSITIONS]> {
    if input.length() > LONGEST_IN_SCRATCH {
        return None;
    }
    let flat = v8::ValueView::new(scope, input);
    LAST_BASE.with_borrow(|last| {
        let base = direct::Base { href: last.href.as_bytes(), positions: &last.positions };
        let base = has_base.then_some(&base);
        match flat.data() {
            v8::ValueViewData::OneByte(text) => direct::parse(text, base, out),
            v8::ValueViewData::TwoByte(text) => direct::parse(text, base, out),
        }
    })
}

/// Returns the href of `input`, with the last base if `has_base`, and writes its positions to `out`.
fn parse_as_kept(
    scope: Scope,
    input: v8::Local<v8::String>,
    has_base: bool,
    out: v8::Local<v8::Value>,
    mut rv: Return,
) -> OpResult {
    let written = LAST_HREF.with_borrow_mut(|bytes| {
        let values = write_href(scope, input, has_base, bytes)?;
        write_positions(out, &values);
        Some(v8::String::new_from_one_byte(scope, bytes, v8::NewStringType::Normal))
    });
    match written {
        Some(href) => rv.set(href.ok_or_else(too_long)?.into()),
        None => {
            if let Some(href) = with_text(scope, input, |input| href(input, has_base)) {
                answer(scope, out, rv, &href)?;
            }
        }
    }
    Ok(())
}

/// `parse(input, base, positions)`: the href; undefined if it is no URL.
fn parse(scope: Scope, args: Args, rv: Return) -> OpResult {
    let Ok(input) = v8::Local::<v8::String>::try_from(args.get(0)) else { return Ok(()) };
    let has_base = !args.get(1).is_undefined();
    if has_base && !v8::Local::<v8::String>::try_from(args.get(1)).is_ok_and(|base| is_last_base(scope, base)) {
        let base = arg_string(scope, args, 1)?;
        if base.len() > LONGEST_REMEMBERED {
            return match parsed(&arg_string(scope, args, 0)?, Some(&base)) {
                Some(url) => answer(scope, args.get(2), rv, &url.href()),
                None => Ok(()),
            };
        }
        if remember(&base).is_none() {
            return Ok(());
        }
    }
    parse_as_kept(scope, input, has_base, args.get(2), rv)
}

/// `canParse(input, base)`
fn can_parse(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let input = arg_string(scope, args, 0)?;
    let base = arg_opt_string(scope, args, 1)?;
    rv.set_bool(parsed(&input, base.as_deref()).is_some());
    Ok(())
}

/// Which part `update` sets. The numbers are js/web/url.js's.
const SETTERS: [fn(&mut Record, &str); 9] = [
    Record::change_protocol,
    Record::change_username,
    Record::change_password,
    Record::change_host,
    Record::change_hostname,
    Record::change_port,
    Record::change_pathname,
    Record::change_search,
    Record::change_hash,
];

/// `update(href, part, value, positions)`: the new href; undefined if nothing changed.
fn update(scope: Scope, args: Args, rv: Return) -> OpResult {
    let href = arg_string(scope, args, 0)?;
    let part = arg_u32(scope, args, 1)? as usize;
    let value = arg_string(scope, args, 2)?;
    let (Ok(mut url), Some(set)) = (Record::parse(&href, None), SETTERS.get(part)) else { return Ok(()) };
    set(&mut url, &value);
    let changed = url.href();
    if changed == href { Ok(()) } else { answer(scope, args.get(3), rv, &changed) }
}

/// `format(href, fragment, unicode, search, auth)`: the href with parts left out, or the host in Unicode.
fn format(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let href = arg_string(scope, args, 0)?;
    let Ok(mut url) = Record::parse(&href, None) else { return Ok(()) };
    if !arg_bool(scope, args, 1) {
        url.drop_fragment();
    }
    if arg_bool(scope, args, 2)
        && let Some(host) = url.host()
    {
        let host = idna::domain_to_unicode(host).0;
        url.replace_host(host);
    }
    if !arg_bool(scope, args, 3) {
        url.drop_query();
    }
    if !arg_bool(scope, args, 4) {
        url.drop_credentials();
    }
    rv.set(string(scope, &url.href())?.into());
    Ok(())
}

/// The host that a special URL would have if `domain` were set as its host name; empty if it cannot be.
fn special_host(domain: &str) -> String {
    let Ok(mut url) = Record::parse("ws://x", None) else { return String::new() };
    url.replace_host(String::new());
    url.change_hostname(domain);
    url.host().unwrap_or_default().to_owned()
}

/// `domainToASCII(domain)`: empty if it is no valid domain.
fn domain_to_ascii(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let domain = arg_string(scope, args, 0)?;
    rv.set(string(scope, &special_host(&domain))?.into());
    Ok(())
}

/// `domainToUnicode(domain)`: empty if it is no valid domain.
fn domain_to_unicode(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let domain = arg_string(scope, args, 0)?;
    let host = special_host(&domain);
    rv.set(string(scope, &idna::domain_to_unicode(&host).0)?.into());
    Ok(())
}

/// `toASCII(domain)`: for legacy URLs, whose hosts may hold characters no domain has; undefined if it is not valid.
fn to_ascii(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let domain = arg_string(scope, args, 0)?;
    let uts46 = idna::uts46::Uts46::new();
    let result = uts46.to_ascii(
        domain.as_bytes(),
        idna::AsciiDenyList::EMPTY,
        idna::uts46::Hyphens::Allow,
        idna::uts46::DnsLength::Ignore,
    );
    if let Ok(host) = result {
        rv.set(string(scope, &host)?.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{href, parsed, positions, special_host};

    #[test]
    fn positions_split_the_href() {
        let href = "http://u:p@h.example:81/a/b?q#f";
        let url = parsed(href, None).expect("a valid URL");
        assert_eq!(url.href(), href);
        let p = positions(href).map(|p| p as usize);
        assert_eq!(&href[..p[0]], "http");
        assert_eq!(&href[p[1]..p[2]], "u");
        assert_eq!(&href[p[2]..p[3]], ":p");
        assert_eq!(&href[p[3]..p[4]], "@h.example");
        assert_eq!(&href[p[4]..p[5]], ":81");
        assert_eq!(&href[p[6]..p[7]], "/a/b");
        assert_eq!(&href[p[7]..p[8]], "?q");
        assert_eq!(&href[p[8]..], "#f");
    }

    #[test]
    fn a_remembered_base_is_that_of_this_url() {
        let long = format!("https://c.example/{}/", "x".repeat(2000));
        let resolve = |input, base| parsed(input, Some(base)).map(|url| url.href());
        for _ in 0..2 {
            assert_eq!(resolve("../b", "https://a.example/x/y/z").as_deref(), Some("https://a.example/x/b"));
            assert_eq!(resolve("q", "not a base"), None);
            assert_eq!(resolve("q", ""), None);
            assert_eq!(resolve("?q", "https://b.example/").as_deref(), Some("https://b.example/?q"));
            assert_eq!(resolve("q", &long), Some(format!("{long}q")));
        }
    }

    #[test]
    fn nothing_is_left_of_the_url_before() {
        let long = format!("https://h/{}", "x".repeat(20_000));
        let urls = [
            "https://u:p@h.example:81/a/b?q#f",
            "mailto:a@b",
            "no url",
            "http://h",
            "file:///c:/d?q",
            "web+demo:/.//x",
            "https://u@h/#f",
            "http://[::1]:8/?",
            "https://h:x/",
            &long,
            "HTTPS://H/../%20 ?'#`",
        ];
        for base in ["https://u:p@base.example:1/a/b?q#f", "file:///c:/d", "web:opaque", "web:/a"] {
            for input in urls.into_iter().chain(["", "?", "#x", "../..", "/x", "//h2/y", "b/c?d#e"]) {
                assert_eq!(href(input, false), parsed(input, None).map(|url| url.href()), "{input}");
                // Makes it the last base.
                let expected = parsed(input, Some(base)).map(|url| url.href());
                assert_eq!(href(input, true), expected, "{input} {base}");
            }
        }
    }

    #[test]
    fn positions_without_some_parts() {
        let part = |href: &str, from: usize, to: usize| {
            let p = positions(href);
            href[p[from] as usize..p[to] as usize].to_owned()
        };
        assert_eq!(part("mailto:a@b?c", 6, 7), "a@b");
        assert_eq!(part("web+demo:/.//not-a-host/", 6, 7), "//not-a-host/");
        assert_eq!(part("http://[::1]:80/", 3, 4), "[::1]");
        assert_eq!(part("http://[::1]/", 4, 5), "");
        assert_eq!(part("file:///c:/d", 3, 4), "");
        assert_eq!(part("http://:p@h/", 2, 3), ":p");
    }

    #[test]
    fn hosts_of_special_urls() {
        assert_eq!(special_host("ESPA\u{d1}OL.com"), "xn--espaol-zwa.com");
        assert_eq!(special_host("a b"), "");
    }
}
