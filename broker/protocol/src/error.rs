//! Kafka's error codes. On the wire they stay `i16`; a code of a newer release is carried, not refused.

use std::fmt;

/// An error code of the protocol. Wire fields are `i16`: `code.0` and `ErrorCode(value)` convert.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorCode(pub i16);

impl ErrorCode {
    /// Whether `self` is `NONE`.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Whether a client may simply try again (facts: which of Kafka's exceptions are retriable).
    pub const fn is_retriable(self) -> bool {
        matches!(
            self.0,
            2 | 3 | 5 | 6 | 7 | 9 | 13..=16 | 19 | 20 | 41 | 51 | 56 | 70..=72 | 74 | 75 | 78 | 80 | 83 | 84 | 88 | 89
                | 100 | 103 | 106 | 122 | 123
        )
    }

    /// The result as Rust has it: Ok for `NONE`.
    pub const fn into_result(self) -> Result<(), ErrorCode> {
        if self.is_none() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.0)
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ErrorCode {}

macro_rules! error_codes {
    ($($name:ident = $code:literal, $message:literal;)*) => {
        impl ErrorCode {
            $(
                #[doc = concat!($message, ".")]
                pub const $name: ErrorCode = ErrorCode($code);
            )*

            /// Every code we know.
            pub const ALL: &[ErrorCode] = &[$(ErrorCode($code)),*];

            /// Kafka's name; `UNKNOWN_ERROR_CODE` for a code we do not know.
            pub const fn name(self) -> &'static str {
                match self.0 {
                    $($code => stringify!($name),)*
                    _ => "UNKNOWN_ERROR_CODE",
                }
            }

            /// One phrase for a human.
            pub const fn message(self) -> &'static str {
                match self.0 {
                    $($code => $message,)*
                    _ => "a code that this version does not know",
                }
            }
        }
    };
}

error_codes! {
    UNKNOWN_SERVER_ERROR = -1, "the server failed in a way it has no code for";
    NONE = 0, "no error";
    OFFSET_OUT_OF_RANGE = 1, "the offset is outside the partition's log";
    CORRUPT_MESSAGE = 2, "a record batch is damaged, too large or not acceptable for this topic";
    UNKNOWN_TOPIC_OR_PARTITION = 3, "this broker knows no such topic or partition";
    INVALID_FETCH_SIZE = 4, "the fetch size is not valid";
    LEADER_NOT_AVAILABLE = 5, "the partition has no leader right now";
    NOT_LEADER_OR_FOLLOWER = 6, "this broker is not the replica that the request needs";
    REQUEST_TIMED_OUT = 7, "the request took longer than it allowed";
    BROKER_NOT_AVAILABLE = 8, "the broker is not available";
    REPLICA_NOT_AVAILABLE = 9, "the replica is not available on this broker";
    MESSAGE_TOO_LARGE = 10, "a record batch is larger than the topic or broker accepts";
    STALE_CONTROLLER_EPOCH = 11, "the request carries an older controller epoch than this broker has seen";
    OFFSET_METADATA_TOO_LARGE = 12, "the metadata of an offset commit is too long";
    NETWORK_EXCEPTION = 13, "the connection broke before the answer came";
    COORDINATOR_LOAD_IN_PROGRESS = 14, "the coordinator is still loading its state";
    COORDINATOR_NOT_AVAILABLE = 15, "the coordinator is not available";
    NOT_COORDINATOR = 16, "this broker is not the coordinator";
    INVALID_TOPIC_EXCEPTION = 17, "the topic name is not valid, or the topic may not be written by clients";
    RECORD_LIST_TOO_LARGE = 18, "the batches are larger than a segment may be";
    NOT_ENOUGH_REPLICAS = 19, "fewer replicas are in sync than min.insync.replicas asks for";
    NOT_ENOUGH_REPLICAS_AFTER_APPEND = 20, "the records were appended, but to fewer in-sync replicas than asked for";
    INVALID_REQUIRED_ACKS = 21, "acks is none of -1, 0 and 1";
    ILLEGAL_GENERATION = 22, "the group has another generation";
    INCONSISTENT_GROUP_PROTOCOL = 23, "the member's protocol type or protocols do not fit the group";
    INVALID_GROUP_ID = 24, "the group id is not valid";
    UNKNOWN_MEMBER_ID = 25, "the group does not know this member";
    INVALID_SESSION_TIMEOUT = 26, "the session timeout is outside what the broker allows";
    REBALANCE_IN_PROGRESS = 27, "the group is rebalancing: the member must rejoin";
    INVALID_COMMIT_OFFSET_SIZE = 28, "the offset commit is too large to be stored";
    TOPIC_AUTHORIZATION_FAILED = 29, "not authorised for the topic";
    GROUP_AUTHORIZATION_FAILED = 30, "not authorised for the group";
    CLUSTER_AUTHORIZATION_FAILED = 31, "not authorised for the cluster";
    INVALID_TIMESTAMP = 32, "a record's timestamp is outside what the topic allows";
    UNSUPPORTED_SASL_MECHANISM = 33, "the broker does not offer this SASL mechanism";
    ILLEGAL_SASL_STATE = 34, "the request does not fit the state of the SASL exchange";
    UNSUPPORTED_VERSION = 35, "the API version is not supported";
    TOPIC_ALREADY_EXISTS = 36, "a topic of this name exists";
    INVALID_PARTITIONS = 37, "the number of partitions is not valid";
    INVALID_REPLICATION_FACTOR = 38, "the replication factor is below 1 or above the number of brokers";
    INVALID_REPLICA_ASSIGNMENT = 39, "the replica assignment is not valid";
    INVALID_CONFIG = 40, "the configuration is not valid";
    NOT_CONTROLLER = 41, "this node is not the active controller";
    INVALID_REQUEST = 42, "the request contradicts itself or misses something";
    UNSUPPORTED_FOR_MESSAGE_FORMAT = 43, "the topic's message format cannot do this";
    POLICY_VIOLATION = 44, "a policy of the cluster forbids this";
    OUT_OF_ORDER_SEQUENCE_NUMBER = 45, "the producer's sequence number does not follow its last one";
    DUPLICATE_SEQUENCE_NUMBER = 46, "the producer's sequence number was used before";
    INVALID_PRODUCER_EPOCH = 47, "the producer's epoch is older than the current one";
    INVALID_TXN_STATE = 48, "the transaction is not in a state that allows this";
    INVALID_PRODUCER_ID_MAPPING = 49, "the producer id is not the one of this transactional id";
    INVALID_TRANSACTION_TIMEOUT = 50, "the transaction timeout is not positive or above the broker's maximum";
    CONCURRENT_TRANSACTIONS = 51, "the previous change of this transaction is not finished";
    TRANSACTION_COORDINATOR_FENCED = 52, "a newer transaction coordinator has written to this partition";
    TRANSACTIONAL_ID_AUTHORIZATION_FAILED = 53, "not authorised for the transactional id";
    SECURITY_DISABLED = 54, "the broker has no authorizer";
    OPERATION_NOT_ATTEMPTED = 55, "not tried, because another part of the same request failed";
    KAFKA_STORAGE_ERROR = 56, "a disk error on the broker";
    LOG_DIR_NOT_FOUND = 57, "the broker has no such log directory";
    SASL_AUTHENTICATION_FAILED = 58, "SASL authentication failed";
    UNKNOWN_PRODUCER_ID = 59, "the partition has no state of this producer id";
    REASSIGNMENT_IN_PROGRESS = 60, "a reassignment of the partition is under way";
    DELEGATION_TOKEN_AUTH_DISABLED = 61, "delegation tokens are not enabled";
    DELEGATION_TOKEN_NOT_FOUND = 62, "no such delegation token";
    DELEGATION_TOKEN_OWNER_MISMATCH = 63, "the principal is neither owner nor renewer of the token";
    DELEGATION_TOKEN_REQUEST_NOT_ALLOWED = 64, "delegation token requests need an authenticated channel and no token";
    DELEGATION_TOKEN_AUTHORIZATION_FAILED = 65, "not authorised for the delegation token";
    DELEGATION_TOKEN_EXPIRED = 66, "the delegation token has expired";
    INVALID_PRINCIPAL_TYPE = 67, "this type of principal is not supported";
    NON_EMPTY_GROUP = 68, "the group still has members";
    GROUP_ID_NOT_FOUND = 69, "no such group";
    FETCH_SESSION_ID_NOT_FOUND = 70, "no such fetch session";
    INVALID_FETCH_SESSION_EPOCH = 71, "the fetch session is at another epoch";
    LISTENER_NOT_FOUND = 72, "the leader has no listener of the name that this request came through";
    TOPIC_DELETION_DISABLED = 73, "delete.topic.enable is off";
    FENCED_LEADER_EPOCH = 74, "the request carries an older leader epoch than the partition has";
    UNKNOWN_LEADER_EPOCH = 75, "the request carries a newer leader epoch than this broker knows";
    UNSUPPORTED_COMPRESSION_TYPE = 76, "the compression type is not supported by this version";
    STALE_BROKER_EPOCH = 77, "the broker epoch is not the current one";
    OFFSET_NOT_AVAILABLE = 78, "the leader is new and its high watermark has not caught up yet";
    MEMBER_ID_REQUIRED = 79, "the member must join again with the member id it was given";
    PREFERRED_LEADER_NOT_AVAILABLE = 80, "the preferred leader is not available";
    GROUP_MAX_SIZE_REACHED = 81, "the group is full";
    FENCED_INSTANCE_ID = 82, "another member has taken over this group instance id";
    ELIGIBLE_LEADERS_NOT_AVAILABLE = 83, "no replica may become leader";
    ELECTION_NOT_NEEDED = 84, "the partition has the leader that was asked for";
    NO_REASSIGNMENT_IN_PROGRESS = 85, "no reassignment of the partition is under way";
    GROUP_SUBSCRIBED_TO_TOPIC = 86, "the group is subscribed to the topic";
    INVALID_RECORD = 87, "a record fails the broker's checks";
    UNSTABLE_OFFSET_COMMIT = 88, "some offsets belong to a transaction that is not finished";
    THROTTLING_QUOTA_EXCEEDED = 89, "a quota is used up";
    PRODUCER_FENCED = 90, "a newer producer has the same transactional id";
    RESOURCE_NOT_FOUND = 91, "what the request names does not exist";
    DUPLICATE_RESOURCE = 92, "the request names the same thing twice";
    UNACCEPTABLE_CREDENTIAL = 93, "the credential does not meet the requirements";
    INCONSISTENT_VOTER_SET = 94, "sender and receiver disagree about who the voters are";
    INVALID_UPDATE_VERSION = 95, "the update carries a version that is not valid";
    FEATURE_UPDATE_FAILED = 96, "the features could not be updated";
    PRINCIPAL_DESERIALIZATION_FAILURE = 97, "the forwarded principal could not be read";
    SNAPSHOT_NOT_FOUND = 98, "no such snapshot";
    POSITION_OUT_OF_RANGE = 99, "the position lies outside the snapshot";
    UNKNOWN_TOPIC_ID = 100, "this broker knows no topic with this id";
    DUPLICATE_BROKER_REGISTRATION = 101, "the broker id is in use by a live broker";
    BROKER_ID_NOT_REGISTERED = 102, "no broker with this id is registered";
    INCONSISTENT_TOPIC_ID = 103, "the topic id in the log is not the one in the request";
    INCONSISTENT_CLUSTER_ID = 104, "the request belongs to another cluster";
    TRANSACTIONAL_ID_NOT_FOUND = 105, "no such transactional id";
    FETCH_SESSION_TOPIC_ID_ERROR = 106, "the fetch session mixes topic ids and names, or an id changed";
    INELIGIBLE_REPLICA = 107, "the new ISR names a replica that may not be in it";
    NEW_LEADER_ELECTED = 108, "the partition changed, and with that its leader";
    OFFSET_MOVED_TO_TIERED_STORAGE = 109, "the offset is in tiered storage only";
    FENCED_MEMBER_EPOCH = 110, "the member epoch is fenced: the member must give up its partitions and rejoin";
    UNRELEASED_INSTANCE_ID = 111, "a live member still uses this instance id";
    UNSUPPORTED_ASSIGNOR = 112, "the coordinator has none of the assignors that the member wants";
    STALE_MEMBER_EPOCH = 113, "the member epoch is old: the member must learn its epoch and retry";
    MISMATCHED_ENDPOINT_TYPE = 114, "the request was meant for the other kind of endpoint";
    UNSUPPORTED_ENDPOINT_TYPE = 115, "this kind of endpoint is not known";
    UNKNOWN_CONTROLLER_ID = 116, "no controller with this id is registered";
    UNKNOWN_SUBSCRIPTION_ID = 117, "the telemetry subscription is not the current one";
    TELEMETRY_TOO_LARGE = 118, "the telemetry is larger than the broker accepts";
    INVALID_REGISTRATION = 119, "the registration is not valid";
    TRANSACTION_ABORTABLE = 120, "the transaction met an error and must be aborted";
    INVALID_RECORD_STATE = 121, "the record is in a state that does not allow this acknowledgement";
    SHARE_SESSION_NOT_FOUND = 122, "no such share session";
    INVALID_SHARE_SESSION_EPOCH = 123, "the share session is at another epoch";
    FENCED_STATE_EPOCH = 124, "the share group's state has a newer epoch";
    INVALID_VOTER_KEY = 125, "the voter key is not the receiver's";
    DUPLICATE_VOTER = 126, "this voter is in the voter set";
    VOTER_NOT_FOUND = 127, "this voter is not in the voter set";
    INVALID_REGULAR_EXPRESSION = 128, "the regular expression is not valid";
    REBOOTSTRAP_REQUIRED = 129, "the client must start again from its bootstrap servers";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_dense_and_named_once() {
        let codes: Vec<i16> = ErrorCode::ALL.iter().map(|code| code.0).collect();
        assert_eq!(codes, (-1..=129).collect::<Vec<i16>>());
        let mut names: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), codes.len());
    }

    #[test]
    fn text() {
        assert_eq!(ErrorCode::NOT_CONTROLLER.to_string(), "NOT_CONTROLLER (41)");
        assert_eq!(ErrorCode(4000).to_string(), "UNKNOWN_ERROR_CODE (4000)");
        assert!(ErrorCode::NOT_COORDINATOR.is_retriable() && !ErrorCode::PRODUCER_FENCED.is_retriable());
    }
}
