//! What a metadata source delivers, and where it comes from (p).

use std::sync::Arc;

use kedge_metadata_state::{Authority, BrokerId, Image, Record};

/// Where metadata came from, so that what is late can be told from what is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceStamp {
    /// Which authority decided it.
    pub authority: Authority,
    /// The ZooKeeper controller epoch, or the leader epoch of the metadata log.
    pub controller_epoch: i32,
    /// Offset of the last record applied; −1 where there is no log.
    pub metadata_offset: i64,
}

/// One event of a source.
#[derive(Clone, Debug)]
pub enum SourceEvent {
    /// Changes to apply, in order.
    Records {
        /// Where they come from.
        stamp: SourceStamp,
        /// They are upserts of the whole state (RPCs), not changes relative to what was before (log).
        absolute: bool,
        /// The changes.
        records: Vec<Record>,
    },
    /// Everything at once: a snapshot, or a first image.
    Image {
        /// Where it comes from.
        stamp: SourceStamp,
        /// The image.
        image: Arc<Image>,
    },
    /// All that was committed when the source was asked has been delivered.
    CaughtUp {
        /// Up to here.
        stamp: SourceStamp,
    },
}

/// Who leads the metadata quorum, as far as this node has heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuorumLeader {
    /// The controller's node id, none while unknown.
    pub leader_id: Option<BrokerId>,
    /// Its leader epoch.
    pub leader_epoch: i32,
}

/// Which snapshot of the metadata log: everything below `end_offset`, whose last record has `leader_epoch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotId {
    /// First offset not in the snapshot.
    pub end_offset: i64,
    /// Leader epoch of the last record in it.
    pub leader_epoch: i32,
}
