//! The isolate that a thread of the pool hosts.
//!
//! *What it owns.* One [`JsRuntime`], made for the first job the thread gets, and kept for all that follow. It is dropped
//! and made anew only where a job left it in a state nobody should inherit: its heap was full, the job called
//! `process.exit`, or it was cancelled while it awaited something.
//!
//! *Threads:* thread-local. A job never enters an isolate that is in the middle of another one: a guard holds the slot.
//!
//! *One job*, by named steps: **begin** (`termination.rs`) → **run**: js/bootstrap/pool.js reads the payload, calls the
//! code, and says through `settle` what came out → where that is a promise, **turn** the isolate's own loop until it is
//! settled → **finish** → **recycle** if need be → the outcome goes back.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::resource_limits::{self, Limits, Watch};
use super::structured_clone;
use super::task::{IsolateTerminator, JobEnd, Outcome, Part, PoolJob};
use crate::cli::Cli;
use crate::js_runtime::{IsolateKind, JsRuntime, RuntimeOptions};

/// What the operations of a pooled isolate write to while a job runs.
#[derive(Default)]
pub(crate) struct CurrentJob {
    /// What the job said so far.
    pub(crate) parts: RefCell<Vec<Part>>,
    /// Its code ran to the end.
    pub(crate) done: Cell<bool>,
    /// It asked for the end of its isolate.
    pub(crate) exited: Cell<bool>,
}

struct PooledIsolate {
    // Dropped in this order.
    runtime: JsRuntime,
    _watch: Watch,
    current: Rc<CurrentJob>,
    known: HashSet<u32>,
    full: Arc<AtomicBool>,
    asked: Arc<AtomicBool>,
}

thread_local! {
    static SLOT: RefCell<Option<PooledIsolate>> = const { RefCell::new(None) };
}

/// What every thread of a pool makes its isolate from.
pub(crate) struct IsolateOptions {
    pub(crate) limits: Limits,
    pub(crate) cli: Arc<Cli>,
}

impl PooledIsolate {
    fn new(options: &IsolateOptions) -> std::io::Result<Self> {
        let runtime_options =
            RuntimeOptions { kind: IsolateKind::Pool, limits: options.limits.heap(), cli: options.cli.clone() };
        let mut runtime = JsRuntime::new(&runtime_options)?;
        runtime.isolate().set_allow_atomics_wait(false);
        let full = Arc::new(AtomicBool::new(false));
        let (flag, isolate) = (full.clone(), runtime.isolate_handle());
        let watch = resource_limits::watch(
            &mut runtime,
            Box::new(move || {
                flag.store(true, Ordering::Release);
                isolate.terminate_execution();
            }),
        );
        let current = runtime.op_state().borrow_mut().value::<CurrentJob>();
        let asked = Arc::new(AtomicBool::new(false));
        Ok(Self { runtime, _watch: watch, current, known: HashSet::new(), full, asked })
    }

    fn terminator(&self) -> IsolateTerminator {
        IsolateTerminator {
            isolate: self.runtime.isolate_handle(),
            handle: self.runtime.loop_handle(),
            asked: self.asked.clone(),
        }
    }

    /// Runs a job that *began*. Says how it ended, and whether the isolate may serve another one.
    fn run(&mut self, job: PoolJob) -> (JobEnd, bool) {
        let first = self.known.insert(job.code.id);
        let (number, code, payload, form) = (job.id, job.code, job.payload, job.form);
        self.current.done.set(false);
        let returned = self.runtime.call("runJob", move |scope| {
            let number = v8::Number::new(scope, number as f64).into();
            let id = v8::Integer::new_from_unsigned(scope, code.id).into();
            let kind = v8::Integer::new_from_unsigned(scope, code.kind).into();
            let form = v8::Integer::new_from_unsigned(scope, form).into();
            let undefined: v8::Local<v8::Value> = v8::undefined(scope).into();
            let text = |text: &str| -> v8::Local<v8::Value> {
                if !first {
                    return undefined;
                }
                v8::String::new(scope, text).map_or(undefined, Into::into)
            };
            let (source, name) = (text(&code.source), text(&code.name));
            // A payload that cannot be read leaves its exception to `runJob`, as the argument after it.
            v8::tc_scope!(let caught, scope);
            let (payload, failure) = match structured_clone::deserialize(caught, payload) {
                Some((payload, _)) => (payload, undefined),
                None => (undefined, caught.exception().unwrap_or(undefined)),
            };
            caught.reset();
            vec![number, id, kind, source, name, form, payload, failure]
        });
        // Terminated before it returned, a job leaves nothing behind; one that awaits something does.
        let suspended = returned && !self.current.done.get();
        if suspended && !self.stopped() {
            let (current, full, asked) = (self.current.clone(), self.full.clone(), self.asked.clone());
            self.runtime.run_event_loop_until(move |shared| {
                current.done.get()
                    || current.exited.get()
                    || full.load(Ordering::Acquire)
                    || asked.load(Ordering::Acquire)
                    || !shared.is_alive()
            });
        }
        if self.full.load(Ordering::Acquire) {
            (JobEnd::OutOfMemory, false)
        } else if self.current.exited.get() {
            (JobEnd::Exited, false)
        } else if self.asked.load(Ordering::Acquire) {
            (JobEnd::Cancelled, !suspended)
        } else if self.current.done.get() {
            (JobEnd::Finished, true)
        } else {
            (JobEnd::NeverSettles, false)
        }
    }

    fn stopped(&self) -> bool {
        self.full.load(Ordering::Acquire) || self.asked.load(Ordering::Acquire) || self.current.exited.get()
    }
}

/// Makes the thread's isolate, if it has none yet.
pub(crate) fn prepare(options: &IsolateOptions) {
    SLOT.with(|slot| {
        if let Ok(mut slot) = slot.try_borrow_mut()
            && slot.is_none()
        {
            *slot = PooledIsolate::new(options).ok();
        }
    });
}

/// Runs `job` on the thread's isolate.
pub(crate) fn run(job: PoolJob, options: &IsolateOptions) -> Outcome {
    let id = job.id;
    let nothing = |end| Outcome { job: id, parts: Vec::new(), end, nanos: 0 };
    SLOT.with(|slot| {
        let Ok(mut slot) = slot.try_borrow_mut() else {
            // Nothing in an isolate of the pool waits for the pool's own threads, so this cannot be reached; were it
            // reached, entering the isolate again would be worse than refusing.
            return nothing(JobEnd::NoIsolate);
        };
        if slot.is_none() {
            *slot = PooledIsolate::new(options).ok();
        }
        let Some(isolate) = slot.as_mut() else { return nothing(JobEnd::NoIsolate) };
        let control = job.control.clone();
        if !control.begin(isolate.terminator()) {
            return nothing(JobEnd::Cancelled);
        }
        let started = Instant::now();
        let (mut end, sound) = isolate.run(job);
        let nanos = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        if control.finish() && end == JobEnd::NeverSettles {
            end = JobEnd::Cancelled;
        }
        let parts = std::mem::take(&mut *isolate.current.parts.borrow_mut());
        if !sound {
            isolate.runtime.isolate_handle().cancel_terminate_execution();
            *slot = None;
        }
        Outcome { job: id, parts, end, nanos }
    })
}

/// Drops the thread's isolate, when the thread ends.
pub(crate) fn drop_isolate() {
    SLOT.with(|slot| {
        if let Ok(mut slot) = slot.try_borrow_mut() {
            *slot = None;
        }
    });
}
