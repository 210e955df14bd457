//! `internalBinding('util')`: what only V8 can tell about objects: the two halves of a proxy, a promise's state,
//! the entries of weak collections and iterators, call sites.

use super::args::{arg_bool, arg_object, arg_u32, key};
use super::error::OpError;
use super::{OpDecl, OpResult};
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("getProxyDetails", 1, get_proxy_details),
    op!("getPromiseDetails", 1, get_promise_details),
    op!("previewEntries", 2, preview_entries),
    op!("getOwnNonIndexProperties", 2, get_own_non_index_properties),
    op!("getConstructorName", 1, get_constructor_name),
    op!("getExternalValue", 1, get_external_value),
    op!("getCallSites", 1, get_call_sites),
    op!("getFrameSource", 1, get_frame_source),
    op!("isOneByteString", 1, is_one_byte_string),
    op!("markPromiseAsHandled", 1, mark_promise_as_handled),
    op!("getNodeErrorSymbol", 0, get_node_error_symbol),
    op!("markLikeDefaultStack", 2, mark_like_default_stack),
];

/// `getNodeErrorSymbol()`: what the prototypes of errors with a code of Node's have, so that their stacks show it.
fn get_node_error_symbol(
    scope: &mut v8::PinScope,
    _args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    rv.set(crate::stack_trace::node_error_symbol(scope).into());
    Ok(())
}

/// `markLikeDefaultStack(function, alike)`: whether `function` as `Error.prepareStackTrace` does no more than what is done without one.
fn mark_like_default_stack(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    _rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    if let Ok(function) = v8::Local::<v8::Function>::try_from(args.get(0)) {
        crate::stack_trace::mark_like_default(scope, function, args.get(1).is_true());
    }
    Ok(())
}

/// `getProxyDetails(value)`: `[target, handler]`, both null once revoked; undefined for what is no proxy.
fn get_proxy_details(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    if let Ok(proxy) = v8::Local::<v8::Proxy>::try_from(args.get(0)) {
        let details = [proxy.get_target(scope), proxy.get_handler(scope)];
        rv.set(v8::Array::new_with_elements(scope, &details).into());
    }
    Ok(())
}

/// `getPromiseDetails(value)`: `[state, result]`, with 0 for pending (then without result), 1 for fulfilled, 2 for
/// rejected; undefined for what is no promise.
fn get_promise_details(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let Ok(promise) = v8::Local::<v8::Promise>::try_from(args.get(0)) else {
        return Ok(());
    };
    let state = match promise.state() {
        v8::PromiseState::Pending => 0,
        v8::PromiseState::Fulfilled => 1,
        v8::PromiseState::Rejected => 2,
    };
    let number = v8::Integer::new(scope, state).into();
    let details = if state == 0 {
        v8::Array::new_with_elements(scope, &[number])
    } else {
        let result = promise.result(scope);
        v8::Array::new_with_elements(scope, &[number, result])
    };
    rv.set(details.into());
    Ok(())
}

/// `previewEntries(object, wantPairs)`: the entries of a collection, weak ones too, or what is left of a Map or Set
/// iterator, which does not move. Keys and values alternate. With `wantPairs`: `[entries, whether they alternate]`.
fn preview_entries(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let value = args.get(0);
    // V8 leaves the flag unset for other objects.
    let has_entries = value.is_map()
        || value.is_set()
        || value.is_weak_map()
        || value.is_weak_set()
        || value.is_map_iterator()
        || value.is_set_iterator();
    if !has_entries {
        return Ok(());
    }
    let object = arg_object(args, 0)?;
    let (Some(entries), pairs) = object.preview_entries(scope) else {
        return Ok(());
    };
    if arg_bool(scope, args, 1) {
        let pairs = v8::Boolean::new(scope, pairs).into();
        rv.set(v8::Array::new_with_elements(scope, &[entries.into(), pairs]).into());
    } else {
        rv.set(entries.into());
    }
    Ok(())
}

/// `getOwnNonIndexProperties(object, onlyEnumerable)`: names and symbols of own properties that are no array index.
fn get_own_non_index_properties(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let object = arg_object(args, 0)?;
    let filter =
        if arg_bool(scope, args, 1) { v8::PropertyFilter::ONLY_ENUMERABLE } else { v8::PropertyFilter::ALL_PROPERTIES };
    let names = v8::GetPropertyNamesArgsBuilder::new()
        .mode(v8::KeyCollectionMode::OwnOnly)
        .property_filter(filter)
        .index_filter(v8::IndexFilter::SkipIndices)
        .key_conversion(v8::KeyConversionMode::KeepNumbers)
        .build();
    let names = object.get_property_names(scope, names).ok_or_else(OpError::pending)?;
    rv.set(names.into());
    Ok(())
}

/// `getConstructorName(object)`: the name of the function that made the object, as V8 remembers it.
fn get_constructor_name(
    _: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let object = arg_object(args, 0)?;
    rv.set(object.get_constructor_name().into());
    Ok(())
}

/// `getExternalValue(external)`: the address it carries, as a bigint.
fn get_external_value(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    if let Ok(external) = v8::Local::<v8::External>::try_from(args.get(0)) {
        let address = external.value() as usize as u64;
        rv.set(v8::BigInt::new_from_u64(scope, address).into());
    }
    Ok(())
}

/// `isOneByteString(string)`: whether V8 keeps a byte for each of its characters.
fn is_one_byte_string(
    _: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let text = v8::Local::<v8::String>::try_from(args.get(0));
    rv.set_bool(text.is_ok_and(|text| text.is_onebyte()));
    Ok(())
}

/// `markPromiseAsHandled(promise)`: its rejection is nobody's concern.
fn mark_promise_as_handled(
    _: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    _: v8::ReturnValue<v8::Value>,
) -> OpResult {
    if let Ok(promise) = v8::Local::<v8::Promise>::try_from(args.get(0)) {
        promise.mark_as_handled();
    }
    Ok(())
}

/// `getCallSites(count)`: the callers, innermost first, as objects without a prototype that have functionName, scriptId,
/// scriptName, lineNumber, columnNumber and column (both 1-based, the same number by its old and its new name). The
/// function that asks is not among them.
fn get_call_sites(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let count = arg_u32(scope, args, 0)?;
    let wanted = usize::try_from(count).unwrap_or(usize::MAX).saturating_add(1);
    let Some(stack) = v8::StackTrace::current_stack_trace(scope, wanted) else {
        return Ok(());
    };
    let mut sites = Vec::with_capacity(stack.get_frame_count());
    for index in 1..stack.get_frame_count() {
        let Some(frame) = stack.get_frame(scope, index) else {
            continue;
        };
        let empty = v8::String::empty(scope);
        let function_name = frame.get_function_name(scope).unwrap_or(empty);
        let script_name = frame.get_script_name_or_source_url(scope).unwrap_or(empty);
        let script_id = v8::Integer::new_from_unsigned(scope, frame.get_script_id() as u32);
        let script_id = script_id.to_string(scope).unwrap_or(empty);
        let line = v8::Integer::new_from_unsigned(scope, frame.get_line_number() as u32);
        let column = v8::Integer::new_from_unsigned(scope, frame.get_column() as u32);
        let names = ["functionName", "scriptId", "scriptName", "lineNumber", "columnNumber", "column"];
        let names = names.map(|name| key(scope, name).into());
        let values =
            [function_name.into(), script_id.into(), script_name.into(), line.into(), column.into(), column.into()];
        let no_prototype = v8::null(scope).into();
        let site = v8::Object::with_prototype_and_properties(scope, no_prototype, &names, &values);
        sites.push(site.into());
    }
    rv.set(v8::Array::new_with_elements(scope, &sites).into());
    Ok(())
}

/// `getFrameSource(index)`: the source text of the script at `index` of what `getCallSites` lists when called from the
/// same place; undefined where there is none.
fn get_frame_source(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let index = usize::try_from(arg_u32(scope, args, 0)?).unwrap_or(usize::MAX).saturating_add(1);
    let Some(stack) = v8::StackTrace::current_stack_trace(scope, index.saturating_add(1)) else {
        return Ok(());
    };
    if index >= stack.get_frame_count() {
        return Ok(());
    }
    if let Some(source) = stack.get_frame(scope, index).and_then(|frame| frame.get_script_source(scope)) {
        rv.set(source.into());
    }
    Ok(())
}
