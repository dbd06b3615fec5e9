//! `AddPartitionsToTxnResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `AddPartitionsToTxnResponse` of `AddPartitionsToTxnResponse`, versions 0–5.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AddPartitionsToTxnResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 4+ ignorable`.
    pub error_code: i16,
    /// ResultsByTransaction: `[]AddPartitionsToTxnResult 4+`.
    pub results_by_transaction: Vec<AddPartitionsToTxnResult>,
    /// ResultsByTopicV3AndBelow: `[]AddPartitionsToTxnTopicResult 0-3`.
    pub results_by_topic_v3_and_below: Vec<AddPartitionsToTxnTopicResult>,
}
impl Body for AddPartitionsToTxnResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        out.i32(self.throttle_time_ms);
        if version >= 4 {
            out.i16(self.error_code);
        }
        if version >= 4 {
            out.structs(
                flexible,
                version,
                "AddPartitionsToTxnResponse.ResultsByTransaction",
                &self.results_by_transaction,
            );
        } else if !self.results_by_transaction.is_empty() {
            out.not_in_version("AddPartitionsToTxnResponse.ResultsByTransaction", version);
        }
        if version <= 3 {
            out.structs(
                flexible,
                version,
                "AddPartitionsToTxnResponse.ResultsByTopicV3AndBelow",
                &self.results_by_topic_v3_and_below,
            );
        } else if !self.results_by_topic_v3_and_below.is_empty() {
            out.not_in_version("AddPartitionsToTxnResponse.ResultsByTopicV3AndBelow", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AddPartitionsToTxnResponse");
        let flexible = version >= 3;
        let this = AddPartitionsToTxnResponse {
            throttle_time_ms: input.i32(),
            error_code: if version >= 4 { input.i16() } else { 0 },
            results_by_transaction: if version >= 4 {
                input.structs(flexible, version, "ResultsByTransaction")
            } else {
                Default::default()
            },
            results_by_topic_v3_and_below: if version <= 3 {
                input.structs(flexible, version, "ResultsByTopicV3AndBelow")
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
impl Sample for AddPartitionsToTxnResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        if version >= 4 {
            this.error_code = sample::bits(random) as i16;
        }
        if version >= 4 {
            this.results_by_transaction =
                sample::vec(random, |random| AddPartitionsToTxnResult::sample(version, random));
        }
        if version <= 3 {
            this.results_by_topic_v3_and_below =
                sample::vec(random, |random| AddPartitionsToTxnTopicResult::sample(version, random));
        }
        this
    }
}
impl Message for AddPartitionsToTxnResponse {
    const NAME: &'static str = "AddPartitionsToTxnResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE: i16 = 3;
}
/// `AddPartitionsToTxnResult` of `AddPartitionsToTxnResponse`, versions 4–5.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AddPartitionsToTxnResult {
    /// TransactionalId: `string 4+`.
    pub transactional_id: String,
    /// TopicResults: `[]AddPartitionsToTxnTopicResult 4+`.
    pub topic_results: Vec<AddPartitionsToTxnTopicResult>,
}
impl Body for AddPartitionsToTxnResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "AddPartitionsToTxnResult.TransactionalId", &self.transactional_id);
        out.structs(true, version, "AddPartitionsToTxnResult.TopicResults", &self.topic_results);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AddPartitionsToTxnResult");
        let this = AddPartitionsToTxnResult {
            transactional_id: input.string(true, "TransactionalId"),
            topic_results: input.structs(true, version, "TopicResults"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AddPartitionsToTxnResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.transactional_id = sample::string(random);
        this.topic_results = sample::vec(random, |random| AddPartitionsToTxnTopicResult::sample(version, random));
        this
    }
}
/// `AddPartitionsToTxnTopicResult` of `AddPartitionsToTxnResponse`, versions 0–5.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AddPartitionsToTxnTopicResult {
    /// Name: `string 0+`.
    pub name: String,
    /// ResultsByPartition: `[]AddPartitionsToTxnPartitionResult 0+`.
    pub results_by_partition: Vec<AddPartitionsToTxnPartitionResult>,
}
impl Body for AddPartitionsToTxnTopicResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        out.string(flexible, "AddPartitionsToTxnTopicResult.Name", &self.name);
        out.structs(flexible, version, "AddPartitionsToTxnTopicResult.ResultsByPartition", &self.results_by_partition);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AddPartitionsToTxnTopicResult");
        let flexible = version >= 3;
        let this = AddPartitionsToTxnTopicResult {
            name: input.string(flexible, "Name"),
            results_by_partition: input.structs(flexible, version, "ResultsByPartition"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AddPartitionsToTxnTopicResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.results_by_partition =
            sample::vec(random, |random| AddPartitionsToTxnPartitionResult::sample(version, random));
        this
    }
}
/// `AddPartitionsToTxnPartitionResult` of `AddPartitionsToTxnResponse`, versions 0–5.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AddPartitionsToTxnPartitionResult {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// PartitionErrorCode: `int16 0+`.
    pub partition_error_code: i16,
}
impl Body for AddPartitionsToTxnPartitionResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        out.i32(self.partition_index);
        out.i16(self.partition_error_code);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AddPartitionsToTxnPartitionResult");
        let flexible = version >= 3;
        let this =
            AddPartitionsToTxnPartitionResult { partition_index: input.i32(), partition_error_code: input.i16() };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AddPartitionsToTxnPartitionResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.partition_error_code = sample::bits(random) as i16;
        this
    }
}
