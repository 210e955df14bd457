//! The snapshot as a file: a header, and V8's bytes from the second page on.
//!
//! A file is used only if it has the name of this very program and V8 (see [`path`]), is of the size its header says, has its
//! checksum, and belongs to whoever runs the program, or the system. V8 trusts what it is given.

use std::path::{Path, PathBuf};

use super::references;
use crate::cache_folder;

/// Stands at the start of each file; the digit is the version of the format, and of what a snapshot holds.
const MAGIC: &[u8; 8] = b"WEFTSS1\n";
/// Where V8's bytes begin: a page into the file, so that a map of it has them aligned.
const START: usize = 4096;

/// Where this process's snapshot is, or would be: the name says which build, V8 and V8 flags it is for. None where there is no
/// folder for it.
pub(super) fn path() -> Option<PathBuf> {
    let folder = cache_folder::path()?;
    let v8 = v8::script_compiler::cached_data_version_tag();
    let native = references::fingerprint();
    Some(folder.join(format!("snapshot-{}-{native:08x}-{v8:08x}.bin", env!("WEFT_BUILTINS_HASH"))))
}

/// Maps the file and gives V8's bytes, if they are whole. They stay for as long as the process lives.
pub(super) fn read(path: &Path) -> Option<&'static [u8]> {
    let file = std::fs::File::open(path).ok()?;
    if !cache_folder::is_trusted(&file.metadata().ok()?) {
        tracing::debug!(path = %path.display(), "the snapshot belongs to someone else");
        return None;
    }
    // SAFETY: the map is read-only, and nobody writes to the file it shows: writers of this program make a new file
    // and rename it over the name, which leaves this one as it is. Someone who truncates a file in their own
    // cache folder on purpose gets a fault, as with any mapped program file.
    let map = unsafe { memmap2::Mmap::map(&file) }.ok()?;
    // Isolates read it until the process ends.
    let map: &'static memmap2::Mmap = Box::leak(Box::new(map));
    parse(map)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// V8's part of a file, if the file is whole.
fn parse(bytes: &[u8]) -> Option<&[u8]> {
    if bytes.get(..MAGIC.len())? != MAGIC {
        return None;
    }
    let (len, checksum) = (word(bytes, 8)?, word(bytes, 12)?);
    let blob = bytes.get(START..)?;
    (blob.len() == len as usize && crc32fast::hash(blob) == checksum).then_some(blob)
}

fn header(blob: &[u8]) -> Option<[u8; START]> {
    let mut header = [0; START];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&u32::try_from(blob.len()).ok()?.to_le_bytes());
    header[12..16].copy_from_slice(&crc32fast::hash(blob).to_le_bytes());
    Some(header)
}

/// Writes the file.
pub(super) fn write(path: &Path, blob: &[u8]) -> std::io::Result<()> {
    let header = header(blob).ok_or_else(|| std::io::Error::other("the snapshot is too large"))?;
    cache_folder::write(path, &[&header, blob])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(blob: &[u8]) -> Vec<u8> {
        let mut bytes = header(blob).unwrap().to_vec();
        bytes.extend_from_slice(blob);
        bytes
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(parse(&file(b"snapshot")), Some(&b"snapshot"[..]));
    }

    #[test]
    fn damaged_files_are_refused() {
        let whole = file(&[7; 5000]);
        for len in [0, 7, 8, 15, START - 1, START, whole.len() - 1] {
            assert_eq!(parse(&whole[..len]), None, "cut to {len}");
        }
        // Every bit of the header that means something, and bits all over the rest.
        for bit in (0..16 * 8).chain((START * 8..whole.len() * 8).step_by(997)) {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(parse(&damaged), None, "bit {bit}");
        }
        let mut longer = whole;
        longer.push(0);
        assert_eq!(parse(&longer), None);
    }
}
