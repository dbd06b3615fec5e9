//! `ConsumerProtocolSubscription`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
use bytes::Bytes;
/// `ConsumerProtocolSubscription` of `ConsumerProtocolSubscription`, versions 0–3.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsumerProtocolSubscription {
    /// Topics: `[]string 0+`.
    pub topics: Vec<String>,
    /// UserData: `bytes 0+ null=0+ default=null`.
    pub user_data: Option<Bytes>,
    /// OwnedPartitions: `[]TopicPartition 1+ ignorable`.
    pub owned_partitions: Vec<TopicPartition>,
    /// GenerationId: `int32 2+ default=-1 ignorable`.
    pub generation_id: i32,
    /// RackId: `string 3+ null=3+ default=null ignorable`.
    pub rack_id: Option<String>,
}
impl Default for ConsumerProtocolSubscription {
    fn default() -> Self {
        ConsumerProtocolSubscription {
            topics: Default::default(),
            user_data: None,
            owned_partitions: Default::default(),
            generation_id: -1,
            rack_id: None,
        }
    }
}
impl Body for ConsumerProtocolSubscription {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.strings(false, "ConsumerProtocolSubscription.Topics", &self.topics);
        out.opt_bytes(false, true, "ConsumerProtocolSubscription.UserData", self.user_data.as_ref());
        if version >= 1 {
            out.structs(false, version, "ConsumerProtocolSubscription.OwnedPartitions", &self.owned_partitions);
        }
        if version >= 2 {
            out.i32(self.generation_id);
        }
        if version >= 3 {
            out.opt_string(false, true, "ConsumerProtocolSubscription.RackId", self.rack_id.as_deref());
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ConsumerProtocolSubscription");
        let this = ConsumerProtocolSubscription {
            topics: input.strings(false, "Topics"),
            user_data: input.opt_bytes(false, true, "UserData"),
            owned_partitions: if version >= 1 {
                input.structs(false, version, "OwnedPartitions")
            } else {
                Default::default()
            },
            generation_id: if version >= 2 { input.i32() } else { -1 },
            rack_id: if version >= 3 { input.opt_string(false, true, "RackId") } else { None },
        };
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ConsumerProtocolSubscription {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topics = sample::vec(random, |random| sample::string(random));
        this.user_data = sample::nullable(random, true, |random| sample::bytes(random));
        if version >= 1 {
            this.owned_partitions = sample::vec(random, |random| TopicPartition::sample(version, random));
        }
        if version >= 2 {
            this.generation_id = sample::bits(random) as i32;
        }
        if version >= 3 {
            this.rack_id = sample::nullable(random, true, |random| sample::string(random));
        }
        this
    }
}
impl Message for ConsumerProtocolSubscription {
    const NAME: &'static str = "ConsumerProtocolSubscription";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE: i16 = i16::MAX;
}
/// `TopicPartition` of `ConsumerProtocolSubscription`, versions 1–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicPartition {
    /// Topic: `string 1+`.
    pub topic: String,
    /// Partitions: `[]int32 1+`.
    pub partitions: Vec<i32>,
}
impl Body for TopicPartition {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(false, "TopicPartition.Topic", &self.topic);
        out.array(false, "TopicPartition.Partitions", &self.partitions, Encoder::i32);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TopicPartition");
        let this = TopicPartition {
            topic: input.string(false, "Topic"),
            partitions: input.array(false, "Partitions", Decoder::i32),
        };
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for TopicPartition {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic = sample::string(random);
        this.partitions = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
