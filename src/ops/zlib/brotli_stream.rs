//! Brotli, both ways, through the format's own C library, which compu-brotli-sys brings: the one Node has, so that the
//! same parameters give the same bytes.

use std::ffi::CStr;
use std::ptr::NonNull;

use compu_brotli_sys as b;

use super::brotli_memory::Memory;
use super::codec::{Codec, Failure, Output};

/// Parameters as js/ gives them: numbers of `zlib.constants` and their values.
pub(super) type Params = Vec<(u32, u32)>;

const OPERATION_FINISH: u32 = 2;

/// Dictionaries are bytes that data are likely to have, and not the format for shared dictionaries.
const RAW: b::BrotliSharedDictionaryType = b::BrotliSharedDictionaryType_BROTLI_SHARED_DICTIONARY_RAW;

/// Dictionaries are prepared for the best quality, as Node does; an encoder of a lower one takes what it can use.
const DICTIONARY_QUALITY: i32 = 11;

fn not_initialized() -> Failure {
    Failure::initialization("Initialization failed")
}

fn dictionary_refused() -> Failure {
    Failure::initialization("Failed to attach brotli dictionary")
}

// ---- compression --------------------------------------------------------------

/// A dictionary with the tables by which an encoder finds its strings.
struct Dictionary {
    prepared: NonNull<b::BrotliEncoderPreparedDictionary>,
    /// What `prepared` refers to, and where its memory is counted.
    _bytes: Box<[u8]>,
    _memory: Memory,
}

impl Dictionary {
    fn new(bytes: Vec<u8>) -> Result<Self, Failure> {
        let (bytes, memory) = (bytes.into_boxed_slice(), Memory::default());
        let (allocate, free, counter) = memory.hooks();
        // SAFETY: the bytes and the counter behind the hooks outlive what is prepared: `drop` ends it before they go,
        // and neither moves, for both are in boxes. Null is looked for below.
        let prepared = unsafe {
            b::BrotliEncoderPrepareDictionary(
                RAW,
                bytes.len(),
                bytes.as_ptr(),
                DICTIONARY_QUALITY,
                allocate,
                free,
                counter,
            )
        };
        let prepared = NonNull::new(prepared).ok_or_else(dictionary_refused)?;
        Ok(Self { prepared, _bytes: bytes, _memory: memory })
    }

    fn memory(&self) -> usize {
        self._bytes.len() + self._memory.held()
    }
}

impl Drop for Dictionary {
    fn drop(&mut self) {
        // SAFETY: it was made by the library and is destroyed once. Encoders it is attached to were destroyed before:
        // `Compressor` has them in that order.
        unsafe { b::BrotliEncoderDestroyPreparedDictionary(self.prepared.as_ptr()) };
    }
}

/// An encoder of the library's.
struct Encoder {
    state: NonNull<b::BrotliEncoderState>,
    memory: Memory,
}

impl Encoder {
    fn new(params: &Params, dictionary: Option<&Dictionary>) -> Result<Self, Failure> {
        let memory = Memory::default();
        let (allocate, free, counter) = memory.hooks();
        // SAFETY: the counter behind the hooks does not move and outlives the encoder, which `drop` destroys first.
        let state = unsafe { b::BrotliEncoderCreateInstance(allocate, free, counter) };
        let encoder = Self { state: NonNull::new(state).ok_or_else(not_initialized)?, memory };
        for (param, value) in params {
            // SAFETY: the encoder is valid; the library checks numbers and values.
            if unsafe { b::BrotliEncoderSetParameter(state, *param as b::BrotliEncoderParameter, *value) } == 0 {
                return Err(not_initialized());
            }
        }
        if let Some(dictionary) = dictionary {
            // SAFETY: both are valid, and the caller keeps the dictionary for as long as the encoder.
            if unsafe { b::BrotliEncoderAttachPreparedDictionary(state, dictionary.prepared.as_ptr()) } == 0 {
                return Err(dictionary_refused());
            }
        }
        Ok(encoder)
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: it was made by the library and is destroyed once.
        unsafe { b::BrotliEncoderDestroyInstance(self.state.as_ptr()) };
    }
}

/// A Brotli encoder with what it was made of.
pub(super) struct Compressor {
    /// Before the dictionary, so that it is dropped first.
    encoder: Encoder,
    params: Params,
    dictionary: Option<Dictionary>,
}

// SAFETY: neither an encoder nor a prepared dictionary has ties to the thread that made it. They must be used by one
// thread at a time, and they are owned: no one else has pointers to them, nor to the counters of their memory.
unsafe impl Send for Compressor {}

impl Compressor {
    pub(super) fn new(params: Params, dictionary: Option<Vec<u8>>) -> Result<Self, Failure> {
        let dictionary = dictionary.map(Dictionary::new).transpose()?;
        let encoder = Encoder::new(&params, dictionary.as_ref())?;
        Ok(Self { encoder, params, dictionary })
    }
}

impl Codec for Compressor {
    fn write(&mut self, flush: u32, input: &[u8], out: &mut Output) -> (usize, Result<(), Failure>) {
        let operation = match flush {
            1 => b::BrotliEncoderOperation_BROTLI_OPERATION_FLUSH,
            2 => b::BrotliEncoderOperation_BROTLI_OPERATION_FINISH,
            3 => b::BrotliEncoderOperation_BROTLI_OPERATION_EMIT_METADATA,
            _ => b::BrotliEncoderOperation_BROTLI_OPERATION_PROCESS,
        };
        let mut left = input.len();
        let mut next = input.as_ptr();
        loop {
            let spare = out.spare();
            let size = spare.len();
            let mut room = size;
            let mut target = spare.as_mut_ptr().cast::<u8>();
            // SAFETY: the encoder is valid; `next` and `left`, `target` and `room` describe what is left of two slices
            // that live until the call is over, and of which the output is only written to. No total is asked for.
            let ok = unsafe {
                b::BrotliEncoderCompressStream(
                    self.encoder.state.as_ptr(),
                    operation,
                    &raw mut left,
                    &raw mut next,
                    &raw mut room,
                    &raw mut target,
                    std::ptr::null_mut(),
                )
            };
            // SAFETY: the library wrote that many bytes at the start of the spare memory.
            unsafe { out.advance(size - room) };
            let taken = input.len() - left;
            if ok == 0 {
                return (taken, Err(Failure::new("Compression failed", "ERR_BROTLI_COMPRESSION_FAILED", -1)));
            }
            if room != 0 || out.is_full() {
                return (taken, Ok(()));
            }
        }
    }

    fn reset(&mut self) -> Result<(), Failure> {
        self.encoder = Encoder::new(&self.params, self.dictionary.as_ref())?;
        Ok(())
    }

    fn memory(&self) -> usize {
        self.encoder.memory.held() + self.dictionary.as_ref().map_or(0, Dictionary::memory)
    }

    fn likely_output(&self, input: &[u8]) -> usize {
        input.len() / 2 + 1024
    }
}

// ---- decompression ------------------------------------------------------------

/// A decoder of the library's.
struct Decoder {
    state: NonNull<b::BrotliDecoderState>,
    memory: Memory,
}

impl Decoder {
    fn new(params: &Params, dictionary: Option<&[u8]>) -> Result<Self, Failure> {
        let memory = Memory::default();
        let (allocate, free, counter) = memory.hooks();
        // SAFETY: the counter behind the hooks does not move and outlives the decoder, which `drop` destroys first.
        let state = unsafe { b::BrotliDecoderCreateInstance(allocate, free, counter) };
        let decoder = Self { state: NonNull::new(state).ok_or_else(not_initialized)?, memory };
        for (param, value) in params {
            // SAFETY: the decoder is valid; the library checks the number, and any value is one.
            if unsafe { b::BrotliDecoderSetParameter(state, *param as b::BrotliDecoderParameter, *value) } == 0 {
                return Err(not_initialized());
            }
        }
        if let Some(bytes) = dictionary {
            // SAFETY: the decoder is valid and has read nothing; the caller keeps the bytes for as long as it lives.
            if unsafe { b::BrotliDecoderAttachDictionary(state, RAW, bytes.len(), bytes.as_ptr()) } == 0 {
                return Err(dictionary_refused());
            }
        }
        Ok(decoder)
    }

    fn failure(&self) -> Failure {
        // SAFETY: the decoder is valid; the name is a static string that ends in a zero byte.
        let (code, name) = unsafe {
            let code = b::BrotliDecoderGetErrorCode(self.state.as_ptr());
            (code, CStr::from_ptr(b::BrotliDecoderErrorString(code)))
        };
        Failure::new("Decompression failed", format!("ERR_{}", name.to_string_lossy()), code)
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: it was made by the library and is destroyed once.
        unsafe { b::BrotliDecoderDestroyInstance(self.state.as_ptr()) };
    }
}

/// A Brotli decoder with what it was made of.
pub(super) struct Decompressor {
    /// Before the dictionary, whose bytes it refers to, so that it is dropped first.
    decoder: Decoder,
    params: Params,
    dictionary: Option<Vec<u8>>,
}

// SAFETY: a decoder has no ties to the thread that made it. It must be used by one thread at a time, and it is owned:
// no one else has pointers to it, nor to the counter of its memory.
unsafe impl Send for Decompressor {}

impl Decompressor {
    pub(super) fn new(params: Params, dictionary: Option<Vec<u8>>) -> Result<Self, Failure> {
        let decoder = Decoder::new(&params, dictionary.as_deref())?;
        Ok(Self { decoder, params, dictionary })
    }
}

impl Codec for Decompressor {
    fn write(&mut self, flush: u32, input: &[u8], out: &mut Output) -> (usize, Result<(), Failure>) {
        let mut left = input.len();
        let mut next = input.as_ptr();
        loop {
            let spare = out.spare();
            let size = spare.len();
            let mut room = size;
            let mut target = spare.as_mut_ptr().cast::<u8>();
            // SAFETY: the decoder is valid; `next` and `left`, `target` and `room` describe what is left of two slices
            // that live until the call is over, and of which the output is only written to. No total is asked for.
            let result = unsafe {
                b::BrotliDecoderDecompressStream(
                    self.decoder.state.as_ptr(),
                    &raw mut left,
                    &raw mut next,
                    &raw mut room,
                    &raw mut target,
                    std::ptr::null_mut(),
                )
            };
            // SAFETY: the library wrote that many bytes at the start of the spare memory.
            unsafe { out.advance(size - room) };
            let taken = input.len() - left;
            match result {
                b::BrotliDecoderResult_BROTLI_DECODER_RESULT_SUCCESS => return (taken, Ok(())),
                b::BrotliDecoderResult_BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT if flush == OPERATION_FINISH => {
                    return (taken, Err(Failure::unexpected_end()));
                }
                b::BrotliDecoderResult_BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT => return (taken, Ok(())),
                b::BrotliDecoderResult_BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT if out.is_full() => {
                    return (taken, Ok(()));
                }
                b::BrotliDecoderResult_BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT => {}
                _ => return (taken, Err(self.decoder.failure())),
            }
        }
    }

    fn reset(&mut self) -> Result<(), Failure> {
        self.decoder = Decoder::new(&self.params, self.dictionary.as_deref())?;
        Ok(())
    }

    fn memory(&self) -> usize {
        self.decoder.memory.held() + self.dictionary.as_ref().map_or(0, Vec::len)
    }

    fn likely_output(&self, input: &[u8]) -> usize {
        input.len().saturating_mul(4)
    }
}

#[cfg(test)]
#[path = "brotli_tests.rs"]
mod tests;
