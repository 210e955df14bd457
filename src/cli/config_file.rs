//! `--experimental-config-file`: flags in a file of JSON, by namespaces (https://nodejs.org/api/cli.html).

use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::UsageError;
use super::environment::allows;
use super::flags::Takes::{self, List, Nothing, Number, Optional, Text};
use super::flags::{EXPERIMENTS, FLAGS, NO_EFFECT, NOT_IMPLEMENTED};
use crate::error_display::write_stderr;

/// The file that is read where none is named.
pub(super) const USUAL: &str = "node.config.json";

/// Whether a flag is one of a namespace.
type Belongs = fn(&str) -> bool;

/// Namespaces beside `nodeOptions`: each turns a flag on and holds those that go with it.
const NAMESPACES: &[(&str, Belongs)] = &[
    ("permission", |flag| flag == "permission" || flag.starts_with("allow-")),
    ("test", |flag| {
        flag == "test"
            || flag.starts_with("test-") && flag != "test-udp-no-try-send"
            || flag.starts_with("experimental-test-")
    }),
    ("watch", |flag| flag == "watch" || flag.starts_with("watch-")),
];

/// The file's flags, as words of a command line. What is wrong with it goes to standard error.
pub(super) fn read(path: &str) -> Result<Vec<String>, UsageError> {
    let Ok(text) = std::fs::read_to_string(path) else {
        write_stderr(&format!("Cannot read configuration from {path}: no such file or directory\n"));
        return Err(UsageError::FileNotFound(path.to_owned()));
    };
    words(path, &text).map_err(|problem| {
        write_stderr(&format!("{problem}\n"));
        UsageError::InvalidContent(path.to_owned())
    })
}

fn words(path: &str, text: &str) -> Result<Vec<String>, String> {
    let json: Members = serde_json::from_str(text).map_err(|error| match error.is_data() {
        true => format!("Root value unexpected not an object for {path}\n"),
        false => format!("Can't parse {path}"),
    })?;
    let mut words = Vec::new();
    for (namespace, options) in json.0 {
        let belongs: Belongs = match namespace.as_str() {
            "$schema" => continue,
            "nodeOptions" => |flag| allows("NODE_OPTIONS", &format!("--{flag}")),
            "testRunner" => {
                return Err("the \"testRunner\" namespace has been removed. Use \"test\" instead.".to_owned());
            }
            name => match NAMESPACES.iter().find(|known| known.0 == name) {
                Some(known) => known.1,
                None => return Err(format!("Unknown namespace {name}")),
            },
        };
        let Ok(options) = serde_json::from_str::<Members>(options.get()) else {
            return Err(format!("\"{namespace}\" value unexpected for {path} (should be an object)"));
        };
        if namespace != "nodeOptions" {
            words.push(format!("--{namespace}"));
        }
        for (flag, value) in options.0 {
            let start = format!("--{flag}");
            let given = |word: &String| word.split('=').next() == Some(&start);
            if words.iter().any(given) && namespace == "nodeOptions" {
                return Err(format!("Option --{flag} is already defined"));
            }
            let value = serde_json::from_str(value.get()).unwrap_or_default();
            words.extend(option(&namespace, &flag, &value, belongs)?);
        }
    }
    Ok(words)
}

/// One flag with its value.
fn option(namespace: &str, flag: &str, value: &Json, belongs: Belongs) -> Result<Vec<String>, String> {
    let unknown = || format!("Unknown or not allowed option {flag} for namespace {namespace}");
    if NO_EFFECT.iter().any(|known| known.0 == flag) {
        return Err(format!("No-op flag --{flag} is currently not supported"));
    }
    let takes = kind(flag).ok_or_else(unknown)?;
    if !belongs(flag) {
        return Err(unknown());
    }
    let invalid = || format!("Invalid value for --{flag}");
    let text = |value: &Json| value.as_str().map(|text| format!("--{flag}={text}"));
    match (takes, value) {
        (Nothing, Json::Bool(true)) => Ok(vec![format!("--{flag}")]),
        (Nothing, Json::Bool(false)) => Ok(vec![format!("--no-{flag}")]),
        (Optional, Json::Bool(on)) => Ok(on.then(|| format!("--{flag}")).into_iter().collect()),
        (Number, Json::Number(number)) if number.is_u64() => Ok(vec![format!("--{flag}={number}")]),
        (Text, Json::Number(number)) if flag == "inspect-port" => Ok(vec![format!("--{flag}={number}")]),
        (Text, Json::String(_)) if flag != "inspect-port" => Ok(text(value).into_iter().collect()),
        (List, Json::String(_)) => Ok(text(value).into_iter().collect()),
        (List, Json::Array(values)) => values.iter().map(|value| text(value).ok_or_else(invalid)).collect(),
        _ => Err(invalid()),
    }
}

/// What a flag takes; for `--stack-trace-limit`, the one flag of V8's that Node counts among its own, too.
fn kind(flag: &str) -> Option<Takes> {
    let found = FLAGS.iter().find(|known| known.long == flag).map(|known| known.takes);
    found
        .or_else(|| EXPERIMENTS.contains(&flag).then_some(Nothing))
        .or_else(|| (flag == "stack-trace-limit").then_some(Number))
        .or_else(|| {
            let (_, takes_value) = NOT_IMPLEMENTED.iter().find(|known| known.0 == flag)?;
            Some(if *takes_value { Text } else { Nothing })
        })
}

/// An object's members in the order of the file.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Vec<String>, String> {
        words("c.json", text)
    }

    #[test]
    fn namespaces_hold_their_flags() {
        let text = r#"{"$schema": "x", "nodeOptions": {"title": "a", "import": ["./a", "./b"], "warnings": false},
            "test": {"test-isolation": "none"}}"#;
        let expected =
            ["--title=a", "--import=./a", "--import=./b", "--no-warnings", "--test", "--test-isolation=none"];
        assert_eq!(of(text).expect("parses"), expected);
    }

    #[test]
    fn problems_are_named() {
        for (text, problem) in [
            ("{", "Can't parse c.json"),
            ("[]", "Root value unexpected not an object for c.json\n"),
            (r#"{"other": {}}"#, "Unknown namespace other"),
            (r#"{"nodeOptions": 5}"#, "\"nodeOptions\" value unexpected for c.json (should be an object)"),
            (r#"{"nodeOptions": {"title": 5}}"#, "Invalid value for --title"),
            (r#"{"nodeOptions": {"title": "a", "title": "b"}}"#, "Option --title is already defined"),
            (r#"{"nodeOptions": {"eval": "1"}}"#, "Unknown or not allowed option eval for namespace nodeOptions"),
            (r#"{"test": {"title": "1"}}"#, "Unknown or not allowed option title for namespace test"),
        ] {
            assert_eq!(of(text).expect_err("fails"), problem);
        }
    }
}
