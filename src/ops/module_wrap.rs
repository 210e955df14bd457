//! `internalBinding('module_wrap')`: ES modules as V8 has them. Which file a specifier means, what text it has and
//! when to do what is decided in js/internal/modules/esm_loader.js; this file compiles, links and evaluates.
//!
//! JavaScript names a module by a number, its position in this isolate's [`Modules`]. *Threads:* the isolate's own.
//!
//! *Protocol:* `compileModule` (or `createSyntheticModule`) → `link` with the numbers of the requested modules, in
//! the order of the requests → once the whole graph is linked, `instantiate` of its root → `evaluate`, which answers
//! with V8's promise. V8 asks for the linked modules through [`resolve_request`] while it instantiates.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use std::time::Duration;

use super::OpDecl;
use super::args::{arg_function, arg_u32};
use super::error::{OpError, OpResult};
use super::state::op_state;
use super::user_code;
use super::vm_script::{self, Watchdog};
use crate::error_display;
use crate::observe::trace;
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("setCallbacks", 2, set_callbacks),
    op!("compileModule", 8, compile_module),
    op!("moduleCodeCache", 1, module_code_cache),
    op!("createSyntheticModule", 4, create_synthetic_module),
    op!("link", 2, link),
    op!("instantiate", 1, instantiate),
    op!("evaluate", 2, evaluate),
    op!("settledState", 1, settled_state),
    op!("getNamespace", 1, get_namespace),
    op!("getStatus", 1, get_status),
    op!("getError", 1, get_error),
    op!("isGraphAsync", 1, is_graph_async),
    op!("hasTopLevelAwait", 1, has_top_level_await),
    op!("setExports", 3, set_exports),
    op!("stalledAwaits", 1, stalled_awaits),
    op!("releaseModule", 1, release_module),
    op!("createCodeCache", 1, create_code_cache),
    op!("arrowOf", 1, arrow_of),
    op!("attachedArrow", 1, attached_arrow),
    op!("keepPlace", 1, keep_place),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

/// The ES modules of one isolate.
#[derive(Default)]
struct Modules {
    entries: RefCell<Vec<Option<Rc<Entry>>>>,
    /// V8's identity hash of a module → the numbers of the modules that have it.
    by_hash: RefCell<HashMap<i32, Vec<u32>>>,
    import_dynamically: RefCell<Option<v8::Global<v8::Function>>>,
    initialize_meta: RefCell<Option<v8::Global<v8::Function>>>,
}

struct Entry {
    module: v8::Global<v8::Module>,
    /// The context it is instantiated and evaluated in, if that is one of node:vm.
    context: Option<v8::Global<v8::Context>>,
    /// Numbers of the requested modules, in the order of the requests.
    links: RefCell<Vec<u32>>,
    /// Where the next request is looked for first: V8 asks in order.
    cursor: Cell<usize>,
    /// Of a synthetic module: what makes the values of its exports, and their names.
    steps: Option<(v8::Global<v8::Function>, Vec<v8::Global<v8::String>>)>,
}

fn modules(scope: &v8::PinScope) -> Rc<Modules> {
    op_state(scope).borrow_mut().value::<Modules>()
}

impl Modules {
    fn add(&self, module: v8::Local<v8::Module>, entry: Entry) -> u32 {
        let mut entries = self.entries.borrow_mut();
        let id = entries.len() as u32;
        entries.push(Some(Rc::new(entry)));
        self.by_hash.borrow_mut().entry(module.get_identity_hash().get()).or_default().push(id);
        id
    }

    fn entry(&self, id: u32) -> OpResult<Rc<Entry>> {
        self.entries
            .borrow()
            .get(id as usize)
            .cloned()
            .flatten()
            .ok_or_else(|| OpError::error("ERR_INTERNAL_ASSERTION", format!("No such module: {id}")))
    }

    /// The number and entry of a module V8 names.
    fn find(&self, scope: &v8::PinScope, module: v8::Local<v8::Module>) -> Option<(u32, Rc<Entry>)> {
        let by_hash = self.by_hash.borrow();
        let ids = by_hash.get(&module.get_identity_hash().get())?;
        ids.iter().find_map(|&id| {
            let entry = self.entry(id).ok()?;
            (v8::Local::new(scope, &entry.module) == module).then_some((id, entry))
        })
    }
}

/// The module, and the context it belongs to.
fn module_and_context<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args,
) -> OpResult<(v8::Local<'s, v8::Module>, v8::Local<'s, v8::Context>)> {
    let id = arg_u32(scope, args, 0)?;
    let entry = modules(scope).entry(id)?;
    let context = match &entry.context {
        Some(context) => v8::Local::new(scope, context),
        None => scope.get_current_context(),
    };
    Ok((v8::Local::new(scope, &entry.module), context))
}

fn module_at<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args) -> OpResult<v8::Local<'s, v8::Module>> {
    let id = arg_u32(scope, args, 0)?;
    let entry = modules(scope).entry(id)?;
    Ok(v8::Local::new(scope, &entry.module))
}

/// `setCallbacks(importModuleDynamically, initializeImportMeta)`:
/// `importModuleDynamically(symbol or undefined, specifier, attributes or undefined, referrer name)` → promise;
/// `initializeImportMeta(module number, meta object)`.
fn set_callbacks<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let (import, meta) = (arg_function(args, 0)?, arg_function(args, 1)?);
    let modules = modules(scope);
    modules.import_dynamically.replace(Some(v8::Global::new(scope, import)));
    modules.initialize_meta.replace(Some(v8::Global::new(scope, meta)));
    Ok(())
}

/// What this area was told by the bootstrap code, for a snapshot.
pub(crate) fn registered<'s>(scope: &mut v8::PinScope<'s, '_>) -> Option<[v8::Local<'s, v8::Value>; 2]> {
    let modules = modules(scope);
    let (import, meta) = (modules.import_dynamically.take()?, modules.initialize_meta.take()?);
    Some([v8::Local::new(scope, import).into(), v8::Local::new(scope, meta).into()])
}

/// Registers again what [`registered`] gave, in a context that came out of a snapshot.
pub(crate) fn register_again<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    mut values: impl Iterator<Item = v8::Local<'s, v8::Value>>,
) -> Option<()> {
    let modules = modules(scope);
    for hook in [&modules.import_dynamically, &modules.initialize_meta] {
        let function = v8::Local::<v8::Function>::try_from(values.next()?).ok()?;
        hook.replace(Some(v8::Global::new(scope, function)));
    }
    Some(())
}

/// Installs V8's hooks for `import()` and `import.meta`. Once per isolate, before scripts run.
pub fn install(isolate: &mut v8::Isolate) {
    isolate.set_host_import_module_dynamically_callback(import_dynamically);
    isolate.set_host_initialize_import_meta_object_callback(initialize_import_meta);
}

/// The options V8 hands back to `import()` of a script or module: a symbol that tells js/ who decides, or nothing for
/// the isolate's own loader.
pub(super) fn host_options<'s>(
    scope: &v8::PinScope<'s, '_>,
    value: v8::Local<'s, v8::Value>,
) -> Option<v8::Local<'s, v8::Data>> {
    let symbol = v8::Local::<v8::Symbol>::try_from(value).ok()?;
    let options = v8::PrimitiveArray::new(scope, 1);
    let name = v8::Local::<v8::Name>::from(symbol);
    options.set(scope, 0, name.into());
    Some(options.into())
}

/// `compileModule(url, source, symbol or undefined, line offset, column offset, code cache or undefined, vm context
/// object or undefined, whether its code is kept)`: an array: the module's number, then specifier and attributes (`[key, value, …]` or undefined)
/// of each request, in order. A code cache that V8 does not accept is an error.
fn compile_module<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let source = super::contextify::arg_source(args, 1)?;
    let line = args.get(3).int32_value(scope).unwrap_or(0);
    let column = args.get(4).int32_value(scope).unwrap_or(0);
    let options = host_options(scope, args.get(2));
    let origin = v8::ScriptOrigin::new(scope, args.get(0), line, column, false, -1, None, false, false, true, options);
    let cache = super::args::region_of(args.get(5)).map(|_| super::args::arg_bytes(args, 5)).transpose()?;
    let context = context_argument(scope, args, 6)?;
    let start = trace::is_on().then(trace::now);
    let scope = &mut v8::ContextScope::new(scope, context);
    v8::tc_scope!(let caught, scope);
    let place = match args.get(7).is_true() {
        true => user_code::find(caught, user_code::Kind::Module, source),
        false => None,
    };
    let bytes = cache.as_deref().or_else(|| place.as_ref().and_then(|place| place.code()));
    let (mut source, options) = match bytes {
        Some(bytes) => {
            let data = v8::script_compiler::CachedData::new(bytes);
            let source = v8::script_compiler::Source::new_with_cached_data(source, Some(&origin), data);
            (source, v8::script_compiler::CompileOptions::ConsumeCodeCache)
        }
        None => {
            let source = v8::script_compiler::Source::new(source, Some(&origin));
            (source, v8::script_compiler::CompileOptions::NoCompileOptions)
        }
    };
    let reason = v8::script_compiler::NoCacheReason::NoReason;
    let module = v8::script_compiler::compile_module2(caught, &mut source, options, reason);
    let rejected = source.get_cached_data().is_some_and(|data| data.rejected());
    if rejected && cache.is_some() {
        return Err(OpError::error("ERR_VM_MODULE_CACHED_DATA_REJECTED", "cachedData buffer was rejected"));
    }
    let Some(module) = module else { return Err(super::contextify::decorate_and_rethrow(caught)) };
    if let Some(place) = place {
        // V8 is done with the bytes, which the place may let go.
        drop(source);
        let script = module.get_unbound_module_script(caught);
        let compiled = user_code::Compiled::Module(v8::Global::new(caught, script));
        place.compiled(caught, rejected, compiled);
    }
    if let Some(start) = start {
        let url = args.get(0).to_rust_string_lossy(caught);
        trace::slice_since("module", &format!("compile {url}"), start, &[]);
    }
    let entry = Entry {
        module: v8::Global::new(caught, module),
        context: own_context(caught, args, 6),
        links: RefCell::default(),
        cursor: Cell::new(0),
        steps: None,
    };
    let id = modules(caught).add(module, entry);
    let requests = module.get_module_requests();
    let mut items: Vec<v8::Local<v8::Value>> = Vec::with_capacity(1 + requests.length() * 2);
    items.push(v8::Integer::new_from_unsigned(caught, id).into());
    for request in request_list(caught, requests) {
        items.push(request.get_specifier().into());
        items.push(attributes(caught, request.get_import_attributes(), 3));
    }
    rv.set(v8::Array::new_with_elements(caught, &items).into());
    Ok(())
}

/// `moduleCodeCache(id)`: V8's code cache of a module made from text, with what was compiled of it so far; undefined
/// where V8 has none.
fn module_code_cache<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let entry = modules(scope).entry(id)?;
    let module = v8::Local::new(scope, &entry.module);
    if !module.is_source_text_module() {
        return Ok(());
    }
    let script = module.get_unbound_module_script(scope);
    if let Some(data) = script.create_code_cache() {
        use super::args::IntoJs as _;
        rv.set(data.to_vec().into_js(scope)?);
    }
    Ok(())
}

fn request_list<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    requests: v8::Local<'s, v8::FixedArray>,
) -> Vec<v8::Local<'s, v8::ModuleRequest>> {
    (0..requests.length())
        .filter_map(|i| requests.get(scope, i))
        .filter_map(|data| v8::Local::<v8::ModuleRequest>::try_from(data).ok())
        .collect()
}

/// Import attributes as a flat array of keys and values; undefined for none. V8 lists them in groups of `width`.
fn attributes<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    list: v8::Local<'s, v8::FixedArray>,
    width: usize,
) -> v8::Local<'s, v8::Value> {
    if list.length() == 0 {
        return v8::undefined(scope).into();
    }
    let items: Vec<v8::Local<v8::Value>> = (0..list.length())
        .filter(|i| i % width < 2)
        .filter_map(|i| list.get(scope, i))
        .filter_map(|data| v8::Local::<v8::Value>::try_from(data).ok())
        .collect();
    v8::Array::new_with_elements(scope, &items).into()
}

/// The V8 context of the vm context object at `index`, to keep.
fn own_context<'s>(scope: &v8::PinScope<'s, '_>, args: Args, index: i32) -> Option<v8::Global<v8::Context>> {
    let object = v8::Local::<v8::Object>::try_from(args.get(index)).ok()?;
    let object = v8::Local::new(scope, object);
    super::vm_context::context_of(scope, object).map(|context| v8::Global::new(scope, context))
}

/// The V8 context of the vm context object at `index`; the current one if there is none.
fn context_argument<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'_, 's>,
    index: i32,
) -> OpResult<v8::Local<'s, v8::Context>> {
    match v8::Local::<v8::Object>::try_from(args.get(index)) {
        Ok(object) => super::vm_context::context_of(scope, object)
            .ok_or_else(|| OpError::type_error("ERR_INVALID_ARG_TYPE", "The object is not a vm context")),
        Err(_) => Ok(scope.get_current_context()),
    }
}

/// `createSyntheticModule(url, names, steps, vm context object or undefined)`: its number. On evaluation `steps()` answers with the values of the
/// exports, in the order of `names`; or with undefined after having set them with `setExports`.
fn create_synthetic_module<'s>(
    scope: Scope<'_, 's, '_>,
    args: Args<'_, 's>,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let url = super::contextify::arg_source(args, 0)?;
    let list = v8::Local::<v8::Array>::try_from(args.get(1))
        .map_err(|_| OpError::type_error("ERR_INVALID_ARG_TYPE", "The names of exports must be an array"))?;
    let steps = arg_function(args, 2)?;
    let mut names = Vec::with_capacity(list.length() as usize);
    for index in 0..list.length() {
        let name = list.get_index(scope, index).ok_or_else(OpError::pending)?;
        names.push(name.to_string(scope).ok_or_else(OpError::pending)?);
    }
    let context = context_argument(scope, args, 3)?;
    let scope = &mut v8::ContextScope::new(scope, context);
    let module = v8::Module::create_synthetic_module(scope, url, &names, run_steps);
    let names = names.into_iter().map(|n| v8::Global::new(scope, n)).collect();
    let entry = Entry {
        module: v8::Global::new(scope, module),
        context: own_context(scope, args, 3),
        links: RefCell::default(),
        cursor: Cell::new(0),
        steps: Some((v8::Global::new(scope, steps), names)),
    };
    let id = modules(scope).add(module, entry);
    rv.set_uint32(id);
    Ok(())
}

/// V8's evaluation steps of every synthetic module.
fn run_steps<'s>(
    context: v8::Local<'s, v8::Context>,
    module: v8::Local<'s, v8::Module>,
) -> Option<v8::Local<'s, v8::Value>> {
    // SAFETY: V8 calls this on the isolate's thread, with a context of it that is valid for the call; no other scope is made
    // of it meanwhile.
    v8::callback_scope!(unsafe scope, context);
    let found = modules(scope).find(scope, module).map(|(_, entry)| entry);
    let Some((steps, names)) = found.as_ref().and_then(|entry| entry.steps.as_ref()) else {
        // V8 takes the absence of a value for an exception, which must then be there.
        OpError::error("ERR_INTERNAL_ASSERTION", "A synthetic module was released before its evaluation").throw(scope);
        return None;
    };
    let steps = v8::Local::new(scope, steps);
    let this = v8::undefined(scope).into();
    let values = steps.call(scope, this, &[])?;
    if let Ok(values) = v8::Local::<v8::Array>::try_from(values) {
        for (index, name) in names.iter().enumerate() {
            let value = values.get_index(scope, index as u32)?;
            let name = v8::Local::new(scope, name);
            module.set_synthetic_module_export(scope, name, value)?;
        }
    }
    let resolver = v8::PromiseResolver::new(scope)?;
    resolver.resolve(scope, this)?;
    Some(resolver.get_promise(scope).into())
}

/// `setExports(module, names, values)` of a synthetic module that is instantiated.
fn set_exports<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let module = module_at(scope, args)?;
    let lists = (v8::Local::<v8::Array>::try_from(args.get(1)), v8::Local::<v8::Array>::try_from(args.get(2)));
    let (Ok(names), Ok(values)) = lists else {
        return Err(OpError::type_error("ERR_INVALID_ARG_TYPE", "Exports are set by two arrays"));
    };
    for index in 0..names.length() {
        let name = names.get_index(scope, index).and_then(|n| n.to_string(scope)).ok_or_else(OpError::pending)?;
        let value = values.get_index(scope, index).ok_or_else(OpError::pending)?;
        module.set_synthetic_module_export(scope, name, value).ok_or_else(OpError::pending)?;
    }
    Ok(())
}

/// `link(module, numbers of the requested modules)`.
fn link<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let entry = modules(scope).entry(id)?;
    let list = v8::Local::<v8::Array>::try_from(args.get(1))
        .map_err(|_| OpError::type_error("ERR_INVALID_ARG_TYPE", "Links must be an array"))?;
    let mut links = Vec::with_capacity(list.length() as usize);
    for index in 0..list.length() {
        let number = list.get_index(scope, index).and_then(|n| n.uint32_value(scope)).ok_or_else(OpError::pending)?;
        links.push(number);
    }
    entry.links.replace(links);
    Ok(())
}

/// V8 asks, while it instantiates `referrer`, for the module behind one of its requests.
fn resolve_request<'s>(
    context: v8::Local<'s, v8::Context>,
    specifier: v8::Local<'s, v8::String>,
    attributes: v8::Local<'s, v8::FixedArray>,
    referrer: v8::Local<'s, v8::Module>,
) -> Option<v8::Local<'s, v8::Module>> {
    // SAFETY: V8 calls this on the isolate's thread, with a context of it that is valid for the call; no other scope is made
    // of it meanwhile.
    v8::callback_scope!(unsafe scope, context);
    let modules = modules(scope);
    let found = modules.find(scope, referrer).and_then(|(_, entry)| {
        let requests = referrer.get_module_requests();
        let count = requests.length();
        let start = entry.cursor.get();
        let position = (0..count).map(|step| (start + step) % count).find(|&index| {
            let request = requests.get(scope, index).and_then(|d| v8::Local::<v8::ModuleRequest>::try_from(d).ok());
            request
                .is_some_and(|r| r.get_specifier() == specifier && same(scope, r.get_import_attributes(), attributes))
        })?;
        entry.cursor.set((position + 1) % count);
        let target = *entry.links.borrow().get(position)?;
        modules.entry(target).ok()
    });
    match found {
        Some(entry) => Some(v8::Local::new(scope, &entry.module)),
        None => {
            let text = specifier.to_rust_string_lossy(scope);
            OpError::error("ERR_VM_MODULE_LINK_FAILURE", format!("request for '{text}' is not yet fulfilled"))
                .throw(scope);
            None
        }
    }
}

/// Whether two attribute lists ask for the same: keys and values, not positions.
fn same(scope: &v8::PinScope, a: v8::Local<v8::FixedArray>, b: v8::Local<v8::FixedArray>) -> bool {
    a.length() == b.length()
        && (0..a.length()).filter(|i| i % 3 < 2).all(|i| match (a.get(scope, i), b.get(scope, i)) {
            (Some(left), Some(right)) => {
                match (v8::Local::<v8::Value>::try_from(left), v8::Local::<v8::Value>::try_from(right)) {
                    (Ok(left), Ok(right)) => left.strict_equals(right),
                    _ => false,
                }
            }
            _ => false,
        })
}

/// `instantiate(module)`: links the graph below it in V8. Throws V8's SyntaxError for an import that has no export.
fn instantiate<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let (module, context) = module_and_context(scope, args)?;
    let scope = &mut v8::ContextScope::new(scope, context);
    v8::tc_scope!(let caught, scope);
    match module.instantiate_module(caught, resolve_request) {
        Some(true) => Ok(()),
        _ => Err(super::contextify::decorate_and_rethrow(caught)),
    }
}

/// `evaluate(module, time limit in ms or undefined)`: the promise of its evaluation.
fn evaluate<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let (module, context) = module_and_context(scope, args)?;
    let limit = if args.get(1).is_number() { args.get(1).integer_value(scope).unwrap_or(-1) } else { -1 };
    let Ok(milliseconds) = u64::try_from(limit) else {
        let scope = &mut v8::ContextScope::new(scope, context);
        let start = trace::is_on().then(trace::now);
        let promise = module.evaluate(scope);
        if let Some(start) = start {
            trace::slice_since("module", "evaluate modules", start, &[]);
        }
        rv.set(promise.ok_or_else(OpError::pending)?);
        return Ok(());
    };
    let watchdog = Watchdog::start(scope, Duration::from_millis(milliseconds))?;
    let scope = &mut v8::ContextScope::new(scope, context);
    v8::tc_scope!(let caught, scope);
    let promise = module.evaluate(caught);
    if watchdog.stop() {
        caught.cancel_terminate_execution();
        caught.reset();
        return Err(vm_script::timed_out(limit));
    }
    match promise {
        Some(promise) => {
            rv.set(promise);
            Ok(())
        }
        None => {
            caught.rethrow();
            Err(OpError::pending())
        }
    }
}

/// `settledState(promise)`: undefined while it is pending, `[value]` once fulfilled; throws the reason of a rejected
/// one, which counts as handled from then on.
fn settled_state<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let promise = v8::Local::<v8::Promise>::try_from(args.get(0))
        .map_err(|_| OpError::type_error("ERR_INVALID_ARG_TYPE", "A promise is needed"))?;
    match promise.state() {
        v8::PromiseState::Pending => {}
        v8::PromiseState::Fulfilled => {
            let value = promise.result(scope);
            rv.set(v8::Array::new_with_elements(scope, &[value]).into());
        }
        v8::PromiseState::Rejected => {
            promise.mark_as_handled();
            let reason = promise.result(scope);
            scope.throw_exception(reason);
            return Err(OpError::pending());
        }
    }
    Ok(())
}

/// `getNamespace(module)`, once it is instantiated.
fn get_namespace<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let module = module_at(scope, args)?;
    match module.get_status() {
        v8::ModuleStatus::Uninstantiated | v8::ModuleStatus::Instantiating => {
            Err(OpError::error("ERR_MODULE_NOT_INSTANTIATED", "Module is not instantiated"))
        }
        _ => {
            rv.set(module.get_module_namespace());
            Ok(())
        }
    }
}

/// `getStatus(module)`: 0 uninstantiated, 1 instantiating, 2 instantiated, 3 evaluating, 4 evaluated, 5 errored.
fn get_status<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let module = module_at(scope, args)?;
    rv.set_int32(module.get_status() as i32);
    Ok(())
}

/// `getError(module)` of an errored module.
fn get_error<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let module = module_at(scope, args)?;
    if module.get_status() == v8::ModuleStatus::Errored {
        rv.set(module.get_exception());
    }
    Ok(())
}

/// `isGraphAsync(module)`: whether it or a module it imports awaits at its top level. After instantiation.
fn is_graph_async<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let module = module_at(scope, args)?;
    rv.set_bool(module.is_graph_async());
    Ok(())
}

unsafe extern "C" {
    /// `bool v8::Module::HasTopLevelAwait() const`, which the `v8` crate has no name for.
    #[cfg_attr(not(target_env = "msvc"), link_name = "_ZNK2v86Module16HasTopLevelAwaitEv")]
    #[cfg_attr(target_env = "msvc", link_name = "?HasTopLevelAwait@Module@v8@@QEBA_NXZ")]
    fn awaits_at_top_level(module: *const v8::Module) -> bool;
}

/// `hasTopLevelAwait(module)`: whether its own text awaits at its top level. False for one that has no text.
fn has_top_level_await<'s>(
    scope: Scope<'_, 's, '_>,
    args: Args<'_, 's>,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let module = module_at(scope, args)?;
    // SAFETY: the pointer of a `Local` is what V8's own methods take as `this`, and the handle lives in `scope`. The
    // function reads a bit of the module, whatever state it is in.
    rv.set_bool(unsafe { awaits_at_top_level(&raw const *module) });
    Ok(())
}

/// `stalledAwaits(module)`: where the top-level awaits stand that keep the module from settling: an array of
/// "file:line, source line, caret" texts.
fn stalled_awaits<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let module = module_at(scope, args)?;
    let mut texts = Vec::new();
    if module.is_source_text_module() {
        for (_, message) in module.get_stalled_top_level_await_message(scope) {
            let text = error_display::arrow(scope, message);
            texts.push(super::args::string(scope, &text)?.into());
        }
    }
    rv.set(v8::Array::new_with_elements(scope, &texts).into());
    Ok(())
}

/// `releaseModule(module)`: forgets a module nothing in js/ refers to any more (those of node:vm).
fn release_module<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let modules = modules(scope);
    if let Ok(entry) = modules.entry(id) {
        let module = v8::Local::new(scope, &entry.module);
        if let Some(ids) = modules.by_hash.borrow_mut().get_mut(&module.get_identity_hash().get()) {
            ids.retain(|&other| other != id);
        }
        modules.entries.borrow_mut()[id as usize] = None;
    }
    Ok(())
}

/// `createCodeCache(module)`: bytes that compile the same source faster, undefined where V8 makes none.
fn create_code_cache<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let module = module_at(scope, args)?;
    if module.is_source_text_module()
        && let Some(data) = module.get_unbound_module_script(scope).create_code_cache()
    {
        rv.set(super::IntoJs::into_js(data.to_vec(), scope)?);
    }
    Ok(())
}

/// `arrowOf(error)`: the text "file:line, source line, caret" that was attached to it, else that of the place its
/// stack begins at, if V8 knows one.
fn arrow_of<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let arrow = error_display::place_of(scope, args.get(0));
    if !arrow.is_empty() {
        rv.set(super::args::string(scope, &arrow)?.into());
    }
    Ok(())
}

/// `attachedArrow(error)`: the text that was attached to it, undefined if none was.
fn attached_arrow<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    if let Some(arrow) = error_display::attached_arrow(scope, args.get(0)) {
        rv.set(super::args::string(scope, &arrow)?.into());
    }
    Ok(())
}

/// `keepPlace(error)`: attaches the text of the place its stack begins at, before that stack is replaced.
fn keep_place<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, _: v8::ReturnValue<v8::Value>) -> OpResult {
    let message = v8::Exception::create_message(scope, args.get(0));
    error_display::attach_arrow(scope, args.get(0), message);
    Ok(())
}

/// V8's hook for `import()`.
fn import_dynamically<'s, 'i>(
    scope: &mut v8::PinScope<'s, 'i>,
    host_options: v8::Local<'s, v8::Data>,
    resource_name: v8::Local<'s, v8::Value>,
    specifier: v8::Local<'s, v8::String>,
    import_attributes: v8::Local<'s, v8::FixedArray>,
) -> Option<v8::Local<'s, v8::Promise>> {
    let callback = modules(scope).import_dynamically.borrow().clone();
    let undefined: v8::Local<v8::Value> = v8::undefined(scope).into();
    let who = v8::Local::<v8::FixedArray>::try_from(host_options)
        .ok()
        .filter(|list| list.length() > 0)
        .and_then(|list| list.get(scope, 0))
        .and_then(|data| v8::Local::<v8::Value>::try_from(data).ok())
        .or_else(|| super::vm_context::import_symbol(scope))
        .unwrap_or(undefined);
    let attributes = attributes(scope, import_attributes, 2);
    v8::tc_scope!(let caught, scope);
    let result = match callback {
        Some(callback) => {
            let callback = v8::Local::new(caught, callback);
            callback.call(caught, undefined, &[who, specifier.into(), attributes, resource_name])
        }
        None => {
            OpError::error("ERR_INTERNAL_ASSERTION", "import() before the loader is set up").throw(caught);
            None
        }
    };
    if let Some(result) = result {
        let promise = v8::Local::<v8::Promise>::try_from(result).ok()?;
        // The loader's promises are of the main context; code in another one gets its own kind.
        if promise.get_creation_context(caught).is_none_or(|context| context == caught.get_current_context()) {
            return Some(promise);
        }
        let resolver = v8::PromiseResolver::new(caught)?;
        resolver.resolve(caught, promise.into())?;
        return Some(resolver.get_promise(caught));
    }
    if caught.has_terminated() {
        return None;
    }
    let reason = caught.exception()?;
    caught.reset();
    let resolver = v8::PromiseResolver::new(caught)?;
    resolver.reject(caught, reason)?;
    Some(resolver.get_promise(caught))
}

/// V8's hook for the first use of `import.meta` in a module.
unsafe extern "C" fn initialize_import_meta(
    context: v8::Local<v8::Context>,
    module: v8::Local<v8::Module>,
    meta: v8::Local<v8::Object>,
) {
    // SAFETY: V8 calls this on the isolate's thread, with a context of it that is valid for the call; no other scope is made
    // of it meanwhile.
    v8::callback_scope!(unsafe scope, context);
    let modules = modules(scope);
    let Some((id, _)) = modules.find(scope, module) else { return };
    let Some(callback) = modules.initialize_meta.borrow().clone() else { return };
    let callback = v8::Local::new(scope, callback);
    let this = v8::undefined(scope).into();
    let id = v8::Integer::new_from_unsigned(scope, id).into();
    v8::tc_scope!(let caught, scope);
    // Only exhaustion of the stack or termination make it throw; `import.meta` then lacks its properties.
    let _ = callback.call(caught, this, &[id, meta.into()]);
}
