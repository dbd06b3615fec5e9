//! Every bound of the server that no Kafka key sets, in one place, asserted against the others.

use std::time::Duration;

/// Frames up to this size are not counted in the frame budget: `max.connections` bounds them.
pub const FREE_FRAME_BYTES: usize = 16 * 1024;
/// A frame that claims at most this much gets its buffer at once; a longer one grows with the bytes that arrive.
pub const TRUSTED_FRAME_BYTES: usize = 1024 * 1024;
/// Encoded pieces of a response up to this size are joined into one write.
pub const JOINED_PART_BYTES: usize = 64 * 1024;
/// Smallest legal request: key, version and correlation id.
pub const REQUEST_HEADER_MIN_BYTES: usize = 8;
/// Bytes of partly and wholly read frames that all connections together may hold, in KiB (`queued.max.request.bytes` when unset).
pub const FRAME_BUDGET_KIB: usize = 1024 * 1024;
/// How long a connection waits for a share of the frame budget before it is closed.
pub const FRAME_BUDGET_WAIT: Duration = Duration::from_secs(10);
/// Bytes handed to one `sendfile` call.
pub const SENDFILE_STEP_BYTES: usize = 512 * 1024;

const _: () = assert!(FREE_FRAME_BYTES < TRUSTED_FRAME_BYTES);
const _: () = assert!(TRUSTED_FRAME_BYTES < FRAME_BUDGET_KIB * 1024);
