//! `process.env`: an object whose properties are environment variables (Node's documentation, process.env).
//!
//! *Shape:* a [`Variables`] is a table of strings. The main isolate works on the process's, a Worker on a copy of its
//! own or, with `SHARE_ENV`, on its parent's. V8 asks the interceptors here for every property, so the object looks
//! ordinary to `structuredClone` and `Object.keys`, and copies of it are plain objects.
//!
//! The process's table is not the C library's: that one cannot be changed safely while other threads read it. Child
//! processes are given this one. The only variable handed on to the C library is `TZ`, see [`time_zone_changed`].

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError, RwLock, Weak};

use indexmap::IndexMap;

use super::args::{arg_f64, arg_string, string};
use super::error::{ErrorClass, OpError, OpResult};
use super::interceptors::by_index;
use super::state::op_state;
use super::{OpDecl, trace_flags};
use crate::cli::Cli;
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("createEnv", 2, create_env),
    op!("envStore", 0, env_store),
    op!("ofProcess", 1, of_process),
    op!("setWarn", 1, set_warn),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;
type Rv<'a> = v8::ReturnValue<'a, v8::Value>;
type Name<'s> = v8::Local<'s, v8::Name>;
type Info<'s> = v8::PropertyCallbackArguments<'s>;

/// One table of environment variables, in the order in which they were set first.
#[derive(Default)]
pub struct Variables {
    table: RwLock<IndexMap<String, String>>,
}

/// The name as it is stored: Windows has no case in the names of variables.
fn folded(name: &str) -> Cow<'_, str> {
    if cfg!(windows) { Cow::Owned(name.to_uppercase()) } else { Cow::Borrowed(name) }
}

impl Variables {
    /// The process's own table.
    pub fn of_process() -> &'static Arc<Self> {
        static PROCESS: OnceLock<Arc<Variables>> = OnceLock::new();
        PROCESS.get_or_init(|| {
            let variables = Self::default();
            for (name, value) in std::env::vars_os() {
                variables.set(&name.to_string_lossy(), value.to_string_lossy().into_owned());
            }
            Arc::new(variables)
        })
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<String> {
        self.read(name, |value| value.map(str::to_owned))
    }

    fn read<T>(&self, name: &str, reader: impl FnOnce(Option<&str>) -> T) -> T {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        reader(table.get(&*folded(name)).map(String::as_str))
    }

    /// Adds or changes a variable. No system has variables whose name is empty or holds `=` or NUL (but for Windows'
    /// hidden ones, which begin with `=`): nothing happens then, as in Node.
    pub fn set(&self, name: &str, value: String) {
        let first = usize::from(is_hidden(name));
        if name.is_empty() || name.get(first..).is_none_or(|rest| rest.contains(['=', '\0'])) {
            return;
        }
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        table.insert(folded(name).into_owned(), value);
    }

    fn delete(&self, name: &str) -> bool {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        table.shift_remove(&*folded(name)).is_some()
    }

    fn names(&self) -> Vec<String> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.keys().filter(|name| !is_hidden(name)).cloned().collect()
    }

    fn copied(&self) -> Self {
        Self { table: RwLock::new(self.table.read().unwrap_or_else(PoisonError::into_inner).clone()) }
    }

    /// All variables with their values.
    pub fn all(&self) -> Vec<(String, String)> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// Windows keeps the working directories of drives in variables named `=C:`; Node does not list them.
fn is_hidden(name: &str) -> bool {
    cfg!(windows) && name.starts_with('=')
}

/// Tables that a Worker may be given by number, with `SHARE_ENV`.
#[derive(Default)]
struct SharedTables {
    last: u32,
    tables: HashMap<u32, Weak<Variables>>,
}

static SHARED: LazyLock<Mutex<SharedTables>> = LazyLock::new(Mutex::default);

/// What an isolate's `process.env` is about.
struct IsolateEnv {
    variables: RefCell<Arc<Variables>>,
    /// Under this number in [`SHARED`]; 0 while it was not shared.
    number: std::cell::Cell<u32>,
    /// The object that stands for `variables`.
    object: RefCell<Option<v8::Global<v8::Object>>>,
    /// Told of values that are neither strings, numbers nor booleans, where the command line asks for it.
    warn: RefCell<Option<v8::Global<v8::Function>>>,
}

impl Default for IsolateEnv {
    fn default() -> Self {
        Self {
            variables: RefCell::new(Variables::of_process().clone()),
            number: std::cell::Cell::new(0),
            object: RefCell::default(),
            warn: RefCell::default(),
        }
    }
}

fn isolate_env(scope: &v8::PinScope) -> std::rc::Rc<IsolateEnv> {
    op_state(scope).borrow_mut().value::<IsolateEnv>()
}

fn variables(scope: &v8::PinScope) -> Arc<Variables> {
    isolate_env(scope).variables.borrow().clone()
}

/// `createEnv(entries or null or undefined, table)`: the object `process.env` of this isolate, on a table of its own with these
/// `[name, value, ...]` or, for null, with what the isolate's has at the moment; on the table of that number, or on the process's
/// (number 0).
fn create_env(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    if op_state(scope).borrow().get::<Arc<Cli>>().is_none() {
        return Err(OpError::error("ERR_INTERNAL_ASSERTION", "A snapshot must not hold the environment"));
    }
    let env = isolate_env(scope);
    if let Ok(entries) = v8::Local::<v8::Array>::try_from(args.get(0)) {
        let own = Variables::default();
        for i in (0..entries.length()).step_by(2) {
            let (Some(name), Some(value)) = (entries.get_index(scope, i), entries.get_index(scope, i + 1)) else {
                return Err(OpError::pending());
            };
            own.set(&name.to_rust_string_lossy(scope), value.to_rust_string_lossy(scope));
        }
        *env.variables.borrow_mut() = Arc::new(own);
    } else if args.get(0).is_null() {
        let copy = env.variables.borrow().copied();
        *env.variables.borrow_mut() = Arc::new(copy);
    } else {
        let number = arg_f64(scope, args, 1)? as u32;
        if number != 0 {
            let shared =
                SHARED.lock().unwrap_or_else(PoisonError::into_inner).tables.get(&number).and_then(Weak::upgrade);
            // Gone only when the parent has ended, and then this Worker is being ended too.
            *env.variables.borrow_mut() = shared.unwrap_or_default();
            env.number.set(number);
        }
    }
    let template = v8::ObjectTemplate::new(scope);
    template.set_named_property_handler(
        v8::NamedPropertyHandlerConfiguration::new()
            .getter(on_get)
            .setter(on_set)
            .query(on_query)
            .deleter(on_delete)
            .enumerator(on_enumerate)
            .definer(on_define)
            .flags(v8::PropertyHandlerFlags::HAS_NO_SIDE_EFFECT),
    );
    template.set_indexed_property_handler(
        v8::IndexedPropertyHandlerConfiguration::new()
            .getter(on_get_index)
            .setter(on_set_index)
            .query(on_query_index)
            .deleter(on_delete_index)
            .definer(on_define_index)
            .flags(v8::PropertyHandlerFlags::HAS_NO_SIDE_EFFECT),
    );
    let object = template.new_instance(scope).ok_or_else(OpError::pending)?;
    *env.object.borrow_mut() = Some(v8::Global::new(scope, object));
    rv.set(object.into());
    Ok(())
}

/// The variables as a plain object, for structured clone; `None` where `object` is not this isolate's `process.env`.
pub(crate) fn plain_copy<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
) -> Option<v8::Local<'s, v8::Object>> {
    let env = isolate_env(scope);
    if !env.object.borrow().as_ref().is_some_and(|env| *env == object) {
        return None;
    }
    let copy = v8::Object::new(scope);
    let variables = env.variables.borrow().all();
    for (name, value) in variables {
        let (Ok(name), Ok(value)) = (string(scope, &name), string(scope, &value)) else { continue };
        copy.create_data_property(scope, name.into(), value.into())?;
    }
    Some(copy)
}

/// `envStore()`: the number under which a Worker made with `SHARE_ENV` finds this isolate's table; 0 is the process's.
fn env_store(scope: Scope, _: Args, mut rv: Rv) -> OpResult {
    let env = isolate_env(scope);
    let variables = env.variables.borrow();
    if env.number.get() == 0 && !Arc::ptr_eq(&variables, Variables::of_process()) {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.tables.retain(|_, table| table.strong_count() > 0);
        shared.last += 1;
        env.number.set(shared.last);
        let number = shared.last;
        shared.tables.insert(number, Arc::downgrade(&variables));
    }
    rv.set_uint32(env.number.get());
    Ok(())
}

/// `ofProcess(name)`: a variable of the process, whatever this isolate has for an environment; undefined where there is none.
fn of_process(scope: Scope, args: Args, mut rv: Rv) -> OpResult {
    let name = arg_string(scope, args, 0)?;
    if let Some(value) = Variables::of_process().get(&name) {
        rv.set(string(scope, &value)?.into());
    }
    Ok(())
}

/// `setWarn(function)`: called when something other than a string, a number or a boolean is stored.
fn set_warn(scope: Scope, args: Args, _: Rv) -> OpResult {
    let warn = super::args::arg_function(args, 0)?;
    *isolate_env(scope).warn.borrow_mut() = Some(v8::Global::new(scope, warn));
    Ok(())
}

/// The name of a property as text; `None` for a symbol.
fn text_of(scope: &mut v8::PinScope, name: Name) -> Option<String> {
    if name.is_symbol() { None } else { Some(name.to_rust_string_lossy(scope)) }
}

fn on_get<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: Name<'s>,
    _: Info<'s>,
    mut rv: v8::ReturnValue<v8::Value>,
) -> v8::Intercepted {
    let Some(name) = text_of(scope, name) else { return v8::Intercepted::kNo };
    trace_flags::env_used(scope, "get", Some(&name));
    let found = variables(scope).read(&name, |value| value.and_then(|text| string(scope, text).ok()));
    let Some(value) = found else { return v8::Intercepted::kNo };
    rv.set(value.into());
    v8::Intercepted::kYes
}

fn on_query<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: Name<'s>,
    _: Info<'s>,
    mut rv: v8::ReturnValue<v8::Integer>,
) -> v8::Intercepted {
    let Some(name) = text_of(scope, name) else { return v8::Intercepted::kNo };
    trace_flags::env_used(scope, "query", Some(&name));
    if !variables(scope).read(&name, |value| value.is_some()) {
        return v8::Intercepted::kNo;
    }
    let mut attributes = v8::PropertyAttribute::NONE;
    if is_hidden(&name) {
        attributes = v8::PropertyAttribute::DONT_ENUM;
    }
    rv.set_uint32(attributes.as_u32());
    v8::Intercepted::kYes
}

fn on_set<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: Name<'s>,
    value: v8::Local<'s, v8::Value>,
    _: Info<'s>,
    _: v8::ReturnValue<()>,
) -> v8::Intercepted {
    store(scope, name, value);
    v8::Intercepted::kYes
}

/// Stores a value as text; throws for symbols, as a conversion to a string does.
fn store(scope: &mut v8::PinScope, name: Name, value: v8::Local<v8::Value>) {
    let Some(name) = text_of(scope, name) else {
        OpError::plain(ErrorClass::Type, "Cannot convert a Symbol value to a string").throw(scope);
        return;
    };
    if !(value.is_string() || value.is_number() || value.is_boolean()) {
        let warn = isolate_env(scope).warn.borrow().clone();
        if let Some(warn) = warn {
            let warn = v8::Local::new(scope, warn);
            let receiver = v8::undefined(scope).into();
            if warn.call(scope, receiver, &[]).is_none() {
                return; // It threw.
            }
        }
    }
    let Some(text) = value.to_string(scope) else { return };
    let text = text.to_rust_string_lossy(scope);
    trace_flags::env_used(scope, "set", Some(&name));
    let variables = variables(scope);
    let is_zone = name == "TZ";
    if is_zone && Arc::ptr_eq(&variables, Variables::of_process()) {
        time_zone_changed(scope, Some(&text));
    }
    #[cfg(feature = "unrecorded")]
    crate::main_loop::record::variable_changed(&name, true);
    variables.set(&name, text);
}

fn on_delete<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: Name<'s>,
    _: Info<'s>,
    mut rv: v8::ReturnValue<v8::Boolean>,
) -> v8::Intercepted {
    let Some(name) = text_of(scope, name) else { return v8::Intercepted::kNo };
    trace_flags::env_used(scope, "delete", Some(&name));
    #[cfg(feature = "unrecorded")]
    crate::main_loop::record::variable_changed(&name, false);
    let variables = variables(scope);
    if variables.delete(&name) && name == "TZ" && Arc::ptr_eq(&variables, Variables::of_process()) {
        time_zone_changed(scope, None);
    }
    rv.set_bool(true);
    v8::Intercepted::kYes
}

fn on_enumerate<'s>(scope: &mut v8::PinScope<'s, '_>, _: Info<'s>, mut rv: v8::ReturnValue<v8::Array>) {
    trace_flags::env_used(scope, "enumerate", None);
    let names = variables(scope).names();
    let names: Vec<v8::Local<v8::Value>> =
        names.iter().filter_map(|name| string(scope, name).ok()).map(Into::into).collect();
    rv.set(v8::Array::new_with_elements(scope, &names));
}

fn on_define<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: Name<'s>,
    wanted: &v8::PropertyDescriptor,
    _: Info<'s>,
    _: v8::ReturnValue<()>,
) -> v8::Intercepted {
    let refusal = if wanted.has_get() || wanted.has_set() {
        "'process.env' does not accept an accessor(getter/setter) descriptor"
    } else if wanted.has_value()
        && wanted.has_configurable()
        && wanted.configurable()
        && wanted.has_writable()
        && wanted.writable()
        && wanted.has_enumerable()
        && wanted.enumerable()
    {
        let value = wanted.value();
        store(scope, name, value);
        return v8::Intercepted::kYes;
    } else {
        "'process.env' only accepts a configurable, writable, and enumerable data descriptor"
    };
    OpError::type_error("ERR_INVALID_OBJECT_DEFINE_PROPERTY", refusal).throw(scope);
    v8::Intercepted::kYes
}

by_index! {
    on_get_index => on_get() -> v8::Value;
    on_set_index => on_set(value: v8::Local<'s, v8::Value>) -> ();
    on_query_index => on_query() -> v8::Integer;
    on_delete_index => on_delete() -> v8::Boolean;
    on_define_index => on_define(wanted: &v8::PropertyDescriptor) -> ();
}

/// Programs set `process.env.TZ` to see dates of another zone: V8 asks ICU, which asks the C library's environment.
fn time_zone_changed(scope: &mut v8::PinScope, zone: Option<&str>) {
    if zone.is_some_and(|zone| zone.contains('\0')) {
        return;
    }
    // SAFETY: the standard library's own readers take its lock. What else reads the environment is the C library (the
    // resolver and the time functions, on the loop's blocking threads): glibc since 2.41, macOS and Windows guard
    // `getenv` against `setenv`; an older glibc keeps replaced values for ever, copies
    // the list it was started with when it adds a first variable, and since no other variable is ever added, a later
    // reallocation asks for the same size and stays where it is.
    unsafe {
        match zone {
            Some(zone) => std::env::set_var("TZ", zone),
            None => std::env::remove_var("TZ"),
        }
    }
    scope.date_time_configuration_change_notification(v8::TimeZoneDetection::Redetect);
    crate::workers::spare::discard();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_of_first_setting() {
        let variables = Variables::default();
        for (name, value) in [("B", "1"), ("A", "2"), ("B", "3")] {
            variables.set(name, value.to_owned());
        }
        assert_eq!(variables.all(), [("B".to_owned(), "3".to_owned()), ("A".to_owned(), "2".to_owned())]);
        assert!(variables.delete("B") && !variables.delete("B"));
        assert_eq!(variables.names(), ["A"]);
        assert_eq!(variables.get("B"), None);
    }
}
