//! Zstandard, both ways, through the C library that zstd-sys brings.

use std::ffi::CStr;
use std::ptr::NonNull;

use zstd_sys as z;

use super::codec::{Codec, Failure, Output};

/// Parameters as js/ gives them: numbers of `zlib.constants` and their values.
pub(super) type Params = Vec<(u32, i32)>;

const END: u32 = 2;

fn is_error(answer: usize) -> bool {
    // SAFETY: the function only looks at the number.
    unsafe { z::ZSTD_isError(answer) != 0 }
}

/// The failure that `answer`, which is an error, stands for.
fn failure(answer: usize) -> Failure {
    // SAFETY: the function only looks at the number. Library and bindings are of one version, so the code it gives is
    // one that the enum has.
    let code = unsafe { z::ZSTD_getErrorCode(answer) };
    // SAFETY: a static string that ends in a zero byte.
    let message = unsafe { CStr::from_ptr(z::ZSTD_getErrorName(answer)) };
    Failure::new(message.to_string_lossy().into_owned(), format!("{code:?}"), code as i32)
}

fn parameter_refused() -> Failure {
    Failure::initialization("Setting parameter failed")
}

/// A compression context.
pub(super) struct Compressor {
    context: NonNull<z::ZSTD_CCtx>,
    pledged_size: Option<u64>,
    /// Bytes taken in of the current frame, to be held against the pledge: the library forgets that where the end is
    /// told together with all of the data.
    total: u64,
    /// Whether the last frame was ended and none was begun since.
    ended: bool,
}

// SAFETY: a context has no ties to the thread that made it; it must be used by one at a time only, and it is owned.
unsafe impl Send for Compressor {}

impl Compressor {
    pub(super) fn new(params: &Params, pledged_size: Option<u64>, dictionary: Option<&[u8]>) -> Result<Self, Failure> {
        // SAFETY: no arguments; null where memory ran out.
        let context = unsafe { z::ZSTD_createCCtx() };
        let Some(context) = NonNull::new(context) else {
            return Err(Failure::initialization("Could not initialize Zstd instance"));
        };
        let mut made = Self { context, pledged_size, total: 0, ended: false };
        for (param, value) in params {
            let Some(param) = compression_parameter(*param) else { return Err(parameter_refused()) };
            // SAFETY: the context is valid; the library checks the value.
            if is_error(unsafe { z::ZSTD_CCtx_setParameter(context.as_ptr(), param, *value) }) {
                return Err(parameter_refused());
            }
        }
        if let Some(dictionary) = dictionary {
            // SAFETY: the library copies the dictionary, and only reads it.
            let answer =
                unsafe { z::ZSTD_CCtx_loadDictionary(context.as_ptr(), dictionary.as_ptr().cast(), dictionary.len()) };
            if is_error(answer) {
                return Err(Failure::initialization("Failed to load zstd dictionary"));
            }
        }
        made.pledge()?;
        Ok(made)
    }

    /// Compresses until the library did what it was asked to or the output is full.
    fn compress(
        &mut self,
        operation: z::ZSTD_EndDirective,
        source: &mut z::ZSTD_inBuffer,
        out: &mut Output,
    ) -> (usize, Result<(), Failure>) {
        loop {
            let spare = out.spare();
            let mut target = z::ZSTD_outBuffer { dst: spare.as_mut_ptr().cast(), size: spare.len(), pos: 0 };
            // SAFETY: the context is valid, the buffers describe the slices, which live until the call is over; the
            // output is only written to.
            let answer = unsafe { z::ZSTD_compressStream2(self.context.as_ptr(), &raw mut target, source, operation) };
            let (written, size) = (target.pos, target.size);
            // SAFETY: the library wrote that many bytes at the start of the spare memory.
            unsafe { out.advance(written) };
            if is_error(answer) {
                return (source.pos, Err(failure(answer)));
            }
            // With worker threads a call may come back before it did everything.
            let unfinished =
                if operation == z::ZSTD_EndDirective::ZSTD_e_continue { source.pos < source.size } else { answer != 0 };
            if out.is_full() || (written < size && !unfinished) {
                return (source.pos, Ok(()));
            }
        }
    }

    fn pledge(&mut self) -> Result<(), Failure> {
        let Some(size) = self.pledged_size else { return Ok(()) };
        // SAFETY: the context is valid and at the start of a frame.
        let answer = unsafe { z::ZSTD_CCtx_setPledgedSrcSize(self.context.as_ptr(), size) };
        if is_error(answer) { Err(Failure::initialization("Could not set pledged src size")) } else { Ok(()) }
    }
}

/// The parameter of that number. A number of another one must not become a value of the enum.
fn compression_parameter(number: u32) -> Option<z::ZSTD_cParameter> {
    use z::ZSTD_cParameter as P;
    [
        P::ZSTD_c_compressionLevel,
        P::ZSTD_c_windowLog,
        P::ZSTD_c_hashLog,
        P::ZSTD_c_chainLog,
        P::ZSTD_c_searchLog,
        P::ZSTD_c_minMatch,
        P::ZSTD_c_targetLength,
        P::ZSTD_c_strategy,
        P::ZSTD_c_enableLongDistanceMatching,
        P::ZSTD_c_ldmHashLog,
        P::ZSTD_c_ldmMinMatch,
        P::ZSTD_c_ldmBucketSizeLog,
        P::ZSTD_c_ldmHashRateLog,
        P::ZSTD_c_contentSizeFlag,
        P::ZSTD_c_checksumFlag,
        P::ZSTD_c_dictIDFlag,
        P::ZSTD_c_nbWorkers,
        P::ZSTD_c_jobSize,
        P::ZSTD_c_overlapLog,
    ]
    .into_iter()
    .find(|param| *param as u32 == number)
}

impl Codec for Compressor {
    fn write(&mut self, flush: u32, input: &[u8], out: &mut Output) -> (usize, Result<(), Failure>) {
        let operation = match flush {
            1 => z::ZSTD_EndDirective::ZSTD_e_flush,
            2 => z::ZSTD_EndDirective::ZSTD_e_end,
            _ => z::ZSTD_EndDirective::ZSTD_e_continue,
        };
        if self.ended && input.is_empty() && flush == END {
            // A stream's end may come after its last chunk was written as such: no reason for an empty frame.
            return (0, Ok(()));
        }
        if let Some(pledged) = self.pledged_size {
            let total = self.total + input.len() as u64;
            if total > pledged || (flush == END && total != pledged) {
                return (0, Err(Failure::new("Src size is incorrect", "ZSTD_error_srcSize_wrong", 72)));
            }
        }
        let mut source = z::ZSTD_inBuffer { src: input.as_ptr().cast(), size: input.len(), pos: 0 };
        let (taken, result) = self.compress(operation, &mut source, out);
        self.total += taken as u64;
        self.ended = flush == END && taken == input.len() && !out.is_full();
        (taken, result)
    }

    fn reset(&mut self) -> Result<(), Failure> {
        // SAFETY: the context is valid; parameters and dictionary stay.
        let answer =
            unsafe { z::ZSTD_CCtx_reset(self.context.as_ptr(), z::ZSTD_ResetDirective::ZSTD_reset_session_only) };
        if is_error(answer) {
            return Err(failure(answer));
        }
        (self.total, self.ended) = (0, false);
        self.pledge()
    }

    fn memory(&self) -> usize {
        // SAFETY: the context is valid.
        unsafe { z::ZSTD_sizeof_CCtx(self.context.as_ptr()) }
    }

    fn likely_output(&self, input: &[u8]) -> usize {
        // SAFETY: the function only calculates. An error is a number past any limit: none is reserved then.
        let bound = unsafe { z::ZSTD_compressBound(input.len()) };
        if is_error(bound) { 0 } else { bound }
    }
}

impl Drop for Compressor {
    fn drop(&mut self) {
        // SAFETY: the context is valid and not used again.
        unsafe { z::ZSTD_freeCCtx(self.context.as_ptr()) };
    }
}

/// A decompression context.
pub(super) struct Decompressor {
    context: NonNull<z::ZSTD_DCtx>,
    /// Whether the last frame begun has ended, or none was begun.
    between_frames: bool,
    /// Whether a frame has ended.
    any_frame: bool,
    /// Bytes after a frame that may be the first of another one's magic number.
    held: Vec<u8>,
    /// Whether what follows the last frame is an error. Otherwise it is left where it is, or forgotten if it is held.
    rejects_garbage: bool,
}

// SAFETY: as for `Compressor`.
unsafe impl Send for Decompressor {}

impl Decompressor {
    pub(super) fn new(params: &Params, dictionary: Option<&[u8]>, rejects_garbage: bool) -> Result<Self, Failure> {
        // SAFETY: no arguments; null where memory ran out.
        let context = unsafe { z::ZSTD_createDCtx() };
        let Some(context) = NonNull::new(context) else {
            return Err(Failure::initialization("Could not initialize Zstd instance"));
        };
        let made = Self { context, between_frames: true, any_frame: false, held: Vec::new(), rejects_garbage };
        for (param, value) in params {
            if *param != z::ZSTD_dParameter::ZSTD_d_windowLogMax as u32 {
                return Err(parameter_refused());
            }
            let param = z::ZSTD_dParameter::ZSTD_d_windowLogMax;
            // SAFETY: the context is valid; the library checks the value.
            if is_error(unsafe { z::ZSTD_DCtx_setParameter(context.as_ptr(), param, *value) }) {
                return Err(parameter_refused());
            }
        }
        if let Some(dictionary) = dictionary {
            // SAFETY: the library copies the dictionary, and only reads it.
            let answer =
                unsafe { z::ZSTD_DCtx_loadDictionary(context.as_ptr(), dictionary.as_ptr().cast(), dictionary.len()) };
            if is_error(answer) {
                return Err(Failure::initialization("Failed to load zstd dictionary"));
            }
        }
        Ok(made)
    }

    /// Decompresses until `input` is used up, the output full or a frame over.
    fn step(&mut self, input: &[u8], out: &mut Output) -> Result<usize, Failure> {
        let mut source = z::ZSTD_inBuffer { src: input.as_ptr().cast(), size: input.len(), pos: 0 };
        loop {
            let spare = out.spare();
            let mut target = z::ZSTD_outBuffer { dst: spare.as_mut_ptr().cast(), size: spare.len(), pos: 0 };
            // SAFETY: the context is valid, the buffers describe the slices, which live until the call is over; the
            // output is only written to.
            let answer = unsafe { z::ZSTD_decompressStream(self.context.as_ptr(), &raw mut target, &raw mut source) };
            let (written, size) = (target.pos, target.size);
            // SAFETY: the library wrote that many bytes at the start of the spare memory.
            unsafe { out.advance(written) };
            if is_error(answer) {
                return Err(failure(answer));
            }
            if answer == 0 {
                self.between_frames = true;
                self.any_frame = true;
                return Ok(source.pos);
            }
            self.between_frames = false;
            if out.is_full() || written < size {
                return Ok(source.pos);
            }
        }
    }
}

/// Whether a frame, or one to be skipped, may begin with `bytes`, of which only the first four count.
fn may_begin_frame(bytes: &[u8]) -> bool {
    let begins = |magic: [u8; 4], first_mask: u8| {
        bytes.iter().zip(magic).enumerate().all(
            |(i, (byte, expected))| {
                if i == 0 { byte & first_mask == expected } else { *byte == expected }
            },
        )
    };
    begins([0x28, 0xb5, 0x2f, 0xfd], 0xff) || begins([0x50, 0x2a, 0x4d, 0x18], 0xf0)
}

impl Codec for Decompressor {
    fn write(&mut self, flush: u32, input: &[u8], out: &mut Output) -> (usize, Result<(), Failure>) {
        let mut taken = 0;
        loop {
            if self.between_frames && self.any_frame {
                // Another frame is read on; anything else after the first is not for this stream.
                let rest = &input[taken..];
                let ends_here = flush == END && !self.held.is_empty();
                if (rest.is_empty() && !ends_here) || out.is_full() {
                    return (taken, Ok(()));
                }
                let wanted = 4 - self.held.len();
                let head = &rest[..rest.len().min(wanted)];
                let together = [&self.held[..], head].concat();
                let is_garbage = !may_begin_frame(&together);
                // At the end nothing follows that could make a frame of it.
                if self.rejects_garbage && (is_garbage || (together.len() < 4 && flush == END)) {
                    return (taken, Err(Failure::trailing_junk()));
                }
                if is_garbage {
                    return (taken, Ok(()));
                }
                if together.len() < 4 {
                    self.held = together;
                    return (input.len(), Ok(()));
                }
                self.between_frames = false;
                let held = std::mem::take(&mut self.held);
                // At most three bytes of a magic number: taken whole, and nothing comes out.
                if let Err(failure) = if held.is_empty() { Ok(0) } else { self.step(&held, out) } {
                    return (taken, Err(failure));
                }
            }
            match self.step(&input[taken..], out) {
                Ok(length) => taken += length,
                Err(failure) => return (taken, Err(failure)),
            }
            if out.is_full() {
                return (taken, Ok(()));
            }
            if !(self.between_frames && self.any_frame) {
                let cut = flush == END && taken == input.len();
                return (taken, if cut { Err(Failure::unexpected_end()) } else { Ok(()) });
            }
        }
    }

    fn reset(&mut self) -> Result<(), Failure> {
        self.between_frames = true;
        self.any_frame = false;
        self.held.clear();
        // SAFETY: the context is valid; parameters and dictionary stay.
        let answer =
            unsafe { z::ZSTD_DCtx_reset(self.context.as_ptr(), z::ZSTD_ResetDirective::ZSTD_reset_session_only) };
        if is_error(answer) { Err(failure(answer)) } else { Ok(()) }
    }

    fn memory(&self) -> usize {
        // SAFETY: the context is valid.
        unsafe { z::ZSTD_sizeof_DCtx(self.context.as_ptr()) }
    }

    fn likely_output(&self, input: &[u8]) -> usize {
        // SAFETY: the library reads the slice, only.
        let size = unsafe { z::ZSTD_getFrameContentSize(input.as_ptr().cast(), input.len()) };
        // Unknown and broken are the two highest numbers. What the data claim is not believed beyond a factor.
        let likely = if size >= u64::MAX - 1 { input.len() as u64 * 4 } else { size + 1 };
        likely.min(input.len() as u64 * 1024) as usize
    }
}

impl Drop for Decompressor {
    fn drop(&mut self) {
        // SAFETY: the context is valid and not used again.
        unsafe { z::ZSTD_freeDCtx(self.context.as_ptr()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(codec: &mut dyn Codec, flush: u32, input: &[u8]) -> Vec<u8> {
        let mut out = Output::new(usize::MAX >> 1, 0);
        let (taken, result) = codec.write(flush, input, &mut out);
        assert_eq!((taken, result), (input.len(), Ok(())));
        out.into_bytes()
    }

    #[test]
    fn an_end_told_twice_is_one_frame() {
        let mut compressor = Compressor::new(&Vec::new(), None, None).expect("a compressor");
        let packed = all(&mut compressor, END, b"abc");
        assert!(all(&mut compressor, END, b"").is_empty());
        let again = all(&mut compressor, END, b"def");
        let mut decompressor = Decompressor::new(&Vec::new(), None, false).expect("a decompressor");
        assert_eq!(all(&mut decompressor, END, &[packed, again].concat()), b"abcdef");
    }

    #[test]
    fn workers_do_all_before_a_call_returns() {
        let input: Vec<u8> = (0..4_000_000_u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect();
        let mut compressor = Compressor::new(&vec![(400, 2)], None, None).expect("a compressor");
        let packed = all(&mut compressor, END, &input);
        let mut decompressor = Decompressor::new(&Vec::new(), None, false).expect("a decompressor");
        assert!(all(&mut decompressor, END, &packed) == input);
    }

    #[test]
    fn numbers_that_are_no_parameters_are_refused() {
        assert!(Compressor::new(&vec![(99, 1)], None, None).is_err());
        assert!(Compressor::new(&vec![(101, 99)], None, None).is_err());
        assert!(Decompressor::new(&vec![(1000, 1)], None, false).is_err());
    }

    #[test]
    fn the_beginning_of_a_frame_is_garbage_only_where_garbage_is_refused() {
        let input = b"once and once more".repeat(20);
        let mut out = Output::new(1 << 20, 0);
        let mut compressor = Compressor::new(&vec![], None, None).expect("a compressor");
        assert_eq!(compressor.write(END, &input, &mut out).1, Ok(()));
        let frame = out.into_bytes();
        for cut in 1..4 {
            let all = [&frame[..], &frame[..cut]].concat();
            for at in frame.len() - 1..=all.len() {
                for refused in [false, true] {
                    let mut decompressor = Decompressor::new(&vec![], None, refused).expect("a decompressor");
                    let mut out = Output::new(1 << 20, 0);
                    assert_eq!(decompressor.write(0, &all[..at], &mut out), (at, Ok(())));
                    let (taken, answer) = decompressor.write(END, &all[at..], &mut out);
                    if refused {
                        assert_eq!(answer, Err(Failure::trailing_junk()), "{cut} bytes, cut at {at}");
                    } else {
                        assert_eq!((taken, answer), (all.len() - at, Ok(())), "{cut} bytes, cut at {at}");
                    }
                    assert!(out.into_bytes() == input);
                }
            }
        }
    }
}
