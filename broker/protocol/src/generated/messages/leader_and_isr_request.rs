//! `LeaderAndIsrRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, LazyArray, Message, Request};
/// `LeaderAndIsrRequest` of `LeaderAndIsrRequest`, versions 0–7.
#[derive(Clone, Debug, PartialEq)]
pub struct LeaderAndIsrRequest {
    /// ControllerId: `int32 0+`.
    pub controller_id: i32,
    /// isKRaftController: `bool 7+ default=false`.
    pub is_kraft_controller: bool,
    /// ControllerEpoch: `int32 0+`.
    pub controller_epoch: i32,
    /// BrokerEpoch: `int64 2+ default=-1 ignorable`.
    pub broker_epoch: i64,
    /// Type: `int8 5+`.
    pub r#type: i8,
    /// UngroupedPartitionStates: `[]LeaderAndIsrPartitionState 0-1 lazy`.
    pub ungrouped_partition_states: LazyArray<LeaderAndIsrPartitionState>,
    /// TopicStates: `[]LeaderAndIsrTopicState 2+ lazy`.
    pub topic_states: LazyArray<LeaderAndIsrTopicState>,
    /// LiveLeaders: `[]LeaderAndIsrLiveLeader 0+`.
    pub live_leaders: Vec<LeaderAndIsrLiveLeader>,
}
impl Default for LeaderAndIsrRequest {
    fn default() -> Self {
        LeaderAndIsrRequest {
            controller_id: 0,
            is_kraft_controller: false,
            controller_epoch: 0,
            broker_epoch: -1,
            r#type: 0,
            ungrouped_partition_states: Default::default(),
            topic_states: Default::default(),
            live_leaders: Default::default(),
        }
    }
}
impl Body for LeaderAndIsrRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.i32(self.controller_id);
        if version >= 7 {
            out.bool(self.is_kraft_controller);
        } else if self.is_kraft_controller {
            out.not_in_version("LeaderAndIsrRequest.isKRaftController", version);
        }
        out.i32(self.controller_epoch);
        if version >= 2 {
            out.i64(self.broker_epoch);
        }
        if version >= 5 {
            out.i8(self.r#type);
        } else if self.r#type != 0 {
            out.not_in_version("LeaderAndIsrRequest.Type", version);
        }
        if version <= 1 {
            out.lazy_structs(
                flexible,
                version,
                "LeaderAndIsrRequest.UngroupedPartitionStates",
                &self.ungrouped_partition_states,
            );
        } else if !self.ungrouped_partition_states.is_empty() {
            out.not_in_version("LeaderAndIsrRequest.UngroupedPartitionStates", version);
        }
        if version >= 2 {
            out.lazy_structs(flexible, version, "LeaderAndIsrRequest.TopicStates", &self.topic_states);
        } else if !self.topic_states.is_empty() {
            out.not_in_version("LeaderAndIsrRequest.TopicStates", version);
        }
        out.structs(flexible, version, "LeaderAndIsrRequest.LiveLeaders", &self.live_leaders);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("LeaderAndIsrRequest");
        let flexible = version >= 4;
        let this = LeaderAndIsrRequest {
            controller_id: input.i32(),
            is_kraft_controller: if version >= 7 { input.bool() } else { false },
            controller_epoch: input.i32(),
            broker_epoch: if version >= 2 { input.i64() } else { -1 },
            r#type: if version >= 5 { input.i8() } else { 0 },
            ungrouped_partition_states: if version <= 1 {
                input.lazy_structs(flexible, version, "UngroupedPartitionStates")
            } else {
                Default::default()
            },
            topic_states: if version >= 2 {
                input.lazy_structs(flexible, version, "TopicStates")
            } else {
                Default::default()
            },
            live_leaders: input.structs(flexible, version, "LiveLeaders"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for LeaderAndIsrRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.controller_id = sample::bits(random) as i32;
        if version >= 7 {
            this.is_kraft_controller = random() & 1 == 1;
        }
        this.controller_epoch = sample::bits(random) as i32;
        if version >= 2 {
            this.broker_epoch = sample::bits(random) as i64;
        }
        if version >= 5 {
            this.r#type = sample::bits(random) as i8;
        }
        if version <= 1 {
            this.ungrouped_partition_states =
                sample::vec(random, |random| LeaderAndIsrPartitionState::sample(version, random)).into();
        }
        if version >= 2 {
            this.topic_states = sample::vec(random, |random| LeaderAndIsrTopicState::sample(version, random)).into();
        }
        this.live_leaders = sample::vec(random, |random| LeaderAndIsrLiveLeader::sample(version, random));
        this
    }
}
impl Message for LeaderAndIsrRequest {
    const NAME: &'static str = "LeaderAndIsrRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 7;
    const FIRST_FLEXIBLE: i16 = 4;
}
impl Request for LeaderAndIsrRequest {
    const KEY: ApiKey = ApiKey::LEADER_AND_ISR;
    type Response = super::leader_and_isr_response::LeaderAndIsrResponse;
}
/// `LeaderAndIsrTopicState` of `LeaderAndIsrRequest`, versions 2–7.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LeaderAndIsrTopicState {
    /// TopicName: `string 2+`.
    pub topic_name: String,
    /// TopicId: `uuid 5+ ignorable`.
    pub topic_id: Uuid,
    /// PartitionStates: `[]LeaderAndIsrPartitionState 2+ lazy`.
    pub partition_states: LazyArray<LeaderAndIsrPartitionState>,
}
impl Body for LeaderAndIsrTopicState {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.string(flexible, "LeaderAndIsrTopicState.TopicName", &self.topic_name);
        if version >= 5 {
            out.uuid(self.topic_id);
        }
        out.lazy_structs(flexible, version, "LeaderAndIsrTopicState.PartitionStates", &self.partition_states);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("LeaderAndIsrTopicState");
        let flexible = version >= 4;
        let this = LeaderAndIsrTopicState {
            topic_name: input.string(flexible, "TopicName"),
            topic_id: if version >= 5 { input.uuid() } else { Default::default() },
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
impl Sample for LeaderAndIsrTopicState {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic_name = sample::string(random);
        if version >= 5 {
            this.topic_id = sample::uuid(random);
        }
        this.partition_states =
            sample::vec(random, |random| LeaderAndIsrPartitionState::sample(version, random)).into();
        this
    }
}
/// `LeaderAndIsrLiveLeader` of `LeaderAndIsrRequest`, versions 0–7.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LeaderAndIsrLiveLeader {
    /// BrokerId: `int32 0+`.
    pub broker_id: i32,
    /// HostName: `string 0+`.
    pub host_name: String,
    /// Port: `int32 0+`.
    pub port: i32,
}
impl Body for LeaderAndIsrLiveLeader {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.i32(self.broker_id);
        out.string(flexible, "LeaderAndIsrLiveLeader.HostName", &self.host_name);
        out.i32(self.port);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("LeaderAndIsrLiveLeader");
        let flexible = version >= 4;
        let this = LeaderAndIsrLiveLeader {
            broker_id: input.i32(),
            host_name: input.string(flexible, "HostName"),
            port: input.i32(),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for LeaderAndIsrLiveLeader {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.broker_id = sample::bits(random) as i32;
        this.host_name = sample::string(random);
        this.port = sample::bits(random) as i32;
        this
    }
}
/// `LeaderAndIsrPartitionState` of `LeaderAndIsrRequest`, versions 0–7.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LeaderAndIsrPartitionState {
    /// TopicName: `string 0-1 ignorable`.
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
    /// PartitionEpoch: `int32 0+`.
    pub partition_epoch: i32,
    /// Replicas: `[]int32 0+`.
    pub replicas: Vec<i32>,
    /// AddingReplicas: `[]int32 3+ ignorable`.
    pub adding_replicas: Vec<i32>,
    /// RemovingReplicas: `[]int32 3+ ignorable`.
    pub removing_replicas: Vec<i32>,
    /// IsNew: `bool 1+ default=false ignorable`.
    pub is_new: bool,
    /// LeaderRecoveryState: `int8 6+ default=0`.
    pub leader_recovery_state: i8,
}
impl Body for LeaderAndIsrPartitionState {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        if version <= 1 {
            out.string(flexible, "LeaderAndIsrPartitionState.TopicName", &self.topic_name);
        }
        out.i32(self.partition_index);
        out.i32(self.controller_epoch);
        out.i32(self.leader);
        out.i32(self.leader_epoch);
        out.array(flexible, "LeaderAndIsrPartitionState.Isr", &self.isr, Encoder::i32);
        out.i32(self.partition_epoch);
        out.array(flexible, "LeaderAndIsrPartitionState.Replicas", &self.replicas, Encoder::i32);
        if version >= 3 {
            out.array(flexible, "LeaderAndIsrPartitionState.AddingReplicas", &self.adding_replicas, Encoder::i32);
        }
        if version >= 3 {
            out.array(flexible, "LeaderAndIsrPartitionState.RemovingReplicas", &self.removing_replicas, Encoder::i32);
        }
        if version >= 1 {
            out.bool(self.is_new);
        }
        if version >= 6 {
            out.i8(self.leader_recovery_state);
        } else if self.leader_recovery_state != 0 {
            out.not_in_version("LeaderAndIsrPartitionState.LeaderRecoveryState", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("LeaderAndIsrPartitionState");
        let flexible = version >= 4;
        let this = LeaderAndIsrPartitionState {
            topic_name: if version <= 1 { input.string(flexible, "TopicName") } else { Default::default() },
            partition_index: input.i32(),
            controller_epoch: input.i32(),
            leader: input.i32(),
            leader_epoch: input.i32(),
            isr: input.array(flexible, "Isr", Decoder::i32),
            partition_epoch: input.i32(),
            replicas: input.array(flexible, "Replicas", Decoder::i32),
            adding_replicas: if version >= 3 {
                input.array(flexible, "AddingReplicas", Decoder::i32)
            } else {
                Default::default()
            },
            removing_replicas: if version >= 3 {
                input.array(flexible, "RemovingReplicas", Decoder::i32)
            } else {
                Default::default()
            },
            is_new: if version >= 1 { input.bool() } else { false },
            leader_recovery_state: if version >= 6 { input.i8() } else { 0 },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for LeaderAndIsrPartitionState {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version <= 1 {
            this.topic_name = sample::string(random);
        }
        this.partition_index = sample::bits(random) as i32;
        this.controller_epoch = sample::bits(random) as i32;
        this.leader = sample::bits(random) as i32;
        this.leader_epoch = sample::bits(random) as i32;
        this.isr = sample::vec(random, |random| sample::bits(random) as i32);
        this.partition_epoch = sample::bits(random) as i32;
        this.replicas = sample::vec(random, |random| sample::bits(random) as i32);
        if version >= 3 {
            this.adding_replicas = sample::vec(random, |random| sample::bits(random) as i32);
        }
        if version >= 3 {
            this.removing_replicas = sample::vec(random, |random| sample::bits(random) as i32);
        }
        if version >= 1 {
            this.is_new = random() & 1 == 1;
        }
        if version >= 6 {
            this.leader_recovery_state = sample::bits(random) as i8;
        }
        this
    }
}
