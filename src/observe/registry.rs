//! The loops of this process, for whoever looks at them from another thread.
//!
//! *Owns* a list; an isolate stands in it from when it is made until it goes ([`Registration`]). *Threads:* any.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::trace;
use crate::js_runtime::IsolateKind;
use crate::main_loop::metrics::{LoopTimes, nanoseconds};
use crate::main_loop::record::LoopRecord;
use crate::main_loop::{LoopHandle, LoopShared};
use crate::workers::sync::lock;

/// A loop and its isolate, as other threads may use them.
pub(crate) struct Entry {
    /// Unique in the process.
    pub(crate) id: u64,
    pub(crate) kind: IsolateKind,
    pub(crate) record: Arc<LoopRecord>,
    pub(crate) times: Arc<LoopTimes>,
    pub(crate) handle: LoopHandle,
    pub(crate) isolate: v8::IsolateHandle,
    /// What the thread is called.
    pub(crate) name: String,
    /// Sizes of its heap, as far as somebody asked.
    pub(crate) heap: HeapSizes,
}

/// Sizes of an isolate's heap, which its own thread alone can find out: when it was asked last and came to answer.
#[derive(Default)]
pub(crate) struct HeapSizes {
    asked: AtomicBool,
    /// In ns since the process started; 0: never.
    at: AtomicU64,
    /// Used, total, limit, outside of the heap; in bytes.
    sizes: [AtomicU64; 4],
}

impl HeapSizes {
    /// [used, total, limit, outside of the heap] in bytes, and when that was so, in ns since the process started.
    pub(crate) fn read(&self) -> Option<([u64; 4], u64)> {
        let at = self.at.load(Ordering::Acquire);
        (at > 0).then(|| (std::array::from_fn(|place| self.sizes[place].load(Ordering::Relaxed)), at))
    }

    fn answer(&self, scope: &mut v8::PinScope) {
        let heap = scope.get_heap_statistics();
        let sizes = [heap.used_heap_size(), heap.total_heap_size(), heap.heap_size_limit(), heap.external_memory()];
        for (word, size) in self.sizes.iter().zip(sizes) {
            word.store(size as u64, Ordering::Relaxed);
        }
        self.at.store(nanoseconds(Instant::now()), Ordering::Release);
        self.asked.store(false, Ordering::Release);
    }
}

static ENTRIES: Mutex<Vec<Arc<Entry>>> = Mutex::new(Vec::new());

impl Entry {
    /// Asks the isolate for the sizes of its heap. One that is busy answers in its next turn, and is not asked again before.
    pub(crate) fn ask_for_heap(self: &Arc<Self>) {
        if !self.heap.asked.swap(true, Ordering::AcqRel) {
            let this = Arc::downgrade(self);
            self.handle.post_job(move |scope| {
                if let Some(this) = this.upgrade() {
                    this.heap.answer(scope);
                }
            });
        }
    }

    /// What messages to people call the thread.
    pub(crate) fn title(&self) -> String {
        let thread = self.record.thread();
        match self.kind {
            IsolateKind::Main => "main thread".to_owned(),
            IsolateKind::Worker if self.name == "WorkerThread" => format!("Worker {thread}"),
            IsolateKind::Worker => format!("Worker {thread} ({})", self.name),
            IsolateKind::Pool => format!("pool thread {thread}"),
        }
    }

    /// What reports call the kind of isolate.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self.kind {
            IsolateKind::Main => "main",
            IsolateKind::Worker => "worker",
            IsolateKind::Pool => "pool",
        }
    }
}

/// Stands for an isolate's place in the list; dropped before the isolate.
pub(crate) struct Registration(Arc<Entry>);

impl Registration {
    /// Adds the present thread's isolate. `name`: what the thread is called.
    pub(crate) fn new(kind: IsolateKind, shared: &LoopShared, isolate: v8::IsolateHandle, name: String) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let entry = Arc::new(Entry {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            kind,
            record: shared.metrics.record().clone(),
            times: shared.metrics.times(),
            handle: shared.handle(),
            isolate,
            name,
            heap: HeapSizes::default(),
        });
        if kind == IsolateKind::Main {
            entry.record.set_thread(0);
        }
        lock(&ENTRIES).push(entry.clone());
        trace::enter_track(entry.id);
        if kind == IsolateKind::Main {
            trace::name_track(&entry.title());
        }
        super::observers::adjust(&entry);
        Self(entry)
    }

    /// Says which number the thread has.
    pub(crate) fn set_thread(&self, thread: u64) {
        self.0.record.set_thread(thread);
        trace::name_track(&self.0.title());
        super::observers::adjust(&self.0);
    }

    /// The entry itself.
    pub(crate) fn entry(&self) -> &Arc<Entry> {
        &self.0
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        lock(&ENTRIES).retain(|entry| entry.id != self.0.id);
    }
}

/// All loops there are.
pub(crate) fn all() -> Vec<Arc<Entry>> {
    lock(&ENTRIES).clone()
}

/// The loop of the thread with number `thread`.
pub(crate) fn by_thread(thread: i64) -> Option<Arc<Entry>> {
    lock(&ENTRIES).iter().find(|entry| entry.record.thread() == thread).cloned()
}
