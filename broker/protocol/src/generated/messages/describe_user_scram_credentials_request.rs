//! `DescribeUserScramCredentialsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `DescribeUserScramCredentialsRequest` of `DescribeUserScramCredentialsRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeUserScramCredentialsRequest {
    /// Users: `[]UserName 0+ null=0+`.
    pub users: Option<Vec<UserName>>,
}
impl Default for DescribeUserScramCredentialsRequest {
    fn default() -> Self {
        DescribeUserScramCredentialsRequest { users: Some(Default::default()) }
    }
}
impl Body for DescribeUserScramCredentialsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.opt_structs(true, true, version, "DescribeUserScramCredentialsRequest.Users", self.users.as_deref());
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeUserScramCredentialsRequest");
        let this = DescribeUserScramCredentialsRequest { users: input.opt_structs(true, true, version, "Users") };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeUserScramCredentialsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.users =
            sample::nullable(random, true, |random| sample::vec(random, |random| UserName::sample(version, random)));
        this
    }
}
impl Message for DescribeUserScramCredentialsRequest {
    const NAME: &'static str = "DescribeUserScramCredentialsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for DescribeUserScramCredentialsRequest {
    const KEY: ApiKey = ApiKey::DESCRIBE_USER_SCRAM_CREDENTIALS;
    type Response = super::describe_user_scram_credentials_response::DescribeUserScramCredentialsResponse;
}
/// `UserName` of `DescribeUserScramCredentialsRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct UserName {
    /// Name: `string 0+`.
    pub name: String,
}
impl Body for UserName {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "UserName.Name", &self.name);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("UserName");
        let this = UserName { name: input.string(true, "Name") };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for UserName {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this
    }
}
