//! `AlterClientQuotasResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `AlterClientQuotasResponse` of `AlterClientQuotasResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterClientQuotasResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// Entries: `[]EntryData 0+`.
    pub entries: Vec<EntryData>,
}
impl Body for AlterClientQuotasResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.i32(self.throttle_time_ms);
        out.structs(flexible, version, "AlterClientQuotasResponse.Entries", &self.entries);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AlterClientQuotasResponse");
        let flexible = version >= 1;
        let this = AlterClientQuotasResponse {
            throttle_time_ms: input.i32(),
            entries: input.structs(flexible, version, "Entries"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AlterClientQuotasResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.entries = sample::vec(random, |random| EntryData::sample(version, random));
        this
    }
}
impl Message for AlterClientQuotasResponse {
    const NAME: &'static str = "AlterClientQuotasResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 1;
}
/// `EntryData` of `AlterClientQuotasResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryData {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+`.
    pub error_message: Option<String>,
    /// Entity: `[]EntityData 0+`.
    pub entity: Vec<EntityData>,
}
impl Default for EntryData {
    fn default() -> Self {
        EntryData { error_code: 0, error_message: Some(Default::default()), entity: Default::default() }
    }
}
impl Body for EntryData {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.i16(self.error_code);
        out.opt_string(flexible, true, "EntryData.ErrorMessage", self.error_message.as_deref());
        out.structs(flexible, version, "EntryData.Entity", &self.entity);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("EntryData");
        let flexible = version >= 1;
        let this = EntryData {
            error_code: input.i16(),
            error_message: input.opt_string(flexible, true, "ErrorMessage"),
            entity: input.structs(flexible, version, "Entity"),
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
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this.entity = sample::vec(random, |random| EntityData::sample(version, random));
        this
    }
}
/// `EntityData` of `AlterClientQuotasResponse`, versions 0–1.
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
