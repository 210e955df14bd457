//! Errors in structured clone.
//!
//! V8's serializer keeps an error's name, message, stack and cause. People post errors to learn what went wrong, so here
//! they also keep their code and every other own property that can be cloned. One that cannot (a socket in an HTTP
//! client's error) is left out instead of failing the whole message, as V8 leaves all of them out.
//!
//! A class the receiver cannot know becomes the nearest built-in class it extends, with the name it went by.
//!
//! *Threads:* the isolate's own.

use std::cell::RefCell;
use std::rc::Rc;

use super::message::{ErrorName, ErrorProperty, HostData, Message};
use super::structured_clone::{deserialize, serialize_within, throw_data_clone_error};
use crate::ops::args::key;

/// How deep a chain of classes or prototypes is followed.
const MAX_CHAIN: usize = 64;

/// The errors being taken apart, outermost first.
pub(crate) type InProgress = Rc<RefCell<Vec<v8::Global<v8::Object>>>>;

const CLASSES: [ErrorName; 9] = [
    ErrorName::TypeError,
    ErrorName::RangeError,
    ErrorName::SyntaxError,
    ErrorName::ReferenceError,
    ErrorName::EvalError,
    ErrorName::UriError,
    ErrorName::AggregateError,
    ErrorName::SuppressedError,
    ErrorName::Error,
];

/// Own properties that travel although they are not enumerable.
const HIDDEN: [&str; 7] = ["message", "stack", "cause", "errors", "name", "error", "suppressed"];

fn constructor<'s>(scope: &mut v8::PinScope<'s, '_>, class: ErrorName) -> Option<v8::Local<'s, v8::Function>> {
    let global = scope.get_current_context().global(scope);
    let name = key(scope, class.as_str());
    v8::Local::<v8::Function>::try_from(global.get(scope, name.into())?).ok()
}

/// The nearest built-in class that `error` is an instance of.
fn class_of(scope: &mut v8::PinScope, error: v8::Local<v8::Object>) -> Option<ErrorName> {
    let prototype = key(scope, "prototype");
    let mut known = Vec::with_capacity(CLASSES.len());
    for class in CLASSES {
        let Some(constructor) = constructor(scope, class) else { continue };
        known.push((class, constructor.get(scope, prototype.into())?));
    }
    let mut current: v8::Local<v8::Value> = error.into();
    for _ in 0..MAX_CHAIN {
        let Ok(object) = v8::Local::<v8::Object>::try_from(current) else { break };
        current = object.get_prototype(scope)?;
        if let Some((class, _)) = known.iter().find(|(_, prototype)| *prototype == current) {
            return Some(*class);
        }
    }
    Some(ErrorName::Error)
}

/// Takes an error apart for its journey. `None` with an exception pending.
pub(crate) fn take_apart<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    error: v8::Local<'s, v8::Object>,
    in_progress: &InProgress,
) -> Option<HostData> {
    let this = v8::Global::new(scope, error);
    if in_progress.borrow().contains(&this) || in_progress.borrow().len() >= MAX_CHAIN {
        // Caught below, by the error whose property leads back here: the property is left out.
        throw_data_clone_error(scope, "Cyclic error");
        return None;
    }
    in_progress.borrow_mut().push(this);
    let parts = properties(scope, error, in_progress);
    in_progress.borrow_mut().pop();
    let (class, properties) = parts?;
    Some(HostData::Error { class, properties })
}

fn properties<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    error: v8::Local<'s, v8::Object>,
    in_progress: &InProgress,
) -> Option<(ErrorName, Vec<ErrorProperty>)> {
    // A name that cannot be read, or be a string, fails the clone, as it does in V8.
    let name_key = key(scope, "name");
    let own_name = error.get(scope, name_key.into())?;
    let own_name = if own_name.is_undefined() { None } else { Some(own_name.to_string(scope)?) };
    let own_name = own_name.map(|name| name.to_rust_string_lossy(scope));
    let named = CLASSES.into_iter().find(|class| own_name.as_deref() == Some(class.as_str()));
    let class = match named {
        Some(class) if class != ErrorName::Error => class,
        _ => class_of(scope, error)?,
    };
    let filter = v8::GetPropertyNamesArgs {
        mode: v8::KeyCollectionMode::OwnOnly,
        property_filter: v8::PropertyFilter::SKIP_SYMBOLS,
        index_filter: v8::IndexFilter::IncludeIndices,
        key_conversion: v8::KeyConversionMode::ConvertToString,
    };
    let names = error.get_property_names(scope, filter)?;
    let mut properties = Vec::new();
    for index in 0..names.length() {
        let Ok(name) = v8::Local::<v8::Name>::try_from(names.get_index(scope, index)?) else { continue };
        let text = name.to_rust_string_lossy(scope);
        let attributes = error.get_property_attributes(scope, name.into())?;
        let enumerable = !attributes.is_dont_enum();
        if !enumerable && !HIDDEN.contains(&text.as_str()) {
            continue;
        }
        if text == "name" && named == Some(class) {
            // The class has it already.
            continue;
        }
        if let Some(value) = property(scope, error, name.into(), in_progress)? {
            properties.push(ErrorProperty { name: text, enumerable, value });
        }
    }
    // The name a class of the sender's own gives through its prototype.
    if !properties.iter().any(|property| property.name == "name") {
        let own = error.get(scope, name_key.into())?;
        if own.is_string() && own.to_rust_string_lossy(scope) != class.as_str() {
            let value = serialize_within(scope, own, &[], None, in_progress).ok()?;
            properties.push(ErrorProperty { name: "name".to_owned(), enumerable: false, value });
        }
    }
    Some((class, properties))
}

/// One property's value; `Some(None)` if it cannot be cloned, `None` if the isolate is being terminated.
fn property<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    error: v8::Local<'s, v8::Object>,
    name: v8::Local<'s, v8::Value>,
    in_progress: &InProgress,
) -> Option<Option<Message>> {
    v8::tc_scope!(let caught, scope);
    let message = match error.get(caught, name) {
        Some(value) if value.is_function() || value.is_symbol() => return Some(None),
        Some(value) => serialize_within(caught, value, &[], None, in_progress).ok(),
        None => None,
    };
    if message.is_none() {
        if caught.has_terminated() {
            return None;
        }
        caught.reset();
    }
    Some(message)
}

/// The reverse of [`take_apart`]. `None` with an exception pending.
pub(crate) fn put_together<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    class: ErrorName,
    properties: Vec<ErrorProperty>,
) -> Option<v8::Local<'s, v8::Object>> {
    let empty: v8::Local<v8::Value> = v8::Array::new(scope, 0).into();
    let arguments: &[v8::Local<v8::Value>] = if class == ErrorName::AggregateError { &[empty] } else { &[] };
    let object = constructor(scope, class)?.new_instance(scope, arguments)?;
    for property in properties {
        let (value, _) = deserialize(scope, property.value)?;
        let name = v8::String::new(scope, &property.name)?;
        let attributes =
            if property.enumerable { v8::PropertyAttribute::NONE } else { v8::PropertyAttribute::DONT_ENUM };
        object.define_own_property(scope, name.into(), value, attributes)?;
    }
    Some(object)
}
