//! From Kafka's names to Rust's.

/// `LastKnownElr` to `last_known_elr`; `KRaft` counts as one word; Rust's keywords become raw.
pub(crate) fn field(name: &str) -> String {
    let snake = snake(name);
    if matches!(snake.as_str(), "type" | "match" | "ref" | "move" | "where") { format!("r#{snake}") } else { snake }
}

/// `FetchRequest` to `fetch_request`, also a module's name.
pub(crate) fn snake(name: &str) -> String {
    let mut out = String::new();
    let mut previous_lower = false;
    for character in name.replace("KRaft", "Kraft").chars() {
        if character.is_ascii_uppercase() && previous_lower {
            out.push('_');
        }
        previous_lower = !character.is_ascii_uppercase();
        out.push(character.to_ascii_lowercase());
    }
    out
}

/// `LeaderAndIsr` to `LEADER_AND_ISR`.
pub(crate) fn constant(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    #[test]
    fn names() {
        assert_eq!(super::field("isKRaftController"), "is_kraft_controller");
        assert_eq!(super::field("Type"), "r#type");
        assert_eq!(super::snake("OffsetForLeaderEpochRequest"), "offset_for_leader_epoch_request");
        assert_eq!(super::constant("LeaderAndIsr"), "LEADER_AND_ISR");
    }
}
