//! `OffsetCommitValue`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `OffsetCommitValue` of `OffsetCommitValue`, versions 0–4.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetCommitValue {
    /// offset: `int64 0+`.
    pub offset: i64,
    /// leaderEpoch: `int32 3+ default=-1 ignorable`.
    pub leader_epoch: i32,
    /// metadata: `string 0+`.
    pub metadata: String,
    /// commitTimestamp: `int64 0+`.
    pub commit_timestamp: i64,
    /// expireTimestamp: `int64 1 default=-1 ignorable`.
    pub expire_timestamp: i64,
}
impl Default for OffsetCommitValue {
    fn default() -> Self {
        OffsetCommitValue {
            offset: 0,
            leader_epoch: -1,
            metadata: Default::default(),
            commit_timestamp: 0,
            expire_timestamp: -1,
        }
    }
}
impl Body for OffsetCommitValue {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.i64(self.offset);
        if version >= 3 {
            out.i32(self.leader_epoch);
        }
        out.string(flexible, "OffsetCommitValue.metadata", &self.metadata);
        out.i64(self.commit_timestamp);
        if version == 1 {
            out.i64(self.expire_timestamp);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetCommitValue");
        let flexible = version >= 4;
        let this = OffsetCommitValue {
            offset: input.i64(),
            leader_epoch: if version >= 3 { input.i32() } else { -1 },
            metadata: input.string(flexible, "metadata"),
            commit_timestamp: input.i64(),
            expire_timestamp: if version == 1 { input.i64() } else { -1 },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetCommitValue {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.offset = sample::bits(random) as i64;
        if version >= 3 {
            this.leader_epoch = sample::bits(random) as i32;
        }
        this.metadata = sample::string(random);
        this.commit_timestamp = sample::bits(random) as i64;
        if version == 1 {
            this.expire_timestamp = sample::bits(random) as i64;
        }
        this
    }
}
impl Message for OffsetCommitValue {
    const NAME: &'static str = "OffsetCommitValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 4;
}
