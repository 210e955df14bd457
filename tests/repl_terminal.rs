//! The REPL on a terminal: a pseudo-terminal whose other end types, and waits for what is shown.
#![cfg(unix)]

mod common;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::process::{Child, Stdio};
use std::sync::Mutex;

use common::{TestDir, weft};

struct Terminal {
    keyboard: File,
    child: Child,
    /// What was shown and not yet waited for.
    shown: String,
}

impl Terminal {
    fn start(dir: &TestDir) -> Self {
        Self::run(dir, &[])
    }

    fn run(dir: &TestDir, arguments: &[&str]) -> Self {
        // No other child may be started while the ends could be handed on to it: it would keep this one's open.
        static STARTING: Mutex<()> = Mutex::new(());
        let _guard = STARTING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (mut ours, mut theirs) = (-1, -1);
        let nothing = std::ptr::null_mut();
        // SAFETY: both descriptors are written where the call succeeds; no name, settings or size are asked for.
        let made = unsafe { libc::openpty(&raw mut ours, &raw mut theirs, nothing, nothing.cast(), nothing.cast()) };
        assert_eq!(made, 0, "{}", std::io::Error::last_os_error());
        for fd in [ours, theirs] {
            // SAFETY: the descriptor is open; the call only marks it.
            unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
        }
        // SAFETY: both were just opened and are nobody else's.
        let (keyboard, screen) = unsafe { (File::from_raw_fd(ours), OwnedFd::from_raw_fd(theirs)) };
        let copy = || Stdio::from(screen.try_clone().expect("a copy"));
        let mut command = weft();
        command.args(arguments);
        command.current_dir(dir.path()).env("TERM", "xterm").env("NO_COLOR", "1").env("NODE_REPL_HISTORY", "history");
        command.stdin(copy()).stdout(copy()).stderr(copy());
        let child = command.spawn().expect("the binary starts");
        Self { keyboard, child, shown: String::new() }
    }

    /// Types `keys` and waits until `text` is shown; what was shown up to there.
    #[track_caller]
    fn types(&mut self, keys: &str, text: &str) -> String {
        self.keyboard.write_all(keys.as_bytes()).expect("the terminal takes it");
        self.waits(text)
    }

    #[track_caller]
    fn waits(&mut self, text: &str) -> String {
        let mut bytes = [0; 4096];
        loop {
            if let Some(at) = self.shown.find(text) {
                let rest = self.shown.split_off(at + text.len());
                return std::mem::replace(&mut self.shown, rest);
            }
            match self.keyboard.read(&mut bytes) {
                Ok(count) if count > 0 => self.shown.push_str(&String::from_utf8_lossy(&bytes[..count])),
                // The child has left, and with it the other end.
                _ => panic!("no {text:?} in {:?}", self.shown),
            }
        }
    }

    fn ends(mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("the terminal takes it");
        // Read on, so that nothing keeps the child from writing.
        let mut rest = Vec::new();
        let _ = self.keyboard.read_to_end(&mut rest);
        assert_eq!(self.child.wait().expect("it ends").code(), Some(0), "{}", String::from_utf8_lossy(&rest));
    }
}

/// The prompt as a terminal gets it: column 1, clear, the text, the cursor behind it.
const PROMPT: &str = "\x1b[1G\x1b[0J> \x1b[3G";
/// The last that a preview writes: back up to the line that is typed.
const PREVIEWED: &str = "\x1b[1A";
const MORE: &str = "\x1b[1G\x1b[0J... \x1b[5G";
const UP: &str = "\x1b[A";
const END_OF_INPUT: &str = "\x04";
const INTERRUPT: &str = "\x03";

#[test]
fn lines_are_edited_continued_and_awaited() {
    let dir = TestDir::new();
    let mut terminal = Terminal::start(&dir);
    terminal.waits(PROMPT);
    terminal.types("1 + 2x\x7f\r", "\r\n3\r\n");
    terminal.waits(PROMPT);
    terminal.types("const o = {\r", MORE);
    terminal.types("alpha: 1,\r", MORE);
    terminal.types("}\r", "undefined\r\n");
    terminal.waits(PROMPT);
    terminal.types("o\r", "{ alpha: 1 }\r\n");
    terminal.waits(PROMPT);
    terminal.types("await Promise.resolve('later')\r", "'later'\r\n");
    terminal.waits(PROMPT);
    // Ctrl+C leaves what is being typed.
    terminal.types("(1,\r", MORE);
    terminal.types(INTERRUPT, PROMPT);
    terminal.types("7 * 6\r", "\r\n42\r\n");
    terminal.waits(PROMPT);
    terminal.ends(END_OF_INPUT);
}

#[test]
fn async_hooks_see_the_terminals_handles() {
    let dir = TestDir::new();
    let script = "const types = new Map();
        const { createHook, executionAsyncId } = require('async_hooks');
        createHook({
          init(id, type) { if (type === 'TTYWRAP') types.set(id, types.size); },
          destroy(id) { if (types.has(id)) console.log('gone', types.get(id)); },
        }).enable();
        console.log('none yet', types.size);
        process.stdin.on('data', (line) => {
          console.log('line of', types.get(executionAsyncId()), String(line).trim());
          process.stdin.destroy();
        });
        console.log('made', types.size);";
    let mut terminal = Terminal::run(&dir, &["-e", script]);
    terminal.waits("none yet 0\r\nmade 2\r\n");
    terminal.types("words\r", "line of 1 words\r\n");
    terminal.waits("gone 1\r\n");
    terminal.ends("");
}

#[test]
fn the_history_comes_back_in_the_next_session() {
    let dir = TestDir::new();
    let mut terminal = Terminal::start(&dir);
    terminal.waits(PROMPT);
    for line in ["'first'", "'second'"] {
        terminal.types(&format!("{line}\r"), &format!("\r\n{line}\r\n"));
        terminal.waits(PROMPT);
    }
    terminal.types(UP, "> 'second'");
    terminal.types(UP, "> 'first'");
    terminal.types("\r", "\r\n'first'\r\n");
    terminal.waits(PROMPT);
    terminal.ends(".exit\r");
    let kept = std::fs::read_to_string(dir.path().join("history")).expect("the file");
    assert_eq!(kept, ".exit\n'first'\n'second'\n'first'\n");

    let mut terminal = Terminal::start(&dir);
    terminal.waits(PROMPT);
    terminal.types(UP, "> .exit");
    terminal.types(UP, "> 'first'");
    terminal.types("\r", "\r\n'first'\r\n");
    terminal.waits(PROMPT);
    terminal.ends(END_OF_INPUT);
}

#[test]
fn the_history_is_searched() {
    let dir = TestDir::new();
    let mut terminal = Terminal::start(&dir);
    terminal.waits(PROMPT);
    for line in ["'alpha'", "'beta'", "'gamma'"] {
        terminal.types(&format!("{line}\r"), &format!("\r\n{line}\r\n"));
        terminal.waits(PROMPT);
    }
    let back = "\x12";
    terminal.types(back, "bck-i-search: _");
    let found = terminal.types("ta", "bck-i-search: ta_");
    assert!(found.contains("> 'beta'"), "{found:?}");
    // Any other key takes it.
    terminal.types("\r", "\r\n'beta'\r\n");
    terminal.waits(PROMPT);
    terminal.types(back, "bck-i-search: _");
    let found = terminal.types("a", "bck-i-search: a_");
    assert!(found.contains("> 'beta'"), "{found:?}");
    assert!(terminal.types(back, "bck-i-search: a_").contains("> 'gamma'"));
    // Forwards again.
    assert!(terminal.types("\x13", "fwd-i-search: a_").contains("> 'beta'"));
    terminal.types("q", "failed-fwd-i-search: aq_");
    terminal.types(INTERRUPT, PROMPT);
    terminal.types("6 * 7\r", "\r\n42\r\n");
    terminal.waits(PROMPT);
    terminal.ends(END_OF_INPUT);
}

#[test]
fn what_a_line_would_give_is_shown_below_it() {
    let dir = TestDir::new();
    let mut terminal = Terminal::start(&dir);
    terminal.waits(PROMPT);
    terminal.types("const answer = { is: 42 }\r", "undefined\r\n");
    terminal.waits(PROMPT);
    // Behind the cursor the rest of the name, which the right arrow takes.
    terminal.types("answ", "answ // er");
    terminal.waits("// { is: 42 }");
    terminal.types("\x1b[C", "er");
    terminal.waits("// { is: 42 }");
    terminal.types(".is", "// 42");
    terminal.types("\r", "\r\n42\r\n");
    terminal.waits(PROMPT);
    // What would change something is not run for it, and Enter takes the name whose value is shown.
    terminal.types("(answer.is = 7)\x15", PROMPT);
    terminal.types("answer.i", "// 42");
    terminal.types("\r", "\r\n42\r\n");
    terminal.waits(PROMPT);
    terminal.ends(END_OF_INPUT);
}

#[test]
fn names_are_completed() {
    let dir = TestDir::new();
    let mut terminal = Terminal::start(&dir);
    terminal.waits(PROMPT);
    // What a key gives comes after the preview of what was there before it, which may look alike.
    terminal.types("globalT", "globalT // his");
    terminal.waits(PREVIEWED);
    terminal.types("\t", "\x1b[0Khis");
    terminal.waits(PREVIEWED);
    terminal.types("\x15", PROMPT);
    terminal.types("const thing = { apple: 1, apricot: 2 }\r", "undefined\r\n");
    terminal.waits(PROMPT);
    // What all have in common is filled in; once more, and they are listed.
    terminal.types("thing.a", "thing.a // p");
    terminal.waits(PREVIEWED);
    terminal.types("\t", "\x1b[0Kp");
    terminal.waits(PREVIEWED);
    let list = terminal.types("\t", "\r\r\n\r\r\n");
    assert!(list.contains("thing.apple") && list.contains("thing.apricot"), "{list:?}");
    terminal.waits("> thing.ap");
    terminal.waits(PREVIEWED);
    terminal.types("r", "r // icot");
    terminal.waits(PREVIEWED);
    terminal.types("\t", "\x1b[0Kicot");
    terminal.waits(PREVIEWED);
    terminal.types("\r", "\r\n2\r\n");
    terminal.waits(PROMPT);
    // What would have to be run is no name in scope.
    terminal.types("[1].globalT", "[1].globalT");
    terminal.types("\t", "");
    let line = terminal.types("\x15", PROMPT);
    assert!(!line.contains("his"), "{line:?}");
    terminal.ends(END_OF_INPUT);
}

#[test]
fn the_editor_and_files() {
    let dir = TestDir::new();
    let mut terminal = Terminal::start(&dir);
    terminal.waits(PROMPT);
    terminal.types(".editor\r", "// Entering editor mode (Ctrl+D to finish, Ctrl+C to cancel)\r\n");
    terminal.types("function twice(x) {\r", "\r\n");
    terminal.types("return x * 2; }\r", "\r\n");
    terminal.types(END_OF_INPUT, "undefined\r\n");
    terminal.waits(PROMPT);
    terminal.types("twice(21)\r", "\r\n42\r\n");
    terminal.waits(PROMPT);
    terminal.types(".save kept.js\r", "Session saved to: kept.js\r\n");
    terminal.waits(PROMPT);
    terminal.ends(END_OF_INPUT);

    let mut terminal = Terminal::start(&dir);
    terminal.waits(PROMPT);
    terminal.types(".load kept.js\r", "\r\n42\r\n");
    terminal.waits(PROMPT);
    terminal.types("twice(2)\r", "\r\n4\r\n");
    terminal.waits(PROMPT);
    terminal.ends(END_OF_INPUT);
}
