//! `DescribeClientQuotasResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `DescribeClientQuotasResponse` of `DescribeClientQuotasResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeClientQuotasResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+`.
    pub error_message: Option<String>,
    /// Entries: `[]EntryData 0+ null=0+`.
    pub entries: Option<Vec<EntryData>>,
}
impl Default for DescribeClientQuotasResponse {
    fn default() -> Self {
        DescribeClientQuotasResponse {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: Some(Default::default()),
            entries: Some(Default::default()),
        }
    }
}
impl Body for DescribeClientQuotasResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.i32(self.throttle_time_ms);
        out.i16(self.error_code);
        out.opt_string(flexible, true, "DescribeClientQuotasResponse.ErrorMessage", self.error_message.as_deref());
        out.opt_structs(flexible, true, version, "DescribeClientQuotasResponse.Entries", self.entries.as_deref());
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeClientQuotasResponse");
        let flexible = version >= 1;
        let this = DescribeClientQuotasResponse {
            throttle_time_ms: input.i32(),
            error_code: input.i16(),
            error_message: input.opt_string(flexible, true, "ErrorMessage"),
            entries: input.opt_structs(flexible, true, version, "Entries"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeClientQuotasResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this.entries =
            sample::nullable(random, true, |random| sample::vec(random, |random| EntryData::sample(version, random)));
        this
    }
}
impl Message for DescribeClientQuotasResponse {
    const NAME: &'static str = "DescribeClientQuotasResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 1;
}
/// `EntryData` of `DescribeClientQuotasResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct EntryData {
    /// Entity: `[]EntityData 0+`.
    pub entity: Vec<EntityData>,
    /// Values: `[]ValueData 0+`.
    pub values: Vec<ValueData>,
}
impl Body for EntryData {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.structs(flexible, version, "EntryData.Entity", &self.entity);
        out.structs(flexible, version, "EntryData.Values", &self.values);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("EntryData");
        let flexible = version >= 1;
        let this = EntryData {
            entity: input.structs(flexible, version, "Entity"),
            values: input.structs(flexible, version, "Values"),
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
        this.values = sample::vec(random, |random| ValueData::sample(version, random));
        this
    }
}
/// `EntityData` of `DescribeClientQuotasResponse`, versions 0–1.
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
/// `ValueData` of `DescribeClientQuotasResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ValueData {
    /// Key: `string 0+`.
    pub key: String,
    /// Value: `float64 0+`.
    pub value: f64,
}
impl Body for ValueData {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.string(flexible, "ValueData.Key", &self.key);
        out.f64(self.value);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ValueData");
        let flexible = version >= 1;
        let this = ValueData { key: input.string(flexible, "Key"), value: input.f64() };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ValueData {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.key = sample::string(random);
        this.value = sample::f64(random);
        this
    }
}
