//! The seat of a thread that prepared itself: an order is followed or given back; whoever halts it can rely on that.

use super::super::spare_seat::{Look, Seat};
use super::super::sync::harness::{Arc, AtomicBool, Ordering, model, spawn, yield_now};

/// What the thread does once it is prepared: looks until it is told, or leaves after `patience` looks. Gives the order.
fn wait(seat: &Seat<u32>, patience: Option<usize>) -> Option<u32> {
    let mut looks = 0;
    loop {
        match seat.look() {
            Look::Order(order) => return Some(order),
            Look::Closed => return None,
            Look::Nothing => {}
        }
        if patience.is_some_and(|patience| looks >= patience) {
            return seat.leave();
        }
        looks += 1;
        yield_now();
    }
}

#[test]
fn an_order_is_followed_or_given_back() {
    model(|| {
        let seat = Arc::new(Seat::new());
        let thread = {
            let seat = seat.clone();
            spawn(move || wait(&seat, Some(0)))
        };
        let refused = seat.order(7).is_err();
        let followed = thread.join().expect("thread");
        assert_eq!(followed, (!refused).then_some(7));
        assert!(seat.order(8).is_err(), "once");
    });
}

#[test]
fn one_of_two_who_order_gets_the_thread() {
    model(|| {
        let seat = Arc::new(Seat::new());
        let other = {
            let seat = seat.clone();
            spawn(move || seat.order(1).is_ok())
        };
        let mine = seat.order(2).is_ok();
        let followed = wait(&seat, None);
        let other = other.join().expect("other");
        assert!(mine ^ other);
        assert_eq!(followed, Some(if mine { 2 } else { 1 }));
    });
}

#[test]
fn a_close_meets_no_order() {
    model(|| {
        let seat = Arc::new(Seat::new());
        let closer = {
            let seat = seat.clone();
            spawn(move || seat.close())
        };
        let accepted = seat.order(3).is_ok();
        let followed = wait(&seat, None);
        closer.join().expect("closer");
        assert_eq!(followed, accepted.then_some(3));
        assert!(!seat.is_open());
    });
}

#[test]
fn a_halted_thread_that_was_seen_outside_stays_outside() {
    model(|| {
        let seat = Arc::new(Seat::<u32>::new());
        // The process may be taken down.
        let down = Arc::new(AtomicBool::new(false));
        let thread = {
            let (seat, down) = (seat.clone(), down.clone());
            spawn(move || {
                // Prepares itself in two steps, then goes: it drops what it made, in V8 again.
                for _ in 0..2 {
                    if !seat.begin() {
                        return;
                    }
                    assert!(!down.load(Ordering::SeqCst), "in V8 while the process is taken down");
                    seat.pause();
                }
                assert_eq!(wait(&seat, Some(0)), None);
                if seat.begin() {
                    assert!(!down.load(Ordering::SeqCst), "in V8 while the process is taken down");
                    seat.pause();
                }
            })
        };
        while !seat.halt() {
            yield_now();
        }
        down.store(true, Ordering::SeqCst);
        thread.join().expect("thread");
    });
}

#[test]
fn an_order_before_the_halt_is_followed() {
    model(|| {
        let seat = Arc::new(Seat::new());
        let exiting = {
            let seat = seat.clone();
            spawn(move || seat.halt())
        };
        let accepted = seat.order(4).is_ok();
        let followed = if seat.begin() {
            seat.pause();
            wait(&seat, None)
        } else {
            None
        };
        exiting.join().expect("exiting");
        assert_eq!(followed, accepted.then_some(4), "the Worker has its thread");
    });
}

#[test]
fn a_thread_that_is_started_for_an_order_follows_it() {
    model(|| {
        let seat = Arc::new(Seat::with_order(5));
        let other = {
            let seat = seat.clone();
            spawn(move || seat.order(6).is_err())
        };
        assert_eq!(wait(&seat, Some(0)), Some(5));
        assert!(other.join().expect("other"), "it is nobody else's");
    });
}
