//! The quorum as a value: one log, one leader, entries accepted from nobody else.

use kedge_metadata_state::{
    BrokerId, Delta, Dialect, Image, MetadataVersion, Record,
    image::ZkMigrationState,
    loader::{CommittedBatch, TransactionBuffer},
};
use kedge_migration::{
    decide::Loaded,
    reconcile::{LogPosition, zk_migration_state},
};

/// The committed log and who leads.
#[derive(Clone, Debug)]
pub struct Quorum {
    /// What the log stands for.
    pub image: Image,
    /// The image when the last copy ended: what brokers switch at.
    pub image_at_copy_end: Image,
    /// Leader epochs and where each starts.
    pub epochs: Vec<(i32, i64)>,
    /// The leader.
    pub leader: BrokerId,
    transaction: TransactionBuffer,
}

impl Quorum {
    /// A new quorum in PRE_MIGRATION, led by `leader`.
    pub fn new(leader: BrokerId) -> Quorum {
        let image = Image::empty(Dialect::kraft(MetadataVersion::LATEST));
        let transaction = TransactionBuffer::new(0);
        let mut quorum = Quorum { image_at_copy_end: image.clone(), image, epochs: Vec::new(), leader, transaction };
        quorum.elect(leader);
        quorum.append(vec![zk_migration_state(ZkMigrationState::PreMigration)]);
        quorum
    }

    /// Another term. Its first entry is a LeaderChange, which takes an offset.
    pub fn elect(&mut self, leader: BrokerId) {
        let leader_epoch = self.leader_epoch() + 1;
        let base_offset = self.end_offset();
        self.leader = leader;
        self.epochs.push((leader_epoch, base_offset));
        let control = CommittedBatch { base_offset, last_offset: base_offset, leader_epoch, records: Vec::new() };
        self.transaction.feed(control).expect("a control batch fits");
    }

    /// The present leader epoch.
    pub fn leader_epoch(&self) -> i32 {
        self.epochs.last().map_or(0, |(leader_epoch, _)| *leader_epoch)
    }

    /// The log's end.
    pub fn end_offset(&self) -> i64 {
        self.transaction.next_offset()
    }

    /// Position of the last record.
    pub fn at(&self) -> LogPosition {
        LogPosition { leader_epoch: self.leader_epoch(), last_offset: self.end_offset() - 1 }
    }

    /// A metadata transaction is open.
    pub fn is_in_transaction(&self) -> bool {
        self.transaction.is_in_transaction()
    }

    /// Where the cluster stands by the log.
    pub fn state(&self) -> ZkMigrationState {
        self.image.features.zk_migration_state
    }

    /// The quorum rules the cluster.
    pub fn rules(&self) -> bool {
        matches!(self.state(), ZkMigrationState::Migration | ZkMigrationState::PostMigration)
    }

    /// What a leader loads.
    pub fn loaded(&self) -> Loaded {
        Loaded { image: self.image.clone().into(), at: self.at(), is_in_transaction: self.is_in_transaction() }
    }

    /// Commits one entry.
    pub fn append(&mut self, records: Vec<Record>) {
        let ruled = self.rules();
        let batch = CommittedBatch::new(self.end_offset(), self.leader_epoch(), records);
        for complete in self.transaction.feed(batch).expect("leaders write a proper log") {
            let mut delta = Delta::new(&self.image);
            delta.replay_all(&complete.records).expect("leaders write what fits the image");
            self.image = delta.apply().0;
        }
        if !ruled && self.rules() {
            self.image_at_copy_end = self.image.clone();
        }
    }
}
