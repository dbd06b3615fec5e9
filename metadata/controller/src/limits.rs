//! Every bound of the controller, in one place.

/// Partitions that one CreateTopics or CreatePartitions request may add (Kafka 4.x enforces the same number).
pub const PARTITIONS_PER_REQUEST_MAX: usize = 10_000;

/// Metadata records in one batch of the log; a unit must fit one batch.
pub const RECORDS_PER_BATCH_MAX: usize = 10_000;

/// Elections that one pass of a periodic scan may make.
pub const ELECTIONS_PER_PASS_MAX: usize = 1_000;

/// Ids in a producer-id block (KIP-730).
pub const PRODUCER_ID_BLOCK_SIZE: i64 = 1_000;

/// Replicas that one AssignReplicasToDirs request may name.
pub const DIRECTORY_ASSIGNMENTS_PER_REQUEST_MAX: usize = 2_250;

/// Length of a topic name; directory names must stay below 255 with the partition's number.
pub const TOPIC_NAME_LENGTH_MAX: usize = 249;

/// Characters in a dynamic config's value.
pub const CONFIG_VALUE_LENGTH_MAX: usize = i16::MAX as usize;

const _: () = assert!(PARTITIONS_PER_REQUEST_MAX <= RECORDS_PER_BATCH_MAX);
const _: () = assert!(ELECTIONS_PER_PASS_MAX <= RECORDS_PER_BATCH_MAX);
