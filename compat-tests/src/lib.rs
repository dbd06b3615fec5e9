//! Kedge against real ZooKeeper, real Apache Kafka and real clients.
