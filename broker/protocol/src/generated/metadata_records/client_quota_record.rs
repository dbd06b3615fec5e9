//! `ClientQuotaRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `ClientQuotaRecord` of `ClientQuotaRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ClientQuotaRecord {
    /// Entity: `[]EntityData 0+`.
    pub entity: Vec<EntityData>,
    /// Key: `string 0+`.
    pub key: String,
    /// Value: `float64 0+`.
    pub value: f64,
    /// Remove: `bool 0+`.
    pub remove: bool,
}
impl Body for ClientQuotaRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.structs(true, version, "ClientQuotaRecord.Entity", &self.entity);
        out.string(true, "ClientQuotaRecord.Key", &self.key);
        out.f64(self.value);
        out.bool(self.remove);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ClientQuotaRecord");
        let this = ClientQuotaRecord {
            entity: input.structs(true, version, "Entity"),
            key: input.string(true, "Key"),
            value: input.f64(),
            remove: input.bool(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ClientQuotaRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.entity = sample::vec(random, |random| EntityData::sample(version, random));
        this.key = sample::string(random);
        this.value = sample::f64(random);
        this.remove = random() & 1 == 1;
        this
    }
}
impl Message for ClientQuotaRecord {
    const NAME: &'static str = "ClientQuotaRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `EntityData` of `ClientQuotaRecord`, versions 0–0.
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
        out.string(true, "EntityData.EntityType", &self.entity_type);
        out.opt_string(true, true, "EntityData.EntityName", self.entity_name.as_deref());
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("EntityData");
        let this = EntityData {
            entity_type: input.string(true, "EntityType"),
            entity_name: input.opt_string(true, true, "EntityName"),
        };
        input.skip_tags();
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
