//! What console, `util.inspect`, `util.format` and assertions print, held against Node's output of the same script
//! (`console_output/expected.txt` was written by `node tests/console_output/main.cjs`, Node 20.20).

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
