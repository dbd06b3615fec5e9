//! The broker behind the binary `kedge`.
//!
//! A request's way: [`network`] reads a frame, [`dispatch`] finds its handler by (API key, version), one file per API
//! under `api` answers it from services that know neither ZooKeeper nor Raft. `startup` is the only place that names
//! a concrete metadata store.

pub mod api;
pub mod client;
pub mod clock;
pub mod context;
pub mod controller_api;
pub mod controller_link;
pub mod controller_runtime;
pub mod dispatch;
pub mod limits;
pub mod metadata_source;
pub mod network;
