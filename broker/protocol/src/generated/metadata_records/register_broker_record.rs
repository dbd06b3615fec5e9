//! `RegisterBrokerRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `RegisterBrokerRecord` of `RegisterBrokerRecord`, versions 0–3.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisterBrokerRecord {
    /// BrokerId: `int32 0+`.
    pub broker_id: i32,
    /// IsMigratingZkBroker: `bool 2+ default=false`.
    pub is_migrating_zk_broker: bool,
    /// IncarnationId: `uuid 0+`.
    pub incarnation_id: Uuid,
    /// BrokerEpoch: `int64 0+`.
    pub broker_epoch: i64,
    /// EndPoints: `[]BrokerEndpoint 0+`.
    pub end_points: Vec<BrokerEndpoint>,
    /// Features: `[]BrokerFeature 0+`.
    pub features: Vec<BrokerFeature>,
    /// Rack: `string 0+ null=0+`.
    pub rack: Option<String>,
    /// Fenced: `bool 0+ default=true`.
    pub fenced: bool,
    /// InControlledShutdown: `bool 1+ default=false`.
    pub in_controlled_shutdown: bool,
    /// LogDirs: `[]uuid 3+ tag=0`.
    pub log_dirs: Vec<Uuid>,
}
impl Default for RegisterBrokerRecord {
    fn default() -> Self {
        RegisterBrokerRecord {
            broker_id: 0,
            is_migrating_zk_broker: false,
            incarnation_id: Default::default(),
            broker_epoch: 0,
            end_points: Default::default(),
            features: Default::default(),
            rack: Some(Default::default()),
            fenced: true,
            in_controlled_shutdown: false,
            log_dirs: Default::default(),
        }
    }
}
impl Body for RegisterBrokerRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.broker_id);
        if version >= 2 {
            out.bool(self.is_migrating_zk_broker);
        } else if self.is_migrating_zk_broker {
            out.not_in_version("RegisterBrokerRecord.IsMigratingZkBroker", version);
        }
        out.uuid(self.incarnation_id);
        out.i64(self.broker_epoch);
        out.structs(true, version, "RegisterBrokerRecord.EndPoints", &self.end_points);
        out.structs(true, version, "RegisterBrokerRecord.Features", &self.features);
        out.opt_string(true, true, "RegisterBrokerRecord.Rack", self.rack.as_deref());
        out.bool(self.fenced);
        if version >= 1 {
            out.bool(self.in_controlled_shutdown);
        } else if self.in_controlled_shutdown {
            out.not_in_version("RegisterBrokerRecord.InControlledShutdown", version);
        }
        let has_log_dirs = !self.log_dirs.is_empty();
        if has_log_dirs && version < 3 {
            out.not_in_version("RegisterBrokerRecord.LogDirs", version);
        }
        let has_log_dirs = has_log_dirs && version >= 3;
        out.uvarint(u32::from(has_log_dirs));
        if has_log_dirs {
            let start = out.tag(0);
            out.array(true, "RegisterBrokerRecord.LogDirs", &self.log_dirs, Encoder::uuid);
            out.tag_end(start);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("RegisterBrokerRecord");
        let mut this = RegisterBrokerRecord {
            broker_id: input.i32(),
            is_migrating_zk_broker: if version >= 2 { input.bool() } else { false },
            incarnation_id: input.uuid(),
            broker_epoch: input.i64(),
            end_points: input.structs(true, version, "EndPoints"),
            features: input.structs(true, version, "Features"),
            rack: input.opt_string(true, true, "Rack"),
            fenced: input.bool(),
            in_controlled_shutdown: if version >= 1 { input.bool() } else { false },
            log_dirs: Default::default(),
        };
        for _ in 0..input.tag_count() {
            let (tag, end) = input.tag();
            match tag {
                0 if version >= 3 => this.log_dirs = input.array(true, "LogDirs", Decoder::uuid),
                0 => input.tag_not_in_version(0, version),
                _ => input.tag_skip(end),
            }
            input.tag_end(end);
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for RegisterBrokerRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.broker_id = sample::bits(random) as i32;
        if version >= 2 {
            this.is_migrating_zk_broker = random() & 1 == 1;
        }
        this.incarnation_id = sample::uuid(random);
        this.broker_epoch = sample::bits(random) as i64;
        this.end_points = sample::vec(random, |random| BrokerEndpoint::sample(version, random));
        this.features = sample::vec(random, |random| BrokerFeature::sample(version, random));
        this.rack = sample::nullable(random, true, |random| sample::string(random));
        this.fenced = random() & 1 == 1;
        if version >= 1 {
            this.in_controlled_shutdown = random() & 1 == 1;
        }
        if version >= 3 {
            this.log_dirs = sample::vec(random, |random| sample::uuid(random));
        }
        this
    }
}
impl Message for RegisterBrokerRecord {
    const NAME: &'static str = "RegisterBrokerRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `BrokerEndpoint` of `RegisterBrokerRecord`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct BrokerEndpoint {
    /// Name: `string 0+`.
    pub name: String,
    /// Host: `string 0+`.
    pub host: String,
    /// Port: `uint16 0+`.
    pub port: u16,
    /// SecurityProtocol: `int16 0+`.
    pub security_protocol: i16,
}
impl Body for BrokerEndpoint {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "BrokerEndpoint.Name", &self.name);
        out.string(true, "BrokerEndpoint.Host", &self.host);
        out.u16(self.port);
        out.i16(self.security_protocol);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("BrokerEndpoint");
        let this = BrokerEndpoint {
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
impl Sample for BrokerEndpoint {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.host = sample::string(random);
        this.port = sample::bits(random) as u16;
        this.security_protocol = sample::bits(random) as i16;
        this
    }
}
/// `BrokerFeature` of `RegisterBrokerRecord`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct BrokerFeature {
    /// Name: `string 0+`.
    pub name: String,
    /// MinSupportedVersion: `int16 0+`.
    pub min_supported_version: i16,
    /// MaxSupportedVersion: `int16 0+`.
    pub max_supported_version: i16,
}
impl Body for BrokerFeature {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "BrokerFeature.Name", &self.name);
        out.i16(self.min_supported_version);
        out.i16(self.max_supported_version);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("BrokerFeature");
        let this = BrokerFeature {
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
impl Sample for BrokerFeature {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.min_supported_version = sample::bits(random) as i16;
        this.max_supported_version = sample::bits(random) as i16;
        this
    }
}
