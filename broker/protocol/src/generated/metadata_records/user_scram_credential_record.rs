//! `UserScramCredentialRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
use bytes::Bytes;
/// `UserScramCredentialRecord` of `UserScramCredentialRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct UserScramCredentialRecord {
    /// Name: `string 0+`.
    pub name: String,
    /// Mechanism: `int8 0+`.
    pub mechanism: i8,
    /// Salt: `bytes 0+`.
    pub salt: Bytes,
    /// StoredKey: `bytes 0+`.
    pub stored_key: Bytes,
    /// ServerKey: `bytes 0+`.
    pub server_key: Bytes,
    /// Iterations: `int32 0+`.
    pub iterations: i32,
}
impl Body for UserScramCredentialRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "UserScramCredentialRecord.Name", &self.name);
        out.i8(self.mechanism);
        out.bytes(true, "UserScramCredentialRecord.Salt", &self.salt);
        out.bytes(true, "UserScramCredentialRecord.StoredKey", &self.stored_key);
        out.bytes(true, "UserScramCredentialRecord.ServerKey", &self.server_key);
        out.i32(self.iterations);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("UserScramCredentialRecord");
        let this = UserScramCredentialRecord {
            name: input.string(true, "Name"),
            mechanism: input.i8(),
            salt: input.bytes(true, "Salt"),
            stored_key: input.bytes(true, "StoredKey"),
            server_key: input.bytes(true, "ServerKey"),
            iterations: input.i32(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for UserScramCredentialRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.mechanism = sample::bits(random) as i8;
        this.salt = sample::bytes(random);
        this.stored_key = sample::bytes(random);
        this.server_key = sample::bytes(random);
        this.iterations = sample::bits(random) as i32;
        this
    }
}
impl Message for UserScramCredentialRecord {
    const NAME: &'static str = "UserScramCredentialRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
