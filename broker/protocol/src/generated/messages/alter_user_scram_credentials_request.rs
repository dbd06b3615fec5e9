//! `AlterUserScramCredentialsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
use bytes::Bytes;
/// `AlterUserScramCredentialsRequest` of `AlterUserScramCredentialsRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterUserScramCredentialsRequest {
    /// Deletions: `[]ScramCredentialDeletion 0+`.
    pub deletions: Vec<ScramCredentialDeletion>,
    /// Upsertions: `[]ScramCredentialUpsertion 0+`.
    pub upsertions: Vec<ScramCredentialUpsertion>,
}
impl Body for AlterUserScramCredentialsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.structs(true, version, "AlterUserScramCredentialsRequest.Deletions", &self.deletions);
        out.structs(true, version, "AlterUserScramCredentialsRequest.Upsertions", &self.upsertions);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AlterUserScramCredentialsRequest");
        let this = AlterUserScramCredentialsRequest {
            deletions: input.structs(true, version, "Deletions"),
            upsertions: input.structs(true, version, "Upsertions"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AlterUserScramCredentialsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.deletions = sample::vec(random, |random| ScramCredentialDeletion::sample(version, random));
        this.upsertions = sample::vec(random, |random| ScramCredentialUpsertion::sample(version, random));
        this
    }
}
impl Message for AlterUserScramCredentialsRequest {
    const NAME: &'static str = "AlterUserScramCredentialsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for AlterUserScramCredentialsRequest {
    const KEY: ApiKey = ApiKey::ALTER_USER_SCRAM_CREDENTIALS;
    type Response = super::alter_user_scram_credentials_response::AlterUserScramCredentialsResponse;
}
/// `ScramCredentialDeletion` of `AlterUserScramCredentialsRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ScramCredentialDeletion {
    /// Name: `string 0+`.
    pub name: String,
    /// Mechanism: `int8 0+`.
    pub mechanism: i8,
}
impl Body for ScramCredentialDeletion {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "ScramCredentialDeletion.Name", &self.name);
        out.i8(self.mechanism);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ScramCredentialDeletion");
        let this = ScramCredentialDeletion { name: input.string(true, "Name"), mechanism: input.i8() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ScramCredentialDeletion {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.mechanism = sample::bits(random) as i8;
        this
    }
}
/// `ScramCredentialUpsertion` of `AlterUserScramCredentialsRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ScramCredentialUpsertion {
    /// Name: `string 0+`.
    pub name: String,
    /// Mechanism: `int8 0+`.
    pub mechanism: i8,
    /// Iterations: `int32 0+`.
    pub iterations: i32,
    /// Salt: `bytes 0+`.
    pub salt: Bytes,
    /// SaltedPassword: `bytes 0+`.
    pub salted_password: Bytes,
}
impl Body for ScramCredentialUpsertion {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "ScramCredentialUpsertion.Name", &self.name);
        out.i8(self.mechanism);
        out.i32(self.iterations);
        out.bytes(true, "ScramCredentialUpsertion.Salt", &self.salt);
        out.bytes(true, "ScramCredentialUpsertion.SaltedPassword", &self.salted_password);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ScramCredentialUpsertion");
        let this = ScramCredentialUpsertion {
            name: input.string(true, "Name"),
            mechanism: input.i8(),
            iterations: input.i32(),
            salt: input.bytes(true, "Salt"),
            salted_password: input.bytes(true, "SaltedPassword"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ScramCredentialUpsertion {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.mechanism = sample::bits(random) as i8;
        this.iterations = sample::bits(random) as i32;
        this.salt = sample::bytes(random);
        this.salted_password = sample::bytes(random);
        this
    }
}
