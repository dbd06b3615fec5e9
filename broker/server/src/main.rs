//! The `kedge` binary.

fn main() {}
