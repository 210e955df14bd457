//! Jobs that block: files, names, compression. At most [`MOST_THREADS`] of one loop run at a time.
//!
//! *Owns* the jobs that wait. A job is taken by a thread that serves the queue until it is empty, so that a burst costs
//! one hand-over to a thread, rather than one for each job. *Threads:* the loop's own submits; tokio's blocking threads
//! serve. What a job came to, it posts to the loop itself.
//!
//! Many a [`QuickJob`], such as reading a small file that the system has in memory, takes less time than handing it over.
//! The loop does those itself where it would sleep otherwise, beside a thread or two; as soon as one of them would block,
//! they are handed over like any other. What [`super::job_queue`] is for, and its invariant, stand there.

use std::cell::Cell;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use super::inbox::LoopEvent;
pub(crate) use super::job_queue::{MOST_THREADS, QuickJob};
use super::job_queue::{Queue, Work};
use super::trust::Trust;

/// From so many waiting jobs on, what ends them comes in quick succession.
const BACKLOG: usize = 8;

/// The jobs of one loop.
#[derive(Default)]
pub(crate) struct BlockingJobs {
    queue: Arc<Mutex<Queue>>,
    /// Whether quick jobs may wait.
    attended: Cell<bool>,
    trust: Trust,
}

/// How many threads do quick jobs beside the loop. They take the queue's lock every few microseconds: on few cores two of
/// them keep each other, and the loop, from working.
fn helpers() -> usize {
    static HELPERS: OnceLock<usize> = OnceLock::new();
    *HELPERS.get_or_init(|| (num_cpus::get() / 2).clamp(1, MOST_THREADS))
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    // Nothing is left half done under the lock.
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

impl BlockingJobs {
    /// Runs `job` on a blocking thread of the current tokio runtime.
    pub(crate) fn submit(&self, job: impl FnOnce() + Send + 'static) {
        let asked = lock(&self.queue).add(Work::Blocking(Box::new(job)), false, 0);
        self.hand_over(asked);
    }

    /// Runs `job` on a blocking thread of the current tokio runtime, or on the loop's own.
    pub(crate) fn submit_quick(&self, job: impl QuickJob + 'static) {
        self.attended.set(true);
        let work = Work::Quick(Box::new(job));
        let asked = lock(&self.queue).add(work, self.trust.is_there(), helpers());
        self.hand_over(asked);
    }

    fn hand_over(&self, threads: usize) {
        for _ in 0..threads {
            let queue = self.queue.clone();
            crate::threads_begin();
            tokio::task::spawn_blocking(move || serve(&queue));
        }
    }

    /// Looks after the jobs that wait, once a turn: does at most `most` quick ones on this thread, until `done` with what one of
    /// them came to says that this is enough, or has threads asked for what it leaves. Whether any was done.
    pub(super) fn attend(&self, most: usize, done: impl FnMut(LoopEvent) -> bool) -> bool {
        if !self.attended.get() {
            return false;
        }
        if lock(&self.queue).len() == 0 {
            self.attended.set(false);
            return false;
        }
        let any = self.trust.may_try() && self.help(most, done);
        if !any {
            let asked = lock(&self.queue).ask_for_all();
            self.hand_over(asked);
        }
        any
    }

    fn help(&self, most: usize, mut done: impl FnMut(LoopEvent) -> bool) -> bool {
        let mut any = false;
        for _ in 0..most {
            let Some(mut job) = lock(&self.queue).next_quick() else { break };
            let began = Instant::now();
            let event = job.try_now();
            self.trust.tried(began.elapsed(), event.is_some());
            let Some(event) = event else {
                lock(&self.queue).give_back(job);
                break;
            };
            any = true;
            if done(event) {
                break;
            }
        }
        any
    }

    /// Whether many jobs wait.
    pub(super) fn is_backlogged(&self) -> bool {
        lock(&self.queue).len() >= BACKLOG
    }

    /// Drops the jobs that wait, for shutdown: what they would come to has nowhere to go.
    pub(super) fn clear(&self) {
        // What a job owns is dropped when the lock is free.
        let dropped = lock(&self.queue).take_all();
        drop(dropped);
    }
}

/// Runs jobs until none is left.
fn serve(queue: &Mutex<Queue>) {
    /// Counts the thread out where a job panics.
    struct Serving<'a>(&'a Mutex<Queue>);
    impl Drop for Serving<'_> {
        fn drop(&mut self) {
            lock(self.0).left();
        }
    }
    let serving = Serving(queue);
    loop {
        let Some(job) = lock(queue).next() else {
            std::mem::forget(serving);
            return;
        };
        job.run();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn enqueue(jobs: &BlockingJobs, job: impl FnOnce() + Send + 'static) -> usize {
        lock(&jobs.queue).add(Work::Blocking(Box::new(job)), false, 0)
    }

    #[test]
    fn jobs_of_one_loop_share_a_few_threads() {
        let jobs = BlockingJobs::default();
        let asked: usize = (0..10).map(|_| enqueue(&jobs, || {})).sum();
        assert_eq!(asked, MOST_THREADS);
        assert!(jobs.is_backlogged());
        for _ in 0..MOST_THREADS {
            serve(&jobs.queue);
        }
        assert!(!jobs.is_backlogged());
        assert_eq!(enqueue(&jobs, || {}), 1, "none serves any more");
    }

    #[test]
    fn a_thread_whose_job_panicked_is_replaced() {
        let jobs = BlockingJobs::default();
        for _ in 0..MOST_THREADS {
            assert_eq!(enqueue(&jobs, || panic!("a job")), 1);
        }
        let queue = jobs.queue.clone();
        assert!(std::thread::spawn(move || serve(&queue)).join().is_err());
        assert_eq!(enqueue(&jobs, || {}), 1, "another thread may serve");
    }

    #[test]
    fn every_job_runs_and_none_after_clear() {
        let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(2).build().expect("a runtime");
        let _entered = runtime.enter();
        let jobs = BlockingJobs::default();
        let (sender, receiver) = mpsc::channel();
        for i in 0..1000 {
            let sender = sender.clone();
            jobs.submit(move || sender.send(i).expect("a receiver"));
        }
        drop(sender);
        let mut seen: Vec<i32> = receiver.iter().collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..1000).collect::<Vec<_>>());

        enqueue(&jobs, || unreachable!("it was dropped"));
        jobs.clear();
        assert_eq!(lock(&jobs.queue).len(), 0);
    }

    /// Says whether it was done at once (true) or by a thread; every third one would block.
    struct Third(usize, mpsc::Sender<bool>);

    impl QuickJob for Third {
        fn try_now(&mut self) -> Option<LoopEvent> {
            if self.0.is_multiple_of(3) {
                return None;
            }
            self.1.send(true).expect("a receiver");
            Some(LoopEvent::Stop)
        }

        fn run(self: Box<Self>) {
            self.1.send(false).expect("a receiver");
        }
    }

    #[test]
    fn quick_jobs_are_done_by_the_loop_and_by_threads_once_each() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let _entered = runtime.enter();
        let jobs = BlockingJobs::default();
        let (sender, receiver) = mpsc::channel();
        let mut events = 0;
        for i in 0..3000 {
            jobs.submit_quick(Third(i, sender.clone()));
            if i % 5 == 0 {
                jobs.attend(2, |_| {
                    events += 1;
                    false
                });
            }
        }
        drop(sender);
        while jobs.attended.get() {
            jobs.attend(8, |_| {
                events += 1;
                false
            });
        }
        let seen: Vec<bool> = receiver.iter().collect();
        assert_eq!(seen.len(), 3000);
        assert_eq!(seen.iter().filter(|at_once| **at_once).count(), events);
    }
}
