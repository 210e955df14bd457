//! Where an error happened, as a person reads it: `file:line`, the source line, a caret.

use std::io::Write as _;

/// `file:line`, the source line and a caret under the place `message` points at, each with its newline; empty where
/// V8 does not know the place. Inside of Weft's own built-ins nothing is shown either, as in Node.
pub fn arrow(scope: &mut v8::PinScope, message: v8::Local<v8::Message>) -> String {
    let Some(line_number) = message.get_line_number(scope) else { return String::new() };
    // Code made from text (eval, new Function, JSON.parse) has no name of its own.
    let name = match message.get_script_resource_name(scope) {
        Some(name) if name.is_string() => name.to_rust_string_lossy(scope),
        _ => "<anonymous_script>".to_owned(),
    };
    if name.starts_with("node:") {
        return String::new();
    }
    let source = message.get_source_line(scope).map(|l| l.to_rust_string_lossy(scope)).unwrap_or_default();
    let (mut start, mut end) = (message.get_start_column(), message.get_end_column());
    // On the first line of a script the columns include where the script begins in its file; the line does not, nor do positions,
    // which are never less than the column elsewhere.
    if let Ok(position) = usize::try_from(message.get_start_position())
        && position < start
    {
        end = position + end.saturating_sub(start);
        start = position;
    }
    render_arrow(&name, line_number, &source, start, end)
}

/// Private property under which an error carries its arrow.
fn arrow_key<'s>(scope: &mut v8::PinScope<'s, '_>) -> v8::Local<'s, v8::Private> {
    let name = crate::ops::args::key(scope, "weft:arrow");
    v8::Private::for_api(scope, Some(name))
}

/// Keeps at `exception` where it happened, if it is an object and nothing is kept there yet: V8's message is lost once
/// JavaScript catches an error and throws it again. Errors of compiling and linking are kept this way, whose stack
/// does not name the place.
pub fn attach_arrow(scope: &mut v8::PinScope, exception: v8::Local<v8::Value>, message: v8::Local<v8::Message>) {
    let Ok(object) = v8::Local::<v8::Object>::try_from(exception) else { return };
    let text = arrow(scope, message);
    let key = arrow_key(scope);
    if !text.is_empty()
        && object.has_private(scope, key) == Some(false)
        && let Some(text) = v8::String::new(scope, &text)
    {
        object.set_private(scope, key, text.into());
    }
}

/// What [`attach_arrow`] kept.
pub fn attached_arrow(scope: &mut v8::PinScope, exception: v8::Local<v8::Value>) -> Option<String> {
    let object = v8::Local::<v8::Object>::try_from(exception).ok()?;
    let key = arrow_key(scope);
    let text = object.get_private(scope, key)?;
    text.is_string().then(|| text.to_rust_string_lossy(scope))
}

/// Where `exception` happened: what was kept at it, else the place its stack begins at. Empty if V8 knows none.
pub fn place_of(scope: &mut v8::PinScope, exception: v8::Local<v8::Value>) -> String {
    if let Some(text) = attached_arrow(scope, exception) {
        return text;
    }
    let exception = v8::Local::new(scope, exception);
    let message = v8::Exception::create_message(scope, exception);
    arrow(scope, message)
}

/// Longest source line shown whole; of a longer one (minified code) the part around the place is shown.
const LINE_LIMIT: usize = 240;

fn render_arrow(name: &str, line_number: usize, source: &str, start: usize, end: usize) -> String {
    let mut units: Vec<char> = source.chars().collect();
    let (mut start, mut end) = (start, end.max(start + 1));
    if units.len() > LINE_LIMIT {
        let from = start.saturating_sub(LINE_LIMIT / 4).min(units.len());
        let to = (from + LINE_LIMIT).min(units.len());
        units = units[from..to].to_vec();
        start -= from;
        end = (end - from).min(units.len().max(start + 1));
    }
    let mut text = format!("{name}:{line_number}\n");
    text.extend(&units);
    text.push('\n');
    // Tabs are kept, so that the caret stands under its place however wide they are shown.
    text.extend((0..start).map(|i| if units.get(i) == Some(&'\t') { '\t' } else { ' ' }));
    text.extend(std::iter::repeat_n('^', end - start));
    text.push('\n');
    text
}

/// Writes `text` to standard error as it is. Nothing can be done where that fails.
pub fn write_stderr(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Reports an exception when there is no `process` object to ask (the bootstrap code itself failed).
pub(crate) fn print_bootstrap_failure(scope: &mut v8::PinScope, exception: v8::Local<v8::Value>, arrow: &str) {
    v8::tc_scope!(let caught, scope);
    let key = crate::ops::args::key(caught, "stack");
    let stack = v8::Local::<v8::Object>::try_from(exception)
        .ok()
        .and_then(|e| e.get(caught, key.into()))
        .filter(|s| s.is_string())
        .or_else(|| exception.to_string(caught).map(Into::into))
        .map(|s| s.to_rust_string_lossy(caught))
        .unwrap_or_else(|| "(an exception that cannot be shown)".to_owned());
    write_stderr(&format!("{arrow}{stack}\n"));
}

#[cfg(test)]
mod tests {
    use super::render_arrow;

    #[test]
    fn arrow_marks_the_place_and_keeps_tabs() {
        assert_eq!(render_arrow("/a.js", 3, "\tfoo(bar)", 5, 8), "/a.js:3\n\tfoo(bar)\n\t    ^^^\n");
    }

    #[test]
    fn arrow_of_a_minified_line_shows_the_surroundings() {
        let source = "x".repeat(5000);
        let text = render_arrow("/a.js", 1, &source, 4000, 4001);
        assert!(text.lines().all(|l| l.len() <= super::LINE_LIMIT));
        assert_eq!(text.lines().nth(2).map(|l| l.trim_start()), Some("^"));
    }
}
