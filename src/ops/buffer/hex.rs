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
    let length = pairs.len().min(out.len());
    let (pairs, out) = (&pairs[..length], &mut out[..length]);
    // Blocks are decoded without looking whether all of it were digits until the end; that keeps branches out of the
    // loop over their bytes. The block in which that was not so is gone through again, pair by pair.
    let (blocks, _) = pairs.as_chunks::<16>();
    let mut done = 0;
    for (block, slots) in blocks.iter().zip(out.as_chunks_mut::<16>().0) {
        let mut all = 0;
        let mut bytes = [0; 16];
        for (&[high, low], byte) in block.iter().zip(&mut bytes) {
            let (high, low) = (value(high.into()), value(low.into()));
            all |= high | low;
            *byte = high << 4 | low & 15;
        }
        // A digit is below 16, NONE is not.
        if all > 15 {
            break;
        }
        *slots = bytes;
        done += 16;
    }
    for (&[high, low], slot) in pairs[done..].iter().zip(&mut out[done..]) {
        let (high, low) = (value(high.into()), value(low.into()));
        if high | low > 15 {
            break;
        }
        *slot = high << 4 | low;
        done += 1;
    }
    done
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
        let mut long = [0; 40];
        assert_eq!(decode_into([b'a'; 64].as_slice(), &mut long), 32);
        let mut text = [b'a'; 64];
        text[37] = b'x';
        assert_eq!(decode_into(text.as_slice(), &mut long), 18);
    }
}
