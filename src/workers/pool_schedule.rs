//! Which job of a pool runs where, and how one is stopped without ever hitting another.
//!
//! *What it owns.* The jobs that wait, by priority and in order of arrival; a [`Seat`] per thread that has, or is about to
//! have, an isolate; and where each job under way is. All under one mutex, held for a few instructions. No V8 type
//! appears here: an isolate is what [`Server`] says of it.
//!
//! *Which thread may call what.* Everything may be called from every thread, except what takes a seat's number, which is
//! for the thread that has the seat.
//!
//! *Protocol*, by named steps:
//! - **submit** (anybody): the job is queued, and one thread is told, if one can take it: an idle one, else a new one,
//!   else one whose tasks all await something. Where all are busy nobody is: each looks here when it is done.
//! - **next** (a thread outside of JavaScript): withdraws a termination that was meant for what ran before; then says what
//!   to do. A job it gives is under way from that moment on, in the same critical section that took it from the queue: a
//!   cancellation finds it in one place or in the other.
//! - **cancel** (anybody): a job that waits leaves the queue. One under way is terminated if it is what the thread's
//!   JavaScript belongs to; it is left to the thread ([`Order`]) if it awaits something; both under the mutex.
//! - **finish** (the thread): the job is over. A later cancel does not find it, so it cannot terminate what comes next.
//!
//! V8's request for termination is sticky: sent to an isolate that is idle, it would kill whatever runs there next. Here it is
//! sent for one job only, while that job is known to be on the thread, and **next** withdraws it before anything else runs.
//!
//! *Shields* (`shield.rs`). While the runtime's own code is at something that must not be left half done, the isolate is shielded:
//! a termination is noted, and sent when the shield is down. A shield does not stop a termination that was sent before
//! it was raised: whoever has something to lose asks, and leaves it until **next** has withdrawn that.
//!
//! *Strays.* A job that was ended by force may have left something that runs on in its isolate: a timer, a reaction. Until the
//! isolate says that there is nothing (**rest**), or is gone, whoever forces the job again terminates that.
//!
//! *Suspects.* When an isolate is lost with all that was under way in it, nobody can tell which job it was. They go again one by
//! one, each in an isolate that has no other.
//!
//! *Nesting.* A job submitted from inside a task has that task's isolate as its parent. While an isolate waits for such
//! jobs it takes them even beyond its number of tasks, so tasks that wait for tasks cannot hold all threads. One that is doomed
//! cannot: where all are, and have taken every usual seat, such jobs get seats beyond those ([`NESTED_PLACES`]), which are for
//! them alone and given up when none is left. Where even that is not enough, they are refused rather than left lying.
//!
//! `tests/loom.rs` checks: removal against start, cancel against completion, no termination for the next job, no lost wake.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::claim::{Claim, Overdue};
pub(crate) use super::pool_terms::{Cancelled, Next, Order, Place, Reason, Server, Submitted, Work};
use super::shield::Shield;
use super::sync::{Mutex, lock};

/// What the JavaScript of a thread belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stack {
    /// It is outside of JavaScript.
    Nothing,
    Job(u64),
    /// The loop turns for several jobs, or for none.
    Turn,
}

struct Seat<J, S> {
    isolate: u64,
    /// `None` while the isolate is being made.
    server: Option<S>,
    /// Jobs for this isolate and no other.
    own: VecDeque<J>,
    active: Vec<u64>,
    stack: Stack,
    terminated: Option<u64>,
    shield: Shield,
    /// In the loop, outside of JavaScript as far as can be known; the number grows from one to the next.
    parked: Option<u64>,
    /// Takes no more jobs.
    doomed: bool,
    /// To go when it is idle.
    dismissed: bool,
    orders: Vec<Order>,
    /// Jobs under way that tasks of this isolate submitted.
    nested: usize,
    /// A job under way that shares the isolate with no other.
    suspect: Option<u64>,
}

struct Underway {
    seat: usize,
    parent: Option<Place>,
    /// Its task holds its signal.
    listens: bool,
    asked: Option<Reason>,
    forced: bool,
    claim: Option<Arc<Claim>>,
}

struct State<J, S> {
    levels: Vec<(i32, VecDeque<J>)>,
    seats: Vec<Option<Seat<J, S>>>,
    underway: HashMap<u64, Underway>,
    /// Jobs that were ended by force, and where.
    strays: HashMap<u64, Place>,
    parks: u64,
    closed: bool,
    halted: bool,
    /// How many isolates may take jobs at a time.
    most: usize,
    concurrency: usize,
}

/// Seats for each such isolate: those that take no more jobs keep theirs until what is under way in them is over.
const PLACES: usize = 4;

/// Seats beyond those, for jobs that tasks in doomed isolates wait for. Each holds an isolate, and it takes one spoiled isolate
/// inside another to need one more: whoever needs more than these does not wait for a task but for memory.
const NESTED_PLACES: usize = 64;

/// See the module's documentation.
pub(crate) struct Schedule<J, S> {
    state: Mutex<State<J, S>>,
}

impl<J: Work, S: Server> Seat<J, S> {
    fn new() -> Self {
        Self {
            isolate: 0,
            server: None,
            own: VecDeque::new(),
            active: Vec::new(),
            stack: Stack::Turn,
            terminated: None,
            shield: Shield::default(),
            parked: None,
            doomed: false,
            dismissed: false,
            orders: Vec::new(),
            nested: 0,
            suspect: None,
        }
    }

    fn is_idle(&self) -> bool {
        self.parked.is_some() && self.active.is_empty() && !self.doomed && !self.dismissed
    }

    /// Sleeps, and takes jobs.
    fn is_open(&self) -> bool {
        self.parked.is_some() && !self.doomed
    }

    /// Takes no more jobs, and is not over before some job is that a task of it submitted.
    fn is_stranded(&self) -> bool {
        self.doomed && self.nested > 0
    }

    /// To be woken by the caller, outside the lock; once.
    fn unpark(&mut self) -> Option<S> {
        self.parked.take()?;
        self.server.clone()
    }
}

impl<J: Work, S: Server> Schedule<J, S> {
    /// An empty schedule for at most `most` threads with `concurrency` jobs each.
    pub(crate) fn new(most: usize, concurrency: usize) -> Self {
        let state = State {
            levels: Vec::new(),
            seats: Vec::new(),
            underway: HashMap::new(),
            strays: HashMap::new(),
            parks: 0,
            closed: false,
            halted: false,
            most,
            concurrency,
        };
        Self { state: Mutex::new(state) }
    }

    /// Takes a seat for a new thread, unless all are taken.
    pub(crate) fn reserve(&self) -> Option<usize> {
        lock(&self.state).reserve()
    }

    /// The thread of `seat` has its isolate.
    pub(crate) fn attach(&self, seat: usize, isolate: u64, server: S) {
        let mut state = lock(&self.state);
        if let Some(seat) = state.seat(seat) {
            seat.isolate = isolate;
            seat.server = Some(server);
            seat.doomed = false;
            seat.stack = Stack::Nothing;
        }
    }

    /// *submit*. `isolate` names the only one that may run the job; 0 for any.
    pub(crate) fn submit(&self, job: J, isolate: u64) -> Submitted<J> {
        let mut state = lock(&self.state);
        if state.closed || state.halted {
            return Submitted::Refused(vec![job]);
        }
        let parent = job.parent();
        let wake;
        if isolate == 0 {
            let nested = parent.is_some();
            state.push(job);
            state.count_nested(parent, true);
            wake = match state.choose(nested) {
                Chosen::Seat(index) => state.seat(index).and_then(Seat::unpark),
                Chosen::New => {
                    return state.reserve().map_or(Submitted::Queued, Submitted::Start);
                }
                Chosen::Nobody => {
                    let hopeless = state.take_hopeless();
                    if !hopeless.is_empty() {
                        return Submitted::Refused(hopeless);
                    }
                    None
                }
            };
        } else {
            let seat =
                state.seats.iter_mut().flatten().find(|s| s.isolate == isolate && !s.doomed && s.server.is_some());
            let Some(seat) = seat else { return Submitted::Refused(vec![job]) };
            seat.own.push_back(job);
            wake = seat.unpark();
            state.count_nested(parent, true);
        }
        drop(state);
        if let Some(server) = wake {
            server.wake();
        }
        Submitted::Queued
    }

    /// *next*, for the thread of the seat.
    pub(crate) fn next(&self, index: usize) -> Next<J> {
        let mut state = lock(&self.state);
        let state = &mut *state;
        let (closed, concurrency) = (state.closed, state.concurrency);
        let is_extra = state.is_extra(index);
        let Some(seat) = state.seats.get_mut(index).and_then(Option::as_mut) else { return Next::Halt };
        seat.parked = None;
        seat.stack = Stack::Nothing;
        seat.shield = Shield::default();
        let terminated = seat.terminated.take();
        if terminated.is_some()
            && let Some(server) = &seat.server
        {
            server.withdraw();
        }
        if state.halted {
            return Next::Halt;
        }
        if let Some(id) = terminated {
            return match state.underway.get(&id) {
                Some(job) => Next::Terminated(id, job.asked.unwrap_or(Reason::Cancelled)),
                None => Next::Unwound,
            };
        }
        while let Some(order) = seat.orders.pop() {
            let (Order::Abort(id, _) | Order::Abandon(id, _)) = order;
            if state.underway.contains_key(&id) {
                // What listens to the signal is the job's JavaScript.
                seat.stack = if order.drops() { Stack::Nothing } else { Stack::Job(id) };
                return Next::Order(order);
            }
        }
        if !seat.doomed {
            // A suspect waits for an isolate that is empty, and who comes behind it for the suspect: it would wait for ever.
            let first = state.levels.iter().find_map(|level| level.1.front());
            let held = first.is_some_and(Work::is_suspect) && !seat.active.is_empty();
            let room = seat.active.len() < concurrency && seat.suspect.is_none() && !held;
            let own = seat.own.pop_front();
            let job = own.or_else(|| match (room, seat.nested) {
                (true, _) if !is_extra => pop(&mut state.levels, |_| true),
                (false, 0) => None,
                _ => pop(&mut state.levels, |job| job.parent().is_some()),
            });
            if let Some(job) = job {
                let id = job.id();
                seat.suspect = job.is_suspect().then_some(id).or(seat.suspect);
                seat.stack = Stack::Job(id);
                seat.active.push(id);
                let underway = Underway {
                    seat: index,
                    parent: job.parent(),
                    listens: false,
                    asked: None,
                    forced: false,
                    claim: job.claim(),
                };
                state.underway.insert(id, underway);
                if job.is_suspect() {
                    // Those who left what is behind it to wait.
                    state.seats.iter_mut().flatten().filter_map(Seat::unpark).for_each(|server| server.wake());
                }
                return Next::Job(job);
            }
        }
        if seat.active.is_empty() {
            let own: Vec<J> = seat.own.drain(..).collect();
            if closed || seat.dismissed || (is_extra && !seat.doomed) {
                state.seats[index] = None;
                return Next::Leave(own);
            }
            if seat.doomed {
                seat.server = None;
                return Next::Drop(own);
            }
        }
        state.parks += 1;
        seat.parked = Some(state.parks);
        seat.stack = match seat.active[..] {
            [only] => Stack::Job(only),
            _ => Stack::Turn,
        };
        Next::Wait
    }

    /// Whether jobs of the seat are to be ended, which **next** will say.
    pub(crate) fn has_orders(&self, index: usize) -> bool {
        let mut state = lock(&self.state);
        state.seat(index).is_some_and(|seat| seat.terminated.is_some() || !seat.orders.is_empty())
    }

    /// The thread of `seat`, outside of JavaScript, withdraws whatever termination is pending, as **next** does. A job that it
    /// was meant for is dropped by who calls this, or by the next order.
    pub(crate) fn cleanse(&self, index: usize) {
        let mut state = lock(&self.state);
        let Some(seat) = state.seat(index) else { return };
        seat.stack = Stack::Nothing;
        seat.shield = Shield::default();
        if let Some(id) = seat.terminated.take() {
            seat.orders.push(Order::Abandon(id, Reason::Cancelled));
        }
        if let Some(server) = &seat.server {
            server.withdraw();
        }
    }

    /// The thread of `seat`, whose isolate is dropped, asks whether it shall make another one. It has given up the seat if
    /// not. `least` isolates are kept even where nothing waits.
    pub(crate) fn renew(&self, index: usize, least: usize) -> bool {
        let mut state = lock(&self.state);
        let taken = state.seats.iter().flatten().count();
        let waiting = state.levels.iter().any(|level| !level.1.is_empty());
        // Another seat may have been taken in the place of this one.
        let wanted = !state.closed
            && !state.halted
            && state.live() < state.most
            && if state.is_extra(index) { state.waits_nested() } else { taken <= least || waiting };
        // It counts as one that takes jobs from now on, so that no other is made in its place.
        state.seats[index] = wanted.then(Seat::new);
        wanted
    }

    /// The thread of `seat` could not make an isolate: gives up the seat. Where no other is left that could run them, gives
    /// the jobs that wait.
    pub(crate) fn fail(&self, index: usize) -> Vec<J> {
        let mut state = lock(&self.state);
        state.seats[index] = None;
        let mut left = state.seats.iter().flatten();
        if left.any(|seat| !seat.is_stranded()) {
            return Vec::new();
        }
        state.take_waiting()
    }

    /// The thread of `seat` is gone without having left: the seat is free, for another thread.
    pub(crate) fn lose(&self, index: usize) -> Vec<J> {
        let mut state = lock(&self.state);
        let seat = state.seats.get_mut(index).and_then(Option::take);
        seat.map(|seat| seat.own.into()).unwrap_or_default()
    }

    /// Takes a seat for a new thread if jobs wait that nobody may come for.
    pub(crate) fn reserve_for_waiting(&self) -> Option<usize> {
        let mut state = lock(&self.state);
        if state.levels.iter().all(|level| level.1.is_empty()) { None } else { state.reserve() }
    }

    /// *finish*. Says why the job was asked to end, if it was. `None` of `None`: it was not under way.
    pub(crate) fn finish(&self, id: u64) -> Option<Option<Reason>> {
        let mut state = lock(&self.state);
        let job = state.underway.remove(&id)?;
        if let Some(seat) = state.seat(job.seat) {
            seat.active.retain(|&other| other != id);
            seat.suspect = seat.suspect.filter(|&suspect| suspect != id);
            let isolate = seat.isolate;
            if job.forced {
                state.strays.insert(id, Place { seat: job.seat, isolate });
            }
        }
        state.count_nested(job.parent, false);
        Some(job.asked)
    }

    /// *rest*: nothing is left of a job that was ended by force.
    pub(crate) fn rest(&self, id: u64) {
        lock(&self.state).strays.remove(&id);
    }

    /// A task took its signal: cancellation asks before it forces. Gives the reason where it was asked already.
    pub(crate) fn listen(&self, id: u64) -> Option<Reason> {
        let mut state = lock(&self.state);
        let job = state.underway.get_mut(&id)?;
        job.listens = true;
        job.asked
    }

    /// Why a job under way is to end, if it is.
    pub(crate) fn asked(&self, id: u64) -> Option<Reason> {
        lock(&self.state).underway.get(&id)?.asked
    }

    /// *cancel*. A job that holds its signal is only asked, unless `force`.
    pub(crate) fn cancel(&self, id: u64, reason: Reason, force: bool) -> Cancelled<J> {
        let mut state = lock(&self.state);
        let (answer, wake) = state.cancel(id, reason, force);
        drop(state);
        if let Some(server) = wake {
            server.wake();
        }
        answer
    }

    /// *cancel*, of a job whose task under way has had `limit` ms at `now`. Gives how many it has left if it has not.
    pub(crate) fn expire(&self, id: u64, limit: f64, now: f64) -> Result<Cancelled<J>, f64> {
        let mut state = lock(&self.state);
        if let Some(claim) = state.underway.get(&id).and_then(|job| job.claim.as_ref())
            && let Overdue::Left(left) = claim.stop_overdue(limit, now)
        {
            return Err(left);
        }
        let (answer, wake) = state.cancel(id, Reason::TimedOut, false);
        drop(state);
        if let Some(server) = wake {
            server.wake();
        }
        Ok(answer)
    }

    /// Takes the tasks of a job that were not begun back from its isolate, where a thread is free to run them. Gives the
    /// index of the first.
    pub(crate) fn take_back(&self, id: u64) -> Option<u32> {
        let state = lock(&self.state);
        let concurrency = state.concurrency;
        let is_free = |seat: &Seat<J, S>| seat.is_open() && seat.active.len() < concurrency && seat.suspect.is_none();
        if state.live() >= state.most && !state.seats.iter().flatten().any(is_free) {
            return None;
        }
        state.underway.get(&id)?.claim.as_ref()?.take_back()
    }

    /// The JavaScript of the seat's thread must not be interrupted from here on. Whether that is so: a termination that was sent
    /// already meets what runs next, until **next** withdraws it.
    pub(crate) fn shield(&self, index: usize) -> bool {
        let mut state = lock(&self.state);
        let Some(seat) = state.seat(index) else { return false };
        seat.shield.raise();
        seat.terminated.is_none() || seat.shield.is_holding()
    }

    /// The end of what [`shield`](Self::shield) began. Whether a termination that was held off is sent now.
    pub(crate) fn unshield(&self, index: usize) -> bool {
        let mut state = lock(&self.state);
        let Some(seat) = state.seat(index) else { return false };
        let sent = seat.shield.lower();
        if sent && let (Some(server), Some(id)) = (&seat.server, seat.terminated) {
            // Where others are under way as well, what runs now need not be the job's any more.
            if seat.active.len() > 1 { server.terminate_if(id, true) } else { server.terminate() }
        }
        sent
    }

    /// Whether `job` is to be ended by force right now; for the isolate that found its JavaScript to belong to it.
    /// Not `sure`: nothing tells whose that is, but the thread was given to the job. `time`: what the thread has used of the processor.
    pub(crate) fn note_terminated(&self, index: usize, id: u64, sure: bool, time: Duration) -> bool {
        let mut state = lock(&self.state);
        if !state.strays.contains_key(&id) && !state.underway.get(&id).is_some_and(|job| job.forced) {
            return false;
        }
        let Some(seat) = state.seat(index) else { return true };
        if !sure && seat.stack != Stack::Job(id) {
            return false;
        }
        seat.terminated = Some(id);
        seat.shield.meet(time)
    }

    /// The isolate of `seat` takes no more jobs. Gives a seat for another thread, where it still has some of which nobody can
    /// tell how long they will take (they may wait for one that is queued); and jobs that nobody can take any more.
    pub(crate) fn doom(&self, index: usize) -> (Option<usize>, Vec<J>) {
        let mut state = lock(&self.state);
        let Some(seat) = state.seat(index) else { return (None, Vec::new()) };
        seat.doomed = true;
        // Its thread has to look, or it would sleep on with nobody to give it a job.
        let wake = seat.unpark();
        let stays = !seat.active.is_empty();
        let waiting = state.levels.iter().any(|level| !level.1.is_empty());
        let other = if stays && waiting { state.reserve() } else { None };
        let hopeless = if other.is_none() { state.take_hopeless() } else { Vec::new() };
        drop(state);
        if let Some(server) = wake {
            server.wake();
        }
        (other, hopeless)
    }

    /// Lets idle isolates go that have parked no later than `mark` (see [`Schedule::mark`]), down to `least`.
    pub(crate) fn dismiss_idle(&self, mark: u64, least: usize) {
        let mut state = lock(&self.state);
        let mut spare = state.seats.iter().flatten().count().saturating_sub(least);
        let mut wake = Vec::new();
        for seat in state.seats.iter_mut().flatten() {
            if spare > 0 && seat.is_idle() && seat.parked.is_some_and(|parked| parked <= mark) {
                seat.dismissed = true;
                wake.extend(seat.unpark());
                spare -= 1;
            }
        }
        drop(state);
        wake.iter().for_each(Server::wake);
    }

    /// A moment: isolates that park from now on have done so later.
    pub(crate) fn mark(&self) -> u64 {
        lock(&self.state).parks
    }

    /// Refuses all further jobs, and gives those that wait. Threads leave when nothing is under way in them.
    pub(crate) fn close(&self) -> Vec<J> {
        self.end(false)
    }

    /// The process ends: threads stop where they are outside of JavaScript.
    pub(crate) fn halt(&self) -> Vec<J> {
        self.end(true)
    }

    fn end(&self, halt: bool) -> Vec<J> {
        let mut state = lock(&self.state);
        state.closed = true;
        state.halted |= halt;
        let mut jobs = state.take_waiting();
        let mut wake = Vec::new();
        for seat in state.seats.iter_mut().flatten() {
            jobs.extend(seat.own.drain(..));
            // Also where no job is on the stack: nothing that tasks left behind may hold the thread.
            if halt
                && seat.stack != Stack::Nothing
                && let Some(server) = &seat.server
            {
                seat.terminated = Some(0);
                server.terminate();
            }
            wake.extend(seat.unpark());
        }
        drop(state);
        wake.iter().for_each(Server::wake);
        jobs
    }

    /// Jobs under way.
    pub(crate) fn underway(&self) -> Vec<u64> {
        lock(&self.state).underway.keys().copied().collect()
    }

    /// Tasks that wait for a thread.
    pub(crate) fn waiting(&self) -> usize {
        lock(&self.state).levels.iter().flat_map(|level| &level.1).map(Work::size).sum()
    }

    /// How many seats are taken.
    pub(crate) fn seats(&self) -> usize {
        lock(&self.state).seats.iter().flatten().count()
    }

    /// Seats whose thread may be in JavaScript.
    pub(crate) fn busy(&self) -> usize {
        let state = lock(&self.state);
        state.seats.iter().flatten().filter(|seat| seat.server.is_none() || seat.stack != Stack::Nothing).count()
    }

    /// The isolates that live, with their servers, and how many jobs are under way in each.
    pub(crate) fn servers(&self) -> Vec<(Place, S, usize)> {
        let state = lock(&self.state);
        let mut servers = Vec::new();
        for (index, seat) in state.seats.iter().enumerate() {
            if let Some(seat) = seat
                && let (Some(server), false) = (&seat.server, seat.doomed)
            {
                servers.push((Place { seat: index, isolate: seat.isolate }, server.clone(), seat.active.len()));
            }
        }
        servers
    }
}

enum Chosen {
    Seat(usize),
    New,
    Nobody,
}

/// The first job of the highest level that `wanted` takes.
fn pop<J>(levels: &mut [(i32, VecDeque<J>)], wanted: impl Fn(&J) -> bool) -> Option<J> {
    levels.iter_mut().find_map(|(_, queue)| {
        let at = queue.iter().position(&wanted)?;
        queue.remove(at)
    })
}

impl<J: Work, S: Server> State<J, S> {
    fn seat(&mut self, index: usize) -> Option<&mut Seat<J, S>> {
        self.seats.get_mut(index)?.as_mut()
    }

    /// Seats whose isolates take jobs, or will.
    fn live(&self) -> usize {
        self.seats.iter().flatten().filter(|seat| !seat.doomed).count()
    }

    /// Whether a seat is one for nested jobs alone.
    fn is_extra(&self, index: usize) -> bool {
        index >= self.most * PLACES
    }

    /// Whether a job waits that a task submitted.
    fn waits_nested(&self) -> bool {
        self.levels.iter().flat_map(|level| &level.1).any(|job| job.parent().is_some())
    }

    /// Where one more seat may be taken.
    fn room(&self) -> Option<usize> {
        if self.closed || self.halted || self.live() >= self.most {
            return None;
        }
        let index = self.seats.iter().position(Option::is_none).unwrap_or(self.seats.len());
        let most = self.most * PLACES;
        (index < most || (index < most + NESTED_PLACES && self.waits_nested())).then_some(index)
    }

    fn reserve(&mut self) -> Option<usize> {
        let index = self.room()?;
        if index == self.seats.len() {
            self.seats.push(None);
        }
        self.seats[index] = Some(Seat::new());
        Some(index)
    }

    /// Jobs that can never begin: the only isolates there are wait for such jobs, and take none. They are refused, so that
    /// who waits for them is told.
    fn take_hopeless(&mut self) -> Vec<J> {
        if self.room().is_some() || self.live() > 0 || !self.seats.iter().flatten().all(Seat::is_stranded) {
            return Vec::new();
        }
        let mut jobs = Vec::new();
        while let Some(job) = pop(&mut self.levels, |job| job.parent().is_some()) {
            self.count_nested(job.parent(), false);
            jobs.push(job);
        }
        jobs
    }

    /// *cancel*; also who is to be woken, outside the lock.
    fn cancel(&mut self, id: u64, reason: Reason, force: bool) -> (Cancelled<J>, Option<S>) {
        let Some(job) = self.underway.get_mut(&id) else {
            let Some(job) = self.remove(id) else { return (self.chase(id), None) };
            self.count_nested(job.parent(), false);
            return (Cancelled::BeforeStart(job), None);
        };
        let reason = *job.asked.get_or_insert(reason);
        let Some(seat) = self.seats.get_mut(job.seat).and_then(Option::as_mut) else {
            return (Cancelled::TooLate, None);
        };
        let answer;
        if job.listens && !force {
            seat.orders.push(Order::Abort(id, reason));
            answer = Cancelled::Asked;
        } else {
            answer = Cancelled::Forced;
            job.forced = true;
            let mine = seat.stack == Stack::Job(id);
            if !mine || seat.active.len() > 1 {
                // It awaits something, or may: its thread drops it then. Should the JavaScript that runs be its all the same (in
                // a turn of the loop, or since another job resolved what it awaits), the isolate finds out.
                seat.orders.push(Order::Abandon(id, reason));
                if let Some(server) = &seat.server {
                    server.terminate_if(id, mine);
                }
            } else if let Some(server) = &seat.server {
                seat.terminated = Some(id);
                if seat.shield.ask() {
                    server.terminate();
                } else {
                    // Only on its own thread can it be told how long that has been at what is shielded.
                    server.terminate_if(id, true);
                }
            }
        }
        (answer, seat.unpark())
    }

    /// Ends what a job that is over may have left.
    fn chase(&mut self, id: u64) -> Cancelled<J> {
        let Some(&place) = self.strays.get(&id) else { return Cancelled::TooLate };
        match self.seat(place.seat) {
            Some(Seat { isolate, server: Some(server), .. }) if *isolate == place.isolate => {
                server.terminate_if(id, false);
                Cancelled::Stray
            }
            _ => {
                self.strays.remove(&id);
                Cancelled::TooLate
            }
        }
    }

    fn push(&mut self, job: J) {
        let priority = job.priority();
        let at = self.levels.partition_point(|level| level.0 > priority);
        if self.levels.get(at).is_none_or(|level| level.0 != priority) {
            // Levels nobody uses any more make room.
            self.levels.retain(|level| !level.1.is_empty());
            let at = self.levels.partition_point(|level| level.0 > priority);
            self.levels.insert(at, (priority, VecDeque::from([job])));
            return;
        }
        self.levels[at].1.push_back(job);
    }

    /// Who takes what was just queued.
    fn choose(&self, nested: bool) -> Chosen {
        // The one that parked last is the warmest.
        let warmest = |fits: &dyn Fn(&Seat<J, S>) -> bool| {
            let seats = self.seats.iter().enumerate().filter_map(|(i, seat)| Some((i, seat.as_ref()?)));
            seats
                .filter(|(index, seat)| (nested || !self.is_extra(*index)) && fits(seat))
                .max_by_key(|(_, seat)| seat.parked)
                .map(|(index, _)| index)
        };
        if let Some(index) = warmest(&Seat::is_idle) {
            return Chosen::Seat(index);
        }
        // Threads that are being started will look for jobs themselves.
        let starting = self.seats.iter().flatten().filter(|seat| seat.server.is_none()).count();
        if starting >= self.levels.iter().map(|level| level.1.len()).sum() {
            return Chosen::Nobody;
        }
        if self.room().is_some() {
            return Chosen::New;
        }
        let has_room = |seat: &Seat<J, S>| seat.active.len() < self.concurrency && seat.suspect.is_none();
        if let Some(index) = warmest(&|seat| seat.is_open() && has_room(seat)) {
            return Chosen::Seat(index);
        }
        if nested && let Some(index) = warmest(&|seat| seat.is_open() && seat.nested > 0) {
            return Chosen::Seat(index);
        }
        Chosen::Nobody
    }

    fn count_nested(&mut self, parent: Option<Place>, more: bool) {
        let Some(place) = parent else { return };
        if let Some(seat) = self.seat(place.seat)
            && seat.isolate == place.isolate
        {
            seat.nested = if more { seat.nested + 1 } else { seat.nested.saturating_sub(1) };
        }
    }

    fn remove(&mut self, id: u64) -> Option<J> {
        let queues = self.levels.iter_mut().map(|level| &mut level.1);
        queues.chain(self.seats.iter_mut().flatten().map(|seat| &mut seat.own)).find_map(|queue| {
            let at = queue.iter().position(|job| job.id() == id)?;
            queue.remove(at)
        })
    }

    fn take_waiting(&mut self) -> Vec<J> {
        let jobs: Vec<J> = self.levels.drain(..).flat_map(|level| level.1).collect();
        for job in &jobs {
            self.count_nested(job.parent(), false);
        }
        jobs
    }
}
