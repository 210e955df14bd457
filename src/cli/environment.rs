//! Flags in variables: `NODE_OPTIONS`, which holds what Node lets it hold, and `WEFT_OPTIONS`.

use super::flags::{ALIASES, EXPERIMENTS, FLAGS, NO_EFFECT, NOT_IMPLEMENTED};

/// Flags that say what to run, which is the command line's to say.
const PROGRAMS: &[&str] = &[
    "check",
    "completion-bash",
    "eval",
    "help",
    "interactive",
    "prepare-cache",
    "print",
    "run",
    "test",
    "v8-options",
    "version",
];

/// Flags that Node does not take from `NODE_OPTIONS` either.
const NOT_IN_NODE_OPTIONS: &[&str] = &[
    "bench",
    "build-sea",
    "build-snapshot",
    "build-snapshot-config",
    "env-file",
    "env-file-if-exists",
    "experimental-config-file",
    "experimental-inspector-network-resource",
    "experimental-network-inspection",
    "experimental-sea-config",
    "experimental-storage-inspection",
    "experimental-test-coverage",
    "experimental-test-module-mocks",
    "experimental-test-snapshots",
    "experimental-test-tag-filter",
    "experimental-worker-inspection",
    "expose-internals",
    "prof-process",
    "test-concurrency",
    "test-force-exit",
    "test-timeout",
    "test-udp-no-try-send",
    "test-update-snapshots",
    "vfs-load",
];

/// Flags of V8's that Node takes from `NODE_OPTIONS`.
const OF_V8: &[&str] = &[
    "abort-on-uncaught-exception",
    "disallow-code-generation-from-strings",
    "enable-etw-stack-walking",
    "expose-gc",
    "interpreted-frames-native-stack",
    "jitless",
    "max-heap-size",
    "max-old-space-size",
    "max-semi-space-size",
    "perf-basic-prof",
    "perf-basic-prof-only-functions",
    "perf-prof",
    "perf-prof-unwinding-info",
    "stack-trace-limit",
];

/// Whether `variable` may hold the flag `word` (up to its value).
pub(super) fn allows(variable: &str, word: &str) -> bool {
    let name = word.trim_end_matches('=');
    let Some(long) = name.strip_prefix("--") else {
        return match name {
            "-pe" => false,
            _ => FLAGS.iter().any(|flag| {
                flag.short.is_some_and(|short| name.strip_prefix('-') == Some(short)) && !PROGRAMS.contains(&flag.long)
            }),
        };
    };
    let long = long.replace('_', "-");
    let long = ALIASES.iter().find(|alias| alias.0 == long).map_or(long.as_str(), |alias| alias.1);
    let bare = long.strip_prefix("no-").unwrap_or(long);
    if long.is_empty() || PROGRAMS.contains(&bare) {
        return false;
    }
    if variable != "NODE_OPTIONS" {
        return true;
    }
    is_known(long) || is_known(bare)
}

fn is_known(name: &str) -> bool {
    let known = OF_V8.contains(&name)
        || EXPERIMENTS.contains(&name)
        || FLAGS.iter().any(|flag| flag.long == name)
        || NO_EFFECT.iter().any(|flag| flag.0 == name)
        || NOT_IMPLEMENTED.iter().any(|flag| flag.0 == name);
    known && !NOT_IN_NODE_OPTIONS.contains(&name)
}

/// Every flag that `NODE_OPTIONS` may hold, long and short, and V8's that Node names.
pub fn environment_flags() -> Vec<String> {
    let own = FLAGS.iter().map(|flag| flag.long).filter(|name| !PROGRAMS.contains(name));
    let names = own.chain(EXPERIMENTS.iter().copied()).filter(|name| !NOT_IN_NODE_OPTIONS.contains(name));
    let long = names.chain(OF_V8.iter().copied()).map(|name| format!("--{name}"));
    let short = FLAGS.iter().filter(|flag| !PROGRAMS.contains(&flag.long)).filter_map(|flag| flag.short);
    let mut all: Vec<_> = long.chain(short.map(|short| format!("-{short}"))).collect();
    all.sort();
    all.dedup();
    all
}

/// Splits a variable at spaces; double quotes hold a word together, a backslash inside them the next character.
pub(super) fn split_words(text: &str) -> Option<Vec<String>> {
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
