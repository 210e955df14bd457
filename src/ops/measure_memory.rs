//! `vm.measureMemory()`: V8's own measurement of what each context holds, which comes with a collection of the whole heap.
//!
//! V8 counts while it marks, and settles the promise in a task on the isolate's own thread; nothing is called back here.

use super::OpResult;
use super::args::arg_u32;
use super::error::OpError;

/// `measureMemory(mode, execution)`: a promise of the result. Mode: 0 for a sum, 1 for each context; execution: 0 with a
/// collection that V8 wants anyway (it makes one after some time), 1 soon. Undefined where V8 does not begin.
pub(super) fn measure_memory(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let (mode, execution) = (arg_u32(scope, args, 0)?, arg_u32(scope, args, 1)?);
    let context = scope.get_current_context();
    let resolver = v8::PromiseResolver::new(scope).ok_or_else(OpError::pending)?;
    let promise = resolver.get_promise(scope);
    if measurement::begin(scope, context, resolver, mode == 1, execution == 1)? {
        rv.set(promise.into());
    }
    Ok(())
}

/// By the conventions for C++ of all systems but Windows.
#[cfg(not(target_env = "msvc"))]
mod measurement {
    use std::ffi::{c_int, c_void};

    use super::OpResult;

    // `Delegate` stands for `std::unique_ptr<v8::MeasureMemoryDelegate>`. V8 is built with its own libc++, whose unstable ABI
    // has `unique_ptr` as a class that is trivial for the purposes of calls: one pointer, in a register, and the callee's to
    // destroy. The namespace in the second name (`__Cr`) is that libc++'s, so another one does not link.
    type Delegate = *mut c_void;

    unsafe extern "C" {
        /// `v8::MeasureMemoryDelegate::Default(isolate, context, resolver, mode)`.
        #[link_name = "_ZN2v821MeasureMemoryDelegate7DefaultEPNS_7IsolateENS_5LocalINS_7ContextEEENS3_INS_7Promise8ResolverEEENS_17MeasureMemoryModeE"]
        fn default_delegate(
            isolate: v8::UnsafeRawIsolatePtr,
            context: v8::Local<v8::Context>,
            resolver: v8::Local<v8::PromiseResolver>,
            mode: c_int,
        ) -> Delegate;

        /// `isolate->MeasureMemory(delegate, execution)`.
        #[link_name = "_ZN2v87Isolate13MeasureMemoryENSt4__Cr10unique_ptrINS_21MeasureMemoryDelegateENS1_14default_deleteIS3_EEEENS_22MeasureMemoryExecutionE"]
        fn measure(isolate: v8::UnsafeRawIsolatePtr, delegate: Delegate, execution: c_int) -> bool;
    }

    pub(super) fn begin(
        scope: &mut v8::PinScope,
        context: v8::Local<v8::Context>,
        resolver: v8::Local<v8::PromiseResolver>,
        detailed: bool,
        eager: bool,
    ) -> OpResult<bool> {
        // V8's enumerations: kSummary, kDetailed; kDefault, kEager.
        let (mode, execution) = (c_int::from(detailed), c_int::from(eager));
        // SAFETY: the pointers are used for these two calls, on the isolate's thread; the handles live in `scope`, and V8
        // makes global ones of them. `UnsafeRawIsolatePtr` and `Local` are one pointer each. The delegate goes from the one
        // call to the other as it came, and belongs to V8 from then on, which destroys it before the isolate.
        unsafe {
            let delegate = default_delegate(scope.as_raw_isolate_ptr(), context, resolver, mode);
            Ok(measure(scope.as_raw_isolate_ptr(), delegate, execution))
        }
    }
}

/// How `std::unique_ptr` travels there is another matter.
#[cfg(target_env = "msvc")]
mod measurement {
    use super::{OpError, OpResult};

    pub(super) fn begin(
        _: &mut v8::PinScope,
        _: v8::Local<v8::Context>,
        _: v8::Local<v8::PromiseResolver>,
        _: bool,
        _: bool,
    ) -> OpResult<bool> {
        let message = "vm.measureMemory() is unavailable on the current platform, which is being used to run Node.js";
        Err(OpError::type_error("ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", message))
    }
}
