//! Sample files and contradictions, as an operator sees them.

use super::*;

fn read(text: &str) -> Result<(KafkaConfig, Vec<Warning>), ConfigError> {
    KafkaConfig::from_properties(&Properties::parse(text).unwrap(), &[])
}

/// The typed fields that the keys of a file lead to, then the log lines of the start.
fn shown(text: &str) -> String {
    let (config, warnings) = read(text).unwrap_or_else(|error| panic!("{error}"));
    let mut shown = format!(
        "node_id={} kraft={} listeners={} advertised={} inter.broker={} voters={:?} log.dirs={:?}\n{:?}\n--\n",
        config.node_id,
        config.is_kraft(),
        config.listeners.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        config.advertised_listeners.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        config.inter_broker_listener_name,
        config.controller_quorum_voters,
        config.log_dirs,
        config.log,
    );
    for warning in warnings {
        let level = if warning.is_informational() { "INFO" } else { "WARN" };
        shown.push_str(&format!("{level} {warning}\n"));
    }
    shown
}

#[test]
fn an_external_zookeeper_and_four_keys() {
    insta::assert_snapshot!(shown(
        "broker.id=0\nlog.dirs=/app/kafka/logs\nnum.partitions=1\n\
         zookeeper.connect=192.168.31.5:2181,192.168.31.176:2181,192.168.31.232:2181/kafka\n"
    ));
}

#[test]
fn a_file_of_kafka_2_0() {
    insta::assert_snapshot!(shown(
        "broker.id=1  \nport=9091\nnum.network.threads=2\nnum.io.threads=2\nsocket.send.buffer.bytes=1048576\n \
         log.dirs=/var/log/kafka/kafka-logs\nnum.partitions=2\nlog.flush.interval.messages=10000\nlog.flush.interval.ms=1000\n\
         log.retention.hours=168\nlog.segment.bytes=536870912\nnum.replica.fetchers=2\nlog.cleanup.interval.mins=10\n\
         zookeeper.connect=192.168.56.129:2181\nzookeeper.connection.timeout.ms=1000000\n\
         kafka.metrics.polling.interval.secs=5\nkafka.metrics.reporters=kafka.metrics.KafkaCSVMetricsReporter\n\
         kafka.csv.metrics.dir=/tmp/kafka_metrics\nkafka.csv.metrics.reporter.enabled=false\n"
    ));
}

#[test]
fn a_combined_kraft_node() {
    insta::assert_snapshot!(shown(
        "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@localhost:9093\n\
         listeners=PLAINTEXT://:9092,CONTROLLER://:9093\ninter.broker.listener.name=PLAINTEXT\n\
         advertised.listeners=PLAINTEXT://172.22.33.204:9092\ncontroller.listener.names=CONTROLLER\n\
         listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL\nlog.dirs=/var/kraft-combined-logs\n\
         offsets.topic.replication.factor=1\ntransaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\n\
         log.retention.minutes=60\nlog.retention.check.interval.ms=300000\nno.such.key=1\nnode.id=1\n\
         my.sasl.password=hunter2\nssl.keystore.password=hunter2\n"
    ));
}

const ZOOKEEPER: &str = "broker.id=0\nlog.dirs=/data\nzookeeper.connect=zk:2181\n";
const BROKER: &str = "process.roles=broker\nnode.id=5\nlog.dirs=/data\ncontroller.quorum.voters=1@c:9093\ncontroller.listener.names=CONTROLLER\n";
const CONTROLLER: &str = "process.roles=controller\nnode.id=1\nlog.dirs=/data\ncontroller.quorum.voters=1@c:9093\ncontroller.listener.names=CONTROLLER\nlisteners=CONTROLLER://:9093\n";

#[test]
fn contradictions_name_the_key() {
    let cases = [
        (ZOOKEEPER, "node.id=1"),
        (ZOOKEEPER, "broker.id=-1"),
        (ZOOKEEPER, "broker.id=1001"),
        (ZOOKEEPER, "broker.id=one"),
        (ZOOKEEPER, "zookeeper.connect="),
        (ZOOKEEPER, "controller.quorum.voters=0@c:9093"),
        (ZOOKEEPER, "zookeeper.metadata.migration.enable=true"),
        (ZOOKEEPER, "zookeeper.metadata.migration.enable=true\ncontroller.quorum.voters=3000@c:9093"),
        (ZOOKEEPER, "zookeeper.metadata.migration.enable=yes"),
        (ZOOKEEPER, "zookeeper.set.acl=true"),
        (ZOOKEEPER, "log.dirs="),
        (ZOOKEEPER, "log.dirs=/a, /b, /a"),
        (ZOOKEEPER, "listeners=PLAINTEXT:9092"),
        (ZOOKEEPER, "listeners=PLAINTEXT://:99999"),
        (ZOOKEEPER, "listeners=PLAINTEXT://:9092,PLAINTEXT://:9093"),
        (
            ZOOKEEPER,
            "listeners=PLAINTEXT://:9092,INTERNAL://:9092\nlistener.security.protocol.map=PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT",
        ),
        (ZOOKEEPER, "listeners=INTERNAL://:9092"),
        (ZOOKEEPER, "listeners=SSL://:9092\nsecurity.inter.broker.protocol=SSL"),
        (ZOOKEEPER, "listeners=PLAINTEXT://0.0.0.0:9092"),
        (
            ZOOKEEPER,
            "advertised.listeners=INTERNAL://h:9092\nlistener.security.protocol.map=PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT",
        ),
        (ZOOKEEPER, "inter.broker.listener.name=INTERNAL"),
        (ZOOKEEPER, "inter.broker.listener.name=PLAINTEXT\nsecurity.inter.broker.protocol=PLAINTEXT"),
        (ZOOKEEPER, "security.inter.broker.protocol=TLS"),
        (ZOOKEEPER, "listener.security.protocol.map=PLAINTEXT"),
        (ZOOKEEPER, "authorizer.class.name=kafka.security.authorizer.AclAuthorizer"),
        (ZOOKEEPER, "num.partitions=0"),
        (ZOOKEEPER, "num.partitions=3000000000"),
        (ZOOKEEPER, "min.insync.replicas="),
        (ZOOKEEPER, "log.cleaner.threads=many"),
        (ZOOKEEPER, "log.segment.bytes=13"),
        (ZOOKEEPER, "log.retention.ms=0"),
        (ZOOKEEPER, "log.retention.hours=forever"),
        (ZOOKEEPER, "log.cleanup.policy=shred"),
        (ZOOKEEPER, "log.cleanup.interval.mins=ten"),
        (ZOOKEEPER, "port=x"),
        (ZOOKEEPER, "replica.fetch.wait.max.ms=40000"),
        (ZOOKEEPER, "queued.max.request.bytes=1000"),
        (ZOOKEEPER, "group.min.session.timeout.ms=1800001"),
        (ZOOKEEPER, "max.connections.per.ip.overrides=h:-1"),
        (ZOOKEEPER, "kedge.admin.listen=9404"),
        (ZOOKEEPER, "kedge.admin.listen=example.com:9404"),
        (BROKER, "process.roles=broker,worker"),
        (BROKER, "process.roles=broker,broker"),
        (BROKER, "controller.quorum.voters="),
        (BROKER, "controller.quorum.voters=5@c:9093"),
        (BROKER, "controller.quorum.voters=1@c"),
        (BROKER, "controller.quorum.voters=1@c:9093,1@d:9093"),
        (BROKER, "controller.quorum.bootstrap.servers=c:9093"),
        (BROKER, "controller.listener.names="),
        (BROKER, "controller.listener.names=PLAINTEXT"),
        (BROKER, "node.id=-1"),
        (CONTROLLER, "node.id=2"),
        (CONTROLLER, "listeners=CONTROLLER://:9093,PLAINTEXT://:9092"),
        (CONTROLLER, "listeners=PLAINTEXT://:9092"),
        (CONTROLLER, "zookeeper.metadata.migration.enable=true"),
        (CONTROLLER, "listener.security.protocol.map=CONTROLLER:SASL_SSL"),
    ];
    let mut seen = String::new();
    for (base, change) in cases {
        let outcome = match read(&format!("{base}{change}")) {
            Ok(_) => "accepted".to_owned(),
            Err(error) => error.to_string(),
        };
        seen.push_str(&format!("{}\n    {outcome}\n", change.replace('\n', " ")));
    }
    assert!(!seen.contains("accepted"), "{seen}");
    insta::assert_snapshot!(seen);
}

#[test]
fn the_three_bases_are_valid() {
    for base in [ZOOKEEPER, BROKER, CONTROLLER] {
        read(base).unwrap_or_else(|error| panic!("{base}: {error}"));
    }
}

#[test]
fn a_controller_listener_needs_no_entry_in_the_default_map() {
    let (config, _) = read(CONTROLLER).unwrap();
    assert_eq!(config.listener_security_protocol_map["CONTROLLER"], crate::context::SecurityProtocol::Plaintext);
    assert!(config.advertised_listeners.is_empty() && config.inter_broker_listener_name.is_empty());
}

#[test]
fn old_spellings_give_way_to_new_ones() {
    let (config, warnings) = read(&format!("{ZOOKEEPER}port=9091\nhost.name=h\nlisteners=PLAINTEXT://:9099")).unwrap();
    assert_eq!(config.listeners[0].port, 9099);
    let superseded = Warning::Superseded { old: "host.name, port".to_owned(), new: "listeners".to_owned() };
    assert_eq!(warnings, [superseded]);

    let (config, _) = read("brokerid=3\nzk.connect=zk:2181\nlog.file.size=1000\nadvertised.host.name=::1").unwrap();
    assert_eq!((config.node_id, config.log.segment_bytes), (3, 1000));
    assert_eq!(config.advertised_listeners[0].to_string(), "PLAINTEXT://[::1]:9092");
}

#[test]
fn times_of_logs_follow_the_finest_unit() {
    let log = |keys: &str| read(&format!("{ZOOKEEPER}{keys}")).unwrap().0.log;
    assert_eq!(log("log.retention.hours=2\nlog.retention.minutes=3").retention_ms, 180_000);
    assert_eq!(log("log.retention.hours=2\nlog.retention.ms=-1").retention_ms, -1);
    assert_eq!(log("log.retention.hours=2").retention_ms, 7_200_000);
    assert_eq!(log("log.roll.hours=2").segment_ms, 7_200_000);
    assert_eq!(log("log.roll.hours=2\nlog.roll.ms=5").segment_ms, 5);
    assert_eq!(log("log.flush.scheduler.interval.ms=9").flush_ms, 9);
    assert_eq!(log("message.max.bytes=77").max_message_bytes, 77);
    assert_eq!(read(ZOOKEEPER).unwrap().0.log, kedge_log::LogConfig::default());
}

#[test]
fn overrides_win_and_are_no_duplicates() {
    let properties = Properties::parse(ZOOKEEPER).unwrap();
    let overrides = [("num.partitions".to_owned(), "7".to_owned()), ("broker.id".to_owned(), " 2".to_owned())];
    let (config, warnings) = KafkaConfig::from_properties(&properties, &overrides).unwrap();
    assert_eq!((config.num_partitions, config.node_id, warnings.len()), (7, 2, 0));
}

#[test]
fn passwords_are_never_shown() {
    let (config, warnings) = read(&format!(
        "{ZOOKEEPER}ssl.key.password=hunter2\nsasl.jaas.config=hunter2\nlistener.name.x.ssl.keystore.password=hunter2\nmy.secret=hunter2\n"
    ))
    .unwrap();
    let everything = format!("{config:?}{warnings:?}{:?}", config.in_force(true));
    assert!(!everything.contains("hunter2"));
    assert!(config.effective().all(|entry| entry.value != Some("hunter2")));
}

#[test]
fn defaults_of_the_table_are_values_of_the_key() {
    for spec in keys() {
        if let Some(default) = spec.default {
            key_spec::check_kind(spec.kind, default).unwrap_or_else(|problem| panic!("{}: {problem}", spec.name));
        }
    }
    let config = KafkaConfig::for_test();
    assert_eq!(config.value_of("num.io.threads"), Some("8"));
    assert_eq!(config.value_of("offsets.topic.replication.factor"), Some("1"));
    assert_eq!(config.value_of("broker.rack"), None);
}

#[test]
fn a_node_without_a_file_formats_itself() {
    let (config, warnings) = KafkaConfig::default_combined(&[]).unwrap();
    assert!(config.format_on_first_start && config.is_kraft() && warnings.is_empty());
    assert_eq!(config.listeners[0].to_string(), "PLAINTEXT://localhost:9092");
    assert!(!read(BROKER).unwrap().0.format_on_first_start);
}

/// Every key with its type, default and effect: the list an operator can hold against Kafka's.
#[test]
fn the_table_of_keys() {
    let lines: Vec<String> = keys()
        .map(|spec| {
            let effect = match spec.effect {
                Effect::Honoured => "honoured".to_owned(),
                Effect::NoEffect(why) => format!("no effect: {why}"),
                Effect::Later(why) => format!("later: {why}"),
                Effect::Refused(why) => format!("refused: {why}"),
            };
            format!("{} {:?} {:?} {:?} {effect}", spec.name, spec.kind, spec.default.unwrap_or("null"), spec.dynamic)
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}
