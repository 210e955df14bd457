//! Threads: messages between isolates, Workers, the pool.
//!
//! | file | what it is |
//! |---|---|
//! | `mailbox`, `termination`, `spare_seat`, `pool_schedule`, `pool_terms`, `claim` | the protocols proper, without V8, model-checked (`tests/loom.rs`) |
//! | `message`, `structured_clone`, `error_clone`, `flat`, `shared_text` | values on their way between isolates |
//! | `port`, `batch`, `broadcast` | channels over mailboxes |
//! | `messaging_state` | what each isolate keeps for them |
//! | `worker`, `spare` | the Workers of `node:worker_threads`; a thread that is prepared for the next |
//! | `questions`, `profiler` | what a parent asks of a running Worker |
//! | `thread_message` | messages from any thread to any other, by thread id |
//! | `locks` | the locks that all threads share |
//! | `resource_limits`, `buffer_account`, `freed_memory`, `icu_memory`, `collection_effort`, `fatal_errors` | what an isolate may use, and what happens when it is full |
//! | `pool`, `pool_session`, `pooled_isolate` | the pool of `weft:pool`: its owners, its threads, its isolates |
//! | `pool_prepared`, `pool_spare` | an isolate made before it is known whose it is; a thread that is prepared for the first one of a pool |
//! | `pool_watch`, `task` | its time limits; what travels |
//! | `microtasks` | what waits in an isolate whose JavaScript is terminated; whether any does |
//! | `result_memory`, `spare_memory` | memory for what a pool makes of typed arrays; how it is used again |
//! | `shared_value` | values all isolates may read, serialized once |

mod batch;
pub(crate) mod broadcast;
pub(crate) mod buffer_account;
pub(crate) mod claim;
mod collection_effort;
pub(crate) mod error_clone;
pub(crate) mod fatal_errors;
pub(crate) mod flat;
pub(crate) mod freed_memory;
pub(crate) mod icu_memory;
pub(crate) mod locks;
pub(crate) mod mailbox;
pub(crate) mod message;
pub(crate) mod messaging_state;
pub(crate) mod microtasks;
pub(crate) mod pool;
mod pool_prepared;
pub(crate) mod pool_schedule;
mod pool_session;
mod pool_spare;
pub(crate) mod pool_terms;
mod pool_watch;
pub(crate) mod pooled_isolate;
pub(crate) mod port;
pub(crate) mod profiler;
pub(crate) mod questions;
pub(crate) mod resource_limits;
#[cfg(target_os = "linux")]
pub(crate) mod result_memory;
pub(crate) mod shared_text;
pub(crate) mod shared_value;
mod shield;
pub(crate) mod spare;
#[cfg(target_os = "linux")]
mod spare_memory;
mod spare_seat;
pub(crate) mod structured_clone;
pub(crate) mod sync;
pub(crate) mod task;
pub(crate) mod termination;
pub(crate) mod thread_message;
pub(crate) mod worker;
