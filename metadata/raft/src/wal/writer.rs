//! The one thread that writes the Raft log. Whatever has queued up while it synced is written and synced together.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
};

use super::{
    frame::{self, HardState, WalRecord},
    recover::{SegmentFile, WalError, segment_path},
};
use crate::files;

/// A new segment is begun after this many bytes.
pub(crate) const SEGMENT_SIZE_BYTES: u64 = 16 * 1024 * 1024;

/// Called once the command is as durable as it asked to be.
pub(crate) type Done = Box<dyn FnOnce(Result<(), io::Error>) + Send>;

/// What to write.
pub(crate) struct Command {
    /// Framed records.
    pub(crate) frames: Vec<u8>,
    /// Highest index of an entry in `frames`.
    pub(crate) last_index: Option<u64>,
    /// The state as of this command; opens the next segment.
    pub(crate) state: HardState,
    /// Whether `done` must wait for a sync.
    pub(crate) sync: bool,
    /// Who waits.
    pub(crate) done: Option<Done>,
}

/// The sending end. The thread ends when it is dropped.
pub(crate) struct Writer {
    commands: Option<mpsc::Sender<Command>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread on recovered segments.
    pub(crate) fn start(dir: &Path, segments: Vec<SegmentFile>, state: HardState) -> Result<Writer, WalError> {
        let mut disk = Disk::open(dir, segments, state)?;
        let (sender, receiver) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("raft-log".to_owned())
            .spawn(move || disk.run(receiver))
            .map_err(WalError::io(dir))?;
        Ok(Writer { commands: Some(sender), thread: Some(thread) })
    }

    /// Queues a write.
    pub(crate) fn send(&self, command: Command) -> Result<(), WalError> {
        let commands = self.commands.as_ref().expect("only drop takes the sender");
        commands.send(command).map_err(|_| WalError::Stopped("its thread is gone".to_owned()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.commands.take();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has already failed every waiting write.
            let _ = thread.join();
        }
    }
}

struct Disk {
    dir: PathBuf,
    segments: VecDeque<SegmentFile>,
    active: File,
    state: HardState,
    failed: Option<String>,
}

impl Disk {
    fn open(dir: &Path, segments: Vec<SegmentFile>, state: HardState) -> Result<Disk, WalError> {
        let mut segments = VecDeque::from(segments);
        // A crash while a segment was begun leaves it without its first record: begin it again.
        if segments.back().is_some_and(|last| last.size_bytes == 0) {
            let empty = segments.pop_back().expect("just seen");
            fs::remove_file(&empty.path).map_err(WalError::io(&empty.path))?;
        }
        let active = match segments.back() {
            Some(last) => File::options().append(true).open(&last.path).map_err(WalError::io(&last.path))?,
            None => begin_segment(dir, 1, state, &mut segments).map_err(WalError::io(dir))?,
        };
        Ok(Disk { dir: dir.to_owned(), segments, active, state, failed: None })
    }

    fn run(&mut self, commands: mpsc::Receiver<Command>) {
        while let Ok(first) = commands.recv() {
            let batch: Vec<Command> = std::iter::once(first).chain(commands.try_iter()).collect();
            let outcome = self.write(&batch);
            if let Err(error) = &outcome {
                tracing::error!(dir = %self.dir.display(), %error, "the Raft log cannot be written");
                self.failed = Some(error.to_string());
            }
            for command in batch {
                if let Some(done) = command.done {
                    done(outcome.as_ref().map(|_| ()).map_err(|error| io::Error::other(error.to_string())));
                }
            }
        }
    }

    /// Writes a batch of commands with at most one sync. After an error nothing is written any more: what a failed sync
    /// left on disk is unknown.
    fn write(&mut self, batch: &[Command]) -> io::Result<()> {
        if let Some(failed) = &self.failed {
            return Err(io::Error::other(failed.clone()));
        }
        let active = self.segments.back_mut().expect("there is always an active segment");
        for command in batch {
            self.active.write_all(&command.frames)?;
            active.size_bytes += command.frames.len() as u64;
            active.last_index = active.last_index.max(command.last_index);
            self.state = command.state;
        }
        let full = active.size_bytes >= SEGMENT_SIZE_BYTES;
        if full || batch.iter().any(|command| command.sync) {
            self.active.sync_data()?;
        }
        if full {
            let sequence = active.sequence + 1;
            self.active = begin_segment(&self.dir, sequence, self.state, &mut self.segments)?;
        }
        self.delete_purged()
    }

    fn delete_purged(&mut self) -> io::Result<()> {
        let Some(purged) = self.state.purged else { return Ok(()) };
        let mut deleted = false;
        while self.segments.len() > 1 && self.segments[0].last_index.is_none_or(|last| last <= purged.index) {
            if !deleted {
                // The purge itself must be on disk before the entries it speaks of go.
                self.active.sync_data()?;
                deleted = true;
            }
            let oldest = self.segments.pop_front().expect("more than one");
            fs::remove_file(&oldest.path)?;
        }
        if deleted { files::sync_dir(&self.dir) } else { Ok(()) }
    }
}

fn begin_segment(
    dir: &Path,
    sequence: u64,
    state: HardState,
    segments: &mut VecDeque<SegmentFile>,
) -> io::Result<File> {
    let path = segment_path(dir, sequence);
    let mut file = File::options().append(true).create(true).open(&path)?;
    let mut frames = Vec::new();
    frame::put(&mut frames, &WalRecord::State(state));
    file.write_all(&frames)?;
    file.sync_all()?;
    files::sync_dir(dir)?;
    segments.push_back(SegmentFile { path, sequence, last_index: None, size_bytes: frames.len() as u64 });
    Ok(file)
}
