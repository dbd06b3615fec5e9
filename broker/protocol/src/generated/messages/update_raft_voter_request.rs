//! `UpdateRaftVoterRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `UpdateRaftVoterRequest` of `UpdateRaftVoterRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateRaftVoterRequest {
    /// ClusterId: `string 0+ null=0+`.
    pub cluster_id: Option<String>,
    /// CurrentLeaderEpoch: `int32 0+`.
    pub current_leader_epoch: i32,
    /// VoterId: `int32 0+`.
    pub voter_id: i32,
    /// VoterDirectoryId: `uuid 0+`.
    pub voter_directory_id: Uuid,
    /// Listeners: `[]Listener 0+`.
    pub listeners: Vec<Listener>,
    /// KRaftVersionFeature: `KRaftVersionFeature 0+`.
    pub kraft_version_feature: KRaftVersionFeature,
}
impl Default for UpdateRaftVoterRequest {
    fn default() -> Self {
        UpdateRaftVoterRequest {
            cluster_id: Some(Default::default()),
            current_leader_epoch: 0,
            voter_id: 0,
            voter_directory_id: Default::default(),
            listeners: Default::default(),
            kraft_version_feature: Default::default(),
        }
    }
}
impl Body for UpdateRaftVoterRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.opt_string(true, true, "UpdateRaftVoterRequest.ClusterId", self.cluster_id.as_deref());
        out.i32(self.current_leader_epoch);
        out.i32(self.voter_id);
        out.uuid(self.voter_directory_id);
        out.structs(true, version, "UpdateRaftVoterRequest.Listeners", &self.listeners);
        self.kraft_version_feature.write(version, out);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("UpdateRaftVoterRequest");
        let this = UpdateRaftVoterRequest {
            cluster_id: input.opt_string(true, true, "ClusterId"),
            current_leader_epoch: input.i32(),
            voter_id: input.i32(),
            voter_directory_id: input.uuid(),
            listeners: input.structs(true, version, "Listeners"),
            kraft_version_feature: KRaftVersionFeature::read(version, input),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for UpdateRaftVoterRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.cluster_id = sample::nullable(random, true, |random| sample::string(random));
        this.current_leader_epoch = sample::bits(random) as i32;
        this.voter_id = sample::bits(random) as i32;
        this.voter_directory_id = sample::uuid(random);
        this.listeners = sample::vec(random, |random| Listener::sample(version, random));
        this.kraft_version_feature = KRaftVersionFeature::sample(version, random);
        this
    }
}
impl Message for UpdateRaftVoterRequest {
    const NAME: &'static str = "UpdateRaftVoterRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for UpdateRaftVoterRequest {
    const KEY: ApiKey = ApiKey::UPDATE_RAFT_VOTER;
    type Response = super::update_raft_voter_response::UpdateRaftVoterResponse;
}
/// `Listener` of `UpdateRaftVoterRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Listener {
    /// Name: `string 0+`.
    pub name: String,
    /// Host: `string 0+`.
    pub host: String,
    /// Port: `uint16 0+`.
    pub port: u16,
}
impl Body for Listener {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "Listener.Name", &self.name);
        out.string(true, "Listener.Host", &self.host);
        out.u16(self.port);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("Listener");
        let this = Listener { name: input.string(true, "Name"), host: input.string(true, "Host"), port: input.u16() };
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
        this
    }
}
/// `KRaftVersionFeature` of `UpdateRaftVoterRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct KRaftVersionFeature {
    /// MinSupportedVersion: `int16 0+`.
    pub min_supported_version: i16,
    /// MaxSupportedVersion: `int16 0+`.
    pub max_supported_version: i16,
}
impl Body for KRaftVersionFeature {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i16(self.min_supported_version);
        out.i16(self.max_supported_version);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("KRaftVersionFeature");
        let this = KRaftVersionFeature { min_supported_version: input.i16(), max_supported_version: input.i16() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for KRaftVersionFeature {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.min_supported_version = sample::bits(random) as i16;
        this.max_supported_version = sample::bits(random) as i16;
        this
    }
}
