//! How numbers, times and problems are shown: plain text, no colour, 80 columns. Pure.

use kedge_migration::{codes, node_api::ProblemView};

/// Columns of a screen.
pub const WIDTH: usize = 80;
/// Places shown of one problem; the count says how many there are.
const PLACES_SHOWN: usize = 8;

/// `1204` as `1,204`.
pub fn thousands(number: impl TryInto<i64>) -> String {
    let Ok(number) = number.try_into() else { return "very many".to_owned() };
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

/// A span of time: `412 ms`, `7.1 s`, `7 min 3 s`, `2 h 5 min`, `3 d 4 h`.
pub fn span(ms: i64) -> String {
    let seconds = ms / 1000;
    match seconds {
        _ if ms < 0 => "0 ms".to_owned(),
        0 => format!("{ms} ms"),
        1..60 => format!("{}.{} s", seconds, ms % 1000 / 100),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

/// Time of day in UTC: `10:02:11`.
pub fn time_of_day(at_ms: i64) -> String {
    let second = at_ms.div_euclid(1000).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", second / 3600, second % 3600 / 60, second % 60)
}

/// Text in lines of at most [`WIDTH`] columns: the first begins with `label`, the others with as many blanks.
pub fn wrapped(label: &str, text: &str) -> String {
    let indent = label.chars().count();
    let (mut lines, mut line, mut is_first) = (String::new(), label.to_owned(), true);
    for word in text.split_whitespace() {
        let gap = usize::from(!is_first);
        if !is_first && line.chars().count() + gap + word.chars().count() > WIDTH {
            lines.push_str(line.trim_end());
            lines.push('\n');
            line = " ".repeat(indent);
        } else if !is_first {
            line.push(' ');
        }
        line.push_str(word);
        is_first = false;
    }
    lines + line.trim_end() + "\n"
}

/// A problem: code and what, where, why, what to do.
pub fn problem(problem: &ProblemView) -> String {
    let count = if problem.count > 1 { format!(" ({})", thousands(problem.count)) } else { String::new() };
    let mut text = wrapped(&format!("    {}  ", problem.code), &format!("{}{count}", problem.title));
    let row = codes::find(&problem.code);
    let mut line = |label: &str, what: &str| {
        if !what.is_empty() {
            text.push_str(&wrapped(&format!("           {label:<6}"), what));
        }
    };
    line("where", &places(problem));
    line("why", row.map_or("", |row| row.cause));
    line("fix", &problem.fix);
    let known = row.and_then(|row| row.problem).map(|number| format!("as {number}"));
    line("known", known.as_deref().unwrap_or_default());
    text
}

fn places(problem: &ProblemView) -> String {
    let shown: Vec<&str> = problem.places.iter().take(PLACES_SHOWN).map(String::as_str).collect();
    // Where things are only counted, the one place is the count.
    let is_cut = problem.places.len() > 1;
    let more = if is_cut { problem.count.saturating_sub(shown.len()) } else { 0 };
    let more = if more > 0 { format!(", and {} more", thousands(more)) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// Problems under `BLOCK` and `warn`, the worst last, where the eye is.
pub fn problems(problems: &[ProblemView]) -> String {
    let mut text = String::new();
    for (label, is_blocking) in [("warn", false), ("BLOCK", true)] {
        let of_kind: Vec<&ProblemView> = problems.iter().filter(|problem| problem.is_blocking == is_blocking).collect();
        if !of_kind.is_empty() {
            text.push_str(&format!("  {label:<7} {}\n", of_kind.len()));
            of_kind.iter().for_each(|found| text.push_str(&problem(found)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times() {
        let shown: Vec<String> = [0, 999, 1204, -88_412_003].into_iter().map(|n: i64| thousands(n)).collect();
        assert_eq!(shown, ["0", "999", "1,204", "-88,412,003"]);
        let spans = [-5, 412, 7_190, 423_000, 7_500_000, 273_600_000].map(span);
        assert_eq!(spans, ["0 ms", "412 ms", "7.1 s", "7 min 3 s", "2 h 5 min", "3 d 4 h"]);
        assert_eq!(time_of_day(1_763_719_331_123), "10:02:11");
    }

    #[test]
    fn long_text_is_wrapped_under_its_label() {
        let text = wrapped("why     ", &"word ".repeat(30));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert_eq!(text.lines().count(), 3);
        assert!(text.lines().skip(1).all(|line| line.starts_with("        word")));
        assert_eq!(wrapped("x ", ""), "x\n");
    }
}
