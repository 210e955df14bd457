//! Values of `pool.share()`: serialized once, read at most once in each isolate, gone with the last handle.
//!
//! *What it owns.* A [`SharedValue`] holds the message. Handles of JavaScript and messages on their way each hold a
//! reference to it. An isolate that read the value keeps it in its [`Cache`] under the number of the `SharedValue`; the
//! end of the last reference tells these isolates to drop theirs. The cache holds no reference itself: otherwise a value
//! would live as long as any isolate that ever used it.
//!
//! *Threads:* a `SharedValue` belongs to none; a `Cache` to its isolate.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::messaging_state as state;
use super::structured_clone;
use super::{message::Attachments, message::Body, message::Message};
use crate::main_loop::LoopHandle;
use crate::ops::OpError;
use crate::ops::state::op_state;

/// The recipe of the handle's class (`js/internal/pool/share.js`): what `structured_clone.rs` knows it by, and where the
/// value is frozen once it is read.
pub(crate) const RECIPE: &str = "internal/pool/share:Shared";

/// See the module's documentation.
pub(crate) struct SharedValue {
    id: u64,
    /// A mutex, because what a message holds need not be `Sync`.
    message: Mutex<Message>,
    /// The loops of the isolates that have it in their cache.
    readers: Mutex<Vec<LoopHandle>>,
}

/// The values an isolate has read.
#[derive(Default)]
struct Cache(RefCell<HashMap<u64, v8::Global<v8::Object>>>);

impl SharedValue {
    /// Serializes `value`. The memory of `buffers` is copied once, into memory that all readers share.
    pub(crate) fn new<'s>(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
        buffers: &[v8::Local<'s, v8::ArrayBuffer>],
    ) -> Result<Arc<Self>, OpError> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut message = structured_clone::serialize_sharing(scope, value, buffers)?;
        if !buffers.is_empty() {
            let copies = buffers.iter().map(|buffer| copy(scope, buffer)).collect();
            let attachments = message.attachments.get_or_insert_with(|| Box::new(Attachments::default()));
            attachments.array_buffers = copies;
        }
        // A transferred port, for one, can have one reader only.
        if !matches!(message.body, Body::Serialized(_)) || !message.can_be_read_often() {
            return Err(structured_clone::throw_data_clone_error(scope, "The value cannot be shared"));
        }
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Ok(Arc::new(Self { id, message: Mutex::new(message), readers: Mutex::default() }))
    }

    /// Bytes it takes, shared memory included.
    pub(crate) fn bytes(&self) -> usize {
        self.message.lock().unwrap_or_else(PoisonError::into_inner).bytes()
    }

    /// The value in this isolate, which is read the first time. `None` with an exception pending.
    pub(crate) fn read<'s>(&self, scope: &mut v8::PinScope<'s, '_>) -> Option<v8::Local<'s, v8::Object>> {
        let state = op_state(scope);
        let cache = state.borrow_mut().value::<Cache>();
        let cached = cache.0.borrow().get(&self.id).cloned();
        if let Some(value) = cached {
            return Some(v8::Local::new(scope, value));
        }
        let message = self.message.lock().unwrap_or_else(PoisonError::into_inner).duplicate();
        let (value, _) = structured_clone::deserialize(scope, message?)?;
        let hooks = state::hooks(scope)?;
        let put_together = v8::Local::new(scope, &hooks.put_together);
        let recipe = v8::String::new(scope, RECIPE)?;
        let this = v8::undefined(scope).into();
        let frozen = put_together.call(scope, this, &[recipe.into(), value])?;
        let frozen = v8::Local::<v8::Object>::try_from(frozen).ok()?;
        cache.0.borrow_mut().insert(self.id, v8::Global::new(scope, frozen));
        let reader = state.borrow().loop_handle();
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        Some(frozen)
    }
}

impl Drop for SharedValue {
    fn drop(&mut self) {
        let id = self.id;
        let readers = std::mem::take(self.readers.get_mut().unwrap_or_else(PoisonError::into_inner));
        for reader in readers {
            // An isolate that is gone has dropped its cache.
            reader.post_job(move |scope| {
                let cache = op_state(scope).borrow_mut().value::<Cache>();
                let value = cache.0.borrow_mut().remove(&id);
                drop(value);
            });
        }
    }
}

fn copy(scope: &mut v8::PinScope, buffer: &v8::ArrayBuffer) -> v8::SharedRef<v8::BackingStore> {
    let from = buffer.get_backing_store();
    let to = v8::SharedArrayBuffer::new_backing_store(scope, from.byte_length()).make_shared();
    for (to, from) in to.iter().zip(from.iter()) {
        to.set(from.get());
    }
    to
}
