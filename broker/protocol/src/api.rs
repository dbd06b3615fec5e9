//! Which APIs there are, in which versions, and which header each version travels with.

use std::fmt;

pub use crate::generated::apis::API_INFO;

/// The number of an API. Constants for those we know, `ApiKey(n)` for whatever a client sends.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiKey(pub i16);

impl ApiKey {
    /// Kafka's name, for example `Fetch`; `Unknown` for an API that we have no messages for.
    pub fn name(self) -> &'static str {
        self.info().map_or("Unknown", |info| info.name)
    }

    /// The row of [`API_INFO`].
    pub fn info(self) -> Option<&'static ApiInfo> {
        API_INFO.binary_search_by_key(&self, |info| info.key).ok().map(|index| &API_INFO[index])
    }
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.0)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What Kafka 3.9 says of one API. The versions are those we can encode, not those that a node serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiInfo {
    /// The API's number.
    pub key: ApiKey,
    /// Kafka's name.
    pub name: &'static str,
    /// First version.
    pub min_version: i16,
    /// Last version.
    pub max_version: i16,
    /// First version with compact lengths and tagged fields; `i16::MAX` when there is none.
    pub first_flexible: i16,
    /// Served by brokers in ZooKeeper mode.
    pub zk_broker: bool,
    /// Served by brokers in KRaft mode.
    pub broker: bool,
    /// Served by KRaft controllers.
    pub controller: bool,
}

impl ApiInfo {
    /// The version of the request header: 0 for ControlledShutdown v0 only, 2 for flexible versions.
    pub fn request_header_version(&self, api_version: i16) -> i16 {
        if self.key == ApiKey::CONTROLLED_SHUTDOWN && api_version == 0 {
            0
        } else if api_version >= self.first_flexible {
            2
        } else {
            1
        }
    }

    /// The version of the response header: 1 for flexible versions, but always 0 for ApiVersions, whose answer must be
    /// readable by a client that asked in a version we do not know (KIP-511).
    pub fn response_header_version(&self, api_version: i16) -> i16 {
        i16::from(self.key != ApiKey::API_VERSIONS && api_version >= self.first_flexible)
    }
}
