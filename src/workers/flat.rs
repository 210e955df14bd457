//! Small plain objects of primitive values, posted without the serializer.
//!
//! Most messages are a handful of numbers, strings and flags under names that are the same each time. For those, js/
//! (`internal/worker/flat.js`) names the *shape*, the list of keys, once in the process, and then hands over the values
//! alone; the receiver's js/ makes the object from them as a literal, so that it has the hidden class of one.
//!
//! *What it owns.* The process's table of shapes, which only grows, to [`MAX_SHAPES`]. *Threads:* any.
//!
//! *Format:* the shape (32 bits), then for each key a tag and its value, native byte order.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

/// How many properties an object may have here.
pub(crate) const MAX_VALUES: usize = 8;

/// How many lists of keys a process remembers; a program has so many kinds of messages and no more.
const MAX_SHAPES: usize = 1024;

/// The longest string that is taken along, in characters.
const MAX_TEXT: usize = 4096;

mod tag {
    pub(super) const UNDEFINED: u8 = 0;
    pub(super) const NULL: u8 = 1;
    pub(super) const FALSE: u8 = 2;
    pub(super) const TRUE: u8 = 3;
    pub(super) const INT: u8 = 4;
    pub(super) const NUMBER: u8 = 5;
    pub(super) const ONE_BYTE: u8 = 6;
    pub(super) const TWO_BYTE: u8 = 7;
}

/// Keys in their order.
pub(crate) type Shape = Arc<[String]>;

#[derive(Default)]
struct Shapes {
    by_number: Vec<Shape>,
    numbers: HashMap<Shape, u32>,
}

static SHAPES: RwLock<Option<Shapes>> = RwLock::new(None);

/// The number of the shape with these `keys`. `None` once there are too many.
pub(crate) fn shape_number(keys: Vec<String>) -> Option<u32> {
    let mut shapes = SHAPES.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    let shapes = shapes.get_or_insert_default();
    let keys: Shape = keys.into();
    if let Some(number) = shapes.numbers.get(&keys) {
        return Some(*number);
    }
    let number = shapes.by_number.len();
    if number == MAX_SHAPES {
        return None;
    }
    let number = u32::try_from(number).ok()?;
    shapes.by_number.push(keys.clone());
    shapes.numbers.insert(keys, number);
    Some(number)
}

/// The keys of shape `number`.
pub(crate) fn shape_keys(number: u32) -> Option<Shape> {
    let shapes = SHAPES.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    shapes.as_ref()?.by_number.get(number as usize).cloned()
}

/// Writes an object down: its shape, then its values.
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    /// Of an object of shape `shape`.
    pub(crate) fn new(shape: u32) -> Self {
        let mut bytes = Vec::with_capacity(60);
        bytes.extend_from_slice(&shape.to_ne_bytes());
        Self(bytes)
    }

    /// Appends a value. False where it is of a kind that is not taken along.
    pub(crate) fn push(&mut self, scope: &mut v8::PinScope, value: v8::Local<v8::Value>) -> bool {
        if value.is_int32() {
            self.0.push(tag::INT);
            let Ok(value) = v8::Local::<v8::Int32>::try_from(value) else { return false };
            self.0.extend_from_slice(&value.value().to_ne_bytes());
        } else if let Ok(text) = v8::Local::<v8::String>::try_from(value) {
            return self.push_text(scope, text);
        } else if let Ok(number) = v8::Local::<v8::Number>::try_from(value) {
            self.0.push(tag::NUMBER);
            self.0.extend_from_slice(&number.value().to_ne_bytes());
        } else if value.is_boolean() {
            self.0.push(if value.is_true() { tag::TRUE } else { tag::FALSE });
        } else if value.is_undefined() {
            self.0.push(tag::UNDEFINED);
        } else if value.is_null() {
            self.0.push(tag::NULL);
        } else {
            return false;
        }
        true
    }

    fn push_text(&mut self, scope: &mut v8::PinScope, text: v8::Local<v8::String>) -> bool {
        let length = text.length();
        if length > MAX_TEXT {
            return false;
        }
        let one_byte = text.is_onebyte();
        self.0.push(if one_byte { tag::ONE_BYTE } else { tag::TWO_BYTE });
        // MAX_TEXT fits.
        self.0.extend_from_slice(&(length as u32).to_ne_bytes());
        if one_byte {
            let start = self.0.len();
            self.0.reserve(length);
            text.write_one_byte_uninit_v2(scope, 0, self.0.spare_capacity_mut(), v8::WriteFlags::empty());
            // SAFETY: V8 wrote min(room, length) = length characters of one byte each after `start`.
            unsafe { self.0.set_len(start + length) };
        } else {
            let mut units = vec![0_u16; length];
            text.write_v2(scope, 0, &mut units, v8::WriteFlags::empty());
            for unit in units {
                self.0.extend_from_slice(&unit.to_ne_bytes());
            }
        }
        true
    }

    /// What was written.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }
}

/// Calls `put` with the shape and then with each value of what a [`Writer`] wrote. `None` where V8 cannot make one.
pub(crate) fn read<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    bytes: &[u8],
    mut put: impl FnMut(v8::Local<'s, v8::Value>),
) -> Option<()> {
    let mut reader = Reader(bytes);
    let shape = u32::from_ne_bytes(reader.take()?);
    put(v8::Integer::new_from_unsigned(scope, shape).into());
    while let Some([tag]) = reader.take() {
        let value = match tag {
            tag::NULL => v8::null(scope).into(),
            tag::FALSE => v8::Boolean::new(scope, false).into(),
            tag::TRUE => v8::Boolean::new(scope, true).into(),
            tag::INT => v8::Integer::new(scope, i32::from_ne_bytes(reader.take()?)).into(),
            tag::NUMBER => v8::Number::new(scope, f64::from_ne_bytes(reader.take()?)).into(),
            tag::ONE_BYTE => {
                let length = u32::from_ne_bytes(reader.take()?) as usize;
                let text = reader.bytes(length)?;
                v8::String::new_from_one_byte(scope, text, v8::NewStringType::Normal)?.into()
            }
            tag::TWO_BYTE => {
                let length = u32::from_ne_bytes(reader.take()?) as usize;
                let units = reader.bytes(length * 2)?;
                let units: Vec<u16> = units.as_chunks::<2>().0.iter().map(|unit| u16::from_ne_bytes(*unit)).collect();
                v8::String::new_from_two_byte(scope, &units, v8::NewStringType::Normal)?.into()
            }
            _ => v8::undefined(scope).into(),
        };
        put(value);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_numbered_once() {
        let keys = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let first = shape_number(keys(&["test a", "b"])).expect("few shapes");
        let second = shape_number(keys(&["b", "test a"])).expect("few shapes");
        assert_ne!(first, second);
        assert_eq!(shape_number(keys(&["test a", "b"])), Some(first));
        assert_eq!(shape_keys(first).expect("known")[..], ["test a".to_owned(), "b".to_owned()]);
        assert!(shape_keys(u32::MAX).is_none());
    }
}
