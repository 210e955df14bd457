//! `internalBinding('types')`: what kind of object a value is, by its internal slots. Serves `util.types`, and
//! through `kindOf`, which answers for all kinds in one crossing, the inspector and deep equality.

use super::{OpDecl, OpResult, v8_map};
use crate::op;
use v8::fast_api::{CFunction, CFunctionInfo, Int64Representation, Type};

/// Declares an operation over a plain function `Local<Value> -> bool` or `u32`, with a fast call for optimised code:
/// these only look at the value's map, so they neither allocate nor run JavaScript.
macro_rules! pure_op {
    ($js:literal, $result:ident, $set:ident, $answer:expr) => {{
        fn slow(
            _: &mut v8::PinScope,
            args: &v8::FunctionCallbackArguments,
            mut rv: v8::ReturnValue<v8::Value>,
        ) -> OpResult {
            rv.$set($answer(args.get(0)));
            Ok(())
        }
    extern "C" fn fast(_: v8::Local<v8::Value>, value: v8::Local<v8::Value>) -> pure_op!(@type $result) {
            $answer(value)
        }
        const FAST: &[CFunction] = &[CFunction::new(
            fast as _,
            &CFunctionInfo::new(
                Type::$result.as_info(),
                &[Type::V8Value.as_info(), Type::V8Value.as_info()],
                Int64Representation::Number,
            ),
        )];
        op!($js, 1, slow, FAST)
    }};
    (@type Bool) => {
        bool
    };
    (@type Uint32) => {
        u32
    };
}

macro_rules! predicate {
    ($js:literal, $name:ident) => {
        pure_op!($js, Bool, set_bool, |value: v8::Local<v8::Value>| value.$name())
    };
}

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    pure_op!("kindOf", Uint32, set_uint32, kind_of),
    pure_op!("isPlain", Bool, set_bool, is_plain),
    pure_op!("instanceType", Uint32, set_uint32, v8_map::instance_type),
    op!("shareMap", 2, share_map, &[SHARE_MAP]),
    op!("shareElements", 3, share_elements, &[SHARE_ELEMENTS]),
    pure_op!("isBoxedPrimitive", Bool, set_bool, is_boxed_primitive),
    pure_op!("isAnyArrayBuffer", Bool, set_bool, is_any_array_buffer),
    predicate!("isExternal", is_external),
    predicate!("isDate", is_date),
    predicate!("isArgumentsObject", is_arguments_object),
    predicate!("isBigIntObject", is_big_int_object),
    predicate!("isBooleanObject", is_boolean_object),
    predicate!("isNumberObject", is_number_object),
    predicate!("isStringObject", is_string_object),
    predicate!("isSymbolObject", is_symbol_object),
    predicate!("isNativeError", is_native_error),
    predicate!("isRegExp", is_reg_exp),
    predicate!("isAsyncFunction", is_async_function),
    predicate!("isGeneratorFunction", is_generator_function),
    predicate!("isGeneratorObject", is_generator_object),
    predicate!("isPromise", is_promise),
    predicate!("isMap", is_map),
    predicate!("isSet", is_set),
    predicate!("isMapIterator", is_map_iterator),
    predicate!("isSetIterator", is_set_iterator),
    predicate!("isWeakMap", is_weak_map),
    predicate!("isWeakSet", is_weak_set),
    predicate!("isArrayBuffer", is_array_buffer),
    predicate!("isDataView", is_data_view),
    predicate!("isSharedArrayBuffer", is_shared_array_buffer),
    predicate!("isProxy", is_proxy),
    predicate!("isModuleNamespaceObject", is_module_namespace_object),
];

/// `shareMap(a, b)`: whether V8 gives both values one map (`v8_map.rs`).
fn share_map(
    _: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    rv.set_bool(v8_map::share_map(args.get(0), args.get(1)));
    Ok(())
}

extern "C" fn share_map_fast(_: v8::Local<v8::Value>, a: v8::Local<v8::Value>, b: v8::Local<v8::Value>) -> bool {
    v8_map::share_map(a, b)
}

const SHARE_MAP: CFunction = CFunction::new(
    share_map_fast as _,
    &CFunctionInfo::new(
        Type::Bool.as_info(),
        &[Type::V8Value.as_info(), Type::V8Value.as_info(), Type::V8Value.as_info()],
        Int64Representation::Number,
    ),
);

/// `shareElements(a, b, c)`: whether three objects have the very same elements, as those without any have (`v8_map.rs`).
fn share_elements(
    _: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    rv.set_bool(all_share_elements(args.get(0), args.get(1), args.get(2)));
    Ok(())
}

fn all_share_elements(a: v8::Local<v8::Value>, b: v8::Local<v8::Value>, c: v8::Local<v8::Value>) -> bool {
    v8_map::share_elements(a, c) && v8_map::share_elements(b, c)
}

extern "C" fn share_elements_fast(
    _: v8::Local<v8::Value>,
    a: v8::Local<v8::Value>,
    b: v8::Local<v8::Value>,
    c: v8::Local<v8::Value>,
) -> bool {
    all_share_elements(a, b, c)
}

const SHARE_ELEMENTS: CFunction = CFunction::new(
    share_elements_fast as _,
    &CFunctionInfo::new(
        Type::Bool.as_info(),
        &[Type::V8Value.as_info(), Type::V8Value.as_info(), Type::V8Value.as_info(), Type::V8Value.as_info()],
        Int64Representation::Number,
    ),
);

fn is_boxed_primitive(value: v8::Local<v8::Value>) -> bool {
    value.is_number_object()
        || value.is_string_object()
        || value.is_boolean_object()
        || value.is_big_int_object()
        || value.is_symbol_object()
}

fn is_any_array_buffer(value: v8::Local<v8::Value>) -> bool {
    value.is_array_buffer() || value.is_shared_array_buffer()
}

/// A predicate over values, and the number `kindOf` gives for it. The numbers are those of `kinds` in
/// `js/internal/util/types.js`.
type Kind = (fn(&v8::Value) -> bool, u32);

/// In order of how often the inspector meets them, save that a proxy comes first: other predicates do not look
/// through it, but `is_array` must not either.
const KINDS: &[Kind] = &[
    (v8::Value::is_proxy, 2),
    (v8::Value::is_array, 1),
    (v8::Value::is_typed_array, 5),
    (v8::Value::is_map, 3),
    (v8::Value::is_set, 4),
    (v8::Value::is_native_error, 11),
    (v8::Value::is_date, 9),
    (v8::Value::is_reg_exp, 10),
    (v8::Value::is_promise, 12),
    (v8::Value::is_array_buffer, 6),
    (v8::Value::is_shared_array_buffer, 7),
    (v8::Value::is_data_view, 8),
    (v8::Value::is_map_iterator, 13),
    (v8::Value::is_set_iterator, 14),
    (v8::Value::is_weak_map, 15),
    (v8::Value::is_weak_set, 16),
    (v8::Value::is_arguments_object, 17),
    (v8::Value::is_module_namespace_object, 18),
    (v8::Value::is_number_object, 19),
    (v8::Value::is_string_object, 20),
    (v8::Value::is_boolean_object, 21),
    (v8::Value::is_big_int_object, 22),
    (v8::Value::is_symbol_object, 23),
    (v8::Value::is_external, 24),
    (v8::Value::is_generator_object, 25),
];

/// Whether a value that inherits from `Object.prototype` is an ordinary object, as far as structured clone cares: nothing
/// of another kind whose prototype was replaced.
fn is_plain(value: v8::Local<v8::Value>) -> bool {
    if v8_map::instance_type(value) == v8_map::ORDINARY {
        return true;
    }
    value.is_object()
        && !(value.is_proxy()
            || value.is_native_error()
            || value.is_arguments_object()
            || value.is_map()
            || value.is_set()
            || value.is_date()
            || value.is_reg_exp()
            || value.is_array()
            || value.is_array_buffer_view()
            || value.is_array_buffer()
            || is_boxed_primitive(value))
}

fn kind_of(value: v8::Local<v8::Value>) -> u32 {
    if v8_map::instance_type(value) == v8_map::ORDINARY {
        0
    } else if value.is_object() && !value.is_function() {
        KINDS.iter().find(|(is, _)| is(&value)).map_or(0, |(_, kind)| *kind)
    } else if value.is_proxy() {
        2
    } else {
        0
    }
}
