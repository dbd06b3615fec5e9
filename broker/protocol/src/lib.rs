//! The Kafka wire: messages of every API version we serve, headers, error codes, record batches. Pure.

pub mod api;
pub mod batch;
#[cfg(feature = "test-util")]
pub mod catalog;
pub mod consumer_protocol;
pub mod control_records;
pub mod error;
pub mod generated;
pub mod group_records;
pub mod header;
pub mod metadata_records;
#[cfg(feature = "test-util")]
pub mod sample;
pub mod uuid;
pub mod wire;

pub use api::{ApiInfo, ApiKey};
pub use error::ErrorCode;
pub use generated::{messages, principal};
pub use metadata_records::MetadataRecord;
pub use uuid::Uuid;
pub use wire::{Message, Request};
