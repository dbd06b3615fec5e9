//! `AccessControlEntryRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `AccessControlEntryRecord` of `AccessControlEntryRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AccessControlEntryRecord {
    /// Id: `uuid 0+`.
    pub id: Uuid,
    /// ResourceType: `int8 0+`.
    pub resource_type: i8,
    /// ResourceName: `string 0+`.
    pub resource_name: String,
    /// PatternType: `int8 0+`.
    pub pattern_type: i8,
    /// Principal: `string 0+`.
    pub principal: String,
    /// Host: `string 0+`.
    pub host: String,
    /// Operation: `int8 0+`.
    pub operation: i8,
    /// PermissionType: `int8 0+`.
    pub permission_type: i8,
}
impl Body for AccessControlEntryRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.uuid(self.id);
        out.i8(self.resource_type);
        out.string(true, "AccessControlEntryRecord.ResourceName", &self.resource_name);
        out.i8(self.pattern_type);
        out.string(true, "AccessControlEntryRecord.Principal", &self.principal);
        out.string(true, "AccessControlEntryRecord.Host", &self.host);
        out.i8(self.operation);
        out.i8(self.permission_type);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AccessControlEntryRecord");
        let this = AccessControlEntryRecord {
            id: input.uuid(),
            resource_type: input.i8(),
            resource_name: input.string(true, "ResourceName"),
            pattern_type: input.i8(),
            principal: input.string(true, "Principal"),
            host: input.string(true, "Host"),
            operation: input.i8(),
            permission_type: input.i8(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AccessControlEntryRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.id = sample::uuid(random);
        this.resource_type = sample::bits(random) as i8;
        this.resource_name = sample::string(random);
        this.pattern_type = sample::bits(random) as i8;
        this.principal = sample::string(random);
        this.host = sample::string(random);
        this.operation = sample::bits(random) as i8;
        this.permission_type = sample::bits(random) as i8;
        this
    }
}
impl Message for AccessControlEntryRecord {
    const NAME: &'static str = "AccessControlEntryRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
