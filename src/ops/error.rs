//! What an op throws: Node's error classes, codes and message shapes.
//!
//! Messages that name JavaScript arguments are made in js/ (`internal/errors`); the ones made here are those only
//! the native side can know, foremost errors of the operating system, which follow libuv's shape:
//! `ENOENT: no such file or directory, open 'x'` with `errno` (negative), `code`, `syscall`, `path` and `dest`.

use std::borrow::Cow;

use super::uv;

/// The JavaScript class an [`OpError`] is thrown as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// `Error`
    Error,
    /// `TypeError`
    Type,
    /// `RangeError`
    Range,
    /// `SyntaxError`
    Syntax,
    /// `ReferenceError`
    Reference,
}

/// Result of an op that returns through its `ReturnValue`.
pub type OpResult<T = ()> = Result<T, OpError>;

/// An error an op throws, or with which an asynchronous op settles. `Send`, so that it can cross from a blocking
/// thread to the isolate's own.
#[derive(Debug, Clone)]
pub struct OpError(Box<Inner>);

#[derive(Debug, Clone)]
enum Inner {
    Coded {
        class: ErrorClass,
        code: Option<Cow<'static, str>>,
        message: String,
    },
    System {
        errno: i32,
        syscall: Cow<'static, str>,
        path: Option<String>,
        dest: Option<String>,
        message: Option<String>,
    },
    /// `ERR_ACCESS_DENIED`: `--permission` does not allow it.
    Denied {
        message: String,
        permission: &'static str,
        resource: String,
    },
    /// V8 has an exception pending already (a getter threw, execution is being terminated): nothing to throw.
    Pending,
}

impl OpError {
    /// An error of `class` with Node's `code`.
    pub fn new(class: ErrorClass, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self(Box::new(Inner::Coded { class, code: Some(code.into()), message: message.into() }))
    }

    /// `TypeError` with `code`.
    pub fn type_error(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Type, code, message)
    }

    /// `RangeError` with `code`.
    pub fn range_error(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Range, code, message)
    }

    /// `Error` with `code`.
    pub fn error(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Error, code, message)
    }

    /// An error of `class` without a code, as the language itself throws.
    pub fn plain(class: ErrorClass, message: impl Into<String>) -> Self {
        Self(Box::new(Inner::Coded { class, code: None, message: message.into() }))
    }

    /// The operating system's error `source`, made by `syscall` (libuv's name of the operation, such as `open`).
    pub fn io(source: std::io::Error, syscall: impl Into<Cow<'static, str>>) -> Self {
        Self::errno(uv::errno_of(&source), syscall)
    }

    /// As [`OpError::io`], from libuv's negative error number.
    pub fn errno(errno: i32, syscall: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner::System { errno, syscall: syscall.into(), path: None, dest: None, message: None }))
    }

    /// What `--permission` does not allow: which permission it needs, and for what.
    pub fn access_denied(message: String, permission: &'static str, resource: impl Into<String>) -> Self {
        Self(Box::new(Inner::Denied { message, permission, resource: resource.into() }))
    }

    /// An exception is already pending in the isolate.
    pub fn pending() -> Self {
        Self(Box::new(Inner::Pending))
    }

    /// Names the path a system error is about.
    #[must_use]
    pub fn with_path(mut self, value: impl Into<String>) -> Self {
        if let Inner::System { path, .. } = &mut *self.0 {
            *path = Some(value.into());
        }
        self
    }

    /// Names the second path (of rename, link, copyFile …).
    #[must_use]
    pub fn with_dest(mut self, value: impl Into<String>) -> Self {
        if let Inner::System { dest, .. } = &mut *self.0 {
            *dest = Some(value.into());
        }
        self
    }

    /// libuv's negative error number, if this is a system error.
    pub fn system_errno(&self) -> Option<i32> {
        match &*self.0 {
            Inner::System { errno, .. } => Some(*errno),
            _ => None,
        }
    }

    /// Whether an exception is pending in the isolate, so that there is nothing left to throw.
    pub fn is_pending(&self) -> bool {
        matches!(&*self.0, Inner::Pending)
    }

    /// Makes the JavaScript error object. `undefined` where an exception is pending or memory ran out.
    pub fn to_exception<'s>(&self, scope: &mut v8::PinScope<'s, '_>) -> v8::Local<'s, v8::Value> {
        match &*self.0 {
            Inner::Pending => v8::undefined(scope).into(),
            Inner::Coded { class, code, message } => {
                let Some(text) = v8::String::new(scope, message) else { return v8::undefined(scope).into() };
                let value = match class {
                    ErrorClass::Error => v8::Exception::error(scope, text),
                    ErrorClass::Type => v8::Exception::type_error(scope, text),
                    ErrorClass::Range => v8::Exception::range_error(scope, text),
                    ErrorClass::Syntax => v8::Exception::syntax_error(scope, text),
                    ErrorClass::Reference => v8::Exception::reference_error(scope, text),
                };
                if let Some(code) = code {
                    set_string(scope, value, "code", code);
                }
                value
            }
            Inner::Denied { message, permission, resource } => {
                let Some(text) = v8::String::new(scope, message) else { return v8::undefined(scope).into() };
                let value = v8::Exception::error(scope, text);
                set_string(scope, value, "code", "ERR_ACCESS_DENIED");
                set_string(scope, value, "permission", permission);
                set_string(scope, value, "resource", resource);
                value
            }
            Inner::System { errno, syscall, path, dest, message } => {
                let (name, text) = uv::name_and_message(*errno);
                let mut full = format!("{name}: {}, {syscall}", message.as_deref().unwrap_or(text));
                if let Some(path) = path {
                    full.push_str(" '");
                    full.push_str(path);
                    full.push('\'');
                }
                if let Some(dest) = dest {
                    full.push_str(" -> '");
                    full.push_str(dest);
                    full.push('\'');
                }
                let Some(text) = v8::String::new(scope, &full) else { return v8::undefined(scope).into() };
                let value = v8::Exception::error(scope, text);
                if let Ok(object) = v8::Local::<v8::Object>::try_from(value)
                    && let Some(key) = v8::String::new(scope, "errno")
                {
                    let number = v8::Integer::new(scope, *errno);
                    object.set(scope, key.into(), number.into());
                }
                set_string(scope, value, "code", name);
                set_string(scope, value, "syscall", syscall);
                if let Some(path) = path {
                    set_string(scope, value, "path", path);
                }
                if let Some(dest) = dest {
                    set_string(scope, value, "dest", dest);
                }
                value
            }
        }
    }

    /// Throws into the isolate; does nothing where an exception is pending.
    pub fn throw(&self, scope: &mut v8::PinScope) {
        if !self.is_pending() {
            let value = self.to_exception(scope);
            scope.throw_exception(value);
        }
    }
}

fn set_string(scope: &mut v8::PinScope, target: v8::Local<v8::Value>, key: &str, value: &str) {
    if let Ok(object) = v8::Local::<v8::Object>::try_from(target)
        && let (Some(key), Some(value)) = (v8::String::new(scope, key), v8::String::new(scope, value))
    {
        object.set(scope, key.into(), value.into());
    }
}
