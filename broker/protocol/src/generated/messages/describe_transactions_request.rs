//! `DescribeTransactionsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `DescribeTransactionsRequest` of `DescribeTransactionsRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeTransactionsRequest {
    /// TransactionalIds: `[]string 0+`.
    pub transactional_ids: Vec<String>,
}
impl Body for DescribeTransactionsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.strings(true, "DescribeTransactionsRequest.TransactionalIds", &self.transactional_ids);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeTransactionsRequest");
        let this = DescribeTransactionsRequest { transactional_ids: input.strings(true, "TransactionalIds") };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeTransactionsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.transactional_ids = sample::vec(random, |random| sample::string(random));
        this
    }
}
impl Message for DescribeTransactionsRequest {
    const NAME: &'static str = "DescribeTransactionsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for DescribeTransactionsRequest {
    const KEY: ApiKey = ApiKey::DESCRIBE_TRANSACTIONS;
    type Response = super::describe_transactions_response::DescribeTransactionsResponse;
}
