//! What console, `util.inspect`, `util.format` and assertions print, held against Node's output of the same script
//! (`console_output/expected.txt` was written by `node tests/console_output/main.cjs`, Node 20.20, and has the name
//! of an ArrayBuffer's length and the colours of a regular expression as Node 26.10 writes them).

mod common;

#[test]
fn console_prints_what_node_prints() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/console_output/main.cjs");
    common::run([script]).exits(0).prints(include_str!("console_output/expected.txt"));
}

#[test]
fn console_and_streams_keep_their_order() {
    // The console writes to a file or pipe itself until somebody looks at process.stdout.
    common::run_script(
        "console.log('first');
         process.stdout.write('second\\n');
         console.log('third');
         process.stdout.write = (text) => { process.stderr.write(`stolen ${text}`); return true; };
         console.log('fourth');",
    )
    .exits(0)
    .prints("first\nsecond\nthird\n");
}

/// A run of `text` whose standard output is a device that is always full.
#[cfg(target_os = "linux")]
fn on_a_full_device(text: &str) -> common::Run {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    std::process::Command::new(env!("CARGO_BIN_EXE_weft"))
        .args(["-e", text])
        .stdout(full)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .expect("a run")
        .into()
}

#[test]
#[cfg(target_os = "linux")]
fn console_forgives_a_stream_its_first_error_only() {
    on_a_full_device("console.log(1)").exits(0);
    on_a_full_device("console.log(1); console.log(2)").exits(0);
    let later = "console.log(1); setTimeout(() => console.log(2))";
    on_a_full_device(later).exits(1).complains("Error: ENOSPC: no space left on device, write");
    on_a_full_device(&format!("process.exitCode = 5; {later}")).exits(1);
    on_a_full_device(&format!("process.stdout.on('error', (e) => console.error('told', e.code)); {later}"))
        .exits(0)
        .complains("told ENOSPC\ntold ENOSPC\n");
    on_a_full_device("process.stdout.write('a')")
        .exits(1)
        .complains("Emitted 'error' event on SyncWriteStream instance at:");
}
