//! What an operator should know about a configuration that is nevertheless used.

use std::fmt;

use super::old_spellings::INTERVAL_MINS;

/// A remark about one key. Prints no value of a key that may be a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// Kafka does not know the key either.
    Unknown {
        /// The key.
        key: String,
    },
    /// The file holds the key more than once.
    Duplicate {
        /// The key.
        key: String,
    },
    /// A key of a former release was read as today's.
    Translated {
        /// The key or keys in the file.
        old: String,
        /// Today's key.
        new: String,
        /// Its value.
        value: String,
    },
    /// A key of a former release stands beside today's, which wins.
    Superseded {
        /// The key or keys in the file.
        old: String,
        /// Today's key.
        new: String,
    },
    /// The key has no meaning here.
    NoEffect {
        /// The key.
        key: String,
        /// Why.
        why: &'static str,
        /// Somebody may miss it.
        is_loss: bool,
    },
    /// What the key configures is missing here.
    NotYet {
        /// The key.
        key: String,
        /// What is missing.
        why: &'static str,
        /// It has Kafka's default, so the file asks for nothing that is missing.
        is_default: bool,
    },
    /// Another key of the file wins, as it does in Kafka.
    NotUsed {
        /// The key.
        key: &'static str,
        /// The key that wins.
        winner: &'static str,
    },
}

impl Warning {
    /// Whether it only informs: the node does what the file asks for, or nothing is lost.
    pub fn is_informational(&self) -> bool {
        match self {
            Warning::NotUsed { .. } => true,
            Warning::NoEffect { is_loss, .. } => !is_loss,
            Warning::NotYet { is_default, .. } => *is_default,
            // Kafka has long ignored this one: obeying it changes what the broker did before.
            Warning::Translated { old, .. } => old != INTERVAL_MINS,
            _ => false,
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Unknown { key } => write!(f, "{key}: unknown key, ignored"),
            Warning::Duplicate { key } => write!(f, "{key}: given more than once, the last value counts"),
            Warning::Translated { old, new, value } => write!(f, "{old}: old spelling, read as {new}={value}"),
            Warning::Superseded { old, new } => write!(f, "{old}: old spelling, ignored since {new} is set"),
            Warning::NoEffect { key, why, .. } => write!(f, "{key}: accepted without effect: {why}"),
            Warning::NotYet { key, why, .. } => write!(f, "{key}: accepted, not yet honoured: {why}"),
            Warning::NotUsed { key, winner } => write!(f, "{key}: not used, since {winner} is set"),
        }
    }
}
