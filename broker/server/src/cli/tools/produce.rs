//! `kedge produce`: Kafka 3.9's `kafka-console-producer.sh`. Each line of standard input is a record.
//!
//! Unlike there: what has been read is sent at once, without waiting for more (Apache waits a second for a fuller batch); records
//! are sent uncompressed; and the exit code is 1 when a record was not acknowledged, where Apache logs it and ends with 0.

use std::{
    collections::BTreeMap,
    io::{BufRead, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::Args;
use tokio::sync::mpsc;

use super::{ToolError, admin::AdminClient, block_on, key_values::KeyValues, usage};
use line_reader::{LineReader, Record};
use sender::{Sender, SenderConfig};

mod line_reader;
mod partitioner;
mod sender;

const TOOL: &str = "produce";
/// Lines that are read ahead of what is sent.
const READ_AHEAD: usize = 1024;

/// Arguments of `kedge produce`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct ProduceArgs {
    /// Brokers to ask first, HOST:PORT separated by commas.
    #[arg(long, value_name = "SERVERS")]
    bootstrap_server: Option<String>,
    /// The old name of --bootstrap-server.
    #[arg(long, value_name = "SERVERS")]
    broker_list: Option<String>,
    /// The topic that records go to.
    #[arg(long)]
    topic: Option<String>,
    /// How lines are read: parse.key, key.separator, parse.headers, headers.delimiter, headers.separator,
    /// headers.key.separator, ignore.error, null.marker. May be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    property: Vec<String>,
    /// A file of such properties.
    #[arg(long, value_name = "FILE")]
    reader_config: Option<PathBuf>,
    /// A producer's property: acks, batch.size, max.request.size, max.block.ms, delivery.timeout.ms, request.timeout.ms,
    /// enable.idempotence, client.id. May be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    producer_property: Vec<String>,
    /// A file of such properties.
    #[arg(long = "producer.config", value_name = "FILE")]
    producer_config: Option<PathBuf>,
    /// Sends records one at a time and stops at the first that fails.
    #[arg(long)]
    sync: bool,
    /// Acknowledgements to wait for: -1 or all, 1, 0 (taken as 1).
    #[arg(long, value_name = "ACKS", allow_hyphen_values = true)]
    request_required_acks: Option<String>,
    /// How long a broker may take over a request, milliseconds.
    #[arg(long, value_name = "MS")]
    request_timeout_ms: Option<u64>,
    /// How long to wait for the topic to be there, milliseconds.
    #[arg(long, value_name = "MS")]
    max_block_ms: Option<u64>,
    /// Bytes of a batch.
    #[arg(long, value_name = "BYTES")]
    batch_size: Option<usize>,
    /// Bytes of a batch; goes over --batch-size.
    #[arg(long, value_name = "BYTES")]
    max_partition_memory_bytes: Option<usize>,
    /// Accepted; records are sent uncompressed.
    #[arg(long, value_name = "CODEC", num_args = 0..=1, default_missing_value = "gzip")]
    compression_codec: Option<String>,
    /// Only kafka.tools.ConsoleProducer$LineMessageReader, the default.
    #[arg(long, value_name = "CLASS", hide = true)]
    line_reader: Option<String>,
    /// Accepted without effect: a record is tried until delivery.timeout.ms.
    #[arg(long, value_name = "COUNT", hide = true)]
    message_send_max_retries: Option<u32>,
    /// Accepted without effect.
    #[arg(long, value_name = "MS", hide = true)]
    retry_backoff_ms: Option<u64>,
    /// Accepted without effect: nothing waits for a fuller batch.
    #[arg(long, value_name = "MS", hide = true)]
    timeout: Option<u64>,
    /// Accepted without effect.
    #[arg(long, value_name = "MS", hide = true)]
    metadata_expiry_ms: Option<u64>,
    /// Accepted without effect.
    #[arg(long, value_name = "BYTES", hide = true)]
    max_memory_bytes: Option<u64>,
    /// Accepted without effect.
    #[arg(long, value_name = "BYTES", hide = true)]
    socket_buffer_size: Option<u64>,
}

/// What the flags ask for.
#[derive(Debug)]
struct Order {
    servers: String,
    client_id: String,
    reader: LineReader,
    sender: SenderConfig,
}

/// Sends standard input. Its own thread prompts, so nobody holds standard output's lock.
pub(in crate::cli) fn main(args: &ProduceArgs) -> ExitCode {
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &ProduceArgs) -> Result<(), ToolError> {
    let order = args.order()?;
    if let Some(codec) = args.compression_codec.as_deref().filter(|codec| *codec != "none") {
        eprintln!("WARN --compression-codec {codec} has no effect: records are sent uncompressed");
    }
    let client = AdminClient::new(&order.servers, &order.client_id)?;
    // Apache asks whether it has a console: standard input and output are terminals.
    let prompt = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let (lines, records) = mpsc::channel(READ_AHEAD);
    let reader = order.reader;
    // Reading blocks and cannot be interrupted: the thread ends with the process.
    std::thread::spawn(move || read_lines(&reader, prompt, &lines));
    block_on(send_all(Sender::new(client, order.sender), records, args.sync))
}

impl ProduceArgs {
    fn order(&self) -> Result<Order, ToolError> {
        let Some(servers) = self.bootstrap_server.as_ref().or(self.broker_list.as_ref()) else {
            return Err(usage(TOOL, "Missing required option(s) [bootstrap-server]"));
        };
        let Some(topic) = &self.topic else {
            return Err(usage(TOOL, "Missing required argument \"[topic]\""));
        };
        if let Some(class) = self.line_reader.as_deref().filter(|class| !class.ends_with("LineMessageReader")) {
            return Err(ToolError(format!("--line-reader {class} is a Java class, which this tool cannot load")));
        }
        let reader = LineReader::configured(&KeyValues::of(self.reader_config.as_deref(), &self.property)?)?;
        let producer = KeyValues::of(self.producer_config.as_deref(), &self.producer_property)?;
        producer.refuse_security()?;
        let millis = |flag: Option<u64>, key: &str, default: u64| {
            Ok::<_, ToolError>(Duration::from_millis(flag.or(producer.number(key)?).unwrap_or(default)))
        };
        let acks = self.request_required_acks.as_deref().or(producer.get("acks")).unwrap_or("-1");
        let needs_all = match acks {
            "-1" | "all" => true,
            "0" | "1" => false,
            other => {
                return Err(ToolError(format!(
                    "Invalid value {other} for configuration acks: String must be one of: all, -1, 0, 1"
                )));
            }
        };
        let batch_bytes = self.max_partition_memory_bytes.or(self.batch_size).or(producer.number("batch.size")?);
        let sender = SenderConfig {
            topic: topic.clone(),
            acks: if needs_all { -1 } else { 1 },
            idempotent: needs_all && producer.flag("enable.idempotence") != Some(false),
            batch_bytes: batch_bytes.unwrap_or(16 * 1024).max(1),
            request_max_bytes: producer.number("max.request.size")?.unwrap_or(1024 * 1024),
            request_timeout: millis(self.request_timeout_ms, "request.timeout.ms", 30_000)?,
            max_block: millis(self.max_block_ms, "max.block.ms", 60_000)?,
            delivery_timeout: millis(None, "delivery.timeout.ms", 120_000)?,
        };
        let client_id = producer.get("client.id").unwrap_or("console-producer").to_owned();
        Ok(Order { servers: servers.clone(), client_id, reader, sender })
    }
}

/// Reads standard input to its end, or to the first line that is no record.
fn read_lines(reader: &LineReader, prompt: bool, lines: &mpsc::Sender<Result<Record, ToolError>>) {
    let mut input = std::io::stdin().lock();
    for line_number in 1.. {
        if prompt {
            show_prompt();
        }
        let mut line = Vec::new();
        let read = input.read_until(b'\n', &mut line).map_err(ToolError::from);
        if matches!(read, Ok(0)) {
            return;
        }
        if line.last() == Some(&b'\n') {
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
        }
        let record = read.and_then(|_| reader.record(&line, line_number));
        let is_bad = record.is_err();
        if lines.blocking_send(record).is_err() || is_bad {
            return;
        }
    }
}

/// A prompt that fails to show harms nothing.
fn show_prompt() {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(b">").and_then(|()| out.flush());
}

async fn send_all(
    mut sender: Sender,
    mut records: mpsc::Receiver<Result<Record, ToolError>>,
    one_at_a_time: bool,
) -> Result<(), ToolError> {
    let mut unsent = BTreeMap::new();
    let mut bad_line = None;
    while let Some(record) = records.recv().await {
        let mut next = Some(record);
        while let Some(record) = next {
            match record {
                Ok(record) => sender.place(record, &mut unsent).await?,
                Err(error) => bad_line = Some(error),
            }
            let is_enough = one_at_a_time || sender.is_enough(&unsent);
            next = if is_enough { None } else { records.try_recv().ok() };
        }
        sender.send(std::mem::take(&mut unsent)).await;
        if one_at_a_time && sender.failed_count() > 0 {
            break;
        }
    }
    match (bad_line, sender.failed_count()) {
        (Some(error), _) => Err(error),
        (None, 0) => Ok(()),
        (None, failed) => Err(ToolError(format!("{failed} records were not acknowledged"))),
    }
}

#[cfg(test)]
mod tests;
