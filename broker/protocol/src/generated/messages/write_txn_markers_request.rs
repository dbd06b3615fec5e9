//! `WriteTxnMarkersRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `WriteTxnMarkersRequest` of `WriteTxnMarkersRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct WriteTxnMarkersRequest {
    /// Markers: `[]WritableTxnMarker 0+`.
    pub markers: Vec<WritableTxnMarker>,
}
impl Body for WriteTxnMarkersRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.structs(flexible, version, "WriteTxnMarkersRequest.Markers", &self.markers);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("WriteTxnMarkersRequest");
        let flexible = version >= 1;
        let this = WriteTxnMarkersRequest { markers: input.structs(flexible, version, "Markers") };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for WriteTxnMarkersRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.markers = sample::vec(random, |random| WritableTxnMarker::sample(version, random));
        this
    }
}
impl Message for WriteTxnMarkersRequest {
    const NAME: &'static str = "WriteTxnMarkersRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 1;
}
impl Request for WriteTxnMarkersRequest {
    const KEY: ApiKey = ApiKey::WRITE_TXN_MARKERS;
    type Response = super::write_txn_markers_response::WriteTxnMarkersResponse;
}
/// `WritableTxnMarker` of `WriteTxnMarkersRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct WritableTxnMarker {
    /// ProducerId: `int64 0+`.
    pub producer_id: i64,
    /// ProducerEpoch: `int16 0+`.
    pub producer_epoch: i16,
    /// TransactionResult: `bool 0+`.
    pub transaction_result: bool,
    /// Topics: `[]WritableTxnMarkerTopic 0+`.
    pub topics: Vec<WritableTxnMarkerTopic>,
    /// CoordinatorEpoch: `int32 0+`.
    pub coordinator_epoch: i32,
}
impl Body for WritableTxnMarker {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.i64(self.producer_id);
        out.i16(self.producer_epoch);
        out.bool(self.transaction_result);
        out.structs(flexible, version, "WritableTxnMarker.Topics", &self.topics);
        out.i32(self.coordinator_epoch);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("WritableTxnMarker");
        let flexible = version >= 1;
        let this = WritableTxnMarker {
            producer_id: input.i64(),
            producer_epoch: input.i16(),
            transaction_result: input.bool(),
            topics: input.structs(flexible, version, "Topics"),
            coordinator_epoch: input.i32(),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for WritableTxnMarker {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.producer_id = sample::bits(random) as i64;
        this.producer_epoch = sample::bits(random) as i16;
        this.transaction_result = random() & 1 == 1;
        this.topics = sample::vec(random, |random| WritableTxnMarkerTopic::sample(version, random));
        this.coordinator_epoch = sample::bits(random) as i32;
        this
    }
}
/// `WritableTxnMarkerTopic` of `WriteTxnMarkersRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct WritableTxnMarkerTopic {
    /// Name: `string 0+`.
    pub name: String,
    /// PartitionIndexes: `[]int32 0+`.
    pub partition_indexes: Vec<i32>,
}
impl Body for WritableTxnMarkerTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.string(flexible, "WritableTxnMarkerTopic.Name", &self.name);
        out.array(flexible, "WritableTxnMarkerTopic.PartitionIndexes", &self.partition_indexes, Encoder::i32);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("WritableTxnMarkerTopic");
        let flexible = version >= 1;
        let this = WritableTxnMarkerTopic {
            name: input.string(flexible, "Name"),
            partition_indexes: input.array(flexible, "PartitionIndexes", Decoder::i32),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for WritableTxnMarkerTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partition_indexes = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
