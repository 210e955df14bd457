//! Jobs that block: files, names, compression. At most [`MOST_THREADS`] of one loop run at a time.
//!
//! *Owns* the jobs that wait. A job is taken by a thread that serves the queue until it is empty, so that a burst costs
//! one hand-over to a thread, rather than one for each job. *Threads:* the loop's own submits; tokio's blocking threads
//! serve. What a job came to, it posts to the loop itself.
//!
//! Invariant: where jobs wait, a thread serves or has been asked to. A submitter counts a thread in under the lock, and a
//! thread counts itself out in the very moment in which it finds nothing.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// libuv's number.
pub(crate) const MOST_THREADS: usize = 4;

/// From so many waiting jobs on, what ends them comes in quick succession.
const BACKLOG: usize = 8;

type BlockingJob = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Queue {
    waiting: VecDeque<BlockingJob>,
    /// Threads that serve it, or were asked to.
    serving: usize,
}

/// The jobs of one loop.
#[derive(Default)]
pub(crate) struct BlockingJobs(Arc<Mutex<Queue>>);

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    // Nothing is left half done under the lock.
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

impl BlockingJobs {
    /// Runs `job` on a blocking thread of the current tokio runtime.
    pub(crate) fn submit(&self, job: impl FnOnce() + Send + 'static) {
        if self.enqueue(Box::new(job)) {
            let queue = self.0.clone();
            crate::threads_begin();
            tokio::task::spawn_blocking(move || serve(&queue));
        }
    }

    /// Whether a thread is to be asked to serve: it is counted in already.
    fn enqueue(&self, job: BlockingJob) -> bool {
        let mut queue = lock(&self.0);
        queue.waiting.push_back(job);
        let more = queue.serving < MOST_THREADS;
        if more {
            queue.serving += 1;
        }
        more
    }

    /// Whether many jobs wait.
    pub(super) fn is_backlogged(&self) -> bool {
        lock(&self.0).waiting.len() >= BACKLOG
    }

    /// Drops the jobs that wait, for shutdown: what they would come to has nowhere to go.
    pub(super) fn clear(&self) {
        let dropped = std::mem::take(&mut lock(&self.0).waiting);
        drop(dropped);
    }
}

/// Runs jobs until none is left.
fn serve(queue: &Mutex<Queue>) {
    /// Counts the thread out where a job panics.
    struct Serving<'a>(&'a Mutex<Queue>);
    impl Drop for Serving<'_> {
        fn drop(&mut self) {
            lock(self.0).serving -= 1;
        }
    }
    let serving = Serving(queue);
    loop {
        let mut queue = lock(queue);
        let Some(job) = queue.waiting.pop_front() else {
            queue.serving -= 1;
            std::mem::forget(serving);
            return;
        };
        drop(queue);
        job();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn jobs_of_one_loop_share_a_few_threads() {
        let jobs = BlockingJobs::default();
        let asked = (0..10).filter(|_| jobs.enqueue(Box::new(|| {}))).count();
        assert_eq!(asked, MOST_THREADS);
        assert!(jobs.is_backlogged());
        serve(&jobs.0);
        assert!(!jobs.is_backlogged());
        assert_eq!(lock(&jobs.0).serving, MOST_THREADS - 1);
    }

    #[test]
    fn a_thread_whose_job_panicked_is_replaced() {
        let jobs = BlockingJobs::default();
        for _ in 0..MOST_THREADS {
            assert!(jobs.enqueue(Box::new(|| panic!("a job"))));
        }
        let queue = jobs.0.clone();
        assert!(std::thread::spawn(move || serve(&queue)).join().is_err());
        assert!(jobs.enqueue(Box::new(|| {})), "another thread may serve");
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

        jobs.enqueue(Box::new(|| unreachable!("it was dropped")));
        jobs.clear();
        serve(&jobs.0);
    }
}
