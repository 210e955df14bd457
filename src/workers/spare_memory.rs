//! Large pieces of memory that are used again before the system gets them back.
//!
//! A page that is written to for the first time costs about a microsecond and a half: of 80 MB of new results, a fifth of what
//! computing them takes. So what was such a result, and no longer is, waits here for the next one. It waits for [`QUIET`] at
//! most, and all that waits is bounded; what holds nothing back is a process that makes no results.
//!
//! What a piece holds is whatever it held: **who takes one has to write each byte that anybody is to read.**
//!
//! *Protocol*, by named steps, all under one lock:
//! - **take**: a piece that waits and is hardly larger than needed, or one whose pages were given back, or a new one.
//! - **put**: a piece waits. The first one starts the watch, a thread; the oldest make room for it.
//! - **cool**: pieces that waited for too long lose their pages. Stale references may keep a piece mapped (the isolates of a
//!   pool know the buffers they wrote to until they collect their garbage); nobody reads or writes through one, and it can
//!   be taken again until the last of them is gone. The watch ends when nothing waits.

use std::ptr::NonNull;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous, munmap};

/// A piece may wait for so long: a loop that makes results comes again sooner.
const QUIET: Duration = Duration::from_secs(1);
/// How often the watch looks.
const LOOK: Duration = Duration::from_millis(500);
/// What may wait at most, in bytes,
const MOST: usize = 256 << 20;
/// and this part of the memory that the process may have.
const PART: u64 = 16;

/// Anonymous memory of a length that is a multiple of the page size.
#[derive(Debug)]
pub(super) struct Piece {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: it is the owner of plain memory, which it does not look into.
unsafe impl Send for Piece {}
// SAFETY: as above.
unsafe impl Sync for Piece {}

impl Piece {
    fn new(len: usize) -> Option<Self> {
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: no address is asked for, so that nothing that is mapped is replaced.
        let start = unsafe { mmap_anonymous(std::ptr::null_mut(), len, ProtFlags::READ | ProtFlags::WRITE, flags) };
        Some(Self { start: NonNull::new(start.ok()?.cast())?, len })
    }

    pub(super) fn start(&self) -> NonNull<u8> {
        self.start
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Gives its pages to the system, where nobody needs what is in it. It stays mapped, and reads as zeros.
    pub(super) fn give_back_pages(&self) {
        // SAFETY: the mapping is this piece's, whole and private; whoever reads or writes it meanwhile finds zeros or a new page.
        let given = unsafe { madvise(self.start.as_ptr().cast(), self.len, Advice::LinuxDontNeed) };
        debug_assert!(given.is_ok(), "{given:?}");
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        // SAFETY: the mapping is this piece's, and nobody refers to it any more.
        let unmapped = unsafe { munmap(self.start.as_ptr().cast(), self.len) };
        debug_assert!(unmapped.is_ok(), "{unmapped:?}");
    }
}

struct Waiting {
    piece: Arc<Piece>,
    since: Instant,
}

/// Pieces that wait.
#[derive(Default)]
pub(super) struct Reserve {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Oldest first.
    warm: Vec<Waiting>,
    /// Without pages, and still mapped because of stale references.
    cold: Vec<Weak<Piece>>,
    watched: bool,
}

/// The one of the process.
pub(super) static RESERVE: Reserve =
    Reserve { state: Mutex::new(State { warm: Vec::new(), cold: Vec::new(), watched: false }) };

/// Whether a piece of `len` bytes serves for `needed`.
fn serves(len: usize, needed: usize) -> bool {
    len >= needed && len - needed <= needed / 8
}

/// What may wait at most in this process, in bytes.
pub(super) fn most() -> usize {
    usize::try_from(crate::ops::os::limits::process_memory() / PART).unwrap_or(MOST).min(MOST)
}

impl Reserve {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Whole at every step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// *take*: `len` bytes at least. `None` where the system has none.
    pub(super) fn take(&self, len: usize) -> Option<Arc<Piece>> {
        let len = len.checked_next_multiple_of(rustix::param::page_size())?;
        if let Some(piece) = self.lock().take(len) {
            return Some(piece);
        }
        Piece::new(len).map(Arc::new).or_else(|| {
            self.cool(Duration::ZERO);
            Piece::new(len).map(Arc::new)
        })
    }

    /// Whether a piece waits that serves for `len` bytes.
    pub(super) fn has(&self, len: usize) -> bool {
        self.lock().warm.iter().any(|waiting| serves(waiting.piece.len, len))
    }

    /// *put*. True: nobody watches, so that the caller has to see to that.
    fn wait(&self, piece: Arc<Piece>, most: usize) -> bool {
        if piece.len > most {
            // It goes without having waited.
            self.cool_all(vec![piece]);
            return false;
        }
        let mut state = self.lock();
        let mut sum = piece.len + state.warm.iter().map(|waiting| waiting.piece.len).sum::<usize>();
        let mut too_much = Vec::new();
        while sum > most {
            let oldest = state.warm.remove(0);
            sum -= oldest.piece.len;
            too_much.push(oldest.piece);
        }
        state.warm.push(Waiting { piece, since: Instant::now() });
        let begin = !std::mem::replace(&mut state.watched, true);
        drop(state);
        self.cool_all(too_much);
        begin
    }

    /// *cool*: those that have waited for `quiet`. Whether any still waits.
    fn cool(&self, quiet: Duration) -> bool {
        let mut state = self.lock();
        let late = state.warm.partition_point(|waiting| waiting.since.elapsed() >= quiet);
        let late = state.warm.drain(..late).map(|waiting| waiting.piece).collect::<Vec<_>>();
        let any = !state.warm.is_empty();
        drop(state);
        self.cool_all(late);
        any
    }

    /// Nobody else can take these, so that they may lose their pages outside of the lock.
    fn cool_all(&self, pieces: Vec<Arc<Piece>>) {
        if pieces.is_empty() {
            return;
        }
        let cold = pieces.iter().map(cooled).collect::<Vec<_>>();
        // Those to which nothing refers are unmapped here.
        drop(pieces);
        let mut state = self.lock();
        state.cold.extend(cold);
        state.cold.retain(|piece| piece.strong_count() > 0);
    }

    /// The watch goes, unless a piece came to wait meanwhile. Whether it does.
    fn unwatch(&self) -> bool {
        let mut state = self.lock();
        state.watched = !state.warm.is_empty();
        !state.watched
    }
}

/// One that lost its pages; to be called by who alone may take it.
fn cooled(piece: &Arc<Piece>) -> Weak<Piece> {
    // What is about to be unmapped needs no advice.
    if Arc::strong_count(piece) > 1 {
        piece.give_back_pages();
    }
    Arc::downgrade(piece)
}

impl State {
    fn take(&mut self, len: usize) -> Option<Arc<Piece>> {
        // The newest: its contents are the likeliest to be in a cache.
        if let Some(at) = self.warm.iter().rposition(|waiting| serves(waiting.piece.len, len)) {
            return Some(self.warm.remove(at).piece);
        }
        let at = self.cold.iter().position(|piece| piece.upgrade().is_some_and(|piece| serves(piece.len, len)))?;
        self.cold.swap_remove(at).upgrade()
    }
}

/// *put*: nobody is going to read or write through any other reference to it.
pub(super) fn put(piece: Arc<Piece>) {
    if RESERVE.wait(piece, most()) && !start_watch() {
        // Nobody would give it back.
        RESERVE.cool(Duration::ZERO);
        RESERVE.unwatch();
    }
}

#[cold]
fn start_watch() -> bool {
    let thread = std::thread::Builder::new().name("weft-results".to_owned()).stack_size(64 << 10);
    thread.spawn(watch).is_ok()
}

fn watch() {
    loop {
        std::thread::sleep(LOOK);
        if !RESERVE.cool(QUIET) && RESERVE.unwatch() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEN: usize = 1 << 20;

    fn first_byte(piece: &Piece) -> u8 {
        // SAFETY: the piece is mapped and readable while it is borrowed.
        unsafe { piece.start.read() }
    }

    fn mark(piece: &Piece) {
        // SAFETY: as above, and writable.
        unsafe { piece.start.write(7) };
    }

    #[test]
    fn what_waits_is_taken_again_as_it_is_and_only_for_what_is_hardly_smaller() {
        let reserve = Reserve::default();
        let piece = reserve.take(LEN).expect("memory");
        mark(&piece);
        let start = piece.start;
        assert!(reserve.wait(piece, MOST), "the first one needs a watch");
        assert_ne!(reserve.take(LEN / 2).expect("memory").start, start);
        assert_ne!(reserve.take(LEN + 1).expect("memory").start, start);
        let again = reserve.take(LEN - 5).expect("memory");
        assert_eq!((again.start, first_byte(&again)), (start, 7));
        assert!(!reserve.wait(again, MOST), "it is watched");
        assert!(!reserve.unwatch(), "something waits");
    }

    #[test]
    fn what_waited_for_too_long_loses_its_pages_and_can_be_taken_while_it_is_known() {
        let reserve = Reserve::default();
        let piece = reserve.take(LEN).expect("memory");
        mark(&piece);
        let stale = piece.clone();
        reserve.wait(piece, MOST);
        assert!(reserve.cool(Duration::from_secs(3600)), "it has not waited for an hour");
        assert!(!reserve.cool(Duration::ZERO));
        assert_eq!(first_byte(&stale), 0, "its pages are gone");
        let again = reserve.take(LEN).expect("memory");
        assert_eq!(again.start, stale.start);
        drop(stale);
        reserve.wait(again, MOST);
        reserve.cool(Duration::ZERO);
        let state = reserve.lock();
        assert!(state.warm.is_empty() && state.cold.is_empty(), "and is unmapped when nobody knows it");
    }

    #[test]
    fn the_oldest_make_room() {
        let reserve = Reserve::default();
        let pieces = (0..4).map(|_| reserve.take(LEN).expect("memory")).collect::<Vec<_>>();
        let starts = pieces.iter().map(|piece| piece.start).collect::<Vec<_>>();
        for piece in pieces {
            reserve.wait(piece, 2 * LEN);
        }
        let waiting = reserve.lock().warm.iter().map(|waiting| waiting.piece.start).collect::<Vec<_>>();
        assert_eq!(waiting, starts[2..]);
        let large = reserve.take(3 * LEN).expect("memory");
        reserve.wait(large, 2 * LEN);
        assert_eq!(reserve.lock().warm.len(), 2, "one that is too large for all does not wait");
    }
}
