//! The command line: one table of flags, from which parsing, `--help` and `getOptionValue` all work.
//!
//! What the table does not know is offered to V8; what V8 does not know either is a usage error, exit code 9 as
//! Node's. `NODE_OPTIONS` and then `WEFT_OPTIONS` hold flags that go before those of the command line.

use std::collections::BTreeMap;

use serde::Serialize;

mod flags;

use flags::Takes::{List, Nothing, Number, Optional, Text};
use flags::{ALIASES, FLAGS, NOT_IMPLEMENTED};

/// A parsed flag's value, as JavaScript sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Given, or turned off with `--no-`.
    Switch(bool),
    /// Its text.
    Text(String),
    /// All its texts.
    List(Vec<String>),
    /// Its number.
    Number(f64),
}

/// What the process is to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Run a file.
    #[default]
    File,
    /// Run text given with `--eval` or `--print`.
    Eval,
    /// Run standard input.
    Stdin,
    /// Read, evaluate, print, loop.
    Repl,
    /// Run test files.
    Test,
    /// Run the entry in a further process, again whenever its files change.
    Watch,
    /// `weft bench loop`: measure the loop. What follows is in `args`, for js/internal/bench/options.js.
    Bench,
    /// `weft top`: look at a process that was started with `--monitor`. What follows is in `args`, for src/top/.
    Top,
    /// `--run NAME`: run a script of package.json.
    Script,
    /// Print a version or help; done before JavaScript starts.
    Info,
}

/// The parsed command line.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cli {
    /// What to do.
    pub action: Action,
    /// The entry, as given.
    pub script: Option<String>,
    /// Arguments after the entry.
    pub args: Vec<String>,
    /// Flags before the entry, as given: `process.execArgv`.
    pub exec_argv: Vec<String>,
    /// How the program was called: `process.argv0`.
    pub argv0: String,
    /// Flag values by name, with the leading dashes.
    pub options: BTreeMap<String, Value>,
    /// Flags for V8.
    #[serde(skip)]
    pub v8_flags: Vec<String>,
}

/// A command line that cannot be followed; the process prints it and exits with 9.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum UsageError {
    /// The debugger's flags of long ago.
    #[error(
        "[DEP0062]: `node --debug` and `node --debug-brk` are invalid. Please use `node --inspect` and `node --inspect-brk` instead."
    )]
    OldDebug,
    /// Nobody knows this flag.
    #[error("bad option: {0}")]
    BadOption(String),
    /// Weft does not have this flag of Node's.
    #[error("{0} is not implemented")]
    NotImplemented(String),
    /// The flag needs a value.
    #[error("{0} requires an argument")]
    MissingValue(String),
    /// The flag takes no value.
    #[error("{0} is not allowed to have an argument")]
    UnexpectedValue(String),
    /// The value is not one the flag takes.
    #[error("{flag} must be {expected}")]
    BadValue {
        /// The flag.
        flag: String,
        /// What it takes.
        expected: &'static str,
    },
    /// Two flags that exclude each other.
    #[error("either {0} or {1} can be used, not both")]
    Conflict(&'static str, &'static str),
    /// A flag that takes a value cannot be turned off.
    #[error("{0} is an invalid negation because it is not a boolean option")]
    InvalidNegation(String),
    /// A flag that makes no sense without another one.
    #[error("{0} must be used with {1}")]
    Needs(String, &'static str),
    /// `weft bench` with something that is none of its benchmarks.
    #[error(
        "weft bench needs the name of a benchmark; there is one: weft bench loop (for a file called bench: ./bench)"
    )]
    NoSuchBenchmark,
    /// A flag that makes no sense without a script.
    #[error("{0} requires specifying a file")]
    NeedsScript(&'static str),
    /// In a variable that is for flags alone, and not for all of them.
    #[error("{0} is not allowed in {1}")]
    NotInEnvironment(String, &'static str),
    /// A quotation mark without its other one.
    #[error("invalid value for {0} (unterminated string)\n")]
    Unterminated(&'static str),
}

impl Cli {
    /// Whether switch `name` (with dashes) is on.
    pub fn switch(&self, name: &str) -> bool {
        self.options.get(name) == Some(&Value::Switch(true))
    }

    /// Whether switch `name` (with dashes) is on, or `default` where it was not given.
    pub fn switch_or(&self, name: &str, default: bool) -> bool {
        match self.options.get(name) {
            Some(Value::Switch(on)) => *on,
            _ => default,
        }
    }

    /// The texts of list flag `name` (with dashes).
    pub fn list(&self, name: &str) -> &[String] {
        match self.options.get(name) {
            Some(Value::List(list)) => list,
            _ => &[],
        }
    }

    /// The text of flag `name` (with dashes).
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.options.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// `--stall-threshold`, in ns.
    pub fn stall_threshold(&self) -> Option<u64> {
        self.text("--stall-threshold").and_then(nanoseconds)
    }

    /// Parses what follows the program's name, with the flags of variables (their names and values) before it.
    /// `stdin_is_tty` decides what a command line without an entry means.
    ///
    /// # Errors
    /// The first thing in it that cannot be followed.
    pub fn parse(
        argv0: &str,
        args: Vec<String>,
        environment: &[(&'static str, String)],
        stdin_is_tty: bool,
    ) -> Result<Self, UsageError> {
        let mut cli = Self { argv0: argv0.to_owned(), ..Self::default() };
        for (name, value) in [("--warnings", true), ("--deprecation", true), ("--strip-types", true)] {
            cli.options.insert(name.to_owned(), Value::Switch(value));
        }
        for (variable, text) in environment {
            let words = split_words(text).ok_or(UsageError::Unterminated(variable))?;
            let mut words = Words::new(words);
            while let Some(word) = words.next() {
                if !word.starts_with('-') || NOT_IN_ENVIRONMENT.contains(&word.as_str()) {
                    return Err(UsageError::NotInEnvironment(word, variable));
                }
                cli.flag(&word, &mut words)?;
            }
        }
        let mut words = Words::new(args);
        // `weft run FILE` is `weft FILE`, unless there are flags before it.
        let is_file = words.peek() == Some("run") && words.rest.len() > 1;
        if is_file {
            words.next();
        }
        let mut stdin = false;
        // `weft bench`, `weft top`.
        let mut command = None;
        while let Some(word) = words.peek() {
            if word == "--" {
                words.next();
                break;
            }
            if matches!(word, "bench" | "top") && !is_file {
                command = Some(word.to_owned());
                break;
            }
            if word == "-" {
                cli.script = words.next();
                stdin = true;
                break;
            }
            if !word.starts_with('-') {
                break;
            }
            let start = words.taken;
            let word = words.next().unwrap_or_default();
            cli.flag(&word, &mut words)?;
            let given = words.all[start..words.taken].to_vec();
            cli.exec_argv.extend(given);
        }
        let evaluates = cli.options.contains_key("--eval") || cli.options.contains_key("--print");
        cli.action = if cli.switch("--help") || cli.switch("--version") || cli.switch("--v8-options") {
            Action::Info
        } else if cli.switch("--test") && !evaluates && !cli.switch("--interactive") {
            Action::Test
        } else if cli.options.contains_key("--run") {
            Action::Script
        } else if cli.switch("--interactive") {
            if !evaluates {
                cli.script = words.next();
            }
            Action::Repl
        } else if evaluates {
            Action::Eval
        } else if stdin {
            Action::Stdin
        } else if command.as_deref() == Some("top") {
            words.next();
            Action::Top
        } else if command.is_some() {
            words.next();
            if words.next().as_deref() != Some("loop") {
                return Err(UsageError::NoSuchBenchmark);
            }
            Action::Bench
        } else if let Some(script) = words.next() {
            cli.script = Some(script);
            Action::File
        } else if stdin_is_tty {
            Action::Repl
        } else {
            Action::Stdin
        };
        cli.args = words.rest.into();
        cli.validate()?;
        let watches = cli.switch("--watch") || cli.options.contains_key("--watch-path");
        if watches && !matches!(cli.action, Action::Info | Action::Test | Action::Script) {
            if cli.action != Action::File {
                return Err(UsageError::NeedsScript("--watch"));
            }
            cli.action = Action::Watch;
        }
        Ok(cli)
    }

    fn validate(&self) -> Result<(), UsageError> {
        if self.switch("--check") && self.action == Action::Eval {
            return Err(UsageError::Conflict("--check", "--eval"));
        }
        let evaluates = self.options.contains_key("--eval") || self.options.contains_key("--print");
        for mode in ["--test", "--watch"] {
            if !self.switch(mode) {
                continue;
            }
            for (other, given) in [
                ("--check", self.switch("--check")),
                ("--eval", evaluates),
                ("--interactive", self.switch("--interactive")),
            ] {
                if given {
                    return Err(UsageError::Conflict(mode, other));
                }
            }
        }
        for profile in ["--cpu-prof", "--heap-prof"] {
            let companion = ["dir", "interval", "name"].map(|part| format!("{profile}-{part}"));
            let given = companion.into_iter().find(|flag| self.options.contains_key(flag));
            if let Some(given) = given.filter(|_| !self.switch(profile)) {
                return Err(UsageError::Needs(given, profile));
            }
        }
        if self.options.contains_key("--stall-threshold") && self.stall_threshold().is_none() {
            let expected = "a time of at least 1 ms, such as 50ms or 2s";
            return Err(UsageError::BadValue { flag: "--stall-threshold".to_owned(), expected });
        }
        if let Some(Value::Text(places)) = self.options.get("--inspect-publish-uid")
            && !places.split(',').all(|place| matches!(place, "stderr" | "http"))
        {
            return Err(UsageError::BadValue { flag: "--inspect-publish-uid".to_owned(), expected: "stderr,http" });
        }
        for flag in ["--inspect", "--inspect-brk", "--inspect-wait", "--inspect-port"] {
            if let Some(Value::Text(endpoint)) = self.options.get(flag)
                && !is_endpoint(endpoint)
            {
                let expected = "[host:]port, where the port is 0 or in the range 1024 to 65535";
                return Err(UsageError::BadValue { flag: flag.to_owned(), expected });
            }
        }
        if let Some(Value::Text(mode)) = self.options.get("--test-isolation")
            && !matches!(mode.as_str(), "process" | "none")
        {
            return Err(UsageError::BadValue { flag: "--test-isolation".to_owned(), expected: "process or none" });
        }
        if let Some(Value::Text(mode)) = self.options.get("--disable-proto")
            && !matches!(mode.as_str(), "delete" | "throw")
        {
            return Err(UsageError::BadValue { flag: "--disable-proto".to_owned(), expected: "delete or throw" });
        }
        if let Some(Value::Text(kind)) = self.options.get("--input-type")
            && !matches!(kind.as_str(), "commonjs" | "module" | "commonjs-typescript" | "module-typescript")
        {
            let expected = "\"module\", \"commonjs\", \"module-typescript\" or \"commonjs-typescript\"";
            return Err(UsageError::BadValue { flag: "--input-type".to_owned(), expected });
        }
        if let Some(Value::Text(mode)) = self.options.get("--unhandled-rejections")
            && !matches!(mode.as_str(), "strict" | "throw" | "warn" | "none" | "warn-with-error-codes")
        {
            let expected = "one of strict, throw, warn, none or warn-with-error-codes";
            return Err(UsageError::BadValue { flag: "--unhandled-rejections".to_owned(), expected });
        }
        Ok(())
    }

    /// Takes one flag, and its value from `words`.
    fn flag(&mut self, word: &str, words: &mut Words) -> Result<(), UsageError> {
        let (name, mut value) = match word.split_once('=') {
            Some((name, value)) if word.starts_with("--") => (name, Some(value.to_owned())),
            _ => (word, None),
        };
        if name == "-pe" || name == "-ep" {
            return self.flag("--print", words);
        }
        let long =
            name.strip_prefix("--").map(|n| n.replace('_', "-")).map(|n| match ALIASES.iter().find(|a| a.0 == n) {
                Some((_, meant)) => (*meant).to_owned(),
                None => n,
            });
        let short = name.strip_prefix('-').filter(|n| !n.starts_with('-'));
        let found = FLAGS.iter().find(|f| Some(f.long) == long.as_deref() || (short.is_some() && f.short == short));
        let negated = long.as_deref().and_then(|n| n.strip_prefix("no-"));
        let Some(flag) = found else {
            if let Some(flag) = FLAGS.iter().find(|f| Some(f.long) == negated && f.takes == Nothing) {
                self.options.insert(format!("--{}", flag.long), Value::Switch(false));
                return Ok(());
            }
            if let Some(flag) = FLAGS.iter().find(|f| Some(f.long) == negated) {
                debug_assert!(flag.takes != Nothing);
                return Err(UsageError::InvalidNegation(word.to_owned()));
            }
            return self.foreign_flag(word, long.as_deref().unwrap_or(""));
        };
        let key = format!("--{}", flag.long);
        if flag.takes == Nothing {
            if value.is_some() {
                return Err(UsageError::UnexpectedValue(word.to_owned()));
            }
            self.options.insert(key, Value::Switch(true));
            return Ok(());
        }
        if flag.takes == Optional {
            self.options.insert(key, Value::Text(value.unwrap_or_default()));
            return Ok(());
        }
        if value.is_none() {
            // -p without a text prints standard input's value; everything else needs its value.
            let next = words.peek();
            let is_value = next.is_some_and(|n| !n.starts_with('-') || n == "-" || flag.takes == Text && n.len() > 1);
            if is_value && (flag.takes != Text || !next.is_some_and(|n| n.starts_with("--"))) {
                value = words.next();
            }
        }
        let Some(value) = value else { return Err(UsageError::MissingValue(word.to_owned())) };
        match flag.takes {
            Number => match value.parse::<f64>() {
                Ok(number) => drop(self.options.insert(key, Value::Number(number))),
                Err(_) => return Err(UsageError::BadValue { flag: key, expected: "a number" }),
            },
            List => match self.options.entry(key).or_insert_with(|| Value::List(Vec::new())) {
                Value::List(list) => list.push(value),
                other => *other = Value::List(vec![value]),
            },
            _ => drop(self.options.insert(key, Value::Text(value))),
        }
        Ok(())
    }

    /// A flag that is not in the table: Node's experiments, which are on or unknown here, or one of V8's.
    fn foreign_flag(&mut self, word: &str, long: &str) -> Result<(), UsageError> {
        let bare = long.strip_prefix("no-").unwrap_or(long);
        if let Some((_, takes_value)) = NOT_IMPLEMENTED.iter().find(|flag| flag.0 == bare) {
            if *takes_value && bare != long {
                return Err(UsageError::InvalidNegation(word.to_owned()));
            }
            return Err(UsageError::NotImplemented(word.to_owned()));
        }
        if bare.starts_with("experimental-") {
            self.options.insert(format!("--{bare}"), Value::Switch(!long.starts_with("no-")));
            return Ok(());
        }
        if matches!(long, "debug" | "debug-brk") {
            return Err(UsageError::OldDebug);
        }
        if long.is_empty() {
            return Err(UsageError::BadOption(word.to_owned()));
        }
        self.v8_flags.push(word.to_owned());
        Ok(())
    }
}

/// Flags that say what to run, which is the command line's to say.
const NOT_IN_ENVIRONMENT: [&str; 16] = [
    "-e",
    "--eval",
    "-p",
    "--print",
    "-pe",
    "-c",
    "--check",
    "-i",
    "--interactive",
    "-h",
    "--help",
    "-v",
    "--version",
    "--run",
    "--test",
    "--v8-options",
];

/// Every flag that `NODE_OPTIONS` and `WEFT_OPTIONS` may hold, long and short.
pub fn environment_flags() -> Vec<String> {
    let long = FLAGS.iter().map(|flag| format!("--{}", flag.long));
    let short = FLAGS.iter().filter_map(|flag| flag.short).map(|short| format!("-{short}"));
    long.chain(short).filter(|flag| !NOT_IN_ENVIRONMENT.contains(&flag.as_str())).collect()
}

/// A time of at least 1 ms in ns: a number with `ms` or `s`, or of ms.
fn nanoseconds(text: &str) -> Option<u64> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1e6),
        None => text.strip_suffix('s').map_or((text, 1e6), |number| (number, 1e9)),
    };
    let time = number.trim().parse::<f64>().ok()? * unit;
    (1e6..1e18).contains(&time).then_some(time as u64)
}

/// Whether `text` is `[host:]port`, a host alone, or nothing.
fn is_endpoint(text: &str) -> bool {
    let port = match text.rsplit_once(':') {
        Some((_, port)) if !text.ends_with(']') => port,
        _ if text.bytes().all(|b| b.is_ascii_digit()) => text,
        _ => return true,
    };
    port.is_empty() && text.is_empty() || port.parse::<u16>().is_ok_and(|port| port == 0 || port >= 1024)
}

/// Words of a command line, taken one by one.
struct Words {
    all: Vec<String>,
    rest: std::collections::VecDeque<String>,
    taken: usize,
}

impl Words {
    fn new(words: Vec<String>) -> Self {
        Self { rest: words.clone().into(), all: words, taken: 0 }
    }

    fn peek(&self) -> Option<&str> {
        self.rest.front().map(String::as_str)
    }

    fn next(&mut self) -> Option<String> {
        let word = self.rest.pop_front()?;
        self.taken += 1;
        Some(word)
    }
}

/// Splits `WEFT_OPTIONS` at spaces; double quotes hold a word together, a backslash inside them the next character.
fn split_words(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quoted, mut any) = (Vec::new(), String::new(), false, false);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => (quoted, any) = (!quoted, true),
            '\\' if quoted => word.extend(chars.next()),
            c if c.is_whitespace() && !quoted => {
                if any || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            c => word.push(c),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    (!quoted).then_some(words)
}

/// What `--help` prints.
pub fn help() -> String {
    let mut text = String::from(
        "Usage: weft [options] [script.js | -e text | -] [arguments]\n       weft run script.js [arguments]\n       weft bench loop [options] (see weft bench loop --help)\n       weft top PID | --attach (see weft top --help)\n\nOptions:\n",
    );
    for flag in FLAGS.iter().filter(|f| !f.help.is_empty()) {
        let value = match flag.takes {
            Optional => "[=...]",
            Nothing => "",
            Number => "=N",
            Text | List => "=...",
        };
        let short = flag.short.map(|s| format!("-{s}, ")).unwrap_or_default();
        let names = format!("{short}--{}{value}", flag.long);
        text.push_str(&format!("  {names:<42} {}\n", flag.help));
    }
    text.push_str(
        "\nV8's own flags are passed on (see --v8-options).\n\nEnvironment:\n  WEFT_OPTIONS   flags that go before those of the command line\n  WEFT_LOG       what to trace, as a tracing filter (e.g. weft=debug)\n  WEFT_CACHE_DIR   folder of the startup snapshot and the code cache\n  WEFT_DISABLE_CODE_CACHE   1: use and leave neither\n  NO_COLOR, FORCE_COLOR, NODE_PATH   as in Node\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Cli, UsageError> {
        Cli::parse("weft", words.iter().map(|w| (*w).to_owned()).collect(), &[], false)
    }

    #[test]
    fn flags_are_sorted_and_unique() {
        assert!(FLAGS.is_sorted_by(|a, b| a.long < b.long));
    }

    #[test]
    fn script_ends_the_flags() {
        let cli = parse(&["--no-warnings", "-r", "./a.js", "main.js", "--check", "x"]).expect("parses");
        assert_eq!(cli.script.as_deref(), Some("main.js"));
        assert_eq!(cli.args, ["--check", "x"]);
        assert_eq!(cli.exec_argv, ["--no-warnings", "-r", "./a.js"]);
        assert_eq!(cli.options["--warnings"], Value::Switch(false));
        assert_eq!(cli.list("--require"), ["./a.js"]);
    }

    #[test]
    fn run_is_a_synonym_of_nothing() {
        assert_eq!(parse(&["run", "a.js"]).expect("parses").script.as_deref(), Some("a.js"));
        assert_eq!(parse(&["run"]).expect("parses").script.as_deref(), Some("run"));
    }

    #[test]
    fn bench_takes_the_rest_unless_it_is_a_file() {
        let cli = parse(&["--no-warnings", "bench", "loop", "--rate", "5"]).expect("parses");
        assert_eq!((cli.action, cli.script), (Action::Bench, None));
        assert_eq!(cli.args, ["--rate", "5"]);
        for words in [&["bench"][..], &["bench", "lop"], &["bench", "--rate", "loop"]] {
            assert_eq!(parse(words).expect_err("fails"), UsageError::NoSuchBenchmark);
        }
        for words in [&["./bench", "loop"][..], &["run", "bench", "loop"], &["--", "bench", "loop"]] {
            assert_eq!(parse(words).expect("parses").action, Action::File);
        }
        assert_eq!(parse(&["-e", "1", "bench", "x"]).expect("parses").action, Action::Eval);
    }

    #[test]
    fn top_takes_the_rest_unless_it_is_a_file() {
        let cli = parse(&["top", "12", "--once"]).expect("parses");
        assert_eq!((cli.action, cli.args), (Action::Top, vec!["12".to_owned(), "--once".to_owned()]));
        for words in [&["./top"][..], &["run", "top"], &["--", "top"]] {
            assert_eq!(parse(words).expect("parses").action, Action::File);
        }
    }

    #[test]
    fn eval_takes_text_and_arguments() {
        let cli = parse(&["-e", "1 + 1", "a", "b"]).expect("parses");
        assert_eq!((cli.action, cli.args), (Action::Eval, vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(parse(&["-p", "-1"]).expect("parses").options["--print"], Value::Text("-1".to_owned()));
    }

    #[test]
    fn unknown_long_flags_go_to_v8_and_usage_errors_say_why() {
        assert_eq!(parse(&["--stack-size=2000", "a.js"]).expect("parses").v8_flags, ["--stack-size=2000"]);
        assert_eq!(parse(&["-Q"]).expect_err("fails"), UsageError::BadOption("-Q".to_owned()));
        assert_eq!(parse(&["--eval"]).expect_err("fails"), UsageError::MissingValue("--eval".to_owned()));
        assert!(parse(&["--check=1", "a.js"]).is_err());
    }

    #[test]
    fn times_have_units() {
        let times = ["50ms", "50", "0.2s", "1.5ms"].map(nanoseconds);
        assert_eq!(times, [Some(50_000_000), Some(50_000_000), Some(200_000_000), Some(1_500_000)]);
        assert_eq!(["", "ms", "0", "-3ms", "soon", "1e300s"].map(nanoseconds), [None; 6]);
        assert!(parse(&["--stall-threshold=x", "a.js"]).is_err());
        assert_eq!(parse(&["--stall-threshold=2s", "a.js"]).expect("parses").stall_threshold(), Some(2_000_000_000));
    }

    #[test]
    fn environment_words_may_be_quoted() {
        assert_eq!(split_words(r#"--a "b c" "" "d\"e""#).expect("whole"), ["--a", "b c", "", "d\"e"]);
        assert_eq!(split_words(r#"--a "b"#), None);
        let environment =
            [("NODE_OPTIONS", "--no-warnings --title=a".to_owned()), ("WEFT_OPTIONS", "--title=b".to_owned())];
        let cli = Cli::parse("weft", vec!["x.js".to_owned()], &environment, false).expect("parses");
        assert_eq!(cli.options["--warnings"], Value::Switch(false));
        assert_eq!(cli.text("--title"), Some("b"));
        for refused in ["x.js", "-p", "--test"] {
            let environment = [("NODE_OPTIONS", refused.to_owned())];
            let error = Cli::parse("weft", Vec::new(), &environment, false).expect_err("is refused");
            assert_eq!(error.to_string(), format!("{refused} is not allowed in NODE_OPTIONS"));
        }
        assert!(cli.exec_argv.is_empty());
    }
}
