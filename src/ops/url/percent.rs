//! Percent-encoding: https://url.spec.whatwg.org/#percent-encoded-bytes

use std::borrow::Cow;

/// Which characters are encoded, besides controls and everything outside ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Set {
    /// Nothing more.
    Control = 1,
    /// Space " < > `
    Fragment = 2,
    /// Space " # < >
    Query = 4,
    /// Those of a query, and '
    SpecialQuery = 8,
    /// Those of a query, and ? ^ ` { }
    Path = 16,
    /// Those of a path, and / : ; = @ [ \ ] |
    Userinfo = 32,
}

const fn contains(list: &[u8], byte: u8) -> bool {
    let mut i = 0;
    while i < list.len() {
        if list[i] == byte {
            return true;
        }
        i += 1;
    }
    false
}

/// For each byte the sets that encode it.
static SETS: [u8; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let byte = i as u8;
        let mut sets = 0;
        let control = byte <= 0x1f || byte > 0x7e;
        if control {
            sets = 63;
        }
        if contains(b" \"<>`", byte) {
            sets |= Set::Fragment as u8;
        }
        if contains(b" \"#<>", byte) {
            sets |= Set::Query as u8 | Set::SpecialQuery as u8 | Set::Path as u8 | Set::Userinfo as u8;
        }
        if byte == b'\'' {
            sets |= Set::SpecialQuery as u8;
        }
        if contains(b"?^`{}", byte) {
            sets |= Set::Path as u8 | Set::Userinfo as u8;
        }
        if contains(b"/:;=@[\\]|", byte) {
            sets |= Set::Userinfo as u8;
        }
        table[i] = sets;
        i += 1;
    }
    table
};

/// Whether `set` encodes `byte`.
pub(super) fn encodes(byte: u8, set: Set) -> bool {
    SETS[usize::from(byte)] & set as u8 != 0
}

/// Each byte as it is encoded.
pub(super) static ENCODED: [[u8; 3]; 256] = {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut table = [[b'%'; 3]; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = [b'%', DIGITS[i >> 4], DIGITS[i & 15]];
        i += 1;
    }
    table
};

/// Appends `text` to `out`, encoded.
pub(super) fn encode(text: &str, set: Set, out: &mut String) {
    let bytes = text.as_bytes();
    let mut start = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        if encodes(byte, set) {
            // What lies between two encoded bytes is ASCII, since everything else is encoded: a slice of whole
            // characters. (An empty one need not begin at a character.)
            if start < index {
                out.push_str(&text[start..index]);
            }
            out.push_str(std::str::from_utf8(&ENCODED[usize::from(byte)]).unwrap_or_default());
            start = index + 1;
        }
    }
    out.push_str(text.get(start..).unwrap_or_default());
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

/// Decodes what is encoded properly, and leaves the rest.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.contains(&b'%') {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        if let [b'%', high, low, ..] = bytes[index..]
            && let (Some(high), Some(low)) = (digit(high), digit(low))
        {
            out.push(high << 4 | low);
            index += 3;
        } else {
            out.push(bytes[index]);
            index += 1;
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_by_set() {
        let encoded = |text: &str, set| {
            let mut out = String::new();
            encode(text, set, &mut out);
            out
        };
        assert_eq!(encoded("a b\u{e9}'", Set::Query), "a%20b%C3%A9'");
        assert_eq!(encoded("'", Set::SpecialQuery), "%27");
        assert_eq!(encoded("a/b?c", Set::Path), "a/b%3Fc");
        assert_eq!(encoded("a/b", Set::Userinfo), "a%2Fb");
        assert_eq!(encoded("a b", Set::Control), "a b");
        assert_eq!(encoded("\u{4e16}", Set::Fragment), "%E4%B8%96");
    }

    #[test]
    fn decoding_leaves_stray_signs() {
        assert_eq!(&*decode(b"%41%zz%4"), b"A%zz%4");
    }
}
