//! A response on its way out: encoded bytes interleaved with ranges of log files that go out by `sendfile`.

use std::{collections::VecDeque, os::fd::BorrowedFd, sync::Arc};

use bytes::{BufMut, Bytes, BytesMut};
use kedge_protocol::wire::{Chunk, Encoder};

/// An open file whose bytes may be sent.
pub trait FileSource: Send + Sync + std::fmt::Debug {
    /// Its descriptor.
    fn fd(&self) -> BorrowedFd<'_>;
}

/// A range of a file.
#[derive(Clone, Debug)]
pub struct FileRange {
    /// The file; kept open while the range is on its way.
    pub file: Arc<dyn FileSource>,
    /// Where the range starts, in bytes.
    pub position: u64,
    /// How long it is.
    pub size_bytes: u32,
}

/// One piece of a response.
#[derive(Debug)]
pub enum Part {
    /// Bytes in memory.
    Bytes(Bytes),
    /// Bytes in a file.
    File(FileRange),
}

/// A whole response frame, length prefix included.
#[derive(Debug)]
pub struct Reply {
    /// Pieces in order.
    pub parts: VecDeque<Part>,
    /// How long the connection is muted after it, in milliseconds.
    pub throttle_ms: u32,
}

impl Reply {
    /// Frames an encoded response. External slots are replaced by `files`.
    ///
    /// # Panics
    /// If a slot has no file, or another size than its file range: the client would lose its place in the stream.
    pub fn new(out: Encoder, files: Vec<FileRange>, throttle_ms: u32) -> Reply {
        let mut size_bytes = 0usize;
        let mut parts = VecDeque::new();
        for chunk in out.finish() {
            match chunk {
                Chunk::Bytes(bytes) => {
                    size_bytes += bytes.len();
                    parts.push_back(Part::Bytes(bytes));
                }
                Chunk::External { slot, size_bytes: slot_bytes } => {
                    let file = files.get(slot as usize).expect("every external slot has a file range").clone();
                    assert_eq!(
                        file.size_bytes, slot_bytes,
                        "external slot {slot} announces another size than its file"
                    );
                    size_bytes += slot_bytes as usize;
                    parts.push_back(Part::File(file));
                }
            }
        }
        let frame_bytes = i32::try_from(size_bytes).expect("a response is below 2 GiB");
        let mut prefix = BytesMut::with_capacity(4);
        prefix.put_i32(frame_bytes);
        parts.push_front(Part::Bytes(prefix.freeze()));
        Reply { parts, throttle_ms }
    }
}
