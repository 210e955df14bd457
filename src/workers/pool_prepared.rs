//! The isolate of a pool's thread, as far as it can be made before it is known whose it is.
//!
//! *What it owns.* [`Prepared`]: the runtime, and the [`Watch`] over its memory, which V8 has to know of from the start; [`Told`] is
//! what that has to say, and to whom once there is a [`Desk`]. `pooled_isolate.rs` makes the rest of it. *Threads:* bound to one.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use super::buffer_account::Account;
use super::pooled_isolate::{Desk, end_whoever_fills};
use super::resource_limits::{Limits, Watch};
use crate::cli::Cli;
use crate::js_runtime::{IsolateKind, JsRuntime, Making, RuntimeOptions};

/// What an isolate's watch has to tell it.
#[derive(Clone, Default)]
pub(super) struct Told {
    /// The heap has reached its limit.
    pub(super) full: Arc<AtomicBool>,
    isolate: Arc<OnceLock<v8::IsolateHandle>>,
    /// As soon as it is a pool's.
    pub(super) desk: Rc<OnceCell<Rc<Desk>>>,
}

/// What ends a task, and not the process, when the memory of its isolate reaches a limit. `on_lost`: the thread is given up before
/// the isolate is a pool's.
fn watch(told: &Told, array_buffers: usize, on_lost: Box<dyn Fn()>) -> Watch {
    let on_full = || {
        let (full, isolate) = (told.full.clone(), told.isolate.clone());
        move || {
            full.store(true, Ordering::Release);
            match isolate.get() {
                // Not terminated in the middle of it.
                Some(isolate) => {
                    end_whoever_fills(isolate);
                    false
                }
                None => true,
            }
        }
    };
    let account = Account::new(array_buffers, Box::new(on_full()));
    let watch = Watch::new(Box::new(on_full()), Some(account));
    let desk = told.desk.clone();
    watch.survive(Box::new(move || match desk.get() {
        Some(desk) => desk.lose(),
        None => on_lost(),
    }));
    watch
}

/// An isolate as far as it does not depend on its pool.
pub(super) struct Prepared {
    // Dropped in this order.
    pub(super) runtime: JsRuntime,
    pub(super) watch: Watch,
    pub(super) told: Told,
}

impl Prepared {
    /// For a pool that is there.
    pub(super) fn make(
        told: Told,
        limits: Limits,
        cli: &Arc<Cli>,
        making: &Making,
        on_lost: Box<dyn Fn()>,
    ) -> std::io::Result<Self> {
        let options = RuntimeOptions { kind: IsolateKind::Pool, limits: limits.heap(), cli: cli.clone() };
        let watch = watch(&told, limits.array_buffers(), on_lost);
        let mut runtime = JsRuntime::new_watched(&options, Some(&watch), making)?;
        runtime.isolate().set_allow_atomics_wait(false);
        let _ = told.isolate.set(runtime.isolate_handle());
        Ok(Self { runtime, watch, told })
    }

    /// For whichever pool comes first. `breathe` is called between the steps.
    pub(super) fn ahead(
        limits: Limits,
        cli: &Arc<Cli>,
        breathe: &dyn Fn(),
        on_lost: Box<dyn Fn()>,
    ) -> std::io::Result<Self> {
        let mut made = Self::make(Told::default(), limits, cli, &Making::Ahead(breathe), on_lost)?;
        breathe();
        made.runtime.call_for("prepare", &[], |_, _| {});
        Ok(made)
    }
}
