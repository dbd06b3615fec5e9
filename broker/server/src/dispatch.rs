//! The table ApiKey → versions → handler. ApiVersions is made from it, so what is not served is not listed.

use std::{collections::BTreeMap, future::Future, ops::RangeInclusive, pin::Pin};

use bytes::Bytes;
use kedge_protocol::{
    ApiKey, ErrorCode, Message, Request,
    header::{self, RequestHeader},
    messages::{ApiVersionsRequest, ApiVersionsResponse, api_versions_response::ApiVersion},
    wire::{Decoder, Encoder},
};

use tokio::sync::watch;

use crate::{
    context::RequestContext,
    network::reply::{FileRange, Reply},
};

/// What a handler answers with.
#[derive(Debug)]
pub enum Answer<R> {
    /// A response; `files` are the ranges its external record slots stand for, in slot order.
    Response {
        /// The message.
        body: R,
        /// File ranges by slot.
        files: Vec<FileRange>,
        /// How long the connection is muted afterwards (KIP-219).
        throttle_ms: u32,
    },
    /// No response is due (acks=0).
    Nothing,
    /// The connection is closed; the reason goes to the log.
    Close(String),
}

impl<R> From<R> for Answer<R> {
    fn from(body: R) -> Answer<R> {
        Answer::Response { body, files: Vec::new(), throttle_ms: 0 }
    }
}

/// What becomes of a request.
#[derive(Debug)]
pub enum Handled {
    /// Bytes to send.
    Reply(Reply),
    /// Nothing to send.
    Nothing,
    /// Close the connection; nothing is sent. Kafka does this for what it cannot parse or does not serve.
    Close(String),
}

type HandlerFuture = Pin<Box<dyn Future<Output = Handled> + Send>>;
type Handler = Box<dyn Fn(RequestContext, Decoder) -> HandlerFuture + Send + Sync>;

struct ApiEntry {
    versions: RangeInclusive<i16>,
    /// Private APIs between Kedge nodes are served, never listed.
    listed: bool,
    handler: Handler,
}

/// Features for ApiVersions v3+: supported ranges, finalized levels and their epoch (−1 while unknown).
pub type FeatureReport = Box<dyn Fn(&mut ApiVersionsResponse) + Send + Sync>;

/// The APIs of one kind of listener (broker or controller).
#[derive(Default)]
pub struct ApiTable {
    entries: BTreeMap<i16, ApiEntry>,
    features: Option<FeatureReport>,
    hold: Option<Hold>,
}

/// Requests that wait until the node is ready.
struct Hold {
    ready: watch::Receiver<bool>,
    /// What is served before.
    but: Vec<ApiKey>,
}

impl std::fmt::Debug for ApiTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.entries.iter().map(|(key, entry)| (ApiKey(*key), &entry.versions))).finish()
    }
}

impl ApiTable {
    /// An empty table; ApiVersions itself is always there.
    pub fn new() -> ApiTable {
        ApiTable::default()
    }

    /// Fills the feature fields of ApiVersions responses.
    pub fn report_features(&mut self, features: FeatureReport) {
        self.features = Some(features);
    }

    /// Lets requests wait until `ready` is true, but for those of `but` (and ApiVersions): the listener is open before the node knows
    /// the cluster. A broker that answered Metadata then would tell clients that their topics are gone.
    pub fn hold_until(&mut self, ready: watch::Receiver<bool>, but: impl Into<Vec<ApiKey>>) {
        self.hold = Some(Hold { ready, but: but.into() });
    }

    /// Serves versions of an API. The range must lie within what the codec knows.
    pub fn serve<R, F, Fut>(&mut self, versions: RangeInclusive<i16>, handler: F)
    where
        R: Request + Send + 'static,
        R::Response: Send + 'static,
        F: Fn(RequestContext, R) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Answer<R::Response>> + Send + 'static,
    {
        self.insert::<R, F, Fut>(versions, true, handler);
    }

    fn insert<R, F, Fut>(&mut self, versions: RangeInclusive<i16>, listed: bool, handler: F)
    where
        R: Request + Send + 'static,
        R::Response: Send + 'static,
        F: Fn(RequestContext, R) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Answer<R::Response>> + Send + 'static,
    {
        assert!(
            *versions.start() >= R::MIN_VERSION && *versions.end() <= R::MAX_VERSION,
            "{} serves {versions:?} but the codec knows {}..={}",
            R::NAME,
            R::MIN_VERSION,
            R::MAX_VERSION
        );
        let handler: Handler = Box::new(move |context, mut input| {
            let request = match R::decode(context.api_version, &mut input) {
                Ok(request) => request,
                Err(error) => {
                    let reason = format!("{} v{} does not parse: {error}", R::NAME, context.api_version);
                    return Box::pin(async move { Handled::Close(reason) });
                }
            };
            let (api_version, correlation_id) = (context.api_version, context.correlation_id);
            let answer = handler(context, request);
            Box::pin(async move { finish::<R>(api_version, correlation_id, answer.await) })
        });
        let replaced = self.entries.insert(R::KEY.0, ApiEntry { versions, listed, handler });
        assert!(replaced.is_none(), "{} is served twice", R::NAME);
    }

    /// Serves a private exchange between Kedge nodes under an API key that ApiVersions never lists: raw bytes in and out.
    pub fn serve_private<F, Fut>(&mut self, key: ApiKey, handler: F)
    where
        F: Fn(RequestContext, Bytes) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Bytes, String>> + Send + 'static,
    {
        let handler: Handler = Box::new(move |context, mut input| {
            let correlation_id = context.correlation_id;
            let answer = handler(context, input.take_rest());
            Box::pin(async move {
                match answer.await {
                    Ok(body) => {
                        let mut out = Encoder::new();
                        out.i32(correlation_id);
                        out.raw(&body);
                        Handled::Reply(Reply::new(out, Vec::new(), 0))
                    }
                    Err(reason) => Handled::Close(reason),
                }
            })
        });
        self.entries.insert(key.0, ApiEntry { versions: 0..=0, listed: false, handler });
    }

    /// Whether a version of an API is served.
    pub fn serves(&self, key: ApiKey, api_version: i16) -> bool {
        self.entries.get(&key.0).is_some_and(|entry| entry.versions.contains(&api_version))
    }

    /// Whether any version of an API is served.
    pub fn serves_any_version(&self, key: ApiKey) -> bool {
        self.entries.contains_key(&key.0)
    }

    /// Handles one request whose header has been read; `input` stands at the body.
    pub async fn handle(&self, context: RequestContext, input: Decoder) -> Handled {
        if context.api_key == ApiKey::API_VERSIONS {
            return self.handle_api_versions(&context, input);
        }
        if let Some(hold) = &self.hold
            && !*hold.ready.borrow()
            && !hold.but.contains(&context.api_key)
        {
            // An error says that the node stops; its connections end with it.
            let _ = hold.ready.clone().wait_for(|ready| *ready).await;
        }
        match self.entries.get(&context.api_key.0) {
            Some(entry) if entry.versions.contains(&context.api_version) => (entry.handler)(context, input).await,
            Some(entry) => Handled::Close(format!(
                "{} v{} is not served here, only {:?}",
                context.api_key, context.api_version, entry.versions
            )),
            None => Handled::Close(format!("{} is not served on listener {}", context.api_key, context.listener_name)),
        }
    }

    /// A version we do not know is answered as version 0 with error 35 and the range of ApiVersions alone; its body is not parsed.
    fn handle_api_versions(&self, context: &RequestContext, mut input: Decoder) -> Handled {
        let known = ApiVersionsRequest::MIN_VERSION..=ApiVersionsRequest::MAX_VERSION;
        let (api_version, response) = if !known.contains(&context.api_version) {
            (0, self.api_versions(ErrorCode::UNSUPPORTED_VERSION, &|key| key == ApiKey::API_VERSIONS))
        } else {
            match ApiVersionsRequest::decode(context.api_version, &mut input) {
                Err(error) => {
                    return Handled::Close(format!("ApiVersions v{} does not parse: {error}", context.api_version));
                }
                Ok(request) if context.api_version >= 3 && !is_software_identity_valid(&request) => {
                    (context.api_version, self.api_versions(ErrorCode::INVALID_REQUEST, &|_| false))
                }
                Ok(_) => (context.api_version, self.api_versions(ErrorCode::NONE, &|_| true)),
            }
        };
        finish::<ApiVersionsRequest>(api_version, context.correlation_id, response.into())
    }

    fn api_versions(&self, error: ErrorCode, include: &dyn Fn(ApiKey) -> bool) -> ApiVersionsResponse {
        let own = (ApiKey::API_VERSIONS.0, ApiVersionsRequest::MIN_VERSION..=ApiVersionsRequest::MAX_VERSION);
        let listed = self.entries.iter().filter(|(_, entry)| entry.listed);
        let mut ranges: BTreeMap<i16, RangeInclusive<i16>> =
            listed.map(|(key, entry)| (*key, entry.versions.clone())).collect();
        ranges.insert(own.0, own.1);
        let mut response = ApiVersionsResponse { error_code: error.0, ..Default::default() };
        response.api_keys = ranges
            .into_iter()
            .filter(|(key, _)| include(ApiKey(*key)))
            .map(|(key, versions)| ApiVersion {
                api_key: key,
                min_version: *versions.start(),
                max_version: *versions.end(),
            })
            .collect();
        if let (Some(features), ErrorCode::NONE) = (&self.features, error) {
            features(&mut response);
        }
        response
    }
}

/// KIP-511: letters and digits, with `-` and `.` inside.
fn is_software_identity_valid(request: &ApiVersionsRequest) -> bool {
    let is_valid = |text: &str| {
        let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = text.as_bytes();
        edge(bytes.first())
            && edge(bytes.last())
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
    };
    is_valid(&request.client_software_name) && is_valid(&request.client_software_version)
}

fn finish<R: Request>(api_version: i16, correlation_id: i32, answer: Answer<R::Response>) -> Handled {
    let (body, files, throttle_ms) = match answer {
        Answer::Response { body, files, throttle_ms } => (body, files, throttle_ms),
        Answer::Nothing => return Handled::Nothing,
        Answer::Close(reason) => return Handled::Close(reason),
    };
    let mut out = Encoder::new();
    header::encode_response_header(R::KEY, api_version, correlation_id, &mut out);
    match body.encode(api_version, &mut out) {
        Ok(()) => Handled::Reply(Reply::new(out, files, throttle_ms)),
        // A handler built a response this version cannot carry: our mistake, and the client must not wait for ever.
        Err(error) => Handled::Close(format!("response of {} v{api_version} does not encode: {error}", R::NAME)),
    }
}

/// Reads the header of a request frame.
pub fn read_header(frame: Bytes) -> Result<(RequestHeader, Decoder), String> {
    let mut input = Decoder::new(frame);
    let header = header::decode_request_header(&mut input).map_err(|error| format!("request header: {error}"))?;
    Ok((header, input))
}
