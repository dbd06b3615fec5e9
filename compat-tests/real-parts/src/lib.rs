//! Real ZooKeeper, real Apache Kafka, real clients and Kedge itself as child processes of a test.
//!
//! This crate knows no Kedge code: it may be anyone's dev-dependency, and a test written with it can be pointed at
//! Apache Kafka alone. `scripts/test.sh --setup` fetches the parts; `docs/HACKING.md` shows how to run one test.
//!
//! ```no_run
//! use kedge_real_parts::{JavaTool, KafkaConfig, TestSite, ZooKeeperEnsemble, ZooKeeperVersion};
//!
//! let site = TestSite::new("a_topic_can_be_made").unwrap();
//! let zookeeper = ZooKeeperEnsemble::start(&site, 3, ZooKeeperVersion::V3_9_5).unwrap();
//! let config = KafkaConfig::zookeeper_broker(&site, 1, &zookeeper.connect_string("/made")).unwrap();
//! let broker = config.start().unwrap();
//! JavaTool::topics(&site, &broker.bootstrap()).args(["--create", "--topic", "t"]).run().unwrap().success().unwrap();
//! ```
//!
//! # What a test may rely on
//!
//! - **Nothing outlives the test process.** Every child is killed by the kernel when the test process dies, however it
//!   dies ([`ManagedProcess`]); in a healthy run, dropping the value kills the child. Processes are signalled by the
//!   pid of a child that was not yet reaped, never by name.
//! - **Ports do not collide** between tests, between test processes, or with outgoing connections ([`PortBlock`]).
//! - **A failed test explains itself.** When a [`TestSite`] is dropped by a panicking thread it prints the tail of every
//!   log and keeps its directory. So a test should panic (`unwrap`, `assert!`), not return an error.
//! - **Nothing waits for ever.** Each wait takes a deadline and says what it waited for ([`eventually`]).
//!
//! # Rules for tests
//!
//! - At most three Java brokers or controllers alive at once: two cores and the started-line deadline allow no more.
//! - Ready means that the part said so: `Mode:` in ZooKeeper's `srvr`, Kafka's started line. Never sleep instead.
//! - Sessions of 18 s and fencing after 30 s where there is load; shorter ones only in tests that wait for the expiry.

mod error;
mod hosts;
mod java;
mod java_program;
mod kafka;
mod kedge;
mod parts;
mod ports;
mod process;
mod properties;
mod python;
mod site;
mod spawner;
mod tool;
mod wait;
mod zookeeper;

pub use error::PartsError;
pub use hosts::{Host, HostNetwork};
pub use java::JavaTool;
pub use java_program::JavaProgram;
pub use kafka::{KafkaConfig, KafkaNode, STARTED_LINE_DEADLINE, TEST_CLUSTER_ID};
pub use kedge::KedgeProcess;
pub use parts::{ClassPath, Parts};
pub use ports::{PORT_BLOCK_SIZE, PortBlock};
pub use process::{LogMark, ManagedProcess};
pub use properties::Properties;
pub use python::Python;
pub use site::TestSite;
pub use tool::ToolOutput;
pub use wait::{Outcome, eventually};
pub use zookeeper::{ZooKeeperEnsemble, ZooKeeperMode, ZooKeeperVersion};
