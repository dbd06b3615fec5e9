//! `LeaderAndIsrResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, LazyArray, Message};
/// `LeaderAndIsrResponse` of `LeaderAndIsrResponse`, versions 0–7.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LeaderAndIsrResponse {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// PartitionErrors: `[]LeaderAndIsrPartitionError 0-4 lazy`.
    pub partition_errors: LazyArray<LeaderAndIsrPartitionError>,
    /// Topics: `[]LeaderAndIsrTopicError 5+`.
    pub topics: Vec<LeaderAndIsrTopicError>,
}
impl Body for LeaderAndIsrResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.i16(self.error_code);
        if version <= 4 {
            out.lazy_structs(flexible, version, "LeaderAndIsrResponse.PartitionErrors", &self.partition_errors);
        } else if !self.partition_errors.is_empty() {
            out.not_in_version("LeaderAndIsrResponse.PartitionErrors", version);
        }
        if version >= 5 {
            out.structs(flexible, version, "LeaderAndIsrResponse.Topics", &self.topics);
        } else if !self.topics.is_empty() {
            out.not_in_version("LeaderAndIsrResponse.Topics", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("LeaderAndIsrResponse");
        let flexible = version >= 4;
        let this = LeaderAndIsrResponse {
            error_code: input.i16(),
            partition_errors: if version <= 4 {
                input.lazy_structs(flexible, version, "PartitionErrors")
            } else {
                Default::default()
            },
            topics: if version >= 5 { input.structs(flexible, version, "Topics") } else { Default::default() },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for LeaderAndIsrResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        if version <= 4 {
            this.partition_errors =
                sample::vec(random, |random| LeaderAndIsrPartitionError::sample(version, random)).into();
        }
        if version >= 5 {
            this.topics = sample::vec(random, |random| LeaderAndIsrTopicError::sample(version, random));
        }
        this
    }
}
impl Message for LeaderAndIsrResponse {
    const NAME: &'static str = "LeaderAndIsrResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 7;
    const FIRST_FLEXIBLE: i16 = 4;
}
/// `LeaderAndIsrTopicError` of `LeaderAndIsrResponse`, versions 5–7.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LeaderAndIsrTopicError {
    /// TopicId: `uuid 5+`.
    pub topic_id: Uuid,
    /// PartitionErrors: `[]LeaderAndIsrPartitionError 5+ lazy`.
    pub partition_errors: LazyArray<LeaderAndIsrPartitionError>,
}
impl Body for LeaderAndIsrTopicError {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.uuid(self.topic_id);
        out.lazy_structs(true, version, "LeaderAndIsrTopicError.PartitionErrors", &self.partition_errors);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("LeaderAndIsrTopicError");
        let this = LeaderAndIsrTopicError {
            topic_id: input.uuid(),
            partition_errors: input.lazy_structs(true, version, "PartitionErrors"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for LeaderAndIsrTopicError {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic_id = sample::uuid(random);
        this.partition_errors =
            sample::vec(random, |random| LeaderAndIsrPartitionError::sample(version, random)).into();
        this
    }
}
/// `LeaderAndIsrPartitionError` of `LeaderAndIsrResponse`, versions 0–7.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LeaderAndIsrPartitionError {
    /// TopicName: `string 0-4 ignorable`.
    pub topic_name: String,
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
}
impl Body for LeaderAndIsrPartitionError {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        if version <= 4 {
            out.string(flexible, "LeaderAndIsrPartitionError.TopicName", &self.topic_name);
        }
        out.i32(self.partition_index);
        out.i16(self.error_code);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("LeaderAndIsrPartitionError");
        let flexible = version >= 4;
        let this = LeaderAndIsrPartitionError {
            topic_name: if version <= 4 { input.string(flexible, "TopicName") } else { Default::default() },
            partition_index: input.i32(),
            error_code: input.i16(),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for LeaderAndIsrPartitionError {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version <= 4 {
            this.topic_name = sample::string(random);
        }
        this.partition_index = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this
    }
}
