//! The metadata store on ZooKeeper: Kafka's znode tree, exactly.
//!
//! - [`znodes`]: every path, encode and decode. Pure.
//! - [`tree`]: the tree as last known, and the image it stands for. Pure.
//! - [`plan`]: records into stages of fenced multis. Pure.
//! - [`zk`]: what is needed of a client, as a port; [`client`] is the real one, [`tree_model`] a pure ZooKeeper and
//!   [`model_client`] the port on it.
//! - [`store`]: [`ZooKeeperStore`], the authority.

pub mod client;
mod executor;
pub mod model_client;
pub mod plan;
mod reader;
pub mod store;
pub mod tree;
pub mod tree_model;
pub mod zk;
pub mod znodes;

pub use client::Ensemble;
pub use store::ZooKeeperStore;
