//! A few 32-bit words that JavaScript and Rust both read and write without a call between them.

use std::cell::RefCell;

/// Words in memory that a `Uint32Array` of the isolate shows too (Node's `tickInfo`, `immediateInfo`).
/// Bound to the isolate's thread.
pub struct SharedWords {
    store: RefCell<v8::SharedRef<v8::BackingStore>>,
    len: usize,
}

impl SharedWords {
    /// `len` words, all zero.
    pub fn new(len: usize) -> Self {
        let store = v8::ArrayBuffer::new_backing_store_from_vec(vec![0_u8; len * 4]).make_shared();
        Self { store: RefCell::new(store), len }
    }

    /// Goes over to the memory of `array`, which came out of a snapshot with the code that uses it. False where it is no
    /// array of these words.
    pub(crate) fn adopt(&self, scope: &mut v8::PinScope, array: v8::Local<v8::Uint32Array>) -> bool {
        let Some(buffer) = array.buffer(scope) else { return false };
        if array.byte_offset() != 0 || buffer.byte_length() != self.len * 4 {
            return false;
        }
        self.store.replace(buffer.get_backing_store());
        true
    }

    /// The `Uint32Array` over these words. Each call makes another view of the same memory.
    pub fn to_array<'s>(&self, scope: &mut v8::PinScope<'s, '_>) -> Option<v8::Local<'s, v8::Uint32Array>> {
        let buffer = v8::ArrayBuffer::with_backing_store(scope, &self.store.borrow());
        v8::Uint32Array::new(scope, buffer, 0, self.len)
    }

    /// The word at `index`; 0 outside the array.
    pub fn get(&self, index: usize) -> u32 {
        match self.store.borrow().get(index * 4..index * 4 + 4) {
            Some([a, b, c, d]) => u32::from_ne_bytes([a.get(), b.get(), c.get(), d.get()]),
            _ => 0,
        }
    }

    /// Sets the word at `index`; nothing outside the array.
    pub fn set(&self, index: usize, value: u32) {
        if let Some(cells) = self.store.borrow().get(index * 4..index * 4 + 4) {
            for (cell, byte) in cells.iter().zip(value.to_ne_bytes()) {
                cell.set(byte);
            }
        }
    }
}
