//! `internalBinding('buffer')`: the parts of Buffer that JavaScript cannot do fast: strings to and from bytes,
//! comparing, searching, copying, and memory that is not zeroed. js/node/buffer.js and js/internal/buffer/ decide
//! what the arguments mean and word the errors; here offsets are only clamped to what is there.
//!
//! About slices over JavaScript memory: a view may lie on a SharedArrayBuffer, whose bytes another thread can change
//! at any time. Nothing below derives an index, a length or validity from a byte it reads twice, so such a race
//! yields torn text, as it does between two JavaScript threads, and never an access out of bounds. The owner of the
//! memory cannot free, move or shrink it meanwhile: that takes JavaScript or a collection on this thread.

mod base64;
pub(super) mod fast;
mod hex;
pub(super) mod text;

use std::cell::RefCell;

use memchr::memmem;
use v8::simdutf;

use self::base64::Flavour;
use super::OpDecl;
use super::args::too_long;
use super::error::{OpError, OpResult};
use crate::op;
use crate::workers::buffer_account;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("utf8Slice", 3, utf8_slice),
    op!("latin1Slice", 3, latin1_slice),
    op!("asciiSlice", 3, ascii_slice),
    op!("ucs2Slice", 3, ucs2_slice),
    op!("base64Slice", 3, base64_slice),
    op!("base64urlSlice", 3, base64url_slice),
    op!("hexSlice", 3, hex_slice),
    op!("utf8Write", 4, utf8_write, &[fast::UTF8_WRITE]),
    op!("latin1Write", 4, latin1_write, &[fast::LATIN1_WRITE]),
    op!("ucs2Write", 4, ucs2_write),
    op!("base64Write", 4, base64_write, &[fast::BASE64_WRITE]),
    op!("base64urlWrite", 4, base64url_write, &[fast::BASE64URL_WRITE]),
    op!("hexWrite", 4, hex_write, &[fast::HEX_WRITE]),
    op!("copyAscii", 4, copy_ascii, &[fast::COPY_ASCII]),
    op!("byteLengthUtf8", 1, byte_length_utf8, &[fast::BYTE_LENGTH_UTF8]),
    op!("compare", 2, compare),
    op!("compareRanges", 6, compare_ranges),
    op!("copy", 5, copy),
    op!("fill", 5, fill),
    op!("find", 6, find),
    op!("swap", 2, swap),
    op!("isUtf8", 1, is_utf8),
    op!("isAscii", 1, is_ascii),
    op!("isDetached", 1, is_detached),
    op!("atob", 1, atob),
    op!("btoa", 1, btoa),
    op!("leaveUnzeroed", 1, leave_unzeroed, &[fast::LEAVE_UNZEROED]),
    op!("limits", 0, limits),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
type Return<'a> = v8::ReturnValue<'a, v8::Value>;

/// Room for the contents of a view that still lives on V8's heap.
type OnHeap = [u8; v8::TYPED_ARRAY_MAX_SIZE_IN_HEAP];
const ON_HEAP: OnHeap = [0; v8::TYPED_ARRAY_MAX_SIZE_IN_HEAP];

/// Results up to these sizes are built on the stack; two of them, for clearing the larger costs more than a short result.
const TINY: usize = 160;
const SMALL: usize = 1024;

/// One-byte strings from this size on take over the memory they were built in instead of being copied. It must be
/// large to pay: fresh memory for each string is page faults, which cost more than the copy.
const EXTERNAL: usize = 1 << 24;

// ---- arguments ------------------------------------------------------------

fn view<'s>(args: Args<'_, 's>, index: i32) -> OpResult<v8::Local<'s, v8::ArrayBufferView>> {
    v8::Local::<v8::ArrayBufferView>::try_from(args.get(index))
        .map_err(|_| OpError::type_error("ERR_INVALID_ARG_TYPE", "argument must be a buffer"))
}

fn text<'s>(args: Args<'_, 's>, index: i32) -> OpResult<v8::Local<'s, v8::String>> {
    v8::Local::<v8::String>::try_from(args.get(index))
        .map_err(|_| OpError::type_error("ERR_INVALID_ARG_TYPE", "argument must be a string"))
}

/// The number at `index` as a count; what is negative or none is 0.
fn count(scope: Scope, args: Args, index: i32) -> usize {
    let value = args.get(index);
    // Nearly always a number, which can be had without V8's conversion.
    if let Ok(number) = v8::Local::<v8::Number>::try_from(value) {
        return number.value() as usize;
    }
    value.number_value(scope).unwrap_or(0.0) as usize
}

/// Bytes `start..end` of `bytes`, both clamped.
fn part(bytes: &[u8], start: usize, end: usize) -> &[u8] {
    let end = end.min(bytes.len());
    bytes.get(start..end).unwrap_or(&[])
}

/// The view's bytes from argument `at` on, as many as argument `at + 1` says and there are, for writing.
#[expect(clippy::mut_from_ref, reason = "the view is a handle to the memory, not the memory")]
fn target<'a>(scope: Scope, args: Args, view: &'a v8::ArrayBufferView, at: i32) -> &'a mut [u8] {
    let length = view.byte_length();
    let start = count(scope, args, at).min(length);
    let wanted = count(scope, args, at + 1).min(length - start);
    let data = view.data().cast::<u8>();
    if data.is_null() {
        return &mut [];
    }
    // SAFETY: `data` points to `length` bytes that the view keeps alive, and start + wanted <= length. The op holds no
    // other slice of them (module head about memory shared with other threads).
    unsafe { std::slice::from_raw_parts_mut(data.add(start), wanted) }
}

fn set_count(mut rv: Return, value: usize) {
    match u32::try_from(value) {
        Ok(value) => rv.set_uint32(value),
        Err(_) => rv.set_double(value as f64),
    }
}

fn set_string(mut rv: Return, string: Option<v8::Local<v8::String>>) -> OpResult {
    rv.set(string.ok_or_else(too_long)?.into());
    Ok(())
}

// ---- bytes to strings -----------------------------------------------------

type Slicer = for<'s> fn(&v8::PinScope<'s, '_>, &[u8]) -> Option<v8::Local<'s, v8::String>>;

fn slice(scope: Scope, args: Args, rv: Return, make: Slicer) -> OpResult {
    let view = view(args, 0)?;
    let (start, end) = (count(scope, args, 1), count(scope, args, 2));
    let mut storage = ON_HEAP;
    set_string(rv, make(scope, part(view.get_contents(&mut storage), start, end)))
}

/// A string of `length` one-byte characters that `fill` writes.
fn build<'s>(
    scope: &v8::PinScope<'s, '_>,
    length: usize,
    fill: impl FnOnce(&mut [u8]),
) -> Option<v8::Local<'s, v8::String>> {
    if length > v8::String::MAX_LENGTH {
        return None;
    }
    if length <= TINY {
        let mut room = [0; TINY];
        fill(&mut room[..length]);
        return v8::String::new_from_one_byte(scope, &room[..length], v8::NewStringType::Normal);
    }
    if length <= SMALL {
        let mut room = [0; SMALL];
        fill(&mut room[..length]);
        return v8::String::new_from_one_byte(scope, &room[..length], v8::NewStringType::Normal);
    }
    if length >= EXTERNAL {
        let mut room = vec![0; length].into_boxed_slice();
        fill(&mut room);
        return crate::workers::shared_text::new_string(scope, room);
    }
    with_scratch(length, |room| {
        fill(room);
        v8::String::new_from_one_byte(scope, room, v8::NewStringType::Normal)
    })
}

/// Memory for results of so many bytes, or units, that V8 then copies stays with a thread once it was used: it comes from the
/// operating system each time otherwise, page by page.
const SCRATCH: usize = 2 << 20;

/// Lends `work` room for `length` bytes that are to be written before they are read.
fn with_scratch<R>(length: usize, work: impl FnOnce(&mut [u8]) -> R) -> R {
    thread_local! {
        static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    lend(&ROOM, length, work)
}

/// As [`with_scratch`], for units of two bytes.
fn with_wide_scratch<R>(length: usize, work: impl FnOnce(&mut [u16]) -> R) -> R {
    thread_local! {
        static ROOM: RefCell<Vec<u16>> = const { RefCell::new(Vec::new()) };
    }
    lend(&ROOM, length, work)
}

fn lend<T: Copy + Default, R>(
    room: &'static std::thread::LocalKey<RefCell<Vec<T>>>,
    length: usize,
    work: impl FnOnce(&mut [T]) -> R,
) -> R {
    if length > SCRATCH {
        return work(&mut vec![T::default(); length]);
    }
    // Taken out, for `work` might come here again.
    let mut taken = room.take();
    if taken.len() < length {
        // Clear as the system gives it, so that only what is written becomes resident.
        taken = vec![T::default(); length.next_power_of_two()];
    }
    let result = work(&mut taken[..length]);
    room.set(taken);
    result
}

fn utf8_slice(scope: Scope, args: Args, rv: Return) -> OpResult {
    slice(scope, args, rv, text::from_utf8)
}

fn latin1_slice(scope: Scope, args: Args, rv: Return) -> OpResult {
    slice(scope, args, rv, |scope, bytes| v8::String::new_from_one_byte(scope, bytes, v8::NewStringType::Normal))
}

fn ascii_slice(scope: Scope, args: Args, rv: Return) -> OpResult {
    slice(scope, args, rv, |scope, bytes| {
        if simdutf::validate_ascii(bytes) {
            return v8::String::new_from_one_byte(scope, bytes, v8::NewStringType::Normal);
        }
        build(scope, bytes.len(), |out| {
            for (slot, byte) in out.iter_mut().zip(bytes) {
                *slot = byte & 0x7f;
            }
        })
    })
}

fn ucs2_slice(scope: Scope, args: Args, rv: Return) -> OpResult {
    slice(scope, args, rv, |scope, bytes| {
        let (pairs, _) = bytes.as_chunks::<2>();
        // SAFETY: every bit pattern is a u16, and align_to only puts aligned whole units into the middle.
        let (before, units, _) = unsafe { bytes.align_to::<u16>() };
        if cfg!(target_endian = "little") && before.is_empty() {
            return v8::String::new_from_two_byte(scope, units, v8::NewStringType::Normal);
        }
        let units: Vec<u16> = pairs.iter().map(|&pair| u16::from_le_bytes(pair)).collect();
        v8::String::new_from_two_byte(scope, &units, v8::NewStringType::Normal)
    })
}

fn base64_slice(scope: Scope, args: Args, rv: Return) -> OpResult {
    slice(scope, args, rv, |scope, bytes| encode_base64(scope, bytes, Flavour::Standard))
}

fn base64url_slice(scope: Scope, args: Args, rv: Return) -> OpResult {
    slice(scope, args, rv, |scope, bytes| encode_base64(scope, bytes, Flavour::Url))
}

fn encode_base64<'s>(
    scope: &v8::PinScope<'s, '_>,
    bytes: &[u8],
    flavour: Flavour,
) -> Option<v8::Local<'s, v8::String>> {
    build(scope, base64::encoded_length(bytes.len(), flavour), |out| base64::encode_into(bytes, out, flavour))
}

fn hex_slice(scope: Scope, args: Args, rv: Return) -> OpResult {
    slice(scope, args, rv, |scope, bytes| build(scope, bytes.len() * 2, |out| hex::encode_into(bytes, out)))
}

/// `bytes` in the encoding that JavaScript calls `encoding`; `None` for one that is not written here.
pub(super) fn text_in<'s>(
    scope: &v8::PinScope<'s, '_>,
    bytes: &[u8],
    encoding: &str,
) -> OpResult<Option<v8::Local<'s, v8::String>>> {
    let text = match encoding {
        "hex" => build(scope, bytes.len() * 2, |out| hex::encode_into(bytes, out)),
        "base64" => encode_base64(scope, bytes, Flavour::Standard),
        "base64url" => encode_base64(scope, bytes, Flavour::Url),
        "latin1" | "binary" => v8::String::new_from_one_byte(scope, bytes, v8::NewStringType::Normal),
        _ => return Ok(None),
    };
    text.ok_or_else(too_long).map(Some)
}

// ---- strings to bytes: (view, string, offset, length) -> bytes written ------

/// Text shorter than this is left to V8's own encoder: setting simdutf up costs more than it saves.
const SHORT: usize = 32;

fn utf8_write(scope: Scope, args: Args, rv: Return) -> OpResult {
    let (view, text) = (view(args, 0)?, text(args, 1)?);
    let out = target(scope, args, &view, 2);
    if text.length() >= SHORT {
        let flat = v8::ValueView::new(scope, text);
        match flat.data() {
            v8::ValueViewData::OneByte(characters) => {
                set_count(rv, text::latin1_to_utf8(characters, out).1);
                return Ok(());
            }
            // Text with a lone surrogate, or more than there is room for, is left to V8.
            v8::ValueViewData::TwoByte(units) => {
                if let Some(written) = text::utf16_to_utf8(units, out) {
                    set_count(rv, written);
                    return Ok(());
                }
            }
        }
    }
    set_count(rv, text.write_utf8_v2(scope, out, v8::WriteFlags::kReplaceInvalidUtf8, None));
    Ok(())
}

fn latin1_write(scope: Scope, args: Args, rv: Return) -> OpResult {
    let (view, text) = (view(args, 0)?, text(args, 1)?);
    let out = target(scope, args, &view, 2);
    let length = text.length().min(out.len());
    text.write_one_byte_v2(scope, 0, &mut out[..length], v8::WriteFlags::empty());
    set_count(rv, length);
    Ok(())
}

/// `copyAscii(view, string, offset, length)`: copies the string as far as it is known to be ASCII, if there is room for all of
/// it; how many bytes that were.
fn copy_ascii(scope: Scope, args: Args, rv: Return) -> OpResult {
    let (view, text) = (view(args, 0)?, text(args, 1)?);
    let out = target(scope, args, &view, 2);
    let flat = v8::ValueView::new(scope, text);
    let copied = match flat.data() {
        v8::ValueViewData::OneByte(characters) if characters.len() <= out.len() => text::copy_ascii(characters, out),
        _ => 0,
    };
    set_count(rv, copied);
    Ok(())
}

fn ucs2_write(scope: Scope, args: Args, rv: Return) -> OpResult {
    let (view, text) = (view(args, 0)?, text(args, 1)?);
    let out = target(scope, args, &view, 2);
    let units = text.length().min(out.len() / 2);
    let out = &mut out[..units * 2];
    // SAFETY: every bit pattern is a u16, and align_to only puts aligned whole units into the middle.
    let (before, aligned, _) = unsafe { out.align_to_mut::<u16>() };
    if cfg!(target_endian = "little") && before.is_empty() {
        text.write_v2(scope, 0, aligned, v8::WriteFlags::empty());
    } else {
        let mut copy = vec![0_u16; units];
        text.write_v2(scope, 0, &mut copy, v8::WriteFlags::empty());
        for (slot, unit) in out.as_chunks_mut::<2>().0.iter_mut().zip(copy) {
            *slot = unit.to_le_bytes();
        }
    }
    set_count(rv, units * 2);
    Ok(())
}

/// The text as one byte a character. What needs more becomes 0xff, which is in no alphabet this is used for.
fn one_byte<R>(scope: Scope, text: v8::Local<v8::String>, run: impl FnOnce(&[u8]) -> R) -> R {
    let flat = v8::ValueView::new(scope, text);
    match flat.data() {
        v8::ValueViewData::OneByte(characters) => run(characters),
        v8::ValueViewData::TwoByte(units) => {
            let narrow: Vec<u8> = units.iter().map(|&unit| u8::try_from(unit).unwrap_or(0xff)).collect();
            run(&narrow)
        }
    }
}

fn base64_write(scope: Scope, args: Args, rv: Return) -> OpResult {
    decode_base64(scope, args, rv, Flavour::Standard)
}

fn base64url_write(scope: Scope, args: Args, rv: Return) -> OpResult {
    decode_base64(scope, args, rv, Flavour::Url)
}

fn decode_base64(scope: Scope, args: Args, rv: Return, flavour: Flavour) -> OpResult {
    let (view, text) = (view(args, 0)?, text(args, 1)?);
    let out = target(scope, args, &view, 2);
    set_count(rv, one_byte(scope, text, |characters| base64::decode_lenient(characters, out, flavour)));
    Ok(())
}

fn hex_write(scope: Scope, args: Args, rv: Return) -> OpResult {
    let (view, text) = (view(args, 0)?, text(args, 1)?);
    let out = target(scope, args, &view, 2);
    let flat = v8::ValueView::new(scope, text);
    let written = match flat.data() {
        v8::ValueViewData::OneByte(characters) => hex::decode_one_byte(characters, out),
        v8::ValueViewData::TwoByte(units) => hex::decode_into(units, out),
    };
    set_count(rv, written);
    Ok(())
}

fn byte_length_utf8(scope: Scope, args: Args, rv: Return) -> OpResult {
    let text = text(args, 0)?;
    if text.length() >= SHORT {
        let flat = v8::ValueView::new(scope, text);
        if let v8::ValueViewData::OneByte(characters) = flat.data() {
            set_count(rv, simdutf::utf8_length_from_latin1(characters));
            return Ok(());
        }
    }
    set_count(rv, text.utf8_length(scope));
    Ok(())
}

// ---- bytes and bytes --------------------------------------------------------

fn set_ordering(mut rv: Return, a: &[u8], b: &[u8]) {
    rv.set_int32(a.cmp(b) as i32);
}

/// `compare(a, b)`: -1, 0 or 1.
fn compare(_: Scope, args: Args, rv: Return) -> OpResult {
    let (a, b) = (view(args, 0)?, view(args, 1)?);
    let (mut a_storage, mut b_storage) = (ON_HEAP, ON_HEAP);
    set_ordering(rv, a.get_contents(&mut a_storage), b.get_contents(&mut b_storage));
    Ok(())
}

/// `compareRanges(a, aStart, aEnd, b, bStart, bEnd)`: -1, 0 or 1.
fn compare_ranges(scope: Scope, args: Args, rv: Return) -> OpResult {
    let (a, b) = (view(args, 0)?, view(args, 3)?);
    let (mut a_storage, mut b_storage) = (ON_HEAP, ON_HEAP);
    let a = part(a.get_contents(&mut a_storage), count(scope, args, 1), count(scope, args, 2));
    let b = part(b.get_contents(&mut b_storage), count(scope, args, 4), count(scope, args, 5));
    set_ordering(rv, a, b);
    Ok(())
}

/// `copy(source, target, targetStart, sourceStart, length)`; the regions may overlap.
fn copy(scope: Scope, args: Args, rv: Return) -> OpResult {
    let (source, target) = (view(args, 0)?, view(args, 1)?);
    let (to, from, wanted) = (count(scope, args, 2), count(scope, args, 3), count(scope, args, 4));
    let room = target.byte_length().saturating_sub(to);
    let length = source.byte_length().saturating_sub(from).min(room).min(wanted);
    if length > 0 {
        let (source, target) = (source.data().cast::<u8>(), target.data().cast::<u8>());
        // SAFETY: from + length and to + length were clamped to the views' lengths, and a view with a length has
        // memory. ptr::copy allows the overlap of two views of one buffer.
        unsafe { std::ptr::copy(source.add(from), target.add(to), length) };
    }
    set_count(rv, length);
    Ok(())
}

/// `fill(view, pattern, patternLength, start, end)`: repeats the pattern's first bytes through a part of the view.
/// False if there is no pattern.
fn fill(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let (view, pattern) = (view(args, 0)?, view(args, 1)?);
    // A copy: the pattern may lie in the memory that is filled.
    let mut storage = ON_HEAP;
    let pattern = part(pattern.get_contents(&mut storage), 0, count(scope, args, 2)).to_vec();
    let (start, end) = (count(scope, args, 3), count(scope, args, 4));
    let length = view.byte_length();
    let (start, end) = (start.min(length), end.min(length));
    rv.set_bool(!pattern.is_empty());
    let data = view.data().cast::<u8>();
    if pattern.is_empty() || start >= end || data.is_null() {
        return Ok(());
    }
    // SAFETY: start..end lies within the `length` bytes that the view keeps alive; no other slice of them exists here.
    let out = unsafe { std::slice::from_raw_parts_mut(data.add(start), end - start) };
    let mut filled = pattern.len().min(out.len());
    out[..filled].copy_from_slice(&pattern[..filled]);
    // Each copy doubles what is there.
    while filled < out.len() {
        let more = filled.min(out.len() - filled);
        out.copy_within(..more, filled);
        filled += more;
    }
    Ok(())
}

/// `find(haystack, needle, offset, forward, width, needleLength)`: the offset of the first occurrence at or after `offset`, or
/// (backward) of the last one at or before it; -1 if there is none. `width` 2 looks at even offsets alone.
fn find(scope: Scope, args: Args, mut rv: Return) -> OpResult {
    let (haystack, needle) = (view(args, 0)?, view(args, 1)?);
    let offset = count(scope, args, 2);
    let forward = args.get(3).is_true();
    let width = if count(scope, args, 4) == 2 { 2 } else { 1 };
    let (mut storage, mut needle_storage) = (ON_HEAP, ON_HEAP);
    let haystack = haystack.get_contents(&mut storage);
    let needle = part(needle.get_contents(&mut needle_storage), 0, count(scope, args, 5));
    let found = if forward {
        find_forward(haystack, needle, offset, width)
    } else {
        find_backward(haystack, needle, offset, width)
    };
    rv.set_double(found.map_or(-1.0, |position| position as f64));
    Ok(())
}

fn find_forward(haystack: &[u8], needle: &[u8], mut offset: usize, width: usize) -> Option<usize> {
    let finder = memmem::Finder::new(needle);
    loop {
        let position = offset + finder.find(haystack.get(offset..)?)?;
        if position.is_multiple_of(width) {
            return Some(position);
        }
        offset = position + 1;
    }
}

fn find_backward(haystack: &[u8], needle: &[u8], offset: usize, width: usize) -> Option<usize> {
    let finder = memmem::FinderRev::new(needle);
    let mut end = offset.saturating_add(needle.len()).min(haystack.len());
    loop {
        let position = finder.rfind(&haystack[..end])?;
        if position.is_multiple_of(width) {
            return Some(position);
        }
        // The next candidate begins one byte earlier.
        end = (position + needle.len()).checked_sub(1)?;
    }
}

/// `swap(view, width)`: reverses each group of 2, 4 or 8 bytes in place.
fn swap(scope: Scope, args: Args, _: Return) -> OpResult {
    let view = view(args, 0)?;
    let width = count(scope, args, 1);
    let (data, length) = (view.data().cast::<u8>(), view.byte_length());
    if data.is_null() || length == 0 {
        return Ok(());
    }
    // SAFETY: the view keeps `length` bytes at `data` alive, and no other slice of them exists here.
    let bytes = unsafe { std::slice::from_raw_parts_mut(data, length) };
    match width {
        2 => bytes.as_chunks_mut::<2>().0.iter_mut().for_each(|group| group.reverse()),
        4 => bytes.as_chunks_mut::<4>().0.iter_mut().for_each(|group| group.reverse()),
        8 => bytes.as_chunks_mut::<8>().0.iter_mut().for_each(|group| group.reverse()),
        _ => {}
    }
    Ok(())
}

fn is_utf8(_: Scope, args: Args, mut rv: Return) -> OpResult {
    let view = view(args, 0)?;
    rv.set_bool(simdutf::validate_utf8(view.get_contents(&mut ON_HEAP.clone())));
    Ok(())
}

fn is_ascii(_: Scope, args: Args, mut rv: Return) -> OpResult {
    let view = view(args, 0)?;
    rv.set_bool(simdutf::validate_ascii(view.get_contents(&mut ON_HEAP.clone())));
    Ok(())
}

/// `isDetached(arrayBuffer)`
fn is_detached(_: Scope, args: Args, mut rv: Return) -> OpResult {
    rv.set_bool(v8::Local::<v8::ArrayBuffer>::try_from(args.get(0)).is_ok_and(|buffer| buffer.was_detached()));
    Ok(())
}

// ---- atob, btoa -----------------------------------------------------------

/// `atob(text)`: the decoded bytes as a string, undefined if `text` is not base64.
fn atob(scope: Scope, args: Args, rv: Return) -> OpResult {
    let text = text(args, 0)?;
    match one_byte(scope, text, base64::decode_forgiving) {
        Some(bytes) => set_string(rv, v8::String::new_from_one_byte(scope, &bytes, v8::NewStringType::Normal)),
        None => Ok(()),
    }
}

/// `btoa(text)`: base64 of the text's characters, undefined if one of them is above U+00FF.
fn btoa(scope: Scope, args: Args, rv: Return) -> OpResult {
    let text = text(args, 0)?;
    if !text.contains_only_onebyte() {
        return Ok(());
    }
    let mut bytes = vec![0; text.length()];
    text.write_one_byte_v2(scope, 0, &mut bytes, v8::WriteFlags::empty());
    set_string(rv, encode_base64(scope, &bytes, Flavour::Standard))
}

// ---- memory -----------------------------------------------------------------

/// `leaveUnzeroed(size)`: if the next memory of an ArrayBuffer that this thread allocates has `size` bytes, it may hold
/// whatever it held; 0 for none.
fn leave_unzeroed(scope: Scope, args: Args, _: Return) -> OpResult {
    buffer_account::leave_unzeroed(count(scope, args, 0));
    Ok(())
}

/// `limits()`: [greatest byte length of a Buffer, greatest length of a string].
fn limits(scope: Scope, _: Args, mut rv: Return) -> OpResult {
    let values: [v8::Local<v8::Value>; 2] = [
        v8::Number::new(scope, v8::TypedArray::MAX_BYTE_LENGTH as f64).into(),
        v8::Number::new(scope, v8::String::MAX_LENGTH as f64).into(),
    ];
    rv.set(v8::Array::new_with_elements(scope, &values).into());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{find_backward, find_forward, part};

    #[test]
    fn parts_are_clamped() {
        assert_eq!(part(b"abc", 1, 9), b"bc");
        assert_eq!(part(b"abc", 2, 1), b"");
        assert_eq!(part(b"abc", 7, 9), b"");
    }

    #[test]
    fn searching_respects_direction_and_width() {
        assert_eq!(find_forward(b"abcabc", b"abc", 1, 1), Some(3));
        assert_eq!(find_forward(b"abcabc", b"abc", 4, 1), None);
        assert_eq!(find_backward(b"abcabc", b"abc", 5, 1), Some(3));
        assert_eq!(find_backward(b"abcabc", b"abc", 2, 1), Some(0));
        assert_eq!(find_forward(b"xaaxaa", b"aa", 0, 2), Some(4));
        assert_eq!(find_backward(b"aaxaax", b"aa", 5, 2), Some(0));
        assert_eq!(find_backward(b"xaax", b"aa", 5, 2), None);
    }
}
