//! The code cache of the program's own modules: what one process or thread compiled of a large text, the next need not.
//!
//! A text is known by its hash, the kind of module it is compiled as, and V8's version and flags; its path and date play no
//! part. [`find`] is asked before a text is compiled and gives a [`Place`], which holds the compiled code there is and is
//! told what came of it. Short texts have none: nothing is looked at, opened or made for them.
//!
//! *Owns* on disk a folder of its own ([`store`]), and for the threads of this process a table of what they compile
//! ([`shared`]): of several Workers that want a text at the same time one compiles it, the others wait for that. *When it is
//! written:* once the program has run for a while ([`SETTLED`]), or when its isolate ends in order, so that the functions it
//! called are in it; never by a process that is killed or crashes. *Threads:* any; each isolate saves what it compiled.
//!
//! Nothing depends on any of it: without the folder, code is compiled. `docs/code-cache.md` is what users read.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::inspector::agent;
use super::state::{event_loop, op_state};
use crate::js_runtime::IsolateKind;
use crate::workers::sync;

pub(crate) mod shared;
mod store;

use shared::{Shared, Ticket, Turn};

/// Texts shorter than this (in characters) are compiled: what a file saves there is less than a millisecond.
const WORTH_CACHING: usize = 64 * 1024;
/// A module's code is kept when it has been in use for this long, or before if the isolate ends: programs call most of the
/// functions they need to start by then, and a process that somebody will kill has left it.
const SETTLED: Duration = Duration::from_secs(2);
/// Most memory for code that threads share. It is let go in the order it came.
const MOST_SHARED: usize = 64 << 20;

/// What a text is compiled as: the same text makes different code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// The wrapper function of a CommonJS module.
    CommonJs,
    /// An ES module.
    Module,
}

/// What compiled code is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    kind: Kind,
    /// V8's version, flags, and processor.
    v8: u32,
    /// Of kind and text.
    hash: [u8; 32],
}

impl Key {
    fn of(scope: &mut v8::PinScope, kind: Kind, text: v8::Local<v8::String>) -> Self {
        let mut hasher = Sha256::new();
        hasher.update([kind as u8]);
        hash_text(scope, text, &mut hasher);
        Self { kind, v8: v8::script_compiler::cached_data_version_tag(), hash: hasher.finalize().into() }
    }
}

/// Adds a text to a hash, as V8 has it.
pub(super) fn hash_text(scope: &mut v8::PinScope, text: v8::Local<v8::String>, hasher: &mut Sha256) {
    let text = v8::ValueView::new(scope, text);
    match text.data() {
        v8::ValueViewData::OneByte(bytes) => {
            hasher.update([1]);
            hasher.update(bytes);
        }
        v8::ValueViewData::TwoByte(units) => {
            hasher.update([2]);
            let mut bytes = [0; 1024];
            for some in units.chunks(bytes.len() / 2) {
                for (place, unit) in bytes.chunks_exact_mut(2).zip(some) {
                    place.copy_from_slice(&unit.to_le_bytes());
                }
                hasher.update(&bytes[..some.len() * 2]);
            }
        }
    }
}

/// Compiled code, as V8 takes it.
pub(crate) enum Code {
    OnDisk(store::Mapped),
    InMemory(Vec<u8>),
}

impl std::ops::Deref for Code {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::OnDisk(map) => map,
            Self::InMemory(bytes) => bytes,
        }
    }
}

type Table = Shared<Key, Arc<Code>>;

static SHARED: LazyLock<Table> = LazyLock::new(|| Shared::new(MOST_SHARED));

/// Where the code of a text that is about to be compiled is kept. Dropped where compiling fails.
pub(crate) struct Place {
    key: Key,
    code: Option<Arc<Code>>,
    /// Other threads wait for what this one compiles.
    ticket: Option<Ticket<'static, Key, Arc<Code>>>,
}

/// What V8 made of a text, and can make a code cache of.
pub(crate) enum Compiled {
    /// The wrapper function of a CommonJS module.
    Function(v8::Global<v8::Function>),
    /// An ES module.
    Module(v8::Global<v8::UnboundModuleScript>),
}

impl Compiled {
    /// V8's code cache, with the functions that were compiled so far.
    fn code(&self, scope: &mut v8::PinScope) -> Option<v8::UniqueRef<v8::CachedData<'static>>> {
        match self {
            Self::Function(function) => v8::Local::new(scope, function).create_code_cache(),
            Self::Module(module) => v8::Local::new(scope, module).create_code_cache(),
        }
    }
}

/// What an isolate compiled and has not kept yet.
#[derive(Default)]
struct Pending(Vec<(Key, Compiled)>);

/// The place of `text`, if it is one whose code is kept: a long one, in a thread without a debugger. (Coverage, for
/// which a debugger's session is opened as well, is less precise in code that V8 did not compile itself.)
pub(crate) fn find(scope: &mut v8::PinScope, kind: Kind, text: v8::Local<v8::String>) -> Option<Place> {
    if text.length() < WORTH_CACHING || !store::is_on() || is_looked_at(scope) {
        return None;
    }
    let key = Key::of(scope, kind, text);
    if is_main(scope) {
        return Some(Place { key, code: store::read(&key).map(|map| Arc::new(Code::OnDisk(map))), ticket: None });
    }
    Some(match SHARED.turn(key) {
        Turn::Ready(code) => {
            tracing::debug!(%key, "found in memory");
            Place { key, code: Some(code), ticket: None }
        }
        Turn::Mine(ticket) => match store::read(&key) {
            Some(map) => {
                let code = Arc::new(Code::OnDisk(map));
                ticket.fulfil(code.clone(), code.len());
                Place { key, code: Some(code), ticket: None }
            }
            None => Place { key, code: None, ticket: Some(ticket) },
        },
        Turn::Alone => Place { key, code: None, ticket: None },
    })
}

/// Whether the isolate has or had a debugger, or something else that asks V8 as one does.
fn is_looked_at(scope: &v8::PinScope) -> bool {
    agent::existing(scope).is_some_and(|agent| agent.is_in_use())
}

fn is_main(scope: &v8::PinScope) -> bool {
    op_state(scope).borrow().get::<IsolateKind>().is_some_and(|kind| *kind == IsolateKind::Main)
}

impl Place {
    /// The compiled code there is, for V8.
    pub(crate) fn code(&self) -> Option<&[u8]> {
        Some(self.code.as_deref()?)
    }

    /// The text was compiled; with the code there was, unless V8 `rejected` it.
    pub(crate) fn compiled(self, scope: &mut v8::PinScope, rejected: bool, compiled: Compiled) {
        let Self { key, code, ticket } = self;
        if code.is_some() && !rejected {
            tracing::debug!(%key, "used");
            return;
        }
        tracing::debug!(%key, rejected, "compiled");
        if let Some(ticket) = ticket
            && let Some(data) = compiled.code(scope)
        {
            // As yet without the functions that it will call.
            ticket.fulfil(Arc::new(Code::InMemory(data.to_vec())), data.len());
        }
        let later = match scope.get_slot_mut::<Pending>() {
            Some(pending) => {
                pending.0.push((key, compiled));
                pending.0.len() == 1
            }
            None => scope.set_slot(Pending(vec![(key, compiled)])),
        };
        if later {
            save_later(scope);
        }
    }
}

/// Has the isolate keep what it compiled when that has been in use for a while. Nothing a loop would stay alive for.
fn save_later(scope: &mut v8::PinScope) {
    let handle = event_loop(scope).handle();
    tokio::task::spawn_local(async move {
        tokio::time::sleep(SETTLED).await;
        handle.post_job(|scope| {
            let shared = event_loop(scope);
            give_pending(scope, |key, code| {
                let code = code.to_vec();
                shared.blocking.submit(move || keep(&key, &code));
            });
        });
    });
}

/// Keeps what the isolate compiled; as it ends.
pub(crate) fn save(scope: &mut v8::PinScope) {
    give_pending(scope, |key, code| keep(&key, code));
}

fn keep(key: &Key, code: &[u8]) {
    match store::write(key, code) {
        Ok(()) => tracing::debug!(%key, bytes = code.len(), "kept"),
        Err(error) => tracing::debug!(%key, %error, "not kept"),
    }
}

/// Gives `take` the code of what the isolate compiled since this was called last. Other threads find it from here on.
fn give_pending(scope: &mut v8::PinScope, mut take: impl FnMut(Key, &[u8])) {
    let Some(pending) = scope.get_slot_mut::<Pending>().map(std::mem::take) else { return };
    // With coverage, what V8 compiles has counters in it.
    if is_looked_at(scope) {
        return;
    }
    let is_main = is_main(scope);
    for (key, compiled) in pending.0 {
        let Some(data) = compiled.code(scope) else { continue };
        if !is_main {
            SHARED.put(key, Arc::new(Code::InMemory(data.to_vec())), data.len());
        }
        take(key, &data);
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{:08x}-", self.v8)?;
        self.hash[..16].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
