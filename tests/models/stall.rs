//! The protocol of `src/observe/stall.rs`: whatever the watch does meanwhile, a loop that stays busy is seen, or the watch
//! is rung for.

use super::super::stall::{Look, StallWord};
use super::super::sync::harness::{Arc, AtomicUsize, Ordering, model, spawn, yield_now};

/// The watch's part: looks, looks away from a loop that rests, and then waits to be rung for. Ends when it has seen the
/// stall that began at `stall`.
fn watch(word: &StallWord, rings: &AtomicUsize, stall: u64) -> usize {
    let mut wakes = 0;
    loop {
        match word.look() {
            Look::Busy(since) if since == stall => return wakes,
            // Looks again when that turn would have taken too long.
            Look::Busy(_) => yield_now(),
            Look::Resting => {
                if word.look_away() {
                    let heard = wakes;
                    while rings.load(Ordering::SeqCst) == heard {
                        yield_now();
                    }
                    wakes += 1;
                }
            }
        }
    }
}

#[test]
fn a_stall_is_seen_however_the_watch_looked_away() {
    model(|| {
        let (word, rings) = (Arc::new(StallWord::new()), Arc::new(AtomicUsize::new(0)));
        let watching = {
            let (word, rings) = (word.clone(), rings.clone());
            spawn(move || watch(&word, &rings, 30))
        };
        let ring = |wanted: bool| {
            if wanted {
                rings.fetch_add(1, Ordering::SeqCst);
            }
        };
        ring(word.begin(10));
        word.renew(20);
        word.rest();
        // The stall: never at rest again.
        ring(word.begin(30));
        watching.join().expect("the watch");
    });
}

#[test]
fn the_watch_is_rung_for_once_for_each_time_it_looked_away() {
    model(|| {
        let word = Arc::new(StallWord::new());
        let looking = {
            let word = word.clone();
            spawn(move || usize::from(word.look_away()))
        };
        let mut rings = 0;
        for turn in [10, 20] {
            rings += usize::from(word.begin(turn));
            assert_eq!(word.look(), Look::Busy(turn), "the watch writes only to a loop that rests");
            word.rest();
        }
        let away = looking.join().expect("the watch");
        rings += usize::from(word.begin(30));
        assert_eq!(rings, away);
    });
}

#[test]
fn a_turn_that_follows_another_is_told_apart_from_it() {
    model(|| {
        let word = Arc::new(StallWord::new());
        assert!(!word.begin(10));
        let looking = {
            let word = word.clone();
            spawn(move || (word.look_away(), word.look()))
        };
        word.renew(20);
        let (away, seen) = looking.join().expect("the watch");
        assert!(!away, "it does not rest");
        assert!(matches!(seen, Look::Busy(10 | 20)));
    });
}
