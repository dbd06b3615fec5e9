//! `AddRaftVoterRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `AddRaftVoterRequest` of `AddRaftVoterRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct AddRaftVoterRequest {
    /// ClusterId: `string 0+ null=0+`.
    pub cluster_id: Option<String>,
    /// TimeoutMs: `int32 0+`.
    pub timeout_ms: i32,
    /// VoterId: `int32 0+`.
    pub voter_id: i32,
    /// VoterDirectoryId: `uuid 0+`.
    pub voter_directory_id: Uuid,
    /// Listeners: `[]Listener 0+`.
    pub listeners: Vec<Listener>,
}
impl Default for AddRaftVoterRequest {
    fn default() -> Self {
        AddRaftVoterRequest {
            cluster_id: Some(Default::default()),
            timeout_ms: 0,
            voter_id: 0,
            voter_directory_id: Default::default(),
            listeners: Default::default(),
        }
    }
}
impl Body for AddRaftVoterRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.opt_string(true, true, "AddRaftVoterRequest.ClusterId", self.cluster_id.as_deref());
        out.i32(self.timeout_ms);
        out.i32(self.voter_id);
        out.uuid(self.voter_directory_id);
        out.structs(true, version, "AddRaftVoterRequest.Listeners", &self.listeners);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AddRaftVoterRequest");
        let this = AddRaftVoterRequest {
            cluster_id: input.opt_string(true, true, "ClusterId"),
            timeout_ms: input.i32(),
            voter_id: input.i32(),
            voter_directory_id: input.uuid(),
            listeners: input.structs(true, version, "Listeners"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AddRaftVoterRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.cluster_id = sample::nullable(random, true, |random| sample::string(random));
        this.timeout_ms = sample::bits(random) as i32;
        this.voter_id = sample::bits(random) as i32;
        this.voter_directory_id = sample::uuid(random);
        this.listeners = sample::vec(random, |random| Listener::sample(version, random));
        this
    }
}
impl Message for AddRaftVoterRequest {
    const NAME: &'static str = "AddRaftVoterRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for AddRaftVoterRequest {
    const KEY: ApiKey = ApiKey::ADD_RAFT_VOTER;
    type Response = super::add_raft_voter_response::AddRaftVoterResponse;
}
/// `Listener` of `AddRaftVoterRequest`, versions 0–0.
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
