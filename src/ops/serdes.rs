//! `internalBinding('serdes')`: V8's serialization format, value by value, for `v8.Serializer` and
//! `v8.Deserializer`. Both are held by JavaScript as resources, and call back into it for what V8 does not know
//! how to write (`_writeHostObject` and so on); they refer to their JavaScript object weakly, so that it can be
//! collected, after which `close` frees them.

use super::args::{arg_bool, arg_bytes, arg_f64, arg_object, arg_u32, key};
use super::error::OpError;
use super::state::op_state;
use super::{IntoJs, OpDecl, OpResult};
use crate::op;
use std::rc::Rc;
use v8::{ValueDeserializerHelper, ValueSerializerHelper};

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("createSerializer", 1, create_serializer),
    op!("writeHeader", 1, write_header),
    op!("writeValue", 2, write_value),
    op!("writeUint32", 2, write_uint32),
    op!("writeUint64", 3, write_uint64),
    op!("writeDouble", 2, write_double),
    op!("writeRawBytes", 2, write_raw_bytes),
    op!("releaseBuffer", 1, release_buffer),
    op!("transferArrayBuffer", 3, transfer_array_buffer),
    op!("setTreatArrayBufferViewsAsHostObjects", 2, set_treat_views_as_host_objects),
    op!("createDeserializer", 2, create_deserializer),
    op!("readHeader", 1, read_header),
    op!("readValue", 1, read_value),
    op!("readUint32", 1, read_uint32),
    op!("readUint64", 1, read_uint64),
    op!("readDouble", 1, read_double),
    op!("readRawBytes", 2, read_raw_bytes),
    op!("receiveArrayBuffer", 3, receive_array_buffer),
    op!("getWireFormatVersion", 1, get_wire_format_version),
    op!("close", 1, close),
];

type Scope<'p, 's, 'i> = &'p mut v8::PinScope<'s, 'i>;

/// The JavaScript object whose methods stand in where V8 asks.
struct Delegate {
    object: v8::Weak<v8::Object>,
}

impl Delegate {
    /// Whether there is a method `name`.
    fn has(&self, scope: &mut v8::PinScope, name: &str) -> bool {
        v8::allow_javascript_execution_scope!(let scope, scope);
        let method = self.object.to_local(scope).and_then(|object| object.get(scope, key(scope, name).into()));
        method.is_some_and(|method| method.is_function())
    }

    /// Calls the method `name`; `None` with an exception pending when it is missing or throws.
    fn call<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        name: &str,
        args: &[v8::Local<'s, v8::Value>],
    ) -> Option<v8::Local<'s, v8::Value>> {
        // V8 forbids JavaScript while it reads and writes; it asks for a host object where that is safe.
        v8::allow_javascript_execution_scope!(let scope, scope);
        let object = self.object.to_local(scope)?;
        let method = object.get(scope, key(scope, name).into())?;
        let Ok(method) = v8::Local::<v8::Function>::try_from(method) else {
            OpError::type_error("ERR_METHOD_NOT_IMPLEMENTED", format!("The {name}() method is not implemented"))
                .throw(scope);
            return None;
        };
        method.call(scope, object.into(), args)
    }
}

impl v8::ValueSerializerImpl for Delegate {
    fn throw_data_clone_error<'s>(&self, scope: &mut v8::PinScope<'s, '_>, message: v8::Local<'s, v8::String>) {
        if let Some(error) = self.call(scope, "_getDataCloneError", &[message.into()]) {
            scope.throw_exception(error);
        }
    }

    fn write_host_object<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        object: v8::Local<'s, v8::Object>,
        _: &dyn ValueSerializerHelper,
    ) -> Option<bool> {
        if !self.has(scope, "_writeHostObject") {
            not_cloned(scope, object.into());
            return None;
        }
        self.call(scope, "_writeHostObject", &[object.into()]).map(|_| true)
    }

    fn get_shared_array_buffer_id<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        shared: v8::Local<'s, v8::SharedArrayBuffer>,
    ) -> Option<u32> {
        // V8 itself says that it cannot be cloned.
        if !self.has(scope, "_getSharedArrayBufferId") {
            return None;
        }
        self.call(scope, "_getSharedArrayBufferId", &[shared.into()])?.uint32_value(scope)
    }

    fn get_wasm_module_transfer_id(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        module: v8::Local<v8::WasmModuleObject>,
    ) -> Option<u32> {
        // There is no way to name it; V8 would write nothing and call that done.
        let module: v8::Local<v8::Value> = module.into();
        not_cloned(scope, module);
        None
    }
}

/// Throws what V8 throws for values that nobody knows how to write.
fn not_cloned(scope: &mut v8::PinScope, value: v8::Local<v8::Value>) {
    v8::allow_javascript_execution_scope!(let scope, scope);
    let class = match v8::Local::<v8::Object>::try_from(value) {
        Ok(object) => object.get_constructor_name().to_rust_string_lossy(scope),
        Err(_) => String::new(),
    };
    let name = if value.is_array_buffer_view() { format!("[object {class}]") } else { format!("#<{class}>") };
    OpError::plain(super::ErrorClass::Error, format!("{name} could not be cloned.")).throw(scope);
}

impl v8::ValueDeserializerImpl for Delegate {
    fn get_shared_array_buffer_from_id<'s>(
        &self,
        _: &mut v8::PinScope<'s, '_>,
        _: u32,
    ) -> Option<v8::Local<'s, v8::SharedArrayBuffer>> {
        // Those that `transferArrayBuffer` named V8 knows by itself.
        None
    }

    fn get_wasm_module_from_id<'s>(
        &self,
        _: &mut v8::PinScope<'s, '_>,
        _: u32,
    ) -> Option<v8::Local<'s, v8::WasmModuleObject>> {
        None
    }

    fn read_host_object<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        _: &dyn ValueDeserializerHelper,
    ) -> Option<v8::Local<'s, v8::Object>> {
        // V8 itself says that there is something it cannot read.
        if !self.has(scope, "_readHostObject") {
            return None;
        }
        let value = self.call(scope, "_readHostObject", &[])?;
        let object = v8::Local::<v8::Object>::try_from(value).ok();
        if object.is_none() {
            OpError::type_error("ERR_INVALID_RETURN_VALUE", "readHostObject must return an object").throw(scope);
        }
        object
    }
}

struct Serializer {
    inner: v8::ValueSerializer<'static>,
}

struct Deserializer {
    // Dropped before the bytes that V8 reads from.
    inner: v8::ValueDeserializer<'static>,
    bytes: Box<[u8]>,
}

fn gone() -> OpError {
    OpError::error("ERR_INVALID_STATE", "The serializer is closed")
}

fn serializer(scope: Scope, args: &v8::FunctionCallbackArguments) -> OpResult<Rc<Serializer>> {
    let id = arg_u32(scope, args, 0)?;
    op_state(scope).borrow().resources.get::<Serializer>(id).ok_or_else(gone)
}

fn deserializer(scope: Scope, args: &v8::FunctionCallbackArguments) -> OpResult<Rc<Deserializer>> {
    let id = arg_u32(scope, args, 0)?;
    op_state(scope).borrow().resources.get::<Deserializer>(id).ok_or_else(gone)
}

/// `createSerializer(delegate)`: the number of a new serializer.
fn create_serializer(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let object = arg_object(args, 0)?;
    let delegate = Delegate { object: v8::Weak::new(scope, object) };
    let inner = v8::ValueSerializer::new(scope, Box::new(delegate));
    let id = op_state(scope).borrow_mut().resources.add(Rc::new(Serializer { inner }));
    rv.set_uint32(id);
    Ok(())
}

fn write_header(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    _: v8::ReturnValue<v8::Value>,
) -> OpResult {
    serializer(scope, args)?.inner.write_header();
    Ok(())
}

/// `writeValue(id, value)`: true, or the exception of what could not be written.
fn write_value(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let serializer = serializer(scope, args)?;
    let context = scope.get_current_context();
    let written = serializer.inner.write_value(context, args.get(1)).ok_or_else(OpError::pending)?;
    rv.set_bool(written);
    Ok(())
}

fn write_uint32(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    _: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let serializer = serializer(scope, args)?;
    serializer.inner.write_uint32(arg_u32(scope, args, 1)?);
    Ok(())
}

/// `writeUint64(id, high, low)`
fn write_uint64(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    _: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let serializer = serializer(scope, args)?;
    let high = u64::from(arg_u32(scope, args, 1)?);
    let low = u64::from(arg_u32(scope, args, 2)?);
    serializer.inner.write_uint64(high << 32 | low);
    Ok(())
}

fn write_double(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    _: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let serializer = serializer(scope, args)?;
    serializer.inner.write_double(arg_f64(scope, args, 1)?);
    Ok(())
}

fn write_raw_bytes(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    _: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let serializer = serializer(scope, args)?;
    serializer.inner.write_raw_bytes(&arg_bytes(args, 1)?);
    Ok(())
}

/// `releaseBuffer(id)`: what was written, as a `Uint8Array`.
fn release_buffer(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let bytes = serializer(scope, args)?.inner.release();
    rv.set(bytes.into_js(scope)?);
    Ok(())
}

fn array_buffer<'s>(args: &v8::FunctionCallbackArguments<'s>, index: i32) -> OpResult<v8::Local<'s, v8::ArrayBuffer>> {
    v8::Local::<v8::ArrayBuffer>::try_from(args.get(index))
        .map_err(|_| OpError::type_error("ERR_INVALID_ARG_TYPE", "arrayBuffer must be an ArrayBuffer"))
}

/// `transferArrayBuffer(id, number, arrayBuffer)`: the buffer is written as its number.
fn transfer_array_buffer(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    _: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let serializer = serializer(scope, args)?;
    let number = arg_u32(scope, args, 1)?;
    serializer.inner.transfer_array_buffer(number, array_buffer(args, 2)?);
    Ok(())
}

fn set_treat_views_as_host_objects(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    _: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let serializer = serializer(scope, args)?;
    let mode = arg_bool(scope, args, 1);
    serializer.inner.set_treat_array_buffer_views_as_host_objects(mode);
    Ok(())
}

/// `createDeserializer(delegate, view)`: the number of a new deserializer of a copy of the view's bytes.
fn create_deserializer(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let object = arg_object(args, 0)?;
    let bytes = arg_bytes(args, 1)?.into_boxed_slice();
    let delegate = Delegate { object: v8::Weak::new(scope, object) };
    // The bytes stay where they are when the box moves into the resource, and live as long as the reader.
    let inner = v8::ValueDeserializer::new(scope, Box::new(delegate), &bytes);
    let id = op_state(scope).borrow_mut().resources.add(Rc::new(Deserializer { inner, bytes }));
    rv.set_uint32(id);
    Ok(())
}

fn read_failed(what: &str) -> OpError {
    OpError::plain(super::ErrorClass::Error, format!("{what}() failed"))
}

fn read_header(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let deserializer = deserializer(scope, args)?;
    let context = scope.get_current_context();
    let read = deserializer.inner.read_header(context).ok_or_else(OpError::pending)?;
    rv.set_bool(read);
    Ok(())
}

fn read_value(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let deserializer = deserializer(scope, args)?;
    let context = scope.get_current_context();
    let value = deserializer.inner.read_value(context).ok_or_else(OpError::pending)?;
    rv.set(value);
    Ok(())
}

fn read_uint32(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let mut value = 0;
    if !deserializer(scope, args)?.inner.read_uint32(&mut value) {
        return Err(read_failed("ReadUint32"));
    }
    rv.set_uint32(value);
    Ok(())
}

/// `readUint64(id)`: `[high, low]`
fn read_uint64(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let mut value = 0;
    if !deserializer(scope, args)?.inner.read_uint64(&mut value) {
        return Err(read_failed("ReadUint64"));
    }
    let high = v8::Integer::new_from_unsigned(scope, (value >> 32) as u32).into();
    let low = v8::Integer::new_from_unsigned(scope, value as u32).into();
    rv.set(v8::Array::new_with_elements(scope, &[high, low]).into());
    Ok(())
}

fn read_double(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let mut value = 0.0;
    if !deserializer(scope, args)?.inner.read_double(&mut value) {
        return Err(read_failed("ReadDouble"));
    }
    rv.set_double(value);
    Ok(())
}

/// `readRawBytes(id, length)`: where in the deserializer's bytes the next `length` of them begin.
fn read_raw_bytes(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let deserializer = deserializer(scope, args)?;
    let length = usize::try_from(arg_u32(scope, args, 1)?).unwrap_or(usize::MAX);
    let Some(bytes) = deserializer.inner.read_raw_bytes(length) else {
        return Err(read_failed("ReadRawBytes"));
    };
    let offset = (bytes.as_ptr() as usize).saturating_sub(deserializer.bytes.as_ptr() as usize);
    rv.set_double(offset as f64);
    Ok(())
}

/// `receiveArrayBuffer(id, number, arrayBuffer)`: the buffer that stands for `number`.
fn receive_array_buffer(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    _: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let deserializer = deserializer(scope, args)?;
    let number = arg_u32(scope, args, 1)?;
    if let Ok(shared) = v8::Local::<v8::SharedArrayBuffer>::try_from(args.get(2)) {
        deserializer.inner.transfer_shared_array_buffer(number, shared);
    } else {
        deserializer.inner.transfer_array_buffer(number, array_buffer(args, 2)?);
    }
    Ok(())
}

fn get_wire_format_version(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    rv.set_uint32(deserializer(scope, args)?.inner.get_wire_format_version());
    Ok(())
}

/// `close(id)`: frees the serializer or deserializer.
fn close(scope: &mut v8::PinScope, args: &v8::FunctionCallbackArguments, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let state = op_state(scope);
    let mut state = state.borrow_mut();
    let serializer = state.resources.remove::<Serializer>(id);
    let deserializer = state.resources.remove::<Deserializer>(id);
    drop(state);
    drop((serializer, deserializer));
    Ok(())
}
