//! zlib, gzip and raw deflate data, both ways, through the zlib API of libz-rs-sys (zlib in Rust).
//!
//! What a mode does beyond calling zlib is Node's: finding out what `Unzip` was given, members of a gzip file that
//! follow one another, dictionaries that are asked for.

use std::ffi::CStr;

use libz_rs_sys as z;

use super::codec::{Codec, Failure, Output};

/// What a stream is for; the numbers are those of `zlib.constants`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Deflate = 1,
    Inflate = 2,
    Gzip = 3,
    Gunzip = 4,
    DeflateRaw = 5,
    InflateRaw = 6,
    Unzip = 7,
}

impl Mode {
    pub(super) fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            1 => Self::Deflate,
            2 => Self::Inflate,
            3 => Self::Gzip,
            4 => Self::Gunzip,
            5 => Self::DeflateRaw,
            6 => Self::InflateRaw,
            7 => Self::Unzip,
            _ => return None,
        })
    }

    pub(super) fn deflates(self) -> bool {
        matches!(self, Self::Deflate | Self::Gzip | Self::DeflateRaw)
    }

    /// How zlib is told of the format: in the number of window bits.
    fn window_bits(self, bits: i32) -> i32 {
        match self {
            Self::Deflate | Self::Inflate => bits,
            Self::Gzip | Self::Gunzip => bits + 16,
            Self::DeflateRaw | Self::InflateRaw => -bits,
            Self::Unzip => bits + 32,
        }
    }
}

/// Parameters of a stream, checked by js/.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) mode: Mode,
    pub(super) window_bits: i32,
    pub(super) level: i32,
    pub(super) mem_level: i32,
    pub(super) strategy: i32,
    pub(super) dictionary: Option<Vec<u8>>,
    /// Whether members of a gzip file after the first are read too.
    pub(super) many_members: bool,
}

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Longest piece zlib is handed at once; its own counters have 32 bits.
const LONGEST: usize = 1 << 30;

/// A deflate or inflate stream.
pub(super) struct ZlibStream {
    // Boxed, because zlib's state may refer to it.
    stream: Box<z::z_stream>,
    /// [`Mode::Unzip`] becomes what the data turn out to be.
    mode: Mode,
    settings: Settings,
    /// How many bytes of gzip's magic number an `Unzip` has seen.
    magic_seen: usize,
    /// What `deflateParams` wrote; goes out before anything else.
    carried: Vec<u8>,
}

// SAFETY: the raw pointers in the stream lead to its own state, which nothing else refers to, and to input and output
// during a call only. The allocator's functions may be called from any thread.
unsafe impl Send for ZlibStream {}

impl ZlibStream {
    pub(super) fn new(settings: Settings) -> Result<Self, Failure> {
        let mut stream = Box::new(z::z_stream::default());
        let bits = settings.mode.window_bits(settings.window_bits);
        let size = size_of::<z::z_stream>() as i32;
        let code = if settings.mode.deflates() {
            // SAFETY: the stream is a fresh default one, which has its allocator set, and the version is zlib's own.
            unsafe {
                z::deflateInit2_(
                    &mut *stream,
                    settings.level,
                    z::Z_DEFLATED,
                    bits,
                    settings.mem_level,
                    settings.strategy,
                    z::zlibVersion(),
                    size,
                )
            }
        } else {
            // SAFETY: as above.
            unsafe { z::inflateInit2_(&mut *stream, bits, z::zlibVersion(), size) }
        };
        if code != z::Z_OK {
            // Nothing was allocated: zlib cleans up after itself, and `inflateEnd` on such a stream is refused.
            return Err(Failure::initialization("Initialization failed"));
        }
        let mut made = Self { stream, mode: settings.mode, settings, magic_seen: 0, carried: Vec::new() };
        made.preset_dictionary()?;
        Ok(made)
    }

    /// Gives zlib the dictionary where it has to know it beforehand. A stream with a header names the one it needs.
    fn preset_dictionary(&mut self) -> Result<(), Failure> {
        let Some(dictionary) = &self.settings.dictionary else { return Ok(()) };
        let length = dictionary.len().min(LONGEST) as u32;
        let code = match self.mode {
            // SAFETY: the stream was initialised for deflating, and zlib only reads `length` bytes of the dictionary.
            Mode::Deflate | Mode::DeflateRaw => unsafe {
                z::deflateSetDictionary(&mut *self.stream, dictionary.as_ptr(), length)
            },
            // SAFETY: as above, for inflating.
            Mode::InflateRaw => unsafe { z::inflateSetDictionary(&mut *self.stream, dictionary.as_ptr(), length) },
            _ => z::Z_OK,
        };
        if code == z::Z_OK { Ok(()) } else { Err(self.failure(code, "Failed to set dictionary")) }
    }

    fn failure(&self, code: i32, text: &'static str) -> Failure {
        // SAFETY: zlib leaves `msg` null or sets it to a static string that ends in a zero byte.
        let message = unsafe { (!self.stream.msg.is_null()).then(|| CStr::from_ptr(self.stream.msg)) };
        let name = match code {
            z::Z_STREAM_END => "Z_STREAM_END",
            z::Z_NEED_DICT => "Z_NEED_DICT",
            z::Z_ERRNO => "Z_ERRNO",
            z::Z_STREAM_ERROR => "Z_STREAM_ERROR",
            z::Z_DATA_ERROR => "Z_DATA_ERROR",
            z::Z_MEM_ERROR => "Z_MEM_ERROR",
            z::Z_BUF_ERROR => "Z_BUF_ERROR",
            z::Z_VERSION_ERROR => "Z_VERSION_ERROR",
            _ => "Z_OK",
        };
        match message.and_then(|message| message.to_str().ok()) {
            Some(message) => Failure::new(message.to_owned(), name, code),
            None => Failure::new(text, name, code),
        }
    }

    /// One call of `deflate`, or as many of `inflate` as the mode wants, on the buffers the stream was pointed at.
    ///
    /// # Safety
    /// `next_in`, `avail_in`, `next_out` and `avail_out` describe memory that may be read and written.
    unsafe fn step(&mut self, flush: i32) -> i32 {
        if self.mode.deflates() {
            // SAFETY: the stream was initialised for deflating; its buffers are valid, says the caller.
            return unsafe { z::deflate(&mut *self.stream, flush) };
        }
        if self.mode == Mode::Unzip {
            // SAFETY: the caller promises that `avail_in` bytes can be read.
            unsafe { self.look_for_magic() };
        }
        // SAFETY: the stream was initialised for inflating; its buffers are valid, says the caller.
        let mut code = unsafe { z::inflate(&mut *self.stream, flush) };
        if code == z::Z_NEED_DICT
            && self.mode != Mode::InflateRaw
            && let Some(dictionary) = &self.settings.dictionary
        {
            let length = dictionary.len().min(LONGEST) as u32;
            // SAFETY: zlib reads `length` bytes of the dictionary.
            code = unsafe { z::inflateSetDictionary(&mut *self.stream, dictionary.as_ptr(), length) };
            if code == z::Z_OK {
                // SAFETY: as for the first call.
                code = unsafe { z::inflate(&mut *self.stream, flush) };
            } else if code == z::Z_DATA_ERROR {
                // A dictionary of another checksum: tells it from data that are broken.
                code = z::Z_NEED_DICT;
            }
        }
        while self.mode == Mode::Gunzip
            && self.settings.many_members
            && code == z::Z_STREAM_END
            && self.stream.avail_in > 0
        {
            // SAFETY: at least one byte is left to read. Zeros after a member are padding, not another one.
            if unsafe { *self.stream.next_in } == 0 {
                break;
            }
            // SAFETY: an initialised stream.
            unsafe { z::inflateReset(&mut *self.stream) };
            // SAFETY: as for the first call.
            code = unsafe { z::inflate(&mut *self.stream, flush) };
        }
        code
    }

    /// Decides on the first bytes of an `Unzip` whether they are gzip's, also if they come one by one.
    ///
    /// # Safety
    /// `next_in` can be read for `avail_in` bytes.
    unsafe fn look_for_magic(&mut self) {
        if self.stream.avail_in == 0 {
            return;
        }
        // SAFETY: the caller's promise; zlib takes the bytes later, looking at them here moves nothing.
        let input = unsafe { std::slice::from_raw_parts(self.stream.next_in, self.stream.avail_in as usize) };
        for byte in input {
            if *byte != GZIP_MAGIC[self.magic_seen] {
                self.mode = Mode::Inflate;
                return;
            }
            self.magic_seen += 1;
            if self.magic_seen == GZIP_MAGIC.len() {
                self.mode = Mode::Gunzip;
                return;
            }
        }
    }

    /// What zlib's answer to the last step means once there is nothing more to do.
    fn judge(&self, code: i32, flush: i32) -> Result<(), Failure> {
        match code {
            z::Z_OK | z::Z_BUF_ERROR if self.stream.avail_out != 0 && flush == z::Z_FINISH => {
                Err(Failure::unexpected_end())
            }
            z::Z_OK | z::Z_BUF_ERROR | z::Z_STREAM_END => Ok(()),
            z::Z_NEED_DICT if self.settings.dictionary.is_some() => Err(self.failure(code, "Bad dictionary")),
            z::Z_NEED_DICT => Err(self.failure(code, "Missing dictionary")),
            _ => Err(self.failure(code, "Zlib error")),
        }
    }
}

impl Codec for ZlibStream {
    fn write(&mut self, flush: u32, input: &[u8], out: &mut Output) -> (usize, Result<(), Failure>) {
        let flush = flush as i32;
        let mut taken = 0;
        if !self.carried.is_empty() {
            // At most a few bytes, and the output is fresh: see `set_params`.
            let spare = out.spare();
            let length = self.carried.len().min(spare.len());
            for (to, from) in spare.iter_mut().zip(&self.carried) {
                to.write(*from);
            }
            // SAFETY: just written.
            unsafe { out.advance(length) };
            self.carried.drain(..length);
            if out.is_full() {
                return (0, Ok(()));
            }
        }
        loop {
            let piece = &input[taken..input.len().min(taken + LONGEST)];
            let last = taken + piece.len() == input.len();
            let operation = if last { flush } else { z::Z_NO_FLUSH };
            let spare = out.spare();
            let room = spare.len().min(LONGEST);
            self.stream.next_in = piece.as_ptr();
            self.stream.avail_in = piece.len() as u32;
            self.stream.next_out = spare.as_mut_ptr().cast();
            self.stream.avail_out = room as u32;
            // SAFETY: the buffers are the two slices, which live until the call is over. zlib reads the one and only
            // writes the other, which need not be initialised for it.
            let code = unsafe { self.step(operation) };
            let left = self.stream.avail_in as usize;
            let written = room - self.stream.avail_out as usize;
            taken += piece.len() - left;
            // Pointers into memory that others own do not outlive the call.
            self.stream.next_in = std::ptr::null();
            self.stream.next_out = std::ptr::null_mut();
            // SAFETY: zlib wrote that many bytes at the start of the spare memory.
            unsafe { out.advance(written) };
            let stopped = !matches!(code, z::Z_OK | z::Z_BUF_ERROR | z::Z_STREAM_END);
            if stopped || out.is_full() {
                return (taken, self.judge(code, operation));
            }
            let more_room = self.stream.avail_out == 0 && code != z::Z_STREAM_END;
            let more_input = !last && left == 0;
            if !more_room && !more_input {
                return (taken, self.judge(code, operation));
            }
        }
    }

    fn reset(&mut self) -> Result<(), Failure> {
        self.carried.clear();
        let code = if self.mode.deflates() {
            // SAFETY: the stream was initialised for deflating.
            unsafe { z::deflateReset(&mut *self.stream) }
        } else {
            // SAFETY: the stream was initialised for inflating.
            unsafe { z::inflateReset(&mut *self.stream) }
        };
        if code != z::Z_OK {
            return Err(self.failure(code, "Failed to reset stream"));
        }
        self.preset_dictionary()
    }

    fn set_params(&mut self, level: i32, strategy: i32) -> Result<(), Failure> {
        if !self.mode.deflates() {
            return Ok(());
        }
        // The data under way were flushed, so that next to nothing is left to be written.
        let mut room = vec![0_u8; 1024];
        self.stream.next_in = std::ptr::null();
        self.stream.avail_in = 0;
        self.stream.next_out = room.as_mut_ptr();
        self.stream.avail_out = room.len() as u32;
        // SAFETY: the stream was initialised for deflating, and `room` lives until the call is over.
        let code = unsafe { z::deflateParams(&mut *self.stream, level, strategy) };
        let written = room.len() - self.stream.avail_out as usize;
        self.stream.next_out = std::ptr::null_mut();
        self.carried.extend_from_slice(&room[..written]);
        match code {
            z::Z_OK | z::Z_BUF_ERROR => Ok(()),
            _ => Err(self.failure(code, "Failed to set parameters")),
        }
    }

    fn memory(&self) -> usize {
        // zlib's own formulas (zconf.h), and some for the state itself.
        let window = 1_usize << self.settings.window_bits.clamp(8, 15);
        if self.settings.mode.deflates() {
            4 * window + (1 << (self.settings.mem_level + 9)) + 8 * 1024
        } else {
            window + 16 * 1024
        }
    }

    fn likely_output(&self, input: &[u8]) -> usize {
        let length = input.len();
        match self.mode {
            // Deflate's expansion of what cannot be compressed: 5 bytes for each block of 16 kB, and the wrapping.
            _ if self.mode.deflates() => length + length / 1000 + 64,
            // The last four bytes of a gzip file tell the length, if they tell the truth; 1032 is the most a byte can
            // become.
            Mode::Gunzip | Mode::Unzip if length >= 18 && input.starts_with(&GZIP_MAGIC) => {
                let tail = [input[length - 4], input[length - 3], input[length - 2], input[length - 1]];
                // One more, so that the end is seen without a further piece of memory.
                (u32::from_le_bytes(tail) as usize).min(length.saturating_mul(1032)) + 1
            }
            _ => length.saturating_mul(4),
        }
    }
}

impl Drop for ZlibStream {
    fn drop(&mut self) {
        if self.settings.mode.deflates() {
            // SAFETY: the stream was initialised for deflating and is not used again.
            unsafe { z::deflateEnd(&mut *self.stream) };
        } else {
            // SAFETY: as above, for inflating.
            unsafe { z::inflateEnd(&mut *self.stream) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(mode: Mode) -> ZlibStream {
        let settings = Settings {
            mode,
            window_bits: 15,
            level: 6,
            mem_level: 8,
            strategy: 0,
            dictionary: None,
            many_members: true,
        };
        ZlibStream::new(settings).expect("a stream")
    }

    fn all(stream: &mut ZlibStream, flush: i32, input: &[u8]) -> Vec<u8> {
        let mut out = Output::new(usize::MAX >> 1, 0);
        let (taken, result) = stream.write(flush as u32, input, &mut out);
        assert_eq!((taken, result), (input.len(), Ok(())));
        out.into_bytes()
    }

    #[test]
    fn unzip_decides_byte_by_byte() {
        let packed = all(&mut stream(Mode::Gzip), z::Z_FINISH, b"abc");
        let mut unzip = stream(Mode::Unzip);
        let mut back = Vec::new();
        for byte in &packed {
            back.extend(all(&mut unzip, z::Z_NO_FLUSH, &[*byte]));
        }
        assert_eq!((back.as_slice(), unzip.mode), (b"abc".as_slice(), Mode::Gunzip));
        let packed = all(&mut stream(Mode::Deflate), z::Z_FINISH, b"abc");
        let mut unzip = stream(Mode::Unzip);
        assert_eq!(all(&mut unzip, z::Z_FINISH, &packed), b"abc");
        assert_eq!(unzip.mode, Mode::Inflate);
    }

    #[test]
    fn a_full_output_is_gone_on_with() {
        let input = vec![b'x'; 100_000];
        let packed = all(&mut stream(Mode::DeflateRaw), z::Z_FINISH, &input);
        let mut inflate = stream(Mode::InflateRaw);
        let (mut taken, mut back) = (0, Vec::new());
        loop {
            let mut out = Output::new(999, 0);
            let (some, result) = inflate.write(z::Z_FINISH as u32, &packed[taken..], &mut out);
            assert_eq!(result, Ok(()));
            taken += some;
            let full = out.is_full();
            back.extend(out.into_bytes());
            if !full {
                break;
            }
        }
        assert!(back == input);
    }

    #[test]
    fn parameters_that_write_something_lose_nothing() {
        // Nothing was flushed, so that zlib ends a block when the level changes.
        let mut deflate = stream(Mode::Deflate);
        let mut packed = all(&mut deflate, z::Z_NO_FLUSH, b"abcabcabc");
        deflate.set_params(0, 0).expect("parameters");
        packed.extend(all(&mut deflate, z::Z_FINISH, b"defdefdef"));
        assert_eq!(all(&mut stream(Mode::Inflate), z::Z_FINISH, &packed), b"abcabcabcdefdefdef");
    }

    #[test]
    fn a_stream_that_cannot_be_made_is_refused() {
        let settings = Settings { window_bits: 99, ..stream(Mode::Deflate).settings.clone() };
        assert!(ZlibStream::new(settings).is_err());
    }
}
