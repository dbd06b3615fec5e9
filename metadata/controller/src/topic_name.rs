//! Topic names: what is allowed, and which names collide (Kafka's `Topic`).

use kedge_metadata_state::{ErrorCode, Image};

use crate::{ApiError, ApiResult, limits};

/// The metadata log itself; nobody may create a topic of this name.
pub(crate) const CLUSTER_METADATA_TOPIC_NAME: &str = "__cluster_metadata";

/// Refuses names that Kafka refuses.
pub(crate) fn validate(topic_name: &str) -> ApiResult<()> {
    let invalid = |why: &str| Err(ApiError::new(ErrorCode::INVALID_TOPIC_EXCEPTION, format!("topic name {why}")));
    if topic_name.is_empty() {
        return invalid("is empty");
    }
    if topic_name == "." || topic_name == ".." {
        return invalid("may not be '.' or '..'");
    }
    if topic_name.len() > limits::TOPIC_NAME_LENGTH_MAX {
        return invalid(&format!("has {} characters, {} are allowed", topic_name.len(), limits::TOPIC_NAME_LENGTH_MAX));
    }
    match topic_name.chars().find(|it| !it.is_ascii_alphanumeric() && !['.', '_', '-'].contains(it)) {
        Some(bad) => {
            invalid(&format!("{topic_name:?} contains {bad:?}; letters, digits, '.', '_' and '-' are allowed"))
        }
        None => Ok(()),
    }
}

/// The two names are different, but the same once `.` is read as `_`, which is what metric names do.
pub(crate) fn collide(one: &str, other: &str) -> bool {
    let unified = |byte: u8| if byte == b'.' { b'_' } else { byte };
    one != other && one.len() == other.len() && one.bytes().map(unified).eq(other.bytes().map(unified))
}

/// An existing topic whose name differs only by `.` and `_`.
pub(crate) fn colliding<'a>(image: &'a Image, topic_name: &str) -> Option<&'a str> {
    if !topic_name.contains(['.', '_']) {
        return None;
    }
    image.topics.by_name.keys().map(String::as_str).find(|other| collide(other, topic_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_collide_by_dot_and_underscore_only() {
        assert!(collide("a.b", "a_b"));
        assert!(collide("a._b", "a_.b"));
        assert!(!collide("a.b", "a.b"));
        assert!(!collide("a-b", "a_b"));
    }

    #[test]
    fn names() {
        for good in ["a", "A-1_b.c", &"x".repeat(249), "...", "__consumer_offsets"] {
            assert_eq!(validate(good), Ok(()), "{good}");
        }
        for bad in ["", ".", "..", "a b", "a/b", "ä", "a:b", &"x".repeat(250)] {
            assert_eq!(validate(bad).unwrap_err().error_code, ErrorCode::INVALID_TOPIC_EXCEPTION, "{bad}");
        }
    }
}
