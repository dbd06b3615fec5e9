//! The controller's rules, one file per noun: transcripts of requests, the records they make and the answers.

mod brokers;
mod cluster;
mod configs;
mod elections;
mod isr;
mod other;
mod placement;
mod properties;
mod topics;
mod zookeeper;
