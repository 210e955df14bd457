//! Contexts of node:vm.
use super::OpDecl;
/// This area's operations.
pub const OPS: &[OpDecl] = &[];
/// The V8 context behind a contextified object.
pub(super) fn context_of<'s>(
    _scope: &mut v8::PinScope<'s, '_>,
    _object: v8::Local<'s, v8::Object>,
) -> Option<v8::Local<'s, v8::Context>> {
    None
}
