//! `CreateTopicsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `CreateTopicsResponse` of `CreateTopicsResponse`, versions 0–7.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct CreateTopicsResponse {
    /// ThrottleTimeMs: `int32 2+ ignorable`.
    pub throttle_time_ms: i32,
    /// Topics: `[]CreatableTopicResult 0+`.
    pub topics: Vec<CreatableTopicResult>,
}
impl Body for CreateTopicsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 5;
        if version >= 2 {
            out.i32(self.throttle_time_ms);
        }
        out.structs(flexible, version, "CreateTopicsResponse.Topics", &self.topics);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("CreateTopicsResponse");
        let flexible = version >= 5;
        let this = CreateTopicsResponse {
            throttle_time_ms: if version >= 2 { input.i32() } else { 0 },
            topics: input.structs(flexible, version, "Topics"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for CreateTopicsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 2 {
            this.throttle_time_ms = sample::bits(random) as i32;
        }
        this.topics = sample::vec(random, |random| CreatableTopicResult::sample(version, random));
        this
    }
}
impl Message for CreateTopicsResponse {
    const NAME: &'static str = "CreateTopicsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 7;
    const FIRST_FLEXIBLE: i16 = 5;
}
/// `CreatableTopicResult` of `CreateTopicsResponse`, versions 0–7.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatableTopicResult {
    /// Name: `string 0+`.
    pub name: String,
    /// TopicId: `uuid 7+ ignorable`.
    pub topic_id: Uuid,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 1+ null=0+ ignorable`.
    pub error_message: Option<String>,
    /// TopicConfigErrorCode: `int16 5+ tag=0 ignorable`.
    pub topic_config_error_code: i16,
    /// NumPartitions: `int32 5+ default=-1 ignorable`.
    pub num_partitions: i32,
    /// ReplicationFactor: `int16 5+ default=-1 ignorable`.
    pub replication_factor: i16,
    /// Configs: `[]CreatableTopicConfigs 5+ null=5+ ignorable`.
    pub configs: Option<Vec<CreatableTopicConfigs>>,
}
impl Default for CreatableTopicResult {
    fn default() -> Self {
        CreatableTopicResult {
            name: Default::default(),
            topic_id: Default::default(),
            error_code: 0,
            error_message: Some(Default::default()),
            topic_config_error_code: 0,
            num_partitions: -1,
            replication_factor: -1,
            configs: Some(Default::default()),
        }
    }
}
impl Body for CreatableTopicResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 5;
        out.string(flexible, "CreatableTopicResult.Name", &self.name);
        if version >= 7 {
            out.uuid(self.topic_id);
        }
        out.i16(self.error_code);
        if version >= 1 {
            out.opt_string(flexible, true, "CreatableTopicResult.ErrorMessage", self.error_message.as_deref());
        }
        if version >= 5 {
            out.i32(self.num_partitions);
        }
        if version >= 5 {
            out.i16(self.replication_factor);
        }
        if version >= 5 {
            out.opt_structs(flexible, true, version, "CreatableTopicResult.Configs", self.configs.as_deref());
        }
        let has_topic_config_error_code = self.topic_config_error_code != 0;
        if flexible {
            out.uvarint(u32::from(has_topic_config_error_code));
            if has_topic_config_error_code {
                let start = out.tag(0);
                out.i16(self.topic_config_error_code);
                out.tag_end(start);
            }
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("CreatableTopicResult");
        let flexible = version >= 5;
        let mut this = CreatableTopicResult {
            name: input.string(flexible, "Name"),
            topic_id: if version >= 7 { input.uuid() } else { Default::default() },
            error_code: input.i16(),
            error_message: if version >= 1 {
                input.opt_string(flexible, true, "ErrorMessage")
            } else {
                Some(Default::default())
            },
            topic_config_error_code: 0,
            num_partitions: if version >= 5 { input.i32() } else { -1 },
            replication_factor: if version >= 5 { input.i16() } else { -1 },
            configs: if version >= 5 {
                input.opt_structs(flexible, true, version, "Configs")
            } else {
                Some(Default::default())
            },
        };
        if flexible {
            for _ in 0..input.tag_count() {
                let (tag, end) = input.tag();
                match tag {
                    0 => this.topic_config_error_code = input.i16(),
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
impl Sample for CreatableTopicResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        if version >= 7 {
            this.topic_id = sample::uuid(random);
        }
        this.error_code = sample::bits(random) as i16;
        if version >= 1 {
            this.error_message = sample::nullable(random, true, |random| sample::string(random));
        }
        if version >= 5 {
            this.topic_config_error_code = sample::bits(random) as i16;
        }
        if version >= 5 {
            this.num_partitions = sample::bits(random) as i32;
        }
        if version >= 5 {
            this.replication_factor = sample::bits(random) as i16;
        }
        if version >= 5 {
            this.configs = sample::nullable(random, true, |random| {
                sample::vec(random, |random| CreatableTopicConfigs::sample(version, random))
            });
        }
        this
    }
}
/// `CreatableTopicConfigs` of `CreateTopicsResponse`, versions 5–7.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatableTopicConfigs {
    /// Name: `string 5+`.
    pub name: String,
    /// Value: `string 5+ null=5+`.
    pub value: Option<String>,
    /// ReadOnly: `bool 5+`.
    pub read_only: bool,
    /// ConfigSource: `int8 5+ default=-1 ignorable`.
    pub config_source: i8,
    /// IsSensitive: `bool 5+`.
    pub is_sensitive: bool,
}
impl Default for CreatableTopicConfigs {
    fn default() -> Self {
        CreatableTopicConfigs {
            name: Default::default(),
            value: Some(Default::default()),
            read_only: false,
            config_source: -1,
            is_sensitive: false,
        }
    }
}
impl Body for CreatableTopicConfigs {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "CreatableTopicConfigs.Name", &self.name);
        out.opt_string(true, true, "CreatableTopicConfigs.Value", self.value.as_deref());
        out.bool(self.read_only);
        out.i8(self.config_source);
        out.bool(self.is_sensitive);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("CreatableTopicConfigs");
        let this = CreatableTopicConfigs {
            name: input.string(true, "Name"),
            value: input.opt_string(true, true, "Value"),
            read_only: input.bool(),
            config_source: input.i8(),
            is_sensitive: input.bool(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for CreatableTopicConfigs {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.value = sample::nullable(random, true, |random| sample::string(random));
        this.read_only = random() & 1 == 1;
        this.config_source = sample::bits(random) as i8;
        this.is_sensitive = random() & 1 == 1;
        this
    }
}
