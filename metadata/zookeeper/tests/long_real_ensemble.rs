//! The contract suite on the ZooKeeper versions that CI has no time for; the harness is that of `real_ensemble.rs`.

mod real;

use kedge_metadata_store::contract_suite;
use real::Real;

// Numbers are places in `ZooKeeperVersion::ALL`.

mod zookeeper_3_4_12 {
    super::contract_suite!(super::Real<0>);
}

mod zookeeper_3_5 {
    super::contract_suite!(super::Real<2>);
}

mod zookeeper_3_6 {
    super::contract_suite!(super::Real<3>);
}

mod zookeeper_3_7 {
    super::contract_suite!(super::Real<4>);
}

mod zookeeper_3_8 {
    super::contract_suite!(super::Real<5>);
}
