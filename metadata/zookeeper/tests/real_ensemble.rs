//! The contract suite on a real ensemble of three.
