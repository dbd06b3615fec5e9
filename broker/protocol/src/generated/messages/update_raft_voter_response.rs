//! `UpdateRaftVoterResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `UpdateRaftVoterResponse` of `UpdateRaftVoterResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct UpdateRaftVoterResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// CurrentLeader: `CurrentLeader 0+ tag=0`.
    pub current_leader: CurrentLeader,
}
impl Body for UpdateRaftVoterResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.i16(self.error_code);
        let has_current_leader = self.current_leader != CurrentLeader::default();
        out.uvarint(u32::from(has_current_leader));
        if has_current_leader {
            let start = out.tag(0);
            self.current_leader.write(version, out);
            out.tag_end(start);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("UpdateRaftVoterResponse");
        let mut this = UpdateRaftVoterResponse {
            throttle_time_ms: input.i32(),
            error_code: input.i16(),
            current_leader: Default::default(),
        };
        for _ in 0..input.tag_count() {
            let (tag, end) = input.tag();
            match tag {
                0 => this.current_leader = CurrentLeader::read(version, input),
                _ => input.tag_skip(end),
            }
            input.tag_end(end);
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for UpdateRaftVoterResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.current_leader = CurrentLeader::sample(version, random);
        this
    }
}
impl Message for UpdateRaftVoterResponse {
    const NAME: &'static str = "UpdateRaftVoterResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `CurrentLeader` of `UpdateRaftVoterResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct CurrentLeader {
    /// LeaderId: `int32 0+ default=-1`.
    pub leader_id: i32,
    /// LeaderEpoch: `int32 0+ default=-1`.
    pub leader_epoch: i32,
    /// Host: `string 0+`.
    pub host: String,
    /// Port: `int32 0+`.
    pub port: i32,
}
impl Default for CurrentLeader {
    fn default() -> Self {
        CurrentLeader { leader_id: -1, leader_epoch: -1, host: Default::default(), port: 0 }
    }
}
impl Body for CurrentLeader {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.leader_id);
        out.i32(self.leader_epoch);
        out.string(true, "CurrentLeader.Host", &self.host);
        out.i32(self.port);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("CurrentLeader");
        let this = CurrentLeader {
            leader_id: input.i32(),
            leader_epoch: input.i32(),
            host: input.string(true, "Host"),
            port: input.i32(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for CurrentLeader {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.leader_id = sample::bits(random) as i32;
        this.leader_epoch = sample::bits(random) as i32;
        this.host = sample::string(random);
        this.port = sample::bits(random) as i32;
        this
    }
}
