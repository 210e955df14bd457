//! The claim of a job of several tasks: each is begun or taken back, never both; a stop meets the task whose time it read.

use super::super::claim::{Begun, Claim, Overdue};
use super::super::sync::harness::{Arc, model, spawn};

#[test]
fn a_task_is_begun_or_taken_back() {
    model(|| {
        let claim = Arc::new(Claim::new(3, false));
        let owner = {
            let claim = claim.clone();
            spawn(move || claim.take_back())
        };
        let begun = [1, 2].map(|index| claim.begin(index, 0.0) == Begun::Yes);
        match owner.join().expect("owner") {
            Some(first) => assert_eq!(begun, [first > 1, first > 2], "taken back from {first} on"),
            None => assert_eq!(begun, [true, true]),
        }
        assert_eq!(claim.tasks(), 1 + begun.iter().filter(|&&b| b).count() as u32);
    });
}

#[test]
fn a_task_is_taken_back_once() {
    model(|| {
        let claim = Arc::new(Claim::new(2, false));
        let other = {
            let claim = claim.clone();
            spawn(move || claim.take_back())
        };
        let mine = claim.take_back();
        let other = other.join().expect("other");
        assert!((mine == Some(1)) ^ (other == Some(1)), "{mine:?} {other:?}");
    });
}

#[test]
fn a_stop_meets_the_task_whose_time_it_read() {
    model(|| {
        let claim = Arc::new(Claim::new(3, true));
        claim.start(0.0);
        let watch = {
            let claim = claim.clone();
            // The first has had its 10 ms, the second has 5 left.
            spawn(move || claim.stop_overdue(10.0, 10.0))
        };
        let second = claim.begin(1, 5.0);
        let third = if second == Begun::Yes { claim.begin(2, 6.0) } else { Begun::Stopped };
        match watch.join().expect("watch") {
            Overdue::Stopped => assert_eq!((second, third), (Begun::Stopped, Begun::Stopped)),
            Overdue::Left(left) => {
                assert_eq!((second, third), (Begun::Yes, Begun::Yes));
                assert!(left == 5.0 || left == 6.0, "{left}");
            }
        }
    });
}

#[test]
fn a_stopped_job_keeps_what_it_has() {
    model(|| {
        let claim = Arc::new(Claim::new(2, true));
        claim.start(0.0);
        let owner = {
            let claim = claim.clone();
            spawn(move || claim.take_back())
        };
        let stopped = claim.stop_overdue(1.0, 1.0);
        let taken = owner.join().expect("owner");
        assert_eq!(stopped, Overdue::Stopped);
        // The rest goes back with the end of the job, unless it was taken back before.
        assert_eq!(claim.tasks(), if taken.is_some() { 1 } else { 2 });
    });
}
