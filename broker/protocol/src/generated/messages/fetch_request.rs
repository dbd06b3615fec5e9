//! `FetchRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, LazyArray, Message, Request};
/// `FetchRequest` of `FetchRequest`, versions 0–17.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchRequest {
    /// ClusterId: `string 12+ null=12+ tag=0 default=null ignorable`.
    pub cluster_id: Option<String>,
    /// ReplicaId: `int32 0-14 default=-1`.
    pub replica_id: i32,
    /// ReplicaState: `ReplicaState 15+ tag=1`.
    pub replica_state: ReplicaState,
    /// MaxWaitMs: `int32 0+`.
    pub max_wait_ms: i32,
    /// MinBytes: `int32 0+`.
    pub min_bytes: i32,
    /// MaxBytes: `int32 3+ default=0x7fffffff ignorable`.
    pub max_bytes: i32,
    /// IsolationLevel: `int8 4+ default=0 ignorable`.
    pub isolation_level: i8,
    /// SessionId: `int32 7+ default=0 ignorable`.
    pub session_id: i32,
    /// SessionEpoch: `int32 7+ default=-1 ignorable`.
    pub session_epoch: i32,
    /// Topics: `[]FetchTopic 0+`.
    pub topics: Vec<FetchTopic>,
    /// ForgottenTopicsData: `[]ForgottenTopic 7+ lazy`.
    pub forgotten_topics_data: LazyArray<ForgottenTopic>,
    /// RackId: `string 11+ ignorable`.
    pub rack_id: String,
}
impl Default for FetchRequest {
    fn default() -> Self {
        FetchRequest {
            cluster_id: None,
            replica_id: -1,
            replica_state: Default::default(),
            max_wait_ms: 0,
            min_bytes: 0,
            max_bytes: 0x7fffffff,
            isolation_level: 0,
            session_id: 0,
            session_epoch: -1,
            topics: Default::default(),
            forgotten_topics_data: Default::default(),
            rack_id: Default::default(),
        }
    }
}
impl Body for FetchRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 12;
        if version <= 14 {
            out.i32(self.replica_id);
        } else if self.replica_id != -1 {
            out.not_in_version("FetchRequest.ReplicaId", version);
        }
        out.i32(self.max_wait_ms);
        out.i32(self.min_bytes);
        if version >= 3 {
            out.i32(self.max_bytes);
        }
        if version >= 4 {
            out.i8(self.isolation_level);
        }
        if version >= 7 {
            out.i32(self.session_id);
        }
        if version >= 7 {
            out.i32(self.session_epoch);
        }
        out.structs(flexible, version, "FetchRequest.Topics", &self.topics);
        if version >= 7 {
            out.lazy_structs(flexible, version, "FetchRequest.ForgottenTopicsData", &self.forgotten_topics_data);
        } else if !self.forgotten_topics_data.is_empty() {
            out.not_in_version("FetchRequest.ForgottenTopicsData", version);
        }
        if version >= 11 {
            out.string(flexible, "FetchRequest.RackId", &self.rack_id);
        }
        let has_cluster_id = self.cluster_id.is_some();
        let has_replica_state = self.replica_state != ReplicaState::default();
        if has_replica_state && version < 15 {
            out.not_in_version("FetchRequest.ReplicaState", version);
        }
        let has_replica_state = has_replica_state && version >= 15;
        if flexible {
            out.uvarint(u32::from(has_cluster_id) + u32::from(has_replica_state));
            if has_cluster_id {
                let start = out.tag(0);
                out.opt_string(flexible, true, "FetchRequest.ClusterId", self.cluster_id.as_deref());
                out.tag_end(start);
            }
            if has_replica_state {
                let start = out.tag(1);
                self.replica_state.write(version, out);
                out.tag_end(start);
            }
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("FetchRequest");
        let flexible = version >= 12;
        let mut this = FetchRequest {
            cluster_id: None,
            replica_id: if version <= 14 { input.i32() } else { -1 },
            replica_state: Default::default(),
            max_wait_ms: input.i32(),
            min_bytes: input.i32(),
            max_bytes: if version >= 3 { input.i32() } else { 0x7fffffff },
            isolation_level: if version >= 4 { input.i8() } else { 0 },
            session_id: if version >= 7 { input.i32() } else { 0 },
            session_epoch: if version >= 7 { input.i32() } else { -1 },
            topics: input.structs(flexible, version, "Topics"),
            forgotten_topics_data: if version >= 7 {
                input.lazy_structs(flexible, version, "ForgottenTopicsData")
            } else {
                Default::default()
            },
            rack_id: if version >= 11 { input.string(flexible, "RackId") } else { Default::default() },
        };
        if flexible {
            for _ in 0..input.tag_count() {
                let (tag, end) = input.tag();
                match tag {
                    0 => this.cluster_id = input.opt_string(flexible, true, "ClusterId"),
                    1 if version >= 15 => this.replica_state = ReplicaState::read(version, input),
                    1 => input.tag_not_in_version(1, version),
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
impl Sample for FetchRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 12 {
            this.cluster_id = sample::nullable(random, true, |random| sample::string(random));
        }
        if version <= 14 {
            this.replica_id = sample::bits(random) as i32;
        }
        if version >= 15 {
            this.replica_state = ReplicaState::sample(version, random);
        }
        this.max_wait_ms = sample::bits(random) as i32;
        this.min_bytes = sample::bits(random) as i32;
        if version >= 3 {
            this.max_bytes = sample::bits(random) as i32;
        }
        if version >= 4 {
            this.isolation_level = sample::bits(random) as i8;
        }
        if version >= 7 {
            this.session_id = sample::bits(random) as i32;
        }
        if version >= 7 {
            this.session_epoch = sample::bits(random) as i32;
        }
        this.topics = sample::vec(random, |random| FetchTopic::sample(version, random));
        if version >= 7 {
            this.forgotten_topics_data = sample::vec(random, |random| ForgottenTopic::sample(version, random)).into();
        }
        if version >= 11 {
            this.rack_id = sample::string(random);
        }
        this
    }
}
impl Message for FetchRequest {
    const NAME: &'static str = "FetchRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 17;
    const FIRST_FLEXIBLE: i16 = 12;
}
impl Request for FetchRequest {
    const KEY: ApiKey = ApiKey::FETCH;
    type Response = super::fetch_response::FetchResponse;
}
/// `ReplicaState` of `FetchRequest`, versions 15–17.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaState {
    /// ReplicaId: `int32 15+ default=-1`.
    pub replica_id: i32,
    /// ReplicaEpoch: `int64 15+ default=-1`.
    pub replica_epoch: i64,
}
impl Default for ReplicaState {
    fn default() -> Self {
        ReplicaState { replica_id: -1, replica_epoch: -1 }
    }
}
impl Body for ReplicaState {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.replica_id);
        out.i64(self.replica_epoch);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ReplicaState");
        let this = ReplicaState { replica_id: input.i32(), replica_epoch: input.i64() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ReplicaState {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.replica_id = sample::bits(random) as i32;
        this.replica_epoch = sample::bits(random) as i64;
        this
    }
}
/// `FetchTopic` of `FetchRequest`, versions 0–17.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct FetchTopic {
    /// Topic: `string 0-12 ignorable`.
    pub topic: String,
    /// TopicId: `uuid 13+ ignorable`.
    pub topic_id: Uuid,
    /// Partitions: `[]FetchPartition 0+`.
    pub partitions: Vec<FetchPartition>,
}
impl Body for FetchTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 12;
        if version <= 12 {
            out.string(flexible, "FetchTopic.Topic", &self.topic);
        }
        if version >= 13 {
            out.uuid(self.topic_id);
        }
        out.structs(flexible, version, "FetchTopic.Partitions", &self.partitions);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("FetchTopic");
        let flexible = version >= 12;
        let this = FetchTopic {
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
impl Sample for FetchTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version <= 12 {
            this.topic = sample::string(random);
        }
        if version >= 13 {
            this.topic_id = sample::uuid(random);
        }
        this.partitions = sample::vec(random, |random| FetchPartition::sample(version, random));
        this
    }
}
/// `FetchPartition` of `FetchRequest`, versions 0–17.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchPartition {
    /// Partition: `int32 0+`.
    pub partition: i32,
    /// CurrentLeaderEpoch: `int32 9+ default=-1 ignorable`.
    pub current_leader_epoch: i32,
    /// FetchOffset: `int64 0+`.
    pub fetch_offset: i64,
    /// LastFetchedEpoch: `int32 12+ default=-1`.
    pub last_fetched_epoch: i32,
    /// LogStartOffset: `int64 5+ default=-1 ignorable`.
    pub log_start_offset: i64,
    /// PartitionMaxBytes: `int32 0+`.
    pub partition_max_bytes: i32,
    /// ReplicaDirectoryId: `uuid 17+ tag=0 ignorable`.
    pub replica_directory_id: Uuid,
}
impl Default for FetchPartition {
    fn default() -> Self {
        FetchPartition {
            partition: 0,
            current_leader_epoch: -1,
            fetch_offset: 0,
            last_fetched_epoch: -1,
            log_start_offset: -1,
            partition_max_bytes: 0,
            replica_directory_id: Default::default(),
        }
    }
}
impl Body for FetchPartition {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 12;
        out.i32(self.partition);
        if version >= 9 {
            out.i32(self.current_leader_epoch);
        }
        out.i64(self.fetch_offset);
        if version >= 12 {
            out.i32(self.last_fetched_epoch);
        } else if self.last_fetched_epoch != -1 {
            out.not_in_version("FetchPartition.LastFetchedEpoch", version);
        }
        if version >= 5 {
            out.i64(self.log_start_offset);
        }
        out.i32(self.partition_max_bytes);
        let has_replica_directory_id = self.replica_directory_id != Uuid::ZERO;
        let has_replica_directory_id = has_replica_directory_id && version >= 17;
        if flexible {
            out.uvarint(u32::from(has_replica_directory_id));
            if has_replica_directory_id {
                let start = out.tag(0);
                out.uuid(self.replica_directory_id);
                out.tag_end(start);
            }
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("FetchPartition");
        let flexible = version >= 12;
        let mut this = FetchPartition {
            partition: input.i32(),
            current_leader_epoch: if version >= 9 { input.i32() } else { -1 },
            fetch_offset: input.i64(),
            last_fetched_epoch: if version >= 12 { input.i32() } else { -1 },
            log_start_offset: if version >= 5 { input.i64() } else { -1 },
            partition_max_bytes: input.i32(),
            replica_directory_id: Default::default(),
        };
        if flexible {
            for _ in 0..input.tag_count() {
                let (tag, end) = input.tag();
                match tag {
                    0 if version >= 17 => this.replica_directory_id = input.uuid(),
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
impl Sample for FetchPartition {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition = sample::bits(random) as i32;
        if version >= 9 {
            this.current_leader_epoch = sample::bits(random) as i32;
        }
        this.fetch_offset = sample::bits(random) as i64;
        if version >= 12 {
            this.last_fetched_epoch = sample::bits(random) as i32;
        }
        if version >= 5 {
            this.log_start_offset = sample::bits(random) as i64;
        }
        this.partition_max_bytes = sample::bits(random) as i32;
        if version >= 17 {
            this.replica_directory_id = sample::uuid(random);
        }
        this
    }
}
/// `ForgottenTopic` of `FetchRequest`, versions 7–17.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ForgottenTopic {
    /// Topic: `string 7-12 ignorable`.
    pub topic: String,
    /// TopicId: `uuid 13+ ignorable`.
    pub topic_id: Uuid,
    /// Partitions: `[]int32 7+`.
    pub partitions: Vec<i32>,
}
impl Body for ForgottenTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 12;
        if version <= 12 {
            out.string(flexible, "ForgottenTopic.Topic", &self.topic);
        }
        if version >= 13 {
            out.uuid(self.topic_id);
        }
        out.array(flexible, "ForgottenTopic.Partitions", &self.partitions, Encoder::i32);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ForgottenTopic");
        let flexible = version >= 12;
        let this = ForgottenTopic {
            topic: if version <= 12 { input.string(flexible, "Topic") } else { Default::default() },
            topic_id: if version >= 13 { input.uuid() } else { Default::default() },
            partitions: input.array(flexible, "Partitions", Decoder::i32),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ForgottenTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version <= 12 {
            this.topic = sample::string(random);
        }
        if version >= 13 {
            this.topic_id = sample::uuid(random);
        }
        this.partitions = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
