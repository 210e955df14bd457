//! The trace of `--trace-out`: trace-event JSON, which Perfetto and Chrome's about:tracing open.
//!
//! One track per isolate. On it, as slices within each other: waits and turns, their phases, callbacks, what happens in
//! them (promise jobs, modules, garbage collections, posts). Messages and tasks of the pool are arrows between tracks; a
//! task besides has a row of its own that shows it queued and running.
//!
//! *Owns* the file, and a buffer per thread that runs an isolate. An event is written into the buffer of its thread, and
//! buffers go to the file when they are full and when the process ends ([`finish`]), so no event before that is lost. The
//! file is one array, which viewers read also where its end is missing: what a killed process leaves is of use.
//! *Threads:* any. While there is no trace, each place that could write costs one load.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::c_void;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use super::reports::Place;
use crate::main_loop::metrics::nanoseconds;
use crate::main_loop::record::EventKind;
use crate::workers::sync::lock;

/// A buffer that holds this much goes to the file.
const FULL: usize = 64 * 1024;

static ON: AtomicBool = AtomicBool::new(false);
static TRACE: OnceLock<Trace> = OnceLock::new();

struct Trace {
    /// `None` once the trace is complete.
    file: Mutex<Option<File>>,
    buffers: Mutex<Vec<Arc<Mutex<Buffer>>>>,
}

/// What a thread has gathered.
#[derive(Default)]
struct Buffer {
    text: String,
    /// When the slice that was written last began, how long it took, and where it stands.
    last: Option<(u64, u64, usize)>,
}

impl Buffer {
    /// Of slices that began together and took equally long, viewers take the first one for the outermost. They come the other
    /// way round: what is around others is known last.
    fn push(&mut self, event: &Event) {
        let end = self.text.len();
        let Some(took) = event.took else { return event.write(&mut self.text) };
        match self.last {
            Some((at, as_long, place)) if (at, as_long) == (event.at, took) => {
                let mut text = String::new();
                event.write(&mut text);
                self.text.insert_str(place, &text);
            }
            _ => {
                self.last = Some((event.at, took, end));
                event.write(&mut self.text);
            }
        }
    }
}

thread_local! {
    static BUFFER: OnceCell<Arc<Mutex<Buffer>>> = const { OnceCell::new() };
    /// The track of this thread's isolate.
    static TRACK: Cell<u64> = const { Cell::new(0) };
    /// When the garbage collections under way began, outermost first.
    static COLLECTIONS: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// Whether there is a trace to write to.
pub(crate) fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// The present time, on the clock of traces: ns since the process started.
pub(crate) fn now() -> u64 {
    nanoseconds(Instant::now())
}

/// Begins the trace. Once, before the first isolate.
///
/// # Errors
/// Where the file cannot be made.
pub(super) fn start(path: &str) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    let pid = std::process::id();
    let head = r#"{"ph":"M","name":"process_name","pid":PID,"args":{"name":"weft"}}"#.replace("PID", &pid.to_string());
    file.write_all(format!("[\n{head}").as_bytes())?;
    let trace = Trace { file: Mutex::new(Some(file)), buffers: Mutex::default() };
    ON.store(TRACE.set(trace).is_ok(), Ordering::Relaxed);
    Ok(())
}

/// Writes what the threads have gathered.
pub(super) fn flush() {
    let Some(trace) = TRACE.get() else { return };
    let buffers = lock(&trace.buffers).clone();
    for buffer in buffers {
        trace.write(&mut lock(&buffer));
    }
}

/// Completes the trace, as the process ends.
pub(super) fn finish() {
    let Some(trace) = TRACE.get() else { return };
    ON.store(false, Ordering::Relaxed);
    flush();
    if let Some(mut file) = lock(&trace.file).take() {
        let _ = file.write_all(b"\n]\n");
    }
}

impl Trace {
    fn write(&self, buffer: &mut Buffer) {
        if let Some(file) = &mut *lock(&self.file)
            && let Err(error) = file.write_all(buffer.text.as_bytes())
        {
            tracing::warn!(%error, "the trace cannot be written");
        }
        buffer.text.clear();
        buffer.last = None;
    }
}

/// A value among an event's arguments.
pub(crate) enum Value<'a> {
    Text(&'a str),
    Number(u64),
}

/// One event: its phase, as the format calls it, and what all kinds of events have.
struct Event<'a> {
    ph: char,
    name: &'a str,
    category: &'a str,
    at: u64,
    took: Option<u64>,
    id: Option<u64>,
    arguments: &'a [(&'a str, Value<'a>)],
}

/// In microseconds, as the format wants it.
fn push_time(text: &mut String, nanoseconds: u64) {
    let _ = write!(text, "{}.{:03}", nanoseconds / 1000, nanoseconds % 1000);
}

fn push_text(text: &mut String, value: &str) {
    // A string is always JSON.
    text.push_str(&serde_json::to_string(value).unwrap_or_default());
}

impl Event<'_> {
    fn write(&self, text: &mut String) {
        let _ = write!(
            text,
            ",\n{{\"ph\":\"{}\",\"pid\":{},\"tid\":{},\"name\":",
            self.ph,
            std::process::id(),
            TRACK.get()
        );
        push_text(text, self.name);
        text.push_str(",\"cat\":");
        push_text(text, self.category);
        text.push_str(",\"ts\":");
        push_time(text, self.at);
        if let Some(took) = self.took {
            text.push_str(",\"dur\":");
            push_time(text, took);
        }
        if let Some(id) = self.id {
            // A number for something asynchronous is one within this process, and shown there; that of an arrow is the trace's.
            let _ = match self.ph {
                'b' | 'e' => write!(text, ",\"id2\":{{\"local\":\"{id}\"}}"),
                _ => write!(text, ",\"id\":{id}"),
            };
        }
        if self.ph == 'f' {
            // The arrow ends at the slice around it, not at the next one.
            text.push_str(",\"bp\":\"e\"");
        }
        if !self.arguments.is_empty() {
            text.push_str(",\"args\":{");
            for (index, (name, value)) in self.arguments.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                push_text(text, name);
                text.push(':');
                match value {
                    Value::Text(value) => push_text(text, value),
                    Value::Number(value) => drop(write!(text, "{value}")),
                }
            }
            text.push('}');
        }
        text.push('}');
    }
}

fn emit(event: &Event) {
    let Some(trace) = TRACE.get() else { return };
    // A thread that ends has given its buffer to the trace already.
    let _ = BUFFER.try_with(|buffer| {
        let buffer = buffer.get_or_init(|| {
            let buffer = Arc::<Mutex<Buffer>>::default();
            lock(&trace.buffers).push(buffer.clone());
            buffer
        });
        let mut buffer = lock(buffer);
        buffer.push(event);
        if buffer.text.len() >= FULL {
            trace.write(&mut buffer);
        }
    });
}

/// This thread runs the isolate with number `track` from now on.
pub(super) fn enter_track(track: u64) {
    if is_on() {
        TRACK.set(track);
    }
}

/// What this thread's isolate is called.
pub(super) fn name_track(title: &str) {
    if is_on() {
        let arguments = [("name", Value::Text(title))];
        emit(&Event { ph: 'M', name: "thread_name", category: "", at: 0, took: None, id: None, arguments: &arguments });
    }
}

/// Something that began at `start` and took `took` ns. Slices of a track lie within each other.
pub(crate) fn slice(category: &str, name: &str, start: u64, took: u64, arguments: &[(&str, Value)]) {
    if is_on() {
        emit(&Event { ph: 'X', name, category, at: start, took: Some(took), id: None, arguments });
    }
}

/// A slice from `start` until now.
pub(crate) fn slice_since(category: &str, name: &str, start: u64, arguments: &[(&str, Value)]) {
    if is_on() {
        slice(category, name, start, now().saturating_sub(start), arguments);
    }
}

/// A callback.
pub(crate) fn callback(kind: EventKind, start: u64, took: u64, place: Option<&Place>, operation: Option<&str>) {
    let mut arguments = Vec::new();
    let line;
    if let Some(place) = place.filter(|place| !place.file.is_empty()) {
        line = u64::from(place.line);
        arguments.push(("file", Value::Text(&place.file)));
        arguments.push(("line", Value::Number(line)));
    }
    if let Some(operation) = operation {
        arguments.push(("operation", Value::Text(operation)));
    }
    let name = place.map(|place| &*place.name).filter(|name| !name.is_empty());
    let name = name.map_or_else(|| kind.name().to_owned(), |name| format!("{}: {name}", kind.name()));
    slice("callback", &name, start, took, &arguments);
}

/// What arrows belong to. Their numbers are their own.
#[derive(Clone, Copy)]
pub(crate) enum Flow {
    Message,
    Task,
}

impl Flow {
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Message => ("message", "message"),
            Self::Task => ("task", "pool"),
        }
    }
}

/// A number for an arrow; 0 while there is no trace.
pub(crate) fn next_arrow() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    if is_on() { NEXT.fetch_add(1, Ordering::Relaxed) } else { 0 }
}

/// An arrow begins at the slice around `at`.
pub(crate) fn arrow_begins(flow: Flow, id: u64, at: u64) {
    if is_on() && id != 0 {
        let (name, category) = flow.names();
        emit(&Event { ph: 's', name, category, at, took: None, id: Some(id), arguments: &[] });
    }
}

/// An arrow ends at the slice around `at`.
pub(crate) fn arrow_ends(flow: Flow, id: u64, at: u64) {
    if is_on() && id != 0 {
        let (name, category) = flow.names();
        emit(&Event { ph: 'f', name, category, at, took: None, id: Some(id), arguments: &[] });
    }
}

/// Something that takes place on no track begins (or ends, without `begins`): a state of the task `id`.
pub(crate) fn task_state(id: u64, name: &str, begins: bool) {
    if is_on() {
        let ph = if begins { 'b' } else { 'e' };
        emit(&Event { ph, name, category: "task", at: now(), took: None, id: Some(id), arguments: &[] });
    }
}

/// Has the collections of `isolate`'s garbage traced.
pub(crate) fn watch_collections(isolate: &mut v8::Isolate) {
    if is_on() {
        isolate.add_gc_prologue_callback(collection_begins, std::ptr::null_mut(), v8::GCType::kGCTypeAll);
        isolate.add_gc_epilogue_callback(collection_ends, std::ptr::null_mut(), v8::GCType::kGCTypeAll);
    }
}

unsafe extern "C" fn collection_begins(
    _: v8::UnsafeRawIsolatePtr,
    _: v8::GCType,
    _: v8::GCCallbackFlags,
    _: *mut c_void,
) {
    let _ = COLLECTIONS.try_with(|open| open.borrow_mut().push(now()));
}

unsafe extern "C" fn collection_ends(
    _: v8::UnsafeRawIsolatePtr,
    kind: v8::GCType,
    _: v8::GCCallbackFlags,
    _: *mut c_void,
) {
    let start = COLLECTIONS.try_with(|open| open.borrow_mut().pop()).ok().flatten();
    let Some(start) = start else { return };
    let name = match kind.0 {
        1 => "scavenge",
        2 => "minor mark-sweep",
        4 => "mark-sweep-compact",
        8 => "incremental marking",
        16 => "weak callbacks",
        _ => "garbage collection",
    };
    slice_since("gc", name, start, &[]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_json_whatever_the_names_are() {
        let mut text = String::new();
        let arguments = [("file", Value::Text("a\\b\"\n\u{1}")), ("line", Value::Number(3))];
        let (name, category) = ("\u{20ac}\"x\"", "callback");
        Event { ph: 'X', name, category, at: 1_234_567, took: Some(5), id: None, arguments: &arguments }
            .write(&mut text);
        Event { ph: 'f', name: "", category: "", at: 7, took: None, id: Some(9), arguments: &[] }.write(&mut text);
        Event { ph: 'b', name: "", category: "", at: 7, took: None, id: Some(9), arguments: &[] }.write(&mut text);
        let events: serde_json::Value = serde_json::from_str(&format!("[{}]", &text[1..])).expect("JSON");
        assert_eq!(events[0]["ts"], 1234.567);
        assert_eq!(events[0]["dur"], 0.005);
        assert_eq!(events[0]["name"], name);
        assert_eq!(events[0]["args"]["file"], "a\\b\"\n\u{1}");
        assert_eq!((&events[1]["id"], &events[1]["bp"]), (&9.into(), &"e".into()));
        assert_eq!((&events[2]["id"], &events[2]["id2"]["local"]), (&serde_json::Value::Null, &"9".into()));
    }
}
