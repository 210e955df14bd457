//! Compiled code that threads share: one of those that want it makes it, and none waits for what nobody makes.

use super::super::shared_code::{Shared, Turn};
use super::super::sync::harness::{Arc, AtomicUsize, Ordering, model, spawn};

/// What a thread does that wants the code: makes it where that is its turn.
fn want(shared: &Shared<u32, u32>, made: &AtomicUsize, fails: bool) -> Option<u32> {
    match shared.turn(1) {
        Turn::Ready(value) => Some(value),
        Turn::Mine(_) | Turn::Alone if fails => None,
        Turn::Alone => {
            made.fetch_add(1, Ordering::SeqCst);
            Some(7)
        }
        Turn::Mine(ticket) => {
            made.fetch_add(1, Ordering::SeqCst);
            ticket.fulfil(7, 1);
            Some(7)
        }
    }
}

#[test]
fn one_thread_makes_the_code_for_all() {
    model(|| {
        let (shared, made) = (Arc::new(Shared::new(10)), Arc::new(AtomicUsize::new(0)));
        let others: [_; 2] = std::array::from_fn(|_| {
            let (shared, made) = (shared.clone(), made.clone());
            spawn(move || want(&shared, &made, false))
        });
        assert_eq!(want(&shared, &made, false), Some(7));
        for other in others {
            assert_eq!(other.join().expect("thread"), Some(7));
        }
        assert_eq!(made.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn where_one_fails_nobody_waits_for_the_others() {
    model(|| {
        let (shared, made) = (Arc::new(Shared::new(10)), Arc::new(AtomicUsize::new(0)));
        let others = [true, false].map(|fails| {
            let (shared, made) = (shared.clone(), made.clone());
            spawn(move || want(&shared, &made, fails))
        });
        assert_eq!(want(&shared, &made, false), Some(7));
        let [failing, other] = others.map(|other| other.join().expect("thread"));
        assert!(failing.is_none_or(|value| value == 7));
        assert_eq!(other, Some(7));
        assert!((1..=2).contains(&made.load(Ordering::SeqCst)));
        // What is left can be found, or made.
        assert!(!matches!(shared.turn(1), Turn::Alone));
    });
}

#[test]
fn better_code_takes_the_place_of_what_there_is() {
    model(|| {
        let (shared, made) = (Arc::new(Shared::new(10)), Arc::new(AtomicUsize::new(0)));
        let other = {
            let (shared, made) = (shared.clone(), made.clone());
            spawn(move || want(&shared, &made, false))
        };
        shared.put(1, 8, 1);
        other.join().expect("thread");
        // The other was faster, or it found this.
        assert!(want(&shared, &made, false).is_some());
        assert!(made.load(Ordering::SeqCst) <= 1);
    });
}

fn has(shared: &Shared<u32, u32>, key: u32) -> Option<u32> {
    match shared.turn(key) {
        Turn::Ready(value) => Some(value),
        Turn::Mine(_) | Turn::Alone => None,
    }
}

#[test]
fn the_eldest_go_when_there_is_no_room() {
    model(|| {
        let shared = Shared::new(10);
        for key in 1..=3 {
            shared.put(key, key, 4);
        }
        assert_eq!([1, 2, 3].map(|key| has(&shared, key)), [None, Some(2), Some(3)]);
        shared.put(4, 4, 11);
        assert_eq!([2, 3, 4].map(|key| has(&shared, key)), [Some(2), Some(3), None], "one that is too large");
        // What is replaced does not count any more.
        shared.put(2, 20, 6);
        assert_eq!([2, 3].map(|key| has(&shared, key)), [Some(20), Some(3)]);
    });
}
