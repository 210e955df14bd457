//! What all compressors and decompressors have in common, and where their output goes. No V8 here.
//!
//! *Threads:* a [`Codec`] is `Send` and used by one thread at a time: the isolate's own for synchronous calls, a
//! blocking thread for asynchronous ones.

use std::borrow::Cow;
use std::mem::MaybeUninit;

/// Why a codec gave up, as js/ will word it: an `Error` with these three properties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) message: Cow<'static, str>,
    pub(super) code: Cow<'static, str>,
    pub(super) errno: i32,
}

impl Failure {
    pub(super) fn new(message: impl Into<Cow<'static, str>>, code: impl Into<Cow<'static, str>>, errno: i32) -> Self {
        Self { message: message.into(), code: code.into(), errno }
    }

    /// Input ended before what it holds did. All formats report it as zlib does.
    pub(super) fn unexpected_end() -> Self {
        Self::new("unexpected end of file", "Z_BUF_ERROR", -5)
    }

    /// Bytes that are none of the format's stand after its end. js/ has the words.
    pub(super) fn trailing_junk() -> Self {
        Self::new("", "ERR_TRAILING_JUNK_AFTER_STREAM_END", 0)
    }

    /// Making a codec failed, which has no number.
    pub(super) fn initialization(message: &'static str) -> Self {
        Self::new(message, "ERR_ZLIB_INITIALIZATION_FAILED", 0)
    }
}

/// A compressor or decompressor with its state.
pub(super) trait Codec: Send {
    /// Processes `input` with the format's own flush operation `flush` until all of it was taken, no more is wanted
    /// or `out` is full. Returns how much of `input` was taken.
    fn write(&mut self, flush: u32, input: &[u8], out: &mut Output) -> (usize, Result<(), Failure>);

    /// Starts anew, with the same parameters.
    fn reset(&mut self) -> Result<(), Failure>;

    /// zlib's `deflateParams`; nothing for the other formats.
    fn set_params(&mut self, _level: i32, _strategy: i32) -> Result<(), Failure> {
        Ok(())
    }

    /// Bytes of memory the state takes, about.
    fn memory(&self) -> usize;

    /// How long the output of `input` is likely to be: what to reserve at first for a whole piece of data.
    fn likely_output(&self, input: &[u8]) -> usize;
}

/// Collects output up to a limit. Memory grows with what is written, so that a high limit costs nothing.
pub(super) struct Output {
    bytes: Vec<u8>,
    limit: usize,
    /// Memory ran out; the limit was lowered to what there is.
    exhausted: bool,
}

/// Smallest piece of memory asked for: what Node hands to zlib by default.
const STEP: usize = 16 * 1024;

/// Most that is reserved on the word of a header, which may be a lie.
const MOST_AT_ONCE: usize = 64 << 20;

impl Output {
    /// Room for `limit` bytes, of which `reserve` will probably be needed.
    pub(super) fn new(limit: usize, reserve: usize) -> Self {
        let mut bytes = Vec::new();
        // Where even that fails, `spare` asks for less.
        let _ = bytes.try_reserve_exact(reserve.min(limit).min(MOST_AT_ONCE));
        Self { bytes, limit, exhausted: false }
    }

    /// Whether it ended for lack of memory.
    pub(super) fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// Whether there is no room left.
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= self.limit
    }

    /// Memory to write to: not empty unless the output is full.
    pub(super) fn spare(&mut self) -> &mut [MaybeUninit<u8>] {
        let left = self.limit - self.bytes.len();
        if self.bytes.len() == self.bytes.capacity() && left > 0 {
            let more = self.bytes.len().max(STEP).min(left);
            if self.bytes.try_reserve_exact(more).is_err() && self.bytes.try_reserve_exact(STEP.min(left)).is_err() {
                self.exhausted = true;
                self.limit = self.bytes.len();
            }
        }
        let left = self.limit - self.bytes.len();
        let spare = self.bytes.spare_capacity_mut();
        let end = spare.len().min(left);
        &mut spare[..end]
    }

    /// Counts `written` bytes at the start of the spare memory as output.
    ///
    /// # Safety
    /// They were written, and `spare` had given at least so many.
    pub(super) unsafe fn advance(&mut self, written: usize) {
        let length = self.bytes.len() + written;
        debug_assert!(length <= self.bytes.capacity() && length <= self.limit);
        // SAFETY: within the capacity and initialised, as the caller promises.
        unsafe { self.bytes.set_len(length) };
    }

    /// What was written, without much room that is not used.
    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        if self.bytes.capacity() - self.bytes.len() > self.bytes.len() / 4 {
            self.bytes.shrink_to_fit();
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_grows_to_its_limit_and_no_further() {
        let mut out = Output::new(40_000, 0);
        let mut total = 0;
        while !out.is_full() {
            let spare = out.spare();
            assert!(!spare.is_empty());
            let length = spare.len();
            spare.fill(MaybeUninit::new(7));
            total += length;
            // SAFETY: all of the spare memory was written.
            unsafe { out.advance(length) };
        }
        assert_eq!(total, 40_000);
        assert!(out.spare().is_empty());
        assert!(out.into_bytes().iter().all(|byte| *byte == 7));
    }
}
