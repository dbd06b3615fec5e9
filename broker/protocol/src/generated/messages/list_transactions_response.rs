//! `ListTransactionsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `ListTransactionsResponse` of `ListTransactionsResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListTransactionsResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// UnknownStateFilters: `[]string 0+`.
    pub unknown_state_filters: Vec<String>,
    /// TransactionStates: `[]TransactionState 0+`.
    pub transaction_states: Vec<TransactionState>,
}
impl Body for ListTransactionsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.i16(self.error_code);
        out.strings(true, "ListTransactionsResponse.UnknownStateFilters", &self.unknown_state_filters);
        out.structs(true, version, "ListTransactionsResponse.TransactionStates", &self.transaction_states);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ListTransactionsResponse");
        let this = ListTransactionsResponse {
            throttle_time_ms: input.i32(),
            error_code: input.i16(),
            unknown_state_filters: input.strings(true, "UnknownStateFilters"),
            transaction_states: input.structs(true, version, "TransactionStates"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ListTransactionsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.unknown_state_filters = sample::vec(random, |random| sample::string(random));
        this.transaction_states = sample::vec(random, |random| TransactionState::sample(version, random));
        this
    }
}
impl Message for ListTransactionsResponse {
    const NAME: &'static str = "ListTransactionsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `TransactionState` of `ListTransactionsResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TransactionState {
    /// TransactionalId: `string 0+`.
    pub transactional_id: String,
    /// ProducerId: `int64 0+`.
    pub producer_id: i64,
    /// TransactionState: `string 0+`.
    pub transaction_state: String,
}
impl Body for TransactionState {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "TransactionState.TransactionalId", &self.transactional_id);
        out.i64(self.producer_id);
        out.string(true, "TransactionState.TransactionState", &self.transaction_state);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TransactionState");
        let this = TransactionState {
            transactional_id: input.string(true, "TransactionalId"),
            producer_id: input.i64(),
            transaction_state: input.string(true, "TransactionState"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for TransactionState {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.transactional_id = sample::string(random);
        this.producer_id = sample::bits(random) as i64;
        this.transaction_state = sample::string(random);
        this
    }
}
