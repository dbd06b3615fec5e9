//! One file per Kafka API, as brokers serve it.

pub(crate) mod admin;
