//! `LeaderChangeMessage`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `LeaderChangeMessage` of `LeaderChangeMessage`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LeaderChangeMessage {
    /// Version: `int16 0+`.
    pub version: i16,
    /// LeaderId: `int32 0+`.
    pub leader_id: i32,
    /// Voters: `[]Voter 0+`.
    pub voters: Vec<Voter>,
    /// GrantingVoters: `[]Voter 0+`.
    pub granting_voters: Vec<Voter>,
}
impl Body for LeaderChangeMessage {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i16(self.version);
        out.i32(self.leader_id);
        out.structs(true, version, "LeaderChangeMessage.Voters", &self.voters);
        out.structs(true, version, "LeaderChangeMessage.GrantingVoters", &self.granting_voters);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("LeaderChangeMessage");
        let this = LeaderChangeMessage {
            version: input.i16(),
            leader_id: input.i32(),
            voters: input.structs(true, version, "Voters"),
            granting_voters: input.structs(true, version, "GrantingVoters"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for LeaderChangeMessage {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.version = sample::bits(random) as i16;
        this.leader_id = sample::bits(random) as i32;
        this.voters = sample::vec(random, |random| Voter::sample(version, random));
        this.granting_voters = sample::vec(random, |random| Voter::sample(version, random));
        this
    }
}
impl Message for LeaderChangeMessage {
    const NAME: &'static str = "LeaderChangeMessage";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `Voter` of `LeaderChangeMessage`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Voter {
    /// VoterId: `int32 0+`.
    pub voter_id: i32,
    /// VoterDirectoryId: `uuid 1+`.
    pub voter_directory_id: Uuid,
}
impl Body for Voter {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.voter_id);
        if version >= 1 {
            out.uuid(self.voter_directory_id);
        } else if self.voter_directory_id != Uuid::ZERO {
            out.not_in_version("Voter.VoterDirectoryId", version);
        }
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("Voter");
        let this = Voter {
            voter_id: input.i32(),
            voter_directory_id: if version >= 1 { input.uuid() } else { Default::default() },
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for Voter {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.voter_id = sample::bits(random) as i32;
        if version >= 1 {
            this.voter_directory_id = sample::uuid(random);
        }
        this
    }
}
