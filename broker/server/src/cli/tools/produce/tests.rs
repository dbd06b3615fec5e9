//! Flags, and lines as records.

use super::{super::parsed, *};

fn order(line: &str) -> Result<Order, ToolError> {
    parsed::<ProduceArgs>("produce", line).order()
}

fn problem(line: &str) -> String {
    order(line).err().map_or_else(|| format!("{line} is taken"), |error| error.to_string())
}

#[test]
fn flags_of_every_era_are_taken() {
    let old = order("--broker-list a:1,b:2 --topic t --request-required-acks 1").unwrap();
    assert_eq!((old.servers.as_str(), old.client_id.as_str()), ("a:1,b:2", "console-producer"));
    assert_eq!((old.sender.acks, old.sender.idempotent), (1, false));
    let new =
        order("--bootstrap-server a:1 --broker-list b:2 --topic t --request-required-acks -1 --compression-codec")
            .unwrap();
    assert_eq!((new.servers.as_str(), new.sender.acks, new.sender.idempotent), ("a:1", -1, true));
    let tuned =
        order("--bootstrap-server a:1 --topic t --producer-property acks=1 --producer-property batch.size=9").unwrap();
    assert_eq!((tuned.sender.acks, tuned.sender.batch_bytes), (1, 9));
}

#[test]
fn wrong_flags_are_refused() {
    assert!(problem("--topic t").starts_with("Missing required option(s) [bootstrap-server]"));
    assert!(problem("--bootstrap-server a:1").starts_with("Missing required argument \"[topic]\""));
    assert!(problem("--bootstrap-server a:1 --topic t --request-required-acks 2").starts_with("Invalid value 2 for"));
    assert!(problem("--bootstrap-server a:1 --topic t --line-reader my.Reader").contains("my.Reader"));
    assert!(problem("--bootstrap-server a:1 --topic t --producer-property security.protocol=SSL").contains("SSL"));
    assert_eq!(
        problem("--bootstrap-server a:1 --topic t --property headers.separator=:"),
        "headers.separator and headers.key.separator may not be equal"
    );
}

#[test]
fn lines_become_records() {
    let read = |properties: &[&str], line: &str| {
        let flags: Vec<String> = properties.iter().map(|flag| (*flag).to_owned()).collect();
        let record = LineReader::configured(&KeyValues::of(None, &flags).unwrap()).unwrap().record(line.as_bytes(), 7);
        let text = |field: Option<Vec<u8>>| field.map_or("null".to_owned(), |bytes| String::from_utf8(bytes).unwrap());
        match record {
            Ok(record) => {
                let headers = record.headers.into_iter().map(|(key, value)| format!("{key}={}", text(value)));
                let headers: Vec<String> = headers.collect();
                format!("{:?} | {} | {}", headers, text(record.key), text(record.value))
            }
            Err(error) => error.to_string(),
        }
    };
    let rows = [
        read(&[], "plain\tline"),
        read(&[], ""),
        read(&["parse.key=true"], "key\tvalue\tmore"),
        read(&["parse.key=true", "key.separator=::"], "key::value"),
        read(&["parse.key=true"], "no key"),
        read(&["parse.key=TRUE", "ignore.error=true"], "no key"),
        read(&["parse.key=true", "null.marker=NULL"], "NULL\tNULL"),
        read(&["parse.headers=true", "parse.key=true"], "h1:v1,h2:v2\tkey\tvalue"),
        read(&["parse.headers=true", "null.marker=NULL"], "h1:NULL,h2:\tvalue"),
        read(&["parse.headers=true"], "h1\tvalue"),
        read(&["parse.headers=true", "ignore.error=true"], "h1\tvalue"),
        read(&["parse.headers=true", "null.marker=NULL"], "NULL:1\tvalue"),
        read(&["parse.headers=true"], "no delimiter"),
    ];
    insta::assert_snapshot!(rows.join("\n"));
}
