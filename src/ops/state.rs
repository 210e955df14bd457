//! State of an isolate's operations: resources by id, and one value per type for whoever needs one.
//!
//! *Threads:* the isolate's own. A borrow is never held while JavaScript runs.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

use crate::main_loop::{LoopHandle, LoopShared, tick};

/// Names a resource of one isolate to its JavaScript. Never 0, never reused.
pub type ResourceId = u32;

/// Things with a native side that JavaScript holds by number: sockets, child processes, watchers …
#[derive(Default)]
pub struct ResourceTable {
    next: ResourceId,
    entries: HashMap<ResourceId, Rc<dyn Any>>,
}

impl ResourceTable {
    /// Adds `resource` and names it.
    pub fn add<T: 'static>(&mut self, resource: Rc<T>) -> ResourceId {
        self.next += 1;
        self.entries.insert(self.next, resource);
        self.next
    }

    /// The resource `id`, if it is there and of type `T`.
    pub fn get<T: 'static>(&self, id: ResourceId) -> Option<Rc<T>> {
        self.entries.get(&id).cloned()?.downcast().ok()
    }

    /// Takes the resource `id` out of the table. Whoever still holds its `Rc` keeps it alive.
    pub fn remove<T: 'static>(&mut self, id: ResourceId) -> Option<Rc<T>> {
        if !self.entries.get(&id)?.is::<T>() {
            return None;
        }
        self.entries.remove(&id)?.downcast().ok()
    }

    /// All open resources of type `T`.
    pub fn all<T: 'static>(&self) -> Vec<Rc<T>> {
        self.entries.values().filter_map(|entry| entry.clone().downcast().ok()).collect()
    }

    /// How many resources are open.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no resource is open.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn take_all(&mut self) -> HashMap<ResourceId, Rc<dyn Any>> {
        std::mem::take(&mut self.entries)
    }
}

/// Takes a `TypeId` as it is: it is a hash already, and these values are looked up in every operation.
#[derive(Default)]
struct TypeIdHasher(u64);

impl Hasher for TypeIdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 ^= u64::from_ne_bytes(word);
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 ^= word;
    }
}

/// Op state of one isolate.
pub struct OpState {
    shared: Rc<LoopShared>,
    /// Open resources.
    pub resources: ResourceTable,
    values: HashMap<TypeId, Rc<dyn Any>, BuildHasherDefault<TypeIdHasher>>,
}

impl OpState {
    /// State for the isolate of the loop `shared`.
    pub fn new(shared: Rc<LoopShared>) -> Self {
        Self { shared, resources: ResourceTable::default(), values: HashMap::default() }
    }

    /// A handle to this isolate's loop for other threads.
    pub fn loop_handle(&self) -> LoopHandle {
        self.shared.handle()
    }

    /// This isolate's loop.
    pub fn event_loop(&self) -> Rc<LoopShared> {
        self.shared.clone()
    }

    /// The value of type `T`, made on first use. Areas keep their own state here, in `Cell`s and `RefCell`s.
    pub fn value<T: Default + 'static>(&mut self) -> Rc<T> {
        let value = self.values.entry(TypeId::of::<T>()).or_insert_with(|| Rc::new(T::default())).clone();
        match value.downcast() {
            Ok(value) => value,
            Err(_) => unreachable!("values are stored under their own type"),
        }
    }

    /// Sets the value of type `T`.
    pub fn put<T: 'static>(&mut self, value: T) {
        self.values.insert(TypeId::of::<T>(), Rc::new(value));
    }

    /// The value of type `T`, if it was set or made.
    pub fn get<T: 'static>(&self) -> Option<Rc<T>> {
        self.values.get(&TypeId::of::<T>())?.clone().downcast().ok()
    }
}

/// The op state of the isolate that `scope` belongs to.
pub fn op_state(scope: &v8::PinScope) -> Rc<RefCell<OpState>> {
    match scope.get_slot::<Rc<RefCell<OpState>>>() {
        Some(state) => state.clone(),
        // Set in JsRuntime::new before any script runs.
        None => unreachable!("an isolate without op state"),
    }
}

/// The loop of the isolate that `scope` belongs to.
pub fn event_loop(scope: &v8::PinScope) -> Rc<LoopShared> {
    tick::current(scope)
}

/// Drops resources and values, for shutdown. Outside the borrow, since drops may look into the state.
pub(crate) fn clear(state: &Rc<RefCell<OpState>>) {
    let resources = state.borrow_mut().resources.take_all();
    drop(resources);
    let values = std::mem::take(&mut state.borrow_mut().values);
    drop(values);
}
