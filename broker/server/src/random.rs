//! The one source of randomness, handed down from startup: ids and seeds.

use kedge_protocol::Uuid;
use rustix::rand::{GetRandomFlags, getrandom};

/// Random bytes from the kernel.
///
/// # Panics
/// If the kernel has none: without them ids would collide.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let mut filled = 0;
    while filled < N {
        filled += getrandom(&mut bytes[filled..], GetRandomFlags::empty()).expect("the kernel gives random bytes");
    }
    bytes
}

/// A random (version 4) id that is not one of Kafka's reserved ones and whose text no command line takes for an option.
pub fn random_uuid() -> Uuid {
    loop {
        let mut bytes: [u8; 16] = random_bytes();
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let id = Uuid::from_bytes(bytes);
        if !id.to_string().starts_with('-') {
            return id;
        }
    }
}

/// A seed.
pub fn random_seed() -> u64 {
    u64::from_be_bytes(random_bytes())
}
