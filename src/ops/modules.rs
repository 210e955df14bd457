//! `internalBinding('modules')`: the file system as module resolution sees it, one call per place looked at, and
//! the reading of source files.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, PoisonError, RwLock};

use super::args::{IntoJs as _, arg_bool, arg_string, too_long};
use super::error::{OpError, OpResult};
use super::import_names::{self, Names};
use super::package_json::{self, InvalidPackage};
use super::{OpDecl, cjs_exports};
use crate::op;
use crate::permission;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("internalModuleStat", 1, module_stat),
    op!("resolveFile", 2, resolve_file),
    op!("findFile", 4, find_file),
    op!("findPackageDirectory", 2, find_package_directory),
    op!("nearestPackage", 1, nearest_package),
    op!("readPackage", 1, read_package),
    op!("invalidPackage", 1, invalid_package),
    op!("readSource", 1, read_source),
    op!("invalidUtf8At", 1, invalid_utf8_at),
    op!("isPlain", 1, is_plain),
    op!("scanExports", 1, scan_exports),
    op!("importedNames", 2, imported_names),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

/// `internalModuleStat(path)`: 0 for a file, 1 for a directory, negative where there is nothing.
fn module_stat(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let path = arg_string(scope, args, 0)?;
    rv.set_int32(stat_kind(Path::new(&path)));
    Ok(())
}

fn stat_kind(path: &Path) -> i32 {
    match std::fs::metadata(path) {
        Ok(data) => i32::from(data.is_dir()),
        Err(error) => super::uv::errno_of(&error),
    }
}

/// `resolveFile(path, keepSymlinks)`: the real path of a file; 1 for a directory, negative where there is nothing.
fn resolve_file(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let path = arg_string(scope, args, 0)?;
    let keep = arg_bool(scope, args, 1);
    match file_at(Path::new(&path), keep) {
        Place::File(real) => rv.set(path_text(&real).into_js(scope)?),
        Place::Directory => rv.set_int32(1),
        Place::Nothing(errno) => rv.set_int32(errno),
    }
    Ok(())
}

enum Place {
    File(PathBuf),
    Directory,
    Nothing(i32),
}

/// Real paths of directories files were loaded from. Like Node, resolution takes it that directories stay what they
/// are while a program runs; the files themselves are looked at each time.
static REAL_DIRECTORIES: LazyLock<RwLock<HashMap<PathBuf, PathBuf>>> = LazyLock::new(RwLock::default);

/// One `lstat` for a plain file whose directory is known.
fn file_at(path: &Path, keep_symlinks: bool) -> Place {
    if keep_symlinks {
        return match std::fs::metadata(path) {
            Ok(data) if data.is_dir() => Place::Directory,
            Ok(_) => Place::File(path.to_owned()),
            Err(error) => Place::Nothing(super::uv::errno_of(&error)),
        };
    }
    let data = match std::fs::symlink_metadata(path) {
        Ok(data) => data,
        Err(error) => return Place::Nothing(super::uv::errno_of(&error)),
    };
    if data.is_dir() {
        return Place::Directory;
    }
    if !data.is_symlink()
        && let (Some(directory), Some(name)) = (path.parent(), path.file_name())
    {
        return match real_directory(directory) {
            Ok(real) => Place::File(real.join(name)),
            Err(error) => Place::Nothing(super::uv::errno_of(&error)),
        };
    }
    match std::fs::canonicalize(path) {
        Ok(real) if stat_kind(&real) == 1 => Place::Directory,
        Ok(real) => Place::File(real),
        Err(error) => Place::Nothing(super::uv::errno_of(&error)),
    }
}

fn real_directory(directory: &Path) -> std::io::Result<PathBuf> {
    if let Some(known) = REAL_DIRECTORIES.read().unwrap_or_else(PoisonError::into_inner).get(directory) {
        return Ok(known.clone());
    }
    let real = std::fs::canonicalize(directory)?;
    REAL_DIRECTORIES.write().unwrap_or_else(PoisonError::into_inner).insert(directory.to_owned(), real.clone());
    Ok(real)
}

fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// `findFile(path, extensions, directoryOnly, keepSymlinks)`: what `require` of a path finds: the file, the file with
/// one of the extensions (joined by NUL), or the main file of the directory. undefined where there is nothing;
/// `[package.json, main, index file or undefined]` where `main` names nothing.
fn find_file(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let text = arg_string(scope, args, 0)?;
    let extensions = arg_string(scope, args, 1)?;
    let directory_only = arg_bool(scope, args, 2);
    let keep = arg_bool(scope, args, 3);
    let path = Path::new(&text);
    let place = file_at(path, keep);
    if let Place::File(real) = &place
        && !directory_only
    {
        rv.set(path_text(real).into_js(scope)?);
        return Ok(());
    }
    if !directory_only && let Some(found) = with_extension(path, &extensions, keep) {
        rv.set(path_text(&found).into_js(scope)?);
        return Ok(());
    }
    if !matches!(place, Place::Directory) && (!directory_only || stat_kind(path) != 1) {
        return Ok(());
    }
    let manifest = path.join("package.json");
    let package = match package_json::read(&manifest) {
        Ok(package) => package,
        Err(invalid) => return Err(invalid_config(&invalid)),
    };
    let main = package.as_ref().and_then(|p| p.main.clone()).filter(|m| !m.is_empty());
    if let Some(main) = &main {
        let target = clean_join(path, main);
        let found = match file_at(&target, keep) {
            Place::File(real) => Some(real),
            Place::Directory => with_extension(&target, &extensions, keep)
                .or_else(|| with_extension(&target.join("index"), &extensions, keep)),
            Place::Nothing(_) => with_extension(&target, &extensions, keep),
        };
        if let Some(found) = found {
            rv.set(path_text(&found).into_js(scope)?);
            return Ok(());
        }
    }
    let index = with_extension(&path.join("index"), &extensions, keep).map(|p| path_text(&p));
    match main {
        None => {
            if let Some(index) = index {
                rv.set(index.into_js(scope)?);
            }
        }
        Some(main) => {
            let items = [path_text(&manifest).into_js(scope)?, main.into_js(scope)?, index.into_js(scope)?];
            rv.set(v8::Array::new_with_elements(scope, &items).into());
        }
    }
    Ok(())
}

/// The first of `path` + extension that is a file.
fn with_extension(path: &Path, extensions: &str, keep: bool) -> Option<PathBuf> {
    for extension in extensions.split('\0') {
        let mut candidate = path.as_os_str().to_owned();
        candidate.push(extension);
        if let Place::File(real) = file_at(Path::new(&candidate), keep) {
            return Some(real);
        }
    }
    None
}

/// `directory` joined with `relative`, dots resolved by text, as a path in a package.json means it.
fn clean_join(directory: &Path, relative: &str) -> PathBuf {
    let mut path = directory.to_owned();
    for part in Path::new(relative).components() {
        match part {
            std::path::Component::ParentDir => {
                path.pop();
            }
            std::path::Component::Normal(name) => path.push(name),
            std::path::Component::CurDir => {}
            std::path::Component::RootDir | std::path::Component::Prefix(_) => path.push(part),
        }
    }
    path
}

/// The path of a file; for a directory (code that is in no file has the working directory for a parent) one in it.
fn inside(path: &str) -> PathBuf {
    if path.ends_with(std::path::is_separator) { Path::new(path).join("file") } else { PathBuf::from(path) }
}

/// `findPackageDirectory(parentFile, name)`: the directory of package `name` seen from that file, with a separator at
/// its end; undefined where there is none.
fn find_package_directory(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let file = arg_string(scope, args, 0)?;
    let name = arg_string(scope, args, 1)?;
    for directory in inside(&file).ancestors().skip(1) {
        let mut candidate = directory.join("node_modules");
        candidate.push(&name);
        if stat_kind(&candidate) == 1 {
            let mut text = path_text(&candidate);
            text.push(std::path::MAIN_SEPARATOR);
            rv.set(text.into_js(scope)?);
            return Ok(());
        }
    }
    Ok(())
}

/// `nearestPackage(file)`: the path of the package.json that governs `file`, undefined if none, null if it is invalid.
fn nearest_package(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let file = arg_string(scope, args, 0)?;
    match package_json::nearest(&inside(&file)) {
        Ok(Some((path, _))) => rv.set(path_text(&path).into_js(scope)?),
        Ok(None) => {}
        Err(_) => rv.set_null(),
    }
    Ok(())
}

/// `readPackage(path)`: `[name, main, type, exports, imports]`, undefined if there is no such file, null if it is
/// invalid. The last two are JSON text.
fn read_package(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let path = arg_string(scope, args, 0)?;
    match package_json::read(Path::new(&path)) {
        Ok(Some(package)) => {
            let items = [
                package.name.clone().into_js(scope)?,
                package.main.clone().into_js(scope)?,
                package.kind.as_str().into_js(scope)?,
                package.exports.clone().into_js(scope)?,
                package.imports.clone().into_js(scope)?,
            ];
            rv.set(v8::Array::new_with_elements(scope, &items).into());
        }
        Ok(None) => {}
        Err(_) => rv.set_null(),
    }
    Ok(())
}

/// `invalidPackage(path)`: the path of the invalid package.json that is at or governs `path`.
fn invalid_package(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let text = arg_string(scope, args, 0)?;
    let path = Path::new(&text);
    let own = path.file_name().is_some_and(|n| n == "package.json").then(|| package_json::read(path).err()).flatten();
    let invalid = own.or_else(|| package_json::nearest(path).err());
    rv.set(invalid.map_or(text.clone(), |i| path_text(&i.file)).into_js(scope)?);
    Ok(())
}

fn invalid_config(invalid: &InvalidPackage) -> OpError {
    OpError::error(
        "ERR_INVALID_PACKAGE_CONFIG",
        format!("Invalid package config {}. {}", path_text(&invalid.file), invalid.message),
    )
}

/// Longest one-byte text V8 holds in a string.
const MAX_STRING: usize = 0x1fff_ffe8;
/// From this size on, an ASCII file's own memory becomes the string instead of being copied.
const EXTERNAL_FROM: usize = 64 * 1024;

/// `readSource(path)`: the file as a string. A byte order mark is dropped; bytes that are not UTF-8 become U+FFFD, as
/// everywhere in Node (`invalidUtf8At` tells where, when such text then fails to compile).
fn read_source(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let path = arg_string(scope, args, 0)?;
    permission::check_path(permission::Scope::FsRead, Path::new(&path))?;
    let bytes = read_bytes(&path)?;
    rv.set(source_text(scope, bytes)?.into());
    Ok(())
}

fn read_bytes(path: &str) -> OpResult<Vec<u8>> {
    let file = std::fs::File::open(path).map_err(|e| OpError::io(e, "open").with_path(path))?;
    let expected = file.metadata().map_or(0, |m| m.len());
    if expected > MAX_STRING as u64 {
        return Err(too_long());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0) + 1);
    // `take` keeps the standard library from asking for size and position once more. Node names no path in this
    // error, since the read was on a descriptor.
    file.take(u64::MAX).read_to_end(&mut bytes).map_err(|e| OpError::io(e, "read"))?;
    Ok(bytes)
}

fn source_text<'s>(scope: &mut v8::PinScope<'s, '_>, mut bytes: Vec<u8>) -> OpResult<v8::Local<'s, v8::String>> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    if bytes.len() > MAX_STRING {
        return Err(too_long());
    }
    let text = if bytes.is_ascii() {
        if bytes.len() >= EXTERNAL_FROM {
            crate::workers::shared_text::new_string(scope, bytes.into_boxed_slice())
        } else {
            v8::String::new_from_one_byte(scope, &bytes, v8::NewStringType::Normal)
        }
    } else {
        v8::String::new_from_utf8(scope, &bytes, v8::NewStringType::Normal)
    };
    text.ok_or_else(too_long)
}

/// `isPlain(text)`: whether it is a string of characters only that paths and URLs spell alike.
fn is_plain(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let plain = match v8::Local::<v8::String>::try_from(args.get(0)) {
        Ok(text) => text.to_rust_string_lossy(scope).bytes().all(is_plain_byte),
        Err(_) => false,
    };
    rv.set_bool(plain);
    Ok(())
}

fn is_plain_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-./@+,=".contains(&byte)
}

/// `invalidUtf8At(path)`: the offset of the first byte that is not UTF-8, or -1.
fn invalid_utf8_at(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let path = arg_string(scope, args, 0)?;
    permission::check_path(permission::Scope::FsRead, Path::new(&path))?;
    let bytes = read_bytes(&path)?;
    let at = std::str::from_utf8(&bytes).map_or_else(|e| e.valid_up_to() as f64, |_| -1.0);
    rv.set_double(at);
    Ok(())
}

/// `scanExports(source)`: `[names, reexported specifiers]` of a CommonJS text.
fn scan_exports(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let source = arg_string(scope, args, 0)?;
    let found = cjs_exports::scan(&source);
    let items = [super::args::List(found.exports).into_js(scope)?, super::args::List(found.reexports).into_js(scope)?];
    rv.set(v8::Array::new_with_elements(scope, &items).into());
    Ok(())
}

/// `importedNames(source, specifiers)`: what the text of an ES module names of each: an array of names of exports, or
/// undefined for all.
fn imported_names(scope: Scope, args: Args, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let source = super::contextify::arg_source(args, 0)?;
    let list = v8::Local::<v8::Array>::try_from(args.get(1))
        .map_err(|_| OpError::type_error("ERR_INVALID_ARG_TYPE", "The specifiers must be an array"))?;
    let mut specifiers = Vec::with_capacity(list.length() as usize);
    for index in 0..list.length() {
        let specifier = list.get_index(scope, index).ok_or_else(OpError::pending)?;
        specifiers.push(specifier.to_rust_string_lossy(scope).into_bytes());
    }
    let specifiers: Vec<&[u8]> = specifiers.iter().map(Vec::as_slice).collect();
    let flat = v8::ValueView::new(scope, source);
    let found = match flat.data() {
        v8::ValueViewData::OneByte(text) => import_names::scan(text, &specifiers),
        v8::ValueViewData::TwoByte(units) => {
            let text: Vec<u8> = units.iter().map(|unit| u8::try_from(*unit).unwrap_or(u8::MAX)).collect();
            import_names::scan(&text, &specifiers)
        }
    };
    drop(flat);
    let lists = found.into_iter().map(|names| match names {
        Names::All => None,
        Names::Some(names) => Some(super::args::List(names)),
    });
    rv.set(super::args::List(lists.collect()).into_js(scope)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_plain_byte;

    #[test]
    fn plain_characters_are_those_that_need_no_escape() {
        assert!("/a/Z9/_x-y.mjs@1+2,=".bytes().all(is_plain_byte));
        for other in [" ", "%", "#", "?", "\\", ":", "~", "\u{e9}", "\0"] {
            assert!(!other.bytes().any(is_plain_byte), "{other:?}");
        }
    }
}
