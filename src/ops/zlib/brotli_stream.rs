//! Brotli, both ways, through the brotli crate.

use brotli::enc::StandardAlloc;
use brotli::enc::encode::{
    BrotliEncoderDestroyInstance, BrotliEncoderOperation, BrotliEncoderParameter, BrotliEncoderStateStruct,
};

use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};

use super::codec::{Codec, Failure, Output};

/// Parameters as js/ gives them: numbers of `zlib.constants` and their values.
pub(super) type Params = Vec<(u32, u32)>;

const OPERATION_FINISH: u32 = 2;

/// A Brotli encoder.
pub(super) struct Compressor {
    state: Box<BrotliEncoderStateStruct<StandardAlloc>>,
    params: Params,
}

impl Compressor {
    pub(super) fn new(params: Params) -> Result<Self, Failure> {
        let state = encoder(&params)?;
        Ok(Self { state, params })
    }
}

fn encoder(params: &Params) -> Result<Box<BrotliEncoderStateStruct<StandardAlloc>>, Failure> {
    let mut state = Box::new(BrotliEncoderStateStruct::new(StandardAlloc::default()));
    for (param, value) in params {
        let name = match param {
            0 => BrotliEncoderParameter::BROTLI_PARAM_MODE,
            1 => BrotliEncoderParameter::BROTLI_PARAM_QUALITY,
            2 => BrotliEncoderParameter::BROTLI_PARAM_LGWIN,
            3 => BrotliEncoderParameter::BROTLI_PARAM_LGBLOCK,
            4 => BrotliEncoderParameter::BROTLI_PARAM_DISABLE_LITERAL_CONTEXT_MODELING,
            5 => BrotliEncoderParameter::BROTLI_PARAM_SIZE_HINT,
            6 => BrotliEncoderParameter::BROTLI_PARAM_LARGE_WINDOW,
            // The crate has no names for these two; it checks them when it starts.
            7 => {
                state.params.dist.distance_postfix_bits = *value;
                continue;
            }
            8 => {
                state.params.dist.num_direct_distance_codes = *value;
                continue;
            }
            _ => return Err(Failure::initialization("Initialization failed")),
        };
        // Modes past Brotli's own three are the crate's private ones.
        let value = if *param == 0 && *value > 2 { 0 } else { *value };
        if !state.set_parameter(name, value) {
            return Err(Failure::initialization("Initialization failed"));
        }
    }
    Ok(state)
}

impl Codec for Compressor {
    fn write(&mut self, flush: u32, input: &[u8], out: &mut Output) -> (usize, Result<(), Failure>) {
        let operation = match flush {
            1 => BrotliEncoderOperation::BROTLI_OPERATION_FLUSH,
            2 => BrotliEncoderOperation::BROTLI_OPERATION_FINISH,
            3 => BrotliEncoderOperation::BROTLI_OPERATION_EMIT_METADATA,
            _ => BrotliEncoderOperation::BROTLI_OPERATION_PROCESS,
        };
        let mut left = input.len();
        let mut taken = 0;
        loop {
            let spare = out.spare_zeroed();
            let mut room = spare.len();
            let mut written = 0;
            let ok = self.state.compress_stream(
                operation,
                &mut left,
                input,
                &mut taken,
                &mut room,
                spare,
                &mut written,
                &mut None,
                &mut |_, _, _, _| (),
            );
            // SAFETY: `spare` is initialised memory of the output's, of which `written` bytes were used.
            unsafe { out.advance(written) };
            if !ok {
                return (taken, Err(Failure::new("Compression failed", "ERR_BROTLI_COMPRESSION_FAILED", -1)));
            }
            if room != 0 || out.is_full() {
                return (taken, Ok(()));
            }
        }
    }

    fn reset(&mut self) -> Result<(), Failure> {
        let fresh = encoder(&self.params)?;
        BrotliEncoderDestroyInstance(&mut self.state);
        self.state = fresh;
        Ok(())
    }

    fn memory(&self) -> usize {
        // A guess from the two parameters that matter: the ring buffer, and tables that grow with the quality. The
        // crate does not tell what it allocated.
        let param = |number, fallback: u32| {
            self.params.iter().rev().find(|(name, _)| *name == number).map_or(fallback, |(_, value)| *value)
        };
        let window = 2_usize << param(2, 22).clamp(10, 24);
        match param(1, 11) {
            0..=1 => 256 * 1024,
            2..=4 => window / 2 + 512 * 1024,
            5..=9 => window + 2 * 1024 * 1024,
            _ => 2 * window,
        }
    }

    fn likely_output(&self, input: &[u8]) -> usize {
        input.len() / 2 + 1024
    }
}

impl Drop for Compressor {
    fn drop(&mut self) {
        BrotliEncoderDestroyInstance(&mut self.state);
    }
}

type Decoder = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

/// A Brotli decoder.
pub(super) struct Decompressor {
    state: Box<Decoder>,
    params: Params,
    dictionary: Option<Vec<u8>>,
}

impl Decompressor {
    pub(super) fn new(params: Params, dictionary: Option<Vec<u8>>) -> Result<Self, Failure> {
        let state = decoder(&params, dictionary.as_deref())?;
        Ok(Self { state, params, dictionary })
    }
}

fn decoder(params: &Params, dictionary: Option<&[u8]>) -> Result<Box<Decoder>, Failure> {
    let alloc = StandardAlloc::default;
    let mut state = Box::new(BrotliState::new_strict(alloc(), alloc(), alloc()));
    for (param, value) in params {
        use brotli_decompressor::BrotliDecoderParameter;
        let name = match param {
            0 => BrotliDecoderParameter::BROTLI_DECODER_PARAM_DISABLE_RING_BUFFER_REALLOCATION,
            1 => BrotliDecoderParameter::BROTLI_DECODER_PARAM_LARGE_WINDOW,
            _ => return Err(Failure::initialization("Initialization failed")),
        };
        if !state.set_parameter(name, *value) {
            return Err(Failure::initialization("Initialization failed"));
        }
    }
    if let Some(dictionary) = dictionary.filter(|dictionary| !dictionary.is_empty())
        && !state.attach_dictionary(dictionary.to_vec().into())
    {
        return Err(Failure::initialization("Failed to attach brotli dictionary"));
    }
    Ok(state)
}

impl Codec for Decompressor {
    fn write(&mut self, flush: u32, input: &[u8], out: &mut Output) -> (usize, Result<(), Failure>) {
        let mut left = input.len();
        let mut taken = 0;
        loop {
            let spare = out.spare_zeroed();
            let mut room = spare.len();
            let mut written = 0;
            let mut total = 0;
            let result = BrotliDecompressStream(
                &mut left,
                &mut taken,
                input,
                &mut room,
                &mut written,
                spare,
                &mut total,
                &mut self.state,
            );
            // SAFETY: `spare` is initialised memory of the output's, of which `written` bytes were used.
            unsafe { out.advance(written) };
            match result {
                BrotliResult::ResultSuccess => return (taken, Ok(())),
                BrotliResult::ResultFailure => return (taken, Err(self.failure())),
                BrotliResult::NeedsMoreInput if flush == OPERATION_FINISH => {
                    return (taken, Err(Failure::unexpected_end()));
                }
                BrotliResult::NeedsMoreInput => return (taken, Ok(())),
                BrotliResult::NeedsMoreOutput if out.is_full() => return (taken, Ok(())),
                BrotliResult::NeedsMoreOutput => {}
            }
        }
    }

    fn reset(&mut self) -> Result<(), Failure> {
        self.state = decoder(&self.params, self.dictionary.as_deref())?;
        Ok(())
    }

    fn memory(&self) -> usize {
        // The state with its tables; the ring buffer is as large as the data ask for, 4 MB for the usual window.
        64 * 1024 + (1 << 22)
    }

    fn likely_output(&self, input: &[u8]) -> usize {
        input.len().saturating_mul(4)
    }
}

impl Decompressor {
    fn failure(&self) -> Failure {
        let code = self.state.error_code;
        let name = format!("{code:?}");
        // As Node cuts the decoder's own names.
        let name = format!("ERR_{}", name.strip_prefix("BROTLI_DECODER").unwrap_or(&name));
        Failure::new("Decompression failed", name, code as i32)
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
    fn every_parameter_is_taken_and_read_back() {
        let input: Vec<u8> = (0..200_000_u32).map(|i| (i % 251 * (i >> 10)) as u8).collect();
        let params: [Params; 6] = [
            vec![],
            vec![(0, 1), (1, 5), (2, 16)],
            vec![(1, 9), (3, 18), (4, 1), (5, 200_000)],
            vec![(1, 5), (7, 1), (8, 12)],
            // Values out of range are what the format's own library makes of them.
            vec![(0, 7), (1, 99), (2, 99)],
            vec![(1, 0)],
        ];
        for params in params {
            let packed = all(&mut Compressor::new(params).expect("a compressor"), OPERATION_FINISH, &input);
            let mut decompressor = Decompressor::new(Vec::new(), None).expect("a decompressor");
            assert!(all(&mut decompressor, OPERATION_FINISH, &packed) == input);
        }
        let packed = all(&mut Compressor::new(vec![(6, 1), (2, 26), (1, 5)]).expect("a compressor"), 2, &input);
        let mut strict = Decompressor::new(Vec::new(), None).expect("a decompressor");
        let (_, result) = strict.write(2, &packed, &mut Output::new(1 << 20, 0));
        assert_eq!(result.expect_err("a window too large").code, "ERR__ERROR_FORMAT_WINDOW_BITS");
        let mut wide = Decompressor::new(vec![(0, 1), (1, 1)], None).expect("a decompressor");
        assert!(all(&mut wide, 2, &packed) == input);
    }
}
