//! `ControlledShutdownRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `ControlledShutdownRequest` of `ControlledShutdownRequest`, versions 0–3.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlledShutdownRequest {
    /// BrokerId: `int32 0+`.
    pub broker_id: i32,
    /// BrokerEpoch: `int64 2+ default=-1 ignorable`.
    pub broker_epoch: i64,
}
impl Default for ControlledShutdownRequest {
    fn default() -> Self {
        ControlledShutdownRequest { broker_id: 0, broker_epoch: -1 }
    }
}
impl Body for ControlledShutdownRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        out.i32(self.broker_id);
        if version >= 2 {
            out.i64(self.broker_epoch);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ControlledShutdownRequest");
        let flexible = version >= 3;
        let this = ControlledShutdownRequest {
            broker_id: input.i32(),
            broker_epoch: if version >= 2 { input.i64() } else { -1 },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ControlledShutdownRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.broker_id = sample::bits(random) as i32;
        if version >= 2 {
            this.broker_epoch = sample::bits(random) as i64;
        }
        this
    }
}
impl Message for ControlledShutdownRequest {
    const NAME: &'static str = "ControlledShutdownRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE: i16 = 3;
}
impl Request for ControlledShutdownRequest {
    const KEY: ApiKey = ApiKey::CONTROLLED_SHUTDOWN;
    type Response = super::controlled_shutdown_response::ControlledShutdownResponse;
}
