//! `DescribeLogDirsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `DescribeLogDirsRequest` of `DescribeLogDirsRequest`, versions 0–4.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeLogDirsRequest {
    /// Topics: `[]DescribableLogDirTopic 0+ null=0+`.
    pub topics: Option<Vec<DescribableLogDirTopic>>,
}
impl Default for DescribeLogDirsRequest {
    fn default() -> Self {
        DescribeLogDirsRequest { topics: Some(Default::default()) }
    }
}
impl Body for DescribeLogDirsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.opt_structs(flexible, true, version, "DescribeLogDirsRequest.Topics", self.topics.as_deref());
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeLogDirsRequest");
        let flexible = version >= 2;
        let this = DescribeLogDirsRequest { topics: input.opt_structs(flexible, true, version, "Topics") };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeLogDirsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topics = sample::nullable(random, true, |random| {
            sample::vec(random, |random| DescribableLogDirTopic::sample(version, random))
        });
        this
    }
}
impl Message for DescribeLogDirsRequest {
    const NAME: &'static str = "DescribeLogDirsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 2;
}
impl Request for DescribeLogDirsRequest {
    const KEY: ApiKey = ApiKey::DESCRIBE_LOG_DIRS;
    type Response = super::describe_log_dirs_response::DescribeLogDirsResponse;
}
/// `DescribableLogDirTopic` of `DescribeLogDirsRequest`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribableLogDirTopic {
    /// Topic: `string 0+`.
    pub topic: String,
    /// Partitions: `[]int32 0+`.
    pub partitions: Vec<i32>,
}
impl Body for DescribableLogDirTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "DescribableLogDirTopic.Topic", &self.topic);
        out.array(flexible, "DescribableLogDirTopic.Partitions", &self.partitions, Encoder::i32);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribableLogDirTopic");
        let flexible = version >= 2;
        let this = DescribableLogDirTopic {
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
impl Sample for DescribableLogDirTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic = sample::string(random);
        this.partitions = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
