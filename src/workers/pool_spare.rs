//! A thread whose isolate is being made before a pool has a task for it.
//!
//! *What it owns.* The process's spares for pools (`spare.rs` has what they share with those for Workers), and on such a thread the
//! isolate, until the pool's session there asks for it ([`take_isolate`]). *Threads:* any.
//!
//! *When.* As soon as `weft:pool` is loaded, or a `Pool` constructed ([`ensure`]): making an isolate takes longer than all
//! else between the first call of `run` and its result, and most programs have something to do before that call. The
//! thread of a pool's seat is the spare then, if its limits are the pool's. rayon gets it as it gets any other: it is told to run
//! what rayon has for its thread.
//!
//! What nobody wants for [`IDLE`] goes; a pool that comes later makes its isolates itself.

use std::cell::RefCell;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use super::pool::ThreadMaker;
use super::pool_prepared::Prepared;
use super::resource_limits::Limits;
use super::spare::{self, Spares};
use super::spare_seat::Seat;
use super::worker;
use crate::cli::Cli;

/// How long a spare waits. Programs load the module as they start, and may have to read what their first task is about.
const IDLE: Duration = Duration::from_secs(5);

/// What such a thread is called before a pool has it; that of a pool's first seat is called the same.
const THREAD_NAME: &str = "weft-pool-0";

/// What a thread needs to become one of a pool's.
pub(super) struct Order {
    /// What rayon has for it.
    pub(super) thread: rayon::ThreadBuilder,
    pub(super) name: String,
    pub(super) maker: ThreadMaker,
}

pub(super) static SPARES: Spares<Box<Order>> = Spares::new();

thread_local! {
    /// What the present thread made before it was a pool's, and what it is called.
    static MADE: RefCell<Option<(Prepared, String)>> = const { RefCell::new(None) };
}

/// Sees to it that there is a spare with `limits`, or that one is being made.
pub(crate) fn ensure(cli: &Arc<Cli>, limits: Limits) {
    if spare::is_enabled(cli) {
        let cli = cli.clone();
        SPARES.ensure(limits, THREAD_NAME, move |seat| host(seat, limits, &cli));
    }
}

/// Has a spare with `limits` follow `order`. Gives its thread; or the order back, where there is none.
pub(super) fn take(order: Box<Order>, limits: &Limits) -> Result<JoinHandle<()>, Box<Order>> {
    // Elsewhere a thread has the name it was started with.
    if !cfg!(target_os = "linux") && order.name != THREAD_NAME {
        return Err(order);
    }
    SPARES.take(order, limits)
}

/// The isolate that the current thread made before it was a pool's, and the thread's name.
pub(super) fn take_isolate() -> Option<(Prepared, String)> {
    MADE.take()
}

/// The thread's whole life.
fn host(seat: &Arc<Seat<Box<Order>>>, limits: Limits, cli: &Arc<Cli>) {
    spare::begin(seat);
    let breathe = || {
        seat.pause();
        spare::begin(seat);
    };
    let own = seat.clone();
    let mut made = Prepared::ahead(limits, cli, &breathe, Box::new(move || give_up(&own)));
    seat.pause();
    let order = match &mut made {
        Ok(_) => spare::wait(seat, IDLE),
        Err(_) => seat.leave(),
    };
    let Some(order) = order else {
        spare::begin(seat);
        drop(made);
        worker::give_memory_back();
        SPARES.left(seat);
        return;
    };
    let Order { thread, name, .. } = *order;
    if name != THREAD_NAME {
        worker::rename_thread(&name);
    }
    tracing::debug!("a spare has become a thread of a pool");
    // Without an isolate, the session makes one or finds out why it cannot.
    MADE.set(made.ok().map(|made| (made, name)));
    thread.run();
    // The pool was ended before a session began.
    drop(MADE.take());
}

/// V8 has given up while the isolate was being made: this thread stands still for ever. Whoever ordered it gets another.
fn give_up(seat: &Arc<Seat<Box<Order>>>) {
    match seat.leave() {
        Some(order) => order.maker.replace(order.thread, order.name),
        None => SPARES.left(seat),
    }
}
