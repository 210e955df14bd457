//! The URL parser and the setters: https://url.spec.whatwg.org/#url-parsing, #api.
//!
//! The standard's state machine reads character by character; here each state is a function that takes as much of the
//! input as belongs to it and calls the next. All delimiters are ASCII, so text is only ever cut at characters.
//! A path is kept as it is serialized, `/a/b`: its list of segments is what stands between the slashes.

use std::borrow::Cow;

use super::host;
use super::percent::{self, Set};

/// A URL record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Record {
    scheme: String,
    username: String,
    password: String,
    /// Serialized; `None` is a null host.
    host: Option<String>,
    port: Option<u16>,
    path: String,
    /// Whether the path is one opaque text rather than segments.
    opaque: bool,
    query: Option<String>,
    fragment: Option<String>,
}

/// Marker of failure; the standard's failures say nothing more.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure;

type Parsed<T = ()> = Result<T, Failure>;

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        "ftp" => Some(21),
        _ => None,
    }
}

fn is_special(scheme: &str) -> bool {
    scheme == "file" || default_port(scheme).is_some()
}

/// A letter and `:` or `|`, and then the end or the beginning of another part.
fn starts_with_drive_letter(text: &str) -> bool {
    match text.as_bytes() {
        [letter, b':' | b'|'] => letter.is_ascii_alphabetic(),
        [letter, b':' | b'|', next, ..] => letter.is_ascii_alphabetic() && matches!(next, b'/' | b'\\' | b'?' | b'#'),
        _ => false,
    }
}

fn is_drive_letter(segment: &str) -> bool {
    matches!(segment.as_bytes(), [letter, b':' | b'|'] if letter.is_ascii_alphabetic())
}

fn is_normalized_drive_letter(segment: &str) -> bool {
    matches!(segment.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic())
}

fn is_single_dot(segment: &str) -> bool {
    segment == "." || segment.eq_ignore_ascii_case("%2e")
}

fn is_double_dot(segment: &str) -> bool {
    segment == ".."
        || segment.eq_ignore_ascii_case(".%2e")
        || segment.eq_ignore_ascii_case("%2e.")
        || segment.eq_ignore_ascii_case("%2e%2e")
}

/// The text without tabs and line ends, which are nowhere part of a URL.
fn without_breaks(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| matches!(byte, b'\t' | b'\n' | b'\r')) {
        Cow::Owned(text.chars().filter(|character| !matches!(character, '\t' | '\n' | '\r')).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// The scheme that `text` begins with and what follows its `:`.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    if !text.as_bytes().first()?.is_ascii_alphabetic() {
        return None;
    }
    let end = text.bytes().position(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'+' | b'-' | b'.'))?;
    (text.as_bytes()[end] == b':').then(|| (&text[..end], &text[end + 1..]))
}

/// Position of the first byte that `found` accepts, or the length.
fn position(text: &str, found: impl Fn(u8) -> bool) -> usize {
    text.bytes().position(found).unwrap_or(text.len())
}

impl Record {
    /// Parses `input`, relative to `base` if there is one.
    pub(super) fn parse(input: &str, base: Option<&Self>) -> Parsed<Self> {
        let mut url = Self::default();
        url.become_parsed(input, base)?;
        Ok(url)
    }

    /// Becomes what `input` parses to, in the memory it has. Of a failure nothing is left that means anything.
    pub(super) fn become_parsed(&mut self, input: &str, base: Option<&Self>) -> Parsed {
        for part in [&mut self.scheme, &mut self.username, &mut self.password, &mut self.path] {
            part.clear();
        }
        (self.host, self.port, self.opaque, self.query, self.fragment) = (None, None, false, None, None);
        let trimmed = input.trim_matches(|character: char| character <= ' ');
        let text = without_breaks(trimmed);
        match split_scheme(&text) {
            Some((scheme, rest)) => self.after_scheme(scheme, rest, base),
            None => self.without_scheme(&text, base),
        }
    }

    fn special(&self) -> bool {
        is_special(&self.scheme)
    }

    fn is_slash(&self, byte: u8) -> bool {
        byte == b'/' || (byte == b'\\' && self.special())
    }

    fn after_scheme(&mut self, scheme: &str, rest: &str, base: Option<&Self>) -> Parsed {
        self.scheme.push_str(scheme);
        self.scheme.make_ascii_lowercase();
        if self.scheme == "file" {
            return self.file(rest, base);
        }
        if self.special() {
            return match base {
                // Same scheme: `http:path` is relative, `http://` is not.
                Some(base) if base.scheme == self.scheme && !rest.starts_with("//") => self.relative(rest, base),
                _ => self.special_authority(rest),
            };
        }
        if let Some(rest) = rest.strip_prefix("//") {
            self.authority(rest)
        } else if let Some(rest) = rest.strip_prefix('/') {
            self.path(rest);
            Ok(())
        } else {
            self.opaque_path(rest);
            Ok(())
        }
    }

    fn without_scheme(&mut self, text: &str, base: Option<&Self>) -> Parsed {
        let base = base.ok_or(Failure)?;
        if base.opaque {
            let fragment = text.strip_prefix('#').ok_or(Failure)?;
            *self = Self { fragment: None, ..base.clone() };
            self.set_fragment(fragment);
            return Ok(());
        }
        self.scheme.clone_from(&base.scheme);
        if base.scheme == "file" { self.file(text, Some(base)) } else { self.relative(text, base) }
    }

    /// Slashes of either kind and any number lead to the authority.
    fn special_authority(&mut self, rest: &str) -> Parsed {
        self.authority(rest.trim_start_matches(['/', '\\']))
    }

    fn take_authority(&mut self, base: &Self) {
        self.username.clone_from(&base.username);
        self.password.clone_from(&base.password);
        self.host.clone_from(&base.host);
        self.port = base.port;
    }

    fn relative(&mut self, text: &str, base: &Self) -> Parsed {
        let bytes = text.as_bytes();
        if bytes.first().is_some_and(|&byte| self.is_slash(byte)) {
            if bytes.get(1).is_some_and(|&byte| self.is_slash(byte)) {
                return if self.special() { self.special_authority(&text[2..]) } else { self.authority(&text[2..]) };
            }
            self.take_authority(base);
            self.path(&text[1..]);
            return Ok(());
        }
        self.take_authority(base);
        self.relative_path(text, base);
        Ok(())
    }

    /// A path that goes on from the base's, or only another query or fragment.
    fn relative_path(&mut self, text: &str, base: &Self) {
        self.path.clone_from(&base.path);
        match text.as_bytes().first() {
            None => self.query.clone_from(&base.query),
            Some(b'?') => self.tail(text),
            Some(b'#') => {
                self.query.clone_from(&base.query);
                self.tail(text);
            }
            Some(_) => {
                self.shorten();
                self.path(text);
            }
        }
    }

    fn authority(&mut self, text: &str) -> Parsed {
        let end = position(text, |byte| matches!(byte, b'?' | b'#') || self.is_slash(byte));
        let (authority, rest) = text.split_at(end);
        let host = match authority.rfind('@') {
            Some(at) => {
                let (credentials, host) = (&authority[..at], &authority[at + 1..]);
                if host.is_empty() {
                    return Err(Failure);
                }
                let (username, password) = credentials.split_once(':').unwrap_or((credentials, ""));
                percent::encode(username, Set::Userinfo, &mut self.username);
                percent::encode(password, Set::Userinfo, &mut self.password);
                host
            }
            None => authority,
        };
        let (name, port) = split_port(host);
        if name.is_empty() && (port.is_some() || self.special()) {
            return Err(Failure);
        }
        self.host = Some(host::parse(name, self.special()).ok_or(Failure)?);
        if let Some(port) = port {
            if !port.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Failure);
            }
            self.take_port(port)?;
        }
        self.path_start(rest);
        Ok(())
    }

    /// Sets the port to the number `digits`; no digits leave it.
    fn take_port(&mut self, digits: &str) -> Parsed {
        if digits.is_empty() {
            return Ok(());
        }
        let digits = digits.trim_start_matches('0');
        let number = if digits.is_empty() { 0 } else { digits.parse::<u16>().map_err(|_| Failure)? };
        self.port = (default_port(&self.scheme) != Some(number)).then_some(number);
        Ok(())
    }

    // ---- file URLs ------------------------------------------------------------

    fn file(&mut self, text: &str, base: Option<&Self>) -> Parsed {
        self.host = Some(String::new());
        let base = base.filter(|base| base.scheme == "file");
        let bytes = text.as_bytes();
        if matches!(bytes.first(), Some(b'/' | b'\\')) {
            if matches!(bytes.get(1), Some(b'/' | b'\\')) {
                return self.file_host(&text[2..]);
            }
            if let Some(base) = base {
                self.host.clone_from(&base.host);
                if !starts_with_drive_letter(&text[1..])
                    && let Some(drive) = base.segments().next().filter(|first| is_normalized_drive_letter(first))
                {
                    self.path = format!("/{drive}");
                }
            }
            self.path(&text[1..]);
            return Ok(());
        }
        let Some(base) = base else {
            self.path(text);
            return Ok(());
        };
        self.host.clone_from(&base.host);
        if starts_with_drive_letter(text) {
            self.path(text);
        } else {
            self.relative_path(text, base);
        }
        Ok(())
    }

    fn file_host(&mut self, text: &str) -> Parsed {
        let end = position(text, |byte| matches!(byte, b'/' | b'\\' | b'?' | b'#'));
        let (name, rest) = text.split_at(end);
        if is_drive_letter(name) {
            // A letter is no host: it is where the path begins.
            self.path(text);
            return Ok(());
        }
        self.take_file_host(name)?;
        self.path_start(rest);
        Ok(())
    }

    fn take_file_host(&mut self, name: &str) -> Parsed {
        let host = if name.is_empty() { String::new() } else { host::parse(name, true).ok_or(Failure)? };
        self.host = Some(if host == "localhost" { String::new() } else { host });
        Ok(())
    }

    // ---- paths ------------------------------------------------------------------

    fn segments(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').skip(1)
    }

    /// Drops the last segment, but not the drive of a file's path.
    fn shorten(&mut self) {
        let last = self.path.rfind('/').unwrap_or(0);
        if self.scheme == "file" && last == 0 && is_normalized_drive_letter(self.path.get(1..).unwrap_or_default()) {
            return;
        }
        self.path.truncate(last);
    }

    fn path_start(&mut self, text: &str) {
        match text.as_bytes().first() {
            Some(&byte) if self.is_slash(byte) => self.path(&text[1..]),
            None if self.special() => self.path(text),
            Some(b'?' | b'#') if !self.special() => self.tail(text),
            None => {}
            Some(_) => self.path(text),
        }
    }

    /// Segments up to the query or fragment, and those. The slash before the first one was taken already.
    fn path(&mut self, text: &str) {
        let end = position(text, |byte| matches!(byte, b'?' | b'#'));
        self.path.reserve(end + 16);
        self.path_segments(&text[..end]);
        self.tail(&text[end..]);
    }

    fn path_segments(&mut self, mut text: &str) {
        loop {
            let end = position(text, |byte| self.is_slash(byte));
            let segment = &text[..end];
            let last = end == text.len();
            if is_double_dot(segment) {
                self.shorten();
                if last {
                    self.path.push('/');
                }
            } else if is_single_dot(segment) {
                if last {
                    self.path.push('/');
                }
            } else {
                let drive = self.scheme == "file" && self.path.is_empty() && is_drive_letter(segment);
                self.path.push('/');
                if drive {
                    self.path.push_str(&segment[..1]);
                    self.path.push(':');
                } else {
                    percent::encode(segment, Set::Path, &mut self.path);
                }
            }
            if last {
                return;
            }
            text = &text[end + 1..];
        }
    }

    fn opaque_path(&mut self, text: &str) {
        self.opaque = true;
        let end = position(text, |byte| matches!(byte, b'?' | b'#'));
        percent::encode(&text[..end], Set::Control, &mut self.path);
        self.tail(&text[end..]);
    }

    /// `?query#fragment`, or either, or nothing.
    fn tail(&mut self, text: &str) {
        let hash = position(text, |byte| byte == b'#');
        if let Some(query) = text[..hash].strip_prefix('?') {
            self.set_query(query);
        }
        if let Some(fragment) = text[hash..].strip_prefix('#') {
            self.set_fragment(fragment);
        }
    }

    fn set_query(&mut self, text: &str) {
        let set = if self.special() { Set::SpecialQuery } else { Set::Query };
        let mut query = String::with_capacity(text.len());
        percent::encode(text, set, &mut query);
        self.query = Some(query);
    }

    fn set_fragment(&mut self, text: &str) {
        let mut fragment = String::with_capacity(text.len());
        percent::encode(text, Set::Fragment, &mut fragment);
        self.fragment = Some(fragment);
    }

    // ---- serialization -------------------------------------------------------------

    /// The serialization, with or without the fragment.
    pub(super) fn href(&self) -> String {
        let optional = [&self.host, &self.query, &self.fragment].map(|part| part.as_ref().map_or(0, String::len));
        let credentials = self.username.len() + self.password.len();
        // What stands between the parts, and a port, come to less than 32.
        let length = self.scheme.len() + self.path.len() + credentials + optional.iter().sum::<usize>() + 32;
        let mut out = String::with_capacity(length);
        out.push_str(&self.scheme);
        out.push(':');
        if let Some(host) = &self.host {
            out.push_str("//");
            if !self.username.is_empty() || !self.password.is_empty() {
                out.push_str(&self.username);
                if !self.password.is_empty() {
                    out.push(':');
                    out.push_str(&self.password);
                }
                out.push('@');
            }
            out.push_str(host);
            if let Some(port) = self.port {
                out.push(':');
                out.push_str(&port.to_string());
            }
        } else if !self.opaque && self.path.starts_with("//") {
            // Else the path would read as a host.
            out.push_str("/.");
        }
        out.push_str(&self.path);
        if let Some(query) = &self.query {
            out.push('?');
            out.push_str(query);
        }
        if let Some(fragment) = &self.fragment {
            out.push('#');
            out.push_str(fragment);
        }
        out
    }

    /// The host, if it is not null.
    pub(super) fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    // ---- what format() changes -------------------------------------------------------

    /// Puts `host` in, which need not be one that the parser would take.
    pub(super) fn replace_host(&mut self, host: String) {
        self.host = Some(host);
    }

    /// Leaves the fragment out.
    pub(super) fn drop_fragment(&mut self) {
        self.fragment = None;
    }

    /// Leaves the query out.
    pub(super) fn drop_query(&mut self) {
        self.query = None;
    }

    /// Leaves user name and password out.
    pub(super) fn drop_credentials(&mut self) {
        self.username.clear();
        self.password.clear();
    }

    // ---- setters: a value that cannot be set leaves the record as it is ----------------

    fn has_credentials(&self) -> bool {
        !self.username.is_empty() || !self.password.is_empty()
    }

    fn cannot_have_credentials_or_port(&self) -> bool {
        self.host.as_deref().is_none_or(str::is_empty) || self.scheme == "file"
    }

    /// `url.protocol = value`
    pub(super) fn change_protocol(&mut self, value: &str) {
        let text = format!("{}:", without_breaks(value));
        let Some((scheme, _)) = split_scheme(&text) else { return };
        let scheme = scheme.to_ascii_lowercase();
        if self.special() != is_special(&scheme)
            || (scheme == "file" && (self.has_credentials() || self.port.is_some()))
            || (self.scheme == "file" && self.host.as_deref().is_none_or(str::is_empty))
        {
            return;
        }
        self.scheme = scheme;
        if self.port == default_port(&self.scheme) {
            self.port = None;
        }
    }

    /// `url.username = value`
    pub(super) fn change_username(&mut self, value: &str) {
        if !self.cannot_have_credentials_or_port() {
            self.username.clear();
            percent::encode(value, Set::Userinfo, &mut self.username);
        }
    }

    /// `url.password = value`
    pub(super) fn change_password(&mut self, value: &str) {
        if !self.cannot_have_credentials_or_port() {
            self.password.clear();
            percent::encode(value, Set::Userinfo, &mut self.password);
        }
    }

    /// `url.host = value`
    pub(super) fn change_host(&mut self, value: &str) {
        // What could be set before it failed stays set, hence nothing to do with a failure.
        let _ = self.host_setter(&without_breaks(value), true);
    }

    /// `url.hostname = value`
    pub(super) fn change_hostname(&mut self, value: &str) {
        let _ = self.host_setter(&without_breaks(value), false);
    }

    fn host_setter(&mut self, value: &str, with_port: bool) -> Parsed {
        if self.opaque {
            return Ok(());
        }
        if self.scheme == "file" {
            let end = position(value, |byte| matches!(byte, b'/' | b'\\' | b'?' | b'#'));
            return self.take_file_host(&value[..end]);
        }
        let end = position(value, |byte| matches!(byte, b'?' | b'#') || self.is_slash(byte));
        let (name, port) = split_port(&value[..end]);
        if name.is_empty() && (port.is_some() || self.special() || self.has_credentials() || self.port.is_some()) {
            return Err(Failure);
        }
        if port.is_some() && !with_port {
            return Err(Failure);
        }
        self.host = Some(host::parse(name, self.special()).ok_or(Failure)?);
        match port {
            Some(port) => self.take_port(leading_digits(port)),
            None => Ok(()),
        }
    }

    /// `url.port = value`
    pub(super) fn change_port(&mut self, value: &str) {
        if self.cannot_have_credentials_or_port() {
            return;
        }
        if value.is_empty() {
            self.port = None;
            return;
        }
        // A number that is none leaves the port.
        let _ = self.take_port(leading_digits(&without_breaks(value)));
    }

    /// `url.pathname = value`
    pub(super) fn change_pathname(&mut self, value: &str) {
        if self.opaque {
            return;
        }
        self.path.clear();
        let value = without_breaks(value);
        match value.as_bytes().first() {
            Some(&byte) if self.is_slash(byte) => self.path_segments(&value[1..]),
            None if !self.special() => {
                if self.host.is_none() {
                    self.path.push('/');
                }
            }
            _ => self.path_segments(&value),
        }
    }

    /// `url.search = value`
    pub(super) fn change_search(&mut self, value: &str) {
        let value = without_breaks(value);
        if value.is_empty() {
            self.query = None;
            self.strip_opaque_path();
        } else {
            self.set_query(value.strip_prefix('?').unwrap_or(&value));
        }
    }

    /// `url.hash = value`
    pub(super) fn change_hash(&mut self, value: &str) {
        let value = without_breaks(value);
        if value.is_empty() {
            self.fragment = None;
            self.strip_opaque_path();
        } else {
            self.set_fragment(value.strip_prefix('#').unwrap_or(&value));
        }
    }

    /// Spaces at the end of an opaque path are only kept while something follows them.
    fn strip_opaque_path(&mut self) {
        if self.opaque && self.query.is_none() && self.fragment.is_none() {
            let length = self.path.trim_end_matches(' ').len();
            self.path.truncate(length);
        }
    }
}

/// A host and what follows its `:`, if there is one outside brackets.
fn split_port(text: &str) -> (&str, Option<&str>) {
    let mut brackets = false;
    let colon = text.bytes().position(|byte| {
        match byte {
            b'[' => brackets = true,
            b']' => brackets = false,
            _ => {}
        }
        byte == b':' && !brackets
    });
    match colon {
        Some(colon) => (&text[..colon], Some(&text[colon + 1..])),
        None => (text, None),
    }
}

fn leading_digits(text: &str) -> &str {
    &text[..position(text, |byte| !byte.is_ascii_digit())]
}

#[cfg(test)]
mod tests {
    use super::Record;

    fn href(input: &str, base: &str) -> Option<String> {
        let base = Record::parse(base, None).ok();
        Record::parse(input, base.as_ref()).ok().map(|url| url.href())
    }

    #[test]
    fn relative_urls() {
        let base = "http://u@h:81/a/b?q#f";
        assert_eq!(href("c", base).as_deref(), Some("http://u@h:81/a/c"));
        assert_eq!(href("", base).as_deref(), Some("http://u@h:81/a/b?q"));
        assert_eq!(href("#x", base).as_deref(), Some("http://u@h:81/a/b?q#x"));
        assert_eq!(href("//other/", base).as_deref(), Some("http://other/"));
        assert_eq!(href("../../..", base).as_deref(), Some("http://u@h:81/"));
        assert_eq!(href("x", "mailto:a"), None);
    }

    #[test]
    fn files() {
        assert_eq!(href("file:c:\\foo\\bar", "").as_deref(), Some("file:///c:/foo/bar"));
        assert_eq!(href("/", "file://h/C:/a/b").as_deref(), Some("file://h/C:/"));
        assert_eq!(href("file:////foo", "").as_deref(), Some("file:////foo"));
        assert_eq!(href("C|", "file://host/dir/file").as_deref(), Some("file://host/C:"));
        assert_eq!(href("file://localhost/x", "").as_deref(), Some("file:///x"));
    }

    #[test]
    fn schemes_without_hosts() {
        assert_eq!(href("web+demo:/.//not-a-host/", "").as_deref(), Some("web+demo:/.//not-a-host/"));
        assert_eq!(href("data:text/plain,a b#c d", "").as_deref(), Some("data:text/plain,a b#c%20d"));
        assert_eq!(href("non-special://h:80x/", ""), None);
        assert_eq!(href("http://a:99999/", ""), None);
    }
}
