//! `--completion-bash`.

use super::flags::{EXPERIMENTS, FLAGS};

/// A script that makes bash complete flags, and file names where none is begun.
pub fn completion() -> String {
    let long = FLAGS.iter().filter(|flag| !flag.help.is_empty()).map(|flag| format!("--{}", flag.long));
    let short = FLAGS.iter().filter_map(|flag| flag.short).map(|short| format!("-{short}"));
    let experiments = EXPERIMENTS.iter().map(|name| format!("--{name}"));
    let words: Vec<_> = short.chain(long).chain(experiments).collect();
    format!(
        "_weft_complete() {{\n  local word=\"${{COMP_WORDS[COMP_CWORD]}}\"\n  if [[ \"$word\" == -* ]]; then\n    \
         COMPREPLY=($(compgen -W '{}' -- \"$word\"))\n  else\n    COMPREPLY=($(compgen -f -- \"$word\"))\n  fi\n}}\n\
         complete -o filenames -o bashdefault -F _weft_complete weft\n",
        words.join(" ")
    )
}
