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
        let wide = super::with_wide_scratch(bytes.len(), |room| {
            // SAFETY: there are never more units than bytes.
            let result = unsafe { simdutf::convert_utf8_to_utf16le_with_errors(bytes, room) };
            (result.is_ok() && cfg!(target_endian = "little"))
                .then(|| v8::String::new_from_two_byte(scope, &room[..result.count], v8::NewStringType::Normal))
        });
        if let Some(text) = wide {
            return text;
        }
    }
    v8::String::new_from_utf8(scope, bytes, v8::NewStringType::Normal)
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
pub(super) fn copy(bytes: &[u8], out: &mut [u8]) {
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
    use super::{copy, copy_ascii, latin1_to_utf8};

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
