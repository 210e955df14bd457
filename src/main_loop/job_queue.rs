//! Which jobs of one loop wait, and for whom: the state behind [`super::blocking`]'s one lock. Every method is one step under it.
//!
//! Invariant: where a job waits, a thread serves the queue or was asked to, or the job is counted as unasked, and then the
//! loop's next turn does it or asks for a thread ([`Queue::ask_for_all`]). The tests try every order of steps.

use std::collections::VecDeque;

use super::inbox::LoopEvent;

/// libuv's number.
pub(crate) const MOST_THREADS: usize = 4;

/// So many quick jobs the loop does without having a thread asked, where they are trusted, and [`SHARE`] more for each thread
/// that serves.
const ALONE: usize = 2;
const SHARE: usize = 16;

type BlockingJob = Box<dyn FnOnce() + Send>;

/// A job that need not block, as a rule.
pub(crate) trait QuickJob: Send {
    /// Does the job if that takes no wait, and returns what it came to. Otherwise, and where it fails, [`QuickJob::run`]
    /// goes on.
    fn try_now(&mut self) -> Option<LoopEvent>;

    /// Does the job, however long that takes, and posts what it came to.
    fn run(self: Box<Self>);
}

/// What is to be done.
pub(super) enum Work {
    Blocking(BlockingJob),
    Quick(Box<dyn QuickJob>),
}

impl Work {
    pub(super) fn run(self) {
        match self {
            Self::Blocking(job) => job(),
            Self::Quick(job) => job.run(),
        }
    }
}

struct Job {
    work: Work,
    /// Counted among [`Queue::unasked`].
    unasked: bool,
}

#[derive(Default)]
pub(super) struct Queue {
    waiting: VecDeque<Job>,
    /// Threads that serve it, or were asked to.
    serving: usize,
    /// How many of the jobs wait without a thread having been asked for their sake.
    unasked: usize,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Adds a job. How many threads are to be asked to serve, which are counted in already: none for a `trusted` one, which is
    /// quick, where the loop and at most `helpers` threads get through what waits soon enough.
    pub(super) fn add(&mut self, work: Work, trusted: bool, helpers: usize) -> usize {
        let few = self.waiting.len() < ALONE + SHARE * self.serving || self.serving >= helpers;
        let unasked = trusted && few;
        self.unasked += usize::from(unasked);
        self.waiting.push_back(Job { work, unasked });
        if unasked { 0 } else { self.ask(1) }
    }

    fn ask(&mut self, jobs: usize) -> usize {
        let asked = jobs.min(MOST_THREADS.saturating_sub(self.serving));
        self.serving += asked;
        asked
    }

    fn pop(&mut self) -> Option<Work> {
        let job = self.waiting.pop_front()?;
        self.unasked -= usize::from(job.unasked);
        Some(job.work)
    }

    /// The next job, for a thread that serves. Where there is none the thread is counted out.
    pub(super) fn next(&mut self) -> Option<Work> {
        let work = self.pop();
        if work.is_none() {
            self.left();
        }
        work
    }

    /// A thread serves no more.
    pub(super) fn left(&mut self) {
        self.serving -= 1;
    }

    /// The next job, for the loop itself, if it is a quick one.
    pub(super) fn next_quick(&mut self) -> Option<Box<dyn QuickJob>> {
        if !matches!(self.waiting.front()?.work, Work::Quick(_)) {
            return None;
        }
        match self.pop()? {
            Work::Quick(job) => Some(job),
            Work::Blocking(_) => None,
        }
    }

    /// Takes back a job of [`Queue::next_quick`] that blocks after all. A thread that was asked for its sake may have found nothing
    /// meanwhile.
    pub(super) fn give_back(&mut self, job: Box<dyn QuickJob>) {
        self.unasked += 1;
        // Not to be tried again.
        let work = Work::Blocking(Box::new(move || job.run()));
        self.waiting.push_front(Job { work, unasked: true });
    }

    /// How many threads are to be asked to serve for the jobs that are unasked: they are counted in already.
    pub(super) fn ask_for_all(&mut self) -> usize {
        let unasked = std::mem::take(&mut self.unasked);
        if unasked > 0 {
            self.waiting.iter_mut().for_each(|job| job.unasked = false);
        }
        self.ask(unasked)
    }

    /// All jobs that wait, for shutdown.
    pub(super) fn take_all(&mut self) -> impl Sized + use<> {
        self.unasked = 0;
        std::mem::take(&mut self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Never;

    impl QuickJob for Never {
        fn try_now(&mut self) -> Option<LoopEvent> {
            None
        }

        fn run(self: Box<Self>) {}
    }

    fn quick() -> Work {
        Work::Quick(Box::new(Never))
    }

    fn blocking() -> Work {
        Work::Blocking(Box::new(|| {}))
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        AddBlocking,
        AddQuick,
        AddTrusted,
        /// A thread that was asked, or is done with its job, looks for one.
        ThreadLooks,
        /// The loop takes a quick job and does it.
        LoopDoes,
        /// The loop takes a quick job, which would block; threads may look before it is given back.
        LoopTakes,
        LoopGivesBack,
        /// The loop's turn has done none.
        LoopAsks,
    }

    const STEPS: [Step; 8] = [
        Step::AddBlocking,
        Step::AddQuick,
        Step::AddTrusted,
        Step::ThreadLooks,
        Step::LoopDoes,
        Step::LoopTakes,
        Step::LoopGivesBack,
        Step::LoopAsks,
    ];

    /// Takes `steps` from the start. False where one of them cannot be taken.
    fn take(steps: &[Step]) -> bool {
        let mut queue = Queue::default();
        // Threads that were asked or work, as the world outside has it, and the job in the loop's hands.
        let mut threads = 0;
        let mut taken = None;
        for step in steps {
            match step {
                Step::AddBlocking => threads += queue.add(blocking(), false, 1),
                Step::AddQuick => threads += queue.add(quick(), false, 1),
                Step::AddTrusted => threads += queue.add(quick(), true, 1),
                Step::ThreadLooks if threads == 0 => return false,
                Step::ThreadLooks => threads -= usize::from(queue.next().is_none()),
                Step::LoopDoes | Step::LoopTakes if taken.is_some() => return false,
                Step::LoopDoes | Step::LoopTakes => {
                    let Some(job) = queue.next_quick() else { return false };
                    taken = matches!(step, Step::LoopTakes).then_some(job);
                }
                Step::LoopGivesBack => {
                    let Some(job) = taken.take() else { return false };
                    queue.give_back(job);
                }
                Step::LoopAsks => threads += queue.ask_for_all(),
            }
            assert_eq!(threads, queue.serving, "{steps:?}");
            assert!(threads <= MOST_THREADS, "{steps:?}");
            assert_eq!(queue.unasked, queue.waiting.iter().filter(|job| job.unasked).count(), "{steps:?}");
            assert!(queue.len() == 0 || threads > 0 || queue.unasked > 0, "a job waits for nobody: {steps:?}");
        }
        true
    }

    fn take_all_orders(steps: &mut Vec<Step>, length: usize) -> usize {
        if !take(steps) {
            return 0;
        }
        if steps.len() == length {
            return 1;
        }
        let mut orders = 0;
        for step in STEPS {
            steps.push(step);
            orders += take_all_orders(steps, length);
            steps.pop();
        }
        orders
    }

    #[test]
    fn no_job_waits_for_nobody_in_any_order_of_steps() {
        assert!(take_all_orders(&mut Vec::new(), 7) > 10_000);
    }

    #[test]
    fn few_trusted_jobs_wait_for_the_loop_and_many_for_a_thread_as_well() {
        let mut queue = Queue::default();
        let asked: Vec<usize> = (0..100).map(|_| queue.add(quick(), true, 1)).collect();
        assert_eq!(asked.iter().sum::<usize>(), 1, "one thread helps");
        assert_eq!(asked[ALONE], 1);
        assert_eq!(queue.ask_for_all(), MOST_THREADS - 1, "until the loop cannot");
        assert_eq!(queue.ask_for_all(), 0);
    }

    #[test]
    fn more_threads_help_where_there_are_cores() {
        let mut queue = Queue::default();
        let asked: usize = (0..200).map(|_| queue.add(quick(), true, 3)).sum();
        assert_eq!(asked, 3);
    }
}
