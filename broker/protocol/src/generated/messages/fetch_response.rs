//! `FetchResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, LazyArray, Message, Records};
/// `FetchResponse` of `FetchResponse`, versions 0–17.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct FetchResponse {
    /// ThrottleTimeMs: `int32 1+ ignorable`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 7+ ignorable`.
    pub error_code: i16,
    /// SessionId: `int32 7+ default=0`.
    pub session_id: i32,
    /// Responses: `[]FetchableTopicResponse 0+ lazy`.
    pub responses: LazyArray<FetchableTopicResponse>,
    /// NodeEndpoints: `[]NodeEndpoint 16+ tag=0`.
    pub node_endpoints: Vec<NodeEndpoint>,
}
impl Body for FetchResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 12;
        if version >= 1 {
            out.i32(self.throttle_time_ms);
        }
        if version >= 7 {
            out.i16(self.error_code);
        }
        if version >= 7 {
            out.i32(self.session_id);
        } else if self.session_id != 0 {
            out.not_in_version("FetchResponse.SessionId", version);
        }
        out.lazy_structs(flexible, version, "FetchResponse.Responses", &self.responses);
        let has_node_endpoints = !self.node_endpoints.is_empty();
        if has_node_endpoints && version < 16 {
            out.not_in_version("FetchResponse.NodeEndpoints", version);
        }
        let has_node_endpoints = has_node_endpoints && version >= 16;
        if flexible {
            out.uvarint(u32::from(has_node_endpoints));
            if has_node_endpoints {
                let start = out.tag(0);
                out.structs(flexible, version, "FetchResponse.NodeEndpoints", &self.node_endpoints);
                out.tag_end(start);
            }
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("FetchResponse");
        let flexible = version >= 12;
        let mut this = FetchResponse {
            throttle_time_ms: if version >= 1 { input.i32() } else { 0 },
            error_code: if version >= 7 { input.i16() } else { 0 },
            session_id: if version >= 7 { input.i32() } else { 0 },
            responses: input.lazy_structs(flexible, version, "Responses"),
            node_endpoints: Default::default(),
        };
        if flexible {
            for _ in 0..input.tag_count() {
                let (tag, end) = input.tag();
                match tag {
                    0 if version >= 16 => this.node_endpoints = input.structs(flexible, version, "NodeEndpoints"),
                    0 => input.tag_not_in_version(0, version),
                    _ => input.tag_skip(end),
                }
                input.tag_end(end);
            }
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for FetchResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 1 {
            this.throttle_time_ms = sample::bits(random) as i32;
        }
        if version >= 7 {
            this.error_code = sample::bits(random) as i16;
        }
        if version >= 7 {
            this.session_id = sample::bits(random) as i32;
        }
        this.responses = sample::vec(random, |random| FetchableTopicResponse::sample(version, random)).into();
        if version >= 16 {
            this.node_endpoints = sample::vec(random, |random| NodeEndpoint::sample(version, random));
        }
        this
    }
}
impl Message for FetchResponse {
    const NAME: &'static str = "FetchResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 17;
    const FIRST_FLEXIBLE: i16 = 12;
}
/// `FetchableTopicResponse` of `FetchResponse`, versions 0–17.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct FetchableTopicResponse {
    /// Topic: `string 0-12 ignorable`.
    pub topic: String,
    /// TopicId: `uuid 13+ ignorable`.
    pub topic_id: Uuid,
    /// Partitions: `[]PartitionData 0+`.
    pub partitions: Vec<PartitionData>,
}
impl Body for FetchableTopicResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 12;
        if version <= 12 {
            out.string(flexible, "FetchableTopicResponse.Topic", &self.topic);
        }
        if version >= 13 {
            out.uuid(self.topic_id);
        }
        out.structs(flexible, version, "FetchableTopicResponse.Partitions", &self.partitions);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("FetchableTopicResponse");
        let flexible = version >= 12;
        let this = FetchableTopicResponse {
            topic: if version <= 12 { input.string(flexible, "Topic") } else { Default::default() },
            topic_id: if version >= 13 { input.uuid() } else { Default::default() },
            partitions: input.structs(flexible, version, "Partitions"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for FetchableTopicResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version <= 12 {
            this.topic = sample::string(random);
        }
        if version >= 13 {
            this.topic_id = sample::uuid(random);
        }
        this.partitions = sample::vec(random, |random| PartitionData::sample(version, random));
        this
    }
}
/// `PartitionData` of `FetchResponse`, versions 0–17.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionData {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// HighWatermark: `int64 0+`.
    pub high_watermark: i64,
    /// LastStableOffset: `int64 4+ default=-1 ignorable`.
    pub last_stable_offset: i64,
    /// LogStartOffset: `int64 5+ default=-1 ignorable`.
    pub log_start_offset: i64,
    /// DivergingEpoch: `EpochEndOffset 12+ tag=0`.
    pub diverging_epoch: EpochEndOffset,
    /// CurrentLeader: `LeaderIdAndEpoch 12+ tag=1`.
    pub current_leader: LeaderIdAndEpoch,
    /// SnapshotId: `SnapshotId 12+ tag=2`.
    pub snapshot_id: SnapshotId,
    /// AbortedTransactions: `[]AbortedTransaction 4+ null=4+ ignorable`.
    pub aborted_transactions: Option<Vec<AbortedTransaction>>,
    /// PreferredReadReplica: `int32 11+ default=-1`.
    pub preferred_read_replica: i32,
    /// Records: `records 0+ null=0+`.
    pub records: Option<Records>,
}
impl Default for PartitionData {
    fn default() -> Self {
        PartitionData {
            partition_index: 0,
            error_code: 0,
            high_watermark: 0,
            last_stable_offset: -1,
            log_start_offset: -1,
            diverging_epoch: Default::default(),
            current_leader: Default::default(),
            snapshot_id: Default::default(),
            aborted_transactions: Some(Default::default()),
            preferred_read_replica: -1,
            records: None,
        }
    }
}
impl Body for PartitionData {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 12;
        out.i32(self.partition_index);
        out.i16(self.error_code);
        out.i64(self.high_watermark);
        if version >= 4 {
            out.i64(self.last_stable_offset);
        }
        if version >= 5 {
            out.i64(self.log_start_offset);
        }
        if version >= 4 {
            out.opt_structs(
                flexible,
                true,
                version,
                "PartitionData.AbortedTransactions",
                self.aborted_transactions.as_deref(),
            );
        }
        if version >= 11 {
            out.i32(self.preferred_read_replica);
        } else if self.preferred_read_replica != -1 {
            out.not_in_version("PartitionData.PreferredReadReplica", version);
        }
        out.opt_records(flexible, true, "PartitionData.Records", self.records.as_ref());
        let has_diverging_epoch = self.diverging_epoch != EpochEndOffset::default();
        if has_diverging_epoch && version < 12 {
            out.not_in_version("PartitionData.DivergingEpoch", version);
        }
        let has_current_leader = self.current_leader != LeaderIdAndEpoch::default();
        if has_current_leader && version < 12 {
            out.not_in_version("PartitionData.CurrentLeader", version);
        }
        let has_snapshot_id = self.snapshot_id != SnapshotId::default();
        if has_snapshot_id && version < 12 {
            out.not_in_version("PartitionData.SnapshotId", version);
        }
        if flexible {
            out.uvarint(u32::from(has_diverging_epoch) + u32::from(has_current_leader) + u32::from(has_snapshot_id));
            if has_diverging_epoch {
                let start = out.tag(0);
                self.diverging_epoch.write(version, out);
                out.tag_end(start);
            }
            if has_current_leader {
                let start = out.tag(1);
                self.current_leader.write(version, out);
                out.tag_end(start);
            }
            if has_snapshot_id {
                let start = out.tag(2);
                self.snapshot_id.write(version, out);
                out.tag_end(start);
            }
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("PartitionData");
        let flexible = version >= 12;
        let mut this = PartitionData {
            partition_index: input.i32(),
            error_code: input.i16(),
            high_watermark: input.i64(),
            last_stable_offset: if version >= 4 { input.i64() } else { -1 },
            log_start_offset: if version >= 5 { input.i64() } else { -1 },
            diverging_epoch: Default::default(),
            current_leader: Default::default(),
            snapshot_id: Default::default(),
            aborted_transactions: if version >= 4 {
                input.opt_structs(flexible, true, version, "AbortedTransactions")
            } else {
                Some(Default::default())
            },
            preferred_read_replica: if version >= 11 { input.i32() } else { -1 },
            records: input.opt_records(flexible, true, "Records"),
        };
        if flexible {
            for _ in 0..input.tag_count() {
                let (tag, end) = input.tag();
                match tag {
                    0 => this.diverging_epoch = EpochEndOffset::read(version, input),
                    1 => this.current_leader = LeaderIdAndEpoch::read(version, input),
                    2 => this.snapshot_id = SnapshotId::read(version, input),
                    _ => input.tag_skip(end),
                }
                input.tag_end(end);
            }
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for PartitionData {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.high_watermark = sample::bits(random) as i64;
        if version >= 4 {
            this.last_stable_offset = sample::bits(random) as i64;
        }
        if version >= 5 {
            this.log_start_offset = sample::bits(random) as i64;
        }
        if version >= 12 {
            this.diverging_epoch = EpochEndOffset::sample(version, random);
        }
        if version >= 12 {
            this.current_leader = LeaderIdAndEpoch::sample(version, random);
        }
        if version >= 12 {
            this.snapshot_id = SnapshotId::sample(version, random);
        }
        if version >= 4 {
            this.aborted_transactions = sample::nullable(random, true, |random| {
                sample::vec(random, |random| AbortedTransaction::sample(version, random))
            });
        }
        if version >= 11 {
            this.preferred_read_replica = sample::bits(random) as i32;
        }
        this.records = sample::nullable(random, true, |random| sample::records(random));
        this
    }
}
/// `EpochEndOffset` of `FetchResponse`, versions 12–17.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochEndOffset {
    /// Epoch: `int32 12+ default=-1`.
    pub epoch: i32,
    /// EndOffset: `int64 12+ default=-1`.
    pub end_offset: i64,
}
impl Default for EpochEndOffset {
    fn default() -> Self {
        EpochEndOffset { epoch: -1, end_offset: -1 }
    }
}
impl Body for EpochEndOffset {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.epoch);
        out.i64(self.end_offset);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("EpochEndOffset");
        let this = EpochEndOffset { epoch: input.i32(), end_offset: input.i64() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for EpochEndOffset {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.epoch = sample::bits(random) as i32;
        this.end_offset = sample::bits(random) as i64;
        this
    }
}
/// `LeaderIdAndEpoch` of `FetchResponse`, versions 12–17.
#[derive(Clone, Debug, PartialEq)]
pub struct LeaderIdAndEpoch {
    /// LeaderId: `int32 12+ default=-1`.
    pub leader_id: i32,
    /// LeaderEpoch: `int32 12+ default=-1`.
    pub leader_epoch: i32,
}
impl Default for LeaderIdAndEpoch {
    fn default() -> Self {
        LeaderIdAndEpoch { leader_id: -1, leader_epoch: -1 }
    }
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
/// `SnapshotId` of `FetchResponse`, versions 12–17.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotId {
    /// EndOffset: `int64 0+ default=-1`.
    pub end_offset: i64,
    /// Epoch: `int32 0+ default=-1`.
    pub epoch: i32,
}
impl Default for SnapshotId {
    fn default() -> Self {
        SnapshotId { end_offset: -1, epoch: -1 }
    }
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
/// `AbortedTransaction` of `FetchResponse`, versions 4–17.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AbortedTransaction {
    /// ProducerId: `int64 4+`.
    pub producer_id: i64,
    /// FirstOffset: `int64 4+`.
    pub first_offset: i64,
}
impl Body for AbortedTransaction {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 12;
        out.i64(self.producer_id);
        out.i64(self.first_offset);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AbortedTransaction");
        let flexible = version >= 12;
        let this = AbortedTransaction { producer_id: input.i64(), first_offset: input.i64() };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AbortedTransaction {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.producer_id = sample::bits(random) as i64;
        this.first_offset = sample::bits(random) as i64;
        this
    }
}
/// `NodeEndpoint` of `FetchResponse`, versions 16–17.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct NodeEndpoint {
    /// NodeId: `int32 16+`.
    pub node_id: i32,
    /// Host: `string 16+`.
    pub host: String,
    /// Port: `int32 16+`.
    pub port: i32,
    /// Rack: `string 16+ null=16+ default=null`.
    pub rack: Option<String>,
}
impl Body for NodeEndpoint {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.node_id);
        out.string(true, "NodeEndpoint.Host", &self.host);
        out.i32(self.port);
        out.opt_string(true, true, "NodeEndpoint.Rack", self.rack.as_deref());
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("NodeEndpoint");
        let this = NodeEndpoint {
            node_id: input.i32(),
            host: input.string(true, "Host"),
            port: input.i32(),
            rack: input.opt_string(true, true, "Rack"),
        };
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
        this.port = sample::bits(random) as i32;
        this.rack = sample::nullable(random, true, |random| sample::string(random));
        this
    }
}
