//! `kedge server --check-config`: what becomes of every line of a file, and what is in force in the end.

use std::{fmt::Write as _, io::Write, path::Path, process::ExitCode};

use super::{ToolError, canonical_host_name, server_args::read_properties};
use crate::config::{ConfigError, JudgedLine, KafkaConfig, Properties, judge_lines};

/// How much is shown of what is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Detail {
    /// What differs from Kafka's defaults, and where the node is.
    Changed,
    /// Every key that is honoured.
    Full,
}

/// Prints the report. Exit code 1 if a node would not start with this configuration, with the reason on standard error.
pub(super) fn run(
    file: Option<&Path>,
    overrides: &[(String, String)],
    detail: Detail,
    out: &mut impl Write,
) -> ExitCode {
    let (text, problem) = match checked(file, overrides, detail) {
        Ok((text, problem)) => (text, problem.map(ToolError::new)),
        Err(error) => (String::new(), Some(error)),
    };
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    if let Some(problem) = &problem {
        eprintln!("{problem}");
    }
    if problem.is_none() && written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn checked(
    file: Option<&Path>,
    overrides: &[(String, String)],
    detail: Detail,
) -> Result<(String, Option<ConfigError>), ToolError> {
    let (properties, title) = match file {
        Some(file) => (read_properties(file)?, file.display().to_string()),
        None => (KafkaConfig::built_in_properties(), "without a file, one combined node".to_owned()),
    };
    Ok(report(&properties, overrides, &title, &canonical_host_name(), detail))
}

/// The report, and why a node would not start.
fn report(
    properties: &Properties,
    overrides: &[(String, String)],
    title: &str,
    host_name: &str,
    detail: Detail,
) -> (String, Option<ConfigError>) {
    let mut text = format!("{title}\n");
    let lines = judge_lines(properties, overrides);
    let width = lines.iter().map(|line| entry(line).len()).filter(|width| *width <= WIDEST).max().unwrap_or(0);
    let place_width = if overrides.is_empty() { 4 } else { "--override".len() };
    for line in &lines {
        let place = line.line.map_or_else(|| "--override".to_owned(), |line| line.to_string());
        let verdict = &line.verdict;
        writeln!(text, "{place:>place_width$}  {:<width$}  {verdict}", entry(line))
            .expect("a String takes every write");
    }
    match KafkaConfig::from_properties(properties, overrides) {
        Ok((mut config, _)) => {
            config.advertise_host(host_name);
            text.push_str("\nIn force");
            if detail == Detail::Changed {
                text.push_str(" (every other key: the default of Kafka 3.9; --check-config=full shows them)");
            }
            text.push_str(":\n");
            for (key, value) in config.in_force(detail == Detail::Full) {
                writeln!(text, "{key}={value}").expect("a String takes every write");
            }
            (text, None)
        }
        Err(problem) => {
            text.push_str("\nA node does not start with this.\n");
            (text, Some(problem))
        }
    }
}

/// Entries wider than this do not widen the column.
const WIDEST: usize = 60;

fn entry(line: &JudgedLine) -> String {
    format!("{}={}", line.key, line.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files of the tutorials, word for word.
    fn tutorial(name: &str, text: &str) -> String {
        let (text, problem) =
            report(&Properties::parse(text).unwrap(), &[], name, "kafka1.example.com", Detail::Changed);
        assert_eq!(problem, None);
        text
    }

    #[test]
    fn tut0_four_keys_on_an_external_zookeeper() {
        insta::assert_snapshot!(tutorial(
            "tut0",
            include_str!("../../../../compat-tests/tutorials/tut0-broker.properties")
        ));
    }

    #[test]
    fn tut1_master_with_21_old_keys() {
        insta::assert_snapshot!(tutorial(
            "tut1-master",
            include_str!("../../../../compat-tests/tutorials/tut1-master.properties")
        ));
    }

    #[test]
    fn tut1_first_slave() {
        insta::assert_snapshot!(tutorial(
            "tut1-slave1",
            include_str!("../../../../compat-tests/tutorials/tut1-slave1.properties")
        ));
    }

    #[test]
    fn tut1_second_slave() {
        insta::assert_snapshot!(tutorial(
            "tut1-slave2",
            include_str!("../../../../compat-tests/tutorials/tut1-slave2.properties")
        ));
    }

    #[test]
    fn tut3_a_combined_kraft_node() {
        insta::assert_snapshot!(tutorial(
            "tut3",
            include_str!("../../../../compat-tests/tutorials/tut3-server.properties")
        ));
    }

    #[test]
    fn every_verdict() {
        let properties = Properties::parse(
            "broker.id=1\nlog.dirs=/data\nzookeeper.connect=zk:2181\nnum.partitions=1\nnum.partitions=2\nhost.name=h\nport=9091\n\
             brokerid=7\nlog.retention.hours=1\nlog.retention.ms=5\nnum.io.threads=4\nnum.network.threads=x\nlog.cleaner.threads=2\n\
             no.such.key=1\nauthorizer.class.name=\nssl.keystore.password=hunter2\nmy.secret=hunter2\n\
             zookeeper.set.acl=true\nlog.dir=/other\n",
        );
        let overrides = [("num.partitions".to_owned(), "3".to_owned())];
        let (text, problem) = report(&properties.unwrap(), &overrides, "every verdict", "h", Detail::Changed);
        assert!(!text.contains("hunter2"));
        insta::assert_snapshot!(format!("{text}{}\n", problem.unwrap()));
    }

    #[test]
    fn the_full_list_has_what_no_line_says() {
        let (text, _) = report(&KafkaConfig::built_in_properties(), &[], "", "h", Detail::Full);
        assert!(text.contains("\nnum.partitions=1\n") && text.contains("\nlog.roll.ms=604800000\n"), "{text}");
        assert!(!text.contains("log.roll.hours"), "{text}");
    }
}
