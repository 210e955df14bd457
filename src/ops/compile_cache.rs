//! `internalBinding('compile_cache')`: V8's code cache of user modules on disk, for `module.enableCompileCache()`
//! (Node's documentation, "Module compile cache").
//!
//! *Owns* nothing but files: one per module in a folder per V8 version and set of flags. A file names the text it was
//! made from by its hash and its own data by a checksum; what does not fit counts as absent. Writers make a file of
//! their own and rename it into place, so that any number of processes and threads may share the folder: readers see a
//! whole file, old or new. *Threads:* any.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use sha2::{Digest as _, Sha256};

use super::OpDecl;
use super::args::{IntoJs as _, arg_bytes, arg_string, array_buffer};
use super::contextify::arg_source;
use super::error::{OpError, OpResult};
use super::user_code::hash_text;
use crate::op;
use crate::permission::{self, Scope as Permission};

/// This area's operations.
pub const OPS: &[OpDecl] = &[op!("open", 1, open), op!("read", 3, read), op!("write", 4, write)];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

/// Stands at the start of each file; the digit is the format's version.
const MAGIC: &[u8; 8] = b"WEFTMC2\n";
/// Magic, hash of the text, checksum of the data, and padding: V8 wants its data aligned to 8 bytes.
const HEADER: usize = 8 + 32 + 8;

/// `open(folder)`: makes the folder for this V8 inside of it and returns its path; throws where it cannot.
fn open(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let base = arg_string(scope, args, 0)?;
    let tag = v8::script_compiler::cached_data_version_tag();
    let name = format!("v{}-{}-{tag:08x}", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH);
    let folder = Path::new(&base).join(name);
    for (scope, what) in [(Permission::FsWrite, "write"), (Permission::FsRead, "read")] {
        if !permission::allows_path(scope, &folder) {
            let place = folder.display();
            let message = format!("Skipping compile cache because {what} permission for {place} is not granted");
            return Err(OpError::error("ERR_COMPILE_CACHE", message));
        }
    }
    std::fs::create_dir_all(&folder)
        .map_err(|error| OpError::error("ERR_COMPILE_CACHE", format!("Cannot create cache directory: {error}")))?;
    rv.set(folder.to_string_lossy().into_owned().into_js(scope)?);
    Ok(())
}

/// The file of the module called `name`.
fn file_of(folder: &str, name: &str) -> PathBuf {
    let hash = Sha256::digest(name.as_bytes());
    let hex: String = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    Path::new(folder).join(format!("{hex}.cache"))
}

/// `read(folder, name, source)`: the cached code of that text, or undefined.
fn read(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let folder = arg_string(scope, args, 0)?;
    let name = arg_string(scope, args, 1)?;
    let file = file_of(&folder, &name);
    if !permission::allows_path(Permission::FsRead, &file) {
        return Ok(());
    }
    let Ok(bytes) = std::fs::read(file) else { return Ok(()) };
    let Some(length) = parse(&bytes, &hash_of(scope, arg_source(args, 2)?)).map(<[u8]>::len) else { return Ok(()) };
    let buffer = array_buffer(scope, bytes);
    let data = v8::Uint8Array::new(scope, buffer, HEADER, length).ok_or_else(OpError::pending)?;
    rv.set(data.into());
    Ok(())
}

/// The hash of a module's text, as V8 has it.
fn hash_of(scope: &mut v8::PinScope, source: v8::Local<v8::String>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash_text(scope, source, &mut hash);
    hash.finalize().into()
}

/// `write(folder, name, source, data)`: whether the file is in place.
fn write(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let folder = arg_string(scope, args, 0)?;
    let name = arg_string(scope, args, 1)?;
    let source = hash_of(scope, arg_source(args, 2)?);
    let data = arg_bytes(args, 3)?;
    // Several threads of one process may write the same module.
    static SERIAL: AtomicU32 = AtomicU32::new(0);
    let path = file_of(&folder, &name);
    if !permission::allows_path(Permission::FsWrite, &path) {
        rv.set_bool(false);
        return Ok(());
    }
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let own = path.with_extension(format!("{}-{serial}.tmp", std::process::id()));
    let written = std::fs::write(&own, render(&source, &data)).and_then(|()| std::fs::rename(&own, &path));
    if let Err(error) = &written {
        tracing::debug!(%error, path = %path.display(), "a module's code was not cached");
        let _ = std::fs::remove_file(&own);
    }
    rv.set_bool(written.is_ok());
    Ok(())
}

fn render(source: &[u8; 32], data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + data.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(source);
    bytes.extend_from_slice(&crc32fast::hash(data).to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(data);
    bytes
}

/// The data of a file, if it is whole and was made from the text whose hash is `source`.
fn parse<'a>(bytes: &'a [u8], source: &[u8; 32]) -> Option<&'a [u8]> {
    let (header, data) = bytes.split_at_checked(HEADER)?;
    let fits = header.get(..8)? == MAGIC
        && header.get(8..40)? == source
        && header.get(40..44)? == crc32fast::hash(data).to_le_bytes();
    fits.then_some(data)
}

#[cfg(test)]
mod tests {
    use super::{parse, render};

    #[test]
    fn only_a_whole_file_of_the_same_text_is_read() {
        let bytes = render(&[1; 32], b"code");
        assert_eq!(parse(&bytes, &[1; 32]), Some(&b"code"[..]));
        assert_eq!(parse(&bytes, &[2; 32]), None);
        assert_eq!(parse(&bytes[..bytes.len() - 1], &[1; 32]), None);
        assert_eq!(parse(&bytes[..10], &[1; 32]), None);
        let mut damaged = bytes.clone();
        damaged[50] ^= 1;
        assert_eq!(parse(&damaged, &[1; 32]), None);
    }
}
