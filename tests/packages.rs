//! Packages of the npm registry, unmodified. `tests/packages/package.json` names them with their versions;
//! `cargo test --test packages -- --ignored` installs them (with npm, into `WEFT_PACKAGES` or a folder of the build's)
//! and runs the scripts beside it, which assert what they get and print `ok`.
//!
//! rollup is there as its WebAssembly build: the other is a native addon.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Scripts of `tests/packages`.
const SCRIPTS: [&str; 6] = ["libraries.mjs", "system.mjs", "winston.mjs", "archives.mjs", "tools.mjs", "runners.mjs"];

/// The folder with the packages of `source`, installed if they are not there yet.
fn installed(source: &Path) -> PathBuf {
    let name = source.file_name().expect("a folder of the tests");
    let folder = match std::env::var_os("WEFT_PACKAGES") {
        Some(folder) if name == "packages" => PathBuf::from(folder),
        _ => Path::new(env!("CARGO_TARGET_TMPDIR")).join(name),
    };
    std::fs::create_dir_all(&folder).expect("a folder");
    let manifest = std::fs::read(source.join("package.json")).expect("the list of packages");
    let target = folder.join("package.json");
    let is_current = std::fs::read(&target).is_ok_and(|present| present == manifest);
    if !is_current || !folder.join("node_modules").is_dir() {
        std::fs::write(&target, manifest).expect("the list is written");
        let status = Command::new("npm")
            .args(["install", "--no-audit", "--no-fund"])
            .current_dir(&folder)
            .stdout(Stdio::null())
            .status()
            .expect("npm starts");
        assert!(status.success(), "npm install failed");
    }
    folder
}

#[test]
#[ignore = "needs npm and its registry"]
fn packages_run_unmodified() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages");
    let folder = installed(&source);
    // What some of the scripts import.
    std::fs::copy(source.join("scratch.mjs"), folder.join("scratch.mjs")).expect("the module is copied");
    let mut failures = Vec::new();
    for name in SCRIPTS {
        // Packages are looked for from where the script is.
        let script = folder.join(name);
        std::fs::copy(source.join(name), &script).expect("the script is copied");
        let output = Command::new(env!("CARGO_BIN_EXE_weft"))
            .arg(&script)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .output()
            .expect("the binary starts");
        let stdout = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() || stdout.lines().last() != Some("ok") {
            failures.push(format!("{name}: {}\n{stdout}{}", output.status, String::from_utf8_lossy(&output.stderr)));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The client is a program for Node: it needs `node:http`.
#[test]
#[ignore = "needs node, npm and its registry"]
fn a_debugger_of_the_registry_steps_through_a_worker() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/debugger");
    let folder = installed(&source);
    for name in ["client.cjs", "program.mjs"] {
        std::fs::copy(source.join(name), folder.join(name)).expect("the script is copied");
    }
    let output = Command::new("node")
        .arg(folder.join("client.cjs"))
        .arg(env!("CARGO_BIN_EXE_weft"))
        .output()
        .expect("node starts");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(stdout, "ok\n", "{}", String::from_utf8_lossy(&output.stderr));
}
