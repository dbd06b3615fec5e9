//! `BrokerRegistrationRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `BrokerRegistrationRequest` of `BrokerRegistrationRequest`, versions 0–4.
#[derive(Clone, Debug, PartialEq)]
pub struct BrokerRegistrationRequest {
    /// BrokerId: `int32 0+`.
    pub broker_id: i32,
    /// ClusterId: `string 0+`.
    pub cluster_id: String,
    /// IncarnationId: `uuid 0+`.
    pub incarnation_id: Uuid,
    /// Listeners: `[]Listener 0+`.
    pub listeners: Vec<Listener>,
    /// Features: `[]Feature 0+`.
    pub features: Vec<Feature>,
    /// Rack: `string 0+ null=0+`.
    pub rack: Option<String>,
    /// IsMigratingZkBroker: `bool 1+ default=false`.
    pub is_migrating_zk_broker: bool,
    /// LogDirs: `[]uuid 2+ ignorable`.
    pub log_dirs: Vec<Uuid>,
    /// PreviousBrokerEpoch: `int64 3+ default=-1 ignorable`.
    pub previous_broker_epoch: i64,
}
impl Default for BrokerRegistrationRequest {
    fn default() -> Self {
        BrokerRegistrationRequest {
            broker_id: 0,
            cluster_id: Default::default(),
            incarnation_id: Default::default(),
            listeners: Default::default(),
            features: Default::default(),
            rack: Some(Default::default()),
            is_migrating_zk_broker: false,
            log_dirs: Default::default(),
            previous_broker_epoch: -1,
        }
    }
}
impl Body for BrokerRegistrationRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.broker_id);
        out.string(true, "BrokerRegistrationRequest.ClusterId", &self.cluster_id);
        out.uuid(self.incarnation_id);
        out.structs(true, version, "BrokerRegistrationRequest.Listeners", &self.listeners);
        out.structs(true, version, "BrokerRegistrationRequest.Features", &self.features);
        out.opt_string(true, true, "BrokerRegistrationRequest.Rack", self.rack.as_deref());
        if version >= 1 {
            out.bool(self.is_migrating_zk_broker);
        } else if self.is_migrating_zk_broker {
            out.not_in_version("BrokerRegistrationRequest.IsMigratingZkBroker", version);
        }
        if version >= 2 {
            out.array(true, "BrokerRegistrationRequest.LogDirs", &self.log_dirs, Encoder::uuid);
        }
        if version >= 3 {
            out.i64(self.previous_broker_epoch);
        }
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("BrokerRegistrationRequest");
        let this = BrokerRegistrationRequest {
            broker_id: input.i32(),
            cluster_id: input.string(true, "ClusterId"),
            incarnation_id: input.uuid(),
            listeners: input.structs(true, version, "Listeners"),
            features: input.structs(true, version, "Features"),
            rack: input.opt_string(true, true, "Rack"),
            is_migrating_zk_broker: if version >= 1 { input.bool() } else { false },
            log_dirs: if version >= 2 { input.array(true, "LogDirs", Decoder::uuid) } else { Default::default() },
            previous_broker_epoch: if version >= 3 { input.i64() } else { -1 },
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for BrokerRegistrationRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.broker_id = sample::bits(random) as i32;
        this.cluster_id = sample::string(random);
        this.incarnation_id = sample::uuid(random);
        this.listeners = sample::vec(random, |random| Listener::sample(version, random));
        this.features = sample::vec(random, |random| Feature::sample(version, random));
        this.rack = sample::nullable(random, true, |random| sample::string(random));
        if version >= 1 {
            this.is_migrating_zk_broker = random() & 1 == 1;
        }
        if version >= 2 {
            this.log_dirs = sample::vec(random, |random| sample::uuid(random));
        }
        if version >= 3 {
            this.previous_broker_epoch = sample::bits(random) as i64;
        }
        this
    }
}
impl Message for BrokerRegistrationRequest {
    const NAME: &'static str = "BrokerRegistrationRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for BrokerRegistrationRequest {
    const KEY: ApiKey = ApiKey::BROKER_REGISTRATION;
    type Response = super::broker_registration_response::BrokerRegistrationResponse;
}
/// `Listener` of `BrokerRegistrationRequest`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Listener {
    /// Name: `string 0+`.
    pub name: String,
    /// Host: `string 0+`.
    pub host: String,
    /// Port: `uint16 0+`.
    pub port: u16,
    /// SecurityProtocol: `int16 0+`.
    pub security_protocol: i16,
}
impl Body for Listener {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "Listener.Name", &self.name);
        out.string(true, "Listener.Host", &self.host);
        out.u16(self.port);
        out.i16(self.security_protocol);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("Listener");
        let this = Listener {
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
impl Sample for Listener {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.host = sample::string(random);
        this.port = sample::bits(random) as u16;
        this.security_protocol = sample::bits(random) as i16;
        this
    }
}
/// `Feature` of `BrokerRegistrationRequest`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Feature {
    /// Name: `string 0+`.
    pub name: String,
    /// MinSupportedVersion: `int16 0+`.
    pub min_supported_version: i16,
    /// MaxSupportedVersion: `int16 0+`.
    pub max_supported_version: i16,
}
impl Body for Feature {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "Feature.Name", &self.name);
        out.i16(self.min_supported_version);
        out.i16(self.max_supported_version);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("Feature");
        let this = Feature {
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
impl Sample for Feature {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.min_supported_version = sample::bits(random) as i16;
        this.max_supported_version = sample::bits(random) as i16;
        this
    }
}
