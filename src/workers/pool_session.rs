//! The life of a pool's thread: a session, which is one job of rayon's.
//!
//! A session makes an isolate and serves jobs with it until the pool has no more use for the thread. Between jobs it turns the
//! isolate's own loop, so what tasks left behind (connections, timers) goes on, and a job for this isolate can be
//! announced to it; where nothing is under way the loop sleeps.
//!
//! One round, by named steps: **next** (`pool_schedule.rs`) says what to do → **run** the job, or **turn** the loop → look at
//! what it did to the isolate → where that is spoiled, **drain**: it takes no more jobs, and goes when those under way in
//! it are over.

use std::sync::Arc;

use super::pool::{PoolShared, now_ms};
use super::pool_schedule::{Next, Order, Reason};
use super::pooled_isolate::PooledIsolate;
use super::task::{JobEnd, Outcome, PoolJob};

/// Whether the isolate's seat shall get another isolate.
enum After {
    Renew,
    Leave,
}

/// Serves until there is nothing to do for this thread.
pub(crate) fn serve(pool: &Arc<PoolShared>, seat: usize) {
    let span = tracing::debug_span!("pool_session", seat);
    let _entered = span.enter();
    pool.isolates.be_nice();
    loop {
        let mut isolate = match PooledIsolate::new(pool, seat) {
            Ok(isolate) => isolate,
            Err(error) => {
                tracing::debug!(%error, "no isolate");
                refuse(pool.schedule.fail(seat));
                return;
            }
        };
        pool.schedule.attach(seat, isolate.desk.place.isolate, isolate.server());
        let after = Session { pool, seat, isolate: &mut isolate }.rounds();
        drop(isolate);
        let leaves = matches!(after, After::Leave);
        if leaves && let Some(seat) = pool.schedule.reserve_for_waiting() {
            // What was queued while this thread was on its way out.
            pool.start(seat);
        }
        if leaves || !pool.schedule.renew(seat, pool.isolates.least) {
            pool.leave(seat);
            return;
        }
    }
}

/// Tells the owners of `jobs` that there is no isolate for them.
pub(crate) fn refuse(jobs: Vec<PoolJob>) {
    for job in jobs {
        drop(job.reply.push(Outcome::unbegun(&job, JobEnd::NoIsolate)));
    }
}

struct Session<'a> {
    pool: &'a Arc<PoolShared>,
    seat: usize,
    isolate: &'a mut PooledIsolate,
}

impl Session<'_> {
    fn rounds(&mut self) -> After {
        loop {
            match self.pool.schedule.next(self.seat) {
                Next::Terminated(job, reason) => self.terminated(job, reason),
                Next::Unwound => self.unwound(),
                Next::Order(order) => {
                    let (Order::Abort(job, _) | Order::Abandon(job, _)) = order;
                    self.isolate.obey(order);
                    if order.drops() {
                        self.judge_leftovers(job);
                    }
                }
                Next::Job(job) => {
                    let (id, timeout) = (job.id, job.timeout);
                    if let Some(claim) = &job.claim {
                        claim.start(now_ms());
                    }
                    if let Some(timeout) = timeout {
                        self.pool.limit(id, timeout);
                    }
                    self.isolate.desk.started.set(Some(id));
                    self.isolate.start(job);
                }
                Next::Wait => {
                    self.isolate.desk.started.set(None);
                    self.isolate.desk.changed.set(false);
                    self.isolate.turn();
                    let settled = !self.isolate.is_troubled() && !self.pool.schedule.has_orders(self.seat);
                    if settled && self.isolate.is_stuck() {
                        self.isolate.end_all(JobEnd::NeverSettles);
                        // Another task might settle it all the same, and what follows would run with nobody to end it.
                        self.isolate.doom();
                    }
                }
                Next::Drop(own) => {
                    refuse(own);
                    return After::Renew;
                }
                Next::Leave(own) => {
                    refuse(own);
                    return After::Leave;
                }
                Next::Halt => {
                    self.isolate.end_profiles();
                    // The process is being taken down around this thread.
                    loop {
                        std::thread::park();
                    }
                }
            }
            self.look_for_trouble();
        }
    }

    /// A job was terminated.
    fn terminated(&mut self, job: u64, reason: Reason) {
        self.isolate.go_on();
        self.isolate.abandon(job, reason.into());
        let sound = self.isolate.is_sound();
        // Now that the job is over, so that what it left there is known to be its.
        self.isolate.resume();
        if sound {
            self.judge_leftovers(job);
        } else {
            self.isolate.doom();
        }
    }

    /// JavaScript that ran after a job was terminated in the place of the job.
    fn unwound(&mut self) {
        self.isolate.go_on();
        let sound = self.isolate.is_sound();
        self.isolate.resume();
        if !sound {
            self.isolate.doom();
        }
    }

    /// `job` was dropped. What is set to happen in the isolate may be its doing, or that of others; then the isolate is not
    /// sound.
    fn judge_leftovers(&mut self, job: u64) {
        if self.isolate.is_deserted() {
            self.pool.schedule.rest(job);
        } else {
            self.isolate.doom();
        }
    }

    fn look_for_trouble(&mut self) {
        // Again where what goes on at the end makes the next one.
        while self.isolate.is_troubled() {
            // With the request for termination withdrawn, JavaScript can run again, to tell what finished tasks gave.
            self.pool.schedule.cleanse(self.seat);
            self.isolate.go_on();
            let Some((end, culprit)) = self.isolate.trouble() else { return };
            let culprit = culprit
                .or(self.isolate.desk.started.get().filter(|&job| self.isolate.desk.is_active(job)))
                .or_else(|| self.isolate.only_job());
            match culprit {
                Some(job) => self.isolate.abandon(job, end),
                None if end == JobEnd::OutOfMemory => self.isolate.end_all(end),
                // Something left behind by a task that is over.
                None => {}
            }
            self.isolate.doom();
            if end == JobEnd::OutOfMemory {
                self.isolate.restore_limits();
            }
            self.isolate.resume();
        }
        if self.isolate.is_worn() {
            self.isolate.doom();
        }
    }
}
