//! `RegisterControllerRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `RegisterControllerRecord` of `RegisterControllerRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct RegisterControllerRecord {
    /// ControllerId: `int32 0+`.
    pub controller_id: i32,
    /// IncarnationId: `uuid 0+`.
    pub incarnation_id: Uuid,
    /// ZkMigrationReady: `bool 0+`.
    pub zk_migration_ready: bool,
    /// EndPoints: `[]ControllerEndpoint 0+`.
    pub end_points: Vec<ControllerEndpoint>,
    /// Features: `[]ControllerFeature 0+`.
    pub features: Vec<ControllerFeature>,
}
impl Body for RegisterControllerRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.controller_id);
        out.uuid(self.incarnation_id);
        out.bool(self.zk_migration_ready);
        out.structs(true, version, "RegisterControllerRecord.EndPoints", &self.end_points);
        out.structs(true, version, "RegisterControllerRecord.Features", &self.features);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("RegisterControllerRecord");
        let this = RegisterControllerRecord {
            controller_id: input.i32(),
            incarnation_id: input.uuid(),
            zk_migration_ready: input.bool(),
            end_points: input.structs(true, version, "EndPoints"),
            features: input.structs(true, version, "Features"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for RegisterControllerRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.controller_id = sample::bits(random) as i32;
        this.incarnation_id = sample::uuid(random);
        this.zk_migration_ready = random() & 1 == 1;
        this.end_points = sample::vec(random, |random| ControllerEndpoint::sample(version, random));
        this.features = sample::vec(random, |random| ControllerFeature::sample(version, random));
        this
    }
}
impl Message for RegisterControllerRecord {
    const NAME: &'static str = "RegisterControllerRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `ControllerEndpoint` of `RegisterControllerRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ControllerEndpoint {
    /// Name: `string 0+`.
    pub name: String,
    /// Host: `string 0+`.
    pub host: String,
    /// Port: `uint16 0+`.
    pub port: u16,
    /// SecurityProtocol: `int16 0+`.
    pub security_protocol: i16,
}
impl Body for ControllerEndpoint {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "ControllerEndpoint.Name", &self.name);
        out.string(true, "ControllerEndpoint.Host", &self.host);
        out.u16(self.port);
        out.i16(self.security_protocol);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ControllerEndpoint");
        let this = ControllerEndpoint {
            name: input.string(true, "Name"),
            host: input.string(true, "Host"),
            port: input.u16(),
            security_protocol: input.i16(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ControllerEndpoint {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.host = sample::string(random);
        this.port = sample::bits(random) as u16;
        this.security_protocol = sample::bits(random) as i16;
        this
    }
}
/// `ControllerFeature` of `RegisterControllerRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ControllerFeature {
    /// Name: `string 0+`.
    pub name: String,
    /// MinSupportedVersion: `int16 0+`.
    pub min_supported_version: i16,
    /// MaxSupportedVersion: `int16 0+`.
    pub max_supported_version: i16,
}
impl Body for ControllerFeature {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "ControllerFeature.Name", &self.name);
        out.i16(self.min_supported_version);
        out.i16(self.max_supported_version);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ControllerFeature");
        let this = ControllerFeature {
            name: input.string(true, "Name"),
            min_supported_version: input.i16(),
            max_supported_version: input.i16(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ControllerFeature {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.min_supported_version = sample::bits(random) as i16;
        this.max_supported_version = sample::bits(random) as i16;
        this
    }
}
