//! `FindCoordinatorResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `FindCoordinatorResponse` of `FindCoordinatorResponse`, versions 0–6.
#[derive(Clone, Debug, PartialEq)]
pub struct FindCoordinatorResponse {
    /// ThrottleTimeMs: `int32 1+ ignorable`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0-3`.
    pub error_code: i16,
    /// ErrorMessage: `string 1-3 null=1-3 ignorable`.
    pub error_message: Option<String>,
    /// NodeId: `int32 0-3`.
    pub node_id: i32,
    /// Host: `string 0-3`.
    pub host: String,
    /// Port: `int32 0-3`.
    pub port: i32,
    /// Coordinators: `[]Coordinator 4+`.
    pub coordinators: Vec<Coordinator>,
}
impl Default for FindCoordinatorResponse {
    fn default() -> Self {
        FindCoordinatorResponse {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: Some(Default::default()),
            node_id: 0,
            host: Default::default(),
            port: 0,
            coordinators: Default::default(),
        }
    }
}
impl Body for FindCoordinatorResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        if version >= 1 {
            out.i32(self.throttle_time_ms);
        }
        if version <= 3 {
            out.i16(self.error_code);
        } else if self.error_code != 0 {
            out.not_in_version("FindCoordinatorResponse.ErrorCode", version);
        }
        if (1..=3).contains(&version) {
            out.opt_string(flexible, true, "FindCoordinatorResponse.ErrorMessage", self.error_message.as_deref());
        }
        if version <= 3 {
            out.i32(self.node_id);
        } else if self.node_id != 0 {
            out.not_in_version("FindCoordinatorResponse.NodeId", version);
        }
        if version <= 3 {
            out.string(flexible, "FindCoordinatorResponse.Host", &self.host);
        } else if !self.host.is_empty() {
            out.not_in_version("FindCoordinatorResponse.Host", version);
        }
        if version <= 3 {
            out.i32(self.port);
        } else if self.port != 0 {
            out.not_in_version("FindCoordinatorResponse.Port", version);
        }
        if version >= 4 {
            out.structs(flexible, version, "FindCoordinatorResponse.Coordinators", &self.coordinators);
        } else if !self.coordinators.is_empty() {
            out.not_in_version("FindCoordinatorResponse.Coordinators", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("FindCoordinatorResponse");
        let flexible = version >= 3;
        let this = FindCoordinatorResponse {
            throttle_time_ms: if version >= 1 { input.i32() } else { 0 },
            error_code: if version <= 3 { input.i16() } else { 0 },
            error_message: if (1..=3).contains(&version) {
                input.opt_string(flexible, true, "ErrorMessage")
            } else {
                Some(Default::default())
            },
            node_id: if version <= 3 { input.i32() } else { 0 },
            host: if version <= 3 { input.string(flexible, "Host") } else { Default::default() },
            port: if version <= 3 { input.i32() } else { 0 },
            coordinators: if version >= 4 {
                input.structs(flexible, version, "Coordinators")
            } else {
                Default::default()
            },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for FindCoordinatorResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 1 {
            this.throttle_time_ms = sample::bits(random) as i32;
        }
        if version <= 3 {
            this.error_code = sample::bits(random) as i16;
        }
        if (1..=3).contains(&version) {
            this.error_message = sample::nullable(random, true, |random| sample::string(random));
        }
        if version <= 3 {
            this.node_id = sample::bits(random) as i32;
        }
        if version <= 3 {
            this.host = sample::string(random);
        }
        if version <= 3 {
            this.port = sample::bits(random) as i32;
        }
        if version >= 4 {
            this.coordinators = sample::vec(random, |random| Coordinator::sample(version, random));
        }
        this
    }
}
impl Message for FindCoordinatorResponse {
    const NAME: &'static str = "FindCoordinatorResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 6;
    const FIRST_FLEXIBLE: i16 = 3;
}
/// `Coordinator` of `FindCoordinatorResponse`, versions 4–6.
#[derive(Clone, Debug, PartialEq)]
pub struct Coordinator {
    /// Key: `string 4+`.
    pub key: String,
    /// NodeId: `int32 4+`.
    pub node_id: i32,
    /// Host: `string 4+`.
    pub host: String,
    /// Port: `int32 4+`.
    pub port: i32,
    /// ErrorCode: `int16 4+`.
    pub error_code: i16,
    /// ErrorMessage: `string 4+ null=4+ ignorable`.
    pub error_message: Option<String>,
}
impl Default for Coordinator {
    fn default() -> Self {
        Coordinator {
            key: Default::default(),
            node_id: 0,
            host: Default::default(),
            port: 0,
            error_code: 0,
            error_message: Some(Default::default()),
        }
    }
}
impl Body for Coordinator {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "Coordinator.Key", &self.key);
        out.i32(self.node_id);
        out.string(true, "Coordinator.Host", &self.host);
        out.i32(self.port);
        out.i16(self.error_code);
        out.opt_string(true, true, "Coordinator.ErrorMessage", self.error_message.as_deref());
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("Coordinator");
        let this = Coordinator {
            key: input.string(true, "Key"),
            node_id: input.i32(),
            host: input.string(true, "Host"),
            port: input.i32(),
            error_code: input.i16(),
            error_message: input.opt_string(true, true, "ErrorMessage"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for Coordinator {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.key = sample::string(random);
        this.node_id = sample::bits(random) as i32;
        this.host = sample::string(random);
        this.port = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this
    }
}
