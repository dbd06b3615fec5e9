//! `BrokerRegistrationChangeRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `BrokerRegistrationChangeRecord` of `BrokerRegistrationChangeRecord`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct BrokerRegistrationChangeRecord {
    /// BrokerId: `int32 0+`.
    pub broker_id: i32,
    /// BrokerEpoch: `int64 0+`.
    pub broker_epoch: i64,
    /// Fenced: `int8 0+ tag=0`.
    pub fenced: i8,
    /// InControlledShutdown: `int8 1+ tag=1`.
    pub in_controlled_shutdown: i8,
    /// LogDirs: `[]uuid 2+ tag=2`.
    pub log_dirs: Vec<Uuid>,
}
impl Body for BrokerRegistrationChangeRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.broker_id);
        out.i64(self.broker_epoch);
        let has_fenced = self.fenced != 0;
        let has_in_controlled_shutdown = self.in_controlled_shutdown != 0;
        if has_in_controlled_shutdown && version < 1 {
            out.not_in_version("BrokerRegistrationChangeRecord.InControlledShutdown", version);
        }
        let has_in_controlled_shutdown = has_in_controlled_shutdown && version >= 1;
        let has_log_dirs = !self.log_dirs.is_empty();
        if has_log_dirs && version < 2 {
            out.not_in_version("BrokerRegistrationChangeRecord.LogDirs", version);
        }
        let has_log_dirs = has_log_dirs && version >= 2;
        out.uvarint(u32::from(has_fenced) + u32::from(has_in_controlled_shutdown) + u32::from(has_log_dirs));
        if has_fenced {
            let start = out.tag(0);
            out.i8(self.fenced);
            out.tag_end(start);
        }
        if has_in_controlled_shutdown {
            let start = out.tag(1);
            out.i8(self.in_controlled_shutdown);
            out.tag_end(start);
        }
        if has_log_dirs {
            let start = out.tag(2);
            out.array(true, "BrokerRegistrationChangeRecord.LogDirs", &self.log_dirs, Encoder::uuid);
            out.tag_end(start);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("BrokerRegistrationChangeRecord");
        let mut this = BrokerRegistrationChangeRecord {
            broker_id: input.i32(),
            broker_epoch: input.i64(),
            fenced: 0,
            in_controlled_shutdown: 0,
            log_dirs: Default::default(),
        };
        for _ in 0..input.tag_count() {
            let (tag, end) = input.tag();
            match tag {
                0 => this.fenced = input.i8(),
                1 if version >= 1 => this.in_controlled_shutdown = input.i8(),
                1 => input.tag_not_in_version(1, version),
                2 if version >= 2 => this.log_dirs = input.array(true, "LogDirs", Decoder::uuid),
                2 => input.tag_not_in_version(2, version),
                _ => input.tag_skip(end),
            }
            input.tag_end(end);
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for BrokerRegistrationChangeRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.broker_id = sample::bits(random) as i32;
        this.broker_epoch = sample::bits(random) as i64;
        this.fenced = sample::bits(random) as i8;
        if version >= 1 {
            this.in_controlled_shutdown = sample::bits(random) as i8;
        }
        if version >= 2 {
            this.log_dirs = sample::vec(random, |random| sample::uuid(random));
        }
        this
    }
}
impl Message for BrokerRegistrationChangeRecord {
    const NAME: &'static str = "BrokerRegistrationChangeRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = 0;
}
