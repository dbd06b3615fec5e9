//! Rust text for one message: its structs, their defaults, and how they are written, read and sampled.

use super::names;
use super::schema::{Field, Message, Struct, Type, Versions};
use std::fmt::Write;

/// The module of one message.
pub(crate) fn module(message: &Message) -> String {
    let mut out =
        format!("//! `{}`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.\n\n", message.name());
    let uses =
        |word: &dyn Fn(&Type) -> bool| message.structs.iter().flat_map(|s| &s.fields).any(|f| any_type(&f.ty, word));
    let mut wire = vec!["Body", "Decoder", "Encoder", "Message"];
    if uses(&|ty| *ty == Type::Records) {
        wire.push("Records");
    }
    if message.structs.iter().flat_map(|item| &item.fields).any(|field| field.lazy) {
        wire.push("LazyArray");
    }
    if message.kind == "request" {
        wire.push("Request");
        out += "use crate::api::ApiKey;\n";
    }
    out += "#[cfg(feature = \"test-util\")]\nuse crate::sample::{self, Sample};\n";
    if uses(&|ty| *ty == Type::Fixed("uuid")) {
        out += "use crate::uuid::Uuid;\n";
    }
    writeln!(out, "use crate::wire::{{{}}};", wire.join(", ")).expect("a string grows");
    if uses(&|ty| *ty == Type::Bytes) {
        out += "use bytes::Bytes;\n";
    }
    for item in &message.structs {
        out += &structure(message, item);
        if item.name == message.name() {
            out += &message_impl(message);
        }
    }
    out
}

fn any_type(ty: &Type, word: &dyn Fn(&Type) -> bool) -> bool {
    word(ty) || matches!(ty, Type::Array(element) if any_type(element, word))
}

fn message_impl(message: &Message) -> String {
    let name = message.name();
    let flexible =
        if message.first_flexible == i16::MAX { "i16::MAX".into() } else { message.first_flexible.to_string() };
    let mut out = format!(
        "impl Message for {name} {{ const NAME: &'static str = \"{name}\"; const MIN_VERSION: i16 = {}; \
         const MAX_VERSION: i16 = {}; const FIRST_FLEXIBLE: i16 = {flexible}; }}\n",
        message.versions.first, message.versions.last
    );
    if message.kind == "request" {
        let api = name.trim_end_matches("Request");
        let module = names::snake(api);
        out += &format!(
            "impl Request for {name} {{ const KEY: ApiKey = ApiKey::{}; type Response = super::{module}_response::{api}Response; }}\n",
            names::constant(api)
        );
    }
    out
}

fn structure(message: &Message, item: &Struct) -> String {
    let name = &item.name;
    let context = Context { message, item };
    let fields: Vec<&Field> = item.fields.iter().filter(|field| !field.versions.is_empty()).collect();
    let natural = fields.iter().all(|field| is_natural(field));
    let derive = if natural { ", Default" } else { "" };
    let mut out = format!(
        "/// `{name}` of `{}`, versions {}–{}.\n#[derive(Clone, Debug, PartialEq{derive})]\npub struct {name} {{\n",
        message.name(),
        item.versions.first,
        item.versions.last
    );
    for field in &fields {
        out += &format!(
            "/// {}: `{}`.\npub {}: {},\n",
            field.name,
            field.facts,
            names::field(&field.name),
            rust_type(field)
        );
    }
    out += "}\n";
    if !natural {
        out += &format!("impl Default for {name} {{ fn default() -> Self {{ {name} {{");
        for field in &fields {
            out += &format!("{}: {},", names::field(&field.name), default_value(field));
        }
        out += "} } }\n";
    }
    out += &format!("impl Body for {name} {{\n{}{}}}\n", context.writer(&fields), context.reader(&fields));
    out += &context.sampler(&fields);
    out
}

fn optional(field: &Field) -> bool {
    field.nullable.is_some() || field.ty == Type::Records
}

fn rust_type(field: &Field) -> String {
    let plain = plain_type(&field.ty);
    let plain = if field.lazy { plain.replacen("Vec", "LazyArray", 1) } else { plain };
    if optional(field) { format!("Option<{plain}>") } else { plain }
}

fn plain_type(ty: &Type) -> String {
    match ty {
        Type::Fixed("uuid") => "Uuid".into(),
        Type::Fixed(name) => name.to_string(),
        Type::String => "String".into(),
        Type::Bytes => "Bytes".into(),
        Type::Records => "Records".into(),
        Type::Struct(name) => name.clone(),
        Type::Array(element) => format!("Vec<{}>", plain_type(element)),
    }
}

/// Whether Kafka's default is the one that Rust derives.
fn is_natural(field: &Field) -> bool {
    matches!(default_value(field).as_str(), "0" | "0.0" | "false" | "None" | "Default::default()")
}

/// Kafka's default as an expression. A nullable field is null by default only where the schema says so (records always are).
fn default_value(field: &Field) -> String {
    if field.ty == Type::Records || field.default.as_deref() == Some("null") {
        return "None".into();
    }
    let value = match (&field.ty, &field.default) {
        (Type::Fixed("f64"), None) => "0.0".into(),
        (Type::Fixed("bool"), None) => "false".into(),
        (Type::Fixed("uuid"), _) => "Default::default()".into(),
        (Type::Fixed(_), None) => "0".into(),
        (Type::Fixed(_), Some(value)) => value.clone(),
        (_, None) => "Default::default()".into(),
        (_, Some(value)) => panic!("{}: default {value} for {:?}", field.name, field.ty),
    };
    if field.nullable.is_some() { format!("Some({value})") } else { value }
}

/// An expression that is true when the field does not hold its default.
fn is_set(field: &Field) -> String {
    let this = format!("self.{}", names::field(&field.name));
    match (default_value(field).as_str(), &field.ty) {
        ("None", _) => format!("{this}.is_some()"),
        ("false", _) => this,
        ("true", _) => format!("!{this}"),
        (_, Type::Struct(name)) => format!("{this} != {name}::default()"),
        (_, Type::Fixed("uuid")) => format!("{this} != Uuid::ZERO"),
        (value, Type::Fixed(_)) => format!("{this} != {value}"),
        _ if field.nullable.is_some() => format!("{this}.as_ref().is_none_or(|value| !value.is_empty())"),
        _ => format!("!{this}.is_empty()"),
    }
}

struct Context<'a> {
    message: &'a Message,
    item: &'a Struct,
}

impl Context<'_> {
    /// A condition on `version` for `versions`, given that the struct is only used in its own versions.
    fn condition(&self, versions: Versions) -> String {
        let within = self.item.versions;
        let first = (versions.first > within.first).then(|| format!("version >= {}", versions.first));
        let last = (versions.last < within.last).then(|| format!("version <= {}", versions.last));
        match (first, last) {
            (None, None) => "true".into(),
            (Some(_), Some(_)) if versions.first == versions.last => format!("version == {}", versions.first),
            (Some(_), Some(_)) => format!("({}..={}).contains(&version)", versions.first, versions.last),
            (Some(one), None) | (None, Some(one)) => one,
        }
    }

    fn flexible(&self) -> String {
        let first = self.message.first_flexible;
        if first <= self.item.versions.first {
            "true".into()
        } else if first > self.item.versions.last {
            "false".into()
        } else {
            format!("version >= {first}")
        }
    }

    /// Opens a method: `flexible` is bound when some field needs it.
    fn bind_flexible(&self, body: &str) -> String {
        let expression = self.flexible();
        if expression.starts_with("version") && body.contains("flexible") {
            return format!("let flexible = {expression};\n{body}");
        }
        body.replace("(flexible,", &format!("({expression},"))
    }

    fn writer(&self, fields: &[&Field]) -> String {
        let mut body = String::new();
        for field in fields.iter().filter(|field| field.tag.is_none()) {
            let write = self.write_value(field);
            let condition = self.condition(field.versions);
            if condition == "true" {
                body += &write;
                continue;
            }
            body += &format!("if {condition} {{ {write} }}");
            if !field.ignorable {
                body += &format!(" else if {} {{ {} }}", is_set(field), self.not_in_version(field));
            }
            body.push('\n');
        }
        let body = self.bind_flexible(&(body + &self.tag_writer(fields)));
        format!("fn write(&self, version: i16, out: &mut Encoder) {{\n{body}}}\n")
    }

    fn not_in_version(&self, field: &Field) -> String {
        format!("out.not_in_version({}, version);", self.label(field))
    }

    fn label(&self, field: &Field) -> String {
        format!("\"{}.{}\"", self.item.name, field.name)
    }

    fn tag_writer(&self, fields: &[&Field]) -> String {
        let mut tagged: Vec<&&Field> = fields.iter().filter(|field| field.tag.is_some()).collect();
        tagged.sort_by_key(|field| field.tag);
        let mut before = String::new();
        let mut count = Vec::new();
        let mut values = String::new();
        for field in tagged {
            let flag = format!("has_{}", names::snake(&field.name));
            let condition = self.condition(field.versions);
            before += &format!("let {flag} = {};\n", is_set(field));
            if condition != "true" && !field.ignorable {
                before +=
                    &format!("if {flag} && version < {} {{ {} }}\n", field.versions.first, self.not_in_version(field));
            }
            if condition != "true" && self.flexible() != condition {
                before += &format!("let {flag} = {flag} && {condition};\n");
            }
            count.push(format!("u32::from({flag})"));
            let tag = field.tag.expect("only tagged fields are here");
            values += &format!(
                "if {flag} {{ let start = out.tag({tag}); {} out.tag_end(start); }}\n",
                self.write_value(field)
            );
        }
        let count = if count.is_empty() { "0".into() } else { count.join(" + ") };
        match self.flexible().as_str() {
            "false" => String::new(),
            "true" => format!("{before}out.uvarint({count});\n{values}"),
            _ => format!("{before}if flexible {{ out.uvarint({count});\n{values} }}\n"),
        }
    }

    /// The statement that writes a field's value.
    fn write_value(&self, field: &Field) -> String {
        let this = format!("self.{}", names::field(&field.name));
        let label = self.label(field);
        let flexible = if field.never_flexible { "false" } else { "flexible" };
        let nullable = self.nullable(field);
        match (&field.ty, optional(field)) {
            (Type::Fixed(method), _) => format!("out.{method}({this});\n"),
            (Type::String, false) => format!("out.string({flexible}, {label}, &{this});\n"),
            (Type::String, true) => format!("out.opt_string({flexible}, {nullable}, {label}, {this}.as_deref());\n"),
            (Type::Bytes, false) => format!("out.bytes({flexible}, {label}, &{this});\n"),
            (Type::Bytes, true) => format!("out.opt_bytes({flexible}, {nullable}, {label}, {this}.as_ref());\n"),
            (Type::Records, _) => format!("out.opt_records({flexible}, {nullable}, {label}, {this}.as_ref());\n"),
            (Type::Struct(_), false) => format!("{this}.write(version, out);\n"),
            (Type::Struct(_), true) => format!("out.opt_struct({nullable}, version, {label}, {this}.as_ref());\n"),
            (Type::Array(_), false) if field.lazy => {
                format!("out.lazy_structs({flexible}, version, {label}, &{this});\n")
            }
            (Type::Array(_), true) if field.lazy => {
                format!("out.opt_lazy_structs({flexible}, {nullable}, version, {label}, {this}.as_ref());\n")
            }
            (Type::Array(element), optional) => {
                let (opt, nullable, value) = if optional {
                    ("opt_", format!("{nullable}, "), format!("{this}.as_deref()"))
                } else {
                    ("", String::new(), format!("&{this}"))
                };
                match element.as_ref() {
                    Type::Fixed(method) => {
                        format!("out.{opt}array({flexible}, {nullable}{label}, {value}, Encoder::{method});\n")
                    }
                    Type::String => format!("out.{opt}strings({flexible}, {nullable}{label}, {value});\n"),
                    _ => format!("out.{opt}structs({flexible}, {nullable}version, {label}, {value});\n"),
                }
            }
        }
    }

    /// Whether null may stand in the version at hand.
    fn nullable(&self, field: &Field) -> String {
        match field.nullable {
            None => "false".into(),
            Some(versions) if versions == field.versions => "true".into(),
            Some(versions) => self.condition(versions),
        }
    }

    fn reader(&self, fields: &[&Field]) -> String {
        let mut values = String::new();
        for field in fields {
            let condition = self.condition(field.versions);
            let value = match (field.tag, condition.as_str()) {
                (Some(_), _) => default_value(field),
                (None, "true") => self.read_value(field),
                (None, _) => {
                    format!("if {condition} {{ {} }} else {{ {} }}", self.read_value(field), default_value(field))
                }
            };
            values += &format!("{}: {value},\n", names::field(&field.name));
        }
        let tags = self.tag_reader(fields);
        let mutable = if fields.iter().any(|field| field.tag.is_some()) { "mut " } else { "" };
        let body = self.bind_flexible(&format!("let {mutable}this = {} {{ {values} }};\n{tags}", self.item.name));
        format!(
            "fn read(version: i16, input: &mut Decoder) -> Self {{\n\
             let outer = input.enter(\"{}\");\n{body}input.enter(outer);\nthis\n}}\n",
            self.item.name
        )
    }

    fn tag_reader(&self, fields: &[&Field]) -> String {
        let mut arms = String::new();
        for field in fields.iter().filter(|field| field.tag.is_some()) {
            let tag = field.tag.expect("only tagged fields are here");
            let condition = self.condition(field.versions);
            let guarded = condition != "true" && self.flexible() != condition;
            let guard = if guarded { format!(" if {condition}") } else { String::new() };
            arms += &format!("{tag}{guard} => this.{} = {},\n", names::field(&field.name), self.read_value(field));
            if guarded {
                arms += &format!("{tag} => input.tag_not_in_version({tag}, version),\n");
            }
        }
        let section = if arms.is_empty() {
            "input.skip_tags();\n".to_owned()
        } else {
            format!(
                "for _ in 0..input.tag_count() {{ let (tag, end) = input.tag(); \
                 match tag {{ {arms} _ => input.tag_skip(end), }} input.tag_end(end); }}\n"
            )
        };
        match self.flexible().as_str() {
            "false" => String::new(),
            "true" => section,
            _ => format!("if flexible {{ {section} }}\n"),
        }
    }

    /// The expression that reads a field's value.
    fn read_value(&self, field: &Field) -> String {
        let label = format!("\"{}\"", field.name);
        let flexible = if field.never_flexible { "false" } else { "flexible" };
        let nullable = self.nullable(field);
        let (opt, nullable) = if optional(field) { ("opt_", format!("{nullable}, ")) } else { ("", String::new()) };
        match &field.ty {
            Type::Fixed(method) => format!("input.{method}()"),
            Type::String => format!("input.{opt}string({flexible}, {nullable}{label})"),
            Type::Bytes => format!("input.{opt}bytes({flexible}, {nullable}{label})"),
            Type::Records => format!("input.opt_records({flexible}, {nullable}{label})"),
            Type::Struct(name) if opt.is_empty() => format!("{name}::read(version, input)"),
            Type::Struct(_) => format!("input.opt_struct({nullable}version, {label})"),
            Type::Array(_) if field.lazy => format!("input.{opt}lazy_structs({flexible}, {nullable}version, {label})"),
            Type::Array(element) => match element.as_ref() {
                Type::Fixed(method) => format!("input.{opt}array({flexible}, {nullable}{label}, Decoder::{method})"),
                Type::String => format!("input.{opt}strings({flexible}, {nullable}{label})"),
                _ => format!("input.{opt}structs({flexible}, {nullable}version, {label})"),
            },
        }
    }

    fn sampler(&self, fields: &[&Field]) -> String {
        let mut body =
            if fields.is_empty() { "Self::default()\n" } else { "let mut this = Self::default();\n" }.to_owned();
        for field in fields {
            let mut value = sample_value(&field.ty);
            if field.lazy {
                value += ".into()";
            }
            if optional(field) {
                value = format!("sample::nullable(random, {}, |random| {value})", self.nullable(field));
            }
            let assign = format!("this.{} = {value};\n", names::field(&field.name));
            match self.condition(field.versions).as_str() {
                "true" => body += &assign,
                condition => body += &format!("if {condition} {{ {assign} }}\n"),
            }
        }
        if !fields.is_empty() {
            body += "this\n";
        }
        format!(
            "#[cfg(feature = \"test-util\")]\nimpl Sample for {} {{\n\
             fn sample(version: i16, random: sample::Random<'_>) -> Self {{\n{body}}}\n}}\n",
            self.item.name
        )
    }
}

fn sample_value(ty: &Type) -> String {
    match ty {
        Type::Fixed("bool") => "random() & 1 == 1".into(),
        Type::Fixed("uuid") => "sample::uuid(random)".into(),
        Type::Fixed("f64") => "sample::f64(random)".into(),
        Type::Fixed(name) => format!("sample::bits(random) as {name}"),
        Type::String => "sample::string(random)".into(),
        Type::Bytes => "sample::bytes(random)".into(),
        Type::Records => "sample::records(random)".into(),
        Type::Struct(name) => format!("{name}::sample(version, random)"),
        Type::Array(element) => format!("sample::vec(random, |random| {})", sample_value(element)),
    }
}
