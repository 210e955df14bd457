//! Asynchronous operations under way: which JavaScript callback waits for which result.
//!
//! *Owns* the callbacks (`Global`s), so it must be emptied before the isolate goes. *Threads:* the loop's own only;
//! results travel here as [`Settlement`]s through the inbox.

use std::cell::{Cell, RefCell};
use std::panic::Location;

use super::liveness::Liveness;
use super::tick;
use crate::ops::error::OpError;

/// Names an operation under way on one loop. Never reused while the process lives (2^53 of them).
pub type OpId = u64;

/// Makes the value an operation ended with, on the isolate's thread.
pub type MakeValue =
    Box<dyn for<'s, 'i> FnOnce(&mut v8::PinScope<'s, 'i>) -> Result<v8::Local<'s, v8::Value>, OpError> + Send>;

/// How an operation ended.
pub type Settlement = Result<MakeValue, OpError>;

struct Pending {
    id: OpId,
    callback: v8::Global<v8::Function>,
    /// Continuation-preserved embedder data of the caller: the async context the callback runs in.
    async_context: v8::Global<v8::Value>,
    referenced: bool,
    /// Where the runtime began it.
    site: &'static Location<'static>,
    /// What async hooks call it, where its area does not tell.
    kind: Option<&'static str>,
}

impl Pending {
    fn operation(&self) -> Operation {
        Operation { callback: self.callback.clone(), site: self.site, kind: self.kind }
    }
}

/// An operation under way, for reports.
pub(crate) struct Operation {
    pub(crate) callback: v8::Global<v8::Function>,
    site: &'static Location<'static>,
    kind: Option<&'static str>,
}

impl Operation {
    /// Which of the runtime's areas it belongs to: the name of a file or folder of `src/ops`, as a rule.
    pub(crate) fn area(&self) -> String {
        area_of(self.site)
    }

    /// What async hooks call it, or its area.
    pub(crate) fn kind(&self) -> String {
        self.kind.map_or_else(|| self.area(), str::to_owned)
    }
}

fn area_of(site: &Location) -> String {
    let file = site.file().replace('\\', "/");
    let name = file.rsplit_once("src/ops/").or_else(|| file.rsplit_once('/')).map_or(&*file, |(_, name)| name);
    name.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned()
}

/// The table of operations under way.
#[derive(Default)]
pub struct Completions {
    next_id: Cell<OpId>,
    pending: RefCell<std::collections::HashMap<OpId, Pending>>,
    /// While async hooks are in use: `(callback, kind) => callback` that tells them of the operation.
    wrapper: RefCell<Option<v8::Global<v8::Function>>>,
    /// What async hooks call the next operation, where its area does not tell.
    next_kind: Cell<Option<&'static str>>,
}

impl Completions {
    /// The operation `id`, if it is under way.
    pub(crate) fn get(&self, id: OpId) -> Option<Operation> {
        let pending = self.pending.borrow();
        pending.get(&id).map(Pending::operation)
    }

    /// Registers `callback` to be called as `callback(error, value)`. With `keep_alive` the loop stays alive until then.
    #[track_caller]
    pub fn register(
        &self,
        scope: &mut v8::PinScope,
        callback: v8::Local<v8::Function>,
        keep_alive: bool,
        liveness: &Liveness,
    ) -> OpId {
        let site = Location::caller();
        let kind = self.next_kind.take();
        let callback = self.wrap(scope, callback, site, kind);
        let id = self.next_id.get() + 1;
        self.next_id.set(id);
        if keep_alive {
            liveness.add_ref();
        }
        let data = scope.get_continuation_preserved_embedder_data();
        let async_context = v8::Global::new(scope, data);
        let pending = Pending { id, callback, async_context, referenced: keep_alive, site, kind };
        self.pending.borrow_mut().insert(id, pending);
        id
    }

    /// Passes callbacks of operations to come through `wrapper`.
    pub fn set_wrapper(&self, wrapper: Option<v8::Global<v8::Function>>) {
        *self.wrapper.borrow_mut() = wrapper;
    }

    /// Says what async hooks call the operation that is registered next.
    pub fn name_next(&self, kind: &'static str) {
        self.next_kind.set(Some(kind));
    }

    fn wrap(
        &self,
        scope: &mut v8::PinScope,
        callback: v8::Local<v8::Function>,
        site: &Location,
        kind: Option<&'static str>,
    ) -> v8::Global<v8::Function> {
        let callback = v8::Global::new(scope, callback);
        let Some(wrapper) = self.wrapper.borrow().clone() else { return callback };
        v8::scope!(let scope, scope);
        let wrapper = v8::Local::new(scope, wrapper);
        let this = v8::undefined(scope).into();
        let argument = v8::Local::new(scope, &callback).into();
        let kind = kind.map_or_else(|| area_of(site), str::to_owned);
        let Some(kind) = v8::String::new(scope, &kind) else { return callback };
        let wrapped = wrapper.call(scope, this, &[argument, kind.into()]);
        match wrapped.and_then(|wrapped| v8::Local::<v8::Function>::try_from(wrapped).ok()) {
            Some(wrapped) => v8::Global::new(scope, wrapped),
            None => callback,
        }
    }

    /// Makes a pending operation keep the loop alive, or not.
    pub fn set_ref(&self, id: OpId, keep_alive: bool, liveness: &Liveness) {
        if let Some(pending) = self.pending.borrow_mut().get_mut(&id)
            && pending.referenced != keep_alive
        {
            pending.referenced = keep_alive;
            if keep_alive { liveness.add_ref() } else { liveness.release() }
        }
    }

    /// Forgets an operation whose result no longer matters; its callback is never called.
    pub fn cancel(&self, id: OpId, liveness: &Liveness) {
        // Taken out before it is dropped: dropping a Global may not run while the table is borrowed.
        let taken = self.pending.borrow_mut().remove(&id);
        if taken.is_some_and(|p| p.referenced) {
            liveness.release();
        }
    }

    /// Calls the operation's callback with its result and drains ticks and microtasks after it.
    pub fn settle(&self, scope: &mut v8::PinScope, id: OpId, settlement: Settlement, liveness: &Liveness) {
        let Some(pending) = self.pending.borrow_mut().remove(&id) else { return };
        debug_assert_eq!(pending.id, id);
        if pending.referenced {
            liveness.release();
        }
        v8::scope!(let scope, scope);
        let undefined: v8::Local<v8::Value> = v8::undefined(scope).into();
        let null: v8::Local<v8::Value> = v8::null(scope).into();
        let arguments = match settlement.and_then(|make| make(scope)) {
            Ok(value) => [null, value],
            Err(error) => [error.to_exception(scope), undefined],
        };
        // A callback that counts its arguments sees what Node gives it: no second one where there is no value.
        let arguments = if arguments[1].is_undefined() { &arguments[..1] } else { &arguments[..] };
        let callback = v8::Local::new(scope, &pending.callback);
        let data = v8::Local::new(scope, &pending.async_context);
        tick::make_callback_in(scope, callback, undefined, arguments, data);
    }

    /// Drops every callback, for shutdown.
    pub fn clear(&self) {
        self.set_wrapper(None);
        let dropped = std::mem::take(&mut *self.pending.borrow_mut());
        drop(dropped);
    }

    /// The operations that keep the loop alive, in the order in which they began.
    pub(crate) fn referenced(&self) -> Vec<Operation> {
        let pending = self.pending.borrow();
        let mut referenced: Vec<&Pending> = pending.values().filter(|p| p.referenced).collect();
        referenced.sort_unstable_by_key(|p| p.id);
        referenced.into_iter().map(Pending::operation).collect()
    }

    /// How many operations are under way.
    pub fn len(&self) -> usize {
        self.pending.borrow().len()
    }

    /// Whether no operation is under way.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
