//! BroadcastChannel groups: who hears what is said under a name, in the whole process.
//!
//! *What it owns.* The table of groups by name, and of each group its members' mailboxes. A group lives as long as it
//! has members. *Threads:* all of it may be used from every thread.
//!
//! Follows the HTML standard's BroadcastChannel: a message reaches every member but its sender, in the same order.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::message::Message;
use super::port::{Letter, PortMailbox};
use super::sync::lock;
use crate::observe::trace::{self, Flow};

type Members = Vec<Arc<PortMailbox>>;

static GROUPS: Mutex<Option<HashMap<String, Members>>> = Mutex::new(None);

/// Being a member of a group; ends when dropped.
pub(crate) struct Membership {
    name: String,
    inbox: Arc<PortMailbox>,
}

impl Membership {
    /// Makes `inbox` hear what is said under `name`.
    pub(crate) fn join(name: &str, inbox: &Arc<PortMailbox>) -> Self {
        let mut groups = lock(&GROUPS);
        groups.get_or_insert_default().entry(name.to_owned()).or_default().push(inbox.clone());
        Self { name: name.to_owned(), inbox: inbox.clone() }
    }

    /// Says `message` to all others.
    pub(crate) fn post(&self, message: Message) {
        // Held while posting, so that every member hears messages of different senders in the same order.
        let mut groups = lock(&GROUPS);
        let Some(members) = groups.as_mut().and_then(|groups| groups.get_mut(&self.name)) else { return };
        let start = trace::is_on().then(trace::now);
        for member in members.iter().filter(|member| !Arc::ptr_eq(member, &self.inbox)) {
            if let Some(copy) = message.duplicate() {
                let arrow = trace::next_arrow();
                // Before the reader can see it.
                trace::arrow_begins(Flow::Message, arrow, start.unwrap_or(0));
                drop(member.push(Letter::Message(copy, arrow)));
            }
        }
        if let Some(start) = start {
            trace::slice_since("message", "post", start, &[]);
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let mut groups = lock(&GROUPS);
        let Some(all) = groups.as_mut() else { return };
        let Some(members) = all.get_mut(&self.name) else { return };
        members.retain(|member| !Arc::ptr_eq(member, &self.inbox));
        if members.is_empty() {
            all.remove(&self.name);
        }
    }
}
