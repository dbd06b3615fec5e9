//! Sockets: frames in, responses out in order, within bounds that nothing unauthenticated can push.

pub mod connection;
pub mod listener;
pub mod reply;

#[cfg(test)]
mod tests;
