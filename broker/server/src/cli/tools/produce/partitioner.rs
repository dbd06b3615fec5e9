//! Which partition a record goes to (Kafka's `DefaultPartitioner`). Pure.

/// The partition of a key: the same that Java's producers choose, so that a key's records stay together.
///
/// # Panics
/// If there is no partition.
pub(super) fn partition_of(key: &[u8], partitions_count: u32) -> i32 {
    // toPositive of Kafka: the sign bit is cleared, not the value negated.
    let positive = (murmur2(key) & 0x7fff_ffff) as u32;
    (positive % partitions_count) as i32
}

/// Murmur 2 with Kafka's seed.
fn murmur2(data: &[u8]) -> i32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    let mut hash = SEED ^ data.len() as u32;
    let chunks = data.chunks_exact(4);
    let tail = chunks.remainder();
    for chunk in chunks {
        let mut word = u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]).wrapping_mul(M);
        word ^= word >> 24;
        hash = hash.wrapping_mul(M) ^ word.wrapping_mul(M);
    }
    if !tail.is_empty() {
        let word = tail.iter().rev().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
        hash = (hash ^ word).wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    (hash ^ (hash >> 15)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_java_producer() {
        // Facts of Apache's own test of Utils.murmur2.
        let known = [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ];
        for (text, hash) in known {
            assert_eq!(murmur2(text.as_bytes()), hash, "{text}");
            assert!((0..7).contains(&partition_of(text.as_bytes(), 7)));
        }
    }
}
