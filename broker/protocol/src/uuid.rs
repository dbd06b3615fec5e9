//! Kafka's 16-byte ids: cluster members, topics, log directories.

use std::fmt;
use std::str::FromStr;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const TEXT_LENGTH: usize = 22;

/// Sixteen bytes, shown as 22 characters of URL-safe base64 without padding (Kafka's `Uuid`).
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid([u8; 16]);

impl Uuid {
    /// No id. As a directory id: a partition whose directory is being migrated.
    pub const ZERO: Uuid = Uuid([0; 16]);
    /// The topic id of `__cluster_metadata`. As a directory id: unassigned.
    pub const ONE: Uuid = Uuid::from_u128(1);

    /// From big-endian bytes, as on the wire.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Uuid(bytes)
    }

    /// From the number whose big-endian bytes it is.
    pub const fn from_u128(value: u128) -> Self {
        Uuid(value.to_be_bytes())
    }

    /// The bytes on the wire.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 128 bits and four zero bits make 22 characters of 6 bits.
        let bits = u128::from_be_bytes(self.0);
        let mut text = [0u8; TEXT_LENGTH];
        for (index, character) in text.iter_mut().enumerate() {
            let shift = 122 - 6 * index as i32;
            let six = if shift >= 0 { bits >> shift } else { bits << -shift } & 0x3f;
            *character = ALPHABET[six as usize];
        }
        f.pad(std::str::from_utf8(&text).expect("the alphabet is ASCII"))
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is not 22 characters of URL-safe base64 (or carries bits beyond the 128).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a Kafka id (22 characters of URL-safe base64): {0:?}")]
pub struct UuidParseError(pub String);

impl FromStr for Uuid {
    type Err = UuidParseError;

    fn from_str(text: &str) -> Result<Self, UuidParseError> {
        let error = || UuidParseError(text.chars().take(40).collect());
        if text.len() != TEXT_LENGTH {
            return Err(error());
        }
        let mut bits = 0u128;
        for (index, character) in text.bytes().enumerate() {
            let six = ALPHABET.iter().position(|&letter| letter == character).ok_or_else(error)? as u128;
            if index + 1 < TEXT_LENGTH {
                bits = bits << 6 | six;
            } else if six & 0xf == 0 {
                bits = bits << 2 | six >> 4;
            } else {
                return Err(error());
            }
        }
        Ok(Uuid::from_u128(bits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kafkas() {
        assert_eq!(Uuid::ZERO.to_string(), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(Uuid::ONE.to_string(), "AAAAAAAAAAAAAAAAAAAAAQ");
        assert_eq!(Uuid::from_bytes([0xff; 16]).to_string(), "_____________________w");
        let id: Uuid = "4L6g3nShT-eMCtK--X86sw".parse().expect("the cluster id of Kafka's own examples");
        assert_eq!(id.to_string(), "4L6g3nShT-eMCtK--X86sw");
        assert_eq!(id.as_bytes()[..4], [0xe0, 0xbe, 0xa0, 0xde]);
    }

    #[test]
    fn bad_text_is_refused() {
        for text in
            ["", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA+", "AAAAAAAAAAAAAAAAAAAAAB"]
        {
            assert!(text.parse::<Uuid>().is_err(), "{text}");
        }
    }
}
