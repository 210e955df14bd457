//! Traces (`--trace-out`).

use super::reports::Place;
use crate::main_loop::record::EventKind;

pub(crate) fn is_on() -> bool {
    false
}

pub(crate) fn callback(_: i64, _: EventKind, _: u64, _: u64, _: Option<&Place>, _: Option<&str>) {}
