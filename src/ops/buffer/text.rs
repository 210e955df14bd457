//! Bytes to strings and back as UTF-8, for Buffer and for TextEncoder and TextDecoder: V8's own code for what is short or
//! malformed, simdutf for the rest.

use v8::simdutf;

/// Text shorter than this is looked at in place: setting simdutf up costs more than it saves.
const SHORT: usize = 64;

/// Whether all bytes are ASCII.
pub(in crate::ops) fn is_ascii(bytes: &[u8]) -> bool {
    if bytes.len() < SHORT { bytes.is_ascii() } else { simdutf::validate_ascii(bytes) }
}

/// How many bytes Latin-1 `text` is in UTF-8.
pub(in crate::ops) fn latin1_length(text: &[u8]) -> usize {
    if is_ascii(text) { text.len() } else { simdutf::utf8_length_from_latin1(text) }
}

/// How many bytes at the beginning are ASCII.
fn ascii_prefix(bytes: &[u8]) -> usize {
    if bytes.len() < SHORT {
        return bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(bytes.len());
    }
    let result = simdutf::validate_ascii_with_errors(bytes);
    if result.is_ok() { bytes.len() } else { result.count }
}

/// The string that `bytes` are in UTF-8; what is malformed becomes U+FFFD. `None` if V8 has no room for it.
pub(in crate::ops) fn from_utf8<'s>(scope: &v8::PinScope<'s, '_>, bytes: &[u8]) -> Option<v8::Local<'s, v8::String>> {
    let ascii = ascii_prefix(bytes);
    if ascii == bytes.len() {
        return v8::String::new_from_one_byte(scope, bytes, v8::NewStringType::Normal);
    }
    if bytes.len() >= SHORT && bytes.len() <= v8::String::MAX_LENGTH {
        // Text is as the first character of it that is not ASCII, as a rule: these two begin what is up to U+00FF.
        if matches!(bytes[ascii], 0xc2 | 0xc3)
            && let Some(text) = narrow(scope, bytes)
        {
            return text;
        }
        let made = if bytes.len() <= TINY {
            wide(scope, bytes, &mut [0; TINY])
        } else {
            super::with_wide_scratch(bytes.len(), |room| wide(scope, bytes, room))
        };
        if let Some(text) = made {
            return text;
        }
    }
    v8::String::new_from_utf8(scope, bytes, v8::NewStringType::Normal)
}

/// UTF-8 of no more bytes becomes units on the stack.
const TINY: usize = 128;

/// What V8 made of it.
type Made<'s> = Option<v8::Local<'s, v8::String>>;

/// The string of one-byte characters that `bytes` are in UTF-8, if they are.
fn narrow<'s>(scope: &v8::PinScope<'s, '_>, bytes: &[u8]) -> Option<Made<'s>> {
    super::with_scratch(bytes.len(), |room| {
        // SAFETY: there are never more characters than bytes, and a character is one byte here.
        let result = unsafe { simdutf::convert_utf8_to_latin1_with_errors(bytes, room) };
        result.is_ok().then(|| v8::String::new_from_one_byte(scope, &room[..result.count], v8::NewStringType::Normal))
    })
}

/// The string of two-byte units that `bytes` are in UTF-8, if they are well-formed, by way of `room`, which has as many units.
fn wide<'s>(scope: &v8::PinScope<'s, '_>, bytes: &[u8], room: &mut [u16]) -> Option<Made<'s>> {
    assert!(room.len() >= bytes.len(), "room for all");
    // SAFETY: there are never more units than bytes.
    let result = unsafe { simdutf::convert_utf8_to_utf16le_with_errors(bytes, room) };
    (result.is_ok() && cfg!(target_endian = "little"))
        .then(|| v8::String::new_from_two_byte(scope, &room[..result.count], v8::NewStringType::Normal))
}

/// Writes UTF-16 `units` as UTF-8; how many bytes that were. `None` if they are malformed or do not fit; `out` is spoiled then.
///
/// There is no pass that counts first: as many units at a time as certainly fit, until little is left.
pub(in crate::ops) fn utf16_to_utf8(units: &[u16], out: &mut [u8]) -> Option<usize> {
    /// A unit becomes three bytes at most.
    const MOST: usize = 3;
    let (mut read, mut written) = (0, 0);
    while read < units.len() {
        let (rest, room) = (&units[read..], &mut out[written..]);
        let mut piece = rest.len().min(room.len() / MOST);
        if piece < rest.len() {
            if piece < SHORT {
                if simdutf::utf8_length_from_utf16le(rest) > room.len() {
                    return None;
                }
                piece = rest.len();
            } else if rest[piece - 1] & 0xfc00 == 0xd800 {
                // The first half of a pair goes with the second.
                piece -= 1;
            }
        }
        // SAFETY: there is room for three bytes for each unit, or for as many as the encoding of valid text was just found to
        // need; the conversion stops at the first unit that is not valid.
        let result = unsafe { simdutf::convert_utf16le_to_utf8_with_errors(&rest[..piece], room) };
        if !result.is_ok() || cfg!(target_endian = "big") {
            return None;
        }
        read += piece;
        written += result.count;
    }
    Some(written)
}

/// Copies `text` to the beginning of `out`, which is at least as long, up to the block in which something is not ASCII; how
/// many bytes that were.
///
/// One pass that looks and copies. `memcpy` is not used for it: glibc's takes `rep movsb` for more than 2 kB, which needs
/// twice as long where the destination is in no cache, as new Buffers are (4 kB: 365 ns, so 178).
pub(in crate::ops) fn copy_ascii(text: &[u8], out: &mut [u8]) -> usize {
    let (blocks, rest) = text.as_chunks::<64>();
    let mut done = 0;
    for (block, room) in blocks.iter().zip(out.as_chunks_mut::<64>().0) {
        if block.iter().fold(0, |any, byte| any | byte) >= 0x80 {
            return done;
        }
        *room = *block;
        done += block.len();
    }
    if !rest.is_ascii() {
        return done;
    }
    out[done..text.len()].copy_from_slice(rest);
    text.len()
}

/// `out` is as long as `bytes`, which it becomes; as [`copy_ascii`] for what that says of `memcpy`.
pub(in crate::ops) fn copy(bytes: &[u8], out: &mut [u8]) {
    /// The most that glibc copies by vector instructions.
    const PIECE: usize = 2048 - 64;
    /// From here on `rep movsb` is as fast.
    const LONG: usize = 1 << 14;
    if bytes.len() >= LONG {
        return out.copy_from_slice(bytes);
    }
    for (piece, room) in bytes.chunks(PIECE).zip(out.chunks_mut(PIECE)) {
        room.copy_from_slice(piece);
    }
}

/// Writes Latin-1 `text` as UTF-8 as far as whole characters fit `out`; (characters read, bytes written).
pub(in crate::ops) fn latin1_to_utf8(text: &[u8], out: &mut [u8]) -> (usize, usize) {
    let mut done = 0;
    if text.len() <= out.len() {
        done = copy_ascii(text, out);
        let (rest, room) = (&text[done..], &mut out[done..]);
        if rest.is_empty() {
            return (done, done);
        }
        if rest.len() <= room.len() / 2 || simdutf::utf8_length_from_latin1(rest) <= room.len() {
            // SAFETY: the length that the conversion needs was just checked; a character becomes two bytes at most.
            return (text.len(), done + unsafe { simdutf::convert_latin1_to_utf8(rest, room) });
        }
    }
    let mut written = done;
    for (read, &character) in text.iter().enumerate().skip(done) {
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
    use super::{copy, copy_ascii, latin1_to_utf8, utf16_to_utf8};

    #[test]
    fn ascii_is_copied_up_to_what_is_not() {
        let mut text: Vec<u8> = (0..200).map(|i| 32 + i % 90).collect();
        let mut out = vec![0; 210];
        assert_eq!(copy_ascii(&text, &mut out), 200);
        assert_eq!((&out[..200], out[200]), (&text[..], 0));
        assert_eq!((copy_ascii(b"", &mut out), copy_ascii(b"ab", &mut out)), (0, 2));
        // Blocks of 64 bytes, and what is left of them.
        for (strange, copied) in [(0, 0), (63, 0), (64, 64), (191, 128), (192, 192), (199, 192)] {
            let kept = std::mem::replace(&mut text[strange], 0x80);
            assert_eq!(copy_ascii(&text, &mut out), copied, "{strange}");
            text[strange] = kept;
        }
    }

    #[test]
    fn bytes_are_copied_in_pieces() {
        for length in [0, 1, 1984, 1985, 4096, 1 << 14, 20_000] {
            let bytes: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            let mut out = vec![0; length];
            copy(&bytes, &mut out);
            assert_eq!(out, bytes);
        }
    }

    #[test]
    fn what_follows_ascii_is_converted() {
        let text = [&[b'a'; 70][..], &[0xe9; 30]].concat();
        let mut out = [0; 130];
        assert_eq!(latin1_to_utf8(&text, &mut out), (100, 130));
        assert_eq!(std::str::from_utf8(&out).unwrap(), "a".repeat(70) + &"\u{e9}".repeat(30));
        assert_eq!(latin1_to_utf8(&text, &mut out[..129]), (99, 128));
        assert_eq!(latin1_to_utf8(&text, &mut out[..99]), (84, 98));
    }

    #[test]
    fn two_byte_text_is_encoded_where_it_fits() {
        for text in
            ["\u{3b1}\u{3b2} ".repeat(500), "\u{1f600}".repeat(333), "\u{4e16}a".repeat(200), "\u{e9}".to_owned()]
        {
            let units: Vec<u16> = text.encode_utf16().collect();
            let mut out = vec![0; text.len() + 3];
            assert_eq!(utf16_to_utf8(&units, &mut out[..text.len()]), Some(text.len()));
            assert_eq!(&out, &[text.as_bytes(), &[0; 3]].concat());
            assert_eq!(utf16_to_utf8(&units, &mut out), Some(text.len()));
            assert_eq!(utf16_to_utf8(&units, &mut out[..text.len() - 1]), None);
        }
        let lone = [&[0x3b1; 100][..], &[0xd800], &[0x3b1; 100]].concat();
        assert_eq!(utf16_to_utf8(&lone, &mut [0; 1000]), None);
        assert_eq!(utf16_to_utf8(&[], &mut []), Some(0));
    }

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
