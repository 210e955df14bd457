//! The few HTTP requests a debugger makes before it opens a WebSocket: which targets there are, and the upgrade itself.

use serde_json::json;

use super::target::Target;

/// A request's head may be this large, in bytes.
pub(super) const MAX_HEAD: usize = 16 * 1024;

/// What a request asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// A WebSocket to the target of this id; the key of the handshake.
    Upgrade(String, String),
    /// `/json`, `/json/list`: the targets. Holds the `Host` header.
    List(String),
    /// `/json/version`.
    Version,
    /// Nothing that is here: the status to answer with.
    Refused(&'static str),
}

/// Reads a request's head. `None` where it is not whole yet.
pub(super) fn parse(head: &[u8]) -> Option<Request> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) if head.len() < MAX_HEAD => return None,
        _ => return Some(Request::Refused("400 Bad Request")),
    }
    let header = |name: &str| {
        let found = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(found.value).ok().map(str::trim)
    };
    let host = header("host").unwrap_or_default();
    if !is_trusted_host(host) {
        return Some(Request::Refused("400 Bad Request"));
    }
    if request.method != Some("GET") {
        return Some(Request::Refused("405 Method Not Allowed"));
    }
    let path = request.path.unwrap_or("/");
    let path = path.split_once('?').map_or(path, |(path, _)| path).trim_end_matches('/');
    if header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket")) {
        let Some(key) = header("sec-websocket-key") else { return Some(Request::Refused("400 Bad Request")) };
        return Some(Request::Upgrade(path.trim_start_matches('/').to_owned(), key.to_owned()));
    }
    Some(match path {
        "/json" | "/json/list" => Request::List(host.to_owned()),
        "/json/version" => Request::Version,
        _ => Request::Refused("404 Not Found"),
    })
}

/// Whether a request may name this server by `host`: by an address or as localhost, but by no name that a stranger's DNS
/// could point here (DNS rebinding).
fn is_trusted_host(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let name = name.to_ascii_lowercase();
    name.is_empty()
        || name == "localhost"
        || name.ends_with(".localhost")
        || name == "localhost6"
        || name.parse::<std::net::IpAddr>().is_ok()
}

/// An answer with a JSON body.
pub(super) fn json_response(body: &serde_json::Value) -> String {
    let body = format!("{body:#}");
    format!(
        "HTTP/1.0 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nCache-Control: no-cache\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// An answer without what was asked for.
pub(super) fn refusal(status: &str) -> String {
    format!("HTTP/1.0 {status}\r\nContent-Type: text/html; charset=UTF-8\r\n\r\nWebSockets request was expected\r\n")
}

/// The list of targets: the one whose server this is.
pub(super) fn list(target: &Target, host: &str) -> serde_json::Value {
    let id = &target.uuid;
    let front_end = |app| format!("devtools://devtools/bundled/{app}.html?experiments=true&v8only=true&ws={host}/{id}");
    json!([{
        "description": "weft instance",
        "devtoolsFrontendUrl": front_end("js_app"),
        "devtoolsFrontendUrlCompat": front_end("inspector"),
        "faviconUrl": "",
        "id": id,
        "title": target.title,
        "type": "node",
        "url": target.url,
        "webSocketDebuggerUrl": format!("ws://{host}/{id}"),
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_when_whole() {
        assert_eq!(parse(b"GET /json HTTP/1.1\r\nHost: loc"), None);
        assert_eq!(
            parse(b"GET /json/list?x HTTP/1.1\r\nHost: localhost:9229\r\n\r\n"),
            Some(Request::List("localhost:9229".to_owned()))
        );
        let upgrade = b"GET /ab-c HTTP/1.1\r\nHost: [::1]:9\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: k==\r\n\r\n";
        assert_eq!(parse(upgrade), Some(Request::Upgrade("ab-c".to_owned(), "k==".to_owned())));
        assert_eq!(parse(b"\0\x01\r\n\r\n"), Some(Request::Refused("400 Bad Request")));
        assert_eq!(parse(b"GET / HTTP/1.1\r\n\r\n"), Some(Request::Refused("404 Not Found")));
    }

    #[test]
    fn strangers_names_are_refused() {
        for host in ["evil.example:9229", "localhost.evil.example", "127.0.0.1.evil.example:1"] {
            assert!(!is_trusted_host(host), "{host}");
        }
        for host in ["127.0.0.1:9229", "localhost", "LOCALHOST:1", "[::1]:9229", "app.localhost:1", ""] {
            assert!(is_trusted_host(host), "{host}");
        }
    }
}
