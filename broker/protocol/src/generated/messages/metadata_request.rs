//! `MetadataRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, LazyArray, Message, Request};
/// `MetadataRequest` of `MetadataRequest`, versions 0–12.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataRequest {
    /// Topics: `[]MetadataRequestTopic 0+ null=1+ lazy`.
    pub topics: Option<LazyArray<MetadataRequestTopic>>,
    /// AllowAutoTopicCreation: `bool 4+ default=true`.
    pub allow_auto_topic_creation: bool,
    /// IncludeClusterAuthorizedOperations: `bool 8-10`.
    pub include_cluster_authorized_operations: bool,
    /// IncludeTopicAuthorizedOperations: `bool 8+`.
    pub include_topic_authorized_operations: bool,
}
impl Default for MetadataRequest {
    fn default() -> Self {
        MetadataRequest {
            topics: Some(Default::default()),
            allow_auto_topic_creation: true,
            include_cluster_authorized_operations: false,
            include_topic_authorized_operations: false,
        }
    }
}
impl Body for MetadataRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 9;
        out.opt_lazy_structs(flexible, version >= 1, version, "MetadataRequest.Topics", self.topics.as_ref());
        if version >= 4 {
            out.bool(self.allow_auto_topic_creation);
        } else if !self.allow_auto_topic_creation {
            out.not_in_version("MetadataRequest.AllowAutoTopicCreation", version);
        }
        if (8..=10).contains(&version) {
            out.bool(self.include_cluster_authorized_operations);
        } else if self.include_cluster_authorized_operations {
            out.not_in_version("MetadataRequest.IncludeClusterAuthorizedOperations", version);
        }
        if version >= 8 {
            out.bool(self.include_topic_authorized_operations);
        } else if self.include_topic_authorized_operations {
            out.not_in_version("MetadataRequest.IncludeTopicAuthorizedOperations", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("MetadataRequest");
        let flexible = version >= 9;
        let this = MetadataRequest {
            topics: input.opt_lazy_structs(flexible, version >= 1, version, "Topics"),
            allow_auto_topic_creation: if version >= 4 { input.bool() } else { true },
            include_cluster_authorized_operations: if (8..=10).contains(&version) { input.bool() } else { false },
            include_topic_authorized_operations: if version >= 8 { input.bool() } else { false },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for MetadataRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topics = sample::nullable(random, version >= 1, |random| {
            sample::vec(random, |random| MetadataRequestTopic::sample(version, random)).into()
        });
        if version >= 4 {
            this.allow_auto_topic_creation = random() & 1 == 1;
        }
        if (8..=10).contains(&version) {
            this.include_cluster_authorized_operations = random() & 1 == 1;
        }
        if version >= 8 {
            this.include_topic_authorized_operations = random() & 1 == 1;
        }
        this
    }
}
impl Message for MetadataRequest {
    const NAME: &'static str = "MetadataRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 12;
    const FIRST_FLEXIBLE: i16 = 9;
}
impl Request for MetadataRequest {
    const KEY: ApiKey = ApiKey::METADATA;
    type Response = super::metadata_response::MetadataResponse;
}
/// `MetadataRequestTopic` of `MetadataRequest`, versions 0–12.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataRequestTopic {
    /// TopicId: `uuid 10+ ignorable`.
    pub topic_id: Uuid,
    /// Name: `string 0+ null=10+`.
    pub name: Option<String>,
}
impl Default for MetadataRequestTopic {
    fn default() -> Self {
        MetadataRequestTopic { topic_id: Default::default(), name: Some(Default::default()) }
    }
}
impl Body for MetadataRequestTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 9;
        if version >= 10 {
            out.uuid(self.topic_id);
        }
        out.opt_string(flexible, version >= 10, "MetadataRequestTopic.Name", self.name.as_deref());
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("MetadataRequestTopic");
        let flexible = version >= 9;
        let this = MetadataRequestTopic {
            topic_id: if version >= 10 { input.uuid() } else { Default::default() },
            name: input.opt_string(flexible, version >= 10, "Name"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for MetadataRequestTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 10 {
            this.topic_id = sample::uuid(random);
        }
        this.name = sample::nullable(random, version >= 10, |random| sample::string(random));
        this
    }
}
