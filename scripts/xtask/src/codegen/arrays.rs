//! What the least element of every array takes, on the wire and in memory: the table behind the test of the memory promise.

use super::names;
use super::schema::{Field, Message, Type, Versions};

/// Bytes of one record batch without records: the least that Produce carries for a partition.
const LEAST_RECORDS_BYTES: usize = 61;
/// Arrays of numbers that are empty as a rule; the others (replicas, ISR, partition indexes) have at least one element.
const EMPTY_AS_A_RULE: [&str; 6] = ["Adding", "Removing", "Offline", "Eligible", "LastKnown", "Log"];

/// The least value that a real peer sends: names of one byte, one element in each array, null where null may stand.
#[derive(Clone, Debug, Default, PartialEq)]
struct Least {
    wire_bytes: usize,
    heap_bytes: usize,
    /// Structs behind pointers, as paths; their sizes belong to the heap.
    structs: Vec<String>,
}

impl Least {
    fn add(&mut self, other: Least) {
        self.wire_bytes += other.wire_bytes;
        self.heap_bytes += other.heap_bytes;
        self.structs.extend(other.structs);
    }

    fn heap(&self) -> String {
        let sizes = self.structs.iter().map(|path| format!("size_of::<{path}>()"));
        let own = (self.heap_bytes > 0 || self.structs.is_empty()).then(|| self.heap_bytes.to_string());
        own.into_iter().chain(sizes).collect::<Vec<_>>().join(" + ")
    }
}

/// One row per array whose elements are more than numbers.
pub(crate) fn rows(group: &str, message: &Message) -> String {
    let scope = Scope { group, message };
    let mut rows = String::new();
    for item in &message.structs {
        for field in &item.fields {
            let Type::Array(element) = &field.ty else { continue };
            if matches!(**element, Type::Fixed(_)) || field.versions.is_empty() {
                continue;
            }
            let mut ranges: Vec<(Versions, Least)> = Vec::new();
            for version in field.versions.first..=field.versions.last {
                let least = scope.element(element, version, !field.never_flexible);
                match ranges.last_mut() {
                    Some((versions, same)) if *same == least => versions.last = version,
                    _ => ranges.push((Versions { first: version, last: version }, least)),
                }
            }
            let least: String = ranges
                .iter()
                .map(|(versions, least)| {
                    format!("least({}, {}, {}, {}),", versions.first, versions.last, least.wire_bytes, least.heap())
                })
                .collect();
            rows += &format!(
                "ArrayEntry {{ message: \"{}\", field: \"{}.{}\", lazy: {}, element_bytes: size_of::<{}>(), least: &[{least}] }},\n",
                message.name(),
                item.name,
                field.name,
                field.lazy,
                scope.rust_type(element)
            );
        }
    }
    rows
}

struct Scope<'a> {
    group: &'a str,
    message: &'a Message,
}

impl Scope<'_> {
    fn rust_type(&self, ty: &Type) -> String {
        match ty {
            Type::Struct(name) => format!("{}::{}::{name}", self.group, names::snake(self.message.name())),
            Type::Array(element) => format!("Vec<{}>", self.rust_type(element)),
            Type::String => "String".into(),
            Type::Bytes => "bytes::Bytes".into(),
            Type::Records => "crate::wire::Records".into(),
            Type::Fixed("uuid") => "crate::uuid::Uuid".into(),
            Type::Fixed(name) => name.to_string(),
        }
    }

    /// What a value of `ty` takes on the wire, and in memory beyond its own size.
    fn element(&self, ty: &Type, version: i16, compact: bool) -> Least {
        let compact = compact && version >= self.message.first_flexible;
        let length = |classic: usize| if compact { 1 } else { classic };
        match ty {
            Type::Fixed(name) => Least { wire_bytes: fixed_bytes(name), ..Least::default() },
            Type::String => Least { wire_bytes: length(2) + 1, heap_bytes: 1, ..Least::default() },
            Type::Bytes => Least { wire_bytes: length(4), ..Least::default() },
            Type::Records => Least { wire_bytes: length(4) + LEAST_RECORDS_BYTES, ..Least::default() },
            Type::Struct(name) => self.structure(name, version),
            Type::Array(element) => {
                let mut least = self.element(element, version, compact);
                least.wire_bytes += length(4);
                match element.as_ref() {
                    Type::Fixed(name) => least.heap_bytes += fixed_bytes(name),
                    other => least.structs.push(self.rust_type(other)),
                }
                least
            }
        }
    }

    fn structure(&self, name: &str, version: i16) -> Least {
        let item = self.message.structs.iter().find(|item| item.name == name).expect("the schema was checked");
        let mut sum = Least::default();
        let present =
            |field: &&Field| field.tag.is_none() && field.versions.first <= version && version <= field.versions.last;
        for field in item.fields.iter().filter(present) {
            sum.add(self.field(field, version));
        }
        // The count of tagged fields.
        sum.wire_bytes += usize::from(version >= self.message.first_flexible);
        sum
    }

    fn field(&self, field: &Field, version: i16) -> Least {
        let compact = version >= self.message.first_flexible && !field.never_flexible;
        let may_be_null = field.nullable.is_some_and(|range| range.first <= version && version <= range.last);
        let is_empty = match &field.ty {
            Type::Array(element) => {
                let is_numbers = matches!(**element, Type::Fixed(_));
                may_be_null || is_numbers && EMPTY_AS_A_RULE.iter().any(|prefix| field.name.starts_with(prefix))
            }
            Type::Records => self.message.kind != "request",
            _ => may_be_null,
        };
        if !is_empty {
            let mut least = self.element(&field.ty, version, compact);
            if field.lazy {
                (least.heap_bytes, least.structs) = (0, Vec::new());
            }
            return least;
        }
        let classic = if field.ty == Type::String { 2 } else { 4 };
        let is_struct = matches!(field.ty, Type::Struct(_));
        Least { wire_bytes: if compact || is_struct { 1 } else { classic }, ..Least::default() }
    }
}

fn fixed_bytes(name: &str) -> usize {
    match name {
        "bool" | "i8" => 1,
        "i16" | "u16" => 2,
        "i32" | "u32" => 4,
        "i64" | "f64" => 8,
        "uuid" => 16,
        other => panic!("no size for {other}"),
    }
}
