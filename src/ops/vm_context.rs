//! Contexts of node:vm: a V8 context whose global object forwards to an object of the program (the sandbox).
//!
//! *Shape:* the global template of such a context has interceptors; their data is a handle object with the context in
//! its first internal field and the sandbox in its second. The sandbox carries the handle under a private key, so that
//! context, handle and sandbox live and die together in V8's heap.
//!
//! *Rules* (Node's documentation, "What does it mean to contextify an object?"): reads look at the sandbox, then at the
//! real global object; writes, definitions and deletions are made on both.

use std::cell::RefCell;
use std::rc::Rc;

use super::OpDecl;
use super::args::key;
use super::error::{OpError, OpResult};
use super::interceptors::by_index;
use super::state::{OpState, op_state};
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[op!("makeContext", 5, make_context), op!("isContext", 1, is_context)];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
type Name<'s> = v8::Local<'s, v8::Name>;
type Info<'s> = v8::PropertyCallbackArguments<'s>;

const CONTEXT: usize = 0;
const SANDBOX: usize = 1;
const IMPORT_SYMBOL: usize = 2;
const WEBASSEMBLY: usize = 3;

/// What contexts need beside V8's heap.
#[derive(Default)]
pub(super) struct VmContexts {
    /// Queues of contexts with `microtaskMode: 'afterEvaluate'`. They live as long as the isolate, since V8 refers to
    /// them by address.
    queues: RefCell<Vec<v8::UniqueRef<v8::MicrotaskQueue>>>,
    /// Stores that strict code made to names nobody declared. V8 decides about them after the interceptor: a plain name
    /// is a ReferenceError, a property of `this` appears on the global object only. [`settle_strict_stores`] copies
    /// the latter.
    strict_stores: RefCell<Vec<(v8::Global<v8::Object>, v8::Global<v8::Name>)>>,
    /// The context that `vm` itself belongs to, from when it first made another.
    maker: std::cell::OnceCell<v8::Global<v8::Context>>,
}

/// The context of the program's own code, where there are others.
pub(crate) fn maker<'s>(scope: &v8::PinScope<'s, '_, ()>) -> Option<v8::Local<'s, v8::Context>> {
    let state = scope.get_slot::<Rc<RefCell<OpState>>>()?;
    let contexts = state.borrow().get::<VmContexts>()?;
    contexts.maker.get().map(|maker| v8::Local::new(scope, maker))
}

fn vm_contexts(scope: &v8::PinScope) -> Rc<VmContexts> {
    op_state(scope).borrow_mut().value::<VmContexts>()
}

fn private_key<'s>(scope: &v8::PinScope<'s, '_>) -> v8::Local<'s, v8::Private> {
    let name = key(scope, "weft:vm_context");
    v8::Private::for_api(scope, Some(name))
}

fn handle_of<'s>(scope: &v8::PinScope<'s, '_>, object: v8::Local<'s, v8::Object>) -> Option<v8::Local<'s, v8::Object>> {
    let key = private_key(scope);
    object.get_private(scope, key).and_then(|value| v8::Local::<v8::Object>::try_from(value).ok())
}

/// The V8 context behind a contextified object.
pub(super) fn context_of<'s>(
    scope: &v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
) -> Option<v8::Local<'s, v8::Context>> {
    let handle = handle_of(scope, object)?;
    v8::Local::<v8::Context>::try_from(handle.get_internal_field(scope, CONTEXT)?).ok()
}

/// The symbol that answers for `import()` in code of the current context that has no script of its own; undefined in
/// the main context.
pub(super) fn import_symbol<'s>(scope: &v8::PinScope<'s, '_>) -> Option<v8::Local<'s, v8::Value>> {
    let global = scope.get_current_context().global(scope);
    let handle = handle_of(scope, global)?;
    v8::Local::<v8::Value>::try_from(handle.get_internal_field(scope, IMPORT_SYMBOL)?).ok()
}

/// Runs the microtasks of a context that has a queue of its own.
pub(super) fn run_own_microtasks(scope: &mut v8::PinScope, context: v8::Local<v8::Context>) {
    let queue: *const v8::MicrotaskQueue = context.get_microtask_queue();
    let contexts = vm_contexts(scope);
    let position = contexts.queues.borrow().iter().position(|own| std::ptr::eq(&**own, queue));
    if position.is_some() {
        // SAFETY: the queue is owned by `VmContexts`, which lives as long as the isolate and never drops single ones;
        // the pointer was just read from a live context. No borrow of the list is held while JavaScript runs.
        unsafe { &*queue }.perform_checkpoint(scope);
    }
}

/// `isContext(object)`.
fn is_context<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let object = super::args::arg_object(args, 0)?;
    let key = private_key(scope);
    rv.set_bool(object.has_private(scope, key).unwrap_or(false));
    Ok(())
}

/// `makeContext(sandbox or undefined, allow code from strings, own microtask queue, symbol, allow WebAssembly)`: contextifies the
/// sandbox;
/// without one the context is an ordinary one, and its global object is returned. The symbol answers for `import()` in
/// code that has no script of its own.
fn make_context<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let sandbox = v8::Local::<v8::Object>::try_from(args.get(0)).ok();
    let strings = !args.get(1).is_false();
    let own_queue = args.get(2).is_true();
    let handles = v8::ObjectTemplate::new(scope);
    handles.set_internal_field_count(4);
    let handle = handles.new_instance(scope).ok_or_else(OpError::pending)?;
    let mut options = v8::ContextOptions::default();
    if let Some(sandbox) = sandbox {
        handle.set_internal_field(SANDBOX, sandbox.into());
        let template = v8::ObjectTemplate::new(scope);
        template.set_named_property_handler(named_handlers().data(handle.into()));
        template.set_indexed_property_handler(indexed_handlers().data(handle.into()));
        options.global_template = Some(template);
    }
    let main = v8::Global::new(scope, scope.get_current_context());
    vm_contexts(scope).maker.get_or_init(|| main);
    if own_queue {
        let mut queue = v8::MicrotaskQueue::new(scope, v8::MicrotasksPolicy::Explicit);
        options.microtask_queue = Some(std::ptr::from_mut(&mut *queue));
        vm_contexts(scope).queues.borrow_mut().push(queue);
    }
    handle.set_internal_field(IMPORT_SYMBOL, args.get(3).into());
    let webassembly = !args.get(4).is_false();
    handle.set_internal_field(WEBASSEMBLY, v8::Boolean::new(scope, webassembly).into());
    if !webassembly {
        scope.set_allow_wasm_code_generation_callback(allow_webassembly);
    }
    let context = v8::Context::new(scope, options);
    let token = scope.get_current_context().get_security_token(scope);
    context.set_security_token(token);
    context.set_allow_generation_from_strings(strings);
    handle.set_internal_field(CONTEXT, context.into());
    if let Some(agent) = super::inspector::agent::existing(scope) {
        agent.context_created(context, "VM Context");
    }
    let global = context.global(scope);
    let private = private_key(scope);
    global.set_private(scope, private, handle.into());
    match sandbox {
        Some(sandbox) => {
            sandbox.set_private(scope, private, handle.into());
        }
        None => {
            handle.set_internal_field(SANDBOX, global.into());
            rv.set(global.into());
        }
    }
    Ok(())
}

/// V8 asks before it compiles WebAssembly; installed once a context forbids it.
unsafe extern "C" fn allow_webassembly(context: v8::Local<v8::Context>, _: v8::Local<v8::String>) -> bool {
    // SAFETY: V8 calls this on the isolate's thread, with a context of it that is valid for the call.
    v8::callback_scope!(unsafe scope, context);
    let global = context.global(scope);
    handle_of(scope, global)
        .and_then(|handle| handle.get_internal_field(scope, WEBASSEMBLY))
        .and_then(|data| v8::Local::<v8::Value>::try_from(data).ok())
        .is_none_or(|allowed| !allowed.is_false())
}

fn named_handlers<'s>() -> v8::NamedPropertyHandlerConfiguration<'s> {
    v8::NamedPropertyHandlerConfiguration::new()
        .getter(on_get)
        .setter(on_set)
        .query(on_query)
        .deleter(on_delete)
        .enumerator(on_enumerate_names)
        .definer(on_define)
        .descriptor(on_descriptor)
        .flags(v8::PropertyHandlerFlags::HAS_NO_SIDE_EFFECT)
}

fn indexed_handlers<'s>() -> v8::IndexedPropertyHandlerConfiguration<'s> {
    v8::IndexedPropertyHandlerConfiguration::new()
        .getter(on_get_index)
        .setter(on_set_index)
        .query(on_query_index)
        .deleter(on_delete_index)
        .enumerator(on_enumerate_indices)
        .definer(on_define_index)
        .descriptor(on_descriptor_index)
        .flags(v8::PropertyHandlerFlags::HAS_NO_SIDE_EFFECT)
}

by_index! {
    on_get_index => on_get() -> v8::Value;
    on_set_index => on_set(value: v8::Local<'s, v8::Value>) -> ();
    on_query_index => on_query() -> v8::Integer;
    on_delete_index => on_delete() -> v8::Boolean;
    on_define_index => on_define(wanted: &v8::PropertyDescriptor) -> ();
    on_descriptor_index => on_descriptor() -> v8::Value;
}

/// The sandbox, the context and its global object; `None` while V8 is still making the context.
fn parts<'s>(
    scope: &v8::PinScope<'s, '_>,
    info: &Info<'s>,
) -> Option<(v8::Local<'s, v8::Object>, v8::Local<'s, v8::Context>, v8::Local<'s, v8::Object>)> {
    let handle = v8::Local::<v8::Object>::try_from(info.data()).ok()?;
    let context = v8::Local::<v8::Context>::try_from(handle.get_internal_field(scope, CONTEXT)?).ok()?;
    let sandbox = v8::Local::<v8::Object>::try_from(handle.get_internal_field(scope, SANDBOX)?).ok()?;
    Some((sandbox, context, context.global(scope)))
}

fn on_get<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: Name<'s>,
    info: Info<'s>,
    mut rv: v8::ReturnValue<v8::Value>,
) -> v8::Intercepted {
    let Some((sandbox, context, global)) = parts(scope, &info) else { return v8::Intercepted::kNo };
    let scope = &mut v8::ContextScope::new(scope, context);
    v8::tc_scope!(let caught, scope);
    let mut value = sandbox.get_real_named_property(caught, name);
    if value.is_none() && !caught.has_caught() {
        value = global.get_real_named_property(caught, name);
    }
    if caught.has_caught() {
        caught.rethrow();
        return v8::Intercepted::kYes;
    }
    let Some(value) = value else { return v8::Intercepted::kNo };
    // Inside, the sandbox is the global object.
    rv.set(if value == sandbox { global.into() } else { value });
    v8::Intercepted::kYes
}

fn on_query<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: Name<'s>,
    info: Info<'s>,
    mut rv: v8::ReturnValue<v8::Integer>,
) -> v8::Intercepted {
    let Some((sandbox, context, global)) = parts(scope, &info) else { return v8::Intercepted::kNo };
    let scope = &mut v8::ContextScope::new(scope, context);
    for object in [sandbox, global] {
        if object.has_real_named_property(scope, name) == Some(true)
            && let Some(attributes) = object.get_real_named_property_attributes(scope, name)
        {
            rv.set_uint32(attributes.as_u32());
            return v8::Intercepted::kYes;
        }
    }
    v8::Intercepted::kNo
}

fn on_set<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: Name<'s>,
    value: v8::Local<'s, v8::Value>,
    info: Info<'s>,
    _: v8::ReturnValue<()>,
) -> v8::Intercepted {
    let Some((sandbox, context, global)) = parts(scope, &info) else { return v8::Intercepted::kNo };
    let strict = info.should_throw_on_error();
    let scope = &mut v8::ContextScope::new(scope, context);
    let on_global = declared(scope, global, name);
    let on_sandbox = declared(scope, sandbox, name);
    // V8 itself then refuses, or throws in strict code.
    if [&on_global, &on_sandbox].into_iter().flatten().any(v8::PropertyAttribute::is_read_only) {
        return v8::Intercepted::kNo;
    }
    let is_declared = on_global.is_some() || on_sandbox.is_some();
    if !is_declared && strict && !value.is_function() {
        let record = (v8::Global::new(scope, sandbox), v8::Global::new(scope, name));
        vm_contexts(scope).strict_stores.borrow_mut().push(record);
        return v8::Intercepted::kNo;
    }
    if !is_declared && name.is_symbol() {
        return v8::Intercepted::kNo;
    }
    if sandbox.set(scope, name.into(), value).is_none() {
        return v8::Intercepted::kNo;
    }
    // An accessor of the sandbox has taken the value; the global object must not get a plain property over it.
    if on_sandbox.is_some()
        && let Some(descriptor) = sandbox.get_own_property_descriptor(scope, name)
        && let Ok(descriptor) = v8::Local::<v8::Object>::try_from(descriptor)
    {
        for accessor in ["get", "set"] {
            let accessor = key(scope, accessor);
            if descriptor.has_own_property(scope, accessor.into()) == Some(true) {
                return v8::Intercepted::kYes;
            }
        }
    }
    v8::Intercepted::kNo
}

/// Attributes of a property found without interceptors, on the object or its prototypes.
fn declared(
    scope: &v8::PinScope,
    object: v8::Local<v8::Object>,
    name: v8::Local<v8::Name>,
) -> Option<v8::PropertyAttribute> {
    if object.has_real_named_property(scope, name) != Some(true) {
        return None;
    }
    object.get_real_named_property_attributes(scope, name)
}

/// After a script ran: properties that strict code put on `this` are the sandbox's too.
pub(super) fn settle_strict_stores(scope: &mut v8::PinScope) {
    let contexts = vm_contexts(scope);
    let records = contexts.strict_stores.take();
    for (sandbox, name) in records {
        v8::scope!(let scope, scope);
        let sandbox = v8::Local::new(scope, sandbox);
        let name = v8::Local::new(scope, name);
        let Some(context) = context_of(scope, sandbox) else { continue };
        let scope = &mut v8::ContextScope::new(scope, context);
        v8::tc_scope!(let caught, scope);
        let global = context.global(caught);
        if sandbox.has_real_named_property(caught, name) == Some(false)
            && let Some(value) = global.get_real_named_property(caught, name)
        {
            // A frozen sandbox keeps what it has.
            let _ = sandbox.set(caught, name.into(), value);
        }
    }
}

fn on_delete<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: Name<'s>,
    info: Info<'s>,
    mut rv: v8::ReturnValue<v8::Boolean>,
) -> v8::Intercepted {
    let Some((sandbox, context, _)) = parts(scope, &info) else { return v8::Intercepted::kNo };
    let scope = &mut v8::ContextScope::new(scope, context);
    if sandbox.delete(scope, name.into()) == Some(true) {
        return v8::Intercepted::kNo;
    }
    rv.set_bool(false);
    v8::Intercepted::kYes
}

fn on_define<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: Name<'s>,
    wanted: &v8::PropertyDescriptor,
    info: Info<'s>,
    _: v8::ReturnValue<()>,
) -> v8::Intercepted {
    let Some((sandbox, context, global)) = parts(scope, &info) else { return v8::Intercepted::kNo };
    let scope = &mut v8::ContextScope::new(scope, context);
    if declared(scope, global, name).is_some_and(|a| a.is_read_only() && a.is_dont_delete()) {
        return v8::Intercepted::kNo;
    }
    let undefined: v8::Local<v8::Value> = v8::undefined(scope).into();
    let mut descriptor = if wanted.has_get() || wanted.has_set() {
        let get = if wanted.has_get() { wanted.get() } else { undefined };
        let set = if wanted.has_set() { wanted.set() } else { undefined };
        v8::PropertyDescriptor::new_from_get_set(get, set)
    } else {
        let value = if wanted.has_value() { wanted.value() } else { undefined };
        if wanted.has_writable() {
            v8::PropertyDescriptor::new_from_value_writable(value, wanted.writable())
        } else {
            v8::PropertyDescriptor::new_from_value(value)
        }
    };
    if wanted.has_enumerable() {
        descriptor.set_enumerable(wanted.enumerable());
    }
    if wanted.has_configurable() {
        descriptor.set_configurable(wanted.configurable());
    }
    // Where the sandbox refuses, V8 still decides about the global object.
    let _ = sandbox.define_property(scope, name, &descriptor);
    v8::Intercepted::kNo
}

fn on_descriptor<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: Name<'s>,
    info: Info<'s>,
    mut rv: v8::ReturnValue<v8::Value>,
) -> v8::Intercepted {
    let Some((sandbox, context, _)) = parts(scope, &info) else { return v8::Intercepted::kNo };
    let scope = &mut v8::ContextScope::new(scope, context);
    if sandbox.has_own_property(scope, name) == Some(true)
        && let Some(descriptor) = sandbox.get_own_property_descriptor(scope, name)
    {
        rv.set(descriptor);
        return v8::Intercepted::kYes;
    }
    v8::Intercepted::kNo
}

fn on_enumerate_names<'s>(scope: &mut v8::PinScope<'s, '_>, info: Info<'s>, rv: v8::ReturnValue<v8::Array>) {
    enumerate(scope, &info, rv, v8::IndexFilter::SkipIndices);
}

fn on_enumerate_indices<'s>(scope: &mut v8::PinScope<'s, '_>, info: Info<'s>, rv: v8::ReturnValue<v8::Array>) {
    enumerate(scope, &info, rv, v8::IndexFilter::IncludeIndices);
}

fn enumerate<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    info: &Info<'s>,
    mut rv: v8::ReturnValue<v8::Array>,
    indices: v8::IndexFilter,
) {
    let Some((sandbox, context, _)) = parts(scope, info) else { return };
    let scope = &mut v8::ContextScope::new(scope, context);
    let only_indices = matches!(indices, v8::IndexFilter::IncludeIndices);
    let names = sandbox.get_own_property_names(
        scope,
        v8::GetPropertyNamesArgs {
            mode: v8::KeyCollectionMode::OwnOnly,
            property_filter: v8::PropertyFilter::ALL_PROPERTIES,
            index_filter: indices,
            key_conversion: v8::KeyConversionMode::KeepNumbers,
        },
    );
    let Some(names) = names else { return };
    if !only_indices {
        rv.set(names);
        return;
    }
    let numbers: Vec<v8::Local<v8::Value>> =
        (0..names.length()).filter_map(|i| names.get_index(scope, i)).filter(|n| n.is_uint32()).collect();
    rv.set(v8::Array::new_with_elements(scope, &numbers));
}
