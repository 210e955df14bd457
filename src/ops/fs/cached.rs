//! Files that the system has in memory, read without waiting for a disk or for anybody else.
//!
//! Linux: names are looked up in the kernel's cache alone (`RESOLVE_CACHED`), contents are read from its cache alone
//! (`RWF_NOWAIT`). What cannot be read so stays open, where it is a file or a FIFO, for a thread that may wait: to open a FIFO
//! once more would be too late, as its writer goes on after the first time.

/// What became of an attempt.
pub(super) enum Attempt {
    /// The contents of a plain file.
    Read(Vec<u8>),
    /// It would have to wait.
    Opened(Opened),
    /// It would have to wait, or fails, or is no file.
    Nothing,
}

#[cfg(target_os = "linux")]
pub(super) use linux::{Opened, is_candidate, is_small, read, read_into};
#[cfg(not(target_os = "linux"))]
pub(super) use other::{Opened, is_candidate, is_small, read, read_into};

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd};
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;
    use std::sync::atomic::{AtomicBool, Ordering};

    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fcntl_getfl, fcntl_setfl, fstat, openat2};
    use rustix::io::Errno;

    use super::super::sys::Memory;
    use super::Attempt;

    /// Copying more than this takes longer than having another thread do it.
    const SMALL: usize = 64 * 1024;

    /// The system cannot say that it would have to wait: 5.12 is the first that can, and a sandbox may forbid to ask.
    static MISSING: AtomicBool = AtomicBool::new(false);

    /// Whether opening `path` may be attempted. Not where devices are, which may do anything when they are opened.
    pub(in super::super) fn is_candidate(path: &Path) -> bool {
        let devices = [&b"/dev/"[..], b"/proc/", b"/sys/"];
        !MISSING.load(Ordering::Relaxed) && !devices.iter().any(|each| path.as_os_str().as_bytes().starts_with(each))
    }

    /// A file, or a FIFO, open for reading from its start.
    pub(in super::super) struct Opened {
        fd: OwnedFd,
        is_fifo: bool,
    }

    impl Opened {
        /// The descriptor, as if it had been opened by a call that may wait, which this one may.
        pub(in super::super) fn wait(self) -> io::Result<i32> {
            if self.is_fifo {
                // Until a writer has come, and written or gone again.
                while let Err(error) = poll(&mut [PollFd::new(&self.fd, PollFlags::IN)], None) {
                    if error != Errno::INTR {
                        return Err(error.into());
                    }
                }
                fcntl_setfl(&self.fd, fcntl_getfl(&self.fd)? - OFlags::NONBLOCK)?;
            }
            Ok(self.fd.into_raw_fd())
        }
    }

    /// Reads the file at `path`.
    pub(in super::super) fn read(path: &Path) -> Attempt {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = match openat2(CWD, path, flags, Mode::empty(), ResolveFlags::CACHED) {
            Ok(fd) => fd,
            Err(error) => {
                if matches!(error, Errno::NOSYS | Errno::INVAL | Errno::PERM) {
                    MISSING.store(true, Ordering::Relaxed);
                }
                return Attempt::Nothing;
            }
        };
        let Ok(metadata) = fstat(&fd) else { return Attempt::Nothing };
        let kind = FileType::from_raw_mode(metadata.st_mode);
        if kind == FileType::RegularFile
            && let Ok(size @ 1..=SMALL) = usize::try_from(metadata.st_size)
            && let Some(bytes) = read_cached(&fd, size)
        {
            return Attempt::Read(bytes);
        }
        match kind {
            FileType::RegularFile | FileType::Fifo => Attempt::Opened(Opened { fd, is_fifo: kind == FileType::Fifo }),
            _ => Attempt::Nothing,
        }
    }

    /// Whether reading so many bytes takes a moment, where they are in memory.
    pub(in super::super) fn is_small(length: usize) -> bool {
        length <= SMALL
    }

    /// Reads into `memory`, at `at` or at the descriptor's own position, what is there at once: how many bytes. `None` where that
    /// would wait, fails, or cannot be told.
    ///
    /// # Safety
    /// `memory` must be valid for writes, as a whole, until this returns.
    pub(in super::super) unsafe fn read_into(fd: i32, memory: Memory, at: Option<u64>) -> Option<usize> {
        let vector = libc::iovec { iov_base: memory.start.cast(), iov_len: memory.length };
        let at = at.map_or(Some(-1), |at| libc::off_t::try_from(at).ok())?;
        // SAFETY: the one vector describes memory the caller vouches for; the kernel checks the descriptor.
        usize::try_from(unsafe { libc::preadv2(fd, &raw const vector, 1, at, libc::RWF_NOWAIT) }).ok()
    }

    /// The first `size` bytes, or as many as there are.
    fn read_cached(fd: &OwnedFd, size: usize) -> Option<Vec<u8>> {
        let mut bytes: Vec<u8> = Vec::with_capacity(size);
        while bytes.len() < size {
            let filled = bytes.len();
            let spare = &mut bytes.spare_capacity_mut()[..size - filled];
            let memory = Memory { start: spare.as_mut_ptr().cast(), length: spare.len() };
            // SAFETY: `memory` is spare capacity of `bytes`, which nobody else sees.
            match unsafe { read_into(fd.as_raw_fd(), memory, Some(filled as u64)) }? {
                0 => break,
                // SAFETY: the kernel has written `count` bytes after the old end.
                count => unsafe { bytes.set_len(filled + count) },
            }
        }
        Some(bytes)
    }
}

#[cfg(not(target_os = "linux"))]
mod other {
    /// There are none.
    pub(in super::super) enum Opened {}

    impl Opened {
        /// Is never called.
        pub(in super::super) fn wait(self) -> std::io::Result<i32> {
            match self {}
        }
    }

    /// No system but Linux says whether it would have to wait.
    pub(in super::super) fn is_candidate(_path: &std::path::Path) -> bool {
        false
    }

    pub(in super::super) fn read(_path: &std::path::Path) -> super::Attempt {
        super::Attempt::Nothing
    }

    pub(in super::super) fn is_small(_length: usize) -> bool {
        false
    }

    /// # Safety
    /// None: the memory is not touched.
    pub(in super::super) unsafe fn read_into(
        _fd: i32,
        _memory: super::super::sys::Memory,
        _at: Option<u64>,
    ) -> Option<usize> {
        None
    }
}
