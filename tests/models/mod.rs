//! The concurrent scenarios of the V8-free protocols, written once against `super::sync` and compiled twice: by
//! `tests/loom.rs` with the model checker's primitives, by `tests/protocols.rs` with the standard library's.

use super::mailbox::{Mailbox, Wake};
use super::sync::harness::{Arc, AtomicBool, AtomicUsize, Ordering, model, spawn, yield_now};
use super::termination::{Cancelled, JobControl, Terminator};

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
        mailbox.begin_drain();
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
fn a_bounded_drain_asks_for_another_turn() {
    model(|| {
        let mailbox = Arc::new(Mailbox::new());
        let bell = Bell::new();
        mailbox.attach(bell.clone());
        mailbox.push(1).expect("open");
        let sender = {
            let mailbox = mailbox.clone();
            spawn(move || mailbox.push(2).expect("open"))
        };
        mailbox.begin_drain();
        assert_eq!(mailbox.pop(), Some(1));
        mailbox.end_drain();
        sender.join().expect("sender");
        assert_eq!(bell.rings(), 2, "the message left over has a wake of its own, and one only");
        assert_eq!(mailbox.pop_if(|m| *m == 1), None, "the first one is gone");
        assert_eq!(mailbox.begin_drain(), 1);
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

/// An isolate as far as termination goes: `pending` is V8's sticky request.
#[derive(Clone)]
struct Isolate {
    pending: Arc<AtomicBool>,
}

impl Terminator for Isolate {
    fn terminate(&self) {
        self.pending.store(true, Ordering::SeqCst);
    }

    fn withdraw(&self) {
        self.pending.store(false, Ordering::SeqCst);
    }
}

#[test]
fn cancel_never_hits_the_next_job() {
    model(|| {
        let isolate = Isolate { pending: Arc::new(AtomicBool::new(false)) };
        let (first, second) = (Arc::new(JobControl::new()), JobControl::new());
        let canceller = {
            let first = first.clone();
            spawn(move || first.cancel())
        };
        let began = first.begin(isolate.clone());
        let terminated = began && first.finish();
        assert!(second.begin(isolate.clone()));
        assert!(!isolate.pending.load(Ordering::SeqCst), "a request for the first job reached the second");
        assert!(!second.finish());
        match canceller.join().expect("canceller") {
            Cancelled::BeforeStart => assert!(!began),
            Cancelled::WhileRunning => assert!(terminated, "the runner must learn of it"),
            Cancelled::TooLate => assert!(began && !terminated),
        }
        assert!(!isolate.pending.load(Ordering::SeqCst));
    });
}

#[test]
fn two_cancellations_terminate_once() {
    model(|| {
        let isolate = Isolate { pending: Arc::new(AtomicBool::new(false)) };
        let job = Arc::new(JobControl::new());
        let other = {
            let job = job.clone();
            spawn(move || job.cancel())
        };
        let began = job.begin(isolate.clone());
        let mine = job.cancel();
        let theirs = other.join().expect("canceller");
        if began {
            assert_eq!((mine, theirs), (Cancelled::WhileRunning, Cancelled::WhileRunning));
            assert!(job.finish());
        } else {
            assert_eq!((mine, theirs), (Cancelled::TooLate, Cancelled::BeforeStart));
        }
        assert!(!isolate.pending.load(Ordering::SeqCst));
    });
}
