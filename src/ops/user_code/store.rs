//! The folder of compiled code on disk: a file for each [`Key`].
//!
//! *Writers* make a file of their own and rename it into place, so that any number of processes and threads may share
//! the folder: readers see a whole file, old or new. *Readers* map a file and use it if it belongs to the user (or the
//! system), is of the key that is looked for, and has the length and the checksum that it says. V8 checks version, flags and
//! length of the text once more, but neither text nor code.
//!
//! *Bound:* writers leave behind how much they wrote (`written`); whoever makes that an eighth of the bound, or comes first in a day,
//! removes what was not used for longest. A file's date says when it was used last, to a day: a reader that finds it older renews it.

use std::fs::{File, Metadata};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use super::Key;
use crate::cache_folder;
use crate::permission::{self, Scope};

/// Stands at the start of each file; the digit is the format's version.
const MAGIC: &[u8; 8] = b"WEFTUC1\n";
/// Magic, hash of the text, length of the code, checksum of those two and the code, and padding: V8 wants its data aligned to 8 bytes.
const HEADER: usize = 8 + 32 + 8 + 4 + 4;
/// The folder's name inside of the cache folder.
const FOLDER: &str = "code";
const EXTENSION: &str = "code";
/// All files together, in megabytes, unless `WEFT_CODE_CACHE_LIMIT` says otherwise: the code of a hundred bundles of some megabytes.
const LIMIT: u64 = 256;
/// Written bytes are counted in steps of this many, a byte in the file `written` for each.
const STEP: u64 = 64 << 10;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// What another V8 or other flags left and nobody used for this long goes.
const FOREIGN: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// A writer that has not finished after this long never will.
const GIVEN_UP: Duration = Duration::from_secs(60 * 60);

struct Settings {
    folder: PathBuf,
    limit: u64,
}

/// Where this process keeps compiled code; none if that is turned off or there is no place for it.
fn settings() -> Option<&'static Settings> {
    static SETTINGS: OnceLock<Option<Settings>> = OnceLock::new();
    SETTINGS
        .get_or_init(|| {
            // Node's switch for the cache that its programs can ask for.
            if std::env::var_os("NODE_DISABLE_COMPILE_CACHE").is_some_and(|value| !value.is_empty()) {
                return None;
            }
            let asked = std::env::var("WEFT_CODE_CACHE_LIMIT").ok().and_then(|text| text.trim().parse().ok());
            let limit = asked.unwrap_or(LIMIT).saturating_mul(1 << 20);
            let folder = cache_folder::path()?.join(FOLDER);
            (limit > 0).then_some(Settings { folder, limit })
        })
        .as_ref()
}

/// Whether compiled code is kept at all.
pub(super) fn is_on() -> bool {
    settings().is_some()
}

fn path_of(folder: &Path, key: &Key) -> PathBuf {
    folder.join(format!("{key}.{EXTENSION}"))
}

/// The code in a file.
pub(crate) struct Mapped(memmap2::Mmap);

impl std::ops::Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0[HEADER..]
    }
}

/// The code of `key`, if there is a file that can be trusted.
pub(super) fn read(key: &Key) -> Option<Mapped> {
    let path = path_of(&settings()?.folder, key);
    if !permission::allows_path(Scope::FsRead, &path) {
        return None;
    }
    let file = File::open(&path).ok()?;
    let metadata = file.metadata().ok()?;
    if !cache_folder::is_trusted(&metadata) {
        tracing::debug!(%key, "the file belongs to someone else");
        return None;
    }
    // SAFETY: the map is read-only, and nobody writes to the file it shows: writers of this program make a new file
    // and rename it over the name, which leaves this one as it is. Someone who truncates a file in their own
    // cache folder on purpose gets a fault, as with any mapped program file.
    let map = unsafe { memmap2::Mmap::map(&file) }.ok()?;
    if !is_whole(&map, key) {
        tracing::debug!(%key, "the file is damaged");
        return None;
    }
    renew(&file, &metadata);
    Some(Mapped(map))
}

fn checksum(hash: &[u8], len: &[u8], code: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    [hash, len, code].into_iter().for_each(|part| hasher.update(part));
    hasher.finalize()
}

fn header(key: &Key, code: &[u8]) -> [u8; HEADER] {
    let len = (code.len() as u64).to_le_bytes();
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(MAGIC);
    header[8..40].copy_from_slice(&key.hash);
    header[40..48].copy_from_slice(&len);
    header[48..52].copy_from_slice(&checksum(&key.hash, &len, code).to_le_bytes());
    header
}

fn is_whole(bytes: &[u8], key: &Key) -> bool {
    let Some((header, code)) = bytes.split_at_checked(HEADER) else { return false };
    let (hash, len, sum) = (&header[8..40], &header[40..48], &header[48..52]);
    header[..8] == *MAGIC
        && *hash == key.hash
        && *len == (code.len() as u64).to_le_bytes()
        && *sum == checksum(hash, len, code).to_le_bytes()
}

fn age(metadata: &Metadata, now: SystemTime) -> Duration {
    metadata.modified().ok().and_then(|then| now.duration_since(then).ok()).unwrap_or_default()
}

/// Notes that the file was used.
fn renew(file: &File, metadata: &Metadata) {
    let now = SystemTime::now();
    if age(metadata, now) > DAY {
        // If that is not allowed, the file goes before its time.
        let _ = file.set_modified(now);
    }
}

/// Keeps the code of `key`.
pub(super) fn write(key: &Key, code: &[u8]) -> std::io::Result<()> {
    let Some(Settings { folder, limit }) = settings() else { return Ok(()) };
    if !permission::allows_path(Scope::FsWrite, folder) {
        return Err(std::io::ErrorKind::PermissionDenied.into());
    }
    write_to(folder, *limit, key, code)
}

fn write_to(folder: &Path, limit: u64, key: &Key, code: &[u8]) -> std::io::Result<()> {
    let size = (HEADER + code.len()) as u64;
    // One text is not to drive out all others.
    if size > limit / 2 {
        return Err(std::io::ErrorKind::FileTooLarge.into());
    }
    cache_folder::own(folder)?;
    // Several threads of one process may write the same code.
    static SERIAL: AtomicU32 = AtomicU32::new(0);
    let path = path_of(folder, key);
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let temporary = path.with_extension(format!("{}-{serial}.tmp", std::process::id()));
    let written = cache_folder::private_file(&temporary)
        .and_then(|mut file| [&header(key, code), code].into_iter().try_for_each(|part| file.write_all(part)))
        .and_then(|()| std::fs::rename(&temporary, &path));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
        return written;
    }
    // What was written counts as written, whatever becomes of the account.
    if is_due(folder, limit, size).unwrap_or(true) {
        prune(folder, limit, key.v8, SystemTime::now());
    }
    Ok(())
}

fn account(folder: &Path) -> PathBuf {
    folder.join("written")
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Adds `size` to what was written since files were removed last; whether it is time to do that again. The account begins
/// with that time. Two writers that begin one at once leave it too long, which comes to removing early.
fn is_due(folder: &Path, limit: u64, size: u64) -> std::io::Result<bool> {
    let mut file = File::options().read(true).append(true).create(true).open(account(folder))?;
    let steps = usize::try_from(size.div_ceil(STEP)).unwrap_or(usize::MAX);
    file.write_all(&vec![b'.'; steps])?;
    let total = file.metadata()?.len();
    let mut since = [0; 8];
    // One that a writer began has no time in it, which would begin with a zero.
    let known = file.rewind().and_then(|()| file.read_exact(&mut since)).is_ok() && since[0] == 0;
    let since = if known { u64::from_be_bytes(since) } else { 0 };
    Ok(total.saturating_sub(8).saturating_mul(STEP) >= limit / 8
        || seconds(SystemTime::now()).saturating_sub(since) > DAY.as_secs())
}

/// Removes what was not used for longest until seven eighths of `limit` are left, with all that nobody will ever use.
fn prune(folder: &Path, limit: u64, v8: u32, now: SystemTime) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let ours = format!("{v8:08x}-");
    let (mut files, mut total) = (Vec::new(), 0);
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(metadata) = entry.metadata() else { continue };
        let age = age(&metadata, now);
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("tmp") if age > GIVEN_UP => drop(std::fs::remove_file(&path)),
            Some(EXTENSION) if age > FOREIGN && !entry.file_name().to_string_lossy().starts_with(&ours) => {
                drop(std::fs::remove_file(&path));
            }
            Some(EXTENSION) => {
                total += metadata.len();
                files.push((age, metadata.len(), path));
            }
            _ => {}
        }
    }
    files.sort();
    let most = limit - limit / 8;
    while total > most {
        let Some((_, size, path)) = files.pop() else { break };
        // Someone else may have removed it.
        let _ = std::fs::remove_file(path);
        total -= size;
    }
    tracing::debug!(folder = %folder.display(), files = files.len(), bytes = total, "the code cache was looked through");
    begin_account(folder, now);
}

fn begin_account(folder: &Path, now: SystemTime) {
    let temporary = folder.join(format!("written.{}.tmp", std::process::id()));
    let begun = std::fs::write(&temporary, seconds(now).to_be_bytes());
    if begun.and_then(|()| std::fs::rename(&temporary, account(folder))).is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    fn key(number: u8, v8: u32) -> Key {
        Key { kind: Kind::CommonJs, v8, hash: [number; 32] }
    }

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("weft-store-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&path);
            Self(path)
        }

        fn names(&self) -> Vec<String> {
            let entries = std::fs::read_dir(&self.0).unwrap().flatten();
            let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }

        fn age(&self, name: &str, age: Duration) {
            let file = File::options().write(true).open(self.0.join(name)).unwrap();
            file.set_modified(SystemTime::now() - age).unwrap();
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn only_a_whole_file_of_the_same_key_is_used() {
        let mut file = header(&key(1, 9), b"some code").to_vec();
        file.extend_from_slice(b"some code");
        assert!(is_whole(&file, &key(1, 9)));
        assert!(!is_whole(&file, &key(2, 9)));
        for len in 0..file.len() {
            assert!(!is_whole(&file[..len], &key(1, 9)), "cut to {len}");
        }
        // The last four bytes of the header mean nothing.
        for bit in (0..52 * 8).chain(HEADER * 8..file.len() * 8) {
            let mut damaged = file.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_whole(&damaged, &key(1, 9)), "bit {bit}");
        }
        file.push(0);
        assert!(!is_whole(&file, &key(1, 9)));
    }

    #[test]
    fn the_folder_stays_within_its_bound() {
        let folder = Folder::new("bound");
        let limit = 4 << 20;
        let code = vec![7; 300 << 10];
        for number in 0..40 {
            write_to(&folder.0, limit, &key(number, 9), &code).unwrap();
            let files = std::fs::read_dir(&folder.0).unwrap().flatten();
            let total: u64 = files.map(|entry| entry.metadata().unwrap().len()).sum();
            assert!(total <= limit, "{total} bytes after {number} files");
        }
        // Some of them are there, the youngest above all.
        assert!(folder.names().len() > 8, "{:?}", folder.names());
        assert!(path_of(&folder.0, &key(39, 9)).exists());
        assert!(write_to(&folder.0, limit, &key(40, 9), &vec![0; 3 << 20]).is_err(), "one that is too large");
        assert!(!path_of(&folder.0, &key(40, 9)).exists());
    }

    #[test]
    fn what_nobody_uses_goes_first() {
        let folder = Folder::new("unused");
        for (number, v8) in [(1, 9), (2, 9), (3, 8), (4, 8), (5, 9)] {
            write_to(&folder.0, 1 << 20, &key(number, v8), &[0; 1000]).unwrap();
        }
        let name = |number, v8| format!("{}.{EXTENSION}", key(number, v8));
        for kept in ["ours.txt", "a.tmp", "b.tmp"] {
            std::fs::write(folder.0.join(kept), "").unwrap();
        }
        for (name, days) in [(name(1, 9), 20), (name(2, 9), 30), (name(3, 8), 8), (name(4, 8), 6), ("a.tmp".into(), 1)]
        {
            folder.age(&name, DAY * days);
        }
        // Two of a thousand bytes fit into seven eighths of this.
        prune(&folder.0, 2600, 9, SystemTime::now());
        let mut left = vec![name(4, 8), name(5, 9), "b.tmp".to_owned(), "ours.txt".to_owned(), "written".to_owned()];
        left.sort();
        assert_eq!(folder.names(), left);
    }

    #[test]
    fn using_a_file_renews_it_once_a_day() {
        let folder = Folder::new("renew");
        write_to(&folder.0, 1 << 20, &key(1, 9), b"code").unwrap();
        let path = path_of(&folder.0, &key(1, 9));
        let name = path.file_name().unwrap().to_str().unwrap();
        for (before, after) in [(DAY / 2, DAY / 2), (DAY * 3, Duration::ZERO)] {
            folder.age(name, before);
            let file = File::open(&path).unwrap();
            renew(&file, &file.metadata().unwrap());
            let found = age(&file.metadata().unwrap(), SystemTime::now());
            assert!(found >= after && found < after + DAY / 4, "{found:?}");
        }
    }

    #[test]
    fn removing_is_rare() {
        let folder = Folder::new("rare");
        cache_folder::own(&folder.0).unwrap();
        let limit = 80 * STEP;
        assert!(is_due(&folder.0, limit, 1).unwrap(), "nobody did it yet");
        begin_account(&folder.0, SystemTime::now());
        let due: Vec<bool> = (0..10).map(|_| is_due(&folder.0, limit, STEP).unwrap()).collect();
        assert_eq!(due.iter().position(|due| *due), Some(9), "an eighth of the bound was written");
        begin_account(&folder.0, SystemTime::now() - DAY * 2);
        assert!(is_due(&folder.0, limit, 1).unwrap(), "a day is over");
    }
}
