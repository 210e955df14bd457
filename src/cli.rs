//! The command line: one table of flags, from which parsing, `--help` and `getOptionValue` all work.
//!
//! What the table does not know is offered to V8; what V8 does not know either is a usage error, exit code 9 as
//! Node's. `NODE_OPTIONS` and then `WEFT_OPTIONS` hold flags that go before those of the command line.

use std::collections::BTreeMap;

use serde::Serialize;

mod completion;
mod config_file;
mod dotenv;
mod environment;
mod flags;

pub use completion::completion;
pub use dotenv::parse_env;
pub use environment::environment_flags;
use environment::split_words;
use flags::Takes::{List, Nothing, Number, Optional, Text};
use flags::{ALIASES, DEFAULTS, EXPERIMENTS, FLAGS, NO_EFFECT, NOT_IMPLEMENTED};

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
    /// A flag that takes one of a few words, and was given another.
    #[error("invalid value for {0}")]
    InvalidValue(&'static str),
    /// `--disable-proto` with something else than delete or throw: Node ends with a code of its own, 12.
    #[error("invalid mode passed to --disable-proto")]
    InvalidProtoMode,
    /// `--max-old-space-size-percentage` with no such share.
    #[error("--max-old-space-size-percentage must be greater than 0 and up to 100. Got: {0}")]
    InvalidPercentage(String),
    /// A file that the command line names is not there.
    #[error("{0}: not found")]
    FileNotFound(String),
    /// A configuration file that cannot be followed; what is wrong with it was told before.
    #[error("{0}: invalid content")]
    InvalidContent(String),
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

impl UsageError {
    /// What the process ends with: Node's code for a command line that cannot be followed.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::InvalidProtoMode => 12,
            _ => 9,
        }
    }
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
        let cli = Self::parse_with(argv0, args.clone(), &[], environment, stdin_is_tty)?;
        let config = match cli.text("--experimental-config-file") {
            Some(path) => config_file::read(path)?,
            None => Vec::new(),
        };
        let mut environment = environment.to_vec();
        // Files of variables may hold some of the flags, where the environment does not.
        if environment.iter().all(|(name, text)| *name != "NODE_OPTIONS" || text.is_empty())
            && let Some(text) = cli.node_options_of_files()
        {
            environment.insert(0, ("NODE_OPTIONS", text));
        } else if config.is_empty() {
            return Ok(cli);
        }
        Self::parse_with(argv0, args, &config, &environment, stdin_is_tty)
    }

    /// `NODE_OPTIONS` of the last file of variables that has it. Files that cannot be read are told of later.
    fn node_options_of_files(&self) -> Option<String> {
        let files = self.list("--env-file").iter().chain(self.list("--env-file-if-exists"));
        let texts = files.filter_map(|file| std::fs::read_to_string(file).ok());
        texts
            .flat_map(|text| parse_env(&text))
            .filter(|(name, _)| name == "NODE_OPTIONS")
            .map(|(_, value)| value)
            .next_back()
    }

    /// Parses the flags of a configuration file, those of variables, and the command line, in that order.
    fn parse_with(
        argv0: &str,
        args: Vec<String>,
        config: &[String],
        environment: &[(&'static str, String)],
        stdin_is_tty: bool,
    ) -> Result<Self, UsageError> {
        let mut cli = Self { argv0: argv0.to_owned(), ..Self::default() };
        for (name, value) in [("--warnings", true), ("--deprecation", true), ("--strip-types", true)] {
            cli.options.insert(name.to_owned(), Value::Switch(value));
        }
        let mut words = Words::new(config.to_vec());
        while let Some(word) = words.next() {
            cli.flag(&word, &mut words)?;
        }
        for (variable, text) in environment {
            let words = split_words(text).ok_or(UsageError::Unterminated(variable))?;
            let mut words = Words::new(words);
            while let Some(word) = words.next() {
                if word.len() < 2 || !word.starts_with('-') {
                    // As Node, which says nothing.
                    if *variable == "NODE_OPTIONS" {
                        break;
                    }
                    return Err(UsageError::NotInEnvironment(word, variable));
                }
                let (name, _) = named(&word);
                if !environment::allows(variable, name) {
                    return Err(UsageError::NotInEnvironment(name.to_owned(), variable));
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
        let mut ended = false;
        while let Some(word) = words.peek() {
            if word == "--" {
                words.next();
                ended = true;
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
            let shown = given.into_iter().map(|word| match word.as_str() {
                "--experimental-config-file" | "--experimental-default-config-file" => {
                    format!("--experimental-config-file={}", config_file::USUAL)
                }
                _ => word,
            });
            cli.exec_argv.extend(shown);
        }
        cli.settle();
        let evaluates = cli.options.contains_key("--eval");
        let is_info = ["--help", "--version", "--v8-options", "--completion-bash"].iter().any(|flag| cli.switch(flag));
        if words.peek() == Some("-") && ended {
            cli.script = words.next();
            stdin = true;
        }
        cli.action = if is_info {
            Action::Info
        } else if cli.switch("--test") && !evaluates && !cli.switch("--interactive") {
            Action::Test
        } else if cli.options.contains_key("--run") {
            Action::Script
        } else if cli.switch("--interactive") && (evaluates || stdin || words.peek().is_none()) {
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
        if cli.action == Action::Script && !ended {
            // Only what follows `--` goes to the script.
            let rest = cli.args.iter().position(|word| word == "--").map_or(cli.args.len(), |at| at + 1);
            cli.args.drain(..rest);
        }
        cli.validate()?;
        if cli.switch("--watch") && !matches!(cli.action, Action::Info | Action::Test | Action::Script) {
            if cli.action != Action::File {
                return Err(UsageError::NeedsScript("--watch"));
            }
            cli.action = Action::Watch;
        }
        Ok(cli)
    }

    /// Flags that others imply.
    fn settle(&mut self) {
        // `--print` is how `--eval` ends; alone, it prints what standard input comes to.
        if self.switch("--print")
            && let Some(text) = self.options.get("--eval").cloned()
        {
            self.options.insert("--print".to_owned(), text);
        }
        if !self.list("--watch-path").is_empty() {
            self.options.insert("--watch".to_owned(), Value::Switch(true));
        }
    }

    fn validate(&self) -> Result<(), UsageError> {
        let evaluates = self.options.contains_key("--eval");
        if self.switch("--check") && evaluates {
            return Err(UsageError::Conflict("--check", "--eval"));
        }
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
        self.validate_words()
    }

    /// Flags that take one of a few words.
    fn validate_words(&self) -> Result<(), UsageError> {
        let is_other = |flag: &str, words: &[&str]| self.text(flag).is_some_and(|text| !words.contains(&text));
        if is_other("--disable-proto", &["delete", "throw"]) {
            return Err(UsageError::InvalidProtoMode);
        }
        if is_other("--input-type", &["commonjs", "module", "commonjs-typescript", "module-typescript"]) {
            let expected = "\"module\",\"commonjs\", \"module-typescript\" or \"commonjs-typescript\"";
            return Err(UsageError::BadValue { flag: "--input-type".to_owned(), expected });
        }
        if self.switch("--test") && is_other("--test-isolation", &["process", "none"]) {
            return Err(UsageError::InvalidValue("--test-isolation"));
        }
        if self.switch("--test") && self.switch("--watch") && self.switch("--test-force-exit") {
            return Err(UsageError::Conflict("--watch", "--test-force-exit"));
        }
        for (flag, words) in [
            ("--trace-require-module", &["all", "no-node-modules"][..]),
            // The last one is what Node called it before.
            (
                "--unhandled-rejections",
                &["strict", "throw", "warn", "none", "warn-with-error-code", "warn-with-error-codes"],
            ),
            ("--use-largepages", &["off", "on", "silent"]),
        ] {
            if is_other(flag, words) {
                return Err(UsageError::InvalidValue(flag));
            }
        }
        if let Some(share) = self.text("--max-old-space-size-percentage")
            && self.old_space_share().is_none()
        {
            return Err(UsageError::InvalidPercentage(share.to_owned()));
        }
        Ok(())
    }

    /// `--max-old-space-size-percentage`: above 0, up to 100.
    pub fn old_space_share(&self) -> Option<f64> {
        let share = self.text("--max-old-space-size-percentage")?.parse::<f64>().ok()?;
        (share > 0.0 && share <= 100.0).then_some(share)
    }

    /// Takes one flag, and its value from `words`.
    fn flag(&mut self, word: &str, words: &mut Words) -> Result<(), UsageError> {
        let (shown, mut value) = named(word);
        let name = shown.trim_end_matches('=');
        if name == "-pe" {
            self.options.insert("--print".to_owned(), Value::Switch(true));
            return self.flag("--eval", words);
        }
        let long =
            name.strip_prefix("--").map(|n| n.replace('_', "-")).map(|n| match ALIASES.iter().find(|a| a.0 == n) {
                Some((_, meant)) => (*meant).to_owned(),
                None => n,
            });
        let short = name.strip_prefix('-').filter(|n| !n.starts_with('-'));
        let found = FLAGS.iter().find(|f| Some(f.long) == long.as_deref() || (short.is_some() && f.short == short));
        let negated = long.as_deref().and_then(|n| n.strip_prefix("no-"));
        let negated = negated.map(|n| ALIASES.iter().find(|alias| alias.0 == n).map_or(n, |alias| alias.1));
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
            // Node does not look at what follows a switch's `=`.
            self.options.insert(key, Value::Switch(true));
            if flag.long == "print" && value.is_none() && words.peek().is_some_and(|next| !next.starts_with('-')) {
                return self.flag("--eval", words);
            }
            return Ok(());
        }
        if flag.takes == Optional {
            let value = match (flag.long, value) {
                ("experimental-config-file", None | Some("")) => config_file::USUAL,
                (_, value) => value.unwrap_or_default(),
            };
            self.options.insert(key, Value::Text(value.to_owned()));
            return Ok(());
        }
        let next;
        if value.is_none() && words.peek().is_some_and(|next| !next.starts_with('-')) {
            next = words.next();
            value = next.as_deref();
        } else if value.is_none() && words.peek().is_some_and(|next| next.starts_with('-')) && flag.long != "run" {
            words.next();
            return Err(UsageError::MissingValue(shown.to_owned()));
        }
        if flag.long == "run" && value.is_none_or(str::is_empty) {
            // What there is to run is told later.
            self.options.insert(key, Value::Text(String::new()));
            return Ok(());
        }
        // A dash at the start of a value is written \\-.
        let value = match value {
            Some(value) if value.starts_with("\\-") => &value[1..],
            Some(value) if !(value.is_empty() && shown.ends_with('=')) => value,
            _ => return Err(UsageError::MissingValue(shown.to_owned())),
        };
        match flag.takes {
            Number => {
                let number = leading_integer(value);
                // As C reads what has no sign.
                let wraps = number < 0.0 && !matches!(flag.long, "v8-pool-size" | "heapsnapshot-near-heap-limit");
                let number = if wraps { number + 2f64.powi(64) } else { number };
                self.options.insert(key, Value::Number(number));
            }
            List => match self.options.entry(key).or_insert_with(|| Value::List(Vec::new())) {
                Value::List(list) => list.push(value.to_owned()),
                other => *other = Value::List(vec![value.to_owned()]),
            },
            _ => drop(self.options.insert(key, Value::Text(value.to_owned()))),
        }
        Ok(())
    }

    /// A flag that is not in the table: Node's experiments, which are on or unknown here, or one of V8's.
    fn foreign_flag(&mut self, word: &str, long: &str) -> Result<(), UsageError> {
        let bare = long.strip_prefix("no-").unwrap_or(long);
        if DEFAULTS.contains(&(bare, bare == long)) {
            return Ok(());
        }
        if let Some((_, takes_value)) = NOT_IMPLEMENTED.iter().find(|flag| flag.0 == bare) {
            if *takes_value && bare != long {
                return Err(UsageError::InvalidNegation(word.to_owned()));
            }
            return Err(UsageError::NotImplemented(word.to_owned()));
        }
        if let Some((name, takes_value)) = NO_EFFECT.iter().find(|flag| flag.0 == bare) {
            let (shown, value) = named(word);
            match (takes_value, value) {
                (false, _) | (true, Some(_)) => {}
                (true, None) => return Err(UsageError::MissingValue(shown.to_owned())),
            }
            if let Some(value) = value.filter(|_| *takes_value) {
                self.options.insert(format!("--{name}"), Value::Text(value.to_owned()));
            }
            return Ok(());
        }
        if EXPERIMENTS.contains(&bare) {
            self.options.insert(format!("--{bare}"), Value::Switch(!long.starts_with("no-")));
            return Ok(());
        }
        if matches!(long, "debug" | "debug-brk") {
            return Err(UsageError::OldDebug);
        }
        // V8 would take these for its own, and say nothing.
        if long.is_empty() || bare.starts_with("experimental-") {
            return Err(UsageError::BadOption(word.to_owned()));
        }
        self.v8_flags.push(word.to_owned());
        Ok(())
    }
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

/// A word's name, with the `=` that ends it if it has a value, and that value.
fn named(word: &str) -> (&str, Option<&str>) {
    match word.find('=') {
        Some(at) if word.starts_with("--") => (&word[..=at], Some(&word[at + 1..])),
        _ => (word, None),
    }
}

/// The number a text begins with, as C reads it: 0 for what is none.
fn leading_integer(text: &str) -> f64 {
    let text = text.trim_start();
    let sign = usize::from(text.starts_with(['-', '+']));
    let digits = text[sign..].bytes().take_while(u8::is_ascii_digit).count();
    text[..sign + digits].parse().unwrap_or(0.0)
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
mod tests;
