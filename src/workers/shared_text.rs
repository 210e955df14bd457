//! Long one-byte strings that several isolates hold without a copy.
//!
//! V8 keeps such a string outside its heap (an external string); here is who owns the characters. Posting one hands over
//! a reference. A string that V8 keeps in its heap has to be copied once; as long as a receiver holds that copy, posting the
//! same string again shares it ([`Copies`]), so that a text for all Workers is copied once.
//!
//! *What it owns.* [`TEXTS`], by address: the characters of every such string that lives, and how many strings show them.
//! *Threads:* making a string on its isolate's; V8 lets go of one on any.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::c_char;
use std::sync::{Arc, Mutex, Weak};

use super::sync::lock;

/// One-byte strings from this length on are shared. Below, a copy is cheaper than the finalizer an external string needs.
pub(crate) const EXTERNAL_STRING: usize = 16 * 1024;

/// The characters (Latin-1) of a string.
pub(crate) type Text = Arc<Box<[u8]>>;

struct Shown {
    text: Text,
    strings: usize,
}

static TEXTS: Mutex<Option<HashMap<usize, Shown>>> = Mutex::new(None);

/// A string that shows `text`. `None` where V8 cannot make it.
pub(crate) fn to_string<'s>(scope: &v8::PinScope<'s, '_>, text: Text) -> Option<v8::Local<'s, v8::String>> {
    let (start, len) = (text.as_ptr().addr(), text.len());
    let data = text.as_ptr().cast_mut().cast::<c_char>();
    lock(&TEXTS).get_or_insert_default().entry(start).or_insert(Shown { text, strings: 0 }).strings += 1;
    // SAFETY: the table keeps the characters, which nobody changes, until `let_go` was called for each string made.
    let made = unsafe { v8::String::new_external_onebyte_raw(scope, data, len, let_go) };
    if made.is_none() {
        forget(start);
    }
    made
}

/// As [`to_string`], of characters nobody shares yet.
pub(crate) fn new_string<'s>(scope: &v8::PinScope<'s, '_>, text: Box<[u8]>) -> Option<v8::Local<'s, v8::String>> {
    to_string(scope, Arc::new(text))
}

unsafe extern "C" fn let_go(data: *mut c_char, _len: usize) {
    forget(data.addr());
}

fn forget(start: usize) {
    let mut texts = lock(&TEXTS);
    let Some(table) = texts.as_mut() else { return };
    let Some(shown) = table.get_mut(&start) else { return };
    shown.strings -= 1;
    if shown.strings == 0 {
        let last = table.remove(&start);
        // Freeing may take long.
        drop(texts);
        drop(last);
    }
}

/// Copies of strings in the isolate's heap that were posted, as long as somebody holds them.
#[derive(Default)]
pub(crate) struct Copies(RefCell<Vec<Copy>>);

type Copy = (v8::Weak<v8::String>, Weak<Box<[u8]>>);

/// How many strings are remembered.
const REMEMBERED: usize = 4;

/// The characters of `string`, which is long and has one-byte characters only.
pub(crate) fn of_string(scope: &mut v8::PinScope, string: v8::Local<v8::String>, copies: &Copies) -> Text {
    if let Some(resource) = string.get_external_onebyte_string_resource() {
        // SAFETY: the string keeps its resource.
        let start = unsafe { resource.as_ref() }.data().addr();
        if let Some(shown) = lock(&TEXTS).as_ref().and_then(|table| table.get(&start)) {
            return shown.text.clone();
        }
    }
    let mut copies = copies.0.borrow_mut();
    copies.retain(|(string, text)| text.strong_count() > 0 && !string.is_empty());
    let known =
        copies.iter().find(|(known, _)| known.to_local(scope).is_some_and(|known| known.strict_equals(string.into())));
    if let Some(text) = known.and_then(|(_, text)| text.upgrade()) {
        return text;
    }
    let length = string.length();
    let mut bytes = Vec::<u8>::with_capacity(length);
    string.write_one_byte_uninit_v2(scope, 0, bytes.spare_capacity_mut(), v8::WriteFlags::empty());
    // SAFETY: V8 wrote min(capacity, length) = length characters, of one byte each as the caller made sure.
    unsafe { bytes.set_len(length) };
    let text = Arc::new(bytes.into_boxed_slice());
    if copies.len() == REMEMBERED {
        copies.remove(0);
    }
    copies.push((v8::Weak::new(scope, string), Arc::downgrade(&text)));
    text
}
