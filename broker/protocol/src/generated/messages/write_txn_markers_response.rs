//! `WriteTxnMarkersResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `WriteTxnMarkersResponse` of `WriteTxnMarkersResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct WriteTxnMarkersResponse {
    /// Markers: `[]WritableTxnMarkerResult 0+`.
    pub markers: Vec<WritableTxnMarkerResult>,
}
impl Body for WriteTxnMarkersResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.structs(flexible, version, "WriteTxnMarkersResponse.Markers", &self.markers);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("WriteTxnMarkersResponse");
        let flexible = version >= 1;
        let this = WriteTxnMarkersResponse { markers: input.structs(flexible, version, "Markers") };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for WriteTxnMarkersResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.markers = sample::vec(random, |random| WritableTxnMarkerResult::sample(version, random));
        this
    }
}
impl Message for WriteTxnMarkersResponse {
    const NAME: &'static str = "WriteTxnMarkersResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 1;
}
/// `WritableTxnMarkerResult` of `WriteTxnMarkersResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct WritableTxnMarkerResult {
    /// ProducerId: `int64 0+`.
    pub producer_id: i64,
    /// Topics: `[]WritableTxnMarkerTopicResult 0+`.
    pub topics: Vec<WritableTxnMarkerTopicResult>,
}
impl Body for WritableTxnMarkerResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.i64(self.producer_id);
        out.structs(flexible, version, "WritableTxnMarkerResult.Topics", &self.topics);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("WritableTxnMarkerResult");
        let flexible = version >= 1;
        let this =
            WritableTxnMarkerResult { producer_id: input.i64(), topics: input.structs(flexible, version, "Topics") };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for WritableTxnMarkerResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.producer_id = sample::bits(random) as i64;
        this.topics = sample::vec(random, |random| WritableTxnMarkerTopicResult::sample(version, random));
        this
    }
}
/// `WritableTxnMarkerTopicResult` of `WriteTxnMarkersResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct WritableTxnMarkerTopicResult {
    /// Name: `string 0+`.
    pub name: String,
    /// Partitions: `[]WritableTxnMarkerPartitionResult 0+`.
    pub partitions: Vec<WritableTxnMarkerPartitionResult>,
}
impl Body for WritableTxnMarkerTopicResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.string(flexible, "WritableTxnMarkerTopicResult.Name", &self.name);
        out.structs(flexible, version, "WritableTxnMarkerTopicResult.Partitions", &self.partitions);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("WritableTxnMarkerTopicResult");
        let flexible = version >= 1;
        let this = WritableTxnMarkerTopicResult {
            name: input.string(flexible, "Name"),
            partitions: input.structs(flexible, version, "Partitions"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for WritableTxnMarkerTopicResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| WritableTxnMarkerPartitionResult::sample(version, random));
        this
    }
}
/// `WritableTxnMarkerPartitionResult` of `WriteTxnMarkersResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct WritableTxnMarkerPartitionResult {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
}
impl Body for WritableTxnMarkerPartitionResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.i32(self.partition_index);
        out.i16(self.error_code);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("WritableTxnMarkerPartitionResult");
        let flexible = version >= 1;
        let this = WritableTxnMarkerPartitionResult { partition_index: input.i32(), error_code: input.i16() };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for WritableTxnMarkerPartitionResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this
    }
}
