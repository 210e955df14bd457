//! Structured clone: values into messages and messages into values.
//!
//! Follows StructuredSerializeWithTransfer and StructuredDeserializeWithTransfer of the HTML standard, with Node's
//! checks of transfer lists. V8's serializer does the walk; here is what it delegates: transferred and shared memory,
//! WebAssembly modules, ports, errors (`error_clone.rs`), and objects of classes that js/ implements.
//!
//! *Order of a transfer:* the list is checked, the value is written, the classes of js/ give up their state; only then,
//! when nothing can fail any more, buffers and ports are detached. So whatever throws, nothing is lost.
//!
//! Primitives and strings do not pass through the serializer at all.
//!
//! *Threads:* the isolate's own. A [`Message`] may then go anywhere.

use std::cell::RefCell;
use std::ffi::c_void;
use std::rc::Rc;
use std::sync::Arc;

use v8::{ValueDeserializerHelper, ValueSerializerHelper};

use super::buffer_account::Account;
use super::error_clone;
use super::flat;
use super::message::{Attachments, Body, HostData, Message};
use super::messaging_state::{self as state, AsPort, Hooks, Mark};
use super::port::MessagePort;
use super::shared_text::{self, Copies, EXTERNAL_STRING};
use super::shared_value::{self, SharedValue};
use crate::observe::histogram;
use crate::ops::fs::OpenFile;
use crate::ops::process_env;
use crate::ops::state::op_state;
use crate::ops::{self, OpError};

/// The recipe of the class whose objects hold a file; a message holds the file itself.
const FILE_HANDLE: &str = "internal/fs/file_handle:FileHandle";

/// The message and error texts of Node.
const UNSUPPORTED: &str = "Cannot transfer object of unsupported type.";

/// Throws a DataCloneError.
pub(crate) fn throw_data_clone_error(scope: &mut v8::PinScope, message: &str) -> OpError {
    if let Some(text) = v8::String::new(scope, message) {
        throw_with(scope, text);
    }
    OpError::pending()
}

/// Throws a DataCloneError.
fn throw_with<'s>(scope: &mut v8::PinScope<'s, '_>, message: v8::Local<'s, v8::String>) {
    let made = state::hooks(scope).map(|hooks| {
        let make = v8::Local::new(scope, &hooks.data_clone_error);
        let this = v8::undefined(scope).into();
        make.call(scope, this, &[message.into()])
    });
    match made {
        Some(Some(error)) => {
            scope.throw_exception(error);
        }
        // Making it threw, or the isolate is being terminated: that stays pending.
        Some(None) => {}
        None => {
            let error = v8::Exception::error(scope, message);
            scope.throw_exception(error);
        }
    }
}

/// What a transfer list holds, sorted by kind and checked.
#[derive(Default)]
struct TransferList<'s> {
    buffers: Vec<v8::Local<'s, v8::ArrayBuffer>>,
    ports: Vec<(v8::Local<'s, v8::Object>, Rc<MessagePort>)>,
    /// Objects of classes that js/ transfers.
    classes: Vec<v8::Local<'s, v8::Object>>,
}

impl<'s> TransferList<'s> {
    /// Checks `items`. `source` is the port that is posted to.
    fn check(
        scope: &mut v8::PinScope<'s, '_>,
        items: &[v8::Local<'s, v8::Value>],
        source: Option<&MessagePort>,
    ) -> Result<Self, OpError> {
        let mut list = Self::default();
        for &item in items {
            list.add(scope, item, source)?;
        }
        Ok(list)
    }

    fn add(
        &mut self,
        scope: &mut v8::PinScope<'s, '_>,
        item: v8::Local<'s, v8::Value>,
        source: Option<&MessagePort>,
    ) -> Result<(), OpError> {
        let Ok(object) = v8::Local::<v8::Object>::try_from(item) else {
            return Err(throw_data_clone_error(scope, "Found invalid value in transferList."));
        };
        if state::has_mark(scope, object, Mark::Untransferable) {
            // Who made a Buffer cannot know that it is a piece of the pool, so its memory may stand in the list.
            if state::has_mark(scope, object, Mark::Shared) {
                return Ok(());
            }
            return Err(throw_data_clone_error(scope, UNSUPPORTED));
        }
        if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(item) {
            // Memory that V8 would refuse to detach must be refused here: two isolates would own it.
            if !buffer.is_detachable() || buffer.was_detached() {
                return Err(throw_data_clone_error(scope, UNSUPPORTED));
            }
            if self.buffers.contains(&buffer) {
                return Err(throw_data_clone_error(scope, "Transfer list contains duplicate ArrayBuffer"));
            }
            self.buffers.push(buffer);
            return Ok(());
        }
        match state::as_port(scope, object) {
            AsPort::Port(port) => {
                if source.is_some_and(|source| std::ptr::eq(source, &*port)) {
                    return Err(throw_data_clone_error(scope, "Transfer list contains source port"));
                }
                if self.ports.iter().any(|(seen, _)| *seen == object) {
                    return Err(throw_data_clone_error(scope, "Transfer list contains duplicate MessagePort"));
                }
                self.ports.push((object, port));
            }
            AsPort::Detached => {
                return Err(throw_data_clone_error(scope, "MessagePort in transfer list is already detached"));
            }
            AsPort::NotAPort => {
                if transfer_mode(scope, object)? & 2 == 0 {
                    return Err(throw_data_clone_error(scope, "Found invalid value in transferList."));
                }
                if self.classes.contains(&object) {
                    let name = object.get_constructor_name().to_rust_string_lossy(scope);
                    return Err(throw_data_clone_error(scope, &format!("Transfer list contains duplicate {name}")));
                }
                self.classes.push(object);
            }
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.buffers.is_empty() && self.ports.is_empty() && self.classes.is_empty()
    }
}

/// What the class of `object` allows: bit 0 cloning, bit 1 transferring. 0 also for a class that says nothing.
fn transfer_mode(scope: &mut v8::PinScope, object: v8::Local<v8::Object>) -> Result<i32, OpError> {
    let Some(hooks) = state::hooks(scope) else { return Ok(0) };
    let symbol = v8::Local::new(scope, &hooks.transfer_mode);
    let mode = object.get(scope, symbol.into()).ok_or_else(OpError::pending)?;
    Ok(v8::Local::<v8::Integer>::try_from(mode).map_or(0, |mode| mode.value() as i32))
}

/// The native side of one serialization.
struct Writer<'s> {
    ports: Vec<v8::Local<'s, v8::Object>>,
    classes: Vec<v8::Local<'s, v8::Object>>,
    object_prototype: v8::Local<'s, v8::Value>,
    hooks: Option<Rc<Hooks>>,
    /// Filled while the value is written. The first places of `hosts` are reserved for the transfer list.
    found: Rc<RefCell<Found>>,
    /// Errors being written, outermost first: a cycle through one of them is cut there.
    errors: error_clone::InProgress,
}

#[derive(Default)]
struct Found {
    shared: Vec<v8::SharedRef<v8::BackingStore>>,
    wasm: Vec<Arc<v8::CompiledWasmModule>>,
    hosts: Vec<HostData>,
}

impl<'w> v8::ValueSerializerImpl for Writer<'w> {
    fn throw_data_clone_error<'s>(&self, scope: &mut v8::PinScope<'s, '_>, message: v8::Local<'s, v8::String>) {
        throw_with(scope, message);
    }

    fn has_custom_host_object(&self, _isolate: &v8::Isolate) -> bool {
        true
    }

    /// Called for every plain object and error, so the common answers come first.
    fn is_host_object<'s>(&self, scope: &mut v8::PinScope<'s, '_>, object: v8::Local<'s, v8::Object>) -> Option<bool> {
        if object.internal_field_count() > 0 || object.is_native_error() {
            return Some(true);
        }
        let plain = object.get_prototype(scope).is_none_or(|prototype| prototype == self.object_prototype);
        if state::has_uncloneable() && state::has_mark(scope, object, Mark::Uncloneable) {
            return Some(true);
        }
        if plain {
            return Some(false);
        }
        let Some(hooks) = &self.hooks else { return Some(false) };
        let symbol = v8::Local::new(scope, &hooks.transfer_mode);
        Some(object.get(scope, symbol.into())?.is_int32())
    }

    fn write_host_object<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        object: v8::Local<'s, v8::Object>,
        serializer: &dyn ValueSerializerHelper,
    ) -> Option<bool> {
        let transferred = self.ports.iter().chain(&self.classes).position(|&listed| listed == object);
        if let Some(index) = transferred {
            serializer.write_uint32(u32::try_from(index).ok()?);
            return Some(true);
        }
        if state::port_id(scope, object).is_some() {
            throw_missing_transferable(scope);
            return None;
        }
        // DOMException is an error, too, but a class of js/ first of all.
        let marked = state::has_mark(scope, object, Mark::Uncloneable);
        let host = if !marked && object.is_native_error() && transfer_mode(scope, object).ok()? == 0 {
            error_clone::take_apart(scope, object, &self.errors)?
        } else if let Some(copy) = process_env::plain_copy(scope, object) {
            // V8 takes any object with interceptors for a host's.
            let data = serialize(scope, copy.into(), &[], None).ok()?;
            HostData::Class { recipe: "internal/process/env:Copy".to_owned(), data }
        } else {
            self.clone_class(scope, object)?
        };
        let mut found = self.found.borrow_mut();
        let index = self.ports.len() + self.classes.len() + found.hosts.len();
        found.hosts.push(host);
        serializer.write_uint32(u32::try_from(index).ok()?);
        Some(true)
    }

    fn get_shared_array_buffer_id<'s>(
        &self,
        _scope: &mut v8::PinScope<'s, '_>,
        buffer: v8::Local<'s, v8::SharedArrayBuffer>,
    ) -> Option<u32> {
        let shared = &mut self.found.borrow_mut().shared;
        shared.push(buffer.get_backing_store());
        u32::try_from(shared.len() - 1).ok()
    }

    fn get_wasm_module_transfer_id(
        &self,
        _scope: &mut v8::PinScope<'_, '_>,
        module: v8::Local<v8::WasmModuleObject>,
    ) -> Option<u32> {
        let wasm = &mut self.found.borrow_mut().wasm;
        wasm.push(Arc::new(module.get_compiled_module()));
        u32::try_from(wasm.len() - 1).ok()
    }
}

impl Writer<'_> {
    fn clone_class<'s>(&self, scope: &mut v8::PinScope<'s, '_>, object: v8::Local<'s, v8::Object>) -> Option<HostData> {
        let marked = state::has_mark(scope, object, Mark::Uncloneable);
        let mode = if marked { 0 } else { transfer_mode(scope, object).ok()? };
        if mode & 1 == 0 {
            if mode & 2 != 0 {
                throw_missing_transferable(scope);
            } else {
                throw_data_clone_error(scope, "Cannot clone object of unsupported type.");
            }
            return None;
        }
        take_apart_class(scope, object, false)
    }
}

/// Its code is the DOMException's number, as in Node 26; it used to be a name of Node's.
fn throw_missing_transferable(scope: &mut v8::PinScope) {
    throw_data_clone_error(scope, "Object that needs transfer was found in message but not listed in transferList");
}

/// Asks js/ whether `object` can be transferred now. Fails with an exception pending.
fn check_transfer<'s>(scope: &mut v8::PinScope<'s, '_>, object: v8::Local<'s, v8::Object>) -> Result<(), OpError> {
    let Some(hooks) = state::hooks(scope) else { return Ok(()) };
    let take_apart = v8::Local::new(scope, &hooks.take_apart);
    let this = v8::undefined(scope).into();
    take_apart.call(scope, this, &[object.into(), this]).map(drop).ok_or_else(OpError::pending)
}

/// Asks js/ for the recipe and data of `object`.
fn take_apart_class<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    transfer: bool,
) -> Option<HostData> {
    let hooks = state::hooks(scope)?;
    let take_apart = v8::Local::new(scope, &hooks.take_apart);
    let this = v8::undefined(scope).into();
    let transfer = v8::Boolean::new(scope, transfer).into();
    let parts = take_apart.call(scope, this, &[object.into(), transfer])?;
    let parts = v8::Local::<v8::Array>::try_from(parts).ok()?;
    let recipe = parts.get_index(scope, 0)?.to_rust_string_lossy(scope);
    let data = parts.get_index(scope, 1)?;
    if recipe == shared_value::RECIPE {
        let id = data.uint32_value(scope)?;
        let value = op_state(scope).borrow().resources.get::<Arc<SharedValue>>(id);
        return match value {
            Some(value) => Some(HostData::Shared(Arc::clone(&value))),
            None => {
                throw_data_clone_error(scope, "A shared value was released");
                None
            }
        };
    }
    if recipe == FILE_HANDLE {
        return Some(HostData::File(OpenFile::new(data.int32_value(scope)?)));
    }
    if let Some(recipe) = histogram::RECIPES.into_iter().find(|known| *known == recipe) {
        let id = data.uint32_value(scope)?;
        return match ops::histogram::by_id(scope, id) {
            Ok(histogram) => Some(HostData::Histogram { recipe, histogram }),
            Err(error) => {
                error.throw(scope);
                None
            }
        };
    }
    let items = match v8::Local::<v8::Array>::try_from(parts.get_index(scope, 2)?) {
        Ok(items) => (0..items.length()).map(|i| items.get_index(scope, i)).collect::<Option<Vec<_>>>()?,
        Err(_) => Vec::new(),
    };
    let data = serialize(scope, data, &items, None).ok()?;
    Some(HostData::Class { recipe, data })
}

/// Makes a message of `value`, moving what `transfer` lists into it. `source` is the port it is posted to, if any.
/// Fails with an exception pending, and with nothing moved.
pub(crate) fn serialize<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    value: v8::Local<'s, v8::Value>,
    transfer: &[v8::Local<'s, v8::Value>],
    source: Option<&MessagePort>,
) -> Result<Message, OpError> {
    serialize_within(scope, value, transfer, source, &error_clone::InProgress::default())
}

/// As [`serialize`], for a property of the errors in `errors`.
pub(crate) fn serialize_within<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    value: v8::Local<'s, v8::Value>,
    transfer: &[v8::Local<'s, v8::Value>],
    source: Option<&MessagePort>,
    errors: &error_clone::InProgress,
) -> Result<Message, OpError> {
    if transfer.is_empty()
        && let Some(body) = primitive(scope, value)
    {
        return Ok(Message::plain(body));
    }
    let list = TransferList::check(scope, transfer, source)?;
    let (body, found) = write(scope, value, &list, errors)?;
    if list.is_empty() && found.shared.is_empty() && found.wasm.is_empty() && found.hosts.is_empty() {
        return Ok(Message::plain(body));
    }
    for object in &list.classes {
        check_transfer(scope, *object)?;
    }
    let mut classes = Vec::with_capacity(list.classes.len());
    for object in &list.classes {
        classes.push(take_apart_class(scope, *object, true).ok_or_else(OpError::pending)?);
    }
    // The getters that ran while the value was written may have detached or closed what the list holds.
    let gone = list.buffers.iter().any(|buffer| buffer.was_detached() || !buffer.is_detachable())
        || list.ports.iter().any(|(_, port)| port.is_detached());
    if gone {
        return Err(throw_data_clone_error(scope, UNSUPPORTED));
    }
    let array_buffers: Vec<_> = list.buffers.iter().map(|buffer| move_memory(buffer)).collect();
    if !array_buffers.is_empty()
        && let Some(account) = op_state(scope).borrow().get::<Arc<Account>>()
    {
        account.sent(array_buffers.iter().map(|store| store.byte_length()).sum());
    }
    let mut hosts = Vec::with_capacity(list.ports.len() + classes.len() + found.hosts.len());
    hosts.extend(list.ports.iter().filter_map(|(_, port)| port.detach(scope)).map(HostData::Port));
    hosts.extend(classes);
    hosts.extend(found.hosts);
    let attachments = Attachments { array_buffers, shared: found.shared, wasm: found.wasm, hosts };
    Ok(Message { body, attachments: Some(Box::new(attachments)) })
}

/// Has V8 write `value`, with the buffers in `list` by their places only.
fn write<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    value: v8::Local<'s, v8::Value>,
    list: &TransferList<'s>,
    errors: &error_clone::InProgress,
) -> Result<(Body, Found), OpError> {
    let found = Rc::new(RefCell::new(Found::default()));
    let object_prototype = state::object_prototype(scope);
    let writer = Writer {
        ports: list.ports.iter().map(|(object, _)| *object).collect(),
        classes: list.classes.clone(),
        object_prototype,
        hooks: state::hooks(scope),
        found: found.clone(),
        errors: errors.clone(),
    };
    let serializer = v8::ValueSerializer::new(scope, Box::new(writer));
    serializer.write_header();
    for (id, buffer) in (0_u32..).zip(&list.buffers) {
        serializer.transfer_array_buffer(id, *buffer);
    }
    let context = scope.get_current_context();
    if serializer.write_value(context, value) != Some(true) {
        return Err(OpError::pending());
    }
    let body = Body::Serialized(serializer.release());
    drop(serializer);
    let found = std::mem::take(&mut *found.borrow_mut());
    Ok((body, found))
}

/// As [`serialize`], but leaves out the memory of `buffers`: whoever calls puts it into the attachments, in this order.
pub(crate) fn serialize_sharing<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    value: v8::Local<'s, v8::Value>,
    buffers: &[v8::Local<'s, v8::ArrayBuffer>],
) -> Result<Message, OpError> {
    let list = TransferList { buffers: buffers.to_vec(), ..TransferList::default() };
    let (body, found) = write(scope, value, &list, &error_clone::InProgress::default())?;
    let attachments =
        Attachments { array_buffers: Vec::new(), shared: found.shared, wasm: found.wasm, hosts: found.hosts };
    Ok(Message { body, attachments: Some(Box::new(attachments)) })
}

fn move_memory(buffer: &v8::ArrayBuffer) -> v8::SharedRef<v8::BackingStore> {
    let store = buffer.get_backing_store();
    // Only a buffer with a detach key refuses, and those are not detachable to begin with.
    let _ = buffer.detach(None);
    store
}

/// Shared memory that is the memory of `buffer`, which is detached. `None` where that is a piece of what others use as well.
pub(crate) fn move_to_shared<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    buffer: v8::Local<'s, v8::Value>,
) -> Result<Option<v8::Local<'s, v8::SharedArrayBuffer>>, OpError> {
    unsafe extern "C" fn release(_: *mut c_void, _: usize, store: *mut c_void) {
        // SAFETY: the pointer is what `Box::into_raw` gave below, and V8 calls this once.
        drop(unsafe { Box::from_raw(store.cast::<v8::SharedRef<v8::BackingStore>>()) });
    }
    let list = TransferList::check(scope, &[buffer], None)?;
    let Some(buffer) = list.buffers.first() else { return Ok(None) };
    let store = move_memory(buffer);
    let length = store.byte_length();
    let Some(memory) = store.data().filter(|_| length > 0) else {
        let store = v8::SharedArrayBuffer::new_backing_store(scope, 0).make_shared();
        return Ok(Some(v8::SharedArrayBuffer::with_backing_store(scope, &store)));
    };
    let held = Box::into_raw(Box::new(store)).cast::<c_void>();
    // SAFETY: the memory is `length` bytes long and belongs to the store that `held` keeps until V8 calls `release`, on whatever
    // thread, which a store may be dropped on. No ArrayBuffer refers to it any more: its only one has just been detached, so that
    // nobody takes for granted that other threads leave it alone.
    let shared = unsafe { v8::SharedArrayBuffer::new_backing_store_from_ptr(memory.as_ptr(), length, release, held) };
    Ok(Some(v8::SharedArrayBuffer::with_backing_store(scope, &shared.make_shared())))
}

/// The values that need no serializer.
fn primitive(scope: &mut v8::PinScope, value: v8::Local<v8::Value>) -> Option<Body> {
    if value.is_object() {
        return None;
    }
    if let Ok(number) = v8::Local::<v8::Number>::try_from(value) {
        return Some(Body::Number(number.value()));
    }
    if let Ok(text) = v8::Local::<v8::String>::try_from(value) {
        return Some(string(scope, text));
    }
    if value.is_undefined() {
        return Some(Body::Undefined);
    }
    if value.is_null() {
        return Some(Body::Null);
    }
    if value.is_boolean() {
        return Some(Body::Bool(value.is_true()));
    }
    None
}

fn string(scope: &mut v8::PinScope, text: v8::Local<v8::String>) -> Body {
    let length = text.length();
    if text.is_onebyte() {
        if length >= EXTERNAL_STRING {
            let copies = op_state(scope).borrow_mut().value::<Copies>();
            return Body::Shared(shared_text::of_string(scope, text, &copies));
        }
        let mut bytes = Vec::<u8>::with_capacity(length);
        text.write_one_byte_uninit_v2(scope, 0, bytes.spare_capacity_mut(), v8::WriteFlags::empty());
        // SAFETY: V8 wrote min(capacity, length) = length characters, of one byte each as `is_onebyte` said.
        unsafe { bytes.set_len(length) };
        return Body::OneByte(bytes.into_boxed_slice());
    }
    let mut units = vec![0_u16; length];
    text.write_v2(scope, 0, &mut units, v8::WriteFlags::empty());
    Body::TwoByte(units.into_boxed_slice())
}

/// The native side of one deserialization.
struct Reader<'s> {
    shared: Vec<v8::SharedRef<v8::BackingStore>>,
    wasm: Vec<Arc<v8::CompiledWasmModule>>,
    hosts: Vec<v8::Local<'s, v8::Object>>,
}

impl<'r> v8::ValueDeserializerImpl for Reader<'r> {
    fn read_host_object<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        deserializer: &dyn ValueDeserializerHelper,
    ) -> Option<v8::Local<'s, v8::Object>> {
        let mut index = 0_u32;
        if !deserializer.read_uint32(&mut index) {
            return None;
        }
        let object = self.hosts.get(index as usize)?;
        Some(v8::Local::new(scope, *object))
    }

    fn get_shared_array_buffer_from_id<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        id: u32,
    ) -> Option<v8::Local<'s, v8::SharedArrayBuffer>> {
        Some(v8::SharedArrayBuffer::with_backing_store(scope, self.shared.get(id as usize)?))
    }

    fn get_wasm_module_from_id<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        id: u32,
    ) -> Option<v8::Local<'s, v8::WasmModuleObject>> {
        v8::WasmModuleObject::from_compiled_module(scope, self.wasm.get(id as usize)?)
    }
}

/// Makes the value of a message, and the ports that were transferred with it. `None` with an exception pending.
pub(crate) fn deserialize<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    message: Message,
) -> Option<(v8::Local<'s, v8::Value>, Vec<v8::Local<'s, v8::Value>>)> {
    let bytes = match message.body {
        Body::Undefined => return Some((v8::undefined(scope).into(), Vec::new())),
        Body::Null => return Some((v8::null(scope).into(), Vec::new())),
        Body::Bool(value) => return Some((v8::Boolean::new(scope, value).into(), Vec::new())),
        Body::Number(value) => return Some((v8::Number::new(scope, value).into(), Vec::new())),
        Body::Shared(text) => return Some((shared_text::to_string(scope, text)?.into(), Vec::new())),
        Body::OneByte(text) => {
            let text = v8::String::new_from_one_byte(scope, &text, v8::NewStringType::Normal)?;
            return Some((text.into(), Vec::new()));
        }
        Body::TwoByte(text) => {
            let text = v8::String::new_from_two_byte(scope, &text, v8::NewStringType::Normal)?;
            return Some((text.into(), Vec::new()));
        }
        Body::Flat(bytes) => return Some((make_flat(scope, &bytes)?, Vec::new())),
        Body::Rows(_) => return Some((make_rows(scope, message)?, Vec::new())),
        Body::Serialized(bytes) => bytes,
    };
    let context = scope.get_current_context();
    let attachments = message.attachments.map(|attachments| *attachments).unwrap_or_default();
    let mut hosts = Vec::with_capacity(attachments.hosts.len());
    let mut ports = Vec::new();
    for host in attachments.hosts {
        let object = put_together(scope, host, &mut ports)?;
        hosts.push(object);
    }
    let reader = Reader { shared: attachments.shared, wasm: attachments.wasm, hosts };
    // `bytes` outlives the deserializer, which refers to it: both end with this function, the deserializer first.
    let deserializer = v8::ValueDeserializer::new(scope, Box::new(reader), &bytes);
    if deserializer.read_header(context) != Some(true) {
        return None;
    }
    for (id, store) in (0_u32..).zip(&attachments.array_buffers) {
        if store.is_shared() {
            let buffer = v8::SharedArrayBuffer::with_backing_store(scope, store);
            deserializer.transfer_shared_array_buffer(id, buffer);
        } else {
            let buffer = v8::ArrayBuffer::with_backing_store(scope, store);
            deserializer.transfer_array_buffer(id, buffer);
        }
    }
    let value = deserializer.read_value(context)?;
    drop(deserializer);
    Some((value, ports))
}

/// The table that js/ took apart into columns before it was posted.
fn make_rows<'s>(scope: &mut v8::PinScope<'s, '_>, message: Message) -> Option<v8::Local<'s, v8::Value>> {
    let Body::Rows(bytes) = message.body else { return None };
    let (columns, _) = deserialize(scope, Message { body: Body::Serialized(bytes), attachments: message.attachments })?;
    let hooks = state::hooks(scope)?;
    let make = v8::Local::new(scope, &hooks.make_rows);
    let this = v8::undefined(scope).into();
    make.call(scope, this, &[columns])
}

fn make_flat<'s>(scope: &mut v8::PinScope<'s, '_>, bytes: &[u8]) -> Option<v8::Local<'s, v8::Value>> {
    let hooks = state::hooks(scope)?;
    let make = v8::Local::new(scope, &hooks.make_flat);
    let this = v8::undefined(scope).into();
    let mut arguments = [this; 1 + flat::MAX_VALUES];
    let mut places = arguments.iter_mut();
    flat::read(scope, bytes, |value| {
        if let Some(place) = places.next() {
            *place = value;
        }
    })?;
    make.call(scope, this, &arguments)
}

/// Has js/ make an object of the class that `recipe` names.
fn put_together_class<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    recipe: &str,
    data: v8::Local<'s, v8::Value>,
) -> Option<v8::Local<'s, v8::Object>> {
    let hooks = state::hooks(scope)?;
    let put_together = v8::Local::new(scope, &hooks.put_together);
    let recipe = v8::String::new(scope, recipe)?;
    let this = v8::undefined(scope).into();
    let object = put_together.call(scope, this, &[recipe.into(), data])?;
    v8::Local::<v8::Object>::try_from(object).ok()
}

fn put_together<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    host: HostData,
    ports: &mut Vec<v8::Local<'s, v8::Value>>,
) -> Option<v8::Local<'s, v8::Object>> {
    match host {
        HostData::Port(end) => {
            let object = state::new_port_object(scope, end)?;
            ports.push(object.into());
            Some(object)
        }
        HostData::Class { recipe, data } => {
            let (data, _) = deserialize(scope, data)?;
            put_together_class(scope, &recipe, data)
        }
        HostData::File(file) => {
            let fd = v8::Integer::new(scope, file.fd()).into();
            let object = put_together_class(scope, FILE_HANDLE, fd)?;
            file.give_up();
            Some(object)
        }
        HostData::Histogram { recipe, histogram } => {
            let id = ops::histogram::adopt(scope, histogram);
            let id = v8::Integer::new_from_unsigned(scope, id).into();
            put_together_class(scope, recipe, id)
        }
        HostData::Error { class, properties } => error_clone::put_together(scope, class, properties),
        HostData::Shared(value) => value.read(scope),
    }
}
