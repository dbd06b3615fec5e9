//! Just enough of a Rust reader for tidy: comments and literals are told from code, code becomes tokens, and tokens
//! become the paths a file names. Not a parser: macros are not expanded and types are not resolved.

use std::collections::{BTreeMap, BTreeSet};

/// A word, a `::` or one character of punctuation, with the line (from 1) it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// One Rust file, read.
pub(crate) struct Source {
    /// The file as it is.
    pub(crate) text: String,
    /// The same lines with literals blanked: what a search for words in comments and code may look at.
    pub(crate) without_literals: String,
    /// The same lines with comments and literals blanked.
    pub(crate) code: String,
    /// The tokens of `code`.
    pub(crate) tokens: Vec<Token>,
    /// For each token: does it belong to an item that only test builds compile?
    pub(crate) test_only: Vec<bool>,
}

/// A path the file names, written out from its first segment (imports of the same file are followed).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NamedPath {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
    /// `use a::b::*`
    pub(crate) glob: bool,
}

impl Source {
    pub(crate) fn read(text: String) -> Source {
        let (without_literals, code) = blank(&text);
        let tokens = tokenize(&code);
        let test_only = mark_test_items(&tokens);
        Source { text, without_literals, code, tokens, test_only }
    }

    /// The lines of the `//!` header, without the marker.
    pub(crate) fn header(&self) -> Vec<&str> {
        let lines = self.text.lines().skip_while(|line| line.trim().is_empty() || line.starts_with("#!/"));
        lines.map_while(|line| line.trim_start().strip_prefix("//!")).map(str::trim).collect()
    }

    /// The modules declared as `#[cfg(test)] mod name;`: their files are test code.
    pub(crate) fn test_modules(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for (at, three) in self.tokens.windows(3).enumerate() {
            if self.test_only[at] && three[0].text == "mod" && three[2].text == ";" {
                names.insert(three[1].text.clone());
            }
        }
        names
    }

    /// Every path that non-test code names: in `use` trees, and in expressions and types with the file's imports followed.
    pub(crate) fn paths(&self) -> Vec<NamedPath> {
        let tokens: Vec<&Token> =
            self.tokens.iter().zip(&self.test_only).filter(|(_, test)| !**test).map(|(token, _)| token).collect();
        let mut reader =
            PathReader { tokens: &tokens, named: Vec::new(), imports: BTreeMap::new(), written: Vec::new() };
        reader.read();
        reader.resolve()
    }
}

/// Blanks literals (first result), and literals and comments (second). Newlines stay, so line numbers hold.
fn blank(text: &str) -> (String, String) {
    let chars: Vec<char> = text.chars().collect();
    let mut without_literals = String::with_capacity(text.len());
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let (end, kind) = lexeme(&chars, at);
        for &c in &chars[at..end] {
            let hidden = if c == '\n' { '\n' } else { ' ' };
            without_literals.push(if kind == Lexeme::Literal { hidden } else { c });
            code.push(if kind == Lexeme::Code { c } else { hidden });
        }
        at = end;
    }
    (without_literals, code)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lexeme {
    Code,
    Comment,
    Literal,
}

/// The lexeme that starts at `at`, and where it ends. A word is taken whole, so that the `r` of `for"` starts nothing.
fn lexeme(chars: &[char], at: usize) -> (usize, Lexeme) {
    let next = |n: usize| chars.get(at + n).copied().unwrap_or('\0');
    match (chars[at], next(1)) {
        ('/', '/') => (find(chars, at, '\n'), Lexeme::Comment),
        ('/', '*') => (block_comment_end(chars, at), Lexeme::Comment),
        ('"', _) => (quoted_end(chars, at, '"'), Lexeme::Literal),
        ('\'', _) if next(1) == '\\' || next(2) == '\'' => (quoted_end(chars, at, '\''), Lexeme::Literal),
        (c, _) if c.is_alphanumeric() || c == '_' => {
            let end =
                (at..chars.len()).find(|&i| !chars[i].is_alphanumeric() && chars[i] != '_').unwrap_or(chars.len());
            literal_prefix(chars, at, end)
        }
        _ => (at + 1, Lexeme::Code),
    }
}

/// A word at `at..end` may be the prefix of a literal: `b"`, `c"`, `b'`, `r"`, `r#"`, `br##"`, ...
fn literal_prefix(chars: &[char], at: usize, end: usize) -> (usize, Lexeme) {
    let word: String = chars[at..end].iter().collect();
    let next = chars.get(end).copied().unwrap_or('\0');
    match (word.as_str(), next) {
        ("b" | "c", '"') => (quoted_end(chars, end, '"'), Lexeme::Literal),
        ("b", '\'') => (quoted_end(chars, end, '\''), Lexeme::Literal),
        ("r" | "br" | "cr", '"' | '#') => {
            let hashes = chars[end..].iter().take_while(|c| **c == '#').count();
            if chars.get(end + hashes) != Some(&'"') {
                return (end, Lexeme::Code); // a raw identifier
            }
            let mut i = end + hashes + 1;
            while i < chars.len() {
                let closing = chars[i + 1..].iter().take_while(|c| **c == '#').count();
                if chars[i] == '"' && closing >= hashes {
                    return (i + 1 + hashes, Lexeme::Literal);
                }
                i += 1;
            }
            (chars.len(), Lexeme::Literal)
        }
        _ => (end, Lexeme::Code),
    }
}

fn find(chars: &[char], from: usize, what: char) -> usize {
    (from..chars.len()).find(|&i| chars[i] == what).unwrap_or(chars.len())
}

fn block_comment_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0;
    let mut i = at;
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => (depth, i) = (depth + 1, i + 2),
            ('*', Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    chars.len()
}

fn quoted_end(chars: &[char], open: usize, quote: char) -> usize {
    let mut i = open + 1;
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 2,
            c if c == quote => return i + 1,
            _ => i += 1,
        }
    }
    chars.len()
}

fn tokenize(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let chars: Vec<char> = line.chars().collect();
        let mut at = 0;
        while at < chars.len() {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let end = match chars[at] {
                c if c.is_whitespace() => {
                    at += 1;
                    continue;
                }
                c if is_word(c) => (at..chars.len()).find(|&i| !is_word(chars[i])).unwrap_or(chars.len()),
                ':' if chars.get(at + 1) == Some(&':') => at + 2,
                _ => at + 1,
            };
            tokens.push(Token { text: chars[at..end].iter().collect(), line: index + 1 });
            at = end;
        }
    }
    tokens
}

/// Where the bracket opened at `open` closes: the index of the closing token.
pub(crate) fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len().saturating_sub(1)
}

/// Marks each item under exactly `#[cfg(test)]` (and the whole file under `#![cfg(test)]`). `cfg(not(test))` and
/// `cfg(any(test, ...))` reach normal builds and are not marked.
fn mark_test_items(tokens: &[Token]) -> Vec<bool> {
    let is = |at: usize, words: &[&str]| {
        words.iter().enumerate().all(|(i, w)| tokens.get(at + i).is_some_and(|t| t.text == *w))
    };
    if is(0, &["#", "!", "[", "cfg", "(", "test", ")", "]"]) {
        return vec![true; tokens.len()];
    }
    let mut marks = vec![false; tokens.len()];
    let mut at = 0;
    while at < tokens.len() {
        if !is(at, &["#", "[", "cfg", "(", "test", ")", "]"]) {
            at += 1;
            continue;
        }
        let end = item_end(tokens, at + 7);
        marks[at..=end.min(tokens.len() - 1)].fill(true);
        at = end + 1;
    }
    marks
}

/// The last token of the item that starts at `at`: its `;`, its closing brace, or (field, arm, statement) its comma.
fn item_end(tokens: &[Token], at: usize) -> usize {
    let mut at = at;
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            ";" | "," => return at,
            "{" => return closing(tokens, at),
            "(" | "[" => at = closing(tokens, at),
            "}" | ")" | "]" => return at - 1,
            _ => {}
        }
        at += 1;
    }
    tokens.len() - 1
}

struct PathReader<'a> {
    tokens: &'a [&'a Token],
    /// Paths of `use` trees: already whole.
    named: Vec<NamedPath>,
    /// Local name -> what it was imported from.
    imports: BTreeMap<String, Vec<String>>,
    /// Paths in expressions and types, as written.
    written: Vec<NamedPath>,
}

impl PathReader<'_> {
    fn word(&self, at: usize) -> Option<&str> {
        let text = self.tokens.get(at)?.text.as_str();
        text.starts_with(|c: char| c.is_alphabetic() || c == '_').then_some(text)
    }

    fn is(&self, at: usize, text: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.text == text)
    }

    fn read(&mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            at = match self.word(at) {
                Some("use") if !self.is(at + 1, "<") => self.use_tree(at + 1, &[]),
                Some("extern") if self.is(at + 1, "crate") => self.use_tree(at + 2, &[]),
                Some(_) => self.written_path(at),
                None => at + 1,
            };
        }
    }

    /// `a::b::{self, c as d, e::*}` after `prefix`; returns where it ends.
    fn use_tree(&mut self, at: usize, prefix: &[String]) -> usize {
        let mut at = if self.is(at, "::") { at + 1 } else { at };
        let mut segments = prefix.to_vec();
        let line = self.tokens.get(at).map_or(0, |token| token.line);
        loop {
            if self.is(at, "{") {
                at += 1;
                while at < self.tokens.len() && !self.is(at, "}") {
                    at = if self.is(at, ",") { at + 1 } else { self.use_tree(at, &segments).max(at + 1) };
                }
                return at + 1;
            }
            if self.is(at, "*") {
                self.named.push(NamedPath { segments, line, glob: true });
                return at + 1;
            }
            let Some(word) = self.word(at) else { return at };
            if word != "self" || segments.is_empty() {
                segments.push(word.to_string());
            }
            at += 1;
            if !self.is(at, "::") {
                break;
            }
            at += 1;
        }
        let mut local = segments.last().cloned().unwrap_or_default();
        if self.is(at, "as") {
            local = self.word(at + 1).unwrap_or("_").to_string();
            at += 2;
        }
        self.imports.insert(local, segments.clone());
        self.named.push(NamedPath { segments, line, glob: false });
        at
    }

    fn written_path(&mut self, at: usize) -> usize {
        let line = self.tokens[at].line;
        let mut segments = vec![self.tokens[at].text.clone()];
        let mut at = at + 1;
        while let (true, Some(word)) = (self.is(at, "::"), self.word(at + 1)) {
            segments.push(word.to_string());
            at += 2;
        }
        self.written.push(NamedPath { segments, line, glob: false });
        at
    }

    /// Puts what was imported in the place of a first segment; imports of imports are followed a few steps.
    fn resolve(self) -> Vec<NamedPath> {
        let PathReader { named, imports, written, .. } = self;
        let mut all = Vec::new();
        for mut path in named.into_iter().chain(written) {
            for _ in 0..4 {
                match imports.get(&path.segments[0]) {
                    Some(from) if from[0] != path.segments[0] => {
                        path.segments.splice(0..1, from.iter().cloned());
                    }
                    _ => break,
                }
            }
            all.push(path);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        let source = Source::read(text.to_string());
        source.paths().iter().map(|p| p.segments.join("::") + if p.glob { "::*" } else { "" }).collect()
    }

    #[test]
    fn literals_and_comments_are_not_code() {
        let text = "let a = \"tokio::x\"; // rand::y\n/* std /* net */ fs */ let b = r#\"a\"std::fs\"#; let c = '\"'; let d: &'static str;";
        let source = Source::read(text.to_string());
        for hidden in ["tokio", "rand", "net", "fs"] {
            assert!(!source.code.contains(hidden), "{hidden} in {}", source.code);
        }
        assert!(source.without_literals.contains("rand::y") && !source.without_literals.contains("tokio"));
        assert!(source.code.contains("let d: &'static str;"));
    }

    #[test]
    fn use_trees_and_aliases_are_followed() {
        let found =
            paths("use std::{fs::{self, File}, io as stream, net::*};\nfn f() { stream::stdin(); File::open; }");
        for wanted in ["std::fs", "std::fs::File", "std::net::*", "std::io::stdin", "std::fs::File::open"] {
            assert!(found.iter().any(|path| path == wanted), "{wanted} not in {found:?}");
        }
    }

    #[test]
    fn only_exact_cfg_test_hides_an_item() {
        let text = "#[cfg(test)] mod tests { fn f() { let s = \"}\"; a::x(); } }\nfn g() { b::y(); }\n#[cfg(not(test))] mod n { use c::z; }\n#[cfg(test)] use d::w;\nuse e::v;";
        let found = paths(text).join(" ");
        assert!(!found.contains("a::x") && !found.contains("d::w"), "{found}");
        assert!(found.contains("b::y") && found.contains("c::z") && found.contains("e::v"), "{found}");
    }
}
