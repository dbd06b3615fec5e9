//! What should change in the cluster's metadata: pure decisions over an image.
//!
//! The contract with whoever runs the controller (the server's `controller_runtime`, the simulator):
//!
//! 1. Every function takes a [`Context`]: the image *as the request before left it*, the settings, the time, the offset
//!    that the first record of this decision will get, and a random source. It returns a [`Decision`]: units of records
//!    and the response to give once they are committed. Nothing is changed; the records, replayed through
//!    [`kedge_metadata_state::Delta`] in order, are the change.
//! 2. A unit is all or nothing. Its [`Subject`] says what it is about, so that the outcome of that unit (committed,
//!    conflict, too large) can be put beside the right item of the response. Units of one decision are committed in
//!    order, and every prefix of them is a state the cluster may be in.
//! 3. Soft state lives outside the image and is passed in: [`liveness::Liveness`] (heartbeats) and
//!    [`deletion::TopicDeletions`] (acknowledgements). It is built at activation and dies with the reign; whoever loses
//!    the commit of a decision that touched it has lost the reign too.
//! 4. The two authorities differ by [`kedge_metadata_state::Dialect`] alone. Registrations and fences are records in
//!    both; a ZooKeeper store has no place for them (the ephemeral is the registration), so its runtime replays units of
//!    [`Subject::Broker`] into its image without committing them.
//!
//! Finding a broker's partitions walks all of them: done when a broker comes, goes or shuts down, never for an ordinary
//! heartbeat.
//!
//! Deliberately absent: partition reassignment requests (a reassignment found in the image is completed), ACLs, quotas,
//! SCRAM, delegation tokens, ELR (metadata.version 23), UpdateFeatures.

pub mod activation;
pub mod brokers;
pub mod config_schema;
pub mod configs;
pub mod controllers;
pub mod decision;
pub mod deletion;
pub mod directories;
pub mod election;
pub mod features;
pub mod isr;
pub mod limits;
pub mod liveness;
pub mod partitions;
pub mod placement;
pub mod producer_ids;
pub mod random;
pub mod rebalance;
pub mod settings;
pub mod topics;

mod assignment;
mod cluster_view;
mod partition_change;
mod topic_name;

use kedge_metadata_state::{Image, TimestampMs};

pub use decision::{ApiError, ApiResult, Decision, DecisionUnit, Subject};
pub use partition_change::Election;
pub use random::{RandomSource, SplitMix64};
pub use settings::Settings;

/// What a decision is made on.
pub struct Context<'a> {
    /// The cluster, with everything decided so far replayed into it, committed or not.
    pub image: &'a Image,
    /// What the controller was configured with.
    pub settings: &'a Settings,
    /// The time, by the runtime's clock.
    pub now_ms: TimestampMs,
    /// The offset that the first metadata record of this decision will get in `__cluster_metadata`; a new registration's
    /// broker epoch in KRaft. Meaningless under ZooKeeper.
    pub next_offset: i64,
    /// Topic ids and placement draw from it.
    pub random: &'a mut dyn RandomSource,
}
