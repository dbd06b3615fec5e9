//! Nothing here: the test in `tests/differential.rs` is all of this crate, kept apart because `kafka-protocol` is large.
