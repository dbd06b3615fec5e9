//! `VotersRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `VotersRecord` of `VotersRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct VotersRecord {
    /// Version: `int16 0+`.
    pub version: i16,
    /// Voters: `[]Voter 0+`.
    pub voters: Vec<Voter>,
}
impl Body for VotersRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i16(self.version);
        out.structs(true, version, "VotersRecord.Voters", &self.voters);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("VotersRecord");
        let this = VotersRecord { version: input.i16(), voters: input.structs(true, version, "Voters") };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for VotersRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.version = sample::bits(random) as i16;
        this.voters = sample::vec(random, |random| Voter::sample(version, random));
        this
    }
}
impl Message for VotersRecord {
    const NAME: &'static str = "VotersRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `Voter` of `VotersRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Voter {
    /// VoterId: `int32 0+`.
    pub voter_id: i32,
    /// VoterDirectoryId: `uuid 0+`.
    pub voter_directory_id: Uuid,
    /// Endpoints: `[]Endpoint 0+`.
    pub endpoints: Vec<Endpoint>,
    /// KRaftVersionFeature: `KRaftVersionFeature 0+`.
    pub kraft_version_feature: KRaftVersionFeature,
}
impl Body for Voter {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.voter_id);
        out.uuid(self.voter_directory_id);
        out.structs(true, version, "Voter.Endpoints", &self.endpoints);
        self.kraft_version_feature.write(version, out);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("Voter");
        let this = Voter {
            voter_id: input.i32(),
            voter_directory_id: input.uuid(),
            endpoints: input.structs(true, version, "Endpoints"),
            kraft_version_feature: KRaftVersionFeature::read(version, input),
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
        this.voter_directory_id = sample::uuid(random);
        this.endpoints = sample::vec(random, |random| Endpoint::sample(version, random));
        this.kraft_version_feature = KRaftVersionFeature::sample(version, random);
        this
    }
}
/// `Endpoint` of `VotersRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Endpoint {
    /// Name: `string 0+`.
    pub name: String,
    /// Host: `string 0+`.
    pub host: String,
    /// Port: `uint16 0+`.
    pub port: u16,
}
impl Body for Endpoint {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "Endpoint.Name", &self.name);
        out.string(true, "Endpoint.Host", &self.host);
        out.u16(self.port);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("Endpoint");
        let this = Endpoint { name: input.string(true, "Name"), host: input.string(true, "Host"), port: input.u16() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for Endpoint {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.host = sample::string(random);
        this.port = sample::bits(random) as u16;
        this
    }
}
/// `KRaftVersionFeature` of `VotersRecord`, versions 0–0.
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
