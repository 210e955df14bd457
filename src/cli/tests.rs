//! The command line and its variables, parsed.

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
    assert_eq!(parse(&["-p", "\\-1"]).expect("parses").options["--print"], Value::Text("-1".to_owned()));
    assert_eq!(parse(&["-p", "-1"]).map(|cli| cli.v8_flags), Err(UsageError::BadOption("-1".to_owned())));
    for words in [&["-pe", "1"][..], &["-p", "-e", "1"], &["-e", "1", "-p"], &["--print", "1"]] {
        let cli = parse(words).expect("parses");
        assert_eq!((cli.action.clone(), cli.text("--print")), (Action::Eval, Some("1")));
    }
    let cli = parse(&["-p"]).expect("parses");
    assert_eq!((cli.action.clone(), cli.switch("--print")), (Action::Stdin, true));
}

#[test]
fn unknown_long_flags_go_to_v8_and_usage_errors_say_why() {
    assert_eq!(parse(&["--stack-size=2000", "a.js"]).expect("parses").v8_flags, ["--stack-size=2000"]);
    assert_eq!(parse(&["-Q"]).expect_err("fails"), UsageError::BadOption("-Q".to_owned()));
    assert_eq!(parse(&["--eval"]).expect_err("fails"), UsageError::MissingValue("--eval".to_owned()));
    assert_eq!(parse(&["--eval="]).expect_err("fails"), UsageError::MissingValue("--eval=".to_owned()));
    assert_eq!(parse(&["-e", "-p", "1"]).expect_err("fails"), UsageError::MissingValue("-e".to_owned()));
    assert!(parse(&["--experimental-nothing", "a.js"]).is_err());
    assert!(parse(&["--check=1", "a.js"]).expect("parses").switch("--check"));
    assert_eq!(parse(&["--disable-proto=x"]).expect_err("fails").exit_code(), 12);
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
    for refused in ["-p", "--test", "--", "--env-file=", "--stack-size=", "--harmony"] {
        let environment = [("NODE_OPTIONS", format!("{refused}{}", if refused.ends_with('=') { "1" } else { "" }))];
        let error = Cli::parse("weft", Vec::new(), &environment, false).expect_err("is refused");
        assert_eq!(error.to_string(), format!("{refused} is not allowed in NODE_OPTIONS"));
    }
    assert!(cli.exec_argv.is_empty());
    // What comes after a word that is no flag does not count.
    let environment = [("NODE_OPTIONS", "x.js --bogus".to_owned())];
    assert!(Cli::parse("weft", vec!["x.js".to_owned()], &environment, false).is_ok());
}

#[test]
fn numbers_are_read_as_far_as_they_go() {
    assert_eq!(["5", "12.5", "x", "-3", "7x", ""].map(leading_integer), [5.0, 12.0, 0.0, -3.0, 7.0, 0.0]);
}

#[test]
fn only_what_follows_two_dashes_goes_to_a_script() {
    let cli = parse(&["--run", "a", "b", "--", "c", "--", "d"]).expect("parses");
    assert_eq!((cli.action, cli.args), (Action::Script, ["c", "--", "d"].map(str::to_owned).to_vec()));
    assert_eq!(parse(&["--run", "a", "--", "c"]).expect("parses").args, ["c"]);
}

#[test]
fn the_share_of_memory_is_checked() {
    for share in ["0", "101", "x", "-5"] {
        assert!(parse(&[&format!("--max-old-space-size-percentage={share}"), "a.js"]).is_err(), "{share}");
    }
    let cli = parse(&["--max-old-space-size-percentage=50", "a.js"]).expect("parses");
    assert_eq!(cli.old_space_share(), Some(50.0));
}
