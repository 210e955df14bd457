//! `internalBinding('v8')`: the engine's own figures and flags, for `node:v8`. The file is not called v8.rs, since
//! that is the crate's name.

use super::args::{arg_string, key};
use super::error::OpError;
use super::{IntoJs, OpDecl, OpResult};
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("getHeapStatistics", 0, get_heap_statistics),
    op!("getHeapSpaceStatistics", 0, get_heap_space_statistics),
    op!("getHeapCodeStatistics", 0, get_heap_code_statistics),
    op!("setFlagsFromString", 1, set_flags_from_string),
    op!("cachedDataVersionTag", 0, cached_data_version_tag),
    op!("takeHeapSnapshot", 0, take_heap_snapshot),
    op!("measureMemory", 2, super::measure_memory::measure_memory),
];

fn set_number(scope: &mut v8::PinScope, object: v8::Local<v8::Object>, name: &str, value: usize) -> OpResult {
    let number = v8::Number::new(scope, value as f64).into();
    object.set(scope, key(scope, name).into(), number).ok_or_else(OpError::pending)?;
    Ok(())
}

/// Figures of an isolate's heap, under Node's names; sizes in bytes.
pub(crate) struct HeapFigures([(&'static str, usize); 15]);

impl HeapFigures {
    /// Those of `isolate`.
    pub(crate) fn of(isolate: &mut v8::Isolate) -> Self {
        let heap = isolate.get_heap_statistics();
        Self([
            ("total_heap_size", heap.total_heap_size()),
            ("total_heap_size_executable", heap.total_heap_size_executable()),
            ("total_physical_size", heap.total_physical_size()),
            ("total_available_size", heap.total_available_size()),
            ("used_heap_size", heap.used_heap_size()),
            ("heap_size_limit", heap.heap_size_limit()),
            ("malloced_memory", heap.malloced_memory()),
            ("peak_malloced_memory", heap.peak_malloced_memory()),
            ("does_zap_garbage", usize::from(heap.does_zap_garbage())),
            ("number_of_native_contexts", heap.number_of_native_contexts()),
            ("number_of_detached_contexts", heap.number_of_detached_contexts()),
            ("total_global_handles_size", heap.total_global_handles_size()),
            ("used_global_handles_size", heap.used_global_handles_size()),
            ("external_memory", heap.external_memory()),
            ("total_allocated_bytes", usize::try_from(heap.total_allocated_bytes()).unwrap_or(usize::MAX)),
        ])
    }
}

impl IntoJs for HeapFigures {
    fn into_js<'s>(self, scope: &mut v8::PinScope<'s, '_>) -> OpResult<v8::Local<'s, v8::Value>> {
        let object = v8::Object::new(scope);
        for (name, value) in self.0 {
            set_number(scope, object, name, value)?;
        }
        Ok(object.into())
    }
}

/// `getHeapStatistics()`: [`HeapFigures`] of this isolate.
fn get_heap_statistics(
    scope: &mut v8::PinScope,
    _: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let figures = HeapFigures::of(scope);
    rv.set(figures.into_js(scope)?);
    Ok(())
}

/// The heap of `isolate` as a snapshot, in JSON.
pub(crate) fn heap_snapshot(isolate: &mut v8::Isolate) -> Vec<u8> {
    let mut bytes = Vec::new();
    isolate.take_heap_snapshot(|chunk| {
        bytes.extend_from_slice(chunk);
        true
    });
    bytes
}

/// `getHeapSpaceStatistics()`: an array of objects, one a space.
fn get_heap_space_statistics(
    scope: &mut v8::PinScope,
    _: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let mut spaces = Vec::new();
    for index in 0..scope.number_of_heap_spaces() {
        let Some(space) = scope.get_heap_space_statistics(index) else {
            continue;
        };
        let object = v8::Object::new(scope);
        let name = key(scope, &space.space_name().to_string_lossy());
        object.set(scope, key(scope, "space_name").into(), name.into()).ok_or_else(OpError::pending)?;
        for (name, value) in [
            ("space_size", space.space_size()),
            ("space_used_size", space.space_used_size()),
            ("space_available_size", space.space_available_size()),
            ("physical_space_size", space.physical_space_size()),
        ] {
            set_number(scope, object, name, value)?;
        }
        spaces.push(object.into());
    }
    rv.set(v8::Array::new_with_elements(scope, &spaces).into());
    Ok(())
}

/// `getHeapCodeStatistics()`: an object; sizes in bytes.
fn get_heap_code_statistics(
    scope: &mut v8::PinScope,
    _: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let Some(code) = scope.get_heap_code_and_metadata_statistics() else {
        return Ok(());
    };
    let object = v8::Object::new(scope);
    for (name, value) in [
        ("code_and_metadata_size", code.code_and_metadata_size()),
        ("bytecode_and_metadata_size", code.bytecode_and_metadata_size()),
        ("external_script_source_size", code.external_script_source_size()),
        ("cpu_profiler_metadata_size", code.cpu_profiler_metadata_size()),
    ] {
        set_number(scope, object, name, value)?;
    }
    rv.set(object.into());
    Ok(())
}

/// `setFlagsFromString(flags)`: V8's flags, process-wide. Unknown ones are ignored by V8.
fn set_flags_from_string(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    _: v8::ReturnValue<v8::Value>,
) -> OpResult {
    v8::V8::set_flags_from_string(&arg_string(scope, args, 0)?);
    // It was made with the former ones.
    crate::workers::spare::discard();
    Ok(())
}

/// `cachedDataVersionTag()`: changes with V8's version and flags.
fn cached_data_version_tag(
    _: &mut v8::PinScope,
    _: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    rv.set_uint32(v8::script_compiler::cached_data_version_tag());
    Ok(())
}

/// `takeHeapSnapshot()`: the snapshot's JSON as a `Uint8Array`.
fn take_heap_snapshot(
    scope: &mut v8::PinScope,
    _: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let bytes = heap_snapshot(scope);
    rv.set(bytes.into_js(scope)?);
    Ok(())
}
