//! Lines as records (Kafka's `LineMessageReader`). Pure.

use super::super::{ToolError, key_values::KeyValues};

/// A header: its key, and its value or null.
pub(super) type Header = (String, Option<Vec<u8>>);

/// A record that was read; its fields are null where Kafka's are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) key: Option<Vec<u8>>,
    pub(super) value: Option<Vec<u8>>,
    pub(super) headers: Vec<Header>,
}

/// How a line is cut.
#[derive(Clone, Debug)]
pub(super) struct LineReader {
    parse_key: bool,
    key_separator: String,
    parse_headers: bool,
    headers_delimiter: String,
    headers_separator: String,
    headers_key_separator: String,
    ignore_error: bool,
    null_marker: Option<String>,
}

impl LineReader {
    /// From `--property` flags.
    pub(super) fn configured(values: &KeyValues) -> Result<LineReader, ToolError> {
        let text = |key: &str, default: &str| values.get(key).unwrap_or(default).to_owned();
        let reader = LineReader {
            parse_key: values.flag("parse.key").unwrap_or(false),
            key_separator: text("key.separator", "\t"),
            parse_headers: values.flag("parse.headers").unwrap_or(false),
            headers_delimiter: text("headers.delimiter", "\t"),
            headers_separator: text("headers.separator", ","),
            headers_key_separator: text("headers.key.separator", ":"),
            ignore_error: values.flag("ignore.error").unwrap_or(false),
            null_marker: values.get("null.marker").map(str::to_owned),
        };
        let marker = reader.null_marker.as_deref();
        let (delimiter, separator) = (reader.headers_delimiter.as_str(), reader.headers_separator.as_str());
        let key_of_header = reader.headers_key_separator.as_str();
        let clashes = [
            (delimiter == separator, "headers.delimiter and headers.separator"),
            (delimiter == key_of_header, "headers.delimiter and headers.key.separator"),
            (separator == key_of_header, "headers.separator and headers.key.separator"),
            (marker == Some(&reader.key_separator), "null.marker and key.separator"),
            (marker == Some(separator), "null.marker and headers.separator"),
            (marker == Some(delimiter), "null.marker and headers.delimiter"),
            (marker == Some(key_of_header), "null.marker and headers.key.separator"),
        ];
        match clashes.iter().find(|(clash, _)| *clash) {
            Some((_, names)) => Err(ToolError(format!("{names} may not be equal"))),
            None => Ok(reader),
        }
    }

    /// The record of a line, counted from 1. Fails when a separator is missing and errors count.
    pub(super) fn record(&self, line: &[u8], line_number: u64) -> Result<Record, ToolError> {
        let cut =
            |enabled: bool, rest: &'_ [u8], mark: &str, name: &str| -> Result<Option<(usize, usize)>, ToolError> {
                match find(rest, mark.as_bytes()) {
                    _ if !enabled => Ok(None),
                    Some(at) => Ok(Some((at, at + mark.len()))),
                    None if self.ignore_error => Ok(None),
                    None => {
                        let line = String::from_utf8_lossy(line);
                        Err(ToolError(format!("No {name} found on line number {line_number}: '{line}'")))
                    }
                }
            };
        let headers = cut(self.parse_headers, line, &self.headers_delimiter, "headers delimiter")?;
        let (headers, rest) = headers.map_or((None, line), |(end, next)| (Some(&line[..end]), &line[next..]));
        let key = cut(self.parse_key, rest, &self.key_separator, "key separator")?;
        let (key, value) = key.map_or((None, rest), |(end, next)| (Some(&rest[..end]), &rest[next..]));
        let headers = headers.filter(|headers| !self.is_null(headers));
        Ok(Record {
            key: key.filter(|key| !self.is_null(key)).map(<[u8]>::to_vec),
            value: Some(value).filter(|value| !self.is_null(value)).map(<[u8]>::to_vec),
            headers: headers.map_or_else(|| Ok(Vec::new()), |headers| self.headers(headers, line_number))?,
        })
    }

    fn is_null(&self, field: &[u8]) -> bool {
        self.null_marker.as_ref().is_some_and(|marker| marker.as_bytes() == field)
    }

    fn headers(&self, text: &[u8], line_number: u64) -> Result<Vec<Header>, ToolError> {
        let text = String::from_utf8_lossy(text);
        let header = |pair: &str| match pair.split_once(&self.headers_key_separator) {
            None if self.ignore_error => Ok((pair.to_owned(), None)),
            None => {
                Err(ToolError(format!("No header key separator found in pair '{pair}' on line number {line_number}")))
            }
            Some((key, _)) if self.is_null(key.as_bytes()) => Err(ToolError(format!(
                "Header keys should not be equal to the null marker '{key}' as they can't be null"
            ))),
            Some((key, value)) if self.is_null(value.as_bytes()) => Ok((key.to_owned(), None)),
            Some((key, value)) => Ok((key.to_owned(), Some(value.as_bytes().to_vec()))),
        };
        text.split(&self.headers_separator).map(header).collect()
    }
}

fn find(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    if mark.is_empty() {
        return Some(0);
    }
    bytes.windows(mark.len()).position(|window| window == mark)
}
