//! What the objects with V8 interceptors share (`vm_context.rs`, `process_env.rs`).

/// The index variants of named interceptors: V8 asks about array indices separately; to these objects they are names.
macro_rules! by_index {
    ($($index:ident => $named:ident($($extra:ident: $kind:ty),*) -> $result:ty;)*) => {$(
        fn $index<'s>(
            scope: &mut v8::PinScope<'s, '_>,
            index: u32,
            $($extra: $kind,)*
            info: v8::PropertyCallbackArguments<'s>,
            rv: v8::ReturnValue<$result>,
        ) -> v8::Intercepted {
            let name = $crate::ops::args::key(scope, &index.to_string()).into();
            $named(scope, name, $($extra,)* info, rv)
        }
    )*};
}
pub(super) use by_index;
