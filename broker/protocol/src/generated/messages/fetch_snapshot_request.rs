//! `FetchSnapshotRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `FetchSnapshotRequest` of `FetchSnapshotRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchSnapshotRequest {
    /// ClusterId: `string 0+ null=0+ tag=0 default=null`.
    pub cluster_id: Option<String>,
    /// ReplicaId: `int32 0+ default=-1`.
    pub replica_id: i32,
    /// MaxBytes: `int32 0+ default=0x7fffffff`.
    pub max_bytes: i32,
    /// Topics: `[]TopicSnapshot 0+`.
    pub topics: Vec<TopicSnapshot>,
}
impl Default for FetchSnapshotRequest {
    fn default() -> Self {
        FetchSnapshotRequest { cluster_id: None, replica_id: -1, max_bytes: 0x7fffffff, topics: Default::default() }
    }
}
impl Body for FetchSnapshotRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.replica_id);
        out.i32(self.max_bytes);
        out.structs(true, version, "FetchSnapshotRequest.Topics", &self.topics);
        let has_cluster_id = self.cluster_id.is_some();
        out.uvarint(u32::from(has_cluster_id));
        if has_cluster_id {
            let start = out.tag(0);
            out.opt_string(true, true, "FetchSnapshotRequest.ClusterId", self.cluster_id.as_deref());
            out.tag_end(start);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("FetchSnapshotRequest");
        let mut this = FetchSnapshotRequest {
            cluster_id: None,
            replica_id: input.i32(),
            max_bytes: input.i32(),
            topics: input.structs(true, version, "Topics"),
        };
        for _ in 0..input.tag_count() {
            let (tag, end) = input.tag();
            match tag {
                0 => this.cluster_id = input.opt_string(true, true, "ClusterId"),
                _ => input.tag_skip(end),
            }
            input.tag_end(end);
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for FetchSnapshotRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.cluster_id = sample::nullable(random, true, |random| sample::string(random));
        this.replica_id = sample::bits(random) as i32;
        this.max_bytes = sample::bits(random) as i32;
        this.topics = sample::vec(random, |random| TopicSnapshot::sample(version, random));
        this
    }
}
impl Message for FetchSnapshotRequest {
    const NAME: &'static str = "FetchSnapshotRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for FetchSnapshotRequest {
    const KEY: ApiKey = ApiKey::FETCH_SNAPSHOT;
    type Response = super::fetch_snapshot_response::FetchSnapshotResponse;
}
/// `TopicSnapshot` of `FetchSnapshotRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicSnapshot {
    /// Name: `string 0+`.
    pub name: String,
    /// Partitions: `[]PartitionSnapshot 0+`.
    pub partitions: Vec<PartitionSnapshot>,
}
impl Body for TopicSnapshot {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "TopicSnapshot.Name", &self.name);
        out.structs(true, version, "TopicSnapshot.Partitions", &self.partitions);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TopicSnapshot");
        let this =
            TopicSnapshot { name: input.string(true, "Name"), partitions: input.structs(true, version, "Partitions") };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for TopicSnapshot {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| PartitionSnapshot::sample(version, random));
        this
    }
}
/// `PartitionSnapshot` of `FetchSnapshotRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionSnapshot {
    /// Partition: `int32 0+`.
    pub partition: i32,
    /// CurrentLeaderEpoch: `int32 0+`.
    pub current_leader_epoch: i32,
    /// SnapshotId: `SnapshotId 0+`.
    pub snapshot_id: SnapshotId,
    /// Position: `int64 0+`.
    pub position: i64,
    /// ReplicaDirectoryId: `uuid 1+ tag=0 ignorable`.
    pub replica_directory_id: Uuid,
}
impl Body for PartitionSnapshot {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.partition);
        out.i32(self.current_leader_epoch);
        self.snapshot_id.write(version, out);
        out.i64(self.position);
        let has_replica_directory_id = self.replica_directory_id != Uuid::ZERO;
        let has_replica_directory_id = has_replica_directory_id && version >= 1;
        out.uvarint(u32::from(has_replica_directory_id));
        if has_replica_directory_id {
            let start = out.tag(0);
            out.uuid(self.replica_directory_id);
            out.tag_end(start);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("PartitionSnapshot");
        let mut this = PartitionSnapshot {
            partition: input.i32(),
            current_leader_epoch: input.i32(),
            snapshot_id: SnapshotId::read(version, input),
            position: input.i64(),
            replica_directory_id: Default::default(),
        };
        for _ in 0..input.tag_count() {
            let (tag, end) = input.tag();
            match tag {
                0 if version >= 1 => this.replica_directory_id = input.uuid(),
                0 => input.tag_not_in_version(0, version),
                _ => input.tag_skip(end),
            }
            input.tag_end(end);
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for PartitionSnapshot {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition = sample::bits(random) as i32;
        this.current_leader_epoch = sample::bits(random) as i32;
        this.snapshot_id = SnapshotId::sample(version, random);
        this.position = sample::bits(random) as i64;
        if version >= 1 {
            this.replica_directory_id = sample::uuid(random);
        }
        this
    }
}
/// `SnapshotId` of `FetchSnapshotRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SnapshotId {
    /// EndOffset: `int64 0+`.
    pub end_offset: i64,
    /// Epoch: `int32 0+`.
    pub epoch: i32,
}
impl Body for SnapshotId {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i64(self.end_offset);
        out.i32(self.epoch);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("SnapshotId");
        let this = SnapshotId { end_offset: input.i64(), epoch: input.i32() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for SnapshotId {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.end_offset = sample::bits(random) as i64;
        this.epoch = sample::bits(random) as i32;
        this
    }
}
