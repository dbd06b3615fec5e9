//! The move of a cluster's metadata between ZooKeeper and a KRaft quorum, both ways.
//!
//! Everything here but [`runtime`] is pure: what is known comes in, what is to be done goes out.
//!
//! - [`state`]: where the driver stands, and the operator's word for it.
//! - [`decide`]: the driver: an event in, actions out.
//! - [`readiness`]: preflight. [`codes`]: every `KM` code.
//! - [`reconcile`]: copy, mirror and repair, as one difference.
//! - [`verify`]: tree and quorum compared by a second reader. [`rollback`]: what the way back needs and loses.
//! - [`switch`]: whether a running broker may change its metadata source. [`node_api`]: what nodes and tools ask each other.
//! - [`runtime`]: the driver's shell on the active controller.

pub mod codes;
pub mod decide;
pub mod node_api;
pub mod readiness;
pub mod reconcile;
pub mod rollback;
pub mod runtime;
pub mod state;
pub mod switch;
pub mod verify;
