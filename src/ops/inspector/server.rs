//! The inspector's server: a thread of its own, so that a debugger is answered while the isolate is busy or halted.
//!
//! *Owns* the listening socket, the connections and a tokio runtime for them. *Threads:* made by the isolate that opens it;
//! each connection's messages go through the door of the target (`target.rs`), its answers come back through a channel.
//! [`Server::close`] ends the connections and joins the thread.

use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::frontend::Frontend;
use super::http::{self, Request};
use super::target::{Command, Target, next_session};
use crate::error_display::write_stderr;

/// Node's limit of a message, in bytes; a heap snapshot that is sent in parts stays far below.
const MAX_MESSAGE: usize = 100 << 20;

const HELP: &str = "For help, see: https://nodejs.org/en/docs/inspector\n";

/// How many servers there are in the process.
static SERVERS: AtomicUsize = AtomicUsize::new(0);

/// Whether a debugger may come.
pub(crate) fn any() -> bool {
    SERVERS.load(Ordering::Relaxed) > 0
}

/// A server of the inspector that runs.
///
/// Dropping it ends the connections and the thread.
pub(crate) struct Server {
    address: SocketAddr,
    target: Arc<Target>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Where the id of the target, which is what lets one debug it, is told.
#[derive(Clone, Copy)]
pub(crate) struct Publish {
    /// On standard error.
    pub(crate) stderr: bool,
    /// To whoever asks over HTTP.
    pub(crate) http: bool,
}

impl Server {
    /// Listens on `host` and `port` (0 for any that is free) and serves `target`.
    ///
    /// # Errors
    /// The operating system's, of the listening socket.
    pub(crate) fn open(host: &str, port: u16, publish: Publish, target: Arc<Target>) -> std::io::Result<Self> {
        let addresses: Vec<_> = (host, port).to_socket_addrs()?.collect();
        let listener = TcpListener::bind(&addresses[..])?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let (stop, stopped) = oneshot::channel();
        let served = target.clone();
        let thread = std::thread::Builder::new().name("weft-inspector".to_owned()).spawn(move || {
            let tasks = tokio::task::LocalSet::new();
            tasks.block_on(&runtime, async move {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                let accept = async {
                    while let Ok((stream, _)) = listener.accept().await {
                        tokio::task::spawn_local(connection(stream, served.clone(), publish));
                    }
                };
                tokio::select! {
                    () = accept => {}
                    _ = stopped => {}
                }
            });
            // Connections that are open end here, and say so to their targets.
            drop(tasks);
        })?;
        SERVERS.fetch_add(1, Ordering::Relaxed);
        let this = Self { address, target, stop: Some(stop), thread: Some(thread) };
        if publish.stderr {
            write_stderr(&format!("Debugger listening on {}\n{HELP}", this.url()));
        }
        Ok(this)
    }

    /// Where a debugger connects.
    pub(crate) fn url(&self) -> String {
        format!("ws://{}/{}", self.address, self.target.uuid)
    }

    /// The port it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Ends the connections and the thread, and says so.
    pub(crate) fn close(self) {
        let url = self.url();
        drop(self);
        write_stderr(&format!("Debugger ending on {url}\n{HELP}"));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has ended too.
            let _ = thread.join();
        }
        SERVERS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Serves one connection to its end.
async fn connection(mut stream: TcpStream, target: Arc<Target>, publish: Publish) {
    let Some(request) = read_request(&mut stream).await else { return };
    let response = match request {
        Request::Upgrade(id, key) if id == target.uuid => {
            let accept = derive_accept_key(key.as_bytes());
            let response = format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
            );
            if stream.write_all(response.as_bytes()).await.is_ok() {
                session(stream, target).await;
            }
            return;
        }
        Request::Upgrade(..) => http::refusal("400 Bad Request"),
        Request::List(_) if !publish.http => http::refusal("404 Not Found"),
        Request::List(host) => {
            let host = match stream.local_addr() {
                Ok(address) if host.is_empty() => address.to_string(),
                _ => host,
            };
            http::json_response(&http::list(&target, &host))
        }
        Request::Version => http::json_response(&serde_json::json!({
            // Front ends go by it: they speak to what is compatible with this version of Node.
            "Browser": target.browser,
            "Protocol-Version": "1.1",
        })),
        Request::Refused(status) => http::refusal(status),
    };
    // Whoever asked may have gone; nothing depends on it.
    let _ = stream.write_all(response.as_bytes()).await;
    let _ = stream.shutdown().await;
}

async fn read_request(stream: &mut TcpStream) -> Option<Request> {
    let mut head = Vec::new();
    loop {
        if let Some(request) = http::parse(&head) {
            return Some(request);
        }
        // Byte by byte where it matters would be slow; a client sends no frame before it has its answer.
        if stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
}

/// Ends the session wherever its future is dropped.
struct Ending {
    frontend: Arc<Frontend>,
    target: Arc<Target>,
    session: u64,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.frontend.end();
        self.target.send(Command::Disconnect(self.session));
    }
}

/// A debugger that is attached.
async fn session(stream: TcpStream, target: Arc<Target>) {
    // Steps of a debugger are small messages that wait for each other.
    let _ = stream.set_nodelay(true);
    let config = WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    let (sender, mut answers) = mpsc::unbounded_channel::<String>();
    // The receiver goes with the connection; what is said later is for nobody.
    let outlet = Arc::new(move |message: &str| drop(sender.send(message.to_owned())));
    let session = next_session();
    let frontend = Frontend::new(outlet.clone());
    write_stderr("Debugger attached.\n");
    target.send(Command::Connect(session, outlet));
    let ending = Ending { frontend, target, session };
    loop {
        tokio::select! {
            answer = answers.recv() => {
                let Some(answer) = answer else { break };
                if socket.send(Message::text(answer)).await.is_err() {
                    break;
                }
            }
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    if !ending.frontend.take(&text) {
                        ending.target.send(Command::Message(session, text.to_string()));
                    }
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
        }
    }
    drop(ending);
    // A close frame is answered, if the other side still listens.
    let _ = socket.close(None).await;
}
