// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A process that ends with the test that started it, whatever becomes of the test.

use super::{wait_until, PATIENCE};
use std::{
    fmt,
    io::{Read, Write},
    os::unix::process::{CommandExt, ExitStatusExt},
    path::PathBuf,
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// How long a process may take to leave in good order when its test is over.
const GOODBYE: Duration = Duration::from_secs(5);

/// A running process in a process group of its own, both output streams captured.
pub struct Process {
    child: Child,
    what: String,
    stdin: Option<ChildStdin>,
    stdout: Capture,
    stderr: Capture,
    // What nobody but this guard will remove any more.
    orphaned_files: Vec<PathBuf>,
}

/// What a process left behind.
pub struct Finished {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    what: String,
}

impl Process {
    /// Starts `command`, with nothing to read.
    pub fn start(command: Command) -> Self {
        let mut process = Self::start_to_talk_to(command);
        process.end_input();
        process
    }

    /// Starts `command`, and keeps the pipe that it reads from.
    pub fn start_to_talk_to(mut command: Command) -> Self {
        let what = format!("{command:?}");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        // SAFETY: Both calls are async-signal-safe, and touch only the new process.
        unsafe {
            command.pre_exec(|| {
                // The guard cannot act when the test program itself is killed; the kernel can.
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                // Fast DDS lets its lock files be inherited; those of the nodes in this process
                // are none of the new one's business.
                libc::close_range(3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC as i32);
                Ok(())
            });
        }
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {what}: {error}"));
        let stdout = Capture::of(child.stdout.take().expect("a pipe"));
        let stderr = Capture::of(child.stderr.take().expect("a pipe"));
        Self {
            stdin: child.stdin.take(),
            child,
            what,
            stdout,
            stderr,
            orphaned_files: Vec::new(),
        }
    }

    /// Writes to what the process reads from.
    pub fn type_in(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().expect("input that has not ended");
        let written = stdin.write_all(text.as_bytes());
        written.unwrap_or_else(|error| panic!("cannot write {text:?}: {error}: {self:?}"));
    }

    /// Ends what the process reads from.
    pub fn end_input(&mut self) {
        self.stdin = None;
    }

    /// Waits until `text` was written to stderr, where ROS logs go.
    pub fn wait_for_log(&mut self, text: &str) {
        let found = self.stderr.wait_for(text, PATIENCE);
        assert!(found, "never logged {text:?}: {self:?}");
    }

    /// Waits until `text` was printed to stdout.
    pub fn wait_for_print(&mut self, text: &str) {
        let found = self.stdout.wait_for(text, PATIENCE);
        assert!(found, "never printed {text:?}: {self:?}");
    }

    /// What was written to stderr so far.
    pub fn log(&self) -> String {
        self.stderr.text()
    }

    /// What was printed to stdout so far.
    pub fn print(&self) -> String {
        self.stdout.text()
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The shared-memory files that belong to the process.
    pub fn shared_memory(&self) -> Vec<PathBuf> {
        // Fast DDS holds a lock next to each file of its own; the files of others it only maps.
        let folder = format!("/proc/{}/fd", self.child.id());
        let Ok(open) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        open.flatten()
            .filter_map(|entry| std::fs::read_link(entry.path()).ok())
            .filter_map(|lock| Some(lock.to_str()?.strip_suffix("_el")?.to_owned()))
            // The name of Fast DDS before and since its release 3.
            .filter(|file| {
                ["/dev/shm/fastrtps_", "/dev/shm/fastdds_"]
                    .iter()
                    .any(|start| file.starts_with(start))
            })
            // The ports belong to whoever writes or reads there.
            .filter(|file| !file.contains("_port"))
            .map(PathBuf::from)
            .collect()
    }

    /// Kills the process: it has no chance to leave in good order.
    pub fn kill(&mut self) {
        self.will_leave_files_behind();
        self.signal(libc::SIGKILL);
    }

    /// Makes this guard remove the shared-memory files of a process that will not do so itself.
    pub fn will_leave_files_behind(&mut self) {
        self.orphaned_files = self.shared_memory();
    }

    /// Sends a signal to the process.
    pub fn signal(&self, signal: i32) {
        // SAFETY: kill has no preconditions. The process has not been waited for, so that its
        // number is still its own.
        let sent = unsafe { libc::kill(self.child.id() as i32, signal) };
        assert_eq!(sent, 0, "cannot signal {self:?}");
    }

    /// Stops the process where it is, all of its threads: the signal alone returns earlier.
    pub fn freeze(&self) {
        self.signal(libc::SIGSTOP);
        let tasks = format!("/proc/{}/task", self.child.id());
        wait_until("every thread stands still", PATIENCE, || {
            std::fs::read_dir(&tasks).is_ok_and(|tasks| {
                tasks.flatten().all(|task| {
                    let stat = std::fs::read_to_string(task.path().join("stat"));
                    // The state stands behind the name, which is in parentheses.
                    stat.is_ok_and(|stat| stat.rsplit(") ").next().unwrap_or("").starts_with('T'))
                })
            })
        });
    }

    /// Whether the process still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for the process to end by itself.
    pub fn finish(self) -> Finished {
        self.finish_within(PATIENCE)
    }

    /// Waits for the process to end by itself, and fails the test when it takes longer.
    pub fn finish_within(mut self, limit: Duration) -> Finished {
        let deadline = Instant::now() + limit;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child to wait for") {
                break status;
            }
            assert!(
                Instant::now() < deadline,
                "still running after {} s: {self:?}",
                limit.as_secs_f64()
            );
            std::thread::sleep(Duration::from_millis(2));
        };
        self.end_group();
        self.stdout.close();
        self.stderr.close();
        Finished {
            status,
            stdout: self.stdout.text(),
            stderr: self.stderr.text(),
            what: std::mem::take(&mut self.what),
        }
    }

    /// Ends whatever is left of the process group.
    fn end_group(&mut self) {
        // SAFETY: As in `signal`. The group may be empty already, which is what we want.
        unsafe { libc::kill(-(self.child.id() as i32), libc::SIGKILL) };
        for file in self.orphaned_files.drain(..) {
            let lock = format!("{}_el", file.display());
            for left in [file, lock.into()] {
                let _ = std::fs::remove_file(left);
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let ended_before = self.child.try_wait().ok().flatten();
        if ended_before.is_none() {
            // SAFETY: As in `signal`.
            unsafe { libc::kill(-(self.child.id() as i32), libc::SIGINT) };
            // A stopped process would not hear it.
            unsafe { libc::kill(-(self.child.id() as i32), libc::SIGCONT) };
            let deadline = Instant::now() + GOODBYE;
            while self.is_running() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
            if self.is_running() {
                self.kill();
            }
        }
        let _ = self.child.wait();
        self.end_group();
        if std::thread::panicking() && !self.what.is_empty() {
            eprintln!("--- of a failed test: {self:?}");
            if let Some(status) = ended_before {
                eprintln!("--- ended before the test did: {status}");
            }
        }
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\n--- stdout\n{}\n--- stderr\n{}",
            self.what,
            self.stdout.text(),
            self.stderr.text()
        )
    }
}

impl Finished {
    /// The exit code, or 128 and the number of the signal, as a shell counts.
    pub fn code(&self) -> i32 {
        match (self.status.code(), self.status.signal()) {
            (Some(code), _) => code,
            (None, Some(signal)) => 128 + signal,
            (None, None) => unreachable!("a finished process has a code or a signal"),
        }
    }

    /// Whether a signal ended the process before it could leave by itself.
    pub fn died_of_signal(&self) -> bool {
        self.status.signal().is_some()
    }

    /// Fails the test unless the exit code is `code`.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code(), code, "exit code of {self:?}");
        self
    }

    /// Fails the test unless stderr contains `text`.
    #[track_caller]
    pub fn expect_log(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no {text:?} in {self:?}");
        self
    }

    /// Fails the test unless all of stderr is one line that contains `text`, and stdout is empty.
    #[track_caller]
    pub fn expect_only_line(self, text: &str) -> Self {
        assert_eq!(self.stderr.lines().count(), 1, "not one line: {self:?}");
        assert_eq!(self.stdout, "", "nothing belongs on stdout: {self:?}");
        self.expect_log(text)
    }
}

impl fmt::Debug for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\n--- {}\n--- stdout\n{}\n--- stderr\n{}",
            self.what, self.status, self.stdout, self.stderr
        )
    }
}

/// Everything that comes out of one stream, collected on a thread.
struct Capture {
    shared: Arc<(Mutex<Captured>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Captured {
    bytes: Vec<u8>,
    ended: bool,
}

impl Capture {
    fn of(mut stream: impl Read + Send + 'static) -> Self {
        let shared = Arc::new((Mutex::new(Captured::default()), Condvar::new()));
        let writer = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            loop {
                let count = stream.read(&mut chunk).unwrap_or(0);
                let mut captured = writer.0.lock().expect("no panic in a capture");
                captured.bytes.extend_from_slice(&chunk[..count]);
                captured.ended = count == 0;
                writer.1.notify_all();
                if captured.ended {
                    return;
                }
            }
        });
        Self {
            shared,
            thread: Some(thread),
        }
    }

    /// What has come so far, without the complaint of Fast DDS on stdout that somebody else has
    /// taken a port in the same moment: any process of this machine may, in any domain.
    fn text(&self) -> String {
        let captured = self.shared.0.lock().expect("no panic in a capture");
        let text = String::from_utf8_lossy(&captured.bytes);
        let ours = |line: &&str| !line.contains("RTPS_TRANSPORT_SHM");
        text.split_inclusive('\n').filter(ours).collect()
    }

    fn wait_for(&self, text: &str, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        let mut captured = self.shared.0.lock().expect("no panic in a capture");
        loop {
            if String::from_utf8_lossy(&captured.bytes).contains(text) {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if captured.ended || left.is_zero() {
                return false;
            }
            captured = self
                .shared
                .1
                .wait_timeout(captured, left)
                .expect("no panic in a capture")
                .0;
        }
    }

    /// Waits for the end of the stream, which comes when the last process that holds it is gone.
    fn close(&mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
