//! A few 32-bit words that JavaScript and Rust both read and write without a call between them.

/// Words in memory that a `Uint32Array` of the isolate shows too (Node's `tickInfo`, `immediateInfo`).
/// Bound to the isolate's thread.
pub struct SharedWords {
    store: v8::SharedRef<v8::BackingStore>,
    len: usize,
}

impl SharedWords {
    /// `len` words, all zero.
    pub fn new(len: usize) -> Self {
        let store = v8::ArrayBuffer::new_backing_store_from_vec(vec![0_u8; len * 4]).make_shared();
        Self { store, len }
    }

    /// The `Uint32Array` over these words. Each call makes another view of the same memory.
    pub fn to_array<'s>(&self, scope: &mut v8::PinScope<'s, '_>) -> Option<v8::Local<'s, v8::Uint32Array>> {
        let buffer = v8::ArrayBuffer::with_backing_store(scope, &self.store);
        v8::Uint32Array::new(scope, buffer, 0, self.len)
    }

    /// The word at `index`; 0 outside the array.
    pub fn get(&self, index: usize) -> u32 {
        match self.store.get(index * 4..index * 4 + 4) {
            Some([a, b, c, d]) => u32::from_ne_bytes([a.get(), b.get(), c.get(), d.get()]),
            _ => 0,
        }
    }

    /// Sets the word at `index`; nothing outside the array.
    pub fn set(&self, index: usize, value: u32) {
        if let Some(cells) = self.store.get(index * 4..index * 4 + 4) {
            for (cell, byte) in cells.iter().zip(value.to_ne_bytes()) {
                cell.set(byte);
            }
        }
    }
}
