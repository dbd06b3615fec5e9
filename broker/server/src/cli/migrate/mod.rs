//! `kedge migrate …`: the move of a live cluster, as its operator sees and steers it.

pub mod tree;
