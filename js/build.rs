//! Embeds js/ into the binary: walks the folder and writes a table of `(id, path, source)` for `src/builtins.rs`.
//!
//! An id is the path without its ending; what stands under `js/node` loses that prefix, since it is what users
//! name (`fs`, `fs/promises`), and `js/weft/x.js` is `weft:x`. Sources must be ASCII, because V8 receives them as
//! external one-byte strings that all isolates of the process share.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use sha2::{Digest as _, Sha256};

#[expect(clippy::print_stderr, reason = "cargo shows a build script's standard error, and nothing else of it")]
fn main() {
    if let Some(problem) = archive_problem() {
        // One line that says what to do, before the linker or the v8 crate's own script say it in many.
        eprintln!("error: V8's archive: {problem}; see third_party/v8/README.md");
        std::process::exit(1);
    }
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR")).join("js");
    let mut files = Vec::new();
    walk(&root, &root, &mut files);
    files.sort();
    let mut hash = Sha256::new();
    let mut table = String::from("pub(crate) static SOURCES: &[BuiltinSource] = &[\n");
    for (id, path) in &files {
        let text = fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        if let Some(at) = text.iter().position(|b| !b.is_ascii()) {
            let line = text[..at].iter().filter(|&&b| b == b'\n').count() + 1;
            panic!("{}:{line}: not ASCII; write it as an escape", path.display());
        }
        hash.update(id);
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(&text);
        writeln!(
            table,
            "    BuiltinSource {{ id: {id:?}, text: text_of(include_bytes!({path:?})) }},",
            path = path.display().to_string()
        )
        .expect("writing to a String");
    }
    table.push_str("];\n");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("builtins.rs");
    fs::write(out, table).expect("OUT_DIR is writable");
    // Names this set of sources, for the code cache on disk.
    println!("cargo:rustc-env=WEFT_BUILTINS_HASH={}", hex(&hash.finalize()[..8]));
    println!("cargo:rerun-if-changed=js");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux")
        && env::var("CARGO_CFG_TARGET_ENV").as_deref() == Ok("gnu")
    {
        // As Node's and Bun's binaries: V8's tables hold 77,000 addresses, and writing them at each start takes the
        // dynamic linker over a millisecond and a megabyte of memory that processes cannot share.
        println!("cargo:rustc-link-arg-bins=-no-pie");
        // `src/mathematics.rs` says what for.
        for function in ["3tanEd", "4asinEd", "4acosEd", "4atanEd", "5atan2Edd"] {
            println!("cargo:rustc-link-arg-bins=-Wl,--wrap=_ZN2v84base7ieee754{function}");
        }
        // `src/ops/buffer/hex.rs` says what for.
        println!(
            "cargo:rustc-link-arg=-Wl,--wrap=_ZN2v88internal15Uint8ArrayToHexEPKcmbNS0_12DirectHandleINS0_16SeqOneByteStringEEE"
        );
        // `src/v8_lazily.rs` says what for. Tests have these too, since they look at what V8's own do.
        for function in [
            "84base2OS8AllocateEPvmmNS1_16MemoryPermissionENSt4__Cr8optionalINS_18SharedMemoryHandleEEE",
            "84base2OS4FreeEPvm",
            "84base6Thread5StartEv",
            "84base5Stack29ObtainCurrentThreadStackStartEv",
            "88platform16DelayedTaskQueue6AppendENSt4__Cr10unique_ptrINS_4TaskENS2_14default_deleteIS4_EEEE",
            "88platform16DelayedTaskQueue13AppendDelayedENSt4__Cr10unique_ptrINS_4TaskENS2_14default_deleteIS4_EEEEd",
            "88internal9StubCacheC1EPNS0_7IsolateE",
            "88internal9StubCache10InitializeEv",
        ] {
            println!("cargo:rustc-link-arg=-Wl,--wrap=_ZN2v{function}");
        }
        // `src/cxx_memory.rs` says what for.
        if env::var_os("CARGO_FEATURE_SYSTEM_MALLOC").is_none() {
            for operator in [
                "_Znwm",
                "_Znam",
                "_ZdlPv",
                "_ZdaPv",
                "_ZdlPvm",
                "_ZdaPvm",
                "_ZN2v88internal8MallocednwEm",
                "_ZN2v88internal8MalloceddlEPv",
            ] {
                println!("cargo:rustc-link-arg=-Wl,--wrap={operator}");
            }
        }
        order_functions();
        include_unwinder();
        tell_library_version();
    }
    println!("cargo:rustc-check-cfg=cfg(weft_loom)");
}

/// Has the linker put those functions of V8's side by side that a start calls. They are 3,000 of 60,000, all over 37 MB, and
/// a start faulted in 140 pieces of the program more than now. Only LLD knows how, which rustc brings along for x86-64 Linux; another
/// linker leaves them where they are.
fn order_functions() {
    let list =
        PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("third_party/v8/start-order.txt");
    println!("cargo:rerun-if-changed={}", list.display());
    println!("cargo:rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    let arguments =
        [format!("-Wl,--symbol-ordering-file={}", list.display()), "-Wl,--no-warn-symbol-ordering".to_owned()];
    if !links_with(&arguments) {
        return;
    }
    for argument in arguments {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
}

/// Notes the glibc that the crate is built with, which reports tell of. A script like this runs where it is built, so it is its own.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn tell_library_version() {
    unsafe extern "C" {
        safe fn gnu_get_libc_version() -> *const std::ffi::c_char;
    }
    // SAFETY: glibc gives a C string of its own that lives as long as the process.
    let version = unsafe { std::ffi::CStr::from_ptr(gnu_get_libc_version()) };
    println!("cargo:rustc-env=WEFT_GLIBC_OF_BUILD={}", version.to_string_lossy());
}

/// Built elsewhere, nobody knows.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn tell_library_version() {}

/// Has the unwinder be part of the program, which needs it for the trace of a panic: a library less to find, map and relocate at each
/// start. The standard library asks for it by the shared one's name, and gets a linker script of that name. Where a compiler
/// has no static one, it stays as it is.
fn include_unwinder() {
    let folder = PathBuf::from(env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("unwinder");
    fs::create_dir_all(&folder).expect("OUT_DIR is writable");
    fs::write(folder.join("libgcc_s.so"), "INPUT(-lgcc_eh -lgcc)\n").expect("OUT_DIR is writable");
    let argument = format!("-L{}", folder.display());
    if links_with(std::slice::from_ref(&argument)) {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
}

/// Whether a program of one line can be linked with these arguments, in the way this crate will be.
fn links_with(arguments: &[String]) -> bool {
    let folder = PathBuf::from(env::var("OUT_DIR").expect("cargo sets OUT_DIR"));
    let source = folder.join("probe.rs");
    fs::write(&source, "fn main() {}\n").expect("OUT_DIR is writable");
    let mut rustc = Command::new(env::var("RUSTC").expect("cargo sets RUSTC"));
    rustc.arg("--target").arg(env::var("TARGET").expect("cargo sets TARGET"));
    rustc.args(env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default().split('\x1f').filter(|flag| !flag.is_empty()));
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        rustc.arg(format!("-Clinker={linker}"));
    }
    rustc.args(arguments.iter().map(|argument| format!("-Clink-arg={argument}")));
    rustc.arg("-o").arg(folder.join("probe")).arg(&source);
    rustc.output().is_ok_and(|output| output.status.success())
}

/// What is wrong with the archive that `RUSTY_V8_ARCHIVE` names, if it is a file. The vendored one must have its checksum.
fn archive_problem() -> Option<String> {
    println!("cargo:rerun-if-env-changed=RUSTY_V8_ARCHIVE");
    let name = env::var("RUSTY_V8_ARCHIVE").ok()?;
    if name.contains("://") {
        return None;
    }
    println!("cargo:rerun-if-changed={name}");
    let bytes = match fs::read(&name) {
        Ok(bytes) => bytes,
        Err(error) => return Some(format!("{name}: {error}")),
    };
    let sums = fs::read_to_string(Path::new(&name).with_file_name("SHA256SUMS")).ok()?;
    let file = Path::new(&name).file_name()?.to_str()?;
    let expected = sums.lines().find_map(|l| l.split_once("  ").filter(|(_, n)| *n == file))?.0;
    let actual = hex(&Sha256::digest(&bytes));
    (actual != expected).then(|| format!("{name}: damaged: its SHA-256 is {actual}, not {expected}"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn walk(root: &Path, dir: &Path, files: &mut Vec<(String, PathBuf)>) {
    let entries = fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    for entry in entries {
        let path = entry.expect("a readable directory entry").path();
        if path.is_dir() {
            walk(root, &path, files);
        } else if path.extension().is_some_and(|e| e == "js") {
            let relative = path.strip_prefix(root).expect("walked from the root").with_extension("");
            let id = relative.to_string_lossy().replace('\\', "/");
            let id = match id.split_once('/') {
                Some(("node", rest)) => rest.to_owned(),
                Some(("weft", rest)) => format!("weft:{rest}"),
                _ => id,
            };
            files.push((id, path));
        }
    }
}
