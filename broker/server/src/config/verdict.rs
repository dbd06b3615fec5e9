//! What becomes of each line of a file and of each `--override`, for `--check-config`.

use std::collections::BTreeMap;
use std::fmt;

use super::{
    Effect, Properties, Warning, is_sensitive,
    key_spec::check_kind,
    keys::{effect, key_spec},
    old_spellings,
};

/// What becomes of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does what it does in Kafka.
    Honoured,
    /// A key of a former release, read as today's.
    Translated {
        /// Today's key and its value.
        to: String,
    },
    /// Something else in the file, or an override, wins over it.
    NotUsed {
        /// What wins.
        why: String,
    },
    /// Accepted; it has no meaning here, and why.
    NoEffect(&'static str),
    /// Accepted; what it configures is missing here.
    NotYet(&'static str),
    /// Neither Kafka nor Kedge has such a key.
    Unknown,
    /// The node does not start with it, and why.
    Refused(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Honoured => f.write_str("honoured"),
            Verdict::Translated { to } => write!(f, "translated to {to}"),
            Verdict::NotUsed { why } => write!(f, "not used: {why}"),
            Verdict::NoEffect(why) => write!(f, "accepted without effect: {why}"),
            Verdict::NotYet(why) => write!(f, "not yet honoured: {why}"),
            Verdict::Unknown => f.write_str("unknown: ignored with a warning"),
            Verdict::Refused(why) => write!(f, "refused: {why}"),
        }
    }
}

/// One line of a file, or one override, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedLine {
    /// Line of the file, from 1; None for an override.
    pub line: Option<usize>,
    /// The key, trimmed.
    pub key: String,
    /// Its value, trimmed; hidden if it may be a password.
    pub value: String,
    /// What becomes of it.
    pub verdict: Verdict,
}

/// Keys that are not looked at while one of the others is set.
pub(super) const WEAKER: &[(&str, &[&str])] = &[
    ("log.dir", &["log.dirs"]),
    ("log.retention.minutes", &["log.retention.ms"]),
    ("log.retention.hours", &["log.retention.ms", "log.retention.minutes"]),
    ("log.roll.hours", &["log.roll.ms"]),
];

/// Judges a file and its overrides line by line, in their order. Contradictions between keys are not looked at.
pub fn judge_lines(properties: &Properties, overrides: &[(String, String)]) -> Vec<JudgedLine> {
    let from_file = properties.entries().iter().map(|entry| (Some(entry.line), &entry.key, &entry.value));
    let given: Vec<(Option<usize>, &str, &str)> = from_file
        .chain(overrides.iter().map(|(key, value)| (None, key, value)))
        .map(|(line, key, value)| (line, key.trim(), value.trim()))
        .collect();
    let values = given.iter().map(|(_, key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let context = Context::new(values);
    let lines = given.iter().enumerate().map(|(place, (line, key, value))| {
        let repeated = given[place + 1..].iter().rfind(|(_, later, _)| later == key);
        let verdict = match repeated {
            Some((Some(line), ..)) => Verdict::NotUsed { why: format!("line {line} gives the key again") },
            Some((None, ..)) => Verdict::NotUsed { why: "an --override gives the key".to_owned() },
            None => context.verdict(key, value),
        };
        let value = if is_sensitive(key) { "[hidden]" } else { *value };
        JudgedLine { line: *line, key: (*key).to_owned(), value: value.to_owned(), verdict }
    });
    lines.collect()
}

/// All keys given, for what one key does to another.
struct Context {
    /// Keys in today's spelling.
    values: BTreeMap<String, String>,
    /// What became of old spellings.
    translations: Vec<Warning>,
    /// Why old spellings cannot be translated, and which.
    refused: Option<super::ConfigError>,
}

impl Context {
    fn new(mut values: BTreeMap<String, String>) -> Context {
        let mut translations = Vec::new();
        let refused = old_spellings::translate(&mut values, &mut translations).err();
        Context { values, translations, refused }
    }

    fn verdict(&self, key: &str, value: &str) -> Verdict {
        if let Some(error) = self.refused.as_ref().filter(|error| error.key == key) {
            return Verdict::Refused(error.problem.clone());
        }
        for translation in &self.translations {
            match translation {
                Warning::Translated { old, new, value } if old.split(", ").any(|old| old == key) => {
                    return Verdict::Translated { to: format!("{new}={value}") };
                }
                Warning::Superseded { old, new } if old.split(", ").any(|old| old == key) => {
                    return Verdict::NotUsed { why: format!("an old spelling, and {new} is set") };
                }
                _ => {}
            }
        }
        let stronger = WEAKER.iter().filter(|(weaker, _)| *weaker == key).flat_map(|(_, stronger)| *stronger);
        if let Some(winner) = stronger.copied().find(|stronger| self.values.contains_key(*stronger)) {
            return Verdict::NotUsed { why: format!("{winner} is set") };
        }
        judge(key, value)
    }
}

/// What becomes of one key by itself, old spellings aside.
pub(super) fn judge(key: &str, value: &str) -> Verdict {
    let spec = key_spec(key);
    if let Some(Err(problem)) = spec.map(|spec| check_kind(spec.kind, value)) {
        return Verdict::Refused(problem);
    }
    match effect(key) {
        None => Verdict::Unknown,
        Some(Effect::Refused(why)) if !is_default(key, value) => Verdict::Refused(why.to_owned()),
        Some(Effect::Later(why)) => Verdict::NotYet(why),
        Some(Effect::NoEffect(why)) => Verdict::NoEffect(why),
        Some(Effect::Honoured | Effect::Refused(_)) => Verdict::Honoured,
    }
}

/// Whether a value is what the key has anyway.
pub(super) fn is_default(key: &str, value: &str) -> bool {
    key_spec(key).is_some_and(|spec| spec.default.unwrap_or_default().eq_ignore_ascii_case(value))
}
