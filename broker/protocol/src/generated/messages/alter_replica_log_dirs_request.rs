//! `AlterReplicaLogDirsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `AlterReplicaLogDirsRequest` of `AlterReplicaLogDirsRequest`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterReplicaLogDirsRequest {
    /// Dirs: `[]AlterReplicaLogDir 0+`.
    pub dirs: Vec<AlterReplicaLogDir>,
}
impl Body for AlterReplicaLogDirsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.structs(flexible, version, "AlterReplicaLogDirsRequest.Dirs", &self.dirs);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AlterReplicaLogDirsRequest");
        let flexible = version >= 2;
        let this = AlterReplicaLogDirsRequest { dirs: input.structs(flexible, version, "Dirs") };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AlterReplicaLogDirsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.dirs = sample::vec(random, |random| AlterReplicaLogDir::sample(version, random));
        this
    }
}
impl Message for AlterReplicaLogDirsRequest {
    const NAME: &'static str = "AlterReplicaLogDirsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = 2;
}
impl Request for AlterReplicaLogDirsRequest {
    const KEY: ApiKey = ApiKey::ALTER_REPLICA_LOG_DIRS;
    type Response = super::alter_replica_log_dirs_response::AlterReplicaLogDirsResponse;
}
/// `AlterReplicaLogDir` of `AlterReplicaLogDirsRequest`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterReplicaLogDir {
    /// Path: `string 0+`.
    pub path: String,
    /// Topics: `[]AlterReplicaLogDirTopic 0+`.
    pub topics: Vec<AlterReplicaLogDirTopic>,
}
impl Body for AlterReplicaLogDir {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "AlterReplicaLogDir.Path", &self.path);
        out.structs(flexible, version, "AlterReplicaLogDir.Topics", &self.topics);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AlterReplicaLogDir");
        let flexible = version >= 2;
        let this = AlterReplicaLogDir {
            path: input.string(flexible, "Path"),
            topics: input.structs(flexible, version, "Topics"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AlterReplicaLogDir {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.path = sample::string(random);
        this.topics = sample::vec(random, |random| AlterReplicaLogDirTopic::sample(version, random));
        this
    }
}
/// `AlterReplicaLogDirTopic` of `AlterReplicaLogDirsRequest`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterReplicaLogDirTopic {
    /// Name: `string 0+`.
    pub name: String,
    /// Partitions: `[]int32 0+`.
    pub partitions: Vec<i32>,
}
impl Body for AlterReplicaLogDirTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "AlterReplicaLogDirTopic.Name", &self.name);
        out.array(flexible, "AlterReplicaLogDirTopic.Partitions", &self.partitions, Encoder::i32);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AlterReplicaLogDirTopic");
        let flexible = version >= 2;
        let this = AlterReplicaLogDirTopic {
            name: input.string(flexible, "Name"),
            partitions: input.array(flexible, "Partitions", Decoder::i32),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AlterReplicaLogDirTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
