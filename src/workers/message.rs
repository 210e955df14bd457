//! A message: a value on its way from one isolate to another.
//!
//! *What it owns.* Everything it refers to: the serialized bytes, the memory of transferred buffers, references to
//! shared memory and compiled WebAssembly, transferred ports. Dropping a message that nobody read frees all of it and
//! closes the ports and files in it. A message belongs to no thread (`Send`) and holds no handle into any isolate.
//!
//! `structured_clone.rs` makes messages from values and values from messages.

use std::sync::Arc;

use super::port::PortEnd;
use super::shared_text::Text;
use super::shared_value::SharedValue;
use crate::observe::histogram::SharedHistogram;
use crate::ops::fs::OpenFile;

/// The value proper.
pub(crate) enum Body {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    /// A string whose characters all fit one byte (Latin-1).
    OneByte(Box<[u8]>),
    /// The same, long, and perhaps held by others.
    Shared(Text),
    /// Any other string, in UTF-16.
    TwoByte(Box<[u16]>),
    /// A small plain object (`flat.rs`).
    Flat(Vec<u8>),
    /// A table, as the columns that js/ took it apart into (`js/internal/worker/rows.js`), in V8's serialization format.
    Rows(Vec<u8>),
    /// Anything else, in that format.
    Serialized(Vec<u8>),
}

/// What the serialized bytes refer to by index.
#[derive(Default)]
pub(crate) struct Attachments {
    /// Memory of transferred ArrayBuffers, in the order of the transfer list. Shared memory among it is read as
    /// SharedArrayBuffers.
    pub(crate) array_buffers: Vec<v8::SharedRef<v8::BackingStore>>,
    /// Memory of SharedArrayBuffers, and of shared WebAssembly memories.
    pub(crate) shared: Vec<v8::SharedRef<v8::BackingStore>>,
    /// Compiled WebAssembly modules.
    pub(crate) wasm: Vec<Arc<v8::CompiledWasmModule>>,
    /// Objects V8 cannot write itself.
    pub(crate) hosts: Vec<HostData>,
}

/// An object V8 cannot write itself, in a form that can travel.
pub(crate) enum HostData {
    /// A transferred MessagePort.
    Port(PortEnd),
    /// A transferred FileHandle.
    File(OpenFile),
    /// An object of a class that js/ implements and knows how to rebuild: `recipe` names it there.
    Class { recipe: String, data: Message },
    /// An Error, of class `class`, with the properties that could be cloned.
    Error { class: ErrorName, properties: Vec<ErrorProperty> },
    /// A handle of `pool.share()`; its reader gets the value.
    Shared(Arc<SharedValue>),
    /// A histogram; `recipe` names the class it arrives as.
    Histogram { recipe: &'static str, histogram: Arc<SharedHistogram> },
}

/// An own property of a travelling error.
pub(crate) struct ErrorProperty {
    pub(crate) name: String,
    pub(crate) enumerable: bool,
    pub(crate) value: Message,
}

/// The error classes every context has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorName {
    Error,
    EvalError,
    RangeError,
    ReferenceError,
    SyntaxError,
    TypeError,
    UriError,
    AggregateError,
    SuppressedError,
}

impl ErrorName {
    /// The name of the global that holds the class.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "Error",
            Self::EvalError => "EvalError",
            Self::RangeError => "RangeError",
            Self::ReferenceError => "ReferenceError",
            Self::SyntaxError => "SyntaxError",
            Self::TypeError => "TypeError",
            Self::UriError => "URIError",
            Self::AggregateError => "AggregateError",
            Self::SuppressedError => "SuppressedError",
        }
    }
}

/// See the module's documentation.
pub(crate) struct Message {
    pub(crate) body: Body,
    pub(crate) attachments: Option<Box<Attachments>>,
}

impl Message {
    /// The memory the message holds, in bytes; shared memory is nobody's.
    pub(crate) fn bytes(&self) -> usize {
        let body = match &self.body {
            Body::Undefined | Body::Null | Body::Bool(_) | Body::Number(_) => 0,
            Body::OneByte(text) => text.len(),
            Body::Shared(text) => text.len(),
            Body::TwoByte(text) => text.len() * 2,
            Body::Flat(bytes) | Body::Rows(bytes) | Body::Serialized(bytes) => bytes.len(),
        };
        body + self.attachments.as_ref().map_or(0, |attachments| attachments.bytes())
    }

    /// Whether [`Message::duplicate`] gives anything.
    pub(crate) fn can_be_read_often(&self) -> bool {
        self.attachments.as_ref().is_none_or(|attachments| attachments.duplicate().is_some())
    }

    /// A message without attachments.
    pub(crate) fn plain(body: Body) -> Self {
        Self { body, attachments: None }
    }

    /// Another message that says the same, for a second receiver. `None` if something in it can have one owner only.
    pub(crate) fn duplicate(&self) -> Option<Self> {
        let body = match &self.body {
            Body::Undefined => Body::Undefined,
            Body::Null => Body::Null,
            Body::Bool(value) => Body::Bool(*value),
            Body::Number(value) => Body::Number(*value),
            Body::OneByte(text) => Body::OneByte(text.clone()),
            Body::Shared(text) => Body::Shared(text.clone()),
            Body::TwoByte(text) => Body::TwoByte(text.clone()),
            Body::Flat(bytes) => Body::Flat(bytes.clone()),
            Body::Rows(bytes) => Body::Rows(bytes.clone()),
            Body::Serialized(bytes) => Body::Serialized(bytes.clone()),
        };
        let attachments = match &self.attachments {
            None => None,
            Some(attachments) => Some(Box::new(attachments.duplicate()?)),
        };
        Some(Self { body, attachments })
    }
}

impl Attachments {
    fn bytes(&self) -> usize {
        self.array_buffers.iter().map(|store| store.byte_length()).sum::<usize>()
            + self.hosts.iter().map(HostData::bytes).sum::<usize>()
    }

    fn duplicate(&self) -> Option<Self> {
        if self.array_buffers.iter().any(|store| !store.is_shared()) {
            return None;
        }
        let hosts = self.hosts.iter().map(HostData::duplicate).collect::<Option<_>>()?;
        Some(Self {
            array_buffers: self.array_buffers.clone(),
            shared: self.shared.clone(),
            wasm: self.wasm.clone(),
            hosts,
        })
    }
}

impl HostData {
    fn bytes(&self) -> usize {
        match self {
            Self::Port(_) | Self::File(_) | Self::Shared(_) | Self::Histogram { .. } => 0,
            Self::Class { recipe, data } => recipe.len() + data.bytes(),
            Self::Error { properties, .. } => properties.iter().map(|p| p.name.len() + p.value.bytes()).sum(),
        }
    }

    fn duplicate(&self) -> Option<Self> {
        Some(match self {
            Self::Port(_) | Self::File(_) => return None,
            Self::Shared(value) => Self::Shared(value.clone()),
            Self::Histogram { recipe, histogram } => Self::Histogram { recipe, histogram: histogram.clone() },
            Self::Class { recipe, data } => Self::Class { recipe: recipe.clone(), data: data.duplicate()? },
            Self::Error { class, properties } => {
                let properties = properties.iter().map(ErrorProperty::duplicate).collect::<Option<_>>()?;
                Self::Error { class: *class, properties }
            }
        })
    }
}

impl ErrorProperty {
    fn duplicate(&self) -> Option<Self> {
        let Self { name, enumerable, value } = self;
        Some(Self { name: name.clone(), enumerable: *enumerable, value: value.duplicate()? })
    }
}

const _: fn() = || {
    fn send<T: Send>() {}
    send::<Message>();
};
