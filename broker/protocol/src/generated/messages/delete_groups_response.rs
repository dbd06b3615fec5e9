//! `DeleteGroupsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `DeleteGroupsResponse` of `DeleteGroupsResponse`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeleteGroupsResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// Results: `[]DeletableGroupResult 0+`.
    pub results: Vec<DeletableGroupResult>,
}
impl Body for DeleteGroupsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i32(self.throttle_time_ms);
        out.structs(flexible, version, "DeleteGroupsResponse.Results", &self.results);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DeleteGroupsResponse");
        let flexible = version >= 2;
        let this = DeleteGroupsResponse {
            throttle_time_ms: input.i32(),
            results: input.structs(flexible, version, "Results"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DeleteGroupsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.results = sample::vec(random, |random| DeletableGroupResult::sample(version, random));
        this
    }
}
impl Message for DeleteGroupsResponse {
    const NAME: &'static str = "DeleteGroupsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = 2;
}
/// `DeletableGroupResult` of `DeleteGroupsResponse`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeletableGroupResult {
    /// GroupId: `string 0+`.
    pub group_id: String,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
}
impl Body for DeletableGroupResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "DeletableGroupResult.GroupId", &self.group_id);
        out.i16(self.error_code);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DeletableGroupResult");
        let flexible = version >= 2;
        let this = DeletableGroupResult { group_id: input.string(flexible, "GroupId"), error_code: input.i16() };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DeletableGroupResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.group_id = sample::string(random);
        this.error_code = sample::bits(random) as i16;
        this
    }
}
