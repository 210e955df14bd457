//! What happens to jobs of pools at a given time: their time is up, or their grace is over.
//!
//! One thread for the process, started by the first job that has a limit, so that limits hold while the owner of a pool is
//! busy. *Owns* a heap of deadlines, each with a weak reference to its pool; a deadline of a job that is over finds nothing
//! and costs its place in the heap until then. One deadline serves a job of several tasks: it is set again for the task under
//! way when it comes. *Threads:* [`at`] is for all.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Condvar, Mutex, OnceLock, Weak};
use std::time::{Duration, Instant};

use super::pool::PoolShared;
use super::pool_schedule::Reason;
use super::sync::lock;

/// What is done to a job when its deadline comes.
pub(super) enum Duty {
    /// The task under way may run so long: ends the job where it has.
    Expire(Duration),
    /// It was asked to end: ends it.
    Force(Reason),
}

struct Entry {
    at: Instant,
    pool: Weak<PoolShared>,
    job: u64,
    duty: Duty,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

struct Watch {
    entries: Mutex<BinaryHeap<Reverse<Entry>>>,
    earlier: Condvar,
}

static WATCH: OnceLock<Option<&'static Watch>> = OnceLock::new();

fn watch() -> Option<&'static Watch> {
    *WATCH.get_or_init(|| {
        let watch: &'static Watch =
            Box::leak(Box::new(Watch { entries: Mutex::new(BinaryHeap::new()), earlier: Condvar::new() }));
        let thread = std::thread::Builder::new().name("weft-pool-watch".into()).stack_size(256 * 1024);
        thread.spawn(|| watch.run()).ok().map(|_| watch)
    })
}

/// Does its duty to `job` at that time, if it is still under way.
pub(super) fn at(at: Instant, pool: Weak<PoolShared>, job: u64, duty: Duty) {
    let Some(watch) = watch() else {
        tracing::warn!("no thread for the limits of tasks could be started");
        return;
    };
    let mut entries = lock(&watch.entries);
    let first = entries.peek().is_none_or(|Reverse(entry)| at < entry.at);
    entries.push(Reverse(Entry { at, pool, job, duty }));
    drop(entries);
    if first {
        watch.earlier.notify_one();
    }
}

impl Watch {
    fn run(&self) {
        let mut entries = lock(&self.entries);
        loop {
            let now = Instant::now();
            let next = entries.peek().map(|Reverse(entry)| entry.at);
            entries = match next {
                Some(at) if at <= now => {
                    let due = entries.pop();
                    drop(entries);
                    if let Some(Reverse(entry)) = due
                        && let Some(pool) = entry.pool.upgrade()
                    {
                        match entry.duty {
                            Duty::Expire(limit) => pool.expire(entry.job, limit),
                            Duty::Force(reason) => drop(pool.cancel(entry.job, reason, true)),
                        }
                    }
                    lock(&self.entries)
                }
                Some(at) => match self.earlier.wait_timeout(entries, at - now) {
                    Ok((entries, _)) => entries,
                    Err(poisoned) => poisoned.into_inner().0,
                },
                None => self.earlier.wait(entries).unwrap_or_else(std::sync::PoisonError::into_inner),
            };
        }
    }
}
