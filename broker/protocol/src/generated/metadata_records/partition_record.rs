//! `PartitionRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `PartitionRecord` of `PartitionRecord`, versions 0–2.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionRecord {
    /// PartitionId: `int32 0+ default=-1`.
    pub partition_id: i32,
    /// TopicId: `uuid 0+`.
    pub topic_id: Uuid,
    /// Replicas: `[]int32 0+`.
    pub replicas: Vec<i32>,
    /// Isr: `[]int32 0+`.
    pub isr: Vec<i32>,
    /// RemovingReplicas: `[]int32 0+`.
    pub removing_replicas: Vec<i32>,
    /// AddingReplicas: `[]int32 0+`.
    pub adding_replicas: Vec<i32>,
    /// Leader: `int32 0+ default=-1`.
    pub leader: i32,
    /// LeaderRecoveryState: `int8 0+ tag=0 default=0`.
    pub leader_recovery_state: i8,
    /// LeaderEpoch: `int32 0+ default=-1`.
    pub leader_epoch: i32,
    /// PartitionEpoch: `int32 0+ default=-1`.
    pub partition_epoch: i32,
    /// Directories: `[]uuid 1+`.
    pub directories: Vec<Uuid>,
    /// EligibleLeaderReplicas: `[]int32 2+ null=2+ tag=1 default=null`.
    pub eligible_leader_replicas: Option<Vec<i32>>,
    /// LastKnownElr: `[]int32 2+ null=2+ tag=2 default=null`.
    pub last_known_elr: Option<Vec<i32>>,
}
impl Default for PartitionRecord {
    fn default() -> Self {
        PartitionRecord {
            partition_id: -1,
            topic_id: Default::default(),
            replicas: Default::default(),
            isr: Default::default(),
            removing_replicas: Default::default(),
            adding_replicas: Default::default(),
            leader: -1,
            leader_recovery_state: 0,
            leader_epoch: -1,
            partition_epoch: -1,
            directories: Default::default(),
            eligible_leader_replicas: None,
            last_known_elr: None,
        }
    }
}
impl Body for PartitionRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.partition_id);
        out.uuid(self.topic_id);
        out.array(true, "PartitionRecord.Replicas", &self.replicas, Encoder::i32);
        out.array(true, "PartitionRecord.Isr", &self.isr, Encoder::i32);
        out.array(true, "PartitionRecord.RemovingReplicas", &self.removing_replicas, Encoder::i32);
        out.array(true, "PartitionRecord.AddingReplicas", &self.adding_replicas, Encoder::i32);
        out.i32(self.leader);
        out.i32(self.leader_epoch);
        out.i32(self.partition_epoch);
        if version >= 1 {
            out.array(true, "PartitionRecord.Directories", &self.directories, Encoder::uuid);
        } else if !self.directories.is_empty() {
            out.not_in_version("PartitionRecord.Directories", version);
        }
        let has_leader_recovery_state = self.leader_recovery_state != 0;
        let has_eligible_leader_replicas = self.eligible_leader_replicas.is_some();
        if has_eligible_leader_replicas && version < 2 {
            out.not_in_version("PartitionRecord.EligibleLeaderReplicas", version);
        }
        let has_eligible_leader_replicas = has_eligible_leader_replicas && version >= 2;
        let has_last_known_elr = self.last_known_elr.is_some();
        if has_last_known_elr && version < 2 {
            out.not_in_version("PartitionRecord.LastKnownElr", version);
        }
        let has_last_known_elr = has_last_known_elr && version >= 2;
        out.uvarint(
            u32::from(has_leader_recovery_state)
                + u32::from(has_eligible_leader_replicas)
                + u32::from(has_last_known_elr),
        );
        if has_leader_recovery_state {
            let start = out.tag(0);
            out.i8(self.leader_recovery_state);
            out.tag_end(start);
        }
        if has_eligible_leader_replicas {
            let start = out.tag(1);
            out.opt_array(
                true,
                true,
                "PartitionRecord.EligibleLeaderReplicas",
                self.eligible_leader_replicas.as_deref(),
                Encoder::i32,
            );
            out.tag_end(start);
        }
        if has_last_known_elr {
            let start = out.tag(2);
            out.opt_array(true, true, "PartitionRecord.LastKnownElr", self.last_known_elr.as_deref(), Encoder::i32);
            out.tag_end(start);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("PartitionRecord");
        let mut this = PartitionRecord {
            partition_id: input.i32(),
            topic_id: input.uuid(),
            replicas: input.array(true, "Replicas", Decoder::i32),
            isr: input.array(true, "Isr", Decoder::i32),
            removing_replicas: input.array(true, "RemovingReplicas", Decoder::i32),
            adding_replicas: input.array(true, "AddingReplicas", Decoder::i32),
            leader: input.i32(),
            leader_recovery_state: 0,
            leader_epoch: input.i32(),
            partition_epoch: input.i32(),
            directories: if version >= 1 {
                input.array(true, "Directories", Decoder::uuid)
            } else {
                Default::default()
            },
            eligible_leader_replicas: None,
            last_known_elr: None,
        };
        for _ in 0..input.tag_count() {
            let (tag, end) = input.tag();
            match tag {
                0 => this.leader_recovery_state = input.i8(),
                1 if version >= 2 => {
                    this.eligible_leader_replicas = input.opt_array(true, true, "EligibleLeaderReplicas", Decoder::i32)
                }
                1 => input.tag_not_in_version(1, version),
                2 if version >= 2 => this.last_known_elr = input.opt_array(true, true, "LastKnownElr", Decoder::i32),
                2 => input.tag_not_in_version(2, version),
                _ => input.tag_skip(end),
            }
            input.tag_end(end);
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for PartitionRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_id = sample::bits(random) as i32;
        this.topic_id = sample::uuid(random);
        this.replicas = sample::vec(random, |random| sample::bits(random) as i32);
        this.isr = sample::vec(random, |random| sample::bits(random) as i32);
        this.removing_replicas = sample::vec(random, |random| sample::bits(random) as i32);
        this.adding_replicas = sample::vec(random, |random| sample::bits(random) as i32);
        this.leader = sample::bits(random) as i32;
        this.leader_recovery_state = sample::bits(random) as i8;
        this.leader_epoch = sample::bits(random) as i32;
        this.partition_epoch = sample::bits(random) as i32;
        if version >= 1 {
            this.directories = sample::vec(random, |random| sample::uuid(random));
        }
        if version >= 2 {
            this.eligible_leader_replicas =
                sample::nullable(random, true, |random| sample::vec(random, |random| sample::bits(random) as i32));
        }
        if version >= 2 {
            this.last_known_elr =
                sample::nullable(random, true, |random| sample::vec(random, |random| sample::bits(random) as i32));
        }
        this
    }
}
impl Message for PartitionRecord {
    const NAME: &'static str = "PartitionRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = 0;
}
