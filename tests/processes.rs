//! Child processes, their channels, sockets and signals, end to end.
#![cfg(unix)]

mod common;

use common::{TestDir, run, run_script, weft};

#[test]
fn spawned_child_gets_input_and_tells_exit_before_close() {
    let dir = TestDir::new();
    let script = dir.write(
        "main.cjs",
        r"
        const { spawn } = require('child_process');
        const child = spawn('sh', ['-c', 'cat; exit 4'], { stdio: ['pipe', 'pipe', 'inherit'] });
        const told = [];
        let text = '';
        child.on('spawn', () => told.push('spawn'));
        child.stdout.setEncoding('utf8').on('data', (chunk) => { text += chunk; });
        child.on('exit', (code, signal) => told.push(`exit ${code} ${signal}`));
        child.on('close', () => console.log(told.join(), text, child.stderr));
        child.stdin.end('in and out');
        ",
    );
    run([script]).exits(0).prints("spawn,exit 4 null in and out null\n");
}

#[test]
fn program_that_is_not_there_is_an_error_event_with_nodes_properties() {
    let dir = TestDir::new();
    let script = dir.write(
        "main.cjs",
        r"
        const child = require('child_process').spawn('no-such-program', ['a']);
        child.stdout.on('end', () => console.log('end'));
        child.on('error', ({ message, errno, code, syscall, path, spawnargs }) => {
          console.log(JSON.stringify({ message, errno, code, syscall, path, spawnargs }), child.pid);
        });
        ",
    );
    let done = run([script]).exits(0);
    assert!(
        done.stdout.contains(
            r#"{"message":"spawn no-such-program ENOENT","errno":-2,"code":"ENOENT","syscall":"spawn no-such-program","path":"no-such-program","spawnargs":["a"]} undefined"#
        ),
        "{done:?}"
    );
}

#[test]
fn synchronous_child_obeys_time_and_size_limits() {
    let dir = TestDir::new();
    let script = dir.write(
        "main.cjs",
        r"
        const { spawnSync, execFileSync } = require('child_process');
        const slow = spawnSync('sleep', ['60'], { timeout: 50 });
        console.log(slow.error.code, slow.signal, slow.status);
        const loud = spawnSync('sh', ['-c', 'while :; do echo loud; done'], { maxBuffer: 1000, killSignal: 'SIGKILL' });
        console.log(loud.error.code, loud.signal, loud.stdout.length > 1000);
        const echoed = spawnSync('cat', { input: Buffer.alloc(1 << 20, 'x'), maxBuffer: Infinity });
        console.log(echoed.stdout.length, echoed.status);
        try { execFileSync('sh', ['-c', 'echo bad >&2; exit 3'], { stdio: 'pipe' }); } catch (e) { console.log(e.status, `${e.stderr}`); }
        ",
    );
    run([script]).exits(0).prints("ETIMEDOUT SIGTERM null\nENOBUFS SIGKILL true\n1048576 0\n3 bad\n\n");
}

#[test]
fn forked_child_talks_in_both_formats_and_ends_when_disconnected() {
    let dir = TestDir::new();
    let script = dir.write(
        "main.cjs",
        r"
        if (process.argv[2] === 'child') {
          process.on('message', (message) => process.send(message));
        } else {
          const { fork } = require('child_process');
          (async () => {
            for (const serialization of ['json', 'advanced']) {
              const child = fork(__filename, ['child'], { serialization });
              child.send({ text: '\u00e9\n', list: [1, 2], map: new Map([[1, 2]]) });
              const [message] = await require('events').once(child, 'message');
              console.log(serialization, message);
              child.disconnect();
              console.log(await require('events').once(child, 'exit'));
            }
          })();
        }
        ",
    );
    run([script]).exits(0).prints(
        "json { text: '\u{e9}\\n', list: [ 1, 2 ], map: {} }\n[ 0, null ]\n\
         advanced { text: '\u{e9}\\n', list: [ 1, 2 ], map: Map(1) { 1 => 2 } }\n[ 0, null ]\n",
    );
}

#[test]
fn connections_are_echoed_refused_and_reset() {
    let dir = TestDir::new();
    let script = dir.write(
        "main.cjs",
        r"
        const net = require('net');
        const server = net.createServer((c) => c.pipe(c)).listen(0, '127.0.0.1', () => {
          const { port } = server.address();
          const client = net.connect(port, '127.0.0.1', () => client.end(Buffer.alloc(3e6, 1)));
          let got = 0;
          client.on('data', (chunk) => { got += chunk.length; });
          client.on('close', (hadError) => {
            console.log(got, hadError, client.bytesRead, client.bytesWritten);
            net.createServer().listen(port, '127.0.0.1').on('error', (e) => {
              console.log(e.code, e.syscall, e.port === port, e.address);
              server.close(() => {
                net.connect(port, '127.0.0.1').on('error', (e) => console.log(e.code, e.syscall, e.port === port));
              });
            });
          });
        });
        ",
    );
    run([script])
        .exits(0)
        .prints("3000000 false 3000000 3000000\nEADDRINUSE listen true 127.0.0.1\nECONNREFUSED connect true\n");
}

#[test]
fn listeners_and_children_that_are_unreferenced_do_not_keep_the_process() {
    let dir = TestDir::new();
    let script = dir.write(
        "main.cjs",
        r"
        require('net').createServer().listen(0).unref();
        process.on('SIGTERM', () => {});
        const child = require('child_process').spawn('sleep', ['2'], { stdio: 'ignore' });
        child.unref();
        process.on('exit', () => console.log(process.uptime() < 1.5));
        ",
    );
    run([script]).exits(0).prints("true\n");
}

#[test]
fn signals_that_the_parent_ignores_are_not_ignored() {
    let dir = TestDir::new();
    let script =
        dir.write("main.cjs", "process.kill(process.pid, 'SIGINT'); setTimeout(() => console.log('alive'), 100_000);");
    let command = format!("trap '' INT; exec {:?} {:?}", env!("CARGO_BIN_EXE_weft"), script.display().to_string());
    let result = std::process::Command::new("sh").args(["-c", &command]).output().expect("a shell");
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&result.status), Some(2));
}

#[test]
fn idle_server_uses_no_processor_time() {
    let dir = TestDir::new();
    let script = dir.write(
        "main.cjs",
        r"
        const server = require('net').createServer().listen(0);
        process.on('SIGINT', () => {});
        setTimeout(() => {
          const before = process.resourceUsage();
          setTimeout(() => {
            const after = process.resourceUsage();
            // The timer's own turn is all there may be.
            console.log(after.voluntaryContextSwitches - before.voluntaryContextSwitches < 20);
            server.close();
          }, 1000);
        }, 300);
        ",
    );
    run([script]).exits(0).prints("true\n");
}

#[test]
fn signal_without_listeners_does_again_what_it_did_before() {
    let dir = TestDir::new();
    let script = dir.write(
        "main.cjs",
        r"
        process.once('SIGUSR2', (name, number) => {
          console.log(name, number === require('os').constants.signals.SIGUSR2);
          setTimeout(() => process.kill(process.pid, 'SIGUSR2'), 10);
        });
        process.kill(process.pid, 'SIGUSR2');
        setTimeout(() => console.log('still here'), 3000);
        ",
    );
    let done = run([script]);
    assert_eq!((done.code, done.stdout.as_str()), (None, "SIGUSR2 true\n"), "{done:?}");
}

#[test]
fn cluster_workers_share_one_port() {
    let dir = TestDir::new();
    let script = dir.write(
        "main.cjs",
        r"
        const cluster = require('cluster');
        const net = require('net');
        if (cluster.isPrimary) {
          const seen = new Set();
          const workers = [cluster.fork(), cluster.fork()];
          let listening = 0;
          cluster.on('listening', (worker, { port }) => {
            if (++listening < 2) return;
            let left = 6;
            for (let i = 0; i < 6; i++) {
              net.connect(port).setEncoding('utf8').on('data', (id) => seen.add(id)).on('close', () => {
                if (--left > 0) return;
                console.log([...seen].sort().join());
                cluster.disconnect(() => console.log('done'));
              });
            }
          });
        } else {
          net.createServer((c) => c.end(String(cluster.worker.id))).listen(0);
        }
        ",
    );
    run([script]).exits(0).prints("1,2\ndone\n");
}

/// An address is taken when the bound socket is made; a server or a socket then owns it.
#[test]
fn bound_sockets_become_servers_and_local_ends() {
    run_script(
        r"
        const { deepStrictEqual, strictEqual, throws } = require('node:assert');
        const { existsSync } = require('node:fs');
        const { join } = require('node:path');
        const net = require('node:net');
        const { once } = require('node:events');
        (async () => {
          const bound = new net.BoundSocket({ host: '127.0.0.1' });
          const { port } = bound.address();
          const server = net.createServer((socket) => socket.end('hello')).listen(bound);
          await once(server, 'listening');
          strictEqual(server.address().port, port);
          throws(() => new net.BoundSocket({ host: '127.0.0.1', port }), { code: 'EADDRINUSE', syscall: 'bind' });
          for (const use of [() => bound.address(), () => bound.fd(), () => bound.close(), () => net.createServer().listen(bound)]) {
            throws(use, { code: 'ERR_SOCKET_HANDLE_ADOPTED' });
          }
          bound[Symbol.dispose]();

          const local = new net.BoundSocket({ host: '127.0.0.1' });
          const from = local.address().port;
          const socket = net.connect({ port, host: '127.0.0.1', handle: local }).setEncoding('utf8');
          const [text] = await once(socket, 'data');
          deepStrictEqual([text, socket.localPort], ['hello', from]);
          server.close();

          const path = join(require('node:os').tmpdir(), `weft-bound-${process.pid}.sock`);
          const atPath = new net.BoundSocket({ path });
          deepStrictEqual([atPath.isPipe, atPath.address(), existsSync(path)], [true, path, true]);
          atPath.close();
          strictEqual(existsSync(path), false);
          throws(() => new net.BoundSocket({ path, port: 1 }), { code: 'ERR_INVALID_ARG_VALUE' });
          throws(() => new net.BoundSocket({ host: 'localhost' }), { code: 'ERR_INVALID_ARG_VALUE' });
        })();
        ",
    )
    .exits(0);
}

/// What coverage tools do to follow children.
#[test]
fn synchronous_children_start_by_the_binding_that_packages_replace() {
    run_script(
        "const { spawn } = process.binding('spawn_sync');\n\
         process.binding('spawn_sync').spawn = function(options) {\n\
           options.envPairs = [...options.envPairs, 'ADDED=yes'];\n\
           const result = spawn.call(this, options);\n\
           console.log(options.file, result.status, typeof result.pid, result.output.length);\n\
           return result;\n\
         };\n\
         const { stdout, status } = require('child_process').spawnSync('sh', ['-c', 'echo $ADDED; exit 3'], { encoding: 'utf8' });\n\
         console.log(stdout.trim(), status);",
    )
    .exits(0)
    .prints("sh 3 number 3\nyes 3\n");
}

#[test]
fn text_that_is_executable_is_a_script_of_the_shell() {
    let dir = TestDir::new();
    dir.write("tool", "echo \"script $1\"\n");
    let text = "const { spawnSync, execFile, spawn } = require('child_process');
        require('fs').chmodSync('tool', 0o755);
        console.log(String(spawnSync('./tool', ['one']).stdout).trim());
        console.log(String(spawnSync('tool', ['two'], { env: { PATH: `/none:${process.cwd()}` } }).stdout).trim());
        execFile('./tool', ['three'], (error, stdout) => {
          console.log(error, stdout.trim());
          spawn('./tool', ['four', 4], { stdio: 'inherit' }).on('close', (code) => console.log(code));
        });";
    let output = weft().current_dir(dir.path()).args(["-e", text]).output().expect("weft runs");
    common::Run::from(output).exits(0).prints("script one\nscript two\nnull script three\nscript four\n0\n");
}

#[test]
fn children_of_nobody_are_refused_and_channels_end_at_once() {
    let dir = TestDir::new();
    let script = dir.write(
        "main.cjs",
        r"
        const { fork, spawn, spawnSync } = require('child_process');
        if (process.argv[2] === 'child') {
          process.on('message', (message) => process.send(message));
        } else {
          for (const options of [{ uid: -1 }, { gid: -1 }]) {
            try {
              spawn(process.execPath, ['-e', ''], options);
            } catch (error) {
              console.log(error.code, error.syscall);
            }
            console.log(spawnSync(process.execPath, ['-e', ''], options).error.code);
          }
          const child = fork(__filename, ['child']);
          // What is no function is no callback.
          console.log(child.send('text', null, {}, 1));
          child.on('message', (message) => {
            console.log(message);
            child.disconnect();
            console.log(child.connected, child.channel);
          });
        }
        ",
    );
    run([script]).exits(0).prints("EINVAL spawn\nEINVAL\nEINVAL spawn\nEINVAL\ntrue\ntext\nfalse null\n");
}

#[test]
fn what_children_are_given_is_kept() {
    let text = "const { execFile, spawn, spawnSync } = require('child_process');
        console.log(spawn('true', [1, null]).spawnargs, execFile('true', { argv0: 'other' }).spawnargs);
        const { output, stdout, stderr } = spawnSync('no-such-program'); console.log(output, stdout, stderr);
        console.log(String(spawnSync('echo', ['x'], { maxBuffer: 0 }).stdout).trim());";
    run(["-e", text]).exits(0).prints("[ 'true', 1, null ] [ 'true' ]\nnull undefined undefined\nx\n");
}
