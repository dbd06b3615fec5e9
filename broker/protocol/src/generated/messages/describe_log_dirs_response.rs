//! `DescribeLogDirsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `DescribeLogDirsResponse` of `DescribeLogDirsResponse`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeLogDirsResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 3+ ignorable`.
    pub error_code: i16,
    /// Results: `[]DescribeLogDirsResult 0+`.
    pub results: Vec<DescribeLogDirsResult>,
}
impl Body for DescribeLogDirsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i32(self.throttle_time_ms);
        if version >= 3 {
            out.i16(self.error_code);
        }
        out.structs(flexible, version, "DescribeLogDirsResponse.Results", &self.results);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeLogDirsResponse");
        let flexible = version >= 2;
        let this = DescribeLogDirsResponse {
            throttle_time_ms: input.i32(),
            error_code: if version >= 3 { input.i16() } else { 0 },
            results: input.structs(flexible, version, "Results"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeLogDirsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        if version >= 3 {
            this.error_code = sample::bits(random) as i16;
        }
        this.results = sample::vec(random, |random| DescribeLogDirsResult::sample(version, random));
        this
    }
}
impl Message for DescribeLogDirsResponse {
    const NAME: &'static str = "DescribeLogDirsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 2;
}
/// `DescribeLogDirsResult` of `DescribeLogDirsResponse`, versions 0–4.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeLogDirsResult {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// LogDir: `string 0+`.
    pub log_dir: String,
    /// Topics: `[]DescribeLogDirsTopic 0+`.
    pub topics: Vec<DescribeLogDirsTopic>,
    /// TotalBytes: `int64 4+ default=-1 ignorable`.
    pub total_bytes: i64,
    /// UsableBytes: `int64 4+ default=-1 ignorable`.
    pub usable_bytes: i64,
}
impl Default for DescribeLogDirsResult {
    fn default() -> Self {
        DescribeLogDirsResult {
            error_code: 0,
            log_dir: Default::default(),
            topics: Default::default(),
            total_bytes: -1,
            usable_bytes: -1,
        }
    }
}
impl Body for DescribeLogDirsResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i16(self.error_code);
        out.string(flexible, "DescribeLogDirsResult.LogDir", &self.log_dir);
        out.structs(flexible, version, "DescribeLogDirsResult.Topics", &self.topics);
        if version >= 4 {
            out.i64(self.total_bytes);
        }
        if version >= 4 {
            out.i64(self.usable_bytes);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeLogDirsResult");
        let flexible = version >= 2;
        let this = DescribeLogDirsResult {
            error_code: input.i16(),
            log_dir: input.string(flexible, "LogDir"),
            topics: input.structs(flexible, version, "Topics"),
            total_bytes: if version >= 4 { input.i64() } else { -1 },
            usable_bytes: if version >= 4 { input.i64() } else { -1 },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeLogDirsResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.log_dir = sample::string(random);
        this.topics = sample::vec(random, |random| DescribeLogDirsTopic::sample(version, random));
        if version >= 4 {
            this.total_bytes = sample::bits(random) as i64;
        }
        if version >= 4 {
            this.usable_bytes = sample::bits(random) as i64;
        }
        this
    }
}
/// `DescribeLogDirsTopic` of `DescribeLogDirsResponse`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeLogDirsTopic {
    /// Name: `string 0+`.
    pub name: String,
    /// Partitions: `[]DescribeLogDirsPartition 0+`.
    pub partitions: Vec<DescribeLogDirsPartition>,
}
impl Body for DescribeLogDirsTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "DescribeLogDirsTopic.Name", &self.name);
        out.structs(flexible, version, "DescribeLogDirsTopic.Partitions", &self.partitions);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeLogDirsTopic");
        let flexible = version >= 2;
        let this = DescribeLogDirsTopic {
            name: input.string(flexible, "Name"),
            partitions: input.structs(flexible, version, "Partitions"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeLogDirsTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| DescribeLogDirsPartition::sample(version, random));
        this
    }
}
/// `DescribeLogDirsPartition` of `DescribeLogDirsResponse`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeLogDirsPartition {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// PartitionSize: `int64 0+`.
    pub partition_size: i64,
    /// OffsetLag: `int64 0+`.
    pub offset_lag: i64,
    /// IsFutureKey: `bool 0+`.
    pub is_future_key: bool,
}
impl Body for DescribeLogDirsPartition {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i32(self.partition_index);
        out.i64(self.partition_size);
        out.i64(self.offset_lag);
        out.bool(self.is_future_key);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeLogDirsPartition");
        let flexible = version >= 2;
        let this = DescribeLogDirsPartition {
            partition_index: input.i32(),
            partition_size: input.i64(),
            offset_lag: input.i64(),
            is_future_key: input.bool(),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeLogDirsPartition {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.partition_size = sample::bits(random) as i64;
        this.offset_lag = sample::bits(random) as i64;
        this.is_future_key = random() & 1 == 1;
        this
    }
}
