//! `OffsetFetchRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, LazyArray, Message, Request};
/// `OffsetFetchRequest` of `OffsetFetchRequest`, versions 0–9.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchRequest {
    /// GroupId: `string 0-7`.
    pub group_id: String,
    /// Topics: `[]OffsetFetchRequestTopic 0-7 null=2-7 lazy`.
    pub topics: Option<LazyArray<OffsetFetchRequestTopic>>,
    /// Groups: `[]OffsetFetchRequestGroup 8+ lazy`.
    pub groups: LazyArray<OffsetFetchRequestGroup>,
    /// RequireStable: `bool 7+ default=false`.
    pub require_stable: bool,
}
impl Default for OffsetFetchRequest {
    fn default() -> Self {
        OffsetFetchRequest {
            group_id: Default::default(),
            topics: Some(Default::default()),
            groups: Default::default(),
            require_stable: false,
        }
    }
}
impl Body for OffsetFetchRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        if version <= 7 {
            out.string(flexible, "OffsetFetchRequest.GroupId", &self.group_id);
        } else if !self.group_id.is_empty() {
            out.not_in_version("OffsetFetchRequest.GroupId", version);
        }
        if version <= 7 {
            out.opt_lazy_structs(
                flexible,
                (2..=7).contains(&version),
                version,
                "OffsetFetchRequest.Topics",
                self.topics.as_ref(),
            );
        } else if self.topics.as_ref().is_none_or(|value| !value.is_empty()) {
            out.not_in_version("OffsetFetchRequest.Topics", version);
        }
        if version >= 8 {
            out.lazy_structs(flexible, version, "OffsetFetchRequest.Groups", &self.groups);
        } else if !self.groups.is_empty() {
            out.not_in_version("OffsetFetchRequest.Groups", version);
        }
        if version >= 7 {
            out.bool(self.require_stable);
        } else if self.require_stable {
            out.not_in_version("OffsetFetchRequest.RequireStable", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetFetchRequest");
        let flexible = version >= 6;
        let this = OffsetFetchRequest {
            group_id: if version <= 7 { input.string(flexible, "GroupId") } else { Default::default() },
            topics: if version <= 7 {
                input.opt_lazy_structs(flexible, (2..=7).contains(&version), version, "Topics")
            } else {
                Some(Default::default())
            },
            groups: if version >= 8 { input.lazy_structs(flexible, version, "Groups") } else { Default::default() },
            require_stable: if version >= 7 { input.bool() } else { false },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetFetchRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version <= 7 {
            this.group_id = sample::string(random);
        }
        if version <= 7 {
            this.topics = sample::nullable(random, (2..=7).contains(&version), |random| {
                sample::vec(random, |random| OffsetFetchRequestTopic::sample(version, random)).into()
            });
        }
        if version >= 8 {
            this.groups = sample::vec(random, |random| OffsetFetchRequestGroup::sample(version, random)).into();
        }
        if version >= 7 {
            this.require_stable = random() & 1 == 1;
        }
        this
    }
}
impl Message for OffsetFetchRequest {
    const NAME: &'static str = "OffsetFetchRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 9;
    const FIRST_FLEXIBLE: i16 = 6;
}
impl Request for OffsetFetchRequest {
    const KEY: ApiKey = ApiKey::OFFSET_FETCH;
    type Response = super::offset_fetch_response::OffsetFetchResponse;
}
/// `OffsetFetchRequestTopic` of `OffsetFetchRequest`, versions 0–7.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetFetchRequestTopic {
    /// Name: `string 0-7`.
    pub name: String,
    /// PartitionIndexes: `[]int32 0-7`.
    pub partition_indexes: Vec<i32>,
}
impl Body for OffsetFetchRequestTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        out.string(flexible, "OffsetFetchRequestTopic.Name", &self.name);
        out.array(flexible, "OffsetFetchRequestTopic.PartitionIndexes", &self.partition_indexes, Encoder::i32);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetFetchRequestTopic");
        let flexible = version >= 6;
        let this = OffsetFetchRequestTopic {
            name: input.string(flexible, "Name"),
            partition_indexes: input.array(flexible, "PartitionIndexes", Decoder::i32),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetFetchRequestTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partition_indexes = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
/// `OffsetFetchRequestGroup` of `OffsetFetchRequest`, versions 8–9.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchRequestGroup {
    /// GroupId: `string 8+`.
    pub group_id: String,
    /// MemberId: `string 9+ null=9+ default=null ignorable`.
    pub member_id: Option<String>,
    /// MemberEpoch: `int32 9+ default=-1 ignorable`.
    pub member_epoch: i32,
    /// Topics: `[]OffsetFetchRequestTopics 8+ null=8+ lazy`.
    pub topics: Option<LazyArray<OffsetFetchRequestTopics>>,
}
impl Default for OffsetFetchRequestGroup {
    fn default() -> Self {
        OffsetFetchRequestGroup {
            group_id: Default::default(),
            member_id: None,
            member_epoch: -1,
            topics: Some(Default::default()),
        }
    }
}
impl Body for OffsetFetchRequestGroup {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "OffsetFetchRequestGroup.GroupId", &self.group_id);
        if version >= 9 {
            out.opt_string(true, true, "OffsetFetchRequestGroup.MemberId", self.member_id.as_deref());
        }
        if version >= 9 {
            out.i32(self.member_epoch);
        }
        out.opt_lazy_structs(true, true, version, "OffsetFetchRequestGroup.Topics", self.topics.as_ref());
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetFetchRequestGroup");
        let this = OffsetFetchRequestGroup {
            group_id: input.string(true, "GroupId"),
            member_id: if version >= 9 { input.opt_string(true, true, "MemberId") } else { None },
            member_epoch: if version >= 9 { input.i32() } else { -1 },
            topics: input.opt_lazy_structs(true, true, version, "Topics"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetFetchRequestGroup {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.group_id = sample::string(random);
        if version >= 9 {
            this.member_id = sample::nullable(random, true, |random| sample::string(random));
        }
        if version >= 9 {
            this.member_epoch = sample::bits(random) as i32;
        }
        this.topics = sample::nullable(random, true, |random| {
            sample::vec(random, |random| OffsetFetchRequestTopics::sample(version, random)).into()
        });
        this
    }
}
/// `OffsetFetchRequestTopics` of `OffsetFetchRequest`, versions 8–9.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetFetchRequestTopics {
    /// Name: `string 8+`.
    pub name: String,
    /// PartitionIndexes: `[]int32 8+`.
    pub partition_indexes: Vec<i32>,
}
impl Body for OffsetFetchRequestTopics {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "OffsetFetchRequestTopics.Name", &self.name);
        out.array(true, "OffsetFetchRequestTopics.PartitionIndexes", &self.partition_indexes, Encoder::i32);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetFetchRequestTopics");
        let this = OffsetFetchRequestTopics {
            name: input.string(true, "Name"),
            partition_indexes: input.array(true, "PartitionIndexes", Decoder::i32),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetFetchRequestTopics {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partition_indexes = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
