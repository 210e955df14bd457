//! `internalBinding('gc_profiler')`: the heap before and after each of V8's garbage collections, for `v8.GCProfiler`.
//!
//! V8 calls back on the isolate's thread, in the middle of a collection: statistics may be asked for then, nothing may be
//! allocated on its heap. What was seen waits in a thread-local table until the profile is stopped.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::c_void;
use std::rc::Rc;
use std::time::Instant;

use serde::Serialize;

use super::args::{IntoJs, Serialized, arg_u32};
use super::state::op_state;
use super::{OpDecl, OpResult};
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[op!("start", 0, start), op!("stop", 1, stop)];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Heap {
    total_heap_size: usize,
    total_heap_size_executable: usize,
    total_physical_size: usize,
    total_available_size: usize,
    total_global_handles_size: usize,
    used_global_handles_size: usize,
    used_heap_size: usize,
    heap_size_limit: usize,
    malloced_memory: usize,
    external_memory: usize,
    peak_malloced_memory: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Space {
    space_name: String,
    space_size: usize,
    space_used_size: usize,
    space_available_size: usize,
    physical_space_size: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Figures {
    heap_statistics: Heap,
    heap_space_statistics: Vec<Space>,
}

impl Figures {
    fn of(isolate: &mut v8::Isolate) -> Self {
        let heap = isolate.get_heap_statistics();
        let heap_statistics = Heap {
            total_heap_size: heap.total_heap_size(),
            total_heap_size_executable: heap.total_heap_size_executable(),
            total_physical_size: heap.total_physical_size(),
            total_available_size: heap.total_available_size(),
            total_global_handles_size: heap.total_global_handles_size(),
            used_global_handles_size: heap.used_global_handles_size(),
            used_heap_size: heap.used_heap_size(),
            heap_size_limit: heap.heap_size_limit(),
            malloced_memory: heap.malloced_memory(),
            external_memory: heap.external_memory(),
            peak_malloced_memory: heap.peak_malloced_memory(),
        };
        let spaces = (0..isolate.number_of_heap_spaces()).filter_map(|index| isolate.get_heap_space_statistics(index));
        let heap_space_statistics = spaces
            .map(|space| Space {
                space_name: space.space_name().to_string_lossy().into_owned(),
                space_size: space.space_size(),
                space_used_size: space.space_used_size(),
                space_available_size: space.space_available_size(),
                physical_space_size: space.physical_space_size(),
            })
            .collect();
        Self { heap_statistics, heap_space_statistics }
    }
}

/// One collection.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Collection {
    gc_type: &'static str,
    #[serde(rename = "beforeGC")]
    before: Figures,
    /// In microseconds.
    cost: f64,
    #[serde(rename = "afterGC")]
    after: Figures,
}

/// The profiles under way on this thread, of its one isolate.
#[derive(Default)]
struct Profiles {
    last_id: u32,
    begun: Option<(Instant, Figures)>,
    open: HashMap<u32, Vec<Rc<Collection>>>,
}

thread_local! {
    static PROFILES: RefCell<Profiles> = RefCell::default();
}

/// Kept by the isolate's op state: profiles that were never stopped do not go on to the thread's next isolate.
#[derive(Default)]
struct Owner;

impl Drop for Owner {
    fn drop(&mut self) {
        with_profiles(|profiles| profiles.open.clear());
    }
}

/// Runs `f` on this thread's profiles; not while the thread ends, nor where a collection interrupts another use.
fn with_profiles<R>(f: impl FnOnce(&mut Profiles) -> R) -> Option<R> {
    PROFILES.try_with(|profiles| profiles.try_borrow_mut().ok().map(|mut profiles| f(&mut profiles))).ok().flatten()
}

fn name_of(kind: v8::GCType) -> &'static str {
    match kind {
        v8::GCType::kGCTypeScavenge => "Scavenge",
        v8::GCType::kGCTypeMinorMarkSweep => "MinorMarkSweep",
        v8::GCType::kGCTypeMarkSweepCompact => "MarkSweepCompact",
        v8::GCType::kGCTypeIncrementalMarking => "IncrementalMarking",
        v8::GCType::kGCTypeProcessWeakCallbacks => "ProcessWeakCallbacks",
        _ => "Unknown",
    }
}

unsafe extern "C" fn begin(isolate: v8::UnsafeRawIsolatePtr, _: v8::GCType, _: v8::GCCallbackFlags, _: *mut c_void) {
    // SAFETY: V8 passes the isolate that collects, which lives through the call, on its own thread.
    let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
    let figures = Figures::of(&mut isolate);
    with_profiles(|profiles| profiles.begun = Some((Instant::now(), figures)));
}

unsafe extern "C" fn end(isolate: v8::UnsafeRawIsolatePtr, kind: v8::GCType, _: v8::GCCallbackFlags, _: *mut c_void) {
    let Some((started, before)) = with_profiles(|profiles| profiles.begun.take()).flatten() else { return };
    let cost = started.elapsed().as_secs_f64() * 1e6;
    // SAFETY: as in `begin`.
    let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
    let after = Figures::of(&mut isolate);
    let collection = Rc::new(Collection { gc_type: name_of(kind), before, cost, after });
    with_profiles(|profiles| {
        for seen in profiles.open.values_mut() {
            seen.push(collection.clone());
        }
    });
}

/// `start()`: number of a profile that begins now.
fn start(scope: &mut v8::PinScope, _: &v8::FunctionCallbackArguments, mut rv: v8::ReturnValue<v8::Value>) -> OpResult {
    op_state(scope).borrow_mut().value::<Owner>();
    let begun = with_profiles(|profiles| {
        profiles.last_id += 1;
        profiles.open.insert(profiles.last_id, Vec::new());
        (profiles.last_id, profiles.open.len() == 1)
    });
    let Some((id, is_first)) = begun else { return Ok(()) };
    if is_first {
        let nothing = std::ptr::null_mut();
        scope.add_gc_prologue_callback(begin, nothing, v8::GCType::kGCTypeAll);
        scope.add_gc_epilogue_callback(end, nothing, v8::GCType::kGCTypeAll);
    }
    rv.set_uint32(id);
    Ok(())
}

/// `stop(id)`: the collections since it began; undefined if there is no such profile.
fn stop(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let id = arg_u32(scope, args, 0)?;
    let ended = with_profiles(|profiles| (profiles.open.remove(&id), profiles.open.is_empty()));
    let Some((Some(seen), was_last)) = ended else { return Ok(()) };
    if was_last {
        let nothing = std::ptr::null_mut();
        scope.remove_gc_prologue_callback(begin, nothing);
        scope.remove_gc_epilogue_callback(end, nothing);
    }
    let seen: Vec<&Collection> = seen.iter().map(|collection| &**collection).collect();
    rv.set(Serialized(seen).into_js(scope)?);
    Ok(())
}
