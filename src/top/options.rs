//! What follows `weft top`.

use std::time::Duration;

/// What `--help` prints.
pub(super) const HELP: &str = "Usage: weft top PID | --attach [options]

Shows what the loops, Workers and pools of a process do that was started with --monitor.

Options:
  --attach             the only such process there is
  --interval TIME      time between two looks: 500ms, 2s, ... (default: 1s)
  --threshold TIME     from how long on a turn of a loop is shown as slow (default: 50ms)
  --once               look once, over one interval, and end
  --json               a line of JSON for each look
  -h, --help           print this

In a terminal: q ends, p pauses.
";

/// See [`HELP`].
#[derive(Debug, PartialEq)]
pub(super) struct Options {
    /// None: the only one.
    pub(super) pid: Option<u32>,
    pub(super) interval: Duration,
    /// In ms.
    pub(super) threshold: f64,
    pub(super) once: bool,
    pub(super) json: bool,
}

#[derive(Debug, PartialEq)]
pub(super) enum Parsed {
    Run(Options),
    Help,
}

/// A time of at least `least` ms: a number with `ms` or `s`, or of ms.
fn time(text: Option<&str>, flag: &str, least: f64) -> Result<f64, String> {
    let text = text.ok_or_else(|| format!("{flag} requires an argument"))?;
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1.0),
        None => text.strip_suffix('s').map_or((text, 1.0), |number| (number, 1000.0)),
    };
    let time = number.parse::<f64>().map_or(f64::NAN, |number| number * unit);
    if (least..=3_600_000.0).contains(&time) {
        return Ok(time);
    }
    Err(format!("{flag} must be a time from {least}ms to an hour, such as 500ms or 2s; it is '{text}'"))
}

/// # Errors
/// The first thing that cannot be followed, for people.
pub(super) fn parse(args: &[String]) -> Result<Parsed, String> {
    let mut options =
        Options { pid: None, interval: Duration::from_secs(1), threshold: 50.0, once: false, json: false };
    let mut attach = false;
    let mut words = args.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let (name, given) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        match (name, given) {
            ("-h" | "--help", None) => return Ok(Parsed::Help),
            ("--attach", None) => attach = true,
            ("--once", None) => options.once = true,
            ("--json", None) => options.json = true,
            ("--interval", _) => {
                let ms = time(given.or_else(|| words.next()), name, 50.0)?;
                options.interval = Duration::from_secs_f64(ms / 1e3);
            }
            ("--threshold", _) => options.threshold = time(given.or_else(|| words.next()), name, 1.0)?,
            _ if word.starts_with('-') => return Err(format!("bad option: {word}")),
            _ if options.pid.is_some() => return Err(format!("one process at a time; '{word}' is one more")),
            _ => {
                let pid = word.parse::<u32>().ok().filter(|pid| *pid > 0);
                options.pid = Some(pid.ok_or_else(|| format!("'{word}' is not the number of a process"))?);
            }
        }
    }
    match (options.pid, attach) {
        (None, false) => Err("say which process: weft top PID, or weft top --attach".to_owned()),
        (Some(_), true) => Err("either a process or --attach can be given, not both".to_owned()),
        _ => Ok(Parsed::Run(options)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Result<Parsed, String> {
        parse(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn words_become_options() {
        let expected =
            Options { pid: Some(12), interval: Duration::from_millis(250), threshold: 2000.0, once: true, json: true };
        let words = ["12", "--once", "--json", "--interval=250ms", "--threshold", "2s"];
        assert_eq!(of(&words), Ok(Parsed::Run(expected)));
        assert_eq!(of(&["--help"]), Ok(Parsed::Help));
        assert!(matches!(of(&["--attach"]), Ok(Parsed::Run(Options { pid: None, .. }))));
    }

    #[test]
    fn what_cannot_be_followed_is_said() {
        for (words, complaint) in [
            (&[][..], "say which process"),
            (&["x"], "'x' is not the number of a process"),
            (&["0"], "not the number"),
            (&["-5"], "bad option: -5"),
            (&["1", "2"], "'2' is one more"),
            (&["1", "--attach"], "not both"),
            (&["1", "--interval"], "requires an argument"),
            (&["1", "--interval=1ms"], "from 50ms to an hour"),
            (&["1", "--threshold=soon"], "it is 'soon'"),
            (&["1", "--once=yes"], "bad option"),
        ] {
            let message = of(words).expect_err("fails");
            assert!(message.contains(complaint), "{words:?}: {message}");
        }
    }
}
