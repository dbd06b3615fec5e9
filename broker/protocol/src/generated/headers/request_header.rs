//! `RequestHeader`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `RequestHeader` of `RequestHeader`, versions 0–2.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestHeader {
    /// RequestApiKey: `int16 0+`.
    pub request_api_key: i16,
    /// RequestApiVersion: `int16 0+`.
    pub request_api_version: i16,
    /// CorrelationId: `int32 0+`.
    pub correlation_id: i32,
    /// ClientId: `string 1+ null=1+ never-flexible ignorable`.
    pub client_id: Option<String>,
}
impl Default for RequestHeader {
    fn default() -> Self {
        RequestHeader {
            request_api_key: 0,
            request_api_version: 0,
            correlation_id: 0,
            client_id: Some(Default::default()),
        }
    }
}
impl Body for RequestHeader {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i16(self.request_api_key);
        out.i16(self.request_api_version);
        out.i32(self.correlation_id);
        if version >= 1 {
            out.opt_string(false, true, "RequestHeader.ClientId", self.client_id.as_deref());
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("RequestHeader");
        let flexible = version >= 2;
        let this = RequestHeader {
            request_api_key: input.i16(),
            request_api_version: input.i16(),
            correlation_id: input.i32(),
            client_id: if version >= 1 { input.opt_string(false, true, "ClientId") } else { Some(Default::default()) },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for RequestHeader {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.request_api_key = sample::bits(random) as i16;
        this.request_api_version = sample::bits(random) as i16;
        this.correlation_id = sample::bits(random) as i32;
        if version >= 1 {
            this.client_id = sample::nullable(random, true, |random| sample::string(random));
        }
        this
    }
}
impl Message for RequestHeader {
    const NAME: &'static str = "RequestHeader";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = 2;
}
