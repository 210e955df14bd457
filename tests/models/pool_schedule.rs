//! The schedule of a pool: a job is started or removed, never both; a termination reaches the job it is meant for and no
//! other; no job is left lying while a thread sleeps.

use std::time::Duration;

use super::super::claim::{Begun, Claim};
use super::super::pool_schedule::{Cancelled, Next, Place, Reason, Schedule, Server, Submitted, Work};
use super::super::sync::harness::{Arc, AtomicBool, AtomicUsize, Ordering, model, spawn, yield_now};

struct Job(u64, i32, Option<Place>, Option<std::sync::Arc<Claim>>);

impl std::fmt::Debug for Job {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "Job({})", self.0)
    }
}

impl PartialEq for Job {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Job {
    fn new(id: u64) -> Self {
        Self(id, 0, None, None)
    }

    fn of(priority: i32, id: u64, parent: Option<Place>) -> Self {
        Self(id, priority, parent, None)
    }
}

impl Work for Job {
    fn id(&self) -> u64 {
        self.0
    }

    fn priority(&self) -> i32 {
        self.1
    }

    fn parent(&self) -> Option<Place> {
        self.2
    }

    fn size(&self) -> usize {
        1
    }

    /// Those whose numbers say so.
    fn is_suspect(&self) -> bool {
        (100..200).contains(&self.0)
    }

    fn claim(&self) -> Option<std::sync::Arc<Claim>> {
        self.3.clone()
    }
}

/// An isolate as far as the schedule goes: `pending` is V8's sticky request.
#[derive(Clone)]
struct Isolate {
    pending: Arc<AtomicBool>,
    wakes: Arc<AtomicUsize>,
}

impl Isolate {
    fn new() -> Self {
        Self { pending: Arc::new(AtomicBool::new(false)), wakes: Arc::new(AtomicUsize::new(0)) }
    }

    fn is_pending(&self) -> bool {
        self.pending.load(Ordering::SeqCst)
    }
}

impl Server for Isolate {
    fn wake(&self) {
        self.wakes.fetch_add(1, Ordering::SeqCst);
    }

    fn terminate(&self) {
        self.pending.store(true, Ordering::SeqCst);
    }

    fn withdraw(&self) {
        self.pending.store(false, Ordering::SeqCst);
    }

    fn terminate_if(&self, _job: u64, _likely: bool) {}
}

/// A schedule with one thread, whose isolate is there.
fn one_seat(concurrency: usize) -> (Arc<Schedule<Job, Isolate>>, Isolate) {
    let schedule = Arc::new(Schedule::new(1, concurrency));
    let isolate = Isolate::new();
    assert_eq!(schedule.reserve(), Some(0));
    schedule.attach(0, 1, isolate.clone());
    (schedule, isolate)
}

/// What the thread does next, sleeping until it is woken where there is nothing to do.
fn next(schedule: &Schedule<Job, Isolate>, isolate: &Isolate) -> Next<Job> {
    loop {
        let before = isolate.wakes.load(Ordering::SeqCst);
        match schedule.next(0) {
            Next::Wait => {
                while isolate.wakes.load(Ordering::SeqCst) == before {
                    yield_now();
                }
            }
            next => return next,
        }
    }
}

#[test]
fn a_job_is_removed_or_started() {
    model(|| {
        let (schedule, isolate) = one_seat(1);
        schedule.submit(Job::new(1), 0);
        let canceller = {
            let schedule = schedule.clone();
            spawn(move || schedule.cancel(1, Reason::Cancelled, true))
        };
        let started = matches!(schedule.next(0), Next::Job(Job(1, ..)));
        let met = canceller.join().expect("canceller");
        assert_eq!(started, met == Cancelled::Forced, "{met:?}");
        assert!(started || met == Cancelled::BeforeStart(Job::new(1)));
        assert!(started || !isolate.is_pending());
        if started {
            assert!(matches!(schedule.next(0), Next::Terminated(1, Reason::Cancelled)), "the thread must learn of it");
            assert!(!isolate.is_pending());
        }
    });
}

#[test]
fn a_termination_never_reaches_the_next_job() {
    model(|| {
        let (schedule, isolate) = one_seat(1);
        schedule.submit(Job::new(1), 0);
        schedule.submit(Job::new(2), 0);
        let canceller = {
            let schedule = schedule.clone();
            spawn(move || schedule.cancel(1, Reason::TimedOut, true))
        };
        let mut asked = None;
        let mut ran = Vec::new();
        while !ran.contains(&2) {
            match schedule.next(0) {
                Next::Job(Job(id, ..)) => {
                    if id == 2 {
                        assert!(!isolate.is_pending(), "a request for the first job reached the second");
                    }
                    ran.push(id);
                    asked = schedule.finish(id).flatten().or(asked);
                }
                Next::Terminated(..) => unreachable!("the job was over before its thread looked"),
                Next::Unwound => assert!(!isolate.is_pending()),
                Next::Wait => unreachable!("there is a job"),
                next => unreachable!("{next:?}"),
            }
        }
        assert!(!isolate.is_pending(), "a request for the first job reached the second");
        match canceller.join().expect("canceller") {
            Cancelled::BeforeStart(_) => assert_eq!(ran, [2]),
            Cancelled::Forced => assert_eq!((ran.len(), asked), (2, Some(Reason::TimedOut))),
            Cancelled::TooLate => assert_eq!((ran.len(), asked), (2, None)),
            Cancelled::Asked | Cancelled::Stray => unreachable!("nobody listens, and nobody asked before"),
        }
        assert!(matches!(schedule.next(0), Next::Wait | Next::Unwound));
        assert!(!isolate.is_pending());
    });
}

#[test]
fn a_shielded_isolate_is_terminated_when_the_shield_is_down() {
    model(|| {
        let (schedule, isolate) = one_seat(1);
        schedule.submit(Job::new(1), 0);
        assert!(matches!(schedule.next(0), Next::Job(Job(1, ..))));
        let canceller = {
            let schedule = schedule.clone();
            spawn(move || schedule.cancel(1, Reason::TimedOut, true))
        };
        schedule.shield(0);
        let before = isolate.is_pending();
        schedule.shield(0);
        schedule.unshield(0);
        assert_eq!(isolate.is_pending(), before, "nothing is terminated from here on, and shields nest");
        schedule.unshield(0);
        assert_eq!(canceller.join().expect("canceller"), Cancelled::Forced);
        assert!(isolate.is_pending(), "whenever it came");
        assert!(matches!(schedule.next(0), Next::Terminated(1, Reason::TimedOut)));
        assert!(!isolate.is_pending());
    });
}

/// What is asked before an outcome is taken from its mailbox.
#[test]
fn a_shield_that_came_too_late_says_so() {
    model(|| {
        let (schedule, isolate) = one_seat(1);
        schedule.submit(Job::new(1), 0);
        assert!(matches!(schedule.next(0), Next::Job(Job(1, ..))));
        let canceller = {
            let schedule = schedule.clone();
            spawn(move || schedule.cancel(1, Reason::TimedOut, true))
        };
        let in_time = schedule.shield(0);
        assert_eq!(isolate.is_pending(), !in_time, "and none comes now");
        let sent = schedule.unshield(0);
        assert!(!sent || (in_time && isolate.is_pending()));
        canceller.join().expect("canceller");
        assert!(isolate.is_pending());
        assert!(matches!(schedule.next(0), Next::Terminated(1, Reason::TimedOut)));
        assert!(schedule.shield(0), "it was withdrawn");
    });
}

#[test]
fn who_asks_again_waits_for_the_shield_and_who_computes_below_it_is_ended() {
    model(|| {
        let (schedule, isolate) = one_seat(1);
        schedule.submit(Job::new(1), 0);
        assert!(matches!(schedule.next(0), Next::Job(_)));
        schedule.shield(0);
        for _ in 0..2 {
            schedule.cancel(1, Reason::Cancelled, true);
            assert!(!isolate.is_pending());
            assert!(!schedule.note_terminated(0, 1, true, Duration::from_millis(5)));
        }
        assert!(schedule.note_terminated(0, 1, true, Duration::from_secs(5)));
        assert!(matches!(schedule.next(0), Next::Terminated(1, Reason::Cancelled)));
    });
}

/// A job of two tasks whose limit is 10 ms: the first begins at 0 ms, the second, if it may, at 10 ms; the watch looks at
/// 10 ms. The end meets the first task, or none.
#[test]
fn a_limit_meets_no_task_after_the_one_that_had_its_time() {
    model(|| {
        let (schedule, isolate) = one_seat(1);
        let claim = std::sync::Arc::new(Claim::new(2, true));
        claim.start(0.0);
        schedule.submit(Job(1, 0, None, Some(claim.clone())), 0);
        assert!(matches!(schedule.next(0), Next::Job(_)));
        let watch = {
            let schedule = schedule.clone();
            spawn(move || schedule.expire(1, 10.0, 10.0))
        };
        let second = claim.begin(1, 10.0);
        match watch.join().expect("watch") {
            Ok(met) => assert_eq!((met, second, isolate.is_pending()), (Cancelled::Forced, Begun::Stopped, true)),
            Err(left) => assert_eq!((left, second, isolate.is_pending()), (10.0, Begun::Yes, false)),
        }
    });
}

#[test]
fn a_submitted_job_wakes_who_sleeps() {
    model(|| {
        let (schedule, isolate) = one_seat(1);
        let submitter = {
            let schedule = schedule.clone();
            spawn(move || {
                assert!(matches!(schedule.submit(Job::new(1), 0), Submitted::Queued));
                assert!(matches!(schedule.submit(Job::new(2), 1), Submitted::Queued), "for this isolate and no other");
            })
        };
        let mut ran = [false; 3];
        while !(ran[1] && ran[2]) {
            match next(&schedule, &isolate) {
                Next::Job(Job(id, ..)) => {
                    ran[id as usize] = true;
                    schedule.finish(id);
                }
                next => unreachable!("{next:?}"),
            }
        }
        submitter.join().expect("submitter");
        assert!(isolate.wakes.load(Ordering::SeqCst) <= 2, "never more wakes than jobs");
    });
}

#[test]
fn a_job_that_awaits_is_ended_by_its_thread() {
    model(|| {
        let (schedule, isolate) = one_seat(2);
        schedule.submit(Job::new(1), 0);
        assert!(matches!(schedule.next(0), Next::Job(Job(1, ..))));
        let canceller = {
            let schedule = schedule.clone();
            spawn(move || {
                schedule.submit(Job::new(2), 0);
                schedule.cancel(1, Reason::Cancelled, true)
            })
        };
        let (mut ended, mut second) = (false, false);
        while !(ended && second) {
            match next(&schedule, &isolate) {
                Next::Job(Job(2, ..)) => {
                    assert!(!isolate.is_pending(), "a request for the first job reached the second");
                    assert_eq!(schedule.finish(2), Some(None));
                    second = true;
                }
                Next::Terminated(1, _) | Next::Order(_) => {
                    assert_eq!(schedule.finish(1), Some(Some(Reason::Cancelled)));
                    assert!(!ended, "once");
                    ended = true;
                }
                next => unreachable!("{next:?}"),
            }
        }
        assert_eq!(canceller.join().expect("canceller"), Cancelled::Forced);
        assert!(!isolate.is_pending());
    });
}

#[test]
fn one_thread_is_started_for_a_seat() {
    model(|| {
        let schedule: Arc<Schedule<Job, Isolate>> = Arc::new(Schedule::new(1, 1));
        let other = {
            let schedule = schedule.clone();
            spawn(move || matches!(schedule.submit(Job::new(1), 0), Submitted::Start(0)))
        };
        let mine = matches!(schedule.submit(Job::new(2), 0), Submitted::Start(0));
        assert!(mine ^ other.join().expect("other"));
        schedule.attach(0, 1, Isolate::new());
        assert!(matches!(schedule.next(0), Next::Job(_)));
    });
}

#[test]
fn an_isolate_that_is_dismissed_takes_no_job_along() {
    model(|| {
        let (schedule, _isolate) = one_seat(1);
        assert!(matches!(schedule.next(0), Next::Wait));
        let submitter = {
            let schedule = schedule.clone();
            spawn(move || schedule.submit(Job::new(1), 0))
        };
        schedule.dismiss_idle(schedule.mark(), 0);
        let left = matches!(schedule.next(0), Next::Leave(_));
        let submitted = submitter.join().expect("submitter");
        // Whoever leaves and whoever submits agree on who looks after the job: a thread that was told, or a new one.
        match submitted {
            Submitted::Start(seat) => {
                assert!(left);
                schedule.attach(seat, 2, Isolate::new());
                assert!(matches!(schedule.next(seat), Next::Job(_)));
            }
            Submitted::Queued if left => {
                assert!(schedule.reserve_for_waiting().is_some(), "the thread that leaves starts another");
            }
            Submitted::Queued => {}
            Submitted::Refused(_) => unreachable!("the pool is open"),
        }
    });
}

#[test]
fn priorities_and_nesting() {
    model(|| {
        let (schedule, isolate) = one_seat(1);
        schedule.submit(Job::new(1), 0);
        schedule.submit(Job::of(5, 2, None), 0);
        schedule.submit(Job::of(5, 3, None), 0);
        let ids: Vec<u64> = (0..2)
            .map(|_| match schedule.next(0) {
                Next::Job(job) => {
                    schedule.finish(job.0);
                    job.0
                }
                next => unreachable!("{next:?}"),
            })
            .collect();
        assert_eq!(ids, [2, 3]);
        assert!(matches!(schedule.next(0), Next::Job(Job(1, ..))));
        // The first job awaits one it submitted: its isolate takes that, though it has as many as it may.
        schedule.submit(Job::new(4), 0);
        schedule.submit(Job::of(0, 5, Some(Place { seat: 0, isolate: 1 })), 0);
        assert!(matches!(next(&schedule, &isolate), Next::Job(Job(5, ..))));
        schedule.finish(5);
        assert!(matches!(schedule.next(0), Next::Wait), "and none that nobody here waits for");
    });
}

#[test]
fn a_doomed_isolate_that_waits_for_a_job_gets_somebody_to_run_it() {
    model(|| {
        let (schedule, isolate) = one_seat(1);
        schedule.submit(Job::new(1), 0);
        assert!(matches!(schedule.next(0), Next::Job(Job(1, ..))));
        let submitter = {
            let schedule = schedule.clone();
            spawn(move || schedule.submit(Job::of(0, 2, Some(Place { seat: 0, isolate: 1 })), 0))
        };
        let (doomed, hopeless) = schedule.doom(0);
        assert_eq!(hopeless, []);
        let submitted = submitter.join().expect("submitter");
        let seat = match (doomed, submitted) {
            (Some(seat), Submitted::Queued) | (None, Submitted::Start(seat)) => seat,
            other => unreachable!("one thread is started: {other:?}"),
        };
        assert_ne!(seat, 0);
        schedule.attach(seat, 2, isolate.clone());
        assert!(matches!(schedule.next(seat), Next::Job(Job(2, ..))));
        schedule.finish(2);
        schedule.finish(1);
        assert!(matches!(schedule.next(0), Next::Drop(_)));
        assert!(!schedule.renew(0, 0), "its place is taken");
    });
}

/// A task in a seat of its own, whose isolate is doomed before the job it submits begins. Gives the seat that job is for.
fn strand(schedule: &Schedule<Job, Isolate>, isolate: &Isolate, seat: usize, task: u64, job: u64) -> Option<usize> {
    let place = Place { seat, isolate: task };
    schedule.attach(seat, task, isolate.clone());
    match schedule.next(seat) {
        Next::Job(Job(id, ..)) => assert_eq!(id, task),
        next => unreachable!("{next:?}"),
    }
    assert_eq!(schedule.doom(seat), (None, Vec::new()));
    match schedule.submit(Job::of(0, job, Some(place)), 0) {
        Submitted::Start(seat) => Some(seat),
        Submitted::Queued => None,
        Submitted::Refused(jobs) => {
            assert_eq!(jobs, [Job::new(job)]);
            None
        }
    }
}

/// Every usual seat is held by an isolate that takes no more jobs and waits for one.
#[test]
fn nested_jobs_have_seats_of_their_own_where_all_others_wait_for_them() {
    model(|| {
        let (schedule, isolate) = (Schedule::new(1, 1), Isolate::new());
        let mut seat = schedule.reserve();
        for task in 1..=4 {
            let taken = seat.expect("a seat");
            assert!(taken < 4);
            // The job that the isolate before this one waits for is the task here.
            if task == 1 {
                assert!(matches!(schedule.submit(Job::new(1), 0), Submitted::Queued));
            }
            seat = strand(&schedule, &isolate, taken, task, task + 1);
        }
        let extra = seat.expect("a seat beyond the usual ones");
        assert_eq!(extra, 4);
        assert!(matches!(schedule.submit(Job::of(9, 10, None), 0), Submitted::Queued), "which is not for others");
        schedule.attach(extra, 5, isolate.clone());
        assert!(matches!(schedule.next(extra), Next::Job(Job(5, ..))));
        schedule.finish(5);
        assert!(matches!(schedule.next(extra), Next::Leave(_)), "and is given up when none is left");
        assert_eq!(schedule.reserve_for_waiting(), None);
        schedule.finish(4);
        assert!(matches!(schedule.next(3), Next::Drop(_)));
        assert!(schedule.renew(3, 0), "for the job that is not nested");
        schedule.attach(3, 6, isolate.clone());
        assert!(matches!(schedule.next(3), Next::Job(Job(10, ..))));
    });
}

#[test]
fn nested_jobs_that_nobody_can_take_are_refused() {
    model(|| {
        let (schedule, isolate) = (Schedule::new(1, 1), Isolate::new());
        let mut seat = schedule.reserve();
        assert!(matches!(schedule.submit(Job::new(1), 0), Submitted::Queued));
        let mut task = 1;
        while let Some(taken) = seat {
            seat = strand(&schedule, &isolate, taken, task, task + 1);
            task += 1;
        }
        assert!(task > 20, "there are seats enough");
        // The last one was told, and goes on; so do the others then.
        for seat in (0..task - 1).rev() {
            schedule.finish(seat + 1);
            assert!(matches!(schedule.next(seat as usize), Next::Drop(_)));
            assert!(!schedule.renew(seat as usize, 0));
        }
    });
}

#[test]
fn a_suspect_shares_its_isolate_with_nobody_and_keeps_nobody_waiting() {
    model(|| {
        let schedule = Arc::new(Schedule::new(2, 4));
        let isolates = [Isolate::new(), Isolate::new()];
        let wakes = || isolates.each_ref().map(|isolate| isolate.wakes.load(Ordering::SeqCst));
        assert_eq!((schedule.reserve(), schedule.reserve()), (Some(0), Some(1)));
        for (seat, isolate) in isolates.iter().enumerate() {
            schedule.attach(seat, seat as u64 + 1, isolate.clone());
            schedule.submit(Job::new(10 + seat as u64), 0);
            assert!(matches!(schedule.next(seat), Next::Job(_)));
            assert!(matches!(schedule.next(seat), Next::Wait));
        }
        schedule.submit(Job::new(100), 0);
        schedule.submit(Job::new(3), 0);
        for seat in [0, 1] {
            assert!(matches!(schedule.next(seat), Next::Wait), "not beside another job");
        }
        let before = wakes();
        schedule.finish(10);
        assert!(matches!(schedule.next(0), Next::Job(Job(100, ..))));
        assert_eq!(wakes(), [before[0], before[1] + 1], "who left the other one to wait is told");
        let submitter = {
            let schedule = schedule.clone();
            spawn(move || drop(schedule.submit(Job::new(4), 0)))
        };
        assert!(matches!(schedule.next(0), Next::Wait), "and no other beside it");
        assert!(matches!(schedule.next(1), Next::Job(Job(3, ..))));
        submitter.join().expect("submitter");
        let last = schedule.next(1);
        assert!(matches!(last, Next::Job(Job(4, ..))));
        schedule.finish(100);
        schedule.submit(Job::new(5), 0);
        assert!(matches!(schedule.next(0), Next::Job(Job(5, ..))));
    });
}

#[test]
fn what_comes_while_a_suspect_runs_is_for_others() {
    model(|| {
        let schedule: Schedule<Job, Isolate> = Schedule::new(2, 4);
        let isolates = [Isolate::new(), Isolate::new()];
        assert_eq!((schedule.reserve(), schedule.reserve()), (Some(0), Some(1)));
        for seat in [1, 0] {
            schedule.attach(seat, seat as u64 + 1, isolates[seat].clone());
            assert!(matches!(schedule.next(seat), Next::Wait));
        }
        schedule.submit(Job::new(11), 1 + 1);
        assert!(matches!(schedule.next(1), Next::Job(Job(11, ..))));
        assert!(matches!(schedule.next(1), Next::Wait));
        schedule.submit(Job::new(100), 0);
        assert!(matches!(schedule.next(0), Next::Job(Job(100, ..))));
        assert!(matches!(schedule.next(1), Next::Wait), "woken for what might wait behind it");
        assert!(matches!(schedule.next(0), Next::Wait));
        let before = isolates[1].wakes.load(Ordering::SeqCst);
        schedule.submit(Job::new(3), 0);
        assert_eq!(isolates[1].wakes.load(Ordering::SeqCst), before + 1, "not the one that slept last");
        assert!(matches!(schedule.next(1), Next::Job(Job(3, ..))));
    });
}

#[test]
fn one_isolate_is_made_in_the_place_of_several() {
    model(|| {
        let (schedule, isolate) = (Schedule::new(1, 1), Isolate::new());
        for seat in 0..2 {
            assert_eq!(schedule.reserve(), Some(seat));
            schedule.attach(seat, seat as u64 + 1, isolate.clone());
            assert_eq!(schedule.doom(seat), (None, Vec::new()));
        }
        assert!(matches!(schedule.submit(Job::new(1), 0), Submitted::Start(2)));
        assert_eq!(schedule.fail(2), []);
        for seat in 0..2 {
            assert!(matches!(schedule.next(seat), Next::Drop(_)));
        }
        assert!(schedule.renew(0, 0) && !schedule.renew(1, 0));
    });
}
