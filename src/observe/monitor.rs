//! `--monitor`: what `weft top` of another process asks, and is told.
//!
//! *Owns* a socket in a folder that only the user may enter, a thread that waits for others to connect, and one for each of them. A line
//! that comes is a request ([`figures::Request`]), a line that goes is the answer ([`figures::Snapshot`]), both JSON. Somebody who is
//! connected is an observer of all loops; while nobody is, the process pays nothing but a thread that sleeps. Without the
//! flag there is not even that. *Threads:* its own.

pub(crate) mod figures;
mod gather;
pub(crate) mod place;

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use figures::Request;
use gather::Gatherer;

use crate::workers::sync::lock;

/// Enough for whoever looks on; and somebody who connects over and over cannot take all memory.
const MOST_CONNECTIONS: usize = 8;
/// No request is longer, in bytes.
const LONGEST_REQUEST: u64 = 4096;

/// The socket's file, until the process ends.
static SOCKET: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Opens the socket. `title` is what the process is called.
///
/// # Errors
/// Where that cannot be.
pub(super) fn start(title: String) -> std::io::Result<()> {
    let folder = place::make_folder()?;
    let path = place::socket(&folder, std::process::id());
    // A process that had this number before and was killed.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    *lock(&SOCKET) = Some(path.clone());
    // Nobody else gets into the folder either; some systems look at one of the two only.
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    thread("weft-monitor", move || accept(&listener, &title.into()))
}

fn thread(name: &str, run: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    std::thread::Builder::new().name(name.to_owned()).stack_size(256 * 1024).spawn(run).map(drop)
}

/// The process ends.
pub(super) fn finish() {
    if let Some(path) = lock(&SOCKET).take() {
        let _ = std::fs::remove_file(path);
    }
}

fn accept(listener: &UnixListener, title: &Arc<str>) {
    static CONNECTIONS: AtomicUsize = AtomicUsize::new(0);
    for stream in listener.incoming() {
        let stream = match stream {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(%error, "the monitor cannot be connected to");
                // Out of descriptors, say: that may pass, and must not keep a processor busy until then.
                std::thread::sleep(std::time::Duration::from_millis(100));
                continue;
            }
        };
        if !place::is_own(&stream) || CONNECTIONS.load(Ordering::Relaxed) >= MOST_CONNECTIONS {
            continue;
        }
        CONNECTIONS.fetch_add(1, Ordering::Relaxed);
        let title = title.clone();
        let served = thread("weft-monitor-1", move || {
            if let Err(error) = serve(&stream, &title) {
                tracing::debug!(%error, "a connection to the monitor ended");
            }
            CONNECTIONS.fetch_sub(1, Ordering::Relaxed);
        });
        if served.is_err() {
            CONNECTIONS.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Answers requests until there are no more.
fn serve(stream: &UnixStream, title: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut gatherer: Option<Gatherer> = None;
    loop {
        let mut line = String::new();
        if std::io::Read::take(&mut reader, LONGEST_REQUEST).read_line(&mut line)? == 0 {
            return Ok(());
        }
        let request: Request = serde_json::from_str(&line)?;
        let snapshot = gatherer.get_or_insert_with(|| Gatherer::new(&request)).snapshot(title);
        let mut answer = serde_json::to_string(&snapshot)?;
        answer.push('\n');
        (&mut &*stream).write_all(answer.as_bytes())?;
    }
}
