//! `kedge consume`: Kafka 3.9's `kafka-console-consumer.sh`. It prints the values of a topic's records, a line each.
//!
//! Its group uses the range assignor, which every Java consumer offers too. Formatters and deserialisers are Java classes: the
//! default formatter is there, and the deserialisers of strings, bytes, longs and integers.

use std::{io::Write, path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;

use super::{ToolError, key_values::KeyValues, topic_filter::TopicFilter, usage};
use crate::random::random_seed;
use consumer::{Consumer, Ended};
use format::Formatter;

mod assignor;
mod consumer;
mod fetched;
mod format;
mod membership;
mod positions;

const TOOL: &str = "consume";

/// Arguments of `kedge consume`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct ConsumeArgs {
    /// Brokers to ask first, HOST:PORT separated by commas.
    #[arg(long, value_name = "SERVERS")]
    bootstrap_server: Option<String>,
    /// The topic.
    #[arg(long)]
    topic: Option<String>,
    /// Topics by a regular expression.
    #[arg(long, value_name = "PATTERN")]
    include: Option<String>,
    /// The old name of --include.
    #[arg(long, value_name = "PATTERN")]
    whitelist: Option<String>,
    /// One partition, without a group. Begins at its end unless --offset or --from-beginning says otherwise.
    #[arg(long, value_name = "PARTITION")]
    partition: Option<i32>,
    /// Where to begin in the partition: a number, earliest or latest.
    #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
    offset: Option<String>,
    /// Begins at the earliest record where the group has no offset.
    #[arg(long)]
    from_beginning: bool,
    /// Ends after so many records.
    #[arg(long, value_name = "COUNT", allow_hyphen_values = true)]
    max_messages: Option<i64>,
    /// Ends when no record came for so long, milliseconds.
    #[arg(long, value_name = "MS", allow_hyphen_values = true)]
    timeout_ms: Option<i64>,
    /// The consumer group. Without it, one of its own whose offsets are not kept.
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// What is printed: print.timestamp, print.partition, print.offset, print.headers, print.key, print.value, key.separator,
    /// line.separator, headers.separator, null.literal, key.deserializer, value.deserializer. May be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    property: Vec<String>,
    /// A file of such properties.
    #[arg(long, value_name = "FILE")]
    formatter_config: Option<PathBuf>,
    /// Only the default formatter.
    #[arg(long, value_name = "CLASS", hide = true)]
    formatter: Option<String>,
    /// Deserialiser of keys.
    #[arg(long, value_name = "CLASS")]
    key_deserializer: Option<String>,
    /// Deserialiser of values.
    #[arg(long, value_name = "CLASS")]
    value_deserializer: Option<String>,
    /// A consumer's property: auto.offset.reset, enable.auto.commit, auto.commit.interval.ms, group.id, isolation.level,
    /// session.timeout.ms, max.poll.interval.ms, heartbeat.interval.ms, client.id. May be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    consumer_property: Vec<String>,
    /// A file of such properties.
    #[arg(long = "consumer.config", value_name = "FILE")]
    consumer_config: Option<PathBuf>,
    /// read_committed or read_uncommitted.
    #[arg(long, value_name = "LEVEL")]
    isolation_level: Option<String>,
    /// Goes on when a record cannot be printed. Accepted: every record can be printed.
    #[arg(long, hide = true)]
    skip_message_on_error: bool,
    /// Prints shutdown_complete at the end, for system tests.
    #[arg(long)]
    enable_systest_events: bool,
}

/// Where to begin where there is no committed offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begin {
    Earliest,
    Latest,
    /// `auto.offset.reset=none`: nowhere.
    Nowhere,
    At(i64),
}

/// Which records are consumed.
#[derive(Debug)]
enum Subscription {
    Topic(String),
    Pattern(TopicFilter),
    /// One partition, without a group.
    Partition(String, i32),
}

/// What the flags ask for.
#[derive(Debug)]
struct Order {
    servers: String,
    client_id: String,
    subscription: Subscription,
    begin: Begin,
    group: GroupSettings,
    read_committed: bool,
    /// None: for ever.
    max_messages: Option<u64>,
    timeout: Option<Duration>,
    formatter: Formatter,
}

/// A group's name and times.
#[derive(Clone, Debug)]
struct GroupSettings {
    name: String,
    /// How often offsets are committed; nothing when they are not kept.
    commit_interval: Option<Duration>,
    session_timeout: Duration,
    rebalance_timeout: Duration,
    heartbeat_interval: Duration,
}

/// Runs the consumer; 130 and 143 after SIGINT and SIGTERM, as Java's.
pub(in crate::cli) fn main(args: &ConsumeArgs) -> ExitCode {
    let order = match args.order() {
        Ok(order) => order,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut printed_count = 0;
    let ended = super::block_on(async {
        let mut consumer = Consumer::new(order, &mut out, &mut printed_count)?;
        let ended = consumer.run().await;
        consumer.close().await;
        ended
    });
    eprintln!("Processed a total of {printed_count} messages");
    if args.enable_systest_events {
        // Nobody reads it: nothing is left to do.
        let _ = writeln!(out, "shutdown_complete");
    }
    let _ = out.flush();
    match ended {
        Ok(Ended::Enough | Ended::OutputClosed | Ended::TimedOut) => ExitCode::SUCCESS,
        Ok(Ended::Signal(code)) => ExitCode::from(code),
        Err(error) => {
            eprintln!("ERROR Error processing message, terminating consumer process: {error}");
            ExitCode::FAILURE
        }
    }
}

impl ConsumeArgs {
    fn order(&self) -> Result<Order, ToolError> {
        let subscription = self.subscription()?;
        let Some(servers) = &self.bootstrap_server else {
            return Err(usage(TOOL, "Missing required argument \"[bootstrap-server]\""));
        };
        let consumer = KeyValues::of(self.consumer_config.as_deref(), &self.consumer_property)?;
        consumer.refuse_security()?;
        let group = self.group_settings(&consumer)?;
        let begin = self.begin(&consumer, &subscription)?;
        let level = self.isolation_level.as_deref().or(consumer.get("isolation.level")).unwrap_or("read_uncommitted");
        let read_committed = match level {
            "read_committed" => true,
            "read_uncommitted" => false,
            other => {
                let text = "for configuration isolation.level: String must be one of: read_committed, read_uncommitted";
                return Err(ToolError(format!("Invalid value {other} {text}")));
            }
        };
        Ok(Order {
            servers: servers.clone(),
            client_id: consumer.get("client.id").unwrap_or("console-consumer").to_owned(),
            subscription,
            begin,
            group,
            read_committed,
            max_messages: self.max_messages.and_then(|count| u64::try_from(count).ok()),
            timeout: self.timeout_ms.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis),
            formatter: self.formatter()?,
        })
    }

    fn subscription(&self) -> Result<Subscription, ToolError> {
        let pattern = self.include.as_ref().or(self.whitelist.as_ref());
        let refused = |text: &str| Err(usage(TOOL, text));
        if self.partition.is_some() && self.topic.is_none() {
            return refused("The topic is required when partition is specified.");
        }
        if self.offset.is_some() && self.partition.is_none() {
            return refused("The partition is required when offset is specified.");
        }
        if self.offset.is_some() && self.from_beginning {
            return refused("Options from-beginning and offset cannot be specified together.");
        }
        match (&self.topic, pattern, self.partition) {
            (Some(topic), None, Some(partition)) => Ok(Subscription::Partition(topic.clone(), partition)),
            (Some(topic), None, None) => Ok(Subscription::Topic(topic.clone())),
            (None, Some(pattern), _) => Ok(Subscription::Pattern(TopicFilter::parse(pattern)?)),
            _ if self.whitelist.is_some() => refused(
                "Exactly one of --include/--topic is required. --whitelist is DEPRECATED use --include instead; ignored if \
                 --include specified.",
            ),
            _ => refused("Exactly one of --include/--topic is required. "),
        }
    }

    fn begin(&self, consumer: &KeyValues, subscription: &Subscription) -> Result<Begin, ToolError> {
        if let (Some(offset), Subscription::Partition(..)) = (&self.offset, subscription) {
            return match (offset.to_ascii_lowercase().as_str(), offset.parse::<i64>()) {
                ("earliest", _) => Ok(Begin::Earliest),
                ("latest", _) => Ok(Begin::Latest),
                (_, Ok(at)) if at >= 0 => Ok(Begin::At(at)),
                _ => Err(usage(
                    TOOL,
                    format!(
                        "The provided offset value '{offset}' is incorrect. Valid values are 'earliest', 'latest', or a \
                         non-negative long."
                    ),
                )),
            };
        }
        match consumer.get("auto.offset.reset") {
            Some(other) if self.from_beginning && other != "earliest" => Err(ToolError(format!(
                "Can't simultaneously specify --from-beginning and 'auto.offset.reset={other}', please remove one option"
            ))),
            Some("earliest") => Ok(Begin::Earliest),
            Some("latest") => Ok(Begin::Latest),
            Some("none") => Ok(Begin::Nowhere),
            Some(other) => Err(ToolError(format!("Invalid value {other} for configuration auto.offset.reset"))),
            None if self.from_beginning => Ok(Begin::Earliest),
            None => Ok(Begin::Latest),
        }
    }

    fn group_settings(&self, consumer: &KeyValues) -> Result<GroupSettings, ToolError> {
        let named = [self.group.as_deref(), consumer.get("group.id")];
        let mut names: Vec<&str> = named.into_iter().flatten().collect();
        names.dedup();
        if let [one, other, ..] = names[..] {
            return Err(usage(
                TOOL,
                format!(
                    "The group ids provided in different places (directly using '--group', via '--consumer-property', or via \
                     '--consumer.config') do not match. Detected group ids: '{one}', '{other}'"
                ),
            ));
        }
        if !names.is_empty() && self.partition.is_some() {
            return Err(usage(TOOL, "Options group and partition cannot be specified together."));
        }
        // A group that nobody named is not used again: its offsets are not kept.
        let keeps = consumer.flag("enable.auto.commit").unwrap_or(!names.is_empty());
        let millis = |key: &str, default: u64| {
            Ok::<_, ToolError>(Duration::from_millis(consumer.number(key)?.unwrap_or(default)))
        };
        let commit_interval = millis("auto.commit.interval.ms", 5_000)?.max(Duration::from_millis(1));
        Ok(GroupSettings {
            name: names
                .first()
                .map_or_else(|| format!("console-consumer-{}", random_seed() % 100_000), |name| (*name).to_owned()),
            commit_interval: keeps.then_some(commit_interval),
            session_timeout: millis("session.timeout.ms", 45_000)?,
            rebalance_timeout: millis("max.poll.interval.ms", 300_000)?,
            heartbeat_interval: millis("heartbeat.interval.ms", 3_000)?.max(Duration::from_millis(10)),
        })
    }

    fn formatter(&self) -> Result<Formatter, ToolError> {
        if let Some(class) = self.formatter.as_deref().filter(|class| !class.ends_with(".DefaultMessageFormatter")) {
            return Err(ToolError(format!("--formatter {class} is a Java class, which this tool cannot load")));
        }
        let mut flags = self.property.clone();
        let deserializers =
            [("key.deserializer", &self.key_deserializer), ("value.deserializer", &self.value_deserializer)];
        for (key, class) in deserializers {
            if let Some(class) = class {
                // A --property goes over it.
                flags.insert(0, format!("{key}={class}"));
            }
        }
        Formatter::configured(&KeyValues::of(self.formatter_config.as_deref(), &flags)?)
    }
}

#[cfg(test)]
mod tests;
