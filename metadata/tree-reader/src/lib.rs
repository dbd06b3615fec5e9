//! The znode tree read raw through zookeeper-async: the second opinion of verify.
