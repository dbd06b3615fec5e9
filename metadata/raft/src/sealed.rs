//! Small JSON files with a checksum: the CRC32C in hexadecimal on line 1, the document on line 2.

use serde::{Serialize, de::DeserializeOwned};

use crate::codec::CodecError;

/// The file's bytes.
pub(crate) fn seal<T: Serialize>(document: &T) -> Vec<u8> {
    let json = serde_json::to_string(document).expect("our own plain structures serialise");
    format!("{:08x}\n{json}\n", crc32c::crc32c(json.as_bytes())).into_bytes()
}

/// Reads a sealed file; `what` names it in errors.
pub(crate) fn open<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, CodecError> {
    let text = std::str::from_utf8(bytes).map_err(|error| CodecError::new(what, error))?;
    let (crc, json) = text.split_once('\n').ok_or_else(|| CodecError::new(what, "is one line, two belong"))?;
    let json = json.trim_end_matches('\n');
    let actual = format!("{:08x}", crc32c::crc32c(json.as_bytes()));
    if crc != actual {
        return Err(CodecError::new(what, format!("CRC {actual}, but {crc} is stored")));
    }
    serde_json::from_str(json).map_err(|error| CodecError::new(what, error))
}
