//! Randomness as an argument: topic ids and placement draw from it, tests and the simulator seed it.

use kedge_metadata_state::{TopicId, Uuid};

/// Where random numbers come from.
pub trait RandomSource {
    /// The next 64 random bits.
    fn next_u64(&mut self) -> u64;
}

/// A small deterministic generator (SplitMix64). Seeded by the runtime in production, by a number in tests.
#[derive(Clone, Debug)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> SplitMix64 {
        SplitMix64 { state: seed }
    }
}

impl RandomSource for SplitMix64 {
    fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// A number from 0 up to, not including, `bound`, which must be above 0.
pub(crate) fn below(random: &mut dyn RandomSource, bound: usize) -> usize {
    ((u128::from(random.next_u64()) * bound as u128) >> 64) as usize
}

/// Fisher-Yates.
pub(crate) fn shuffle<T>(random: &mut dyn RandomSource, items: &mut [T]) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(random, last + 1));
    }
}

/// A new topic id: a random (version 4) UUID, so never one of the reserved ones, whose text does not start with `-`,
/// which a command line would take for an option.
pub(crate) fn topic_id(random: &mut dyn RandomSource) -> TopicId {
    loop {
        let mut bytes = [0_u8; 16];
        bytes[..8].copy_from_slice(&random.next_u64().to_be_bytes());
        bytes[8..].copy_from_slice(&random.next_u64().to_be_bytes());
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let topic_id = Uuid::from_bytes(bytes);
        if !topic_id.to_string().starts_with('-') {
            return topic_id;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_stays_below_and_reaches_every_value() {
        let mut random = SplitMix64::new(7);
        let mut seen = [0_u32; 5];
        for _ in 0..1_000 {
            seen[below(&mut random, 5)] += 1;
        }
        assert!(seen.iter().all(|count| *count > 100), "{seen:?}");
    }

    #[test]
    fn topic_ids_are_version_4_and_never_look_like_an_option() {
        let mut random = SplitMix64::new(3);
        for _ in 0..10_000 {
            let topic_id = topic_id(&mut random);
            assert_eq!(topic_id.as_bytes()[6] >> 4, 4);
            assert!(!topic_id.to_string().starts_with('-'));
        }
    }
}
