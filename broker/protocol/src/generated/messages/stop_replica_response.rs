//! `StopReplicaResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `StopReplicaResponse` of `StopReplicaResponse`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct StopReplicaResponse {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// PartitionErrors: `[]StopReplicaPartitionError 0+`.
    pub partition_errors: Vec<StopReplicaPartitionError>,
}
impl Body for StopReplicaResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i16(self.error_code);
        out.structs(flexible, version, "StopReplicaResponse.PartitionErrors", &self.partition_errors);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("StopReplicaResponse");
        let flexible = version >= 2;
        let this = StopReplicaResponse {
            error_code: input.i16(),
            partition_errors: input.structs(flexible, version, "PartitionErrors"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for StopReplicaResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.partition_errors = sample::vec(random, |random| StopReplicaPartitionError::sample(version, random));
        this
    }
}
impl Message for StopReplicaResponse {
    const NAME: &'static str = "StopReplicaResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 2;
}
/// `StopReplicaPartitionError` of `StopReplicaResponse`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct StopReplicaPartitionError {
    /// TopicName: `string 0+`.
    pub topic_name: String,
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
}
impl Body for StopReplicaPartitionError {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "StopReplicaPartitionError.TopicName", &self.topic_name);
        out.i32(self.partition_index);
        out.i16(self.error_code);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("StopReplicaPartitionError");
        let flexible = version >= 2;
        let this = StopReplicaPartitionError {
            topic_name: input.string(flexible, "TopicName"),
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
impl Sample for StopReplicaPartitionError {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic_name = sample::string(random);
        this.partition_index = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this
    }
}
