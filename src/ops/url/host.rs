//! Hosts of URLs: https://url.spec.whatwg.org/#host-parsing. Results are serializations; mapping domains to ASCII is
//! the `idna` crate's.

use std::net::Ipv6Addr;

use super::percent::{self, Set};

/// Parses a host; `None` is failure. `special` says that it belongs to a special scheme, whose hosts are domains and
/// addresses rather than opaque.
pub(super) fn parse(input: &str, special: bool) -> Option<String> {
    if let Some(rest) = input.strip_prefix('[') {
        return Some(format!("[{}]", compress(&parse_ipv6(rest.strip_suffix(']')?)?)));
    }
    if !special {
        return parse_opaque(input);
    }
    if is_plain_domain(input.as_bytes()) {
        return if ends_in_number(input) { parse_ipv4(input) } else { Some(input.to_owned()) };
    }
    // Of ASCII letters, mapping changes those in upper case.
    let lower = input.to_ascii_lowercase();
    if is_plain_domain(lower.as_bytes()) {
        return if ends_in_number(&lower) { parse_ipv4(&lower) } else { Some(lower) };
    }
    let decoded = percent::decode(input.as_bytes());
    let domain = idna::domain_to_ascii_cow(&decoded, idna::AsciiDenyList::URL).ok()?;
    if domain.is_empty() {
        return None;
    }
    if ends_in_number(&domain) { parse_ipv4(&domain) } else { Some(domain.into_owned()) }
}

/// A domain that mapping would leave as it is: most of them. (Labels with hyphens in the third and fourth place may be
/// Punycode, which has to be checked.)
fn is_plain_domain(input: &[u8]) -> bool {
    !input.is_empty()
        && input.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_'))
        && !input.windows(2).any(|pair| pair == b"--")
}

/// Whether a special URL's host is known to be its own serialization.
pub(super) fn is_canonical(host: &[u8]) -> bool {
    if !is_plain_domain(host) {
        return false;
    }
    // Only what ends in a label that begins with a digit can be an address.
    let last = host.strip_suffix(b".").unwrap_or(host).rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    if !last.first().is_some_and(u8::is_ascii_digit) {
        return true;
    }
    let mut labels = 0;
    let decimal = host.split(|&byte| byte == b'.').all(|label| {
        labels += 1;
        let plain = matches!(label, [b'0'] | [b'1'..=b'9'] | [b'1'..=b'9', _] | [b'1', _, _]);
        plain && label.iter().all(u8::is_ascii_digit)
    });
    decimal && labels == 4
}

fn parse_opaque(input: &str) -> Option<String> {
    let forbidden = |byte: &u8| {
        matches!(byte, 0 | b'\t' | b'\n' | b'\r' | b' ' | b'#' | b'/' | b':' | b'<' | b'>' | b'?' | b'@' | b'[' | b'\\')
            || matches!(byte, b']' | b'^' | b'|')
    };
    if input.as_bytes().iter().any(forbidden) {
        return None;
    }
    let mut out = String::with_capacity(input.len());
    percent::encode(input, Set::Control, &mut out);
    Some(out)
}

// ---- IPv4 -------------------------------------------------------------------

/// Whether a domain's last label is a number, so that all of it must be an address.
fn ends_in_number(input: &str) -> bool {
    let mut labels = input.rsplit('.');
    let mut last = labels.next().unwrap_or_default();
    if last.is_empty() {
        match labels.next() {
            Some(label) => last = label,
            None => return false,
        }
    }
    (!last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit())) || ipv4_number(last).is_some()
}

/// A number in decimal, or in octal or hexadecimal as C writes them.
fn ipv4_number(input: &str) -> Option<u64> {
    let (digits, radix) = match input.as_bytes() {
        [] => return None,
        [b'0', b'x' | b'X', ..] => (&input[2..], 16),
        [b'0', _, ..] => (&input[1..], 8),
        _ => (input, 10),
    };
    if digits.is_empty() {
        return Some(0);
    }
    if !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    // What does not fit is a number all the same, one that no address has room for.
    Some(u64::from_str_radix(digits, radix).unwrap_or(u64::MAX))
}

fn parse_ipv4(input: &str) -> Option<String> {
    let mut labels: Vec<&str> = input.split('.').collect();
    if labels.len() > 1 && labels.last().is_some_and(|last| last.is_empty()) {
        labels.pop();
    }
    if labels.len() > 4 {
        return None;
    }
    let numbers = labels.iter().map(|label| ipv4_number(label)).collect::<Option<Vec<u64>>>()?;
    let (&last, leading) = numbers.split_last()?;
    if leading.iter().any(|&number| number > 255) || last >= 256_u64.pow(5 - numbers.len() as u32) {
        return None;
    }
    let mut address = last;
    for (index, &number) in leading.iter().enumerate() {
        address += number << (8 * (3 - index));
    }
    let [a, b, c, d] = (address as u32).to_be_bytes();
    Some(format!("{a}.{b}.{c}.{d}"))
}

// ---- IPv6 -------------------------------------------------------------------

fn parse_ipv6(input: &str) -> Option<[u16; 8]> {
    // The standard library reads the same texts as the standard does.
    input.parse::<Ipv6Addr>().ok().map(|address| address.segments())
}

/// Serializes an address with its first longest run of more than one zero left out.
fn compress(pieces: &[u16; 8]) -> String {
    let (mut start, mut length) = (0, 1);
    let mut index = 0;
    while index < 8 {
        let run = pieces[index..].iter().take_while(|&&piece| piece == 0).count();
        if run > length {
            (start, length) = (index, run);
        }
        index += run.max(1);
    }
    let join = |pieces: &[u16]| pieces.iter().map(|piece| format!("{piece:x}")).collect::<Vec<_>>().join(":");
    if length < 2 {
        return join(pieces);
    }
    format!("{}::{}", join(&pieces[..start]), join(&pieces[start + length..]))
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn special(input: &str) -> Option<String> {
        parse(input, true)
    }

    #[test]
    fn addresses() {
        assert_eq!(special("0x7f.1").as_deref(), Some("127.0.0.1"));
        assert_eq!(special("256").as_deref(), Some("0.0.1.0"));
        assert_eq!(special("1.2.3.4.5"), None);
        assert_eq!(special("1.2.3.256"), None);
        assert_eq!(special("foo.0x4"), None);
        assert_eq!(special("[1:0:0:2:0:0:0:3]").as_deref(), Some("[1:0:0:2::3]"));
        assert_eq!(special("[::ffff:1.2.3.4]").as_deref(), Some("[::ffff:102:304]"));
        assert_eq!(special("[::1"), None);
    }

    #[test]
    fn domains_and_opaque_hosts() {
        assert_eq!(special("EXAMPLE.com").as_deref(), Some("example.com"));
        assert_eq!(special("ex%41mple.com").as_deref(), Some("example.com"));
        assert_eq!(special("a b"), None);
        assert_eq!(special("xn--"), None);
        assert_eq!(parse("A%41 b", false), None);
        assert_eq!(parse("A\u{e9}", false).as_deref(), Some("A%C3%A9"));
    }
}
