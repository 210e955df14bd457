//! What a child process starts with: program, arguments, environment, descriptors. Shared by the operations that
//! start one and by the one that also waits for it.
//!
//! *Threads:* any; no V8. The standard library's `Command` does the fork and exec (or posix_spawn, where nothing below
//! needs code in between); descriptors from 3 on and a session of its own are set up in the child before exec.

use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::error::OpResult;
use super::stream_handle::duplicate;
use super::uv;
use crate::permission;

/// What js/internal/child_process.js asks for.
#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
pub(super) struct SpawnOptions {
    /// Program: a path, or a name to look up in the child's PATH.
    pub(super) file: String,
    /// `argv`, with `argv[0]`.
    pub(super) args: Vec<String>,
    pub(super) cwd: Option<String>,
    /// `NAME=value` each.
    pub(super) env: Vec<String>,
    pub(super) stdio: Vec<StdioKind>,
    /// In a session of its own.
    #[serde(default)]
    pub(super) detached: bool,
    pub(super) uid: Option<u32>,
    pub(super) gid: Option<u32>,
}

/// One descriptor of the child.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase", tag = "type")]
pub(super) enum StdioKind {
    /// `/dev/null` for 0 to 2, closed for the others.
    Ignore,
    /// A socket pair, one end of which stays here.
    Pipe,
    /// As `Pipe`, for messages.
    Ipc,
    /// A duplicate of a descriptor of ours.
    Fd { fd: RawFd },
}

/// A command ready to start, with our ends of its pipes (one entry for each descriptor of the child).
pub(super) struct ChildCommand {
    pub(super) command: Command,
    pub(super) ends: Vec<Option<OwnedFd>>,
}

fn errno(error: std::io::Error) -> i32 {
    uv::errno_of(&error)
}

impl SpawnOptions {
    /// Fails where `--permission` allows no child processes.
    pub(super) fn check_permission(&self) -> OpResult {
        permission::check(permission::Scope::ChildProcess, &self.file)
    }

    /// Prepares the command and starts it with `start`. A program that is text without a line that says what reads it is a
    /// script of the shell's. Fails with libuv's number where nothing could be prepared.
    pub(super) fn start_with<C>(
        &self,
        start: impl Fn(Command) -> std::io::Result<C>,
    ) -> Result<(std::io::Result<C>, Vec<Option<OwnedFd>>), i32> {
        let ChildCommand { command, ends } = self.prepare()?;
        match start(command) {
            Err(error) if error.raw_os_error() == Some(libc::ENOEXEC) => {
                drop(ends);
                let ChildCommand { command, ends } = self.as_shell_script().prepare()?;
                Ok((start(command), ends))
            }
            started => Ok((started, ends)),
        }
    }

    fn as_shell_script(&self) -> Self {
        let mut args = vec!["/bin/sh".to_owned(), self.program_path()];
        args.extend(self.args.iter().skip(1).cloned());
        Self { file: "/bin/sh".into(), args, ..self.clone() }
    }

    /// Where the child's PATH has the program.
    fn program_path(&self) -> String {
        if self.file.contains('/') {
            return self.file.clone();
        }
        let path = self.env.iter().find_map(|pair| pair.strip_prefix("PATH=")).unwrap_or("/bin:/usr/bin");
        let found = path.split(':').map(|dir| std::path::Path::new(dir).join(&self.file)).find(|file| file.is_file());
        found.map_or_else(|| self.file.clone(), |file| file.to_string_lossy().into_owned())
    }

    /// Opens the pipes and fills in the command. Fails with libuv's number.
    pub(super) fn prepare(&self) -> Result<ChildCommand, i32> {
        let mut command = Command::new(&self.file);
        let mut args = self.args.iter();
        if let Some(argv0) = args.next() {
            command.arg0(argv0);
        }
        command.args(args).env_clear();
        for pair in &self.env {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            command.env(name, value);
        }
        if let Some(cwd) = &self.cwd {
            command.current_dir(cwd);
        }
        if let Some(gid) = self.gid {
            command.gid(gid);
        }
        if let Some(uid) = self.uid {
            command.uid(uid);
        }
        let mut ends = Vec::with_capacity(self.stdio.len());
        let mut further = Vec::new();
        for (index, stdio) in self.stdio.iter().enumerate() {
            let (theirs, ours) = open_end(*stdio)?;
            ends.push(ours);
            match (index, theirs) {
                (0, end) => drop(command.stdin(end.map_or_else(Stdio::null, Stdio::from))),
                (1, end) => drop(command.stdout(end.map_or_else(Stdio::null, Stdio::from))),
                (2, end) => drop(command.stderr(end.map_or_else(Stdio::null, Stdio::from))),
                (_, Some(end)) => further.push((end, i32::try_from(index).unwrap_or(i32::MAX))),
                (_, None) => {}
            }
        }
        let reserved = reserve_below(self.stdio.len())?;
        let further = move_above(further, self.stdio.len())?;
        if self.detached || !further.is_empty() {
            let detached = self.detached;
            let set_up = move || {
                if detached {
                    rustix::process::setsid()?;
                }
                for (from, to) in &further {
                    // SAFETY: dup2 takes plain numbers. `to` is free or reserved for this: the parent holds every
                    // number below the number of descriptors with a close-on-exec placeholder.
                    if unsafe { libc::dup2(from.as_raw_fd(), *to) } == -1 {
                        return Err(std::io::Error::last_os_error());
                    }
                }
                let _ = &reserved;
                Ok(())
            };
            // SAFETY: between fork and exec the closure only makes system calls that POSIX lists as safe there (setsid,
            // dup2); it neither allocates nor locks nor drops anything.
            unsafe { command.pre_exec(set_up) };
        }
        Ok(ChildCommand { command, ends })
    }
}

/// The child's and our end of one descriptor.
fn open_end(stdio: StdioKind) -> Result<(Option<OwnedFd>, Option<OwnedFd>), i32> {
    match stdio {
        StdioKind::Ignore => Ok((None, None)),
        StdioKind::Fd { fd } => Ok((Some(duplicate(fd)?), None)),
        StdioKind::Pipe | StdioKind::Ipc => {
            let (theirs, ours) = UnixStream::pair().map_err(errno)?;
            ours.set_nonblocking(true).map_err(errno)?;
            Ok((Some(theirs.into()), Some(ours.into())))
        }
    }
}

/// Takes every free descriptor number from 3 to `count`, so that nothing of ours (above all the pipe through which the
/// standard library hears of a failed exec) has a number the child gives another meaning.
fn reserve_below(count: usize) -> Result<Vec<OwnedFd>, i32> {
    let mut reserved = Vec::new();
    if count <= 3 {
        return Ok(reserved);
    }
    let null = std::fs::File::open("/dev/null").map_err(errno)?;
    loop {
        let copy = rustix::io::fcntl_dupfd_cloexec(&null, 3).map_err(|e| -e.raw_os_error())?;
        if usize::try_from(copy.as_raw_fd()).is_ok_and(|number| number >= count) {
            return Ok(reserved);
        }
        reserved.push(copy);
    }
}

/// Moves descriptors out of the range that the child's own will take.
fn move_above(list: Vec<(OwnedFd, RawFd)>, count: usize) -> Result<Vec<(OwnedFd, RawFd)>, i32> {
    let lowest = i32::try_from(count).unwrap_or(i32::MAX).max(3);
    let moved = list.into_iter().map(|(fd, to)| {
        let copy = rustix::io::fcntl_dupfd_cloexec(&fd, lowest).map_err(|e| -e.raw_os_error())?;
        Ok((copy, to))
    });
    moved.collect()
}

/// How a child ended, as Node tells it: exit code, or the number of the signal.
pub(super) fn exit_of(status: std::process::ExitStatus) -> (i32, i32) {
    use std::os::unix::process::ExitStatusExt;
    (status.code().unwrap_or(0), status.signal().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn descriptor_above_two_reaches_the_child() {
        let options = SpawnOptions {
            file: "sh".into(),
            args: vec!["sh".into(), "-c".into(), "echo hello >&5".into()],
            cwd: None,
            env: vec!["PATH=/usr/bin:/bin".into()],
            stdio: vec![
                StdioKind::Ignore,
                StdioKind::Ignore,
                StdioKind::Ignore,
                StdioKind::Ignore,
                StdioKind::Ignore,
                StdioKind::Pipe,
            ],
            detached: true,
            uid: None,
            gid: None,
        };
        let mut prepared = options.prepare().expect("pipes");
        let mut child = prepared.command.spawn().expect("a shell");
        drop(prepared.command);
        let end = prepared.ends[5].take().expect("our end");
        assert_eq!(exit_of(child.wait().expect("an exit")), (0, 0));
        let mut text = String::new();
        let mut file = std::fs::File::from(end);
        // The end of the text may still be on its way: a child that another test starts holds the shell's end until it executes.
        rustix::fs::fcntl_setfl(&file, rustix::fs::OFlags::empty()).expect("a descriptor that blocks");
        file.read_to_string(&mut text).expect("what the shell wrote");
        assert_eq!(text, "hello\n");
    }

    #[test]
    fn program_that_is_not_there_is_enoent() {
        let options = SpawnOptions {
            file: "no-such-program-at-all".into(),
            args: vec!["x".into()],
            cwd: None,
            env: Vec::new(),
            stdio: vec![StdioKind::Ignore; 3],
            detached: false,
            uid: None,
            gid: None,
        };
        let error = options.prepare().expect("nothing to open").command.spawn().expect_err("no such program");
        assert_eq!(uv::errno_of(&error), -libc::ENOENT);
    }
}
