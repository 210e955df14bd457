//! What `async_hooks` are told of the runtime's own work: operations and handles, by Node's names of types, and what came of what.

mod common;

use common::run_script;

/// A hook that writes `TYPE < type of what triggered it` for each resource but promises, ticks, timers and immediates, and `end TYPE` as
/// it goes; `done` says so once all was told.
const HOOK: &str = "const names = new Map();\n\
    const ended = [];\n\
    const skipped = new Set(['PROMISE', 'TickObject', 'Timeout', 'Immediate']);\n\
    const hook = require('async_hooks').createHook({\n\
      init(id, type, trigger) {\n\
        names.set(id, type);\n\
        if (!skipped.has(type)) require('fs').writeSync(1, `${type} < ${names.get(trigger) ?? '-'}\\n`);\n\
      },\n\
      before(id) { if (names.has(id) && !skipped.has(names.get(id))) require('fs').writeSync(1, `  ${names.get(id)}\\n`); },\n\
      destroy(id) { if (names.has(id) && !skipped.has(names.get(id))) ended.push(names.get(id)); },\n\
    }).enable();\n\
    const done = () => setTimeout(() => setImmediate(() => { hook.disable(); console.log(ended.sort().join()); }), 1);\n";

fn told(script: &str) -> String {
    run_script(&format!("{HOOK}{script}")).exits(0).stdout
}

#[test]
fn operations_have_nodes_types() {
    for (script, kind) in [
        ("require('fs').stat('.', done)", "FSREQCALLBACK"),
        ("require('fs').promises.stat('.').then(done)", "FSREQPROMISE"),
        ("require('crypto').randomBytes(4, done)", "RANDOMBYTESREQUEST"),
        ("require('crypto').pbkdf2('a', 'b', 1, 8, 'sha1', done)", "PBKDF2REQUEST"),
        ("require('crypto').scrypt('a', 'b', 8, done)", "SCRYPTREQUEST"),
        ("require('dns').lookup('localhost', done)", "GETADDRINFOREQWRAP"),
        ("require('zlib').gzip('a', done)", "ZLIB"),
    ] {
        assert_eq!(told(script), format!("{kind} < -\n  {kind}\n{kind}\n"), "{script}");
    }
}

#[test]
fn a_file_handle_is_told_until_it_is_closed() {
    assert_eq!(
        told("require('fs').promises.open(__filename).then((file) => file.close()).then(done)"),
        "FSREQPROMISE < -\n  FSREQPROMISE\nFILEHANDLE < -\nFILEHANDLECLOSEREQ < PROMISE\n  FILEHANDLECLOSEREQ\n\
         FILEHANDLE,FILEHANDLECLOSEREQ,FSREQPROMISE\n"
    );
}

#[test]
fn a_connection_comes_of_its_server_and_requests_of_their_connection() {
    let told = told(
        "const net = require('net');\n\
         const server = net.createServer((socket) => socket.end()).listen(0, '127.0.0.1', () => {\n\
           const client = net.connect(server.address().port, '127.0.0.1').resume();\n\
           client.on('close', () => server.close(done));\n\
         });",
    );
    let lines: Vec<_> = told.lines().collect();
    let count = |line: &str| lines.iter().filter(|each| **each == line).count();
    assert_eq!(count("TCPSERVERWRAP < -"), 1, "{told}");
    assert_eq!(count("TCPWRAP < TCPSERVERWRAP"), 1, "{told}");
    assert_eq!(count("TCPCONNECTWRAP < TCPWRAP"), 1, "{told}");
    assert_eq!(count("SHUTDOWNWRAP < TCPWRAP"), 2, "{told}");
    // Listeners run on behalf of what told them.
    assert_eq!(count("  TCPCONNECTWRAP"), 1, "{told}");
    assert_eq!(count("  SHUTDOWNWRAP"), 2, "{told}");
    assert!(count("  TCPSERVERWRAP") >= 1, "{told}");
    let ended = *lines.last().expect("a line of what ended");
    assert_eq!(ended, "SHUTDOWNWRAP,SHUTDOWNWRAP,TCPCONNECTWRAP,TCPSERVERWRAP,TCPWRAP,TCPWRAP", "{told}");
}

#[test]
fn children_and_their_pipes_are_told() {
    let told = told("require('child_process').execFile('true', done);");
    assert!(told.starts_with("PROCESSWRAP < -\nPIPEWRAP < -\nPIPEWRAP < -\nPIPEWRAP < -\n"), "{told}");
    assert!(told.contains("\n  PROCESSWRAP\n"), "{told}");
    assert!(told.lines().last().is_some_and(|line| line.contains("PIPEWRAP,PIPEWRAP,PIPEWRAP,PROCESSWRAP")), "{told}");
}

#[test]
fn sockets_watchers_and_signals_are_told() {
    let told = told(
        "require('fs').watch('.').close();\n\
         const listener = () => {};\n\
         process.on('SIGUSR2', listener).off('SIGUSR2', listener);\n\
         require('dgram').createSocket('udp4').close(done);",
    );
    for kind in ["FSEVENTWRAP", "SIGNALWRAP", "UDPWRAP"] {
        assert!(told.contains(&format!("{kind} < -\n")), "{told}");
        assert!(told.lines().last().is_some_and(|line| line.contains(kind)), "{told}");
    }
}

#[test]
fn names_are_looked_up_on_behalf_of_the_socket() {
    let told = told(
        "const net = require('net');\n\
         const server = net.createServer().listen(0, () => {\n\
           const socket = net.connect(server.address().port, 'localhost', () => { socket.destroy(); server.close(done); });\n\
         });",
    );
    assert!(told.contains("GETADDRINFOREQWRAP < TCPWRAP\n"), "{told}");
}
