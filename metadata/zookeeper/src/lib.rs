//! The metadata store on ZooKeeper: Kafka's znode tree, exactly.
//!
//! - [`znodes`]: every path, encode and decode. Pure.
//! - [`tree`]: the tree as last known, and the image it stands for. Pure.
//! - [`plan`]: records into stages of fenced multis. Pure.
//! - [`zk`]: what is needed of a client, as a port; [`client`] is the real one, [`tree_model`] a pure ZooKeeper and
//!   [`model_client`] the port on it.
//! - [`store`]: [`ZooKeeperStore`], the authority; also the [`Takeover`](kedge_metadata_store::Takeover) of a rollback.
//! - [`member`]: [`ZooKeeperMemberImpl`], a broker that does not rule.
//! - [`mirror`]: [`ZooKeeperMirror`], the tree under a quorum.

pub mod client;
mod consumer_offsets;
mod executor;
mod foreign;
pub mod member;
pub mod mirror;
pub mod model_client;
pub mod ops;
pub mod plan;
mod reader;
pub mod store;
mod takeover;
pub mod tree;
pub mod tree_model;
pub mod zk;
pub mod znodes;

pub use client::Ensemble;
pub use member::ZooKeeperMemberImpl;
pub use mirror::ZooKeeperMirror;
pub use store::ZooKeeperStore;
