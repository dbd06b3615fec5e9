//! `ConfigRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `ConfigRecord` of `ConfigRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigRecord {
    /// ResourceType: `int8 0+`.
    pub resource_type: i8,
    /// ResourceName: `string 0+`.
    pub resource_name: String,
    /// Name: `string 0+`.
    pub name: String,
    /// Value: `string 0+ null=0+`.
    pub value: Option<String>,
}
impl Default for ConfigRecord {
    fn default() -> Self {
        ConfigRecord {
            resource_type: 0,
            resource_name: Default::default(),
            name: Default::default(),
            value: Some(Default::default()),
        }
    }
}
impl Body for ConfigRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i8(self.resource_type);
        out.string(true, "ConfigRecord.ResourceName", &self.resource_name);
        out.string(true, "ConfigRecord.Name", &self.name);
        out.opt_string(true, true, "ConfigRecord.Value", self.value.as_deref());
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ConfigRecord");
        let this = ConfigRecord {
            resource_type: input.i8(),
            resource_name: input.string(true, "ResourceName"),
            name: input.string(true, "Name"),
            value: input.opt_string(true, true, "Value"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ConfigRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.resource_type = sample::bits(random) as i8;
        this.resource_name = sample::string(random);
        this.name = sample::string(random);
        this.value = sample::nullable(random, true, |random| sample::string(random));
        this
    }
}
impl Message for ConfigRecord {
    const NAME: &'static str = "ConfigRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
