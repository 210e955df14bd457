//! Hexadecimal for Buffer: lower case out, either case in, ending at the first pair that is not two digits.

const NONE: u8 = 0xff;

/// The two digits of each byte, in memory order.
static DIGITS: [[u8; 2]; 256] = {
    let mut table = [[0; 2]; 256];
    let digits = b"0123456789abcdef";
    let mut i = 0;
    while i < 256 {
        table[i] = [digits[i >> 4], digits[i & 15]];
        i += 1;
    }
    table
};

static VALUES: [u8; 256] = {
    let mut table = [NONE; 256];
    let mut i = 0;
    while i < 10 {
        table[b'0' as usize + i] = i as u8;
        i += 1;
    }
    let mut i = 0;
    while i < 6 {
        table[b'a' as usize + i] = 10 + i as u8;
        table[b'A' as usize + i] = 10 + i as u8;
        i += 1;
    }
    table
};

/// Writes two digits for each byte that fits `out`.
pub(super) fn encode_into(bytes: &[u8], out: &mut [u8]) {
    for (pair, &byte) in out.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        *pair = DIGITS[usize::from(byte)];
    }
}

fn value(unit: u32) -> u8 {
    if unit < 256 { VALUES[unit as usize] } else { NONE }
}

/// Decodes pairs of digits until `out` is full, the text ends or a pair is none; returns the bytes written.
/// Generic over the width of the text's code units.
pub(super) fn decode_into<T: Copy + Into<u32>>(text: &[T], out: &mut [u8]) -> usize {
    let (pairs, _) = text.as_chunks::<2>();
    for (index, (&[high, low], slot)) in pairs.iter().zip(out.iter_mut()).enumerate() {
        let (high, low) = (value(high.into()), value(low.into()));
        // A digit is below 16, NONE is not: one test for both.
        if high | low > 15 {
            return index;
        }
        *slot = high << 4 | low;
    }
    pairs.len().min(out.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_bad_pairs() {
        let bytes: Vec<u8> = (0..=255).collect();
        let mut text = vec![0; 512];
        encode_into(&bytes, &mut text);
        let mut back = vec![0; 256];
        assert_eq!(decode_into(&text, &mut back), 256);
        assert_eq!(back, bytes);
        let mut out = [0; 4];
        assert_eq!(decode_into(b"aBxx12", &mut out), 1);
        assert_eq!(decode_into(b"abc", &mut out), 1);
        assert_eq!(decode_into(&[0x161_u16, 0x30], &mut out), 0);
        assert_eq!(decode_into(b"0102030405", &mut out[..2]), 2);
    }
}
