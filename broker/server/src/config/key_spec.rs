//! What is known about one broker key, and how the text of each type is read.

use std::fmt;

/// Kafka's config types, as DescribeConfigs numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i8)]
pub enum Kind {
    /// `true` or `false`, in any case.
    Boolean = 1,
    /// Text.
    String = 2,
    /// 32 bits.
    Int = 3,
    /// 16 bits.
    Short = 4,
    /// 64 bits.
    Long = 5,
    /// A floating point number.
    Double = 6,
    /// Comma-separated texts.
    List = 7,
    /// The name of a Java class.
    Class = 8,
    /// Text that is never printed.
    Password = 9,
}

/// Where a key may be changed on a running cluster (Kafka's `DynamicBrokerConfig`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dynamic {
    /// Only in the file.
    ReadOnly,
    /// For all brokers at once, or for one.
    ClusterWide,
    /// For one broker.
    PerBroker,
}

/// What Kedge makes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It does what it does in Kafka.
    Honoured,
    /// Accepted; it has no meaning here, and why.
    NoEffect(&'static str),
    /// Accepted with a warning: what it configures is missing here.
    Later(&'static str),
    /// Anything but the default stops the start, since going on would be wrong or unsafe, and why.
    Refused(&'static str),
}

/// One broker key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySpec {
    /// Kafka's name.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Kafka 3.9's default; None is Java's null.
    pub default: Option<&'static str>,
    /// Where it may be changed.
    pub dynamic: Dynamic,
    /// What Kedge makes of it.
    pub effect: Effect,
}

/// A configuration that cannot be started with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem}")]
pub struct ConfigError {
    /// The key at fault.
    pub key: String,
    /// What is wrong with it, without any password.
    pub problem: String,
}

impl ConfigError {
    pub(crate) fn new(key: impl Into<String>, problem: impl fmt::Display) -> ConfigError {
        ConfigError { key: key.into(), problem: problem.to_string() }
    }
}

/// The numbers a key accepts, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) min: i64,
    pub(super) max: i64,
}

/// No bound but that of the type.
pub(super) const ANY: Bounds = Bounds { min: i64::MIN, max: i64::MAX };

/// From `min` on.
pub(super) const fn at_least(min: i64) -> Bounds {
    Bounds { min, max: i64::MAX }
}

/// A type of a field of [`super::KafkaConfig`].
pub(super) trait ConfigType: Sized {
    const KIND: Kind;
    /// Whether an empty default stands for Java's null.
    const NULLABLE: bool = false;
    /// The value of a key that is not set and has no default.
    fn null() -> Result<Self, String> {
        Err("no value is set".to_owned())
    }
    fn read(text: &str, bounds: Bounds) -> Result<Self, String>;
}

fn bounded(number: i64, bounds: Bounds) -> Result<i64, String> {
    if number < bounds.min {
        return Err(format!("{number} is below the smallest allowed value {}", bounds.min));
    }
    if number > bounds.max {
        return Err(format!("{number} is above the largest allowed value {}", bounds.max));
    }
    Ok(number)
}

macro_rules! integer_types {
    ($($type:ty => $kind:ident, $name:literal;)*) => {$(
        impl ConfigType for $type {
            const KIND: Kind = Kind::$kind;
            fn read(text: &str, bounds: Bounds) -> Result<Self, String> {
                let number: $type = text.parse().map_err(|_| format!(concat!("{:?} is not ", $name), text))?;
                bounded(i64::from(number), bounds)?;
                Ok(number)
            }
        }
    )*};
}

integer_types! {
    i16 => Short, "a 16-bit integer";
    i32 => Int, "a 32-bit integer";
    i64 => Long, "a 64-bit integer";
}

impl ConfigType for f64 {
    const KIND: Kind = Kind::Double;
    fn read(text: &str, _bounds: Bounds) -> Result<Self, String> {
        text.parse().map_err(|_| format!("{text:?} is not a number"))
    }
}

impl ConfigType for bool {
    const KIND: Kind = Kind::Boolean;
    fn read(text: &str, _bounds: Bounds) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(format!("{text:?} is neither true nor false")),
        }
    }
}

impl ConfigType for String {
    const KIND: Kind = Kind::String;
    fn read(text: &str, _bounds: Bounds) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl ConfigType for Vec<String> {
    const KIND: Kind = Kind::List;
    fn read(text: &str, _bounds: Bounds) -> Result<Self, String> {
        Ok(list(text))
    }
}

impl<T: ConfigType> ConfigType for Option<T> {
    const KIND: Kind = T::KIND;
    const NULLABLE: bool = true;
    fn null() -> Result<Self, String> {
        Ok(None)
    }
    fn read(text: &str, bounds: Bounds) -> Result<Self, String> {
        // Kafka refuses an empty number; for text, empty and null mean the same in every key that is read so.
        if text.is_empty() && matches!(T::KIND, Kind::String | Kind::Class) {
            return Ok(None);
        }
        T::read(text, bounds).map(Some)
    }
}

/// The elements of a list, trimmed; empty ones do not count.
pub(super) fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|element| !element.is_empty()).map(str::to_owned).collect()
}

/// Checks a value that nothing reads, so that a wrong type stops the start as it does in Kafka.
pub(super) fn check_kind(kind: Kind, text: &str) -> Result<(), String> {
    match kind {
        Kind::Boolean => bool::read(text, ANY).map(drop),
        Kind::Short => i16::read(text, ANY).map(drop),
        Kind::Int => i32::read(text, ANY).map(drop),
        Kind::Long => i64::read(text, ANY).map(drop),
        Kind::Double => f64::read(text, ANY).map(drop),
        Kind::String | Kind::List | Kind::Class | Kind::Password => Ok(()),
    }
}
