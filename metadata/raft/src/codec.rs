//! Fixed-width big-endian fields and length-prefixed bytes, for the entry format, the write-ahead log and the RPCs.

use bytes::{Buf, BufMut, Bytes};

/// Bytes that are not what they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {problem}")]
pub struct CodecError {
    /// The field or structure.
    pub what: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

impl CodecError {
    pub(crate) fn new(what: &'static str, problem: impl ToString) -> CodecError {
        CodecError { what, problem: problem.to_string() }
    }
}

/// Reads fields off the front of a buffer. Slices share the buffer; no length is believed beyond what remains.
pub(crate) struct Reader(pub(crate) Bytes);

impl Reader {
    fn need(&self, size_bytes: usize, what: &'static str) -> Result<(), CodecError> {
        if self.0.len() < size_bytes {
            return Err(CodecError::new(what, format!("needs {size_bytes} bytes, {} remain", self.0.len())));
        }
        Ok(())
    }

    pub(crate) fn u8(&mut self, what: &'static str) -> Result<u8, CodecError> {
        self.need(1, what)?;
        Ok(self.0.get_u8())
    }

    pub(crate) fn u32(&mut self, what: &'static str) -> Result<u32, CodecError> {
        self.need(4, what)?;
        Ok(self.0.get_u32())
    }

    pub(crate) fn i32(&mut self, what: &'static str) -> Result<i32, CodecError> {
        self.need(4, what)?;
        Ok(self.0.get_i32())
    }

    pub(crate) fn u64(&mut self, what: &'static str) -> Result<u64, CodecError> {
        self.need(8, what)?;
        Ok(self.0.get_u64())
    }

    pub(crate) fn i64(&mut self, what: &'static str) -> Result<i64, CodecError> {
        self.need(8, what)?;
        Ok(self.0.get_i64())
    }

    pub(crate) fn bytes(&mut self, what: &'static str) -> Result<Bytes, CodecError> {
        let size_bytes = self.u32(what)? as usize;
        self.need(size_bytes, what)?;
        Ok(self.0.split_to(size_bytes))
    }

    pub(crate) fn json<T: serde::de::DeserializeOwned>(&mut self, what: &'static str) -> Result<T, CodecError> {
        serde_json::from_slice(&self.bytes(what)?).map_err(|error| CodecError::new(what, error))
    }

    pub(crate) fn end(self, what: &'static str) -> Result<(), CodecError> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(CodecError::new(what, format!("{} bytes left over", self.0.len())))
    }
}

/// Appends a length and the bytes.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.put_u32(u32::try_from(bytes.len()).expect("a field is smaller than 4 GiB"));
    out.put_slice(bytes);
}

/// Appends a value as length-prefixed JSON.
pub(crate) fn put_json<T: serde::Serialize>(out: &mut Vec<u8>, value: &T) {
    let json = serde_json::to_vec(value).expect("our own plain structures serialise");
    put_bytes(out, &json);
}
