//! Hexadecimal for Buffer: lower case out, either case in, ending at the first pair that is not two digits.

const NONE: u8 = 0xff;

/// Writes two digits for each byte that fits `out`.
pub(super) fn encode_into(bytes: &[u8], out: &mut [u8]) {
    let length = (out.len() / 2).min(bytes.len());
    let encoded = const_hex::encode_to_slice(&bytes[..length], &mut out[..length * 2]);
    debug_assert!(encoded.is_ok(), "the lengths fit");
}

/// V8's own `Uint8Array.prototype.toHex` with the function above: it writes right into the string, but takes the bytes apart one
/// by one (8.8 GB/s in the first cache, where vector instructions do several times that). The linker puts this where V8 asks
/// for its own (`--wrap`, js/build.rs); where linkers do not do so, V8's stays.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod in_v8 {
    use std::ffi::c_char;

    unsafe extern "C" {
        #[link_name = "__real__ZN2v88internal15Uint8ArrayToHexEPKcmbNS0_12DirectHandleINS0_16SeqOneByteStringEEE"]
        fn as_v8_does(bytes: *const c_char, length: usize, is_shared: bool, string: *const usize) -> usize;
    }

    /// Where the characters of a string in V8's heap begin: a map, a hash and a length come before them.
    const CHARACTERS: usize = size_of::<usize>() + 2 * size_of::<u32>();
    /// What a pointer to an object on V8's heap is more than its address.
    const TAG: usize = 1;

    /// `v8::internal::Uint8ArrayToHex(bytes, length, is_shared, string)`: writes the digits of `bytes` to `string`, a handle to a
    /// string of twice as many characters that nobody has seen yet; what the handle points to.
    // SAFETY: the name is the linker's for references to V8's function of this name, which has this signature; nothing else
    // defines it.
    #[unsafe(export_name = "__wrap__ZN2v88internal15Uint8ArrayToHexEPKcmbNS0_12DirectHandleINS0_16SeqOneByteStringEEE")]
    unsafe extern "C" fn to_hex(bytes: *const c_char, length: usize, is_shared: bool, string: *const usize) -> usize {
        if is_shared || length == 0 {
            // SAFETY: V8's own function with the arguments meant for it.
            return unsafe { as_v8_does(bytes, length, is_shared, string) };
        }
        // SAFETY: a handle is a pointer to the tagged pointer, which no collection changes: nothing here allocates.
        let tagged = unsafe { *string };
        let start = (tagged - TAG + CHARACTERS) as *mut u8;
        // SAFETY: the view has `length` bytes, which this thread owns, and the string, new and V8's alone, twice as many
        // characters (V8 made it so for this call).
        unsafe {
            let bytes = std::slice::from_raw_parts(bytes.cast::<u8>(), length);
            super::encode_into(bytes, std::slice::from_raw_parts_mut(start, 2 * length));
        }
        tagged
    }
}

/// As [`decode_into`], for one-byte text, most of which is all digits.
pub(super) fn decode_one_byte(text: &[u8], out: &mut [u8]) -> usize {
    let length = (text.len() / 2).min(out.len());
    // The crate would pass over a prefix "0x", where there is nothing to decode.
    if !text.starts_with(b"0x") && const_hex::decode_to_slice(&text[..length * 2], &mut out[..length]).is_ok() {
        return length;
    }
    decode_into(text, out)
}

/// What a digit stands for, [`NONE`] for what is none; without a table, so that the loop around it becomes vector
/// instructions.
#[inline(always)]
fn value(unit: u32) -> u8 {
    // No digit is above U+00FF, and neither is U+00FF one.
    let character = unit.min(0xff) as u8;
    let number = character.wrapping_sub(b'0');
    let letter = (character | 0x20).wrapping_sub(b'a');
    if number < 10 {
        number
    } else if letter < 6 {
        letter + 10
    } else {
        NONE
    }
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
        assert_eq!(decode_one_byte(&text, &mut back), 256);
        assert_eq!(back, bytes);
        let mut out = [0; 4];
        for decode in [decode_into::<u8>, decode_one_byte] {
            assert_eq!(decode(b"aBxx12", &mut out), 1);
            assert_eq!(out[0], 0xab);
            assert_eq!(decode(b"abc", &mut out), 1);
            assert_eq!(decode(b"0x12", &mut out), 0);
        }
        assert_eq!(decode_into(&[0x161_u16, 0x30], &mut out), 0);
        assert_eq!(decode_into(b"0102030405", &mut out[..2]), 2);
        let mut long = [0; 40];
        assert_eq!(decode_into([b'a'; 64].as_slice(), &mut long), 32);
        let mut text = [b'a'; 64];
        text[37] = b'x';
        assert_eq!(decode_into(text.as_slice(), &mut long), 18);
    }
}
