//! Moves a cluster's metadata between ZooKeeper and KRaft.
