//! `ProduceResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `ProduceResponse` of `ProduceResponse`, versions 0–11.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ProduceResponse {
    /// Responses: `[]TopicProduceResponse 0+`.
    pub responses: Vec<TopicProduceResponse>,
    /// ThrottleTimeMs: `int32 1+ default=0 ignorable`.
    pub throttle_time_ms: i32,
    /// NodeEndpoints: `[]NodeEndpoint 10+ tag=0`.
    pub node_endpoints: Vec<NodeEndpoint>,
}
impl Body for ProduceResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 9;
        out.structs(flexible, version, "ProduceResponse.Responses", &self.responses);
        if version >= 1 {
            out.i32(self.throttle_time_ms);
        }
        let has_node_endpoints = !self.node_endpoints.is_empty();
        if has_node_endpoints && version < 10 {
            out.not_in_version("ProduceResponse.NodeEndpoints", version);
        }
        let has_node_endpoints = has_node_endpoints && version >= 10;
        if flexible {
            out.uvarint(u32::from(has_node_endpoints));
            if has_node_endpoints {
                let start = out.tag(0);
                out.structs(flexible, version, "ProduceResponse.NodeEndpoints", &self.node_endpoints);
                out.tag_end(start);
            }
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ProduceResponse");
        let flexible = version >= 9;
        let mut this = ProduceResponse {
            responses: input.structs(flexible, version, "Responses"),
            throttle_time_ms: if version >= 1 { input.i32() } else { 0 },
            node_endpoints: Default::default(),
        };
        if flexible {
            for _ in 0..input.tag_count() {
                let (tag, end) = input.tag();
                match tag {
                    0 if version >= 10 => this.node_endpoints = input.structs(flexible, version, "NodeEndpoints"),
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
impl Sample for ProduceResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.responses = sample::vec(random, |random| TopicProduceResponse::sample(version, random));
        if version >= 1 {
            this.throttle_time_ms = sample::bits(random) as i32;
        }
        if version >= 10 {
            this.node_endpoints = sample::vec(random, |random| NodeEndpoint::sample(version, random));
        }
        this
    }
}
impl Message for ProduceResponse {
    const NAME: &'static str = "ProduceResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 11;
    const FIRST_FLEXIBLE: i16 = 9;
}
/// `TopicProduceResponse` of `ProduceResponse`, versions 0–11.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicProduceResponse {
    /// Name: `string 0+`.
    pub name: String,
    /// PartitionResponses: `[]PartitionProduceResponse 0+`.
    pub partition_responses: Vec<PartitionProduceResponse>,
}
impl Body for TopicProduceResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 9;
        out.string(flexible, "TopicProduceResponse.Name", &self.name);
        out.structs(flexible, version, "TopicProduceResponse.PartitionResponses", &self.partition_responses);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TopicProduceResponse");
        let flexible = version >= 9;
        let this = TopicProduceResponse {
            name: input.string(flexible, "Name"),
            partition_responses: input.structs(flexible, version, "PartitionResponses"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for TopicProduceResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partition_responses = sample::vec(random, |random| PartitionProduceResponse::sample(version, random));
        this
    }
}
/// `PartitionProduceResponse` of `ProduceResponse`, versions 0–11.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionProduceResponse {
    /// Index: `int32 0+`.
    pub index: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// BaseOffset: `int64 0+`.
    pub base_offset: i64,
    /// LogAppendTimeMs: `int64 2+ default=-1 ignorable`.
    pub log_append_time_ms: i64,
    /// LogStartOffset: `int64 5+ default=-1 ignorable`.
    pub log_start_offset: i64,
    /// RecordErrors: `[]BatchIndexAndErrorMessage 8+ ignorable`.
    pub record_errors: Vec<BatchIndexAndErrorMessage>,
    /// ErrorMessage: `string 8+ null=8+ default=null ignorable`.
    pub error_message: Option<String>,
    /// CurrentLeader: `LeaderIdAndEpoch 10+ tag=0`.
    pub current_leader: LeaderIdAndEpoch,
}
impl Default for PartitionProduceResponse {
    fn default() -> Self {
        PartitionProduceResponse {
            index: 0,
            error_code: 0,
            base_offset: 0,
            log_append_time_ms: -1,
            log_start_offset: -1,
            record_errors: Default::default(),
            error_message: None,
            current_leader: Default::default(),
        }
    }
}
impl Body for PartitionProduceResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 9;
        out.i32(self.index);
        out.i16(self.error_code);
        out.i64(self.base_offset);
        if version >= 2 {
            out.i64(self.log_append_time_ms);
        }
        if version >= 5 {
            out.i64(self.log_start_offset);
        }
        if version >= 8 {
            out.structs(flexible, version, "PartitionProduceResponse.RecordErrors", &self.record_errors);
        }
        if version >= 8 {
            out.opt_string(flexible, true, "PartitionProduceResponse.ErrorMessage", self.error_message.as_deref());
        }
        let has_current_leader = self.current_leader != LeaderIdAndEpoch::default();
        if has_current_leader && version < 10 {
            out.not_in_version("PartitionProduceResponse.CurrentLeader", version);
        }
        let has_current_leader = has_current_leader && version >= 10;
        if flexible {
            out.uvarint(u32::from(has_current_leader));
            if has_current_leader {
                let start = out.tag(0);
                self.current_leader.write(version, out);
                out.tag_end(start);
            }
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("PartitionProduceResponse");
        let flexible = version >= 9;
        let mut this = PartitionProduceResponse {
            index: input.i32(),
            error_code: input.i16(),
            base_offset: input.i64(),
            log_append_time_ms: if version >= 2 { input.i64() } else { -1 },
            log_start_offset: if version >= 5 { input.i64() } else { -1 },
            record_errors: if version >= 8 {
                input.structs(flexible, version, "RecordErrors")
            } else {
                Default::default()
            },
            error_message: if version >= 8 { input.opt_string(flexible, true, "ErrorMessage") } else { None },
            current_leader: Default::default(),
        };
        if flexible {
            for _ in 0..input.tag_count() {
                let (tag, end) = input.tag();
                match tag {
                    0 if version >= 10 => this.current_leader = LeaderIdAndEpoch::read(version, input),
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
impl Sample for PartitionProduceResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.index = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.base_offset = sample::bits(random) as i64;
        if version >= 2 {
            this.log_append_time_ms = sample::bits(random) as i64;
        }
        if version >= 5 {
            this.log_start_offset = sample::bits(random) as i64;
        }
        if version >= 8 {
            this.record_errors = sample::vec(random, |random| BatchIndexAndErrorMessage::sample(version, random));
        }
        if version >= 8 {
            this.error_message = sample::nullable(random, true, |random| sample::string(random));
        }
        if version >= 10 {
            this.current_leader = LeaderIdAndEpoch::sample(version, random);
        }
        this
    }
}
/// `BatchIndexAndErrorMessage` of `ProduceResponse`, versions 8–11.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct BatchIndexAndErrorMessage {
    /// BatchIndex: `int32 8+`.
    pub batch_index: i32,
    /// BatchIndexErrorMessage: `string 8+ null=8+ default=null`.
    pub batch_index_error_message: Option<String>,
}
impl Body for BatchIndexAndErrorMessage {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 9;
        out.i32(self.batch_index);
        out.opt_string(
            flexible,
            true,
            "BatchIndexAndErrorMessage.BatchIndexErrorMessage",
            self.batch_index_error_message.as_deref(),
        );
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("BatchIndexAndErrorMessage");
        let flexible = version >= 9;
        let this = BatchIndexAndErrorMessage {
            batch_index: input.i32(),
            batch_index_error_message: input.opt_string(flexible, true, "BatchIndexErrorMessage"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for BatchIndexAndErrorMessage {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.batch_index = sample::bits(random) as i32;
        this.batch_index_error_message = sample::nullable(random, true, |random| sample::string(random));
        this
    }
}
/// `LeaderIdAndEpoch` of `ProduceResponse`, versions 10–11.
#[derive(Clone, Debug, PartialEq)]
pub struct LeaderIdAndEpoch {
    /// LeaderId: `int32 10+ default=-1`.
    pub leader_id: i32,
    /// LeaderEpoch: `int32 10+ default=-1`.
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
/// `NodeEndpoint` of `ProduceResponse`, versions 10–11.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct NodeEndpoint {
    /// NodeId: `int32 10+`.
    pub node_id: i32,
    /// Host: `string 10+`.
    pub host: String,
    /// Port: `int32 10+`.
    pub port: i32,
    /// Rack: `string 10+ null=10+ default=null`.
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
