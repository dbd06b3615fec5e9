//! Where the two authorities behave differently, as data in the image: the controller reads it and never asks for a mode.

use crate::MetadataVersion;

/// Who hands out broker epochs and decides who the controller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Authority {
    /// The znode tree. Broker epochs are czxids of `/brokers/ids/<id>`.
    ZooKeeper,
    /// The KRaft quorum. Broker epochs are offsets of `__cluster_metadata`.
    KRaft,
}

/// A broker epoch and the number space it is from. Epochs of different authorities are never compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BrokerEpoch {
    /// Whose number it is.
    pub authority: Authority,
    /// The number; −1 means unknown.
    pub value: i64,
}

impl BrokerEpoch {
    /// No broker epoch is known; leaders treat such a replica as eligible (AlterPartition v3, KIP-903).
    pub const UNKNOWN_VALUE: i64 = -1;

    /// The number to put beside epochs of `authority`: its own value there, −1 (unknown) in any other space.
    pub fn seen_by(self, authority: Authority) -> i64 {
        if self.authority == authority { self.value } else { Self::UNKNOWN_VALUE }
    }
}

/// How the authority that an image was loaded from behaves. Set by the store, read by the controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Whose broker epochs and controller epochs the image holds.
    pub authority: Authority,
    /// An ISR shrink made by the *controller* also bumps the leader epoch (ZooKeeper: always; KRaft: below metadata.version 12).
    pub bump_on_isr_shrink: bool,
    /// Each step of a reassignment bumps the leader epoch (ZooKeeper).
    pub bump_on_reassignment: bool,
    /// A broker that is gone is unregistered, not fenced (ZooKeeper: its ephemeral znode is gone).
    pub unregister_on_loss: bool,
    /// A topic is deleted only after every replica acknowledged StopReplica (ZooKeeper).
    pub deletion_needs_acks: bool,
}

impl Dialect {
    /// The ZooKeeper-mode controller's behaviour.
    pub const ZOOKEEPER: Dialect = Dialect {
        authority: Authority::ZooKeeper,
        bump_on_isr_shrink: true,
        bump_on_reassignment: true,
        unregister_on_loss: true,
        deletion_needs_acks: true,
    };

    /// The KRaft controller's behaviour at a metadata.version (KAFKA-15021 changed the ISR-shrink bump at level 12).
    pub fn kraft(metadata_version: MetadataVersion) -> Dialect {
        Dialect {
            authority: Authority::KRaft,
            bump_on_isr_shrink: !metadata_version.is_skip_leader_epoch_bump_supported(),
            bump_on_reassignment: false,
            unregister_on_loss: false,
            deletion_needs_acks: false,
        }
    }
}
