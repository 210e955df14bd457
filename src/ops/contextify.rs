//! `internalBinding('contextify')`: compiling and running scripts: the wrapper function of a CommonJS module, and what
//! node:vm is made of (its contexts are in `vm_context.rs`).

use super::OpDecl;
use super::args::{IntoJs as _, arg_bytes, arg_string, key, region_of};
use super::error::{OpError, OpResult};
use super::module_wrap::host_options;
use super::user_code;
use crate::error_display;
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("compileCommonJS", 4, compile_common_js),
    op!("functionCodeCache", 1, function_code_cache),
    op!("containsModuleSyntax", 2, contains_module_syntax),
    op!("compileFunction", 9, compile_function),
];

type Scope<'a, 's, 'i> = &'a mut v8::PinScope<'s, 'i>;
type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

/// The string at `index`, as V8 has it: source text is never converted.
pub(super) fn arg_source<'s>(args: Args<'_, 's>, index: i32) -> OpResult<v8::Local<'s, v8::String>> {
    v8::Local::<v8::String>::try_from(args.get(index)).map_err(|_| {
        OpError::type_error("ERR_INVALID_ARG_TYPE", format!("Argument {index} of a native operation must be a string"))
    })
}

/// Notes at the caught error where it happened, for whoever prints it later, and throws it on.
pub(super) fn decorate_and_rethrow<'s, 'i>(
    caught: &mut v8::PinnedRef<'_, v8::TryCatch<'_, '_, v8::HandleScope<'i>>>,
) -> OpError
where
    's: 'i,
{
    if let (Some(exception), Some(message)) = (caught.exception(), caught.message()) {
        error_display::attach_arrow(caught, exception, message);
    }
    caught.rethrow();
    OpError::pending()
}

const COMMON_JS_PARAMETERS: [&str; 5] = ["exports", "require", "module", "__filename", "__dirname"];

/// Messages of V8 that only code of an ES module gets when it is compiled as a function body.
const MODULE_SYNTAX: [&str; 3] = [
    "Cannot use import statement outside a module",
    "Unexpected token 'export'",
    "Cannot use 'import.meta' outside a module",
];

/// Messages that code of an ES module can get there too, but broken CommonJS as well.
const MAYBE_MODULE_SYNTAX: [&str; 7] = [
    "await is only valid in async functions and the top level bodies of modules",
    "Identifier '__filename' has already been declared",
    "Identifier '__dirname' has already been declared",
    "Identifier 'exports' has already been declared",
    "Identifier 'module' has already been declared",
    "Identifier 'require' has already been declared",
    "missing ) after argument list",
];

/// Where the code cache of a wrapper function comes from.
enum Cache<'a> {
    /// Weft's own, which keeps what is compiled here.
    Kept,
    /// The caller's.
    Given(&'a [u8]),
    None,
}

/// `compileCommonJS(source, file, detect, code cache, or null to do without one)`: the module's wrapper function; null if
/// `detect` and the text has the syntax of an ES module. A cache that V8 refuses is as good as none.
fn compile_common_js<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let source = arg_source(args, 0)?;
    let file = args.get(1);
    let detect = args.get(2).is_true();
    let cache = region_of(args.get(3));
    let cache = match &cache {
        // SAFETY: the region has so many bytes and keeps them. They are what `read` of compile_cache.rs returned just before, which
        // no other code has a reference to, so that nobody writes to them.
        Some(region) => Cache::Given(unsafe { std::slice::from_raw_parts(region.as_ptr(), region.len) }),
        None if args.get(3).is_null() => Cache::None,
        None => Cache::Kept,
    };
    v8::tc_scope!(let caught, scope);
    if let Some(function) = compile_wrapper(caught, source, file, &cache) {
        rv.set(function.into());
        return Ok(());
    }
    if detect && is_module_error(caught, source, file) {
        caught.reset();
        rv.set_null();
        return Ok(());
    }
    Err(decorate_and_rethrow(caught))
}

fn compile_wrapper<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    text: v8::Local<'s, v8::String>,
    file: v8::Local<'s, v8::Value>,
    cache: &Cache,
) -> Option<v8::Local<'s, v8::Function>> {
    use v8::script_compiler::{CachedData, CompileOptions, NoCacheReason, Source};
    let place = match cache {
        Cache::Kept => user_code::find(scope, user_code::Kind::CommonJs, text),
        Cache::Given(_) | Cache::None => None,
    };
    let bytes = match cache {
        Cache::Given(bytes) => Some(*bytes),
        Cache::Kept | Cache::None => place.as_ref().and_then(|place| place.code()),
    };
    let origin = v8::ScriptOrigin::new(scope, file, 0, 0, false, -1, None, false, false, false, None);
    let parameters = COMMON_JS_PARAMETERS.map(|p| key(scope, p));
    let (mut source, options) = match bytes {
        Some(bytes) => {
            let source = Source::new_with_cached_data(text, Some(&origin), CachedData::new(bytes));
            (source, CompileOptions::ConsumeCodeCache)
        }
        None => (Source::new(text, Some(&origin)), CompileOptions::NoCompileOptions),
    };
    let reason = NoCacheReason::NoReason;
    let function = v8::script_compiler::compile_function(scope, &mut source, &parameters, &[], options, reason)?;
    if let Some(place) = place {
        let rejected = source.get_cached_data().is_some_and(|data| data.rejected());
        // V8 is done with the bytes, which the place may let go.
        drop(source);
        let compiled = user_code::Compiled::Function(v8::Global::new(scope, function));
        place.compiled(scope, rejected, compiled);
    }
    Some(function)
}

/// `functionCodeCache(function)`: V8's code cache of the script of a function that `compileCommonJS` made, with what was
/// compiled of it so far; undefined where V8 has none.
fn function_code_cache<'s>(
    scope: Scope<'_, 's, '_>,
    args: Args<'_, 's>,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let function = super::args::arg_function(args, 0)?;
    if let Some(data) = function.create_code_cache() {
        rv.set(data.to_vec().into_js(scope)?);
    }
    Ok(())
}

/// Whether the error just caught says that the text is an ES module's.
fn is_module_error<'i>(
    caught: &mut v8::PinnedRef<'_, v8::TryCatch<'_, '_, v8::HandleScope<'i>>>,
    source: v8::Local<v8::String>,
    file: v8::Local<v8::Value>,
) -> bool {
    let Some(message) = caught.message() else { return false };
    let text = message.get(caught).to_rust_string_lossy(caught);
    let text = text.strip_prefix("Uncaught ").unwrap_or(&text);
    let text = text.strip_prefix("SyntaxError: ").unwrap_or(text);
    if MODULE_SYNTAX.iter().any(|m| text.starts_with(m)) {
        return true;
    }
    if !MAYBE_MODULE_SYNTAX.iter().any(|m| text.starts_with(m)) {
        return false;
    }
    let source = v8::Local::new(caught, source);
    let file = v8::Local::new(caught, file);
    v8::tc_scope!(let inner, caught);
    let origin = v8::ScriptOrigin::new(inner, file, 0, 0, false, -1, None, false, false, true, None);
    let mut source = v8::script_compiler::Source::new(source, Some(&origin));
    v8::script_compiler::compile_module(inner, &mut source).is_some()
}

/// `containsModuleSyntax(source, file)`: whether the text compiles as an ES module and not as CommonJS.
fn contains_module_syntax<'s>(
    scope: Scope<'_, 's, '_>,
    args: Args<'_, 's>,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let source = arg_source(args, 0)?;
    let file = args.get(1);
    v8::tc_scope!(let caught, scope);
    let module = compile_wrapper(caught, source, file, &Cache::None).is_none() && is_module_error(caught, source, file);
    caught.reset();
    rv.set_bool(module);
    Ok(())
}

/// `compileFunction(source, file, line, column, code cache or undefined, produce cache, context object or undefined,
/// context extensions, parameters, symbol or undefined)`: `[function, source map URL, rejected, cache]`.
fn compile_function<'s>(scope: Scope<'_, 's, '_>, args: Args<'_, 's>, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let source = arg_source(args, 0)?;
    let line = args.get(2).int32_value(scope).unwrap_or(0);
    let column = args.get(3).int32_value(scope).unwrap_or(0);
    let cache = region_of(args.get(4)).map(|_| arg_bytes(args, 4)).transpose()?;
    let produce = args.get(5).is_true();
    let extensions: Vec<v8::Local<v8::Object>> =
        list(scope, args.get(7))?.into_iter().filter_map(|v| v8::Local::try_from(v).ok()).collect();
    let parameters: Vec<v8::Local<v8::String>> =
        list(scope, args.get(8))?.into_iter().filter_map(|v| v8::Local::try_from(v).ok()).collect();
    let options = host_options(scope, args.get(9));
    let _ = arg_string(scope, args, 1)?;
    let context = match v8::Local::<v8::Object>::try_from(args.get(6)) {
        Ok(object) => super::vm_context::context_of(scope, object)
            .ok_or_else(|| OpError::type_error("ERR_INVALID_ARG_TYPE", "The object is not a vm context"))?,
        Err(_) => scope.get_current_context(),
    };
    let file = args.get(1);
    let scope = &mut v8::ContextScope::new(scope, context);
    v8::tc_scope!(let caught, scope);
    let origin = v8::ScriptOrigin::new(caught, file, line, column, true, -1, None, false, false, false, options);
    let (mut source, compile_options) = match &cache {
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
    let function = v8::script_compiler::compile_function(
        caught,
        &mut source,
        &parameters,
        &extensions,
        compile_options,
        v8::script_compiler::NoCacheReason::NoReason,
    );
    let Some(function) = function else { return Err(decorate_and_rethrow(caught)) };
    let rejected = cache.is_some() && source.get_cached_data().is_some_and(|d| d.rejected());
    let made = produce.then(|| function.create_code_cache()).flatten().map(|d| d.to_vec());
    let items = [
        function.into(),
        v8::undefined(caught).into(),
        v8::Boolean::new(caught, rejected).into(),
        made.into_js(caught)?,
    ];
    rv.set(v8::Array::new_with_elements(caught, &items).into());
    Ok(())
}

/// The items of an array; none for undefined.
fn list<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    value: v8::Local<'s, v8::Value>,
) -> OpResult<Vec<v8::Local<'s, v8::Value>>> {
    let Ok(array) = v8::Local::<v8::Array>::try_from(value) else { return Ok(Vec::new()) };
    (0..array.length()).map(|i| array.get_index(scope, i).ok_or_else(OpError::pending)).collect()
}
