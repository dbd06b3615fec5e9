//! Flags, and the text of a record.

use kedge_protocol::batch::{BatchBuilder, BatchIter, TimestampType};

use super::{super::parsed, *};

fn order(line: &str) -> Result<Order, ToolError> {
    parsed::<ConsumeArgs>("consume", &format!("--bootstrap-server h:1 {line}")).order()
}

#[test]
fn wrong_combinations_are_refused_in_kafkas_words() {
    let lines = [
        "",
        "--topic t --include u",
        "--whitelist t --topic u",
        "--partition 0",
        "--topic t --offset 3",
        "--topic t --partition 0 --offset 3 --from-beginning",
        "--topic t --partition 0 --offset -3",
        "--topic t --partition 0 --offset soon",
        "--topic t --partition 0 --group g",
        "--topic t --group g --consumer-property group.id=h",
        "--topic t --from-beginning --consumer-property auto.offset.reset=latest",
        "--topic t --isolation-level strict",
        "--topic t --formatter my.Formatter",
        "--topic t --value-deserializer my.Deserializer",
        "--include (",
    ];
    let told: Vec<String> = lines
        .iter()
        .map(|line| {
            let error = order(line).map_or_else(|error| error.to_string(), |_| "taken".to_owned());
            format!("{line}\n    {}", error.lines().next().unwrap_or_default())
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn only_a_named_group_keeps_offsets() {
    let alone = order("--topic t").unwrap();
    assert!(alone.group.name.starts_with("console-consumer-") && alone.group.commit_interval.is_none());
    assert_eq!((alone.begin, alone.max_messages, alone.timeout), (Begin::Latest, None, None));
    let named = order("--topic t --group g --from-beginning --max-messages 3 --timeout-ms 500").unwrap();
    assert_eq!((named.group.name.as_str(), named.group.commit_interval), ("g", Some(Duration::from_secs(5))));
    assert_eq!(
        (named.begin, named.max_messages, named.timeout),
        (Begin::Earliest, Some(3), Some(Duration::from_millis(500)))
    );
    let unkept = order("--topic t --group g --consumer-property enable.auto.commit=false").unwrap();
    assert_eq!(unkept.group.commit_interval, None);
    assert_eq!(order("--topic t --partition 2 --offset 7").unwrap().begin, Begin::At(7));
    assert_eq!(order("--topic t --max-messages -1 --timeout-ms -1").unwrap().max_messages, None);
}

#[test]
fn records_are_printed_as_kafka_prints_them() {
    let mut builder = BatchBuilder::new(7);
    builder.append(1_000, Some(b"key"), Some(b"value"), &[("h1", Some(b"v1")), ("h2", None)]);
    builder.append(2_000, None, None, &[]);
    builder.append(3_000, Some(&5_i64.to_be_bytes()), Some(&6_i32.to_be_bytes()), &[]);
    let batch = builder.build();
    let printed = |properties: &[&str]| {
        let flags: Vec<String> = properties.iter().map(|flag| (*flag).to_owned()).collect();
        let formatter = Formatter::configured(&KeyValues::of(None, &flags).unwrap()).unwrap();
        let mut out = Vec::new();
        for record in BatchIter::new(&batch).next().unwrap().unwrap().records().unwrap() {
            formatter.write(3, &record.unwrap(), TimestampType::CreateTime, &mut out);
        }
        String::from_utf8_lossy(&out).escape_debug().to_string()
    };
    let serialization = "org.apache.kafka.common.serialization";
    let rows = [
        printed(&[]),
        printed(&["print.key=true", "key.separator=:", "null.literal=NULL"]),
        printed(&[
            "print.timestamp=true",
            "print.partition=true",
            "print.offset=true",
            "print.headers=true",
            "print.key=true",
        ]),
        printed(&["print.value=false", "print.key=true", "line.separator=;"]),
        printed(&["print.value=false"]),
        printed(&[
            "print.key=true",
            &format!("key.deserializer={serialization}.LongDeserializer"),
            &format!("value.deserializer={serialization}.IntegerDeserializer"),
        ]),
    ];
    insta::assert_snapshot!(rows.join("\n"));
}
