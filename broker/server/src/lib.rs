//! The broker behind the binary `kedge`.
//!
//! A request's way: [`network`] reads a frame, [`dispatch`] finds its handler by (API key, version), one file per API
//! under [`api`] answers it from [`services`] that know neither ZooKeeper nor Raft. Only [`startup`] and the tools under
//! [`cli`] name a concrete metadata store.

pub mod admin_http;
pub mod api;
mod blocking;
pub mod bootstrap;
pub mod broker_push;
pub mod cli;
pub mod client;
pub mod clock;
pub mod config;
pub mod context;
pub mod controller_api;
pub mod controller_link;
pub mod controller_runtime;
pub mod crash_points;
pub mod dispatch;
pub mod group_coordinator;
pub mod lifecycle;
pub mod limits;
pub mod logging;
pub mod metadata_publisher;
pub mod metadata_source;
pub mod metrics;
pub mod network;
pub mod node_api;
pub mod producer_ids;
pub mod random;
pub mod replica;
pub mod services;
pub mod settings;
pub mod startup;
