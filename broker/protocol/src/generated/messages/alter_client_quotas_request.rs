//! `AlterClientQuotasRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `AlterClientQuotasRequest` of `AlterClientQuotasRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterClientQuotasRequest {
    /// Entries: `[]EntryData 0+`.
    pub entries: Vec<EntryData>,
    /// ValidateOnly: `bool 0+`.
    pub validate_only: bool,
}
impl Body for AlterClientQuotasRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.structs(flexible, version, "AlterClientQuotasRequest.Entries", &self.entries);
        out.bool(self.validate_only);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AlterClientQuotasRequest");
        let flexible = version >= 1;
        let this = AlterClientQuotasRequest {
            entries: input.structs(flexible, version, "Entries"),
            validate_only: input.bool(),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AlterClientQuotasRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.entries = sample::vec(random, |random| EntryData::sample(version, random));
        this.validate_only = random() & 1 == 1;
        this
    }
}
impl Message for AlterClientQuotasRequest {
    const NAME: &'static str = "AlterClientQuotasRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 1;
}
impl Request for AlterClientQuotasRequest {
    const KEY: ApiKey = ApiKey::ALTER_CLIENT_QUOTAS;
    type Response = super::alter_client_quotas_response::AlterClientQuotasResponse;
}
/// `EntryData` of `AlterClientQuotasRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct EntryData {
    /// Entity: `[]EntityData 0+`.
    pub entity: Vec<EntityData>,
    /// Ops: `[]OpData 0+`.
    pub ops: Vec<OpData>,
}
impl Body for EntryData {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.structs(flexible, version, "EntryData.Entity", &self.entity);
        out.structs(flexible, version, "EntryData.Ops", &self.ops);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("EntryData");
        let flexible = version >= 1;
        let this = EntryData {
            entity: input.structs(flexible, version, "Entity"),
            ops: input.structs(flexible, version, "Ops"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for EntryData {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.entity = sample::vec(random, |random| EntityData::sample(version, random));
        this.ops = sample::vec(random, |random| OpData::sample(version, random));
        this
    }
}
/// `EntityData` of `AlterClientQuotasRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq)]
pub struct EntityData {
    /// EntityType: `string 0+`.
    pub entity_type: String,
    /// EntityName: `string 0+ null=0+`.
    pub entity_name: Option<String>,
}
impl Default for EntityData {
    fn default() -> Self {
        EntityData { entity_type: Default::default(), entity_name: Some(Default::default()) }
    }
}
impl Body for EntityData {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.string(flexible, "EntityData.EntityType", &self.entity_type);
        out.opt_string(flexible, true, "EntityData.EntityName", self.entity_name.as_deref());
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("EntityData");
        let flexible = version >= 1;
        let this = EntityData {
            entity_type: input.string(flexible, "EntityType"),
            entity_name: input.opt_string(flexible, true, "EntityName"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for EntityData {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.entity_type = sample::string(random);
        this.entity_name = sample::nullable(random, true, |random| sample::string(random));
        this
    }
}
/// `OpData` of `AlterClientQuotasRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OpData {
    /// Key: `string 0+`.
    pub key: String,
    /// Value: `float64 0+`.
    pub value: f64,
    /// Remove: `bool 0+`.
    pub remove: bool,
}
impl Body for OpData {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.string(flexible, "OpData.Key", &self.key);
        out.f64(self.value);
        out.bool(self.remove);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OpData");
        let flexible = version >= 1;
        let this = OpData { key: input.string(flexible, "Key"), value: input.f64(), remove: input.bool() };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OpData {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.key = sample::string(random);
        this.value = sample::f64(random);
        this.remove = random() & 1 == 1;
        this
    }
}
