//! What optimised code calls instead of the write operations where the text is a flat one-byte string: no arguments to
//! unpack, no scope. V8 calls the operations themselves for everything else.
//!
//! Such a call must not allocate on V8's heap, run JavaScript or throw, nor make handles, which would
//! stay until the function returns that optimised code was entered from. js/internal/buffer/ passes views only.

use v8::fast_api::{CFunction, CFunctionInfo, CTypeInfo, FastApiOneByteString, Int64Representation, Type};

use super::base64::{self, Flavour};
use super::{hex, text};
use crate::workers::buffer_account;

/// Receiver, view, text, offset, length. Offsets as doubles: V8 would cut larger numbers down to 32 bits.
const WRITE_ARGUMENTS: &[CTypeInfo] = &[
    Type::V8Value.as_info(),
    Type::V8Value.as_info(),
    Type::SeqOneByteString.as_info(),
    Type::Float64.as_info(),
    Type::Float64.as_info(),
];

const WRITE: &CFunctionInfo = &CFunctionInfo::new(Type::Uint32.as_info(), WRITE_ARGUMENTS, Int64Representation::Number);

type Value<'s> = v8::Local<'s, v8::Value>;

// Were there views whose contents lie on V8's heap, their memory could not be had without allocating.
const _: () = assert!(v8::TYPED_ARRAY_MAX_SIZE_IN_HEAP == 0);

/// Where the contents of a view lie and how many bytes they are; `None` if it is no view or has none. Unlike
/// `ArrayBufferView::data` this makes no handle: a fast call has no scope that would drop it.
pub(in crate::ops) fn contents(view: Value) -> Option<(*mut u8, usize)> {
    let view = v8::Local::<v8::ArrayBufferView>::try_from(view).ok()?;
    // SAFETY: nothing is asked of the caller but what is done with the pointer; no contents are on the heap (above), so the
    // storage for those may be empty.
    let (data, size) = unsafe { view.get_contents_raw_parts(&mut []) };
    (!data.is_null() && size > 0).then_some((data, size))
}

/// The part of the view's memory that the arguments name, clamped.
#[expect(clippy::mut_from_ref, reason = "the view is a handle to the memory, not the memory")]
fn target<'a>(view: &'a Value, offset: f64, length: f64) -> &'a mut [u8] {
    let Some((data, size)) = contents(*view) else { return &mut [] };
    let start = (offset as usize).min(size);
    let wanted = (length as usize).min(size - start);
    // SAFETY: `data` points to `size` bytes that the view keeps alive during the call, and start + wanted <= size. There is no
    // other slice of them: the text is a string's own memory.
    unsafe { std::slice::from_raw_parts_mut(data.add(start), wanted) }
}

macro_rules! write_call {
    ($name:ident, $function:ident, |$text:ident, $out:ident| $body:expr) => {
        pub(super) const $name: CFunction = CFunction::new($function as *const () as _, WRITE);

        extern "C" fn $function(_: Value, view: Value, text: &FastApiOneByteString, offset: f64, length: f64) -> u32 {
            let ($text, $out) = (text.as_bytes(), target(&view, offset, length));
            // At most twice V8's limit for strings, which is below 2^30.
            let written: usize = $body;
            written as u32
        }
    };
}

write_call!(UTF8_WRITE, utf8_write, |text, out| text::latin1_to_utf8(text, out).1);
write_call!(BASE64_WRITE, base64_write, |text, out| base64::decode_lenient(text, out, Flavour::Standard));
write_call!(BASE64URL_WRITE, base64url_write, |text, out| base64::decode_lenient(text, out, Flavour::Url));
write_call!(HEX_WRITE, hex_write, |text, out| hex::decode_one_byte(text, out));
write_call!(LATIN1_WRITE, latin1_write, |text, out| {
    let length = text.len().min(out.len());
    text::copy(&text[..length], &mut out[..length]);
    length
});
write_call!(COPY_ASCII, copy_ascii, |text, out| if text.len() <= out.len() { text::copy_ascii(text, out) } else { 0 });

pub(super) const LEAVE_UNZEROED: CFunction = CFunction::new(
    leave_unzeroed as *const () as _,
    &CFunctionInfo::new(
        Type::Void.as_info(),
        &[Type::V8Value.as_info(), Type::Float64.as_info()],
        Int64Representation::Number,
    ),
);

extern "C" fn leave_unzeroed(_: Value, size: f64) {
    buffer_account::leave_unzeroed(size as usize);
}

pub(super) const BYTE_LENGTH_UTF8: CFunction = CFunction::new(
    byte_length_utf8 as *const () as _,
    &CFunctionInfo::new(
        Type::Uint32.as_info(),
        &[Type::V8Value.as_info(), Type::SeqOneByteString.as_info()],
        Int64Representation::Number,
    ),
);

extern "C" fn byte_length_utf8(_: Value, text: &FastApiOneByteString) -> u32 {
    // At most twice V8's limit for strings, which is below 2^30.
    text::latin1_length(text.as_bytes()) as u32
}
