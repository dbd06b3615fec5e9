//! Blocks of TCP ports that no other test takes.
//!
//! A cluster's ports must be known before its first process starts: they stand in everybody's configuration. Letting the
//! kernel pick and hoping that the port is still free a second later fails now and then on a busy machine. So a block is
//! claimed by a file lock, which the kernel releases when the process dies, and each port is probed by binding it.

use std::fs::{File, OpenOptions};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicU16, Ordering};

use rustix::fs::{FlockOperation, flock};

use crate::PartsError;

/// How many ports a block holds.
pub const PORT_BLOCK_SIZE: u16 = 64;
const FIRST_PORT: u16 = 18_432;
/// Linux hands out ports from 32768 on to outgoing connections; below it only servers are met.
const PORT_LIMIT: u16 = 32_768;
const BLOCKS: u16 = (PORT_LIMIT - FIRST_PORT) / PORT_BLOCK_SIZE;
const LOCK_DIR: &str = "/tmp/kedge-ports";

/// A block of [`PORT_BLOCK_SIZE`] loopback ports that belongs to this value until it is dropped.
#[derive(Debug)]
pub struct PortBlock {
    ports: Range<u16>,
    next_port: AtomicU16,
    // Holds the lock; closing the file releases it.
    _lock: File,
}

impl PortBlock {
    /// Takes a free block.
    ///
    /// # Errors
    /// [`PartsError::Ports`] if all are taken, [`PartsError::Io`] if the lock directory cannot be used.
    pub fn take() -> Result<PortBlock, PartsError> {
        let directory = Path::new(LOCK_DIR);
        std::fs::create_dir_all(directory).map_err(PartsError::io(LOCK_DIR))?;
        // Another user's tests share the machine's ports, so they share the locks. Only the owner can widen the mode.
        let _ = std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o777));

        // Processes begin their search at different blocks, so that ports just given back rest for a while.
        let first_block = (std::process::id() % u32::from(BLOCKS)) as u16;
        for step in 0..BLOCKS {
            let block = (first_block + step) % BLOCKS;
            let ports = FIRST_PORT + block * PORT_BLOCK_SIZE..FIRST_PORT + (block + 1) * PORT_BLOCK_SIZE;
            if let Some(lock) = lock_block(directory, block)?
                && ports.clone().all(is_free)
            {
                return Ok(PortBlock { next_port: AtomicU16::new(ports.start), ports, _lock: lock });
            }
        }
        Err(PartsError::Ports { limit: PORT_LIMIT })
    }

    /// The next port of the block, each one once.
    ///
    /// # Panics
    /// After [`PORT_BLOCK_SIZE`] calls: a test that needs more ports takes a second block.
    pub fn next_port(&self) -> u16 {
        let port = self.next_port.fetch_add(1, Ordering::Relaxed);
        assert!(self.ports.contains(&port), "this test used up its {PORT_BLOCK_SIZE} ports");
        port
    }
}

/// The held lock, or `None` if somebody else holds it.
fn lock_block(directory: &Path, block: u16) -> Result<Option<File>, PartsError> {
    let path = directory.join(format!("{block}.lock"));
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o666)
        .open(&path)
        .map_err(PartsError::io(path.display().to_string()))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(PartsError::Io { what: format!("lock {}", path.display()), source: error.into() }),
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::eventually;

    #[test]
    fn two_blocks_share_no_port() {
        let (one, other) = (PortBlock::take().unwrap(), PortBlock::take().unwrap());
        assert!(one.ports.end <= other.ports.start || other.ports.end <= one.ports.start, "{one:?} {other:?}");
        assert!(one.ports.end <= PORT_LIMIT && other.ports.end <= PORT_LIMIT);
    }

    #[test]
    fn a_locked_block_is_refused_and_a_dropped_one_is_free_again() {
        let directory = std::env::temp_dir().join(format!("kedge-ports-test-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let held = lock_block(&directory, 7).unwrap();
        assert!(held.is_some());
        assert!(lock_block(&directory, 7).unwrap().is_none());
        assert!(lock_block(&directory, 8).unwrap().is_some());
        drop(held);
        // A child that another test is starting holds a copy of the descriptor until its exec.
        eventually(Duration::from_secs(10), "lock", || lock_block(&directory, 7).unwrap()).unwrap();
        std::fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn a_port_that_somebody_listens_on_is_not_free() {
        let block = PortBlock::take().unwrap();
        let port = block.next_port();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        assert!(!is_free(port));
        drop(listener);
        eventually(Duration::from_secs(10), "free port", || is_free(port)).unwrap();
    }

    #[test]
    #[should_panic(expected = "used up its 64 ports")]
    fn a_block_never_hands_out_a_port_of_its_neighbour() {
        let block = PortBlock::take().unwrap();
        for _ in 0..=PORT_BLOCK_SIZE {
            block.next_port();
        }
    }
}
