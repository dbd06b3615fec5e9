//! Java properties files.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use crate::PartsError;

/// A set of `key=value` lines, as `server.properties` and `zoo.cfg` hold them. Keys and values are written as they are:
/// nothing that a test uses needs escaping.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties(BTreeMap<String, String>);

impl Properties {
    /// No lines.
    pub fn new() -> Properties {
        Properties::default()
    }

    /// Sets one key, replacing its value.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl ToString) -> Properties {
        self.set(key, value);
        self
    }

    /// Removes one key, if it is there.
    #[must_use]
    pub fn without(mut self, key: &str) -> Properties {
        self.0.remove(key);
        self
    }

    /// Sets every key of `other`, replacing values.
    #[must_use]
    pub fn merged(mut self, other: &Properties) -> Properties {
        self.0.extend(other.0.iter().map(|(key, value)| (key.clone(), value.clone())));
        self
    }

    /// Sets one key in place.
    pub fn set(&mut self, key: &str, value: impl ToString) {
        self.0.insert(key.to_owned(), value.to_string());
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// The lines, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Reads the `key=value` lines of a file; `#` lines and blank ones are skipped. Good for `meta.properties`.
    ///
    /// # Errors
    /// [`PartsError::Io`] if the file cannot be read.
    pub fn read(path: &Path) -> Result<Properties, PartsError> {
        let text = std::fs::read_to_string(path).map_err(PartsError::io(path.display().to_string()))?;
        let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        Ok(Properties(
            lines
                .filter_map(|line| line.split_once('='))
                .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
                .collect(),
        ))
    }

    /// Writes the file, replacing what was there.
    ///
    /// # Errors
    /// [`PartsError::Io`] if it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), PartsError> {
        std::fs::write(path, self.to_string()).map_err(PartsError::io(path.display().to_string()))
    }
}

impl fmt::Display for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(key, value)| writeln!(f, "{key}={value}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_sorted_and_the_last_value_wins() {
        let properties = Properties::new().with("node.id", 1).with("log.dirs", "/a,/b").with("node.id", 2).without("x");
        assert_eq!(properties.to_string(), "log.dirs=/a,/b\nnode.id=2\n");
        assert_eq!(properties.get("node.id"), Some("2"));
    }
}
