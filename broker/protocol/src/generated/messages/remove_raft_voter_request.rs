//! `RemoveRaftVoterRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `RemoveRaftVoterRequest` of `RemoveRaftVoterRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct RemoveRaftVoterRequest {
    /// ClusterId: `string 0+ null=0+`.
    pub cluster_id: Option<String>,
    /// VoterId: `int32 0+`.
    pub voter_id: i32,
    /// VoterDirectoryId: `uuid 0+`.
    pub voter_directory_id: Uuid,
}
impl Default for RemoveRaftVoterRequest {
    fn default() -> Self {
        RemoveRaftVoterRequest {
            cluster_id: Some(Default::default()),
            voter_id: 0,
            voter_directory_id: Default::default(),
        }
    }
}
impl Body for RemoveRaftVoterRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.opt_string(true, true, "RemoveRaftVoterRequest.ClusterId", self.cluster_id.as_deref());
        out.i32(self.voter_id);
        out.uuid(self.voter_directory_id);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("RemoveRaftVoterRequest");
        let this = RemoveRaftVoterRequest {
            cluster_id: input.opt_string(true, true, "ClusterId"),
            voter_id: input.i32(),
            voter_directory_id: input.uuid(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for RemoveRaftVoterRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.cluster_id = sample::nullable(random, true, |random| sample::string(random));
        this.voter_id = sample::bits(random) as i32;
        this.voter_directory_id = sample::uuid(random);
        this
    }
}
impl Message for RemoveRaftVoterRequest {
    const NAME: &'static str = "RemoveRaftVoterRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for RemoveRaftVoterRequest {
    const KEY: ApiKey = ApiKey::REMOVE_RAFT_VOTER;
    type Response = super::remove_raft_voter_response::RemoveRaftVoterResponse;
}
