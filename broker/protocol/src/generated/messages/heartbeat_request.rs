//! `HeartbeatRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `HeartbeatRequest` of `HeartbeatRequest`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct HeartbeatRequest {
    /// GroupId: `string 0+`.
    pub group_id: String,
    /// GenerationId: `int32 0+`.
    pub generation_id: i32,
    /// MemberId: `string 0+`.
    pub member_id: String,
    /// GroupInstanceId: `string 3+ null=3+ default=null`.
    pub group_instance_id: Option<String>,
}
impl Body for HeartbeatRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.string(flexible, "HeartbeatRequest.GroupId", &self.group_id);
        out.i32(self.generation_id);
        out.string(flexible, "HeartbeatRequest.MemberId", &self.member_id);
        if version >= 3 {
            out.opt_string(flexible, true, "HeartbeatRequest.GroupInstanceId", self.group_instance_id.as_deref());
        } else if self.group_instance_id.is_some() {
            out.not_in_version("HeartbeatRequest.GroupInstanceId", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("HeartbeatRequest");
        let flexible = version >= 4;
        let this = HeartbeatRequest {
            group_id: input.string(flexible, "GroupId"),
            generation_id: input.i32(),
            member_id: input.string(flexible, "MemberId"),
            group_instance_id: if version >= 3 { input.opt_string(flexible, true, "GroupInstanceId") } else { None },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for HeartbeatRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.group_id = sample::string(random);
        this.generation_id = sample::bits(random) as i32;
        this.member_id = sample::string(random);
        if version >= 3 {
            this.group_instance_id = sample::nullable(random, true, |random| sample::string(random));
        }
        this
    }
}
impl Message for HeartbeatRequest {
    const NAME: &'static str = "HeartbeatRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 4;
}
impl Request for HeartbeatRequest {
    const KEY: ApiKey = ApiKey::HEARTBEAT;
    type Response = super::heartbeat_response::HeartbeatResponse;
}
