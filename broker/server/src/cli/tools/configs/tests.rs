//! Flags, and the lines of a description.

use kedge_protocol::messages::describe_configs_response::DescribeConfigsSynonym;

use super::{
    super::{answers, parsed},
    *,
};

fn action(line: &str) -> Result<Action, ToolError> {
    parsed::<ConfigsArgs>("configs", &format!("--bootstrap-server h:1 {line}")).action()
}

#[test]
fn wrong_combinations_are_refused_in_kafkas_words() {
    let lines = [
        "",
        "--describe --alter",
        "--describe --entity-type topics --add-config a=b",
        "--describe",
        "--describe --entity-type queues",
        "--describe --entity-type users",
        "--describe --entity-type users --entity-type clients",
        "--describe --entity-type topics --entity-type brokers",
        "--describe --entity-type topics --topic t",
        "--describe --entity-type brokers --entity-name one",
        "--alter --entity-type topics --add-config a=b",
        "--alter --entity-type brokers --add-config a=b",
        "--alter --topic t",
        "--alter --topic t --add-config a",
        "--alter --topic t --add-config a$=b",
        "--alter --topic t --add-config a=b --add-config-file f",
        "--describe --topic t --zookeeper h:1",
    ];
    insta::assert_snapshot!(answers(&lines, action));
}

#[test]
fn entities_are_named_in_either_form() {
    let entity = |line: &str| match action(&format!("--describe {line}")).unwrap() {
        Action::Describe(entity) => entity,
        Action::Alter(..) => panic!("{line}"),
    };
    assert_eq!(entity("--entity-type topics"), Entity::EveryTopic);
    assert_eq!(entity("--topic t"), Entity::Topic("t".to_owned()));
    assert_eq!(entity("--entity-type topics --entity-name t"), Entity::Topic("t".to_owned()));
    assert_eq!(entity("--entity-type brokers"), Entity::EveryBroker);
    assert_eq!(entity("--entity-type brokers --entity-default"), Entity::BrokerDefault);
    assert_eq!(entity("--broker-defaults"), Entity::BrokerDefault);
    assert_eq!(entity("--broker 3"), Entity::Broker(3));
}

#[test]
fn brackets_keep_commas_in_a_value() {
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let pairs = parse_added("a=1, b = [x:1,y=2],c=").unwrap();
    assert_eq!(pairs, [pair("a", "1"), pair("b", "x:1,y=2"), pair("c", "")]);
    assert_eq!(parse_added("a=1,a=2").unwrap(), [pair("a", "2")]);
    assert!(parse_added("a=1=2").is_err() && parse_added("a").is_err());
}

#[test]
fn a_description_has_kafkas_lines() {
    let config =
        |name: &str, value: Option<&str>, config_source, synonyms: &[(i8, &str, &str)]| DescribeConfigsResourceResult {
            name: name.to_owned(),
            value: value.map(str::to_owned),
            config_source,
            is_sensitive: value.is_none(),
            synonyms: synonyms
                .iter()
                .map(|(source, name, value)| DescribeConfigsSynonym {
                    name: (*name).to_owned(),
                    value: Some((*value).to_owned()),
                    source: *source,
                })
                .collect(),
            ..Default::default()
        };
    let configs = [
        config("segment.bytes", Some("9"), 4, &[(4, "log.segment.bytes", "9")]),
        config("retention.ms", Some("7"), 1, &[(1, "retention.ms", "7"), (5, "log.retention.hours", "168")]),
        config("secret", None, 1, &[]),
    ];
    let text = [
        describe_entity(&Entity::Topic("t".to_owned()), &configs, false),
        describe_entity(&Entity::Topic("t".to_owned()), &configs, true),
        describe_entity(&Entity::Broker(1), &[], false),
        describe_entity(&Entity::BrokerDefault, &[], true),
    ];
    insta::assert_snapshot!(text.concat());
}
