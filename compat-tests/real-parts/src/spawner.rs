//! Starts child processes that the kernel kills when this process dies.
#![allow(unsafe_code)]

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::{OnceLock, mpsc};

use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};

struct SpawnJob {
    command: Command,
    reply: mpsc::Sender<io::Result<Child>>,
}

/// Starts `command` so that it gets SIGKILL when this process ends, also when this process is itself killed.
///
/// `PR_SET_PDEATHSIG` is about the *thread* that forked: a child started by a test's own thread would die with that test,
/// though the ensemble may be shared by the next one. So one thread, which lives as long as the process, starts them all.
pub(crate) fn spawn(command: Command) -> io::Result<Child> {
    static SPAWNER: OnceLock<mpsc::Sender<SpawnJob>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (sender, jobs) = mpsc::channel::<SpawnJob>();
        std::thread::Builder::new()
            .name("spawner".to_owned())
            .spawn(move || {
                for SpawnJob { mut command, reply } in jobs {
                    die_with_this_thread(&mut command);
                    // The caller waits for the reply, so it is there to take it.
                    reply.send(command.spawn()).expect("the caller of spawn waits");
                }
            })
            .expect("a thread can be started");
        sender
    });
    let (reply, answer) = mpsc::channel();
    spawner.send(SpawnJob { command, reply }).expect("the spawner thread lives as long as the process");
    answer.recv().expect("the spawner thread answers every job")
}

fn die_with_this_thread(command: &mut Command) {
    let harness = getpid();
    // SAFETY: the closure runs in the child between fork and exec, where only async-signal-safe calls are allowed. It
    // makes two system calls and builds an error from a number: no allocation, no lock, no panic.
    unsafe {
        command.pre_exec(move || {
            set_parent_process_death_signal(Some(Signal::KILL))?;
            // The harness may have died before the line above took effect; then nobody would send the signal.
            if getppid() == Some(harness) {
                Ok(())
            } else {
                Err(io::Error::from_raw_os_error(rustix::io::Errno::SRCH.raw_os_error()))
            }
        });
    }
}
