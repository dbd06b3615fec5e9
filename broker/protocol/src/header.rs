//! Request and response headers. The header's version follows from the API and its version, so the decoder peeks at both.

use crate::api::ApiKey;
use crate::generated::headers;
use crate::wire::{DecodeError, Decoder, EncodeError, Encoder, Message};

/// What precedes every request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestHeader {
    /// The API; not necessarily one that we know.
    pub api_key: ApiKey,
    /// The version of the request; not necessarily one that we know.
    pub api_version: i16,
    /// Comes back in the response's header.
    pub correlation_id: i32,
    /// How the client calls itself; None from ControlledShutdown v0 and from clients that send null.
    pub client_id: Option<String>,
}

/// The request header version for any pair, known or not. An unknown API is read like an old one: enough to refuse it.
fn request_header_version(api_key: ApiKey, api_version: i16) -> i16 {
    api_key.info().map_or(1, |info| info.request_header_version(api_version))
}

fn response_header_version(api_key: ApiKey, api_version: i16) -> i16 {
    api_key.info().map_or(0, |info| info.response_header_version(api_version))
}

/// Reads a request header. Bad UTF-8 in the client id is replaced, as in Kafka. Unknown APIs and versions are no error here.
pub fn decode_request_header(input: &mut Decoder) -> Result<RequestHeader, DecodeError> {
    let outer = input.enter("RequestHeader");
    let api_key = ApiKey(input.i16());
    let api_version = input.i16();
    let header_version = request_header_version(api_key, api_version);
    let correlation_id = input.i32();
    let client_id = if header_version >= 1 { input.opt_lossy_string("ClientId") } else { None };
    if header_version >= 2 {
        input.skip_tags();
    }
    input.enter(outer);
    input.check()?;
    Ok(RequestHeader { api_key, api_version, correlation_id, client_id })
}

/// Writes a request header. Errors: a client id over 32767 bytes.
pub fn encode_request_header(header: &RequestHeader, out: &mut Encoder) -> Result<(), EncodeError> {
    let wire = headers::RequestHeader {
        request_api_key: header.api_key.0,
        request_api_version: header.api_version,
        correlation_id: header.correlation_id,
        client_id: header.client_id.clone(),
    };
    wire.encode(request_header_version(header.api_key, header.api_version), out)
}

/// Writes the header of the response to a request of this API and version.
pub fn encode_response_header(api_key: ApiKey, api_version: i16, correlation_id: i32, out: &mut Encoder) {
    out.i32(correlation_id);
    if response_header_version(api_key, api_version) >= 1 {
        out.uvarint(0);
    }
}

/// Reads the header of the response to a request of this API and version: the correlation id.
pub fn decode_response_header(api_key: ApiKey, api_version: i16, input: &mut Decoder) -> Result<i32, DecodeError> {
    let header = headers::ResponseHeader::decode(response_header_version(api_key, api_version), input)?;
    Ok(header.correlation_id)
}
