//! Which topics a pattern names (Kafka's `TopicFilter`): a comma-separated list of regular expressions, each for a whole name.

use regex::Regex;

use super::ToolError;

/// Topics that Kafka itself makes.
const INTERNAL: [&str; 3] = ["__consumer_offsets", "__transaction_state", "__share_group_state"];

pub(super) fn is_internal(topic: &str) -> bool {
    INTERNAL.contains(&topic)
}

/// A pattern of topic names.
#[derive(Debug)]
pub(super) struct TopicFilter(Regex);

impl TopicFilter {
    /// Reads a pattern: commas separate alternatives, blanks and surrounding quotes do not count.
    pub(super) fn parse(pattern: &str) -> Result<TopicFilter, ToolError> {
        let alternatives = pattern.trim().replace(',', "|").replace(' ', "");
        let alternatives = alternatives.trim_matches(['"', '\'']);
        let whole = Regex::new(&format!("^(?:{alternatives})$"));
        whole.map(TopicFilter).map_err(|_| ToolError(format!("{pattern} is an invalid regex.")))
    }

    /// Whether it names this topic.
    pub(super) fn names(&self, topic: &str) -> bool {
        self.0.is_match(topic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_whole_topics() {
        let names = |pattern: &str, topic: &str| TopicFilter::parse(pattern).unwrap().names(topic);
        assert!(names("a, 'b.*", "b1") || names("a,b.*", "b1"));
        assert!(names("\"a\\.b\"", "a.b") && !names("a\\.b", "axb") && names("a.b", "axb"));
        assert!(!names("a", "aa") && names("a,b", "b") && !names("a,b", "ab"));
        assert_eq!(TopicFilter::parse("(").unwrap_err().to_string(), "( is an invalid regex.");
        assert!(is_internal("__consumer_offsets") && !is_internal("orders"));
    }
}
