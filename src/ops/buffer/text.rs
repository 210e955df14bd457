//! Bytes to strings and back as UTF-8, for Buffer and for TextEncoder and TextDecoder: V8's own code for what is short or
//! malformed, simdutf for the rest.

use v8::simdutf;

/// Text shorter than this is looked at in place: setting simdutf up costs more than it saves.
const SHORT: usize = 64;

/// Whether all bytes are ASCII.
pub(in crate::ops) fn is_ascii(bytes: &[u8]) -> bool {
    if bytes.len() < SHORT { bytes.is_ascii() } else { simdutf::validate_ascii(bytes) }
}

/// The string that `bytes` are in UTF-8; what is malformed becomes U+FFFD. `None` if V8 has no room for it.
pub(in crate::ops) fn from_utf8<'s>(scope: &v8::PinScope<'s, '_>, bytes: &[u8]) -> Option<v8::Local<'s, v8::String>> {
    if is_ascii(bytes) {
        return v8::String::new_from_one_byte(scope, bytes, v8::NewStringType::Normal);
    }
    if bytes.len() >= SHORT && bytes.len() <= v8::String::MAX_LENGTH {
        // Most of what is not ASCII has units above U+00FF early, so finding that out costs little.
        let narrow = super::with_scratch(bytes.len(), |room| {
            // SAFETY: there are never more characters than bytes, and a character is one byte here.
            let result = unsafe { simdutf::convert_utf8_to_latin1_with_errors(bytes, room) };
            result
                .is_ok()
                .then(|| v8::String::new_from_one_byte(scope, &room[..result.count], v8::NewStringType::Normal))
        });
        if let Some(text) = narrow {
            return text;
        }
        let mut wide = vec![0_u16; bytes.len()];
        // SAFETY: there are never more units than bytes.
        let result = unsafe { simdutf::convert_utf8_to_utf16le_with_errors(bytes, &mut wide) };
        if result.is_ok() && cfg!(target_endian = "little") {
            return v8::String::new_from_two_byte(scope, &wide[..result.count], v8::NewStringType::Normal);
        }
    }
    v8::String::new_from_utf8(scope, bytes, v8::NewStringType::Normal)
}

/// Writes Latin-1 `text` as UTF-8 as far as whole characters fit `out`; (characters read, bytes written).
pub(in crate::ops) fn latin1_to_utf8(text: &[u8], out: &mut [u8]) -> (usize, usize) {
    if text.len() <= out.len() {
        if is_ascii(text) {
            out[..text.len()].copy_from_slice(text);
            return (text.len(), text.len());
        }
        if text.len() <= out.len() / 2 || simdutf::utf8_length_from_latin1(text) <= out.len() {
            // SAFETY: the length that the conversion needs was just checked; a character becomes two bytes at most.
            return (text.len(), unsafe { simdutf::convert_latin1_to_utf8(text, out) });
        }
    }
    let mut written = 0;
    for (read, &character) in text.iter().enumerate() {
        let mut encoded = [0; 2];
        let encoded = char::from(character).encode_utf8(&mut encoded).as_bytes();
        match out.get_mut(written..written + encoded.len()) {
            Some(slots) => slots.copy_from_slice(encoded),
            None => return (read, written),
        }
        written += encoded.len();
    }
    (text.len(), written)
}

#[cfg(test)]
mod tests {
    use super::latin1_to_utf8;

    #[test]
    fn only_whole_characters_are_written() {
        let mut out = [0; 4];
        assert_eq!(latin1_to_utf8(b"abc", &mut out), (3, 3));
        assert_eq!(latin1_to_utf8(b"abcdef", &mut out), (4, 4));
        assert_eq!(latin1_to_utf8(b"a\xe9b\xe9", &mut out), (3, 4));
        assert_eq!(out, [b'a', 0xc3, 0xa9, b'b']);
        assert_eq!(latin1_to_utf8(b"abc\xe9", &mut out), (3, 3));
        let long = [0xe9; 100];
        let mut out = [0; 200];
        assert_eq!(latin1_to_utf8(&long, &mut out), (100, 200));
        assert_eq!(latin1_to_utf8(&long, &mut out[..199]), (99, 198));
    }
}
