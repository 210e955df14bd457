//! Reading an op's arguments and making its results.
//!
//! js/ validates what users pass and words the errors; these helpers only guard the border, so their errors name
//! the position and the type the op needs.

use std::cell::Cell;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{OpError, OpResult};

/// Turns the result of a finished op into a JavaScript value on the isolate's thread.
pub trait IntoJs {
    /// Makes the value; fails where V8 cannot hold it (a string past V8's length limit).
    fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>>;
}

impl IntoJs for () {
    fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>> {
        Ok(v8::undefined(scope).into())
    }
}

impl IntoJs for bool {
    fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>> {
        Ok(v8::Boolean::new(scope, self).into())
    }
}

macro_rules! number_into_js {
    ($($t:ty),*) => {$(
        impl IntoJs for $t {
            fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>> {
                Ok(v8::Number::new(scope, self as f64).into())
            }
        }
    )*};
}
number_into_js!(i32, u32, f64, usize, u64, i64);

impl IntoJs for String {
    fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>> {
        Ok(string(scope, &self)?.into())
    }
}

impl IntoJs for &'static str {
    fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>> {
        Ok(string(scope, self)?.into())
    }
}

/// After so many bytes V8 is reminded of memory that it was handed.
const REMINDER: usize = 16 << 20;

/// V8 was handed `bytes` bytes that it did not allocate. What of them is garbage would heap up until enough objects were made
/// beside it: V8 looks at how much memory hangs on young objects where it allocates some itself, so it has to now and then.
pub(crate) fn remind(scope: &mut v8::PinScope, bytes: usize) {
    thread_local! {
        static SINCE: Cell<usize> = const { Cell::new(0) };
    }
    let since = SINCE.get() + bytes;
    SINCE.set(since % REMINDER);
    if since >= REMINDER {
        v8::scope!(let scope, scope);
        let _ = v8::ArrayBuffer::new(scope, 1);
    }
}

/// An `ArrayBuffer` that takes `bytes` over without a copy.
pub(crate) fn array_buffer<'s>(scope: &mut v8::PinScope<'s, '_>, bytes: Vec<u8>) -> v8::Local<'s, v8::ArrayBuffer> {
    remind(scope, bytes.len());
    let store = v8::ArrayBuffer::new_backing_store_from_vec(bytes).make_shared();
    v8::ArrayBuffer::with_backing_store(scope, &store)
}

/// A `Uint8Array` that takes the bytes over without a copy.
impl IntoJs for Vec<u8> {
    fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>> {
        let length = self.len();
        let buffer = array_buffer(scope, self);
        v8::Uint8Array::new(scope, buffer, 0, length).map(Into::into).ok_or_else(OpError::pending)
    }
}

impl<T: IntoJs> IntoJs for Option<T> {
    fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>> {
        match self {
            Some(value) => value.into_js(scope),
            None => Ok(v8::undefined(scope).into()),
        }
    }
}

/// An array of the converted items. (`Vec<u8>` is a `Uint8Array` instead.)
pub struct List<T>(
    /// The items, in order.
    pub Vec<T>,
);

impl<T: IntoJs> IntoJs for List<T> {
    fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>> {
        let mut values = Vec::with_capacity(self.0.len());
        for item in self.0 {
            values.push(item.into_js(scope)?);
        }
        Ok(v8::Array::new_with_elements(scope, &values).into())
    }
}

/// A struct-shaped result, through `serde_v8`.
pub struct Serialized<T>(
    /// The value to serialize.
    pub T,
);

impl<T: Serialize> IntoJs for Serialized<T> {
    fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>> {
        serde_v8::to_v8(scope, self.0).map_err(|e| OpError::error("ERR_INTERNAL_ASSERTION", e.to_string()))
    }
}

/// Deserializes a struct-shaped argument through `serde_v8`.
pub fn arg_struct<'s, T: DeserializeOwned>(
    scope: &mut v8::PinScope<'s, '_>,
    args: &v8::FunctionCallbackArguments<'s>,
    index: i32,
) -> OpResult<T> {
    serde_v8::from_v8(scope, args.get(index)).map_err(|e| bad(index, &format!("of the op's shape ({e})")))
}

/// A V8 string of `text`, or Node's error for one past V8's limit.
pub fn string<'s>(scope: &v8::PinScope<'s, '_>, text: &str) -> OpResult<v8::Local<'s, v8::String>> {
    // Most of it is ASCII, which V8 takes as it is.
    let made = if text.is_ascii() {
        v8::String::new_from_one_byte(scope, text.as_bytes(), v8::NewStringType::Normal)
    } else {
        v8::String::new(scope, text)
    };
    made.ok_or_else(too_long)
}

/// A V8 string that names a property: internalized, for constant keys.
pub fn key<'s>(scope: &v8::PinScope<'s, '_>, text: &str) -> v8::Local<'s, v8::String> {
    v8::String::new_from_utf8(scope, text.as_bytes(), v8::NewStringType::Internalized)
        .unwrap_or_else(|| v8::String::empty(scope))
}

/// Node's error for text that no V8 string can hold (about 512 MiB).
pub fn too_long() -> OpError {
    OpError::error("ERR_STRING_TOO_LONG", "Cannot create a string longer than 0x1fffffe8 characters")
}

fn bad(index: i32, what: &str) -> OpError {
    OpError::type_error("ERR_INVALID_ARG_TYPE", format!("Argument {index} of a native operation must be {what}"))
}

/// The string at `index`; lone surrogates become U+FFFD.
pub fn arg_string(scope: &mut v8::PinScope, args: &v8::FunctionCallbackArguments, index: i32) -> OpResult<String> {
    let value = args.get(index);
    let text = v8::Local::<v8::String>::try_from(value).map_err(|_| bad(index, "a string"))?;
    Ok(text.to_rust_string_lossy(scope))
}

/// The string at `index`, or `None` for undefined and null.
pub fn arg_opt_string(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    index: i32,
) -> OpResult<Option<String>> {
    if args.get(index).is_null_or_undefined() { Ok(None) } else { arg_string(scope, args, index).map(Some) }
}

/// The number at `index`, converted to a 32-bit integer.
pub fn arg_i32(scope: &mut v8::PinScope, args: &v8::FunctionCallbackArguments, index: i32) -> OpResult<i32> {
    args.get(index).int32_value(scope).ok_or_else(OpError::pending)
}

/// The number at `index`, converted to an unsigned 32-bit integer.
pub fn arg_u32(scope: &mut v8::PinScope, args: &v8::FunctionCallbackArguments, index: i32) -> OpResult<u32> {
    args.get(index).uint32_value(scope).ok_or_else(OpError::pending)
}

/// The number at `index`. All that is not a number is one NaN: V8's for undefined has bits of its own.
pub fn arg_f64(scope: &mut v8::PinScope, args: &v8::FunctionCallbackArguments, index: i32) -> OpResult<f64> {
    let number = args.get(index).number_value(scope).ok_or_else(OpError::pending)?;
    Ok(if number.is_nan() { f64::NAN } else { number })
}

/// The truth of the value at `index`.
pub fn arg_bool(scope: &mut v8::PinScope, args: &v8::FunctionCallbackArguments, index: i32) -> bool {
    args.get(index).boolean_value(scope)
}

/// The function at `index`.
pub fn arg_function<'s>(args: &v8::FunctionCallbackArguments<'s>, index: i32) -> OpResult<v8::Local<'s, v8::Function>> {
    v8::Local::<v8::Function>::try_from(args.get(index)).map_err(|_| bad(index, "a function"))
}

/// The object at `index`.
pub fn arg_object<'s>(args: &v8::FunctionCallbackArguments<'s>, index: i32) -> OpResult<v8::Local<'s, v8::Object>> {
    v8::Local::<v8::Object>::try_from(args.get(index)).map_err(|_| bad(index, "an object"))
}

/// A copy of the bytes of the ArrayBuffer, SharedArrayBuffer or view at `index`.
pub fn arg_bytes(args: &v8::FunctionCallbackArguments, index: i32) -> OpResult<Vec<u8>> {
    Ok(arg_region(args, index)?.to_vec())
}

/// A copy of the bytes of `value`, if it is an ArrayBuffer, a SharedArrayBuffer or a view.
pub fn bytes_of(value: v8::Local<v8::Value>) -> Option<Vec<u8>> {
    region_of(value).map(|region| region.to_vec())
}

/// Memory of an ArrayBuffer, SharedArrayBuffer or view, kept alive independently of the JavaScript object.
/// `Send`: it may be read and written from a blocking thread while the operation that took it runs.
pub struct Region {
    store: v8::SharedRef<v8::BackingStore>,
    offset: usize,
    /// Length in bytes.
    pub len: usize,
}

// SAFETY: a backing store is made to be shared between threads: its reference count is atomic, and its address and
// size do not change while it is held. What the memory holds is read and written through raw pointers only.
unsafe impl Send for Region {}

impl Region {
    /// A copy of the memory.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut bytes = vec![0_u8; self.len];
        // SAFETY: the region was checked against its backing store, which it holds; `bytes` is fresh, so they do not
        // overlap. Another thread may write to shared memory meanwhile: a raw copy then yields torn but initialised
        // bytes, the semantics JavaScript itself gives to racing accesses.
        unsafe { std::ptr::copy_nonoverlapping(self.as_ptr(), bytes.as_mut_ptr(), self.len) };
        bytes
    }

    /// Whether other threads may reach the memory as well.
    pub fn is_shared(&self) -> bool {
        self.store.is_shared()
    }

    /// Start of the memory; dangling but aligned where `len` is 0.
    pub fn as_ptr(&self) -> *mut u8 {
        match self.store.data() {
            // SAFETY: offset <= byte_length of the store was checked when the region was made, and a backing store
            // that this region keeps alive never shrinks its reservation.
            Some(start) => unsafe { start.as_ptr().cast::<u8>().add(self.offset) },
            None => std::ptr::NonNull::dangling().as_ptr(),
        }
    }
}

/// The memory region of the ArrayBuffer, SharedArrayBuffer or view at `index`.
pub fn arg_region(args: &v8::FunctionCallbackArguments, index: i32) -> OpResult<Region> {
    region_of(args.get(index)).ok_or_else(|| bad(index, "an ArrayBuffer or a view of one"))
}

/// The memory behind `value`, if it is an ArrayBuffer, a SharedArrayBuffer or a view.
pub fn region_of(value: v8::Local<v8::Value>) -> Option<Region> {
    let (store, offset, len) = if let Ok(view) = v8::Local::<v8::ArrayBufferView>::try_from(value) {
        (view.get_backing_store()?, view.byte_offset(), view.byte_length())
    } else if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(value) {
        (buffer.get_backing_store(), 0, buffer.byte_length())
    } else if let Ok(buffer) = v8::Local::<v8::SharedArrayBuffer>::try_from(value) {
        (buffer.get_backing_store(), 0, buffer.byte_length())
    } else {
        return None;
    };
    (offset.checked_add(len)? <= store.byte_length()).then_some(Region { store, offset, len })
}
