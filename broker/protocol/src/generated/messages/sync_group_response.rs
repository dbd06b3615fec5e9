//! `SyncGroupResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
use bytes::Bytes;
/// `SyncGroupResponse` of `SyncGroupResponse`, versions 0–5.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SyncGroupResponse {
    /// ThrottleTimeMs: `int32 1+ ignorable`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ProtocolType: `string 5+ null=5+ default=null ignorable`.
    pub protocol_type: Option<String>,
    /// ProtocolName: `string 5+ null=5+ default=null ignorable`.
    pub protocol_name: Option<String>,
    /// Assignment: `bytes 0+`.
    pub assignment: Bytes,
}
impl Body for SyncGroupResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        if version >= 1 {
            out.i32(self.throttle_time_ms);
        }
        out.i16(self.error_code);
        if version >= 5 {
            out.opt_string(flexible, true, "SyncGroupResponse.ProtocolType", self.protocol_type.as_deref());
        }
        if version >= 5 {
            out.opt_string(flexible, true, "SyncGroupResponse.ProtocolName", self.protocol_name.as_deref());
        }
        out.bytes(flexible, "SyncGroupResponse.Assignment", &self.assignment);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("SyncGroupResponse");
        let flexible = version >= 4;
        let this = SyncGroupResponse {
            throttle_time_ms: if version >= 1 { input.i32() } else { 0 },
            error_code: input.i16(),
            protocol_type: if version >= 5 { input.opt_string(flexible, true, "ProtocolType") } else { None },
            protocol_name: if version >= 5 { input.opt_string(flexible, true, "ProtocolName") } else { None },
            assignment: input.bytes(flexible, "Assignment"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for SyncGroupResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 1 {
            this.throttle_time_ms = sample::bits(random) as i32;
        }
        this.error_code = sample::bits(random) as i16;
        if version >= 5 {
            this.protocol_type = sample::nullable(random, true, |random| sample::string(random));
        }
        if version >= 5 {
            this.protocol_name = sample::nullable(random, true, |random| sample::string(random));
        }
        this.assignment = sample::bytes(random);
        this
    }
}
impl Message for SyncGroupResponse {
    const NAME: &'static str = "SyncGroupResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE: i16 = 4;
}
