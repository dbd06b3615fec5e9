//! Generated from `broker/protocol/schemas/` by `cargo xtask codegen`; do not edit.

// Every method has the same parameters, used or not, and every decoder starts from Kafka's defaults.
#![allow(unused_variables, clippy::field_reassign_with_default, clippy::large_enum_variant)]

pub mod apis;
#[cfg(feature = "test-util")]
pub mod catalog;
pub mod consumer_protocol;
pub mod control_records;
pub mod group_records;
pub mod headers;
pub mod messages;
pub mod metadata_record;
pub mod metadata_records;
pub mod principal;
