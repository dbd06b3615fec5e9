//! `BrokerHeartbeatRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `BrokerHeartbeatRequest` of `BrokerHeartbeatRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq)]
pub struct BrokerHeartbeatRequest {
    /// BrokerId: `int32 0+`.
    pub broker_id: i32,
    /// BrokerEpoch: `int64 0+ default=-1`.
    pub broker_epoch: i64,
    /// CurrentMetadataOffset: `int64 0+`.
    pub current_metadata_offset: i64,
    /// WantFence: `bool 0+`.
    pub want_fence: bool,
    /// WantShutDown: `bool 0+`.
    pub want_shut_down: bool,
    /// OfflineLogDirs: `[]uuid 1+ tag=0`.
    pub offline_log_dirs: Vec<Uuid>,
}
impl Default for BrokerHeartbeatRequest {
    fn default() -> Self {
        BrokerHeartbeatRequest {
            broker_id: 0,
            broker_epoch: -1,
            current_metadata_offset: 0,
            want_fence: false,
            want_shut_down: false,
            offline_log_dirs: Default::default(),
        }
    }
}
impl Body for BrokerHeartbeatRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.broker_id);
        out.i64(self.broker_epoch);
        out.i64(self.current_metadata_offset);
        out.bool(self.want_fence);
        out.bool(self.want_shut_down);
        let has_offline_log_dirs = !self.offline_log_dirs.is_empty();
        if has_offline_log_dirs && version < 1 {
            out.not_in_version("BrokerHeartbeatRequest.OfflineLogDirs", version);
        }
        let has_offline_log_dirs = has_offline_log_dirs && version >= 1;
        out.uvarint(u32::from(has_offline_log_dirs));
        if has_offline_log_dirs {
            let start = out.tag(0);
            out.array(true, "BrokerHeartbeatRequest.OfflineLogDirs", &self.offline_log_dirs, Encoder::uuid);
            out.tag_end(start);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("BrokerHeartbeatRequest");
        let mut this = BrokerHeartbeatRequest {
            broker_id: input.i32(),
            broker_epoch: input.i64(),
            current_metadata_offset: input.i64(),
            want_fence: input.bool(),
            want_shut_down: input.bool(),
            offline_log_dirs: Default::default(),
        };
        for _ in 0..input.tag_count() {
            let (tag, end) = input.tag();
            match tag {
                0 if version >= 1 => this.offline_log_dirs = input.array(true, "OfflineLogDirs", Decoder::uuid),
                0 => input.tag_not_in_version(0, version),
                _ => input.tag_skip(end),
            }
            input.tag_end(end);
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for BrokerHeartbeatRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.broker_id = sample::bits(random) as i32;
        this.broker_epoch = sample::bits(random) as i64;
        this.current_metadata_offset = sample::bits(random) as i64;
        this.want_fence = random() & 1 == 1;
        this.want_shut_down = random() & 1 == 1;
        if version >= 1 {
            this.offline_log_dirs = sample::vec(random, |random| sample::uuid(random));
        }
        this
    }
}
impl Message for BrokerHeartbeatRequest {
    const NAME: &'static str = "BrokerHeartbeatRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for BrokerHeartbeatRequest {
    const KEY: ApiKey = ApiKey::BROKER_HEARTBEAT;
    type Response = super::broker_heartbeat_response::BrokerHeartbeatResponse;
}
