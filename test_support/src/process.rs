// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A process that ends with the test that started it, also when the test fails.

use crate::{is_true_within, wait_until, PATIENCE};
use procfs::process::{FDTarget, Process as ProcessInfo};
use std::{
    fmt,
    fs::File,
    io::Write,
    os::unix::{
        fs::FileExt,
        process::{CommandExt, ExitStatusExt},
    },
    path::PathBuf,
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    time::Duration,
};

/// How long a process may take to shut down when its test is over.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// A running process in a process group of its own, with both output streams captured.
///
/// When it is dropped, the process group receives SIGINT, and SIGKILL when it has not ended five
/// seconds later. When a test fails, it prints both streams.
pub struct Process {
    child: Child,
    command: String,
    stdin: Option<ChildStdin>,
    stdout: Capture,
    stderr: Capture,
    // What the process itself will not remove.
    segments: Vec<PathBuf>,
}

/// The result of a process that has ended.
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// All that it wrote to stdout.
    pub stdout: String,
    /// All that it wrote to stderr.
    pub stderr: String,
    command: String,
}

impl Process {
    /// Starts `command` with an empty stdin. The process ends with the thread that has started it.
    pub fn start(command: Command) -> Self {
        let mut process = Self::start_with_stdin(command);
        process.close_stdin();
        process
    }

    /// Starts `command` with a pipe as stdin.
    pub fn start_with_stdin(mut command: Command) -> Self {
        let description = format!("{command:?}");
        let (stdout, stderr) = (Capture::new(), Capture::new());
        command
            .stdin(Stdio::piped())
            .stdout(stdout.stream())
            .stderr(stderr.stream())
            .process_group(0);
        // SAFETY: Both calls are async-signal-safe, and change only the new process.
        unsafe {
            command.pre_exec(|| {
                // This guard cannot act when the test program itself is killed; the kernel can, when
                // the thread that has started the process ends.
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                // Fast DDS lets its lock files be inherited. Those of the nodes of this process
                // must not stay locked by the new one.
                libc::close_range(3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC as i32);
                Ok(())
            });
        }
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {description}: {error}"));
        Self {
            stdin: child.stdin.take(),
            child,
            command: description,
            stdout,
            stderr,
            segments: Vec::new(),
        }
    }

    /// Writes to the stdin of the process.
    pub fn write(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().expect("a stdin that is not closed");
        let written = stdin.write_all(text.as_bytes());
        written.unwrap_or_else(|error| panic!("cannot write {text:?}: {error}: {self:?}"));
    }

    /// Closes the stdin of the process.
    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Waits until `text` was written to stderr, where ROS logs go.
    #[track_caller]
    pub fn wait_for_log(&mut self, text: &str) {
        self.wait_for("logged", text, Self::stderr);
    }

    /// Waits until `text` was written to stdout.
    #[track_caller]
    pub fn wait_for_output(&mut self, text: &str) {
        self.wait_for("printed", text, Self::stdout);
    }

    #[track_caller]
    fn wait_for(&mut self, verb: &str, text: &str, stream: fn(&Self) -> String) {
        let mut is_written = false;
        is_true_within(PATIENCE, || {
            let has_ended = !self.is_running();
            is_written = stream(self).contains(text);
            is_written || has_ended
        });
        assert!(is_written, "never {verb} {text:?}: {self:?}");
    }

    /// What was written to stderr so far.
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// What was written to stdout so far.
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// The number of the process.
    pub fn id(&self) -> i32 {
        self.child.id() as i32
    }

    /// What `/proc` says about the process.
    pub fn info(&self) -> ProcessInfo {
        ProcessInfo::new(self.id()).expect("a process that runs")
    }

    /// The shared-memory files that the process holds a lock for: its own segments, which it sends
    /// from, and the ports at which it receives.
    fn shared_memory_files(&self) -> Vec<String> {
        let descriptors = self.info().fd().into_iter().flatten().flatten();
        let locked = descriptors.filter_map(|descriptor| match descriptor.target {
            FDTarget::Path(lock) => Some(lock.to_str()?.strip_suffix("_el")?.to_owned()),
            _ => None,
        });
        // The prefix of Fast DDS 2 and of Fast DDS 3.
        let prefixes = ["/dev/shm/fastrtps_", "/dev/shm/fastdds_"];
        let is_shared = |file: &String| prefixes.iter().any(|prefix| file.starts_with(prefix));
        locked.filter(is_shared).collect()
    }

    /// The shared-memory segments of the process, which have random names.
    pub fn segments(&self) -> Vec<PathBuf> {
        let files = self.shared_memory_files().into_iter();
        let segments = files.filter(|file| port_of(file).is_none());
        segments.map(PathBuf::from).collect()
    }

    /// Deletes the shared-memory port file of the process whose number `is_meant`.
    #[track_caller]
    pub fn delete_port_file(&self, is_meant: impl Fn(u16) -> bool) {
        let mut files = self.shared_memory_files().into_iter();
        let file = files.find(|file| port_of(file).is_some_and(&is_meant));
        let file = file.unwrap_or_else(|| panic!("no such port of {self:?}"));
        std::fs::remove_file(file).expect("a port file of our own process");
    }

    /// Sends SIGKILL to the process, which then cannot shut down.
    pub fn kill(&mut self) {
        self.remove_segments_later();
        self.signal(libc::SIGKILL);
    }

    /// Makes this guard remove the shared-memory segments of a process that will not do so itself.
    pub fn remove_segments_later(&mut self) {
        self.segments = self.segments();
    }

    /// Sends a signal to the process.
    #[track_caller]
    pub fn signal(&self, signal: i32) {
        send_signal(self.id(), signal);
    }

    /// Sends a signal to all processes of the group, as a terminal does for Ctrl-C.
    #[track_caller]
    pub fn signal_group(&self, signal: i32) {
        send_signal(-self.id(), signal);
    }

    /// Stops the process with SIGSTOP, and waits until each of its threads has stopped: sending the
    /// signal returns earlier.
    pub fn suspend(&self) {
        self.signal(libc::SIGSTOP);
        wait_until("every thread is stopped", PATIENCE, || {
            let threads = self.info().tasks().into_iter().flatten().flatten();
            let mut states = threads.map(|thread| thread.stat().map(|stat| stat.state));
            states.all(|state| matches!(state, Ok('T')))
        });
    }

    /// Lets a suspended process run again.
    pub fn resume(&self) {
        self.signal(libc::SIGCONT);
    }

    /// Whether the process still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends a signal to the process, and waits until it ends.
    #[track_caller]
    pub fn stop(self, signal: i32) -> Finished {
        self.signal(signal);
        self.finish()
    }

    /// Waits until the process ends by itself.
    #[track_caller]
    pub fn finish(self) -> Finished {
        self.finish_within(PATIENCE)
    }

    /// Waits until the process ends by itself, and fails the test when it takes longer than `limit`.
    #[track_caller]
    pub fn finish_within(mut self, limit: Duration) -> Finished {
        let has_ended = is_true_within(limit, || !self.is_running());
        let seconds = limit.as_secs_f64();
        assert!(has_ended, "still running after {seconds} s: {self:?}");
        let status = self.child.wait().expect("a child that has ended");
        self.end_group();
        Finished {
            status,
            stdout: self.stdout.text(),
            stderr: self.stderr.text(),
            command: std::mem::take(&mut self.command),
        }
    }

    /// Kills all processes of the group that are left.
    fn end_group(&mut self) {
        // SAFETY: kill has no preconditions. The group may be empty, which is no error here.
        unsafe { libc::kill(-self.id(), libc::SIGKILL) };
        for file in self.segments.drain(..) {
            let lock = format!("{}_el", file.display());
            for file in [file, lock.into()] {
                let _ = std::fs::remove_file(file);
            }
        }
    }
}

/// The port of a shared-memory file that is one: `fastrtps_port7421`, and `fastdds_port7421` with Fast DDS 3.
pub fn port_of(file: &str) -> Option<u16> {
    let (_, port) = file.split_once("_port")?;
    port.parse().ok()
}

/// Sends a signal to a process, or to the process group of a negative number, as in kill(2).
#[track_caller]
pub fn send_signal(process: i32, signal: i32) {
    // SAFETY: kill has no preconditions. The caller has not waited for the process, so that its
    // number is still its own.
    let sent = unsafe { libc::kill(process, signal) };
    assert_eq!(sent, 0, "cannot send signal {signal} to {process}");
}

impl Drop for Process {
    fn drop(&mut self) {
        let ended_before = self.child.try_wait().ok().flatten();
        if ended_before.is_none() {
            self.signal_group(libc::SIGINT);
            // A suspended process would not receive it.
            self.signal_group(libc::SIGCONT);
            if !is_true_within(SHUTDOWN_TIMEOUT, || !self.is_running()) {
                self.kill();
            }
        }
        let _ = self.child.wait();
        self.end_group();
        if std::thread::panicking() && !self.command.is_empty() {
            eprintln!("--- of a failed test: {self:?}");
            if let Some(status) = ended_before {
                eprintln!("--- ended before the test did: {status}");
            }
        }
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (stdout, stderr) = (self.stdout.text(), self.stderr.text());
        write!(
            f,
            "{}\n--- stdout\n{stdout}\n--- stderr\n{stderr}",
            self.command
        )
    }
}

impl Finished {
    /// Whether a signal ended the process before it could exit.
    pub fn was_killed(&self) -> bool {
        self.status.signal().is_some()
    }

    /// Fails the test unless the process has exited with `code`; one that a signal has killed has none.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "exit code of {self:?}");
        self
    }

    /// Fails the test unless stderr contains `text`.
    #[track_caller]
    pub fn expect_log(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no {text:?} in {self:?}");
        self
    }

    /// Fails the test unless `text` is the last line of stderr, without the time of a log line.
    #[track_caller]
    pub fn expect_last_line(self, text: &str) -> Self {
        let last = self.stderr.lines().last().unwrap_or_default();
        // [INFO] [1795342881.935363653] [minimal_client_async]: ...
        let logged = last.splitn(3, ' ').nth(2).filter(|_| last.starts_with('['));
        assert_eq!(logged.unwrap_or(last), text, "at the end of {self:?}");
        self
    }

    /// Fails the test unless all of stderr is one line that contains `text`, and stdout is empty.
    #[track_caller]
    pub fn expect_only_line(self, text: &str) -> Self {
        assert_eq!(self.stderr.lines().count(), 1, "not one line: {self:?}");
        assert_eq!(self.stdout, "", "stdout is not empty: {self:?}");
        self.expect_log(text)
    }
}

impl fmt::Debug for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\n--- {}\n--- stdout\n{}\n--- stderr\n{}",
            self.command, self.status, self.stdout, self.stderr
        )
    }
}

/// What a process has written to one stream: a file, because a pipe would need a thread that empties it.
struct Capture(File);

impl Capture {
    fn new() -> Self {
        Self(tempfile::tempfile().expect("a temporary file"))
    }

    /// The stream for the process.
    fn stream(&self) -> Stdio {
        self.0.try_clone().expect("one more descriptor").into()
    }

    /// What was written so far, without the lines in which Fast DDS reports that another participant has
    /// taken a port at the same time: any process of this machine may, in any domain.
    fn text(&self) -> String {
        let length = self.0.metadata().expect("the size of a file").len();
        let mut bytes = vec![0; length as usize];
        // Without seeking: the process writes where the position of the file is.
        let read = self.0.read_exact_at(&mut bytes, 0);
        read.expect("a file that does not become shorter");
        let text = String::from_utf8_lossy(&bytes);
        text.split_inclusive('\n')
            .filter(|line| !line.contains("RTPS_TRANSPORT_SHM"))
            .collect()
    }
}
