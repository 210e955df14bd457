//! V8's checksums in a snapshot's header, and the one thing about them that is changed.
//!
//! V8 accepts cached code only in isolates of the snapshot that it was made with, or rather of one with the same read-only part,
//! which cached code points into; a checksum in the header names that part. Ours is that of V8's own snapshot, object by
//! object (`make.rs` sees to it), but it is written with the upper halves of whatever addresses it had, so that
//! its checksum is another each time. With the name of V8's own in its place, code caches of users and of
//! ours are good with and without a snapshot. `make.rs` tries that out before anybody uses the result.

/// Places of 32-bit words in a snapshot's header (v8/src/snapshot/snapshot.cc): of everything from the next one on, and of the
/// read-only part.
const WHOLE: usize = 8;
const READ_ONLY: usize = 12;
/// And of cached code (v8/src/snapshot/code-serializer.h).
const READ_ONLY_OF_CODE: usize = 16;

/// Number of contexts; where the read-only part ends; where the table of contexts begins, which it follows.
const CONTEXTS: usize = 0;
const READ_ONLY_END: usize = 80;
const CONTEXT_TABLE: usize = 88;

/// Size of a snapshot's read-only part.
pub(super) fn read_only_len(snapshot: &[u8]) -> Option<usize> {
    let start = (CONTEXT_TABLE + word(snapshot, CONTEXTS)? as usize * 4).next_multiple_of(8);
    (word(snapshot, READ_ONLY_END)? as usize).checked_sub(start).filter(|len| *len > 0)
}

/// Fletcher's checksum of bytes, as V8 has it.
fn fletcher(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65535;
    let (mut low, mut high) = (0_u32, 0_u32);
    // As many as fit before a sum of this size could overflow.
    for chunk in bytes.chunks(5000) {
        for byte in chunk {
            low += u32::from(*byte);
            high += low;
        }
        low %= MODULUS;
        high %= MODULUS;
    }
    high << 16 | low
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// Gives the snapshot the read-only checksum that `code`, made without it, states. `None` where V8's format is not the
/// one this file knows.
pub(super) fn name_read_only_part(snapshot: &mut [u8], code: &[u8]) -> Option<()> {
    let whole = word(snapshot, WHOLE)?;
    if fletcher(snapshot.get(READ_ONLY..)?) != whole {
        return None;
    }
    let read_only = word(code, READ_ONLY_OF_CODE)?;
    snapshot[READ_ONLY..READ_ONLY + 4].copy_from_slice(&read_only.to_le_bytes());
    let whole = fletcher(&snapshot[READ_ONLY..]);
    snapshot[WHOLE..WHOLE + 4].copy_from_slice(&whole.to_le_bytes());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_v8_computes_byte_by_byte() {
        let bytes: Vec<u8> = (0..100_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8 | 0xc0).collect();
        let (mut low, mut high) = (0_u32, 0_u32);
        for byte in &bytes {
            low = (low + u32::from(*byte)) % 65535;
            high = (high + low) % 65535;
        }
        assert_eq!(fletcher(&bytes), high << 16 | low);
    }

    #[test]
    fn the_name_is_taken_over_and_the_whole_stays_consistent() {
        let mut snapshot = vec![7_u8; 100];
        let code = [[0; 16].as_slice(), &0x0102_0304_u32.to_le_bytes()].concat();
        assert_eq!(name_read_only_part(&mut snapshot, &code), None, "its checksum is wrong");
        let whole = fletcher(&snapshot[READ_ONLY..]);
        snapshot[WHOLE..WHOLE + 4].copy_from_slice(&whole.to_le_bytes());
        assert_eq!(name_read_only_part(&mut snapshot, &code[..19]), None, "cut");
        name_read_only_part(&mut snapshot, &code).unwrap();
        assert_eq!(word(&snapshot, READ_ONLY), Some(0x0102_0304));
        assert_eq!(word(&snapshot, WHOLE), Some(fletcher(&snapshot[READ_ONLY..])));
    }
}
