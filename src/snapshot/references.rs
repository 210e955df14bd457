//! What a snapshot refers to outside of V8's heap: the entries of operations, and the texts of built-ins. V8 writes the
//! position in this list instead of the address, and wants the same list again wherever the snapshot is used.

use std::ffi::c_void;
use std::sync::OnceLock;

use crate::builtins;
use crate::ops::{self, ALL_OPS, OpDecl};

struct List(Vec<v8::ExternalReference>);

// SAFETY: the list holds addresses of code and of immutable statics, is never changed, and nothing is read through it
// on the way: V8 compares and copies the addresses.
unsafe impl Sync for List {}
// SAFETY: as above.
unsafe impl Send for List {}

/// The list; the same for all isolates of the process. The null at its end is the one V8 looks for.
pub(super) fn list() -> &'static [v8::ExternalReference] {
    static LIST: OnceLock<List> = OnceLock::new();
    &LIST.get_or_init(|| List(addresses().into_iter().map(|pointer| v8::ExternalReference { pointer }).collect())).0
}

fn addresses() -> Vec<*mut c_void> {
    let mut addresses = Vec::with_capacity(2048);
    let mut add = |op: &OpDecl| {
        addresses.push(op.callback as *mut c_void);
        // V8 keeps a pointer to the description of a fast call, not to its parts.
        addresses.extend(op.fast.iter().map(|fast| std::ptr::from_ref(fast).cast_mut().cast()));
    };
    ALL_OPS.iter().flat_map(|(_, ops)| *ops).chain([&ops::COMPILE_BUILTIN, &ops::INTERNAL_BINDING]).for_each(&mut add);
    addresses.push(ops::realm::lazy_property_entry() as *mut c_void);
    addresses.extend(builtins::text_resources().map(|text| text.cast_mut().cast()));
    addresses.push(std::ptr::null_mut());
    addresses
}

/// A number that differs where the list means something else: the distances between its addresses, which a system that loads
/// programs at random places leaves as they are, and the names of the operations.
pub(super) fn fingerprint() -> u32 {
    let mut hash = crc32fast::Hasher::new();
    let addresses: Vec<usize> = addresses().iter().map(|address| address.addr()).collect();
    let first = addresses.first().copied().unwrap_or(0);
    for address in &addresses[..addresses.len() - 1] {
        hash.update(&address.wrapping_sub(first).to_le_bytes());
    }
    for (area, ops) in ALL_OPS {
        hash.update(area.as_bytes());
        ops.iter().for_each(|op| hash.update(op.name.as_bytes()));
    }
    hash.finalize()
}
