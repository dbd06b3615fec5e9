//! `key=value` pairs from flags and properties files.

use std::{collections::BTreeMap, path::Path};

use super::{ToolError, read_text};
use crate::config::Properties;

/// Keys and values; the last word on a key wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KeyValues(BTreeMap<String, String>);

impl KeyValues {
    /// Reads a properties file.
    pub(super) fn read(file: &Path) -> Result<KeyValues, ToolError> {
        let text = read_text(file)?;
        let properties = Properties::parse(&text).map_err(|error| ToolError(format!("{}: {error}", file.display())))?;
        Ok(KeyValues(properties.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()))
    }

    /// A file, if one is given, and over it `KEY=VALUE` flags; a flag without `=` is an empty value.
    pub(super) fn of(file: Option<&Path>, flags: &[String]) -> Result<KeyValues, ToolError> {
        let mut values = file.map(KeyValues::read).transpose()?.unwrap_or_default();
        for flag in flags {
            let (key, value) = flag.split_once('=').unwrap_or((flag, ""));
            values.0.insert(key.to_owned(), value.to_owned());
        }
        Ok(values)
    }

    /// The pairs, in the order of their keys.
    pub(super) fn into_pairs(self) -> Vec<(String, String)> {
        self.0.into_iter().collect()
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Whether a key says `true`, in any case; another word is no.
    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        self.get(key).map(|value| value.trim().eq_ignore_ascii_case("true"))
    }

    /// A number.
    pub(super) fn number<N: std::str::FromStr>(&self, key: &str) -> Result<Option<N>, ToolError> {
        let parse = |value: &str| {
            value
                .trim()
                .parse()
                .map_err(|_| ToolError(format!("Invalid value {value} for configuration {key}: not a number")))
        };
        self.get(key).map(parse).transpose()
    }

    /// Refuses a listener that this build cannot speak to.
    pub(super) fn refuse_security(&self) -> Result<(), ToolError> {
        match self.get("security.protocol") {
            None | Some("PLAINTEXT") => Ok(()),
            Some(other) => Err(ToolError(format!(
                "security.protocol={other} is not there yet: this tool connects to PLAINTEXT listeners"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_go_over_the_file_and_a_value_may_hold_equals_signs() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("client.properties");
        std::fs::write(&file, "acks=all\nlinger.ms = 5\n").unwrap();
        let flags = ["acks=1", "key.separator==", "null.literal"].map(str::to_owned);
        let values = KeyValues::of(Some(&file), &flags).unwrap();
        let seen = ["acks", "linger.ms", "key.separator", "null.literal", "x"].map(|key| values.get(key));
        assert_eq!(seen, [Some("1"), Some("5"), Some("="), Some(""), None]);
        assert_eq!(values.number::<u32>("linger.ms").unwrap(), Some(5));
        assert!(values.number::<u32>("key.separator").is_err());
    }

    #[test]
    fn a_protocol_that_is_not_spoken_is_refused_by_name() {
        let values = KeyValues::of(None, &["security.protocol=SASL_SSL".to_owned()]).unwrap();
        assert!(values.refuse_security().unwrap_err().to_string().contains("security.protocol=SASL_SSL"));
    }
}
