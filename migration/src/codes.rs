//! Every `KM` code: what it means, why it happens, what to do. Pure.
//!
//! KM1xx the tree · KM2xx brokers · KM3xx the quorum · KM4xx what this version cannot carry · KM5xx during the move ·
//! KM6xx the way back and the end · KM7xx what nodes ask of each other. A number is never given to something else. `docs/km-codes.md` is [`markdown`].

use std::fmt;

/// A `KM` code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u16);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KM{:03}", self.0)
    }
}

/// What a code does to the move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; the move goes on.
    Warn,
    /// The move does not go on.
    Block,
}

/// What is known about a code.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The code.
    pub code: Code,
    /// What it does.
    pub severity: Severity,
    /// What is the case.
    pub title: &'static str,
    /// Why it matters.
    pub cause: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// Its number in the catalogue of failures that operators met in public, P1 to P26.
    pub problem: Option<&'static str>,
}

macro_rules! codes {
    ($($name:ident $number:literal $severity:ident $problem:expr, $title:literal, $cause:literal, $fix:literal;)*) => {
        $(#[doc = $title] pub const $name: Code = Code($number);)*

        /// Every code, by number.
        pub const TABLE: &[Row] = &[$(Row {
            code: $name, severity: Severity::$severity, title: $title, cause: $cause, fix: $fix, problem: $problem,
        }),*];

        #[cfg(test)]
        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

codes! {
    BAD_ZNODES 101 Block None, "znodes that cannot be read",
        "The copy would have to guess what they mean; Kafka's own migration stops its controller at the first.",
        "Repair or delete every znode listed, then run preflight again.";
    EMPTY_MIGRATION 102 Block Some("P1"), "/migration exists without content",
        "zookeeper-security-migration was run without a path check and created it empty (KAFKA-19480).",
        "Delete /migration.";
    STALE_MIGRATION 103 Block Some("P2"), "/migration was written by another quorum",
        "A former attempt left it behind. Kafka would skip the copy and then empty the tree to match its log.",
        "Make sure that no other quorum runs, then delete /migration.";
    NO_CONTROLLER_EPOCH 104 Block None, "/controller_epoch is missing",
        "No ZooKeeper controller has ever run here: this is no Kafka cluster, or the chroot is wrong.",
        "Check zookeeper.connect, its chroot included.";
    STAMP_ABOVE_EPOCH 105 Warn Some("P3"), "state znodes carry a controller epoch above /controller_epoch",
        "An earlier rollback left KRaft epochs in the tree (KAFKA-20488). A ZooKeeper controller refuses such partitions.",
        "Nothing: the mirror stamps with ZooKeeper epochs, and a rollback goes above the highest stamp.";
    META_PROPERTIES_V1 106 Block Some("P4"), "a log directory holds meta.properties of version 1",
        "A broker in ZooKeeper mode insists on version 0, so the way back would be closed.",
        "Rewrite the file with version=0, broker.id and the cluster id.";
    TOPIC_WITHOUT_ID 108 Block None, "topics without a topic id",
        "KRaft knows a topic by its id. A ZooKeeper controller at IBP 2.8 or above gives one to each topic.",
        "Let a Kedge or Kafka 2.8+ controller be elected once; it writes the ids.";
    BROKER_NOT_ARMED 201 Block None, "brokers that are not armed",
        "A broker follows the move only once it knows the voters and was allowed to.",
        "kedge migrate start arms them; a broker that is down must come back or be named with --without-broker.";
    BROKER_NOT_KEDGE 202 Block None, "brokers that are not Kedge of this version",
        "This version moves only brokers that can change their metadata source while they run.",
        "Replace or upgrade the brokers listed.";
    BROKER_ID_INVALID 203 Block Some("P7"), "broker ids that were generated or are out of range",
        "A generated id lies above reserved.broker.max.id and is refused at the next start.",
        "Set broker.id explicitly below reserved.broker.max.id, or disable broker.id.generation.";
    DEAD_BROKER 205 Block Some("P8"), "replicas on brokers that are not alive",
        "The quorum would wait for such a broker for ever, or leave it behind unseen.",
        "Start the broker, move its replicas, or accept it with --without-broker N.";
    CONTROLLER_ID_CLASH 206 Block Some("P6"), "a controller's node id is also a broker's",
        "Brokers and controllers share one number space; such a broker takes itself for the active controller.",
        "Format the controller with another node.id.";
    UNDER_REPLICATED 207 Block Some("P15"), "under-replicated or leaderless partitions",
        "Another failure during the move could take them offline.",
        "Wait until every ISR is full, or name the dead broker with --without-broker N.";
    QUORUM_STATE_NONE 301 Block Some("P5"), "the quorum was started without the migration flag",
        "Its log says it was born in KRaft, and brokers, topics or configs are in it by now.",
        "Set zookeeper.metadata.migration.enable=true on a quorum that nobody has used, or format the controllers again with it.";
    CONTROLLER_NOT_READY 302 Block None, "controllers that are not ready for a migration",
        "A voter without the flag or without registration cannot go on if it is elected.",
        "Start every voter with zookeeper.metadata.migration.enable=true and the same voters.";
    METADATA_VERSION 303 Block None, "metadata.version lies outside what every broker supports",
        "Brokers register their range; the quorum refuses one that cannot run at the finalized level.",
        "Format the quorum at a metadata.version that all brokers list.";
    CLUSTER_ID 304 Block None, "the quorum has another cluster id",
        "The controllers were formatted with an id of their own instead of the one in /cluster/id.",
        "Format the controllers with the cluster id shown.";
    NO_QUORUM_LEADER 305 Block None, "the quorum has no leader",
        "Fewer than half of the voters can reach each other.",
        "Start the controllers and check controller.quorum.voters and the controller listener.";
    CARRY_ACLS 401 Block None, "ACLs", "This version cannot carry them.", "Wait for the version that can.";
    CARRY_QUOTAS 402 Block None, "client quotas", "This version cannot carry them.", "Wait for the version that can.";
    CARRY_SCRAM 403 Block None, "SCRAM users", "This version cannot carry them.", "Wait for the version that can.";
    CARRY_TOKENS 404 Block None, "delegation tokens",
        "This version cannot carry them.", "Let them expire, or wait for the version that can.";
    CARRY_REASSIGNMENTS 405 Block Some("P15"), "reassignments in flight",
        "This version cannot carry a reassignment across.", "Let it finish or cancel it.";
    CARRY_DELETIONS 406 Block None, "queued topic deletions",
        "A deletion that waits for a dead replica cannot be carried.",
        "Bring the brokers that hold the topics back, or delete the children of /admin/delete_topics.";
    CARRY_TRANSACTIONS 407 Block None, "__transaction_state",
        "This version does not coordinate transactions.", "Wait for the version that can.";
    CARRY_ENCODED_CONFIGS 408 Block None, "broker configs encoded with password.encoder",
        "Copied as they are, listeners would fail to load their keystores (KAFKA-14801).",
        "Set the values in server.properties and delete the dynamic ones.";
    ZOOKEEPER_OFFSETS 409 Warn None, "groups that keep their offsets in ZooKeeper",
        "They commit by version 0 of OffsetCommit, which brokers refuse once a quorum rules. Their znodes stay as they are.",
        "Let these consumers commit to Kafka first (offsets.storage=kafka), or set their offsets by kafka-consumer-groups.";
    CONTROL_LOST 501 Block None, "another KRaft controller holds /controller",
        "A later leader of this quorum, which ends this one in a moment, or another quorum on the same tree.",
        "If it lasts: find the other quorum and stop it.";
    CONTRADICTION 502 Block None, "ZkMigrationState and the migration facts contradict each other",
        "The log was not written by Kedge alone, or its sidecar was lost.",
        "Keep the log directories and report it; do not remove znodes.";
    MIRROR_REFUSED 503 Block None, "ZooKeeper refuses what is to be mirrored",
        "A document is larger than a znode may be, or the tree is changed behind the mirror's back again and again.",
        "See the record or znode named; stop whoever else writes the tree.";
    SWITCH_REPLICA 504 Block None, "a switch would remove or re-identify a local replica",
        "The new source does not know a topic that this broker stores, or knows another topic by its name.",
        "kedge migrate verify shows the difference; the broker goes on with its present source.";
    SWITCH_EPOCH 505 Block None, "a switch would lower a leader epoch",
        "The new source is older than what this broker has seen.",
        "It clears when the source has caught up; otherwise see kedge migrate verify.";
    SWITCH_CONFIG 506 Block None, "a switch would drop a config",
        "The new source does not have a config that this broker applies.",
        "kedge migrate verify shows the difference.";
    CHANGED_SINCE_STAGING 507 Block None, "something that cannot be carried appeared just before the claim",
        "Between the last look and the claim the old controller or a tool wrote it. The cluster was handed back.",
        "Run preflight, clear what it lists, start again.";
    FOREIGN_WRITE 508 Warn Some("P22"), "somebody else wrote ZooKeeper's tree while the quorum rules",
        "A tool with --zookeeper, or a hand. The quorum rules: what it wrote over the metadata was put right again and is lost; requests under /admin stay there unserved.",
        "Stop the tool, make the change through the brokers, then: kedge migrate acknowledge.";
    EPHEMERAL_MISSING 601 Block None, "brokers without a znode under /brokers/ids",
        "The ZooKeeper controller would take them for dead.",
        "Wait until their sessions are back, or accept them with --without-broker N.";
    MIRROR_BEHIND 602 Block None, "the mirror is behind or not claimed",
        "What is not in the tree yet would be lost.", "Wait until status shows lag 0.";
    NOT_EQUAL 603 Block None, "tree and quorum differ",
        "The differences would be lost or come back.", "kedge migrate verify lists them; the mirror repairs its own.";
    WOULD_BE_LOST 604 Block None, "metadata that ZooKeeper cannot hold",
        "It was created since the quorum rules.", "Remove it, or accept the loss with --accept-loss.";
    NO_SUCCESSOR 605 Block None, "no broker can take the controllership over",
        "Only a live broker with a session of its own can.", "Start a broker.";
    NOT_SWITCHED 606 Block None, "brokers that do not follow the quorum yet",
        "They would get no leadership changes once the mirror is closed (KAFKA-20960).",
        "Wait for them. One that died since the start must come back, or go back and start again with --without-broker N.";
    HELD 607 Block None, "an operator holds the move", "kedge migrate hold was given.", "kedge migrate resume.";
    WRONG_STATE 608 Block None, "the order does not fit the state", "See status.", "None needed.";
    FREEZE_TOO_LONG 609 Block None, "ZooKeeper did not answer within the freeze",
        "Nobody may decide while the controllership changes hands, so the attempt was given up and the quorum rules on.",
        "See that ZooKeeper answers, then give the order again.";
    NOT_COMPARABLE 610 Block None, "tree and quorum could not be compared",
        "The second reader could not read the tree, or metadata changed under it.",
        "See the reason beside it, then give the order again.";
    ARM_REFUSED 701 Block None, "a broker cannot be armed as asked",
        "It belongs to another cluster, knows another quorum, or was given voters that cannot be.",
        "Name its cluster and the quorum's own controller.quorum.voters; restart a broker that knows another quorum with the right ones.";
    NO_MOVE_HERE 702 Block None, "the active controller drives no move",
        "zookeeper.metadata.migration.enable is not set on it, so it knows no ZooKeeper.",
        "Set it, with zookeeper.connect, on every controller, restart them and ask again.";
    WRONG_ROLE 703 Block None, "the request is for a node of another role",
        "Brokers are armed and take the tree over; controllers drive the move.", "Ask a node that has the role.";
    TAKE_OVER_FAILED 704 Block None, "a broker could not take the tree over",
        "ZooKeeper did not let it, or it belongs to another cluster: see the reason beside it.",
        "None needed: another broker is asked, or this one again.";
}

/// The row of a code.
pub fn row(code: Code) -> &'static Row {
    TABLE.iter().find(|row| row.code == code).expect("every code is in the table")
}

/// The row behind text such as `KM102`.
pub fn find(text: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.code.to_string().eq_ignore_ascii_case(text))
}

/// `docs/km-codes.md`.
pub fn markdown() -> String {
    let mut page = String::from(
        "# KM codes\n\nGenerated from `migration/src/codes.rs`; do not edit. P-numbers: the catalogue of public failures.\n\n\
         | code | does | what | cause | fix | P |\n|---|---|---|---|---|---|\n",
    );
    for row in TABLE {
        let severity = match row.severity {
            Severity::Warn => "warns",
            Severity::Block => "blocks",
        };
        let problem = row.problem.unwrap_or("");
        page.push_str(&format!(
            "| {} | {severity} | {} | {} | {} | {problem} |\n",
            row.code, row.title, row.cause, row.fix
        ));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        assert!(TABLE.is_sorted_by_key(|row| row.code));
        assert!(TABLE.windows(2).all(|rows| rows[0].code != rows[1].code));
    }

    #[test]
    fn every_code_is_used_by_a_check() {
        let sources = [
            include_str!("readiness.rs"),
            include_str!("../../broker/server/src/startup/migration.rs"),
            include_str!("../../broker/server/src/startup/zookeeper/node.rs"),
            include_str!("runtime/board.rs"),
            include_str!("rollback.rs"),
            include_str!("switch.rs"),
            include_str!("decide/mod.rs"),
            include_str!("decide/forward.rs"),
            include_str!("decide/mirror.rs"),
            include_str!("decide/back.rs"),
            include_str!("decide/finalize.rs"),
        ];
        let unused: Vec<_> =
            NAMES.iter().filter(|name| !sources.iter().any(|source| source.contains(**name))).collect();
        assert!(unused.is_empty(), "{unused:?}");
    }

    #[test]
    fn the_catalogue_numbers_that_preflight_must_cover_are_there() {
        for problem in ["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P15"] {
            assert!(TABLE.iter().any(|row| row.problem == Some(problem)), "{problem}");
        }
    }

    #[test]
    fn codes_are_found_by_their_text() {
        assert_eq!(find("km102").map(|row| row.code), Some(EMPTY_MIGRATION));
        assert!(find("KM999").is_none());
        assert_eq!(row(CONTRADICTION).code.to_string(), "KM502");
    }

    #[test]
    fn the_page_is_current() {
        insta::assert_snapshot!("km_codes", markdown());
    }
}
