//! Native operations: what js/ calls through `internalBinding('name')`.
//!
//! Each area has a file that declares its operations in a table `OPS`; [`ALL_OPS`] lists the areas. The table is the
//! only source: binding objects are made from it, and the references of the startup snapshot (`src/snapshot/references.rs`).
//!
//! An operation reads its arguments ([`args`]), does its work, and answers through the return value or an
//! [`OpError`], which is thrown. It must not panic: a panic cannot cross into V8 and would end the process.

#[cfg(unix)]
pub mod active;
pub mod addons;
pub mod args;
pub mod async_context;
pub mod async_op;
pub mod buffer;
#[cfg(unix)]
mod child_command;
pub mod cjs_exports;
pub mod compile_cache;
pub mod contextify;
#[cfg(unix)]
pub mod credentials;
pub mod crypto;
pub mod dns;
pub mod encoding;
pub mod error;
pub mod free_variables;
pub mod fs;
pub mod gc_observer;
pub mod gc_profiler;
pub(crate) mod histogram;
pub mod import_names;
pub(crate) mod inspector;
mod interceptors;
#[cfg(unix)]
pub mod ipc_serdes;
pub mod locks;
mod loop_figures;
mod measure_memory;
pub mod messaging;
pub mod module_wrap;
pub mod modules;
pub mod near_heap_limit;
pub mod net;
pub mod options;
#[cfg(unix)]
pub mod os;
pub mod package_json;
pub mod performance;
pub mod permission;
mod plot;
pub mod pool;
mod pool_task;
pub mod process;
pub mod process_env;
pub mod process_spawn;
pub mod process_title;
pub mod realm;
pub mod report;
pub mod serdes;
mod shared_value;
pub mod signals;
pub mod spawn_sync;
pub mod state;
pub mod stdio;
pub mod stream_handle;
mod stream_output;
mod surroundings;
pub mod timers;
pub mod trace_flags;
pub mod tty;
pub mod types;
pub mod typescript;
#[cfg(unix)]
pub mod udp;
pub mod url;
pub(crate) mod user_code;
pub mod util;
pub mod uv;
pub mod v8_engine;
mod v8_map;
pub mod vm_context;
pub mod vm_script;
pub(crate) mod vm_sigint;
pub mod worker;
pub mod zlib;

pub use args::IntoJs;
pub use error::{ErrorClass, OpError, OpResult};
pub use module_wrap::install as install_module_hooks;

/// One operation, as registered with V8.
pub struct OpDecl {
    /// Property of the binding object.
    pub name: &'static str,
    /// Entry for V8. Stored once, so that registration and external references use the same pointer.
    pub callback: v8::FunctionCallback,
    /// Entries for optimised code; empty for none. `'static`, because V8 keeps the pointers.
    pub fast: &'static [v8::fast_api::CFunction],
    /// `length` of the JavaScript function.
    pub length: i32,
}

// SAFETY: an `OpDecl` is immutable, and what it points to (code, and the `'static` descriptions of fast calls, which
// V8 only reads) is too; the raw pointers inside `CFunction` are what keeps the compiler from seeing it.
unsafe impl Sync for OpDecl {}

/// Body of an operation.
pub type OpFn = for<'s, 'i, 'a> fn(
    &mut v8::PinScope<'s, 'i>,
    &v8::FunctionCallbackArguments<'s>,
    v8::ReturnValue<'a, v8::Value>,
) -> OpResult;

/// Declares an operation: `op!("name", argument count, function)`, and after a comma its fast calls.
#[macro_export]
macro_rules! op {
    ($name:literal, $length:literal, $function:path) => {
        $crate::op!($name, $length, $function, &[])
    };
    ($name:literal, $length:literal, $function:path, $fast:expr) => {{
        unsafe extern "C" fn entry(info: *const v8::FunctionCallbackInfo) {
            // SAFETY: V8 passes a valid pointer and keeps what it points to alive until this function returns.
            let info = unsafe { &*info };
            // SAFETY: as above; V8 calls on the isolate's thread.
            v8::callback_scope!(unsafe scope, info);
            let arguments = v8::FunctionCallbackArguments::from_function_callback_info(info);
            let result = v8::ReturnValue::from_function_callback_info(info);
            if let Err(error) = $function(scope, &arguments, result) {
                error.throw(scope);
            }
        }
        $crate::ops::OpDecl { name: $name, callback: entry, fast: $fast, length: $length }
    }};
}

/// All areas: what `internalBinding` knows.
pub static ALL_OPS: &[(&str, &[OpDecl])] = &[
    #[cfg(unix)]
    ("active", active::OPS),
    ("addons", addons::OPS),
    ("async_context", async_context::OPS),
    ("compile_cache", compile_cache::OPS),
    ("contextify", contextify::OPS),
    #[cfg(unix)]
    ("credentials", credentials::OPS),
    ("dns", dns::OPS),
    ("free_variables", free_variables::OPS),
    ("fs", fs::OPS),
    #[cfg(unix)]
    ("ipc_serdes", ipc_serdes::OPS),
    ("gc_observer", gc_observer::OPS),
    ("gc_profiler", gc_profiler::OPS),
    ("histogram", histogram::OPS),
    ("inspector", inspector::OPS),
    ("locks", locks::OPS),
    ("loop", loop_figures::OPS),
    ("messaging", messaging::OPS),
    ("module_wrap", module_wrap::OPS),
    ("modules", modules::OPS),
    ("near_heap_limit", near_heap_limit::OPS),
    ("net", net::OPS),
    ("buffer", buffer::OPS),
    ("crypto", crypto::OPS),
    ("encoding", encoding::OPS),
    ("options", options::OPS),
    #[cfg(unix)]
    ("os", os::OPS),
    ("pool", pool::OPS),
    ("pool_task", pool_task::OPS),
    ("performance", performance::OPS),
    ("permission", permission::OPS),
    ("plot", plot::OPS),
    ("process", process::OPS),
    ("process_env", process_env::OPS),
    ("process_spawn", process_spawn::OPS),
    ("process_title", process_title::OPS),
    ("realm", realm::OPS),
    ("report", report::OPS),
    ("serdes", serdes::OPS),
    ("shared_value", shared_value::OPS),
    ("signals", signals::OPS),
    ("spawn_sync", spawn_sync::OPS),
    ("stdio", stdio::OPS),
    ("stream_handle", stream_handle::OPS),
    ("timers", timers::OPS),
    ("trace_flags", trace_flags::OPS),
    ("tty", tty::OPS),
    ("types", types::OPS),
    ("typescript", typescript::OPS),
    ("url", url::OPS),
    ("util", util::OPS),
    #[cfg(unix)]
    ("udp", udp::OPS),
    ("uv", uv::OPS),
    ("v8", v8_engine::OPS),
    ("vm_context", vm_context::OPS),
    ("vm_script", vm_script::OPS),
    ("worker", worker::OPS),
    ("zlib", zlib::OPS),
];

/// `compileBuiltin`, handed to `bootstrap/realm` before there are bindings.
pub(crate) static COMPILE_BUILTIN: OpDecl = op!("compileBuiltin", 1, realm::compile_builtin);

/// `internalBinding` itself.
pub(crate) static INTERNAL_BINDING: OpDecl = op!("internalBinding", 1, realm::internal_binding);

/// The function of one operation, outside any binding object.
pub(crate) fn native_function<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    op: &OpDecl,
) -> OpResult<v8::Local<'s, v8::Function>> {
    let function = v8::Function::builder_raw(op.callback)
        .length(op.length)
        .constructor_behavior(v8::ConstructorBehavior::Throw)
        .build(scope);
    function.ok_or_else(OpError::pending)
}

/// Makes the binding object of area `name`; `None` if there is no such area.
pub fn binding<'s>(scope: &mut v8::PinScope<'s, '_>, name: &str) -> Option<v8::Local<'s, v8::Object>> {
    let (_, ops) = ALL_OPS.iter().find(|(area, _)| *area == name)?;
    let object = v8::Object::new(scope);
    for op in *ops {
        let builder = v8::FunctionTemplate::builder_raw(op.callback)
            .length(op.length)
            .constructor_behavior(v8::ConstructorBehavior::Throw);
        let template = if op.fast.is_empty() { builder.build(scope) } else { builder.build_fast(scope, op.fast) };
        let function = template.get_function(scope)?;
        let name = args::key(scope, op.name);
        function.set_name(name);
        object.set(scope, name.into(), function.into())?;
    }
    if name == "async_context" {
        async_context::use_builtins(scope, object);
    }
    Some(object)
}

#[cfg(test)]
mod tests {
    use super::ALL_OPS;
    use std::collections::HashSet;

    #[test]
    fn op_names_are_unique_within_their_area() {
        let mut areas = HashSet::new();
        for (area, ops) in ALL_OPS {
            assert!(areas.insert(area), "area {area} stands twice");
            let mut names = HashSet::new();
            for op in *ops {
                assert!(names.insert(op.name), "{area}.{} stands twice", op.name);
            }
        }
    }
}
