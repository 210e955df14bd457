//! The debugger: `--inspect` and its kin through a WebSocket, as a front end uses them, and `node:inspector` from within.

mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Stdio};

use common::{TestDir, run, run_script, weft};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, WebSocket, client};

/// A program with the debugger's server.
struct Debuggee {
    child: Child,
    stderr: BufReader<ChildStderr>,
    url: String,
}

impl Debuggee {
    fn start(args: &[&str]) -> Self {
        let mut command = weft();
        command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut line = String::new();
        stderr.read_line(&mut line).expect("text");
        let url = line.trim().strip_prefix("Debugger listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { child, stderr, url }
    }

    fn address(&self) -> &str {
        self.url.strip_prefix("ws://").and_then(|rest| rest.split('/').next()).expect("an address")
    }

    fn attach(&self) -> FrontEnd {
        let stream = TcpStream::connect(self.address()).expect("it listens");
        let (socket, _) = client(&self.url, stream).expect("a WebSocket");
        FrontEnd { socket, last: 0, events: Vec::new() }
    }

    /// What it printed, what it complained of, and its exit code, once it has ended.
    fn end(mut self) -> (String, String, Option<i32>) {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.child.stdout.take().expect("a pipe").read_to_string(&mut stdout).expect("text");
        self.stderr.read_to_string(&mut stderr).expect("text");
        (stdout, stderr, self.child.wait().expect("it ends").code())
    }
}

struct FrontEnd {
    socket: WebSocket<TcpStream>,
    last: u64,
    events: Vec<Value>,
}

impl FrontEnd {
    fn next(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.socket.read().expect("a message") {
                return serde_json::from_str(&text).expect("JSON");
            }
        }
    }

    fn send(&mut self, method: &str, params: Value) -> u64 {
        self.last += 1;
        let message = json!({ "id": self.last, "method": method, "params": params });
        self.socket.send(Message::text(message.to_string())).expect("it listens");
        self.last
    }

    /// The result of a method. Events that come before it are kept.
    fn call(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        loop {
            let message = self.next();
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
            self.events.push(message);
        }
    }

    /// The next event that `is` it; those before it are dropped.
    fn event(&mut self, is: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.events.iter().position(&is) {
            return self.events.drain(..=at).next_back().expect("it was found");
        }
        self.events.clear();
        loop {
            let message = self.next();
            if is(&message) {
                return message;
            }
        }
    }

    fn event_called(&mut self, method: &str) -> Value {
        self.event(|message| message["method"] == method)
    }

    /// Enables what a debugger enables, and lets a program that waits go on.
    fn debug(&mut self) {
        self.call("Runtime.enable", json!({}));
        self.call("Debugger.enable", json!({}));
        self.call("Runtime.runIfWaitingForDebugger", json!({}));
    }
}

/// The line where a halted program stands, counted from 1.
fn line(paused: &Value) -> u64 {
    paused["params"]["callFrames"][0]["location"]["lineNumber"].as_u64().expect("a line") + 1
}

#[test]
fn inspect_brk_halts_in_the_first_line_of_any_kind_of_program() {
    let dir = TestDir::new();
    let commonjs = dir.write("main.cjs", "// first\nlet a = 40;\na += 2;\nconsole.log(a);\n");
    let module = dir.write("main.mjs", "// first\nlet a = 40;\na += 2;\nconsole.log(a);\n");
    // What gives the exports of a built-in runs first and is nobody's line.
    let importer = dir.write("other.mjs", "// first\nimport 'node:path'; let a = 40;\na += 2;\nconsole.log(a);\n");
    for file in [commonjs, module, importer] {
        let name = file.to_str().expect("UTF-8");
        let debuggee = Debuggee::start(&["--inspect-brk=0", name]);
        let mut front_end = debuggee.attach();
        front_end.debug();
        let url = format!("file://{name}");
        let script = front_end.event(|message| message["params"]["url"] == url)["params"]["scriptId"].clone();
        let paused = front_end.event_called("Debugger.paused");
        assert_eq!(paused["params"]["callFrames"][0]["location"]["scriptId"], script);
        assert_eq!(line(&paused), 2);
        front_end.call("Debugger.stepOver", json!({}));
        let paused = front_end.event_called("Debugger.paused");
        assert_eq!(line(&paused), 3);
        let frame = paused["params"]["callFrames"][0]["callFrameId"].clone();
        let set = json!({ "callFrameId": frame, "expression": "a" });
        assert_eq!(front_end.call("Debugger.evaluateOnCallFrame", set)["result"]["value"], 40);
        front_end.call("Debugger.resume", json!({}));
        front_end.event_called("Runtime.executionContextDestroyed");
        drop(front_end);
        let (stdout, stderr, code) = debuggee.end();
        assert_eq!((stdout.as_str(), code), ("42\n", Some(0)), "{stderr}");
        assert!(stderr.contains("Waiting for the debugger to disconnect..."), "{stderr}");
    }
}

#[test]
fn a_busy_program_is_halted_where_it_is() {
    let dir = TestDir::new();
    let file = dir.write("main.cjs", "function spin() {\n  for (;;) {\n    globalThis.turns = 1;\n  }\n}\nspin();\n");
    let mut debuggee = Debuggee::start(&["--inspect=0", file.to_str().expect("UTF-8")]);
    let mut front_end = debuggee.attach();
    front_end.debug();
    front_end.call("Debugger.pause", json!({}));
    let paused = front_end.event_called("Debugger.paused");
    assert_eq!(paused["params"]["callFrames"][0]["functionName"], "spin");
    assert!((2..=4).contains(&line(&paused)), "{paused}");
    // A program that stands still is ended like any other.
    debuggee.child.kill().expect("it runs");
    debuggee.child.wait().expect("it ends");
}

#[test]
fn workers_are_child_targets_and_can_be_stepped_through() {
    let dir = TestDir::new();
    let worker = dir.write(
        "worker.cjs",
        "const { parentPort } = require('worker_threads');\nlet n = 1;\nn += 1;\nparentPort.postMessage(n);\n",
    );
    let main = dir.write(
        "main.cjs",
        "const { Worker } = require('worker_threads');\nnew Worker(require.resolve('./worker.cjs'), { name: 'w' }).on('message', console.log);\n",
    );
    let debuggee = Debuggee::start(&["--inspect-wait=0", main.to_str().expect("UTF-8")]);
    let mut front_end = debuggee.attach();
    front_end.call("NodeWorker.enable", json!({ "waitForDebuggerOnStart": true }));
    front_end.debug();
    let attached = front_end.event_called("NodeWorker.attachedToWorker")["params"].clone();
    assert_eq!(attached["waitingForDebugger"], true);
    assert_eq!(attached["workerInfo"]["title"], "[worker 1] w");
    let url = format!("file://{}", worker.to_str().expect("UTF-8"));
    assert_eq!(attached["workerInfo"]["url"], url);
    let session = attached["sessionId"].clone();
    let tell = |front_end: &mut FrontEnd, id: u64, method: &str, params: Value| {
        let message = json!({ "id": id, "method": method, "params": params }).to_string();
        front_end.call("NodeWorker.sendMessageToWorker", json!({ "sessionId": session, "message": message }));
    };
    let hear = |front_end: &mut FrontEnd, method: &str| loop {
        let event = front_end.event_called("NodeWorker.receivedMessageFromWorker");
        let message: Value = serde_json::from_str(event["params"]["message"].as_str().expect("text")).expect("JSON");
        if message["method"] == method {
            return message;
        }
    };
    tell(&mut front_end, 1, "Debugger.enable", json!({}));
    tell(&mut front_end, 2, "Debugger.setBreakpointByUrl", json!({ "lineNumber": 1, "url": url }));
    tell(&mut front_end, 3, "Runtime.runIfWaitingForDebugger", json!({}));
    assert_eq!(line(&hear(&mut front_end, "Debugger.paused")), 2);
    tell(&mut front_end, 4, "Debugger.stepOver", json!({}));
    assert_eq!(line(&hear(&mut front_end, "Debugger.paused")), 3);
    tell(&mut front_end, 5, "Debugger.resume", json!({}));
    front_end.event_called("NodeWorker.detachedFromWorker");
    drop(front_end);
    let (stdout, stderr, code) = debuggee.end();
    assert_eq!((stdout.as_str(), code), ("2\n", Some(0)), "{stderr}");
}

#[test]
fn a_halted_worker_is_terminated_like_any_other() {
    run_script(
        "const { Worker } = require('worker_threads');
         const worker = new Worker('for (;;) debugger;', { eval: true, execArgv: ['--inspect-brk'] });
         setTimeout(async () => {
           console.log(await worker.terminate());
         }, 300);",
    )
    .exits(0)
    .prints("1\n");
}

#[test]
fn console_output_from_before_the_debugger_came_is_kept() {
    let dir = TestDir::new();
    let main =
        dir.write("main.cjs", "console.log('early', { a: 1 });\nsetInterval(() => {}, 1000);\nconsole.log('ready');\n");
    let mut debuggee = Debuggee::start(&["--inspect=0", main.to_str().expect("UTF-8")]);
    let mut lines = BufReader::new(debuggee.child.stdout.take().expect("a pipe")).lines();
    while lines.next().expect("a line").expect("text") != "ready" {}
    let mut front_end = debuggee.attach();
    front_end.call("Runtime.enable", json!({}));
    let called = front_end.event_called("Runtime.consoleAPICalled");
    assert_eq!(called["params"]["args"][0]["value"], "early");
    let frame = &called["params"]["stackTrace"]["callFrames"][0];
    assert!(frame["url"].as_str().is_some_and(|url| url.ends_with("main.cjs")), "{called}");
    debuggee.child.kill().expect("it runs");
    debuggee.child.wait().expect("it ends");
}

#[test]
fn the_list_of_targets_is_given_to_local_names_alone() {
    let mut debuggee = Debuggee::start(&["--inspect=0", "-e", "setInterval(() => {}, 1000)"]);
    let ask = |path: &str, host: &str| {
        let mut stream = TcpStream::connect(debuggee.address()).expect("it listens");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("text");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        (head.split(' ').nth(1).expect("a status").to_owned(), body.to_owned())
    };
    let (status, body) = ask("/json/list", "localhost:1");
    assert_eq!(status, "200");
    let list: Value = serde_json::from_str(&body).expect("JSON");
    let id = debuggee.url.rsplit('/').next().expect("an id");
    assert_eq!(list[0]["id"], id);
    assert_eq!(list[0]["webSocketDebuggerUrl"], format!("ws://localhost:1/{id}"));
    assert_eq!(ask("/json/list", "evil.example").0, "400");
    assert_eq!(ask("/json/nothing", "localhost").0, "404");
    debuggee.child.kill().expect("it runs");
    debuggee.child.wait().expect("it ends");
}

#[test]
fn a_port_that_is_taken_ends_the_process_with_12() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    run([format!("--inspect={port}"), "-e".to_owned(), "console.log('never')".to_owned()])
        .exits(12)
        .prints("")
        .complains(&format!("Starting inspector on 127.0.0.1:{port} failed: address already in use"));
    run(["--inspect=80", "-e", "0"]).exits(9).complains("--inspect must be [host:]port");
}

#[test]
fn a_session_with_the_same_thread_answers_at_once() {
    run_script(
        "const { Session } = require('inspector');
         const session = new Session();
         session.connect();
         let result;
         session.post('Runtime.evaluate', { expression: '6 * 7' }, (error, answer) => { result = answer.result.value; });
         console.log(result);
         session.on('Debugger.paused', ({ params }) => {
           session.post('Debugger.evaluateOnCallFrame', {
             callFrameId: params.callFrames[0].callFrameId, expression: 'local',
           }, (error, { result }) => console.log('local is', result.value));
         });
         session.post('Debugger.enable');
         (function halted() { const local = 'here'; debugger; return local; })();
         session.post('Nothing.there', (error) => console.log(error.code, error.message));
         session.disconnect();
         try { session.post('Runtime.enable'); } catch (error) { console.log(error.code); }",
    )
    .exits(0)
    .prints("42\nlocal is here\nERR_INSPECTOR_COMMAND Inspector error -32601: 'Nothing.there' wasn't found\nERR_INSPECTOR_NOT_CONNECTED\n");
}

#[test]
fn a_worker_reaches_the_main_thread() {
    run_script(
        "const { Worker, isMainThread } = require('worker_threads');
         if (isMainThread) {
           globalThis.secret = 'of main';
           new Worker(__filename);
         } else {
           const { Session } = require('inspector/promises');
           const session = new Session();
           session.connectToMainThread();
           session.post('Runtime.evaluate', { expression: 'secret' }).then(({ result }) => {
             console.log(result.value);
             session.disconnect();
             clearInterval(alive);
           });
           const alive = setInterval(() => {}, 1000);
         }",
    )
    .exits(0)
    .prints("of main\n");
}
