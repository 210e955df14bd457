//! MessagePorts: one end of a channel, bound to the thread whose JavaScript holds it.
//!
//! *What it owns.* A [`PortEnd`] is the part that travels: the mailbox this end reads and the way to the other end. A
//! [`MessagePort`] is a `PortEnd` while a thread holds it: its JavaScript object, whether it delivers (`start`), whether
//! it keeps the loop alive (`ref`). The ports of an isolate live in its op state, by number.
//!
//! *Which thread may call what.* A `PortEnd` may be made, moved and dropped anywhere. A `MessagePort` belongs to its
//! isolate's thread.
//!
//! *Protocol*, by named steps:
//! - **entangle**: two mailboxes, each the inbox of one end and the peer of the other.
//! - **post**: push to the peer's mailbox, which wakes the peer's loop (`mailbox.rs` has the rule).
//! - **deliver**: on a wake, at most max(what waits, 1000) messages, each of them a callback of the loop of its own, with
//!   nextTicks and microtasks drained after it. A port that was not started takes nothing but a close at the front. Small ones
//!   are told to JavaScript several at once (`batch.rs`).
//! - **close** travels in the queue, behind what was posted before, so nothing is overtaken. Both ends emit 'close'.
//! - **back-pressure**: a port may set a high-water mark for what it posted and nobody took (`mailbox.rs`: *fill* and
//!   *relief*). Its wake at *relief* goes to the loop of the sending port, which emits 'drain'. The mark belongs to the
//!   port as its thread holds it, and does not travel.
//! - **transfer**: the `PortEnd` is taken out of its `MessagePort`, its mailbox loses its owner, and a new `MessagePort`
//!   takes it up wherever the message is read. Dropping a `PortEnd` on the way closes the channel.
//!
//! Follows the HTML standard's message channels with the liveness and event rules of Node's `MessagePort`.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Instant;

use super::batch::Batch;
use super::broadcast::Membership;
use super::buffer_account::Account;
use super::flat;
use super::mailbox::{Amount, Load, Mailbox, Pushed, Wake};
use super::message::{Body, Message};
use super::messaging_state::{self, Hooks};
use super::structured_clone;
use crate::main_loop::metrics::nanoseconds;
use crate::main_loop::record::EventKind;
use crate::main_loop::{LoopHandle, tick};
use crate::observe::trace::{self, Flow};
use crate::ops::state::{event_loop, op_state};

/// How much may wait for a reader, in bytes, whatever its sender's limit. A reader that is late must not end a Worker that
/// gives its buffers away as it should.
const LEAST_BACKLOG: usize = 256 << 20;

/// What lies in a port's mailbox.
pub(crate) enum Letter {
    /// With the number of its arrow in the trace.
    Message(Message, u64),
    /// The other end was closed after everything posted before.
    Close,
}

impl Load for Letter {
    fn is_message(&self) -> bool {
        matches!(self, Self::Message(..))
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Message(message, _) => message.bytes(),
            Self::Close => 0,
        }
    }
}

/// Wakes the loop on whose thread a port lives.
#[derive(Clone)]
pub(crate) struct PortWaker {
    handle: LoopHandle,
    port: u32,
    /// Whether the port is woken as the sender, to hear of *relief*, or as the reader.
    as_sender: bool,
}

impl Wake for PortWaker {
    fn wake(&self) {
        let port = self.port;
        if self.as_sender {
            self.handle.post_event(EventKind::Message, move |scope| on_relief(scope, port));
        } else {
            self.handle.post_event(EventKind::Message, move |scope| on_wake(scope, port));
        }
    }
}

/// The mailbox of a port.
pub(crate) type PortMailbox = Mailbox<Letter, PortWaker>;

/// Where what is posted goes.
enum Link {
    Peer(Arc<PortMailbox>),
    Group(Membership),
}

/// One end of a channel, bound to no thread. Dropping it closes the channel.
pub(crate) struct PortEnd {
    inbox: Arc<PortMailbox>,
    link: Link,
}

impl PortEnd {
    /// Two entangled ends.
    pub(crate) fn pair() -> (Self, Self) {
        let (a, b) = (Arc::new(Mailbox::new()), Arc::new(Mailbox::new()));
        (Self { inbox: a.clone(), link: Link::Peer(b.clone()) }, Self { inbox: b, link: Link::Peer(a) })
    }

    /// An end that speaks to all other members of a broadcast group.
    pub(crate) fn in_group(name: &str) -> Self {
        let inbox = Arc::new(Mailbox::new());
        Self { link: Link::Group(Membership::join(name, &inbox)), inbox }
    }

    /// Posts to the other end. Without effect when that is closed.
    pub(crate) fn post(&self, message: Message) -> Option<Pushed> {
        match &self.link {
            // A refused message is dropped here, outside the lock.
            Link::Peer(peer) => {
                let arrow = trace::next_arrow();
                if arrow == 0 {
                    return peer.push(Letter::Message(message, 0)).ok();
                }
                let start = trace::now();
                // Before the reader can see it.
                trace::arrow_begins(Flow::Message, arrow, start);
                let pushed = peer.push(Letter::Message(message, arrow)).ok();
                trace::slice_since("message", "post", start, &[]);
                pushed
            }
            Link::Group(membership) => {
                membership.post(message);
                None
            }
        }
    }

    /// Whether `other` is the end that what is posted here arrives at.
    pub(crate) fn leads_to(&self, other: &Self) -> bool {
        matches!(&self.link, Link::Peer(peer) if Arc::ptr_eq(peer, &other.inbox))
    }
}

impl Drop for PortEnd {
    fn drop(&mut self) {
        drop(self.inbox.close());
        if let Link::Peer(peer) = &self.link {
            drop(peer.push(Letter::Close));
        }
    }
}

/// A port on the thread that holds it.
pub(crate) struct MessagePort {
    id: u32,
    /// Empty once the port is closed or was transferred.
    end: RefCell<Option<PortEnd>>,
    object: v8::Global<v8::Object>,
    /// Where it was moved to (`moveMessagePortToContext`); its messages are read there.
    context: Option<v8::Global<v8::Context>>,
    started: Cell<bool>,
    referenced: Cell<bool>,
    closing: Cell<bool>,
    /// A high-water mark is set.
    marked: Cell<bool>,
    batch: Batch,
}

/// The ports of one isolate.
#[derive(Default)]
pub(crate) struct Ports {
    next: Cell<u32>,
    open: RefCell<HashMap<u32, Rc<MessagePort>>>,
    /// Whose batch is under way.
    batching: Cell<Option<u32>>,
}

impl Ports {
    fn of(scope: &v8::PinScope) -> Rc<Self> {
        op_state(scope).borrow_mut().value::<Self>()
    }

    fn get(&self, id: u32) -> Option<Rc<MessagePort>> {
        self.open.borrow().get(&id).cloned()
    }
}

/// The port with number `id`, as long as it is open.
pub(crate) fn port_by_id(scope: &v8::PinScope, id: u32) -> Option<Rc<MessagePort>> {
    Ports::of(scope).get(id)
}

thread_local! {
    /// The port that was posted to last: mostly it is the next one, too.
    static RECENT: RefCell<(u32, Weak<MessagePort>)> = const { RefCell::new((0, Weak::new())) };
}

/// As [`port_by_id`], of a port that is neither closed nor transferred, and quick where it was asked for before.
pub(crate) fn recent_port(scope: &v8::PinScope, id: u32) -> Option<Rc<MessagePort>> {
    let recent = RECENT.with_borrow(|(number, port)| if *number == id { port.upgrade() } else { None });
    let port = match recent {
        Some(port) => port,
        None => {
            let port = port_by_id(scope, id)?;
            RECENT.set((id, Rc::downgrade(&port)));
            port
        }
    };
    (!port.is_detached()).then_some(port)
}

/// Takes up `end` on this thread, as the native side of `object`. Gives the port's number.
pub(crate) fn adopt(scope: &v8::PinScope, object: v8::Local<v8::Object>, end: PortEnd) -> u32 {
    let ports = Ports::of(scope);
    let id = ports.next.get() + 1;
    ports.next.set(id);
    let inbox = end.inbox.clone();
    let port = MessagePort {
        id,
        end: RefCell::new(Some(end)),
        object: v8::Global::new(scope, object),
        context: messaging_state::foreign_context(scope),
        started: Cell::new(false),
        referenced: Cell::new(false),
        closing: Cell::new(false),
        marked: Cell::new(false),
        batch: Batch::default(),
    };
    ports.open.borrow_mut().insert(id, Rc::new(port));
    inbox.attach(PortWaker { handle: event_loop(scope).handle(), port: id, as_sender: false });
    id
}

impl MessagePort {
    /// Posts to the other end. Gives whether there is room for more, if a high-water mark was set.
    pub(crate) fn post(&self, scope: &v8::PinScope, message: Message) -> Option<bool> {
        let pushed = self.end.borrow().as_ref().and_then(|end| end.post(message));
        let Some(pushed) = pushed else { return self.marked.get().then_some(true) };
        // What nobody reads is held by the sender, in a way. The account is looked for when that is much.
        if pushed.waiting.bytes > LEAST_BACKLOG
            && let Some(account) = op_state(scope).borrow().get::<Arc<Account>>()
            && pushed.waiting.bytes > account.limit()
        {
            tracing::debug!(bytes = pushed.waiting.bytes, "a Worker posts what nobody reads");
            account.exhausted();
        }
        self.marked.get().then_some(!pushed.full)
    }

    /// What this port posted and the other end did not take yet.
    pub(crate) fn queued(&self, scope: &v8::PinScope) -> Amount {
        match self.end.borrow().as_ref().map(|end| &end.link) {
            Some(Link::Peer(peer)) => {
                let ports = Ports::of(scope);
                let batching = ports.batching.get().and_then(|id| ports.get(id));
                if let Some(other) = batching.filter(|other| other.reads(peer)) {
                    other.recall(scope);
                }
                peer.waiting()
            }
            _ => Amount::default(),
        }
    }

    /// Whether it reads `mailbox`.
    fn reads(&self, mailbox: &Arc<PortMailbox>) -> bool {
        self.end.borrow().as_ref().is_some_and(|end| Arc::ptr_eq(&end.inbox, mailbox))
    }

    /// What JavaScript is being told of at once, and did not get to, is in the mailbox again.
    fn recall(&self, scope: &v8::PinScope) {
        self.batch.recall(&event_loop(scope), self);
    }

    /// For the batch: back into the mailbox. They stay where they are when there is none.
    pub(super) fn put_back(&self, letters: &mut VecDeque<Letter>) {
        if let Some(end) = &*self.end.borrow() {
            end.inbox.put_back(letters);
        }
    }

    /// Sets the high-water mark of [`MessagePort::queued`], or removes it.
    pub(crate) fn set_mark(&self, scope: &v8::PinScope, mark: Option<Amount>) {
        if let Some(PortEnd { link: Link::Peer(peer), .. }) = &*self.end.borrow() {
            let waker = |high| (high, PortWaker { handle: event_loop(scope).handle(), port: self.id, as_sender: true });
            self.marked.set(mark.is_some());
            peer.set_mark(mark.map(waker));
        }
    }

    /// Whether `other` is the other end of this channel.
    pub(crate) fn leads_to(&self, other: &Self) -> bool {
        match (&*self.end.borrow(), &*other.end.borrow()) {
            (Some(mine), Some(theirs)) => mine.leads_to(theirs),
            _ => false,
        }
    }

    /// Whether the port was closed (or is being closed) or transferred away.
    pub(crate) fn is_detached(&self) -> bool {
        self.closing.get() || self.end.borrow().is_none()
    }

    /// Delivers messages from now on.
    pub(crate) fn start(&self) {
        self.started.set(true);
        if let Some(end) = &*self.end.borrow() {
            end.inbox.announce();
        }
    }

    /// Leaves messages in the mailbox from now on.
    pub(crate) fn stop(&self, scope: &v8::PinScope) {
        self.recall(scope);
        self.started.set(false);
    }

    /// Makes the port keep the loop alive, or not.
    pub(crate) fn set_ref(&self, scope: &v8::PinScope, referenced: bool) {
        if self.closing.get() || self.end.borrow().is_none() || self.referenced.replace(referenced) == referenced {
            return;
        }
        let liveness = &event_loop(scope).liveness;
        if referenced { liveness.add_ref() } else { liveness.release() }
    }

    /// Whether the port keeps the loop alive.
    pub(crate) fn has_ref(&self) -> bool {
        self.referenced.get()
    }

    /// The oldest message, whether or not the port was started.
    pub(crate) fn receive(&self, scope: &v8::PinScope) -> Option<Message> {
        self.recall(scope);
        let end = self.end.borrow();
        match end.as_ref()?.inbox.pop_if(|letter| matches!(letter, Letter::Message(..)))? {
            Letter::Message(message, arrow) => {
                if arrow != 0 {
                    let start = trace::now();
                    trace::arrow_ends(Flow::Message, arrow, start);
                    trace::slice_since("message", "receive", start, &[]);
                }
                Some(message)
            }
            Letter::Close => None,
        }
    }

    /// Closes the channel; 'close' is emitted in the loop's close phase.
    pub(crate) fn close(self: &Rc<Self>, scope: &mut v8::PinScope) {
        if self.closing.replace(true) {
            return;
        }
        self.recall(scope);
        let end = self.end.borrow_mut().take();
        drop(end);
        let Some(callback) = messaging_state::hooks(scope).and_then(|hooks| {
            let emit = v8::Local::new(scope, &hooks.emit_close);
            let object = v8::Local::new(scope, &self.object);
            let this = v8::undefined(scope).into();
            emit.call(scope, this, &[object.into()]).and_then(|f| v8::Local::<v8::Function>::try_from(f).ok())
        }) else {
            return;
        };
        let callback = v8::Global::new(scope, callback);
        event_loop(scope).enqueue_close(scope, callback);
    }

    /// The close phase reached this port: it no longer counts for anything.
    pub(crate) fn forget(&self, scope: &v8::PinScope) {
        if self.referenced.replace(false) {
            event_loop(scope).liveness.release();
        }
        let removed = Ports::of(scope).open.borrow_mut().remove(&self.id);
        drop(removed);
    }

    /// Takes the travelling part out; the JavaScript object keeps no port.
    pub(crate) fn detach(&self, scope: &v8::PinScope) -> Option<PortEnd> {
        self.recall(scope);
        let end = self.end.borrow_mut().take()?;
        end.inbox.detach();
        if let Link::Peer(peer) = &end.link
            && self.marked.replace(false)
        {
            peer.set_mark(None);
        }
        self.forget(scope);
        Some(end)
    }

    fn next_letter(&self) -> Option<Letter> {
        let end = self.end.borrow();
        let inbox = &end.as_ref()?.inbox;
        if self.started.get() { inbox.pop() } else { inbox.pop_if(|letter| matches!(letter, Letter::Close)) }
    }
}

/// *relief* arrived for port `id`.
fn on_relief(scope: &mut v8::PinScope, id: u32) {
    let Some(port) = port_by_id(scope, id).filter(|port| !port.is_detached()) else { return };
    let Some(hooks) = messaging_state::hooks(scope) else { return };
    let object = v8::Local::new(scope, &port.object).into();
    let emit = v8::Local::new(scope, &hooks.emit_drain);
    let this = v8::undefined(scope).into();
    tick::make_callback(scope, emit, this, &[object]);
}

/// A wake arrived for port `id`.
fn on_wake(scope: &mut v8::PinScope, id: u32) {
    let Some(port) = port_by_id(scope, id) else { return };
    match &port.context {
        None => drain(scope, &port),
        Some(context) => {
            let context = v8::Local::new(scope, context);
            drain(&mut v8::ContextScope::new(scope, context), &port);
        }
    }
}

/// *deliver*: the messages of one wake, in the port's context.
fn drain(scope: &mut v8::PinScope, port: &Rc<MessagePort>) {
    let limit = match &*port.end.borrow() {
        Some(end) => end.inbox.begin_drain().max(1000),
        None => return,
    };
    let Some(hooks) = messaging_state::hooks(scope) else { return };
    let shared = event_loop(scope);
    let mut left = limit;
    while left > 0 {
        if shared.is_stopping() {
            break;
        }
        let told = deliver_batch(scope, port, &hooks, left);
        if told > 0 {
            left = left.saturating_sub(told);
            continue;
        }
        left -= 1;
        match port.next_letter() {
            None => return,
            Some(Letter::Close) => return port.close(scope),
            Some(Letter::Message(message, arrow)) => {
                v8::scope!(let scope, scope);
                if shared.record().is_observed() {
                    let start = nanoseconds(Instant::now());
                    trace::arrow_ends(Flow::Message, arrow, start);
                    deliver(scope, port, &hooks, message);
                    let end = nanoseconds(Instant::now());
                    shared.callback_done(EventKind::Message, start, end, || (None, None, None));
                } else {
                    deliver(scope, port, &hooks, message);
                }
            }
        }
    }
    // The rest waits for the next turn: a port that is flooded must not keep timers and other ports from theirs.
    let id = port.id;
    shared.defer(Box::new(move |scope| on_wake(scope, id)));
}

/// Several small messages in one call, where there are some and nobody wants to know what each of them took. How many have begun.
fn deliver_batch(scope: &mut v8::PinScope, port: &MessagePort, hooks: &Hooks, most: usize) -> usize {
    let shared = event_loop(scope);
    let ports = Ports::of(scope);
    if !port.started.get() || port.context.is_some() || shared.record().is_observed() || ports.batching.get().is_some()
    {
        return 0;
    }
    let taken = port.end.borrow().as_ref().is_some_and(|end| port.batch.take(&end.inbox, most));
    if !taken {
        return 0;
    }
    v8::scope!(let scope, scope);
    let (object, emit) = (v8::Local::new(scope, &port.object), v8::Local::new(scope, &hooks.emit_batch));
    ports.batching.set(Some(port.id));
    let begun = port.batch.deliver(scope, &shared, port, object, emit);
    ports.batching.set(None);
    begun
}

fn deliver_flat(scope: &mut v8::PinScope, object: v8::Local<v8::Object>, hooks: &Hooks, bytes: &[u8]) {
    let emit = v8::Local::new(scope, &hooks.emit_flat);
    let this: v8::Local<v8::Value> = v8::undefined(scope).into();
    let mut arguments: [v8::Local<v8::Value>; 2 + flat::MAX_VALUES] = [this; 2 + flat::MAX_VALUES];
    arguments[0] = object.into();
    let mut used = 1;
    let read = flat::read(scope, bytes, |value| {
        if let Some(place) = arguments.get_mut(used) {
            *place = value;
            used += 1;
        }
    });
    if read.is_some() {
        tick::make_callback(scope, emit, this, &arguments[..used]);
    }
}

/// Emits 'message', or 'messageerror' when the message cannot be read here.
fn deliver(scope: &mut v8::PinScope, port: &MessagePort, hooks: &Hooks, message: Message) {
    let object = v8::Local::new(scope, &port.object);
    if let Body::Flat(bytes) = &message.body {
        return deliver_flat(scope, object, hooks, bytes);
    }
    let emit = v8::Local::new(scope, &hooks.emit_message);
    let undefined: v8::Local<v8::Value> = v8::undefined(scope).into();
    v8::tc_scope!(let caught, scope);
    let (value, ports, failed) = match structured_clone::deserialize(caught, message) {
        Some((value, ports)) if ports.is_empty() => (value, undefined, false),
        Some((value, ports)) => (value, v8::Array::new_with_elements(caught, &ports).into(), false),
        None => {
            if caught.has_terminated() {
                return;
            }
            let error = caught.exception().unwrap_or(undefined);
            caught.reset();
            (error, undefined, true)
        }
    };
    let failed = v8::Boolean::new(caught, failed).into();
    tick::make_callback(caught, emit, undefined, &[object.into(), value, ports, failed]);
}
