//! `FetchSnapshotResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Records};
/// `FetchSnapshotResponse` of `FetchSnapshotResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct FetchSnapshotResponse {
    /// ThrottleTimeMs: `int32 0+ ignorable`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// Topics: `[]TopicSnapshot 0+`.
    pub topics: Vec<TopicSnapshot>,
    /// NodeEndpoints: `[]NodeEndpoint 1+ tag=0`.
    pub node_endpoints: Vec<NodeEndpoint>,
}
impl Body for FetchSnapshotResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.i16(self.error_code);
        out.structs(true, version, "FetchSnapshotResponse.Topics", &self.topics);
        let has_node_endpoints = !self.node_endpoints.is_empty();
        if has_node_endpoints && version < 1 {
            out.not_in_version("FetchSnapshotResponse.NodeEndpoints", version);
        }
        let has_node_endpoints = has_node_endpoints && version >= 1;
        out.uvarint(u32::from(has_node_endpoints));
        if has_node_endpoints {
            let start = out.tag(0);
            out.structs(true, version, "FetchSnapshotResponse.NodeEndpoints", &self.node_endpoints);
            out.tag_end(start);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("FetchSnapshotResponse");
        let mut this = FetchSnapshotResponse {
            throttle_time_ms: input.i32(),
            error_code: input.i16(),
            topics: input.structs(true, version, "Topics"),
            node_endpoints: Default::default(),
        };
        for _ in 0..input.tag_count() {
            let (tag, end) = input.tag();
            match tag {
                0 if version >= 1 => this.node_endpoints = input.structs(true, version, "NodeEndpoints"),
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
impl Sample for FetchSnapshotResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.topics = sample::vec(random, |random| TopicSnapshot::sample(version, random));
        if version >= 1 {
            this.node_endpoints = sample::vec(random, |random| NodeEndpoint::sample(version, random));
        }
        this
    }
}
impl Message for FetchSnapshotResponse {
    const NAME: &'static str = "FetchSnapshotResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `TopicSnapshot` of `FetchSnapshotResponse`, versions 0–1.
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
/// `PartitionSnapshot` of `FetchSnapshotResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionSnapshot {
    /// Index: `int32 0+`.
    pub index: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// SnapshotId: `SnapshotId 0+`.
    pub snapshot_id: SnapshotId,
    /// CurrentLeader: `LeaderIdAndEpoch 0+ tag=0`.
    pub current_leader: LeaderIdAndEpoch,
    /// Size: `int64 0+`.
    pub size: i64,
    /// Position: `int64 0+`.
    pub position: i64,
    /// UnalignedRecords: `records 0+`.
    pub unaligned_records: Option<Records>,
}
impl Body for PartitionSnapshot {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.index);
        out.i16(self.error_code);
        self.snapshot_id.write(version, out);
        out.i64(self.size);
        out.i64(self.position);
        out.opt_records(true, false, "PartitionSnapshot.UnalignedRecords", self.unaligned_records.as_ref());
        let has_current_leader = self.current_leader != LeaderIdAndEpoch::default();
        out.uvarint(u32::from(has_current_leader));
        if has_current_leader {
            let start = out.tag(0);
            self.current_leader.write(version, out);
            out.tag_end(start);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("PartitionSnapshot");
        let mut this = PartitionSnapshot {
            index: input.i32(),
            error_code: input.i16(),
            snapshot_id: SnapshotId::read(version, input),
            current_leader: Default::default(),
            size: input.i64(),
            position: input.i64(),
            unaligned_records: input.opt_records(true, false, "UnalignedRecords"),
        };
        for _ in 0..input.tag_count() {
            let (tag, end) = input.tag();
            match tag {
                0 => this.current_leader = LeaderIdAndEpoch::read(version, input),
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
        this.index = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.snapshot_id = SnapshotId::sample(version, random);
        this.current_leader = LeaderIdAndEpoch::sample(version, random);
        this.size = sample::bits(random) as i64;
        this.position = sample::bits(random) as i64;
        this.unaligned_records = sample::nullable(random, false, |random| sample::records(random));
        this
    }
}
/// `SnapshotId` of `FetchSnapshotResponse`, versions 0–1.
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
/// `LeaderIdAndEpoch` of `FetchSnapshotResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LeaderIdAndEpoch {
    /// LeaderId: `int32 0+`.
    pub leader_id: i32,
    /// LeaderEpoch: `int32 0+`.
    pub leader_epoch: i32,
}
impl Body for LeaderIdAndEpoch {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.leader_id);
        out.i32(self.leader_epoch);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("LeaderIdAndEpoch");
        let this = LeaderIdAndEpoch { leader_id: input.i32(), leader_epoch: input.i32() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for LeaderIdAndEpoch {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.leader_id = sample::bits(random) as i32;
        this.leader_epoch = sample::bits(random) as i32;
        this
    }
}
/// `NodeEndpoint` of `FetchSnapshotResponse`, versions 1–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct NodeEndpoint {
    /// NodeId: `int32 1+`.
    pub node_id: i32,
    /// Host: `string 1+`.
    pub host: String,
    /// Port: `uint16 1+`.
    pub port: u16,
}
impl Body for NodeEndpoint {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.node_id);
        out.string(true, "NodeEndpoint.Host", &self.host);
        out.u16(self.port);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("NodeEndpoint");
        let this = NodeEndpoint { node_id: input.i32(), host: input.string(true, "Host"), port: input.u16() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for NodeEndpoint {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.node_id = sample::bits(random) as i32;
        this.host = sample::string(random);
        this.port = sample::bits(random) as u16;
        this
    }
}
