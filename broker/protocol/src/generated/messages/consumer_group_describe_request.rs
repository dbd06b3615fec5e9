//! `ConsumerGroupDescribeRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `ConsumerGroupDescribeRequest` of `ConsumerGroupDescribeRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ConsumerGroupDescribeRequest {
    /// GroupIds: `[]string 0+`.
    pub group_ids: Vec<String>,
    /// IncludeAuthorizedOperations: `bool 0+`.
    pub include_authorized_operations: bool,
}
impl Body for ConsumerGroupDescribeRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.strings(true, "ConsumerGroupDescribeRequest.GroupIds", &self.group_ids);
        out.bool(self.include_authorized_operations);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ConsumerGroupDescribeRequest");
        let this = ConsumerGroupDescribeRequest {
            group_ids: input.strings(true, "GroupIds"),
            include_authorized_operations: input.bool(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ConsumerGroupDescribeRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.group_ids = sample::vec(random, |random| sample::string(random));
        this.include_authorized_operations = random() & 1 == 1;
        this
    }
}
impl Message for ConsumerGroupDescribeRequest {
    const NAME: &'static str = "ConsumerGroupDescribeRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for ConsumerGroupDescribeRequest {
    const KEY: ApiKey = ApiKey::CONSUMER_GROUP_DESCRIBE;
    type Response = super::consumer_group_describe_response::ConsumerGroupDescribeResponse;
}
