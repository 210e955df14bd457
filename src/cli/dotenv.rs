//! Files of variables (`--env-file`, `util.parseEnv`).
//!
//! A line is NAME=value, maybe after `export`. Values may be quoted with ', " or `, then they may span lines; in "" the
//! sequence \n is a line feed. An unquoted value ends at the end of its line or at a #, without blanks around it.

/// The variables of such a file's text, in their order; a name may come several times.
pub fn parse_env(text: &str) -> Vec<(String, String)> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut variables = Vec::new();
    let mut rest = text.as_str();
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n']);
        if rest.is_empty() {
            return variables;
        }
        let (line, next) = rest.split_once('\n').unwrap_or((rest, ""));
        let after = match line.starts_with('#') {
            true => None,
            false => line.find('='),
        };
        // A line without '=' says nothing.
        let Some(equal) = after else {
            rest = next;
            continue;
        };
        let name = line[..equal].trim();
        let name = name.strip_prefix("export ").unwrap_or(name).trim();
        if name.is_empty() {
            rest = next;
            continue;
        }
        let value = rest[equal + 1..].trim_start_matches([' ', '\t']);
        if let Some((quoted, following)) = quoted(value) {
            let value = if value.starts_with('"') { quoted.replace("\\n", "\n") } else { quoted.to_owned() };
            variables.push((name.to_owned(), value));
            rest = following.split_once('\n').map_or("", |(_, next)| next);
            continue;
        }
        let value = line[equal + 1..].split('#').next().unwrap_or_default().trim();
        variables.push((name.to_owned(), value.to_owned()));
        rest = next;
    }
}

/// What is between the quotation mark that `value` begins with and its other one, and what follows that.
fn quoted(value: &str) -> Option<(&str, &str)> {
    let mark = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    value[1..].split_once(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_be_quoted_and_span_lines() {
        let text = "# none\r\nA=1\nexport B = \"x\\ny\" # note\nC='a\nb'\nnothing\n=no\nD=un quoted # c\nE=\"open\nA=2";
        let pairs: Vec<_> = parse_env(text);
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("A", "1"), ("B", "x\ny"), ("C", "a\nb"), ("D", "un quoted"), ("E", "\"open"), ("A", "2")]);
    }
}
