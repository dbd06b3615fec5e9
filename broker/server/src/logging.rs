//! Log lines on standard output or in a file: log4j's pattern `[2026-11-21 00:00:00,000] INFO message (logger)`, or JSON.
//!
//! Times are UTC; Java's are local time, which containers set to UTC as well.

use std::{
    fmt::{self, Write as _},
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use kedge_metadata_state::TimestampMs;
use serde_json::{Map, Value};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    EnvFilter,
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer, writer::BoxMakeWriter},
    registry::LookupSpan,
};

use crate::clock::SharedClock;

/// Form of the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Log4j's pattern.
    Text,
    /// One JSON object per line.
    Json,
}

/// A log file that can be opened anew while it is written, after logrotate has renamed it.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: Mutex<File>,
}

impl LogFile {
    /// Opens a file for appending, its directory created if need be.
    pub fn open(path: &Path) -> io::Result<Arc<LogFile>> {
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir)?;
        }
        Ok(Arc::new(LogFile { path: path.to_owned(), file: Mutex::new(open_append(path)?) }))
    }

    /// Goes on in a new file of that name. On an error the old one stays open.
    pub fn reopen(&self) -> io::Result<()> {
        let file = open_append(&self.path)?;
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = file;
        Ok(())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn open_append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

/// One log line on its way into the file.
struct FileLine(Arc<LogFile>);

impl io::Write for FileLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.file.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Sends the process's log to a file, or else to standard output. `filter` is a level or a list of `logger=level`; the error says
/// what is wrong with it, or that a log is set up already.
pub fn init(format: LogFormat, filter: &str, clock: SharedClock, file: Option<Arc<LogFile>>) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| error.to_string())?;
    let writer = match file {
        Some(file) => BoxMakeWriter::new(move || FileLine(file.clone())),
        None => BoxMakeWriter::new(io::stdout),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(false)
        .event_format(LineFormat { format, clock })
        .try_init()
        .map_err(|error| error.to_string())
}

struct LineFormat {
    format: LogFormat,
    clock: SharedClock,
}

impl<S, N> FormatEvent<S, N> for LineFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _context: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Line::default();
        event.record(&mut line);
        let metadata = event.metadata();
        let level = level_name(*metadata.level());
        let logger = metadata.target().replace("::", ".");
        match self.format {
            LogFormat::Text => {
                let time = timestamp_text(self.clock.now_ms(), ' ', ',');
                write!(out, "[{time}] {level} {}", line.message)?;
                for (name, value) in &line.fields {
                    match value {
                        Value::String(text) => write!(out, " {name}={text}")?,
                        other => write!(out, " {name}={other}")?,
                    }
                }
                writeln!(out, " ({logger})")
            }
            LogFormat::Json => {
                let mut object = Map::new();
                object.insert("time".to_owned(), (timestamp_text(self.clock.now_ms(), 'T', '.') + "Z").into());
                object.insert("level".to_owned(), level.into());
                object.insert("logger".to_owned(), logger.into());
                object.insert("message".to_owned(), line.message.into());
                for (name, value) in line.fields {
                    object.entry(name).or_insert(value);
                }
                writeln!(out, "{}", Value::Object(object))
            }
        }
    }
}

/// Log4j's names; it has no better one for ERROR that ends a process either.
fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARN",
        Level::INFO => "INFO",
        Level::DEBUG => "DEBUG",
        Level::TRACE => "TRACE",
    }
}

/// What one event says.
#[derive(Default)]
struct Line {
    message: String,
    fields: Vec<(&'static str, Value)>,
}

/// A line break in a value would let a peer forge log lines.
fn one_line(text: String) -> String {
    if text.contains(['\n', '\r']) { text.replace('\r', "\\r").replace('\n', "\\n") } else { text }
}

impl Line {
    fn put(&mut self, field: &Field, value: Value) {
        self.fields.push((field.name(), value));
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = one_line(format!("{value:?}"));
        if field.name() == "message" {
            self.message = text;
        } else {
            self.put(field, text.into());
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let text = one_line(value.to_owned());
        if field.name() == "message" {
            self.message = text;
        } else {
            self.put(field, text.into());
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }
}

/// `YYYY-MM-DD hh:mm:ss,mmm` in UTC, with the two separators given.
fn timestamp_text(now_ms: TimestampMs, before_time: char, before_millis: char) -> String {
    let (days, ms_of_day) = (now_ms.div_euclid(86_400_000), now_ms.rem_euclid(86_400_000));
    let (year, month, day) = civil_date(days);
    let (seconds, millis) = (ms_of_day / 1000, ms_of_day % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = String::with_capacity(24);
    write!(
        text,
        "{year:04}-{month:02}-{day:02}{before_time}{hour:02}:{minute:02}:{second:02}{before_millis}{millis:03}"
    )
    .expect("a String takes every write");
    text
}

/// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar.
///
/// Years are counted from March, so that the leap day is the last day of a year, in cycles of 400 years.
fn civil_date(days: i64) -> (i64, i64, i64) {
    const DAYS_PER_CYCLE: i64 = 146_097;
    // Days from 0000-03-01 to 1970-01-01.
    let days = days + 719_468;
    let (cycle, day_of_cycle) = (days.div_euclid(DAYS_PER_CYCLE), days.rem_euclid(DAYS_PER_CYCLE));
    let year_of_cycle = (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (cycle * 400 + year_of_cycle + i64::from(month <= 2), month, day)
}

/// What one test's thread logs.
#[cfg(test)]
#[derive(Clone, Default)]
pub(crate) struct LinesForTest(Arc<Mutex<Vec<u8>>>);

#[cfg(test)]
impl LinesForTest {
    /// Takes the log lines of this thread until the guard is dropped.
    pub(crate) fn capture(&self) -> tracing::subscriber::DefaultGuard {
        let sink = self.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).without_time().with_writer(move || sink.clone()).finish();
        tracing::subscriber::set_default(subscriber)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[cfg(test)]
impl io::Write for LinesForTest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tracing::{error, info, warn};

    use super::*;
    use crate::clock::Clock;

    #[derive(Debug)]
    struct Noon;

    impl Clock for Noon {
        fn now_ms(&self) -> TimestampMs {
            1_795_219_200_007
        }
    }

    /// The lines that some events make.
    fn lines(format: LogFormat, events: impl FnOnce()) -> String {
        let written = LinesForTest::default();
        let sink = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .event_format(LineFormat { format, clock: Arc::new(Noon) })
            .with_writer(move || sink.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, events);
        written.text()
    }

    #[test]
    fn a_renamed_log_file_is_left_when_it_is_opened_anew() {
        use io::Write as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("logs/server.log");
        let log = LogFile::open(&path).unwrap();
        let mut line = FileLine(log.clone());
        line.write_all(b"one\n").unwrap();
        std::fs::rename(&path, path.with_extension("1")).unwrap();
        line.write_all(b"two\n").unwrap();
        log.reopen().unwrap();
        line.write_all(b"three\n").unwrap();
        assert_eq!(std::fs::read_to_string(path.with_extension("1")).unwrap(), "one\ntwo\n");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "three\n");
        // The directory is gone: the file that is open goes on.
        std::fs::remove_dir_all(dir.path().join("logs")).unwrap();
        assert!(log.reopen().is_err());
        line.write_all(b"four\n").unwrap();
    }

    fn events() {
        info!(target: "kafka.server.KafkaServer", "[KafkaServer id=0] started");
        warn!(target: "kedge_server::replica", topic = "orders", partition = 3, "leader\nlost");
        error!(target: "kafka.Kafka$", client = "a\nb", "bad");
    }

    #[test]
    fn text_is_log4js() {
        insta::assert_snapshot!(lines(LogFormat::Text, events), @r"
        [2026-11-21 00:00:00,007] INFO [KafkaServer id=0] started (kafka.server.KafkaServer)
        [2026-11-21 00:00:00,007] WARN leader\nlost topic=orders partition=3 (kedge_server.replica)
        [2026-11-21 00:00:00,007] ERROR bad client=a\nb (kafka.Kafka$)
        ");
    }

    #[test]
    fn json_is_one_object_per_line() {
        insta::assert_snapshot!(lines(LogFormat::Json, events), @r#"
        {"time":"2026-11-21T00:00:00.007Z","level":"INFO","logger":"kafka.server.KafkaServer","message":"[KafkaServer id=0] started"}
        {"time":"2026-11-21T00:00:00.007Z","level":"WARN","logger":"kedge_server.replica","message":"leader\\nlost","topic":"orders","partition":3}
        {"time":"2026-11-21T00:00:00.007Z","level":"ERROR","logger":"kafka.Kafka$","message":"bad","client":"a\\nb"}
        "#);
    }

    #[test]
    fn dates_at_the_edges_of_months_and_years() {
        for (now_ms, expected) in [
            (0, "1970-01-01 00:00:00,000"),
            (951_782_400_000, "2000-02-29 00:00:00,000"),
            (951_868_799_999, "2000-02-29 23:59:59,999"),
            (4_107_542_400_000, "2100-03-01 00:00:00,000"),
            (1_798_761_599_000, "2026-12-31 23:59:59,000"),
            (-1, "1969-12-31 23:59:59,999"),
        ] {
            assert_eq!(timestamp_text(now_ms, ' ', ','), expected);
        }
    }
}
