//! The metadata store contract: what the controller runtime and the migration need of an authority, whichever it is.
//!
//! - [`contract`]: [`MetadataStore`], the authority itself.
//! - [`member`]: the narrow ports of ZooKeeper: a broker that does not rule, the mirror of a move, the take-over at rollback.
//! - [`memory`]: an authority in memory, for tests and as the simplest reading of the contract.
//! - [`suite`]: the contract as tests; every implementation runs it, the in-memory one included.
//!
//! A broker never sees any of this: it has a stream of deltas and a link to the controller.

pub mod contract;
pub mod member;
pub mod memory;
pub mod suite;

pub use contract::*;
pub use member::*;
