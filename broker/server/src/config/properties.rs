//! Java's `.properties` text: comments, continued lines, the separators `=`, `:` and blank, escapes, repeated keys.

use std::collections::BTreeMap;

/// The keys of a properties file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties {
    values: BTreeMap<String, String>,
    entries: Vec<Entry>,
    duplicates: Vec<String>,
}

/// One entry of a file, as it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Line of the file on which it begins, from 1.
    pub line: usize,
    /// Its key, untrimmed.
    pub key: String,
    /// Its value, untrimmed.
    pub value: String,
}

/// An escape that Java refuses too.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: malformed \\uXXXX escape")]
pub struct PropertiesError {
    /// Line of the file, from 1.
    pub line: usize,
}

impl Properties {
    /// Reads the text of a properties file.
    pub fn parse(text: &str) -> Result<Properties, PropertiesError> {
        let mut properties = Properties::default();
        let mut lines = text.lines().enumerate();
        while let Some((index, line)) = lines.next() {
            let mut logical = trim_start(line).to_owned();
            if logical.is_empty() || logical.starts_with(['#', '!']) {
                continue;
            }
            while is_continued(&logical) {
                logical.pop();
                let Some((_, next)) = lines.next() else { break };
                logical.push_str(trim_start(next));
            }
            let (key, value) = split(&logical);
            let malformed = || PropertiesError { line: index + 1 };
            let key = unescape(key).ok_or_else(malformed)?;
            let value = unescape(value).ok_or_else(malformed)?;
            if properties.values.contains_key(&key) && !properties.duplicates.contains(&key) {
                properties.duplicates.push(key.clone());
            }
            properties.entries.push(Entry { line: index + 1, key: key.clone(), value: value.clone() });
            properties.values.insert(key, value);
        }
        Ok(properties)
    }

    /// The value of a key, untrimmed.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// Every key and its last value, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Every entry in the order of the file, repeated keys included.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Keys that the file holds more than once; the last value counts.
    pub fn duplicates(&self) -> &[String] {
        &self.duplicates
    }
}

/// Java's white space in a properties file: blank, tab, form feed.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{c}')
}

fn trim_start(text: &str) -> &str {
    text.trim_start_matches(is_blank)
}

fn is_continued(line: &str) -> bool {
    line.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1
}

/// Cuts at the first unescaped separator: blanks, then at most one `=` or `:`, then blanks.
fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    let end = line.find(|c: char| {
        let separates = !escaped && (is_blank(c) || c == '=' || c == ':');
        escaped = !escaped && c == '\\';
        separates
    });
    let (key, rest) = line.split_at(end.unwrap_or(line.len()));
    let rest = trim_start(rest);
    (key, trim_start(rest.strip_prefix(['=', ':']).unwrap_or(rest)))
}

/// None for a `\u` without four hex digits. Escaped UTF-16 surrogate pairs become one character, a lone half U+FFFD.
fn unescape(text: &str) -> Option<String> {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    let push = |units: &mut Vec<u16>, c: char| units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
    while let Some(c) = chars.next() {
        if c != '\\' {
            push(&mut units, c);
            continue;
        }
        match chars.next() {
            None => break,
            Some('u') => {
                let digits = chars.as_str().get(..4)?;
                if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return None;
                }
                units.push(u16::from_str_radix(digits, 16).ok()?);
                chars = chars.as_str()[4..].chars();
            }
            Some('t') => units.push(u16::from(b'\t')),
            Some('n') => units.push(u16::from(b'\n')),
            Some('r') => units.push(u16::from(b'\r')),
            Some('f') => units.push(0x0c),
            Some(other) => push(&mut units, other),
        }
    }
    Some(String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, key: &str) -> Option<String> {
        Properties::parse(text).unwrap().get(key).map(str::to_owned)
    }

    #[test]
    fn reads_what_java_reads() {
        let cases = [
            ("a=1", "a", "1"),
            ("  a  =  1 ", "a", "1 "),
            ("a:1", "a", "1"),
            ("a 1", "a", "1"),
            ("a = = 1", "a", "= 1"),
            ("a", "a", ""),
            ("a=1,\\\n    2", "a", "1,2"),
            ("a=1\\\\\nb=2", "a", "1\\"),
            ("a\\=b=c", "a=b", "c"),
            ("a\\ b c", "a b", "c"),
            ("a=\\u00e9\\t\\q", "a", "é\tq"),
            ("a=\\ud83d\\ude00", "a", "😀"),
            ("#a=0\n!a=0\n\n a=1", "a", "1"),
            ("a=1 # no comment", "a", "1 # no comment"),
            ("a=1\\", "a", "1"),
            ("a=1\r\nb=2\r\n", "a", "1"),
        ];
        for (text, key, expected) in cases {
            assert_eq!(value(text, key).as_deref(), Some(expected), "{text:?}");
        }
        assert_eq!(value("# a=1 \\\nb=2", "b").as_deref(), Some("2"), "a comment is not continued");
    }

    #[test]
    fn the_last_of_equal_keys_wins_and_is_named_once() {
        let properties = Properties::parse("a=1\nb=1\na=2\na=3").unwrap();
        assert_eq!(properties.get("a"), Some("3"));
        assert_eq!(properties.duplicates(), ["a"]);
    }

    #[test]
    fn a_bad_escape_names_its_line() {
        for text in ["a=1\nb=\\u12", "a=1\nb=\\u+123", "a=1\nb=\\u00éé"] {
            assert_eq!(Properties::parse(text), Err(PropertiesError { line: 2 }), "{text:?}");
        }
    }
}
