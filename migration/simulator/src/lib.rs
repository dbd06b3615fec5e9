//! A cluster that moves from ZooKeeper to KRaft, back, again and to the end: on one thread, from one seed, with an
//! injected clock, and with everything going wrong that can.
//!
//! Production code under test: the driver (`kedge-migration`), the mirror and the plan of `kedge-zookeeper`, records,
//! image and diff of `kedge-metadata-state`. Models: the quorum's log ([`quorum`]), the ZooKeeper ensemble
//! (`kedge_zookeeper::model_client`), brokers and operator ([`world`]). [`check`] says what may never be.
//!
//! `KEDGE_SIMULATOR_SEED=<n> cargo test -p kedge-simulator one_seed -- --nocapture` replays a seed with its trace.

pub mod check;
pub mod quorum;
pub mod random;
pub mod world;

pub use world::{Failure, PlantedBug, run};
