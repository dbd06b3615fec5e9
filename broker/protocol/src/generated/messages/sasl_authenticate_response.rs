//! `SaslAuthenticateResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
use bytes::Bytes;
/// `SaslAuthenticateResponse` of `SaslAuthenticateResponse`, versions 0–2.
#[derive(Clone, Debug, PartialEq)]
pub struct SaslAuthenticateResponse {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+`.
    pub error_message: Option<String>,
    /// AuthBytes: `bytes 0+`.
    pub auth_bytes: Bytes,
    /// SessionLifetimeMs: `int64 1+ default=0 ignorable`.
    pub session_lifetime_ms: i64,
}
impl Default for SaslAuthenticateResponse {
    fn default() -> Self {
        SaslAuthenticateResponse {
            error_code: 0,
            error_message: Some(Default::default()),
            auth_bytes: Default::default(),
            session_lifetime_ms: 0,
        }
    }
}
impl Body for SaslAuthenticateResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i16(self.error_code);
        out.opt_string(flexible, true, "SaslAuthenticateResponse.ErrorMessage", self.error_message.as_deref());
        out.bytes(flexible, "SaslAuthenticateResponse.AuthBytes", &self.auth_bytes);
        if version >= 1 {
            out.i64(self.session_lifetime_ms);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("SaslAuthenticateResponse");
        let flexible = version >= 2;
        let this = SaslAuthenticateResponse {
            error_code: input.i16(),
            error_message: input.opt_string(flexible, true, "ErrorMessage"),
            auth_bytes: input.bytes(flexible, "AuthBytes"),
            session_lifetime_ms: if version >= 1 { input.i64() } else { 0 },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for SaslAuthenticateResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this.auth_bytes = sample::bytes(random);
        if version >= 1 {
            this.session_lifetime_ms = sample::bits(random) as i64;
        }
        this
    }
}
impl Message for SaslAuthenticateResponse {
    const NAME: &'static str = "SaslAuthenticateResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = 2;
}
