//! `UpdateMetadataRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, LazyArray, Message, Request};
/// `UpdateMetadataRequest` of `UpdateMetadataRequest`, versions 0–8.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateMetadataRequest {
    /// ControllerId: `int32 0+`.
    pub controller_id: i32,
    /// isKRaftController: `bool 8+ default=false`.
    pub is_kraft_controller: bool,
    /// Type: `int8 8+ tag=0 default=0`.
    pub r#type: i8,
    /// ControllerEpoch: `int32 0+`.
    pub controller_epoch: i32,
    /// BrokerEpoch: `int64 5+ default=-1 ignorable`.
    pub broker_epoch: i64,
    /// UngroupedPartitionStates: `[]UpdateMetadataPartitionState 0-4 lazy`.
    pub ungrouped_partition_states: LazyArray<UpdateMetadataPartitionState>,
    /// TopicStates: `[]UpdateMetadataTopicState 5+ lazy`.
    pub topic_states: LazyArray<UpdateMetadataTopicState>,
    /// LiveBrokers: `[]UpdateMetadataBroker 0+`.
    pub live_brokers: Vec<UpdateMetadataBroker>,
}
impl Default for UpdateMetadataRequest {
    fn default() -> Self {
        UpdateMetadataRequest {
            controller_id: 0,
            is_kraft_controller: false,
            r#type: 0,
            controller_epoch: 0,
            broker_epoch: -1,
            ungrouped_partition_states: Default::default(),
            topic_states: Default::default(),
            live_brokers: Default::default(),
        }
    }
}
impl Body for UpdateMetadataRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        out.i32(self.controller_id);
        if version >= 8 {
            out.bool(self.is_kraft_controller);
        } else if self.is_kraft_controller {
            out.not_in_version("UpdateMetadataRequest.isKRaftController", version);
        }
        out.i32(self.controller_epoch);
        if version >= 5 {
            out.i64(self.broker_epoch);
        }
        if version <= 4 {
            out.lazy_structs(
                flexible,
                version,
                "UpdateMetadataRequest.UngroupedPartitionStates",
                &self.ungrouped_partition_states,
            );
        } else if !self.ungrouped_partition_states.is_empty() {
            out.not_in_version("UpdateMetadataRequest.UngroupedPartitionStates", version);
        }
        if version >= 5 {
            out.lazy_structs(flexible, version, "UpdateMetadataRequest.TopicStates", &self.topic_states);
        } else if !self.topic_states.is_empty() {
            out.not_in_version("UpdateMetadataRequest.TopicStates", version);
        }
        out.structs(flexible, version, "UpdateMetadataRequest.LiveBrokers", &self.live_brokers);
        let has_type = self.r#type != 0;
        if has_type && version < 8 {
            out.not_in_version("UpdateMetadataRequest.Type", version);
        }
        let has_type = has_type && version >= 8;
        if flexible {
            out.uvarint(u32::from(has_type));
            if has_type {
                let start = out.tag(0);
                out.i8(self.r#type);
                out.tag_end(start);
            }
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("UpdateMetadataRequest");
        let flexible = version >= 6;
        let mut this = UpdateMetadataRequest {
            controller_id: input.i32(),
            is_kraft_controller: if version >= 8 { input.bool() } else { false },
            r#type: 0,
            controller_epoch: input.i32(),
            broker_epoch: if version >= 5 { input.i64() } else { -1 },
            ungrouped_partition_states: if version <= 4 {
                input.lazy_structs(flexible, version, "UngroupedPartitionStates")
            } else {
                Default::default()
            },
            topic_states: if version >= 5 {
                input.lazy_structs(flexible, version, "TopicStates")
            } else {
                Default::default()
            },
            live_brokers: input.structs(flexible, version, "LiveBrokers"),
        };
        if flexible {
            for _ in 0..input.tag_count() {
                let (tag, end) = input.tag();
                match tag {
                    0 if version >= 8 => this.r#type = input.i8(),
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
impl Sample for UpdateMetadataRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.controller_id = sample::bits(random) as i32;
        if version >= 8 {
            this.is_kraft_controller = random() & 1 == 1;
        }
        if version >= 8 {
            this.r#type = sample::bits(random) as i8;
        }
        this.controller_epoch = sample::bits(random) as i32;
        if version >= 5 {
            this.broker_epoch = sample::bits(random) as i64;
        }
        if version <= 4 {
            this.ungrouped_partition_states =
                sample::vec(random, |random| UpdateMetadataPartitionState::sample(version, random)).into();
        }
        if version >= 5 {
            this.topic_states = sample::vec(random, |random| UpdateMetadataTopicState::sample(version, random)).into();
        }
        this.live_brokers = sample::vec(random, |random| UpdateMetadataBroker::sample(version, random));
        this
    }
}
impl Message for UpdateMetadataRequest {
    const NAME: &'static str = "UpdateMetadataRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 8;
    const FIRST_FLEXIBLE: i16 = 6;
}
impl Request for UpdateMetadataRequest {
    const KEY: ApiKey = ApiKey::UPDATE_METADATA;
    type Response = super::update_metadata_response::UpdateMetadataResponse;
}
/// `UpdateMetadataTopicState` of `UpdateMetadataRequest`, versions 5–8.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct UpdateMetadataTopicState {
    /// TopicName: `string 5+`.
    pub topic_name: String,
    /// TopicId: `uuid 7+ ignorable`.
    pub topic_id: Uuid,
    /// PartitionStates: `[]UpdateMetadataPartitionState 5+ lazy`.
    pub partition_states: LazyArray<UpdateMetadataPartitionState>,
}
impl Body for UpdateMetadataTopicState {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        out.string(flexible, "UpdateMetadataTopicState.TopicName", &self.topic_name);
        if version >= 7 {
            out.uuid(self.topic_id);
        }
        out.lazy_structs(flexible, version, "UpdateMetadataTopicState.PartitionStates", &self.partition_states);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("UpdateMetadataTopicState");
        let flexible = version >= 6;
        let this = UpdateMetadataTopicState {
            topic_name: input.string(flexible, "TopicName"),
            topic_id: if version >= 7 { input.uuid() } else { Default::default() },
            partition_states: input.lazy_structs(flexible, version, "PartitionStates"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for UpdateMetadataTopicState {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic_name = sample::string(random);
        if version >= 7 {
            this.topic_id = sample::uuid(random);
        }
        this.partition_states =
            sample::vec(random, |random| UpdateMetadataPartitionState::sample(version, random)).into();
        this
    }
}
/// `UpdateMetadataBroker` of `UpdateMetadataRequest`, versions 0–8.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateMetadataBroker {
    /// Id: `int32 0+`.
    pub id: i32,
    /// V0Host: `string 0 ignorable`.
    pub v0_host: String,
    /// V0Port: `int32 0 ignorable`.
    pub v0_port: i32,
    /// Endpoints: `[]UpdateMetadataEndpoint 1+ ignorable`.
    pub endpoints: Vec<UpdateMetadataEndpoint>,
    /// Rack: `string 2+ null=0+ ignorable`.
    pub rack: Option<String>,
}
impl Default for UpdateMetadataBroker {
    fn default() -> Self {
        UpdateMetadataBroker {
            id: 0,
            v0_host: Default::default(),
            v0_port: 0,
            endpoints: Default::default(),
            rack: Some(Default::default()),
        }
    }
}
impl Body for UpdateMetadataBroker {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        out.i32(self.id);
        if version <= 0 {
            out.string(flexible, "UpdateMetadataBroker.V0Host", &self.v0_host);
        }
        if version <= 0 {
            out.i32(self.v0_port);
        }
        if version >= 1 {
            out.structs(flexible, version, "UpdateMetadataBroker.Endpoints", &self.endpoints);
        }
        if version >= 2 {
            out.opt_string(flexible, true, "UpdateMetadataBroker.Rack", self.rack.as_deref());
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("UpdateMetadataBroker");
        let flexible = version >= 6;
        let this = UpdateMetadataBroker {
            id: input.i32(),
            v0_host: if version <= 0 { input.string(flexible, "V0Host") } else { Default::default() },
            v0_port: if version <= 0 { input.i32() } else { 0 },
            endpoints: if version >= 1 { input.structs(flexible, version, "Endpoints") } else { Default::default() },
            rack: if version >= 2 { input.opt_string(flexible, true, "Rack") } else { Some(Default::default()) },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for UpdateMetadataBroker {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.id = sample::bits(random) as i32;
        if version <= 0 {
            this.v0_host = sample::string(random);
        }
        if version <= 0 {
            this.v0_port = sample::bits(random) as i32;
        }
        if version >= 1 {
            this.endpoints = sample::vec(random, |random| UpdateMetadataEndpoint::sample(version, random));
        }
        if version >= 2 {
            this.rack = sample::nullable(random, true, |random| sample::string(random));
        }
        this
    }
}
/// `UpdateMetadataEndpoint` of `UpdateMetadataRequest`, versions 1–8.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct UpdateMetadataEndpoint {
    /// Port: `int32 1+`.
    pub port: i32,
    /// Host: `string 1+`.
    pub host: String,
    /// Listener: `string 3+ ignorable`.
    pub listener: String,
    /// SecurityProtocol: `int16 1+`.
    pub security_protocol: i16,
}
impl Body for UpdateMetadataEndpoint {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        out.i32(self.port);
        out.string(flexible, "UpdateMetadataEndpoint.Host", &self.host);
        if version >= 3 {
            out.string(flexible, "UpdateMetadataEndpoint.Listener", &self.listener);
        }
        out.i16(self.security_protocol);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("UpdateMetadataEndpoint");
        let flexible = version >= 6;
        let this = UpdateMetadataEndpoint {
            port: input.i32(),
            host: input.string(flexible, "Host"),
            listener: if version >= 3 { input.string(flexible, "Listener") } else { Default::default() },
            security_protocol: input.i16(),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for UpdateMetadataEndpoint {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.port = sample::bits(random) as i32;
        this.host = sample::string(random);
        if version >= 3 {
            this.listener = sample::string(random);
        }
        this.security_protocol = sample::bits(random) as i16;
        this
    }
}
/// `UpdateMetadataPartitionState` of `UpdateMetadataRequest`, versions 0–8.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct UpdateMetadataPartitionState {
    /// TopicName: `string 0-4 ignorable`.
    pub topic_name: String,
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// ControllerEpoch: `int32 0+`.
    pub controller_epoch: i32,
    /// Leader: `int32 0+`.
    pub leader: i32,
    /// LeaderEpoch: `int32 0+`.
    pub leader_epoch: i32,
    /// Isr: `[]int32 0+`.
    pub isr: Vec<i32>,
    /// ZkVersion: `int32 0+`.
    pub zk_version: i32,
    /// Replicas: `[]int32 0+`.
    pub replicas: Vec<i32>,
    /// OfflineReplicas: `[]int32 4+ ignorable`.
    pub offline_replicas: Vec<i32>,
}
impl Body for UpdateMetadataPartitionState {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        if version <= 4 {
            out.string(flexible, "UpdateMetadataPartitionState.TopicName", &self.topic_name);
        }
        out.i32(self.partition_index);
        out.i32(self.controller_epoch);
        out.i32(self.leader);
        out.i32(self.leader_epoch);
        out.array(flexible, "UpdateMetadataPartitionState.Isr", &self.isr, Encoder::i32);
        out.i32(self.zk_version);
        out.array(flexible, "UpdateMetadataPartitionState.Replicas", &self.replicas, Encoder::i32);
        if version >= 4 {
            out.array(flexible, "UpdateMetadataPartitionState.OfflineReplicas", &self.offline_replicas, Encoder::i32);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("UpdateMetadataPartitionState");
        let flexible = version >= 6;
        let this = UpdateMetadataPartitionState {
            topic_name: if version <= 4 { input.string(flexible, "TopicName") } else { Default::default() },
            partition_index: input.i32(),
            controller_epoch: input.i32(),
            leader: input.i32(),
            leader_epoch: input.i32(),
            isr: input.array(flexible, "Isr", Decoder::i32),
            zk_version: input.i32(),
            replicas: input.array(flexible, "Replicas", Decoder::i32),
            offline_replicas: if version >= 4 {
                input.array(flexible, "OfflineReplicas", Decoder::i32)
            } else {
                Default::default()
            },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for UpdateMetadataPartitionState {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version <= 4 {
            this.topic_name = sample::string(random);
        }
        this.partition_index = sample::bits(random) as i32;
        this.controller_epoch = sample::bits(random) as i32;
        this.leader = sample::bits(random) as i32;
        this.leader_epoch = sample::bits(random) as i32;
        this.isr = sample::vec(random, |random| sample::bits(random) as i32);
        this.zk_version = sample::bits(random) as i32;
        this.replicas = sample::vec(random, |random| sample::bits(random) as i32);
        if version >= 4 {
            this.offline_replicas = sample::vec(random, |random| sample::bits(random) as i32);
        }
        this
    }
}
