//! `DeleteTopicsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `DeleteTopicsRequest` of `DeleteTopicsRequest`, versions 0–6.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeleteTopicsRequest {
    /// Topics: `[]DeleteTopicState 6+`.
    pub topics: Vec<DeleteTopicState>,
    /// TopicNames: `[]string 0-5 ignorable`.
    pub topic_names: Vec<String>,
    /// TimeoutMs: `int32 0+`.
    pub timeout_ms: i32,
}
impl Body for DeleteTopicsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        if version >= 6 {
            out.structs(flexible, version, "DeleteTopicsRequest.Topics", &self.topics);
        } else if !self.topics.is_empty() {
            out.not_in_version("DeleteTopicsRequest.Topics", version);
        }
        if version <= 5 {
            out.strings(flexible, "DeleteTopicsRequest.TopicNames", &self.topic_names);
        }
        out.i32(self.timeout_ms);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DeleteTopicsRequest");
        let flexible = version >= 4;
        let this = DeleteTopicsRequest {
            topics: if version >= 6 { input.structs(flexible, version, "Topics") } else { Default::default() },
            topic_names: if version <= 5 { input.strings(flexible, "TopicNames") } else { Default::default() },
            timeout_ms: input.i32(),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DeleteTopicsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 6 {
            this.topics = sample::vec(random, |random| DeleteTopicState::sample(version, random));
        }
        if version <= 5 {
            this.topic_names = sample::vec(random, |random| sample::string(random));
        }
        this.timeout_ms = sample::bits(random) as i32;
        this
    }
}
impl Message for DeleteTopicsRequest {
    const NAME: &'static str = "DeleteTopicsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 6;
    const FIRST_FLEXIBLE: i16 = 4;
}
impl Request for DeleteTopicsRequest {
    const KEY: ApiKey = ApiKey::DELETE_TOPICS;
    type Response = super::delete_topics_response::DeleteTopicsResponse;
}
/// `DeleteTopicState` of `DeleteTopicsRequest`, versions 6–6.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeleteTopicState {
    /// Name: `string 6+ null=6+ default=null`.
    pub name: Option<String>,
    /// TopicId: `uuid 6+`.
    pub topic_id: Uuid,
}
impl Body for DeleteTopicState {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.opt_string(true, true, "DeleteTopicState.Name", self.name.as_deref());
        out.uuid(self.topic_id);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DeleteTopicState");
        let this = DeleteTopicState { name: input.opt_string(true, true, "Name"), topic_id: input.uuid() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DeleteTopicState {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::nullable(random, true, |random| sample::string(random));
        this.topic_id = sample::uuid(random);
        this
    }
}
