//! What can be wrong with bytes from outside, and with a value that a version cannot carry.

use std::fmt;

/// Where in a frame decoding stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The struct being read, Kafka's name.
    pub within: &'static str,
    /// The field, when it is one with a length; empty for fixed-size fields.
    pub field: &'static str,
    /// Bytes from the start of the decoder's input.
    pub position: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dot = if self.field.is_empty() { "" } else { "." };
        write!(f, "{}{dot}{} at byte {}", self.within, self.field, self.position)
    }
}

/// Bytes that are not the message they should be. Never a reason to panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The version is outside the message's range.
    #[error("{message} has no version {version}")]
    UnsupportedVersion {
        /// Kafka's name of the message.
        message: &'static str,
        /// The version asked for.
        version: i16,
    },
    /// The input ends inside a value.
    #[error("{place}: {needed} bytes needed, {remaining} left")]
    UnexpectedEnd {
        /// Where.
        place: Place,
        /// Bytes the value needs.
        needed: usize,
        /// Bytes that are left.
        remaining: usize,
    },
    /// A negative length (other than null), a string over 32767 bytes, or more elements than the remaining bytes can hold.
    #[error("{place}: impossible length {length}")]
    InvalidLength {
        /// Where.
        place: Place,
        /// The length that was read.
        length: i64,
    },
    /// Null where this version allows none.
    #[error("{place}: null is not allowed")]
    NullNotAllowed {
        /// Where.
        place: Place,
    },
    /// A string that is not UTF-8.
    #[error("{place}: not UTF-8")]
    InvalidUtf8 {
        /// Where.
        place: Place,
    },
    /// An unsigned varint longer than 5 bytes or over 32 bits.
    #[error("{place}: varint too long")]
    InvalidVarint {
        /// Where.
        place: Place,
    },
    /// The marker byte before a nullable struct is neither 1 nor −1.
    #[error("{place}: bad struct marker {marker}")]
    InvalidStructMarker {
        /// Where.
        place: Place,
        /// The byte that was read.
        marker: i8,
    },
    /// A known tag in a version that does not define it.
    #[error("{place}: tag {tag} is not defined in version {version}")]
    TagNotInVersion {
        /// Where.
        place: Place,
        /// The tag.
        tag: u32,
        /// The version being read.
        version: i16,
    },
    /// A tagged field whose value does not have the size announced.
    #[error("{place}: tagged field should end at byte {expected_end}")]
    TagSizeMismatch {
        /// Where the value ended.
        place: Place,
        /// Where the announced size said it would.
        expected_end: usize,
    },
    /// Decoding would allocate more than 4 × the frame and 64 KiB.
    #[error("{place}: {wanted_bytes} bytes of memory wanted, {budget_left_bytes} left in the frame's budget")]
    TooLarge {
        /// Where.
        place: Place,
        /// What the next allocation needs.
        wanted_bytes: usize,
        /// What is left of the budget.
        budget_left_bytes: usize,
    },
    /// A record frame or record key whose type or version is not one we know.
    #[error("unknown {what} {value}")]
    Unknown {
        /// What was being looked up.
        what: &'static str,
        /// The value that was read.
        value: i64,
    },
    /// Bytes after the end of a value that must fill its frame.
    #[error("{what}: {trailing_bytes} bytes after the end")]
    TrailingBytes {
        /// What was read.
        what: &'static str,
        /// How many bytes follow it.
        trailing_bytes: usize,
    },
}

/// A value that cannot be written in the version asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The version is outside the message's range.
    #[error("{message} has no version {version}")]
    UnsupportedVersion {
        /// Kafka's name of the message.
        message: &'static str,
        /// The version asked for.
        version: i16,
    },
    /// The field is set, the version does not have it, and losing it is not harmless (not `ignorable`).
    #[error("{field} is set but version {version} cannot carry it")]
    NotInVersion {
        /// Struct and field, Kafka's names.
        field: &'static str,
        /// The version asked for.
        version: i16,
    },
    /// Null in a version where the field is not nullable.
    #[error("{field} is null but may not be")]
    NullNotAllowed {
        /// Struct and field, Kafka's names.
        field: &'static str,
    },
    /// A string over 32767 bytes, or an array or byte field over `i32::MAX`.
    #[error("{field} is too long: {length}")]
    TooLong {
        /// Struct and field, Kafka's names.
        field: &'static str,
        /// Its length.
        length: usize,
    },
}
