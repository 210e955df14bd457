//! Base64 for Buffer: RFC 4648 both alphabets, and Node's lenience when decoding.
//!
//! Node's decoder never fails: it reads either alphabet, skips whatever is in neither, and ends at the first `=`.
//! Input without such surprises goes through simdutf; everything else through a table.

use v8::simdutf::{self, Base64Options, LastChunkHandling};

/// Which alphabet and padding encoded text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    /// `+` and `/`, padded with `=`.
    Standard,
    /// `-` and `_`, not padded.
    Url,
}

impl Flavour {
    fn options(self) -> Base64Options {
        match self {
            Self::Standard => Base64Options::Default,
            Self::Url => Base64Options::Url,
        }
    }
}

const NONE: u8 = 0xff;

/// Value of each character in either alphabet, [`NONE`] for the rest.
static VALUES: [u8; 256] = {
    let mut table = [NONE; 256];
    let mut i = 0;
    while i < 26 {
        table[b'A' as usize + i] = i as u8;
        table[b'a' as usize + i] = 26 + i as u8;
        i += 1;
    }
    let mut i = 0;
    while i < 10 {
        table[b'0' as usize + i] = 52 + i as u8;
        i += 1;
    }
    table[b'+' as usize] = 62;
    table[b'-' as usize] = 62;
    table[b'/' as usize] = 63;
    table[b'_' as usize] = 63;
    table
};

/// Number of characters that `length` bytes become.
pub(super) fn encoded_length(length: usize, flavour: Flavour) -> usize {
    simdutf::base64_length_from_binary(length, flavour.options())
}

/// Encodes `bytes` into `out`, which has exactly [`encoded_length`] bytes.
pub(super) fn encode_into(bytes: &[u8], out: &mut [u8], flavour: Flavour) {
    debug_assert_eq!(out.len(), encoded_length(bytes.len(), flavour));
    // SAFETY: simdutf writes encoded_length bytes, which `out` has by this function's contract; it is private to this
    // module's parent, whose callers size `out` with that very function.
    unsafe { simdutf::binary_to_base64(bytes, out, flavour.options()) };
}

/// Decodes as Node does; returns how many bytes of `out` were written. Stops when `out` is full.
pub(super) fn decode_lenient(text: &[u8], out: &mut [u8], flavour: Flavour) -> usize {
    if out.len() >= simdutf::maximal_binary_length_from_base64(text) {
        // SAFETY: the output's size was just checked.
        let result = unsafe { simdutf::base64_to_binary(text, out, flavour.options(), LastChunkHandling::Loose) };
        if result.is_ok() {
            return result.count;
        }
    }
    let mut written = 0;
    let mut bits = 0_u32;
    let mut pending = 0_u32;
    for &character in text {
        let value = VALUES[usize::from(character)];
        if value == NONE {
            if character == b'=' {
                break;
            }
            continue;
        }
        bits = bits << 6 | u32::from(value);
        pending += 6;
        if pending >= 8 {
            let Some(slot) = out.get_mut(written) else { break };
            pending -= 8;
            *slot = (bits >> pending) as u8;
            written += 1;
        }
    }
    written
}

/// Decodes as the forgiving-base64 algorithm of the Infra standard does (`atob`): `None` if the text is not base64.
pub(super) fn decode_forgiving(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![0; simdutf::maximal_binary_length_from_base64(text)];
    // SAFETY: `out` was sized with the function that base64_to_binary names.
    let result = unsafe { simdutf::base64_to_binary(text, &mut out, Base64Options::Default, LastChunkHandling::Loose) };
    if !result.is_ok() {
        return None;
    }
    out.truncate(result.count);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lenient(text: &str, capacity: usize) -> Vec<u8> {
        let mut out = vec![0; capacity];
        let written = decode_lenient(text.as_bytes(), &mut out, Flavour::Standard);
        out.truncate(written);
        out
    }

    #[test]
    fn decoding_skips_strangers_and_ends_at_padding() {
        assert_eq!(lenient("YWJj", 3), b"abc");
        assert_eq!(lenient("YW\n Jj", 9), b"abc");
        assert_eq!(lenient("**YW**Jj", 9), b"abc");
        assert_eq!(lenient("YQ==YQ==", 9), b"a");
        assert_eq!(lenient("=bad", 9), b"");
        assert_eq!(lenient("Y", 9), b"");
        assert_eq!(lenient("-_-_", 3), lenient("+/+/", 3));
    }

    #[test]
    fn decoding_stops_when_the_output_is_full() {
        assert_eq!(lenient("YWJjZGVm", 4), b"abcd");
        assert_eq!(lenient("YWJjZGVm", 0), b"");
    }

    #[test]
    fn forgiving_is_strict_about_the_alphabet() {
        assert_eq!(decode_forgiving(b" Y W\tJj ").as_deref(), Some(&b"abc"[..]));
        assert_eq!(decode_forgiving(b"YQ==").as_deref(), Some(&b"a"[..]));
        assert_eq!(decode_forgiving(b"YQ"), Some(b"a".to_vec()));
        assert_eq!(decode_forgiving(b"Y"), None);
        assert_eq!(decode_forgiving(b"YQ="), None);
        assert_eq!(decode_forgiving(b"Y-_j"), None);
    }
}
