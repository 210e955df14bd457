//! The lock manager of the Web Locks API: named locks that all threads of the process share.
//!
//! *What it owns.* For each name in use, who holds it and who waits, in order. A [`LockClient`] is one isolate; when it
//! ends, so do its locks and requests. *Threads:* everything may be called from every thread; one mutex guards it all, and
//! callbacks, which post to loops, run after it was let go.
//!
//! *Protocol* (Web Locks API, section 4), by named steps:
//! - **request**: joins the queue of its name; with `steal`, takes the lock from all who hold it and goes first; with
//!   `if_available`, is answered at once.
//! - **process**: from the front of a queue, requests are granted as long as they are compatible with what is held. It
//!   follows each change of a name.
//! - **release**, **abort**, **leave** (a client ended): what they remove is removed, then *process*.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::sync::lock;

/// Told to whoever asked; posts to its loop.
pub(crate) type Notice = Box<dyn FnOnce() + Send>;

/// What a request came to.
pub(crate) enum Answer {
    Granted,
    /// With `if_available`: it is not.
    Refused,
}

/// How a lock is asked for.
pub(crate) struct Request {
    /// Names it among those of its client, for release and abort.
    pub(crate) ticket: u32,
    pub(crate) name: String,
    pub(crate) exclusive: bool,
    pub(crate) if_available: bool,
    pub(crate) steal: bool,
    /// Called once, unless the request is aborted or its client ends.
    pub(crate) on_answer: Box<dyn FnOnce(Answer) + Send>,
    /// Called when another takes the lock away.
    pub(crate) on_stolen: Notice,
}

/// A lock or a request, as `query()` shows it.
pub(crate) struct LockInfo {
    pub(crate) name: String,
    pub(crate) exclusive: bool,
    /// The label of the client.
    pub(crate) client: u64,
    pub(crate) held: bool,
}

struct Entry {
    ticket: u32,
    client: u64,
    label: u64,
    exclusive: bool,
    on_answer: Option<Box<dyn FnOnce(Answer) + Send>>,
    on_stolen: Option<Notice>,
}

#[derive(Default)]
struct Named {
    held: Vec<Entry>,
    queue: VecDeque<Entry>,
}

impl Named {
    fn is_free_for(&self, exclusive: bool) -> bool {
        self.held.is_empty() || (!exclusive && self.held.iter().all(|entry| !entry.exclusive))
    }

    /// *process*
    fn process(&mut self, notices: &mut Vec<Notice>) {
        while self.queue.front().is_some_and(|first| self.is_free_for(first.exclusive)) {
            if let Some(mut entry) = self.queue.pop_front() {
                if let Some(on_answer) = entry.on_answer.take() {
                    notices.push(Box::new(move || on_answer(Answer::Granted)));
                }
                self.held.push(entry);
            }
        }
    }
}

/// All locks of a process; tests make their own.
#[derive(Default)]
pub(crate) struct LockManager {
    names: Mutex<HashMap<String, Named>>,
}

static MANAGER: std::sync::LazyLock<LockManager> = std::sync::LazyLock::new(LockManager::default);

/// The process's.
pub(crate) fn manager() -> &'static LockManager {
    &MANAGER
}

fn next_client() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn notify(notices: Vec<Notice>) {
    for notice in notices {
        notice();
    }
}

impl LockManager {
    /// *request*
    fn request(&self, client: u64, label: u64, request: Request) {
        let mut notices: Vec<Notice> = Vec::new();
        let mut names = lock(&self.names);
        let named = names.entry(request.name.clone()).or_default();
        let entry = Entry {
            ticket: request.ticket,
            client,
            label,
            exclusive: request.exclusive,
            on_answer: Some(request.on_answer),
            on_stolen: Some(request.on_stolen),
        };
        if request.steal {
            notices.extend(named.held.drain(..).filter_map(|mut entry| entry.on_stolen.take()));
            named.queue.push_front(entry);
        } else if request.if_available && !(named.queue.is_empty() && named.is_free_for(request.exclusive)) {
            if let Some(on_answer) = entry.on_answer {
                notices.push(Box::new(move || on_answer(Answer::Refused)));
            }
        } else {
            named.queue.push_back(entry);
        }
        named.process(&mut notices);
        drop(names);
        notify(notices);
    }

    /// Removes what `is_meant` names from the locks of `name`, or of all names. Whether anything was.
    fn remove(&self, name: Option<&str>, is_meant: impl Fn(&Entry, bool) -> bool) -> bool {
        let mut notices = Vec::new();
        let mut removed = Vec::new();
        let mut names = lock(&self.names);
        let meant: Vec<String> = match name {
            Some(name) => vec![name.to_owned()],
            None => names.keys().cloned().collect(),
        };
        for name in meant {
            let Some(named) = names.get_mut(&name) else { continue };
            removed.extend(named.held.extract_if(.., |entry| is_meant(entry, true)));
            let (out, left) = named.queue.drain(..).partition::<VecDeque<_>, _>(|entry| is_meant(entry, false));
            removed.extend(out);
            named.queue = left;
            named.process(&mut notices);
            if named.held.is_empty() && named.queue.is_empty() {
                names.remove(&name);
            }
        }
        drop(names);
        notify(notices);
        !removed.is_empty()
    }

    /// What is held, then what waits, of all names.
    pub(crate) fn query(&self) -> Vec<LockInfo> {
        let names = lock(&self.names);
        let info = |name: &String, entry: &Entry, held| LockInfo {
            name: name.clone(),
            exclusive: entry.exclusive,
            client: entry.label,
            held,
        };
        let held = names.iter().flat_map(|(name, named)| named.held.iter().map(move |entry| info(name, entry, true)));
        let waiting =
            names.iter().flat_map(|(name, named)| named.queue.iter().map(move |entry| info(name, entry, false)));
        held.chain(waiting).collect()
    }
}

/// An isolate, as the manager knows it.
pub(crate) struct LockClient {
    manager: &'static LockManager,
    id: u64,
    /// What `query()` shows of it: the thread id.
    label: u64,
}

impl LockClient {
    /// A client of the process's manager.
    pub(crate) fn new(label: u64) -> Self {
        Self { manager: manager(), id: next_client(), label }
    }

    /// *request*
    pub(crate) fn request(&self, request: Request) {
        self.manager.request(self.id, self.label, request);
    }

    /// *release*: lets a lock that is held go.
    pub(crate) fn release(&self, name: &str, ticket: u32) {
        self.manager.remove(Some(name), |entry, held| held && entry.client == self.id && entry.ticket == ticket);
    }

    /// *abort*: takes a request back; false if it was granted meanwhile.
    pub(crate) fn abort(&self, name: &str, ticket: u32) -> bool {
        self.manager.remove(Some(name), |entry, held| !held && entry.client == self.id && entry.ticket == ticket)
    }
}

impl Drop for LockClient {
    /// *leave*
    fn drop(&mut self) {
        self.manager.remove(None, |entry, _| entry.client == self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    type Log = Arc<Mutex<Vec<String>>>;

    fn client() -> LockClient {
        LockClient { manager: Box::leak(Box::default()), id: next_client(), label: 0 }
    }

    fn ask(client: &LockClient, log: &Log, tag: &'static str, exclusive: bool, steal: bool, if_available: bool) -> u32 {
        static TICKETS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
        let ticket = TICKETS.fetch_add(1, Ordering::Relaxed);
        let (answered, stolen) = (log.clone(), log.clone());
        client.request(Request {
            ticket,
            name: "n".to_owned(),
            exclusive,
            if_available,
            steal,
            on_answer: Box::new(move |answer| {
                let word = if matches!(answer, Answer::Granted) { "granted" } else { "refused" };
                lock(&answered).push(format!("{tag} {word}"));
            }),
            on_stolen: Box::new(move || lock(&stolen).push(format!("{tag} stolen"))),
        });
        ticket
    }

    fn taken(log: &Log) -> Vec<String> {
        std::mem::take(&mut *lock(log))
    }

    #[test]
    fn locks_grant_in_order_and_share() {
        let (client, log) = (client(), Log::default());
        let a = ask(&client, &log, "a", false, false, false);
        ask(&client, &log, "b", false, false, false);
        let c = ask(&client, &log, "c", true, false, false);
        ask(&client, &log, "d", false, false, false);
        ask(&client, &log, "e", false, false, true);
        // d waits behind c, although it could share with a and b.
        assert_eq!(taken(&log), ["a granted", "b granted", "e refused"]);
        assert_eq!(client.manager.query().iter().filter(|info| info.held).count(), 2);
        assert!(client.abort("n", c) && !client.abort("n", c));
        assert_eq!(taken(&log), ["d granted"]);
        client.release("n", a);
        let f = ask(&client, &log, "f", true, true, false);
        assert_eq!(taken(&log), ["b stolen", "d stolen", "f granted"]);
        client.release("n", f);
        assert!(client.manager.query().is_empty());
    }

    #[test]
    fn locks_of_a_client_that_ends_go_to_the_next() {
        let (first, log) = (client(), Log::default());
        let second = LockClient { manager: first.manager, id: next_client(), label: 1 };
        ask(&first, &log, "a", true, false, false);
        ask(&first, &log, "b", true, false, false);
        ask(&second, &log, "c", true, false, false);
        drop(first);
        assert_eq!(taken(&log), ["a granted", "c granted"]);
    }
}
