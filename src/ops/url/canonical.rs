//! URLs that are their own serialization: most that programs have. They need no parser, only a look that they are.

use super::POSITIONS;
use super::host;
use super::percent::{Set, encodes};

/// Schemes with a host, and the port that is not written.
pub(super) const SCHEMES: [(&[u8], u32); 5] =
    [(b"https", 443), (b"http", 80), (b"wss", 443), (b"ws", 80), (b"ftp", 21)];

/// The positions of a URL's parts if parsing and serializing `text` would give `text` again. `None` means only that this cannot be
/// told without the parser.
pub(super) fn positions(text: &[u8]) -> Option<[u32; POSITIONS]> {
    let scheme_end = text.iter().take(6).position(|&byte| byte == b':')?;
    let scheme = &text[..scheme_end];
    let after = text[scheme_end..].strip_prefix(b"://")?;
    let user = scheme_end + 3;
    if scheme == b"file" {
        // No host, and no path that begins with an empty segment.
        if after.first() != Some(&b'/') || after.get(1) == Some(&b'/') || after.contains(&b'|') {
            return None;
        }
        return finish(text, [scheme_end, user, user, user, user, user, user]);
    }
    let (_, default_port) = SCHEMES.iter().find(|(name, _)| *name == scheme)?;
    let end = user + after.iter().position(|&byte| matches!(byte, b'/' | b'?' | b'#'))?;
    if text[end] != b'/' {
        return None;
    }
    let (mut user_end, mut password_end, mut host_start) = (user, user, user);
    if let Some(at) = text[user..end].iter().position(|&byte| byte == b'@') {
        password_end = user + at;
        host_start = password_end + 1;
        let colon = text[user..password_end].iter().position(|&byte| byte == b':');
        user_end = colon.map_or(password_end, |colon| user + colon);
        let plain = |part: &[u8]| !part.is_empty() && part.iter().all(|&byte| !encodes(byte, Set::Userinfo));
        if !plain(&text[user..user_end]) || (colon.is_some() && !plain(&text[user_end + 1..password_end])) {
            return None;
        }
    }
    let authority = &text[host_start..end];
    let host_end = host_start + authority.iter().position(|&byte| byte == b':').unwrap_or(authority.len());
    if host_end < end && !is_plain_port(&text[host_end + 1..end], *default_port) {
        return None;
    }
    if !host::is_canonical(&text[host_start..host_end]) {
        return None;
    }
    finish(text, [scheme_end, user, user_end, password_end, host_end, end, end])
}

fn is_plain_port(digits: &[u8], default: u32) -> bool {
    if digits.is_empty() || digits.len() > 5 || (digits[0] == b'0' && digits.len() > 1) {
        return false;
    }
    let mut port = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return false;
        }
        port = port * 10 + u32::from(digit - b'0');
    }
    port <= 0xffff && port != default
}

/// Looks at path, query and fragment, of which the path begins at the last of the `known` positions, with a slash.
fn finish(text: &[u8], known: [usize; 7]) -> Option<[u32; POSITIONS]> {
    let path = known[6];
    let mut at = path;
    while at < text.len() && !matches!(text[at], b'?' | b'#') {
        let byte = text[at];
        if encodes(byte, Set::Path) || byte == b'\\' || (byte == b'/' && may_be_dots(&text[at + 1..])) {
            return None;
        }
        at += 1;
    }
    let query = at;
    while at < text.len() && text[at] != b'#' {
        if encodes(text[at], Set::SpecialQuery) {
            return None;
        }
        at += 1;
    }
    let fragment = at;
    if text[fragment..].iter().any(|&byte| encodes(byte, Set::Fragment)) {
        return None;
    }
    u32::try_from(text.len()).ok()?;
    let [a, b, c, d, e, f, g] = known.map(|at| at as u32);
    Some([a, b, c, d, e, f, g, query as u32, fragment as u32])
}

/// Whether the segment that begins `rest` may be `.` or `..`, also percent-encoded.
fn may_be_dots(rest: &[u8]) -> bool {
    match rest {
        [b'.', next, ..] => matches!(next, b'.' | b'/' | b'%' | b'?' | b'#'),
        [b'.'] => true,
        [b'%', b'2', b'e' | b'E', ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{parsed, positions as find};
    use super::positions;

    fn check(text: &str) -> bool {
        let Some(found) = positions(text.as_bytes()) else { return false };
        let href = parsed(text, None).unwrap_or_else(|| panic!("{text} is no URL")).href();
        assert_eq!(href, text);
        assert_eq!(found, find(&href), "{text}");
        true
    }

    #[test]
    fn common_urls_are_recognised() {
        for text in [
            "https://example.com/",
            "http://user:pass@sub.example.com:8080/p/a/t/h?query=string&a=1#hash",
            "file:///usr/lib/x.js",
            "http://127.0.0.1:3000/.well-known/x?y#z",
            "ws://localhost/%20;a='b'",
        ] {
            assert!(check(text), "{text}");
        }
    }

    #[test]
    fn others_are_left_to_the_parser() {
        for text in [
            "https://example.com",
            "HTTP://a/",
            "http://a:80/",
            "http://a/b/../c",
            "http://a/%2E",
            "http://a\\b/",
            "http://1.2.3/",
            "http://0x7f.1/",
            "http://xn--a/",
            "http://A/",
            "http:///a",
            "http://u:@a/",
            "http://@a/",
            "http://a/ ",
            "http://a:99999/",
            "file:////a",
            "file://h/a",
            "file:///c|/x",
            "mailto:a@b",
        ] {
            assert!(!check(text), "{text}");
        }
    }

    /// Whatever is recognised is what the parser says, for many texts of the pieces that matter.
    #[test]
    fn what_is_recognised_is_canonical() {
        const PIECES: [&str; 24] = [
            "http:", "https:", "file:", "//", "/", "a", "b.c", ".", "..", "%2e", "@", ":", "80", "443", "0", "1.2.3.4",
            "?", "#", "\\", "|", "c:", "'", "^", "%",
        ];
        let mut state = 1_u64;
        let mut recognised = 0;
        for _ in 0..200_000 {
            let mut text = String::new();
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mut bits = state >> 8;
            text.push_str(PIECES[(bits % 3) as usize]);
            text.push_str("//");
            for _ in 0..(bits >> 4) % 8 {
                bits = bits.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(3_037_000_493);
                text.push_str(PIECES[((bits >> 33) % 24) as usize]);
            }
            recognised += u32::from(check(&text));
        }
        assert!(recognised > 1000, "{recognised}");
    }
}
