//! `internalBinding('types')`: what kind of object a value is, by its internal slots. Serves `util.types`, and
//! through `kindOf`, which answers for all kinds in one crossing, the inspector and deep equality.

use super::{OpDecl, OpResult};
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("kindOf", 1, kind_of),
    op!("isExternal", 1, is_external),
    op!("isDate", 1, is_date),
    op!("isArgumentsObject", 1, is_arguments_object),
    op!("isBigIntObject", 1, is_big_int_object),
    op!("isBooleanObject", 1, is_boolean_object),
    op!("isNumberObject", 1, is_number_object),
    op!("isStringObject", 1, is_string_object),
    op!("isSymbolObject", 1, is_symbol_object),
    op!("isBoxedPrimitive", 1, is_boxed_primitive),
    op!("isNativeError", 1, is_native_error),
    op!("isRegExp", 1, is_reg_exp),
    op!("isAsyncFunction", 1, is_async_function),
    op!("isGeneratorFunction", 1, is_generator_function),
    op!("isGeneratorObject", 1, is_generator_object),
    op!("isPromise", 1, is_promise),
    op!("isMap", 1, is_map),
    op!("isSet", 1, is_set),
    op!("isMapIterator", 1, is_map_iterator),
    op!("isSetIterator", 1, is_set_iterator),
    op!("isWeakMap", 1, is_weak_map),
    op!("isWeakSet", 1, is_weak_set),
    op!("isArrayBuffer", 1, is_array_buffer),
    op!("isDataView", 1, is_data_view),
    op!("isSharedArrayBuffer", 1, is_shared_array_buffer),
    op!("isProxy", 1, is_proxy),
    op!("isModuleNamespaceObject", 1, is_module_namespace_object),
    op!("isAnyArrayBuffer", 1, is_any_array_buffer),
];

macro_rules! predicates {
    ($($name:ident),* $(,)?) => {$(
        fn $name(
            _: &mut v8::PinScope,
            args: &v8::FunctionCallbackArguments,
            mut rv: v8::ReturnValue<v8::Value>,
        ) -> OpResult {
            rv.set_bool(args.get(0).$name());
            Ok(())
        }
    )*};
}

predicates!(
    is_external,
    is_date,
    is_arguments_object,
    is_big_int_object,
    is_boolean_object,
    is_number_object,
    is_string_object,
    is_symbol_object,
    is_native_error,
    is_reg_exp,
    is_async_function,
    is_generator_function,
    is_generator_object,
    is_promise,
    is_map,
    is_set,
    is_map_iterator,
    is_set_iterator,
    is_weak_map,
    is_weak_set,
    is_array_buffer,
    is_data_view,
    is_shared_array_buffer,
    is_proxy,
    is_module_namespace_object,
);

fn is_boxed_primitive(
    _: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let value = args.get(0);
    rv.set_bool(
        value.is_number_object()
            || value.is_string_object()
            || value.is_boolean_object()
            || value.is_big_int_object()
            || value.is_symbol_object(),
    );
    Ok(())
}

fn is_any_array_buffer(
    _: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let value = args.get(0);
    rv.set_bool(value.is_array_buffer() || value.is_shared_array_buffer());
    Ok(())
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

fn kind_of(_: &mut v8::PinScope, args: &v8::FunctionCallbackArguments, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    let value = args.get(0);
    let kind = if value.is_object() && !value.is_function() {
        KINDS.iter().find(|(is, _)| is(&value)).map_or(0, |(_, kind)| *kind)
    } else if value.is_proxy() {
        2
    } else {
        0
    };
    rv.set_uint32(kind);
    Ok(())
}
