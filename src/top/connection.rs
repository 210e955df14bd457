//! The way to a monitored process.

use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::os::unix::net::UnixStream;

use super::TopError;
use crate::observe::monitor::figures::{Request, Snapshot, VERSION};
use crate::observe::monitor::place;

/// See the module's documentation.
pub(super) struct Connection {
    pub(super) pid: u32,
    reader: BufReader<UnixStream>,
    request: String,
}

fn is_alive(pid: u32) -> bool {
    let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) else { return false };
    // A process that may not be sent signals is there all the same.
    rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH)
}

impl Connection {
    /// To process `pid`. Turns of `threshold` ms are slow.
    pub(super) fn open(pid: u32, threshold: f64) -> Result<Self, TopError> {
        let path = place::socket(&place::folder(), pid);
        match UnixStream::connect(&path) {
            Ok(stream) => {
                let request = format!("{}\n", serde_json::to_string(&Request { threshold }).unwrap_or_default());
                Ok(Self { pid, reader: BufReader::new(stream), request })
            }
            Err(_) if !is_alive(pid) => Err(TopError::NoProcess(pid)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
                Err(TopError::NotMonitored(pid))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// To the only process there is.
    pub(super) fn open_only(threshold: f64) -> Result<Self, TopError> {
        let folder = place::folder();
        let (alive, dead): (Vec<u32>, Vec<u32>) = place::processes(&folder).into_iter().partition(|pid| is_alive(*pid));
        for pid in dead {
            // It was killed, and could not do so itself.
            let _ = std::fs::remove_file(place::socket(&folder, pid));
        }
        match alive[..] {
            [] => Err(TopError::NoneMonitored),
            [pid] => Self::open(pid, threshold),
            _ => Err(TopError::Several(alive.iter().map(u32::to_string).collect::<Vec<_>>().join(", "))),
        }
    }

    /// What the process does, since the last time.
    pub(super) fn ask(&mut self) -> Result<Snapshot, TopError> {
        let gone = |_| TopError::Gone(self.pid);
        let mut stream = self.reader.get_ref();
        stream.write_all(self.request.as_bytes()).map_err(gone)?;
        let mut line = String::new();
        if self.reader.read_line(&mut line).map_err(gone)? == 0 {
            return Err(TopError::Gone(self.pid));
        }
        let snapshot: Snapshot =
            serde_json::from_str(&line).map_err(|error| TopError::Format(self.pid, error.to_string()))?;
        if snapshot.version != VERSION {
            return Err(TopError::Format(self.pid, format!("version {}", snapshot.version)));
        }
        Ok(snapshot)
    }
}
