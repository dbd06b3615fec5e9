//! `FindCoordinatorRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `FindCoordinatorRequest` of `FindCoordinatorRequest`, versions 0–6.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct FindCoordinatorRequest {
    /// Key: `string 0-3`.
    pub key: String,
    /// KeyType: `int8 1+ default=0`.
    pub key_type: i8,
    /// CoordinatorKeys: `[]string 4+`.
    pub coordinator_keys: Vec<String>,
}
impl Body for FindCoordinatorRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        if version <= 3 {
            out.string(flexible, "FindCoordinatorRequest.Key", &self.key);
        } else if !self.key.is_empty() {
            out.not_in_version("FindCoordinatorRequest.Key", version);
        }
        if version >= 1 {
            out.i8(self.key_type);
        } else if self.key_type != 0 {
            out.not_in_version("FindCoordinatorRequest.KeyType", version);
        }
        if version >= 4 {
            out.strings(flexible, "FindCoordinatorRequest.CoordinatorKeys", &self.coordinator_keys);
        } else if !self.coordinator_keys.is_empty() {
            out.not_in_version("FindCoordinatorRequest.CoordinatorKeys", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("FindCoordinatorRequest");
        let flexible = version >= 3;
        let this = FindCoordinatorRequest {
            key: if version <= 3 { input.string(flexible, "Key") } else { Default::default() },
            key_type: if version >= 1 { input.i8() } else { 0 },
            coordinator_keys: if version >= 4 {
                input.strings(flexible, "CoordinatorKeys")
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
impl Sample for FindCoordinatorRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version <= 3 {
            this.key = sample::string(random);
        }
        if version >= 1 {
            this.key_type = sample::bits(random) as i8;
        }
        if version >= 4 {
            this.coordinator_keys = sample::vec(random, |random| sample::string(random));
        }
        this
    }
}
impl Message for FindCoordinatorRequest {
    const NAME: &'static str = "FindCoordinatorRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 6;
    const FIRST_FLEXIBLE: i16 = 3;
}
impl Request for FindCoordinatorRequest {
    const KEY: ApiKey = ApiKey::FIND_COORDINATOR;
    type Response = super::find_coordinator_response::FindCoordinatorResponse;
}
