//! `CreateTopicsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `CreateTopicsRequest` of `CreateTopicsRequest`, versions 0–7.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTopicsRequest {
    /// Topics: `[]CreatableTopic 0+`.
    pub topics: Vec<CreatableTopic>,
    /// timeoutMs: `int32 0+ default=60000`.
    pub timeout_ms: i32,
    /// validateOnly: `bool 1+ default=false`.
    pub validate_only: bool,
}
impl Default for CreateTopicsRequest {
    fn default() -> Self {
        CreateTopicsRequest { topics: Default::default(), timeout_ms: 60000, validate_only: false }
    }
}
impl Body for CreateTopicsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 5;
        out.structs(flexible, version, "CreateTopicsRequest.Topics", &self.topics);
        out.i32(self.timeout_ms);
        if version >= 1 {
            out.bool(self.validate_only);
        } else if self.validate_only {
            out.not_in_version("CreateTopicsRequest.validateOnly", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("CreateTopicsRequest");
        let flexible = version >= 5;
        let this = CreateTopicsRequest {
            topics: input.structs(flexible, version, "Topics"),
            timeout_ms: input.i32(),
            validate_only: if version >= 1 { input.bool() } else { false },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for CreateTopicsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topics = sample::vec(random, |random| CreatableTopic::sample(version, random));
        this.timeout_ms = sample::bits(random) as i32;
        if version >= 1 {
            this.validate_only = random() & 1 == 1;
        }
        this
    }
}
impl Message for CreateTopicsRequest {
    const NAME: &'static str = "CreateTopicsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 7;
    const FIRST_FLEXIBLE: i16 = 5;
}
impl Request for CreateTopicsRequest {
    const KEY: ApiKey = ApiKey::CREATE_TOPICS;
    type Response = super::create_topics_response::CreateTopicsResponse;
}
/// `CreatableTopic` of `CreateTopicsRequest`, versions 0–7.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct CreatableTopic {
    /// Name: `string 0+`.
    pub name: String,
    /// NumPartitions: `int32 0+`.
    pub num_partitions: i32,
    /// ReplicationFactor: `int16 0+`.
    pub replication_factor: i16,
    /// Assignments: `[]CreatableReplicaAssignment 0+`.
    pub assignments: Vec<CreatableReplicaAssignment>,
    /// Configs: `[]CreatableTopicConfig 0+`.
    pub configs: Vec<CreatableTopicConfig>,
}
impl Body for CreatableTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 5;
        out.string(flexible, "CreatableTopic.Name", &self.name);
        out.i32(self.num_partitions);
        out.i16(self.replication_factor);
        out.structs(flexible, version, "CreatableTopic.Assignments", &self.assignments);
        out.structs(flexible, version, "CreatableTopic.Configs", &self.configs);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("CreatableTopic");
        let flexible = version >= 5;
        let this = CreatableTopic {
            name: input.string(flexible, "Name"),
            num_partitions: input.i32(),
            replication_factor: input.i16(),
            assignments: input.structs(flexible, version, "Assignments"),
            configs: input.structs(flexible, version, "Configs"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for CreatableTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.num_partitions = sample::bits(random) as i32;
        this.replication_factor = sample::bits(random) as i16;
        this.assignments = sample::vec(random, |random| CreatableReplicaAssignment::sample(version, random));
        this.configs = sample::vec(random, |random| CreatableTopicConfig::sample(version, random));
        this
    }
}
/// `CreatableReplicaAssignment` of `CreateTopicsRequest`, versions 0–7.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct CreatableReplicaAssignment {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// BrokerIds: `[]int32 0+`.
    pub broker_ids: Vec<i32>,
}
impl Body for CreatableReplicaAssignment {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 5;
        out.i32(self.partition_index);
        out.array(flexible, "CreatableReplicaAssignment.BrokerIds", &self.broker_ids, Encoder::i32);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("CreatableReplicaAssignment");
        let flexible = version >= 5;
        let this = CreatableReplicaAssignment {
            partition_index: input.i32(),
            broker_ids: input.array(flexible, "BrokerIds", Decoder::i32),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for CreatableReplicaAssignment {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.broker_ids = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
/// `CreatableTopicConfig` of `CreateTopicsRequest`, versions 0–7.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatableTopicConfig {
    /// Name: `string 0+`.
    pub name: String,
    /// Value: `string 0+ null=0+`.
    pub value: Option<String>,
}
impl Default for CreatableTopicConfig {
    fn default() -> Self {
        CreatableTopicConfig { name: Default::default(), value: Some(Default::default()) }
    }
}
impl Body for CreatableTopicConfig {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 5;
        out.string(flexible, "CreatableTopicConfig.Name", &self.name);
        out.opt_string(flexible, true, "CreatableTopicConfig.Value", self.value.as_deref());
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("CreatableTopicConfig");
        let flexible = version >= 5;
        let this = CreatableTopicConfig {
            name: input.string(flexible, "Name"),
            value: input.opt_string(flexible, true, "Value"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for CreatableTopicConfig {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.value = sample::nullable(random, true, |random| sample::string(random));
        this
    }
}
