//! `ListTransactionsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `ListTransactionsRequest` of `ListTransactionsRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq)]
pub struct ListTransactionsRequest {
    /// StateFilters: `[]string 0+`.
    pub state_filters: Vec<String>,
    /// ProducerIdFilters: `[]int64 0+`.
    pub producer_id_filters: Vec<i64>,
    /// DurationFilter: `int64 1+ default=-1`.
    pub duration_filter: i64,
}
impl Default for ListTransactionsRequest {
    fn default() -> Self {
        ListTransactionsRequest {
            state_filters: Default::default(),
            producer_id_filters: Default::default(),
            duration_filter: -1,
        }
    }
}
impl Body for ListTransactionsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.strings(true, "ListTransactionsRequest.StateFilters", &self.state_filters);
        out.array(true, "ListTransactionsRequest.ProducerIdFilters", &self.producer_id_filters, Encoder::i64);
        if version >= 1 {
            out.i64(self.duration_filter);
        } else if self.duration_filter != -1 {
            out.not_in_version("ListTransactionsRequest.DurationFilter", version);
        }
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ListTransactionsRequest");
        let this = ListTransactionsRequest {
            state_filters: input.strings(true, "StateFilters"),
            producer_id_filters: input.array(true, "ProducerIdFilters", Decoder::i64),
            duration_filter: if version >= 1 { input.i64() } else { -1 },
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ListTransactionsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.state_filters = sample::vec(random, |random| sample::string(random));
        this.producer_id_filters = sample::vec(random, |random| sample::bits(random) as i64);
        if version >= 1 {
            this.duration_filter = sample::bits(random) as i64;
        }
        this
    }
}
impl Message for ListTransactionsRequest {
    const NAME: &'static str = "ListTransactionsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for ListTransactionsRequest {
    const KEY: ApiKey = ApiKey::LIST_TRANSACTIONS;
    type Response = super::list_transactions_response::ListTransactionsResponse;
}
