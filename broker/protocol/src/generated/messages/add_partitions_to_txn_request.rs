//! `AddPartitionsToTxnRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `AddPartitionsToTxnRequest` of `AddPartitionsToTxnRequest`, versions 0–5.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AddPartitionsToTxnRequest {
    /// Transactions: `[]AddPartitionsToTxnTransaction 4+`.
    pub transactions: Vec<AddPartitionsToTxnTransaction>,
    /// V3AndBelowTransactionalId: `string 0-3`.
    pub v3_and_below_transactional_id: String,
    /// V3AndBelowProducerId: `int64 0-3`.
    pub v3_and_below_producer_id: i64,
    /// V3AndBelowProducerEpoch: `int16 0-3`.
    pub v3_and_below_producer_epoch: i16,
    /// V3AndBelowTopics: `[]AddPartitionsToTxnTopic 0-3`.
    pub v3_and_below_topics: Vec<AddPartitionsToTxnTopic>,
}
impl Body for AddPartitionsToTxnRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        if version >= 4 {
            out.structs(flexible, version, "AddPartitionsToTxnRequest.Transactions", &self.transactions);
        } else if !self.transactions.is_empty() {
            out.not_in_version("AddPartitionsToTxnRequest.Transactions", version);
        }
        if version <= 3 {
            out.string(
                flexible,
                "AddPartitionsToTxnRequest.V3AndBelowTransactionalId",
                &self.v3_and_below_transactional_id,
            );
        } else if !self.v3_and_below_transactional_id.is_empty() {
            out.not_in_version("AddPartitionsToTxnRequest.V3AndBelowTransactionalId", version);
        }
        if version <= 3 {
            out.i64(self.v3_and_below_producer_id);
        } else if self.v3_and_below_producer_id != 0 {
            out.not_in_version("AddPartitionsToTxnRequest.V3AndBelowProducerId", version);
        }
        if version <= 3 {
            out.i16(self.v3_and_below_producer_epoch);
        } else if self.v3_and_below_producer_epoch != 0 {
            out.not_in_version("AddPartitionsToTxnRequest.V3AndBelowProducerEpoch", version);
        }
        if version <= 3 {
            out.structs(flexible, version, "AddPartitionsToTxnRequest.V3AndBelowTopics", &self.v3_and_below_topics);
        } else if !self.v3_and_below_topics.is_empty() {
            out.not_in_version("AddPartitionsToTxnRequest.V3AndBelowTopics", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AddPartitionsToTxnRequest");
        let flexible = version >= 3;
        let this = AddPartitionsToTxnRequest {
            transactions: if version >= 4 {
                input.structs(flexible, version, "Transactions")
            } else {
                Default::default()
            },
            v3_and_below_transactional_id: if version <= 3 {
                input.string(flexible, "V3AndBelowTransactionalId")
            } else {
                Default::default()
            },
            v3_and_below_producer_id: if version <= 3 { input.i64() } else { 0 },
            v3_and_below_producer_epoch: if version <= 3 { input.i16() } else { 0 },
            v3_and_below_topics: if version <= 3 {
                input.structs(flexible, version, "V3AndBelowTopics")
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
impl Sample for AddPartitionsToTxnRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 4 {
            this.transactions = sample::vec(random, |random| AddPartitionsToTxnTransaction::sample(version, random));
        }
        if version <= 3 {
            this.v3_and_below_transactional_id = sample::string(random);
        }
        if version <= 3 {
            this.v3_and_below_producer_id = sample::bits(random) as i64;
        }
        if version <= 3 {
            this.v3_and_below_producer_epoch = sample::bits(random) as i16;
        }
        if version <= 3 {
            this.v3_and_below_topics = sample::vec(random, |random| AddPartitionsToTxnTopic::sample(version, random));
        }
        this
    }
}
impl Message for AddPartitionsToTxnRequest {
    const NAME: &'static str = "AddPartitionsToTxnRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE: i16 = 3;
}
impl Request for AddPartitionsToTxnRequest {
    const KEY: ApiKey = ApiKey::ADD_PARTITIONS_TO_TXN;
    type Response = super::add_partitions_to_txn_response::AddPartitionsToTxnResponse;
}
/// `AddPartitionsToTxnTransaction` of `AddPartitionsToTxnRequest`, versions 4–5.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AddPartitionsToTxnTransaction {
    /// TransactionalId: `string 4+`.
    pub transactional_id: String,
    /// ProducerId: `int64 4+`.
    pub producer_id: i64,
    /// ProducerEpoch: `int16 4+`.
    pub producer_epoch: i16,
    /// VerifyOnly: `bool 4+ default=false`.
    pub verify_only: bool,
    /// Topics: `[]AddPartitionsToTxnTopic 4+`.
    pub topics: Vec<AddPartitionsToTxnTopic>,
}
impl Body for AddPartitionsToTxnTransaction {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "AddPartitionsToTxnTransaction.TransactionalId", &self.transactional_id);
        out.i64(self.producer_id);
        out.i16(self.producer_epoch);
        out.bool(self.verify_only);
        out.structs(true, version, "AddPartitionsToTxnTransaction.Topics", &self.topics);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AddPartitionsToTxnTransaction");
        let this = AddPartitionsToTxnTransaction {
            transactional_id: input.string(true, "TransactionalId"),
            producer_id: input.i64(),
            producer_epoch: input.i16(),
            verify_only: input.bool(),
            topics: input.structs(true, version, "Topics"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AddPartitionsToTxnTransaction {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.transactional_id = sample::string(random);
        this.producer_id = sample::bits(random) as i64;
        this.producer_epoch = sample::bits(random) as i16;
        this.verify_only = random() & 1 == 1;
        this.topics = sample::vec(random, |random| AddPartitionsToTxnTopic::sample(version, random));
        this
    }
}
/// `AddPartitionsToTxnTopic` of `AddPartitionsToTxnRequest`, versions 0–5.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AddPartitionsToTxnTopic {
    /// Name: `string 0+`.
    pub name: String,
    /// Partitions: `[]int32 0+`.
    pub partitions: Vec<i32>,
}
impl Body for AddPartitionsToTxnTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        out.string(flexible, "AddPartitionsToTxnTopic.Name", &self.name);
        out.array(flexible, "AddPartitionsToTxnTopic.Partitions", &self.partitions, Encoder::i32);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AddPartitionsToTxnTopic");
        let flexible = version >= 3;
        let this = AddPartitionsToTxnTopic {
            name: input.string(flexible, "Name"),
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
impl Sample for AddPartitionsToTxnTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
