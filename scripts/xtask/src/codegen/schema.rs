//! Reads the schema files of `broker/protocol/schemas/`: one line per message or field, nesting by two spaces, `#` comments.
//!
//! ```text
//! request FetchRequest key=1 versions=0-17 flexible=12+ listeners=zkBroker,broker,controller
//!   ClusterId string 12+ null=12+ tag=0 default=null ignorable
//!   Topics []FetchTopic 0+
//!     Topic string 0-12 ignorable
//!   struct Shared            (a struct that several fields use)
//! ```

/// An inclusive range of versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Versions {
    pub(crate) first: i16,
    pub(crate) last: i16,
}

impl Versions {
    pub(crate) fn intersect(self, other: Versions) -> Versions {
        Versions { first: self.first.max(other.first), last: self.last.min(other.last) }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.first > self.last
    }
}

/// A field's type without nullability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// A fixed-size type: the decoder's method is also the Rust type, except for uuid.
    Fixed(&'static str),
    String,
    Bytes,
    Records,
    Struct(String),
    Array(Box<Type>),
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) ty: Type,
    /// The schema's words for type and versions, for the doc comment.
    pub(crate) facts: String,
    pub(crate) versions: Versions,
    pub(crate) nullable: Option<Versions>,
    pub(crate) tag: Option<u32>,
    pub(crate) default: Option<String>,
    pub(crate) never_flexible: bool,
    pub(crate) ignorable: bool,
    /// The array is read when it is looped over.
    pub(crate) lazy: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Struct {
    pub(crate) name: String,
    /// The versions in which the struct can occur.
    pub(crate) versions: Versions,
    pub(crate) fields: Vec<Field>,
}

#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// `request`, `response`, `metadata`, `data` or `header`.
    pub(crate) kind: String,
    pub(crate) key: Option<i16>,
    pub(crate) versions: Versions,
    /// First flexible version, `i16::MAX` when there is none.
    pub(crate) first_flexible: i16,
    pub(crate) listeners: Vec<String>,
    /// The message itself first, then the structs inside it.
    pub(crate) structs: Vec<Struct>,
}

impl Message {
    pub(crate) fn name(&self) -> &str {
        &self.structs[0].name
    }
}

struct Line<'a> {
    number: usize,
    indent: usize,
    words: Vec<&'a str>,
}

/// All messages of one file. Errors name the line.
pub(crate) fn parse(text: &str) -> Result<Vec<Message>, String> {
    let mut lines = Vec::new();
    for (index, raw) in text.lines().enumerate() {
        let content = raw.trim_start();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let spaces = raw.len() - content.len();
        if spaces % 2 != 0 {
            return Err(format!("line {}: odd indentation", index + 1));
        }
        lines.push(Line { number: index + 1, indent: spaces / 2, words: content.split_whitespace().collect() });
    }
    let mut messages = Vec::new();
    let mut rest = lines.as_slice();
    while let Some((head, after)) = rest.split_first() {
        let (body, next) = split_block(after, head.indent);
        messages.push(parse_message(head, body).map_err(|error| format!("line {}: {error}", head.number))?);
        rest = next;
    }
    Ok(messages)
}

/// Splits off the lines that are indented deeper than `indent`.
fn split_block<'a, 'b>(lines: &'a [Line<'b>], indent: usize) -> (&'a [Line<'b>], &'a [Line<'b>]) {
    let end = lines.iter().position(|line| line.indent <= indent).unwrap_or(lines.len());
    lines.split_at(end)
}

fn parse_message(head: &Line, body: &[Line]) -> Result<Message, String> {
    let [kind, name, options @ ..] = head.words.as_slice() else {
        return Err("a message needs a kind and a name".into());
    };
    let option = |key: &str| options.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
    let all = Versions { first: 0, last: i16::MAX };
    let versions = parse_versions(option("versions").ok_or("no versions=")?, all)?;
    let first_flexible = match option("flexible").ok_or("no flexible=")? {
        "none" => i16::MAX,
        range => parse_versions(range, all)?.first,
    };
    let key = option("key").map(|key| key.parse().map_err(|_| format!("bad key {key}"))).transpose()?;
    let listeners = option("listeners").map(|list| list.split(',').map(str::to_owned).collect()).unwrap_or_default();
    let mut structs = Vec::new();
    parse_struct(name, versions, body, head.indent + 1, &mut structs)?;
    let message = Message { kind: kind.to_string(), key, versions, first_flexible, listeners, structs };
    check(&message)?;
    Ok(message)
}

fn parse_struct(
    name: &str,
    versions: Versions,
    lines: &[Line],
    indent: usize,
    structs: &mut Vec<Struct>,
) -> Result<(), String> {
    let slot = structs.len();
    structs.push(Struct { name: name.to_owned(), versions, fields: Vec::new() });
    let mut fields = Vec::new();
    let mut rest = lines;
    while let Some((line, after)) = rest.split_first() {
        if line.indent != indent {
            return Err(format!("line {}: wrong indentation", line.number));
        }
        let (nested, next) = split_block(after, indent);
        rest = next;
        if let ["struct", shared] = line.words.as_slice() {
            parse_struct(shared, versions, nested, indent + 1, structs)?;
            continue;
        }
        let field = parse_field(line, versions).map_err(|error| format!("line {}: {error}", line.number))?;
        if !nested.is_empty() {
            let inner = struct_name(&field.ty).ok_or_else(|| format!("line {}: fields in no struct", line.number))?;
            parse_struct(inner, field.versions, nested, indent + 1, structs)?;
        }
        fields.push(field);
    }
    structs[slot].fields = fields;
    Ok(())
}

fn parse_field(line: &Line, parent: Versions) -> Result<Field, String> {
    let [name, ty, range, options @ ..] = line.words.as_slice() else {
        return Err("a field needs a name, a type and versions".into());
    };
    let mut field = Field {
        name: name.to_string(),
        ty: parse_type(ty)?,
        facts: line.words[1..].join(" "),
        versions: parse_versions(range, parent)?,
        nullable: None,
        tag: None,
        default: None,
        never_flexible: false,
        ignorable: false,
        lazy: false,
    };
    for word in options {
        match word.split_once('=') {
            Some(("null", range)) => field.nullable = Some(parse_versions(range, field.versions)?),
            Some(("tag", tag)) => field.tag = Some(tag.parse().map_err(|_| format!("bad tag {tag}"))?),
            Some(("default", value)) => field.default = Some(value.to_owned()),
            None if *word == "never-flexible" => field.never_flexible = true,
            None if *word == "ignorable" => field.ignorable = true,
            None if *word == "lazy" => field.lazy = true,
            _ => return Err(format!("unknown word {word}")),
        }
    }
    Ok(field)
}

/// `3`, `3-5` or `3+`, cut to what `within` has.
fn parse_versions(text: &str, within: Versions) -> Result<Versions, String> {
    let number = |text: &str| text.parse::<i16>().map_err(|_| format!("bad versions {text}"));
    let versions = if let Some(first) = text.strip_suffix('+') {
        Versions { first: number(first)?, last: i16::MAX }
    } else if let Some((first, last)) = text.split_once('-') {
        Versions { first: number(first)?, last: number(last)? }
    } else {
        Versions { first: number(text)?, last: number(text)? }
    };
    Ok(versions.intersect(within))
}

fn parse_type(text: &str) -> Result<Type, String> {
    if let Some(element) = text.strip_prefix("[]") {
        return Ok(Type::Array(Box::new(parse_type(element)?)));
    }
    Ok(match text {
        "bool" => Type::Fixed("bool"),
        "int8" => Type::Fixed("i8"),
        "int16" => Type::Fixed("i16"),
        "uint16" => Type::Fixed("u16"),
        "int32" => Type::Fixed("i32"),
        "uint32" => Type::Fixed("u32"),
        "int64" => Type::Fixed("i64"),
        "float64" => Type::Fixed("f64"),
        "uuid" => Type::Fixed("uuid"),
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "records" => Type::Records,
        name if name.starts_with(|first: char| first.is_ascii_uppercase()) => Type::Struct(name.to_owned()),
        other => return Err(format!("unknown type {other}")),
    })
}

/// The struct that a type is or holds.
pub(crate) fn struct_name(ty: &Type) -> Option<&str> {
    match ty {
        Type::Struct(name) => Some(name),
        Type::Array(element) => struct_name(element),
        _ => None,
    }
}

/// What the runtime relies on: known structs, lazy arrays of structs, tags in flexible versions only, no records inside a tagged field, and no
/// array element that takes no bytes (a count is checked against the bytes that remain).
fn check(message: &Message) -> Result<(), String> {
    for owner in &message.structs {
        for field in &owner.fields {
            let what = format!("{}.{}", owner.name, field.name);
            if let Some(name) = struct_name(&field.ty) {
                let inner = message.structs.iter().find(|other| other.name == name);
                let inner = inner.ok_or_else(|| format!("{what}: no struct {name}"))?;
                if matches!(field.ty, Type::Array(_)) {
                    check_element_size(message, field, inner).map_err(|error| format!("{what}: {error}"))?;
                }
            }
            let is_struct_array = matches!(&field.ty, Type::Array(inner) if matches!(**inner, Type::Struct(_)));
            if field.lazy && (!is_struct_array || field.tag.is_some()) {
                return Err(format!("{what}: only an untagged array of structs can be lazy"));
            }
            if field.tag.is_none() {
                continue;
            }
            if field.versions.first < message.first_flexible && !field.versions.is_empty() {
                return Err(format!("{what}: tagged in a version that is not flexible"));
            }
            if field.versions.last != owner.versions.last {
                return Err(format!("{what}: a tagged field that a later version drops is not supported"));
            }
            if field.nullable.is_some() && matches!(field.ty, Type::Struct(_)) {
                return Err(format!("{what}: a tagged nullable struct is not supported"));
            }
            if holds_records(message, &field.ty) {
                return Err(format!("{what}: records inside a tagged field"));
            }
        }
    }
    Ok(())
}

fn holds_records(message: &Message, ty: &Type) -> bool {
    match ty {
        Type::Records => true,
        Type::Array(element) => holds_records(message, element),
        Type::Struct(name) => message
            .structs
            .iter()
            .filter(|other| other.name == *name)
            .any(|inner| inner.fields.iter().any(|field| holds_records(message, &field.ty))),
        _ => false,
    }
}

fn check_element_size(message: &Message, field: &Field, element: &Struct) -> Result<(), String> {
    for version in field.versions.first..=field.versions.last {
        let present =
            |inner: &Field| inner.tag.is_none() && inner.versions.first <= version && version <= inner.versions.last;
        if version < message.first_flexible && !element.fields.iter().any(present) {
            return Err(format!("an element takes no bytes in version {version}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_and_version_ranges() {
        let text = "request ARequest key=3 versions=0-5 flexible=4+ listeners=broker\n  List []Item 1+ null=3+\n    Name string 0-2 ignorable\n    Id int32 3+ default=-1\n  Note string 4+ tag=0 default=null null=4+\n";
        let messages = parse(text).expect("a valid schema");
        let [message] = messages.as_slice() else { panic!("one message, not {}", messages.len()) };
        assert_eq!((message.name(), message.key, message.first_flexible), ("ARequest", Some(3), 4));
        assert_eq!(message.structs.iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), ["ARequest", "Item"]);
        // The struct only occurs from version 1 on, so its first field does too.
        assert_eq!(message.structs[1].fields[0].versions, Versions { first: 1, last: 2 });
        assert_eq!(message.structs[0].fields[0].nullable, Some(Versions { first: 3, last: 5 }));
        assert_eq!(message.structs[0].fields[1].tag, Some(0));
    }

    fn error(fields: &str) -> String {
        let text = format!("data A versions=0-3 flexible=2+\n{fields}");
        parse(&text).expect_err("a bad schema")
    }

    #[test]
    fn what_the_runtime_cannot_carry_is_refused() {
        assert_eq!(error("  B []Missing 0+\n"), "line 1: A.B: no struct Missing");
        assert_eq!(error("  B int32 1+ tag=0\n"), "line 1: A.B: tagged in a version that is not flexible");
        assert_eq!(error("  B records 2+ tag=0\n"), "line 1: A.B: records inside a tagged field");
        assert_eq!(
            error("  B int32 2 tag=0\n"),
            "line 1: A.B: a tagged field that a later version drops is not supported"
        );
        assert_eq!(error("  B []C 0+\n    D int32 1+\n"), "line 1: A.B: an element takes no bytes in version 0");
        assert_eq!(error("  B []int32 0+ lazy\n"), "line 1: A.B: only an untagged array of structs can be lazy");
        assert_eq!(error("  B int33 0+\n"), "line 1: line 2: unknown type int33");
        assert_eq!(error("   B int32 0+\n"), "line 2: odd indentation");
    }
}
