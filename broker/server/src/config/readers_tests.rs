//! "Honoured" is a claim. Here every key that makes it is tied to the code that reads it, and every key of the tutorials to the test
//! that sees its effect.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::{kafka_config::FIELD_KEYS, *};

/// Keys without a field of their own type: what stands where the effect is.
const COMBINED_READERS: &[(&str, &str)] = &[
    ("advertised.listeners", ".advertised_listeners"),
    ("broker.id", ".node_id"),
    ("broker.id.generation.enable", "\"broker.id.generation.enable\""),
    ("controller.listener.names", ".controller_listener_names"),
    ("controller.quorum.voters", ".controller_quorum_voters"),
    ("inter.broker.listener.name", ".inter_broker_listener_name"),
    ("kedge.admin.listen", ".admin_listen"),
    ("listener.security.protocol.map", ".security_protocol"),
    ("listeners", "broker_listeners"),
    ("log.cleanup.policy", ".cleanup_delete"),
    ("log.dir", ".log_dirs"),
    ("log.dirs", ".log_dirs"),
    ("log.flush.interval.messages", ".flush_messages"),
    ("log.flush.interval.ms", ".flush_ms"),
    ("log.index.interval.bytes", ".index_interval_bytes"),
    ("log.index.size.max.bytes", ".segment_index_bytes"),
    ("log.message.timestamp.after.max.ms", ".message_timestamp_after_max_ms"),
    ("log.message.timestamp.before.max.ms", ".message_timestamp_before_max_ms"),
    ("log.message.timestamp.difference.max.ms", ".message_timestamp_before_max_ms"),
    ("log.message.timestamp.type", ".message_timestamp_type"),
    ("log.retention.bytes", ".retention_bytes"),
    ("log.retention.hours", ".retention_ms"),
    ("log.retention.minutes", ".retention_ms"),
    ("log.retention.ms", ".retention_ms"),
    ("log.roll.hours", ".segment_ms"),
    ("log.roll.ms", ".segment_ms"),
    ("log.segment.bytes", ".segment_bytes"),
    ("log.segment.delete.delay.ms", ".file_delete_delay_ms"),
    ("max.connections.per.ip.overrides", ".max_connections_per_ip_overrides"),
    ("message.max.bytes", ".max_message_bytes"),
    ("metadata.log.dir", ".metadata_log_dir"),
    ("node.id", ".node_id"),
    ("process.roles", ".process_roles"),
    ("reserved.broker.max.id", "\"reserved.broker.max.id\""),
    ("security.inter.broker.protocol", ".inter_broker_listener_name"),
    ("unclean.leader.election.enable", "\"unclean.leader.election.enable\""),
    ("zookeeper.connect", ".zookeeper_connect"),
];

/// What becomes of a key of the tutorials, and the test that sees it.
enum Seen {
    /// It has its effect, seen by these tests.
    Honoured(&'static [&'static str]),
    /// Read as today's key, whose effect these tests see; a log line says so.
    Translated(&'static [&'static str]),
    /// A log line, and no effect.
    Accepted,
}

/// Every key of the tutorials' table.
const TUTORIAL_KEYS: &[(&str, Seen)] = &[
    ("broker.id", Seen::Honoured(&["tut1_master_with_21_old_keys"])),
    (
        "log.dirs",
        Seen::Honoured(&[
            "plain_files_in_a_log_directory_are_left_alone",
            "what_does_not_belong_stops_the_start",
            "a_directory_in_use_is_refused",
        ]),
    ),
    ("num.partitions", Seen::Honoured(&["create_places_and_assigns", "settings_reach_their_parts"])),
    ("zookeeper.connect", Seen::Honoured(&["tut0_four_keys_on_an_external_zookeeper"])),
    ("zookeeper.connection.timeout.ms", Seen::Honoured(&["a_start_waits_as_long_as_its_key_says_and_is_never_silent"])),
    ("port", Seen::Translated(&["old_spellings_give_way_to_new_ones"])),
    ("num.network.threads", Seen::Accepted),
    ("num.io.threads", Seen::Accepted),
    ("socket.send.buffer.bytes", Seen::Honoured(&["sockets_have_the_buffers_that_the_keys_ask_for"])),
    ("socket.receive.buffer.bytes", Seen::Honoured(&["sockets_have_the_buffers_that_the_keys_ask_for"])),
    ("socket.request.max.bytes", Seen::Honoured(&["a_frame_above_the_bound_closes_its_connection_and_is_logged"])),
    ("log.flush.interval.messages", Seen::Honoured(&["flush_follows_its_configs"])),
    ("log.flush.interval.ms", Seen::Honoured(&["flush_follows_its_configs"])),
    (
        "log.retention.hours",
        Seen::Honoured(&[
            "times_of_logs_follow_the_finest_unit",
            "eight_days_cut_a_deleted_topic_and_no_compacted_one",
        ]),
    ),
    ("log.retention.bytes", Seen::Honoured(&["retention_never_passes_the_high_watermark_and_keeps_enough_bytes"])),
    ("log.segment.bytes", Seen::Honoured(&["segments_roll_by_size_and_reads_cross_them"])),
    ("num.replica.fetchers", Seen::Honoured(&["settings_reach_their_parts"])),
    ("log.cleanup.interval.mins", Seen::Translated(&["settings_reach_their_parts"])),
    ("kafka.metrics.polling.interval.secs", Seen::Accepted),
    ("kafka.metrics.reporters", Seen::Accepted),
    ("kafka.csv.metrics.dir", Seen::Accepted),
    ("kafka.csv.metrics.reporter.enabled", Seen::Accepted),
    ("advertised.listeners", Seen::Honoured(&["tut3_a_combined_kraft_node", "contradictions_name_the_key"])),
    ("process.roles", Seen::Honoured(&["tut3_a_combined_kraft_node"])),
    ("node.id", Seen::Honoured(&["tut3_a_combined_kraft_node"])),
    ("controller.quorum.voters", Seen::Honoured(&["contradictions_name_the_key"])),
    ("listeners", Seen::Honoured(&["tut3_a_combined_kraft_node"])),
    ("inter.broker.listener.name", Seen::Honoured(&["contradictions_name_the_key"])),
    ("controller.listener.names", Seen::Honoured(&["contradictions_name_the_key"])),
    ("listener.security.protocol.map", Seen::Honoured(&["contradictions_name_the_key"])),
    ("num.recovery.threads.per.data.dir", Seen::Honoured(&["settings_reach_their_parts"])),
    (
        "offsets.topic.replication.factor",
        Seen::Honoured(&["the_offsets_topic_is_created_by_its_keys", "a_shortage_of_brokers_is_told_in_apaches_words"]),
    ),
    ("transaction.state.log.replication.factor", Seen::Accepted),
    ("transaction.state.log.min.isr", Seen::Accepted),
    ("log.retention.check.interval.ms", Seen::Honoured(&["settings_reach_their_parts"])),
    ("group.initial.rebalance.delay.ms", Seen::Honoured(&["a_group_forms_and_a_silent_member_is_dropped"])),
];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every Rust source under some folders of the workspace, with its path from the workspace's root.
fn sources(folders: &[&str]) -> Vec<(String, String)> {
    let root = workspace();
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().display().to_string();
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

/// Whether a text holds a word that goes no further to the right.
fn holds_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let next = text[at + word.len()..].chars().next();
        !next.is_some_and(|next| next.is_alphanumeric() || next == '_')
    })
}

#[test]
fn every_honoured_key_is_read_where_it_takes_effect() {
    let all = sources(&["broker/server/src", "broker/log/src", "metadata/controller/src", "metadata/raft/src"]);
    let code: Vec<&(String, String)> = all
        .iter()
        .filter(|(name, _)| {
            !name.contains("test") && !name.ends_with("/keys.rs") && !name.ends_with("/kafka_config.rs")
        })
        .filter(|(name, _)| !name.ends_with("log/src/config.rs"))
        .collect();
    let outside: Vec<&&(String, String)> =
        code.iter().filter(|(name, _)| !name.contains("server/src/config/")).collect();
    let mut unread = Vec::new();
    for spec in keys().filter(|spec| spec.effect == Effect::Honoured) {
        let is_read = if FIELD_KEYS.iter().any(|field| field.name == spec.name) {
            let field = format!(".{}", spec.name.replace('.', "_"));
            outside.iter().any(|(_, text)| holds_word(text, &field))
        } else {
            let reader = COMBINED_READERS.iter().find(|(key, _)| *key == spec.name).map(|(_, reader)| *reader);
            reader.is_some_and(|reader| code.iter().any(|(_, text)| holds_word(text, reader)))
        };
        if !is_read {
            unread.push(spec.name);
        }
    }
    assert_eq!(
        unread,
        Vec::<&str>::new(),
        "honoured, but read by nobody: give them their effect, or say NotYet in keys.rs"
    );
    for (key, _) in COMBINED_READERS {
        assert_eq!(key_spec(key).map(|spec| spec.effect), Some(Effect::Honoured), "{key}");
    }
}

#[test]
fn every_key_of_the_tutorials_does_what_its_table_says() {
    let tests: BTreeSet<String> =
        sources(&["broker/server/src", "broker/log/src", "broker/log/tests", "metadata/controller/tests"])
            .iter()
            .flat_map(|(_, text)| text.lines())
            .filter_map(|line| {
                line.trim_start().strip_prefix("async ").or(Some(line.trim_start()))?.strip_prefix("fn ")
            })
            .filter_map(|line| Some(line.split_once('(')?.0.to_owned()))
            .collect();
    for (key, seen) in TUTORIAL_KEYS {
        let value = match key_spec(key).map(|spec| spec.kind) {
            Some(Kind::Boolean) => "false",
            Some(Kind::String | Kind::List) => "x",
            _ => "7",
        };
        let properties = Properties::parse(&format!("{key}={value}")).unwrap();
        let verdict = judge_lines(&properties, &[]).remove(0).verdict;
        let proofs: &[&str] = match (seen, verdict) {
            (Seen::Honoured(proofs), Verdict::Honoured) | (Seen::Translated(proofs), Verdict::Translated { .. }) => {
                proofs
            }
            (Seen::Accepted, Verdict::NoEffect(_) | Verdict::NotYet(_)) => &[],
            (_, verdict) => panic!("{key}: {verdict}"),
        };
        for proof in proofs {
            assert!(tests.contains(*proof), "{key}: there is no test {proof}");
        }
    }
}

/// Each key of the five files is in the table.
#[test]
fn the_table_has_every_key_of_the_files() {
    for text in [
        include_str!("../../../../compat-tests/tutorials/tut0-broker.properties"),
        include_str!("../../../../compat-tests/tutorials/tut1-master.properties"),
        include_str!("../../../../compat-tests/tutorials/tut1-slave1.properties"),
        include_str!("../../../../compat-tests/tutorials/tut1-slave2.properties"),
        include_str!("../../../../compat-tests/tutorials/tut3-server.properties"),
    ] {
        for entry in Properties::parse(text).unwrap().entries() {
            let is_there = TUTORIAL_KEYS.iter().any(|(key, _)| *key == entry.key.trim());
            assert!(is_there, "{} is in no row", entry.key);
        }
    }
}

/// Keys whose effect is elsewhere arrive there.
#[test]
fn settings_reach_their_parts() {
    use crate::{replica::ReplicaConfig, settings};
    let text = "broker.id=0\nlog.dirs=/data\nzookeeper.connect=zk:2181\nnum.replica.fetchers=2\nlog.cleanup.interval.mins=10\n\
                num.partitions=2\ndefault.replication.factor=3\nsocket.request.max.bytes=5000\nqueued.max.request.bytes=10000\n\
                max.connections.per.ip.overrides=127.0.0.2:7\nsocket.listen.backlog.size=9\nsocket.send.buffer.bytes=-1\n\
                controlled.shutdown.max.retries=5\ncontrolled.shutdown.retry.backoff.ms=4000\nlog.flush.interval.ms=1000\n";
    let (config, _) = KafkaConfig::from_properties(&Properties::parse(text).unwrap(), &[]).unwrap();
    let replicas = ReplicaConfig::from_kafka(&config);
    assert_eq!(replicas.num_replica_fetchers, 2);
    assert_eq!(replicas.retention_check_interval.as_millis(), 600_000);
    assert_eq!(replicas.log_defaults.flush_ms, 1000);
    assert!(replicas.flush_interval.as_millis() <= 1000, "looked at as often as logs are to be flushed");
    let controller = settings::controller_settings(&config, "c");
    assert_eq!((controller.default_num_partitions, controller.default_replication_factor), (2, 3));
    let limits = settings::connection_limits(&config);
    assert_eq!(limits.frame_max_bytes, 5000);
    assert_eq!(limits.per_ip_overrides, [("127.0.0.2".parse().unwrap(), 7)].into());
    assert_eq!(settings::frame_budget_kib(&config), 10);
    let options = settings::socket_options(&config);
    assert_eq!((options.backlog, options.send_buffer_bytes, options.receive_buffer_bytes), (9, None, Some(102_400)));
    assert_eq!(settings::controlled_shutdown_patience(&config).as_millis(), 20_000);
}
