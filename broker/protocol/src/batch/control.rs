//! Control records: transaction markers and the raft records of the metadata log.

/// The kind of a control record (second int16 of its key).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ControlType {
    /// Transaction aborted.
    Abort,
    /// Transaction committed.
    Commit,
    /// A new leader of the metadata quorum.
    LeaderChange,
    /// First record of a snapshot.
    SnapshotHeader,
    /// Last record of a snapshot.
    SnapshotFooter,
    /// `kraft.version` (KIP-853).
    KRaftVersion,
    /// The voter set (KIP-853).
    KRaftVoters,
    /// A type this version does not know; readers ignore it.
    Unknown(i16),
}

/// The key of a control record: int16 version, int16 type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ControlKey {
    /// Version of the key; higher versions than 0 are still read by their first four bytes.
    pub key_version: i16,
    /// The kind.
    pub control_type: ControlType,
}

impl ControlKey {
    /// Reads a control record's key; None if it is shorter than four bytes.
    pub fn parse(key: &[u8]) -> Option<ControlKey> {
        let key = key.first_chunk::<4>()?;
        let key_version = i16::from_be_bytes([key[0], key[1]]);
        let control_type = ControlType::from_code(i16::from_be_bytes([key[2], key[3]]));
        Some(ControlKey { key_version, control_type })
    }
}

impl ControlType {
    /// The number in the key.
    pub fn code(self) -> i16 {
        match self {
            ControlType::Abort => 0,
            ControlType::Commit => 1,
            ControlType::LeaderChange => 2,
            ControlType::SnapshotHeader => 3,
            ControlType::SnapshotFooter => 4,
            ControlType::KRaftVersion => 5,
            ControlType::KRaftVoters => 6,
            ControlType::Unknown(code) => code,
        }
    }

    /// The kind of a number.
    pub fn from_code(code: i16) -> ControlType {
        match code {
            0 => ControlType::Abort,
            1 => ControlType::Commit,
            2 => ControlType::LeaderChange,
            3 => ControlType::SnapshotHeader,
            4 => ControlType::SnapshotFooter,
            5 => ControlType::KRaftVersion,
            6 => ControlType::KRaftVoters,
            code => ControlType::Unknown(code),
        }
    }

    /// The key bytes of a record of this kind, key version 0.
    pub fn key_bytes(self) -> [u8; 4] {
        let code = self.code().to_be_bytes();
        [0, 0, code[0], code[1]]
    }
}
