//! What messaging keeps per isolate: the functions of js/ it calls, the shape of port objects, the brands of objects.
//!
//! *Threads:* the isolate's own.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use super::port::{self, MessagePort, PortEnd};
use crate::ops::state::op_state;

/// Functions of js/internal/worker/messaging.js, registered when it is first loaded.
#[derive(Clone)]
pub(crate) struct Hooks {
    /// `(port, value or error, ports or undefined, failed)`: emit 'message' or 'messageerror'.
    pub(crate) emit_message: v8::Global<v8::Function>,
    /// `(port)`: gives the function that the close phase calls to emit 'close'.
    pub(crate) emit_close: v8::Global<v8::Function>,
    /// `(port, shape, values...)`: emit 'message' with a small plain object.
    pub(crate) emit_flat: v8::Global<v8::Function>,
    /// `(port, shape, values..., shape, values...)`: emit 'message' for each.
    pub(crate) emit_batch: v8::Global<v8::Function>,
    /// `(shape, values...)`: gives a small plain object.
    pub(crate) make_flat: v8::Global<v8::Function>,
    /// `(columns)`: the table that was posted as these.
    pub(crate) make_rows: v8::Global<v8::Function>,
    /// `(port)`: emit 'drain'.
    pub(crate) emit_drain: v8::Global<v8::Function>,
    /// `(object)`: makes a native port object a MessagePort.
    pub(crate) dress_port: v8::Global<v8::Function>,
    /// `(message)`: makes a DataCloneError.
    pub(crate) data_clone_error: v8::Global<v8::Function>,
    /// `(object, transfer)`: gives `[recipe, data]` for an object of a class that js/ clones or transfers.
    pub(crate) take_apart: v8::Global<v8::Function>,
    /// `(recipe, data)`: the reverse.
    pub(crate) put_together: v8::Global<v8::Function>,
    /// The symbol under which such classes say what they allow: 1 clone, 2 transfer, 3 both, 0 neither.
    pub(crate) transfer_mode: v8::Global<v8::Symbol>,
}

#[derive(Default)]
struct MessagingState {
    hooks: RefCell<Option<Rc<Hooks>>>,
    /// Hooks of other contexts, which ports were moved to.
    foreign: RefCell<Vec<(v8::Global<v8::Context>, Rc<Hooks>)>>,
    /// Makes port objects: field 0 the port's number, field 1 the brand.
    port_template: OnceCell<v8::Global<v8::ObjectTemplate>>,
    /// Tells port objects from other objects with internal fields.
    port_brand: OnceCell<v8::Global<v8::Symbol>>,
    /// Marks what must not be transferred or cloned.
    untransferable: OnceCell<v8::Global<v8::Private>>,
    object_prototype: OnceCell<v8::Global<v8::Value>>,
    /// Whether objects carry marks, so that each has to be looked at.
    marks: std::cell::Cell<bool>,
}

fn state(scope: &v8::PinScope) -> Rc<MessagingState> {
    op_state(scope).borrow_mut().value::<MessagingState>()
}

/// The functions registered for the current context. `None` as long as nothing in this isolate used messaging.
pub(crate) fn hooks(scope: &v8::PinScope) -> Option<Rc<Hooks>> {
    let state = state(scope);
    let foreign = state.foreign.borrow();
    if !foreign.is_empty() {
        let context = scope.get_current_context();
        if let Some((_, hooks)) = foreign.iter().find(|(known, _)| *known == context) {
            return Some(hooks.clone());
        }
    }
    state.hooks.borrow().clone()
}

/// Registers the functions of js/.
pub(crate) fn set_hooks(scope: &v8::PinScope, hooks: Hooks) {
    *state(scope).hooks.borrow_mut() = Some(Rc::new(hooks));
}

/// Takes the functions of js/ out, to put them into a snapshot.
pub(crate) fn take_hooks(scope: &v8::PinScope) -> Option<Rc<Hooks>> {
    state(scope).hooks.take()
}

/// The current context, if it has functions of its own.
pub(crate) fn foreign_context(scope: &v8::PinScope) -> Option<v8::Global<v8::Context>> {
    let state = state(scope);
    let foreign = state.foreign.borrow();
    if foreign.is_empty() {
        return None;
    }
    let context = scope.get_current_context();
    foreign.iter().map(|(known, _)| known).find(|known| **known == context).cloned()
}

/// Registers functions for the current context, which is not the isolate's own.
pub(crate) fn set_foreign_hooks(scope: &v8::PinScope, hooks: Hooks) {
    let context = v8::Global::new(scope, scope.get_current_context());
    state(scope).foreign.borrow_mut().push((context, Rc::new(hooks)));
}

/// Which clone-or-transfer brand an object carries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// `markAsUntransferable`
    Untransferable,
    /// `markAsUncloneable`
    Uncloneable,
    /// Memory that several objects live in, Buffer's pool: untransferable, and where a list names it, it is copied
    /// as if the list did not.
    Shared,
}

fn mark_key<'s>(scope: &v8::PinScope<'s, '_>) -> v8::Local<'s, v8::Private> {
    let state = state(scope);
    let key = state.untransferable.get_or_init(|| {
        let key = v8::Private::new(scope, None);
        v8::Global::new(scope, key)
    });
    v8::Local::new(scope, key)
}

fn marks_of(scope: &mut v8::PinScope, object: v8::Local<v8::Object>) -> i32 {
    let key = mark_key(scope);
    let value = object.get_private(scope, key);
    value.and_then(|v| v8::Local::<v8::Integer>::try_from(v).ok()).map_or(0, |v| v.value() as i32)
}

fn bit(mark: Mark) -> i32 {
    match mark {
        Mark::Untransferable => 1,
        Mark::Uncloneable => 2,
        Mark::Shared => 4,
    }
}

/// Marks `object`, for good.
pub(crate) fn set_mark(scope: &mut v8::PinScope, object: v8::Local<v8::Object>, mark: Mark) {
    let mut marks = marks_of(scope, object) | bit(mark);
    if mark == Mark::Shared {
        marks |= bit(Mark::Untransferable);
    }
    let marks = v8::Integer::new(scope, marks);
    let key = mark_key(scope);
    object.set_private(scope, key, marks.into());
    state(scope).marks.set(true);
    if mark == Mark::Uncloneable {
        MARKS.set(true);
    }
}

thread_local! {
    /// Whether one was marked as uncloneable, at hand; on a pool's thread perhaps of an isolate before this one.
    static MARKS: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Whether any object was, or may have been, marked as uncloneable.
pub(crate) fn has_uncloneable() -> bool {
    MARKS.get()
}

/// Whether `object` carries `mark`.
pub(crate) fn has_mark(scope: &mut v8::PinScope, object: v8::Local<v8::Object>, mark: Mark) -> bool {
    state(scope).marks.get() && marks_of(scope, object) & bit(mark) != 0
}

/// `Object.prototype` of the isolate's context, to know plain objects by.
pub(crate) fn object_prototype<'s>(scope: &mut v8::PinScope<'s, '_>) -> v8::Local<'s, v8::Value> {
    let state = state(scope);
    if let Some(prototype) = state.object_prototype.get() {
        return v8::Local::new(scope, prototype);
    }
    let prototype = v8::Object::new(scope).get_prototype(scope).unwrap_or_else(|| v8::null(scope).into());
    let _ = state.object_prototype.set(v8::Global::new(scope, prototype));
    prototype
}

/// Makes the JavaScript object for `end` and takes the port up on this thread. `None` with an exception pending.
pub(crate) fn new_port_object<'s>(scope: &mut v8::PinScope<'s, '_>, end: PortEnd) -> Option<v8::Local<'s, v8::Object>> {
    let object = new_bare_port_object(scope, end)?;
    let hooks = hooks(scope)?;
    let dress = v8::Local::new(scope, &hooks.dress_port);
    let this = v8::undefined(scope).into();
    dress.call(scope, this, &[object.into()])?;
    Some(object)
}

/// As [`new_port_object`], leaving it to js/ to give the object a prototype.
pub(crate) fn new_bare_port_object<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    end: PortEnd,
) -> Option<v8::Local<'s, v8::Object>> {
    let state = state(scope);
    let template = state.port_template.get_or_init(|| {
        let template = v8::ObjectTemplate::new(scope);
        template.set_internal_field_count(2);
        v8::Global::new(scope, template)
    });
    let brand = state.port_brand.get_or_init(|| {
        let brand = v8::Symbol::new(scope, None);
        v8::Global::new(scope, brand)
    });
    let (template, brand) = (v8::Local::new(scope, template), v8::Local::new(scope, brand));
    let object = template.new_instance(scope)?;
    let id = v8::Integer::new_from_unsigned(scope, port::adopt(scope, object, end));
    object.set_internal_field(0, id.into());
    object.set_internal_field(1, brand.into());
    Some(object)
}

/// The number of the port behind `object`; `None` for any other object.
pub(crate) fn port_id(scope: &v8::PinScope, object: v8::Local<v8::Object>) -> Option<u32> {
    if object.internal_field_count() != 2 {
        return None;
    }
    let state = state(scope);
    let brand = v8::Local::new(scope, state.port_brand.get()?);
    let field = v8::Local::<v8::Value>::try_from(object.get_internal_field(scope, 1)?).ok()?;
    if field != v8::Local::<v8::Value>::from(brand) {
        return None;
    }
    let id = v8::Local::<v8::Value>::try_from(object.get_internal_field(scope, 0)?).ok()?;
    v8::Local::<v8::Integer>::try_from(id).ok().map(|id| id.value() as u32)
}

/// What `value` is, as far as ports go.
pub(crate) enum AsPort {
    /// Not a port object.
    NotAPort,
    /// A port that was closed or transferred away.
    Detached,
    /// A port in use.
    Port(Rc<MessagePort>),
}

/// The port behind `object`.
pub(crate) fn as_port(scope: &v8::PinScope, object: v8::Local<v8::Object>) -> AsPort {
    match port_id(scope, object) {
        None => AsPort::NotAPort,
        Some(id) => match port::port_by_id(scope, id) {
            Some(port) if !port.is_detached() => AsPort::Port(port),
            _ => AsPort::Detached,
        },
    }
}
