//! `ElectLeadersResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `ElectLeadersResponse` of `ElectLeadersResponse`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ElectLeadersResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 1+`.
    pub error_code: i16,
    /// ReplicaElectionResults: `[]ReplicaElectionResult 0+`.
    pub replica_election_results: Vec<ReplicaElectionResult>,
}
impl Body for ElectLeadersResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i32(self.throttle_time_ms);
        if version >= 1 {
            out.i16(self.error_code);
        } else if self.error_code != 0 {
            out.not_in_version("ElectLeadersResponse.ErrorCode", version);
        }
        out.structs(flexible, version, "ElectLeadersResponse.ReplicaElectionResults", &self.replica_election_results);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ElectLeadersResponse");
        let flexible = version >= 2;
        let this = ElectLeadersResponse {
            throttle_time_ms: input.i32(),
            error_code: if version >= 1 { input.i16() } else { 0 },
            replica_election_results: input.structs(flexible, version, "ReplicaElectionResults"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ElectLeadersResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        if version >= 1 {
            this.error_code = sample::bits(random) as i16;
        }
        this.replica_election_results = sample::vec(random, |random| ReplicaElectionResult::sample(version, random));
        this
    }
}
impl Message for ElectLeadersResponse {
    const NAME: &'static str = "ElectLeadersResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = 2;
}
/// `ReplicaElectionResult` of `ElectLeadersResponse`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ReplicaElectionResult {
    /// Topic: `string 0+`.
    pub topic: String,
    /// PartitionResult: `[]PartitionResult 0+`.
    pub partition_result: Vec<PartitionResult>,
}
impl Body for ReplicaElectionResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "ReplicaElectionResult.Topic", &self.topic);
        out.structs(flexible, version, "ReplicaElectionResult.PartitionResult", &self.partition_result);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ReplicaElectionResult");
        let flexible = version >= 2;
        let this = ReplicaElectionResult {
            topic: input.string(flexible, "Topic"),
            partition_result: input.structs(flexible, version, "PartitionResult"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ReplicaElectionResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic = sample::string(random);
        this.partition_result = sample::vec(random, |random| PartitionResult::sample(version, random));
        this
    }
}
/// `PartitionResult` of `ElectLeadersResponse`, versions 0–2.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionResult {
    /// PartitionId: `int32 0+`.
    pub partition_id: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+`.
    pub error_message: Option<String>,
}
impl Default for PartitionResult {
    fn default() -> Self {
        PartitionResult { partition_id: 0, error_code: 0, error_message: Some(Default::default()) }
    }
}
impl Body for PartitionResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i32(self.partition_id);
        out.i16(self.error_code);
        out.opt_string(flexible, true, "PartitionResult.ErrorMessage", self.error_message.as_deref());
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("PartitionResult");
        let flexible = version >= 2;
        let this = PartitionResult {
            partition_id: input.i32(),
            error_code: input.i16(),
            error_message: input.opt_string(flexible, true, "ErrorMessage"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for PartitionResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_id = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this
    }
}
