//! The concurrent scenarios of the V8-free protocols, written once against `super::sync` and compiled twice: by
//! `tests/loom.rs` with the model checker's primitives, by `tests/protocols.rs` with the standard library's.

mod claim;
mod pool_schedule;
mod shared_code;
mod spare_seat;
mod stall;

use super::mailbox::{Amount, Load, Mailbox, Wake};
use super::sync::harness::{Arc, AtomicBool, AtomicUsize, Ordering, model, spawn, yield_now};
use super::termination::{Lifecycle, Terminate};

impl Load for u32 {
    fn bytes(&self) -> usize {
        10
    }
}

/// Counts the wakes of one owner.
#[derive(Clone)]
struct Bell(Arc<AtomicUsize>);

impl Bell {
    fn new() -> Self {
        Self(Arc::new(AtomicUsize::new(0)))
    }

    fn rings(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Bell {
    fn wake(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Reads as a loop would: only when a wake arrived, until `wanted` messages came in.
fn drain_until(mailbox: &Mailbox<u32, Bell>, bell: &Bell, wanted: usize) -> Vec<u32> {
    let (mut seen, mut answered) = (Vec::new(), 0);
    while seen.len() < wanted {
        let rings = bell.rings();
        if rings == answered {
            yield_now();
            continue;
        }
        answered = rings;
        assert!(mailbox.begin_drain() <= wanted);
        while let Some(message) = mailbox.pop() {
            seen.push(message);
        }
    }
    seen
}

#[test]
fn push_vs_drain_loses_no_wake() {
    model(|| {
        let mailbox = Arc::new(Mailbox::new());
        let bell = Bell::new();
        mailbox.attach(bell.clone());
        let sender = {
            let mailbox = mailbox.clone();
            spawn(move || {
                mailbox.push(1).expect("open");
                mailbox.push(2).expect("open");
            })
        };
        assert_eq!(drain_until(&mailbox, &bell, 2), [1, 2], "in order, and each of them announced");
        sender.join().expect("sender");
        assert!(bell.rings() <= 2, "never more wakes than messages");
    });
}

#[test]
fn a_bounded_drain_costs_no_second_wake_and_loses_nothing() {
    model(|| {
        let mailbox = Arc::new(Mailbox::new());
        let bell = Bell::new();
        mailbox.attach(bell.clone());
        mailbox.push(1).expect("open");
        let sender = {
            let mailbox = mailbox.clone();
            spawn(move || mailbox.push(2).expect("open"))
        };
        assert_eq!(mailbox.pop(), Some(1), "a batch of one");
        // The next turn, by itself.
        let second = mailbox.pop();
        sender.join().expect("sender");
        if second.is_some() {
            assert_eq!(bell.rings(), 1, "the owner was not done, and needed no wake");
        } else {
            assert_eq!(bell.rings(), 2, "the owner had found nothing, and was woken");
            assert_eq!(mailbox.pop(), Some(2));
        }
    });
}

#[test]
fn transfer_vs_push_keeps_the_message_and_wakes_the_new_owner() {
    model(|| {
        let mailbox = Arc::new(Mailbox::new());
        let (old, new) = (Bell::new(), Bell::new());
        mailbox.attach(old);
        let sender = {
            let mailbox = mailbox.clone();
            spawn(move || mailbox.push(7).expect("open"))
        };
        mailbox.detach();
        mailbox.attach(new.clone());
        assert_eq!(drain_until(&mailbox, &new, 1), [7]);
        sender.join().expect("sender");
    });
}

#[test]
fn messages_left_for_a_port_that_starts_are_announced() {
    model(|| {
        let mailbox = Arc::new(Mailbox::new());
        let bell = Bell::new();
        mailbox.attach(bell.clone());
        let sender = {
            let mailbox = mailbox.clone();
            spawn(move || mailbox.push(1).expect("open"))
        };
        // Not started: the wake, if it came already, is answered by taking nothing.
        if bell.rings() > 0 {
            assert_eq!(mailbox.pop_if(|_| false), None);
        }
        mailbox.announce();
        assert_eq!(drain_until(&mailbox, &bell, 1), [1]);
        sender.join().expect("sender");
    });
}

#[test]
fn batch_vs_push_loses_no_message_and_keeps_the_order() {
    model(|| {
        let mailbox = Arc::new(Mailbox::new());
        let bell = Bell::new();
        mailbox.attach(bell.clone());
        mailbox.push(1).expect("open");
        mailbox.push(2).expect("open");
        let sender = {
            let mailbox = mailbox.clone();
            spawn(move || mailbox.push(3).expect("open"))
        };
        let mut taken = std::collections::VecDeque::new();
        mailbox.pop_batch(3, |_| true, &mut taken);
        assert_eq!(taken.pop_front(), Some(1), "told");
        mailbox.put_back(&mut taken);
        assert!(taken.is_empty());
        assert_eq!(drain_until(&mailbox, &bell, 2), [2, 3]);
        assert_eq!(mailbox.waiting(), Amount::default());
        sender.join().expect("sender");
    });
}

#[test]
fn every_fill_is_answered_by_one_relief() {
    model(|| {
        let mailbox = Arc::new(Mailbox::new());
        let (owner, sender) = (Bell::new(), Bell::new());
        mailbox.attach(owner.clone());
        mailbox.set_mark(Some((Amount { messages: 2, bytes: 1000 }, sender.clone())));
        let reader = {
            let (mailbox, owner) = (mailbox.clone(), owner.clone());
            spawn(move || drain_until(&mailbox, &owner, 3))
        };
        let mut fills = 0;
        for message in 0..3 {
            let full = mailbox.push(message).expect("open").full;
            if full && sender.rings() == fills {
                fills += 1;
                // As a sender that respects its mark: nothing more until there is room.
                while sender.rings() < fills {
                    yield_now();
                }
            }
        }
        assert_eq!(reader.join().expect("reader"), [0, 1, 2]);
        assert_eq!(mailbox.waiting(), Amount::default());
    });
}

#[test]
fn transfer_vs_close_closes_once_and_drops_what_waited() {
    model(|| {
        let mailbox = Arc::new(Mailbox::new());
        let (old, new) = (Bell::new(), Bell::new());
        mailbox.attach(old);
        mailbox.push(1).expect("open");
        let closer = {
            let mailbox = mailbox.clone();
            spawn(move || mailbox.close().len())
        };
        mailbox.detach();
        mailbox.attach(new);
        let read = usize::from(mailbox.pop().is_some());
        let dropped = closer.join().expect("closer");
        assert_eq!(read + dropped, 1, "the message is read or dropped, never both");
        assert!(mailbox.push(2).is_err());
    });
}

#[test]
fn close_vs_push_drops_every_message_once() {
    model(|| {
        let mailbox = Arc::new(Mailbox::new());
        mailbox.attach(Bell::new());
        let sender = {
            let mailbox = mailbox.clone();
            spawn(move || usize::from(mailbox.push(1).is_err()) + usize::from(mailbox.push(2).is_err()))
        };
        let waited = mailbox.close().len();
        let refused = sender.join().expect("sender");
        assert_eq!(waited + refused, 2);
        assert!(mailbox.push(3).is_err());
        assert_eq!(mailbox.pop(), None);
    });
}

/// The letter that says that the other end was closed.
const CLOSE: u32 = 9;

/// *close* of `port.rs`: the end's own mailbox goes, then the other end hears of it, behind what was posted before.
fn close_end(inbox: &Mailbox<u32, Bell>, peer: &Mailbox<u32, Bell>) -> Vec<u32> {
    let dropped = inbox.close().into_iter().collect();
    let _ = peer.push(CLOSE);
    dropped
}

#[test]
fn a_close_overtakes_nothing_and_both_ends_may_close_at_once() {
    model(|| {
        let (mine, theirs) = (Arc::new(Mailbox::new()), Arc::new(Mailbox::new()));
        theirs.attach(Bell::new());
        let other = {
            let (mine, theirs) = (mine.clone(), theirs.clone());
            spawn(move || {
                let posted = theirs.push(1).is_ok();
                close_end(&mine, &theirs);
                posted
            })
        };
        let read = theirs.pop();
        let dropped = close_end(&theirs, &mine);
        let posted = other.join().expect("the other end");
        let seen: Vec<u32> = read.into_iter().chain(dropped).collect();
        assert!([&[][..], &[1], &[1, CLOSE]].contains(&&seen[..]), "in this order: {seen:?}");
        assert!(posted || seen.is_empty(), "what was refused did not arrive");
        assert!(mine.push(2).is_err() && theirs.push(2).is_err());
    });
}

#[test]
fn a_close_waits_for_a_port_that_travels() {
    model(|| {
        let (mine, theirs) = (Arc::new(Mailbox::new()), Arc::new(Mailbox::new()));
        let (old, new) = (Bell::new(), Bell::new());
        theirs.attach(old);
        let other = {
            let (mine, theirs) = (mine.clone(), theirs.clone());
            spawn(move || drop(close_end(&mine, &theirs)))
        };
        theirs.detach();
        theirs.attach(new.clone());
        assert_eq!(drain_until(&theirs, &new, 1), [CLOSE], "and the new owner is woken for it");
        other.join().expect("the other end");
    });
}

/// An isolate as far as termination goes.
#[derive(Clone, Default)]
struct WorkerIsolate(Arc<WorkerFlags>);

#[derive(Default)]
struct WorkerFlags {
    terminated: AtomicBool,
    gone: AtomicBool,
}

impl Terminate for WorkerIsolate {
    fn terminate(&self) {
        assert!(!self.0.gone.load(Ordering::SeqCst), "reached for after it went");
        self.0.terminated.store(true, Ordering::SeqCst);
    }
}

#[test]
fn termination_of_a_worker_is_never_lost_and_never_late() {
    model(|| {
        let lifecycle = Arc::new(Lifecycle::new());
        let isolate = WorkerIsolate::default();
        let terminators: Vec<_> = (0..2)
            .map(|_| {
                let lifecycle = lifecycle.clone();
                spawn(move || lifecycle.terminate())
            })
            .collect();
        let ran = lifecycle.publish(isolate.clone());
        if ran {
            // JavaScript runs, without end.
            while !isolate.0.terminated.load(Ordering::SeqCst) {
                yield_now();
            }
        }
        lifecycle.retire();
        isolate.0.gone.store(true, Ordering::SeqCst);
        for terminator in terminators {
            terminator.join().expect("terminator");
        }
        assert_eq!(isolate.0.terminated.load(Ordering::SeqCst), ran, "told if it ran, and kept from running otherwise");
    });
}

#[test]
fn isolate_of_a_worker_is_looked_at_only_while_it_runs() {
    model(|| {
        let lifecycle = Arc::new(Lifecycle::new());
        let isolate = WorkerIsolate::default();
        let asker = {
            let lifecycle = lifecycle.clone();
            spawn(move || lifecycle.with_running(|isolate: &WorkerIsolate| isolate.0.gone.load(Ordering::SeqCst)))
        };
        assert!(lifecycle.publish(isolate.clone()));
        lifecycle.retire();
        isolate.0.gone.store(true, Ordering::SeqCst);
        assert_ne!(asker.join().expect("asker"), Some(true), "looked at after it went");
        assert!(lifecycle.with_running(|_| ()).is_none());
    });
}
