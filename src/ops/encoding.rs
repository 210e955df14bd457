//! `internalBinding('encoding')`: TextEncoder's encoder, and TextDecoder's decoders, from `encoding_rs` (Encoding
//! standard).
//!
//! UTF-8 in one piece goes through V8 and simdutf. Everything else has an `encoding_rs` decoder: one made and dropped
//! for a whole text, or a resource that js/web/encoding.js keeps while a text arrives in pieces.

use std::cell::RefCell;
use std::rc::Rc;

use v8::fast_api::{CFunction, CFunctionInfo, FastApiOneByteString, Int64Representation, Type};

use encoding_rs::{CoderResult, Decoder, DecoderResult, Encoding};

use super::OpDecl;
use super::args::{IntoJs, arg_bool, arg_bytes, arg_region, arg_string, arg_u32, string, too_long};
use super::buffer::fast::contents;
use super::buffer::text::{copy, from_utf8, latin1_length, latin1_to_utf8};
use super::error::{OpError, OpResult};
use super::state::op_state;
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("encodeUtf8", 1, encode_utf8),
    op!("beginEncode", 1, begin_encode, &[BEGIN_ENCODE_FAST]),
    op!("takeEncoded", 1, take_encoded, &[TAKE_ENCODED_FAST]),
    op!("encodeInto", 3, encode_into, &[ENCODE_INTO_FAST]),
    op!("canonicalName", 1, canonical_name),
    op!("decodeUtf8", 3, decode_utf8),
    op!("decode", 4, decode),
    op!("openDecoder", 2, open_decoder),
    op!("closeDecoder", 1, close_decoder),
    op!("feedDecoder", 4, feed_decoder),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
type Return<'a> = v8::ReturnValue<'a, v8::Value>;

fn arg_text<'s>(args: Args<'_, 's>, index: i32) -> OpResult<v8::Local<'s, v8::String>> {
    v8::Local::<v8::String>::try_from(args.get(index))
        .map_err(|_| OpError::type_error("ERR_INVALID_ARG_TYPE", "argument must be a string"))
}

/// `encodeUtf8(text)`: a `Uint8Array` of its own memory; lone surrogates become U+FFFD.
fn encode_utf8(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let text = arg_text(args, 0)?;
    let mut bytes: Vec<u8> = Vec::with_capacity(text.utf8_length(scope));
    let written =
        text.write_utf8_uninit_v2(scope, bytes.spare_capacity_mut(), v8::WriteFlags::kReplaceInvalidUtf8, None);
    // SAFETY: V8 wrote `written` bytes, at most the spare capacity it was given.
    unsafe { bytes.set_len(written) };
    rv.set(bytes.into_js(scope)?);
    Ok(())
}

/// Two-byte text of so many units is encoded before there is memory for it, which saves counting it first.
const ENCODED_AHEAD: usize = 1 << 14;

/// A unit becomes three bytes at most.
const MOST_BYTES: usize = 3;

thread_local! {
    /// What `beginEncode` encoded, and its length.
    static ENCODED: RefCell<(Vec<u8>, usize)> = RefCell::default();
}

/// `beginEncode(text)`: how many bytes `text` is in UTF-8; less than 0 if they are there for `takeEncoded`.
fn begin_encode(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let text = arg_text(args, 0)?;
    let units = text.length();
    if let v8::ValueViewData::OneByte(characters) = v8::ValueView::new(scope, text).data() {
        rv.set_double(latin1_length(characters) as f64);
        return Ok(());
    }
    if units > ENCODED_AHEAD {
        rv.set_double(text.utf8_length(scope) as f64);
        return Ok(());
    }
    ENCODED.with_borrow_mut(|(room, length)| {
        if room.len() < units * MOST_BYTES {
            room.resize(units.next_power_of_two() * MOST_BYTES, 0);
        }
        *length = encode_two_byte(scope, text, room);
        rv.set_int32(-(*length as i32));
    });
    Ok(())
}

/// Encodes `text` to `out`, which has room for the most it can be; how many bytes that were.
fn encode_two_byte(scope: Scope, text: v8::Local<v8::String>, out: &mut [u8]) -> usize {
    {
        let flat = v8::ValueView::new(scope, text);
        if let v8::ValueViewData::TwoByte(units) = flat.data()
            && out.len() >= units.len() * MOST_BYTES
        {
            // SAFETY: there is room for three bytes for each unit (checked above).
            let result = unsafe { v8::simdutf::convert_utf16le_to_utf8_with_errors(units, out) };
            if result.is_ok() && cfg!(target_endian = "little") {
                return result.count;
            }
        }
    }
    // Lone surrogates.
    text.write_utf8_v2(scope, out, v8::WriteFlags::kReplaceInvalidUtf8, None)
}

/// `beginEncode` called from optimised code with a flat one-byte string.
const BEGIN_ENCODE_FAST: CFunction = CFunction::new(
    begin_encode_fast as *const () as _,
    &CFunctionInfo::new(
        Type::Int32.as_info(),
        &[Type::V8Value.as_info(), Type::SeqOneByteString.as_info()],
        Int64Representation::Number,
    ),
);

extern "C" fn begin_encode_fast(_this: v8::Local<v8::Value>, text: &FastApiOneByteString) -> i32 {
    // At most twice V8's limit for strings, which is below 2^30.
    latin1_length(text.as_bytes()) as i32
}

/// `takeEncoded(bytes)`: copies what `beginEncode` encoded to the array, which is as long.
fn take_encoded(_: Scope, args: Args, _: Return) -> OpResult {
    copy_encoded(args.get(0));
    Ok(())
}

fn copy_encoded(bytes: v8::Local<v8::Value>) {
    ENCODED.with_borrow(|(room, length)| {
        if let Some((data, size)) = contents(bytes)
            && size == *length
        {
            // SAFETY: the view has that many bytes there and keeps them alive; the room lies elsewhere.
            let out = unsafe { std::slice::from_raw_parts_mut(data, size) };
            copy(&room[..size], out);
        }
    });
}

/// The same for optimised code.
const TAKE_ENCODED_FAST: CFunction = CFunction::new(
    take_encoded_fast as *const () as _,
    &CFunctionInfo::new(
        Type::Void.as_info(),
        &[Type::V8Value.as_info(), Type::V8Value.as_info()],
        Int64Representation::Number,
    ),
);

extern "C" fn take_encoded_fast(_this: v8::Local<v8::Value>, bytes: v8::Local<v8::Value>) {
    copy_encoded(bytes);
}

/// `encodeInto(text, bytes, progress)`: encodes the whole characters that fit; returns how many bytes that were, and writes to
/// the `Float64Array` `progress` how many units of `text` were read.
fn encode_into(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let text = arg_text(args, 0)?;
    let region = arg_region(args, 1)?;
    let mut read = 0;
    // SAFETY: the region's memory is valid for its length and kept alive by it. V8 only writes through the slice, so
    // another thread that shares the memory sees at worst a mixture of its bytes and these.
    let out = unsafe { std::slice::from_raw_parts_mut(region.as_ptr(), region.len) };
    let written = text.write_utf8_v2(scope, out, v8::WriteFlags::kReplaceInvalidUtf8, Some(&mut read));
    report_progress(args.get(2), read);
    rv.set_double(written as f64);
    Ok(())
}

fn report_progress(progress: v8::Local<v8::Value>, read: usize) {
    if progress.is_float64_array()
        && let Some((data, size)) = contents(progress)
        && size >= size_of::<f64>()
    {
        // SAFETY: the array has room for the number (checked above) and is aligned for its elements.
        unsafe { data.cast::<f64>().write(read as f64) };
    }
}

/// `encodeInto` called from optimised code with a flat one-byte string.
const ENCODE_INTO_FAST: CFunction = CFunction::new(
    encode_into_fast as *const () as _,
    &CFunctionInfo::new(
        Type::Float64.as_info(),
        &[Type::V8Value.as_info(), Type::SeqOneByteString.as_info(), Type::V8Value.as_info(), Type::V8Value.as_info()],
        Int64Representation::Number,
    ),
);

extern "C" fn encode_into_fast(
    _this: v8::Local<v8::Value>,
    text: &FastApiOneByteString,
    bytes: v8::Local<v8::Value>,
    progress: v8::Local<v8::Value>,
) -> f64 {
    let (mut read, mut written) = (0, 0);
    if let Some((data, size)) = contents(bytes) {
        // SAFETY: the view has that many bytes there and keeps them alive; the text lies elsewhere.
        let out = unsafe { std::slice::from_raw_parts_mut(data, size) };
        (read, written) = latin1_to_utf8(text.as_bytes(), out);
    }
    report_progress(progress, read);
    written as f64
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// `canonicalName(label)`: the standard's name in lower case; undefined if there is no such label, or if it is one of
/// those whose decoder only refuses ("replacement").
fn canonical_name(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let label = arg_string(scope, args, 0)?;
    if let Some(encoding) = Encoding::for_label_no_replacement(label.as_bytes()) {
        rv.set(string(scope, &encoding.name().to_ascii_lowercase())?.into());
    }
    Ok(())
}

/// `decodeUtf8(bytes, ignoreBOM, fatal)`: the text; undefined if `fatal` and malformed.
fn decode_utf8(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let (keep_bom, fatal) = (args.get(1).is_true(), args.get(2).is_true());
    let mut storage = [0; v8::TYPED_ARRAY_MAX_SIZE_IN_HEAP];
    let copied;
    let view = v8::Local::<v8::ArrayBufferView>::try_from(args.get(0));
    let mut bytes = match &view {
        // In place: no JavaScript runs before the string is made. Memory shared with another thread is copied, for
        // it must not change between being checked and being read.
        Ok(view) if !view.has_buffer() || !is_shared(scope, *view) => view.get_contents(&mut storage),
        _ => {
            copied = arg_bytes(args, 0)?;
            &copied
        }
    };
    if !keep_bom && let Some(rest) = bytes.strip_prefix(BOM) {
        bytes = rest;
    }
    if fatal && !v8::simdutf::validate_utf8(bytes) {
        return Ok(());
    }
    let text = from_utf8(scope, bytes).ok_or_else(too_long)?;
    rv.set(text.into());
    Ok(())
}

fn is_shared(scope: &v8::PinScope, view: v8::Local<v8::ArrayBufferView>) -> bool {
    view.buffer(scope).is_none_or(|buffer| buffer.is_shared_array_buffer())
}

fn encoding(name: &str) -> OpResult<&'static Encoding> {
    Encoding::for_label(name.as_bytes()).ok_or_else(|| {
        OpError::range_error("ERR_ENCODING_NOT_SUPPORTED", format!("The \"{name}\" encoding is not supported"))
    })
}

fn decoder(name: &str, keep_bom: bool) -> OpResult<Decoder> {
    let encoding = encoding(name)?;
    Ok(if keep_bom { encoding.new_decoder_without_bom_handling() } else { encoding.new_decoder_with_bom_removal() })
}

/// Decodes `bytes`; `None` if `fatal` and malformed.
fn run(decoder: &mut Decoder, bytes: &[u8], last: bool, fatal: bool) -> OpResult<Option<String>> {
    let length = if fatal {
        decoder.max_utf8_buffer_length_without_replacement(bytes.len())
    } else {
        decoder.max_utf8_buffer_length(bytes.len())
    };
    let mut text = String::with_capacity(length.ok_or_else(too_long)?);
    if fatal {
        let (result, _) = decoder.decode_to_string_without_replacement(bytes, &mut text, last);
        return match result {
            DecoderResult::InputEmpty => Ok(Some(text)),
            DecoderResult::Malformed(..) => Ok(None),
            DecoderResult::OutputFull => Err(too_long()),
        };
    }
    match decoder.decode_to_string(bytes, &mut text, last) {
        (CoderResult::InputEmpty, ..) => Ok(Some(text)),
        (CoderResult::OutputFull, ..) => Err(too_long()),
    }
}

fn answer(scope: Scope, mut rv: Return, text: Option<String>) -> OpResult {
    if let Some(text) = text {
        rv.set(string(scope, &text)?.into());
    }
    Ok(())
}

/// `decode(name, bytes, ignoreBOM, fatal)`: a whole text; undefined if `fatal` and malformed.
fn decode(scope: Scope, args: Args, rv: Return) -> OpResult {
    let name = arg_string(scope, args, 0)?;
    let bytes = arg_bytes(args, 1)?;
    let mut decoder = decoder(&name, arg_bool(scope, args, 2))?;
    let fatal = arg_bool(scope, args, 3);
    let text = run(&mut decoder, &bytes, true, fatal)?;
    answer(scope, rv, text)
}

/// A decoder in the middle of a text.
struct Stream(RefCell<Decoder>);

/// `openDecoder(name, ignoreBOM)`: id of a decoder that waits for its text.
fn open_decoder(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let name = arg_string(scope, args, 0)?;
    let stream = Stream(RefCell::new(decoder(&name, arg_bool(scope, args, 1))?));
    let id = op_state(scope).borrow_mut().resources.add(Rc::new(stream));
    rv.set_uint32(id);
    Ok(())
}

/// `closeDecoder(id)`
fn close_decoder(scope: Scope, args: Args, _: Return) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    drop(op_state(scope).borrow_mut().resources.remove::<Stream>(id));
    Ok(())
}

/// `feedDecoder(id, bytes, last, fatal)`: what could be decoded; undefined if `fatal` and malformed.
fn feed_decoder(scope: Scope, args: Args, rv: Return) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let bytes = arg_bytes(args, 1)?;
    let (last, fatal) = (arg_bool(scope, args, 2), arg_bool(scope, args, 3));
    let stream = op_state(scope).borrow().resources.get::<Stream>(id);
    let Some(stream) = stream else {
        return Err(OpError::error("ERR_INVALID_STATE", "Invalid state: The decoder is closed"));
    };
    let text = run(&mut stream.0.borrow_mut(), &bytes, last, fatal)?;
    answer(scope, rv, text)
}
