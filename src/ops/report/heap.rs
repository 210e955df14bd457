//! What a report tells of a heap (`javascriptHeap`), where JavaScript cannot be asked.

use serde_json::{Map, Value, json};

/// The heap's figures now, with those of its spaces.
pub(super) fn figures(isolate: &mut v8::Isolate) -> Map<String, Value> {
    let heap = isolate.get_heap_statistics();
    let figures = [
        ("totalMemory", heap.total_heap_size()),
        ("executableMemory", heap.total_heap_size_executable()),
        ("totalCommittedMemory", heap.total_physical_size()),
        ("availableMemory", heap.total_available_size()),
        ("totalGlobalHandlesMemory", heap.total_global_handles_size()),
        ("usedGlobalHandlesMemory", heap.used_global_handles_size()),
        ("usedMemory", heap.used_heap_size()),
        ("memoryLimit", heap.heap_size_limit()),
        ("mallocedMemory", heap.malloced_memory()),
        ("externalMemory", heap.external_memory()),
        ("peakMallocedMemory", heap.peak_malloced_memory()),
        ("nativeContextCount", heap.number_of_native_contexts()),
        ("detachedContextCount", heap.number_of_detached_contexts()),
        ("doesZapGarbage", usize::from(heap.does_zap_garbage())),
    ];
    let mut figures: Map<String, Value> =
        figures.map(|(key, value)| (key.to_owned(), value.into())).into_iter().collect();
    figures.insert("heapSpaces".to_owned(), spaces(isolate).into());
    figures
}

fn spaces(isolate: &mut v8::Isolate) -> Map<String, Value> {
    let mut spaces = Map::new();
    for index in 0..isolate.number_of_heap_spaces() {
        let Some(space) = isolate.get_heap_space_statistics(index) else { continue };
        let (used, available) = (space.space_used_size(), space.space_available_size());
        let figures = json!({
            "memorySize": space.space_size(), "committedMemory": space.physical_space_size(),
            "capacity": used + available, "used": used, "available": available,
        });
        spaces.insert(space.space_name().to_string_lossy().into_owned(), figures);
    }
    spaces
}
