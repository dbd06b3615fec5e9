//! `ElectLeadersRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `ElectLeadersRequest` of `ElectLeadersRequest`, versions 0–2.
#[derive(Clone, Debug, PartialEq)]
pub struct ElectLeadersRequest {
    /// ElectionType: `int8 1+`.
    pub election_type: i8,
    /// TopicPartitions: `[]TopicPartitions 0+ null=0+`.
    pub topic_partitions: Option<Vec<TopicPartitions>>,
    /// TimeoutMs: `int32 0+ default=60000`.
    pub timeout_ms: i32,
}
impl Default for ElectLeadersRequest {
    fn default() -> Self {
        ElectLeadersRequest { election_type: 0, topic_partitions: Some(Default::default()), timeout_ms: 60000 }
    }
}
impl Body for ElectLeadersRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        if version >= 1 {
            out.i8(self.election_type);
        } else if self.election_type != 0 {
            out.not_in_version("ElectLeadersRequest.ElectionType", version);
        }
        out.opt_structs(
            flexible,
            true,
            version,
            "ElectLeadersRequest.TopicPartitions",
            self.topic_partitions.as_deref(),
        );
        out.i32(self.timeout_ms);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ElectLeadersRequest");
        let flexible = version >= 2;
        let this = ElectLeadersRequest {
            election_type: if version >= 1 { input.i8() } else { 0 },
            topic_partitions: input.opt_structs(flexible, true, version, "TopicPartitions"),
            timeout_ms: input.i32(),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ElectLeadersRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 1 {
            this.election_type = sample::bits(random) as i8;
        }
        this.topic_partitions = sample::nullable(random, true, |random| {
            sample::vec(random, |random| TopicPartitions::sample(version, random))
        });
        this.timeout_ms = sample::bits(random) as i32;
        this
    }
}
impl Message for ElectLeadersRequest {
    const NAME: &'static str = "ElectLeadersRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = 2;
}
impl Request for ElectLeadersRequest {
    const KEY: ApiKey = ApiKey::ELECT_LEADERS;
    type Response = super::elect_leaders_response::ElectLeadersResponse;
}
/// `TopicPartitions` of `ElectLeadersRequest`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicPartitions {
    /// Topic: `string 0+`.
    pub topic: String,
    /// Partitions: `[]int32 0+`.
    pub partitions: Vec<i32>,
}
impl Body for TopicPartitions {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "TopicPartitions.Topic", &self.topic);
        out.array(flexible, "TopicPartitions.Partitions", &self.partitions, Encoder::i32);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TopicPartitions");
        let flexible = version >= 2;
        let this = TopicPartitions {
            topic: input.string(flexible, "Topic"),
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
impl Sample for TopicPartitions {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic = sample::string(random);
        this.partitions = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
