//! `DeleteTopicsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `DeleteTopicsResponse` of `DeleteTopicsResponse`, versions 0–6.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeleteTopicsResponse {
    /// ThrottleTimeMs: `int32 1+ ignorable`.
    pub throttle_time_ms: i32,
    /// Responses: `[]DeletableTopicResult 0+`.
    pub responses: Vec<DeletableTopicResult>,
}
impl Body for DeleteTopicsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        if version >= 1 {
            out.i32(self.throttle_time_ms);
        }
        out.structs(flexible, version, "DeleteTopicsResponse.Responses", &self.responses);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DeleteTopicsResponse");
        let flexible = version >= 4;
        let this = DeleteTopicsResponse {
            throttle_time_ms: if version >= 1 { input.i32() } else { 0 },
            responses: input.structs(flexible, version, "Responses"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DeleteTopicsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 1 {
            this.throttle_time_ms = sample::bits(random) as i32;
        }
        this.responses = sample::vec(random, |random| DeletableTopicResult::sample(version, random));
        this
    }
}
impl Message for DeleteTopicsResponse {
    const NAME: &'static str = "DeleteTopicsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 6;
    const FIRST_FLEXIBLE: i16 = 4;
}
/// `DeletableTopicResult` of `DeleteTopicsResponse`, versions 0–6.
#[derive(Clone, Debug, PartialEq)]
pub struct DeletableTopicResult {
    /// Name: `string 0+ null=6+`.
    pub name: Option<String>,
    /// TopicId: `uuid 6+ ignorable`.
    pub topic_id: Uuid,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 5+ null=5+ default=null ignorable`.
    pub error_message: Option<String>,
}
impl Default for DeletableTopicResult {
    fn default() -> Self {
        DeletableTopicResult {
            name: Some(Default::default()),
            topic_id: Default::default(),
            error_code: 0,
            error_message: None,
        }
    }
}
impl Body for DeletableTopicResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.opt_string(flexible, version >= 6, "DeletableTopicResult.Name", self.name.as_deref());
        if version >= 6 {
            out.uuid(self.topic_id);
        }
        out.i16(self.error_code);
        if version >= 5 {
            out.opt_string(flexible, true, "DeletableTopicResult.ErrorMessage", self.error_message.as_deref());
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DeletableTopicResult");
        let flexible = version >= 4;
        let this = DeletableTopicResult {
            name: input.opt_string(flexible, version >= 6, "Name"),
            topic_id: if version >= 6 { input.uuid() } else { Default::default() },
            error_code: input.i16(),
            error_message: if version >= 5 { input.opt_string(flexible, true, "ErrorMessage") } else { None },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DeletableTopicResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::nullable(random, version >= 6, |random| sample::string(random));
        if version >= 6 {
            this.topic_id = sample::uuid(random);
        }
        this.error_code = sample::bits(random) as i16;
        if version >= 5 {
            this.error_message = sample::nullable(random, true, |random| sample::string(random));
        }
        this
    }
}
