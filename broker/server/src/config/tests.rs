//! Samples and contradictions.
