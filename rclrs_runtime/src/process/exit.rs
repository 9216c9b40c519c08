// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The end of the process: one line for an error, and an exit code.

use super::{signals, Signal};
use crate::{
    error::{exit_code, Error},
    fast_dds::port_files,
    lock,
};
use signal_hook::consts::SIGTERM;
use std::{
    io::Write,
    mem,
    panic::{self, AssertUnwindSafe, PanicHookInfo},
    ptr,
    sync::{
        atomic::{AtomicBool, AtomicU8, Ordering},
        mpsc::{self, RecvTimeoutError},
        Mutex,
    },
    thread,
    time::Duration,
};

/// How long a program may take to end after a signal, or after its work is done; a tenth of this is
/// usual.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// Set when a thread panicked, whatever the program did afterwards.
static PANICKED: AtomicBool = AtomicBool::new(false);

/// Set while the program shuts down.
static SHUTTING_DOWN: AtomicBool = AtomicBool::new(false);

/// Set when the program has received a signal that stops it, or sent itself one after a panic.
static SIGNALED: AtomicBool = AtomicBool::new(false);

/// The exit code of a program that is ended by force while it shuts down.
static RECORDED_CODE: AtomicU8 = AtomicU8::new(exit_code::SUCCESS);

/// The line for the error that the program ends with, until it is printed.
static RECORDED_LINE: Mutex<Option<String>> = Mutex::new(None);

/// Runs a program, and ends the process with the exit code for its result, after one line on stderr
/// for an error.
///
/// An [`Error`] in the result has its own code, any other error 1, see [`exit_code`]. A panic in any
/// thread is reported in one line, shuts the program down as SIGTERM does, and makes the code 1. Before
/// [`Runtime::init`](crate::Runtime::init), and without it, a panic in another thread than that of `program` ends
/// the process at once.
///
/// By then everything that `program` created has been dropped, and has left the ROS graph and shared
/// memory. Returning from `main` would run the destructors of Fast DDS, which sleep for a tenth of a
/// second, a third of the life of a short-lived client.
pub fn exit_with(program: impl FnOnce() -> anyhow::Result<()>) -> ! {
    let main_thread = thread::current().id();
    panic::set_hook(Box::new(move |panic| {
        print(&describe_panic(panic));
        PANICKED.store(true, Ordering::SeqCst);
        // A panic ends only its own thread, and the rest of the program would wait for it. A program that
        // has received a signal shuts down already; another one would end it at once.
        if thread::current().id() != main_thread && !is_signaled() {
            if signals::are_handled() {
                let _ = signal_hook::low_level::raise(SIGTERM);
            } else {
                end_by_force(exit_code::FAILURE, None);
            }
        }
    }));
    let result = panic::catch_unwind(AssertUnwindSafe(program));
    let code = match &result {
        Ok(Ok(())) => exit_code::SUCCESS,
        Ok(Err(error)) => code_of(error),
        Err(_) => exit_code::FAILURE,
    };
    // The process that reads stdout or stderr may have stopped reading.
    record(code, None);
    let _timeout = ShutdownTimeout::start();
    if let Ok(Err(error)) = &result {
        match error.downcast_ref() {
            // Not read to the end, as in `client --help | head -1`, is no failure.
            Some(Error::Help(text)) => drop(write!(std::io::stdout(), "{text}")),
            _ => print(&one_line(&**error)),
        }
    }
    let _ = std::io::stdout().flush();
    // SAFETY: The null pointer stands for all streams of C, to one of which the ROS logs go.
    unsafe {
        libc::fflush(ptr::null_mut());
    }
    end(code)
}

/// Records the exit code and the line for the result of the last spin, or of the program, for an end by force.
pub fn record(code: u8, line: Option<String>) {
    RECORDED_CODE.store(code, Ordering::SeqCst);
    *lock(&RECORDED_LINE) = line;
}

/// Ends the program from any thread because the middleware no longer works, unless it shuts down
/// already, which has a timeout of its own.
pub fn on_fault(fault: &Error) {
    if !SHUTTING_DOWN.load(Ordering::SeqCst) {
        end_by_force(fault.exit_code(), Some(&fault.to_string()))
    }
}

/// Whether the program has received a signal that stops it.
pub fn is_signaled() -> bool {
    SIGNALED.load(Ordering::SeqCst)
}

/// Starts the time in which the program has to end after a signal.
pub fn start_signal_timeout(signal: Signal) {
    SIGNALED.store(true, Ordering::SeqCst);
    // Without a thread, the program ends by itself, or at the second signal.
    let _ = thread::Builder::new()
        .name("signal_timeout".to_owned())
        .spawn(move || {
            thread::sleep(SHUTDOWN_TIMEOUT);
            if !SHUTTING_DOWN.load(Ordering::SeqCst) {
                let line = format!("{}, by force after 2 s", Error::Signal(signal));
                end_by_force(signal.exit_code(), Some(&line));
            }
        });
}

/// The time in which everything has to be dropped, until this is dropped itself. At its end, or when
/// Fast DDS crashes meanwhile, the process ends with the recorded code.
pub struct ShutdownTimeout {
    /// Ends the thread of the timeout.
    _stop: mpsc::Sender<()>,
    /// What was done at a crash before, with its flags: Rust's own handler needs them.
    crash_action: libc::sigaction,
}

impl ShutdownTimeout {
    pub fn start() -> Self {
        SHUTTING_DOWN.store(true, Ordering::SeqCst);
        // SAFETY: An action may be all zeros: no flags, and no signal blocked. The handler only ends the
        // process, which is allowed in a signal handler.
        let crash_action = unsafe {
            let handler = end_at_crash as extern "C" fn(libc::c_int);
            let mut action: libc::sigaction = mem::zeroed();
            action.sa_sigaction = handler as libc::sighandler_t;
            let mut before = mem::zeroed();
            libc::sigaction(libc::SIGSEGV, &action, &mut before);
            before
        };
        let (_stop, stopped) = mpsc::channel();
        // Without a thread, shutting down may take longer.
        let _ = thread::Builder::new()
            .name("shutdown_timeout".to_owned())
            .spawn(move || {
                if stopped.recv_timeout(SHUTDOWN_TIMEOUT) == Err(RecvTimeoutError::Timeout) {
                    let line = lock(&RECORDED_LINE).take();
                    end_by_force(RECORDED_CODE.load(Ordering::SeqCst), line.as_deref())
                }
            });
        Self {
            _stop,
            crash_action,
        }
    }
}

impl Drop for ShutdownTimeout {
    fn drop(&mut self) {
        // SAFETY: The action is that of before, which `sigaction` has returned.
        unsafe {
            libc::sigaction(libc::SIGSEGV, &self.crash_action, ptr::null_mut());
        }
        SHUTTING_DOWN.store(false, Ordering::SeqCst);
    }
}

extern "C" fn end_at_crash(_signal: libc::c_int) {
    end(RECORDED_CODE.load(Ordering::SeqCst))
}

/// Ends the process while other threads may hold any lock of rclrs or of the middleware: nothing here waits
/// for one, nor for a reader of stderr.
fn end_by_force(code: u8, line: Option<&str>) -> ! {
    port_files::remove_own_segments();
    if let Some(line) = line {
        let line = format!("{line}\n");
        let mut stderr = libc::pollfd {
            fd: libc::STDERR_FILENO,
            events: libc::POLLOUT,
            revents: 0,
        };
        // SAFETY: Both pointers are valid for the lengths given.
        unsafe {
            if libc::poll(&mut stderr, 1, 0) == 1 && stderr.revents & libc::POLLOUT != 0 {
                libc::write(libc::STDERR_FILENO, line.as_ptr().cast(), line.len());
            }
        }
    }
    end(code)
}

/// Ends the process without destructors.
fn end(code: u8) -> ! {
    let panicked = PANICKED.load(Ordering::SeqCst);
    let code = if panicked { exit_code::FAILURE } else { code };
    // SAFETY: The function has no preconditions, and is allowed in a signal handler.
    unsafe { libc::_exit(code.into()) }
}

pub fn code_of(error: &anyhow::Error) -> u8 {
    error
        .downcast_ref()
        .map_or(exit_code::FAILURE, Error::exit_code)
}

/// An error and its causes in one line, without the places in the C sources that rcl adds.
pub fn one_line(error: &(dyn std::error::Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in anyhow::Chain::new(error) {
        let text = cause.to_string();
        let text = text.split(", at /").next().unwrap_or_default();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text.trim_end_matches('.').to_owned();
        if !text.is_empty() && parts.last() != Some(&text) {
            parts.push(text);
        }
    }
    parts.join(": ")
}

fn describe_panic(panic: &PanicHookInfo) -> String {
    let message = panic
        .payload()
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.payload().downcast_ref::<&str>().copied())
        .unwrap_or("no message")
        .replace('\n', " ");
    let place = panic
        .location()
        .map(|place| format!(" at {}:{}", place.file(), place.line()))
        .unwrap_or_default();
    format!("Internal error, please report it: {message}{place}")
}

fn print(line: &str) {
    lock(&RECORDED_LINE).take();
    // `eprintln!` would panic when stderr is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}
