//! One front end of the debugger: what it attached to, and the domains of the protocol that Weft answers itself.
//!
//! A front end is connected to one target. Through it, it may hear of all Workers of the process and have sessions with
//! them, in either of two dialects: `NodeWorker`, which wraps messages of Workers in events, and `Target` with
//! `flatten`, where a message names its session at the top. V8 knows neither.
//!
//! *Threads:* any; the parts are under a mutex that is never held while an outlet is called.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::{Value, json};

use super::target::{self, Command, Outlet, SessionId, Target, next_session};
use crate::workers::sync::lock;

/// How a front end wants to speak with Workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    NodeWorker,
    Flat,
}

struct Attached {
    target: Arc<Target>,
    session: SessionId,
}

#[derive(Default)]
struct Parts {
    /// How Workers are reported, and whether they wait for the debugger when they start.
    workers: Option<(Dialect, bool)>,
    /// Sessions with Workers, by what the front end calls them.
    attached: BTreeMap<String, Attached>,
}

/// See the module's documentation.
pub(crate) struct Frontend {
    outlet: Outlet,
    parts: Mutex<Parts>,
}

/// What of a message decides who answers it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    id: Option<i64>,
    method: Option<String>,
    session_id: Option<String>,
    #[serde(default)]
    params: Value,
}

impl Frontend {
    /// A front end that hears through `outlet`.
    pub(crate) fn new(outlet: Outlet) -> Arc<Self> {
        Arc::new(Self { outlet, parts: Mutex::default() })
    }

    /// Takes a message if it is for a Worker or in a domain that V8 does not know. False: it is for the target's V8.
    pub(crate) fn take(self: &Arc<Self>, message: &str) -> bool {
        let Ok(head) = serde_json::from_str::<Head>(message) else { return false };
        if let Some(name) = &head.session_id {
            let found = lock(&self.parts).attached.get(name).map(|a| (a.target.clone(), a.session));
            match found {
                Some((target, session)) => target.send(Command::Message(session, message.to_owned())),
                None => self.refuse(&head, &format!("Session with given id not found: {name}")),
            }
            return true;
        }
        match head.method.as_deref().and_then(|method| method.split_once('.')) {
            Some(("NodeWorker", method)) => self.node_worker(&head, method),
            Some(("Target", method)) => self.target(&head, method),
            _ => return false,
        }
        true
    }

    fn node_worker(self: &Arc<Self>, head: &Head, method: &str) {
        let name = || head.params["sessionId"].as_str().unwrap_or_default().to_owned();
        match method {
            "enable" => {
                self.answer(head, &json!({}));
                self.observe(Dialect::NodeWorker, head.params["waitForDebuggerOnStart"] == true);
            }
            "disable" => {
                self.stop_observing();
                self.answer(head, &json!({}));
            }
            "sendMessageToWorker" => {
                let found = lock(&self.parts).attached.get(&name()).map(|a| (a.target.clone(), a.session));
                let (Some((target, session)), Some(message)) = (found, head.params["message"].as_str()) else {
                    self.refuse(head, "No such session id");
                    return;
                };
                self.answer(head, &json!({}));
                target.send(Command::Message(session, message.to_owned()));
            }
            "detach" => {
                let name = name();
                let Some(attached) = lock(&self.parts).attached.remove(&name) else {
                    self.refuse(head, "No such session id");
                    return;
                };
                attached.target.send(Command::Disconnect(attached.session));
                self.answer(head, &json!({}));
            }
            // Reports nothing that is not reported anyhow.
            "runIfWaitingForDebugger" => self.answer(head, &json!({})),
            _ => self.unknown(head),
        }
    }

    fn target(self: &Arc<Self>, head: &Head, method: &str) {
        match method {
            "setAutoAttach" => {
                self.answer(head, &json!({}));
                if head.params["autoAttach"] == true {
                    self.observe(Dialect::Flat, head.params["waitForDebuggerOnStart"] == true);
                } else {
                    self.stop_observing();
                }
            }
            "getTargets" => self.answer(head, &json!({ "targetInfos": [] })),
            "detachFromTarget" => {
                let name = head.params["sessionId"].as_str().unwrap_or_default();
                match lock(&self.parts).attached.remove(name) {
                    Some(attached) => attached.target.send(Command::Disconnect(attached.session)),
                    None => return self.refuse(head, "No such session id"),
                }
                self.answer(head, &json!({}));
            }
            _ => self.unknown(head),
        }
    }

    fn observe(self: &Arc<Self>, dialect: Dialect, wait: bool) {
        lock(&self.parts).workers = Some((dialect, wait));
        target::observe(self);
    }

    fn stop_observing(self: &Arc<Self>) {
        target::stop_observing(self);
        let attached = {
            let mut parts = lock(&self.parts);
            parts.workers = None;
            std::mem::take(&mut parts.attached)
        };
        for attached in attached.into_values() {
            attached.target.send(Command::Disconnect(attached.session));
        }
    }

    /// Opens a session with a Worker that runs or `starting`, and reports it. Says whether the Worker is to wait.
    pub(super) fn attach(self: &Arc<Self>, target: &Arc<Target>, starting: bool) -> bool {
        let session = next_session();
        let name = session.to_string();
        let (dialect, waits) = {
            let mut parts = lock(&self.parts);
            let Some((dialect, wait)) = parts.workers else { return false };
            if parts.attached.values().any(|attached| Arc::ptr_eq(&attached.target, target)) {
                return false;
            }
            parts.attached.insert(name.clone(), Attached { target: target.clone(), session });
            (dialect, wait && starting)
        };
        // Before the front end can know of the session: what it sends must find it.
        target.send(Command::Connect(session, self.outlet_of(dialect, name.clone())));
        let (title, url) = (&target.title, &target.url);
        match dialect {
            Dialect::NodeWorker => self.event(
                "NodeWorker.attachedToWorker",
                &json!({
                    "sessionId": name,
                    "workerInfo": { "workerId": target.thread.to_string(), "type": "worker", "title": title, "url": url },
                    "waitingForDebugger": waits,
                }),
            ),
            Dialect::Flat => {
                let id = &target.uuid;
                let info = json!({
                    "targetId": id, "type": "node_worker", "title": title, "url": url, "attached": true,
                    "canAccessOpener": false,
                });
                self.event("Target.targetCreated", &json!({ "targetInfo": info }));
                self.event(
                    "Target.attachedToTarget",
                    &json!({ "sessionId": name, "targetInfo": info, "waitingForDebugger": waits }),
                );
            }
        }
        waits
    }

    /// Where the messages of the Worker's session `name` go.
    fn outlet_of(self: &Arc<Self>, dialect: Dialect, name: String) -> Outlet {
        let this = Arc::downgrade(self);
        Arc::new(move |message| {
            let Some(this) = this.upgrade() else { return };
            match dialect {
                Dialect::NodeWorker => {
                    this.event(
                        "NodeWorker.receivedMessageFromWorker",
                        &json!({ "sessionId": name, "message": message }),
                    );
                }
                // V8 writes an object; the session's name, a number, becomes its first property.
                Dialect::Flat => {
                    let rest = message.strip_prefix('{').unwrap_or(message);
                    (this.outlet)(&format!(r#"{{"sessionId":"{name}",{rest}"#));
                }
            }
        })
    }

    /// A Worker is over.
    pub(super) fn detached(&self, target: &Arc<Target>) {
        let (name, dialect) = {
            let mut parts = lock(&self.parts);
            let name =
                parts.attached.iter().find(|(_, a)| Arc::ptr_eq(&a.target, target)).map(|(name, _)| name.clone());
            let (Some(name), Some((dialect, _))) = (name, parts.workers) else { return };
            parts.attached.remove(&name);
            (name, dialect)
        };
        match dialect {
            Dialect::NodeWorker => self.event("NodeWorker.detachedFromWorker", &json!({ "sessionId": name })),
            Dialect::Flat => {
                let id = &target.uuid;
                self.event("Target.detachedFromTarget", &json!({ "sessionId": name, "targetId": id }));
                self.event("Target.targetDestroyed", &json!({ "targetId": id }));
            }
        }
    }

    /// The front end has gone.
    pub(crate) fn end(self: &Arc<Self>) {
        self.stop_observing();
    }

    fn event(&self, method: &str, params: &Value) {
        (self.outlet)(&json!({ "method": method, "params": params }).to_string());
    }

    fn answer(&self, head: &Head, result: &Value) {
        if let Some(id) = head.id {
            (self.outlet)(&json!({ "id": id, "result": result }).to_string());
        }
    }

    fn refuse(&self, head: &Head, message: &str) {
        if let Some(id) = head.id {
            (self.outlet)(&json!({ "id": id, "error": { "code": -32000, "message": message } }).to_string());
        }
    }

    fn unknown(&self, head: &Head) {
        let (Some(id), Some(method)) = (head.id, &head.method) else { return };
        let message = format!("'{method}' wasn't found");
        (self.outlet)(&json!({ "id": id, "error": { "code": -32601, "message": message } }).to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frontend() -> (Arc<Frontend>, Arc<Mutex<Vec<String>>>) {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = heard.clone();
        (Frontend::new(Arc::new(move |message| lock(&ears).push(message.to_owned()))), heard)
    }

    #[test]
    fn messages_of_v8s_domains_are_not_taken() {
        let (frontend, heard) = frontend();
        assert!(!frontend.take(r#"{"id":1,"method":"Runtime.enable"}"#));
        assert!(!frontend.take("no JSON"));
        assert!(lock(&heard).is_empty());
    }

    #[test]
    fn unknown_methods_and_sessions_are_refused() {
        let (frontend, heard) = frontend();
        assert!(frontend.take(r#"{"id":1,"method":"NodeWorker.dance"}"#));
        assert!(frontend.take(r#"{"id":2,"method":"Runtime.enable","sessionId":"77"}"#));
        assert!(frontend.take(r#"{"id":3,"method":"NodeWorker.detach","params":{"sessionId":"77"}}"#));
        let heard = lock(&heard);
        assert!(heard[0].contains("-32601") && heard[0].contains("NodeWorker.dance"), "{}", heard[0]);
        assert!(heard[1].contains("Session with given id not found"), "{}", heard[1]);
        assert!(heard[2].contains("No such session id"), "{}", heard[2]);
    }
}
