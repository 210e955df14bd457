//! `internalBinding('ipc_serdes')`: messages of IPC channels in 'advanced' mode as bytes and back.
//!
//! The bytes are V8's serialization format with views of buffers as host objects, in the encoding Node uses between
//! its processes, so that either side may be Node: tag 0, the view's type, its length, its bytes; or tag 1 and a plain
//! object for what cannot be cloned.

use super::args::{arg_object, arg_region, region_of};
use super::error::{OpError, OpResult};
use super::stream_handle::{Args, Rv, Scope};
use super::{IntoJs, OpDecl};
use crate::op;
use crate::workers::structured_clone::throw_data_clone_error;
use v8::{ValueDeserializerHelper, ValueSerializerHelper};

/// This area's operations.
pub const OPS: &[OpDecl] = &[op!("deserialize", 2, deserialize), op!("serialize", 2, serialize)];

const VIEW: u32 = 0;
const PLAIN: u32 = 1;
/// The number of Node's Buffer among the types of views.
const BUFFER: u32 = 10;

struct Writer {
    buffer_prototype: v8::Global<v8::Object>,
}

/// The number of a view's type on the wire.
fn view_type(object: v8::Local<v8::Object>) -> Option<u32> {
    let number = match () {
        () if object.is_int8_array() => 0,
        () if object.is_uint8_array() => 1,
        () if object.is_uint8_clamped_array() => 2,
        () if object.is_int16_array() => 3,
        () if object.is_uint16_array() => 4,
        () if object.is_int32_array() => 5,
        () if object.is_uint32_array() => 6,
        () if object.is_float32_array() => 7,
        () if object.is_float64_array() => 8,
        () if object.is_data_view() => 9,
        () if object.is_big_int64_array() => 11,
        () if object.is_big_uint64_array() => 12,
        () => return None,
    };
    Some(number)
}

impl v8::ValueSerializerImpl for Writer {
    fn throw_data_clone_error<'s>(&self, scope: &mut v8::PinScope<'s, '_>, message: v8::Local<'s, v8::String>) {
        let message = message.to_rust_string_lossy(scope);
        throw_data_clone_error(scope, &message).throw(scope);
    }

    fn write_host_object<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        object: v8::Local<'s, v8::Object>,
        out: &dyn ValueSerializerHelper,
    ) -> Option<bool> {
        let Some(mut number) = view_type(object) else {
            return self.write_plain(scope, object, out);
        };
        let prototype = v8::Local::new(scope, &self.buffer_prototype);
        if number == 1 && object.get_prototype(scope).is_some_and(|p| p == prototype) {
            number = BUFFER;
        }
        let region = region_of(object.into())?;
        out.write_uint32(VIEW);
        out.write_uint32(number);
        out.write_uint32(u32::try_from(region.len).ok()?);
        out.write_raw_bytes(&region.to_vec());
        Some(true)
    }
}

impl Writer {
    /// What has native parts but is no view travels as its own enumerable properties.
    fn write_plain<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        object: v8::Local<'s, v8::Object>,
        out: &dyn ValueSerializerHelper,
    ) -> Option<bool> {
        let plain = v8::Object::new(scope);
        let names = object.get_own_property_names(scope, v8::GetPropertyNamesArgs::default())?;
        for index in 0..names.length() {
            let name = names.get_index(scope, index)?;
            let value = object.get(scope, name)?;
            plain.set(scope, name, value)?;
        }
        out.write_uint32(PLAIN);
        let context = scope.get_current_context();
        out.write_value(context, plain.into())
    }
}

/// `serialize(value, Buffer.prototype)`: the bytes of a message.
fn serialize(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let prototype = arg_object(args, 1)?;
    let buffer_prototype = v8::Global::new(scope, prototype);
    let serializer = v8::ValueSerializer::new(scope, Box::new(Writer { buffer_prototype }));
    serializer.set_treat_array_buffer_views_as_host_objects(true);
    serializer.write_header();
    let context = scope.get_current_context();
    if serializer.write_value(context, args.get(0)) != Some(true) {
        return Err(OpError::pending());
    }
    let bytes = serializer.release();
    rv.set(bytes.into_js(scope)?);
    Ok(())
}

struct Reader {
    buffer_prototype: v8::Global<v8::Object>,
}

impl v8::ValueDeserializerImpl for Reader {
    fn read_host_object<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        input: &dyn ValueDeserializerHelper,
    ) -> Option<v8::Local<'s, v8::Object>> {
        let (mut tag, mut number, mut length) = (0, 0, 0);
        if !input.read_uint32(&mut tag) {
            return None;
        }
        if tag != VIEW {
            let context = scope.get_current_context();
            let value = input.read_value(context)?;
            return value.try_into().ok();
        }
        if !(input.read_uint32(&mut number) && input.read_uint32(&mut length)) {
            return None;
        }
        // A copy: the bytes of a message need not be aligned for the view.
        let bytes = input.read_raw_bytes(length as usize)?.to_vec();
        let size = bytes.len();
        let buffer = super::args::array_buffer(scope, bytes);
        let view: v8::Local<v8::Object> = match number {
            0 => v8::Int8Array::new(scope, buffer, 0, size)?.into(),
            2 => v8::Uint8ClampedArray::new(scope, buffer, 0, size)?.into(),
            3 => v8::Int16Array::new(scope, buffer, 0, size / 2)?.into(),
            4 => v8::Uint16Array::new(scope, buffer, 0, size / 2)?.into(),
            5 => v8::Int32Array::new(scope, buffer, 0, size / 4)?.into(),
            6 => v8::Uint32Array::new(scope, buffer, 0, size / 4)?.into(),
            7 => v8::Float32Array::new(scope, buffer, 0, size / 4)?.into(),
            8 => v8::Float64Array::new(scope, buffer, 0, size / 8)?.into(),
            9 => v8::DataView::new(scope, buffer, 0, size).into(),
            11 => v8::BigInt64Array::new(scope, buffer, 0, size / 8)?.into(),
            12 => v8::BigUint64Array::new(scope, buffer, 0, size / 8)?.into(),
            _ => v8::Uint8Array::new(scope, buffer, 0, size)?.into(),
        };
        if number == BUFFER {
            let prototype = v8::Local::new(scope, &self.buffer_prototype);
            view.set_prototype(scope, prototype.into());
        }
        Some(view)
    }
}

/// `deserialize(bytes, Buffer.prototype)`: the message.
fn deserialize(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let bytes = arg_region(args, 0)?.to_vec();
    let prototype = arg_object(args, 1)?;
    let buffer_prototype = v8::Global::new(scope, prototype);
    let context = scope.get_current_context();
    // `bytes` outlives the deserializer, which refers to it: both end with this function, the deserializer first.
    let deserializer = v8::ValueDeserializer::new(scope, Box::new(Reader { buffer_prototype }), &bytes);
    if deserializer.read_header(context) != Some(true) {
        return Err(OpError::pending());
    }
    let value = deserializer.read_value(context).ok_or_else(OpError::pending)?;
    drop(deserializer);
    rv.set(value);
    Ok(())
}
