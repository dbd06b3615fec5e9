//! Random valid values of every message, for tests. Deterministic: all randomness comes from the caller's function.

use crate::uuid::Uuid;
use crate::wire::Records;
use bytes::Bytes;

/// The caller's source of randomness.
pub type Random<'a> = &'a mut dyn FnMut() -> u64;

/// A random value that `version` can carry: what it cannot carry keeps Kafka's default.
pub trait Sample {
    /// Draws one.
    fn sample(version: i16, random: Random<'_>) -> Self;
}

/// A seeded source (splitmix64) to pass as [`Random`].
pub fn seeded(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Bits for an integer: extremes and small numbers as often as anything else.
pub fn bits(random: Random<'_>) -> u64 {
    let value = random();
    match value >> 62 {
        0 => value & 0xf,
        1 => u64::MAX - (value & 0xf),
        _ => value,
    }
}

/// A finite number.
pub fn f64(random: Random<'_>) -> f64 {
    (random() >> 11) as f64 / 1024.0 - 1e9
}

/// An id.
pub fn uuid(random: Random<'_>) -> Uuid {
    Uuid::from_u128(u128::from(random()) << 64 | u128::from(random()))
}

/// Short text, sometimes empty, sometimes not ASCII, rarely longer than one length byte can say.
pub fn string(random: Random<'_>) -> String {
    let length = if random().is_multiple_of(64) { 200 } else { random() % 8 };
    (0..length).map(|_| ['a', 'Z', '.', '-', '0', 'é', '€', '😀'][random() as usize % 8]).collect()
}

/// A few bytes.
pub fn bytes(random: Random<'_>) -> Bytes {
    let length = if random().is_multiple_of(64) { 300 } else { random() % 16 };
    (0..length).map(|_| random() as u8).collect()
}

/// Opaque records, now and then large enough to become a chunk of their own.
pub fn records(random: Random<'_>) -> Records {
    let length = if random().is_multiple_of(8) { 2000 } else { random() % 100 };
    Records::Bytes((0..length).map(|_| random() as u8).collect())
}

/// Up to three elements.
pub fn vec<T>(random: Random<'_>, mut element: impl FnMut(Random<'_>) -> T) -> Vec<T> {
    let count = random() % 4;
    (0..count).map(|_| element(random)).collect()
}

/// Null in one of four, where the version allows it.
pub fn nullable<T>(random: Random<'_>, allowed: bool, value: impl FnOnce(Random<'_>) -> T) -> Option<T> {
    if allowed && random().is_multiple_of(4) { None } else { Some(value(random)) }
}
