//! The code cache of the built-in JavaScript on disk: what one process compiled, the next ones need not.
//!
//! *Owns* one file per build, V8 version and set of V8's own flags, in the user's cache folder (`cache_folder.rs`), which is
//! mapped into memory; entries are looked at one by one, as built-ins are loaded. *Threads:*
//! any may read; the main isolate alone writes, once, when the process exits and has compiled something that was not
//! there. A writer makes a file of its own and renames it into place, so readers and other writers see a whole file,
//! old or new. V8 checks version, flags and source of each entry itself and refuses what does not fit; a checksum
//! keeps a damaged file away from it. Nothing depends on any of it: without the folder, code is compiled.

use std::path::PathBuf;
use std::sync::OnceLock;

use crate::cache_folder;

/// Stands at the start of each file; the digit is the format's version.
const MAGIC: &[u8; 8] = b"WEFTCC1\n";
/// Bytes of an entry in the file's table: position, offset, length, checksum, each 32 bits, little-endian.
const ENTRY: usize = 16;

struct Entry {
    position: usize,
    start: usize,
    len: usize,
    checksum: u32,
}

/// A mapped cache file.
struct File {
    map: memmap2::Mmap,
    entries: Vec<Entry>,
}

fn file() -> Option<&'static File> {
    static FILE: OnceLock<Option<File>> = OnceLock::new();
    FILE.get_or_init(|| open(&path()?)).as_ref()
}

/// Where this process's cache is; none if it is turned off or there is no folder for it.
fn path() -> Option<PathBuf> {
    let tag = v8::script_compiler::cached_data_version_tag();
    Some(cache_folder::path()?.join(format!("builtins-{}-{tag:08x}.bin", env!("WEFT_BUILTINS_HASH"))))
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(u32::from_le_bytes(bytes) as usize)
}

fn open(path: &std::path::Path) -> Option<File> {
    let file = std::fs::File::open(path).ok()?;
    // SAFETY: the map is read-only, and nobody writes to the file it shows: writers of this program make a new file
    // and rename it over the name, which leaves this one as it is. Someone who truncates a file in their own
    // cache folder on purpose gets a fault, as with any mapped program file.
    let map = unsafe { memmap2::Mmap::map(&file) }.ok()?;
    let entries = parse(&map)?;
    Some(File { map, entries })
}

/// The file's table, if it is whole.
fn parse(bytes: &[u8]) -> Option<Vec<Entry>> {
    if bytes.get(..MAGIC.len())? != MAGIC {
        return None;
    }
    let count = word(bytes, MAGIC.len())?;
    let table = MAGIC.len() + 4;
    let mut entries = Vec::with_capacity(count.min(4096));
    for at in (0..count).map(|i| table + i * ENTRY) {
        let (position, start, len) = (word(bytes, at)?, word(bytes, at + 4)?, word(bytes, at + 8)?);
        let checksum = u32::try_from(word(bytes, at + 12)?).ok()?;
        bytes.get(start..start.checked_add(len)?)?;
        entries.push(Entry { position, start, len, checksum });
    }
    Some(entries)
}

/// The cached code of the built-in at `position` of the table, if it is there and undamaged.
pub(crate) fn get(position: usize) -> Option<&'static [u8]> {
    let file = file()?;
    let entry = file.entries.iter().find(|e| e.position == position)?;
    let bytes = file.map.get(entry.start..entry.start + entry.len)?;
    (crc32fast::hash(bytes) == entry.checksum).then_some(bytes)
}

/// Writes a file with the entries there are and `added`. What goes wrong is not reported: the next process tries again.
pub(crate) fn add(added: &[(usize, Vec<u8>)]) {
    let Some(path) = path() else { return };
    let kept = file().map(|f| &f.entries[..]).unwrap_or_default();
    let kept = kept.iter().filter(|e| added.iter().all(|(position, _)| *position != e.position));
    let kept = kept.filter_map(|e| Some((e.position, get(e.position)?)));
    let entries: Vec<(usize, &[u8])> = kept.chain(added.iter().map(|(p, data)| (*p, &data[..]))).collect();
    let Some(bytes) = render(&entries) else { return };
    if let Err(error) = cache_folder::write(&path, &[&bytes]) {
        tracing::debug!(%error, path = %path.display(), "the code cache was not written");
    }
}

/// A file's bytes. V8 wants each entry's data aligned to 8 bytes.
fn render(entries: &[(usize, &[u8])]) -> Option<Vec<u8>> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(u32::try_from(entries.len()).ok()?.to_le_bytes());
    let mut start = (bytes.len() + entries.len() * ENTRY).next_multiple_of(8);
    for (position, data) in entries {
        for number in [*position, start, data.len()] {
            bytes.extend(u32::try_from(number).ok()?.to_le_bytes());
        }
        bytes.extend(crc32fast::hash(data).to_le_bytes());
        start = (start + data.len()).next_multiple_of(8);
    }
    for (_, data) in entries {
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes.extend_from_slice(data);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_aligned() {
        let bytes = render(&[(3, b"three"), (70, b""), (1, b"0123456789")]).unwrap();
        let entries = parse(&bytes).unwrap();
        let found: Vec<_> = entries.iter().map(|e| (e.position, &bytes[e.start..e.start + e.len])).collect();
        assert_eq!(found, [(3, &b"three"[..]), (70, b""), (1, b"0123456789")]);
        assert!(entries.iter().all(|e| e.start % 8 == 0));
        assert_eq!(entries[0].checksum, crc32fast::hash(b"three"));
    }

    #[test]
    fn damaged_files_are_refused() {
        let bytes = render(&[(3, b"three")]).unwrap();
        assert!(parse(&bytes[..bytes.len() - 1]).is_none());
        assert!(parse(&bytes[..9]).is_none());
        assert!(parse(b"WEFTCC0\n\0\0\0\0").is_none());
        let mut lying = bytes.clone();
        lying[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(parse(&lying).is_none());
    }
}
