//! `PartitionChangeRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `PartitionChangeRecord` of `PartitionChangeRecord`, versions 0–2.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionChangeRecord {
    /// PartitionId: `int32 0+ default=-1`.
    pub partition_id: i32,
    /// TopicId: `uuid 0+`.
    pub topic_id: Uuid,
    /// Isr: `[]int32 0+ null=0+ tag=0 default=null`.
    pub isr: Option<Vec<i32>>,
    /// Leader: `int32 0+ tag=1 default=-2`.
    pub leader: i32,
    /// Replicas: `[]int32 0+ null=0+ tag=2 default=null`.
    pub replicas: Option<Vec<i32>>,
    /// RemovingReplicas: `[]int32 0+ null=0+ tag=3 default=null`.
    pub removing_replicas: Option<Vec<i32>>,
    /// AddingReplicas: `[]int32 0+ null=0+ tag=4 default=null`.
    pub adding_replicas: Option<Vec<i32>>,
    /// LeaderRecoveryState: `int8 0+ tag=5 default=-1`.
    pub leader_recovery_state: i8,
    /// Directories: `[]uuid 1+ null=1+ tag=8 default=null`.
    pub directories: Option<Vec<Uuid>>,
    /// EligibleLeaderReplicas: `[]int32 2+ null=2+ tag=6 default=null`.
    pub eligible_leader_replicas: Option<Vec<i32>>,
    /// LastKnownElr: `[]int32 2+ null=2+ tag=7 default=null`.
    pub last_known_elr: Option<Vec<i32>>,
}
impl Default for PartitionChangeRecord {
    fn default() -> Self {
        PartitionChangeRecord {
            partition_id: -1,
            topic_id: Default::default(),
            isr: None,
            leader: -2,
            replicas: None,
            removing_replicas: None,
            adding_replicas: None,
            leader_recovery_state: -1,
            directories: None,
            eligible_leader_replicas: None,
            last_known_elr: None,
        }
    }
}
impl Body for PartitionChangeRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.partition_id);
        out.uuid(self.topic_id);
        let has_isr = self.isr.is_some();
        let has_leader = self.leader != -2;
        let has_replicas = self.replicas.is_some();
        let has_removing_replicas = self.removing_replicas.is_some();
        let has_adding_replicas = self.adding_replicas.is_some();
        let has_leader_recovery_state = self.leader_recovery_state != -1;
        let has_eligible_leader_replicas = self.eligible_leader_replicas.is_some();
        if has_eligible_leader_replicas && version < 2 {
            out.not_in_version("PartitionChangeRecord.EligibleLeaderReplicas", version);
        }
        let has_eligible_leader_replicas = has_eligible_leader_replicas && version >= 2;
        let has_last_known_elr = self.last_known_elr.is_some();
        if has_last_known_elr && version < 2 {
            out.not_in_version("PartitionChangeRecord.LastKnownElr", version);
        }
        let has_last_known_elr = has_last_known_elr && version >= 2;
        let has_directories = self.directories.is_some();
        if has_directories && version < 1 {
            out.not_in_version("PartitionChangeRecord.Directories", version);
        }
        let has_directories = has_directories && version >= 1;
        out.uvarint(
            u32::from(has_isr)
                + u32::from(has_leader)
                + u32::from(has_replicas)
                + u32::from(has_removing_replicas)
                + u32::from(has_adding_replicas)
                + u32::from(has_leader_recovery_state)
                + u32::from(has_eligible_leader_replicas)
                + u32::from(has_last_known_elr)
                + u32::from(has_directories),
        );
        if has_isr {
            let start = out.tag(0);
            out.opt_array(true, true, "PartitionChangeRecord.Isr", self.isr.as_deref(), Encoder::i32);
            out.tag_end(start);
        }
        if has_leader {
            let start = out.tag(1);
            out.i32(self.leader);
            out.tag_end(start);
        }
        if has_replicas {
            let start = out.tag(2);
            out.opt_array(true, true, "PartitionChangeRecord.Replicas", self.replicas.as_deref(), Encoder::i32);
            out.tag_end(start);
        }
        if has_removing_replicas {
            let start = out.tag(3);
            out.opt_array(
                true,
                true,
                "PartitionChangeRecord.RemovingReplicas",
                self.removing_replicas.as_deref(),
                Encoder::i32,
            );
            out.tag_end(start);
        }
        if has_adding_replicas {
            let start = out.tag(4);
            out.opt_array(
                true,
                true,
                "PartitionChangeRecord.AddingReplicas",
                self.adding_replicas.as_deref(),
                Encoder::i32,
            );
            out.tag_end(start);
        }
        if has_leader_recovery_state {
            let start = out.tag(5);
            out.i8(self.leader_recovery_state);
            out.tag_end(start);
        }
        if has_eligible_leader_replicas {
            let start = out.tag(6);
            out.opt_array(
                true,
                true,
                "PartitionChangeRecord.EligibleLeaderReplicas",
                self.eligible_leader_replicas.as_deref(),
                Encoder::i32,
            );
            out.tag_end(start);
        }
        if has_last_known_elr {
            let start = out.tag(7);
            out.opt_array(
                true,
                true,
                "PartitionChangeRecord.LastKnownElr",
                self.last_known_elr.as_deref(),
                Encoder::i32,
            );
            out.tag_end(start);
        }
        if has_directories {
            let start = out.tag(8);
            out.opt_array(true, true, "PartitionChangeRecord.Directories", self.directories.as_deref(), Encoder::uuid);
            out.tag_end(start);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("PartitionChangeRecord");
        let mut this = PartitionChangeRecord {
            partition_id: input.i32(),
            topic_id: input.uuid(),
            isr: None,
            leader: -2,
            replicas: None,
            removing_replicas: None,
            adding_replicas: None,
            leader_recovery_state: -1,
            directories: None,
            eligible_leader_replicas: None,
            last_known_elr: None,
        };
        for _ in 0..input.tag_count() {
            let (tag, end) = input.tag();
            match tag {
                0 => this.isr = input.opt_array(true, true, "Isr", Decoder::i32),
                1 => this.leader = input.i32(),
                2 => this.replicas = input.opt_array(true, true, "Replicas", Decoder::i32),
                3 => this.removing_replicas = input.opt_array(true, true, "RemovingReplicas", Decoder::i32),
                4 => this.adding_replicas = input.opt_array(true, true, "AddingReplicas", Decoder::i32),
                5 => this.leader_recovery_state = input.i8(),
                8 if version >= 1 => this.directories = input.opt_array(true, true, "Directories", Decoder::uuid),
                8 => input.tag_not_in_version(8, version),
                6 if version >= 2 => {
                    this.eligible_leader_replicas = input.opt_array(true, true, "EligibleLeaderReplicas", Decoder::i32)
                }
                6 => input.tag_not_in_version(6, version),
                7 if version >= 2 => this.last_known_elr = input.opt_array(true, true, "LastKnownElr", Decoder::i32),
                7 => input.tag_not_in_version(7, version),
                _ => input.tag_skip(end),
            }
            input.tag_end(end);
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for PartitionChangeRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_id = sample::bits(random) as i32;
        this.topic_id = sample::uuid(random);
        this.isr = sample::nullable(random, true, |random| sample::vec(random, |random| sample::bits(random) as i32));
        this.leader = sample::bits(random) as i32;
        this.replicas =
            sample::nullable(random, true, |random| sample::vec(random, |random| sample::bits(random) as i32));
        this.removing_replicas =
            sample::nullable(random, true, |random| sample::vec(random, |random| sample::bits(random) as i32));
        this.adding_replicas =
            sample::nullable(random, true, |random| sample::vec(random, |random| sample::bits(random) as i32));
        this.leader_recovery_state = sample::bits(random) as i8;
        if version >= 1 {
            this.directories =
                sample::nullable(random, true, |random| sample::vec(random, |random| sample::uuid(random)));
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
impl Message for PartitionChangeRecord {
    const NAME: &'static str = "PartitionChangeRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = 0;
}
