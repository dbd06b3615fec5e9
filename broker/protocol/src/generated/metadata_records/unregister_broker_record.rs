//! `UnregisterBrokerRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `UnregisterBrokerRecord` of `UnregisterBrokerRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct UnregisterBrokerRecord {
    /// BrokerId: `int32 0+`.
    pub broker_id: i32,
    /// BrokerEpoch: `int64 0+`.
    pub broker_epoch: i64,
}
impl Body for UnregisterBrokerRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.broker_id);
        out.i64(self.broker_epoch);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("UnregisterBrokerRecord");
        let this = UnregisterBrokerRecord { broker_id: input.i32(), broker_epoch: input.i64() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for UnregisterBrokerRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.broker_id = sample::bits(random) as i32;
        this.broker_epoch = sample::bits(random) as i64;
        this
    }
}
impl Message for UnregisterBrokerRecord {
    const NAME: &'static str = "UnregisterBrokerRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
