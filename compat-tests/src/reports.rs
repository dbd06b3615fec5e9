//! What the clients of a test say about their records: the lines of `clients/load.py` and `clients/Load.java`.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::oracle::{Observation, Place, RecordName};

/// When a record was acknowledged, and how long after it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatencySample {
    /// Milliseconds since 1970, by the client's clock.
    pub acked_at_ms: u64,
    /// From send to acknowledgement, in microseconds.
    pub latency_us: u64,
}

/// One line of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// A record was acknowledged there.
    Acknowledged(Observation, LatencySample),
    /// A record was read there.
    Read(Observation),
    /// The producer gave up on a record; the line says which and why.
    Failed(String),
    /// How many connections the process has opened and lost since it started.
    Connections {
        /// Opened.
        opened: u64,
        /// Lost, by whichever side closed.
        lost: u64,
    },
}

/// The report that a line makes; `None` for anything else that a client prints.
pub fn parse(line: &str) -> Option<Report> {
    let (kind, rest) = line.split_once(' ')?;
    let fields: Vec<&str> = rest.split(' ').collect();
    match (kind, fields.as_slice()) {
        ("acked", [place @ .., latency_us, acked_at_ms]) => {
            let sample = LatencySample { latency_us: latency_us.parse().ok()?, acked_at_ms: acked_at_ms.parse().ok()? };
            Some(Report::Acknowledged(observation(place)?, sample))
        }
        ("read", place) => Some(Report::Read(observation(place)?)),
        ("failed", _) => Some(Report::Failed(rest.to_owned())),
        ("connections", [opened, lost]) => {
            Some(Report::Connections { opened: opened.parse().ok()?, lost: lost.parse().ok()? })
        }
        _ => None,
    }
}

fn observation(fields: &[&str]) -> Option<Observation> {
    let [producer, sequence, topic, partition, record_offset] = fields else { return None };
    let record = RecordName { producer: (*producer).to_owned(), sequence: sequence.parse().ok()? };
    let place = Place {
        topic: Arc::from(*topic),
        partition: partition.parse().ok()?,
        record_offset: record_offset.parse().ok()?,
    };
    Some(Observation { record, place })
}

/// Reads the reports of a log that grows, each once.
#[derive(Debug)]
pub struct ReportFollower {
    log: PathBuf,
    position: u64,
    partial: Vec<u8>,
}

impl ReportFollower {
    /// From the beginning of `log`, which need not be there yet.
    pub fn new(log: &Path) -> ReportFollower {
        ReportFollower { log: log.to_owned(), position: 0, partial: Vec::new() }
    }

    /// The reports of the lines that were completed since the last call.
    pub fn reports(&mut self) -> Vec<Report> {
        // A log that cannot be read has no lines: whoever waits for them has a deadline.
        if let Ok(mut file) = File::open(&self.log)
            && file.seek(SeekFrom::Start(self.position)).is_ok()
        {
            self.position += file.read_to_end(&mut self.partial).unwrap_or(0) as u64;
        }
        let Some(end) = self.partial.iter().rposition(|byte| *byte == b'\n') else { return Vec::new() };
        let complete: Vec<u8> = self.partial.drain(..=end).collect();
        String::from_utf8_lossy(&complete).lines().filter_map(parse).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn every_kind_of_line_is_understood_and_others_are_passed_over() {
        let place = Place { topic: "t".into(), partition: 3, record_offset: 8 };
        let record = RecordName { producer: "java-0".to_owned(), sequence: 7 };
        let observation = Observation { record, place };
        let sample = LatencySample { acked_at_ms: 1_700_000_000_000, latency_us: 1_500 };
        assert_eq!(
            parse("acked java-0 7 t 3 8 1500 1700000000000"),
            Some(Report::Acknowledged(observation.clone(), sample))
        );
        assert_eq!(parse("read java-0 7 t 3 8"), Some(Report::Read(observation)));
        assert_eq!(parse("failed java-0 7 timed out"), Some(Report::Failed("java-0 7 timed out".to_owned())));
        assert_eq!(parse("connections 4 1"), Some(Report::Connections { opened: 4, lost: 1 }));
        for other in ["end", "", "read java-0", "acked java-0 7 t 3 x 1 2", "%3|1700|FAIL|rdkafka| refused"] {
            assert_eq!(parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_line_counts_once_and_only_when_it_is_complete() {
        let path = std::env::temp_dir().join(format!("kedge-reports-{}", std::process::id()));
        let mut log = File::create(&path).unwrap();
        let mut follower = ReportFollower::new(&path);
        write!(log, "connections 1 0\nconnections 2").unwrap();
        assert_eq!(follower.reports(), [Report::Connections { opened: 1, lost: 0 }]);
        assert_eq!(follower.reports(), []);
        writeln!(log, " 1").unwrap();
        assert_eq!(follower.reports(), [Report::Connections { opened: 2, lost: 1 }]);
        std::fs::remove_file(&path).unwrap();
    }
}
